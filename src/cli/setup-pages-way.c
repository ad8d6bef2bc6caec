/* setup-pages-way.c - setup's pages in plain lines: the way to sign in, the settings, the password */
#include "ask.h"
#include "setup-pages-private.h"
#include "units.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- the way to sign in ---------------------------------------------------------------------------------------------- */

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

IbTalkOutcome
ib_setup_pages_sign_in (IbTalk *talk)
{
    IbTalkOutcome outcome;
    guint suggested;
    show_provider (talk);
    g_autoptr (GArray) choices = show_doors (talk, &suggested);
    if (choices->len == 0) {
        g_free (ib_talk_ask (talk, _ ("b: another address, q: leave"), "b", &outcome));
        return outcome == IB_TALK_QUIT ? IB_TALK_QUIT : IB_TALK_BACK;
    }
    guint number = ib_talk_ask_number (talk, _ ("Which way"), suggested, choices->len, &outcome);
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
    const char *field, *name, *unset;
} settings[] = {
    { "name", N_ ("Account's name"), N_ ("none") },
    { "protocol", N_ ("Protocol"), N_ ("none") },
    { "host", N_ ("Server"), N_ ("none") },
    { "port", N_ ("Port"), N_ ("the usual one") },
    { "security", N_ ("Security"), N_ ("none") },
    { "user", N_ ("User name"), N_ ("the mail address") },
    { "ca-file", N_ ("Own authority (file)"), N_ ("none") },
    { "fingerprint", N_ ("Pinned certificate"), N_ ("none") },
};

static void
show_settings_found (IbTalk *talk)
{
    const IbCandidate *candidate = ib_setup_candidate (talk->setup);
    g_autofree char *source = candidate != NULL ? ib_candidate_source_text (candidate) : NULL;
    for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
        const char *value = ib_setup_get (talk->setup, settings[i].field);
        ib_talk_say ("  %u  %s: %s", i + 1, _ (settings[i].name), *value != '\0' ? value : _ (settings[i].unset));
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
    guint number = ib_talk_ask_number (talk, _ ("Which server"), 1, candidates->len, &outcome);
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
        outcome = ib_talk_ask_field (talk, "protocol", _ ("Protocol, imap or pop3"));
        if (outcome == IB_TALK_ANSWER)
            outcome = ib_talk_ask_field (talk, "host", _ ("Name of the mail server"));
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
    return ib_talk_ask_field_yes (talk, "confirm-host", _ ("Is this your provider's server?"));
}

static IbTalkOutcome
confirm_twin (IbTalk *talk)
{
    g_autofree char *twin = ib_setup_twin (talk->setup);
    if (twin == NULL)
        return IB_TALK_ANSWER;
    ib_talk_say (_ ("The account %s fetches this mailbox already: each message would be fetched twice."), twin);
    return ib_talk_ask_field_yes (talk, "twice", _ ("Fetch it twice?"));
}

static IbTalkOutcome
confirm (IbTalk *talk)
{
    IbTalkOutcome outcome = confirm_host (talk);
    return outcome == IB_TALK_ANSWER ? confirm_twin (talk) : outcome;
}

IbTalkOutcome
ib_setup_pages_settings (IbTalk *talk)
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
            return confirm (talk);
        if (strcmp (answer, "s") == 0 && n_candidates > 1)
            outcome = choose_candidate (talk);
        else if (ib_units_parse_number (answer, 1, G_N_ELEMENTS (settings), &number))
            outcome = ib_talk_ask_field (talk, settings[number - 1].field, _ (settings[number - 1].name));
        else
            ib_talk_say (_ ("Please type a number from 1 to %u."), (guint) G_N_ELEMENTS (settings));
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
    guint number = ib_talk_ask_number (talk, _ ("Where"), suggested, open->len, &outcome);
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
        return ib_talk_ask_field (talk, "keep-in", _ ("The command (no shell runs it)"));
    if (strcmp (keep, "credential") == 0)
        return ib_talk_ask_field (talk, "keep-in", _ ("The credential's name"));
    if (strcmp (keep, "file") != 0)
        return IB_TALK_ANSWER;
    IbTalkOutcome outcome = ib_talk_ask_field (talk, "keep-in", _ ("The file"));
    return outcome == IB_TALK_ANSWER
               ? ib_talk_ask_field_yes (talk, "write-clear", _ ("Write it there, not encrypted?"))
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
                           ib_setup_user (talk->setup), ib_setup_get (talk->setup, "host"));
    g_autoptr (IbSecret) secret = ib_ask_secret (question, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return IB_TALK_QUIT;
    if (secret == NULL)
        return IB_TALK_BACK;
    ib_setup_take_secret (talk->setup, secret);
    return IB_TALK_ANSWER;
}

IbTalkOutcome
ib_setup_pages_secret (IbTalk *talk)
{
    IbTalkOutcome outcome = choose_place (talk);
    if (outcome == IB_TALK_ANSWER)
        outcome = ask_value (talk);
    if (outcome == IB_TALK_ANSWER && strcmp (ib_setup_get (talk->setup, "keep"), "file") == 0
        && strcmp (ib_setup_get (talk->setup, "write-clear"), "yes") != 0)
        return IB_TALK_ANSWER; /* the model says that a yes is due, and the page comes again */
    return outcome == IB_TALK_ANSWER ? ask_password (talk) : outcome;
}
