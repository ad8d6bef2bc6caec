/* bus.c - the service on the session bus */
#include "bus.h"
#include "always-rule.h"
#include "bus-accounts.h"
#include "bus-asks.h"
#include "bus-checks.h"
#include "bus-errors.h"
#include "bus-filters.h"
#include "bus-loans.h"
#include "bus-settings.h"
#include "said.h"
#include "service-acts.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What one call may ask for. */
#define MOST_MESSAGES 1000
#define LONGEST_WORD 4096
#define LONGEST_PAUSE_S (366 * 24 * 3600)
/* Progress is told so often at most. */
#define PROGRESS_MS 100
#define PATIENCE_MS 2000

/* Of a poll that is under way. */
typedef struct {
    guint64 messages, bytes, fetched, fetched_bytes;
    bool is_untold;
} Progress;

struct _IbBus {
    IbService *service;
    IbBusNamed named;
    gpointer user_data;
    GCancellable *end;

    GDBusConnection *connection; /* NULL: not connected */
    guint own;
    IbDbusManager *manager;
    GDBusObjectManagerServer *objects;
    IbBusAccounts *accounts;
    IbBusChecks *checks;
    IbBusLoans *loans;
    IbBusAsks *asks;
    IbBusFilters *filters;
    GPtrArray *waiting;   /* Waiting */
    GHashTable *progress; /* account → Progress */
    guint telling;        /* the timer for progress; 0: none */
};

/* --- news of the service ----------------------------------------------------------------------------------- */

static void
on_account_changed (const char *account, gpointer user_data)
{
    IbBus *self = user_data;
    ib_bus_accounts_show (self->accounts, account);
    ib_dbus_manager_emit_account_changed (self->manager, account);
}

static void
on_started (const char *account, gpointer user_data)
{
    IbBus *self = user_data;
    g_hash_table_insert (self->progress, g_strdup (account), g_new0 (Progress, 1));
    ib_bus_checks_started (self->checks, account);
    ib_dbus_manager_emit_started (self->manager, account);
}

static void
tell_progress (IbBus *self, const char *account, Progress *progress)
{
    progress->is_untold = false;
    ib_dbus_manager_emit_progress (self->manager, account, progress->messages, progress->bytes,
                                   progress->fetched, progress->fetched_bytes);
}

static gboolean
tell_all_progress (gpointer user_data)
{
    IbBus *self = user_data;
    GHashTableIter each;
    gpointer account, progress;
    self->telling = 0;
    g_hash_table_iter_init (&each, self->progress);
    while (g_hash_table_iter_next (&each, &account, &progress))
        if (((Progress *) progress)->is_untold)
            tell_progress (self, account, progress);
    return G_SOURCE_REMOVE;
}

/* What arrives while an account is watched has no start of its own. */
static Progress *
progress_of (IbBus *self, const char *account)
{
    Progress *progress = g_hash_table_lookup (self->progress, account);
    if (progress == NULL) {
        progress = g_new0 (Progress, 1);
        g_hash_table_insert (self->progress, g_strdup (account), progress);
    }
    progress->is_untold = true;
    if (self->telling == 0)
        self->telling = g_timeout_add (PROGRESS_MS, tell_all_progress, self);
    return progress;
}

static void
on_found (const char *account, guint64 messages, guint64 bytes, gpointer user_data)
{
    Progress *progress = progress_of (user_data, account);
    progress->messages += messages;
    progress->bytes += bytes;
}

static void
on_fetched (const char *account, guint64 bytes, gpointer user_data)
{
    Progress *progress = progress_of (user_data, account);
    progress->fetched++;
    progress->fetched_bytes += bytes;
}

static void
on_delivered (const IbStory *story, const char *folder, const char *const *paths, gpointer user_data)
{
    IbBus *self = user_data;
    ib_dbus_manager_emit_delivered (self->manager, ib_said_message (story, folder, paths));
}

