/* filter-editor.c - the text of one filter, and what is wrong with it while it is written */
#include "filter-editor.h"
#include "escape.h"
#include "line-numbers.h"
#include "telling.h"
#include "trial-window.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* As long as nothing is typed. */
#define PAUSE_MS 400
#define MOST_FAULTS 50
#define LONGEST_WORDS 500

struct _IbFilterEditor {
    AdwWindow parent;

    IbLink *link;
    char *name;
    bool is_there, is_own, is_active, hides_shipped, has_test;
    guint pause;   /* until what is typed is checked; 0: nothing is to be */
    guint edition; /* of the text: an answer about an earlier one is late */
    guint
        saved; /* the edition that the file has; what the buffer calls modified is not told of all changes */
    bool is_closing, is_saving;
    bool takes_parent;   /* the window below is to be closed as well */
    GtkWindow *question; /* weak: whether what was written is saved; NULL: that is not asked */
    GPtrArray *found;    /* IbHeardFault, as the list shows them */
    AdwWindowTitle *heading;
    GtkRevealer *note_part;
    GtkLabel *note, *state;
    GtkTextView *view;
    GtkTextBuffer *buffer;
    GtkTextTag *error, *warning;
    GtkWidget *faults_part, *toasts;
    GtkListBox *faults;
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IbFilterEditor, ib_filter_editor, ADW_TYPE_WINDOW)

static char *
text_of (IbFilterEditor *self)
{
    GtkTextIter start, end;
    gtk_text_buffer_get_bounds (self->buffer, &start, &end);
    return gtk_text_buffer_get_text (self->buffer, &start, &end, TRUE);
}

/* --- what it is ------------------------------------------------------------------------------------------------------ */

/* The name is the window's, for people and for screen readers; a dot says that it is not saved. */
static void
show_title (IbFilterEditor *self)
{
    g_autofree char *safe = ib_escape_text (self->name, -1, 0);
    bool is_changed = self->edition != self->saved;
    g_autofree char *marked = is_changed ? g_strdup_printf ("• %s", safe) : g_strdup (safe);
    adw_window_title_set_title (self->heading, marked);
    adw_window_title_set_subtitle (self->heading, is_changed ? _ ("Not Saved") : "");
    gtk_window_set_title (GTK_WINDOW (self), safe);
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "editor.save",
                                   !self->is_saving && (is_changed || !self->is_there));
}

static void
show_kind (IbFilterEditor *self)
{
    bool is_shipped = self->is_there && !self->is_own;
    const char *words
        = is_shipped        ? _ ("This filter is shipped with Inbasket. What you save is a copy of your "
                                        "own, which takes its place.")
          : !self->is_there ? _ ("A new filter. Once it is saved, switch it on in the list of filters.")
                            : "";
    gtk_label_set_text (self->note, words);
    gtk_revealer_set_reveal_child (self->note_part, *words != '\0');
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "editor.test", self->has_test);
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "editor.reset", self->hides_shipped);
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "editor.remove", self->is_own && !self->hides_shipped);
    show_title (self);
}

/* Why something was not done stays to be read until the text is another. */
static void
complain (IbFilterEditor *self, const char *words)
{
    g_autofree char *safe = ib_escape_text (words, -1, LONGEST_WORDS);
    gtk_label_set_text (self->state, safe);
}

/* --- what is wrong ---------------------------------------------------------------------------------------------------- */

/* From where it is up to the end of the word, or one character. */
static void
underline (IbFilterEditor *self, const IbHeardFault *fault)
{
    GtkTextIter start, end;
    gtk_text_buffer_get_iter_at_line_offset (self->buffer, &start, (int) fault->line - 1,
                                             (int) MAX (fault->column, 1) - 1);
    if (gtk_text_iter_is_end (&start))
        gtk_text_iter_backward_char (&start);
    end = start;
    gtk_text_iter_forward_char (&end);
    while (!gtk_text_iter_ends_line (&end)
           && (g_unichar_isalnum (gtk_text_iter_get_char (&end)) || gtk_text_iter_get_char (&end) == '_'))
        gtk_text_iter_forward_char (&end);
    gtk_text_buffer_apply_tag (self->buffer, fault->is_error ? self->error : self->warning, &start, &end);
}

