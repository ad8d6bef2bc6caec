/* filter-clash.c - asks which text of a filter is meant, where somebody else has changed it since it was read */
#include "filter-clash.h"
#include "escape.h"

#include <glib/gi18n-lib.h>

/* What becomes of the other text. Saving and resetting keep the window, and with it what can be undone. */
static const struct {
    const char *words, *insist;
} clashes[] = {
    [IB_FILTER_CLASH_SAVING]
    = { N_ ("Its file was written since you opened it here. Choose which text it is to hold: as long as this "
            "window is open, Undo brings the other one back."),
        N_ ("Save _Mine") },
    [IB_FILTER_CLASH_RESETTING]
    = { N_ ("Its file was written since you opened it here. If you reset it all the same, Undo brings that "
            "text back as long as this window is open."),
        N_ ("_Reset") },
    [IB_FILTER_CLASH_REMOVING]
    = { N_ ("Its file was written since you opened it here. Look at that text before you remove it."),
        N_ ("_Remove") },
};

GtkWidget *
ib_filter_clash_new (GtkWindow *editor, const char *name, IbFilterClash clash, bool is_there)
{
    g_autofree char *safe = ib_escape_text (name, -1, 0);
    g_autofree char *heading = g_strdup_printf (
        is_there ? _ ("“%s” Was Changed Elsewhere") : _ ("“%s” Was Removed Elsewhere"), safe);
    const char *body = is_there
                           ? _ (clashes[clash].words)
                           : _ ("Its file is not there any more. It can be written anew with your text.");
    AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (editor, heading, body));
    adw_message_dialog_add_response (dialog, "cancel", _ ("_Cancel"));
    if (is_there)
        adw_message_dialog_add_response (dialog, "take", _ ("_Show the Other"));
    adw_message_dialog_add_response (dialog, "insist", _ (clashes[clash].insist));
    adw_message_dialog_set_response_appearance (dialog, "insist",
                                                is_there ? ADW_RESPONSE_DESTRUCTIVE : ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_default_response (dialog, "cancel");
    adw_message_dialog_set_close_response (dialog, "cancel");
    return GTK_WIDGET (dialog);
}
