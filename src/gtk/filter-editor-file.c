/* filter-editor-file.c - what the editor has become of its filter's file: saved, reset, removed
 *
 * Never without a look at what stands there: where that is another text than was seen, its writer and ours are heard. */
#include "filter-editor-private.h"
#include "telling.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- somebody else's text ------------------------------------------------------------------------------------------------ */

static void act_on_clash (IbFilterEditor *self);

static void
on_clash_answer (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
    IbFilterEditor *self = user_data;
    g_autofree char *mine = ib_filter_editor_text (self);
    if (strcmp (response, "cancel") == 0)
        return;
    ib_filter_editor_take_seen (self, self->other);
    if (self->other != NULL)
        ib_filter_editor_put_text (self, self->other);
    if (strcmp (response, "take") == 0) {
        self->saved = self->edition;
        ib_filter_editor_show_title (self);
        return;
    }
    if (self->other != NULL && self->clash == IB_FILTER_CLASH_SAVING)
        ib_filter_editor_put_text (self, mine);
    act_on_clash (self);
}

static void
on_other_read (IbFilterEditor *self, IbFilterEditorAsked *asked, GVariant *answer, const GError *error)
{
    g_free (self->other);
    self->other = ib_filter_editor_hear_text (self, answer, error);
    if (self->other == NULL && self->clash != IB_FILTER_CLASH_SAVING)
        return;
    GtkWidget *dialog = ib_filter_clash_new (GTK_WINDOW (self), self->name, self->clash, self->other != NULL);
    g_signal_connect_object (dialog, "response", G_CALLBACK (on_clash_answer), self, G_CONNECT_DEFAULT);
    gtk_window_present (GTK_WINDOW (dialog));
}

/* Why something was refused: by another text, which is asked about, or by anything else, which is said. */
static void
take_refusal (IbFilterEditor *self, IbFilterClash clash, const GError *error)
{
    ib_filter_editor_complain (self, error->message);
    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG))
        return;
    self->clash = clash;
    ib_filter_editor_look_again (self);
    ib_filter_editor_ask_service (self, "ReadFilter", g_variant_new ("(s)", self->name), "(s)", on_other_read,
                                  NULL);
}

/* --- saving ------------------------------------------------------------------------------------------------------------ */

static void
take_saved (IbFilterEditor *self, IbFilterEditorAsked *asked)
{
    bool was_shipped = self->is_there && !self->is_own;
    bool was_new = !self->is_there;
    self->hides_shipped |= was_shipped;
    self->has_test &= !was_shipped; /* the shipped test is beside the shipped filter */
    self->is_there = self->is_own = true;
    self->saved = asked->edition;
    g_free (self->seen);
    self->seen = g_steal_pointer (&asked->seen);
    ib_filter_editor_show_kind (self);
    ib_filter_editor_check_soon (self); /* what was refused before is no longer said */
    ib_filter_editor_tell_changed (self);
    ib_tell (GTK_WIDGET (self->view), was_new ? _ ("Saved. Switch it on in the list of filters to use it.")
                                      : self->is_active ? _ ("Saved. New mail is sorted by it from now on.")
                                                        : _ ("Saved."));
}

static void
on_saved (IbFilterEditor *self, IbFilterEditorAsked *asked, GVariant *answer, const GError *error)
{
    self->is_saving = false;
    if (answer != NULL) {
        take_saved (self, asked);
        if (self->is_closing && asked->edition == self->edition)
            ib_filter_editor_leave (self);
    } else {
        ib_filter_editor_show_title (self);
        take_refusal (self, IB_FILTER_CLASH_SAVING, error);
    }
    self->is_closing = self->takes_parent = false;
}

void
ib_filter_editor_save (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbFilterEditor *self = IB_FILTER_EDITOR (widget);
    g_autofree char *text = ib_filter_editor_text (self);
    self->is_saving = true;
    ib_filter_editor_show_title (self);
    ib_filter_editor_ask_service (
        self, "ReplaceFilter", g_variant_new ("(sss)", self->name, text, self->seen), "()", on_saved, text);
}

/* --- resetting, removing ------------------------------------------------------------------------------------------------ */

/* @asked: when the reset was asked for. What was typed since is not taken away. */
static void
on_reset_read (IbFilterEditor *self, IbFilterEditorAsked *asked, GVariant *answer, const GError *error)
{
    g_autofree char *text = ib_filter_editor_hear_text (self, answer, error);
    if (text == NULL)
        return;
    ib_filter_editor_take_seen (self, text);
    if (asked->edition != self->edition) {
        ib_tell (GTK_WIDGET (self->view),
                 _ ("The shipped filter is back. What you typed meanwhile is still here, not saved."));
        return;
    }
    ib_filter_editor_put_text (self, text);
    self->saved = self->edition;
    ib_filter_editor_show_title (self);
    ib_tell (GTK_WIDGET (self->view), _ ("The shipped filter is back."));
}

/* What was typed since it was asked for is a new one, not saved. */
static void
take_removed (IbFilterEditor *self, const IbFilterEditorAsked *asked)
{
    self->is_there = self->is_own = self->has_test = false;
    ib_filter_editor_take_seen (self, NULL);
    if (asked->edition == self->edition)
        gtk_window_destroy (GTK_WINDOW (self));
    else
        ib_filter_editor_show_kind (self);
}

static void
on_removed (IbFilterEditor *self, IbFilterEditorAsked *asked, GVariant *answer, const GError *error)
{
    if (answer == NULL) {
        take_refusal (self, self->hides_shipped ? IB_FILTER_CLASH_RESETTING : IB_FILTER_CLASH_REMOVING,
                      error);
        return;
    }
    ib_filter_editor_tell_changed (self);
    if (!self->hides_shipped) {
        take_removed (self, asked);
        return;
    }
    self->is_own = self->hides_shipped = false;
    ib_filter_editor_look_again (self); /* the shipped one may have a test */
    ib_filter_editor_ask_on (asked, "ReadFilter", g_variant_new ("(s)", self->name), "(s)", on_reset_read);
}

static void
remove_now (IbFilterEditor *self)
{
    ib_filter_editor_ask_service (self, "WithdrawFilter", g_variant_new ("(ss)", self->name, self->seen),
                                  "()", on_removed, NULL);
}

static void
act_on_clash (IbFilterEditor *self)
{
    if (self->clash == IB_FILTER_CLASH_SAVING)
        ib_filter_editor_save (GTK_WIDGET (self), NULL, NULL);
    else
        remove_now (self);
}

static void
remove_own (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
    remove_now (user_data);
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

void
ib_filter_editor_reset (GtkWidget *widget, const char *action, GVariant *parameter)
{
    ask (IB_FILTER_EDITOR (widget), _ ("Reset to the Shipped Filter?"),
         _ ("Your own text of it is deleted. As long as this window is open, Undo brings it back here."),
         _ ("_Reset"));
}

void
ib_filter_editor_remove (GtkWidget *widget, const char *action, GVariant *parameter)
{
    ask (IB_FILTER_EDITOR (widget), _ ("Remove This Filter?"), _ ("Its file is deleted."), _ ("_Remove"));
}
