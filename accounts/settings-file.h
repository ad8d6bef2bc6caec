/* settings-file.h - a settings file (GKeyFile syntax), read and edited by a table of keys
 *
 *     text ─parse─▶ lines: [group], key=value, # comment ─read─▶ the fields of a struct, as the table says
 *                     └────────────────────────────────edit─▶ text with some keys changed, all else as it was
 *
 * A row of the table says where a key stands, where its value goes and which kind of value it is (setting.h). Every
 * error is one line that a person can act on; about a file's text it begins "FILE:LINE: ". Stricter than GKeyFile:
 * unknown groups and keys, and keys set twice, are errors; blanks at a value's end are not part of it. A scalar's empty value is its default; a list's is the empty list. */
#pragma once

#include "setting.h"

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
/* "group.key" of each row, in their order. Returns: (transfer full) */
char **ib_settings_names (const IbSettingRow *rows);
/* "group.key"; NULL with an error that names the nearest. */
const IbSettingRow *ib_settings_find_row (const IbSettingRow *rows, const char *name, GError **error);
