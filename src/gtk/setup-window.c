/* setup-window.c - the wizard's window: the frame, and the way from page to page */
#include "setup-window.h"
#include "escape.h"
#include "setup-address-sheet.h"
#include "setup-browser-sheet.h"
#include "setup-done-sheet.h"
#include "setup-filter-sheet.h"
#include "setup-forecast-sheet.h"
#include "setup-secret-sheet.h"
#include "setup-settings-sheet.h"
#include "setup-sign-in-sheet.h"
#include "setup-test-sheet.h"
#include "setup-welcome-sheet.h"
#include "setup-words.h"
#include "setup-workers.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What ends sooner needs no way to cancel it. */
#define PATIENCE_MS 1000
#define LONGEST_TROUBLE 1000

/* What is seen: a page of the model, or the browser on the way from one to the next. */
#define BROWSER (IB_SETUP_DONE + 1)
#define N_SHEETS (BROWSER + 1)

struct _IbSetupWindow {
    AdwWindow parent;

    char *home;    /* of --home; NULL: the user's own */
    char *account; /* that is signed in to again; NULL: one is added */
    IbProviders *providers;
    IbOAuth2Clients *clients;
    char *secrets;
    IbSetupWorkers *workers;
    IbSetup *setup;
    IbSetupSheet *sheets[N_SHEETS]; /* NULL until it is seen */
    IbSetupSheet *sheet;            /* that is seen */
    guint number;                   /* its number */
    guint n_added;
    guint patience; /* a timeout; 0: none runs */

    GtkButton *back_button, *next_button;
    GtkStack *stack;
    GtkRevealer *trouble_part, *busy_part;
    GtkLabel *trouble, *remedy, *busy_words;
    GtkWidget *cancel_button;
};

G_DEFINE_FINAL_TYPE (IbSetupWindow, ib_setup_window, ADW_TYPE_WINDOW)

static GType
sheet_type (guint number)
{
    static GType (*const types[N_SHEETS]) (void) = {
        [IB_SETUP_WELCOME] = ib_setup_welcome_sheet_get_type,
        [IB_SETUP_ADDRESS] = ib_setup_address_sheet_get_type,
        [IB_SETUP_SIGN_IN] = ib_setup_sign_in_sheet_get_type,
        [IB_SETUP_SETTINGS] = ib_setup_settings_sheet_get_type,
        [IB_SETUP_SECRET] = ib_setup_secret_sheet_get_type,
        [IB_SETUP_TEST] = ib_setup_test_sheet_get_type,
        [IB_SETUP_FORECAST] = ib_setup_forecast_sheet_get_type,
        [IB_SETUP_FILTER] = ib_setup_filter_sheet_get_type,
        [IB_SETUP_DONE] = ib_setup_done_sheet_get_type,
        [BROWSER] = ib_setup_browser_sheet_get_type,
    };
    return types[number]();
}

/* --- what went wrong ------------------------------------------------------------------------------------------------- */

/* @error: NULL for nothing. The field that it is about is marked. */
static void
show_trouble (IbSetupWindow *self, const GError *error)
{
    const char *words = ib_setup_sheet_mark (self->sheet, error != NULL ? error->message : NULL);
    const char *remedy = error != NULL ? ib_setup_words_remedy (error) : NULL;
    g_autofree char *safe = ib_escape_text (words != NULL ? words : "", -1, LONGEST_TROUBLE);
    gtk_label_set_text (self->trouble, safe);
    gtk_label_set_text (self->remedy, remedy != NULL ? remedy : "");
    gtk_widget_set_visible (GTK_WIDGET (self->remedy), remedy != NULL);
    gtk_revealer_set_reveal_child (self->trouble_part, error != NULL);
}

/* --- being busy ------------------------------------------------------------------------------------------------------ */

static const char *
keeping_words (IbSetup *setup)
{
    bool is_token = strcmp (ib_setup_get (setup, "sign-in"), "oauth2") == 0;
    if (strcmp (ib_setup_get (setup, "keep"), "keyring") == 0)
        return is_token ? _ ("The keyring is asked to keep the token…")
                        : _ ("The keyring is asked to keep the password…");
    return is_token ? _ ("Keeping the token…") : _ ("Keeping the password…");
}