static bool
has_place (IbFilterEditor *self, const IbHeardFault *fault)
{
    return fault->line > 0 && strcmp (fault->file, self->name) == 0;
}

/* "Line 3, column 5: …"; of a script that it includes, where that is. */
static char *
fault_words (IbFilterEditor *self, const IbHeardFault *fault)
{
    g_autofree char *file = ib_escape_text (fault->file, -1, 0);
    g_autofree char *message = ib_escape_text (fault->message, -1, LONGEST_WORDS);
    return has_place (self, fault)
               ? g_strdup_printf (_ ("Line %u, column %u: %s"), fault->line, fault->column, message)
           : fault->line > 0
               ? g_strdup_printf (_ ("%s, line %u, column %u: %s"), file, fault->line, fault->column, message)
               : g_steal_pointer (&message);
}

static void
add_fault (IbFilterEditor *self, const IbHeardFault *fault)
{
    g_autofree char *words = fault_words (self, fault);
    GtkWidget *row = gtk_list_box_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
    GtkWidget *icon = gtk_image_new_from_icon_name (fault->is_error ? "dialog-error-symbolic"
                                                                    : "dialog-warning-symbolic");
    GtkWidget *label = gtk_label_new (words);
    gtk_widget_add_css_class (icon, fault->is_error ? "error" : "warning");
    gtk_label_set_wrap (GTK_LABEL (label), TRUE);
    gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_xalign (GTK_LABEL (label), 0);
    gtk_widget_set_margin_start (box, 6);
    gtk_widget_set_margin_end (box, 6);
    gtk_box_append (GTK_BOX (box), icon);
    gtk_box_append (GTK_BOX (box), label);
    gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
    gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
    gtk_list_box_append (self->faults, row);
}

static char *
state_words (const GPtrArray *found)
{
    guint errors = 0;
    for (guint i = 0; i < found->len; i++)
        errors += ((const IbHeardFault *) found->pdata[i])->is_error;
    guint others = found->len - errors;
    return errors > 0   ? g_strdup_printf (ngettext ("%u error", "%u errors", errors), errors)
           : others > 0 ? g_strdup_printf (ngettext ("%u remark", "%u remarks", others), others)
                        : g_strdup (_ ("Nothing is wrong"));
}

static void
clear_faults (IbFilterEditor *self)
{
    GtkTextIter start, end;
    GtkListBoxRow *row;
    gtk_text_buffer_get_bounds (self->buffer, &start, &end);
    gtk_text_buffer_remove_tag (self->buffer, self->error, &start, &end);
    gtk_text_buffer_remove_tag (self->buffer, self->warning, &start, &end);
    while ((row = gtk_list_box_get_row_at_index (self->faults, 0)) != NULL)
        gtk_list_box_remove (self->faults, GTK_WIDGET (row));
}

/* @found is taken over. */
static void
show_faults (IbFilterEditor *self, GPtrArray *found)
{
    g_autofree char *words = state_words (found);
    clear_faults (self);
    g_ptr_array_unref (self->found);
    self->found = found;
    for (guint i = 0; i < MIN (found->len, MOST_FAULTS); i++) {
        const IbHeardFault *fault = found->pdata[i];
        if (has_place (self, fault))
            underline (self, fault);
        add_fault (self, fault);
    }
    gtk_widget_set_visible (self->faults_part, found->len > 0);
    gtk_label_set_text (self->state, words);
}

typedef struct {
    IbFilterEditor *editor;
    guint edition;
} Checking;

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Checking *checking = user_data;
    g_autoptr (IbFilterEditor) self = checking->editor;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, &error);
    bool is_late = checking->edition != self->edition || self->link == NULL;
    const char *document;
    g_free (checking);
    if (is_late)
        return;
    if (answer == NULL) {
        complain (self, error->message);
        return;
    }
    g_variant_get (answer, "(&s)", &document);
    show_faults (self, ib_heard_faults_read (document));
}

