/* setting.c - the kinds of values that settings have, and how they are written */
#include "setting.h"
#include "escape.h"
#include "nearest.h"
#include "units.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

G_DEFINE_QUARK (ib-settings-error-quark, ib_settings_error)

char *
ib_setting_quote (const char *text)
{
    g_autofree char *shown = ib_escape_server_text (text, -1);
    return g_strdup_printf ("\"%s\"", shown);
}

bool
ib_setting_refuse (GError **error, const char *text, const char *expected)
{
    g_autofree char *quoted = ib_setting_quote (text);
    g_set_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID, _ ("%s is not %s"), quoted, expected);
    return false;
}

/* --- values: between the file's escapes and plain text ------------------------------------------------------- */

static int
unescape (char letter)
{
    switch (letter) {
    case 's':
        return ' ';
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case '\\':
        return '\\';
    default:
        return -1;
    }
}

/* Servers and terminals would take them for more than text; only a command's words may have lines. */
static bool
refuse_control (char letter, bool takes_lines, GError **error)
{
    if (!g_ascii_iscntrl (letter) || letter == '\t' || (letter == '\n' && takes_lines))
        return true;
    g_set_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID,
                 _ ("the value holds a control character (0x%02x)"), (guchar) letter);
    return false;
}

char *
ib_setting_decode (const char *raw, bool takes_lines, GError **error)
{
    g_autoptr (GString) plain = g_string_new (NULL);
    for (const char *at = raw; *at != '\0'; at++) {
        int letter = (guchar) *at;
        if (*at == '\\' && (letter = unescape (*++at)) < 0) {
            g_set_error_literal (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID,
                                 _ ("a backslash must be written \\\\"));
            return NULL;
        }
        if (!refuse_control ((char) letter, takes_lines, error))
            return NULL;
        g_string_append_c (plain, (char) letter);
    }
    return g_string_free (g_steal_pointer (&plain), FALSE);
}

/* A blank at either end would not be seen. */
char *
ib_setting_encode (const char *plain)
{
    GString *raw = g_string_new (NULL);
    for (const char *at = plain; *at != '\0'; at++) {
        bool is_rim = at == plain || at[1] == '\0';
        if (*at == '\\')
            g_string_append (raw, "\\\\");
        else if (*at == '\n')
            g_string_append (raw, "\\n");
        else if (*at == '\r')
            g_string_append (raw, "\\r");
        else if (*at == '\t')
            g_string_append (raw, "\\t");
        else if (*at == ' ' && is_rim)
            g_string_append (raw, "\\s");
        else
            g_string_append_c (raw, *at);
    }
    return g_string_free (raw, FALSE);
}

char *
ib_setting_encode_list (const char *text)
{
    GString *raw = g_string_new (text);
    g_string_replace (raw, "\n", "\\n", 0);
    g_string_replace (raw, "\r", "\\r", 0);
    return g_string_free (raw, FALSE);
}

static void
end_element (GStrvBuilder *elements, GString *element)
{
    g_strstrip (element->str);
    if (*element->str != '\0')
        g_strv_builder_add (elements, element->str);
    g_string_truncate (element, 0);
}

/* list = element *( ";" element ) [ ";" ] */
static char **
split (const char *text, GError **error)
{
    g_autoptr (GStrvBuilder) elements = g_strv_builder_new ();
    g_autoptr (GString) element = g_string_new (NULL);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == ';') {
            end_element (elements, element);
            continue;
        }
        int letter = (guchar) *at;
        if (*at == '\\') {
            at++;
            letter = *at == ';' ? ';' : unescape (*at);
        }
        if (letter < 0) {
            g_set_error_literal (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID,
                                 _ ("a backslash must be written \\\\, and a semicolon within a name \\;"));
            return NULL;
        }
        if (!refuse_control ((char) letter, false, error))
            return NULL;
        g_string_append_c (element, (char) letter);
    }
    end_element (elements, element);
    return g_strv_builder_end (elements);
}

static char *
join (const char *const *elements)
{
    g_autoptr (GString) text = g_string_new (NULL);
    for (gsize i = 0; elements != NULL && elements[i] != NULL; i++) {
        g_autofree char *raw = ib_setting_encode (elements[i]);
        if (i > 0)
            g_string_append_c (text, ';');
        for (const char *at = raw; *at != '\0'; at++) {
            if (*at == ';')
                g_string_append_c (text, '\\');
            g_string_append_c (text, *at);
        }
    }
    return g_string_free (g_steal_pointer (&text), FALSE);
}

/* --- kinds --------------------------------------------------------------------------------------------------- */

#define FIELD(type, row, settings) (*(type *) G_STRUCT_MEMBER_P (settings, (row)->offset))

static void
set_text (const IbSettingRow *row, gpointer settings, char *text)
{
    g_free (FIELD (char *, row, settings));
    FIELD (char *, row, settings) = text;
}

static bool
read_text (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    set_text (row, settings, g_strdup (text));
    return true;
}

static char *
write_text (const IbSettingRow *row, gconstpointer settings)
{
    const char *text = FIELD (char *const, row, settings);
    return g_strdup (text != NULL ? text : "");
}

static bool
read_list (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    char **elements = split (text, error);
    if (elements == NULL)
        return false;
    g_strfreev (FIELD (char **, row, settings));
    FIELD (char **, row, settings) = elements;
    return true;
}

static char *
write_list (const IbSettingRow *row, gconstpointer settings)
{
    return join ((const char *const *) FIELD (char **const, row, settings));
}

