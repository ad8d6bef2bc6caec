/* at-login-unit.c - the service as a unit of the user's systemd */
#include "at-login-private.h"
#include "user-manager.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#define UNIT "inbasketd.service"
#define DROP_IN_FOLDER UNIT ".d"
#define DROP_IN "inbasket.conf"

/* The unit gives the service two minutes to start; and it asks its workers to end when it stops. */
#define PATIENCE_US (150 * G_USEC_PER_SEC)
#define LOOK_EVERY_US (20 * 1000)

/* Where the home may be said to be: what a terminal was told, systemd was perhaps not. */
static const char *const home_variables[]
    = { "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME" };

/* --- the drop-in --------------------------------------------------------------------------------------------- */

/* systemd reads UTF-8, line by line. */
static bool
check_writable_down (const char *path, GError **error)
{
    if (g_utf8_validate (path, -1, NULL) && strpbrk (path, "\r\n") == NULL)
        return true;
    g_autofree char *shown = g_filename_display_name (path);
    g_autofree char *escaped = g_strescape (shown, NULL);
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
                 _ ("systemd cannot be told of “%s”: a name there is valid UTF-8 in a single line"), escaped);
    return false;
}

/* One word of a list: quoted, with what is special between the quotes made plain. @special: what is doubled besides `%`, which
 * would begin a specifier everywhere. */
static void
append_word (GString *line, const char *prefix, const char *word, char special)
{
    g_string_append_printf (line, " \"%s", prefix);
    for (const char *c = word; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_c (line, '\\');
        if (*c == '%' || (special != '\0' && *c == special))
            g_string_append_c (line, *c);
        g_string_append_c (line, *c);
    }
    g_string_append_c (line, '"');
}

static void
append_home (GString *text)
{
    for (gsize i = 0; i < G_N_ELEMENTS (home_variables); i++) {
        const char *value = g_getenv (home_variables[i]);
        if (value == NULL || *value == '\0')
            continue;
        g_autofree char *setting = g_strdup_printf ("%s=%s", home_variables[i], value);
        g_autoptr (GString) line = g_string_new ("Environment=");
        append_word (line, "", setting, '\0');
        g_string_append_printf (text, "%s\n", line->str);
    }
}

char *
ib_at_login_drop_in (const IbPaths *paths, const char *const *folders, GError **error)
{
    g_autoptr (GPtrArray) all = ib_at_login_folders (paths, folders);
    g_autoptr (GString) writes = g_string_new ("ReadWritePaths=");
    g_autoptr (GString) makes = g_string_new ("ExecStartPre=+mkdir -p --");
    for (guint i = 0; i < all->len; i++) {
        if (!check_writable_down (all->pdata[i], error))
            return NULL;
        append_word (writes, "-", all->pdata[i], '\0');
        append_word (makes, "", all->pdata[i], '$');
    }

    GString *text
        = g_string_new ("# Written by “inbasket service enable”, which overwrites it.\n[Service]\n");
    append_home (text);
    g_string_append_printf (text, "ExecStartPre=\n%s\n", makes->str);
    g_string_append_printf (text, "ReadWritePaths=\n%s\nReadWritePaths=-%%t/dconf\n", writes->str);
    return g_string_free (text, FALSE);
}

/* The folder for the user's own units, as systemd has it. Returns: (transfer full) */
static char *
units_folder (GDBusConnection *manager)
{
    g_autoptr (GVariant) folders = ib_user_manager_get (
        manager, IB_USER_MANAGER_PATH, IB_USER_MANAGER_INTERFACE, "UnitPath", G_VARIANT_TYPE_STRING_ARRAY);
    const char *folder;
    GVariantIter iter;
    if (folders != NULL) {
        g_variant_iter_init (&iter, folders);
        while (g_variant_iter_next (&iter, "&s", &folder))
            if (g_str_has_suffix (folder, "/systemd/user"))
                return g_strdup (folder);
    }
    return g_build_filename (g_get_user_config_dir (), "systemd", "user", NULL);
}

static char *
drop_in_path (GDBusConnection *manager)
{
    g_autofree char *units = units_folder (manager);
    return g_build_filename (units, DROP_IN_FOLDER, DROP_IN, NULL);
}