static const char *
busy_words (IbSetupWindow *self)
{
    if (ib_setup_link (self->setup) != NULL)
        return _ ("Waiting for the browser…");
    switch (ib_setup_page (self->setup)) {
    case IB_SETUP_ADDRESS:
        return _ ("Looking for the settings…");
    case IB_SETUP_SECRET:
        return keeping_words (self->setup);
    case IB_SETUP_TEST:
        return _ ("Trying the account…");
    case IB_SETUP_FORECAST:
        return _ ("Looking at what is there…");
    case IB_SETUP_WELCOME:
    case IB_SETUP_SIGN_IN:
    case IB_SETUP_SETTINGS:
    case IB_SETUP_FILTER:
    case IB_SETUP_DONE:
        return _ ("One moment…");
    }
    g_assert_not_reached ();
}

static gboolean
on_patience_over (gpointer data)
{
    IbSetupWindow *self = data;
    self->patience = 0;
    gtk_widget_set_visible (self->cancel_button, TRUE);
    return G_SOURCE_REMOVE;
}

static void
show_busy (IbSetupWindow *self, bool is_busy)
{
    bool was_busy = gtk_revealer_get_reveal_child (self->busy_part);
    if (is_busy)
        gtk_label_set_text (self->busy_words, busy_words (self));
    if (is_busy == was_busy)
        return;
    g_clear_handle_id (&self->patience, g_source_remove);
    gtk_widget_set_visible (self->cancel_button, FALSE);
    gtk_revealer_set_reveal_child (self->busy_part, is_busy);
    if (is_busy)
        self->patience = g_timeout_add (PATIENCE_MS, on_patience_over, self);
}

/* --- the page -------------------------------------------------------------------------------------------------------- */

static bool
can_go_on (IbSetupWindow *self)
{
    return !ib_setup_is_busy (self->setup) && ib_setup_sheet_is_complete (self->sheet);
}

static void
show_buttons (IbSetupWindow *self)
{
    bool is_over = ib_setup_page (self->setup) == IB_SETUP_DONE;
    if (self->sheet == NULL)
        return;
    gtk_window_set_title (GTK_WINDOW (self), ib_setup_sheet_title (self->sheet));
    gtk_button_set_label (self->next_button, ib_setup_sheet_verb (self->sheet));
    gtk_button_set_label (self->back_button,
                          ib_setup_is_at_beginning (self->setup) ? _ ("C_ancel") : _ ("_Back"));
    gtk_widget_set_visible (GTK_WIDGET (self->back_button), !is_over);
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "setup.next", can_go_on (self));
}

/* The pages out of sight are out of the way of those who hear what is there, too. */
static void
hide_others (IbSetupWindow *self)
{
    if (gtk_stack_get_transition_running (self->stack))
        return;
    for (guint i = 0; i < N_SHEETS; i++)
        if (self->sheets[i] != NULL && self->sheets[i] != self->sheet)
            gtk_widget_set_visible (GTK_WIDGET (self->sheets[i]), FALSE);
}

static IbSetupSheet *
sheet_at (IbSetupWindow *self, guint number)
{
    if (self->sheets[number] == NULL) {
        self->sheets[number] = g_object_new (sheet_type (number), NULL);
        g_signal_connect_object (self->sheets[number], "changed", G_CALLBACK (show_buttons), self,
                                 G_CONNECT_SWAPPED);
        gtk_stack_add_child (self->stack, GTK_WIDGET (self->sheets[number]));
    }
    return self->sheets[number];
}

static void
turn_to (IbSetupWindow *self, guint number)
{
    IbSetupSheet *before = self->sheet;
    self->sheet = sheet_at (self, number);
    gtk_widget_set_visible (GTK_WIDGET (self->sheet), TRUE);
    ib_setup_sheet_show (self->sheet, self->setup);
    gtk_stack_set_transition_type (self->stack, number < self->number ? GTK_STACK_TRANSITION_TYPE_SLIDE_RIGHT
                                                                      : GTK_STACK_TRANSITION_TYPE_SLIDE_LEFT);
    gtk_stack_set_visible_child (self->stack, GTK_WIDGET (self->sheet));
    self->number = number;
    (void) gtk_widget_child_focus (GTK_WIDGET (self->sheet),
                                   GTK_DIR_TAB_FORWARD); /* there may be nothing to type */
    if (before == NULL)
        hide_others (self);
}

