/* bus-asks.c - what takes a while to answer, and changes nothing */
#include "bus-asks.h"
#include "bus-callers.h"
#include "face.h"
#include "overview.h"
#include "said.h"

#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

/* So many questions are being answered: of one caller, and of all. */
#define MOST_OF_ONE 8
#define MOST_AT_ONCE 32
/* So long nothing need be heard of an answer. */
#define PATIENCE_S 60
/* Where a command tells how far it is (IB_BUS_ASKS_TELLS). */
#define TELLS_FD 3
/* Rows of history that one answer holds. */
#define ROWS 100
#define MOST_ROWS 1000

struct _IbBusAsks {
    const IbPaths *paths;
    GCancellable *end;
    IbBusCallers *callers; /* of what is not answered yet */
};

/* One question. It lives on without .asks, which may be freed before it is answered. */
typedef struct {
    IbBusAsks *asks;                   /* NULL: freed */
    GDBusMethodInvocation *invocation; /* NULL: it was answered */
    char *caller;
    GCancellable *end;
    GCancellable *gone; /* nobody waits for the answer */
    GSubprocess *process;
    IbBusRefusal misuse; /* its exit status 2 */
    IbBusProgress progress;
    GDataInputStream *told; /* by the process, of its progress; NULL */
    guint patience;
    guint asker;  /* watched: whether who asked is there */
    gulong watch; /* on .end */
} Ask;

/* Its answer is of no use to anybody any more. */
static void
end_process (Ask *ask)
{
    if (ask->process != NULL)
        g_subprocess_force_exit (ask->process);
}

/* Perhaps nothing runs after this. */
static void
on_end (GCancellable *end, gpointer user_data)
{
    Ask *ask = user_data;
    ask->asks = NULL;
    end_process (ask);
    (void) ib_bus_refuse (g_steal_pointer (&ask->invocation), IB_BUS_FAILED, "%s",
                          _ ("The service is ending"));
}

static void
on_asker_left (GDBusConnection *connection, const char *name, gpointer user_data)
{
    Ask *ask = user_data;
    g_cancellable_cancel (ask->gone);
    end_process (ask);
}

static Ask *
ask_new (IbBusAsks *self, GDBusMethodInvocation *invocation)
{
    const char *caller = g_dbus_method_invocation_get_sender (invocation);
    if (!ib_bus_callers_take (self->callers, caller)) {
        (void) ib_bus_refuse (invocation, IB_BUS_FAILED, "%s", _ ("Too much is asked at once: try again"));
        return NULL;
    }
    Ask *ask = g_new0 (Ask, 1);
    ask->caller = g_strdup (caller);
    ask->gone = g_cancellable_new ();
    ask->asks = self;
    ask->invocation = invocation;
    ask->end = g_object_ref (self->end);
    ask->watch = g_cancellable_connect (ask->end, G_CALLBACK (on_end), ask, NULL);
    ask->asker
        = g_bus_watch_name_on_connection (g_dbus_method_invocation_get_connection (invocation), caller,
                                          G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_asker_left, ask, NULL);
    return ask;
}

static void
ask_free (Ask *ask)
{
    g_cancellable_disconnect (ask->end, ask->watch);
    g_bus_unwatch_name (ask->asker);
    if (ask->asks != NULL)
        ib_bus_callers_give_back (ask->asks->callers, ask->caller);
    g_cancellable_cancel (ask->gone); /* nor is anything told of it */
    g_object_unref (ask->gone);
    g_clear_object (&ask->told);
    g_free (ask->caller);
    if (ask->patience != 0)
        g_source_remove (ask->patience);
    g_clear_object (&ask->process);
    g_object_unref (ask->end);
    g_free (ask);
}

/* --- the command line ------------------------------------------------------------------------------------------ */

/* Its exit statuses (see command.h), as far as they mean something here. */
static IbBusRefusal
kind_of (const Ask *ask, int status)
{
    switch (status) {
    case 2:
        return ask->misuse;
    case 3:
        return IB_BUS_CONFIG;
    case 4:
        return IB_BUS_STORE;
    default:
        return IB_BUS_FAILED;
    }
}

/* "inbasket: …" of the first line. */
static char *
words_of (const char *complaint)
{
    static const char program[] = "inbasket: ";
    if (g_str_has_prefix (complaint, program))
        complaint += strlen (program);
    return g_strndup (complaint, strcspn (complaint, "\n"));
}

