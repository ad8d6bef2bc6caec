/* setup-pages.c - setup's pages in plain lines */
#include "ask.h"
#include "print.h"
#include "setup-talk.h"
#include "setup-words.h"
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

/* Sets @field to what is answered; says what is wrong with it and asks again. */
static IbTalkOutcome
ask_field (IbTalk *talk, const char *field, const char *question)
{
    for (;;) {
        IbTalkOutcome outcome;
        g_autoptr (GError) error = NULL;
        g_autofree char *answer = ib_talk_ask (talk, question, ib_setup_get (talk->setup, field), &outcome);
        if (answer == NULL)
            return outcome;
        if (ib_setup_set (talk->setup, field, strcmp (answer, "-") == 0 ? "" : answer, &error))
            return IB_TALK_ANSWER;
        ib_talk_say ("%s", error->message);
    }
}

static void
set_yes (IbTalk *talk, const char *field, bool is_yes)
{
    (void) ib_setup_set (talk->setup, field, is_yes ? "yes" : "no", NULL); /* these fields take both */
}

static IbTalkOutcome
ask_field_yes (IbTalk *talk, const char *field, const char *question)
{
    bool is_yes = false;
    IbTalkOutcome outcome
        = ib_talk_ask_yes (talk, question, strcmp (ib_setup_get (talk->setup, field), "yes") == 0, &is_yes);
    if (outcome == IB_TALK_ANSWER)
        set_yes (talk, field, is_yes);
    return outcome;
}

/* A number from 1 to @count; 0 with an outcome that is no ANSWER. */
static guint
ask_number (IbTalk *talk, const char *question, guint suggestion, guint count, IbTalkOutcome *out_outcome)
{
    g_autofree char *suggested = g_strdup_printf ("%u", suggestion);
    for (;;) {
        guint64 number = 0;
        g_autofree char *answer = ib_talk_ask (talk, question, suggested, out_outcome);
        if (answer == NULL)
            return 0;
        if (ib_units_parse_number (answer, 1, count, &number))
            return (guint) number;
        ib_talk_say (_ ("Please type a number from 1 to %u."), count);
    }
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
    outcome = ask_field_yes (talk, "ispdb", _ ("Ask the database, too?"));
    if (outcome == IB_TALK_ANSWER)
        ib_talk_say (_ ("Looking for the settings of %s …"), domain);
    return outcome;
}

/* --- the way to sign in ------------------------------------------------------------------------------------------------- */

static void
show_provider (IbTalk *talk)
{
    const IbProvider *provider = ib_setup_provider (talk->setup);
    const IbCandidate *candidate = ib_setup_candidate (talk->setup);
    if (provider != NULL)
        ib_talk_say (_ ("Your mail is with %s."), provider->name);
    else if (candidate != NULL)
        ib_talk_say (_ ("A server was found: %s."), candidate->host);
    else
        ib_talk_say (_ ("No settings were found for this address; you can give them yourself."));
    for (char **trap = provider != NULL ? provider->traps : NULL; trap != NULL && *trap != NULL; trap++)
        ib_talk_say ("  ! %s", *trap);
    if (provider != NULL && *provider->app_password_url != '\0')
        ib_talk_say (_ ("  App passwords are made at %s"), provider->app_password_url);
}

static const char *
way_name (IbSignIn way)
{
    switch (way) {
    case IB_SIGN_IN_OAUTH2:
        return _ ("sign in with the browser");
    case IB_SIGN_IN_APP_PASSWORD:
        return _ ("an app password, made on the provider's pages");
    case IB_SIGN_IN_PASSWORD:
        return _ ("the password");
    case IB_SIGN_IN_CODE:
        return _ ("the code that its webmail makes");
    case IB_SIGN_IN_BRIDGE:
        return _ ("the password that its bridge program shows");
    case IB_SIGN_IN_NONE:
        return _ ("none: its mail cannot be fetched");
    }
    g_assert_not_reached ();
}

/* One that can be chosen. */
typedef struct {
    IbSignIn way;
    bool is_by_program; /* tokens of a program of the user's */
} Choice;

