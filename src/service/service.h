/* service.h - the background service of one home: every account, each when its time has come
 *
 *     surroundings, alarm, configuration, user ─news─▶ service ─▶ account-run.h, one an account ─▶ polls
 *                                                         │
 *                                                         └─▶ listeners: bus, notifications, the user's command …
 *
 * It holds the home and its lock as long as it runs; the command line may have them in between. A configuration that does
 * not parse, or a Maildir or journal that cannot be written, does not end it: it says so and tries again. All on the
 * default main context, and no callback comes from inside the call that it is an answer to. */
#pragma once

#include "account-life.h"
#include "generation.h"
#include "home.h"
#include "learned.h"
#include "paths.h"
#include "poll.h"

typedef struct _IbService IbService;

/* Any of them may be NULL. What they point to is valid during the call. */
typedef struct {
    /* Its state, error or next time; also that it came or is gone. */
    void (*account_changed) (const char *account, gpointer user_data);
    /* A poll, or a look at all that is watched, has begun. */
    void (*started) (const char *account, gpointer user_data);
    /* As IbPollEvents has them. */
    void (*found) (const char *account, guint64 messages, guint64 bytes, gpointer user_data);
    void (*fetched) (const char *account, guint64 bytes, gpointer user_data);
    void (*delivered) (const IbStory *story, const char *folder, const char *const *paths,
                       gpointer user_data);
    /* Of a poll of @account, whose name it begins with; or of the service as a whole: NULL. */
    void (*notice) (const char *account, const char *text, gpointer user_data);
    /* The mail server of @account wants the user to read @text: besides a notice of it. */
    void (*alert) (const char *account, const char *text, gpointer user_data);
    /* What was found is delivered, or the poll failed. @is_whole: all mailboxes of the account were looked at; else one,
     * in which something arrived while it was watched. */
    void (*polled) (const IbPollResult *result, bool is_whole, gpointer user_data);
    /* Only the user can help. Once an incident. @code: a word of `status` ("sign-in-needed", "unsafe", "waiting-for-keyring");
     * @action: "sign-in", "look" or "unlock". */
    void (*attention) (const char *account, const char *code, const char *words, const char *action,
                       gpointer user_data);
    /* It is over. */
    void (*relieved) (const char *account, gpointer user_data);
    /* Something has come due, and is about to be done. */
    void (*rang) (gpointer user_data);
    /* The configuration was read anew. */
    void (*reloaded) (gpointer user_data);
} IbServiceListener;

/* @paths must outlive it. */
IbService *ib_service_new (const IbPaths *paths);
/* @listener stays the caller's. */
void ib_service_listen (IbService *self, const IbServiceListener *listener, gpointer user_data);
void ib_service_unlisten (IbService *self, gpointer user_data);
/* Takes the home and begins. False: another Inbasket works on it (IB_HOME_ERROR_BUSY); what else is wrong is said by
 * ib_service_get_trouble (). */
bool ib_service_start (IbService *self, GError **error);
/* Nothing more is fetched, what is here is delivered, the home is closed, then @stopped is called. Once. */
void ib_service_stop (IbService *self, void (*stopped) (gpointer user_data), gpointer user_data);
/* After it was stopped, or before it was started. */
void ib_service_free (IbService *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbService, ib_service_free)

/* Tells all listeners what the user should hear: one sentence. */
void ib_service_say (IbService *self, const char *text);
/* @done, soon, if the delivery thread works; at once where there is none, or where somebody has the home or is about to:
 * that may take as long as he likes. */
void ib_service_prove (IbService *self, IbPipelineDone done, gpointer user_data);
/* Reads the configuration anew (it is also watched). Accounts that are as they were keep their sessions. */
void ib_service_reload (IbService *self);

const IbPaths *ib_service_paths (const IbService *self);
/* NULL: it could not be read yet. Valid until the main loop turns. */
const IbConfig *ib_service_config (const IbService *self);
/* The reading that holds now: whoever takes a reference keeps its configuration. NULL as above. */
IbGeneration *ib_service_generation (const IbService *self);
/* Why nothing is fetched at all: the configuration, the Maildir or the journal; NULL if all is well. */
const GError *ib_service_get_trouble (const IbService *self);

/* One account, now. Times are microseconds since 1970, 0: none. */
typedef struct {
    const char *state;  /* as in `status` */
    const char *error;  /* "" if there is none; valid until the main loop turns */
    const char *reason; /* of .next: ib_life_reason_name () */
    gint64 next, until; /* .until: throttled or paused until then */
    bool is_running, is_watching;
    bool needs_user;   /* see .attention */
    const char *alert; /* the last one since the service runs; NULL: none; valid as .error is */
} IbAccountNow;
/* False: there is none that could run by that name (unknown, broken, or not enabled). */
bool ib_service_describe (const IbService *self, const char *account, IbAccountNow *out_now);

typedef enum {
    IB_SERVICE_ERROR_ACCOUNT, /* there is none, or it is broken or not enabled */
    IB_SERVICE_ERROR_TROUBLE, /* see ib_service_get_trouble () */
} IbServiceError;
#define IB_SERVICE_ERROR (ib_service_error_quark ())
GQuark ib_service_error_quark (void);

/* Polls, or looks at, those accounts now (NULL or empty: all that are enabled). For each that is started `polled` comes with
 * is_whole. All or none. */
bool ib_service_check (IbService *self, const char *const *accounts, GError **error);
/* @seconds 0: until it is resumed, or the service starts anew. */
bool ib_service_pause (IbService *self, const char *account, gint64 seconds, GError **error);
bool ib_service_resume (IbService *self, const char *account, GError **error);
/* News of the machine: see account-life.h. What surrounds an account that is not there yet holds once it is. */
void ib_service_surround (IbService *self, const char *account, const IbLifeSurroundings *surroundings);
void ib_service_rerouted (IbService *self);
/* Polls end, what they had handed over is delivered, then @asleep is called; nothing is due until ib_service_wake (). */
void ib_service_sleep (IbService *self, void (*asleep) (gpointer user_data), gpointer user_data);
void ib_service_wake (IbService *self);
/* The user or another program has changed a secret in the keyring, or unlocked it. */
void ib_service_keyring_changed (IbService *self);

/* What the classifier has learned: NULL without a home, and not to be asked while that is lent. */
IbLearned *ib_service_learned (const IbService *self);

/* See pipeline.h. @error also where the service has no home now. */
void ib_service_borrow (IbService *self, IbPipelineUse use, gpointer user_data);
void ib_service_give_back (IbService *self);
/* The home is closed and its lock free when @ready is called without an error. One at a time. */
void ib_service_lend (IbService *self, IbPipelineDone ready, gpointer user_data);
/* Nothing, if it is back already: a service that ends does not wait for long. */
void ib_service_take_back (IbService *self);