/* *out_is_new: it was not there, or said something else. */
static bool
write_drop_in (GDBusConnection *manager, const char *text, bool *out_is_new, GError **error)
{
    g_autofree char *path = drop_in_path (manager);
    g_autofree char *folder = g_path_get_dirname (path);
    g_autofree char *before = NULL;
    if (g_mkdir_with_parents (folder, 0700) != 0) {
        g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (errno), _ ("%s cannot be made: %s"),
                     folder, g_strerror (errno));
        return false;
    }
    (void) g_file_get_contents (path, &before, NULL, NULL); /* it may not be there */
    *out_is_new = g_strcmp0 (before, text) != 0;
    return !*out_is_new
           || g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
}

static void
remove_drop_in (GDBusConnection *manager)
{
    g_autofree char *path = drop_in_path (manager);
    g_autofree char *folder = g_path_get_dirname (path);
    (void) g_unlink (path);
    (void) g_rmdir (folder); /* the user may have more there */
}

/* --- looking ------------------------------------------------------------------------------------------------- */

static GVariant *
unit_property (GDBusConnection *manager, const char *interface, const char *property,
               const GVariantType *type)
{
    g_autofree char *path = ib_user_manager_unit_path (UNIT);
    return ib_user_manager_get (manager, path, interface, property, type);
}

/* "enabled", "disabled" …; NULL: there is no such unit. Returns: (transfer full) (nullable) */
static char *
file_state (GDBusConnection *manager)
{
    g_autoptr (GVariant) answer = ib_user_manager_call (
        manager, "GetUnitFileState", g_variant_new ("(s)", UNIT), NULL, G_VARIANT_TYPE ("(s)"), NULL);
    char *state = NULL;
    if (answer != NULL)
        g_variant_get (answer, "(s)", &state);
    return state;
}

GDBusConnection *
ib_at_login_unit_find (void)
{
    g_autoptr (GDBusConnection) manager = ib_user_manager_connect (NULL);
    g_autofree char *state = manager != NULL ? file_state (manager) : NULL;
    return state != NULL ? g_steal_pointer (&manager) : NULL;
}

/* "active", "activating", "deactivating", "inactive", "failed" … Returns: (transfer full) */
static char *
active_state (GDBusConnection *manager)
{
    g_autoptr (GVariant) loaded = ib_user_manager_call (manager, "LoadUnit", g_variant_new ("(s)", UNIT),
                                                        NULL, G_VARIANT_TYPE ("(o)"), NULL);
    g_autoptr (GVariant) state
        = unit_property (manager, IB_USER_MANAGER_UNIT, "ActiveState", G_VARIANT_TYPE_STRING);
    return state != NULL ? g_variant_dup_string (state, NULL) : g_strdup ("inactive");
}

/* The unit as it is installed names these. */
static bool
is_usual (const IbPaths *paths, const char *const *folders)
{
    return folders[0] == NULL || (strcmp (folders[0], paths->default_maildir) == 0 && folders[1] == NULL);
}

void
ib_at_login_unit_look (GDBusConnection *manager, const IbPaths *paths, const char *const *folders,
                       IbAtLogin *out_now)
{
    g_autofree char *file = file_state (manager);
    g_autofree char *state = active_state (manager);
    g_autoptr (GVariant) pid
        = unit_property (manager, IB_USER_MANAGER_SERVICE, "MainPID", G_VARIANT_TYPE_UINT32);
    g_autoptr (GVariant) since
        = unit_property (manager, IB_USER_MANAGER_UNIT, "ActiveEnterTimestamp", G_VARIANT_TYPE_UINT64);
    g_autofree char *wanted = ib_at_login_drop_in (paths, folders, NULL);
    g_autofree char *written = NULL;

    out_now->file = drop_in_path (manager);
    (void) g_file_get_contents (out_now->file, &written, NULL, NULL); /* it may not be there */
    out_now->is_enabled = file != NULL && g_str_has_prefix (file, "enabled");
    bool is_as_wanted = written != NULL ? g_strcmp0 (wanted, written) == 0 : is_usual (paths, folders);
    out_now->is_outdated = out_now->is_enabled && !is_as_wanted;
    out_now->is_running = strcmp (state, "active") == 0 || strcmp (state, "reloading") == 0;
    if (out_now->is_running) {
        out_now->pid = pid != NULL ? g_variant_get_uint32 (pid) : 0;
        out_now->since = since != NULL ? (gint64) g_variant_get_uint64 (since) : 0;
    }
}