static GArray *
show_doors (IbTalk *talk, guint *out_suggested)
{
    const GPtrArray *doors = ib_setup_doors (talk->setup);
    const char *chosen = ib_setup_get (talk->setup, "sign-in");
    bool is_by_program = strcmp (ib_setup_get (talk->setup, "keep"), "command") == 0;
    GArray *choices = g_array_new (FALSE, FALSE, sizeof (Choice));
    *out_suggested = 1;
    for (guint i = 0; i < doors->len; i++) {
        const IbOAuth2Door *door = doors->pdata[i];
        Choice choice = { door->way, !door->is_open };
        if (!door->is_open)
            ib_talk_say (_ ("  -  %s: shut. %s"), way_name (door->way), door->words);
        if (!door->is_open && door->way != IB_SIGN_IN_OAUTH2)
            continue;
        g_array_append_val (choices, choice);
        ib_talk_say ("  %u  %s", choices->len,
                     door->is_open ? way_name (door->way)
                                   : _ ("a program of yours that gets access tokens (pizauth, oama)"));
        if (strcmp (ib_sign_in_name (door->way), chosen) == 0 && (door->is_open || is_by_program))
            *out_suggested = choices->len;
    }
    return choices;
}

static IbTalkOutcome
ask_browser (IbTalk *talk)
{
    bool is_here = strcmp (ib_setup_get (talk->setup, "browser"), "here") == 0;
    IbTalkOutcome outcome = ib_talk_ask_yes (
        talk,
        _ ("Sign in with a link? (With no, a code is shown to be typed into any browser, where the provider has that)"),
        is_here, &is_here);
    if (outcome == IB_TALK_ANSWER)
        (void) ib_setup_set (talk->setup, "browser", is_here ? "here" : "elsewhere", NULL);
    return outcome;
}

static IbTalkOutcome
show_sign_in (IbTalk *talk)
{
    IbTalkOutcome outcome;
    guint suggested;
    show_provider (talk);
    g_autoptr (GArray) choices = show_doors (talk, &suggested);
    if (choices->len == 0) {
        g_free (ib_talk_ask (talk, _ ("b: another address, q: leave"), "b", &outcome));
        return outcome == IB_TALK_QUIT ? IB_TALK_QUIT : IB_TALK_BACK;
    }
    guint number = ask_number (talk, _ ("Which way"), suggested, choices->len, &outcome);
    if (number == 0)
        return outcome;
    const Choice choice = g_array_index (choices, Choice, number - 1);
    (void) ib_setup_set (talk->setup, "sign-in", ib_sign_in_name (choice.way), NULL);
    if (choice.is_by_program)
        (void) ib_setup_set (talk->setup, "keep", "command", NULL);
    return choice.way == IB_SIGN_IN_OAUTH2 && !choice.is_by_program ? ask_browser (talk) : IB_TALK_ANSWER;
}

/* --- settings --------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *field, *name;
} settings[] = {
    { "name", N_ ("Account's name") },
    { "protocol", N_ ("Protocol") },
    { "host", N_ ("Server") },
    { "port", N_ ("Port") },
    { "security", N_ ("Security") },
    { "user", N_ ("User name") },
    { "ca-file", N_ ("Own authority (file)") },
    { "fingerprint", N_ ("Pinned certificate") },
};

static void
show_settings_found (IbTalk *talk)
{
    const IbCandidate *candidate = ib_setup_candidate (talk->setup);
    g_autofree char *source = candidate != NULL ? ib_candidate_source_text (candidate) : NULL;
    for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
        const char *value = ib_setup_get (talk->setup, settings[i].field);
        ib_talk_say ("  %u  %s: %s", i + 1, _ (settings[i].name), *value != '\0' ? value : _ ("none"));
    }
    if (source != NULL)
        ib_talk_say (_ ("The server is known from %s."), source);
}

static void
show_candidates (IbTalk *talk)
{
    const GPtrArray *candidates = ib_setup_candidates (talk->setup);
    for (guint i = 0; i < candidates->len; i++) {
        const IbCandidate *candidate = candidates->pdata[i];
        g_autofree char *source = ib_candidate_source_text (candidate);
        ib_talk_say (_ ("  %u  %s at %s, port %u, from %s"), i + 1,
                     candidate->protocol == IB_PROTOCOL_IMAP ? "IMAP" : "POP3", candidate->host,
                     candidate->port, source);
    }
}

static IbTalkOutcome
choose_candidate (IbTalk *talk)
{
    const GPtrArray *candidates = ib_setup_candidates (talk->setup);
    IbTalkOutcome outcome;
    show_candidates (talk);
    guint number = ask_number (talk, _ ("Which server"), 1, candidates->len, &outcome);
    g_autofree char *text = g_strdup_printf ("%u", number);
    if (number > 0)
        (void) ib_setup_set (talk->setup, "server", text, NULL);
    return outcome;
}

/* Without a server nobody can go on, so that is asked for first. */
static IbTalkOutcome
ask_missing (IbTalk *talk)
{
    IbTalkOutcome outcome = IB_TALK_ANSWER;
    if (*ib_setup_get (talk->setup, "host") == '\0') {
        outcome = ask_field (talk, "protocol", _ ("Protocol, imap or pop3"));
        if (outcome == IB_TALK_ANSWER)
            outcome = ask_field (talk, "host", _ ("Name of the mail server"));
    }
    return outcome;
}