static void
show_trouble (IbBus *self)
{
    const GError *trouble = ib_service_get_trouble (self->service);
    g_autofree char *words = trouble != NULL ? g_utf8_make_valid (trouble->message, -1) : g_strdup ("");
    ib_dbus_manager_set_trouble (self->manager, words);
}

static void
on_notice (const char *account, const char *text, gpointer user_data)
{
    IbBus *self = user_data;
    g_autofree char *words = g_utf8_make_valid (text, -1);
    show_trouble (self); /* it may be just that */
    ib_dbus_manager_emit_notice (self->manager, account != NULL ? account : "", words);
}

static void
on_polled (const IbPollResult *result, bool is_whole, gpointer user_data)
{
    IbBus *self = user_data;
    Progress *progress = g_hash_table_lookup (self->progress, result->account);
    if (progress != NULL && progress->is_untold)
        tell_progress (self, result->account, progress);
    g_hash_table_remove (self->progress, result->account);
    ib_dbus_manager_emit_polled (self->manager, ib_said_result (result));
    ib_bus_checks_polled (self->checks, result, is_whole);
    ib_bus_accounts_count (self->accounts);
}

static void
on_attention (const char *account, const char *code, const char *words, const char *action,
              gpointer user_data)
{
    IbBus *self = user_data;
    g_autofree char *valid = g_utf8_make_valid (words, -1);
    ib_dbus_manager_emit_needs_attention (self->manager, account, code, valid, action);
}

static void
on_relieved (const char *account, gpointer user_data)
{
    IbBus *self = user_data;
    ib_dbus_manager_emit_relieved (self->manager, account);
}

static void
show_all (IbBus *self)
{
    const IbConfig *config = ib_service_config (self->service);
    ib_dbus_manager_set_maildir (self->manager, config != NULL ? config->maildir : "");
    show_trouble (self);
    ib_bus_accounts_show_all (self->accounts);
    ib_bus_accounts_count (self->accounts);
}

static void
on_reloaded (gpointer user_data)
{
    show_all (user_data);
}

static const IbServiceListener listener = {
    .account_changed = on_account_changed,
    .started = on_started,
    .found = on_found,
    .fetched = on_fetched,
    .delivered = on_delivered,
    .notice = on_notice,
    .polled = on_polled,
    .attention = on_attention,
    .relieved = on_relieved,
    .reloaded = on_reloaded,
};

/* A loan is over: another process may have changed the journal. */
static void
on_returned (gpointer user_data)
{
    IbBus *self = user_data;
    ib_bus_accounts_count (self->accounts);
}

/* --- what holds once the configuration was read anew ---------------------------------------------------------- */

/* A call that is answered then. */
typedef struct {
    IbBus *bus;
    GDBusMethodInvocation *invocation;
    void (*then) (IbBus *self, GDBusMethodInvocation *invocation, const char *const *words);
    char **words;
    guint source;
} Waiting;

static void
waiting_free (gpointer pointer)
{
    Waiting *waiting = pointer;
    if (waiting->source != 0)
        g_source_remove (waiting->source);
    if (waiting->invocation != NULL)
        (void) ib_bus_refuse (waiting->invocation, IB_BUS_FAILED, "%s", _ ("The service is ending"));
    g_strfreev (waiting->words);
    g_free (waiting);
}

static gboolean
go_on (gpointer user_data)
{
    Waiting *waiting = user_data;
    IbBus *self = waiting->bus;
    waiting->source = 0;
    waiting->then (self, g_steal_pointer (&waiting->invocation), (const char *const *) waiting->words);
    g_ptr_array_remove (self->waiting, waiting);
    return G_SOURCE_REMOVE;
}

/* The service reads it when the loop turns, which it does before we go on. */
static void
after_reload (IbBus *self, GDBusMethodInvocation *invocation, const char *const *words,
              void (*then) (IbBus *self, GDBusMethodInvocation *invocation, const char *const *words))
{
    Waiting *waiting = g_new0 (Waiting, 1);
    ib_service_reload (self->service);
    waiting->bus = self;
    waiting->invocation = invocation;
    waiting->then = then;
    waiting->words = g_strdupv ((char **) words);
    waiting->source = g_idle_add (go_on, waiting);
    g_ptr_array_add (self->waiting, waiting);
}

