/* features-body.c - the words of the text, where its links lead, and what the message is made of */
#include "features-private.h"
#include "host.h"
#include "html.h"
#include "part.h"

#include <math.h>
#include <string.h>

/* Of a part, as it stands in the message; and of its text, once it has become one. */
#define PART_BYTES (64 * 1024)
#define TEXT_BYTES 3000
#define HIDDEN_BYTES 1000
/* Of all parts together. */
#define TEXTS 4
#define LINKS 40
#define LINK_BYTES 200
#define PARTS 40

typedef struct {
    IbFeatureSet *set;
    gsize text_left;
    guint n_texts, n_links, n_anchors, n_files, n_html, n_plain;
    gsize html_bytes, text_bytes, hidden_bytes;
    bool shows_other_host;
} Body;

static const IbSource text_source = { .group = IB_GROUP_TEXT, .label = "", .salt = 0 };
static const IbSource hidden_source
    = { .group = IB_GROUP_TEXT, .label = "hidden: ", .salt = 0x6a09e667f3bcc909u };
static const IbSource link_source = { .group = IB_GROUP_LINKS, .label = "", .salt = 0xbb67ae8584caa73bu };
static const IbSource host_source
    = { .group = IB_GROUP_LINKS, .label = "host ", .salt = 0x3c6ef372fe94f82bu };
static const IbSource file_source
    = { .group = IB_GROUP_STRUCTURE, .label = "file: ", .salt = 0xa54ff53a5f1d36f1u };

G_GNUC_PRINTF (3, 4)
static void
add_symbol (Body *body, IbFeatureGroup group, const char *format, ...)
{
    char symbol[200];
    va_list arguments;
    va_start (arguments, format);
    g_vsnprintf (symbol, sizeof symbol, format, arguments);
    va_end (arguments);
    ib_feature_set_add_symbol (body->set, group, symbol);
}

static void
add_text (Body *body, const IbSource *source, const char *text, gsize length, gsize most)
{
    gsize read = ib_tokens_cut (text, length, most);
    ib_tokens_add_words (body->set, source, text, read);
    ib_tokens_add_grams (body->set, source, text, read);
}

/* --- links --- */

/* The host's name in "https://user@host:port/path"; empty if there is none. */
static const char *
find_host (const char *link, gsize length, gsize *out_length)
{
    const char *end = link + length;
    const char *host = memmem (link, length, "//", 2);
    *out_length = 0;
    if (host == NULL || memchr (link, '?', (gsize) (host - link)) != NULL)
        return link;
    host += 2;
    for (const char *at = host; at < end && strchr ("/?#\\", *at) == NULL; at++) {
        if (*at == '@')
            host = at + 1;
        *out_length = (gsize) (at + 1 - host);
    }
    const char *port = memchr (host, ':', *out_length);
    *out_length = port != NULL ? (gsize) (port - host) : *out_length;
    return host;
}

/* The host and each domain that it lies in. */
static void
add_host (Body *body, const char *host, gsize length)
{
    char folded[LINK_BYTES];
    for (gsize i = 0; i < length; i++)
        folded[i] = g_ascii_tolower (host[i]);
    for (gsize i = 0; i < length; i++)
        if (i == 0 || folded[i - 1] == '.')
            ib_feature_set_add_word (body->set, &host_source,
                                     ib_hash_bytes (IB_HASH_START, folded + i, length - i), folded + i,
                                     length - i);
    bool is_number = length > 0 && g_ascii_isdigit (folded[length - 1]);
    if (is_number)
        add_symbol (body, IB_GROUP_LINKS, "host is an address");
}

static void
add_link (Body *body, const char *link, gsize length)
{
    if (body->n_links++ >= LINKS)
        return;
    length = ib_tokens_cut (link, length, LINK_BYTES);
    gsize host_length;
    const char *host = find_host (link, length, &host_length);
    ib_tokens_add_words (body->set, &link_source, link, length);
    ib_tokens_add_grams (body->set, &link_source, link, length);
    add_host (body, host, host_length);
}

static bool
ends_link (char c)
{
    return (guchar) c <= ' ' || strchr ("\"'<>", c) != NULL;
}

/* Each "scheme://" of a text. */
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
        add_link (body, start, (gsize) (stop - start));
        at = stop - 1;
    }
}

/* A host's name that a reader takes for the target: the text of the link is one, or begins like an address. NULL if it
 * shows none. Returns: (transfer full) (nullable) */
static char *
find_shown_host (const char *text, gsize length)
{
    gsize host_length;
    const char *host = find_host (text, length, &host_length);
    if (host_length == 0) {
        host = text;
        for (host_length = 0;
             host_length < length && !ends_link (host[host_length]) && host[host_length] != '/';)
            host_length++;
    }
    char *name = host_length > 3 ? ib_host_normalize (host, host_length) : NULL;
    const char *dot = name != NULL ? strrchr (name, '.') : NULL;
    if (dot != NULL && strlen (dot) > 2 && !g_ascii_isdigit (dot[1])
        && strlen (ib_host_organization (name)) > strlen (dot))
        return name;
    g_free (name);
    return NULL;
}