/* Of several to choose from, the chosen one; or the one button that a page is about. */
static bool
takes_input (GtkWidget *widget)
{
    if (!gtk_widget_is_sensitive (widget))
        return false;
    return GTK_IS_TEXT (widget) || GTK_IS_SWITCH (widget) || gtk_widget_has_css_class (widget, "pill")
           || (GTK_IS_CHECK_BUTTON (widget) && gtk_check_button_get_active (GTK_CHECK_BUTTON (widget)));
}

static bool
is_open (GtkWidget *widget)
{
    return gtk_widget_get_visible (widget)
           && (!GTK_IS_REVEALER (widget) || gtk_revealer_get_reveal_child (GTK_REVEALER (widget)));
}

/* In the order of the page; where it is on the screen is not known yet. */
static GtkWidget *
find_input (GtkWidget *widget)
{
    GtkWidget *found = takes_input (widget) ? widget : NULL;
    for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
         child = gtk_widget_get_next_sibling (child))
        if (is_open (child))
            found = find_input (child);
    return found;
}

/* The keyboard is where something can be typed or chosen; where nothing can, Return goes on all the same. */
static void
take_keyboard (IbSetupWindow *self)
{
    GtkWidget *input = find_input (GTK_WIDGET (self->sheet));
    (void) gtk_widget_grab_focus (input != NULL ? input : GTK_WIDGET (self->next_button));
}

/* The browser's page stays until what came of it is kept. */
static guint
number_of (IbSetupWindow *self)
{
    IbSetupPage page = ib_setup_page (self->setup);
    bool is_kept = self->number == BROWSER && page == IB_SETUP_SECRET && ib_setup_is_busy (self->setup);
    return ib_setup_link (self->setup) != NULL || is_kept ? BROWSER : page;
}

/* Who has signed in again is told nothing more. */
static bool
is_over (IbSetupWindow *self)
{
    return ib_setup_is_renewal (self->setup) && ib_setup_page (self->setup) == IB_SETUP_DONE;
}

/* An account stands, and its password is kept where it is to be: it need not be here as well. */
static void
drop_password (IbSetupWindow *self)
{
    IbSetupSheet *sheet = g_steal_pointer (&self->sheets[IB_SETUP_SECRET]);
    if (sheet != NULL)
        gtk_stack_remove (self->stack, GTK_WIDGET (sheet));
}

/* The model says: look again. */
static void
on_setup_changed (IbSetup *setup, gpointer data)
{
    IbSetupWindow *self = data;
    if (self->n_added < ib_setup_added (setup)->len)
        drop_password (self);
    for (; self->n_added < ib_setup_added (setup)->len; self->n_added++)
        g_signal_emit_by_name (self, "added", ib_setup_added (setup)->pdata[self->n_added]);
    if (is_over (self))
        return; /* whoever went on closes it */
    guint number = number_of (self);
    bool is_other = self->sheet == NULL || number != self->number;
    if (is_other)
        turn_to (self, number);
    else
        ib_setup_sheet_look (self->sheet);
    show_trouble (self, ib_setup_trouble (setup));
    show_busy (self, ib_setup_is_busy (setup));
    show_buttons (self);
    if (is_other)
        take_keyboard (self);
}

/* --- going on and back ------------------------------------------------------------------------------------------------- */

static void
go_on (GtkWidget *widget, const char *action, GVariant *parameter)
{
    g_autoptr (IbSetupWindow) self = g_object_ref (IB_SETUP_WINDOW (widget)); /* the last page closes it */
    g_autoptr (GError) error = NULL;
    if (!can_go_on (self))
        return;
    if (!ib_setup_sheet_leave (self->sheet, &error) || !ib_setup_sheet_proceed (self->sheet, &error))
        show_trouble (self, error);
    else if (self->setup != NULL && is_over (self))
        gtk_window_close (GTK_WINDOW (self));
}

