/* application.c - the window's program, as the desktop knows it */
#include "application.h"
#include "link.h"
#include "paths.h"
#include "setup-door.h"
#include "window.h"

#include <glib/gi18n-lib.h>

#define APPLICATION_ID "io.github.inbasket.Inbasket"
#define RESOURCES "/io/github/inbasket/Inbasket"

struct _IbApplication {
    AdwApplication parent;

    IbPaths *paths;    /* NULL before the command line was read */
    IbLink *link;      /* NULL before it was started */
    IbSetupDoor *door; /* the same */
};

G_DEFINE_FINAL_TYPE (IbApplication, ib_application, ADW_TYPE_APPLICATION)

/* --- the window -------------------------------------------------------------------------------------------------- */

/* The one below all that is open; NULL: there is none yet. */
static GtkWindow *
find_window (IbApplication *self)
{
    GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));
    while (window != NULL && !IB_IS_WINDOW (window))
        window = gtk_window_get_transient_for (window);
    return window;
}

static IbWindow *
present (IbApplication *self)
{
    GtkWindow *window = find_window (self);
    if (window == NULL)
        window = GTK_WINDOW (ib_window_new (GTK_APPLICATION (self), self->link, self->paths));
    gtk_window_present (window);
    return IB_WINDOW (window);
}

static void
ib_application_activate (GApplication *application)
{
    (void) present (IB_APPLICATION (application));
}

/* --- actions ------------------------------------------------------------------------------------------------------- */

static void
on_show_message (GSimpleAction *action, GVariant *id, gpointer user_data)
{
    ib_window_show_message (present (user_data), g_variant_get_string (id, NULL));
}

/* The actions that are called as the pages are. */
static void
on_page (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    ib_window_show_page (present (user_data), g_action_get_name (G_ACTION (action)));
}

static void
on_check (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    ib_window_check (present (user_data), NULL);
}

static void
on_preferences (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    ib_window_show_preferences (present (user_data));
}

static void
on_setup (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    IbApplication *self = user_data;
    ib_setup_door_open (self->door, present (self), NULL);
}

static void
on_sign_in (GSimpleAction *action, GVariant *account, gpointer user_data)
{
    IbApplication *self = user_data;
    ib_setup_door_open (self->door, present (self), g_variant_get_string (account, NULL));
}

static void
on_about (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    adw_show_about_window (GTK_WINDOW (present (user_data)), "application-name", _ ("Inbasket"),
                           "application-icon", APPLICATION_ID, "version", IB_VERSION, "comments",
                           _ ("Collects the mail of all your accounts and filters it in one place."), NULL);
}

/* All others go with it; what is written in them is asked about first. */
static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    GtkWindow *window = find_window (user_data);
    if (window != NULL)
        gtk_window_close (window);
}

static void
add_actions (IbApplication *self)
{
    static const GActionEntry actions[] = {
        { "sign-in", on_sign_in, "s", NULL, NULL, { 0 } },
        { "show-message", on_show_message, "s", NULL, NULL, { 0 } },
        { "accounts", on_page, NULL, NULL, NULL, { 0 } },
        { "activity", on_page, NULL, NULL, NULL, { 0 } },
        { "review", on_page, NULL, NULL, NULL, { 0 } },
        { "check", on_check, NULL, NULL, NULL, { 0 } },
        { "setup", on_setup, NULL, NULL, NULL, { 0 } },
        { "preferences", on_preferences, NULL, NULL, NULL, { 0 } },
        { "about", on_about, NULL, NULL, NULL, { 0 } },
        { "quit", on_quit, NULL, NULL, NULL, { 0 } },
    };
    static const struct {
        const char *action;
        const char *keys[3];
    } keys[] = {
        { "app.check", { "F5", "<Control>r", NULL } }, { "app.preferences", { "<Control>comma", NULL } },
        { "app.quit", { "<Control>q", NULL } },        { "win.search", { "<Control>f", NULL } },
        { "win.page(0)", { "<Alt>1", NULL } },         { "win.page(1)", { "<Alt>2", NULL } },
        { "win.page(2)", { "<Alt>3", NULL } },         { "win.page(3)", { "<Alt>4", NULL } },
        { "win.page(4)", { "<Alt>5", NULL } },         { "win.back", { "<Alt>Left", "Escape", NULL } },
        { "window.close", { "<Control>w", NULL } },
    };
    g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
        gtk_application_set_accels_for_action (GTK_APPLICATION (self), keys[i].action, keys[i].keys);
}

/* --- its life ------------------------------------------------------------------------------------------------------- */

/* "io.github.inbasket.Inbasket.Home-1a2b3c4d": one program for each home. */
static void
take_home (IbApplication *self, const char *home)
{
    self->paths = ib_paths_new (home);
    if (home == NULL)
        return;
    g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, self->paths->home, -1);
    g_autofree char *name = g_strdup_printf (APPLICATION_ID ".Home-%.16s", digest);
    g_application_set_application_id (G_APPLICATION (self), name);
}

static int
ib_application_handle_local_options (GApplication *application, GVariantDict *options)
{
    const char *home = NULL;
    if (g_variant_dict_contains (options, "version")) {
        g_print ("inbasket-gtk %s\n", IB_VERSION);
        return 0;
    }
    (void) g_variant_dict_lookup (options, "home", "^&ay", &home);
    take_home (IB_APPLICATION (application), home);
    return -1; /* go on */
}

static void
ib_application_startup (GApplication *application)
{
    IbApplication *self = IB_APPLICATION (application);
    G_APPLICATION_CLASS (ib_application_parent_class)->startup (application);
    gtk_window_set_default_icon_name (APPLICATION_ID);
    self->link = ib_link_new (self->paths);
    self->door = ib_setup_door_new (self->paths);
    add_actions (self);
}

static void
ib_application_finalize (GObject *object)
{
    IbApplication *self = IB_APPLICATION (object);
    ib_setup_door_free (self->door);
    g_clear_object (&self->link);
    ib_paths_free (self->paths);
    G_OBJECT_CLASS (ib_application_parent_class)->finalize (object);
}

static void
ib_application_class_init (IbApplicationClass *class)
{
    GApplicationClass *application = G_APPLICATION_CLASS (class);
    G_OBJECT_CLASS (class)->finalize = ib_application_finalize;
    application->activate = ib_application_activate;
    application->startup = ib_application_startup;
    application->handle_local_options = ib_application_handle_local_options;
}

static void
ib_application_init (IbApplication *self)
{
    const GOptionEntry options[] = {
        { "home", 0, 0, G_OPTION_ARG_FILENAME, NULL, N_ ("Keep everything below DIR (for trials and tests)"),
          "DIR" },
        { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version"), NULL },
        { NULL },
    };
    g_application_add_main_option_entries (G_APPLICATION (self), options);
}

IbApplication *
ib_application_new (void)
{
    return g_object_new (IB_TYPE_APPLICATION, "application-id", APPLICATION_ID, "resource-base-path",
                         RESOURCES, NULL);
}
