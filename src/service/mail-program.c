/* mail-program.c - what a click on new mail opens */
#include "mail-program.h"
#include "launch.h"
#include "user-manager.h"

#include <gio/gdesktopappinfo.h>
#include <string.h>

#define MANAGER "org.freedesktop.systemd1"
#define APPLICATION "org.freedesktop.Application"

static GDesktopAppInfo *
find (void)
{
    g_autoptr (GAppInfo) program = g_app_info_get_default_for_uri_scheme ("mailto");
    if (program == NULL || !G_IS_DESKTOP_APP_INFO (program)
        || g_desktop_app_info_get_boolean (G_DESKTOP_APP_INFO (program), "Terminal"))
        return NULL;
    return G_DESKTOP_APP_INFO (g_steal_pointer (&program));
}

bool
ib_mail_program_is_there (void)
{
    g_autoptr (GDesktopAppInfo) program = find ();
    return program != NULL;
}

/* One word of Exec. With a field code in it, all that it says is what to open: it is left out. */
static void
take_word (const char *word, const char *name, GStrvBuilder *argv)
{
    g_autoptr (GString) plain = g_string_new (NULL);
    bool has_code = false;
    for (const char *at = word; *at != '\0'; at++) {
        if (*at != '%' || at[1] == '\0') {
            g_string_append_c (plain, *at);
            continue;
        }
        at++;
        if (*at == '%')
            g_string_append_c (plain, '%');
        else if (*at == 'c')
            g_string_append (plain, name);
        else
            has_code = true;
    }
    if (!has_code)
        g_strv_builder_add (argv, plain->str);
}

char **
ib_mail_program_argv (const char *exec, const char *name)
{
    g_auto (GStrv) words = NULL;
    g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
    if (!g_shell_parse_argv (exec, NULL, &words, NULL))
        return NULL;
    for (char **word = words; *word != NULL; word++)
        take_word (*word, name, argv);
    return g_strv_builder_end (argv);
}

static void
on_called (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
    if (reply == NULL)
        g_message ("the mail program does not open: %s", error->message);
}

/* org.example.Mail.desktop is the bus name org.example.Mail with the object /org/example/Mail. */
static void
activate (GDBusConnection *session, GAppInfo *program, const char *token)
{
    g_autofree char *name = g_strdup (g_app_info_get_id (program));
    if (g_str_has_suffix (name, ".desktop"))
        name[strlen (name) - strlen (".desktop")] = '\0';
    g_autofree char *path = g_strconcat ("/", name, NULL);
    g_strdelimit (g_strdelimit (path, ".", '/'), "-", '_');
    if (!g_dbus_is_name (name) || !g_variant_is_object_path (path))
        return;

    GVariantBuilder data;
    g_variant_builder_init (&data, G_VARIANT_TYPE ("a{sv}"));
    if (token != NULL) {
        g_variant_builder_add (&data, "{sv}", "activation-token", g_variant_new_string (token));
        g_variant_builder_add (&data, "{sv}", "desktop-startup-id", g_variant_new_string (token));
    }
    g_dbus_connection_call (session, name, path, APPLICATION, "Activate", g_variant_new ("(a{sv})", &data),
                            NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_called, NULL);
}

static void
add (GVariantBuilder *properties, const char *name, GVariant *value)
{
    g_variant_builder_add (properties, "(sv)", name, value);
}

/* It lives as long as anything that it started: a mail program may well fork and leave. */
static GVariant *
properties_of (const char *path, char **argv, const char *name, const char *token)
{
    GVariantBuilder properties, environment;
    g_variant_builder_init (&properties, G_VARIANT_TYPE ("a(sv)"));
    add (&properties, "Description", g_variant_new_string (name));
    add (&properties, "CollectMode", g_variant_new_string ("inactive-or-failed"));
    add (&properties, "Slice", g_variant_new_string ("app.slice"));
    add (&properties, "ExitType", g_variant_new_string ("cgroup"));
    add (&properties, "ExecStart", ib_launch_exec_start (path, (const char *const *) argv));
    g_variant_builder_init (&environment, G_VARIANT_TYPE ("as"));
    if (token != NULL) {
        g_autofree char *wayland = g_strconcat ("XDG_ACTIVATION_TOKEN=", token, NULL);
        g_autofree char *x11 = g_strconcat ("DESKTOP_STARTUP_ID=", token, NULL);
        g_variant_builder_add (&environment, "s", wayland);
        g_variant_builder_add (&environment, "s", x11);
    }
    add (&properties, "Environment", g_variant_builder_end (&environment));
    return g_variant_builder_end (&properties);
}

/* As the desktop would name it: app-NAME@RANDOM.service. */
static char *
unit_name (GAppInfo *program)
{
    g_autofree char *random = g_uuid_string_random ();
    GString *name = g_string_new ("app-");
    const char *id = g_app_info_get_id (program);
    for (const char *c = id != NULL ? id : "mail"; *c != '\0'; c++)
        g_string_append_c (name, g_ascii_isalnum (*c) || strchr ("._", *c) != NULL ? *c : '_');
    g_string_append_printf (name, "@%s.service", random);
    return g_string_free (name, FALSE);
}

static void
start_unit (GDBusConnection *session, GAppInfo *program, const char *token)
{
    const char *exec = g_app_info_get_commandline (program), *name = g_app_info_get_display_name (program);
    g_auto (GStrv) argv = exec != NULL ? ib_mail_program_argv (exec, name) : NULL;
    g_autofree char *path = argv != NULL && argv[0] != NULL ? g_find_program_in_path (argv[0]) : NULL;
    if (path == NULL) {
        g_message ("the mail program does not open: there is no “%s”", exec != NULL ? exec : "");
        return;
    }
    g_autofree char *unit = unit_name (program);
    g_dbus_connection_call (
        session, MANAGER, IB_USER_MANAGER_PATH, IB_USER_MANAGER_INTERFACE, "StartTransientUnit",
        g_variant_new ("(ss@a(sv)@a(sa(sv)))", unit, "fail", properties_of (path, argv, name, token),
                       g_variant_new_array (G_VARIANT_TYPE ("(sa(sv))"), NULL, 0)),
        G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, on_called, NULL);
}

static void
start_child (GAppInfo *program, const char *token)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GAppLaunchContext) context = g_app_launch_context_new ();
    if (token != NULL) {
        g_app_launch_context_setenv (context, "XDG_ACTIVATION_TOKEN", token);
        g_app_launch_context_setenv (context, "DESKTOP_STARTUP_ID", token);
    }
    if (!g_app_info_launch (program, NULL, context, &error))
        g_message ("the mail program does not open: %s", error->message);
}

void
ib_mail_program_open (GDBusConnection *session, const char *token)
{
    g_autoptr (GDesktopAppInfo) found = find ();
    if (found == NULL)
        return;
    GAppInfo *program = G_APP_INFO (found);
    if (g_desktop_app_info_get_boolean (found, "DBusActivatable"))
        activate (session, program, token);
    else if (ib_launch_is_unit ())
        start_unit (session, program, token);
    else
        start_child (program, token);
}
