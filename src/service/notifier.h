/* notifier.h - what the user is told on his desktop (org.freedesktop.Notifications)
 *
 *     delivered ─▶ wanted? ─▶ notice-plan: a bubble each, or one for many ─▶ the desktop's server ─▶ a click ─▶ actions
 *
 * Everything is asked for asynchronously, and nothing here fails: where no server runs, a line in the log says so once, and
 * what there is to tell waits for one. A server may come, go and be another one at any time. What mail contains is shown
 * as plain text, whatever it is. */
#pragma once

#include "config.h"
#include "story.h"

#include <gio/gio.h>

typedef struct _IbNotifier IbNotifier;

/* What the user clicked. One that is NULL is not offered. @ids: NULL-ended, of messages in the Maildir; they may have been
 * moved or deleted since. @token: what a program is started with so that its window may come to the front
 * (XDG_ACTIVATION_TOKEN), or NULL. Opening is the notifier's own: see mail-program.h. */
typedef struct {
    void (*mark_junk) (const char *account, const char *const *ids, gpointer user_data);
    void (*mark_read) (const char *account, const char *const *ids, gpointer user_data);
    void (*sign_in) (const char *account, const char *token, gpointer user_data);
    /* Why it is there; @id NULL: all that arrived. */
    void (*show_mail) (const char *id, const char *token, gpointer user_data);
    /* How it stands. */
    void (*show_account) (const char *account, const char *token, gpointer user_data);
} IbNotifierActions;

/* @session: the session bus. @actions must outlive the notifier. Nothing is told before ib_notifier_set_config (). */
IbNotifier *ib_notifier_new (GDBusConnection *session, const IbNotifierActions *actions, gpointer user_data);
/* Mail of accounts that are gone is withdrawn. Copies what it needs. */
void ib_notifier_set_config (IbNotifier *self, const IbConfig *config);

/* A message was delivered (or discarded, or found a duplicate: of that nobody is told). See ib_notice_is_wanted (). */
void ib_notifier_delivered (IbNotifier *self, const IbStory *story);

/* Something is wrong with @account that only the user can mend. @code: as `status` calls it ("sign-in-needed", "unsafe",
 * "waiting-for-keyring" …). @words: a sentence. Told once an incident, and again with the same code after a day at the
 * earliest; a locked keyring, which most often is unlocked soon after the login, only if it stays locked. */
void ib_notifier_attention (IbNotifier *self, const char *account, const char *code, const char *words);
/* The incident is over: what was shown of it is withdrawn. No error if there is none. */
void ib_notifier_resolved (IbNotifier *self, const char *account);

/* The mail server of @account wants the user to read @words: shown once for each call. */
void ib_notifier_alert (IbNotifier *self, const char *account, const char *words);

/* While the session is locked, or the server says that the user is not to be disturbed, nothing is shown; afterwards what
 * came in the meantime is, summed up. */
void ib_notifier_set_locked (IbNotifier *self, bool is_locked);

/* Bubbles that are open stay so; their actions do nothing any more. */
void ib_notifier_free (IbNotifier *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbNotifier, ib_notifier_free)
