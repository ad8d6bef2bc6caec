/* setup-secret-sheet.c - the password, and where it is to be kept */
#include "setup-secret-sheet.h"
#include "escape.h"
#include "setup-rows.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Who the server is may be what a server said. */
#define LONGEST_NAME 300

struct _IbSetupSecretSheet {
    IbSetupSheet parent;

    AdwPreferencesGroup *password_part, *places, *browser_part, *value_part;
    AdwPasswordEntryRow *password;
    AdwEntryRow *keep_in;
    AdwActionRow *write_row;
    GtkSwitch *elsewhere, *write_clear;
    char *whose;       /* the password that is typed: it is not for another's server */
    bool is_new;       /* it was not handed over yet */
    bool is_choosing;  /* a place, whose row has the keyboard and stays */
    bool has_keyboard; /* it is among the places, while they are made anew */
    GPtrArray *listed; /* the model's places that are shown; NULL: none yet */
};

G_DEFINE_FINAL_TYPE (IbSetupSecretSheet, ib_setup_secret_sheet, IB_TYPE_SETUP_SHEET)

static bool
keeps_in (IbSetup *setup, const char *place)
{
    return strcmp (ib_setup_get (setup, "keep"), place) == 0;
}

static bool
is_token (IbSetup *setup)
{
    return strcmp (ib_setup_get (setup, "sign-in"), "oauth2") == 0;
}

/* Keyrings and files are written by us. */
static bool
is_written (IbSetup *setup)
{
    return keeps_in (setup, "keyring") || keeps_in (setup, "file");
}

/* --- the password ----------------------------------------------------------------------------------------------------- */

static bool
is_typed (IbSetupSecretSheet *self)
{
    return *gtk_editable_get_text (GTK_EDITABLE (self->password)) != '\0';
}

static void
on_typed (IbSetupSecretSheet *self)
{
    self->is_new = true;
    ib_setup_sheet_touch (IB_SETUP_SHEET (self));
    ib_setup_sheet_changed (IB_SETUP_SHEET (self));
}

/* It stays as it was typed, for whoever comes back to mend a letter; but never for another account. */
static void
show_password (IbSetupSecretSheet *self, IbSetup *setup)
{
    g_autofree char *whose = g_strjoin ("\n", ib_setup_get (setup, "address"), ib_setup_get (setup, "user"),
                                        ib_setup_get (setup, "host"), NULL);
    if (g_strcmp0 (whose, self->whose) != 0)
        gtk_editable_set_text (GTK_EDITABLE (self->password), "");
    g_free (self->whose);
    self->whose = g_steal_pointer (&whose);
    g_autofree char *user = ib_escape_text (ib_setup_user (setup), -1, LONGEST_NAME);
    g_autofree char *host = ib_escape_text (ib_setup_get (setup, "host"), -1, LONGEST_NAME);
    g_autofree char *words = g_markup_printf_escaped (_ ("Password of %s at %s"), user, host);
    adw_preferences_group_set_description (self->password_part, words);
}

static bool
ib_setup_secret_sheet_leave (IbSetupSheet *sheet, IbSetup *setup, GError **error)
{
    IbSetupSecretSheet *self = IB_SETUP_SECRET_SHEET (sheet);
    const char *text = gtk_editable_get_text (GTK_EDITABLE (self->password));
    if (is_token (setup) || !is_written (setup) || !is_typed (self)
        || (!self->is_new && !ib_setup_needs_secret (setup)))
        return true;
    g_autoptr (IbSecret) secret = ib_secret_new (text, strlen (text), error);
    if (secret == NULL)
        return false;
    ib_setup_take_secret (setup, secret);
    self->is_new = false;
    return true;
}

/* --- the place ---------------------------------------------------------------------------------------------------------- */

static const char *
place_title (IbSecretSource source)
{
    switch (source) {
    case IB_SECRET_KEYRING:
        return _ ("Keyring");
    case IB_SECRET_COMMAND:
        return _ ("Command");
    case IB_SECRET_CREDENTIAL:
        return _ ("Credential");
    case IB_SECRET_FILE:
        return _ ("File");
    case IB_SECRET_GOA:
        return _ ("Online Accounts");
    }
    g_assert_not_reached ();
}

