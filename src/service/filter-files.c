/* filter-files.c - the user's own filters, as programs may change them */
#include "filter-files.h"
#include "fs.h"
#include "inclusion.h"
#include "mail-limits.h"
#include "settings-file.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

/* Bytes: a file system's limit, less what writing atomically puts before and behind. */
#define LONGEST_NAME 200
#define LONGEST_ABOUT 200
#define MOST_ACTIVE 100

G_DEFINE_QUARK (ib-filter-files-error-quark, ib_filter_files_error)

static bool refuse (GError **error, IbFilterFilesError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* Returns false. */
static bool
refuse (GError **error, IbFilterFilesError code, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *words = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    g_set_error_literal (error, IB_FILTER_FILES_ERROR, code, words);
    return false;
}

static bool
is_name (const char *name, GError **error)
{
    g_autofree char *why = ib_setting_why_no_script (name);
    if (why != NULL)
        return refuse (error, IB_FILTER_FILES_ERROR_WRONG, "%s", why);
    if (strlen (name) > LONGEST_NAME || !g_utf8_validate (name, -1, NULL))
        return refuse (error, IB_FILTER_FILES_ERROR_WRONG, "%s",
                       _ ("That is too long for the name of a filter, or no UTF-8"));
    return true;
}

/* --- what it does ------------------------------------------------------------------------------------------------- */

/* Behind "junk.sieve - ", or "junk: ". */
static const char *
behind_name (const char *name, const char *line)
{
    gsize length = strlen (name) - strlen (".sieve");
    if (g_ascii_strncasecmp (line, name, length) != 0)
        return line;
    const char *rest = line + length;
    if (g_str_has_prefix (rest, ".sieve"))
        rest += strlen (".sieve");
    rest += strspn (rest, " \t");
    gsize mark = g_str_has_prefix (rest, "—") || g_str_has_prefix (rest, "–") ? strlen ("—")
                 : *rest == '-' || *rest == ':'                               ? 1
                                                                              : 0;
    return mark > 0 ? rest + mark : line;
}

/* Of the first comment, the first line with words; NULL: there is none. @at: where the text begins to be more than blanks. */
static char *
first_words (const char *at, const char *end)
{
    bool is_block = g_str_has_prefix (at, "/*"), is_over = false;
    for (at += is_block ? 2 : 0; at < end && !is_over; at++) {
        const char *stop = memchr (at, '\n', (gsize) (end - at));
        g_autofree char *line = g_strndup (at, (gsize) ((stop != NULL ? stop : end) - at));
        char *close = is_block ? strstr (line, "*/") : NULL;
        is_over = close != NULL;
        if (is_over)
            *close = '\0';
        g_strstrip (line);
        if (!is_block && *line != '#')
            return NULL;
        char *words = g_strstrip (line + strspn (line, is_block ? "*" : "#"));
        if (*words != '\0')
            return g_utf8_make_valid (words, -1);
        at = stop != NULL ? stop : end;
    }
    return NULL;
}

char *
ib_filter_files_about (const char *name, const char *text, gsize length)
{
    const char *at = text;
    while (at < text + length && g_ascii_isspace (*at))
        at++;
    if (!g_str_has_prefix (at, "#") && !g_str_has_prefix (at, "/*"))
        return NULL;
    g_autofree char *line = first_words (at, text + length);
    g_autofree char *about = line != NULL ? g_strstrip (g_strdup (behind_name (name, line))) : NULL;
    if (about == NULL || *about == '\0')
        return NULL;
    return g_utf8_substring (about, 0, MIN (g_utf8_strlen (about, -1), LONGEST_ABOUT));
}

/* --- what stands ---------------------------------------------------------------------------------------------------- */

/* The script @name as it would be with @draft (NULL: as it is). */
static IbScriptText *
load_as (const IbPaths *paths, const char *name, const IbScriptText *draft, GError **error)
{
    gsize length = 0;
    g_autofree char *text = NULL;
    bool is_draft = draft != NULL && strcmp (draft->name, name) == 0;
    if (is_draft && draft->text != NULL) {
        const char *bytes = ib_script_text_bytes (draft, &length);
        return ib_script_text_new (name, bytes, length);
    }
    if (is_draft) {
        g_autofree char *shipped = g_build_filename (ib_paths_shipped_filters (), name, NULL);
        if (!g_file_get_contents (shipped, &text, &length, NULL))
            (void) refuse (error, IB_FILTER_FILES_ERROR_WRONG, "%s",
                           _ ("there is no shipped one of that name"));
    } else {
        text = ib_config_read_script (paths, name, NULL, &length, error);
    }
    return text != NULL ? ib_script_text_new (name, text, length) : NULL;
}

/* Returns: (nullable) */
static IbProgram *
compile (const IbPaths *paths, const IbScriptText *script, const IbScriptText *draft, GError **error)
{
    g_autoptr (IbInclusions) inclusions = ib_inclusions_new (paths->filters);
    const IbSieveOptions options = { .source = ib_inclusions_source, .source_data = inclusions };
    gsize length = 0;
    const char *text = ib_script_text_bytes (script, &length);
    ib_inclusions_suppose (inclusions, draft);
    return ib_sieve_compile (script->name, text, length, &options, NULL, error);
}

/* Whether filter @name may be active: it compiles, and what it does may be done without being asked. */
static bool
stands (const IbPaths *paths, const char *name, const IbScriptText *draft, GError **error)
{
    g_autoptr (IbScriptText) script = load_as (paths, name, draft, error);
    g_autoptr (IbProgram) program = script != NULL ? compile (paths, script, draft, error) : NULL;
    g_autofree char *why = program != NULL ? ib_program_why_not_activatable (program) : NULL;
    if (why != NULL)
        return refuse (error, IB_FILTER_FILES_ERROR_WRONG, _ ("%s may only be run dry: %s"), name, why);
    return program != NULL;
}

/* Names, each once: the common list's, and those of the accounts' own. */
static GPtrArray *
list_active (const IbConfig *config)
{
    g_autoptr (GPtrArray) lists = g_ptr_array_new ();
    GPtrArray *names = g_ptr_array_new ();
    g_ptr_array_add (lists, config->scripts);
    for (guint i = 0; i < config->accounts->len; i++)
        g_ptr_array_add (lists, ((IbAccount *) config->accounts->pdata[i])->scripts);
    for (guint i = 0; i < lists->len; i++)
        for (char **name = lists->pdata[i]; name != NULL && *name != NULL; name++)
            if (!g_ptr_array_find_with_equal_func (names, *name, g_str_equal, NULL))
                g_ptr_array_add (names, *name);
    return names;
}

/* Whether all active filters that stand now would stand with @draft. */
static bool
keeps_standing (const IbPaths *paths, const IbConfig *config, const IbScriptText *draft, GError **error)
{
    g_autoptr (GPtrArray) active = list_active (config);
    for (guint i = 0; i < active->len; i++) {
        const char *name = active->pdata[i];
        bool is_itself = strcmp (name, draft->name) == 0;
        g_autoptr (GError) why = NULL;
        /* One that is written must be right; another may have been wrong before. */
        if (stands (paths, name, draft, &why) || (!is_itself && !stands (paths, name, NULL, NULL)))
            continue;
        return refuse (error, IB_FILTER_FILES_ERROR_ACTIVE,
                       is_itself ? _ ("%s is active, and could not be any more: %s")
                                 : _ ("%s, which is active, would be wrong then: %s"),
                       name, why->message);
    }
    return true;
}

static bool
fail (GError **error, GError *why)
{
    (void) refuse (error, IB_FILTER_FILES_ERROR_FILE, "%s", why->message);
    g_error_free (why);
    return false;
}

/* --- reading, writing, removing ------------------------------------------------------------------------------------- */

char *
ib_filter_files_read (const IbPaths *paths, const char *name, GError **error)
{
    gsize length = 0;
    g_autofree char *path = NULL;
    g_autofree char *text
        = is_name (name, error) ? ib_config_read_script (paths, name, &path, &length, error) : NULL;
    if (text == NULL)
        return NULL;
    if (g_utf8_validate_len (text, length, NULL))
        return g_steal_pointer (&text);
    (void) refuse (error, IB_FILTER_FILES_ERROR_WRONG,
                   _ ("%s is not in UTF-8: change it with an editor that can"), path);
    return NULL;
}

/* Whether filter @name is as whoever changes it has @seen it. What cannot be read was not seen. */
static bool
is_as_seen (const IbPaths *paths, const char *name, const char *seen, GError **error)
{
    gsize length = 0;
    g_autofree char *path = ib_config_find_script (paths, name, NULL);
    g_autofree char *text = path != NULL ? ib_config_read_script (paths, name, NULL, &length, NULL) : NULL;
    g_autofree char *mark
        = text != NULL ? g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *) text, length) : NULL;
    if (seen == NULL || (path == NULL && *seen == '\0') || (mark != NULL && strcmp (mark, seen) == 0))
        return true;
    return refuse (error, IB_FILTER_FILES_ERROR_CHANGED,
                   path != NULL ? _ ("%s was changed elsewhere meanwhile: look at it again first")
                                : _ ("%s was removed elsewhere meanwhile: look for it again first"),
                   name);
}

