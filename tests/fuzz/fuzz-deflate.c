/* fuzz-deflate.c - a server that agreed to compress sends anything
 *
 * The input's first byte says how it is cut. Whole or in pieces, into large portions or small ones, looked at before or not:
 * the same must come of it, in the same order, up to the same fault, and never more than so few bytes may bring. */
#include "deflate.h"
#include "server-limits.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* What is compared; of more than that, it is enough that it ends. */
#define MOST_BYTES (1024 * 1024)

typedef struct {
    GByteArray *out;
    guint64 came;
    const char *why;
} Result;

static void
take (Result *result, const char *bytes, gsize length)
{
    result->came += length;
    if (result->out->len < MOST_BYTES)
        g_byte_array_append (result->out, (const guint8 *) bytes,
                             (guint) MIN (length, MOST_BYTES - result->out->len));
}

static void
inflate_pieces (const char *bytes, gsize length, gsize piece, gsize portion, bool looks, Result *result)
{
    g_autoptr (IbDeflate) deflate = ib_deflate_new ();
    g_autofree char *into = g_malloc (portion);
    *result = (Result){ .out = g_byte_array_new () };
    while (length > 0 && result->why == NULL) {
        gsize left = MIN (piece, length);
        gssize n = 1;
        length -= left;
        while (n > 0) {
            bool is_pending = !looks || ib_deflate_has_pending (deflate, &bytes, &left);
            n = ib_deflate_read (deflate, &bytes, &left, into, portion, &result->why);
            g_assert_true (!looks || is_pending == (n != 0));
            g_assert_true (n <= (gssize) portion && (n >= 0) == (result->why == NULL));
            take (result, into, (gsize) MAX (n, 0));
        }
        g_assert_true (n < 0 || left == 0);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    Result whole, pieces;
    const char *bytes = (const char *) data + 1;
    inflate_pieces (bytes, size - 1, G_MAXINT, 16 * 1024, false, &whole);
    inflate_pieces (bytes, size - 1, 1 + data[0] % 16, 1 + data[0] / 4, data[0] % 2 == 1, &pieces);
    g_assert_cmpuint (whole.came, <=, IB_LIMIT_INFLATE_BYTES + size * (IB_LIMIT_INFLATE_RATIO + 1) + 16 * 1024);
    g_assert_cmpstr (whole.why, ==, pieces.why);
    g_assert_cmpmem (whole.out->data, whole.out->len, pieces.out->data, pieces.out->len);
    g_byte_array_unref (whole.out);
    g_byte_array_unref (pieces.out);
    return 0;
}
