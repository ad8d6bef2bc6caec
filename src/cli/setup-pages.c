/* setup-pages.c - setup's pages in plain lines: the address, and what becomes of the account that can be signed in to */
#include "print.h"
#include "setup-pages-private.h"
#include "units.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const char *const titles[] = {
    [IB_SETUP_WELCOME] = N_ ("Welcome to Inbasket"),
    [IB_SETUP_ADDRESS] = N_ ("Your address"),
    [IB_SETUP_SIGN_IN] = N_ ("The way to sign in"),
    [IB_SETUP_SETTINGS] = N_ ("The settings"),
    [IB_SETUP_SECRET] = N_ ("The password"),
    [IB_SETUP_TEST] = N_ ("A test"),
    [IB_SETUP_FORECAST] = N_ ("What will happen"),
    [IB_SETUP_FILTER] = N_ ("Sorting"),
    [IB_SETUP_DONE] = N_ ("Done"),
};

static void
show_title (IbSetupPage page)
{
    g_print ("\n%s", ib_print_colour (IB_COLOUR_BOLD));
    if (page == IB_SETUP_WELCOME)
        g_print ("%s", _ (titles[page]));
    else
        g_print (_ ("Step %d of %d: %s"), (int) page, (int) IB_SETUP_DONE, _ (titles[page]));
    g_print ("%s\n", ib_print_colour (IB_COLOUR_PLAIN));
}

/* --- welcome, address ------------------------------------------------------------------------------------------------- */

static IbTalkOutcome
show_welcome (IbTalk *talk)
{
    IbTalkOutcome outcome;
    ib_talk_say (_ (
        "Inbasket fetches the mail of all your accounts, filters it here, and puts it into one folder for your mail "
        "program. Each account takes a minute: its address, a way to sign in, a test. Nothing is fetched, moved or "
        "deleted before you have seen what would happen."));
    ib_talk_say (_ ("At every question: b goes back, q leaves, Enter takes what stands in brackets."));
    g_free (ib_talk_ask (talk, _ ("Press Enter to begin"), "", &outcome));
    return outcome;
}

static void
show_online (IbTalk *talk)
{
    const GPtrArray *online = ib_setup_online (talk->setup);
    if (online->len == 0)
        return;
    ib_talk_say (_ ("GNOME is signed in to these already; a number takes one:"));
    for (guint i = 0; i < online->len; i++) {
        const IbOnlineAccount *account = online->pdata[i];
        ib_talk_say ("  %u  %s, %s", i + 1, account->identity, account->provider);
    }
}

/* An address, or the number of one of GNOME's accounts. */
static bool
take_address (IbTalk *talk, const char *answer, GError **error)
{
    const GPtrArray *online = ib_setup_online (talk->setup);
    guint64 number = 0;
    if (online->len > 0 && ib_units_parse_number (answer, 1, online->len, &number))
        return ib_setup_set (talk->setup, "online", ((const IbOnlineAccount *) online->pdata[number - 1])->id,
                             error);
    return ib_setup_set (talk->setup, "address", answer, error);
}

static IbTalkOutcome
ask_address (IbTalk *talk)
{
    for (;;) {
        IbTalkOutcome outcome;
        g_autoptr (GError) error = NULL;
        g_autofree char *answer
            = ib_talk_ask (talk, _ ("Mail address"), ib_setup_get (talk->setup, "address"), &outcome);
        if (answer == NULL || take_address (talk, answer, &error))
            return outcome;
        ib_talk_say ("%s", error->message);
    }
}

static IbTalkOutcome
show_address (IbTalk *talk)
{
    if (!ib_talk_wait_for_online (talk))
        return IB_TALK_QUIT;
    show_online (talk);
    IbTalkOutcome outcome = ask_address (talk);
    const char *domain = ib_setup_unknown_domain (talk->setup);
    if (outcome != IB_TALK_ANSWER || domain == NULL)
        return outcome;
    ib_talk_say (
        _ ("%s is asked for its settings. A public database may know them as well; it would learn the domain, not your "
           "address."),
        domain);
    outcome = ib_talk_ask_field_yes (talk, "ispdb", _ ("Ask the database, too?"));
    if (outcome == IB_TALK_ANSWER)
        ib_talk_say (_ ("Looking for the settings of %s …"), domain);
    return outcome;
}

