/* imap-name.c - mailbox names: the server's way and ours */
#include "imap-name.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/* --- modified UTF-7 ------------------------------------------------------------------------------------------ */

/* The run between "&" and "-" as UTF-16; NULL if it is not well formed. */
static char *
decode_run (const char *run, gsize length)
{
    g_autoptr (GArray) units = g_array_new (FALSE, FALSE, sizeof (gunichar2));
    guint32 bits = 0;
    guint held = 0;
    for (gsize i = 0; i < length; i++) {
        const char *at = memchr (alphabet, run[i], sizeof alphabet - 1);
        if (at == NULL)
            return NULL;
        bits = bits << 6 | (guint32) (at - alphabet);
        held += 6;
        if (held >= 16) {
            held -= 16;
            gunichar2 unit = (gunichar2) (bits >> held);
            g_array_append_val (units, unit);
        }
    }
    bool has_rest = (bits & ((1u << held) - 1)) != 0 || held >= 6;
    if (has_rest || units->len == 0)
        return NULL;
    glong read = 0;
    g_autofree char *text = g_utf16_to_utf8 ((const gunichar2 *) units->data, units->len, &read, NULL, NULL);
    return text != NULL && read == (glong) units->len ? g_steal_pointer (&text) : NULL;
}

static bool
is_showable (const char *text)
{
    for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
        if (g_unichar_iscntrl (g_utf8_get_char (c)))
            return false;
    return true;
}

char *
ib_imap_name_to_utf8 (const char *name)
{
    g_autoptr (GString) out = g_string_new (NULL);
    for (const char *c = name; *c != '\0'; c++) {
        if (*c != '&') {
            g_string_append_c (out, *c);
            continue;
        }
        const char *end = strchr (c, '-');
        if (end == c + 1) {
            g_string_append_c (out, '&');
        } else {
            g_autofree char *run = end != NULL ? decode_run (c + 1, (gsize) (end - c - 1)) : NULL;
            if (run == NULL)
                return g_utf8_make_valid (name, -1);
            g_string_append (out, run);
        }
        c = end;
    }
    if (!g_utf8_validate (out->str, (gssize) out->len, NULL) || !is_showable (out->str))
        return g_utf8_make_valid (name, -1);
    return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
encode_run (GString *out, const char *run, gsize length)
{
    glong n_units = 0;
    g_autofree gunichar2 *units = g_utf8_to_utf16 (run, (glong) length, NULL, &n_units, NULL);
    guint32 bits = 0;
    guint held = 0;
    g_string_append_c (out, '&');
    for (glong i = 0; i < n_units; i++) {
        bits = bits << 16 | units[i];
        held += 16;
        while (held >= 6) {
            held -= 6;
            g_string_append_c (out, alphabet[bits >> held & 63]);
        }
    }
    if (held > 0)
        g_string_append_c (out, alphabet[bits << (6 - held) & 63]);
    g_string_append_c (out, '-');
}

char *
ib_imap_name_from_utf8 (const char *name)
{
    g_autofree char *valid = g_utf8_make_valid (name, -1);
    GString *out = g_string_new (NULL);
    for (const char *c = valid; *c != '\0';) {
        const char *end = c;
        while (*end != '\0' && (*end < 0x20 || *end > 0x7e))
            end++;
        if (end > c) {
            encode_run (out, c, (gsize) (end - c));
            c = end;
            continue;
        }
        g_string_append (out, *c == '&' ? "&-" : (char[]){ *c, '\0' });
        c++;
    }
    return g_string_free (out, FALSE);
}

/* --- folders= ------------------------------------------------------------------------------------------------ */

static bool
is_inbox (const char *name)
{
    return g_ascii_strcasecmp (name, "INBOX") == 0;
}

typedef struct {
    const char *glob, *name; /* where to go on if it takes one character more; NULL: there is none */
} Wildcard;

/* On a mismatch the last "%" takes one more, or where it may not, the last "*" does: two places to return to are
 * enough, and no pattern makes this slow. */
static bool
matches (const char *glob, const char *name, char delimiter)
{
    Wildcard star = { NULL, NULL }, percent = { NULL, NULL };
    while (*name != '\0' || *glob != '\0') {
        if (*glob == '*') {
            star = (Wildcard){ ++glob, name };
            percent.glob = NULL;
        } else if (*glob == '%') {
            percent = (Wildcard){ ++glob, name };
        } else if (*name != '\0'
                   && (*glob == *name || (*glob == '/' && delimiter != '\0' && *name == delimiter))) {
            glob++;
            name++;
        } else if (percent.glob != NULL && *percent.name != '\0' && *percent.name != delimiter) {
            glob = percent.glob;
            name = ++percent.name;
        } else if (star.glob != NULL && *star.name != '\0') {
            percent.glob = NULL;
            glob = star.glob;
            name = ++star.name;
        } else {
            return false;
        }
    }
    return true;
}

static bool
is_named (const char *name, const char *glob, char delimiter, const char *prefix)
{
    if (is_inbox (name) && is_inbox (glob))
        return true;
    gsize length = strlen (prefix);
    return matches (glob, name, delimiter)
           || (length > 0 && strncmp (name, prefix, length) == 0 && matches (glob, name + length, delimiter));
}

bool
ib_imap_name_is_wanted (const char *name, const char *const *folders, char delimiter, const char *prefix)
{
    bool is_asked = false, asks_for_some = false;
    for (gsize i = 0; folders[i] != NULL; i++) {
        bool is_exclude = folders[i][0] == '!';
        bool is_it = is_named (name, folders[i] + is_exclude, delimiter, prefix);
        if (is_it && is_exclude)
            return false;
        is_asked |= is_it;
        asks_for_some |= !is_exclude;
    }
    return is_asked || !asks_for_some;
}

bool
ib_imap_folders_are_inbox (const char *const *folders)
{
    for (gsize i = 0; folders[i] != NULL; i++)
        if (!is_inbox (folders[i]))
            return false;
    return folders[0] != NULL;
}

char *
ib_imap_name_for_server (const char *name, char delimiter, const char *prefix)
{
    if (is_inbox (name))
        return g_strdup ("INBOX");
    g_autofree char *below = g_strdup (name);
    for (char *c = below; delimiter != '\0' && *c != '\0'; c++)
        if (*c == '/')
            *c = delimiter;
    bool has_prefix = g_str_has_prefix (below, prefix);
    g_autofree char *whole = g_strconcat (has_prefix ? "" : prefix, below, NULL);
    return ib_imap_name_from_utf8 (whole);
}

char *
ib_imap_quote (const char *text, bool may_be_8bit)
{
    if (strpbrk (text, "\r\n") != NULL || (!may_be_8bit && !g_str_is_ascii (text)))
        return NULL;
    /* Large enough at once: it may be a password, and what is outgrown is not wiped. */
    GString *out = g_string_sized_new (2 * strlen (text) + sizeof "\"\"");
    g_string_append_c (out, '"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_c (out, '\\');
        g_string_append_c (out, *c);
    }
    g_string_append_c (out, '"');
    return g_string_free (out, FALSE);
}
