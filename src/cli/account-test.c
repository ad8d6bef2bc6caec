/* account-test.c - `inbasket account test`: connects and signs in, a line for each step */
#include "account-shared.h"
#include "print.h"
#include "probe.h"
#include "setup-words.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct {
    const IbCli *cli;
    const IbAccount *account;
    GMainLoop *loop;
    GError *error;
    guint closed_folders; /* that folders= names and the server does not open */
} Trial;

/* --- telling --------------------------------------------------------------------------------------------------------------- */

static void
tell_line (IbColour colour, const char *mark, const char *name, const char *text)
{
    g_autofree char *safe = ib_print_safe (text, 0);
    glong width = g_utf8_strlen (name, -1);
    g_print ("%s%s%s %s%*s  %s\n", ib_print_colour (colour), mark, ib_print_colour (IB_COLOUR_PLAIN), name,
             (int) MAX (12 - width, 0), "", safe);
}

static void
on_step (const char *step, const char *text, gpointer data)
{
    const Trial *trial = data;
    if (trial->cli->json) {
        g_autoptr (JsonBuilder) builder = json_builder_new ();
        json_builder_begin_object (builder);
        ib_json_text (builder, "event", "step");
        ib_json_text (builder, "step", step);
        ib_json_text (builder, "text", text);
        json_builder_end_object (builder);
        ib_print_json (builder);
        return;
    }
    if (!trial->cli->quiet && *text != '\0')
        tell_line (IB_COLOUR_GOOD, "✓", ib_setup_words_step (step), text);
}

static void
tell_end (const Trial *trial)
{
    if (trial->cli->json) {
        g_autoptr (JsonBuilder) builder = json_builder_new ();
        json_builder_begin_object (builder);
        ib_json_text (builder, "event", "result");
        ib_json_text (builder, "name", trial->account->name);
        ib_json_bool (builder, "ok", trial->error == NULL);
        ib_json_text (builder, "error", trial->error != NULL ? trial->error->message : NULL);
        json_builder_end_object (builder);
        ib_print_json (builder);
    } else if (trial->error != NULL) {
        const char *hint = ib_setup_words_remedy (trial->error);
        ib_print_error ("%s", trial->error->message);
        if (hint != NULL)
            ib_print_hint ("%s", hint);
    } else if (!trial->cli->quiet) {
        g_print (_ ("%s works.\n"), trial->account->name);
    }
}

/* --- trying ------------------------------------------------------------------------------------------------------------------ */

static void
on_ended (const GError *error, gpointer data)
{
    Trial *trial = data;
    trial->error = error != NULL ? g_error_copy (error) : NULL;
    g_main_loop_quit (trial->loop);
}

static void
on_mailbox_failed (const char *display_name, const char *server_text, gpointer data)
{
    Trial *trial = data;
    trial->closed_folders++;
    if (trial->cli->json) {
        g_autoptr (JsonBuilder) builder = json_builder_new ();
        json_builder_begin_object (builder);
        ib_json_text (builder, "event", "folder");
        ib_json_text (builder, "folder", display_name);
        ib_json_text (builder, "error", server_text);
        json_builder_end_object (builder);
        ib_print_json (builder);
        return;
    }
    g_autofree char *text = g_strdup_printf (_ ("%s cannot be opened: %s"), display_name, server_text);
    tell_line (IB_COLOUR_BAD, "✗", _ ("Folder"), text);
}

/* The probe is over at once; but a token that is being renewed is waited for, lest it get lost. The second time is meant. */
static gboolean
on_stop (gpointer data)
{
    Trial *trial = data;
    if (trial->error == NULL)
        trial->error = g_error_new_literal (IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED, _ ("stopped"));
    if (trial->loop != NULL)
        g_main_loop_quit (trial->loop);
    return G_SOURCE_REMOVE;
}

static void
try_account (Trial *trial)
{
    static const IbProbeEvents events
        = { .step = on_step, .mailbox_failed = on_mailbox_failed, .ended = on_ended };
    trial->loop = g_main_loop_new (NULL, FALSE);
    g_autoptr (IbTokens) tokens = ib_tokens_new (trial->cli->paths);
    g_autoptr (IbProbe) probe = ib_probe_start (trial->account, IB_PROBE_SIGN_IN, tokens, &events, trial);
    (void) g_unix_signal_add (SIGINT, on_stop, trial); /* until the program ends */
    (void) g_unix_signal_add (SIGTERM, on_stop, trial);
    g_main_loop_run (trial->loop);
    g_clear_pointer (&probe, ib_probe_free);
    g_clear_pointer (&trial->loop, g_main_loop_unref);
}

IbExit
ib_account_test (const IbCli *cli, int argc, char **argv)
{
    if (!ib_command_parse (
            "account test NAME",
            _ ("Gets the password, connects, signs in and counts what is there; fetches nothing."),
            "  inbasket account test work", NULL, &argc, &argv))
        return IB_EXIT_USAGE;
    const char *name = ib_account_name_argument (argc, argv);
    IbExit status = IB_EXIT_USAGE;
    g_autoptr (IbAccount) account = name != NULL ? ib_account_find (cli, name, &status) : NULL;
    if (account == NULL)
        return status;

    Trial trial = { .cli = cli, .account = account };
    try_account (&trial);
    status = trial.error != NULL ? IB_EXIT_UNREACHABLE : IB_EXIT_DONE;
    if (trial.error == NULL && trial.closed_folders > 0) {
        status = IB_EXIT_SOME_FAILED;
        trial.error = g_error_new (IB_FETCH_ERROR, IB_FETCH_ERROR_MESSAGE,
                                   _ ("%s can be signed in to, but not all of folders= can be opened"), name);
    }
    tell_end (&trial);
    g_clear_error (&trial.error);
    return status;
}
