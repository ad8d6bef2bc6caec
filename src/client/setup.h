/* setup.h - adding accounts, as a conversation without a face
 *
 *     welcome ─▶ address ─▶ sign-in ─▶ settings ─▶ secret ─▶ test ─▶ forecast ─▶ filter ─▶ done
 *                   ▲                                                                      │
 *                   └──────────────────────────── next account ────────────────────────────┘
 *
 * A face (a terminal, a window) shows the page, sets its fields, and says next or back. What takes its time (looking up,
 * keeping the password, trying, counting) makes the model busy; `changed` comes with each word of it and at its end. Going
 * back is possible at any time, ends what is running, and loses nothing that was set. Nothing is written before the
 * filter page is left, but the password, into where its owner said; it is taken out again if no account comes of it.
 *
 * Who has signed in in GNOME's settings need not do it again: with the field online, sign-in and secret are passed over.
 *
 * What needs the mail service is done by whoever made the model, through IbSetupDoers. Main context only. */
#pragma once

#include "candidate.h"
#include "forecast.h"
#include "keeping.h"
#include "oauth2-clients.h"
#include "online-accounts.h"
#include "secret.h"

typedef enum {
    IB_SETUP_WELCOME, /* the first time only */
    IB_SETUP_ADDRESS,
    IB_SETUP_SIGN_IN,
    IB_SETUP_SETTINGS,
    IB_SETUP_SECRET,
    IB_SETUP_TEST,
    IB_SETUP_FORECAST, /* what will happen */
    IB_SETUP_FILTER,
    IB_SETUP_DONE,
} IbSetupPage;

typedef enum {
    IB_SETUP_ERROR_FIELD,   /* a field of the page must be set first, or otherwise */
    IB_SETUP_ERROR_CONFIRM, /* a person must say yes first: the field confirm-host, twice,
                             * write-clear or untested */
    IB_SETUP_ERROR_CLOSED,  /* there is no way in for such an account */
} IbSetupError;
#define IB_SETUP_ERROR (ib_setup_error_quark ())
GQuark ib_setup_error_quark (void);

typedef struct _IbSetup IbSetup;

/* Each is given a @job, which its answers name; answers to an earlier job are passed over. */
typedef struct {
    /* Another page, a line, an end: look again. */
    void (*changed) (IbSetup *self, gpointer user_data);
    /* Connects and signs in; ib_setup_tell () for each step, ib_setup_tried () last. */
    void (*try_account) (IbSetup *self, guint job, const IbAccount *account, gpointer user_data);
    /* Counts what would be fetched; ib_setup_weighed (). */
    void (*weigh) (IbSetup *self, guint job, const IbAccount *account, gpointer user_data);
    /* A dry run; ib_setup_rehearsed (). @text is the account's file. */
    void (*rehearse) (IbSetup *self, guint job, const char *name, const char *text, gpointer user_data);
    /* Learns from the mail that waits on the server of the account, which stands now; the conversation does not wait for
     * its end, but may be told of it: ib_setup_learning_progressed (), ib_setup_learning_ended (). NULL: there is no such
     * thing, and the field learn has no meaning. */
    void (*learn) (IbSetup *self, const char *name, gpointer user_data);
    /* NULL: it cannot be stopped. */
    void (*stop_learning) (IbSetup *self, gpointer user_data);
    /* What is running is not wanted any more. */
    void (*stop) (IbSetup *self, gpointer user_data);
    /* Has the service run, now and from each login on, or not any more; ib_setup_login_changed (). NULL: it did before, or it
     * makes no sense here, or that is not known yet. */
    void (*run_at_login) (IbSetup *self, guint job, bool runs, gpointer user_data);
    bool is_login_awaited; /* whether that is offered is being found out */
} IbSetupDoers;

typedef struct {
    const IbProviders *providers;
    const IbOAuth2Clients *clients;
    const char *accounts; /* the folder of accounts/NAME.conf */
    const char *secrets;  /* the folder that is suggested for passwords in files */
} IbSetupHome;

/* @home is copied, but what it points to must outlive the model, as must @doers. */
IbSetup *ib_setup_new (const IbSetupHome *home, const IbSetupDoers *doers, gpointer user_data);
/* Signs in again to the account @name, which stands: secret ─▶ test ─▶ done. Its file is written as the test is left, in what
 * signing in changes; nobody else's keys are touched. FIELD: there is no such account, it is broken, or GNOME keeps its
 * secret. Returns: (transfer full) (nullable) */
IbSetup *ib_setup_renew (const IbSetupHome *home, const IbSetupDoers *doers, gpointer user_data,
                         const char *name, GError **error);
void ib_setup_free (IbSetup *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbSetup, ib_setup_free)

/* --- moving ------------------------------------------------------------------------------------------------------- */

IbSetupPage ib_setup_page (const IbSetup *self);
bool ib_setup_is_busy (const IbSetup *self);
/* Leaves the page for the next, at once or, if that takes its time, later. False: the page stays, and @error says why. */
bool ib_setup_next (IbSetup *self, GError **error);
/* False: this is the first page. */
bool ib_setup_back (IbSetup *self);
bool ib_setup_is_at_beginning (const IbSetup *self);
/* Of ib_setup_renew (). */
bool ib_setup_is_renewal (const IbSetup *self);
/* Ends what is running, and stays on the page. */
void ib_setup_cancel (IbSetup *self);
/* The page's work once more: the test, the forecast. */
void ib_setup_again (IbSetup *self);
/* What went wrong on the way to this page, or on it; NULL if nothing did. */
const GError *ib_setup_trouble (const IbSetup *self);

/* --- fields --------------------------------------------------------------------------------------------------------- */