static void
show_value (IbSetupSecretSheet *self, IbSetup *setup)
{
    bool is_file = keeps_in (setup, "file");
    const char *title = is_file                       ? _ ("File")
                        : keeps_in (setup, "command") ? _ ("Command (No Shell Runs It)")
                                                      : _ ("Name of the Credential");
    g_autofree char *markup = g_markup_escape_text (title, -1);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->keep_in), markup);
    gtk_widget_set_visible (GTK_WIDGET (self->value_part), !keeps_in (setup, "keyring"));
    gtk_widget_set_visible (GTK_WIDGET (self->write_row), is_file);
    gtk_widget_set_visible (GTK_WIDGET (self->password_part), is_written (setup) && !is_token (setup));
    adw_preferences_group_set_title (self->places, is_token (setup) ? _ ("Where to Keep the Token")
                                                                    : _ ("Where to Keep the Password"));
    adw_preferences_group_set_description (
        self->places, is_token (setup) && is_written (setup)
                          ? _ ("You sign in with the browser next, and it brings a token.")
                          : NULL);
    g_autofree char *again = g_strdup_printf (_ ("Sign In to “%s”"), ib_setup_get (setup, "name"));
    const char *what = is_token (setup) ? _ ("The Token") : _ ("The Password");
    g_object_set (self, "title", ib_setup_is_renewal (setup) ? again : what, NULL);
}

/* Who adds an account has said it on the page of the ways. */
static void
show_browser (IbSetupSecretSheet *self, IbSetup *setup)
{
    gtk_widget_set_visible (GTK_WIDGET (self->browser_part),
                            ib_setup_is_renewal (setup) && is_token (setup) && is_written (setup));
    gtk_switch_set_active (self->elsewhere, strcmp (ib_setup_get (setup, "browser"), "elsewhere") == 0);
}

static void
on_elsewhere (IbSetupSecretSheet *self)
{
    ib_setup_sheet_set (IB_SETUP_SHEET (self), "browser",
                        gtk_switch_get_active (self->elsewhere) ? "elsewhere" : "here");
}

static void
on_chosen (GtkCheckButton *mark, GParamSpec *spec, gpointer data)
{
    IbSetupSheet *sheet = data;
    if (!gtk_check_button_get_active (mark) || ib_setup_sheet_is_filling (sheet))
        return;
    ib_setup_sheet_set (sheet, "keep", g_object_get_data (G_OBJECT (mark), "place"));
    IB_SETUP_SECRET_SHEET (sheet)->is_choosing = true;
    ib_setup_sheet_refill (sheet); /* what is suggested for the place */
    IB_SETUP_SECRET_SHEET (sheet)->is_choosing = false;
}

/* It is there to be read what is waited for. */
static void
add_awaited (IbSetupSecretSheet *self, const IbKeepingPlace *place)
{
    GtkWidget *row = ib_setup_rows_add (self->places, place_title (place->source), place->words, NULL);
    GtkWidget *wheel = g_object_new (GTK_TYPE_SPINNER, "spinning", TRUE, "accessible-role",
                                     GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
    adw_action_row_add_prefix (ADW_ACTION_ROW (row), wheel);
    gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_BUSY, TRUE, -1);
}

static void
add_place (IbSetupSecretSheet *self, IbSetup *setup, const IbKeepingPlace *place, GtkCheckButton **leader)
{
    if (place->is_awaited) {
        add_awaited (self, place);
        return;
    }
    if (!place->is_open) {
        ib_setup_rows_add_shut (self->places, place_title (place->source), place->words);
        return;
    }
    GtkCheckButton *mark
        = ib_setup_rows_add_choice (self->places, *leader, place_title (place->source), place->words);
    gtk_check_button_set_active (mark, keeps_in (setup, place->name));
    g_object_set_data_full (G_OBJECT (mark), "place", g_strdup (place->name), g_free);
    g_signal_connect (mark, "notify::active", G_CALLBACK (on_chosen), self);
    *leader = *leader != NULL ? *leader : mark;
    if (self->has_keyboard && gtk_check_button_get_active (mark))
        (void) gtk_widget_grab_focus (GTK_WIDGET (mark));
}

/* The keyring may have answered, be open now, or stay shut; but the one that is just chosen has the keyboard, and stays. */
static void
show_places (IbSetupSecretSheet *self, IbSetup *setup)
{
    GPtrArray *places = g_ptr_array_ref ((GPtrArray *) ib_setup_places (setup));
    GtkCheckButton *leader = NULL;
    self->has_keyboard = gtk_widget_get_focus_child (GTK_WIDGET (self->places)) != NULL;
    ib_setup_rows_clear (self->places);
    for (guint i = 0; i < places->len; i++)
        add_place (self, setup, places->pdata[i], &leader);
    g_clear_pointer (&self->listed, g_ptr_array_unref);
    self->listed = places;
}

