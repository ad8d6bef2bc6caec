/* cmd-service.c - `inbasket service`: the background service, from login on */
#include "at-login.h"
#include "command.h"
#include "print.h"
#include "service-shared.h"
#include "walls.h"

#include <glib/gi18n-lib.h>
#include <string.h>

char **
ib_service_folders (const IbConfig *config)
{
    g_autoptr (GPtrArray) folders = g_ptr_array_new ();
    g_ptr_array_add (folders, g_strdup (config->maildir));
    for (guint i = 0; i < config->accounts->len; i++) {
        const IbAccount *account = config->accounts->pdata[i];
        if (account->auth == IB_AUTH_OAUTH2 && account->secret_source == IB_SECRET_FILE) {
            g_autofree char *folder = g_path_get_dirname (account->secret_value);
            if (!g_ptr_array_find_with_equal_func (folders, folder, g_str_equal, NULL))
                g_ptr_array_add (folders, g_steal_pointer (&folder));
        }
    }
    g_ptr_array_add (folders, NULL);
    return (char **) g_ptr_array_steal (folders, NULL);
}

/* --- what all three begin with ------------------------------------------------------------------------------- */

/* Running at login is for the user's own home: a trial's folder may be gone by then. */
static bool
is_own_home (const IbCli *cli)
{
    if (cli->paths->home == NULL)
        return true;
    g_autofree char *quoted = g_shell_quote (cli->paths->home);
    g_autofree char *remedy = g_strdup_printf (_ ("“inbasketd --home %s” runs one for it"), quoted);
    ib_print_refusal (remedy,
                      _ ("Only the service of your own home runs at login, not that of a home of its own"));
    return false;
}

static bool
takes_nothing (int argc, char **argv)
{
    if (argc == 1)
        return true;
    ib_print_error (_ ("“service %s” takes no argument: “%s”"), argv[0], argv[1]);
    return false;
}

/* What the service writes to; NULL: the call cannot be answered, which has been said. */
static char **
folders_for (const IbCli *cli, int argc, char **argv, IbExit *out_refusal)
{
    g_autoptr (GError) error = NULL;
    *out_refusal = IB_EXIT_USAGE;
    if (!takes_nothing (argc, argv) || !is_own_home (cli))
        return NULL;
    *out_refusal = IB_EXIT_CONFIG;
    g_autoptr (IbConfig) config = ib_config_load_to_mend (cli->paths, &error);
    if (config == NULL)
        ib_print_error ("%s", error->message);
    return config != NULL ? ib_service_folders (config) : NULL;
}

/* --- status -------------------------------------------------------------------------------------------------- */

static const char *
way_name (IbAtLoginWay way)
{
    switch (way) {
    case IB_AT_LOGIN_SYSTEMD:
        return "systemd";
    case IB_AT_LOGIN_AUTOSTART:
        return "autostart";
    }
    g_assert_not_reached ();
}

static IbWalls
walls_of (const IbAtLogin *now)
{
    return now->pid != 0 ? ib_walls_of (now->pid) : IB_WALLS_UNKNOWN;
}

static const char *
way_words (IbAtLoginWay way)
{
    switch (way) {
    case IB_AT_LOGIN_SYSTEMD:
        return _ ("by systemd, as inbasketd.service");
    case IB_AT_LOGIN_AUTOSTART:
        return _ ("by the desktop's autostart");
    }
    g_assert_not_reached ();
}

static void
add_number_or_null (JsonBuilder *builder, const char *name, gint64 number)
{
    json_builder_set_member_name (builder, name);
    if (number > 0)
        json_builder_add_int_value (builder, number);
    else
        json_builder_add_null_value (builder);
}

static void
add_sandbox (JsonBuilder *builder, IbWalls walls)
{
    json_builder_set_member_name (builder, "sandbox");
    json_builder_begin_object (builder);
    ib_json_int (builder, "landlock", ib_walls_landlock ());
    ib_json_bool (builder, "seccomp", ib_walls_has_seccomp ());
    if (walls == IB_WALLS_UNKNOWN)
        ib_json_text (builder, "service", NULL);
    else
        ib_json_bool (builder, "service", walls == IB_WALLS_FILTERED);
    json_builder_end_object (builder);
}

static void
print_json (const IbAtLogin *now, const char *const *folders)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "way", way_name (now->way));
    ib_json_bool (builder, "enabled", now->is_enabled);
    ib_json_bool (builder, "outdated", now->is_outdated);
    ib_json_bool (builder, "running", now->is_running);
    add_number_or_null (builder, "pid", now->pid);
    add_number_or_null (builder, "since", now->since / G_USEC_PER_SEC);
    g_autofree char *file = ib_print_valid (now->file);
    ib_json_text (builder, "file", now->is_enabled ? file : NULL);
    json_builder_set_member_name (builder, "folders");
    json_builder_begin_array (builder);
    for (const char *const *folder = folders; *folder != NULL; folder++) {
        g_autofree char *valid = ib_print_valid (*folder);
        json_builder_add_string_value (builder, valid);
    }
    json_builder_end_array (builder);
    add_sandbox (builder, walls_of (now));
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static void
print_running (const IbAtLogin *now)
{
    if (!now->is_running) {
        g_print (_ ("Running: no\n"));
        return;
    }
    g_autofree char *since = ib_print_when (now->since, g_get_real_time ());
    g_print (_ ("Running: yes, process %u, started %s\n"), now->pid, since);
    IbWalls walls = walls_of (now);
    if (walls == IB_WALLS_FILTERED)
        g_print (_ ("Locked in: yes, by its unit\n"));
    else if (walls == IB_WALLS_NONE)
        g_print (_ ("Locked in: no, only its workers are\n"));
}

