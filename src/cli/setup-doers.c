/* setup-doers.c - what setup's model leaves to whoever can: trying an account, counting its mail, a dry run */
#include "setup-doers.h"
#include "account-file.h"
#include "at-login.h"
#include "learn-shared.h"
#include "service-shared.h"
#include "probe.h"
#include "sync.h"
#include "tokens.h"

#include <errno.h>
#include <ftw.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

struct _IbSetupWorkers {
    const IbCli *cli;
    IbSetupDoers doers;
    void (*changed) (IbSetup *, gpointer);
    gpointer user_data;

    IbSetup *setup; /* of what is running, as is the rest */
    guint job;
    IbProbe *probe;
    IbTokens *tokens;
    IbForecastWeight weight;
    guint closed_folders;
};

static void
end_probe (IbSetupWorkers *self)
{
    g_clear_pointer (&self->probe, ib_probe_free);
    g_clear_pointer (&self->tokens, ib_tokens_free);
}

/* --- probes ----------------------------------------------------------------------------------------------------------- */

static void
start_probe (IbSetupWorkers *self, IbSetup *setup, guint job, const IbAccount *account, IbProbeKind kind,
             const IbProbeEvents *events)
{
    end_probe (self);
    self->setup = setup;
    self->job = job;
    self->weight = (IbForecastWeight){ 0 };
    self->closed_folders = 0;
    self->tokens = ib_tokens_new (self->cli->paths);
    self->probe = ib_probe_start (account, kind, self->tokens, events, self);
}

static void
on_step (const char *step, const char *text, gpointer data)
{
    IbSetupWorkers *self = data;
    ib_setup_tell (self->setup, self->job, step, text);
}

static void
on_mailbox_failed (const char *mailbox, const char *server_text, gpointer data)
{
    IbSetupWorkers *self = data;
    g_autofree char *text = g_strdup_printf (_ ("%s cannot be opened: %s"), mailbox, server_text);
    self->closed_folders++;
    ib_setup_tell (self->setup, self->job, "folder", text);
}

/* --- trying ------------------------------------------------------------------------------------------------------------ */

static void
on_tried (const GError *error, gpointer data)
{
    IbSetupWorkers *self = data;
    g_autoptr (GError) failure = error != NULL ? g_error_copy (error) : NULL;
    if (failure == NULL && self->closed_folders > 0)
        failure
            = g_error_new_literal (IB_FETCH_ERROR, IB_FETCH_ERROR_MESSAGE,
                                   _ ("It can be signed in to, but not all of its folders can be opened"));
    end_probe (self);
    ib_setup_tried (self->setup, self->job, failure);
}

static void
try_account (IbSetup *setup, guint job, const IbAccount *account, gpointer data)
{
    static const IbProbeEvents events
        = { .step = on_step, .mailbox_failed = on_mailbox_failed, .ended = on_tried };
    start_probe (data, setup, job, account, IB_PROBE_SIGN_IN, &events);
}

/* --- counting ------------------------------------------------------------------------------------------------------------ */

static void
on_weighed (const GError *error, gpointer data)
{
    IbSetupWorkers *self = data;
    g_autoptr (GError) failure = error != NULL ? g_error_copy (error) : NULL;
    const IbForecastWeight weight = self->weight;
    end_probe (self);
    ib_setup_weighed (self->setup, self->job, &weight, failure);
}

static void
on_found (guint64 messages, guint64 bytes, gpointer data)
{
    IbSetupWorkers *self = data;
    self->weight.messages += messages;
    self->weight.bytes += bytes;
}

static void
on_oldest (gint64 internal_date_s, gpointer data)
{
    IbSetupWorkers *self = data;
    self->weight.oldest_s = internal_date_s;
    self->weight.is_partial = true;
}

static void
weigh (IbSetup *setup, guint job, const IbAccount *account, gpointer data)
{
    static const IbProbeEvents events = {
        .mailbox_failed = on_mailbox_failed, .found = on_found, .oldest = on_oldest, .ended = on_weighed
    };
    start_probe (data, setup, job, account, IB_PROBE_WEIGH, &events);
}

/* --- a dry run -------------------------------------------------------------------------------------------------------------- */

typedef struct {
    GHashTable *folders; /* name: guint */
    guint duplicates, discarded;
    GError *error;
} Rehearsal;

static void
on_delivered (const IbStory *story, const char *folder, const char *const *paths, gpointer data)
{
    Rehearsal *rehearsal = data;
    switch (story->action) {
    case IB_STORY_DELIVER:
        for (guint i = 0; i < story->files->len; i++) {
            const IbStoryFile *file = story->files->pdata[i];
            guint count = GPOINTER_TO_UINT (g_hash_table_lookup (rehearsal->folders, file->folder));
            g_hash_table_replace (rehearsal->folders, g_strdup (file->folder), GUINT_TO_POINTER (count + 1));
        }
        return;
    case IB_STORY_DUPLICATE:
        rehearsal->duplicates++;
        return;
    case IB_STORY_DISCARD:
        rehearsal->discarded++;
        return;
    }
}

static void
on_rehearsed (const IbPollResult *result, gpointer data)
{
    Rehearsal *rehearsal = data;
    if (result->error != NULL && rehearsal->error == NULL)
        rehearsal->error = g_error_copy (result->error);
}

static void
on_started (const char *account, gpointer data)
{
}

static void
on_rehearsal_found (const char *account, guint64 messages, guint64 bytes, gpointer data)
{
}

static void
on_fetched (const char *account, guint64 bytes, gpointer data)
{
}

static void
on_notice (const char *text, gpointer data)
{
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
    return strcmp (a, b);
}

