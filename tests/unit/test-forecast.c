/* What will happen: the sentences, and how long a first fetch takes at a provider's limits. */
#include "account-file.h"
#include "forecast.h"

#include <string.h>

#define MB (G_GUINT64_CONSTANT (1024) * 1024)
#define NOW G_GINT64_CONSTANT (1764093600) /* 2025-11-25 18:00 UTC */

static const IbProvider gmail = { .id = (char *) "gmail",
                                  .name = (char *) "Gmail",
                                  .imap_bytes_per_day = 2500 * MB,
                                  .pop3_bytes_per_day = 1250 * MB };

static const struct {
    const char *name, *settings;
    const IbProvider *provider;
    IbForecastWeight weight;
    const char *expected;
} cases[] = {
    { "empty", "", NULL, { 0 },
      "There is no mail to be fetched now; what arrives will be.|All of it stays on the server as well.|"
      "From then on it is looked at every 5 minutes." },
    { "one", "", NULL, { .messages = 1 },
      "1 message is there; they are fetched first.|All of it stays on the server as well.|From then on it is looked at every 5 minutes." },
    { "old-and-large", "", NULL, { .messages = 2000, .bytes = 3000000, .oldest_s = 1551700800 },
      "2000 messages are there, 3.0\302\240MB, the oldest of 2019-03-04; they are fetched first.|All of it stays on the server as well.|"
      "From then on it is looked at every 5 minutes." },
    { "inbox-alone-is-whole", "folders=INBOX\n", NULL, { .messages = 2, .is_partial = true },
      "2 messages are there; they are fetched first.|All of it stays on the server as well.|From then on it is looked at every 5 minutes." },
    { "more-folders", "folders=INBOX;Lists\n", NULL, { .messages = 2, .is_partial = true },
      "At least 2 messages are there; they are fetched first.|All of it stays on the server as well.|From then on it is looked at every 5 minutes." },
    { "since", "since=2025-10-26\n", NULL, { .messages = 2 },
      "2 messages are there; they are fetched first.|Mail from before 2025-10-26 is left where it is.|"
      "All of it stays on the server as well.|From then on it is looked at every 5 minutes." },
    { "delete", "after=delete\ninterval=1h\n", NULL, { .messages = 2 },
      "2 messages are there; they are fetched first.|Each message is deleted on the server as soon as it is safe here.|"
      "From then on it is looked at every 60 minutes." },
    { "delete-after", "after=delete-after:14d\n", NULL, { .messages = 2 },
      "2 messages are there; they are fetched first.|Each message is deleted on the server 14 days after it came here.|"
      "From then on it is looked at every 5 minutes." },
    { "delete-after-hours", "after=delete-after:2h\ninterval=1m\n", NULL, { .messages = 2 },
      "2 messages are there; they are fetched first.|Each message is deleted on the server within a day of its being safe here.|"
      "From then on it is looked at every 1 minute." },
    { "move", "after=move:Done\n", NULL, { .messages = 2 },
      "2 messages are there; they are fetched first.|Once it is safe here, each message is moved into the server's folder Done.|"
      "From then on it is looked at every 5 minutes." },
    { "within-a-day", "", &gmail, { .messages = 2, .bytes = 3000000 },
      "2 messages are there, 3.0\302\240MB; they are fetched first.|All of it stays on the server as well.|"
      "From then on it is looked at every 5 minutes." },
    { "some-days", "", &gmail, { .messages = 90000, .bytes = 7000 * MB },
      "90000 messages are there, 7.3\302\240GB; they are fetched first.|All of it stays on the server as well.|"
      "Gmail hands out about 2.6\302\240GB a day, so the first fetch takes about 3 days; it goes on by itself.|"
      "From then on it is looked at every 5 minutes." },
};

static IbAccount *
account_with (const char *settings, const char *protocol)
{
    g_autofree char *text = g_strdup_printf ("[account]\naddress=a@b.org\nhost=b.org\nprotocol=%s\n[fetch]\n%s", protocol, settings);
    g_autoptr (GError) error = NULL;
    IbAccount *account = ib_account_parse ("/x/a.conf", text, strlen (text), &error);
    g_assert_no_error (error);
    return account;
}

static void
test_sentences (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (IbAccount) account = account_with (cases[row].settings, "imap");
    g_auto (GStrv) sentences = ib_forecast_sentences (account, cases[row].provider, &cases[row].weight, NOW);
    g_autofree char *text = g_strjoinv ("|", sentences);
    g_assert_cmpstr (text, ==, cases[row].expected);
}

static const struct { const char *name, *protocol; const IbProvider *provider; guint64 bytes, days; } limits[] = {
    { "nothing", "imap", &gmail, 0, 0 },
    { "just-a-day", "imap", &gmail, 2500 * MB, 0 },
    { "a-byte-more", "imap", &gmail, 2500 * MB + 1, 2 },
    { "three", "imap", &gmail, 7500 * MB, 3 },
    { "pop3-gives-less", "pop3", &gmail, 7500 * MB, 6 },
    { "no-limit-known", "imap", NULL, G_MAXUINT64, 0 },
    { "beyond-all", "pop3", &gmail, G_MAXUINT64, G_MAXUINT64 / (1250 * MB) + 1 },
};

static void
test_days (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (IbAccount) account = account_with ("", limits[row].protocol);
    g_assert_cmpuint (ib_forecast_days (account, limits[row].provider, limits[row].bytes), ==, limits[row].days);
}

int
main (int argc, char **argv)
{
    g_setenv ("TZ", "UTC", TRUE);
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/forecast/sentences/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_sentences);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (limits); i++) {
        g_autofree char *path = g_strconcat ("/forecast/days/", limits[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_days);
    }
    return g_test_run ();
}
