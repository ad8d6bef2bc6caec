/* notice-text.c - hostile words made fit for a bubble */
#include "notice-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Marks on one letter. Written languages do with fewer; what has more is there to smear over the lines around it. */
#define MARKS_IN_A_ROW 4
/* Bytes of a text that are looked at, for each character that may be shown of it. */
#define LOOKED_AT 32

typedef enum { SHOWN, BLANK, MARK, HIDDEN } Role;

/* Joiners are part of Persian words and of emoji; all other format characters only hide or reorder. */
static Role
role_of (gunichar c)
{
    if (c == 0x200C || c == 0x200D)
        return MARK;
    switch (g_unichar_type (c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SPACE_SEPARATOR:
        return BLANK;
    case G_UNICODE_FORMAT:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
        return HIDDEN;
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
        return MARK;
    default:
        return SHOWN;
    }
}

/* Bytes that are no UTF-8 are passed over like what is hidden. */
static gunichar
next_character (const char **at)
{
    gunichar c = g_utf8_get_char_validated (*at, -1);
    bool is_valid = c != (gunichar) -1 && c != (gunichar) -2;
    *at = is_valid ? g_utf8_next_char (*at) : *at + 1;
    return is_valid ? c : 0x200B; /* zero width space: hidden */
}

char *
ib_notice_text_clean (const char *text, guint most)
{
    GString *out = g_string_new (NULL);
    guint shown = 0, marks = 0;
    gsize room = 0; /* as far as @out may go if there has to be an ellipsis behind it */
    bool is_blank = false;
    const char *limit = text + strnlen (text, (gsize) most * LOOKED_AT);

    while (text < limit && shown <= most) {
        gunichar c = next_character (&text);
        Role role = role_of (c);
        if (role == BLANK)
            is_blank = shown > 0;
        if (role == MARK && shown > 0 && !is_blank && marks++ < MARKS_IN_A_ROW)
            g_string_append_unichar (out, c);
        if (shown < most)
            room = out->len;
        if (role != SHOWN)
            continue;
        if (is_blank)
            g_string_append_c (out, ' ');
        g_string_append_unichar (out, c);
        shown += is_blank ? 2 : 1;
        is_blank = false;
        marks = 0;
    }
    if (shown > most || *text != '\0') {
        g_string_truncate (out, shown >= most ? room : out->len);
        g_string_append (out, "…");
    }
    return g_string_free (out, FALSE);
}

/* "Anna Example <anna@example.org>": where the address begins; NULL if nobody is named before it. */
static const char *
find_address (const char *from)
{
    const char *bracket = strrchr (from, '<');
    bool is_named = bracket != NULL && bracket > from && strspn (from, " \t\"") < (gsize) (bracket - from);
    return is_named ? bracket : NULL;
}

char *
ib_notice_text_sender (const char *from, bool is_known, guint most)
{
    const char *address = find_address (from);
    g_autofree char *whole = ib_notice_text_clean (from, most);
    if (*whole == '\0')
        return g_strdup (_ ("Somebody who is not named"));
    if (address == NULL)
        return g_steal_pointer (&whole);

    g_autofree char *before = g_strndup (from, (gsize) (address - from));
    g_strstrip (before);
    gsize length = strlen (before);
    bool is_quoted = length > 2 && before[0] == '"' && before[length - 1] == '"';
    if (is_quoted)
        before[length - 1] = '\0';
    const char *bare = is_quoted ? before + 1 : before;
    if (is_known)
        return ib_notice_text_clean (bare, most);
    /* The address is what cannot be made up so freely: it stays whole, and the name is cut. */
    g_autofree char *mailbox = ib_notice_text_clean (address, most);
    gsize taken = (gsize) g_utf8_strlen (mailbox, -1);
    if (taken + 2 >= most)
        return g_steal_pointer (&mailbox);
    g_autofree char *name = ib_notice_text_clean (bare, (guint) (most - taken - 1));
    return g_strdup_printf ("%s %s", name, mailbox);
}
