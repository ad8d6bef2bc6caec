/* account-pause.c - `inbasket account pause` and `resume`: for good in the account's file, for a time in the service */
#include "account-file.h"
#include "account-shared.h"
#include "loan.h"
#include "print.h"
#include "since.h"

#include <glib/gi18n-lib.h>

#define LONGEST_PAUSE_S (366 * 24 * 3600)

static IbExit
set_enabled (const IbCli *cli, const char *name, bool is_enabled)
{
    IbExit status;
    g_autoptr (GError) error = NULL;
    g_autofree char *path = ib_account_path (cli, name);
    g_autoptr (IbAccount) account = ib_account_find (cli, name, &status);
    if (account == NULL)
        return status;

    const char *const keys[] = { "account.enabled", is_enabled ? "true" : "false", NULL };
    if (account->is_enabled != is_enabled && !ib_account_file_set (path, keys, &error)) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_SOME_FAILED;
    }
    if (cli->json) {
        g_autoptr (JsonBuilder) builder = json_builder_new ();
        json_builder_begin_object (builder);
        ib_json_text (builder, "name", name);
        ib_json_bool (builder, "enabled", is_enabled);
        json_builder_end_object (builder);
        ib_print_json (builder);
    } else if (!cli->quiet) {
        g_print (is_enabled ? _ ("%s is fetched again.\n")
                            : _ ("%s is paused; its mail waits on the server.\n"),
                 name);
    }
    return IB_EXIT_DONE;
}

/* Only a service knows when the time is over: the file stays as it is. */
static IbExit
pause_for (const IbCli *cli, const char *name, gint64 seconds)
{
    IbExit status;
    g_autoptr (GError) error = NULL;
    g_autoptr (IbAccount) account = ib_account_find (cli, name, &status);
    if (account == NULL)
        return status;
    g_autoptr (IbClient) service = ib_loan_find_service (cli->paths, &error);
    if (service == NULL && error == NULL) {
        ib_print_refusal (_ ("Without --for it is paused until it is resumed"),
                          _ ("No service runs that would fetch it, or resume it later"));
        return IB_EXIT_SOME_FAILED;
    }
    if (service == NULL || !ib_client_pause (service, name, (guint) seconds, &error)) {
        ib_print_error ("%s", error->message);
        return ib_loan_exit_for (error);
    }
    gint64 until = g_get_real_time () + seconds * G_USEC_PER_SEC;
    if (cli->json) {
        g_autoptr (JsonBuilder) builder = json_builder_new ();
        json_builder_begin_object (builder);
        ib_json_text (builder, "name", name);
        ib_json_bool (builder, "enabled", account->is_enabled);
        ib_json_int (builder, "paused_until", until / G_USEC_PER_SEC);
        json_builder_end_object (builder);
        ib_print_json (builder);
    } else if (!cli->quiet) {
        g_autoptr (GDateTime) then = g_date_time_new_from_unix_local (until / G_USEC_PER_SEC);
        g_autofree char *words = g_date_time_format (then, "%Y-%m-%d %H:%M");
        g_print (_ ("%s is paused until %s; its mail waits on the server.\n"), name, words);
    }
    return IB_EXIT_DONE;
}

IbExit
ib_account_pause (const IbCli *cli, int argc, char **argv)
{
    g_autofree char *span = NULL;
    gint64 seconds = 0;
    const GOptionEntry entries[] = {
        { "for", 0, 0, G_OPTION_ARG_STRING, &span, N_ ("So long only, where the service runs: 90m, 2h, 1d"),
          N_ ("SPAN") },
        { NULL },
    };
    if (!ib_command_parse ("account pause NAME", _ ("Fetches an account no more, until it is resumed."),
                           "  inbasket account pause work\n  inbasket account pause work --for 2h", entries,
                           &argc, &argv))
        return IB_EXIT_USAGE;
    const char *name = ib_account_name_argument (argc, argv);
    if (name == NULL)
        return IB_EXIT_USAGE;
    if (span == NULL)
        return set_enabled (cli, name, false);
    if (!ib_since_parse_span (span, &seconds) || seconds == 0 || seconds > LONGEST_PAUSE_S) {
        ib_print_refusal (_ ("Give minutes, hours or days, as in --for 2h"),
                          _ ("“%s” is no time to pause for"), span);
        return IB_EXIT_USAGE;
    }
    return pause_for (cli, name, seconds);
}

/* A pause for a time is over, too. */
static void
resume_in_service (const IbCli *cli, const char *name)
{
    g_autoptr (IbClient) service = ib_client_find (cli->paths, NULL);
    if (service != NULL)
        (void) ib_client_resume (service, name, NULL); /* one that was switched off is not there yet */
}

IbExit
ib_account_resume (const IbCli *cli, int argc, char **argv)
{
    if (!ib_command_parse ("account resume NAME", _ ("Fetches a paused account again."),
                           "  inbasket account resume work", NULL, &argc, &argv))
        return IB_EXIT_USAGE;
    const char *name = ib_account_name_argument (argc, argv);
    if (name == NULL)
        return IB_EXIT_USAGE;
    IbExit status = set_enabled (cli, name, true);
    if (status == IB_EXIT_DONE)
        resume_in_service (cli, name);
    return status;
}
