/* settings-file.c - a settings file (GKeyFile syntax), read and edited by a table of keys */
#include "settings-file.h"
#include "escape.h"
#include "nearest.h"
#include "units.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

/* Nobody writes a megabyte of settings by hand; a wrong file given as settings is seen at once. */
#define LARGEST_FILE (1024 * 1024)

G_DEFINE_QUARK (ib-settings-error-quark, ib_settings_error)

typedef struct {
    guint number;            /* from 1 */
    gsize start, end;        /* in the text, without the line end */
    const char *group;       /* of the table; NULL before the first */
    const IbSettingRow *row; /* what the line sets; NULL for groups, comments and blank lines */
    gsize value_start;
} Line;

struct _IbSettingsFile {
    char *path;
    char *text;
    const IbSettingRow *rows;
    GArray *lines; /* Line */
};

/* --- errors ------------------------------------------------------------------------------------------------ */

static char *
quote (const char *text)
{
    g_autofree char *shown = ib_escape_server_text (text, -1);
    return g_strdup_printf ("\"%s\"", shown);
}

static bool G_GNUC_PRINTF (4, 0)
    refuse_line (const char *path, guint number, GError **error, const char *format, va_list arguments)
{
    g_autofree char *message = g_strdup_vprintf (format, arguments);
    if (path != NULL)
        g_set_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID, "%s:%u: %s", path, number, message);
    else
        g_set_error_literal (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID, message);
    return false;
}

static bool G_GNUC_PRINTF (4, 5)
    refuse (const IbSettingsFile *self, guint number, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    refuse_line (self->path, number, error, format, arguments);
    va_end (arguments);
    return false;
}

/* "; did you mean …?", or what there is to choose from. */
static char *
suggest (const char *word, const char *const *known, const char *open, const char *close)
{
    const char *nearest = ib_nearest (word, known);
    if (nearest != NULL)
        return g_strdup_printf (_ ("did you mean %s%s%s?"), open, nearest, close);
    g_autofree char *all = g_strjoinv (", ", (char **) known);
    return g_strdup_printf (_ ("known are %s"), all);
}

bool
ib_setting_refuse (GError **error, const char *text, const char *expected)
{
    g_autofree char *quoted = quote (text);
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

/* A scalar without its escapes; in lists they stay, since the separator has one too. */
static char *
decode (const char *raw, bool takes_lines, GError **error)
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

/* So that it is read back as it is: a blank at either end would not be seen. */
static char *
encode (const char *plain)
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

/* A list comes with its escapes; only what would break its line is still to be hidden. */
static char *
encode_list (const char *text)
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
        g_autofree char *raw = encode (elements[i]);
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
    g_autofree char *quoted = quote (text);
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
    g_autofree char *quoted = quote (name);
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

/* --- the table ------------------------------------------------------------------------------------------------ */

static const IbSettingRow *
find_row (const IbSettingRow *rows, const char *group, const char *key)
{
    for (const IbSettingRow *row = rows; row->key != NULL; row++)
        if (strcmp (row->key, key) == 0 && (group == NULL || strcmp (row->group, group) == 0))
            return row;
    return NULL;
}

/* Each group once, in the table's order. */
static const char **
list_groups (const IbSettingRow *rows)
{
    GPtrArray *groups = g_ptr_array_new ();
    for (const IbSettingRow *row = rows; row->key != NULL; row++)
        if (groups->len == 0 || strcmp (g_ptr_array_index (groups, groups->len - 1), row->group) != 0)
            g_ptr_array_add (groups, (gpointer) row->group);
    g_ptr_array_add (groups, NULL);
    return (const char **) g_ptr_array_free (groups, FALSE);
}

static const char **
list_keys (const IbSettingRow *rows, const char *group)
{
    GPtrArray *keys = g_ptr_array_new ();
    for (const IbSettingRow *row = rows; row->key != NULL; row++)
        if (strcmp (row->group, group) == 0)
            g_ptr_array_add (keys, (gpointer) row->key);
    g_ptr_array_add (keys, NULL);
    return (const char **) g_ptr_array_free (keys, FALSE);
}

const IbSettingRow *
ib_settings_find_row (const IbSettingRow *rows, const char *name, GError **error)
{
    g_auto (GStrv) parts = g_strsplit (name, ".", 2);
    const IbSettingRow *row = g_strv_length (parts) == 2 ? find_row (rows, parts[0], parts[1]) : NULL;
    if (row != NULL)
        return row;

    g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
    for (row = rows; row->key != NULL; row++)
        g_ptr_array_add (names, g_strconcat (row->group, ".", row->key, NULL));
    g_ptr_array_add (names, NULL);
    g_autofree char *hint = suggest (name, (const char *const *) names->pdata, "\"", "\"");
    g_autofree char *quoted = quote (name);
    g_set_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID, _ ("unknown key %s; %s"), quoted, hint);
    return NULL;
}

