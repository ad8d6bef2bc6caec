/* What is packed comes out as it went in; what nobody packed is broken, wherever it is cut and whatever it says. */
#include "packed.h"

#include <math.h>
#include <string.h>

/* One of each. */
static GByteArray *
one_of_each (void)
{
    GByteArray *out = g_byte_array_new ();
    ib_pack_number (out, G_MAXUINT64);
    ib_pack_number (out, (guint64) (gint64) -3);
    ib_pack_double (out, 0.25);
    ib_pack_number (out, 1);
    ib_pack_bytes (out, "a\0b", 3);
    ib_pack_text (out, "Grüße");
    ib_pack_text (out, "");
    ib_pack_text (out, NULL);
    ib_pack_list (out, (const char *[]){ "one", "", "three", NULL });
    return out;
}

/* Whether all of it made sense; what did is compared. */
static bool
read_one_of_each (IbPacked *packed, bool compares)
{
    gsize length = 0;
    guint64 number = ib_packed_number (packed, G_MAXUINT64);
    gint64 negative = ib_packed_signed (packed);
    double quarter = ib_packed_double (packed);
    bool is_so = ib_packed_bool (packed);
    const void *bytes = ib_packed_bytes (packed, &length);
    const char *text = ib_packed_text (packed), *empty = ib_packed_text (packed),
               *none = ib_packed_nullable (packed);
    g_auto (GStrv) list = ib_packed_list (packed, 3);
    g_assert_nonnull (bytes);
    g_assert_nonnull (text);
    g_assert_nonnull (list);
    if (!compares)
        return ib_packed_is_whole (packed);

    g_assert_cmpuint (number, ==, G_MAXUINT64);
    g_assert_cmpint (negative, ==, -3);
    g_assert_cmpfloat (quarter, ==, 0.25);
    g_assert_true (is_so);
    g_assert_cmpmem (bytes, length, "a\0b", 3);
    g_assert_cmpstr (text, ==, "Grüße");
    g_assert_cmpstr (empty, ==, "");
    g_assert_null (none);
    g_assert_cmpuint (g_strv_length (list), ==, 3);
    g_assert_cmpstr (list[2], ==, "three");
    return ib_packed_is_whole (packed);
}

static void
comes_out_as_it_went_in (void)
{
    g_autoptr (GByteArray) bytes = one_of_each ();
    IbPacked packed;
    ib_packed_init (&packed, bytes->data, bytes->len);
    g_assert_true (read_one_of_each (&packed, true));
}

/* In memory of exactly that length, so that a sanitizer sees a byte too many. */
static void
is_broken_wherever_it_is_cut (void)
{
    g_autoptr (GByteArray) bytes = one_of_each ();
    for (guint length = 0; length < bytes->len; length++) {
        g_autofree guint8 *cut = g_memdup2 (bytes->data, length);
        IbPacked packed;
        ib_packed_init (&packed, cut, length);
        g_assert_false (read_one_of_each (&packed, false));
    }
}

static void
is_broken_by_what_follows (void)
{
    g_autoptr (GByteArray) bytes = one_of_each ();
    IbPacked packed;
    g_byte_array_append (bytes, (const guint8 *) "x", 1);
    ib_packed_init (&packed, bytes->data, bytes->len);
    g_assert_false (read_one_of_each (&packed, true));
}

/* --- what it says of itself ------------------------------------------------------------------------------------ */

static void
read_bytes (IbPacked *packed)
{
    gsize length = 7;
    g_assert_nonnull (ib_packed_bytes (packed, &length));
    g_assert_cmpuint (length, ==, 0);
}
static void
read_text (IbPacked *packed)
{
    g_assert_cmpstr (ib_packed_text (packed), ==, "");
}
static void
read_nullable (IbPacked *packed)
{
    g_assert_null (ib_packed_nullable (packed));
}
static void
read_list (IbPacked *packed)
{
    g_auto (GStrv) list = ib_packed_list (packed, 100);
    g_assert_nonnull (list);
}
static void
read_small_number (IbPacked *packed)
{
    g_assert_cmpuint (ib_packed_number (packed, 100), ==, 0);
}
static void
read_bool (IbPacked *packed)
{
    g_assert_false (ib_packed_bool (packed));
}
static void
read_count (IbPacked *packed)
{
    g_assert_cmpuint (ib_packed_count (packed, 100), ==, 0);
}

typedef struct {
    const char *name;
    void (*read) (IbPacked *packed);
    guint64 number; /* which comes first */
    const char *rest;
    gsize length;
} Row;

static const Row rows[] = {
    { "bytes-longer", read_bytes, 4, "abc", 3 },
    { "bytes-endless", read_bytes, G_MAXUINT64, "abc", 3 },
    { "text-longer", read_text, 5, "abc", 4 },
    { "text-endless", read_text, G_MAXUINT64, "abc", 4 },
    { "text-without-end", read_text, 3, "abc", 3 },
    { "text-with-nul", read_text, 4, "a\0c", 4 },
    { "text-null", read_text, 0, "", 0 },
    { "nullable-without-end", read_nullable, 3, "abc", 3 },
    { "list-of-many", read_list, 101, "", 0 },
    { "list-endless", read_list, G_MAXUINT64, "", 0 },
    { "list-of-nothing", read_list, 2, "\0\0\0\0\0\0\0", 8 },
    { "number-too-large", read_small_number, 101, "", 0 },
    { "bool-two", read_bool, 2, "", 0 },
    { "count-of-many", read_count, 101, "", 0 },
    { "count-of-more-than-there-is", read_count, 4, "abc", 3 },
};

static void
is_broken (gconstpointer data)
{
    const Row *row = data;
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    ib_pack_number (bytes, row->number);
    g_byte_array_append (bytes, (const guint8 *) row->rest, (guint) row->length);
    g_autofree guint8 *exact = g_memdup2 (bytes->data, bytes->len);
    IbPacked packed;
    ib_packed_init (&packed, exact, bytes->len);
    row->read (&packed);
    g_assert_true (packed.is_broken);
    g_assert_false (ib_packed_is_whole (&packed));

    /* It stays so. */
    g_assert_cmpuint (ib_packed_number (&packed, G_MAXUINT64), ==, 0);
    g_assert_cmpstr (ib_packed_text (&packed), ==, "");
    g_assert_true (isfinite (ib_packed_double (&packed)));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/packed/comes-out-as-it-went-in", comes_out_as_it_went_in);
    g_test_add_func ("/packed/is-broken-wherever-it-is-cut", is_broken_wherever_it_is_cut);
    g_test_add_func ("/packed/is-broken-by-what-follows", is_broken_by_what_follows);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/packed/is-broken/", rows[i].name, NULL);
        g_test_add_data_func (path, &rows[i], is_broken);
    }
    return g_test_run ();
}
