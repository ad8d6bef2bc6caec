/* learning-question.c - whoever quits while an account is learned from says what is to become of that */
#include "learning-question.h"
#include "escape.h"
#include "learning.h"

#include <glib/gi18n-lib.h>

#define QUESTION "ib-learning-question"
#define ANSWERED "ib-learning-answered"
#define LONGEST_NAME 100

static gboolean
go_on (gpointer window)
{
    gtk_window_close (window);
    return G_SOURCE_REMOVE;
}

/* In either case what is under way comes to an end of its own, without a window. The question itself is still there. */
static void
on_answered (AdwMessageDialog *question, const char *answer, gpointer data)
{
    GtkWindow *window = data;
    g_object_set_data (G_OBJECT (window), QUESTION, NULL);
    if (g_str_equal (answer, "cancel"))
        return;
    if (g_str_equal (answer, "stop"))
        ib_learning_stop_all ();
    g_object_set_data (G_OBJECT (window), ANSWERED, GINT_TO_POINTER (TRUE));
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, go_on, g_object_ref (window), g_object_unref);
}

static AdwMessageDialog *
question_new (GtkWindow *window, const char *account)
{
    g_autofree char *safe = ib_escape_text (account, -1, LONGEST_NAME);
    g_autofree char *body = g_strdup_printf (
        _ ("The mail of “%s” is being learned from. That can go on without a window; or it is stopped, "
           "and what was looked at until now is learned."),
        safe);
    GtkWindow *above = gtk_application_get_active_window (gtk_window_get_application (window));
    AdwMessageDialog *question = ADW_MESSAGE_DIALOG (
        adw_message_dialog_new (above != NULL ? above : window, _ ("Still Learning"), NULL));
    adw_message_dialog_set_body (question, body);
    adw_message_dialog_add_responses (question, "cancel", _ ("_Cancel"), "stop", _ ("_Stop Learning"),
                                      "finish", _ ("_Go On Without a Window"), NULL);
    adw_message_dialog_set_response_appearance (question, "finish", ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_default_response (question, "finish");
    adw_message_dialog_set_close_response (question, "cancel");
    return question;
}

bool
ib_learning_question_ask (GtkWindow *window)
{
    const char *account = ib_learning_account ();
    GtkWindow *asked = g_object_get_data (G_OBJECT (window), QUESTION);
    if (account == NULL || g_object_get_data (G_OBJECT (window), ANSWERED) != NULL)
        return false;
    if (asked == NULL) {
        asked = GTK_WINDOW (question_new (window, account));
        g_object_set_data (G_OBJECT (window), QUESTION, asked);
        g_signal_connect_object (asked, "response", G_CALLBACK (on_answered), window, 0);
    }
    gtk_window_present (asked);
    return true;
}
