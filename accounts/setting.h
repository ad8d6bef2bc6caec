/* setting.h - what a settings file may set: one key, the kind of its value, and where that goes
 *
 * A row says where a key stands, where its value goes and which kind of value it is; a kind is how such a value is
 * read and written. In a file a value has escapes (\n, \t, \s for a blank at either end), which are gone where a kind
 * reads it; a list keeps its own, since its separator has one too. */
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

/* A file's scalar without its escapes; NULL with an error for one that cannot be. @takes_lines: as in IbSettingKind. */
char *ib_setting_decode (const char *raw, bool takes_lines, GError **error);
/* A scalar, so that it is read back as it is. Returns: (transfer full) */
char *ib_setting_encode (const char *plain);
/* A list, which comes with its escapes: only what would break its line is still to be hidden. Returns: (transfer full) */
char *ib_setting_encode_list (const char *text);
/* In quotes, and fit to be shown. Returns: (transfer full) */
char *ib_setting_quote (const char *text);
