/* child.c - our own `inbasket --json …`, beside us: its lines, as they come */
#include "child.h"
#include "unfinished.h"

#include <signal.h>
#include <string.h>

struct _IbChild {
    const IbChildEvents *events; /* NULL: nobody listens */
    gpointer user_data;
    GSubprocess *process;
    GDataInputStream *lines, *complaints;
    char *complaint; /* the first */
    guint awaited;   /* of the ends: of each stream, and of the process */
    gboolean is_left;
};

static void
release (IbChild *self)
{
    g_object_unref (self->lines);
    g_object_unref (self->complaints);
    g_object_unref (self->process);
    g_free (self->complaint);
    g_free (self);
}

/* Its last words may come after it is gone: all three are waited for. */
static void
note_end (IbChild *self)
{
    if (--self->awaited > 0)
        return;
    const IbChildEvents *events = self->events;
    int status
        = g_subprocess_get_if_exited (self->process) ? g_subprocess_get_exit_status (self->process) : -1;
    if (events != NULL)
        events->ended (status, self->complaint, self->user_data);
    if (self->is_left)
        ib_unfinished_end ();
    release (self);
}

static void
on_exited (GObject *source, GAsyncResult *result, gpointer user_data)
{
    (void) g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL); /* it is not cancelled */
    note_end (user_data);
}

static void
take_line (IbChild *self, const char *text)
{
    g_autoptr (JsonParser) parser = json_parser_new ();
    JsonNode *root
        = json_parser_load_from_data (parser, text, -1, NULL) ? json_parser_get_root (parser) : NULL;
    if (self->events != NULL && root != NULL && JSON_NODE_HOLDS_OBJECT (root))
        self->events->line (json_node_get_object (root), self->user_data);
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
    IbChild *self = user_data;
    g_autofree char *text = g_data_input_stream_read_line_finish_utf8 (self->lines, result, NULL, NULL);
    if (text == NULL) {
        note_end (self);
        return;
    }
    take_line (self, text);
    g_data_input_stream_read_line_async (self->lines, G_PRIORITY_DEFAULT, NULL, on_line, self);
}

/* "inbasket: …" */
static char *
words_of (const char *complaint)
{
    static const char program[] = "inbasket: ";
    return g_strdup (g_str_has_prefix (complaint, program) ? complaint + strlen (program) : complaint);
}

static void
on_complaint (GObject *source, GAsyncResult *result, gpointer user_data)
{
    IbChild *self = user_data;
    g_autofree char *text = g_data_input_stream_read_line_finish_utf8 (self->complaints, result, NULL, NULL);
    if (text == NULL) {
        note_end (self);
        return;
    }
    if (self->complaint == NULL)
        self->complaint = words_of (text);
    g_data_input_stream_read_line_async (self->complaints, G_PRIORITY_DEFAULT, NULL, on_complaint, self);
}

/* Ourselves, where we are the program: it need not be installed. */
static char *
find_program (void)
{
    g_autofree char *own = g_file_read_link ("/proc/self/exe", NULL);
    g_autofree char *name = own != NULL ? g_path_get_basename (own) : NULL;
    if (g_strcmp0 (name, "inbasket") == 0)
        return g_steal_pointer (&own);
    return g_build_filename (ib_paths_programs (), "inbasket", NULL);
}

IbChild *
ib_child_start (const char *home, const char *const *command, const IbChildEvents *events, gpointer user_data,
                GError **error)
{
    g_autofree char *program = find_program ();
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    if (home != NULL)
        g_strv_builder_add_many (builder, program, "--home", home, "--json", NULL);
    else
        g_strv_builder_add_many (builder, program, "--json", NULL);
    for (; *command != NULL; command++)
        g_strv_builder_add (builder, *command);
    g_auto (GStrv) words = g_strv_builder_end (builder);
    GSubprocess *process = g_subprocess_newv (
        (const char *const *) words, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);
    if (process == NULL)
        return NULL;

    IbChild *self = g_new0 (IbChild, 1);
    *self = (IbChild){ .events = events, .user_data = user_data, .process = process, .awaited = 3 };
    self->lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
    self->complaints = g_data_input_stream_new (g_subprocess_get_stderr_pipe (process));
    g_data_input_stream_read_line_async (self->lines, G_PRIORITY_DEFAULT, NULL, on_line, self);
    g_data_input_stream_read_line_async (self->complaints, G_PRIORITY_DEFAULT, NULL, on_complaint, self);
    g_subprocess_wait_async (process, NULL, on_exited, self);
    return self;
}

void
ib_child_stop (IbChild *self)
{
    g_subprocess_send_signal (self->process, SIGINT);
}

void
ib_child_free (IbChild *self)
{
    if (self == NULL)
        return;
    self->events = NULL;
    ib_child_stop (self);
}

void
ib_child_leave (IbChild *self)
{
    if (self == NULL)
        return;
    self->events = NULL;
    self->is_left = TRUE;
    ib_unfinished_begin ();
}

void
ib_child_kill (IbChild *self)
{
    if (self == NULL)
        return;
    self->events = NULL;
    g_subprocess_force_exit (self->process);
    (void) g_subprocess_wait (self->process, NULL, NULL); /* nothing cancels it */
}