static IbTalkOutcome
confirm_host (IbTalk *talk)
{
    if (!ib_setup_must_confirm (talk->setup))
        return IB_TALK_ANSWER;
    g_autofree char *source = ib_candidate_source_text (ib_setup_candidate (talk->setup));
    ib_talk_say (_ ("%s comes from %s. Your password is sent to it only if you know it for your provider's."),
                 ib_setup_get (talk->setup, "host"), source);
    return ask_field_yes (talk, "confirm-host", _ ("Is this your provider's server?"));
}

static IbTalkOutcome
show_settings (IbTalk *talk)
{
    guint n_candidates = ib_setup_candidates (talk->setup)->len;
    IbTalkOutcome outcome = ask_missing (talk);
    while (outcome == IB_TALK_ANSWER) {
        guint64 number = 0;
        show_settings_found (talk);
        g_autofree char *answer = ib_talk_ask (
            talk,
            n_candidates > 1 ? _ ("Enter if that is right, a number to change it, s for another server")
                             : _ ("Enter if that is right, a number to change it"),
            "", &outcome);
        if (answer == NULL)
            return outcome;
        if (*answer == '\0')
            return confirm_host (talk);
        if (strcmp (answer, "s") == 0 && n_candidates > 1)
            outcome = choose_candidate (talk);
        else if (ib_units_parse_number (answer, 1, G_N_ELEMENTS (settings), &number))
            outcome = ask_field (talk, settings[number - 1].field, _ (settings[number - 1].name));
        if (outcome == IB_TALK_BACK)
            outcome = IB_TALK_ANSWER; /* from the question to the page */
    }
    return outcome;
}

/* --- the password ---------------------------------------------------------------------------------------------------------------- */

static IbTalkOutcome
choose_place (IbTalk *talk)
{
    if (!ib_talk_wait_for_places (talk))
        return IB_TALK_QUIT;
    const GPtrArray *places = ib_setup_places (talk->setup);
    g_autoptr (GPtrArray) open = g_ptr_array_new ();
    guint suggested = 1;
    bool is_token = strcmp (ib_setup_get (talk->setup, "sign-in"), "oauth2") == 0;
    ib_talk_say (is_token ? _ ("Where shall the token be kept?") : _ ("Where shall the password be kept?"));
    for (guint i = 0; i < places->len; i++) {
        const IbKeepingPlace *place = places->pdata[i];
        if (!place->is_open) {
            ib_talk_say ("  -  %s", place->words);
            continue;
        }
        g_ptr_array_add (open, places->pdata[i]);
        ib_talk_say ("  %u  %s", open->len, place->words);
        if (strcmp (place->name, ib_setup_get (talk->setup, "keep")) == 0)
            suggested = open->len;
    }
    IbTalkOutcome outcome;
    guint number = ask_number (talk, _ ("Where"), suggested, open->len, &outcome);
    if (number > 0)
        (void) ib_setup_set (talk->setup, "keep", ((const IbKeepingPlace *) open->pdata[number - 1])->name,
                             NULL);
    return outcome;
}

static IbTalkOutcome
ask_value (IbTalk *talk)
{
    const char *keep = ib_setup_get (talk->setup, "keep");
    if (strcmp (keep, "command") == 0)
        return ask_field (talk, "keep-in", _ ("The command (no shell runs it)"));
    if (strcmp (keep, "credential") == 0)
        return ask_field (talk, "keep-in", _ ("The credential's name"));
    if (strcmp (keep, "file") != 0)
        return IB_TALK_ANSWER;
    IbTalkOutcome outcome = ask_field (talk, "keep-in", _ ("The file"));
    return outcome == IB_TALK_ANSWER
               ? ask_field_yes (talk, "write-clear", _ ("Write it there, not encrypted?"))
               : outcome;
}