static bool
read_one_of (const char *text, const char *const *words, guint *out_place, GError **error)
{
    for (guint i = 0; words[i] != NULL; i++) {
        if (strcmp (words[i], text) == 0) {
            *out_place = i;
            return true;
        }
    }
    const char *nearest = ib_nearest (text, words);
    g_autofree char *all = g_strjoinv (", ", (char **) words);
    g_autofree char *quoted = ib_setting_quote (text);
    if (nearest != NULL)
        g_set_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID,
                     _ ("%s is not one of %s; did you mean \"%s\"?"), quoted, all, nearest);
    else
        g_set_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID, _ ("%s is not one of %s"), quoted,
                     all);
    return false;
}

static bool
read_word (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    guint place;
    if (!read_one_of (text, row->words, &place, error))
        return false;
    FIELD (guint, row, settings) = place;
    return true;
}

static char *
write_word (const IbSettingRow *row, gconstpointer settings)
{
    return g_strdup (row->words[FIELD (const guint, row, settings)]);
}

static const char *const booleans[] = { "false", "true", NULL };

static bool
read_bool (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    guint place;
    if (!read_one_of (text, booleans, &place, error))
        return false;
    FIELD (bool, row, settings) = place == 1;
    return true;
}

static char *
write_bool (const IbSettingRow *row, gconstpointer settings)
{
    return g_strdup (FIELD (const bool, row, settings) ? "true" : "false");
}

static bool
read_duration (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    gint64 seconds;
    if (!ib_units_parse_duration (text, &seconds) || seconds < 1)
        return ib_setting_refuse (error, text, _ ("a time like 90s, 5m, 2h or 14d"));
    FIELD (gint64, row, settings) = seconds;
    return true;
}

static char *
write_duration (const IbSettingRow *row, gconstpointer settings)
{
    return ib_units_duration_text (FIELD (const gint64, row, settings));
}

static bool
read_size (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    guint64 bytes = 0;
    if (*text != '\0' && !ib_units_parse_size (text, &bytes))
        return ib_setting_refuse (error, text, _ ("a size like 500K, 20M or 1G"));
    FIELD (guint64, row, settings) = bytes;
    return true;
}

static char *
write_size (const IbSettingRow *row, gconstpointer settings)
{
    guint64 bytes = FIELD (const guint64, row, settings);
    return bytes == 0 ? g_strdup ("") : ib_units_size_text (bytes);
}

char *
ib_setting_expand_path (const char *text)
{
    if (strcmp (text, "~") == 0)
        return g_strdup (g_get_home_dir ());
    if (g_str_has_prefix (text, "~/"))
        return g_build_filename (g_get_home_dir (), text + 2, NULL);
    return g_path_is_absolute (text) ? g_strdup (text) : NULL;
}

static bool
read_path (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    char *path = *text == '\0' ? g_strdup ("") : ib_setting_expand_path (text);
    if (path == NULL)
        return ib_setting_refuse (error, text, _ ("a path that begins with / or ~/"));
    set_text (row, settings, path);
    return true;
}

static bool
read_command (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    g_autoptr (GError) why = NULL;
    if (*text != '\0' && !g_shell_parse_argv (text, NULL, NULL, &why)) {
        g_set_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID,
                     _ ("the command cannot be split into words: %s"), why->message);
        return false;
    }
    set_text (row, settings, g_strdup (text));
    return true;
}

char *
ib_setting_why_no_script (const char *name)
{
    g_autofree char *quoted = ib_setting_quote (name);
    if (strchr (name, '/') != NULL || *name == '.')
        return g_strdup_printf (_ ("%s is not the name of a filter: give the file's name without its folder"),
                                quoted);
    if (*name == ' ') /* a list loses it */
        return g_strdup_printf (_ ("%s is not the name of a filter: it begins with a blank"), quoted);
    for (const char *at = name; *at != '\0'; at++)
        if (*at == ';' || *at == '\\' || g_ascii_iscntrl (*at))
            return g_strdup_printf (
                _ ("%s is not the name of a filter: rename its file, without \";\", \"\\\" and control characters"),
                quoted);
    if (!g_str_has_suffix (name, ".sieve"))
        return g_strdup_printf (_ ("%s is not the name of a filter; did you mean \"%s.sieve\"?"), quoted,
                                name);
    return NULL;
}

static bool
read_scripts (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    g_auto (GStrv) names = split (text, error);
    if (names == NULL)
        return false;
    for (gsize i = 0; names[i] != NULL; i++) {
        g_autofree char *why = ib_setting_why_no_script (names[i]);
        if (why == NULL && g_strv_contains ((const char *const *) names + i + 1, names[i]))
            why = g_strdup_printf (_ ("%s stands here twice"), names[i]);
        if (why != NULL) {
            g_set_error_literal (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID, why);
            return false;
        }
    }
    g_strfreev (FIELD (char **, row, settings));
    FIELD (char **, row, settings) = g_steal_pointer (&names);
    return true;
}

const IbSettingKind ib_setting_text = { read_text, write_text, false, false };
const IbSettingKind ib_setting_list = { read_list, write_list, true, false };
const IbSettingKind ib_setting_bool = { read_bool, write_bool, false, false };
const IbSettingKind ib_setting_word = { read_word, write_word, false, false };
const IbSettingKind ib_setting_duration = { read_duration, write_duration, false, false };
const IbSettingKind ib_setting_size = { read_size, write_size, false, false };
const IbSettingKind ib_setting_path = { read_path, write_text, false, false };
const IbSettingKind ib_setting_command = { read_command, write_text, false, true };
const IbSettingKind ib_setting_scripts = { read_scripts, write_list, true, false };
