/* launch.c - where the user's own commands run */
#include "launch.h"
#include "units.h"
#include "user-manager.h"

#include <glib/gi18n-lib.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* We stop a command at its limit; the manager does later, in case that we are no more. */
#define BEYOND_THE_LIMIT_US (30 * G_USEC_PER_SEC)

/* What is told of a command whose end nobody could see. */
#define STATUS_UNKNOWN 255

typedef struct {
    GDBusConnection *manager;
    char *unit;
    guint subscription;
    gulong closed;
    gint32 code, status; /* of the main process: what kind of end, and what it came to */
    IbRunEnded ended;    /* NULL: has been told */
    gpointer user_data;
} Unit;

bool
ib_launch_is_unit (void)
{
    const char *pid = g_getenv ("SYSTEMD_EXEC_PID");
    guint64 number;
    return pid != NULL && ib_units_parse_number (pid, 1, G_MAXINT, &number) && (pid_t) number == getpid ();
}

void
ib_launch_set_up (void)
{
    ib_run_command_by (ib_launch_is_unit () ? &ib_launch_as_unit : &ib_run_directly);
}

/* --- its end ------------------------------------------------------------------------------------------------- */

static void
tell_end (Unit *self, bool was_signalled, int status)
{
    IbRunEnded ended = self->ended;
    self->ended = NULL;
    if (ended != NULL)
        ended (was_signalled, status, self->user_data);
}

/* Inactive or failed, and nothing is to be done about it: a unit is inactive before its start, too. */
static bool
is_over (GVariant *changed)
{
    const char *state = NULL, *job_path;
    guint32 job = 0;
    if (!g_variant_lookup (changed, "ActiveState", "&s", &state)
        || (strcmp (state, "inactive") != 0 && strcmp (state, "failed") != 0))
        return false;
    return !g_variant_lookup (changed, "Job", "(u&o)", &job, &job_path) || job == 0;
}

/* The manager tells of the service first, then of the unit as such; and each time all that may change. */
static void
on_changed (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
            const char *signal, GVariant *parameters, gpointer user_data)
{
    Unit *self = user_data;
    if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
        return;
    const char *whose;
    g_autoptr (GVariant) changed = NULL;
    g_variant_get (parameters, "(&s@a{sv}as)", &whose, &changed, NULL);
    if (strcmp (whose, IB_USER_MANAGER_SERVICE) == 0) {
        (void) g_variant_lookup (changed, "ExecMainCode", "i", &self->code); /* else as before */
        (void) g_variant_lookup (changed, "ExecMainStatus", "i", &self->status);
    } else if (strcmp (whose, IB_USER_MANAGER_UNIT) == 0 && is_over (changed)) {
        /* No code: it was never run. */
        tell_end (self, self->code != 0 && self->code != CLD_EXITED,
                  self->code != 0 ? self->status : STATUS_UNKNOWN);
    }
}

/* The manager is gone, and will not tell. */
static void
on_closed (GDBusConnection *connection, gboolean by_peer, GError *error, gpointer user_data)
{
    tell_end (user_data, false, STATUS_UNKNOWN);
}

static void
follow (Unit *self)
{
    g_autofree char *path = ib_user_manager_unit_path (self->unit);
    self->subscription = g_dbus_connection_signal_subscribe (
        self->manager, ib_user_manager_name (self->manager), "org.freedesktop.DBus.Properties",
        "PropertiesChanged", path, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_changed, self, NULL);
    self->closed = g_signal_connect (self->manager, "closed", G_CALLBACK (on_closed), self);
}

/* --- its start ----------------------------------------------------------------------------------------------- */

static void
add (GVariantBuilder *properties, const char *name, GVariant *value)
{
    g_variant_builder_add (properties, "(sv)", name, value);
}

GVariant *
ib_launch_exec_start (const char *program, const char *const *argv)
{
    GVariantBuilder commands;
    g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
    for (const char *const *word = argv; *word != NULL; word++) {
        g_autoptr (GString) plain = g_string_new (*word);
        g_string_replace (plain, "$", "$$", 0);
        g_strv_builder_add (words, plain->str);
    }
    g_auto (GStrv) escaped = g_strv_builder_end (words);
    g_variant_builder_init (&commands, G_VARIANT_TYPE ("a(sasb)"));
    g_variant_builder_add (&commands, "(s^asb)", program, escaped, FALSE);
    return g_variant_builder_end (&commands);
}