/* --- enabling ------------------------------------------------------------------------------------------------ */

/* Until the unit is neither about to start nor about to stop. Returns: (transfer full) */
static char *
wait_for_rest (GDBusConnection *manager)
{
    gint64 until = g_get_monotonic_time () + PATIENCE_US;
    for (;;) {
        g_autoptr (GVariant) job
            = unit_property (manager, IB_USER_MANAGER_UNIT, "Job", G_VARIANT_TYPE ("(uo)"));
        g_autofree char *state = active_state (manager);
        guint32 number = 0;
        if (job != NULL)
            g_variant_get (job, "(uo)", &number, NULL);
        if ((number == 0 && !g_str_has_suffix (state, "activating")) || g_get_monotonic_time () > until)
            return g_steal_pointer (&state);
        g_usleep (LOOK_EVERY_US);
    }
}

static bool
call (GDBusConnection *manager, const char *method, GVariant *parameters, const char *reply, GError **error)
{
    g_autoptr (GVariant) answer
        = ib_user_manager_call (manager, method, parameters, NULL, G_VARIANT_TYPE (reply), error);
    return answer != NULL;
}

/* The exit status by which the service says that the home is another's. */
#define STATUS_BUSY 5

static bool
report_no_start (GDBusConnection *manager, GError **error)
{
    g_autoptr (GVariant) status
        = unit_property (manager, IB_USER_MANAGER_SERVICE, "ExecMainStatus", G_VARIANT_TYPE_INT32);
    if (status != NULL && g_variant_get_int32 (status) == STATUS_BUSY)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                             _ ("The service is enabled, but another Inbasket works on this home now; it "
                                "is started by the next login, or by this command once that one has ended"));
    else
        g_set_error_literal (
            error, G_IO_ERROR, G_IO_ERROR_FAILED,
            _ ("The service is enabled, but does not start: “journalctl --user -u inbasketd” says why"));
    return false;
}

static bool
start (GDBusConnection *manager, bool is_new, GError **error)
{
    /* After failures in a row systemd would start it no more. */
    (void) call (manager, "ResetFailedUnit", g_variant_new ("(s)", UNIT), "()", NULL);
    const char *method = is_new ? "RestartUnit" : "StartUnit";
    if (!call (manager, method, g_variant_new ("(ss)", UNIT, "replace"), "(o)", error))
        return false;
    g_autofree char *state = wait_for_rest (manager);
    return strcmp (state, "active") == 0 || report_no_start (manager, error);
}

bool
ib_at_login_unit_enable (GDBusConnection *manager, const IbPaths *paths, const char *const *folders,
                         GError **error)
{
    const char *const units[] = { UNIT, NULL };
    bool is_new;
    g_autofree char *text = ib_at_login_drop_in (paths, folders, error);
    if (text == NULL || !write_drop_in (manager, text, &is_new, error)
        || !call (manager, "EnableUnitFiles", g_variant_new ("(^asbb)", units, FALSE, FALSE), "(ba(sss))",
                  error)
        || !call (manager, "Reload", NULL, "()", error))
        return false;

    /* A service that was started by hand, or by a desktop, has the home. */
    IbAtLogin other = { 0 };
    g_autofree char *state = active_state (manager);
    if (strcmp (state, "active") != 0)
        ib_at_login_process_look (paths, &other);
    if (other.is_running && !ib_at_login_process_stop (paths, error))
        return false;
    return start (manager, is_new, error);
}

bool
ib_at_login_unit_disable (GDBusConnection *manager, GError **error)
{
    const char *const units[] = { UNIT, NULL };
    g_autofree char *before = active_state (manager);
    bool is_to_stop = strcmp (before, "inactive") != 0 && strcmp (before, "failed") != 0;
    if (!call (manager, "DisableUnitFiles", g_variant_new ("(^asb)", units, FALSE), "(a(sss))", error))
        return false;
    remove_drop_in (manager);
    if (!call (manager, "Reload", NULL, "()", error)
        || (is_to_stop && !call (manager, "StopUnit", g_variant_new ("(ss)", UNIT, "replace"), "(o)", error)))
        return false;
    g_autofree char *state = wait_for_rest (manager);
    return true;
}