/* --- parsing --------------------------------------------------------------------------------------------------- */

/* Where a line's text begins: leading blanks are no part of it. */
static gsize
skip_blanks (const char *text, gsize at, gsize end)
{
    while (at < end && g_ascii_isspace (text[at]))
        at++;
    return at;
}

static char *
trimmed (const char *text, gsize start, gsize end)
{
    return g_strstrip (g_strndup (text + start, end - start));
}

/* group = "[" name "]" */
static bool
parse_group (IbSettingsFile *self, Line *line, gsize start, GError **error)
{
    g_autofree char *whole = trimmed (self->text, start, line->end);
    gsize length = strlen (whole);
    if (length < 3 || whole[length - 1] != ']')
        return refuse (self, line->number, error, _ ("a group is written [name], alone on its line"));

    whole[length - 1] = '\0';
    g_autofree const char **groups = list_groups (self->rows);
    for (gsize i = 0; groups[i] != NULL; i++) {
        if (strcmp (groups[i], whole + 1) == 0) {
            line->group = groups[i];
            return true;
        }
    }
    g_autofree char *hint = suggest (whole + 1, groups, "[", "]");
    g_autofree char *shown = ib_escape_server_text (whole + 1, -1);
    return refuse (self, line->number, error, _ ("unknown group [%s]; %s"), shown, hint);
}

static bool
refuse_key (const IbSettingsFile *self, const Line *line, const char *key, GError **error)
{
    g_autofree char *quoted = quote (key);
    const IbSettingRow *elsewhere = find_row (self->rows, NULL, key);
    if (line->group == NULL)
        return refuse (self, line->number, error, _ ("%s stands before the first group; put [%s] above it"),
                       quoted, elsewhere != NULL ? elsewhere->group : self->rows->group);
    if (elsewhere != NULL)
        return refuse (self, line->number, error, _ ("key %s belongs in [%s], not in [%s]"), quoted,
                       elsewhere->group, line->group);

    g_autofree const char **keys = list_keys (self->rows, line->group);
    g_autofree char *hint = suggest (key, keys, "\"", "\"");
    return refuse (self, line->number, error, _ ("unknown key %s in [%s]; %s"), quoted, line->group, hint);
}

static const Line *
find_line (const IbSettingsFile *self, const IbSettingRow *row)
{
    for (guint i = 0; i < self->lines->len; i++) {
        const Line *line = &g_array_index (self->lines, Line, i);
        if (row != NULL && line->row == row)
            return line;
    }
    return NULL;
}

/* setting = key "=" value */
static bool
parse_setting (IbSettingsFile *self, Line *line, gsize start, GError **error)
{
    const char *equals = memchr (self->text + start, '=', line->end - start);
    if (equals == NULL || equals == self->text + start)
        return refuse (self, line->number, error,
                       _ ("neither a [group], nor key=value, nor a comment that begins with #"));

    gsize at = (gsize) (equals - self->text);
    g_autofree char *key = trimmed (self->text, start, at);
    const IbSettingRow *row = line->group != NULL ? find_row (self->rows, line->group, key) : NULL;
    if (row == NULL)
        return refuse_key (self, line, key, error);

    const Line *before = find_line (self, row);
    if (before != NULL)
        return refuse (self, line->number, error, _ ("%s is set twice; it stands in line %u already"), key,
                       before->number);
    line->row = row;
    line->value_start = skip_blanks (self->text, at + 1, line->end);
    return true;
}

static bool
parse_line (IbSettingsFile *self, Line *line, GError **error)
{
    gsize start = skip_blanks (self->text, line->start, line->end);
    bool is_good = true;
    if (start < line->end && self->text[start] == '[')
        is_good = parse_group (self, line, start, error);
    else if (start < line->end && self->text[start] != '#')
        is_good = parse_setting (self, line, start, error);
    if (is_good)
        g_array_append_val (self->lines, *line);
    return is_good;
}

static bool
parse_lines (IbSettingsFile *self, gsize length, GError **error)
{
    /* Some editors begin a file with a byte order mark. */
    gsize mark = g_str_has_prefix (self->text, "\xef\xbb\xbf") ? 3 : 0;
    Line line = { 0 };
    for (gsize at = mark; at < length;) {
        const char *newline = memchr (self->text + at, '\n', length - at);
        gsize next = newline != NULL ? (gsize) (newline - self->text) + 1 : length;

        line.number++;
        line.start = at;
        line.end = newline != NULL ? next - 1 : next;
        if (newline != NULL && line.end > line.start && self->text[line.end - 1] == '\r')
            line.end--;
        line.row = NULL;
        if (!parse_line (self, &line, error))
            return false;
        at = next;
    }
    return true;
}

