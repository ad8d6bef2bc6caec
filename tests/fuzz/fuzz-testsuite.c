/* Any bytes are a test file, if a wrong one. What it compiles are files of the same bytes, up to a depth that ends. */
#include "testsuite.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

/* A test file may compile itself as often as it likes; what it reads is less each time. */
static char *
read_half (const char *path, gsize *out_length, gpointer text, GError **error)
{
    const GBytes *whole = text;
    gsize length;
    const char *bytes = g_bytes_get_data ((GBytes *) whole, &length);
    *out_length = length / 2;
    return g_strndup (bytes, length / 2);
}

static void
check_case (const IbTestsuiteCase *one)
{
    g_assert_nonnull (one->name);
    g_assert_true (one->has_passed == (one->reason == NULL));
    g_assert_true (one->has_passed == (one->where == NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    g_autoptr (GBytes) whole = g_bytes_new (bytes, length);
    IbTestsuiteOptions options
        = { .read = read_half, .user_data = whole, .now = G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC };
    g_autoptr (IbTestsuiteReport) report
        = ib_testsuite_run ("f/f.svtest", (const char *) bytes, length, &options);

    guint failures = 0;
    for (guint i = 0; i < report->cases->len; i++) {
        check_case (report->cases->pdata[i]);
        failures += !((const IbTestsuiteCase *) report->cases->pdata[i])->has_passed;
    }
    g_assert_cmpuint (failures, ==, ib_testsuite_report_failures (report));
    g_assert_true (report->skipped_for == NULL || report->cases->len == 0);
    return 0;
}