/* The fields, NULL-ended, in the order of their pages:
 *     online (the id of a GNOME account, which fills all in up to the test), address, ispdb (yes: a third party may be asked) · sign-in (as ib_sign_in_name () has it), browser (here; elsewhere: a
 *     code is shown that is typed there) · server (1: the best that was found), name, protocol, host, port, security, user,
 *     ca-file, fingerprint, confirm-host, twice · keep (keyring, command, credential, file), keep-in, write-clear · untested ·
 *     since, after, folders, interval · filter, sort (common: as all accounts; all: into folders as well), folder, learn
 *     (yes: from the mail that is on the server) */
const char *const *ib_setup_fields (void);
/* The page that a field is on. */
IbSetupPage ib_setup_field_page (const char *field);
/* False: there is no such field, or it cannot have that value; some faults show on leaving the page only. */
bool ib_setup_set (IbSetup *self, const char *field, const char *value, GError **error);
/* Never NULL. */
const char *ib_setup_get (const IbSetup *self, const char *field);
/* Who signs in: without a user name it is the address. */
const char *ib_setup_user (const IbSetup *self);
/* The password; NULL takes it away. */
void ib_setup_take_secret (IbSetup *self, IbSecret *secret);
/* Whether the page secret still waits for one. */
bool ib_setup_needs_secret (const IbSetup *self);

/* --- what a page shows ------------------------------------------------------------------------------------------------ */

/* What GNOME is signed in to and no account here fetches yet; NULL while that is not known. Elements: IbOnlineAccount. */
const GPtrArray *ib_setup_online (const IbSetup *self);
/* The best first; empty if nothing was found. Elements: IbCandidate. */
const GPtrArray *ib_setup_candidates (const IbSetup *self);
/* The one that the fields were filled from; NULL if none was found, or all is set by hand. */
const IbCandidate *ib_setup_candidate (const IbSetup *self);
/* NULL: none that is known. */
const IbProvider *ib_setup_provider (const IbSetup *self);
/* The address's domain, if a third party might know more of it than we do (field ispdb); else NULL. */
const char *ib_setup_unknown_domain (const IbSetup *self);
/* Ways to sign in. Elements: IbOAuth2Door. */
const GPtrArray *ib_setup_doors (const IbSetup *self);
/* Whether this host must be confirmed: @field confirm-host. */
bool ib_setup_must_confirm (const IbSetup *self);
/* The account that fetches the same mailbox already, so that it is fetched twice only with the field twice; NULL: none.
 * Returns: (transfer full) (nullable) */
char *ib_setup_twin (const IbSetup *self);
/* The keyring is awaited until it has answered, for some seconds at most. Elements: IbKeepingPlace. */
const GPtrArray *ib_setup_places (IbSetup *self);
/* Lines of the page's work, as they come. Elements: IbSetupLine. */
typedef struct {
    char *step, *text;
} IbSetupLine;
const GPtrArray *ib_setup_lines (const IbSetup *self);
/* The account as it is was tried, and works. */
bool ib_setup_is_tried (const IbSetup *self);
/* What will happen, a sentence each; NULL while it is not known. Returns: (transfer full) (nullable) */
char **ib_setup_forecast (const IbSetup *self, gint64 now_s);
/* What a dry run came to; NULL: there was none. */
const char *ib_setup_rehearsal (const IbSetup *self);
/* The account as the fields have it. Returns: (transfer full) (nullable) */
IbAccount *ib_setup_account (const IbSetup *self, GError **error);
/* Of this conversation. Elements: char *, the names of the accounts added. */
const GPtrArray *ib_setup_added (const IbSetup *self);
/* From the accounts that stand, while the conversation goes on. */
typedef struct {
    char *account; /* that is, or was, learned from */
    bool is_running;
    guint64 looked, expected; /* messages; .expected may grow, and is 0 until something is known */
    char *words;              /* what is known now; NULL: it is not at its end, or that was an error */
    GError *error;
} IbSetupLearning;
/* The last that was told of; NULL: nothing was. */
const IbSetupLearning *ib_setup_learning (const IbSetup *self);
void ib_setup_stop_learning (IbSetup *self);
/* On the page done: whether running at login can be chosen; awaited: that is being found out. */
bool ib_setup_offers_login (const IbSetup *self);
bool ib_setup_awaits_login (const IbSetup *self);
/* Has it run at login, or not any more; the model is busy until then, and has its trouble if it goes wrong. */
void ib_setup_run_at_login (IbSetup *self, bool runs);
/* It does, since this conversation. */
bool ib_setup_runs_at_login (const IbSetup *self);

/* While a person signs in with a browser: the link, and the code to be typed there; NULL if there is none now. */
const char *ib_setup_link (const IbSetup *self);
const char *ib_setup_code (const IbSetup *self);
/* The address that the browser ended at. */
bool ib_setup_paste (IbSetup *self, const char *text, GError **error);

/* --- answers of doers ------------------------------------------------------------------------------------------------- */

void ib_setup_tell (IbSetup *self, guint job, const char *step, const char *text);
void ib_setup_tried (IbSetup *self, guint job, const GError *error);
void ib_setup_weighed (IbSetup *self, guint job, const IbForecastWeight *weight, const GError *error);
void ib_setup_rehearse (IbSetup *self);
void ib_setup_rehearsed (IbSetup *self, guint job, const char *text, const GError *error);
void ib_setup_learning_progressed (IbSetup *self, const char *account, guint64 looked, guint64 expected);
void ib_setup_learning_ended (IbSetup *self, const char *account, const char *words, const GError *error);
void ib_setup_login_changed (IbSetup *self, guint job, const GError *error);
