/* settings-file.c - a settings file (GKeyFile syntax), read and edited by a table of keys */
#include "settings-file.h"
#include "escape.h"
#include "nearest.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

/* Nobody writes a megabyte of settings by hand; a wrong file given as settings is seen at once. */
#define LARGEST_FILE (1024 * 1024)

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

char **
ib_settings_names (const IbSettingRow *rows)
{
    g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
    for (const IbSettingRow *row = rows; row->key != NULL; row++) {
        g_autofree char *name = g_strconcat (row->group, ".", row->key, NULL);
        g_strv_builder_add (names, name);
    }
    return g_strv_builder_end (names);
}

const IbSettingRow *
ib_settings_find_row (const IbSettingRow *rows, const char *name, GError **error)
{
    g_auto (GStrv) parts = g_strsplit (name, ".", 2);
    const IbSettingRow *row = g_strv_length (parts) == 2 ? find_row (rows, parts[0], parts[1]) : NULL;
    if (row != NULL)
        return row;

    g_auto (GStrv) names = ib_settings_names (rows);
    g_autofree char *hint = suggest (name, (const char *const *) names, "\"", "\"");
    g_autofree char *quoted = ib_setting_quote (name);
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
    g_autofree char *quoted = ib_setting_quote (key);
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
    g_autofree char *plain = ib_setting_decode (raw, row->kind->takes_lines, error);
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
    g_autofree char *raw = value == NULL ? NULL : row->kind->is_list ? ib_setting_encode_list (value) : ib_setting_encode (value);
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
