/* heard-filters.c - what the service says of filters, as values again */
#include "heard-filters.h"
#include "document.h"

#include <string.h>

/* --- a JSON object a line ----------------------------------------------------------------------------------------- */

static GPtrArray *
read_lines (const char *document, gpointer (*read) (JsonObject *line), GDestroyNotify free)
{
    GPtrArray *list = g_ptr_array_new_with_free_func (free);
    g_auto (GStrv) lines = g_strsplit (document, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_autoptr (JsonNode) root = NULL;
        JsonObject *object = ib_document_read (*line, &root, NULL);
        gpointer element = object != NULL ? read (object) : NULL;
        if (element != NULL)
            g_ptr_array_add (list, element);
    }
    return list;
}

/* --- the list ------------------------------------------------------------------------------------------------------ */

static gpointer
read_place (JsonObject *object)
{
    IbHeardPlace *place = g_new (IbHeardPlace, 1);
    *place = (IbHeardPlace){ ib_document_text (object, "name"), ib_document_count (object, "place") };
    return place;
}

static void
free_place (gpointer pointer)
{
    g_free (((IbHeardPlace *) pointer)->account);
    g_free (pointer);
}

static bool
has_text (JsonObject *object, const char *name)
{
    g_autofree char *text = ib_document_text (object, name);
    return *text != '\0';
}

/* One without a name cannot be meant. */
static gpointer
read_filter (JsonObject *object)
{
    if (!has_text (object, "name"))
        return NULL;
    IbHeardFilter *filter = g_new (IbHeardFilter, 1);
    *filter = (IbHeardFilter){
        .name = ib_document_text (object, "name"),
        .about = ib_document_text (object, "about"),
        .is_active = ib_document_claim (object, "active"),
        .is_there = has_text (object, "path"),
        .is_own = ib_document_claim (object, "own"),
        .hides_shipped = ib_document_claim (object, "hides_shipped"),
        .is_sound = ib_document_claim (object, "compiles"),
        .has_test = has_text (object, "test"),
        .accounts = ib_document_list (object, "accounts", read_place, free_place),
    };
    return filter;
}

void
ib_heard_filter_free (IbHeardFilter *self)
{
    if (self == NULL)
        return;
    g_free (self->name);
    g_free (self->about);
    g_ptr_array_unref (self->accounts);
    g_free (self);
}

static void
free_filter (gpointer filter)
{
    ib_heard_filter_free (filter);
}

GPtrArray *
ib_heard_filters_read (const char *document)
{
    return read_lines (document, read_filter, free_filter);
}

static int
by_text (gconstpointer one, gconstpointer other)
{
    return strcmp (*(char *const *) one, *(char *const *) other);
}

char **
ib_heard_filters_accounts (const GPtrArray *filters)
{
    GPtrArray *names = g_ptr_array_new ();
    for (guint i = 0; i < filters->len; i++) {
        const GPtrArray *places = ((const IbHeardFilter *) filters->pdata[i])->accounts;
        for (guint j = 0; j < places->len; j++) {
            const char *name = ((const IbHeardPlace *) places->pdata[j])->account;
            if (!g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
                g_ptr_array_add (names, g_strdup (name));
        }
    }
    g_ptr_array_sort (names, by_text);
    g_ptr_array_add (names, NULL);
    return (char **) g_ptr_array_free (names, FALSE);
}

typedef struct {
    const char *name;
    guint64 place;
} Placed;

static int
by_place (gconstpointer one, gconstpointer other)
{
    guint64 a = ((const Placed *) one)->place, b = ((const Placed *) other)->place;
    return (a > b) - (a < b);
}

char **
ib_heard_filters_of_account (const GPtrArray *filters, const char *account)
{
    g_autoptr (GArray) placed = g_array_new (FALSE, FALSE, sizeof (Placed));
    g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
    for (guint i = 0; i < filters->len; i++) {
        const IbHeardFilter *filter = filters->pdata[i];
        for (guint j = 0; j < filter->accounts->len; j++) {
            const IbHeardPlace *place = filter->accounts->pdata[j];
            const Placed one = { filter->name, place->place };
            if (strcmp (place->account, account) == 0)
                g_array_append_val (placed, one);
        }
    }
    g_array_sort (placed, by_place);
    for (guint i = 0; i < placed->len; i++)
        g_strv_builder_add (names, g_array_index (placed, Placed, i).name);
    return g_strv_builder_end (names);
}

/* --- its text ----------------------------------------------------------------------------------------------------- */

char *
ib_heard_filters_seen (const char *text)
{
    return text != NULL ? g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1) : g_strdup ("");
}

/* --- what is wrong ------------------------------------------------------------------------------------------------- */

