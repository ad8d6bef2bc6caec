/* What servers write, and what is taken from it. */
#include "refusal.h"

#include <string.h>

static const struct {
    const char *name, *text;
    bool is_passing, is_disguised;
    const char *advice; /* a part of it; NULL: none */
    gint64 backoff_s;
} cases[] = {
    { "wrong-password", "Invalid credentials (Failure)", false, false, NULL },
    { "wrong-password-try-again", "Wrong password, please try again", false, false, NULL },
    { "ok", "LOGIN completed", false, false, NULL },
    { "ok-of-dovecot", "Logged in", false, false, NULL },
    { "exchange-ok", "Unable to authenticate", false, true, NULL },
    { "exchange-throttled", "Request is throttled. Suggested Backoff Time: 9 milliseconds", true, false,
      NULL, 1 },
    { "exchange-throttled-for-long", "Request is throttled. Suggested Backoff Time: 299961 milliseconds", true,
      false, NULL, 300 },
    { "try-again-in-minutes", "Too many logins, try again in 15 minutes", true, false, NULL, 900 },
    { "try-again-after-seconds", "[UNAVAILABLE] Temporarily busy; Try again after 30 sec.", true, false, NULL, 30 },
    { "try-again-in-words", "Too many logins, try again in a few minutes", true, false, NULL, 0 },
    { "wait-without-a-unit", "Too many logins, wait 5", true, false, NULL, 0 },
    { "wait-for-ever", "Too many logins, wait 99999999999999999999 hours", true, false, NULL, 86400 },
    { "yahoo-limit", "[LIMIT] AUTHENTICATE Rate limit hit.", true, false, NULL },
    { "false-wrong-password", "Invalid password: too many failed logins, wait", true, false, NULL },
    { "microsoft-basic", "Basic authentication is disabled.", false, false, "auth=oauth2" },
    { "microsoft-code", "AADSTS BasicAuthBlocked", false, false, "auth=oauth2" },
    { "google-app-password", "[ALERT] Application-specific password required: https://x (Failure)", false,
      false, "app password" },
    { "google-web", "[WEBALERT https://x] Web login required.", false, false, "web page" },
    { "google-imap-off", "[ALERT] Your account is not enabled for IMAP use.", false, false,
      "Switch IMAP on" },
    { "google-pop-off", "[SYS/PERM] Your account is not enabled for POP access.", false, false,
      "Switch POP3 on" },
    { "dovecot-without-passwords", "[AUTH] Unsupported authentication mechanism.", false, false, "auth=oauth2" },
    { "empty", "", false, false, NULL },
};

static void
reads (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    const char *advice = ib_refusal_advice (cases[i].text);
    g_assert_cmpint (ib_refusal_is_passing (cases[i].text), ==, cases[i].is_passing);
    g_assert_cmpint (ib_refusal_is_disguised (cases[i].text), ==, cases[i].is_disguised);
    g_assert_cmpint (ib_refusal_backoff_s (cases[i].text), ==, cases[i].backoff_s);
    g_assert_cmpint (advice != NULL, ==, cases[i].advice != NULL);
    if (advice != NULL)
        g_assert_nonnull (strstr (advice, cases[i].advice));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/refusal/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), reads);
    }
    return g_test_run ();
}
