/* folder.c - folder name ⇄ directory */
#include "folder.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A name with its dot, and a file's longest name being 255 bytes, leaves room for what clients put behind it. */
#define LONGEST_NAME_BYTES 200

static bool
is_maildir_part (const char *level)
{
    return strcmp (level, "cur") == 0 || strcmp (level, "new") == 0 || strcmp (level, "tmp") == 0;
}

/* What nobody sees at the end of a name; joiners inside of one belong to many scripts. */
static bool
is_blank (gunichar c)
{
    return g_unichar_isspace (c) || c == 0x200b || c == 0x2060 || c == 0xfeff;
}

static bool
is_control (gunichar c)
{
    GUnicodeType type = g_unichar_type (c);
    return type == G_UNICODE_CONTROL || type == G_UNICODE_LINE_SEPARATOR
           || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

static bool
has_control (const char *text)
{
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
        if (is_control (g_utf8_get_char (at)))
            return true;
    return false;
}

/* Why @level cannot be one, or NULL. */
static const char *
fault_of_level (const char *level)
{
    if (*level == '\0')
        return _ ("a level of it is empty");
    if (is_blank (g_utf8_get_char (level))
        || is_blank (g_utf8_get_char (g_utf8_find_prev_char (level, level + strlen (level)))))
        return _ ("a level of it begins or ends with a blank");
    if (is_maildir_part (level))
        return _ ("cur, new and tmp are parts of every Maildir");
    return NULL;
}

/* Why @name, in NFC with "." between levels, cannot be a folder, or NULL. */
static const char *
fault_of_name (const char *name)
{
    if (strlen (name) > LONGEST_NAME_BYTES)
        return _ ("it is longer than 200 bytes");
    if (has_control (name))
        return _ ("it has a control character");
    if (*name == '~')
        return _ ("shells take \"~\" for a home");
    if (strcmp (name, "notmuch") == 0)
        return _ ("notmuch keeps its index there");

    g_auto (GStrv) levels = g_strsplit (name, ".", -1);
    if (levels[0] == NULL)
        return _ ("it is empty");
    for (gsize i = 0; levels[i] != NULL; i++) {
        const char *fault = fault_of_level (levels[i]);
        if (fault != NULL)
            return fault;
    }
    return NULL;
}

/* Names come from outside: nothing in an error may move a terminal's cursor, or hide what comes behind it. */
static char *
printable (const char *name)
{
    g_autofree char *valid = g_utf8_make_valid (name, -1);
    GString *text = g_string_new (NULL);
    for (const char *at = valid; *at != '\0' && text->len < LONGEST_NAME_BYTES; at = g_utf8_next_char (at)) {
        gunichar c = g_utf8_get_char (at);
        bool is_seen = !is_control (c) && g_unichar_type (c) != G_UNICODE_FORMAT;
        g_string_append_unichar (text, is_seen ? c : 0xfffd);
    }
    return g_string_free (text, FALSE);
}

static char *
refuse (const char *name, const char *fault, GError **error)
{
    g_autofree char *shown = printable (name);
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME, _ ("\"%s\" cannot be a folder: %s"), shown,
                 fault);
    return NULL;
}

char *
ib_folder_normalize (const char *name, GError **error)
{
    if (g_ascii_strcasecmp (name, "INBOX") == 0)
        return g_strdup ("INBOX");
    if (!g_utf8_validate (name, -1, NULL))
        return refuse (name, _ ("it is not UTF-8"), error);

    g_autofree char *normal = g_utf8_normalize (name, -1, G_NORMALIZE_NFC);
    g_strdelimit (normal, "/", '.');
    const char *fault = fault_of_name (normal);
    return fault == NULL ? g_steal_pointer (&normal) : refuse (name, fault, error);
}

char *
ib_folder_to_directory (const char *name, IbLayout layout)
{
    if (strcmp (name, "INBOX") == 0)
        return g_strdup ("");
    if (layout == IB_LAYOUT_MAILDIRPP)
        return g_strconcat (".", name, NULL);
    return g_strdelimit (g_strdup (name), ".", '/');
}

/* fs: a dot within a directory's name would read as a border of levels. */
static bool
is_fs_folder (const char *directory)
{
    if (strchr (directory, '.') != NULL)
        return false;

    g_auto (GStrv) levels = g_strsplit (directory, "/", -1);
    for (gsize i = 0; levels[i] != NULL; i++)
        if (*levels[i] == '\0' || is_maildir_part (levels[i]))
            return false;
    return true;
}

static bool
is_maildirpp_folder (const char *directory)
{
    gsize length = strlen (directory);
    return directory[0] == '.' && length > 1 && directory[1] != '.' && directory[length - 1] != '.'
           && strstr (directory, "..") == NULL && strchr (directory, '/') == NULL;
}

char *
ib_folder_from_directory (const char *directory, IbLayout layout)
{
    if (*directory == '\0')
        return g_strdup ("INBOX");
    if (!g_utf8_validate (directory, -1, NULL) || has_control (directory))
        return NULL;
    if (layout == IB_LAYOUT_MAILDIRPP ? !is_maildirpp_folder (directory) : !is_fs_folder (directory))
        return NULL;

    g_autofree char *name = layout == IB_LAYOUT_MAILDIRPP ? g_strdup (directory + 1)
                                                          : g_strdelimit (g_strdup (directory), "/", '.');
    return g_ascii_strcasecmp (name, "INBOX") == 0 ? NULL : g_steal_pointer (&name);
}
