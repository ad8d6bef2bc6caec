/* What comes deflated: in pieces of any size, cut short, garbled, ended, and far too much of it. */
#include "deflate.h"
#include "server-limits.h"

#include <string.h>
#include <zlib.h>

/* As a server does it. @flush: Z_SYNC_FLUSH, or Z_FINISH for one that says that nothing follows. */
static GByteArray *
deflate_all (const void *bytes, gsize length, int flush)
{
    z_stream z = { .next_in = (Bytef *) bytes, .avail_in = (uInt) length };
    GByteArray *out = g_byte_array_new ();
    g_assert_cmpint (deflateInit2 (&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
    do {
        guint8 piece[4096];
        z.next_out = piece;
        z.avail_out = sizeof piece;
        deflate (&z, flush);
        g_byte_array_append (out, piece, sizeof piece - z.avail_out);
    } while (z.avail_out == 0);
    deflateEnd (&z);
    return out;
}

/* Everything that comes of @bytes, in portions of @size. *out_why: NULL, or why it was refused. */
static void
read_all (IbDeflate *deflate, const char *bytes, gsize length, gsize size, GString *out, const char **out_why)
{
    g_autofree char *portion = g_malloc (size);
    gssize n;
    while ((n = ib_deflate_read (deflate, &bytes, &length, portion, size, out_why)) > 0) {
        g_assert_cmpint (n, <=, size);
        g_string_append_len (out, portion, n);
    }
    g_assert_true (n == 0 ? length == 0 : *out_why != NULL);
}

static const char dialogue[] = "* 3 EXISTS\r\n* 1 FETCH (UID 7 BODY[] {26}\r\nSubject: hello hello\r\n\r\nhi\r\n)\r\n3 OK done\r\n";

static void
split_at_every_byte (void)
{
    g_autoptr (GByteArray) packed = deflate_all (dialogue, strlen (dialogue), Z_SYNC_FLUSH);
    for (gsize at = 0; at <= packed->len; at++) {
        g_autoptr (IbDeflate) deflate = ib_deflate_new ();
        g_autoptr (GString) out = g_string_new (NULL);
        const char *why = NULL;
        read_all (deflate, (const char *) packed->data, at, 16, out, &why);
        g_assert_true (strncmp (dialogue, out->str, out->len) == 0);
        read_all (deflate, (const char *) packed->data + at, packed->len - at, 16, out, &why);
        g_assert_null (why);
        g_assert_cmpstr (out->str, ==, dialogue);
    }
}

static void
byte_by_byte (void)
{
    g_autoptr (GByteArray) packed = deflate_all (dialogue, strlen (dialogue), Z_SYNC_FLUSH);
    g_autoptr (IbDeflate) deflate = ib_deflate_new ();
    g_autoptr (GString) out = g_string_new (NULL);
    const char *why = NULL;
    for (gsize at = 0; at < packed->len; at++)
        read_all (deflate, (const char *) packed->data + at, 1, 1, out, &why);
    g_assert_null (why);
    g_assert_cmpstr (out->str, ==, dialogue);
}

/* Cut anywhere, what came before that is good, and more is waited for. */
static void
truncated (void)
{
    g_autoptr (GByteArray) packed = deflate_all (dialogue, strlen (dialogue), Z_SYNC_FLUSH);
    for (gsize length = 0; length < packed->len; length++) {
        g_autoptr (IbDeflate) deflate = ib_deflate_new ();
        g_autoptr (GString) out = g_string_new (NULL);
        const char *why = NULL, *rest = "";
        gsize none = 0;
        read_all (deflate, (const char *) packed->data, length, 1000, out, &why);
        g_assert_null (why);
        g_assert_true (strncmp (dialogue, out->str, out->len) == 0);
        g_assert_false (ib_deflate_has_pending (deflate, &rest, &none));
    }
}

/* One bit wrong anywhere must not bring anything down, and does not make it endless. */
static void
one_bit_wrong (void)
{
    g_autoptr (GByteArray) packed = deflate_all (dialogue, strlen (dialogue), Z_SYNC_FLUSH);
    guint refused = 0;
    for (gsize bit = 0; bit < packed->len * 8; bit++) {
        g_autoptr (IbDeflate) deflate = ib_deflate_new ();
        g_autoptr (GString) out = g_string_new (NULL);
        const char *why = NULL;
        packed->data[bit / 8] ^= (guint8) (1 << bit % 8);
        read_all (deflate, (const char *) packed->data, packed->len, 64, out, &why);
        packed->data[bit / 8] ^= (guint8) (1 << bit % 8);
        refused += why != NULL;
        g_assert_cmpuint (out->len, <, 100000);
    }
    g_assert_cmpuint (refused, >, 0);
}

#define BYTES(text) text, sizeof text - 1

static const struct {
    const char *name, *bytes;
    gsize length;
    const char *why;
} broken[] = {
    { "reserved-block", BYTES ("\x07"), "invalid block type" },
    { "stored-length", BYTES ("\x00\x05\x00\x00\x00hello"), "invalid stored block lengths" },
    { "far-back", BYTES ("\x03\x02\x00"), "invalid distance too far back" },
    { "plaintext-tag", BYTES ("A3 OK done\r\nA4 BAD what is that\r\n"), NULL },
    { "plaintext-line", BYTES ("* BAD what is that, and what do you want to hear from me?\r\n"), NULL },
    { "behind-its-end", BYTES ("\x03\x00* BYE\r\n"), "bytes follow its end" },
};

static void
is_refused (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (IbDeflate) deflate = ib_deflate_new ();
    g_autoptr (GString) out = g_string_new (NULL);
    const char *why = NULL, *again = NULL, *none = "";
    gsize length = 0;
    read_all (deflate, broken[row].bytes, broken[row].length, 64, out, &why);
    g_assert_nonnull (why);
    if (broken[row].why != NULL)
        g_assert_cmpstr (why, ==, broken[row].why);
    g_assert_true (ib_deflate_has_pending (deflate, &none, &length));
    g_assert_cmpint (ib_deflate_read (deflate, &none, &length, (char[1]){ 0 }, 1, &again), ==, -1);
    g_assert_cmpstr (again, ==, why);
}

static void
ends_and_says_so (void)
{
    g_autoptr (GByteArray) packed = deflate_all (dialogue, strlen (dialogue), Z_FINISH);
    g_autoptr (IbDeflate) deflate = ib_deflate_new ();
    g_autoptr (GString) out = g_string_new (NULL);
    const char *why = NULL;
    read_all (deflate, (const char *) packed->data, packed->len, 16, out, &why);
    g_assert_null (why);
    g_assert_cmpstr (out->str, ==, dialogue);
}

/* So many @megabytes of one byte, the way back from a thousandth. */
static gsize
inflate_monotony (gsize megabytes, gsize *out_packed, const char **out_why)
{
    gsize length = megabytes * 1024 * 1024, came = 0;
    g_autofree char *zeros = g_malloc0 (length);
    g_autoptr (GByteArray) packed = deflate_all (zeros, length, Z_SYNC_FLUSH);
    g_autoptr (IbDeflate) deflate = ib_deflate_new ();
    const char *from = (const char *) packed->data;
    gsize left = *out_packed = packed->len;
    char portion[16 * 1024];
    gssize n;
    while ((n = ib_deflate_read (deflate, &from, &left, portion, sizeof portion, out_why)) > 0)
        came += (gsize) n;
    return came;
}

static void
bomb (void)
{
    const char *why = NULL;
    gsize packed, came = inflate_monotony (128, &packed, &why);
    g_assert_cmpstr (why, ==, "far more comes out of it than mail has in it");
    g_assert_cmpuint (came, <=, IB_LIMIT_INFLATE_BYTES + packed * (IB_LIMIT_INFLATE_RATIO + 1));
}

/* A picture of one colour is mail, too. */
static void
monotonous_mail (void)
{
    const char *why = NULL;
    gsize packed, came = inflate_monotony (24, &packed, &why);
    g_assert_null (why);
    g_assert_cmpuint (came, ==, 24 * 1024 * 1024);
    g_assert_cmpuint (packed, <, came / 500);
}

/* A portion that was just full leaves the mark behind it, of which nothing comes; looking loses nothing. */
static void
pending (void)
{
    g_autoptr (GByteArray) packed = deflate_all ("twelve bytes", 12, Z_SYNC_FLUSH);
    g_autoptr (IbDeflate) deflate = ib_deflate_new ();
    const char *from = (const char *) packed->data, *why = NULL;
    gsize left = packed->len;
    char out[12];
    g_assert_true (ib_deflate_has_pending (deflate, &from, &left));
    g_assert_true (ib_deflate_has_pending (deflate, &from, &left));
    g_assert_cmpint (ib_deflate_read (deflate, &from, &left, out, 12, &why), ==, 1);
    g_assert_cmpint (ib_deflate_read (deflate, &from, &left, out + 1, 11, &why), ==, 11);
    g_assert_true (memcmp (out, "twelve bytes", 12) == 0);
    g_assert_false (ib_deflate_has_pending (deflate, &from, &left));
    g_assert_cmpuint (left, ==, 0);
}

/* Each of them can be read at once, by a server with a window like everybody's. */
static void
what_we_say (void)
{
    g_autoptr (IbDeflate) ours = ib_deflate_new ();
    g_autoptr (IbDeflate) server = ib_deflate_new ();
    for (guint i = 1; i < 2000; i++) {
        g_autofree char *command = g_strdup_printf ("%u UID FETCH %u:%u (UID FLAGS BODY.PEEK[])%*s\r\n", i, i * i, i * i + 500, i % 700, "");
        g_autoptr (GByteArray) packed = g_byte_array_new ();
        g_autoptr (GString) heard = g_string_new (NULL);
        const char *why = NULL;
        ib_deflate_write (ours, command, strlen (command), packed);
        read_all (server, (const char *) packed->data, packed->len, 4096, heard, &why);
        g_assert_null (why);
        g_assert_cmpstr (heard->str, ==, command);
        g_assert_cmpuint (packed->len, <, 100);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/deflate/split-at-every-byte", split_at_every_byte);
    g_test_add_func ("/deflate/byte-by-byte", byte_by_byte);
    g_test_add_func ("/deflate/truncated", truncated);
    g_test_add_func ("/deflate/one-bit-wrong", one_bit_wrong);
    g_test_add_func ("/deflate/ends-and-says-so", ends_and_says_so);
    g_test_add_func ("/deflate/bomb", bomb);
    g_test_add_func ("/deflate/monotonous-mail", monotonous_mail);
    g_test_add_func ("/deflate/pending", pending);
    g_test_add_func ("/deflate/what-we-say", what_we_say);
    for (gsize i = 0; i < G_N_ELEMENTS (broken); i++) {
        g_autofree char *path = g_strconcat ("/deflate/broken/", broken[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), is_refused);
    }
    return g_test_run ();
}