/* @out, @err: places in the list of descriptors; -1: none. KillMode: what it leaves behind on purpose (gpg its agent) stays. */
static GVariant *
properties_of (const char *program, const char *const *argv, int out, int err, guint limit_ms)
{
    GVariantBuilder properties;
    g_autofree char *name = g_path_get_basename (argv[0]);
    g_autofree char *description = g_strdup_printf (_ ("Inbasket runs %s"), name);
    g_autofree char *valid = g_utf8_make_valid (description, -1);

    g_variant_builder_init (&properties, G_VARIANT_TYPE ("a(sv)"));
    add (&properties, "Description", g_variant_new_string (valid));
    add (&properties, "CollectMode", g_variant_new_string ("inactive-or-failed"));
    add (&properties, "Slice", g_variant_new_string ("background.slice"));
    add (&properties, "Type", g_variant_new_string ("exec"));
    add (&properties, "KillMode", g_variant_new_string ("process"));
    add (&properties, "UMask", g_variant_new_uint32 (0077));
    add (&properties, "RuntimeMaxUSec",
         g_variant_new_uint64 ((guint64) limit_ms * 1000 + BEYOND_THE_LIMIT_US));
    add (&properties, "StandardInput", g_variant_new_string ("null"));
    if (out >= 0)
        add (&properties, "StandardOutputFileDescriptor", g_variant_new_handle (out));
    else
        add (&properties, "StandardOutput", g_variant_new_string ("null"));
    add (&properties, "StandardErrorFileDescriptor", g_variant_new_handle (err));
    add (&properties, "ExecStart", ib_launch_exec_start (program, argv));
    return g_variant_builder_end (&properties);
}

static bool
ask_for_start (Unit *self, const char *program, const char *const *argv, int out, int err, guint limit_ms,
               GError **error)
{
    g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
    int out_at = out >= 0 ? g_unix_fd_list_append (fds, out, error) : -1;
    int err_at = out < 0 || out_at >= 0 ? g_unix_fd_list_append (fds, err, error) : -1;
    if (err_at < 0)
        return false;

    /* Of units that nobody has subscribed to, it tells nothing. */
    g_autoptr (GVariant) subscribed
        = ib_user_manager_call (self->manager, "Subscribe", NULL, NULL, G_VARIANT_TYPE_UNIT, error);
    if (subscribed == NULL)
        return false;
    g_autoptr (GVariant) job
        = ib_user_manager_call (self->manager, "StartTransientUnit",
                                g_variant_new ("(ss@a(sv)@a(sa(sv)))", self->unit, "fail",
                                               properties_of (program, argv, out_at, err_at, limit_ms),
                                               g_variant_new_array (G_VARIANT_TYPE ("(sa(sv))"), NULL, 0)),
                                fds, G_VARIANT_TYPE ("(o)"), error);
    return job != NULL;
}

static void
unit_free (Unit *self)
{
    if (self->subscription != 0)
        g_dbus_connection_signal_unsubscribe (self->manager, self->subscription);
    g_clear_signal_handler (&self->closed, self->manager);
    g_clear_object (&self->manager);
    g_free (self->unit);
    g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Unit, unit_free)

/* Where the manager finds @name: a search in a path is not what it does. */
static char *
find_program (const char *name, GError **error)
{
    g_autofree char *found = g_find_program_in_path (name);
    if (found == NULL) {
        g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT, _ ("There is no program “%s”"), name);
        return NULL;
    }
    return g_canonicalize_filename (found, NULL);
}

static gpointer
unit_start (const char *const *argv, int out, int err, guint limit_ms, IbRunEnded ended, gpointer user_data,
            GError **error)
{
    g_autoptr (Unit) self = g_new0 (Unit, 1);
    g_autofree char *random = g_uuid_string_random ();
    g_autofree char *program = find_program (argv[0], error);
    if (program == NULL)
        return NULL;
    self->unit = g_strdup_printf ("inbasket-command-%s.service", random);
    self->ended = ended;
    self->user_data = user_data;
    self->manager = ib_user_manager_connect (error);
    if (self->manager == NULL)
        return NULL;

    follow (self);
    if (!ask_for_start (self, program, argv, out, err, limit_ms, error))
        return NULL;
    return g_steal_pointer (&self);
}

static void
unit_signal (gpointer running, int signal)
{
    Unit *self = running;
    /* It may have ended meanwhile, which its end will tell. */
    g_autoptr (GVariant) done
        = ib_user_manager_call (self->manager, "KillUnit", g_variant_new ("(ssi)", self->unit, "all", signal),
                                NULL, G_VARIANT_TYPE_UNIT, NULL);
}

static void
unit_close (gpointer running, bool was_stopped)
{
    if (was_stopped)
        unit_signal (running, SIGKILL);
    unit_free (running);
}

const IbRunWay ib_launch_as_unit = { unit_start, unit_signal, unit_close };
