/* features-body.c - the words of the text, where its links lead, and what the message is made of */
#include "features-private.h"
#include "part.h"

#include <math.h>
#include <string.h>

/* Read of all texts together, and of all links. */
#define TEXT_BYTES 3000
#define LINKS_BYTES 4000
#define LINK_BYTES 300

typedef struct {
    IbFeatureSet *set;
    gsize text_left, links_left;
    guint n_links, n_files, n_html, n_plain;
    gsize html_bytes, text_bytes;
} Body;

static const IbSource text_source = { .group = IB_GROUP_TEXT, .label = "", .salt = 0 };
static const IbSource link_source = { .group = IB_GROUP_LINKS, .label = "", .salt = 0x1234567 };

static gsize
cut (const char *text, gsize length, gsize most)
{
    if (length <= most)
        return length;
    while (most > 0 && ((guchar) text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

static void
add_host (IbFeatureSet *set, const char *host, gsize length)
{
    const IbSource source = { .group = IB_GROUP_LINKS, .label = "host ", .salt = 911 };
    for (gsize i = 0; i < length; i++)
        if (i == 0 || host[i - 1] == '.')
            ib_feature_set_add_word (set, &source, ib_hash_bytes (IB_HASH_START, host + i, length - i),
                                     host + i, length - i);
}

static void
add_link (Body *body, const char *link, gsize length)
{
    const char *host = memmem (link, length, "//", 2);
    body->n_links++;
    if (body->links_left < length)
        return;
    body->links_left -= length;
    ib_tokens_add_words (body->set, &link_source, link, length);
    ib_tokens_add_grams (body->set, &link_source, link, length);
    if (host == NULL)
        return;
    host += 2;
    gsize host_length = 0;
    while (host + host_length < link + length && strchr ("/?:#", host[host_length]) == NULL)
        host_length++;
    g_autofree char *folded = g_ascii_strdown (host, (gssize) host_length);
    add_host (body->set, folded, host_length);
}

static bool
ends_link (char c)
{
    return (guchar) c <= ' ' || strchr ("\"'<>", c) != NULL;
}

static void
find_links (Body *body, const char *text, gsize length)
{
    const char *end = text + length;
    for (const char *at = text; (at = memchr (at, ':', (gsize) (end - at))) != NULL; at++) {
        if (end - at < 4 || at[1] != '/' || at[2] != '/')
            continue;
        const char *start = at, *stop = at;
        while (start > text && at - start < 8 && g_ascii_isalpha (start[-1]))
            start--;
        while (stop < end && stop - start < LINK_BYTES && !ends_link (*stop))
            stop++;
        gsize size = cut (start, (gsize) (end - start), (gsize) (stop - start));
        if (size > 0)
            add_link (body, start, size);
        at = stop - 1;
    }
}

static void
add_text (Body *body, const IbPart *part)
{
    gsize length, plain_length;
    const char *text = ib_part_text (part, &length);
    const char *plain = ib_part_plain_text (part, &plain_length);
    bool is_html = text != plain;
    body->n_html += is_html;
    body->n_plain += !is_html;
    body->html_bytes += length;
    body->text_bytes += plain_length;
    find_links (body, text, MIN (length, 65536));

    gsize read = cut (plain, plain_length, body->text_left);
    body->text_left -= read;
    ib_tokens_add_words (body->set, &text_source, plain, read);
    ib_tokens_add_grams (body->set, &text_source, plain, read);
}

G_GNUC_PRINTF (2, 3)
static void
add_symbol (Body *body, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *symbol = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    ib_feature_set_add_symbol (body->set, IB_GROUP_STRUCTURE, symbol);
}

static void
add_part (Body *body, const IbPart *part)
{
    g_autofree char *type = g_ascii_strdown (part->type->word, -1);
    const IbParameter *charset = ib_mime_value_parameter (part->type, "charset");
    add_symbol (body, "part %u %s", MIN (part->index, 4), type);
    if (charset != NULL) {
        g_autofree char *name = g_ascii_strdown (charset->text, -1);
        add_symbol (body, "charset %s", name);
    }
    if (part->n_within > 0 || part->is_multipart)
        return;
    if (part->is_text)
        add_text (body, part);
    else
        body->n_files++;
}

static int
size_class (gsize bytes, double steps)
{
    return (int) (steps * log2 ((double) bytes + 1));
}

void
ib_features_add_body (IbFeatureSet *set, const IbMessage *message)
{
    Body body = { .set = set, .text_left = TEXT_BYTES, .links_left = LINKS_BYTES };
    const GPtrArray *parts = ib_message_parts (message);
    for (guint i = 0; i < parts->len; i++)
        add_part (&body, parts->pdata[i]);

    gsize length;
    (void) ib_message_bytes (message, &length);
    length -= ib_message_body_offset (message);
    add_symbol (&body, "size %d", size_class (length, 2));
    add_symbol (&body, "text %d, %s, %u plain", size_class (body.text_bytes, 1),
                body.n_html > 0 ? "html" : "no html", MIN (body.n_plain, 9));
    add_symbol (&body, "marks %d, %u files",
                body.html_bytes > 0 ? (int) (8 * body.text_bytes / body.html_bytes) : 0,
                MIN (body.n_files, 3));
    add_symbol (&body, "%d links", size_class (body.n_links, 1));
}
