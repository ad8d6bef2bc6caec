/* bus-news.c - news of the service, as signals and properties on the bus */
#include "bus-news.h"
#include "said.h"

/* Progress is told so often at most. */
#define PROGRESS_MS 100

/* Of a poll that is under way. */
typedef struct {
    guint64 messages, bytes, fetched, fetched_bytes;
    bool is_untold;
} Progress;

struct _IbBusNews {
    IbDbusManager *manager;
    IbService *service;
    IbBusAccounts *accounts;
    IbBusChecks *checks;
    GHashTable *progress; /* account → Progress */
    guint telling;        /* the timer for progress; 0: none */
};

static void
on_account_changed (const char *account, gpointer user_data)
{
    IbBusNews *self = user_data;
    ib_bus_accounts_show (self->accounts, account);
    ib_dbus_manager_emit_account_changed (self->manager, account);
}

static void
on_started (const char *account, gpointer user_data)
{
    IbBusNews *self = user_data;
    g_hash_table_insert (self->progress, g_strdup (account), g_new0 (Progress, 1));
    ib_bus_checks_started (self->checks, account);
    ib_dbus_manager_emit_started (self->manager, account);
}

static void
tell_progress (IbBusNews *self, const char *account, Progress *progress)
{
    progress->is_untold = false;
    ib_dbus_manager_emit_progress (self->manager, account, progress->messages, progress->bytes,
                                   progress->fetched, progress->fetched_bytes);
}

static gboolean
tell_all_progress (gpointer user_data)
{
    IbBusNews *self = user_data;
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
progress_of (IbBusNews *self, const char *account)
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
    IbBusNews *self = user_data;
    ib_dbus_manager_emit_delivered (self->manager, ib_said_message (story, folder, paths));
}

static void
show_trouble (IbBusNews *self)
{
    const GError *trouble = ib_service_get_trouble (self->service);
    g_autofree char *words = ib_said_words (trouble != NULL ? trouble->message : "");
    ib_dbus_manager_set_trouble (self->manager, words);
}

static void
on_notice (const char *account, const char *text, gpointer user_data)
{
    IbBusNews *self = user_data;
    g_autofree char *words = ib_said_words (text);
    g_autofree char *for_terminal = ib_said_words_for_terminal (text);
    const char *whose = account != NULL ? account : "";
    show_trouble (self); /* it may be just that */
    ib_dbus_manager_emit_notice (self->manager, whose, words);
    ib_dbus_manager_emit_notice_for_terminal (self->manager, whose, for_terminal);
}

static void
on_polled (const IbPollResult *result, bool is_whole, gpointer user_data)
{
    IbBusNews *self = user_data;
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
    IbBusNews *self = user_data;
    g_autofree char *said = ib_said_words (words);
    ib_dbus_manager_emit_needs_attention (self->manager, account, code, said, action);
}

static void
on_relieved (const char *account, gpointer user_data)
{
    IbBusNews *self = user_data;
    ib_dbus_manager_emit_relieved (self->manager, account);
}

static void
show_all (IbBusNews *self)
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
    IbBusNews *self = user_data;
    show_all (self);
    ib_dbus_manager_emit_reloaded (self->manager);
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

IbBusNews *
ib_bus_news_new (IbDbusManager *manager, IbService *service, IbBusAccounts *accounts, IbBusChecks *checks)
{
    IbBusNews *self = g_new0 (IbBusNews, 1);
    self->manager = manager;
    self->service = service;
    self->accounts = accounts;
    self->checks = checks;
    self->progress = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    show_all (self);
    ib_service_listen (service, &listener, self);
    return self;
}

void
ib_bus_news_free (IbBusNews *self)
{
    if (self == NULL)
        return;
    ib_service_unlisten (self->service, self);
    if (self->telling != 0)
        g_source_remove (self->telling);
    g_hash_table_unref (self->progress);
    g_free (self);
}
