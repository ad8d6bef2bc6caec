/* main.c - inbasketd: the background service, and everything that listens to it */
#include "after-delivery.h"
#include "bus.h"
#include "desk.h"
#include "escape.h"
#include "face.h"
#include "fs.h"
#include "keyring-watch.h"
#include "laptop.h"
#include "launch.h"
#include "letters.h"
#include "move-watch.h"
#include "ready.h"
#include "rlimits.h"
#include "service.h"
#include "termination.h"
#include "types.h"
#include "update-watch.h"
#include "worker.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* The exit statuses of inbasketd(1). */
enum { EXIT_OVER = 0, EXIT_USAGE = 2, EXIT_STORE = 4, EXIT_BUSY = 5, EXIT_UPDATE = 6 };

/* A session bus that has not answered by then keeps nobody waiting. */
#define BUS_PATIENCE_S 2
/* When a session bus that has gone, or is not there, is looked for again: twice as late each time. */
#define LOOK_S 1
#define LOOK_MOST_S 120
/* An update replaces one program after the other: so long after the last of them it is over. */
#define UPDATE_S 2
/* Bytes of one line of the log. */
#define MOST_SAID 2000

typedef struct {
    IbPaths *paths;
    IbService *service;
    IbReady *ready;
    IbAfterDelivery *after_delivery;
    IbMoveWatch *moves;
    IbLaptop *laptop;
    IbBus *bus;
    IbDesk *desk; /* NULL: there is no session bus */
    IbKeyringWatch *keyring;
    GMainLoop *loop;
    guint coming_up;    /* source; 0: it has been said that it works */
    guint looking;      /* source, for the bus; 0: it is there, or not known not to be */
    guint look_s;       /* when it is next looked for; 0: it is there */
    bool has_delivered; /* since after-delivery was last run */
    bool is_locked;     /* the screen, or nobody has said yet that it is not */
    bool is_stopping, has_stopped;
    IbUpdateWatch *update;
    guint updating;   /* source, while that goes on; 0: it does not */
    bool begins_anew; /* when it has ended: as the program that stands in its place now */
} Daemon;

/* --- what is heard ----------------------------------------------------------------------------------------- */

/* Standard error is the journal's, or a terminal's: control characters are none of theirs. */
static void
on_notice (const char *text, gpointer user_data)
{
    g_autofree char *words = ib_face_read (text, IB_FACE_FILES);
    g_autofree char *safe = ib_escape_text (words, -1, MOST_SAID);
    g_printerr ("inbasketd: %s\n", safe);
}

static void
on_delivered (const IbStory *story, const char *folder, const char *const *paths, gpointer user_data)
{
    Daemon *self = user_data;
    self->has_delivered = self->has_delivered || paths != NULL;
}

static void
on_polled (const IbPollResult *result, bool is_whole, gpointer user_data)
{
    Daemon *self = user_data;
    if (self->has_delivered)
        ib_after_delivery_run (self->after_delivery);
    self->has_delivered = false;
}

static void
on_service_notice (const char *account, const char *text, gpointer user_data)
{
    on_notice (text, user_data);
}

/* "2 accounts, 1 of them waits or needs you" */
static char *
count_words (guint running, guint ailing)
{
    g_autofree char *accounts = g_strdup_printf (ngettext ("%u account", "%u accounts", running), running);
    if (ailing == 0)
        return g_steal_pointer (&accounts);
    if (running == 1)
        return g_strdup_printf (_ ("%s, which waits or needs you"), accounts);
    return g_strdup_printf (
        ngettext ("%s, %u of them waits or needs you", "%s, %u of them wait or need you", ailing), accounts,
        ailing);
}

