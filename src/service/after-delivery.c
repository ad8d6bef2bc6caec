/* after-delivery.c - the user's own command, once there is new mail */
#include "after-delivery.h"
#include "escape.h"
#include "run-command.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A first indexing of a large Maildir takes minutes; what hangs hangs for ever. */
#define LIMIT_MS (5 * 60 * 1000)
#define GRACE_MS (5 * 1000)

struct _IbAfterDelivery {
    IbAfterDeliveryNotice notice;
    gpointer user_data;
    char *command;
    GThread *thread; /* of the one that runs */
    GCancellable *cancellable;
    bool is_wanted_again;
    bool has_complained; /* about a failure that lasts */
};

/* One run: handed to its thread, and back with how it went. */
typedef struct {
    IbAfterDelivery *owner; /* for the main context only */
    GMainContext *context;
    char *command;
    GCancellable *cancellable;
    char *failure; /* NULL: it went well */
} Run;

static void start (IbAfterDelivery *self);

static void
run_free (gpointer data)
{
    Run *run = data;
    g_main_context_unref (run->context);
    g_object_unref (run->cancellable);
    g_free (run->command);
    g_free (run->failure);
    g_free (run);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

/* --- in its thread ------------------------------------------------------------------------------------------- */

/* The last line that says something. */
static char *
last_line (const char *text)
{
    g_auto (GStrv) lines = g_strsplit_set (text, "\r\n", -1);
    for (guint i = g_strv_length (lines); i > 0; i--)
        if (*g_strstrip (lines[i - 1]) != '\0')
            return ib_escape_server_text (lines[i - 1], -1);
    return g_strdup ("");
}

/* NULL: it has ended well. */
static char *
describe_end (const IbRunResult *result)
{
    if (!result->was_signalled && result->status == 0)
        return NULL;
    g_autofree char *how = g_strdup_printf (
        result->was_signalled ? _ ("was ended by signal %d") : _ ("ended with status %d"), result->status);
    g_autofree char *words = last_line (result->complaint);
    return *words != '\0' ? g_strdup_printf ("%s: “%s”", how, words) : g_steal_pointer (&how);
}

static char *
describe_error (const GError *error)
{
    g_autofree char *words = ib_escape_server_text (error->message, -1);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return NULL;
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
        return g_strdup (_ ("had not ended after five minutes and was stopped"));
    return g_strdup_printf (_ ("cannot be run: %s"), words);
}

static char *
run_command (const Run *run)
{
    g_auto (GStrv) argv = NULL;
    g_autoptr (GError) error = NULL;
    const IbRunTerms terms = { .limit_ms = LIMIT_MS, .grace_ms = GRACE_MS };
    IbRunResult result;
    if (!g_shell_parse_argv (run->command, NULL, &argv, &error)
        || !ib_run_command ((const char *const *) argv, &terms, run->cancellable, &result, &error))
        return describe_error (error);
    char *failure = describe_end (&result);
    g_free (result.complaint);
    return failure;
}

/* --- in the main context ------------------------------------------------------------------------------------- */

static void
complain (IbAfterDelivery *self, const Run *run)
{
    bool is_news = run->failure != NULL && !self->has_complained;
    self->has_complained = run->failure != NULL;
    if (!is_news || self->notice == NULL)
        return;
    g_autofree char *command = ib_escape_server_text (run->command, -1);
    g_autofree char *text = g_strdup_printf (_ ("after-delivery: “%s” %s"), command, run->failure);
    self->notice (text, self->user_data);
}

static gboolean
on_ended (gpointer data)
{
    Run *run = data;
    IbAfterDelivery *self = run->owner;
    if (g_cancellable_is_cancelled (run->cancellable))
        return G_SOURCE_REMOVE; /* @self is gone */

    g_thread_join (g_steal_pointer (&self->thread));
    g_clear_object (&self->cancellable);
    complain (self, run);
    if (self->is_wanted_again)
        start (self);
    return G_SOURCE_REMOVE;
}

static gpointer
run_in_thread (gpointer data)
{
    Run *run = data;
    run->failure = run_command (run);
    g_autoptr (GSource) source = g_idle_source_new ();
    g_source_set_priority (source, G_PRIORITY_DEFAULT);
    g_source_set_callback (source, on_ended, run, run_free);
    g_source_attach (source, run->context);
    return NULL;
}

static void
start (IbAfterDelivery *self)
{
    g_autoptr (GError) error = NULL;
    self->is_wanted_again = false;
    if (self->command == NULL)
        return;
    Run *run = g_new0 (Run, 1);
    self->cancellable = g_cancellable_new ();
    run->owner = self;
    run->context = g_main_context_ref_thread_default ();
    run->command = g_strdup (self->command);
    run->cancellable = g_object_ref (self->cancellable);
    self->thread = g_thread_try_new ("after-delivery", run_in_thread, run, &error);
    if (self->thread != NULL)
        return;
    run->failure = describe_error (error);
    complain (self, run);
    run_free (run);
    g_clear_object (&self->cancellable);
}

/* --- the door ------------------------------------------------------------------------------------------------ */

IbAfterDelivery *
ib_after_delivery_new (IbAfterDeliveryNotice notice, gpointer user_data)
{
    IbAfterDelivery *self = g_new0 (IbAfterDelivery, 1);
    self->notice = notice;
    self->user_data = user_data;
    return self;
}

void
ib_after_delivery_set_command (IbAfterDelivery *self, const char *command)
{
    if (command != NULL && *command == '\0')
        command = NULL;
    if (g_strcmp0 (command, self->command) == 0)
        return;
    g_free (self->command);
    self->command = g_strdup (command);
    self->has_complained = false;
}

void
ib_after_delivery_run (IbAfterDelivery *self)
{
    if (self->thread != NULL)
        self->is_wanted_again = true;
    else
        start (self);
}

bool
ib_after_delivery_is_running (const IbAfterDelivery *self)
{
    return self->thread != NULL;
}

void
ib_after_delivery_free (IbAfterDelivery *self)
{
    if (self == NULL)
        return;
    if (self->thread != NULL) {
        g_cancellable_cancel (self->cancellable);
        g_thread_join (self->thread);
        g_object_unref (self->cancellable);
    }
    g_free (self->command);
    g_free (self);
}
