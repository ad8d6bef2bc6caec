/* cmd-setup.c - `inbasket setup`: the wizard in the terminal */
#include "ask.h"
#include "config.h"
#include "learn-shared.h"
#include "print.h"
#include "setup-talk.h"
#include "setup-workers.h"
#include "unfinished.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>

/* --- the conversation ------------------------------------------------------------------------------------------------ */

static void
go_back (IbTalk *talk)
{
    if (ib_setup_back (talk->setup))
        return;
    ib_talk_say (ib_setup_page (talk->setup) == IB_SETUP_DONE
                     ? _ ("The account stands; “inbasket account edit” changes it.")
                     : _ ("This is the beginning; q leaves."));
}

/* False: the conversation is over. */
static bool
go_on (IbTalk *talk)
{
    g_autoptr (GError) error = NULL;
    if (!ib_setup_next (talk->setup, &error)) {
        ib_talk_say (_ ("! %s"), error->message);
        return true;
    }
    IbTalkOutcome outcome = ib_talk_wait (talk);
    if (outcome == IB_TALK_BACK)
        go_back (talk);
    return outcome != IB_TALK_QUIT;
}

static IbExit
say_goodbye (const IbTalk *talk)
{
    if (ib_setup_added (talk->setup)->len == 0) {
        ib_talk_say (_ ("Nothing was set up, and nothing was written."));
        return IB_EXIT_DONE;
    }
    g_autoptr (IbConfig) config = ib_config_load (talk->cli->paths, NULL);
    if (ib_setup_runs_at_login (talk->setup))
        ib_talk_say (_ ("It runs now, and fetches the mail; “inbasket log” shows where it went."));
    else
        ib_talk_say (_ ("Next: “inbasket sync” fetches the mail; “inbasket log” shows where it went."));
    if (config != NULL)
        ib_talk_say (
            _ ("The mail will be in %s, a Maildir; “inbasket client” shows how to point your mail program at it."),
            config->maildir);
    return IB_EXIT_DONE;
}

static IbExit
converse (IbTalk *talk)
{
    for (;;) {
        switch (ib_setup_show_page (talk)) {
        case IB_TALK_ANSWER:
            if (!go_on (talk))
                return say_goodbye (talk);
            break;
        case IB_TALK_BACK:
            go_back (talk);
            break;
        case IB_TALK_QUIT:
            return say_goodbye (talk);
        }
    }
}

/* --- the command -------------------------------------------------------------------------------------------------------- */

/* The main loop that looks again is turned by whoever waits. */
static void
on_changed (IbSetup *setup, gpointer data)
{
}

/* It says itself how that went; the account stands, whatever came of it. */
static void
learn (IbSetup *setup, const char *name, gpointer data)
{
    const IbCli *cli = data;
    const char *const sources[] = { name, NULL };
    if (!cli->json && !cli->quiet)
        g_print (_ ("Learning from the mail that is on the server …\n"));
    (void) ib_learn_from (cli, sources, false);
}

/* Who interrupts leaves as with q: what was kept for an account that never came is taken out again. */
static gboolean
on_interrupt (gpointer data)
{
    IbTalk *talk = data;
    talk->is_over = talk->is_interrupted = true;
    return G_SOURCE_CONTINUE;
}

static IbExit
run_with (const IbCli *cli, const IbProviders *providers, const IbOAuth2Clients *clients, const char *answers,
          bool has_secrets, bool *out_interrupted)
{
    static const IbSetupFace face = { on_changed, learn };
    const char *data = cli->paths->home != NULL ? cli->paths->home : g_get_user_data_dir ();
    g_autofree char *secrets
        = g_build_filename (data, cli->paths->home != NULL ? "secrets" : "inbasket/secrets", NULL);
    const IbSetupHome home = {
        .providers = providers, .clients = clients, .accounts = cli->paths->accounts, .secrets = secrets
    };
    g_autoptr (IbSetupWorkers) workers = ib_setup_workers_new (cli->paths, &face, (gpointer) cli);
    g_autoptr (IbSetup) setup = ib_setup_new (&home, ib_setup_workers_doers (workers), workers);
    g_autoptr (GString) input = g_string_new (NULL);
    IbTalk talk = { .cli = cli, .setup = setup, .input = input };
    guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, &talk);
    IbExit status = answers != NULL ? ib_setup_run_answers (&talk, answers, has_secrets) : converse (&talk);
    g_source_remove (interrupt);
    *out_interrupted = talk.is_interrupted;
    g_free (talk.link);
    return status;
}

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    g_autofree char *answers = NULL;
    gboolean has_secrets = FALSE;
    const GOptionEntry entries[] = {
        { "answers", 0, 0, G_OPTION_ARG_FILENAME, &answers,
          N_ ("Take the answers from FILE, a group an account, and ask nothing"), N_ ("FILE") },
        { "secret-stdin", 0, 0, G_OPTION_ARG_NONE, &has_secrets,
          N_ ("With --answers: read a password, a line, from standard input for each account that needs one"),
          NULL },
        { NULL },
    };
    if (!ib_command_parse (
            "setup",
            _ ("Adds accounts, step by step: an address, a way to sign in, a test, and what will happen."),
            "  inbasket setup\n  inbasket setup --answers accounts.ini", entries, &argc, &argv))
        return IB_EXIT_USAGE;
    if (argc > 1 || (has_secrets && answers == NULL)) {
        ib_print_refusal (_ ("“inbasket setup --help” lists what it takes"), "%s",
                          argc > 1 ? _ ("setup takes no account: it asks")
                                   : _ ("--secret-stdin goes with --answers"));
        return IB_EXIT_USAGE;
    }
    if (answers == NULL && !ib_ask_can ()) {
        ib_print_refusal (_ ("With --answers FILE it asks nothing; so does “inbasket account add”"),
                          _ ("There is nobody to ask: this is no terminal"));
        return IB_EXIT_USAGE;
    }

    g_autoptr (GError) error = NULL;
    const char *const tables[] = { ib_paths_shipped_providers (), cli->paths->providers, NULL };
    const char *const ids[] = { ib_paths_shipped_oauth_clients (), cli->paths->oauth_clients, NULL };
    g_autoptr (IbProviders) providers = ib_providers_load (tables, &error);
    g_autoptr (IbOAuth2Clients) clients = providers != NULL ? ib_oauth2_clients_load (ids, &error) : NULL;
    if (clients == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    bool is_interrupted = false;
    IbExit status = run_with (cli, providers, clients, answers, has_secrets, &is_interrupted);
    ib_unfinished_wait (); /* for what is taken out of the keyring again */
    if (is_interrupted) {
        (void) signal (SIGINT, SIG_DFL);
        (void) raise (SIGINT); /* so that a script around us ends, too */
    }
    return status;
}

const IbCommand ib_command_setup = { "setup", N_ ("Add accounts, step by step"), run };