static void
say_how_it_stands (Daemon *self)
{
    const GError *trouble = ib_service_get_trouble (self->service);
    const IbConfig *config = ib_service_config (self->service);
    guint running = 0, ailing = 0;
    for (guint i = 0; config != NULL && i < config->accounts->len; i++) {
        IbAccountNow now;
        if (!ib_service_describe (self->service, ((const IbAccount *) config->accounts->pdata[i])->name,
                                  &now))
            continue;
        running++;
        ailing += strcmp (now.state, "ok") != 0 ? 1 : 0;
    }
    g_autofree char *words
        = trouble != NULL ? ib_face_read (trouble->message, IB_FACE_FILES) : count_words (running, ailing);
    ib_ready_status (self->ready, words);
}

static void
on_account_changed (const char *account, gpointer user_data)
{
    say_how_it_stands (user_data);
}

static void
on_reloaded (gpointer user_data)
{
    Daemon *self = user_data;
    const IbConfig *config = ib_service_config (self->service);
    ib_after_delivery_set_command (self->after_delivery, config != NULL ? config->after_delivery : NULL);
    if (self->coming_up == 0)
        ib_ready_up (self->ready);
    say_how_it_stands (self);
}

static void
on_keyring (gpointer user_data)
{
    ib_service_keyring_changed (((Daemon *) user_data)->service);
}

static gboolean
come_up (gpointer user_data)
{
    Daemon *self = user_data;
    self->coming_up = 0;
    ib_ready_up (self->ready);
    return G_SOURCE_REMOVE;
}

static void on_named (const char *why, gpointer user_data);

static void
leave_session (Daemon *self)
{
    g_clear_pointer (&self->keyring, ib_keyring_watch_free);
    g_clear_pointer (&self->desk, ib_desk_free);
}

static void
join_session (Daemon *self, GDBusConnection *session)
{
    self->desk = ib_desk_new (self->service, session);
    ib_desk_set_locked (self->desk, self->is_locked);
    self->keyring = ib_keyring_watch_new (session, on_keyring, self);
}

static gboolean
look_for_bus (gpointer user_data)
{
    Daemon *self = user_data;
    self->looking = 0;
    ib_bus_free (self->bus);
    self->bus = ib_bus_new (self->service, on_named, self);
    return G_SOURCE_REMOVE;
}

/* It is told once, however often it is not found. */
static void
miss_bus (Daemon *self, const char *why)
{
    leave_session (self);
    if (self->look_s == 0 && why != NULL)
        on_notice (why, self);
    self->look_s = CLAMP (2 * self->look_s, LOOK_S, LOOK_MOST_S);
    if (self->looking == 0)
        self->looking = g_timeout_add_seconds (self->look_s, look_for_bus, self);
}

/* What was said meanwhile, nobody has heard: whether the screen is locked, whether the keyring is open. */
static void
find_bus (Daemon *self, GDBusConnection *session, const char *why)
{
    bool is_back = self->look_s != 0;
    self->look_s = 0;
    if (is_back)
        on_notice (_ ("there is a session bus now"), self);
    if (why != NULL)
        on_notice (why, self);
    if (self->desk != NULL)
        return;
    join_session (self, session);
    if (is_back) {
        ib_laptop_take_session (self->laptop, session);
        ib_service_keyring_changed (self->service);
    }
}

/* That nobody can talk to it does not keep it from its work; but whoever waits for it may talk to it from then on. */
static void
on_named (const char *why, gpointer user_data)
{
    Daemon *self = user_data;
    GDBusConnection *session = self->bus != NULL ? ib_bus_connection (self->bus) : NULL;
    if (session != NULL)
        find_bus (self, session, why);
    else
        miss_bus (self, why);
    if (self->coming_up != 0) {
        g_source_remove (self->coming_up);
        (void) come_up (self);
    }
}

static void
on_surroundings (const IbSurroundingsState *state, gpointer user_data)
{
    Daemon *self = user_data;
    self->is_locked = state->is_locked;
    if (self->desk != NULL)
        ib_desk_set_locked (self->desk, self->is_locked);
}

static const IbServiceListener listener = {
    .notice = on_service_notice,
    .delivered = on_delivered,
    .polled = on_polled,
    .account_changed = on_account_changed,
    .reloaded = on_reloaded,
};