static bool
check_encoding (const IbSettingsFile *self, const char *text, gsize length, GError **error)
{
    const char *wrong;
    if (g_utf8_validate_len (text, length, &wrong))
        return true;
    guint number = 1;
    for (const char *at = text; at < wrong; at++)
        number += *at == '\n';
    return refuse (self, number, error, _ ("byte 0x%02x is not UTF-8 text; save the file as UTF-8"),
                   (guchar) *wrong);
}

IbSettingsFile *
ib_settings_file_parse (const char *path, const char *text, gsize length, const IbSettingRow *rows,
                        GError **error)
{
    g_autoptr (IbSettingsFile) self = g_new0 (IbSettingsFile, 1);
    self->path = g_strdup (path);
    self->text = g_malloc (length + 1);
    if (length > 0)
        memcpy (self->text, text, length);
    self->text[length] = '\0';
    self->rows = rows;
    self->lines = g_array_new (FALSE, FALSE, sizeof (Line));

    if (!check_encoding (self, self->text, length, error) || !parse_lines (self, length, error))
        return NULL;
    return g_steal_pointer (&self);
}

void
ib_settings_file_free (IbSettingsFile *self)
{
    if (self == NULL)
        return;
    g_free (self->path);
    g_free (self->text);
    if (self->lines != NULL)
        g_array_unref (self->lines);
    g_free (self);
}

/* --- reading ---------------------------------------------------------------------------------------------------- */

static bool
read_value (const IbSettingRow *row, const char *raw, gpointer settings, GError **error)
{
    if (row->kind->is_list)
        return row->kind->read (row, raw, settings, error);
    if (*raw == '\0')
        return true; /* the default, which was read before */
    g_autofree char *plain = decode (raw, row->kind->takes_lines, error);
    return plain != NULL && row->kind->read (row, plain, settings, error);
}

bool
ib_settings_file_read (const IbSettingsFile *self, gpointer settings, GError **error)
{
    for (const IbSettingRow *row = self->rows; row->key != NULL; row++) {
        g_autoptr (GError) why = NULL;
        if (row->fallback != NULL && !row->kind->read (row, row->fallback, settings, &why))
            g_error ("The default of %s: %s", row->key, why->message);
    }

    for (guint i = 0; i < self->lines->len; i++) {
        const Line *line = &g_array_index (self->lines, Line, i);
        if (line->row == NULL)
            continue;
        g_autoptr (GError) why = NULL;
        g_autofree char *raw = trimmed (self->text, line->value_start, line->end);
        if (!read_value (line->row, raw, settings, &why))
            return refuse (self, line->number, error, "%s: %s", line->row->key, why->message);
    }
    return true;
}

bool
ib_settings_file_has (const IbSettingsFile *self, const char *group, const char *key)
{
    return find_line (self, find_row (self->rows, group, key)) != NULL;
}

guint
ib_settings_file_line (const IbSettingsFile *self, const char *group, const char *key)
{
    const Line *line = find_line (self, find_row (self->rows, group, key));
    if (line != NULL)
        return line->number;
    for (guint i = 0; i < self->lines->len; i++) {
        line = &g_array_index (self->lines, Line, i);
        if (line->group != NULL && strcmp (line->group, group) == 0)
            return line->number;
    }
    return 1;
}

bool
ib_settings_file_refuse (const IbSettingsFile *self, GError **error, const char *group, const char *key,
                         const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    refuse_line (self->path, ib_settings_file_line (self, group, key), error, format, arguments);
    va_end (arguments);
    return false;
}

/* --- editing ---------------------------------------------------------------------------------------------------- */

/* The end of @line with its line end; the text's end if it has none. */
static gsize
end_of_line (const IbSettingsFile *self, const Line *line)
{
    const char *newline = strchr (self->text + line->end, '\n');
    return newline != NULL ? (gsize) (newline - self->text) + 1 : strlen (self->text);
}

/* Behind which line a new @row goes: the last of those that stand before it in the table, else the group's last
 * setting, else the group's own line. A comment stays above what it is about. NULL: there is no such group. */
static const Line *
find_place (const IbSettingsFile *self, const IbSettingRow *row)
{
    const Line *before = NULL, *last = NULL, *head = NULL;
    for (guint i = 0; i < self->lines->len; i++) {
        const Line *line = &g_array_index (self->lines, Line, i);
        if (line->group == NULL || strcmp (line->group, row->group) != 0)
            continue;
        if (head == NULL)
            head = line;
        if (line->row != NULL)
            last = line;
        if (line->row != NULL && line->row < row)
            before = line;
    }
    return before != NULL ? before : last != NULL ? last : head;
}

