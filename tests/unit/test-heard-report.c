/* heard-report.c, spam-words.c: what the document says is there; what it lacks, or has otherwise, is as nothing. */
#include "heard-report.h"
#include "spam-words.h"

#include <string.h>

static const char whole[]
    = "{\"since\":1000,\"until\":87400,\"total\":{\"mail\":12,\"spam\":5,\"caught\":4,\"came_through\":1,\"good_caught\":2},"
      "\"before\":{\"mail\":20,\"caught\":7,\"came_through\":2},"
      "\"causes\":[{\"cause\":\"relay\",\"spam\":3,\"remedy\":\"Let it be.\","
      "\"ways\":[{\"name\":\"198.51.100.7\",\"spam\":3,\"mail\":4,\"command\":null}]},"
      "{\"cause\":\"unprotected\",\"spam\":2,\"remedy\":null,"
      "\"ways\":[{\"name\":\"work\",\"spam\":2,\"mail\":2,\"command\":\"inbasket account edit work\"}]}],"
      "\"accounts\":[{\"name\":\"work\",\"protected\":true,\"figures\":{\"mail\":12,\"caught\":4}}],"
      "\"days\":[{\"mail\":7,\"caught\":3},{\"mail\":5,\"caught\":1,\"came_through\":1}]}";

static void
reads_the_whole (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbHeardReport) report = ib_heard_report_read (whole, &error);
    g_assert_no_error (error);
    g_assert_cmpint (report->until_s - report->since_s, ==, 86400);
    g_assert_cmpuint (report->total.mail, ==, 12);
    g_assert_cmpuint (report->total.good_caught, ==, 2);
    g_assert_cmpuint (ib_heard_figures_spam (&report->before), ==, 9);
    g_assert_cmpuint (report->causes->len, ==, 2);
    const IbHeardCause *relay = report->causes->pdata[0], *unprotected = report->causes->pdata[1];
    g_assert_cmpstr (relay->cause, ==, "relay");
    g_assert_cmpstr (relay->remedy, ==, "Let it be.");
    g_assert_cmpstr (unprotected->remedy, ==, "");
    const IbHeardWay *back_door = relay->ways->pdata[0], *account = unprotected->ways->pdata[0];
    g_assert_cmpuint (back_door->mail, ==, 4);
    g_assert_cmpstr (back_door->command, ==, "");
    g_assert_cmpstr (account->command, ==, "inbasket account edit work");
    const IbHeardStanding *standing = report->accounts->pdata[0];
    g_assert_true (standing->is_protected);
    g_assert_cmpuint (standing->figures.caught, ==, 4);
}

static const struct {
    const char *name;
    guint first, count;
    guint64 mail, spam;
} sums[] = {
    { "one-day", 0, 1, 7, 3 },         { "all", 0, 2, 12, 5 }, { "more-than-there-are", 1, 100, 5, 2 },
    { "behind-the-last", 2, 1, 0, 0 }, { "none", 0, 0, 0, 0 }, { "far-behind", G_MAXUINT, G_MAXUINT, 0, 0 },
};

static void
sums_days (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbHeardReport) report = ib_heard_report_read (whole, NULL);
    const IbHeardFigures sum = ib_heard_report_sum (report, sums[i].first, sums[i].count);
    g_assert_cmpuint (sum.mail, ==, sums[i].mail);
    g_assert_cmpuint (ib_heard_figures_spam (&sum), ==, sums[i].spam);
}

static const struct {
    const char *name, *document;
} otherwise[] = {
    { "empty", "{}" },
    { "a-list", "[1,2]" },
    { "nothing-known", "{\"since\":null,\"total\":null,\"causes\":null,\"accounts\":null,\"days\":null}" },
    { "other-kinds",
      "{\"since\":\"now\",\"until\":[],\"total\":7,\"before\":[],\"causes\":{},\"accounts\":[1,null,[]],"
      "\"days\":[\"x\",3]}" },
    { "negative", "{\"since\":-5,\"until\":-1,\"total\":{\"mail\":-1,\"caught\":-7,\"came_through\":-9}}" },
    { "no-whole-numbers", "{\"total\":{\"mail\":1.5,\"caught\":\"4\",\"came_through\":true}}" },
};

