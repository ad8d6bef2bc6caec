/* setup-sign-in-sheet.c - the ways to sign in, and what to know of the provider before the first failure */
#include "setup-sign-in-sheet.h"
#include "escape.h"
#include "setup-rows.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LONGEST_NAME 300

struct _IbSetupSignInSheet {
    IbSetupSheet parent;

    AdwPreferencesGroup *provider, *app_password_part, *ways, *browser;
    AdwActionRow *app_passwords;
    GtkLinkButton *app_password_link;
    GtkSwitch *elsewhere;
};

G_DEFINE_FINAL_TYPE (IbSetupSignInSheet, ib_setup_sign_in_sheet, IB_TYPE_SETUP_SHEET)

/* One that can be chosen. */
typedef struct {
    IbSetupSignInSheet *sheet;
    IbSignIn way;
    bool is_by_program; /* tokens of a program of the user's */
} Choice;

static const char *
way_title (IbSignIn way)
{
    switch (way) {
    case IB_SIGN_IN_OAUTH2:
        return _ ("Browser");
    case IB_SIGN_IN_APP_PASSWORD:
        return _ ("App Password");
    case IB_SIGN_IN_PASSWORD:
        return _ ("Password");
    case IB_SIGN_IN_CODE:
        return _ ("Code of the Webmail");
    case IB_SIGN_IN_BRIDGE:
        return _ ("Bridge Program");
    case IB_SIGN_IN_NONE:
        return _ ("No Way In");
    }
    g_assert_not_reached ();
}

static bool
is_field (IbSetup *setup, const char *field, const char *value)
{
    return strcmp (ib_setup_get (setup, field), value) == 0;
}

static const IbOAuth2Door *
chosen_door (IbSetup *setup)
{
    const GPtrArray *doors = ib_setup_doors (setup);
    for (guint i = 0; i < doors->len; i++) {
        const IbOAuth2Door *door = doors->pdata[i];
        if (is_field (setup, "sign-in", ib_sign_in_name (door->way)))
            return door;
    }
    return NULL;
}

/* --- the provider --------------------------------------------------------------------------------------------------- */

/* What it is called in a sentence; the table's words are ours or the user's own. */
static char *
provider_words (IbSetup *setup)
{
    const IbProvider *provider = ib_setup_provider (setup);
    const IbCandidate *candidate = ib_setup_candidate (setup);
    const char *name = provider != NULL ? provider->name : candidate != NULL ? candidate->host : "";
    g_autofree char *safe = ib_escape_text (name, -1, LONGEST_NAME);
    if (provider != NULL)
        return g_markup_printf_escaped (_ ("Your mail is with %s."), safe);
    if (candidate != NULL)
        return g_markup_printf_escaped (_ ("A server was found: %s."), safe);
    return g_strdup (_ ("No settings were found for this address; you can give them yourself."));
}

static void
show_provider (IbSetupSignInSheet *self, IbSetup *setup)
{
    const IbProvider *provider = ib_setup_provider (setup);
    const char *url = provider != NULL ? provider->app_password_url : "";
    g_autofree char *words = provider_words (setup);
    adw_preferences_group_set_description (self->provider, words);
    ib_setup_rows_clear (self->provider);
    for (char **trap = provider != NULL ? provider->traps : NULL; trap != NULL && *trap != NULL; trap++)
        (void) ib_setup_rows_add (self->provider, *trap, "", "dialog-warning-symbolic");
    gtk_widget_set_visible (GTK_WIDGET (self->app_password_part), *url != '\0');
    adw_action_row_set_subtitle (self->app_passwords, url);
    gtk_link_button_set_uri (self->app_password_link, url);
}

/* --- the ways --------------------------------------------------------------------------------------------------------- */

static void
show_browser (IbSetupSignInSheet *self, IbSetup *setup)
{
    const IbOAuth2Door *door = chosen_door (setup);
    gtk_widget_set_visible (GTK_WIDGET (self->browser),
                            door != NULL && door->way == IB_SIGN_IN_OAUTH2 && door->is_open);
}

static void
on_chosen (GtkCheckButton *mark, GParamSpec *spec, gpointer data)
{
    const Choice *choice = data;
    IbSetupSheet *sheet = IB_SETUP_SHEET (choice->sheet);
    IbSetup *setup = ib_setup_sheet_setup (sheet);
    if (!gtk_check_button_get_active (mark) || ib_setup_sheet_is_filling (sheet))
        return;
    const IbOAuth2Door *before = chosen_door (setup);
    bool was_by_program = before != NULL && !before->is_open && before->way == IB_SIGN_IN_OAUTH2;
    ib_setup_sheet_set (sheet, "sign-in", ib_sign_in_name (choice->way));
    if (choice->is_by_program)
        ib_setup_sheet_set (sheet, "keep", "command");
    else if (was_by_program)
        ib_setup_sheet_set (sheet, "keep", "keyring");
    show_browser (choice->sheet, setup);
}