static void
compare_shown (Body *body, const IbHtmlLink *link, const GString *text)
{
    gsize length, shown_length = link->text_end - link->text_start;
    const char *target = find_host (link->target, link->length, &length);
    g_autofree char *shown = shown_length < 200 && length > 0
                                 ? find_shown_host (text->str + link->text_start, shown_length)
                                 : NULL;
    g_autofree char *host = shown != NULL ? ib_host_normalize (target, length) : NULL;
    if (host != NULL && strcmp (ib_host_organization (host), ib_host_organization (shown)) != 0)
        body->shows_other_host = true;
}

/* --- parts --- */

static void
add_page (Body *body, const char *html, gsize length)
{
    g_autoptr (IbHtmlPage) page = ib_html_page_new (html, length);
    add_text (body, &text_source, page->text->str, page->text->len, TEXT_BYTES);
    add_text (body, &hidden_source, page->hidden->str, page->hidden->len, HIDDEN_BYTES);
    for (guint i = 0; i < page->links->len; i++) {
        const IbHtmlLink *link = &g_array_index (page->links, IbHtmlLink, i);
        add_link (body, link->target, link->length);
        body->n_anchors += link->is_anchor;
        if (link->is_anchor && i < LINKS)
            compare_shown (body, link, page->text);
    }
    body->n_html++;
    body->html_bytes += length;
    body->text_bytes += page->text->len;
    body->hidden_bytes += page->hidden->len;
}

static void
add_plain (Body *body, const char *text, gsize length)
{
    add_text (body, &text_source, text, length, TEXT_BYTES);
    find_links (body, text, length);
    body->n_plain++;
    body->text_bytes += length;
}

static void
add_text_part (Body *body, const IbPart *part)
{
    if (body->n_texts++ >= TEXTS)
        return;
    g_autofree char *text = ib_part_text_beginning (part, PART_BYTES);
    if (ib_mime_value_is (part->type, "text", "html"))
        add_page (body, text, strlen (text));
    else
        add_plain (body, text, strlen (text));
}

/* A file's name and above all its ending. */
static void
add_file (Body *body, const IbPart *part)
{
    const char *name = ib_part_filename (part);
    body->n_files++;
    if (name == NULL)
        return;
    ib_tokens_add_words (body->set, &file_source, name, ib_tokens_cut (name, strlen (name), LINK_BYTES));
    const char *dot = strrchr (name, '.');
    if (dot != NULL) {
        g_autofree char *ending = g_utf8_strdown (dot, (gssize) ib_tokens_cut (dot, strlen (dot), 10));
        add_symbol (body, IB_GROUP_STRUCTURE, "file ends in %s", ending);
    }
}

static void
add_part (Body *body, const IbPart *part)
{
    g_autofree char *type = g_ascii_strdown (part->type->word, -1);
    const IbParameter *charset = ib_mime_value_parameter (part->type, "charset");
    add_symbol (body, IB_GROUP_STRUCTURE, "part %u %s", MIN (part->index, 4), type);
    if (charset != NULL) {
        g_autofree char *name = g_ascii_strdown (charset->text, -1);
        add_symbol (body, IB_GROUP_STRUCTURE, "charset %s", name);
    }
    if (part->n_within > 0)
        return;
    add_symbol (body, IB_GROUP_STRUCTURE, "%s encoded %d", part->is_text ? "text" : "file", part->transfer);
    if (part->is_text)
        add_text_part (body, part);
    else
        add_file (body, part);
}

static int
size_class (gsize bytes, double steps)
{
    return (int) (steps * log2 ((double) bytes + 1));
}

static void
add_sizes (Body *body, gsize length)
{
    add_symbol (body, IB_GROUP_STRUCTURE, "size %d", size_class (length, 2));
    add_symbol (body, IB_GROUP_STRUCTURE, "text %d, %s, %u plain", size_class (body->text_bytes, 1),
                body->n_html > 0 ? "html" : "no html", MIN (body->n_plain, 9));
    add_symbol (body, IB_GROUP_STRUCTURE, "marks %d, %u files",
                body->html_bytes > 0 ? (int) (8 * body->text_bytes / body->html_bytes) : 0,
                MIN (body->n_files, 3));
    add_symbol (body, IB_GROUP_LINKS, "%d links", size_class (body->n_links, 1));
    add_symbol (body, IB_GROUP_LINKS, "%d pictures", size_class (body->n_links - body->n_anchors, 1));
    if (body->hidden_bytes > 0)
        add_symbol (body, IB_GROUP_STRUCTURE, "hidden text %d", size_class (body->hidden_bytes, 0.5));
    if (body->shows_other_host)
        add_symbol (body, IB_GROUP_LINKS, "shows another host");
}

void
ib_features_add_body (IbFeatureSet *set, const IbMessage *message)
{
    Body body = { .set = set };
    const GPtrArray *parts = ib_message_parts (message);
    for (guint i = 0; i < MIN (parts->len, PARTS); i++)
        add_part (&body, parts->pdata[i]);
    gsize length;
    (void) ib_message_bytes (message, &length);
    add_sizes (&body, length - ib_message_body_offset (message));
}