static gboolean
check (gpointer user_data)
{
    IbFilterEditor *self = user_data;
    g_autofree char *text = text_of (self);
    Checking *checking = g_new (Checking, 1);
    self->pause = 0;
    *checking = (Checking){ g_object_ref (self), self->edition };
    ib_link_ask (self->link, "CheckFilter", g_variant_new ("(ss)", self->name, text), "(s)", on_checked,
                 checking);
    return G_SOURCE_REMOVE;
}

static void
on_text_changed (IbFilterEditor *self)
{
    self->edition++;
    if (self->link == NULL)
        return;
    show_title (self);
    g_clear_handle_id (&self->pause, g_source_remove);
    self->pause = g_timeout_add (PAUSE_MS, check, self);
}

static void
on_fault_activated (IbFilterEditor *self, GtkListBoxRow *row)
{
    const IbHeardFault *fault = self->found->pdata[gtk_list_box_row_get_index (row)];
    GtkTextIter place;
    if (!has_place (self, fault))
        return;
    gtk_text_buffer_get_iter_at_line_offset (self->buffer, &place, (int) fault->line - 1,
                                             (int) MAX (fault->column, 1) - 1);
    gtk_text_buffer_place_cursor (self->buffer, &place);
    gtk_text_view_scroll_to_iter (self->view, &place, 0.1, FALSE, 0, 0);
    gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

/* --- its text --------------------------------------------------------------------------------------------------------- */

/* What can be undone is what the user typed. */
static void
set_text (IbFilterEditor *self, const char *text)
{
    GtkTextIter start;
    gtk_text_buffer_begin_irreversible_action (self->buffer);
    gtk_text_buffer_set_text (self->buffer, text, -1);
    gtk_text_buffer_end_irreversible_action (self->buffer);
    self->saved = self->edition;
    show_title (self);
    gtk_text_buffer_get_start_iter (self->buffer, &start);
    gtk_text_buffer_place_cursor (self->buffer, &start);
    gtk_text_view_set_editable (self->view, TRUE);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbFilterEditor) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, &error);
    const char *text;
    if (self->link == NULL)
        return;
    if (answer == NULL) {
        complain (self, error->message);
        return;
    }
    g_variant_get (answer, "(&s)", &text);
    set_text (self, text);
}

static void
read_text (IbFilterEditor *self)
{
    ib_link_ask (self->link, "ReadFilter", g_variant_new ("(s)", self->name), "(s)", on_read,
                 g_object_ref (self));
}

/* To begin with. */
static void
propose_text (IbFilterEditor *self)
{
    g_autofree char *text
        = g_strdup_printf (_ ("# %s - say here what it does.\n\nrequire [\"fileinto\"];\n\n"
                              "if header :contains \"Subject\" \"holiday\" {\n    fileinto \"Trips\";\n}\n"),
                           self->name);
    set_text (self, text);
}

/* --- going -------------------------------------------------------------------------------------------------------------- */

static void
close_below (gpointer user_data)
{
    g_autoptr (GtkWindow) below = user_data;
    gtk_window_close (below);
}

/* With the window below, where that waited for this one: it goes once this one is gone. */
static void
leave (IbFilterEditor *self)
{
    GtkWindow *below = self->takes_parent ? gtk_window_get_transient_for (GTK_WINDOW (self)) : NULL;
    if (below != NULL)
        g_idle_add_once (close_below, g_object_ref (below));
    gtk_window_destroy (GTK_WINDOW (self));
}

/* --- saving ------------------------------------------------------------------------------------------------------------ */

typedef struct {
    IbFilterEditor *editor;
    guint edition;
} Saving;

static void
take_saved (IbFilterEditor *self, guint edition)
{
    bool was_shipped = self->is_there && !self->is_own;
    bool was_new = !self->is_there;
    self->hides_shipped |= was_shipped;
    self->has_test &= !was_shipped; /* the shipped test is beside the shipped filter */
    self->is_there = self->is_own = true;
    self->saved = edition;
    show_kind (self);
    g_signal_emit (self, signals[CHANGED], 0);
    ib_tell (GTK_WIDGET (self->view), was_new ? _ ("Saved. Switch it on in the list of filters to use it.")
                                      : self->is_active ? _ ("Saved. New mail is sorted by it from now on.")
                                                        : _ ("Saved."));
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Saving *saving = user_data;
    g_autoptr (IbFilterEditor) self = saving->editor;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, &error);
    guint edition = saving->edition;
    g_free (saving);
    if (self->link == NULL)
        return;
    self->is_saving = false;
    if (answer != NULL) {
        take_saved (self, edition);
        if (self->is_closing && edition == self->edition)
            leave (self);
    } else {
        show_title (self);
        complain (self, error->message);
    }
    self->is_closing = self->takes_parent = false;
}