/* Of one that is open; the model's words are for those who write it into a file. */
static const char *
way_words (IbSignIn way)
{
    switch (way) {
    case IB_SIGN_IN_OAUTH2:
        return _ ("You sign in on a page of the provider’s, in your browser.");
    case IB_SIGN_IN_APP_PASSWORD:
        return _ ("A password for mail programs alone, made on the provider’s pages.");
    case IB_SIGN_IN_PASSWORD:
        return _ ("The account’s own password.");
    case IB_SIGN_IN_CODE:
        return _ ("A code for mail programs, made by the provider’s webmail.");
    case IB_SIGN_IN_BRIDGE:
        return _ ("The password that the provider’s bridge program shows.");
    case IB_SIGN_IN_NONE:
        return "";
    }
    g_assert_not_reached ();
}

/* Why a door is shut, as a sentence of its own. Returns: (transfer full) */
static char *
sentence (const char *words)
{
    g_autofree char *first = g_utf8_substring (words, 0, 1);
    g_autofree char *capital = g_utf8_strup (first, -1);
    return g_strconcat (capital, words + strlen (first), ".", NULL);
}

static void
add_way (IbSetupSignInSheet *self, IbSetup *setup, const IbOAuth2Door *door, GtkCheckButton **leader)
{
    bool is_by_program = !door->is_open && door->way == IB_SIGN_IN_OAUTH2;
    bool is_chosen = is_field (setup, "sign-in", ib_sign_in_name (door->way))
                     && (door->is_open || is_field (setup, "keep", "command"));
    g_autofree char *why = sentence (door->words);
    if (!door->is_open)
        ib_setup_rows_add_shut (self->ways, way_title (door->way), why);
    if (!door->is_open && !is_by_program)
        return;
    GtkCheckButton *mark = ib_setup_rows_add_choice (
        self->ways, *leader, is_by_program ? _ ("Program of Yours") : way_title (door->way),
        is_by_program ? _ ("One that gets access tokens, such as pizauth or oama.") : way_words (door->way));
    Choice *choice = g_new (Choice, 1);
    *choice = (Choice){ self, door->way, is_by_program };
    gtk_check_button_set_active (mark, is_chosen);
    g_signal_connect_data (mark, "notify::active", G_CALLBACK (on_chosen), choice,
                           (GClosureNotify) (void (*) (void)) g_free, 0);
    *leader = *leader != NULL ? *leader : mark;
}

static void
ib_setup_sign_in_sheet_show (IbSetupSheet *sheet, IbSetup *setup)
{
    IbSetupSignInSheet *self = IB_SETUP_SIGN_IN_SHEET (sheet);
    g_autoptr (GPtrArray) doors = g_ptr_array_ref ((GPtrArray *) ib_setup_doors (setup));
    GtkCheckButton *leader = NULL;
    show_provider (self, setup);
    ib_setup_rows_clear (self->ways);
    for (guint i = 0; i < doors->len; i++)
        add_way (self, setup, doors->pdata[i], &leader);
    gtk_switch_set_active (self->elsewhere, is_field (setup, "browser", "elsewhere"));
    show_browser (self, setup);
}

static bool
ib_setup_sign_in_sheet_is_complete (IbSetupSheet *sheet, IbSetup *setup)
{
    const IbOAuth2Door *door = chosen_door (setup);
    bool is_by_program
        = door != NULL && door->way == IB_SIGN_IN_OAUTH2 && is_field (setup, "keep", "command");
    return door != NULL && (door->is_open || is_by_program);
}

static void
on_elsewhere (IbSetupSignInSheet *self)
{
    ib_setup_sheet_set (IB_SETUP_SHEET (self), "browser",
                        gtk_switch_get_active (self->elsewhere) ? "elsewhere" : "here");
}

/* --- the widget ---------------------------------------------------------------------------------------------------------- */

static void
ib_setup_sign_in_sheet_class_init (IbSetupSignInSheetClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    IB_SETUP_SHEET_CLASS (class)->show = ib_setup_sign_in_sheet_show;
    IB_SETUP_SHEET_CLASS (class)->is_complete = ib_setup_sign_in_sheet_is_complete;
    gtk_widget_class_set_template_from_resource (widget,
                                                 "/io/github/inbasket/Inbasket/setup-sign-in-sheet.ui");
    gtk_widget_class_bind_template_child (widget, IbSetupSignInSheet, provider);
    gtk_widget_class_bind_template_child (widget, IbSetupSignInSheet, ways);
    gtk_widget_class_bind_template_child (widget, IbSetupSignInSheet, browser);
    gtk_widget_class_bind_template_child (widget, IbSetupSignInSheet, app_password_part);
    gtk_widget_class_bind_template_child (widget, IbSetupSignInSheet, app_passwords);
    gtk_widget_class_bind_template_child (widget, IbSetupSignInSheet, app_password_link);
    gtk_widget_class_bind_template_child (widget, IbSetupSignInSheet, elsewhere);
    gtk_widget_class_bind_template_callback (widget, on_elsewhere);
}

static void
ib_setup_sign_in_sheet_init (IbSetupSignInSheet *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}
