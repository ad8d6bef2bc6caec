/* setup-private.h - the inside that setup's files share
 *
 * setup.c has the conversation and the ways between its pages; setup-pages.c what each page needs before it is left;
 * setup-fields.c the fields, and the account that they make; setup-sign-in.c the ways to sign in. What takes its time:
 * setup-work.c looks servers up and waits for a browser, setup-keep.c puts the secret away, setup-online.c asks for GNOME's
 * accounts, setup-doers.c has others try, count and rehearse; setup-learning.c is told how learning goes on. */
#pragma once

#include "consent.h"
#include "setup.h"

typedef struct _IbSetupOnlineSearch IbSetupOnlineSearch;
typedef struct _IbSetupKeeping IbSetupKeeping;

struct _IbSetup {
    IbSetupHome home;
    const IbSetupDoers *doers;
    gpointer user_data;

    IbAccount *renewed; /* that is signed in to again; NULL: one is added */
    IbSetupPage page;
    GHashTable *values; /* field: text; a field that is not in it has its fallback */
    guint job;          /* the running one, if is_busy; answers to others are late */
    bool is_busy;
    GCancellable *cancellable; /* of what runs here */
    GError *trouble;

    char *searched; /* address and ispdb that the candidates are for; NULL: none yet */
    GPtrArray *candidates;
    const IbCandidate *candidate; /* of them */
    char *suggested_name;
    GPtrArray *doors;                 /* NULL until asked for */
    GPtrArray *places;                /* the same */
    GCancellable *places_cancellable; /* of asking for them; NULL: nobody is asked */
    GPtrArray *lines;

    GPtrArray *online;                  /* NULL: not known yet */
    IbSetupOnlineSearch *online_search; /* that is running */

    IbSecret *secret;
    IbSetupKeeping *keeping; /* that is under way */
    IbAccount *kept;         /* for whom a secret was kept that was not there before */
    char *keeping_for;       /* what one is being kept for */
    char *kept_for;          /* what it was kept for: the same need not be kept again */
    IbConsent *consent;
    char *link, *code;
    char *given_id;                  /* of the client that the browser was asked for */
    char *client_id, *client_secret; /* registered on the way; NULL: none was */

    char *tried; /* the account's text that works; NULL: none does yet */
    bool is_weighed;
    IbForecastWeight weight;
    char *rehearsal;
    GPtrArray *added;
    IbSetupLearning learning; /* .account NULL: nothing was told */
    bool runs_at_login;       /* by this conversation's doing */
    bool wants_login;         /* what is being done about it */
};

/* --- pages --- */

typedef enum {
    IB_SETUP_REFUSED, /* the error says why */
    IB_SETUP_GOES_ON,
    IB_SETUP_IS_BUSY, /* ib_setup_finish () will say */
} IbSetupLeaving;

typedef struct {
    void (*work) (IbSetup *self); /* begun when the page is there; NULL: nothing is to be done */
    IbSetupLeaving (*leave) (IbSetup *self, GError **error);
    IbSetupPage next;
} IbSetupWay;
/* By page. */
extern const IbSetupWay ib_setup_ways[IB_SETUP_DONE + 1];

/* Forgets all that belongs to one account; what was added stays. */
void ib_setup_begin_account (IbSetup *self);

/* --- ways to sign in --- */

/* NULL: there is none of that name, as ib_sign_in_name () has it. */
const IbOAuth2Door *ib_setup_find_door (const IbSetup *self, const char *way);
bool ib_setup_has_open_door (const IbSetup *self);
/* Chooses the best that is open, unless one was chosen that there is. */
void ib_setup_suggest_sign_in (IbSetup *self);

/* --- fields --- */

/* The text of the account's file as the fields have it; *out_account (nullable) is what it says. Returns: (transfer full)
 * (nullable) */
char *ib_setup_text (const IbSetup *self, IbAccount **out_account, GError **error);
/* Fills the fields of the settings page from candidate @index. */
void ib_setup_choose (IbSetup *self, guint index);
/* Suggests a name that is free. */
void ib_setup_suggest_name (IbSetup *self);
bool ib_setup_is_yes (const IbSetup *self, const char *field);
/* What @account says, as far as signing in to it goes. */
void ib_setup_take_account (IbSetup *self, const IbAccount *account);
void ib_setup_put (IbSetup *self, const char *field, const char *value);
bool ib_setup_refuse (GError **error, IbSetupError code, const char *format, ...) G_GNUC_PRINTF (3, 4);
bool ib_setup_check_address (const IbSetup *self, GError **error);

void ib_setup_forget_learning (IbSetup *self);

/* --- GNOME's accounts --- */

void ib_setup_search_online (IbSetup *self);
void ib_setup_end_online (IbSetup *self);
/* Fills all in from account @id; "" forgets what came so. */
bool ib_setup_set_online (IbSetup *self, const char *id, GError **error);
bool ib_setup_is_online (const IbSetup *self);
/* It has become an account. */
void ib_setup_take_online (IbSetup *self);
void ib_setup_forget_results (IbSetup *self, IbSetupPage page);

/* --- work; each makes the model busy and calls ib_setup_finish () at its end --- */

guint ib_setup_begin (IbSetup *self);
/* Takes @trouble (nullable). Goes on to the next page if @goes_on. */
void ib_setup_finish (IbSetup *self, GError *trouble, bool goes_on);
void ib_setup_stop (IbSetup *self);
void ib_setup_search (IbSetup *self);
/* For the address as it is now. */
bool ib_setup_is_searched (const IbSetup *self);
/* Both only if it is not known yet. */
void ib_setup_ask_for_test (IbSetup *self);
void ib_setup_ask_for_weight (IbSetup *self);
/* Gets a token through a browser, and keeps that. */
void ib_setup_ask_browser (IbSetup *self, const IbAccount *account);
void ib_setup_changed (IbSetup *self);

/* --- keeping the secret --- */

/* Asks for the places, unless they are known well enough; suggests another than one that is shut. */
void ib_setup_ask_places (IbSetup *self);
/* Puts the secret away, instead of what was kept until now; the model is busy already, and ib_setup_finish () is called at its end. */
void ib_setup_keep (IbSetup *self, const IbAccount *account);
/* What is being put away is not wanted any more. */
void ib_setup_stop_keeping (IbSetup *self);
/* No account came of what was kept, if anything was. */
void ib_setup_forget_kept (IbSetup *self);
/* The same, and nobody asks for places any more. */
void ib_setup_end_keeping (IbSetup *self);
