/* Messages that stream by, known again by their bytes. */
#include "passing-content.h"
#include "passing-header.h"

#include <string.h>

static const struct {
    const char *name, *known, *text; /* the bytes that are known, line ends being LF; what comes */
    bool is_same;
} cases[] = {
    { "as-it-was", "A: 1\nB: 2\n\nbody\n", "A: 1\r\nB: 2\r\n\r\nbody\r\n", true },
    { "by-lf", "A: 1\n\nbody\n", "A: 1\n\nbody\n", true },
    { "lone-cr", "A: 1\r1\n\nbo\rdy\r\n\r", "A: 1\r1\r\n\r\nbo\rdy\r\r\n\r", true },
    { "crs-at-the-end", "A: 1\n\nbody\r\r", "A: 1\r\n\r\nbody\r\r", true },
    { "status-came", "A: 1\n\nbody\n", "A: 1\r\nStatus: RO\r\n\r\nbody\r\n", true },
    { "folded-status-came", "A: 1\nB: 2\n\nbody\n", "X-UIDL: 1\r\n 2\r\nA: 1\r\nB: 2\r\n\r\nbody\r\n", true },
    { "status-was-there", "A: 1\nStatus: O\n\nbody\n", "A: 1\r\nStatus: O\r\n\r\nbody\r\n", true },
    { "header-alone", "A: 1\n", "A: 1\r\n", true },
    { "no-header", "\nStatus: R\n", "\r\nStatus: R\r\n", true },
    { "nothing", "", "", true },
    { "other-body", "A: 1\n\nbody\n", "A: 1\r\n\r\nother\r\n", false },
    { "other-header", "A: 1\n\nbody\n", "A: 2\r\n\r\nbody\r\n", false },
    { "shorter", "A: 1\n\nbody\n", "A: 1\r\n\r\nbody", false },
    { "status-in-the-body", "A: 1\n\nbody\n", "A: 1\r\n\r\nStatus: RO\r\nbody\r\n", false },
    { "line-without-end", "A: 1\n\nbody\n", "A: 1\r\n\r\nbody\r", false },
};

static guint64
content_of (const char *text)
{
    g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
    return ib_passing_content_of (digest);
}

static void
compares (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data), length = strlen (cases[i].text);
    for (gsize step = 1; step <= length + 1; step++) {
        g_autoptr (IbPassingContent) content = ib_passing_content_new ();
        for (gsize at = 0; at < length; at += step)
            ib_passing_content_feed (content, cases[i].text + at, MIN (step, length - at));
        g_assert_true (ib_passing_content_is (content, content_of (cases[i].known)) == cases[i].is_same);
        g_assert_false (ib_passing_content_is (content, 0));
    }
}

static void
tells_the_mark (void)
{
    static const char text[] = "A: 1\r\nMessage-ID: <a@example>\r\n\r\nMessage-ID: <b@example>\r\n";
    g_autoptr (IbPassingContent) content = ib_passing_content_new ();
    for (gsize at = 0; at < strlen (text); at++)
        ib_passing_content_feed (content, text + at, 1);
    g_assert_cmpuint (ib_passing_content_mark (content), ==, ib_passing_header_mark_of ("<a@example>"));
    g_assert_false (ib_passing_content_is_answer (content));
}

static void
reads_digests (void)
{
    g_assert_cmpuint (ib_passing_content_of ("00000000000000ffabcd"), ==, 255);
    g_assert_cmpuint (ib_passing_content_of ("ffffffffffffffffabcd"), ==, G_MAXUINT64);
    g_assert_cmpuint (ib_passing_content_of ("0000000000000000abcd"), ==, 1);
    g_assert_cmpuint (ib_passing_content_of ("00000000000000f"), ==, 0);
    g_assert_cmpuint (ib_passing_content_of ("00000000000000zz"), ==, 0);
    g_assert_cmpuint (ib_passing_content_of (NULL), ==, 0);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strdup_printf ("/passing-content/%s", cases[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), compares);
    }
    g_test_add_func ("/passing-content/mark", tells_the_mark);
    g_test_add_func ("/passing-content/digests", reads_digests);
    return g_test_run ();
}