static IbTalkOutcome
ask_password (IbTalk *talk)
{
    if (!ib_setup_needs_secret (talk->setup))
        return IB_TALK_ANSWER;
    g_autoptr (GError) error = NULL;
    g_autofree char *question
        = g_strdup_printf (_ ("Password of %s at %s (it is not shown; Enter alone goes back):"),
                           ib_setup_get (talk->setup, "user"), ib_setup_get (talk->setup, "host"));
    g_autoptr (IbSecret) secret = ib_ask_secret (question, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return IB_TALK_QUIT;
    if (secret == NULL)
        return IB_TALK_BACK;
    ib_setup_take_secret (talk->setup, secret);
    return IB_TALK_ANSWER;
}

static IbTalkOutcome
show_secret (IbTalk *talk)
{
    IbTalkOutcome outcome = choose_place (talk);
    if (outcome == IB_TALK_ANSWER)
        outcome = ask_value (talk);
    if (outcome == IB_TALK_ANSWER && strcmp (ib_setup_get (talk->setup, "keep"), "file") == 0
        && strcmp (ib_setup_get (talk->setup, "write-clear"), "yes") != 0)
        return IB_TALK_ANSWER; /* the model says that a yes is due, and the page comes again */
    return outcome == IB_TALK_ANSWER ? ask_password (talk) : outcome;
}

/* --- test, forecast ------------------------------------------------------------------------------------------------------------------ */

/* What went wrong, and what can be done about it. */
static void
say_trouble (IbTalk *talk)
{
    const GError *trouble = ib_setup_trouble (talk->setup);
    const char *remedy = trouble != NULL ? ib_setup_words_remedy (trouble) : NULL;
    if (trouble != NULL)
        ib_talk_say (_ ("! %s"), trouble->message);
    if (remedy != NULL)
        ib_talk_say ("  %s", remedy);
}

/* Begins the page's work once more. */
static IbTalkOutcome
do_again (IbTalk *talk)
{
    talk->shown = 0;
    ib_setup_again (talk->setup);
    IbTalkOutcome outcome = ib_talk_wait (talk);
    if (outcome == IB_TALK_ANSWER)
        say_trouble (talk);
    return outcome;
}

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
            set_yes (talk, "untested", true);
            return IB_TALK_ANSWER;
        }
        if (strcmp (answer, "r") == 0)
            outcome = do_again (talk);
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
        IbTalkOutcome outcome = ask_field (talk, changes[i].field, _ (changes[i].question));
        g_autoptr (IbAccount) account = ib_setup_account (talk->setup, &error);
        if (account == NULL) {
            ib_talk_say ("%s", error->message);
            (void) ib_setup_set (talk->setup, changes[i].field, before, NULL); /* it had that before */
        }
        return outcome == IB_TALK_QUIT ? outcome : do_again (talk);
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
            say_trouble (talk);
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
    return ask_field_yes (talk, "learn", _ ("Learn from it?"));
}

static IbTalkOutcome
show_filter (IbTalk *talk)
{
    bool is_all = strcmp (ib_setup_get (talk->setup, "sort"), "all") == 0;
    IbTalkOutcome outcome
        = ask_field_yes (talk, "filter", _ ("Filter its mail, so that junk goes into the folder Junk?"));
    if (outcome == IB_TALK_ANSWER && strcmp (ib_setup_get (talk->setup, "filter"), "yes") == 0) {
        outcome = ib_talk_ask_yes (talk, _ ("Put lists, newsletters and notifications into folders as well?"),
                                   is_all, &is_all);
        if (outcome == IB_TALK_ANSWER)
            (void) ib_setup_set (talk->setup, "sort", is_all ? "all" : "common", NULL);
    }
    if (outcome == IB_TALK_ANSWER)
        outcome = ask_field (talk, "folder",
                             _ ("Folder for its ordinary mail (Enter or - for the INBOX, or a name)"));
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
        say_trouble (talk);
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
    [IB_SETUP_WELCOME] = show_welcome,   [IB_SETUP_ADDRESS] = show_address, [IB_SETUP_SIGN_IN] = show_sign_in,
    [IB_SETUP_SETTINGS] = show_settings, [IB_SETUP_SECRET] = show_secret,   [IB_SETUP_TEST] = show_test,
    [IB_SETUP_FORECAST] = show_forecast, [IB_SETUP_FILTER] = show_filter,   [IB_SETUP_DONE] = show_done,
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
    say_trouble (talk);
    return pages[page](talk);
}
