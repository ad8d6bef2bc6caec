/* always-dialog.c - "Always to …": a rule for mail like this one, seen and tried before it is written */
#include "always-dialog.h"
#include "always.h"
#include "escape.h"
#include "telling.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#define LONGEST_TEXT 300
#define LONGEST_RULE 4000
#define MOST_EXAMPLES 5
/* A name is asked for when it is written. */
#define TYPING_MS 300

struct _IbAlwaysDialog {
    AdwWindow parent;

    IbLink *link;
    char *id;
    GtkWidget *teller; /* weak: who is told */
    char *kind;        /* that is chosen; NULL: not known yet */
    guint asked;       /* how often: the answer to the last one counts */
    guint typing;      /* until it is asked; 0: not waited for */
    bool is_closed;    /* but something that it asked for is not done yet */
    IbHeardRule *rule; /* that can be saved; NULL */

    GtkStack *states;
    AdwStatusPage *trouble;
    AdwPreferencesGroup *kinds;
    AdwComboRow *folders;
    AdwEntryRow *new_folder;
    GtkLabel *text, *note, *replayed;
    GtkWidget *save_button;
    GtkWidget *first_kind; /* of the radio buttons */
};

G_DEFINE_FINAL_TYPE (IbAlwaysDialog, ib_always_dialog, ADW_TYPE_WINDOW)

static void ask (IbAlwaysDialog *self);

/* --- who asks ------------------------------------------------------------------------------------------------------ */

typedef struct {
    IbAlwaysDialog *dialog;
    guint number;
    char *decides; /* of the rule that is tried; NULL */
} Asked;

static Asked *
asked_new (IbAlwaysDialog *self)
{
    Asked *asked = g_new0 (Asked, 1);
    asked->dialog = g_object_ref (self);
    asked->number = self->asked;
    asked->decides = self->rule != NULL ? g_strdup (self->rule->decides) : NULL;
    return asked;
}

static void
asked_free (Asked *asked)
{
    g_object_unref (asked->dialog);
    g_free (asked->decides);
    g_free (asked);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asked, asked_free)

/* NULL: it failed, or something else is asked for meanwhile, and then there is no error. Returns: (transfer full) */
static char *
take_document (Asked *asked, GObject *source, GAsyncResult *result, GError **error)
{
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, error);
    char *document = NULL;
    if (asked->number != asked->dialog->asked) {
        g_clear_error (error);
        return NULL;
    }
    if (answer != NULL)
        g_variant_get (answer, "(s)", &document);
    return document;
}

static char *
safe_words (const char *words, gsize most)
{
    return ib_escape_text (words, -1, most);
}

/* --- what it would have done ----------------------------------------------------------------------------------------- */

static char *
replay_words (const IbHeardReplay *replay)
{
    GString *words = g_string_new (NULL);
    g_string_append_printf (words,
                            ngettext ("It would have decided about %'" PRIu64 " message that is here",
                                      "It would have decided about %'" PRIu64 " messages that are here",
                                      replay->decided),
                            replay->decided);
    if (replay->moved > 0)
        g_string_append_printf (words,
                                ngettext ("; %'" PRIu64 " of them stands elsewhere, and stays there.",
                                          "; %'" PRIu64 " of them stand elsewhere, and stay there.",
                                          replay->moved),
                                replay->moved);
    else
        g_string_append_c (words, '.');
    for (guint i = 0; i < MIN (replay->examples->len, MOST_EXAMPLES); i++) {
        const IbHeardTried *example = replay->examples->pdata[i];
        g_autofree char *subject = safe_words (example->subject, LONGEST_TEXT);
        g_autofree char *from = safe_words (example->from, LONGEST_TEXT);
        g_string_append_printf (words, _ ("\n• %s, from %s"), *subject != '\0' ? subject : _ ("No subject"),
                                from);
    }
    return g_string_free (words, FALSE);
}

