/* account-words.c - how an account stands, in sentences for people */
#include "account-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static bool
is_state (const IbHeardAccount *account, const char *state)
{
    return strcmp (account->state, state) == 0;
}

/* --- the state ------------------------------------------------------------------------------------------------ */

/* "14:30" today, else with its day. */
static char *
clock_words (gint64 at_us)
{
    g_autoptr (GDateTime) at = g_date_time_new_from_unix_local (at_us / G_USEC_PER_SEC);
    g_autoptr (GDateTime) now = g_date_time_new_now_local ();
    bool is_today = g_date_time_get_day_of_year (at) == g_date_time_get_day_of_year (now)
                    && g_date_time_get_year (at) == g_date_time_get_year (now);
    return g_date_time_format (at, is_today ? "%H:%M" : _ ("%A %H:%M"));
}

char *
ib_account_words_state (const IbHeardAccount *account)
{
    static const struct {
        const char *state, *words;
    } words[] = {
        { "ok", N_ ("All is well") },
        { "error", N_ ("The last look failed") },
        { "sign-in-needed", N_ ("Needs you to sign in") },
        { "unsafe", N_ ("Stopped: the connection is not safe") },
        { "waiting-for-network", N_ ("Waits for the network") },
        { "waiting-for-keyring", N_ ("Waits for your keyring to be unlocked") },
        { "throttled", N_ ("The server asked for patience") },
    };
    if (account->is_running)
        return g_strdup (_ ("Looking for mail now"));
    if (is_state (account, "paused") && account->paused_until > 0) {
        g_autofree char *until = clock_words (account->paused_until);
        return g_strdup_printf (_ ("Paused until %s"), until);
    }
    if (is_state (account, "paused"))
        return g_strdup (_ ("Paused"));
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
        if (is_state (account, words[i].state))
            return g_strdup (_ (words[i].words));
    return g_strdup (account->state); /* of a newer service */
}

/* --- when, and why ---------------------------------------------------------------------------------------------- */

char *
ib_account_words_when (gint64 at_us, gint64 now_us)
{
    gint64 seconds = (at_us - now_us) / G_USEC_PER_SEC;
    bool is_past = at_us < now_us;
    seconds = ABS (seconds);
    if (seconds < 60)
        return g_strdup (is_past ? _ ("just now") : _ ("in a moment"));

    gulong minutes = (gulong) seconds / 60, hours = minutes / 60, days = hours / 24;
    g_autofree char *span
        = minutes < 90
              ? g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%lu minute", "%lu minutes", minutes), minutes)
          : hours < 48
              ? g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%lu hour", "%lu hours", hours), hours)
              : g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%lu day", "%lu days", days), days);
    return g_strdup_printf (is_past ? _ ("%s ago") : _ ("in %s"), span);
}

/* Why then, or why not; NULL where that needs no words. */
static const char *
reason_words (const char *reason)
{
    static const struct {
        const char *reason, *words;
    } words[] = {
        { "renewal", N_ ("the server is asked anew to tell of new mail") },
        { "login-delay", N_ ("the server allows no sooner") },
        { "battery-saver", N_ ("the power saver is on") },
        { "back-off", N_ ("after failures it waits longer") },
        { "server-asked", N_ ("the server asked to wait") },
        { "network", N_ ("there is no network") },
        { "portal", N_ ("the network wants a sign-in in your browser") },
        { "metered", N_ ("the network is metered") },
        { "keyring", N_ ("the keyring is locked") },
        { "asleep", N_ ("the computer goes to sleep") },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
        if (strcmp (words[i].reason, reason) == 0)
            return _ (words[i].words);
    return NULL;
}

static char *
next_words (const IbHeardAccount *account, gint64 now_us)
{
    const char *why = reason_words (account->reason);
    if (account->next_poll == 0)
        return why != NULL ? g_strdup_printf (_ ("Nothing is fetched for now: %s."), why) : NULL;
    g_autofree char *when = ib_account_words_when (account->next_poll, now_us);
    return why != NULL ? g_strdup_printf (_ ("Looks again %s: %s."), when, why)
                       : g_strdup_printf (_ ("Looks again %s."), when);
}

char *
ib_account_words_next (const IbHeardAccount *account, gint64 now_us)
{
    g_autofree char *last = account->last_poll > 0
                                ? ib_account_words_when (MIN (account->last_poll, now_us - 1), now_us)
                                : NULL;
    g_autofree char *next = next_words (account, now_us);
    g_autofree char *looked = last != NULL ? g_strdup_printf (_ ("Last look %s."), last) : NULL;
    const char *watched = account->is_watching ? _ ("New mail comes at once: the server tells of it.") : NULL;
    const char *sentences[] = { watched, looked, next };
    GString *words = g_string_new (NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (sentences); i++)
        if (sentences[i] != NULL && !account->is_running)
            g_string_append_printf (words, "%s%s", words->len > 0 ? " " : "", sentences[i]);
    return g_string_free (words, FALSE);
}

/* --- remedies --------------------------------------------------------------------------------------------------- */

IbRemedy
ib_account_words_remedy (const IbHeardAccount *account)
{
    if (is_state (account, "paused") && *account->reason == '\0')
        return IB_REMEDY_NONE;
    if (is_state (account, "paused") && strcmp (account->reason, "paused") == 0)
        return IB_REMEDY_RESUME;
    if (is_state (account, "sign-in-needed"))
        return IB_REMEDY_SIGN_IN;
    if (is_state (account, "waiting-for-keyring"))
        return IB_REMEDY_UNLOCK;
    return account->is_running ? IB_REMEDY_NONE : IB_REMEDY_CHECK;
}

bool
ib_account_words_is_grave (const IbHeardAccount *account)
{
    return is_state (account, "sign-in-needed") || is_state (account, "unsafe")
           || is_state (account, "error");
}