static void
go_back (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbSetupWindow *self = IB_SETUP_WINDOW (widget);
    (void) ib_setup_sheet_leave (self->sheet, NULL); /* what cannot be handed over stays with the sheet */
    if (!ib_setup_back (self->setup))
        gtk_window_close (GTK_WINDOW (self));
}

static void
cancel (GtkWidget *widget, const char *action, GVariant *parameter)
{
    ib_setup_cancel (IB_SETUP_WINDOW (widget)->setup);
}

/* A row that does something itself; a row of a mark, a switch or a field is no more than a larger one of these. */
static bool
is_acting_row (GtkWidget *widget)
{
    return GTK_IS_LIST_BOX_ROW (widget) && !ADW_IS_ENTRY_ROW (widget)
           && gtk_list_box_row_get_activatable (GTK_LIST_BOX_ROW (widget))
           && (!ADW_IS_ACTION_ROW (widget)
               || adw_action_row_get_activatable_widget (ADW_ACTION_ROW (widget)) == NULL);
}

/* What Return means to the control that has the keyboard: a button is pressed, a list opened, a line broken. */
static bool
has_return (GtkWidget *focus)
{
    GType (*const types[]) (void)
        = { gtk_button_get_type, gtk_menu_button_get_type, gtk_text_view_get_type, gtk_popover_get_type };
    for (gsize i = 0; focus != NULL && i < G_N_ELEMENTS (types); i++)
        if (gtk_widget_get_ancestor (focus, types[i]()) != NULL)
            return true;
    GtkWidget *entry = focus != NULL ? gtk_widget_get_ancestor (focus, ADW_TYPE_ENTRY_ROW) : NULL;
    return is_acting_row (focus)
           || (entry != NULL && !adw_entry_row_get_activates_default (ADW_ENTRY_ROW (entry)));
}

static gboolean
on_return (GtkWidget *widget, GVariant *arguments, gpointer data)
{
    if (has_return (gtk_window_get_focus (GTK_WINDOW (widget))))
        return FALSE;
    go_on (widget, NULL, NULL);
    return TRUE;
}

/* --- the widget ---------------------------------------------------------------------------------------------------------- */

/* The model goes behind the sheets, which look at it. */
static void
ib_setup_window_dispose (GObject *object)
{
    IbSetupWindow *self = IB_SETUP_WINDOW (object);
    g_clear_handle_id (&self->patience, g_source_remove);
    G_OBJECT_CLASS (ib_setup_window_parent_class)->dispose (object);
    g_clear_pointer (&self->setup, ib_setup_free);
    g_clear_pointer (&self->workers, ib_setup_workers_free);
    g_clear_pointer (&self->clients, ib_oauth2_clients_free);
    g_clear_pointer (&self->providers, ib_providers_free);
    g_clear_pointer (&self->secrets, g_free);
    g_clear_pointer (&self->home, g_free);
    g_clear_pointer (&self->account, g_free);
}

static void
add_keys (GtkWidgetClass *widget)
{
    gtk_widget_class_install_action (widget, "setup.next", NULL, go_on);
    gtk_widget_class_install_action (widget, "setup.back", NULL, go_back);
    gtk_widget_class_install_action (widget, "setup.cancel", NULL, cancel);
    gtk_widget_class_add_binding_action (widget, GDK_KEY_Escape, 0, "setup.back", NULL);
    gtk_widget_class_add_binding_action (widget, GDK_KEY_Left, GDK_ALT_MASK, "setup.back", NULL);
}

static void
ib_setup_window_class_init (IbSetupWindowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->dispose = ib_setup_window_dispose;
    g_signal_new ("added", IB_TYPE_SETUP_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                  G_TYPE_STRING);
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/setup-window.ui");
    gtk_widget_class_bind_template_child (widget, IbSetupWindow, back_button);
    gtk_widget_class_bind_template_child (widget, IbSetupWindow, next_button);
    gtk_widget_class_bind_template_child (widget, IbSetupWindow, stack);
    gtk_widget_class_bind_template_child (widget, IbSetupWindow, trouble_part);
    gtk_widget_class_bind_template_child (widget, IbSetupWindow, trouble);
    gtk_widget_class_bind_template_child (widget, IbSetupWindow, remedy);
    gtk_widget_class_bind_template_child (widget, IbSetupWindow, busy_part);
    gtk_widget_class_bind_template_child (widget, IbSetupWindow, busy_words);
    gtk_widget_class_bind_template_child (widget, IbSetupWindow, cancel_button);
    gtk_widget_class_bind_template_callback (widget, hide_others);
    add_keys (widget);
}

