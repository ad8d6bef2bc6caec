/* heard-report.c - the document of `inbasket report`, as values again */
#include "heard-report.h"
#include "document.h"

/* Ends before what a calendar can say. */
#define LAST_SECOND G_GINT64_CONSTANT (253402300799)

/* --- figures ---------------------------------------------------------------------------------------------------- */

/* Sums of hostile numbers stay sums. */
static guint64
plus (guint64 one, guint64 other)
{
    return one > G_MAXUINT64 - other ? G_MAXUINT64 : one + other;
}

guint64
ib_heard_figures_spam (const IbHeardFigures *self)
{
    return plus (self->caught, self->came_through);
}

IbHeardFigures
ib_heard_report_sum (const IbHeardReport *self, guint first, guint count)
{
    IbHeardFigures sum = { 0 };
    for (guint day = first; day < self->days->len && day - first < count; day++) {
        const IbHeardFigures *figures = self->days->pdata[day];
        sum.mail = plus (sum.mail, figures->mail);
        sum.caught = plus (sum.caught, figures->caught);
        sum.came_through = plus (sum.came_through, figures->came_through);
        sum.good_caught = plus (sum.good_caught, figures->good_caught);
    }
    return sum;
}

static IbHeardFigures
figures_of (JsonObject *object)
{
    return (IbHeardFigures){
        .mail = ib_document_count (object, "mail"),
        .caught = ib_document_count (object, "caught"),
        .came_through = ib_document_count (object, "came_through"),
        .good_caught = ib_document_count (object, "good_caught"),
    };
}

/* --- parts ------------------------------------------------------------------------------------------------------ */

static gpointer
read_day (JsonObject *object)
{
    IbHeardFigures *day = g_new (IbHeardFigures, 1);
    *day = figures_of (object);
    return day;
}

static gpointer
read_way (JsonObject *object)
{
    IbHeardWay *way = g_new0 (IbHeardWay, 1);
    way->name = ib_document_text (object, "name");
    way->spam = ib_document_count (object, "spam");
    way->mail = ib_document_count (object, "mail");
    way->command = ib_document_text (object, "command");
    return way;
}

static void
free_way (gpointer pointer)
{
    IbHeardWay *way = pointer;
    g_free (way->name);
    g_free (way->command);
    g_free (way);
}

static gpointer
read_cause (JsonObject *object)
{
    IbHeardCause *cause = g_new0 (IbHeardCause, 1);
    cause->cause = ib_document_text (object, "cause");
    cause->spam = ib_document_count (object, "spam");
    cause->ways = ib_document_list (object, "ways", read_way, free_way);
    cause->remedy = ib_document_text (object, "remedy");
    return cause;
}

static void
free_cause (gpointer pointer)
{
    IbHeardCause *cause = pointer;
    g_free (cause->cause);
    g_ptr_array_unref (cause->ways);
    g_free (cause->remedy);
    g_free (cause);
}

static gpointer
read_standing (JsonObject *object)
{
    IbHeardStanding *standing = g_new0 (IbHeardStanding, 1);
    standing->name = ib_document_text (object, "name");
    standing->is_protected = ib_document_claim (object, "protected");
    standing->figures = figures_of (ib_document_object (object, "figures"));
    return standing;
}

static void
free_standing (gpointer pointer)
{
    IbHeardStanding *standing = pointer;
    g_free (standing->name);
    g_free (standing);
}

/* --- the whole -------------------------------------------------------------------------------------------------- */

static gint64
time_of (JsonObject *object, const char *name)
{
    return (gint64) MIN (ib_document_count (object, name), (guint64) LAST_SECOND);
}

IbHeardReport *
ib_heard_report_read (const char *document, GError **error)
{
    g_autoptr (JsonNode) root = NULL;
    JsonObject *whole = ib_document_read (document, &root, error);
    if (root == NULL)
        return NULL;
    IbHeardReport *self = g_new0 (IbHeardReport, 1);
    self->since_s = time_of (whole, "since");
    self->until_s = time_of (whole, "until");
    self->total = figures_of (ib_document_object (whole, "total"));
    self->before = figures_of (ib_document_object (whole, "before"));
    self->causes = ib_document_list (whole, "causes", read_cause, free_cause);
    self->accounts = ib_document_list (whole, "accounts", read_standing, free_standing);
    self->days = ib_document_list (whole, "days", read_day, g_free);
    return self;
}

void
ib_heard_report_free (IbHeardReport *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->causes);
    g_ptr_array_unref (self->accounts);
    g_ptr_array_unref (self->days);
    g_free (self);
}