/* What was broken off is not half an answer. */
static const char *
why_none (const Ask *ask, const GError *error)
{
    if (error != NULL)
        return error->message;
    return ask->patience == 0 ? _ ("There was no answer in time") : _ ("It ended without an answer");
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Ask *ask = user_data;
    g_autoptr (GError) error = NULL;
    g_autofree char *document = NULL;
    g_autofree char *complaint = NULL;
    GDBusMethodInvocation *invocation = g_steal_pointer (&ask->invocation);
    bool is_whole = g_subprocess_communicate_utf8_finish (ask->process, result, &document, &complaint, &error)
                    && g_subprocess_get_if_exited (ask->process);
    int status = is_whole ? g_subprocess_get_exit_status (ask->process) : -1;

    if (invocation == NULL) {
        /* It was refused when the service began to end. */
    } else if (is_whole && document != NULL && (*document == '{' || status == 0)) {
        /* Also where something is broken: the document says what. A list may be empty. */
        g_strchomp (document);
        g_dbus_method_invocation_return_value (invocation, g_variant_new ("(s)", document));
    } else if (is_whole && complaint != NULL && *complaint != '\0') {
        g_autofree char *words = words_of (complaint);
        (void) ib_bus_refuse (invocation, kind_of (ask, status), "%s", words);
    } else {
        (void) ib_bus_refuse (invocation, IB_BUS_FAILED, "%s", why_none (ask, error));
    }
    ask_free (ask);
}

static gboolean
lose_patience (gpointer user_data)
{
    Ask *ask = user_data;
    ask->patience = 0;
    end_process (ask);
    return G_SOURCE_REMOVE;
}

static void
be_patient (Ask *ask)
{
    g_clear_handle_id (&ask->patience, g_source_remove);
    ask->patience = g_timeout_add_seconds (PATIENCE_S, lose_patience, ask);
}

static void hear_more (Ask *ask);

/* "DONE EXPECTED" */
static void
on_told (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *line
        = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source), result, NULL, &error);
    if (line == NULL)
        return; /* it is over, and perhaps answered */
    Ask *ask = user_data;
    char *rest = NULL;
    guint64 done = g_ascii_strtoull (line, &rest, 10);
    guint64 expected = g_ascii_strtoull (rest, NULL, 10);
    if (ask->patience != 0)
        be_patient (ask);
    if (ask->invocation != NULL)
        ask->progress (ask->invocation, done, expected);
    hear_more (ask);
}

static void
hear_more (Ask *ask)
{
    g_data_input_stream_read_line_async (ask->told, G_PRIORITY_DEFAULT, ask->gone, on_told, ask);
}

/* The process has the pipe's other end. */
static bool
listen_to (Ask *ask, GSubprocessLauncher *launcher, GError **error)
{
    int ends[2];
    if (!g_unix_open_pipe (ends, FD_CLOEXEC, error))
        return false;
    g_subprocess_launcher_take_fd (launcher, ends[1], TELLS_FD);
    g_autoptr (GInputStream) told = g_unix_input_stream_new (ends[0], TRUE);
    ask->told = g_data_input_stream_new (told);
    return true;
}