static void
answer_nothing (IbBus *self, GDBusMethodInvocation *invocation, const char *const *words)
{
    g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
answer_after_reload (GDBusMethodInvocation *invocation, gpointer user_data)
{
    static const char *const nothing[] = { NULL };
    after_reload (user_data, invocation, nothing, answer_nothing);
}

static void
answer_path (IbBus *self, GDBusMethodInvocation *invocation, const char *const *words)
{
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", words[0]));
}

/* --- checks -------------------------------------------------------------------------------------------------- */

/* To who asked only. */
static void
on_checked (const char *asker, guint32 ticket, const char *account, GVariant *result, gpointer user_data)
{
    IbBus *self = user_data;
    (void) g_dbus_connection_emit_signal (self->connection, asker, IB_BUS_PATH, IB_BUS_NAME, "Checked",
                                          g_variant_new ("(us@a{sv})", ticket, account, result), NULL);
}

static void
check (IbBus *self, GDBusMethodInvocation *invocation, const char *const *accounts)
{
    g_autoptr (GError) error = NULL;
    g_auto (GStrv) checked = NULL;
    guint32 ticket;
    if (ib_bus_checks_ask (self->checks, g_dbus_method_invocation_get_sender (invocation), accounts, &ticket,
                           &checked, &error))
        g_dbus_method_invocation_return_value (invocation, g_variant_new ("(u^as)", ticket, checked));
    else
        (void) ib_bus_refuse_error (invocation, error);
}

static gboolean
on_check (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *const *accounts,
          gpointer user_data)
{
    if (g_strv_length ((char **) accounts) > MOST_MESSAGES)
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("That is more than there can be"));
    after_reload (user_data, invocation, accounts, check);
    return TRUE;
}

static void
check_one (IbBus *self, GDBusMethodInvocation *invocation, const char *const *accounts)
{
    g_autoptr (GError) error = NULL;
    g_auto (GStrv) checked = NULL;
    guint32 ticket;
    if (ib_bus_checks_ask (self->checks, g_dbus_method_invocation_get_sender (invocation), accounts, &ticket,
                           &checked, &error))
        g_dbus_method_invocation_return_value (invocation, g_variant_new ("(u)", ticket));
    else
        (void) ib_bus_refuse_error (invocation, error);
}

static void
check_account (const char *account, GDBusMethodInvocation *invocation, gpointer user_data)
{
    const char *const accounts[] = { account, NULL };
    after_reload (user_data, invocation, accounts, check_one);
}

/* --- accounts ------------------------------------------------------------------------------------------------ */

static gboolean
on_list_accounts (IbDbusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    ib_dbus_manager_complete_list_accounts (manager, invocation, ib_bus_accounts_list (self->accounts));
    return TRUE;
}

static void
pause_account (const char *account, guint32 seconds, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    g_autoptr (GError) error = NULL;
    if (seconds > LONGEST_PAUSE_S)
        (void) ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("A pause is a year at most"));
    else if (!ib_service_pause (self->service, account, seconds, &error))
        (void) ib_bus_refuse_error (invocation, error);
    else
        g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
resume_account (const char *account, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    g_autoptr (GError) error = NULL;
    if (!ib_service_resume (self->service, account, &error))
        (void) ib_bus_refuse_error (invocation, error);
    else
        g_dbus_method_invocation_return_value (invocation, NULL);
}

static gboolean
on_add_account (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *name, GVariant *keys,
                gpointer user_data)
{
    IbBus *self = user_data;
    if (ib_bus_settings_add_account (self->service, name, keys, invocation)) {
        g_autofree char *object = ib_bus_names_account_path (name);
        const char *const words[] = { object, NULL };
        after_reload (self, invocation, words, answer_path);
    }
    return TRUE;
}

