/* report.h - why am I still receiving spam?
 *
 * Each spam counts under one cause (causes.h), the first of:
 *
 *     beside the MX        it came in at a host that is no MX of the domain that it was sent to
 *     through a relay      a relay that is trusted took it from a stranger
 *     unprotected          its account has no filter here, or the address that it was sent to has no account
 *     no server filter     the server that it lay on left no result of a filter of its own
 *     filtered             none of these: the server's own filter had looked at it
 *
 * Spam is what was sorted as such when it came, unless the user took it back; and what the user called spam later. */
#pragma once

#include "config.h"
#include "counts.h"

typedef enum {
    IB_COUNTED_BESIDE_MX,
    IB_COUNTED_RELAY,
    IB_COUNTED_UNPROTECTED,
    IB_COUNTED_REMOTE,
    IB_COUNTED_FILTERED,
} IbReportCause;
#define IB_COUNTED_CAUSES 5

/* "beside-mx", "relay", "unprotected", "no-server-filter", "filtered". */
const char *ib_report_cause_name (IbReportCause cause);

typedef struct {
    guint64 mail;                      /* all that came */
    guint64 caught;                    /* spam that was sorted as such when it came */
    guint64 came_through;              /* spam that the user had to sort out */
    guint64 good_caught;               /* good mail that was sorted as spam, and taken back */
    guint64 causes[IB_COUNTED_CAUSES]; /* of all spam */
} IbSpamFigures;

guint64 ib_spam_figures_spam (const IbSpamFigures *self);

typedef struct {
    char *name;
    bool is_protected; /* as it is now; see ib_config_is_protected () */
    IbSpamFigures figures;
} IbReportAccount;

/* By what exactly spam came: a relay, an account, an address. */
typedef struct {
    char *name;
    guint64 spam;
    guint64 mail; /* all that came that way */
} IbReportWay;

typedef struct {
    gint64 since, until;                /* microseconds */
    IbSpamFigures total, before;        /* @before: of the same time before */
    GPtrArray *accounts;                /* IbReportAccount, by name */
    GPtrArray *ways[IB_COUNTED_CAUSES]; /* IbReportWay, those with most spam first */
    GArray *days;                       /* IbSpamFigures, one each from .since on */
} IbReport;

/* Reads the journal of the home, if there is one. Returns: (transfer full) (nullable) */
IbReport *ib_report_make (const IbPaths *paths, const IbConfig *config, gint64 since, gint64 until,
                          GError **error);
void ib_report_free (IbReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbReport, ib_report_free)
