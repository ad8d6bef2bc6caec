/* settings-file.h - a settings file (GKeyFile syntax), read and edited by a table of keys
 *
 *     text ─parse─▶ lines: [group], key=value, # comment ─read─▶ the fields of a struct, as the table says
 *                     └────────────────────────────────edit─▶ text with some keys changed, all else as it was
 *
 * A row says where a key stands, where its value goes and which kind of value it is; a kind is how such a value is
 * read and written. Every error is one line that a person can act on; about a file's text it begins "FILE:LINE: ".
 * Stricter than GKeyFile: unknown groups and keys, and keys set twice, are errors; blanks at a value's end are
 * not part of it. A scalar's empty value is its default; a list's is the empty list. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef enum {
    IB_SETTINGS_ERROR_INVALID,  /* the text must be mended by whoever wrote it */
    IB_SETTINGS_ERROR_MISSING,  /* there is no such file */
    IB_SETTINGS_ERROR_FILE,     /* the file cannot be read or written */
} IbSettingsError;
#define IB_SETTINGS_ERROR (ib_settings_error_quark ())
GQuark ib_settings_error_quark (void);

typedef struct _IbSettingRow IbSettingRow;

typedef struct {
    /* Puts @text into @settings, freeing what stood there. An error says what is expected; file and key are put in
     * front by the caller. */
    bool (*read) (const IbSettingRow *row, const char *text, gpointer settings, GError **error);
    /* The text that reads back as the same; "" if nothing is set. Returns: (transfer full) */
    char *(*write) (const IbSettingRow *row, gconstpointer settings);
    bool is_list;               /* text: elements with ";" between, "\;" and "\\" within them */
    bool takes_lines;           /* the text may have line ends in it, as a command's words may */
} IbSettingKind;

struct _IbSettingRow {
    const char *group, *key;
    const IbSettingKind *kind;
    gsize offset;               /* of the field in the struct */
    const char *fallback;       /* the default as text; NULL: the field stays as it was */
    const char *const *words;   /* for ib_setting_word: what 0, 1, 2 ... are called */
};

extern const IbSettingKind ib_setting_text;      /* char *, never NULL */
extern const IbSettingKind ib_setting_list;      /* char **; empty elements are left out */
extern const IbSettingKind ib_setting_bool;      /* bool */
extern const IbSettingKind ib_setting_word;      /* an enum */
extern const IbSettingKind ib_setting_duration;  /* gint64, seconds, at least one */
extern const IbSettingKind ib_setting_size;      /* guint64, bytes; "" is 0 */
extern const IbSettingKind ib_setting_path;      /* char *, absolute, "~" expanded; "" is "" */
extern const IbSettingKind ib_setting_command;   /* char *, what g_shell_parse_argv () can split; "" is "" */
extern const IbSettingKind ib_setting_scripts;   /* char **, names of filter files */

/* For kinds of other files. @expected: a phrase, "a port from 1 to 65535". Returns false. */
bool ib_setting_refuse (GError **error, const char *text, const char *expected);
/* Absolute, "~" and "~/…" expanded; NULL if it is neither. Returns: (transfer full) (nullable) */
char *ib_setting_expand_path (const char *text);
/* Why @name cannot be a filter's name ("junk.sieve"), or NULL. Returns: (transfer full) (nullable) */
char *ib_setting_why_no_script (const char *name);

typedef struct _IbSettingsFile IbSettingsFile;

/* Reads the file at @path. Returns: (transfer full) (nullable) */
char *ib_settings_file_load (const char *path, gsize *out_length, GError **error);
/* Replaces the file at @path (or what a symbolic link there leads to) atomically and durably, mode 0600; makes its
 * folder, mode 0700. */
bool ib_settings_file_save (const char *path, const char *text, gsize length, GError **error);

/* Checks all but the values. @path is only named in errors; NULL: they begin with the key instead, for text that stands
 * in no file yet. @rows ends with a row without key and outlives the file. */
IbSettingsFile *ib_settings_file_parse (const char *path, const char *text, gsize length, const IbSettingRow *rows,
                                        GError **error);
/* Fills @settings: defaults first, then the file's values. */
bool ib_settings_file_read (const IbSettingsFile *self, gpointer settings, GError **error);
/* Whether the file sets the key. */
bool ib_settings_file_has (const IbSettingsFile *self, const char *group, const char *key);
/* The line that sets the key; where none does, its group's, or 1. */
guint ib_settings_file_line (const IbSettingsFile *self, const char *group, const char *key);
/* Sets an error about that line. Returns false. */
bool ib_settings_file_refuse (const IbSettingsFile *self, GError **error, const char *group, const char *key,
                              const char *format, ...) G_GNUC_PRINTF (5, 6);
void ib_settings_file_free (IbSettingsFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbSettingsFile, ib_settings_file_free)

/* The text with @name ("group.key") set to @value, or without it if @value is NULL. @value is plain: the file's escapes
 * are put in. It is not checked: parse and read the result. Returns: (transfer full) (nullable) */
char *ib_settings_file_edit (const char *path, const char *text, const IbSettingRow *rows, const char *name,
                             const char *value, GError **error);
/* "group.key"; NULL with an error that names the nearest. */
const IbSettingRow *ib_settings_find_row (const IbSettingRow *rows, const char *name, GError **error);