static void
passes_over (gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbHeardReport) report
        = ib_heard_report_read (otherwise[GPOINTER_TO_SIZE (data)].document, &error);
    g_assert_no_error (error);
    g_assert_cmpint (report->since_s + report->until_s, ==, 0);
    g_assert_cmpuint (report->total.mail, ==, 0);
    g_assert_cmpuint (ib_heard_figures_spam (&report->total), ==, 0);
    g_assert_cmpuint (report->causes->len + report->accounts->len + report->days->len, ==, 0);
}

/* Parts of it may be broken, too. */
static void
reads_broken_parts (void)
{
    static const char document[]
        = "{\"until\":9223372036854775807,\"causes\":[{\"ways\":{}},{\"ways\":[{},7]}],"
          "\"days\":[{\"caught\":9223372036854775807,\"came_through\":9223372036854775807},"
          "{\"caught\":9223372036854775807}]}";
    g_autoptr (IbHeardReport) report = ib_heard_report_read (document, NULL);
    g_autoptr (GDateTime) until = g_date_time_new_from_unix_utc (report->until_s);
    g_assert_nonnull (until);
    const IbHeardCause *first = report->causes->pdata[0], *second = report->causes->pdata[1];
    g_assert_cmpstr (first->cause, ==, "");
    g_assert_cmpuint (first->ways->len, ==, 0);
    g_assert_cmpstr (((const IbHeardWay *) second->ways->pdata[0])->name, ==, "");
    const IbHeardFigures sum = ib_heard_report_sum (report, 0, 2);
    g_assert_cmpuint (ib_heard_figures_spam (&sum), ==, G_MAXUINT64);
}

static void
refuses_what_is_no_document (void)
{
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_heard_report_read ("{\"since\":", &error));
    g_assert_nonnull (error);
}

static const struct {
    const char *name;
    guint64 spam, mail_before, spam_before;
    const char *words;
} trends[] = {
    { "less", 3, 20, 4, "Less than in the same time before (4)" },
    { "more", 5, 20, 4, "More than in the same time before (4)" },
    { "as-much", 4, 20, 4, "As much as in the same time before" },
    { "nothing-known", 4, 0, 0, "Nothing is known of the same time before" },
};

static void
tells_the_trend (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *words
        = ib_spam_words_trend (trends[i].spam, trends[i].mail_before, trends[i].spam_before);
    g_assert_cmpstr (words, ==, trends[i].words);
}

static void
tells_causes (void)
{
    static const char *const causes[]
        = { "beside-mx", "relay", "unprotected", "no-server-filter", "filtered" };
    for (gsize i = 0; i < G_N_ELEMENTS (causes); i++) {
        g_assert_cmpstr (ib_spam_words_title (causes[i]), !=, causes[i]);
        g_assert_true (g_str_has_suffix (ib_spam_words_meaning (causes[i]), "."));
    }
    g_assert_cmpstr (ib_spam_words_title ("of tomorrow"), ==, "of tomorrow");
    g_assert_cmpstr (ib_spam_words_meaning ("of tomorrow"), ==, "");
}

#define ADD_ROWS(rows, folder, test)                                                                         \
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {                                                        \
        g_autofree char *path = g_strconcat ("/heard-report/" folder "/", rows[i].name, NULL);               \
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test);                                             \
    }

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/heard-report/whole", reads_the_whole);
    ADD_ROWS (sums, "sum", sums_days)
    ADD_ROWS (otherwise, "otherwise", passes_over)
    g_test_add_func ("/heard-report/broken-parts", reads_broken_parts);
    g_test_add_func ("/heard-report/no-document", refuses_what_is_no_document);
    ADD_ROWS (trends, "trend", tells_the_trend)
    g_test_add_func ("/heard-report/causes", tells_causes);
    return g_test_run ();
}
