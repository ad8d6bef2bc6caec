/* notifier.c - what the user is told on his desktop (org.freedesktop.Notifications) */
#include "notifier.h"
#include "alarm.h"
#include "incident.h"
#include "mail-program.h"
#include "notice-server.h"
#include "notice-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Of an incident's sentence, which may hold a server's words. */
#define WORDS_MOST 400

/* What the user may click. */
#define ACTION_OPEN "default"
#define ACTION_JUNK "junk"
#define ACTION_READ "read"
#define ACTION_SHOW "show"
#define ACTION_SIGN_IN "sign-in"

struct _IbNotifier {
    GDBusConnection *session;
    const IbNotifierActions *actions;
    gpointer user_data;
    IbNoticeServer *server;
    GHashTable *accounts; /* name → Account */
    GPtrArray *leaving;   /* Account *: gone, with a bubble on its way to the server */
    IbNotify notify;
    bool is_labelled; /* there are several accounts */
    bool is_locked;
    guint soon; /* source: look what there is to do */
};

typedef struct {
    IbNotifier *notifier;
    char *name;
    GCancellable *cancellable; /* of what is on its way */
    guint n_on_way;            /* bubbles whose ids the server has yet to tell */
    bool is_leaving;
    IbNoticePlan *plan;
    guint later;     /* source: a group may grow again, or an incident is due */
    gint64 later_at; /* monotonic */
    IbIncident *incident;
    guint32 incident_id;   /* its bubble; 0: none */
    bool incident_showing; /* on its way */
    GQueue alerts;         /* char *: the server's words, not shown yet */
} Account;

static void look_soon (IbNotifier *self);

/* --- an account's --- */

static void
account_free (gpointer pointer)
{
    Account *self = pointer;
    g_cancellable_cancel (self->cancellable);
    g_object_unref (self->cancellable);
    g_clear_handle_id (&self->later, g_source_remove);
    ib_notice_plan_free (self->plan);
    ib_incident_free (self->incident);
    g_queue_clear_full (&self->alerts, g_free);
    g_free (self->name);
    g_free (self);
}

static Account *
account_of (IbNotifier *self, const char *name)
{
    Account *account = g_hash_table_lookup (self->accounts, name);
    if (account != NULL)
        return account;
    account = g_new0 (Account, 1);
    account->notifier = self;
    account->name = g_strdup (name);
    account->cancellable = g_cancellable_new ();
    g_queue_init (&account->alerts);
    account->plan = ib_notice_plan_new (name);
    ib_notice_plan_set_labelled (account->plan, self->is_labelled);
    g_hash_table_insert (self->accounts, account->name, account);
    return account;
}

static gboolean
on_later (gpointer user_data)
{
    Account *account = user_data;
    account->later = 0;
    look_soon (account->notifier);
    return G_SOURCE_REMOVE;
}

/* Whichever is first: then it is seen what else there is to wait for. */
static void
look_later (Account *account, gint64 wait_us)
{
    gint64 at = g_get_monotonic_time () + wait_us;
    if (account->later != 0 && account->later_at <= at)
        return;
    g_clear_handle_id (&account->later, g_source_remove);
    account->later = g_timeout_add ((guint) CLAMP (wait_us / 1000 + 1, 1, G_MAXINT), on_later, account);
    account->later_at = at;
}

/* --- mail --- */

static void
offer (GStrvBuilder *actions, const char *key, const char *label)
{
    g_strv_builder_add_many (actions, key, label, NULL);
}

/* A key and a label each. */
static GStrv
mail_actions (const IbNotifier *self, const IbBubble *bubble)
{
    g_autoptr (GStrvBuilder) actions = g_strv_builder_new ();
    bool is_one = bubble->count == 1;
    if (ib_mail_program_is_there ())
        offer (actions, ACTION_OPEN, _ ("Open"));
    if (self->actions->mark_junk != NULL && is_one)
        offer (actions, ACTION_JUNK, _ ("Mark as junk"));
    if (self->actions->mark_read != NULL && bubble->ids->len == bubble->count)
        offer (actions, ACTION_READ, is_one ? _ ("Mark read") : _ ("Mark all read"));
    if (self->actions->show_mail != NULL)
        offer (actions, ACTION_SHOW, is_one ? _ ("Why?") : _ ("Show all"));
    return g_strv_builder_end (actions);
}

