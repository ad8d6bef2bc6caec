/* filter-editor.c - the text of one filter, and what is wrong with it while it is written */
#include "filter-editor-private.h"
#include "escape.h"
#include "filter-trying.h"
#include "line-numbers.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* As long as nothing is typed. */
#define PAUSE_MS 400
#define LONGEST_WORDS 500

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IbFilterEditor, ib_filter_editor, ADW_TYPE_WINDOW)

void
ib_filter_editor_tell_changed (IbFilterEditor *self)
{
    g_signal_emit (self, signals[CHANGED], 0);
}

char *
ib_filter_editor_text (IbFilterEditor *self)
{
    GtkTextIter start, end;
    gtk_text_buffer_get_bounds (self->buffer, &start, &end);
    return gtk_text_buffer_get_text (self->buffer, &start, &end, TRUE);
}

/* --- what the service is asked for ---------------------------------------------------------------------------------- */

static void
asked_free (IbFilterEditorAsked *self)
{
    g_object_unref (self->editor);
    g_free (self->seen);
    g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbFilterEditorAsked, asked_free)

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbFilterEditorAsked) asked = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, &error);
    if (asked->editor->link != NULL)
        asked->heard (asked->editor, asked, answer, error);
}

void
ib_filter_editor_ask_service (IbFilterEditor *self, const char *method, GVariant *arguments,
                              const char *reply, IbFilterEditorHeard heard, const char *text)
{
    IbFilterEditorAsked *asked = g_new (IbFilterEditorAsked, 1);
    *asked = (IbFilterEditorAsked){ g_object_ref (self), heard, self->edition,
                                    text != NULL ? ib_heard_filters_seen (text) : NULL };
    ib_link_ask (self->link, method, arguments, reply, on_answered, asked);
}

void
ib_filter_editor_ask_on (const IbFilterEditorAsked *asked, const char *method, GVariant *arguments,
                         const char *reply, IbFilterEditorHeard heard)
{
    IbFilterEditorAsked *further = g_new (IbFilterEditorAsked, 1);
    *further = (IbFilterEditorAsked){ g_object_ref (asked->editor), heard, asked->edition, NULL };
    ib_link_ask (asked->editor->link, method, arguments, reply, on_answered, further);
}

void
ib_filter_editor_take_seen (IbFilterEditor *self, const char *text)
{
    g_free (self->seen);
    self->seen = ib_heard_filters_seen (text);
}

/* --- what it is ------------------------------------------------------------------------------------------------------ */

/* The name is the window's, for people and for screen readers; a dot says that it is not saved. */
void
ib_filter_editor_show_title (IbFilterEditor *self)
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

void
ib_filter_editor_show_kind (IbFilterEditor *self)
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
    ib_filter_editor_show_title (self);
}

void
ib_filter_editor_complain (IbFilterEditor *self, const char *words)
{
    g_autofree char *safe = ib_escape_text (words, -1, LONGEST_WORDS);
    gtk_label_set_text (self->state, safe);
}

/* @filter: NULL: there is none. */
static void
take_facts (IbFilterEditor *self, const IbHeardFilter *filter)
{
    self->is_there = filter != NULL && filter->is_there;
    self->is_own = filter != NULL && filter->is_own;
    self->is_active = filter != NULL && filter->is_active;
    self->hides_shipped = filter != NULL && filter->hides_shipped;
    self->has_test = filter != NULL && filter->has_test;
    ib_filter_editor_show_kind (self);
}

static void
on_looked (IbFilterEditor *self, IbFilterEditorAsked *asked, GVariant *answer, const GError *error)
{
    const char *document;
    if (answer == NULL) /* the page of the filters says why */
        return;
    g_variant_get (answer, "(&s)", &document);
    g_autoptr (GPtrArray) filters = ib_heard_filters_read (document);
    const IbHeardFilter *found = NULL;
    for (guint i = 0; i < filters->len && found == NULL; i++) {
        const IbHeardFilter *filter = filters->pdata[i];
        found = strcmp (filter->name, self->name) == 0 ? filter : NULL;
    }
    take_facts (self, found);
}

void
ib_filter_editor_look_again (IbFilterEditor *self)
{
    ib_filter_editor_tell_changed (self);
    ib_filter_editor_ask_service (self, "Filters", NULL, "(s)", on_looked, NULL);
}

/* --- what is wrong ---------------------------------------------------------------------------------------------------- */

/* @found is taken over. */
static void
show_faults (IbFilterEditor *self, GPtrArray *found)
{
    gtk_widget_set_visible (self->faults_part, found->len > 0);
    g_autofree char *words = ib_filter_faults_show (self->wrong, found);
    gtk_label_set_text (self->state, words);
}

static void
on_checked (IbFilterEditor *self, IbFilterEditorAsked *asked, GVariant *answer, const GError *error)
{
    const char *document;
    if (asked->edition != self->edition)
        return;
    if (answer == NULL) {
        ib_filter_editor_complain (self, error->message);
        return;
    }
    g_variant_get (answer, "(&s)", &document);
    show_faults (self, ib_heard_faults_read (document));
}

