/* Any text may come where a document of the service should: it is read, as far as it is one, or refused with words. */
#include "explanation.h"
#include "heard-report.h"
#include "heard-rule.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

static void
read_report (const char *text)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbHeardReport) report = ib_heard_report_read (text, &error);
    g_assert_true ((report != NULL) == (error == NULL));
    if (report == NULL)
        return;
    g_autoptr (GDateTime) until = g_date_time_new_from_unix_utc (report->until_s);
    const IbHeardFigures sum = ib_heard_report_sum (report, 0, report->days->len);
    g_assert_nonnull (until);
    g_assert_cmpuint (ib_heard_figures_spam (&sum), >=, sum.caught);
}

static void
read_rule (const char *text)
{
    g_autoptr (GError) error = NULL, other = NULL;
    g_autoptr (IbHeardRule) rule = ib_heard_rule_read (text, &error);
    g_autoptr (IbHeardReplay) replay = ib_heard_replay_read (text, "always.sieve:9", &other);
    g_assert_true ((rule != NULL) == (error == NULL) && (replay != NULL) == (other == NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    g_autofree char *text = g_strndup (length > 0 ? (const char *) bytes : "", length);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbExplanation) why = ib_explanation_read (text, &error);
    g_assert_true ((why != NULL) == (error == NULL));
    read_report (text);
    read_rule (text);
    return 0;
}
