/* setup-door.c - the way to the wizard, of which there is one at a time */
#include "setup-door.h"
#include "escape.h"
#include "learning.h"
#include "setup-window.h"

#include <glib/gi18n-lib.h>

#define LONGEST_NAME 100

struct _IbSetupDoor {
    const IbPaths *paths;
    IbSetupWindow *wizard; /* weak; NULL: none is open */
    GtkWindow *question;   /* weak: what is to become of it; NULL: nobody is asked */
    GWeakRef window;       /* that it stands above, or the next one will */
    char *next;            /* the account that waits for it to be closed; NULL: a new one, if .has_next */
    bool has_next;
    guint opening; /* an idle call; 0: none */
};

/* --- the next one ---------------------------------------------------------------------------------------------------- */

static void
set_next (IbSetupDoor *self, IbWindow *window, const char *account)
{
    char *next = g_strdup (account);
    g_free (self->next);
    self->next = next;
    self->has_next = true;
    g_weak_ref_set (&self->window, window);
}

/* The window may have gone with the wizard. */
static bool
is_open (IbWindow *window)
{
    return window != NULL && gtk_window_get_application (GTK_WINDOW (window)) != NULL;
}

static gboolean
open_next (gpointer data)
{
    IbSetupDoor *self = data;
    g_autoptr (IbWindow) window = g_weak_ref_get (&self->window);
    g_autofree char *account = g_steal_pointer (&self->next);
    self->opening = 0;
    self->has_next = false;
    if (is_open (window))
        ib_setup_door_open (self, window, account);
    return G_SOURCE_REMOVE;
}

static void
tell_of_learning (IbSetupDoor *self)
{
    g_autoptr (IbWindow) window = g_weak_ref_get (&self->window);
    const char *account = ib_learning_account ();
    if (account == NULL || !is_open (window))
        return;
    g_autofree char *words = g_strdup_printf (_ ("Learning from “%s” goes on."), account);
    ib_window_tell (window, words);
}

static void
on_wizard_closed (IbSetupDoor *self)
{
    g_clear_weak_pointer (&self->wizard);
    tell_of_learning (self);
    if (self->has_next && self->opening == 0)
        self->opening = g_idle_add (open_next, self);
}

/* --- asking ------------------------------------------------------------------------------------------------------------ */

static gboolean
leave (gpointer wizard)
{
    gtk_window_destroy (wizard);
    return G_SOURCE_REMOVE;
}

/* The question itself is still there, and above the wizard. */
static void
on_answered (AdwMessageDialog *question, const char *answer, gpointer data)
{
    IbSetupDoor *self = data;
    if (self->wizard != NULL && g_str_equal (answer, "now"))
        g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, leave, g_object_ref (self->wizard), g_object_unref);
}

static void
ask (IbSetupDoor *self, const char *account)
{
    g_autofree char *safe = ib_escape_text (account != NULL ? account : "", -1, LONGEST_NAME);
    g_autofree char *heading
        = account != NULL ? g_strdup_printf (_ ("Sign In to “%s”?"), safe) : g_strdup (_ ("Add an Account?"));
    if (self->question != NULL)
        gtk_window_destroy (self->question);
    self->question = GTK_WINDOW (adw_message_dialog_new (GTK_WINDOW (self->wizard), heading, NULL));
    g_object_add_weak_pointer (G_OBJECT (self->question), (gpointer *) &self->question);
    AdwMessageDialog *question = ADW_MESSAGE_DIALOG (self->question);
    adw_message_dialog_set_body (
        question,
        _ ("What was begun here is not finished. Once it is closed, the other opens by itself. If you leave it "
           "now, what you typed here is lost."));
    adw_message_dialog_add_responses (question, "later", _ ("_Finish This First"), "now", _ ("_Leave This"),
                                      NULL);
    adw_message_dialog_set_response_appearance (question, "now", ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_default_response (question, "later");
    adw_message_dialog_set_close_response (question, "later");
    g_signal_connect (question, "response", G_CALLBACK (on_answered), self);
    gtk_window_present (self->question);
}

/* --- opening ----------------------------------------------------------------------------------------------------------- */

/* A service finds a new account by itself; that it can sign in to an old one again it is told. */
static void
on_added (IbWindow *window, const char *account)
{
    ib_window_look (window);
    ib_window_check (window, account);
}

static void
start (IbSetupDoor *self, IbWindow *window, const char *account)
{
    g_autoptr (GError) error = NULL;
    GtkWindow *wizard = ib_setup_window_new (GTK_WINDOW (window), self->paths, account, &error);
    if (wizard == NULL) {
        ib_window_tell (window, error->message);
        return;
    }
    g_weak_ref_set (&self->window, window);
    g_set_weak_pointer (&self->wizard, IB_SETUP_WINDOW (wizard));
    g_signal_connect_swapped (wizard, "destroy", G_CALLBACK (on_wizard_closed), self);
    g_signal_connect_object (wizard, "added", G_CALLBACK (on_added), window, G_CONNECT_SWAPPED);
    gtk_window_present (wizard);
}

void
ib_setup_door_open (IbSetupDoor *self, IbWindow *window, const char *account)
{
    if (self->wizard == NULL) {
        start (self, window, account);
    } else if (ib_setup_window_is_for (self->wizard, account)) {
        gtk_window_present (GTK_WINDOW (self->wizard));
    } else {
        set_next (self, window, account);
        if (ib_setup_window_has_input (self->wizard))
            ask (self, account);
        else
            gtk_window_destroy (GTK_WINDOW (self->wizard));
    }
}

/* --- the whole --------------------------------------------------------------------------------------------------------- */

IbSetupDoor *
ib_setup_door_new (const IbPaths *paths)
{
    IbSetupDoor *self = g_new0 (IbSetupDoor, 1);
    self->paths = paths;
    g_weak_ref_init (&self->window, NULL);
    return self;
}

void
ib_setup_door_free (IbSetupDoor *self)
{
    if (self == NULL)
        return;
    if (self->wizard != NULL)
        g_signal_handlers_disconnect_by_data (self->wizard, self);
    if (self->question != NULL)
        g_signal_handlers_disconnect_by_data (self->question, self);
    g_clear_handle_id (&self->opening, g_source_remove);
    g_clear_weak_pointer (&self->wizard);
    g_clear_weak_pointer (&self->question);
    g_weak_ref_clear (&self->window);
    g_free (self->next);
    g_free (self);
}
