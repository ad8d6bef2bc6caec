/* CRLF becomes LF, whatever the chunks; every other byte stays. */
#include "body.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES(text) text, sizeof text - 1

static const struct { const char *name, *in; gsize in_length; const char *out; gsize out_length; } cases[] = {
    { "crlf",           BYTES ("a\r\nb\r\n"),       BYTES ("a\nb\n") },
    { "bare-cr",        BYTES ("a\rb\r\r\n"),       BYTES ("a\rb\r\n") },
    { "bare-lf",        BYTES ("a\nb\n\r\n"),       BYTES ("a\nb\n\n") },
    { "cr-at-the-end",  BYTES ("a\r"),              BYTES ("a\r") },
    { "nul-and-8-bit",  BYTES ("a\0b\377\r\n"),     BYTES ("a\0b\377\n") },
    { "empty",          BYTES (""),                 BYTES ("") },
    { "crcrlflf",       BYTES ("\r\r\n\n"),         BYTES ("\r\n\n") },
};

static void
feed (const char *in, gsize length, gsize step, char **out, gsize *out_length)
{
    g_autoptr (GError) error = NULL;
    int fd = memfd_create ("test", MFD_CLOEXEC);
    g_autoptr (IbBody) body = ib_body_new (fd);
    guint64 size = 0;

    for (gsize at = 0; at < length; at += step)
        g_assert_true (ib_body_write (body, in + at, MIN (step, length - at), &error));
    g_assert_true (ib_body_finish (body, &size, &error));
    g_assert_no_error (error);

    *out = g_malloc (size + 1);
    *out_length = size;
    g_assert_cmpint (pread (fd, *out, size, 0), ==, (gssize) size);
    close (fd);
}

static void
converts (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    for (gsize step = 1; step <= 3; step++) {
        g_autofree char *out = NULL;
        gsize length = 0;
        feed (cases[i].in, cases[i].in_length, step, &out, &length);
        g_assert_cmpmem (out, length, cases[i].out, cases[i].out_length);
    }
}

/* Larger than the gathering buffer, with a CRLF across its edge. */
static void
converts_much (void)
{
    g_autoptr (GString) in = g_string_new (NULL);
    g_autoptr (GString) expected = g_string_new (NULL);
    for (guint i = 0; i < 40000; i++) {
        g_string_append_printf (in, "%u\r\n", i);
        g_string_append_printf (expected, "%u\n", i);
    }
    const gsize steps[] = { 7, 4096, 65536, 100000, in->len };
    for (gsize i = 0; i < G_N_ELEMENTS (steps); i++) {
        g_autofree char *out = NULL;
        gsize length = 0;
        feed (in->str, in->len, steps[i], &out, &length);
        g_assert_cmpmem (out, length, expected->str, expected->len);
    }
}

static int
grow_into_pipe (int fd, gpointer user_data, GError **error)
{
    int *grown = user_data;
    grown[0] = fd;
    return grown[1];
}

/* The bytes before the limit are in the first descriptor, all others in the second; asked once. */
static void
grows (void)
{
    g_autoptr (GError) error = NULL;
    int first = memfd_create ("first", MFD_CLOEXEC), second = memfd_create ("second", MFD_CLOEXEC);
    int grown[2] = { -1, second };
    g_autoptr (IbBody) body = ib_body_new (first);
    g_autofree char *chunk = g_strnfill (100000, 'x');
    guint64 size = 0;

    ib_body_set_growth (body, 250000, grow_into_pipe, grown);
    for (guint i = 0; i < 5; i++) {
        g_assert_cmpint (ib_body_fd (body), ==, i < 3 ? first : second);
        g_assert_true (ib_body_write (body, chunk, 100000, &error));
    }
    g_assert_true (ib_body_finish (body, &size, &error));
    g_assert_cmpint (size, ==, 500000);
    g_assert_cmpint (grown[0], ==, first);
    g_assert_cmpint (lseek (first, 0, SEEK_END), ==, 200000);
    g_assert_cmpint (lseek (second, 0, SEEK_END), ==, 300000);
    close (first);
    close (second);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/body/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), converts);
    }
    g_test_add_func ("/body/much", converts_much);
    g_test_add_func ("/body/grows", grows);
    return g_test_run ();
}