static void
save (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbFilterEditor *self = IB_FILTER_EDITOR (widget);
    g_autofree char *text = text_of (self);
    Saving *saving = g_new (Saving, 1);
    *saving = (Saving){ g_object_ref (self), self->edition };
    self->is_saving = true;
    show_title (self);
    ib_link_ask (self->link, "WriteFilter", g_variant_new ("(ss)", self->name, text), "()", on_saved, saving);
}

/* --- trying ------------------------------------------------------------------------------------------------------------ */

static void
on_replayed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbTrialWindow) trial = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, &error);
    const char *document = NULL;
    if (answer != NULL)
        g_variant_get (answer, "(&s)", &document);
    g_autoptr (IbHeardTrial) replay = document != NULL ? ib_heard_trial_read (document, &error) : NULL;
    if (replay != NULL)
        ib_trial_window_show_replay (trial, replay);
    else
        ib_trial_window_show_trouble (trial, error->message);
}

static void
try_on_mail (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbFilterEditor *self = IB_FILTER_EDITOR (widget);
    g_autofree char *text = text_of (self);
    GtkWindow *trial = ib_trial_window_new (GTK_WINDOW (self), _ ("What It Would Do"));
    gtk_window_present (trial);
    ib_link_ask (self->link, "ReplayFilter", g_variant_new ("(ss)", self->name, text), "(s)", on_replayed,
                 g_object_ref (trial));
}

static void
on_tested (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbTrialWindow) trial = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, &error);
    const char *document;
    if (answer == NULL) {
        ib_trial_window_show_trouble (trial, error->message);
        return;
    }
    g_variant_get (answer, "(&s)", &document);
    g_autoptr (GPtrArray) tests = ib_heard_tests_read (document);
    ib_trial_window_show_tests (trial, tests);
}

static void
run_test (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbFilterEditor *self = IB_FILTER_EDITOR (widget);
    GtkWindow *trial = ib_trial_window_new (GTK_WINDOW (self), _ ("Its Test"));
    gtk_window_present (trial);
    ib_link_ask (self->link, "TestFilter", g_variant_new ("(s)", self->name), "(s)", on_tested,
                 g_object_ref (trial));
}

/* --- resetting, removing ------------------------------------------------------------------------------------------------ */

static void
on_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbFilterEditor) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, &error);
    if (self->link == NULL)
        return;
    if (answer == NULL) {
        complain (self, error->message);
        return;
    }
    g_signal_emit (self, signals[CHANGED], 0);
    if (!self->hides_shipped) {
        gtk_window_destroy (GTK_WINDOW (self));
        return;
    }
    self->is_own = self->hides_shipped = false;
    show_kind (self);
    read_text (self);
    ib_tell (GTK_WIDGET (self->view), _ ("The shipped filter is back."));
}

static void
remove_own (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
    IbFilterEditor *self = user_data;
    ib_link_ask (self->link, "RemoveFilter", g_variant_new ("(s)", self->name), "()", on_removed,
                 g_object_ref (self));
}

static void
ask (IbFilterEditor *self, const char *heading, const char *body, const char *act)
{
    GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), heading, body);
    adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "act", act, NULL);
    adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "act", ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
    adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
    g_signal_connect_object (dialog, "response::act", G_CALLBACK (remove_own), self, G_CONNECT_DEFAULT);
    gtk_window_present (GTK_WINDOW (dialog));
}

static void
reset_filter (GtkWidget *widget, const char *action, GVariant *parameter)
{
    ask (IB_FILTER_EDITOR (widget), _ ("Reset to the Shipped Filter?"),
         _ ("Your own text of it is deleted, with what is not saved of it."), _ ("_Reset"));
}

