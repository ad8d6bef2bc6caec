/* Lines, however they come. */
#include "lines.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* What is written, and what is read of it: lines with "|" behind each, "…" for one that is too long. "@" in both stands for
 * IB_LINE_BYTES - 1 letters. */
static const struct {
    const char *name, *written, *read;
} cases[] = {
    { "nothing", "", "" },
    { "one", "one\n", "one|" },
    { "several", "one\ntwo\nthree\n", "one|two|three|" },
    { "last-without-end", "one\ntwo", "one|two|" },
    { "empty-ones", "\n\none\n\n", "||one||" },
    { "carriage-return-is-kept", "one\r\n", "one\r|" },
    { "longest", "@\n@", "@|@|" },
    { "too-long", "@x\ntwo\n", "…|two|" },
    { "twice-too-long", "@@@\ntwo\n", "…|two|" },
    { "too-long-at-the-end", "one\n@@", "one|…|" },
};

static char *
expand (const char *text)
{
    g_autofree char *long_part = g_strnfill (IB_LINE_BYTES - 1, 'a');
    g_auto (GStrv) parts = g_strsplit (text, "@", -1);
    return g_strjoinv (long_part, parts);
}

static void
append (GString *found, IbLineEvent event, const char *line, gsize length)
{
    if (event == IB_LINE_TOO_LONG) {
        g_string_append (found, "…|");
        return;
    }
    g_assert_cmpint (event, ==, IB_LINE_READ);
    g_assert_cmpuint (strlen (line), ==, length);
    g_string_append_printf (found, "%s|", line);
}

typedef struct {
    int fd;
    char *text;
    gsize piece;
} Writer;

static gpointer
write_all (gpointer data)
{
    Writer *self = data;
    for (gsize at = 0, left = strlen (self->text); left > 0;) {
        gssize written = write (self->fd, self->text + at, MIN (left, self->piece));
        g_assert_cmpint (written, >, 0);
        at += (gsize) written;
        left -= (gsize) written;
    }
    close (self->fd);
    return NULL;
}

static void
read_in_pieces (const char *written, const char *expected, gsize piece)
{
    int ends[2];
    g_assert_cmpint (pipe (ends), ==, 0);
    g_autofree char *text = expand (written);
    Writer writer = { ends[1], text, piece };
    GThread *thread = g_thread_new ("writer", write_all, &writer);
    g_autoptr (IbLines) lines = ib_lines_new (ends[0]);
    g_autoptr (GString) found = g_string_new (NULL);
    const char *line;
    gsize length;
    for (;;) {
        IbLineEvent event = ib_lines_next (lines, -1, &line, &length);
        if (event == IB_LINE_END)
            break;
        append (found, event, line, length);
    }
    g_thread_join (thread);
    close (ends[0]);
    g_autofree char *all = expand (expected);
    g_assert_cmpstr (found->str, ==, all);
}

static void
test_lines (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    read_in_pieces (cases[i].written, cases[i].read, IB_LINE_BYTES * 4);
    read_in_pieces (cases[i].written, cases[i].read, 997);
    if (strchr (cases[i].written, '@') == NULL)
        read_in_pieces (cases[i].written, cases[i].read, 1);
}

/* It says so when nothing comes, and goes on with what comes then, be a line half read. */
static void
test_quiet (void)
{
    int ends[2];
    const char *line;
    gsize length;
    g_assert_cmpint (pipe (ends), ==, 0);
    g_autoptr (IbLines) lines = ib_lines_new (ends[0]);
    g_assert_cmpint (ib_lines_next (lines, 0, &line, &length), ==, IB_LINE_QUIET);
    g_assert_cmpint (write (ends[1], "on", 2), ==, 2);
    g_assert_cmpint (ib_lines_next (lines, 0, &line, &length), ==, IB_LINE_QUIET);
    g_assert_cmpint (write (ends[1], "e\ntwo\n", 6), ==, 6);
    g_assert_cmpint (ib_lines_next (lines, 0, &line, &length), ==, IB_LINE_READ);
    g_assert_cmpstr (line, ==, "one");
    g_assert_cmpint (ib_lines_next (lines, 0, &line, &length), ==, IB_LINE_READ);
    g_assert_cmpstr (line, ==, "two");
    close (ends[1]);
    g_assert_cmpint (ib_lines_next (lines, 0, &line, &length), ==, IB_LINE_END);
    g_assert_cmpint (ib_lines_next (lines, 0, &line, &length), ==, IB_LINE_END);
    close (ends[0]);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *name = g_strconcat ("/lines/", cases[i].name, NULL);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), test_lines);
    }
    g_test_add_func ("/lines/quiet", test_quiet);
    return g_test_run ();
}
