/* folder-name.c - the one spelling of a folder's name */
#include "folder-name.h"
#include "mail-limits.h"

#include <glib/gi18n-lib.h>
#include <stdbool.h>
#include <string.h>

static bool
has_control (const char *text)
{
    for (; *text != '\0'; text = g_utf8_next_char (text))
        if (g_unichar_iscntrl (g_utf8_get_char (text)))
            return true;
    return false;
}

/* A level may not be empty, nor begin or end with a blank. */
static bool
is_level (const char *start, gsize length)
{
    return length > 0 && start[0] != ' ' && start[length - 1] != ' ';
}

static bool
has_levels (const char *name)
{
    for (;;) {
        gsize length = strcspn (name, ".");
        if (!is_level (name, length))
            return false;
        if (name[length] == '\0')
            return true;
        name += length + 1;
    }
}

/* INBOX is the same in any letter case, as a first level too (RFC 3501, 5.1). */
static void
spell_inbox (char *name)
{
    gsize length = strcspn (name, ".");
    if (length == 5 && g_ascii_strncasecmp (name, "INBOX", 5) == 0)
        memcpy (name, "INBOX", 5);
}

static const char *
too_long (void)
{
    return _ ("is too long for a folder's name");
}

static const char *
why_no_folder (const char *name)
{
    if (strlen (name) > IB_LIMIT_MAILBOX_BYTES)
        return too_long ();
    if (has_control (name))
        return _ ("is no folder's name: it holds a control character");
    if (!has_levels (name))
        return _ ("is no folder's name: a level of it is empty, or begins or ends with a blank");
    return NULL;
}

static char *
quote (IbSpan text)
{
    g_autofree char *cut = g_utf8_make_valid (text.bytes, (gssize) MIN (text.length, 100));
    return g_strdup_printf ("\"%s\"", g_strdelimit (cut, "\r\n\t", ' '));
}

char *
ib_folder_name_parse (IbSpan name, char **out_why)
{
    const char *why = _ ("is no folder's name: it is not UTF-8");
    if (name.length > 4 * IB_LIMIT_MAILBOX_BYTES) {
        why = too_long ();
    } else if (g_utf8_validate_len (name.bytes, name.length, NULL)) {
        g_autofree char *spelt = g_utf8_normalize (name.bytes, (gssize) name.length, G_NORMALIZE_NFC);
        g_strdelimit (spelt, "/", '.');
        spell_inbox (spelt);
        why = why_no_folder (spelt);
        if (why == NULL)
            return g_steal_pointer (&spelt);
    }
    g_autofree char *quoted = quote (name);
    *out_why = g_strdup_printf ("%s %s", quoted, why);
    return NULL;
}