static void
change_account (const char *account, GVariant *keys, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    if (ib_bus_settings_change_account (self->service, account, keys, invocation))
        answer_after_reload (invocation, self);
}

static void
tell_account (const char *account, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    ib_bus_settings_tell_account (self->service, account, invocation);
}

static gboolean
on_remove_account (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *name,
                   gpointer user_data)
{
    IbBus *self = user_data;
    if (ib_bus_settings_remove_account (self->service, name, invocation))
        answer_after_reload (invocation, self);
    return TRUE;
}

/* --- the configuration ---------------------------------------------------------------------------------------- */

static gboolean
on_settings (IbDbusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    ib_bus_settings_tell (self->service, invocation);
    return TRUE;
}

static gboolean
on_change_settings (IbDbusManager *manager, GDBusMethodInvocation *invocation, GVariant *keys,
                    gpointer user_data)
{
    IbBus *self = user_data;
    if (ib_bus_settings_change (self->service, keys, invocation))
        answer_after_reload (invocation, self);
    return TRUE;
}

static gboolean
on_reload (IbDbusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
    answer_after_reload (invocation, user_data);
    return TRUE;
}

/* --- questions ----------------------------------------------------------------------------------------------- */

static gboolean
on_status (IbDbusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
    static const char *const command[] = { "status", NULL };
    const IbBusQuestion question = { command, NULL, IB_BUS_FAILED };
    IbBus *self = user_data;
    ib_bus_asks_run (self->asks, &question, invocation);
    return TRUE;
}

static gboolean
on_report (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *from_when,
           gpointer user_data)
{
    IbBus *self = user_data;
    if (strlen (from_when) > LONGEST_WORD)
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("That is no time"));
    /* In one word with its option, it cannot be another option. */
    g_autofree char *option = g_strdup_printf ("--since=%s", *from_when != '\0' ? from_when : "7d");
    const char *const command[] = { "report", option, NULL };
    const IbBusQuestion question = { command, NULL, IB_BUS_INVALID };
    ib_bus_asks_run (self->asks, &question, invocation);
    return TRUE;
}

static gboolean
on_history (IbDbusManager *manager, GDBusMethodInvocation *invocation, GVariant *query, gpointer user_data)
{
    IbBus *self = user_data;
    ib_bus_asks_history (self->asks, query, invocation);
    return TRUE;
}

/* One that can be meant, and cannot be taken for anything else. */
static bool
is_message (const char *word)
{
    return *word != '\0' && strlen (word) <= LONGEST_WORD && strcmp (word, "-") != 0;
}

/* The first six digits of one, or more. */
static bool
is_id (const char *word)
{
    gsize length = strlen (word);
    return length >= 6 && length <= IB_ID_LENGTH && strspn (word, "0123456789abcdefABCDEF") == length;
}

/* Whoever asks need not be allowed to read files: a Message-ID in its brackets is none. Returns: (transfer full) */
static char *
message_word (const char *message)
{
    bool is_bare = !is_id (message) && *message != '<';
    return is_bare ? g_strdup_printf ("<%s>", message) : g_strdup (message);
}

static gboolean
on_why (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *message, gpointer user_data)
{
    IbBus *self = user_data;
    if (!is_message (message))
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("That is no message"));
    g_autofree char *word = message_word (message);
    const char *const command[] = { "why", "--", word, NULL };
    const IbBusQuestion question = { command, NULL, IB_BUS_NO_MESSAGE };
    ib_bus_asks_run (self->asks, &question, invocation);
    return TRUE;
}

