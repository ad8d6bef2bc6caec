/* forecast.c - what will happen with an account's mail, said before anything is touched */
#include "forecast.h"

#include <glib/gi18n-lib.h>

static guint64
bytes_per_day (const IbAccount *account, const IbProvider *provider)
{
    if (provider == NULL)
        return 0;
    return account->protocol == IB_PROTOCOL_IMAP ? provider->imap_bytes_per_day
                                                 : provider->pop3_bytes_per_day;
}

guint64
ib_forecast_days (const IbAccount *account, const IbProvider *provider, guint64 bytes)
{
    guint64 limit = bytes_per_day (account, provider);
    return limit == 0 || bytes <= limit ? 0 : (bytes - 1) / limit + 1;
}

static char *
day_text (gint64 at_s)
{
    g_autoptr (GDateTime) at = g_date_time_new_from_unix_local (at_s);
    return at != NULL ? g_date_time_format (at, "%Y-%m-%d") : g_strdup ("?");
}

/* "37 messages, 1.2 MB, the oldest of 2019-03-04, would be fetched." */
static char *
mail_text (const IbAccount *account, const IbForecastWeight *weight)
{
    bool has_one_folder = account->folders[0] != NULL && account->folders[1] == NULL
                          && g_ascii_strcasecmp (account->folders[0], "INBOX") == 0;
    bool is_partial = weight->is_partial && !has_one_folder;
    if (weight->messages == 0)
        return g_strdup (_ ("There is no mail to be fetched now; what arrives will be."));
    guint count = (guint) MIN (weight->messages, G_MAXUINT);
    GString *text = g_string_new (NULL);
    if (is_partial)
        g_string_append_printf (text,
                                g_dngettext (GETTEXT_PACKAGE, "At least %u message is there",
                                             "At least %u messages are there", count),
                                count);
    else
        g_string_append_printf (
            text, g_dngettext (GETTEXT_PACKAGE, "%u message is there", "%u messages are there", count),
            count);
    if (weight->bytes > 0) {
        g_autofree char *size = g_format_size (weight->bytes);
        g_string_append_printf (text, _ (", %s"), size);
    }
    if (weight->oldest_s > 0) {
        g_autofree char *day = day_text (weight->oldest_s);
        g_string_append_printf (text, _ (", the oldest of %s"), day);
    }
    g_string_append (text, _ ("; they are fetched first."));
    return g_string_free (text, FALSE);
}

static char *
since_text (const IbAccount *account, gint64 now_s)
{
    gint64 since_s = ib_account_since (account, now_s);
    if (since_s == 0)
        return NULL;
    g_autofree char *day = day_text (since_s);
    return g_strdup_printf (_ ("Mail from before %s is left where it is."), day);
}

static char *
after_text (const IbAccount *account)
{
    guint days = (guint) (account->after_delay_s / (24 * 60 * 60));
    switch (account->after) {
    case IB_AFTER_KEEP:
        return g_strdup (_ ("All of it stays on the server as well."));
    case IB_AFTER_DELETE:
        if (account->after_delay_s == 0)
            return g_strdup (_ ("Each message is deleted on the server as soon as it is safe here."));
        if (days == 0)
            return g_strdup (
                _ ("Each message is deleted on the server within a day of its being safe here."));
        return g_strdup_printf (
            g_dngettext (GETTEXT_PACKAGE, "Each message is deleted on the server %u day after it came here.",
                         "Each message is deleted on the server %u days after it came here.", days),
            days);
    case IB_AFTER_MOVE:
        return g_strdup_printf (
            _ ("Once it is safe here, each message is moved into the server's folder %s."),
            account->after_folder);
    }
    g_assert_not_reached ();
}

static char *
limit_text (const IbAccount *account, const IbProvider *provider, const IbForecastWeight *weight)
{
    guint64 days = ib_forecast_days (account, provider, weight->bytes);
    if (days == 0)
        return NULL;
    g_autofree char *size = g_format_size (bytes_per_day (account, provider));
    guint count = (guint) MIN (days, G_MAXUINT);
    return g_strdup_printf (
        g_dngettext (
            GETTEXT_PACKAGE,
            "%s hands out about %s a day, so the first fetch takes about %u day; it goes on by itself.",
            "%s hands out about %s a day, so the first fetch takes about %u days; it goes on by itself.",
            count),
        provider->name, size, count);
}

static char *
interval_text (const IbAccount *account)
{
    guint minutes = (guint) MAX (account->interval_s / 60, 1);
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "From then on it is looked at every %u minute.",
                                         "From then on it is looked at every %u minutes.", minutes),
                            minutes);
}

static void
take (GStrvBuilder *sentences, char *sentence)
{
    if (sentence != NULL)
        g_strv_builder_add (sentences, sentence);
    g_free (sentence);
}

char **
ib_forecast_sentences (const IbAccount *account, const IbProvider *provider, const IbForecastWeight *weight,
                       gint64 now_s)
{
    g_autoptr (GStrvBuilder) sentences = g_strv_builder_new ();
    take (sentences, mail_text (account, weight));
    take (sentences, since_text (account, now_s));
    take (sentences, after_text (account));
    take (sentences, limit_text (account, provider, weight));
    take (sentences, interval_text (account));
    return g_strv_builder_end (sentences);
}