static void
insert_setting (const IbSettingsFile *self, const IbSettingRow *row, const char *raw, GString *text)
{
    const Line *place = find_place (self, row);
    bool has_crlf = strstr (self->text, "\r\n") != NULL;
    const char *line_end = has_crlf ? "\r\n" : "\n";
    g_autofree char *setting = g_strconcat (row->key, "=", raw, line_end, NULL);

    if (text->len > 0 && text->str[text->len - 1] != '\n')
        g_string_append (text, line_end);
    if (place == NULL) {
        g_string_append_printf (text, "%s[%s]%s%s", text->len > 0 ? line_end : "", row->group, line_end,
                                setting);
        return;
    }
    gsize at = end_of_line (self, place);
    if (at == strlen (self->text))
        g_string_append (text, setting);
    else
        g_string_insert (text, (gssize) at, setting);
}

char *
ib_settings_file_edit (const char *path, const char *text, const IbSettingRow *rows, const char *name,
                       const char *value, GError **error)
{
    const IbSettingRow *row = ib_settings_find_row (rows, name, error);
    if (row == NULL)
        return NULL;
    if (value != NULL && !g_utf8_validate (value, -1, NULL)) {
        g_set_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID,
                     _ ("%s: the value is not UTF-8 text"), row->key);
        return NULL;
    }
    g_autoptr (IbSettingsFile) self = ib_settings_file_parse (path, text, strlen (text), rows, error);
    if (self == NULL)
        return NULL;

    const Line *line = find_line (self, row);
    g_autofree char *raw = value == NULL ? NULL : row->kind->is_list ? encode_list (value) : encode (value);
    GString *edited = g_string_new (text);
    if (line == NULL && raw != NULL) {
        insert_setting (self, row, raw, edited);
    } else if (line != NULL && raw != NULL) {
        g_string_erase (edited, (gssize) line->value_start, (gssize) (line->end - line->value_start));
        g_string_insert (edited, (gssize) line->value_start, raw);
    } else if (line != NULL) {
        g_string_erase (edited, (gssize) line->start, (gssize) (end_of_line (self, line) - line->start));
    }
    return g_string_free (edited, FALSE);
}

/* --- files ------------------------------------------------------------------------------------------------------ */

static bool
fail_file (GError **error, IbSettingsError code, const char *path, const char *doing, const char *why)
{
    g_set_error (error, IB_SETTINGS_ERROR, code, "%s: %s: %s", path, doing, why);
    return false;
}

char *
ib_settings_file_load (const char *path, gsize *out_length, GError **error)
{
    GStatBuf st;
    if (g_stat (path, &st) != 0) {
        fail_file (error, errno == ENOENT ? IB_SETTINGS_ERROR_MISSING : IB_SETTINGS_ERROR_FILE, path,
                   _ ("cannot be read"), g_strerror (errno));
        return NULL;
    }
    if (!S_ISREG (st.st_mode) || st.st_size > LARGEST_FILE) {
        fail_file (error, IB_SETTINGS_ERROR_FILE, path, _ ("cannot be read"),
                   S_ISREG (st.st_mode) ? _ ("it is too large for settings") : _ ("it is not a file"));
        return NULL;
    }
    g_autoptr (GError) why = NULL;
    g_autofree char *text = NULL;
    if (!g_file_get_contents (path, &text, out_length, &why)) {
        g_set_error_literal (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_FILE, why->message);
        return NULL;
    }
    return g_steal_pointer (&text);
}

bool
ib_settings_file_save (const char *path, const char *text, gsize length, GError **error)
{
    g_autofree char *folder = g_path_get_dirname (path);
    if (g_mkdir_with_parents (folder, 0700) != 0)
        return fail_file (error, IB_SETTINGS_ERROR_FILE, folder, _ ("cannot be made"), g_strerror (errno));

    /* Settings that somebody keeps elsewhere stay there; only the link is here. */
    g_autofree char *real = NULL;
    if (g_file_test (path, G_FILE_TEST_IS_SYMLINK)) {
        char *resolved = realpath (path, NULL);
        if (resolved == NULL)
            return fail_file (error, IB_SETTINGS_ERROR_FILE, path, _ ("the link leads nowhere"),
                              g_strerror (errno));
        real = g_strdup (resolved);
        free (resolved);
    }
    g_autoptr (GError) why = NULL;
    if (!g_file_set_contents_full (real != NULL ? real : path, text, (gssize) length,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                   &why)) {
        g_set_error_literal (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_FILE, why->message);
        return false;
    }
    return true;
}