static gboolean
on_propose_rule (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *message,
                 const char *kind, const char *folder, gpointer user_data)
{
    IbBus *self = user_data;
    IbAlwaysKind known;
    if (!is_message (message))
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("That is no message"));
    if (*kind != '\0' && !ib_always_kind_find (kind, &known))
        return ib_bus_refuse (invocation, IB_BUS_INVALID, _ ("There is no kind of rule “%s”"), kind);
    if (strlen (folder) > LONGEST_WORD)
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("That is no folder"));
    g_autofree char *word = message_word (message);
    g_autofree char *by = g_strconcat ("--by=", kind, NULL), *to = g_strconcat ("--to=", folder, NULL);
    const char *const ask_kinds[] = { "filter", "always", "--", word, NULL };
    const char *const ask_rule[] = { "filter", "always", by, to, "--", word, NULL };
    const IbBusQuestion question = { *kind != '\0' ? ask_rule : ask_kinds, NULL, IB_BUS_NO_MESSAGE };
    ib_bus_asks_run (self->asks, &question, invocation);
    return TRUE;
}

/* --- acts ---------------------------------------------------------------------------------------------------- */

static void
on_acted (guint done, GPtrArray *refused, const GError *error, gpointer user_data)
{
    GDBusMethodInvocation *invocation = user_data;
    GVariantBuilder list;
    if (error != NULL) {
        (void) ib_bus_refuse_error (invocation, error);
        return;
    }
    g_variant_builder_init (&list, G_VARIANT_TYPE ("a(ss)"));
    for (guint i = 0; i < refused->len; i++) {
        const IbActRefusal *refusal = refused->pdata[i];
        g_autofree char *words = g_utf8_make_valid (refusal->words, -1);
        g_variant_builder_add (&list, "(ss)", refusal->message, words);
    }
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(ua(ss))", done, &list));
}

/* False: it was refused. */
static bool
are_messages (const char *const *messages, GDBusMethodInvocation *invocation)
{
    if (g_strv_length ((char **) messages) > MOST_MESSAGES)
        return !ib_bus_refuse (invocation, IB_BUS_INVALID, _ ("At most %d messages at once"), MOST_MESSAGES);
    for (; *messages != NULL; messages++)
        if (!is_message (*messages))
            return !ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("That is no message"));
    return true;
}

static gboolean
on_learn (IbDbusManager *manager, GDBusMethodInvocation *invocation, gboolean is_spam,
          const char *const *messages, gpointer user_data)
{
    IbBus *self = user_data;
    if (are_messages (messages, invocation))
        ib_service_acts_learn (self->service, is_spam, messages, on_acted, invocation);
    return TRUE;
}

static gboolean
on_mark_junk (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *const *messages,
              gpointer user_data)
{
    IbBus *self = user_data;
    if (are_messages (messages, invocation))
        ib_service_acts_mark_junk (self->service, messages, on_acted, invocation);
    return TRUE;
}

static gboolean
on_mark_good (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *const *messages,
              gpointer user_data)
{
    IbBus *self = user_data;
    if (are_messages (messages, invocation))
        ib_service_acts_mark_good (self->service, messages, on_acted, invocation);
    return TRUE;
}

static gboolean
on_mark_read (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *const *messages,
              gpointer user_data)
{
    IbBus *self = user_data;
    if (are_messages (messages, invocation))
        ib_service_acts_mark_read (self->service, messages, on_acted, invocation);
    return TRUE;
}

static const char *
result_name (IbUndone result)
{
    switch (result) {
    case IB_UNDONE_MOVED:
        return "moved";
    case IB_UNDONE_RESTORED:
        return "restored";
    case IB_UNDONE_LEFT:
        return "left";
    case IB_UNDONE_NOTHING:
        return "nothing";
    }
    g_assert_not_reached ();
}

static void
on_undone (GPtrArray *undone, const GError *error, gpointer user_data)
{
    GDBusMethodInvocation *invocation = user_data;
    GVariantBuilder list;
    if (error != NULL) {
        (void) ib_bus_refuse_error (invocation, error);
        return;
    }
    g_variant_builder_init (&list, G_VARIANT_TYPE ("a(sssay)"));
    for (guint i = 0; i < undone->len; i++) {
        const IbActUndone *one = undone->pdata[i];
        g_variant_builder_add (&list, "(sss^ay)", one->id, one->account != NULL ? one->account : "",
                               result_name (one->result), one->path != NULL ? one->path : "");
    }
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a(sssay))", &list));
}