static void
remove_filter (GtkWidget *widget, const char *action, GVariant *parameter)
{
    ask (IB_FILTER_EDITOR (widget), _ ("Remove This Filter?"), _ ("Its file is deleted."), _ ("_Remove"));
}

/* --- closing -------------------------------------------------------------------------------------------------------------- */

static void
close_now (gpointer user_data)
{
    g_autoptr (IbFilterEditor) self = user_data;
    leave (self);
}

static void
on_close_answer (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
    IbFilterEditor *self = user_data;
    if (strcmp (response, "discard") == 0) {
        g_idle_add_once (close_now, g_object_ref (self)); /* the dialog goes before what it stands over */
    } else if (strcmp (response, "save") == 0) {
        self->is_closing = true;
        save (GTK_WIDGET (self), NULL, NULL);
    } else {
        self->takes_parent = false;
    }
}

static gboolean
ib_filter_editor_close_request (GtkWindow *window)
{
    IbFilterEditor *self = IB_FILTER_EDITOR (window);
    if (self->edition == self->saved)
        return GTK_WINDOW_CLASS (ib_filter_editor_parent_class)->close_request (window);
    if (self->question != NULL) {
        gtk_window_present (self->question);
        return TRUE;
    }
    GtkWidget *dialog = adw_message_dialog_new (window, _ ("Save What You Wrote?"),
                                                _ ("What is not saved is lost when this window closes."));
    adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "discard",
                                      _ ("_Discard"), "save", _ ("_Save"), NULL);
    adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "discard",
                                                ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "save", ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "save");
    adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
    g_signal_connect_object (dialog, "response", G_CALLBACK (on_close_answer), self, G_CONNECT_DEFAULT);
    g_set_weak_pointer (&self->question, GTK_WINDOW (dialog));
    /* It takes its hands off the window below in its very last moment. */
    g_object_set_data_full (G_OBJECT (dialog), "below", g_object_ref (self), g_object_unref);
    gtk_window_present (GTK_WINDOW (dialog));
    return TRUE;
}

/* --- the window ----------------------------------------------------------------------------------------------------------- */

static void
ib_filter_editor_dispose (GObject *object)
{
    IbFilterEditor *self = IB_FILTER_EDITOR (object);
    g_clear_handle_id (&self->pause, g_source_remove);
    g_clear_weak_pointer (&self->question);
    g_clear_object (&self->link);
    G_OBJECT_CLASS (ib_filter_editor_parent_class)->dispose (object);
}