static gpointer
read_fault (JsonObject *object)
{
    g_autofree char *severity = ib_document_text (object, "severity");
    IbHeardFault *fault = g_new (IbHeardFault, 1);
    *fault = (IbHeardFault){
        .file = ib_document_text (object, "file"),
        .line = (guint) MIN (ib_document_count (object, "line"), (guint64) G_MAXINT),
        .column = (guint) MIN (ib_document_count (object, "column"), (guint64) G_MAXINT),
        .is_error = strcmp (severity, "error") == 0,
        .message = ib_document_text (object, "message"),
    };
    return fault;
}

static void
free_fault (gpointer pointer)
{
    IbHeardFault *fault = pointer;
    g_free (fault->file);
    g_free (fault->message);
    g_free (fault);
}

GPtrArray *
ib_heard_faults_read (const char *document)
{
    return read_lines (document, read_fault, free_fault);
}

/* --- what it would do ------------------------------------------------------------------------------------------------ */

static gpointer
read_example (JsonObject *object)
{
    IbHeardTried *example = g_new (IbHeardTried, 1);
    *example = (IbHeardTried){ ib_document_text (object, "from"), ib_document_text (object, "subject") };
    return example;
}

void
ib_heard_tried_free (IbHeardTried *self)
{
    if (self == NULL)
        return;
    g_free (self->from);
    g_free (self->subject);
    g_free (self);
}

static void
free_example (gpointer example)
{
    ib_heard_tried_free (example);
}

static gpointer
read_tally (JsonObject *object)
{
    IbHeardTally *tally = g_new (IbHeardTally, 1);
    *tally = (IbHeardTally){ ib_document_text (object, "rule"), ib_document_count (object, "count"),
                             ib_document_count (object, "changed") };
    return tally;
}

static void
free_tally (gpointer pointer)
{
    g_free (((IbHeardTally *) pointer)->rule);
    g_free (pointer);
}

static gpointer
read_change (JsonObject *object)
{
    g_auto (GStrv) flags = ib_document_words (object, "flags");
    bool is_stored = has_text (object, "to");
    IbHeardChange *change = g_new (IbHeardChange, 1);
    *change = (IbHeardChange){
        .from = ib_document_text (object, "from"),
        .to = ib_document_text (object, is_stored ? "to" : "action"),
        .flags = g_strjoinv (" ", flags),
        .rule = ib_document_text (object, "rule"),
        .count = ib_document_count (object, "count"),
        .examples = ib_document_list (object, "examples", read_example, free_example),
    };
    return change;
}

static void
free_change (gpointer pointer)
{
    IbHeardChange *change = pointer;
    g_free (change->from);
    g_free (change->to);
    g_free (change->flags);
    g_free (change->rule);
    g_ptr_array_unref (change->examples);
    g_free (change);
}

IbHeardTrial *
ib_heard_trial_read (const char *document, GError **error)
{
    g_autoptr (JsonNode) root = NULL;
    JsonObject *whole = ib_document_read (document, &root, error);
    if (root == NULL)
        return NULL;
    IbHeardTrial *self = g_new (IbHeardTrial, 1);
    *self = (IbHeardTrial){
        .messages = ib_document_count (whole, "messages"),
        .changed = ib_document_count (whole, "changed"),
        .failed = ib_document_count (whole, "failed"),
        .rules = ib_document_list (whole, "rules", read_tally, free_tally),
        .changes = ib_document_list (whole, "changes", read_change, free_change),
    };
    return self;
}

void
ib_heard_trial_free (IbHeardTrial *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->rules);
    g_ptr_array_unref (self->changes);
    g_free (self);
}

/* --- its test --------------------------------------------------------------------------------------------------------- */

/* A file that could not be tested at all is one that did not pass. */
static gpointer
read_test (JsonObject *object)
{
    g_autofree char *event = ib_document_text (object, "event");
    bool is_skipped = strcmp (event, "skipped") == 0;
    if (strcmp (event, "test") != 0 && !is_skipped)
        return NULL;
    IbHeardTest *test = g_new (IbHeardTest, 1);
    *test = (IbHeardTest){ ib_document_text (object, is_skipped ? "extension" : "name"), NULL };
    test->reason = is_skipped                             ? g_strdup (test->name)
                   : ib_document_claim (object, "passed") ? g_strdup ("")
                                                          : ib_document_text (object, "reason");
    return test;
}

static void
free_test (gpointer pointer)
{
    IbHeardTest *test = pointer;
    g_free (test->name);
    g_free (test->reason);
    g_free (test);
}

GPtrArray *
ib_heard_tests_read (const char *document)
{
    return read_lines (document, read_test, free_test);
}