static gboolean
on_undo (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *id, gint64 from_time,
         gpointer user_data)
{
    IbBus *self = user_data;
    if ((*id != '\0' && (!is_id (id) || from_time != 0)) || from_time < 0)
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s",
                              _ ("Either an id, or the first six or more of its digits, or a time"));
    ib_service_acts_undo (self->service, *id != '\0' ? id : NULL, from_time, on_undone, invocation);
    return TRUE;
}

/* --- loans --------------------------------------------------------------------------------------------------- */

static gboolean
on_lend (IbDbusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    ib_bus_loans_lend (self->loans, invocation);
    return TRUE;
}

static gboolean
on_return (IbDbusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    if (!ib_bus_loans_give_back (self->loans, g_dbus_method_invocation_get_sender (invocation)))
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("There is nothing to return"));
    ib_dbus_manager_complete_return (manager, invocation);
    return TRUE;
}

/* --- the name ------------------------------------------------------------------------------------------------ */

static void
on_name_acquired (GDBusConnection *connection, const char *name, gpointer user_data)
{
    IbBus *self = user_data;
    self->named (NULL, self->user_data);
}

/* Another one's answer to whose home it works on. */
static void
on_other (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
    g_autoptr (GVariant) value = NULL;
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    IbBus *self = user_data;
    if (reply != NULL)
        g_variant_get (reply, "(v)", &value);
    bool is_known = value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING);
    g_autofree char *words = g_strdup_printf (
        _ ("another Inbasket has the name on the session bus (it works on %s): nobody can talk to this "
           "one, which works all the same"),
        is_known ? g_variant_get_bytestring (value) : _ ("a home that it does not tell"));
    self->named (words, self->user_data);
}

static void
on_name_lost (GDBusConnection *connection, const char *name, gpointer user_data)
{
    IbBus *self = user_data;
    if (connection == NULL || g_dbus_connection_is_closed (connection)) {
        self->named (_ ("the session bus is gone: nobody can talk to this service any more"),
                     self->user_data);
        return;
    }
    g_dbus_connection_call (connection, IB_BUS_NAME, IB_BUS_PATH, "org.freedesktop.DBus.Properties", "Get",
                            g_variant_new ("(ss)", IB_BUS_NAME, "StateFolder"), G_VARIANT_TYPE ("(v)"),
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, PATIENCE_MS, self->end, on_other, self);
}

/* --- coming and going ------------------------------------------------------------------------------------------ */