/* --- signals, and the manager's questions ------------------------------------------------------------------ */

static void
quit_if_over (Daemon *self)
{
    if (self->has_stopped && self->updating == 0)
        g_main_loop_quit (self->loop);
}

static void
on_stopped (gpointer user_data)
{
    Daemon *self = user_data;
    self->has_stopped = true;
    quit_if_over (self);
}

static gboolean
on_terminate (gpointer user_data)
{
    Daemon *self = user_data;
    self->begins_anew = false;
    g_clear_handle_id (&self->updating, g_source_remove);
    quit_if_over (self);
    if (self->is_stopping)
        return G_SOURCE_CONTINUE;
    self->is_stopping = true;
    ib_ready_stopping (self->ready);
    ib_service_stop (self->service, on_stopped, self);
    return G_SOURCE_CONTINUE;
}

static gboolean
on_updated (gpointer user_data)
{
    Daemon *self = user_data;
    self->updating = 0;
    quit_if_over (self);
    return G_SOURCE_REMOVE;
}

/* No worker of the new version is started by the old one. To the manager this is as if it read its configuration anew: it does
 * not end. */
static void
on_replaced (gpointer user_data)
{
    Daemon *self = user_data;
    if (self->is_stopping && !self->begins_anew)
        return;
    g_clear_handle_id (&self->updating, g_source_remove);
    self->updating = g_timeout_add_seconds (UPDATE_S, on_updated, self);
    if (self->begins_anew)
        return;
    on_notice (_ ("Inbasket was updated: the service begins anew"), self);
    self->begins_anew = self->is_stopping = true;
    ib_ready_reloading (self->ready);
    ib_service_stop (self->service, on_stopped, self);
}

/* The service reads it when the loop turns, which it does before it comes to this. */
static gboolean
on_reread (gpointer user_data)
{
    Daemon *self = user_data;
    if (self->coming_up == 0)
        ib_ready_up (self->ready); /* also where it does not parse: the status says so */
    say_how_it_stands (self);
    return G_SOURCE_REMOVE;
}

static gboolean
on_hangup (gpointer user_data)
{
    Daemon *self = user_data;
    ib_ready_reloading (self->ready);
    ib_service_reload (self->service);
    (void) g_idle_add (on_reread, self);
    return G_SOURCE_CONTINUE;
}

/* The delivery thread answered: it does not hang, nor does the loop. */
static void
on_proof (const GError *error, gpointer user_data)
{
    ib_ready_proven (((Daemon *) user_data)->ready);
}

static void
on_prove (IbReady *ready, gpointer user_data)
{
    ib_service_prove (((Daemon *) user_data)->service, on_proof, user_data);
}

/* --- the program ------------------------------------------------------------------------------------------- */

static void
set_limits (void)
{
    ib_rlimits_prepare ();
    (void) signal (SIGPIPE, SIG_IGN);
    (void) mallopt (M_ARENA_MAX, 2);
}

static int
run (Daemon *self)
{
    g_autoptr (GError) error = NULL;
    guint signals[3]
        = { g_unix_signal_add (SIGINT, on_terminate, self), ib_termination_add (on_terminate, self),
            g_unix_signal_add (SIGHUP, on_hangup, self) };
    self->coming_up = g_timeout_add_seconds (BUS_PATIENCE_S, come_up, self);
    ib_service_listen (self->service, &listener, self);
    bool is_started = ib_service_start (self->service, &error);
    if (is_started) {
        self->moves = ib_move_watch_new (self->service);
        self->laptop = ib_laptop_new (self->service, on_surroundings, self);
        self->bus = ib_bus_new (self->service, on_named, self);
        self->update = ib_update_watch_new (on_replaced, self);
        ib_ready_watch (self->ready, on_prove, self);
        g_main_loop_run (self->loop);
    } else {
        g_autofree char *words = ib_face_read (error->message, IB_FACE_FILES);
        g_printerr ("inbasketd: %s\n", words);
    }
    g_clear_handle_id (&self->coming_up, g_source_remove);
    g_clear_handle_id (&self->looking, g_source_remove);
    g_clear_handle_id (&self->updating, g_source_remove);
    g_clear_pointer (&self->laptop, ib_laptop_free);
    leave_session (self);
    g_clear_pointer (&self->bus, ib_bus_free);
    ib_service_unlisten (self->service, self);
    for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
        g_source_remove (signals[i]);
    if (is_started)
        return EXIT_OVER;
    return g_error_matches (error, IB_HOME_ERROR, IB_HOME_ERROR_BUSY) ? EXIT_BUSY : EXIT_STORE;
}

