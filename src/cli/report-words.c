/* report-words.c - the causes of spam in words */
#include "report-words.h"
#include "face.h"
#include "spam-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* More of them are only counted. */
#define WAYS_NAMED 3

const char *
ib_report_cause_title (IbReportCause cause)
{
    return ib_spam_words_title (ib_report_cause_name (cause));
}

const char *
ib_report_cause_meaning (IbReportCause cause)
{
    return ib_spam_words_meaning (ib_report_cause_name (cause));
}

/* "a, b, c and 4 more" */
static char *
name_ways (const GPtrArray *ways)
{
    GString *names = g_string_new (NULL);
    for (guint i = 0; i < MIN (ways->len, WAYS_NAMED); i++)
        g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", ((IbReportWay *) ways->pdata[i])->name);
    if (ways->len > WAYS_NAMED)
        g_string_append_printf (names, _ (" and %u more"), ways->len - WAYS_NAMED);
    return g_string_free (names, FALSE);
}

char *
ib_report_remedy (IbReportCause cause, const GPtrArray *ways)
{
    g_autofree char *names = name_ways (ways);
    switch (cause) {
    case IB_COUNTED_BESIDE_MX:
        return g_strdup_printf (
            _ ("Close the old address of the mail server for %s at the firewall, or let that server accept "
               "mail for the domain from the new one only."),
            names);
    case IB_COUNTED_RELAY:
        return g_strdup_printf (
            ib_face_words (
                _ ("Let %s take mail for you from your own hosts only, or take it out of relays= in inbasket.conf."),
                _ ("Let %s take mail for you from your own hosts only, or take it out of the servers and relays that "
                   "you trust, in the preferences.")),
            names);
    case IB_COUNTED_UNPROTECTED:
        return g_strdup_printf (
            ib_face_words (
                _ ("Put %s under the filter: “inbasket account edit NAME --filter-enabled true” for an account, "
                   "“inbasket account add” or aliases= for an address."),
                _ ("Put %s under the filter: an account, by having its mail filtered in its settings; an address, by "
                   "adding it to those that arrive at an account, or as an account of its own.")),
            names);
    case IB_COUNTED_REMOTE:
        return g_strdup_printf (
            ib_face_words (
                _ ("For %s the filter here is the protection: tell it what it missed, with “inbasket learn spam”, or by "
                   "moving it to Junk."),
                _ ("For %s the filter here is the protection: tell it what it missed, by moving it to Junk.")),
            names);
    case IB_COUNTED_FILTERED:
        return g_strdup_printf (
            ib_face_words (
                _ ("For %s two filters looked: teach the one here what they missed, with “inbasket learn spam”, or by "
                   "moving it to Junk."),
                _ ("For %s two filters looked: teach the one here what they missed, by moving it to Junk.")),
            names);
    }
    g_assert_not_reached ();
}

char *
ib_report_command (const IbPaths *paths, const IbConfig *config, IbReportCause cause, const char *way)
{
    const IbAccount *account = ib_config_account (config, way);
    bool is_address = strchr (way, '@') != NULL;
    if (cause != IB_COUNTED_UNPROTECTED || (account == NULL && !is_address))
        return NULL;
    g_autofree char *home = paths->home != NULL ? g_shell_quote (paths->home) : NULL;
    g_autofree char *program
        = home != NULL ? g_strconcat ("inbasket --home ", home, NULL) : g_strdup ("inbasket");
    if (account == NULL)
        return g_strdup_printf ("%s setup", program);
    return account->is_filtered ? g_strdup_printf ("%s filter enable junk", program)
                                : g_strdup_printf ("%s account edit %s --filter-enabled true", program, way);
}

char *
ib_report_trend (const IbReport *report)
{
    return ib_spam_words_trend (ib_spam_figures_spam (&report->total), report->before.mail,
                                ib_spam_figures_spam (&report->before));
}

char *
ib_report_summary (const IbSpamFigures *figures)
{
    return ib_spam_words_summary (figures->mail, figures->caught, figures->came_through,
                                  figures->good_caught);
}

guint
ib_report_days_a_column (const IbReport *report, guint most)
{
    return MAX ((report->days->len + most - 1) / most, 1);
}