static void
connect_methods (IbBus *self)
{
    const struct {
        const char *signal;
        GCallback callback;
    } handlers[] = {
        { "handle-list-accounts", G_CALLBACK (on_list_accounts) },
        { "handle-add-account", G_CALLBACK (on_add_account) },
        { "handle-remove-account", G_CALLBACK (on_remove_account) },
        { "handle-settings", G_CALLBACK (on_settings) },
        { "handle-change-settings", G_CALLBACK (on_change_settings) },
        { "handle-check", G_CALLBACK (on_check) },
        { "handle-status", G_CALLBACK (on_status) },
        { "handle-report", G_CALLBACK (on_report) },
        { "handle-history", G_CALLBACK (on_history) },
        { "handle-why", G_CALLBACK (on_why) },
        { "handle-propose-rule", G_CALLBACK (on_propose_rule) },
        { "handle-learn", G_CALLBACK (on_learn) },
        { "handle-mark-good", G_CALLBACK (on_mark_good) },
        { "handle-mark-junk", G_CALLBACK (on_mark_junk) },
        { "handle-mark-read", G_CALLBACK (on_mark_read) },
        { "handle-undo", G_CALLBACK (on_undo) },
        { "handle-lend", G_CALLBACK (on_lend) },
        { "handle-return", G_CALLBACK (on_return) },
        { "handle-reload", G_CALLBACK (on_reload) },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
        g_signal_connect (self->manager, handlers[i].signal, handlers[i].callback, self);
}

static void
present (IbBus *self)
{
    static const IbBusAccountMethods methods
        = { check_account, pause_account, resume_account, change_account, tell_account };
    const IbPaths *paths = ib_service_paths (self->service);
    g_autofree char *home = g_utf8_make_valid (paths->home != NULL ? paths->home : "", -1);

    self->manager = ib_dbus_manager_skeleton_new ();
    ib_dbus_manager_set_version (self->manager, IB_VERSION);
    ib_dbus_manager_set_home (self->manager, home);
    ib_dbus_manager_set_config_folder (self->manager, paths->config);
    ib_dbus_manager_set_state_folder (self->manager, paths->state);
    connect_methods (self);
    self->objects = g_dbus_object_manager_server_new (IB_BUS_PATH);
    self->accounts = ib_bus_accounts_new (self->service, self->objects, &methods, self);
    self->checks = ib_bus_checks_new (self->service, on_checked, self);
    self->loans = ib_bus_loans_new (self->service, on_returned, self);
    self->asks = ib_bus_asks_new (paths);
    self->filters = ib_bus_filters_new (self->manager, self->service, self->asks, answer_after_reload, self);
    self->waiting = g_ptr_array_new_with_free_func (waiting_free);
    self->progress = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    show_all (self);
    ib_service_listen (self->service, &listener, self);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GDBusConnection) connection = g_dbus_connection_new_for_address_finish (result, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    IbBus *self = user_data;
    if (connection != NULL) {
        present (self);
        /* All is there before the name is. */
        (void) g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->manager), connection,
                                                 IB_BUS_PATH, &error);
    }
    if (error != NULL) {
        g_autofree char *words = g_strdup_printf (
            _ ("there is no session bus: %s: nobody can talk to this service"), error->message);
        self->named (words, self->user_data);
        return;
    }
    g_dbus_object_manager_server_set_connection (self->objects, connection);
    self->connection = g_steal_pointer (&connection);
    self->own
        = g_bus_own_name_on_connection (self->connection, IB_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                        on_name_acquired, on_name_lost, self, NULL);
}

static gboolean
say_no_bus (gpointer user_data)
{
    IbBus *self = user_data;
    self->telling = 0;
    self->named (_ ("there is no session bus: nobody can talk to this service"), self->user_data);
    return G_SOURCE_REMOVE;
}

IbBus *
ib_bus_new (IbService *service, IbBusNamed named, gpointer user_data)
{
    IbBus *self = g_new0 (IbBus, 1);
    self->service = service;
    self->named = named;
    self->user_data = user_data;
    self->end = g_cancellable_new ();
    g_autofree char *address = ib_bus_names_session ();
    if (address == NULL)
        self->telling = g_idle_add (say_no_bus, self);
    else
        g_dbus_connection_new_for_address (address,
                                           G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                               | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                           NULL, self->end, on_connected, self);
    return self;
}

GDBusConnection *
ib_bus_connection (const IbBus *self)
{
    return self->connection;
}

void
ib_bus_free (IbBus *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->end);
    g_object_unref (self->end);
    if (self->telling != 0)
        g_source_remove (self->telling);
    if (self->manager != NULL) {
        ib_service_unlisten (self->service, self);
        g_ptr_array_unref (self->waiting);
        ib_bus_loans_free (self->loans);
        ib_bus_checks_free (self->checks);
        ib_bus_filters_free (self->filters);
        ib_bus_asks_free (self->asks);
        ib_bus_accounts_free (self->accounts);
        g_signal_handlers_disconnect_by_data (self->manager, self);
        g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->manager));
        g_object_unref (self->manager);
        g_object_unref (self->objects);
        g_hash_table_unref (self->progress);
    }
    if (self->own != 0)
        g_bus_unown_name (self->own);
    if (self->connection != NULL)
        (void) g_dbus_connection_flush_sync (self->connection, NULL, NULL); /* answers that are due */
    g_clear_object (&self->connection);
    g_free (self);
}