/* "INBOX 30, Junk 5; 2 twice" */
static char *
rehearsal_text (const Rehearsal *rehearsal)
{
    GString *text = g_string_new (NULL);
    GList *names = g_list_sort (g_hash_table_get_keys (rehearsal->folders), compare_names);
    for (GList *name = names; name != NULL; name = name->next)
        g_string_append_printf (text, "%s%s %u", text->len > 0 ? ", " : "", (const char *) name->data,
                                GPOINTER_TO_UINT (g_hash_table_lookup (rehearsal->folders, name->data)));
    g_list_free (names);
    if (text->len == 0)
        g_string_append (text, _ ("no mail"));
    if (rehearsal->duplicates > 0)
        g_string_append_printf (text, _ ("; %u come twice"), rehearsal->duplicates);
    if (rehearsal->discarded > 0)
        g_string_append_printf (text, _ ("; %u thrown away"), rehearsal->discarded);
    return g_string_free (text, FALSE);
}

static int
remove_one (const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void) remove (path); /* what cannot be removed lies in /tmp */
    return 0;
}

/* The settings that hold here, and this one account. */
static bool
furnish (const IbCli *cli, const IbPaths *paths, const char *name, const char *text, GError **error)
{
    const struct {
        const char *from, *to;
    } shared[] = {
        { cli->paths->config_file, paths->config_file },
        { cli->paths->filters, paths->filters },
        { cli->paths->providers, paths->providers },
        { cli->paths->oauth_clients, paths->oauth_clients },
    };
    g_autofree char *path = g_strdup_printf ("%s/%s.conf", paths->accounts, name);
    if (!ib_settings_file_save (path, text, strlen (text), error))
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS (shared); i++)
        if (g_file_test (shared[i].from, G_FILE_TEST_EXISTS) && symlink (shared[i].from, shared[i].to) != 0) {
            g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", shared[i].to,
                         g_strerror (errno));
            return false;
        }
    return true;
}

static bool
rehearse_in (const IbCli *cli, const char *folder, const char *name, const char *text, Rehearsal *rehearsal,
             GError **error)
{
    static const IbSyncEvents events = {
        .started = on_started,
        .found = on_rehearsal_found,
        .fetched = on_fetched,
        .delivered = on_delivered,
        .notice = on_notice,
        .ended = on_rehearsed,
    };
    IbSyncOutcome outcome;
    g_autoptr (IbPaths) paths = ib_paths_new (folder);
    return furnish (cli, paths, name, text, error)
           && ib_sync_run (paths, NULL, true, &events, rehearsal, &outcome, error);
}

/* In a home of its own, which is gone afterwards: here nothing is locked, noted or made. */
static void
rehearse (IbSetup *setup, guint job, const char *name, const char *text, gpointer data)
{
    IbSetupWorkers *self = data;
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp ("inbasket-setup-XXXXXX", &error);
    Rehearsal rehearsal = { .folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
    if (folder != NULL) {
        (void) rehearse_in (self->cli, folder, name, text, &rehearsal, &error);
        (void) nftw (folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
    if (error == NULL)
        error = g_steal_pointer (&rehearsal.error);
    g_autofree char *words = error == NULL ? rehearsal_text (&rehearsal) : NULL;
    g_hash_table_unref (rehearsal.folders);
    g_clear_error (&rehearsal.error);
    ib_setup_rehearsed (setup, job, words, error);
}

/* --- learning ------------------------------------------------------------------------------------------------------- */

/* It says itself how that went; the account stands, whatever came of it. */
static void
learn (IbSetup *setup, const char *name, gpointer data)
{
    const IbSetupWorkers *self = data;
    const char *const sources[] = { name, NULL };
    if (!self->cli->json && !self->cli->quiet)
        g_print (_ ("Learning from the mail that is on the server …\n"));
    (void) ib_learn_from (self->cli, sources);
}

/* --- running at login ----------------------------------------------------------------------------------------------------- */

static bool
run_at_login (IbSetup *setup, gpointer data, GError **error)
{
    const IbSetupWorkers *self = data;
    g_autoptr (IbConfig) config = ib_config_load (self->cli->paths, error);
    g_auto (GStrv) folders = config != NULL ? ib_service_folders (config) : NULL;
    return folders != NULL && ib_at_login_enable (self->cli->paths, (const char *const *) folders, error);
}

/* The user's own home, which no service is there for yet. */
static bool
can_run_at_login (const IbCli *cli)
{
    const char *const nothing[] = { NULL };
    if (cli->paths->home != NULL)
        return false;
    g_autoptr (IbAtLogin) now = ib_at_login_look (cli->paths, nothing);
    return !now->is_enabled;
}

/* --- the whole ---------------------------------------------------------------------------------------------------------------- */

static void
stop (IbSetup *setup, gpointer data)
{
    IbSetupWorkers *self = data;
    end_probe (self);
}

static void
changed (IbSetup *setup, gpointer data)
{
    IbSetupWorkers *self = data;
    self->changed (setup, self->user_data);
}

IbSetupWorkers *
ib_setup_workers_new (const IbCli *cli, void (*on_changed) (IbSetup *, gpointer), gpointer user_data)
{
    IbSetupWorkers *self = g_new0 (IbSetupWorkers, 1);
    self->cli = cli;
    self->doers = (IbSetupDoers){ changed, try_account, weigh, rehearse, learn, stop, NULL };
    if (can_run_at_login (cli))
        self->doers.run_at_login = run_at_login;
    self->changed = on_changed;
    self->user_data = user_data;
    return self;
}

const IbSetupDoers *
ib_setup_workers_doers (const IbSetupWorkers *self)
{
    return &self->doers;
}

void
ib_setup_workers_free (IbSetupWorkers *self)
{
    if (self == NULL)
        return;
    stop (NULL, self);
    g_free (self);
}