static void
on_replay (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Asked) asked = user_data;
    g_autoptr (GError) error = NULL;
    g_autofree char *document = take_document (asked, source, result, &error);
    g_autoptr (IbHeardReplay) replay
        = document != NULL ? ib_heard_replay_read (document, asked->decides, &error) : NULL;
    if (replay == NULL && error == NULL)
        return;
    g_autofree char *words
        = replay != NULL ? replay_words (replay) : safe_words (error->message, LONGEST_TEXT);
    gtk_label_set_text (asked->dialog->replayed, words);
}

static void
try_rule (IbAlwaysDialog *self)
{
    gtk_label_set_text (self->replayed, _ ("Trying it on the mail that is here…"));
    ib_link_ask (self->link, "ReplayFilter", g_variant_new ("(ss)", self->rule->name, self->rule->text),
                 "(s)", on_replay, asked_new (self));
}

/* --- the rule -------------------------------------------------------------------------------------------------------- */

/* @words: in the place of a rule; NULL: none yet. */
static void
show_no_rule (IbAlwaysDialog *self, const char *words)
{
    g_autofree char *safe = words != NULL ? safe_words (words, LONGEST_TEXT) : g_strdup ("");
    g_clear_pointer (&self->rule, ib_heard_rule_free);
    gtk_label_set_text (self->text, "");
    gtk_widget_set_visible (GTK_WIDGET (self->text), FALSE);
    gtk_label_set_text (self->note, safe);
    gtk_widget_set_visible (GTK_WIDGET (self->note), *safe != '\0');
    gtk_label_set_text (self->replayed, "");
    gtk_widget_set_sensitive (self->save_button, FALSE);
}

/* Line by line: a rule is the service's own text, and what came from outside in it is in its strings. */
static void
show_rule (IbAlwaysDialog *self, IbHeardRule *rule)
{
    g_auto (GStrv) lines = g_strsplit (rule->rule, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        char *safe = safe_words (*line, LONGEST_RULE);
        g_free (*line);
        *line = safe;
    }
    g_autofree char *text = g_strjoinv ("\n", lines);
    g_autofree char *note = safe_words (rule->note, LONGEST_TEXT);
    g_clear_pointer (&self->rule, ib_heard_rule_free);
    self->rule = rule;
    gtk_label_set_text (self->text, g_strchomp (text));
    gtk_widget_set_visible (GTK_WIDGET (self->text), TRUE);
    gtk_label_set_text (self->note, note);
    gtk_widget_set_visible (GTK_WIDGET (self->note), *note != '\0');
    gtk_widget_set_sensitive (self->save_button, TRUE);
    try_rule (self);
}

static void
on_proposed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Asked) asked = user_data;
    g_autoptr (GError) error = NULL;
    g_autofree char *document = take_document (asked, source, result, &error);
    g_autoptr (IbHeardRule) rule = document != NULL ? ib_heard_rule_read (document, &error) : NULL;
    if (rule != NULL && *rule->decides != '\0')
        show_rule (asked->dialog, g_steal_pointer (&rule));
    else if (rule != NULL)
        show_no_rule (asked->dialog, rule->refused);
    else if (error != NULL)
        show_no_rule (asked->dialog, error->message);
}

/* The one that is chosen, or else is written; "": none yet. */
static const char *
chosen_folder (IbAlwaysDialog *self)
{
    GListModel *names = adw_combo_row_get_model (self->folders);
    if (names == NULL)
        return "";
    guint chosen = adw_combo_row_get_selected (self->folders);
    if (chosen + 1 >= g_list_model_get_n_items (names))
        return gtk_editable_get_text (GTK_EDITABLE (self->new_folder));
    return gtk_string_list_get_string (GTK_STRING_LIST (names), chosen);
}

static void
ask (IbAlwaysDialog *self)
{
    const char *folder = chosen_folder (self);
    g_clear_handle_id (&self->typing, g_source_remove);
    self->asked++;
    show_no_rule (self, NULL);
    if (self->kind != NULL && *folder != '\0')
        ib_link_ask (self->link, "ProposeRule", g_variant_new ("(sss)", self->id, self->kind, folder), "(s)",
                     on_proposed, asked_new (self));
}