/* @shown calls arrived () first. */
static void
show (Account *account, const IbNotice *notice, IbNoticeShown shown)
{
    account->n_on_way++;
    ib_notice_server_show (account->notifier->server, notice, account->cancellable, shown, account);
}

/* The server calls a bubble @id. False: the account has gone meanwhile; so has its bubble now, and perhaps @account. */
static bool
arrived (Account *account, guint32 id)
{
    IbNotifier *self = account->notifier;
    account->n_on_way--;
    if (!account->is_leaving)
        return true;
    if (id != 0)
        ib_notice_server_close (self->server, id);
    if (account->n_on_way == 0)
        g_ptr_array_remove_fast (self->leaving, account);
    return false;
}

static void
on_bubble_shown (guint32 id, gpointer user_data)
{
    Account *account = user_data;
    if (!arrived (account, id))
        return;
    ib_notice_plan_shown (account->plan, id, g_get_monotonic_time ());
    look_soon (account->notifier);
}

static void
show_bubble (Account *account, const IbBubble *bubble)
{
    g_auto (GStrv) actions = mail_actions (account->notifier, bubble);
    const IbNotice notice = { .replaces = bubble->replaces,
                              .icon = "mail-unread",
                              .title = bubble->title,
                              .text = bubble->body,
                              .category = "email.arrived",
                              .urgency = bubble->urgency,
                              .actions = (const char *const *) actions };
    show (account, &notice, on_bubble_shown);
}

static void
tell_of_mail (Account *account)
{
    for (;;) {
        const IbBubble *bubble = NULL;
        guint32 id = 0;
        gint64 when = 0, now = g_get_monotonic_time ();
        switch (ib_notice_plan_next (account->plan, now, &bubble, &id, &when)) {
        case IB_NOTICE_REST:
            if (when > 0)
                look_later (account, when - now);
            return;
        case IB_NOTICE_SHOW:
            show_bubble (account, bubble);
            return;
        case IB_NOTICE_CLOSE:
            ib_notice_server_close (account->notifier->server, id);
            break;
        }
    }
}

/* --- incidents --- */

static void
on_incident_shown (guint32 id, gpointer user_data)
{
    Account *account = user_data;
    if (!arrived (account, id))
        return;
    account->incident_showing = false;
    if (account->incident == NULL && id != 0)
        ib_notice_server_close (account->notifier->server, id); /* over before it was seen */
    else
        account->incident_id = id;
    look_soon (account->notifier);
}

static GStrv
incident_actions (const IbNotifier *self, bool is_sign_in)
{
    g_autoptr (GStrvBuilder) actions = g_strv_builder_new ();
    if (is_sign_in && self->actions->sign_in != NULL)
        offer (actions, ACTION_SIGN_IN, _ ("Sign in"));
    else if (!is_sign_in && self->actions->show_account != NULL)
        offer (actions, ACTION_SHOW, _ ("Show"));
    return g_strv_builder_end (actions);
}

static void
show_incident (Account *account)
{
    bool is_sign_in = ib_incident_is_sign_in (account->incident);
    g_autofree char *title = g_strdup_printf (
        is_sign_in ? _ ("Sign in to %s again") : _ ("The mail of %s needs you"), account->name);
    g_autofree char *words = ib_notice_text_clean (account->incident->words, WORDS_MOST);
    g_auto (GStrv) actions = incident_actions (account->notifier, is_sign_in);
    const IbNotice notice = { .replaces = account->incident_id,
                              .icon = is_sign_in ? "dialog-password" : "dialog-warning",
                              .title = title,
                              .text = words,
                              .category = "network.error",
                              .urgency = IB_URGENCY_NORMAL,
                              .actions = (const char *const *) actions };
    account->incident_showing = true;
    ib_incident_told (account->incident, ib_alarm_now ());
    show (account, &notice, on_incident_shown);
}

static bool
is_incident_due (Account *account)
{
    if (account->incident == NULL || account->incident_showing)
        return false;
    gint64 due = ib_incident_due (account->incident), now = ib_alarm_now ();
    if (due != G_MAXINT64 && due > now)
        look_later (account, due - now);
    return due <= now;
}

/* --- what a mail server says --- */