static gboolean
check (gpointer user_data)
{
    IbFilterEditor *self = user_data;
    g_autofree char *text = ib_filter_editor_text (self);
    self->pause = 0;
    ib_filter_editor_ask_service (self, "CheckFilter", g_variant_new ("(ss)", self->name, text), "(s)",
                                  on_checked, NULL);
    return G_SOURCE_REMOVE;
}

void
ib_filter_editor_check_soon (IbFilterEditor *self)
{
    g_clear_handle_id (&self->pause, g_source_remove);
    self->pause = g_timeout_add (PAUSE_MS, check, self);
}

static void
on_text_changed (IbFilterEditor *self)
{
    self->edition++;
    if (self->link == NULL)
        return;
    ib_filter_editor_show_title (self);
    ib_filter_editor_check_soon (self);
}

static void
on_fault_activated (IbFilterEditor *self, GtkListBoxRow *row)
{
    ib_filter_faults_go_to (self->wrong, row);
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
    ib_filter_editor_show_title (self);
    gtk_text_buffer_get_start_iter (self->buffer, &start);
    gtk_text_buffer_place_cursor (self->buffer, &start);
    gtk_text_view_set_editable (self->view, TRUE);
}

void
ib_filter_editor_put_text (IbFilterEditor *self, const char *text)
{
    GtkTextIter start, end;
    gtk_text_buffer_begin_user_action (self->buffer);
    gtk_text_buffer_get_bounds (self->buffer, &start, &end);
    gtk_text_buffer_delete (self->buffer, &start, &end);
    gtk_text_buffer_insert (self->buffer, &start, text, -1);
    gtk_text_buffer_end_user_action (self->buffer);
    gtk_text_buffer_get_start_iter (self->buffer, &start);
    gtk_text_buffer_place_cursor (self->buffer, &start);
    gtk_widget_grab_focus (GTK_WIDGET (self->view)); /* where Undo is heard */
}

char *
ib_filter_editor_hear_text (IbFilterEditor *self, GVariant *answer, const GError *error)
{
    char *text = NULL;
    if (answer != NULL)
        g_variant_get (answer, "(s)", &text);
    else
        ib_filter_editor_complain (self, error->message);
    return text;
}

static void
on_read (IbFilterEditor *self, IbFilterEditorAsked *asked, GVariant *answer, const GError *error)
{
    g_autofree char *text = ib_filter_editor_hear_text (self, answer, error);
    if (text == NULL)
        return;
    ib_filter_editor_take_seen (self, text);
    set_text (self, text);
}

static void
read_text (IbFilterEditor *self)
{
    ib_filter_editor_ask_service (self, "ReadFilter", g_variant_new ("(s)", self->name), "(s)", on_read,
                                  NULL);
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

void
ib_filter_editor_leave (IbFilterEditor *self)
{
    GtkWindow *below = self->takes_parent ? gtk_window_get_transient_for (GTK_WINDOW (self)) : NULL;
    if (below != NULL)
        g_idle_add_once (close_below, g_object_ref (below));
    gtk_window_destroy (GTK_WINDOW (self));
}

/* --- trying ------------------------------------------------------------------------------------------------------------ */

static void
try_on_mail (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbFilterEditor *self = IB_FILTER_EDITOR (widget);
    g_autofree char *text = ib_filter_editor_text (self);
    ib_filter_trying_on_mail (GTK_WINDOW (self), self->link, self->name, text);
}

static void
run_test (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbFilterEditor *self = IB_FILTER_EDITOR (widget);
    ib_filter_trying_by_test (GTK_WINDOW (self), self->link, self->name);
}

/* --- closing -------------------------------------------------------------------------------------------------------------- */

static void
close_now (gpointer user_data)
{
    g_autoptr (IbFilterEditor) self = user_data;
    ib_filter_editor_leave (self);
}

static void
on_close_answer (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
    IbFilterEditor *self = user_data;
    if (strcmp (response, "discard") == 0) {
        g_idle_add_once (close_now, g_object_ref (self)); /* the dialog goes before what it stands over */
    } else if (strcmp (response, "save") == 0) {
        self->is_closing = true;
        ib_filter_editor_save (GTK_WIDGET (self), NULL, NULL);
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
    ib_filter_faults_free (self->wrong);
    g_free (self->name);
    g_free (self->seen);
    g_free (self->other);
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
    gtk_widget_class_install_action (widget, "editor.save", NULL, ib_filter_editor_save);
    gtk_widget_class_install_action (widget, "editor.try", NULL, try_on_mail);
    gtk_widget_class_install_action (widget, "editor.test", NULL, run_test);
    gtk_widget_class_install_action (widget, "editor.reset", NULL, ib_filter_editor_reset);
    gtk_widget_class_install_action (widget, "editor.remove", NULL, ib_filter_editor_remove);
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
    gtk_widget_init_template (GTK_WIDGET (self));
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
    self->seen = g_strdup ("");
    self->wrong = ib_filter_faults_new (self->view, self->faults, name);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
    take_facts (self, filter);
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
