/* heard-report.h - the document of `inbasket report`, as values again
 *
 * What is not there is "" or 0. Names of relays, addresses and remedies hold text that came with mail: whoever shows them makes
 * them safe. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    guint64 mail, caught, came_through, good_caught;
} IbHeardFigures;

/* By what exactly spam came: a relay, an account, an address. */
typedef struct {
    char *name;
    guint64 spam, mail;
    char *command; /* closes it, for a shell; "" */
} IbHeardWay;

typedef struct {
    char *cause; /* see spam-words.h */
    guint64 spam;
    GPtrArray *ways; /* IbHeardWay, those with most spam first */
    char *remedy;    /* a sentence; "" */
} IbHeardCause;

typedef struct {
    char *name;
    bool is_protected;
    IbHeardFigures figures;
} IbHeardStanding;

typedef struct {
    gint64 since_s, until_s; /* since 1970 */
    IbHeardFigures total, before;
    GPtrArray *causes;   /* IbHeardCause */
    GPtrArray *accounts; /* IbHeardStanding */
    GPtrArray *days;     /* IbHeardFigures, a day each from .since_s on */
} IbHeardReport;

/* Caught, or came through. */
guint64 ib_heard_figures_spam (const IbHeardFigures *self);
/* Of @count days from @first on, as far as there are so many. */
IbHeardFigures ib_heard_report_sum (const IbHeardReport *self, guint first, guint count);

/* Returns: (transfer full) (nullable) */
IbHeardReport *ib_heard_report_read (const char *document, GError **error);
void ib_heard_report_free (IbHeardReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbHeardReport, ib_heard_report_free)