static gboolean
on_typed_enough (gpointer user_data)
{
    IbAlwaysDialog *self = user_data;
    self->typing = 0;
    ask (self);
    return G_SOURCE_REMOVE;
}

static void
on_typed (IbAlwaysDialog *self)
{
    g_clear_handle_id (&self->typing, g_source_remove);
    self->typing = g_timeout_add (TYPING_MS, on_typed_enough, self);
    gtk_widget_set_sensitive (self->save_button, FALSE);
}

static void
on_folder_chosen (IbAlwaysDialog *self)
{
    GListModel *names = adw_combo_row_get_model (self->folders);
    bool is_new
        = names != NULL && adw_combo_row_get_selected (self->folders) + 1 >= g_list_model_get_n_items (names);
    gtk_widget_set_visible (GTK_WIDGET (self->new_folder), is_new);
    if (names != NULL)
        ask (self);
}

/* --- what there is to choose ------------------------------------------------------------------------------------------- */

static void
on_kind_chosen (GtkCheckButton *button, GParamSpec *property, gpointer user_data)
{
    IbAlwaysDialog *self = user_data;
    if (!gtk_check_button_get_active (button))
        return;
    g_free (self->kind);
    self->kind = g_strdup (g_object_get_data (G_OBJECT (button), "kind"));
    ask (self);
}

static const char *
title_of (const IbHeardRuleKind *kind)
{
    return strcmp (kind->kind, "list") == 0     ? _ ("Mailing list")
           : strcmp (kind->kind, "sender") == 0 ? _ ("Sender")
           : strcmp (kind->kind, "domain") == 0 ? _ ("Sender’s domain")
                                                : _ ("Your address");
}

static void
add_kind (IbAlwaysDialog *self, const IbHeardRuleKind *kind)
{
    bool is_possible = *kind->refused == '\0';
    g_autofree char *title = safe_words (is_possible ? kind->words : title_of (kind), LONGEST_TEXT);
    g_autofree char *why = safe_words (kind->refused, LONGEST_TEXT);
    AdwActionRow *row = g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "title-lines", 0,
                                      "subtitle-lines", 0, "sensitive", is_possible, NULL);
    GtkWidget *button
        = g_object_new (GTK_TYPE_CHECK_BUTTON, "group", self->first_kind, "valign", GTK_ALIGN_CENTER, NULL);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
    adw_action_row_set_subtitle (row, why);
    adw_action_row_add_prefix (row, button);
    adw_action_row_set_activatable_widget (row, button);
    gtk_widget_set_sensitive (button, is_possible); /* a screen reader asks the button itself */
    g_object_set_data_full (G_OBJECT (button), "kind", g_strdup (kind->kind), g_free);
    adw_preferences_group_add (self->kinds, GTK_WIDGET (row));
    if (self->first_kind == NULL)
        self->first_kind = button;
    g_signal_connect (button, "notify::active", G_CALLBACK (on_kind_chosen), self);
    if (is_possible && self->kind == NULL)
        gtk_check_button_set_active (GTK_CHECK_BUTTON (button), TRUE);
}

/* Of a folder whose name anybody may have made up. */
static char *
shown_name (GtkStringObject *object, const char *name, gpointer user_data)
{
    return safe_words (name, LONGEST_TEXT);
}

/* The list has the names as they are, and is shown with safe ones. */
static void
show_names_safely (AdwComboRow *row)
{
    GtkExpression *name = gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string");
    g_autoptr (GtkExpression) shown
        = gtk_cclosure_expression_new (G_TYPE_STRING, NULL, 1, &name, G_CALLBACK (shown_name), NULL, NULL);
    adw_combo_row_set_expression (row, shown);
}