/* Nothing can be done with it but read it. */
static void
show_alert (Account *account)
{
    static const char *const no_actions[] = { NULL };
    g_autofree char *alert = g_queue_pop_head (&account->alerts);
    g_autofree char *title = g_strdup_printf (_ ("The mail server of %s says"), account->name);
    g_autofree char *words = ib_notice_text_clean (alert, WORDS_MOST);
    const IbNotice notice = { .icon = "dialog-warning",
                              .title = title,
                              .text = words,
                              .category = "network",
                              .urgency = IB_URGENCY_NORMAL,
                              .actions = no_actions };
    ib_notice_server_show (account->notifier->server, &notice, account->cancellable, NULL, NULL);
}

/* --- when it is told --- */

static bool
is_held (const IbNotifier *self)
{
    return self->is_locked || ib_notice_server_is_inhibited (self->server);
}

static gboolean
look (gpointer user_data)
{
    IbNotifier *self = user_data;
    GHashTableIter iter;
    gpointer value;
    self->soon = 0;
    g_hash_table_iter_init (&iter, self->accounts);
    while (!is_held (self) && g_hash_table_iter_next (&iter, NULL, &value)) {
        Account *account = value;
        if (is_incident_due (account) && ib_notice_server_is_ready (self->server))
            show_incident (account);
        while (!g_queue_is_empty (&account->alerts) && ib_notice_server_is_ready (self->server))
            show_alert (account);
        if (ib_notice_plan_waits (account->plan) && ib_notice_server_is_ready (self->server))
            tell_of_mail (account);
    }
    return G_SOURCE_REMOVE;
}

/* All that the loop has at hand comes first: what arrives together is told of together. */
static void
look_soon (IbNotifier *self)
{
    if (self->soon == 0)
        self->soon = g_idle_add_full (G_PRIORITY_DEFAULT, look, self, NULL);
}

static void
on_ready (gpointer user_data)
{
    look_soon (user_data);
}

static void
on_released (gpointer user_data)
{
    IbNotifier *self = user_data;
    GHashTableIter iter;
    gpointer account;
    if (is_held (self))
        return;
    g_hash_table_iter_init (&iter, self->accounts);
    while (g_hash_table_iter_next (&iter, NULL, &account))
        ib_notice_plan_sum_up (((Account *) account)->plan);
    look_soon (self);
}

static void
on_left (gpointer user_data)
{
    IbNotifier *self = user_data;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init (&iter, self->accounts);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        Account *account = value;
        ib_notice_plan_forget (account->plan);
        if (account->incident != NULL && (account->incident_id != 0 || account->incident_showing))
            ib_incident_lost (account->incident);
        account->incident_id = 0;
    }
}

/* --- what the user does --- */

static void
on_closed (guint32 id, gpointer user_data)
{
    IbNotifier *self = user_data;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init (&iter, self->accounts);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        Account *account = value;
        ib_notice_plan_closed (account->plan, id);
        if (account->incident_id == id)
            account->incident_id = 0;
    }
}

static void
act_on_mail (IbNotifier *self, const Account *account, const IbBubble *bubble, const char *key,
             const char *token)
{
    const IbNotifierActions *actions = self->actions;
    g_autoptr (GStrvBuilder) list = g_strv_builder_new ();
    for (guint i = 0; i < bubble->ids->len; i++)
        g_strv_builder_add (list, bubble->ids->pdata[i]);
    g_auto (GStrv) ids = g_strv_builder_end (list);
    g_autofree char *name = g_strdup (account->name);
    const char *const *known = (const char *const *) ids;

    if (strcmp (key, ACTION_OPEN) == 0)
        ib_mail_program_open (self->session, token);
    else if (strcmp (key, ACTION_JUNK) == 0 && actions->mark_junk != NULL && bubble->count == 1)
        actions->mark_junk (name, known, self->user_data);
    else if (strcmp (key, ACTION_READ) == 0 && actions->mark_read != NULL)
        actions->mark_read (name, known, self->user_data);
    else if (strcmp (key, ACTION_SHOW) == 0 && actions->show_mail != NULL)
        actions->show_mail (bubble->count == 1 ? ids[0] : NULL, token, self->user_data);
}

static void
act_on_incident (IbNotifier *self, const Account *account, const char *key, const char *token)
{
    const IbNotifierActions *actions = self->actions;
    g_autofree char *name = g_strdup (account->name);
    if (strcmp (key, ACTION_SIGN_IN) == 0 && actions->sign_in != NULL)
        actions->sign_in (name, token, self->user_data);
    else if (strcmp (key, ACTION_SHOW) == 0 && actions->show_account != NULL)
        actions->show_account (name, token, self->user_data);
}

