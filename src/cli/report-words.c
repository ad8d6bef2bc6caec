/* report-words.c - the causes of spam in words */
#include "report-words.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

/* More of them are only counted. */
#define WAYS_NAMED 3

static const struct {
    const char *title, *meaning;
} causes[IB_COUNTED_CAUSES] = {
    [IB_COUNTED_BESIDE_MX] = {
        N_ ("beside the MX"),
        N_ ("It came in at a host that is no MX of the domain: an old address of the mail server that spammers go on using."),
    },
    [IB_COUNTED_RELAY] = {
        N_ ("through a relay"),
        N_ ("A relay that you trust took it from a stranger: a back door."),
    },
    [IB_COUNTED_UNPROTECTED] = {
        N_ ("an account or address without a filter"),
        N_ ("No filter here judges mail of that account, or no account here has that address."),
    },
    [IB_COUNTED_REMOTE] = {
        N_ ("a server without a filter of its own"),
        N_ ("The server that it lay on left no result of a filter: the filter here is the only one."),
    },
    [IB_COUNTED_FILTERED] = {
        N_ ("a server whose filter had looked at it"),
        N_ ("The server's own filter judged it; what it let through, the filter here saw."),
    },
};

const char *
ib_report_cause_title (IbReportCause cause)
{
    return _ (causes[cause].title);
}

const char *
ib_report_cause_meaning (IbReportCause cause)
{
    return _ (causes[cause].meaning);
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
            _ ("Let %s take mail for you from your own hosts only, or take it out of relays= in inbasket.conf."),
            names);
    case IB_COUNTED_UNPROTECTED:
        return g_strdup_printf (
            _ ("Put %s under the filter: “inbasket account edit NAME --filter-enabled true” for an account, "
               "“inbasket account add” or aliases= for an address."),
            names);
    case IB_COUNTED_REMOTE:
        return g_strdup_printf (
            _ ("For %s the filter here is the protection: tell it what it missed, with “inbasket learn spam”, or by "
               "moving it to Junk."),
            names);
    case IB_COUNTED_FILTERED:
        return g_strdup_printf (
            _ ("For %s two filters looked: teach the one here what they missed, with “inbasket learn spam”, or by "
               "moving it to Junk."),
            names);
    }
    g_assert_not_reached ();
}

char *
ib_report_trend (const IbReport *report)
{
    guint64 now = ib_spam_figures_spam (&report->total), before = ib_spam_figures_spam (&report->before);
    if (report->before.mail == 0)
        return g_strdup (_ ("Nothing is known of the same time before"));
    if (now < before)
        return g_strdup_printf (_ ("Less than in the same time before (%" PRIu64 ")"), before);
    if (now > before)
        return g_strdup_printf (_ ("More than in the same time before (%" PRIu64 ")"), before);
    return g_strdup (_ ("As much as in the same time before"));
}

char *
ib_report_summary (const IbSpamFigures *figures)
{
    GString *text = g_string_new (NULL);
    guint64 spam = ib_spam_figures_spam (figures);
    g_string_append_printf (
        text, ngettext ("%" PRIu64 " message came, ", "%" PRIu64 " messages came, ", figures->mail),
        figures->mail);
    g_string_append_printf (text,
                            _ ("%" PRIu64 " of them spam: %" PRIu64 " caught, %" PRIu64 " came through"),
                            spam, figures->caught, figures->came_through);
    if (figures->good_caught > 0)
        g_string_append_printf (text,
                                ngettext ("; %" PRIu64 " good one was caught",
                                          "; %" PRIu64 " good ones were caught", figures->good_caught),
                                figures->good_caught);
    return g_string_free (text, FALSE);
}

guint
ib_report_days_a_column (const IbReport *report, guint most)
{
    return MAX ((report->days->len + most - 1) / most, 1);
}