static void
ib_setup_secret_sheet_show (IbSetupSheet *sheet, IbSetup *setup)
{
    IbSetupSecretSheet *self = IB_SETUP_SECRET_SHEET (sheet);
    if (!self->is_choosing)
        show_places (self, setup);
    show_value (self, setup);
    show_browser (self, setup);
    show_password (self, setup);
}

/* With another answer of the keyring's, another place may be suggested. */
static void
ib_setup_secret_sheet_look (IbSetupSheet *sheet, IbSetup *setup)
{
    if (ib_setup_places (setup) != IB_SETUP_SECRET_SHEET (sheet)->listed)
        ib_setup_sheet_refill (sheet);
}

static bool
is_open (IbSetup *setup)
{
    const GPtrArray *places = ib_setup_places (setup);
    for (guint i = 0; i < places->len; i++) {
        const IbKeepingPlace *place = places->pdata[i];
        if (keeps_in (setup, place->name))
            return place->is_open;
    }
    return true; /* somewhere else, as an account may that stands */
}

static bool
ib_setup_secret_sheet_is_complete (IbSetupSheet *sheet, IbSetup *setup)
{
    bool has_value = *ib_setup_get (setup, "keep-in") != '\0';
    if (keeps_in (setup, "file") && strcmp (ib_setup_get (setup, "write-clear"), "yes") != 0)
        return false;
    return is_open (setup) && (has_value || keeps_in (setup, "keyring"))
           && (is_typed (IB_SETUP_SECRET_SHEET (sheet)) || !ib_setup_needs_secret (setup));
}

/* --- the widget ---------------------------------------------------------------------------------------------------------- */

static void
ib_setup_secret_sheet_finalize (GObject *object)
{
    IbSetupSecretSheet *self = IB_SETUP_SECRET_SHEET (object);
    g_free (self->whose);
    g_clear_pointer (&self->listed, g_ptr_array_unref);
    G_OBJECT_CLASS (ib_setup_secret_sheet_parent_class)->finalize (object);
}

static void
ib_setup_secret_sheet_class_init (IbSetupSecretSheetClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->finalize = ib_setup_secret_sheet_finalize;
    IB_SETUP_SHEET_CLASS (class)->show = ib_setup_secret_sheet_show;
    IB_SETUP_SHEET_CLASS (class)->look = ib_setup_secret_sheet_look;
    IB_SETUP_SHEET_CLASS (class)->is_complete = ib_setup_secret_sheet_is_complete;
    IB_SETUP_SHEET_CLASS (class)->leave = ib_setup_secret_sheet_leave;
    gtk_widget_class_set_template_from_resource (widget,
                                                 "/io/github/inbasket/Inbasket/setup-secret-sheet.ui");
    gtk_widget_class_bind_template_child (widget, IbSetupSecretSheet, password_part);
    gtk_widget_class_bind_template_child (widget, IbSetupSecretSheet, password);
    gtk_widget_class_bind_template_child (widget, IbSetupSecretSheet, places);
    gtk_widget_class_bind_template_child (widget, IbSetupSecretSheet, browser_part);
    gtk_widget_class_bind_template_child (widget, IbSetupSecretSheet, elsewhere);
    gtk_widget_class_bind_template_child (widget, IbSetupSecretSheet, value_part);
    gtk_widget_class_bind_template_child (widget, IbSetupSecretSheet, keep_in);
    gtk_widget_class_bind_template_child (widget, IbSetupSecretSheet, write_row);
    gtk_widget_class_bind_template_child (widget, IbSetupSecretSheet, write_clear);
    gtk_widget_class_bind_template_callback (widget, on_elsewhere);
    gtk_widget_class_bind_template_callback (widget, on_typed);
}

static void
ib_setup_secret_sheet_init (IbSetupSecretSheet *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    ib_setup_sheet_tie_entry (IB_SETUP_SHEET (self), "keep-in", self->keep_in);
    ib_setup_sheet_tie_yes (IB_SETUP_SHEET (self), "write-clear", GTK_WIDGET (self->write_clear));
}