/* The options, and nothing beside them. @out_home: (transfer full) (nullable) */
static bool
parse (int *argc, char ***argv, char **out_home, gboolean *out_version)
{
    const GOptionEntry entries[] = {
        { "home", 0, 0, G_OPTION_ARG_FILENAME, out_home,
          N_ ("Keep everything below DIR (for trials and tests)"), "DIR" },
        { "version", 0, 0, G_OPTION_ARG_NONE, out_version, N_ ("Print the version"), NULL },
        { NULL },
    };
    g_autoptr (GOptionContext) context = g_option_context_new (NULL);
    g_autoptr (GError) error = NULL;
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
    g_option_context_set_summary (
        context, _ ("Inbasket's background service: fetches, filters and delivers the mail of all "
                    "accounts as it arrives. “inbasket service enable” has it run at login."));
    if (!g_option_context_parse (context, argc, argv, &error)) {
        g_printerr ("inbasketd: %s\n", error->message);
        return false;
    }
    if (*argc > 1)
        g_printerr (_ ("inbasketd takes no argument: “%s”\n"), (*argv)[1]);
    return *argc == 1;
}

/* In the same process, whose environment has lost what was meant for the first program alone. Returns only if that fails. */
static int
begin_anew (const char *program, char *const *arguments, char *const *environment)
{
    (void) execve (program, arguments, environment);
    g_printerr (_ ("inbasketd: %s cannot be started: %s\n"), program, g_strerror (errno));
    return EXIT_UPDATE;
}

int
main (int argc, char **argv)
{
    g_autofree char *home = NULL, *program = NULL;
    g_auto (GStrv) arguments = g_strdupv (argv), environment = g_get_environ ();
    gboolean wants_version = FALSE;

    ib_fs_hold_streams ();
    ib_types_register ();
    setlocale (LC_ALL, "");
    ib_letters_say_all ();
    bindtextdomain (GETTEXT_PACKAGE, ib_paths_translations ());
    bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
    textdomain (GETTEXT_PACKAGE);
    ib_face_be (IB_FACE_BOTH);
    if (!parse (&argc, &argv, &home, &wants_version))
        return EXIT_USAGE;
    if (wants_version) {
        g_print ("inbasketd %s\n", IB_VERSION);
        return EXIT_OVER;
    }
    set_limits ();
    ib_launch_set_up ();
    ib_worker_keep_loaded ("inbasket-fetch"); /* one for each watched mailbox, for hours */
    Daemon self = { .ready = ib_ready_new (), .paths = ib_paths_new (home), .is_locked = true };
    self.loop = g_main_loop_new (NULL, FALSE);
    self.service = ib_service_new (self.paths);
    self.after_delivery = ib_after_delivery_new (on_notice, &self);
    int status = run (&self);
    ib_move_watch_free (self.moves);
    ib_service_free (self.service);
    ib_after_delivery_free (self.after_delivery);
    ib_worker_keep_loaded (NULL);
    g_main_loop_unref (self.loop);
    ib_ready_free (self.ready);
    ib_paths_free (self.paths);
    if (self.begins_anew)
        program = g_strdup (ib_update_watch_program (self.update));
    ib_update_watch_free (self.update);
    return program != NULL ? begin_anew (program, arguments, environment) : status;
}