static void
print_sandbox (void)
{
    int landlock = ib_walls_landlock ();
    bool has_seccomp = ib_walls_has_seccomp ();
    if (landlock > 0 && has_seccomp)
        g_print (
            _ ("Workers, which read mail and speak with servers: locked in by seccomp and Landlock (version "
               "%d)\n"),
            landlock);
    else if (has_seccomp)
        g_print (
            _ ("Workers, which read mail and speak with servers: locked in by seccomp; this kernel has no "
               "Landlock\n"));
    else
        g_print (
            _ ("%sWorkers cannot lock themselves in here, and do not work: this kernel has no seccomp%s\n"),
            ib_print_colour (IB_COLOUR_BAD), ib_print_colour (IB_COLOUR_PLAIN));
}

static void
print_words (const IbAtLogin *now, const char *const *folders)
{
    if (now->is_enabled)
        g_print (_ ("At login: starts, %s\n"), way_words (now->way));
    else
        g_print (_ ("At login: does not start (“inbasket service enable” has it start, %s)\n"),
                 way_words (now->way));
    print_running (now);
    for (const char *const *folder = folders; *folder != NULL; folder++) {
        g_autofree char *safe = ib_print_safe (*folder, 0);
        g_print (_ ("Writes to: %s\n"), safe);
    }
    print_sandbox ();
    if (now->is_outdated)
        ib_print_hint (
            _ ("Its folders have changed since it was enabled, and it cannot write to all of these; "
               "“inbasket service enable” tells systemd"));
}

static IbExit
run_status (const IbCli *cli, int argc, char **argv)
{
    if (!ib_command_parse (
            "service status",
            _ ("Tells whether the background service starts at login, by what, whether it runs "
               "now and since when, which folders it writes to, and how far it and its "
               "workers are locked in."),
            "  inbasket service status\n"
            "  inbasket service status --json",
            NULL, &argc, &argv))
        return IB_EXIT_USAGE;
    IbExit refusal = IB_EXIT_DONE;
    g_auto (GStrv) folders = folders_for (cli, argc, argv, &refusal);
    if (folders == NULL)
        return refusal;

    const char *const *borrowed = (const char *const *) folders;
    g_autoptr (IbAtLogin) now = ib_at_login_look (cli->paths, borrowed);
    if (cli->json)
        print_json (now, borrowed);
    else
        print_words (now, borrowed);
    return IB_EXIT_DONE;
}

/* --- enable, disable ----------------------------------------------------------------------------------------- */

static IbExit
exit_for (const GError *error)
{
    ib_print_error ("%s", error->message);
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY) ? IB_EXIT_BUSY : IB_EXIT_SOME_FAILED;
}

/* For people what was done, for scripts how it stands. */
static void
report (const IbCli *cli, const char *const *folders, const char *words)
{
    g_autoptr (IbAtLogin) now = ib_at_login_look (cli->paths, folders);
    if (cli->json)
        print_json (now, folders);
    else if (!cli->quiet)
        g_print ("%s (%s)\n", words, way_words (now->way));
}

static IbExit
run_enable (const IbCli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    if (!ib_command_parse (
            "service enable",
            _ ("Has the background service start at login from now on, and starts it: as a unit of your systemd, or "
               "where there is none, by the desktop's autostart. Do it again after the Maildir has moved: "
               "systemd lets the service write to the folders that were named then, and to nothing else."),
            "  inbasket service enable", NULL, &argc, &argv))
        return IB_EXIT_USAGE;
    IbExit refusal = IB_EXIT_DONE;
    g_auto (GStrv) folders = folders_for (cli, argc, argv, &refusal);
    if (folders == NULL)
        return refusal;

    const char *const *borrowed = (const char *const *) folders;
    if (!ib_at_login_enable (cli->paths, borrowed, &error))
        return exit_for (error);
    report (cli, borrowed, _ ("Inbasket runs, and starts at login"));
    return IB_EXIT_DONE;
}

static IbExit
run_disable (const IbCli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    if (!ib_command_parse ("service disable",
                           _ ("Stops the background service, and has it start at login no more. Mail then "
                              "comes with “inbasket sync” only."),
                           "  inbasket service disable", NULL, &argc, &argv))
        return IB_EXIT_USAGE;
    IbExit refusal = IB_EXIT_DONE;
    g_auto (GStrv) folders = folders_for (cli, argc, argv, &refusal);
    if (folders == NULL)
        return refusal;

    if (!ib_at_login_disable (cli->paths, &error))
        return exit_for (error);
    report (cli, (const char *const *) folders, _ ("Inbasket is stopped, and does not start at login"));
    return IB_EXIT_DONE;
}

static const IbCommand subcommands[] = {
    { "enable", N_ ("Start it at login, and now"), run_enable },
    { "disable", N_ ("Stop it, and do not start it at login"), run_disable },
    { "status", N_ ("Tell how it stands, and how it is locked in"), run_status },
    { NULL },
};

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    return ib_command_run_sub (cli, "service",
                               _ ("The background service fetches, filters and delivers mail as it arrives."),
                               subcommands, argc, argv);
}

const IbCommand ib_command_service = { "service", N_ ("Have it run in the background, from login on"), run };