/* The last one is a new one. */
static void
offer_folders (IbAlwaysDialog *self, const IbHeardRule *rule)
{
    g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
    guint own = 0;
    bool has_own = false;
    for (guint i = 0; rule->folders[i] != NULL; i++) {
        gtk_string_list_append (names, rule->folders[i]);
        if (!has_own && strcmp (rule->folders[i], "INBOX") != 0 && strcmp (rule->folders[i], "Junk") != 0) {
            own = i;
            has_own = true;
        }
    }
    gtk_string_list_append (names, _ ("New Folder…"));
    show_names_safely (self->folders);
    adw_combo_row_set_model (self->folders, G_LIST_MODEL (names));
    adw_combo_row_set_selected (self->folders,
                                has_own ? own : g_list_model_get_n_items (G_LIST_MODEL (names)) - 1);
}

static void
show_trouble (IbAlwaysDialog *self, const char *words)
{
    g_autofree char *safe = safe_words (words, LONGEST_TEXT);
    g_autofree char *markup = g_markup_escape_text (safe, -1);
    adw_status_page_set_description (self->trouble, markup);
    gtk_stack_set_visible_child_name (self->states, "trouble");
}

static void
on_kinds (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Asked) asked = user_data;
    IbAlwaysDialog *self = asked->dialog;
    g_autoptr (GError) error = NULL;
    g_autofree char *document = take_document (asked, source, result, &error);
    g_autoptr (IbHeardRule) rule = document != NULL ? ib_heard_rule_read (document, &error) : NULL;
    if (rule == NULL) {
        if (error != NULL)
            show_trouble (self, error->message);
        return;
    }
    for (guint i = 0; i < rule->kinds->len; i++)
        add_kind (self, rule->kinds->pdata[i]);
    if (self->kind == NULL) {
        show_trouble (self,
                      _ ("Nothing in this message tells it from all others in a way that a rule could use"));
        return;
    }
    gtk_stack_set_visible_child_name (self->states, "known");
    offer_folders (self, rule);
    on_folder_chosen (self);
    bool wants_name = gtk_widget_get_visible (GTK_WIDGET (self->new_folder));
    (void) gtk_widget_grab_focus (wants_name ? GTK_WIDGET (self->new_folder) : self->first_kind);
}

/* --- saving ------------------------------------------------------------------------------------------------------------ */

/* What is left of the dialog once it has done its work. */
typedef struct {
    IbLink *link;
    GtkWidget *teller; /* weak */
    IbHeardRule *rule;
    bool is_undone; /* a toast's button can be pressed twice */
} Saved;

static void
saved_clear (gpointer pointer)
{
    Saved *saved = pointer;
    g_clear_weak_pointer (&saved->teller);
    g_object_unref (saved->link);
    ib_heard_rule_free (saved->rule);
}

static void
saved_release (gpointer saved)
{
    g_rc_box_release_full (saved, saved_clear);
}

static void
on_undone (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Saved *saved = user_data;
    g_autoptr (GError) error = NULL;
    bool is_done = ib_always_finish (IB_LINK (source), result, &error);
    if (saved->teller != NULL)
        ib_tell (saved->teller, is_done ? _ ("The rule is taken out again") : error->message);
    saved_release (saved);
}

static void
undo (gpointer user_data)
{
    Saved *saved = user_data;
    if (saved->is_undone)
        return;
    saved->is_undone = true;
    ib_always_undo (saved->link, saved->rule, on_undone, g_rc_box_acquire (saved));
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Asked) asked = user_data;
    IbAlwaysDialog *self = asked->dialog;
    g_autoptr (GError) error = NULL;
    if (!ib_always_finish (IB_LINK (source), result, &error)) {
        if (self->is_closed) {
            ib_tell (self->teller, error->message);
            return;
        }
        gtk_widget_set_sensitive (GTK_WIDGET (self->states), TRUE);
        show_no_rule (self, error->message);
        return;
    }
    Saved *saved = g_rc_box_new0 (Saved);
    saved->link = g_object_ref (self->link);
    saved->rule = g_steal_pointer (&self->rule);
    g_set_weak_pointer (&saved->teller, self->teller);
    if (self->teller != NULL)
        ib_tell_and_offer (self->teller, _ ("The rule holds from now on"), _ ("Undo"), undo, saved,
                           saved_release);
    else
        saved_release (saved);
    gtk_window_destroy (GTK_WINDOW (self));
}

