/* Any bytes are a message of parts: each in its place, and readable. */
#include "html.h"
#include "mail-limits.h"
#include "part.h"
#include "text.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

/* A part lies within the one around it and behind the one before it. */
static void
check_ranges (const GPtrArray *parts, const IbPart *part, size_t length)
{
    const IbPart *parent = part->parent;
    g_assert_cmpuint (part->header, <=, part->body);
    g_assert_cmpuint (part->body, <=, part->prologue_end);
    g_assert_cmpuint (part->prologue_end, <=, part->end);
    g_assert_cmpuint (part->body, <=, part->epilogue);
    g_assert_cmpuint (part->epilogue, <=, part->end);
    g_assert_cmpuint (part->end, <=, length);
    g_assert_cmpuint (part->index + part->n_within, <, parts->len);
    g_assert_cmpuint (part->depth, <=, IB_LIMIT_PART_DEPTH);
    if (parent == NULL)
        return;
    g_assert_cmpuint (part->depth, ==, parent->depth + 1);
    g_assert_cmpuint (part->header, >=, parent->prologue_end * parent->is_multipart);
    g_assert_cmpuint (part->header, >=, parent->body);
    g_assert_cmpuint (part->end, <=, parent->end);
    g_assert_cmpuint (part->index + part->n_within, <=, parent->index + parent->n_within);
}

static void
check_content (const IbMessage *message, const IbPart *part)
{
    gsize content_length, text_length, plain_length;
    (void) ib_part_content (part, &content_length);
    const char *text = ib_part_text (part, &text_length);
    const char *plain = ib_part_plain_text (part, &plain_length);
    g_assert_cmpuint (content_length, <=, part->end - part->body);
    g_assert_true (g_utf8_validate_len (text, text_length, NULL));
    g_assert_true (g_utf8_validate_len (plain, plain_length, NULL));
    (void) ib_part_filename (part);
    (void) ib_part_is_readable (part);
    for (gsize i = 0; i < part->n_fields; i++) {
        g_assert_cmpuint (part->fields[i].offset, >=, part->header);
        g_assert_cmpuint (part->fields[i].offset + part->fields[i].length, <=, part->body);
        g_autofree char *field = ib_message_field_text (message, &part->fields[i]);
        g_assert_true (g_utf8_validate (field, -1, NULL));
    }
}

static void
check_parts (const IbMessage *message)
{
    gsize length, end = 0;
    (void) ib_message_bytes (message, &length);
    const GPtrArray *parts = ib_message_parts (message);
    g_assert_cmpuint (parts->len, >, 0);
    g_assert_cmpuint (parts->len, <=, IB_LIMIT_PARTS);
    for (guint i = 0; i < parts->len; i++) {
        const IbPart *part = parts->pdata[i];
        g_assert_cmpuint (part->index, ==, i);
        check_ranges (parts, part, length);
        check_content (message, part);
        g_assert_cmpuint (part->header, >=, end);
        end = part->n_within == 0 ? part->end : part->body;
    }
}

/* Whatever is taken for HTML. */
static void
check_html (const char *bytes, size_t length)
{
    g_autofree char *html = ib_text_from_bytes (bytes, length);
    g_autoptr (GString) text = g_string_new (NULL);
    ib_html_append_text (text, html, strlen (html));
    g_assert_true (g_utf8_validate_len (text->str, text->len, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    g_autoptr (IbMessage) message = ib_message_new ((const char *) bytes, length);
    check_parts (message);
    check_html ((const char *) bytes, length);
    return 0;
}
