/* Any bytes are an IMAP server's words. Whatever the guard lets through, the parser behind it must stand; and what the
 * guard makes of them may not depend on how they were cut into pieces. */
#include "imap-guard.h"
#include "imap-parser.h"
#include "server-limits.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

static const IbImapWant wants[] = { IB_IMAP_WANT_FETCH, IB_IMAP_WANT_LIST, IB_IMAP_WANT_SEARCH,
                                    IB_IMAP_WANT_HEADER, IB_IMAP_WANT_NOTHING };

typedef struct {
    GByteArray *bytes;
    gsize at;
    IbImapGuard *guard;
    guint64 body_left;
} Source;

static void
hear (const char *line, gpointer user_data)
{
    g_assert_cmpuint (strlen (line), <=, IB_LIMIT_LINE_BYTES);
}

static gssize
give (void *buffer, gsize size, gpointer user_data)
{
    Source *source = user_data;
    gsize n = MIN (size, source->bytes->len - source->at);
    if (n == 0)
        return -1;
    memcpy (buffer, source->bytes->data + source->at, n);
    source->at += n;
    return (gssize) n;
}

static void
on_mailbox (const char *name, char delimiter, const char *const *flags, gpointer user_data)
{
    g_assert_cmpuint (strlen (name), <=, IB_LIMIT_MAILBOX_NAME_BYTES);
    g_assert_null (strpbrk (name, "\r\n"));
}

static void
on_hit (guint32 uid, gpointer user_data)
{
    g_assert_cmpuint (uid, >, 0);
}

/* Bodies come in the order, and in the sizes, that the guard announced. */
static bool
on_body (const char *bytes, gsize length, gpointer user_data)
{
    Source *source = user_data;
    while (length > 0 && source->body_left == 0) /* empty ones are not told */
        source->body_left = ib_imap_guard_next_body (source->guard);
    g_assert_cmpuint (length, <=, source->body_left);
    source->body_left -= length;
    return true;
}

static bool
on_header (const char *bytes, gsize length, gpointer user_data)
{
    return true;
}

static void
on_message (const IbImapMessage *message, gpointer user_data)
{
}

static bool
feed (const uint8_t *bytes, size_t length, size_t step, IbImapGuard *guard, GByteArray *out)
{
    const char *why = NULL;
    bool is_good = ib_imap_guard_feed (guard, "* OK ready\r\n", 12, out, &why);
    for (guint tag = 1; tag <= G_N_ELEMENTS (wants); tag++)
        ib_imap_guard_sent (guard, tag, wants[tag - 1]);
    for (size_t at = 0; is_good && at < length; at += step)
        is_good = ib_imap_guard_feed (guard, (const char *) bytes + at, MIN (step, length - at), out, &why);
    return is_good;
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    g_autoptr (IbImapGuard) whole = ib_imap_guard_new (hear, NULL), pieces = ib_imap_guard_new (hear, NULL);
    g_autoptr (GByteArray) out = g_byte_array_new (), out_pieces = g_byte_array_new ();
    bool is_good = feed (bytes, length, MAX (length, 1), whole, out);
    g_assert_cmpint (feed (bytes, length, 3, pieces, out_pieces), ==, is_good);
    if (is_good)
        g_assert_cmpmem (out->data, out->len, out_pieces->data, out_pieces->len);

    Source source = { .bytes = out, .guard = whole };
    const IbImapSink bodies = { on_mailbox, on_hit, on_body, on_message, &source },
                     headers = { on_mailbox, on_hit, on_header, on_message, &source };
    g_autoptr (IbImapParser) parser = ib_imap_parser_new (give, &source);
    for (guint tag = 1; tag < G_N_ELEMENTS (wants); tag++)
        if (!ib_imap_parser_run (parser, tag, wants[tag - 1] == IB_IMAP_WANT_HEADER ? &headers : &bodies))
            break;
    /* It stopped because there was no more, not because it did not understand. */
    g_assert_cmpuint (source.at, ==, out->len);
    return 0;
}