static void
ib_filter_editor_finalize (GObject *object)
{
    IbFilterEditor *self = IB_FILTER_EDITOR (object);
    g_ptr_array_unref (self->found);
    g_free (self->name);
    G_OBJECT_CLASS (ib_filter_editor_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *widget)
{
    gtk_widget_class_bind_template_child (widget, IbFilterEditor, heading);
    gtk_widget_class_bind_template_child (widget, IbFilterEditor, note_part);
    gtk_widget_class_bind_template_child (widget, IbFilterEditor, note);
    gtk_widget_class_bind_template_child (widget, IbFilterEditor, state);
    gtk_widget_class_bind_template_child (widget, IbFilterEditor, view);
    gtk_widget_class_bind_template_child (widget, IbFilterEditor, buffer);
    gtk_widget_class_bind_template_child (widget, IbFilterEditor, faults_part);
    gtk_widget_class_bind_template_child (widget, IbFilterEditor, faults);
    gtk_widget_class_bind_template_child (widget, IbFilterEditor, toasts);
    gtk_widget_class_bind_template_callback (widget, on_text_changed);
    gtk_widget_class_bind_template_callback (widget, on_fault_activated);
}

static void
ib_filter_editor_class_init (IbFilterEditorClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->dispose = ib_filter_editor_dispose;
    G_OBJECT_CLASS (class)->finalize = ib_filter_editor_finalize;
    GTK_WINDOW_CLASS (class)->close_request = ib_filter_editor_close_request;
    signals[CHANGED] = g_signal_new ("changed", IB_TYPE_FILTER_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/filter-editor.ui");
    bind_children (widget);
    gtk_widget_class_install_action (widget, "editor.save", NULL, save);
    gtk_widget_class_install_action (widget, "editor.try", NULL, try_on_mail);
    gtk_widget_class_install_action (widget, "editor.test", NULL, run_test);
    gtk_widget_class_install_action (widget, "editor.reset", NULL, reset_filter);
    gtk_widget_class_install_action (widget, "editor.remove", NULL, remove_filter);
    gtk_widget_class_add_binding_action (widget, GDK_KEY_s, GDK_CONTROL_MASK, "editor.save", NULL);
    gtk_widget_class_add_binding_action (widget, GDK_KEY_Escape, 0, "window.close", NULL);
    /* The application's keys are heard in its main windows only. */
    gtk_widget_class_add_binding_action (widget, GDK_KEY_w, GDK_CONTROL_MASK, "window.close", NULL);
    gtk_widget_class_add_binding_action (widget, GDK_KEY_q, GDK_CONTROL_MASK, "app.quit", NULL);
}

/* Before the text takes it for a new line. */
static void
add_key_to_try (IbFilterEditor *self)
{
    GtkEventController *keys = gtk_shortcut_controller_new ();
    gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
    gtk_shortcut_controller_add_shortcut (
        GTK_SHORTCUT_CONTROLLER (keys),
        gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("<Control>Return"),
                          gtk_named_action_new ("editor.try")));
    gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

static void
ib_filter_editor_init (IbFilterEditor *self)
{
    self->found = g_ptr_array_new ();
    gtk_widget_init_template (GTK_WIDGET (self));
    self->error = gtk_text_buffer_create_tag (self->buffer, NULL, "underline", PANGO_UNDERLINE_ERROR, NULL);
    self->warning
        = gtk_text_buffer_create_tag (self->buffer, NULL, "underline", PANGO_UNDERLINE_SINGLE, NULL);
    ib_line_numbers_add (self->view);
    add_key_to_try (self);
}

GtkWindow *
ib_filter_editor_new (GtkWindow *parent, IbLink *link, const char *name, const IbHeardFilter *filter)
{
    IbFilterEditor *self
        = g_object_new (IB_TYPE_FILTER_EDITOR, "transient-for", parent, "destroy-with-parent", TRUE,
                        "application", gtk_window_get_application (parent), NULL);
    g_autofree char *safe = ib_escape_text (name, -1, 0);
    g_autofree char *spoken = g_strdup_printf (_ ("Text of %s"), safe);
    self->link = g_object_ref (link);
    self->name = g_strdup (name);
    if (filter != NULL) {
        self->is_there = filter->is_there;
        self->is_own = filter->is_own;
        self->is_active = filter->is_active;
        self->hides_shipped = filter->hides_shipped;
        self->has_test = filter->has_test;
    }
    gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
    show_kind (self);
    if (self->is_there)
        read_text (self);
    else
        propose_text (self);
    gtk_widget_grab_focus (GTK_WIDGET (self->view));
    return GTK_WINDOW (self);
}

GtkWindow *
ib_filter_editor_find (GtkWindow *parent, const char *name)
{
    GtkApplication *application = gtk_window_get_application (parent);
    GList *window = application != NULL ? gtk_application_get_windows (application) : NULL;
    for (; window != NULL; window = window->next)
        if (IB_IS_FILTER_EDITOR (window->data) && strcmp (IB_FILTER_EDITOR (window->data)->name, name) == 0)
            return window->data;
    return NULL;
}

bool
ib_filter_editor_ask_all (GtkWindow *parent)
{
    GtkApplication *application = gtk_window_get_application (parent);
    GList *window = application != NULL ? gtk_application_get_windows (application) : NULL;
    for (; window != NULL; window = window->next) {
        IbFilterEditor *self = IB_IS_FILTER_EDITOR (window->data) ? window->data : NULL;
        if (self == NULL || self->edition == self->saved
            || gtk_window_get_transient_for (GTK_WINDOW (self)) != parent)
            continue;
        self->takes_parent = true;
        gtk_window_present (GTK_WINDOW (self));
        gtk_window_close (GTK_WINDOW (self));
        return true;
    }
    return false;
}