/* --- test, forecast ------------------------------------------------------------------------------------------------------------------ */

static IbTalkOutcome
show_test (IbTalk *talk)
{
    IbTalkOutcome outcome = IB_TALK_ANSWER;
    while (outcome == IB_TALK_ANSWER && !ib_setup_is_tried (talk->setup)) {
        g_autofree char *answer = ib_talk_ask (
            talk, _ ("b: go back and change it, r: try again, g: go on all the same"), "b", &outcome);
        if (answer == NULL || strcmp (answer, "b") == 0)
            return outcome == IB_TALK_QUIT ? outcome : IB_TALK_BACK;
        if (strcmp (answer, "g") == 0) {
            ib_talk_set_yes (talk, "untested", true);
            return IB_TALK_ANSWER;
        }
        if (strcmp (answer, "r") == 0)
            outcome = ib_talk_again (talk);
    }
    if (outcome != IB_TALK_ANSWER)
        return outcome;
    ib_talk_say (_ ("It works."));
    g_free (ib_talk_ask (talk, _ ("Press Enter to go on"), "", &outcome));
    return outcome;
}

static void
show_forecast_sentences (IbTalk *talk)
{
    g_auto (GStrv) sentences = ib_setup_forecast (talk->setup, g_get_real_time () / G_USEC_PER_SEC);
    for (char **sentence = sentences; sentence != NULL && *sentence != NULL; sentence++)
        ib_talk_say ("  %s", *sentence);
    if (sentences == NULL)
        ib_talk_say (_ ("What waits on the server could not be counted."));
    if (ib_setup_rehearsal (talk->setup) != NULL)
        ib_talk_say (_ ("  The dry run: %s."), ib_setup_rehearsal (talk->setup));
}

/* Each changes something, after which all is counted again. */
static const struct {
    const char *letter, *field, *question;
} changes[] = {
    { "s", "since", N_ ("Only mail since (30d, 2026-01-31; - for all)") },
    { "a", "after", N_ ("On the server, afterwards (keep, delete, delete-after:14d, move:FOLDER)") },
    { "f", "folders", N_ ("Folders, with ; between (- for the inbox)") },
    { "i", "interval", N_ ("Look every (5m, 1h; - for the usual)") },
};

static IbTalkOutcome
change_forecast (IbTalk *talk, const char *answer)
{
    for (gsize i = 0; i < G_N_ELEMENTS (changes); i++) {
        if (strcmp (answer, changes[i].letter) != 0)
            continue;
        g_autofree char *before = g_strdup (ib_setup_get (talk->setup, changes[i].field));
        g_autoptr (GError) error = NULL;
        IbTalkOutcome outcome = ib_talk_ask_field (talk, changes[i].field, _ (changes[i].question));
        g_autoptr (IbAccount) account = ib_setup_account (talk->setup, &error);
        if (account == NULL) {
            ib_talk_say ("%s", error->message);
            (void) ib_setup_set (talk->setup, changes[i].field, before, NULL); /* it had that before */
        }
        return outcome == IB_TALK_QUIT ? outcome : ib_talk_again (talk);
    }
    return IB_TALK_ANSWER;
}

static IbTalkOutcome
show_forecast (IbTalk *talk)
{
    for (;;) {
        IbTalkOutcome outcome;
        show_forecast_sentences (talk);
        g_autofree char *answer = ib_talk_ask (
            talk,
            _ ("Enter if that is right; d: dry run, s: since when, a: what happens on the server, f: folders, i: how often"),
            "", &outcome);
        if (answer == NULL || *answer == '\0')
            return outcome;
        if (strcmp (answer, "d") == 0) {
            ib_talk_say (_ ("Fetching and judging, changing nothing …"));
            ib_setup_rehearse (talk->setup);
            outcome = ib_talk_wait (talk);
            ib_talk_say_trouble (talk);
        } else {
            outcome = change_forecast (talk, answer);
        }
        if (outcome != IB_TALK_ANSWER)
            return outcome;
    }
}

/* --- sorting, done --------------------------------------------------------------------------------------------------------------------- */