bool
ib_filter_files_write (const IbPaths *paths, const char *name, const char *text, gsize length,
                       const char *seen, GError **error)
{
    GError *why = NULL;
    if (!is_name (name, error))
        return false;
    if (length > IB_LIMIT_SCRIPT_BYTES)
        return refuse (error, IB_FILTER_FILES_ERROR_WRONG, _ ("%s: that is too large for a filter"), name);
    if (!g_utf8_validate_len (text, length, NULL))
        return refuse (error, IB_FILTER_FILES_ERROR_WRONG, _ ("%s: a filter is UTF-8"), name);
    g_autoptr (IbConfig) config = ib_config_load_to_mend (paths, error);
    if (config == NULL)
        return false;

    g_autoptr (IbScriptText) draft = ib_script_text_new (name, text, length);
    g_autoptr (IbProgram) program = compile (paths, draft, draft, error);
    if (program == NULL || !keeps_standing (paths, config, draft, error)
        || !is_as_seen (paths, name, seen, error))
        return false;
    g_autofree char *path = g_build_filename (paths->filters, name, NULL);
    if (!ib_settings_file_save (path, text, length, &why))
        return fail (error, why);
    return true;
}

bool
ib_filter_files_remove (const IbPaths *paths, const char *name, const char *seen, GError **error)
{
    GError *why = NULL;
    if (!is_name (name, error))
        return false;
    g_autoptr (IbConfig) config = ib_config_load_to_mend (paths, error);
    if (config == NULL || !is_as_seen (paths, name, seen, error))
        return false;
    g_autofree char *path = g_build_filename (paths->filters, name, NULL);
    if (!g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        return refuse (error, IB_FILTER_FILES_ERROR_WRONG, _ ("There is no filter %s of your own"), name);

    g_autoptr (IbScriptText) nothing = ib_script_text_new (name, NULL, 0);
    if (!keeps_standing (paths, config, nothing, error))
        return false;
    if (g_unlink (path) != 0)
        return refuse (error, IB_FILTER_FILES_ERROR_FILE, "%s: %s", path, g_strerror (errno));
    if (!ib_fs_sync_folder (paths->filters, &why))
        return fail (error, why);
    return true;
}

/* --- the list ------------------------------------------------------------------------------------------------------- */

bool
ib_filter_files_may_be_active (const IbPaths *paths, const char *const *names, GError **error)
{
    g_autoptr (IbConfig) config = ib_config_load_to_mend (paths, error);
    if (config == NULL)
        return false;
    if (g_strv_length ((char **) names) > MOST_ACTIVE)
        return refuse (error, IB_FILTER_FILES_ERROR_WRONG, _ ("At most %d filters can be active"),
                       MOST_ACTIVE);
    g_autoptr (GPtrArray) active = list_active (config);
    for (; *names != NULL; names++) {
        if (g_strv_contains (names + 1, *names))
            return refuse (error, IB_FILTER_FILES_ERROR_WRONG, _ ("%s is named twice"), *names);
        if (!is_name (*names, error)
            || (!g_ptr_array_find_with_equal_func (active, *names, g_str_equal, NULL)
                && !stands (paths, *names, NULL, error)))
            return false;
    }
    return true;
}

bool
ib_filter_files_activate (const IbPaths *paths, const char *const *names, GError **error)
{
    if (!ib_filter_files_may_be_active (paths, names, error))
        return false;
    g_autofree char *list = g_strjoinv (";", (char **) names); /* a name has neither ";" nor "\" */
    return ib_config_set (paths, "filter.scripts", list, error);
}

/* --- tests ---------------------------------------------------------------------------------------------------------- */

char *
ib_filter_files_test (const IbPaths *paths, const char *name)
{
    g_autofree char *path = ib_config_find_script (paths, name, NULL);
    if (path == NULL)
        return NULL;
    g_autofree char *test = g_strdup_printf ("%.*s.svtest", (int) (strlen (path) - strlen (".sieve")), path);
    return g_file_test (test, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&test) : NULL;
}