static void
on_clicked (guint32 id, const char *key, const char *token, gpointer user_data)
{
    IbNotifier *self = user_data;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init (&iter, self->accounts);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        const Account *account = value;
        const IbBubble *bubble = ib_notice_plan_find (account->plan, id);
        bool is_incident = account->incident_id == id;
        if (bubble == NULL && !is_incident)
            continue;
        ib_notice_server_close (self->server, id);
        if (bubble != NULL)
            act_on_mail (self, account, bubble, key, token);
        else
            act_on_incident (self, account, key, token);
        on_closed (id, self);
        return;
    }
}

/* --- what others say --- */

IbNotifier *
ib_notifier_new (GDBusConnection *session, const IbNotifierActions *actions, gpointer user_data)
{
    static const IbNoticeServerEvents events = { on_ready, on_released, on_left, on_closed, on_clicked };
    IbNotifier *self = g_new0 (IbNotifier, 1);
    self->session = g_object_ref (session);
    self->actions = actions;
    self->user_data = user_data;
    self->accounts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, account_free);
    self->leaving = g_ptr_array_new_with_free_func (account_free);
    self->notify = IB_NOTIFY_NONE;
    self->server = ib_notice_server_new (session, &events, self);
    return self;
}

void
ib_notifier_free (IbNotifier *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id (&self->soon, g_source_remove);
    g_hash_table_unref (self->accounts);
    g_ptr_array_unref (self->leaving);
    ib_notice_server_free (self->server);
    g_object_unref (self->session);
    g_free (self);
}

/* Its bubbles go: those that are open now, others when the server has told what it calls them. */
static void
withdraw (Account *account)
{
    IbNotifier *self = account->notifier;
    g_autoptr (GArray) ids = ib_notice_plan_open (account->plan);
    for (guint i = 0; i < ids->len; i++)
        ib_notice_server_close (self->server, g_array_index (ids, guint32, i));
    if (account->incident_id != 0)
        ib_notice_server_close (self->server, account->incident_id);
    account->is_leaving = true;
    if (account->n_on_way > 0)
        g_ptr_array_add (self->leaving, account);
    else
        account_free (account);
}

void
ib_notifier_set_config (IbNotifier *self, const IbConfig *config)
{
    GHashTableIter iter;
    gpointer value;
    self->notify = config->notify;
    self->is_labelled = config->accounts->len > 1;
    g_hash_table_iter_init (&iter, self->accounts);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        Account *account = value;
        if (ib_config_account (config, account->name) == NULL) {
            g_hash_table_iter_steal (&iter);
            withdraw (account);
            continue;
        }
        ib_notice_plan_set_labelled (account->plan, self->is_labelled);
        if (self->notify == IB_NOTIFY_NONE)
            ib_notice_plan_drop (account->plan);
    }
}

void
ib_notifier_delivered (IbNotifier *self, const IbStory *story)
{
    if (!ib_notice_is_wanted (story, self->notify))
        return;
    ib_notice_plan_add (account_of (self, story->account)->plan, story);
    look_soon (self);
}

void
ib_notifier_attention (IbNotifier *self, const char *account, const char *code, const char *words)
{
    Account *concerned = account_of (self, account);
    concerned->incident = ib_incident_note (concerned->incident, code, words, ib_alarm_now ());
    look_soon (self);
}

void
ib_notifier_resolved (IbNotifier *self, const char *account)
{
    Account *concerned = g_hash_table_lookup (self->accounts, account);
    if (concerned == NULL)
        return;
    g_clear_pointer (&concerned->incident, ib_incident_free);
    if (concerned->incident_id != 0)
        ib_notice_server_close (self->server, concerned->incident_id);
    concerned->incident_id = 0;
}

void
ib_notifier_alert (IbNotifier *self, const char *account, const char *words)
{
    g_queue_push_tail (&account_of (self, account)->alerts, g_strdup (words));
    look_soon (self);
}

void
ib_notifier_set_locked (IbNotifier *self, bool is_locked)
{
    bool was_held = is_held (self);
    self->is_locked = is_locked;
    if (was_held)
        on_released (self);
}