static IbTalkOutcome
ask_learn (IbTalk *talk)
{
    ib_talk_say (_ (
        "It can learn now what is junk to you, from the server's own Junk folder and from the mail that you keep. That "
        "is read, and nothing of it is changed; with much mail it takes some minutes."));
    return ib_talk_ask_field_yes (talk, "learn", _ ("Learn from it?"));
}

static IbTalkOutcome
show_filter (IbTalk *talk)
{
    bool is_all = strcmp (ib_setup_get (talk->setup, "sort"), "all") == 0;
    IbTalkOutcome outcome = ib_talk_ask_field_yes (
        talk, "filter", _ ("Filter its mail, so that junk goes into the folder Junk?"));
    if (outcome == IB_TALK_ANSWER && strcmp (ib_setup_get (talk->setup, "filter"), "yes") == 0) {
        outcome = ib_talk_ask_yes (talk, _ ("Put lists, newsletters and notifications into folders as well?"),
                                   is_all, &is_all);
        if (outcome == IB_TALK_ANSWER)
            (void) ib_setup_set (talk->setup, "sort", is_all ? "all" : "common", NULL);
    }
    if (outcome == IB_TALK_ANSWER)
        outcome = ib_talk_ask_field (
            talk, "folder", _ ("Folder for its ordinary mail (Enter or - for the INBOX, or a name)"));
    bool is_learner
        = strcmp (ib_setup_get (talk->setup, "filter"), "yes") == 0 && ib_setup_is_tried (talk->setup);
    return outcome == IB_TALK_ANSWER && is_learner ? ask_learn (talk) : outcome;
}

static void
offer_login (IbTalk *talk)
{
    bool is_wanted = true;
    ib_talk_say (
        _ ("Inbasket can run in the background, now and from each login on, so that mail comes by itself."));
    IbTalkOutcome outcome = ib_talk_ask_yes (talk, _ ("Have it run at login?"), is_wanted, &is_wanted);
    if (outcome != IB_TALK_ANSWER || !is_wanted) {
        ib_talk_say (_ ("“inbasket service enable” does that later."));
        return;
    }
    ib_setup_run_at_login (talk->setup, true);
    if (ib_talk_wait (talk) == IB_TALK_ANSWER)
        ib_talk_say_trouble (talk);
}

static IbTalkOutcome
show_done (IbTalk *talk)
{
    const GPtrArray *added = ib_setup_added (talk->setup);
    bool is_another = false;
    ib_talk_say (_ ("The account %s is set up."), (const char *) added->pdata[added->len - 1]);
    IbTalkOutcome outcome = ib_talk_ask_yes (talk, _ ("Another account?"), false, &is_another);
    if (outcome == IB_TALK_ANSWER && is_another)
        return IB_TALK_ANSWER;
    while (outcome == IB_TALK_ANSWER && ib_setup_awaits_login (talk->setup))
        g_main_context_iteration (NULL, TRUE);
    if (outcome == IB_TALK_ANSWER && ib_setup_offers_login (talk->setup)
        && !ib_setup_runs_at_login (talk->setup))
        offer_login (talk);
    return IB_TALK_QUIT;
}

static IbTalkOutcome (*const pages[]) (IbTalk *) = {
    [IB_SETUP_WELCOME] = show_welcome,
    [IB_SETUP_ADDRESS] = show_address,
    [IB_SETUP_SIGN_IN] = ib_setup_pages_sign_in,
    [IB_SETUP_SETTINGS] = ib_setup_pages_settings,
    [IB_SETUP_SECRET] = ib_setup_pages_secret,
    [IB_SETUP_TEST] = show_test,
    [IB_SETUP_FORECAST] = show_forecast,
    [IB_SETUP_FILTER] = show_filter,
    [IB_SETUP_DONE] = show_done,
};

IbTalkOutcome
ib_setup_show_page (IbTalk *talk)
{
    IbSetupPage page = ib_setup_page (talk->setup);
    show_title (page);
    talk->shown = 0;
    /* Some pages begin their work as they are entered. */
    IbTalkOutcome outcome = ib_talk_wait (talk);
    if (outcome != IB_TALK_ANSWER)
        return outcome;
    ib_talk_say_trouble (talk);
    return pages[page](talk);
}
