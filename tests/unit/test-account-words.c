/* account-words.c: every state that the service knows has words, and what can be done about it. */
#include "account-words.h"

#include <string.h>

#define NOW (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC)
#define MINUTE (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)

static const struct {
    const char *name, *state, *reason;
    bool is_running;
    const char *words;
    IbRemedy remedy;
    bool is_grave;
} states[] = {
    { "ok", "ok", "interval", false, "All is well", IB_REMEDY_CHECK, false },
    { "running", "ok", "", true, "Looking for mail now", IB_REMEDY_NONE, false },
    { "error", "error", "back-off", false, "The last look failed", IB_REMEDY_CHECK, true },
    { "sign-in", "sign-in-needed", "sign-in", false, "Needs you to sign in", IB_REMEDY_SIGN_IN, true },
    { "unsafe", "unsafe", "unsafe", false, "Stopped: the connection is not safe", IB_REMEDY_CHECK, true },
    { "network", "waiting-for-network", "network", false, "Waits for the network", IB_REMEDY_CHECK, false },
    { "keyring", "waiting-for-keyring", "keyring", false, "Waits for your keyring to be unlocked",
      IB_REMEDY_UNLOCK, false },
    { "throttled", "throttled", "server-asked", false, "The server asked for patience", IB_REMEDY_CHECK,
      false },
    { "paused", "paused", "paused", false, "Paused", IB_REMEDY_RESUME, false },
    { "paused-by-metered-network", "paused", "metered", false, "Paused", IB_REMEDY_CHECK, false },
    { "switched-off", "paused", "", false, "Paused", IB_REMEDY_NONE, false },
    { "of-a-newer-service", "dreaming", "", false, "dreaming", IB_REMEDY_CHECK, false },
};

static void
says_state (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    IbHeardAccount account = { .state = (char *) states[i].state,
                               .reason = (char *) states[i].reason,
                               .is_running = states[i].is_running };
    g_autofree char *words = ib_account_words_state (&account);
    g_assert_cmpstr (words, ==, states[i].words);
    g_assert_cmpint (ib_account_words_remedy (&account), ==, states[i].remedy);
    g_assert_true (ib_account_words_is_grave (&account) == states[i].is_grave);
}

static const struct {
    const char *name;
    gint64 last, next;
    const char *reason;
    bool is_watching, is_running;
    const char *words;
} nexts[] = {
    { "never", 0, 0, "", false, false, "" },
    { "in-a-while", NOW - 4 * MINUTE, NOW + MINUTE, "interval", false, false,
      "Last look 4 minutes ago. Looks again in 1 minute." },
    { "just-now", NOW, NOW + 10, "interval", false, false, "Last look just now. Looks again in a moment." },
    { "clock-set-back", NOW + MINUTE, 0, "", false, false, "Last look just now." },
    { "with-its-reason", 0, NOW + 180 * MINUTE, "battery-saver", false, false,
      "Looks again in 3 hours: the power saver is on." },
    { "not-at-all", NOW - 72 * 60 * MINUTE, 0, "network", false, false,
      "Last look 3 days ago. Nothing is fetched for now: there is no network." },
    { "watched", 0, 0, "", true, false, "New mail comes at once: the server tells of it." },
    { "under-way", NOW - MINUTE, NOW, "interval", true, true, "" },
};

static void
says_next (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    IbHeardAccount account = { .state = (char *) "ok",
                               .reason = (char *) nexts[i].reason,
                               .last_poll = nexts[i].last,
                               .next_poll = nexts[i].next,
                               .is_watching = nexts[i].is_watching,
                               .is_running = nexts[i].is_running };
    g_autofree char *words = ib_account_words_next (&account, NOW);
    g_assert_cmpstr (words, ==, nexts[i].words);
}

static void
says_until_when (void)
{
    IbHeardAccount account = { .state = (char *) "paused", .reason = (char *) "paused", .paused_until = NOW };
    g_autofree char *words = ib_account_words_state (&account);
    g_assert_true (g_str_has_prefix (words, "Paused until "));
    g_assert_nonnull (strchr (words, ':'));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (states); i++) {
        g_autofree char *path = g_strconcat ("/account-words/state/", states[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), says_state);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (nexts); i++) {
        g_autofree char *path = g_strconcat ("/account-words/next/", nexts[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), says_next);
    }
    g_test_add_func ("/account-words/paused-until", says_until_when);
    return g_test_run ();
}