static void
save (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbAlwaysDialog *self = IB_ALWAYS_DIALOG (widget);
    if (self->rule == NULL || self->typing != 0)
        return;
    gtk_widget_set_sensitive (self->save_button, FALSE);
    gtk_widget_set_sensitive (GTK_WIDGET (self->states), FALSE);
    ib_always_save (self->link, self->rule, on_saved, asked_new (self));
}

/* --- the widget ---------------------------------------------------------------------------------------------------------- */

static void
ib_always_dialog_dispose (GObject *object)
{
    IbAlwaysDialog *self = IB_ALWAYS_DIALOG (object);
    g_clear_handle_id (&self->typing, g_source_remove);
    self->is_closed = true;
    self->asked++; /* answers that are under way are for nobody */
    G_OBJECT_CLASS (ib_always_dialog_parent_class)->dispose (object);
}

static void
ib_always_dialog_finalize (GObject *object)
{
    IbAlwaysDialog *self = IB_ALWAYS_DIALOG (object);
    g_clear_weak_pointer (&self->teller);
    g_clear_object (&self->link);
    ib_heard_rule_free (self->rule);
    g_free (self->kind);
    g_free (self->id);
    G_OBJECT_CLASS (ib_always_dialog_parent_class)->finalize (object);
}

static void
ib_always_dialog_class_init (IbAlwaysDialogClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->dispose = ib_always_dialog_dispose;
    G_OBJECT_CLASS (class)->finalize = ib_always_dialog_finalize;
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/always-dialog.ui");
    gtk_widget_class_bind_template_child (widget, IbAlwaysDialog, states);
    gtk_widget_class_bind_template_child (widget, IbAlwaysDialog, trouble);
    gtk_widget_class_bind_template_child (widget, IbAlwaysDialog, kinds);
    gtk_widget_class_bind_template_child (widget, IbAlwaysDialog, folders);
    gtk_widget_class_bind_template_child (widget, IbAlwaysDialog, new_folder);
    gtk_widget_class_bind_template_child (widget, IbAlwaysDialog, text);
    gtk_widget_class_bind_template_child (widget, IbAlwaysDialog, note);
    gtk_widget_class_bind_template_child (widget, IbAlwaysDialog, replayed);
    gtk_widget_class_bind_template_child (widget, IbAlwaysDialog, save_button);
    gtk_widget_class_bind_template_callback (widget, on_folder_chosen);
    gtk_widget_class_bind_template_callback (widget, on_typed);
    gtk_widget_class_install_action (widget, "always.save", NULL, save);
    gtk_widget_class_add_binding_action (widget, GDK_KEY_Escape, 0, "window.close", NULL);
    gtk_widget_class_add_binding_action (widget, GDK_KEY_Return, GDK_CONTROL_MASK, "always.save", NULL);
}

static void
ib_always_dialog_init (IbAlwaysDialog *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

void
ib_always_dialog_open (GtkWidget *parent, IbLink *link, const char *id)
{
    IbAlwaysDialog *self
        = g_object_new (IB_TYPE_ALWAYS_DIALOG, "transient-for", gtk_widget_get_root (parent), NULL);
    self->link = g_object_ref (link);
    self->id = g_strdup (id);
    g_set_weak_pointer (&self->teller, parent);
    ib_link_ask (link, "ProposeRule", g_variant_new ("(sss)", id, "", ""), "(s)", on_kinds, asked_new (self));
    gtk_window_present (GTK_WINDOW (self));
}