void
ib_bus_asks_run (IbBusAsks *self, const IbBusQuestion *question, GDBusMethodInvocation *invocation)
{
    const GSubprocessFlags flags
        = question->input != NULL ? G_SUBPROCESS_FLAGS_STDIN_PIPE : G_SUBPROCESS_FLAGS_NONE;
    g_autoptr (GError) error = NULL;
    g_autofree char *program = g_build_filename (ib_paths_programs (), "inbasket", NULL);
    g_auto (GStrv) environment = ib_face_environ (IB_FACE_WINDOW); /* as all that the bus says */
    g_autoptr (GPtrArray) words = g_ptr_array_new ();
    g_ptr_array_add (words, program);
    if (self->paths->home != NULL) {
        g_ptr_array_add (words, (gpointer) "--home");
        g_ptr_array_add (words, self->paths->home);
    }
    g_ptr_array_add (words, (gpointer) "--json");
    for (const char *const *word = question->command; *word != NULL; word++)
        g_ptr_array_add (words, (gpointer) *word);
    g_ptr_array_add (words, NULL);

    Ask *ask = ask_new (self, invocation);
    if (ask == NULL)
        return;
    ask->misuse = question->misuse;
    ask->progress = question->progress;
    g_autoptr (GSubprocessLauncher) launcher
        = g_subprocess_launcher_new (flags | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_subprocess_launcher_set_environ (launcher, environment);
    if (ask->progress == NULL || listen_to (ask, launcher, &error))
        ask->process = g_subprocess_launcher_spawnv (launcher, (const char *const *) words->pdata, &error);
    g_subprocess_launcher_close (launcher); /* our copy of the pipe's end */
    if (ask->process == NULL) {
        (void) ib_bus_refuse (g_steal_pointer (&ask->invocation), IB_BUS_FAILED, "%s", error->message);
        ask_free (ask);
        return;
    }
    be_patient (ask);
    if (ask->told != NULL)
        hear_more (ask);
    g_subprocess_communicate_utf8_async (ask->process, question->input, ask->end, on_answered, ask);
}

/* --- the journal ------------------------------------------------------------------------------------------------- */

typedef struct {
    IbPaths *paths;
    IbLogQuery query;
    char *account, *before;
    guint32 limit;
    GQueue rows; /* GVariant: the newest .limit */
    GCancellable *gone;
} Reading;

static void
reading_free (gpointer pointer)
{
    Reading *reading = pointer;
    g_queue_clear_full (&reading->rows, (GDestroyNotify) g_variant_unref);
    ib_paths_free (reading->paths);
    g_clear_object (&reading->gone);
    g_free (reading->account);
    g_free (reading->before);
    g_free (reading);
}

static bool
on_row (const IbStory *story, gpointer user_data)
{
    Reading *reading = user_data;
    g_queue_push_tail (&reading->rows, g_variant_ref_sink (ib_said_message (story, NULL, NULL)));
    if (g_queue_get_length (&reading->rows) > reading->limit)
        g_variant_unref (g_queue_pop_head (&reading->rows));
    return !g_cancellable_is_cancelled (reading->gone);
}

static void
read_on_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *end)
{
    Reading *reading = task_data;
    GError *error = NULL;
    gint64 last = 0;
    if (ib_overview_log (reading->paths, &reading->query, on_row, reading, &last, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Ask *ask = user_data;
    g_autoptr (GError) error = NULL;
    GDBusMethodInvocation *invocation = g_steal_pointer (&ask->invocation);
    bool is_read = g_task_propagate_boolean (G_TASK (result), &error);
    if (invocation == NULL) {
        /* It was refused when the service began to end. */
    } else if (is_read) {
        Reading *reading = g_task_get_task_data (G_TASK (result));
        GVariantBuilder rows;
        g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
        for (GList *row = reading->rows.head; row != NULL; row = row->next)
            g_variant_builder_add_value (&rows, row->data);
        g_dbus_method_invocation_return_value (invocation, g_variant_new ("(aa{sv})", &rows));
    } else {
        (void) ib_bus_refuse (invocation, IB_BUS_STORE, "%s", error->message);
    }
    ask_free (ask);
}

static bool
is_id (GVariant *value)
{
    return g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
           && g_variant_get_size (value) == IB_ID_LENGTH + 1
           && strspn (g_variant_get_string (value, NULL), "0123456789abcdef") == IB_ID_LENGTH;
}

/* NULL: @key is not one of the query's, or is of another type; *out_key says which. */
static Reading *
reading_new (const IbPaths *paths, GVariant *query, char **out_key)
{
    Reading *reading = g_new0 (Reading, 1);
    GVariantIter each;
    const char *key;
    GVariant *value;
    reading->limit = ROWS;
    g_variant_iter_init (&each, query);
    while (g_variant_iter_next (&each, "{&sv}", &key, &value)) {
        g_autoptr (GVariant) held = value;
        if (strcmp (key, "since") == 0 && g_variant_is_of_type (value, G_VARIANT_TYPE_INT64)) {
            reading->query.since = MAX (g_variant_get_int64 (value), 0);
        } else if (strcmp (key, "account") == 0 && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)) {
            g_free (reading->account);
            reading->account = g_variant_dup_string (value, NULL);
        } else if (strcmp (key, "before") == 0 && is_id (value)) {
            g_free (reading->before);
            reading->before = g_variant_dup_string (value, NULL);
        } else if (strcmp (key, "junk") == 0 && g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN)) {
            reading->query.only_junk = g_variant_get_boolean (value);
        } else if (strcmp (key, "limit") == 0 && g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32)) {
            reading->limit = MIN (g_variant_get_uint32 (value), MOST_ROWS);
        } else {
            *out_key = g_strdup (key);
            reading_free (reading);
            return NULL;
        }
    }
    reading->query.account = reading->account;
    reading->query.before = reading->before;
    reading->query.limit = MAX (reading->limit, 1);
    reading->paths = ib_paths_new (paths->home);
    return reading;
}

void
ib_bus_asks_history (IbBusAsks *self, GVariant *query, GDBusMethodInvocation *invocation)
{
    g_autofree char *key = NULL;
    Reading *reading = reading_new (self->paths, query, &key);
    if (reading == NULL) {
        (void) ib_bus_refuse (invocation, IB_BUS_INVALID,
                              _ ("A query has no such key, or not of this type: “%s”"), key);
        return;
    }
    Ask *ask = ask_new (self, invocation);
    if (ask == NULL) {
        reading_free (reading);
        return;
    }
    reading->gone = g_object_ref (ask->gone);
    g_autoptr (GTask) task = g_task_new (NULL, ask->end, on_read, ask);
    g_task_set_task_data (task, reading, reading_free);
    g_task_run_in_thread (task, read_on_thread);
}

/* --- the whole ----------------------------------------------------------------------------------------------------- */

IbBusAsks *
ib_bus_asks_new (const IbPaths *paths)
{
    IbBusAsks *self = g_new0 (IbBusAsks, 1);
    self->paths = paths;
    self->end = g_cancellable_new ();
    self->callers = ib_bus_callers_new (MOST_OF_ONE, MOST_AT_ONCE);
    return self;
}

void
ib_bus_asks_free (IbBusAsks *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->end);
    g_object_unref (self->end);
    ib_bus_callers_unref (self->callers);
    g_free (self);
}