/* Before the control that has the keyboard sees it: a row would take Return for a click. */
static void
add_return (IbSetupWindow *self)
{
    static const guint keys[] = { GDK_KEY_Return, GDK_KEY_KP_Enter, GDK_KEY_ISO_Enter };
    GtkEventController *shortcuts = gtk_shortcut_controller_new ();
    gtk_event_controller_set_propagation_phase (shortcuts, GTK_PHASE_CAPTURE);
    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
        gtk_shortcut_controller_add_shortcut (
            GTK_SHORTCUT_CONTROLLER (shortcuts),
            gtk_shortcut_new (gtk_keyval_trigger_new (keys[i], 0),
                              gtk_callback_action_new (on_return, NULL, NULL)));
    gtk_widget_add_controller (GTK_WIDGET (self), shortcuts);
}

static void
ib_setup_window_init (IbSetupWindow *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    add_return (self);
}

/* --- the model ------------------------------------------------------------------------------------------------------------- */

static bool
load_tables (IbSetupWindow *self, const IbPaths *paths, GError **error)
{
    const char *const tables[] = { ib_paths_shipped_providers (), paths->providers, NULL };
    const char *const ids[] = { ib_paths_shipped_oauth_clients (), paths->oauth_clients, NULL };
    self->providers = ib_providers_load (tables, error);
    self->clients = self->providers != NULL ? ib_oauth2_clients_load (ids, error) : NULL;
    return self->clients != NULL;
}

/* @account: NULL for a new one. */
static bool
make_setup (IbSetupWindow *self, const IbPaths *paths, const char *account, GError **error)
{
    static const IbSetupFace face = { .changed = on_setup_changed };
    const char *data = paths->home != NULL ? paths->home : g_get_user_data_dir ();
    self->secrets = g_build_filename (data, paths->home != NULL ? "secrets" : "inbasket/secrets", NULL);
    const IbSetupHome home = { .providers = self->providers,
                               .clients = self->clients,
                               .accounts = paths->accounts,
                               .secrets = self->secrets };
    self->home = g_strdup (paths->home);
    self->account = g_strdup (account);
    self->workers = ib_setup_workers_new (paths, &face, self);
    const IbSetupDoers *doers = ib_setup_workers_doers (self->workers);
    self->setup = account != NULL ? ib_setup_renew (&home, doers, self->workers, account, error)
                                  : ib_setup_new (&home, doers, self->workers);
    return self->setup != NULL;
}

GtkWindow *
ib_setup_window_new (GtkWindow *parent, const IbPaths *paths, const char *account, GError **error)
{
    IbSetupWindow *self = g_object_new (IB_TYPE_SETUP_WINDOW, NULL);
    if (!load_tables (self, paths, error) || !make_setup (self, paths, account, error)) {
        gtk_window_destroy (GTK_WINDOW (self));
        return NULL;
    }
    ib_secret_forbid_dumps (); /* the toolkit keeps copies of what is typed */
    gtk_window_set_transient_for (GTK_WINDOW (self), parent);
    gtk_window_set_application (GTK_WINDOW (self), gtk_window_get_application (parent));
    on_setup_changed (self->setup, self);
    return GTK_WINDOW (self);
}

const char *
ib_setup_window_home (IbSetupWindow *self)
{
    return self->home;
}

bool
ib_setup_window_is_for (IbSetupWindow *self, const char *account)
{
    return g_strcmp0 (self->account, account) == 0 && ib_setup_page (self->setup) != IB_SETUP_DONE;
}

bool
ib_setup_window_has_input (IbSetupWindow *self)
{
    if (ib_setup_page (self->setup) == IB_SETUP_DONE)
        return false;
    bool is_touched = false;
    for (guint i = 0; i < N_SHEETS; i++)
        is_touched = is_touched || (self->sheets[i] != NULL && ib_setup_sheet_is_touched (self->sheets[i]));
    return is_touched || !ib_setup_is_at_beginning (self->setup);
}
