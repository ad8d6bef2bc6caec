/* cmd-undo.c - `inbasket undo`: takes sorting and discards back */
#include "command.h"
#include "loan.h"
#include "print.h"
#include "since.h"
#include "undo.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct {
    const IbCli *cli;
    guint undone, left;
} Undo;

static const char *
result_words (IbUndone result)
{
    switch (result) {
    case IB_UNDONE_MOVED:
        return _ ("back in the INBOX");
    case IB_UNDONE_RESTORED:
        return _ ("brought into the INBOX");
    case IB_UNDONE_LEFT:
        return _ ("left: you have moved or removed it since, or it is no longer held");
    case IB_UNDONE_NOTHING:
        return _ ("is in the INBOX already");
    }
    g_assert_not_reached ();
}

static void
print_json (const IbStory *story, IbUndone result, const char *path)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "id", story->id);
    ib_json_text (builder, "account", story->account);
    ib_json_text (builder, "result", ib_undone_name (result));
    ib_json_text (builder, "path", path);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static void
on_story (const IbStory *story, IbUndone result, const char *path, gpointer user_data)
{
    Undo *self = user_data;
    if (result == IB_UNDONE_MOVED || result == IB_UNDONE_RESTORED)
        self->undone++;
    else
        self->left++;
    if (self->cli->json) {
        print_json (story, result, path);
    } else if (!self->cli->quiet) {
        g_autofree char *subject = ib_print_safe (story->subject != NULL ? story->subject : "", 48);
        g_print ("%.8s  %s: %s\n", story->id, subject, result_words (result));
    }
}

static IbExit
undo (const IbCli *cli, const char *id, gint64 since)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbConfig) config = ib_config_load (cli->paths, &error);
    Undo self = { .cli = cli };

    if (config == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    IbExit status;
    g_auto (IbLoan) loan = { NULL };
    if (!ib_loan_take_or_say (cli, &loan, &status))
        return status;
    if (ib_undo_run (cli->paths, config, id, since, on_story, &self, &error)) {
        if (self.undone + self.left == 0 && !cli->json && !cli->quiet)
            g_print (_ ("There is nothing to take back.\n"));
        return self.left > 0 && self.undone == 0 && id != NULL ? IB_EXIT_SOME_FAILED : IB_EXIT_DONE;
    }
    ib_print_error ("%s", error->message);
    switch ((IbUndoError) error->code) {
    case IB_UNDO_ERROR_UNKNOWN:
        return IB_EXIT_SOME_FAILED;
    case IB_UNDO_ERROR_BUSY:
        return IB_EXIT_BUSY;
    case IB_UNDO_ERROR_STORE:
        return IB_EXIT_STORE;
    }
    g_assert_not_reached ();
}

/* Or its beginning, long enough to mean one message. */
static bool
is_id (const char *word)
{
    gsize length = strlen (word);
    return length >= 6 && length <= IB_ID_LENGTH && strspn (word, "0123456789abcdefABCDEF") == length;
}

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    g_autofree char *since_text = NULL;
    g_autoptr (GError) error = NULL;
    gint64 since = 0;
    const GOptionEntry entries[] = {
        { "since", 0, 0, G_OPTION_ARG_STRING, &since_text, N_ ("All since then: 2h, 1d, 2026-01-31"),
          N_ ("TIME") },
        { NULL },
    };
    if (!ib_command_parse (
            "undo [ID]",
            _ ("Takes back what was done with a message: what a filter sorted away goes back to the INBOX, what "
               "was discarded or held as a duplicate (for 30 days) comes into it. ID is what “inbasket log” "
               "shows; without one it is the newest that can be taken back."),
            "  inbasket undo 1a2b3c4d\n"
            "  inbasket undo --since 1h",
            entries, &argc, &argv))
        return IB_EXIT_USAGE;
    if (argc > 2 || (argc == 2 && since_text != NULL)) {
        ib_print_error (_ ("“undo” takes one id, or --since"));
        return IB_EXIT_USAGE;
    }
    if (argc == 2 && !is_id (argv[1])) {
        ib_print_refusal (_ ("“inbasket log” shows them"),
                          _ ("“%s” is no id, nor the first six or more of an id's digits and letters"),
                          argv[1]);
        return IB_EXIT_USAGE;
    }
    if (since_text != NULL && !ib_since_parse (since_text, g_get_real_time (), &since, &error)) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_USAGE;
    }
    return undo (cli, argc == 2 ? argv[1] : NULL, since);
}

const IbCommand ib_command_undo = { "undo", N_ ("Take sorting and discards back"), run };
