/* cmd-why.c - `inbasket why`: the verdict on a message, and everything that led to it, on one screen */
#include "command.h"
#include "dry-run.h"
#include "filter-shared.h"
#include "find-message.h"
#include "imap-name.h"
#include "why-words.h"
#include "print.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct {
    IbWhy why;
    char *error;
} Asking;

/* As it was judged when it came: through its account and folder, at its time. */
static void
sharpen (IbFacts *facts, const char *path, gpointer data)
{
    const Asking *asking = data;
    const IbStory *story = asking->why.found->story;
    if (story == NULL)
        return;
    facts->now = story->delivered_at;
    g_autoptr (GDateTime) local = g_date_time_new_from_unix_local (facts->now / G_USEC_PER_SEC);
    if (local != NULL)
        facts->utc_offset_s = (gint32) (g_date_time_get_utc_offset (local) / G_USEC_PER_SEC);
    g_free (facts->server_folder);
    facts->server_folder = ib_imap_name_to_utf8 (story->mailbox);
}

static void
judged (const char *path, const IbJudgement *judgement, const GError *error, gpointer data)
{
    Asking *asking = data;
    if (judgement == NULL) {
        asking->error = g_strdup (error->message);
        return;
    }
    if (asking->why.is_json)
        ib_why_print_json (&asking->why, judgement);
    else
        ib_why_print (&asking->why, judgement);
}

/* It is gone: what the journal knows is all there is. */
static void
say_gone (const IbFoundMessage *found)
{
    if (found->hindrance != NULL) {
        ib_print_error ("%s", found->hindrance);
        return;
    }
    ib_print_error (_ ("The message %.8s is not here any more: what it held cannot be looked at again"),
                    found->story->id);
    ib_print_hint (_ ("inbasket log --since 365d  tells where it went"));
}

static IbExit
explain (const IbCli *cli, const IbConfig *config, const IbFoundMessage *found, const IbAccount *account)
{
    g_autoptr (GPtrArray) scripts = ib_filter_load_scripts (cli, config, account, NULL, NULL);
    if (scripts == NULL)
        return IB_EXIT_CONFIG;
    g_autoptr (IbKnown) known = ib_known_new (cli->paths, config, NULL);
    g_autoptr (IbLearned) learned = ib_learned_new (cli->paths, NULL, true);
    Asking asking = {
        .why = { .paths = cli->paths,
                 .config = config,
                 .account = account,
                 .found = found,
                 .is_json = cli->json,
                 .is_verbose = cli->verbose },
    };
    const IbDryRun run = {
        .config = config,
        .known = known,
        .account = account,
        .scripts = scripts,
        .wants = IB_JUDGE_TRACE,
        .learned = learned,
        .sharpen = sharpen,
    };
    const char *const paths[] = { found->path, NULL };
    ib_dry_run (&run, paths, judged, &asking);
    if (asking.error == NULL)
        return IB_EXIT_DONE;
    ib_print_error ("%s", asking.error);
    g_free (asking.error);
    return IB_EXIT_SOME_FAILED;
}

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    g_autofree char *account_name = NULL;
    const GOptionEntry entries[] = {
        { "account", 0, 0, G_OPTION_ARG_STRING, &account_name, N_ ("As if it had come through this account"),
          N_ ("A") },
        { NULL },
    };
    if (!ib_command_parse (
            "why MESSAGE",
            _ ("Where a message came from and whom we believe about it, who vouches for its sender, what "
               "speaks against it, which filters it came round, which ran here and what they did, and how to "
               "change that. MESSAGE is a file, “-” for "
               "standard input, the beginning of an id from “inbasket log”, or a Message-ID."),
            "  inbasket why 1a2b3c4d\n  inbasket why ~/Mail/.Junk/cur/…\n  inbasket why --json - < message",
            entries, &argc, &argv))
        return IB_EXIT_USAGE;
    if (argc != 2) {
        ib_print_refusal (_ ("“inbasket log” shows ids"), _ ("“why” takes one message"));
        return IB_EXIT_USAGE;
    }
    g_autoptr (GError) error = NULL;
    g_autoptr (IbConfig) config = ib_config_load (cli->paths, &error);
    if (config == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    g_autoptr (IbFoundMessage) found = ib_find_message (cli->paths, config, argv[1], &error);
    if (found == NULL) {
        ib_print_error ("%s", error->message);
        return g_error_matches (error, IB_FIND_ERROR, IB_FIND_ERROR_NOTHING) ? IB_EXIT_USAGE : IB_EXIT_STORE;
    }
    if (found->path == NULL) {
        say_gone (found);
        return IB_EXIT_SOME_FAILED;
    }
    IbExit status;
    const IbAccount *account = NULL;
    const char *through = account_name == NULL && found->story != NULL ? found->story->account : account_name;
    if (account_name != NULL && !ib_filter_find_account (config, through, &account, &status))
        return status;
    if (account == NULL && through != NULL)
        account = ib_config_account (config, through);
    return explain (cli, config, found, account);
}

const IbCommand ib_command_why = { "why", N_ ("Explain the verdict on a message"), run };
