/* Messages go through real workers in their sandbox, and come back judged, whatever becomes of the workers. */
#include "filter-pool.h"
#include "mail-limits.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
    IbFilterPool *pool;
    IbFacts *facts;
    guint account;
    IbJudgeWants wants;
    guint judged, failed, untried, free_at;
    IbJudgement *last;
    GError *error;
    GHashTable *subjects;
    GArray *fds;
} Desk;

static GPtrArray *
scripts_of (const char *name, const char *text)
{
    GPtrArray *scripts = g_ptr_array_new ();
    static IbScriptText script;
    g_clear_pointer (&script.text, g_bytes_unref);
    script.name = (char *) name;
    script.text = g_bytes_new (text, strlen (text));
    g_ptr_array_add (scripts, &script);
    return scripts;
}

static void
open_desk (Desk *desk, const char *script)
{
    g_autoptr (IbFacts) settings = ib_facts_new ();
    g_autoptr (GPtrArray) scripts = scripts_of ("test.sieve", script);
    settings->annotates = true;
    g_strfreev (settings->scripts);
    settings->scripts = g_strsplit ("test.sieve", " ", 0);

    *desk = (Desk){ .pool = ib_filter_pool_new (scripts, settings), .facts = ib_facts_copy (settings) };
    g_free (desk->facts->id);
    desk->facts->id = g_strdup ("0123456789abcdef");
    desk->account = ib_filter_pool_add_account (desk->pool, desk->facts);
    desk->subjects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    desk->fds = g_array_new (FALSE, FALSE, sizeof (int));
}

static void
close_desk (Desk *desk)
{
    ib_filter_pool_free (desk->pool);
    ib_facts_free (desk->facts);
    ib_judgement_free (desk->last);
    g_clear_error (&desk->error);
    g_hash_table_unref (desk->subjects);
    for (guint i = 0; i < desk->fds->len; i++)
        close (g_array_index (desk->fds, int, i));
    g_array_unref (desk->fds);
    g_unsetenv ("IB_FAULT");
}

static void
on_done (IbJudgement *judgement, const GError *error, gpointer user_data)
{
    Desk *desk = user_data;
    if (judgement != NULL) {
        desk->judged++;
        ib_judgement_free (desk->last);
        desk->last = judgement;
        g_assert_true (g_hash_table_add (desk->subjects, g_strdup (judgement->subject)));
    } else {
        desk->failed++;
        desk->untried += g_error_matches (error, IB_FILTER_ERROR, IB_FILTER_ERROR_NO_FILTER);
        g_clear_error (&desk->error);
        desk->error = g_error_copy (error);
    }
    if (desk->free_at == desk->judged + desk->failed)
        g_clear_pointer (&desk->pool, ib_filter_pool_free);
}

static int
sealed_file (const char *bytes, gsize length)
{
    int fd = memfd_create ("message", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    g_assert_cmpint (write (fd, bytes, length), ==, (gssize) length);
    g_assert_cmpint (fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL), ==,
                     0);
    return fd;
}

static void
ask (Desk *desk, const char *bytes, gsize length)
{
    int fd = sealed_file (bytes, length);
    g_array_append_val (desk->fds, fd);
    guint before = desk->judged + desk->failed;
    const IbPiece message = { fd, 0, length };
    ib_filter_pool_judge (desk->pool, desk->account, &message, desk->facts, desk->wants, on_done, desk);
    g_assert_cmpuint (desk->judged + desk->failed, ==, before); /* never at once */
}

/* @count messages in one memory file. */
static void
ask_bag (Desk *desk, guint count)
{
    g_autoptr (GString) bytes = g_string_new (NULL);
    g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (IbPiece));
    for (guint i = 0; i < count; i++) {
        IbPiece piece = { .offset = bytes->len };
        g_string_append_printf (bytes, "From: a@example.org\nSubject: number %u\n\nbody\n", i);
        piece.size_bytes = bytes->len - piece.offset;
        g_array_append_val (pieces, piece);
    }
    int fd = sealed_file (bytes->str, bytes->len);
    g_array_append_val (desk->fds, fd);
    for (guint i = 0; i < count; i++) {
        IbPiece *piece = &g_array_index (pieces, IbPiece, i);
        piece->fd = fd;
        ib_filter_pool_judge (desk->pool, desk->account, piece, desk->facts, false, on_done, desk);
    }
}

static void
ask_many (Desk *desk, guint count)
{
    for (guint i = 0; i < count; i++) {
        g_autofree char *text = g_strdup_printf ("From: a@example.org\nSubject: number %u\n\nbody\n", i);
        ask (desk, text, strlen (text));
    }
}

static void
wait_for (Desk *desk, guint answers)
{
    while (desk->judged + desk->failed < answers)
        g_main_context_iteration (NULL, TRUE);
    if (desk->pool != NULL)
        g_assert_cmpuint (ib_filter_pool_busy (desk->pool), ==, 0);
}

/* --- workers that do well ---------------------------------------------------------------------------------------- */

static void
judges (void)
{
    Desk desk;
    open_desk (&desk, "require \"fileinto\"; if header :contains \"Subject\" \"7\" { fileinto \"Sevens\"; }");
    ask_many (&desk, 300);
    g_assert_cmpuint (ib_filter_pool_busy (desk.pool), ==, 300);
    wait_for (&desk, 300);
    g_assert_cmpuint (desk.judged, ==, 300);

    ask (&desk, "Subject: 7\n\n", 12);
    wait_for (&desk, 301);
    const IbAction *action = desk.last->plan->actions->pdata[0];
    g_assert_cmpint (action->kind, ==, IB_ACTION_FILEINTO);
    g_assert_cmpstr (action->mailbox, ==, "Sevens");
    g_assert_cmpstr (desk.last->rule, ==, "test.sieve:1");
    const IbSegment *first = &g_array_index (desk.last->plan->segments, IbSegment, 0);
    g_assert_nonnull (first->literal);
    g_assert_true (
        g_str_has_prefix (g_bytes_get_data (first->literal, NULL), "X-Inbasket-Id: 0123456789abcdef\n"));
    close_desk (&desk);
}

/* Accounts differ in their scripts; a worker keeps them apart. */
static void
knows_accounts_apart (void)
{
    Desk desk;
    open_desk (&desk, "discard;");
    for (guint i = 0; i < 20; i++) {
        g_autofree char *text = g_strdup_printf ("Subject: %u\n\n", i);
        g_free (desk.facts->account);
        desk.facts->account = g_strdup (i % 2 == 0 ? "home" : "work");
        g_strfreev (desk.facts->scripts);
        desk.facts->scripts = g_strsplit (i % 2 == 0 ? "test.sieve" : "missing.sieve", " ", 0);
        desk.account = ib_filter_pool_add_account (desk.pool, desk.facts);
        g_assert_cmpuint (desk.account, <=, 3); /* the same for the same */
        ask (&desk, text, strlen (text));
        wait_for (&desk, i + 1);
        const IbAction *action = desk.last->plan->actions->pdata[0];
        g_assert_cmpint (action->kind, ==, i % 2 == 0 ? IB_ACTION_DISCARD : IB_ACTION_KEEP);
        g_assert_cmpint (desk.last->error != NULL, ==, i % 2 == 1);
    }
    close_desk (&desk);
}

typedef struct {
    const char *name, *bytes;
    gsize length;
} Odd;

static const Odd odd[] = {
    { "empty", "", 0 },
    { "newline", "\n", 1 },
    { "nul", "Subject: a\0b\n\n\0", 15 },
    { "no-header", "just text", 9 },
    { "forged", "X-Inbasket-Verdict: ham\nSubject: x\nX-INBASKET-ID: 1\n 2\n\nbody", 60 },
    { "forged-to-the-end", "X-Inbasket-Verdict: ham\nX-Inbasket-Id: 1", 40 },
    { "folded-first", " folded\nSubject: x\n\n", 20 },
    { "mark", "\xEF\xBB\xBFX-Inbasket-Id: 1\nSubject: x\n\n", 33 },
};

static void
judges_odd_ones (gconstpointer data)
{
    const Odd *row = data;
    Desk desk;
    open_desk (&desk, "keep;");
    ask (&desk, row->bytes, row->length);
    wait_for (&desk, 1);
    g_assert_no_error (desk.error);
    g_assert_cmpuint (desk.judged, ==, 1);
    close_desk (&desk);
}

static void
judges_bags (void)
{
    Desk desk;
    open_desk (&desk, "keep;");
    ask_bag (&desk, 200);
    wait_for (&desk, 200);
    g_assert_cmpuint (desk.judged, ==, 200);
    g_assert_cmpuint (g_hash_table_size (desk.subjects), ==, 200);
    g_assert_no_error (desk.error);
    close_desk (&desk);
}

/* Whichever of a bag a worker dies at: that one is tried again, alone, and none is lost or judged twice. */
static void
judges_bags_whose_workers_die (void)
{
    Desk desk;
    g_setenv ("IB_FAULT", "filter.crash:7", TRUE);
    open_desk (&desk, "keep;");
    ask_bag (&desk, 40);
    wait_for (&desk, 40);
    g_assert_cmpuint (desk.judged, ==, 40);
    g_assert_no_error (desk.error);
    close_desk (&desk);
}

/* Each is asked of a worker that has nothing to do, and every other one kills it. */
static void
judges_one_by_one_though_workers_die (void)
{
    Desk desk;
    g_setenv ("IB_FAULT", "filter.crash:2", TRUE);
    open_desk (&desk, "keep;");
    for (guint i = 1; i <= 5; i++) {
        g_autofree char *message = g_strdup_printf ("Subject: number %u\n\n", i);
        ask (&desk, message, strlen (message));
        wait_for (&desk, i);
        g_assert_cmpuint (desk.judged, ==, i);
    }
    close_desk (&desk);
}

/* Longer than what is judged, in a plain file that is open for writing. */
static void
judges_a_large_file (void)
{
    Desk desk;
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp ("inbasket-test-XXXXXX", &path, NULL);
    const guint64 size = 2 * (guint64) IB_LIMIT_JUDGED_BYTES;
    g_assert_cmpint (write (fd, "Subject: large\n\n", 16), ==, 16);
    g_assert_cmpint (ftruncate (fd, (off_t) size), ==, 0);

    open_desk (&desk, "keep;");
    const IbPiece message = { fd, 0, size };
    ib_filter_pool_judge (desk.pool, desk.account, &message, desk.facts, true, on_done, &desk);
    wait_for (&desk, 1);
    g_assert_no_error (desk.error);
    g_assert_cmpstr (desk.last->subject, ==, "large");
    g_assert_nonnull (desk.last->trace);
    const GArray *segments = desk.last->plan->segments;
    const IbSegment *last = &g_array_index (segments, IbSegment, segments->len - 1);
    g_assert_cmpuint (last->offset + last->length, ==, size);
    close_desk (&desk);
    close (fd);
    g_unlink (path);
}

/* A forged field that is longer than what is judged: half of it must not be taken out. */
static void
judges_a_field_without_end (void)
{
    Desk desk;
    g_autofree char *much = g_strnfill (IB_LIMIT_JUDGED_BYTES + 100, 'x');
    g_autofree char *message = g_strconcat ("Subject: long\nX-Inbasket-Id: ", much, "\n\n", NULL);
    open_desk (&desk, "keep;");
    ask (&desk, message, strlen (message));
    wait_for (&desk, 1);
    g_assert_no_error (desk.error);
    const GArray *segments = desk.last->plan->segments;
    g_assert_cmpuint (segments->len, ==, 2);
    g_assert_cmpuint (g_array_index (segments, IbSegment, 1).length, ==, strlen (message));
    close_desk (&desk);
}

/* --- workers that do not ----------------------------------------------------------------------------------------- */

typedef struct {
    const char *name, *fault;
    guint messages, judged;
    const char *error; /* in the last one's text */
    bool gives_up_all; /* the rest comes back without having been tried */
    IbJudgeWants wants;
} Row;

static const Row rows[] = {
    { "crash-once-in-a-while", "filter.crash:5", 20, 20, NULL },
    { "crash-always", "filter.crash:1", 3, 0, "killed by signal 9" },
    { "crash-always-many", "filter.crash:1", 300, 0, "killed by signal 9", true },
    { "hang-once-in-a-while", "filter.hang:4:EIO", 9, 9, NULL },
    { "hang-always", "filter.hang:1:EIO", 2, 0, "was silent for" },
    { "nonsense-once-in-a-while", "filter.nonsense:4:EIO", 12, 12, NULL },
    { "nonsense-always", "filter.nonsense:1:EIO", 2, 0, "spoke nonsense" },
    { "no-example-once-in-a-while", "filter.withhold:4:EIO", 12, 12, NULL, .wants = IB_JUDGE_EXAMPLE },
    { "no-example-always", "filter.withhold:1:EIO", 2, 0, "no example", .wants = IB_JUDGE_EXAMPLE },
    { "no-trace-always", "filter.withhold:1:EIO", 2, 0, "no trace", .wants = IB_JUDGE_TRACE },
    { "neither-was-asked-for", "filter.withhold:1+:EIO", 4, 4, NULL },
};

static void
survives (gconstpointer data)
{
    const Row *row = data;
    Desk desk;
    g_setenv ("IB_FAULT", row->fault, TRUE);
    open_desk (&desk, "keep;");
    desk.wants = row->wants;
    ib_filter_pool_set_deadline (desk.pool, IB_SANITIZED ? 3000 : 700);
    ask_many (&desk, row->messages);
    wait_for (&desk, row->messages);

    g_assert_cmpuint (desk.judged, ==, row->judged);
    if (row->error != NULL) {
        g_assert_cmpint (desk.untried > 0, ==, row->gives_up_all);
        g_assert_nonnull (strstr (desk.error->message, row->error));
    }
    close_desk (&desk);
}

static void
says_that_there_is_no_filter (void)
{
    Desk desk;
    g_autofree char *was = g_strdup (g_getenv ("INBASKET_LIBEXECDIR"));
    g_setenv ("INBASKET_LIBEXECDIR", "/nowhere", TRUE);
    open_desk (&desk, "keep;");
    ask_many (&desk, 5);
    wait_for (&desk, 5);
    g_assert_cmpuint (desk.failed, ==, 5);
    g_assert_error (desk.error, IB_FILTER_ERROR, IB_FILTER_ERROR_NO_FILTER);

    /* Installed again, it is found again. */
    g_setenv ("INBASKET_LIBEXECDIR", was, TRUE);
    ask_many (&desk, 3);
    wait_for (&desk, 8);
    g_assert_cmpuint (desk.judged, ==, 3);
    close_desk (&desk);
}

static void
may_be_freed_in_a_callback (void)
{
    Desk desk;
    open_desk (&desk, "keep;");
    desk.free_at = 3;
    ask_many (&desk, 20);
    while (desk.pool != NULL)
        g_main_context_iteration (NULL, TRUE);
    while (g_main_context_iteration (NULL, FALSE))
        ;
    g_assert_cmpuint (desk.judged, ==, 3);
    close_desk (&desk);
}

/* --- charsets ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *charset, *text;
} charsets[] = {
    { "ISO-8859-1", "Grüße aus Köln" },
    { "ISO-8859-2", "Zażółć gęślą jaźń" },
    { "ISO-8859-3", "Eĥoŝanĝo" },
    { "ISO-8859-4", "Ķēniņš" },
    { "ISO-8859-5", "Привет" },
    { "ISO-8859-6", "مرحبا" },
    { "ISO-8859-7", "Καλημέρα" },
    { "ISO-8859-8", "שלום" },
    { "ISO-8859-9", "Güneşli" },
    { "ISO-8859-10", "Þórður" },
    { "ISO-8859-11", "สวัสดี" },
    { "ISO-8859-13", "Žąsis" },
    { "ISO-8859-14", "Ŵythnos" },
    { "ISO-8859-15", "100 €" },
    { "ISO-8859-16", "Țară" },
    { "windows-1250", "Příliš" },
    { "windows-1251", "Привет" },
    { "windows-1252", "“Grüße”" },
    { "windows-1253", "Καλημέρα" },
    { "windows-1254", "Güneşli" },
    { "windows-1255", "שלום" },
    { "windows-1256", "مرحبا" },
    { "windows-1257", "Žąsis" },
    { "windows-1258", "Đăng ơ" },
    { "windows-874", "สวัสดี" },
    { "KOI8-R", "Привет" },
    { "KOI8-U", "Їжак" },
    { "Big5", "繁體中文" },
    { "Big5-HKSCS", "香港" },
    { "GB18030", "简体中文" },
    { "GBK", "简体中文" },
    { "GB2312", "简体中文" },
    { "Shift_JIS", "日本語" },
    { "windows-31j", "日本語①" },
    { "EUC-JP", "日本語" },
    { "ISO-2022-JP", "日本語" },
    { "EUC-KR", "한국어" },
    { "ISO-2022-KR", "한국어" },
    { "ks_c_5601-1987", "한국어" },
    { "UTF-7", "Grüße" },
    { "UTF-8", "Grüße 日本" },
    { "UTF-16", "Grüße 日本" },
    { "UTF-16LE", "Grüße 日本" },
    { "UTF-32", "Grüße 日本" },
    { "macintosh", "Über" },
    { "IBM850", "Größe" },
    { "IBM866", "Привет" },
    { "TIS-620", "สวัสดี" },
    { "VISCII", "Tiếng Việt" },
};

/* What the name in mail is called by iconv. */
static const char *
iconv_name (const char *charset)
{
    if (strcmp (charset, "windows-874") == 0)
        return "CP874";
    return strcmp (charset, "ks_c_5601-1987") == 0 ? "UHC" : charset;
}

static void
reads_a_charset (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data), length = 0;
    g_autoptr (GError) error = NULL;
    g_autofree char *bytes
        = g_convert (charsets[i].text, -1, iconv_name (charsets[i].charset), "UTF-8", NULL, &length, &error);
    g_assert_no_error (error);
    g_autofree char *coded = g_base64_encode ((const guchar *) bytes, length);
    g_autofree char *message = g_strdup_printf ("Subject: =?%s?B?%s?=\n\n", charsets[i].charset, coded);

    Desk desk;
    open_desk (&desk, "keep;");
    ask (&desk, message, strlen (message));
    wait_for (&desk, 1);
    g_assert_no_error (desk.error);
    g_assert_cmpstr (desk.last->subject, ==, charsets[i].text);
    close_desk (&desk);
}

static void
reads_an_unknown_charset_as_windows_1252 (void)
{
    Desk desk;
    open_desk (&desk, "keep;");
    const char *message = "Subject: =?x-nobody-knows?Q?Gr=FC=DFe?=\n\n";
    ask (&desk, message, strlen (message));
    wait_for (&desk, 1);
    g_assert_cmpstr (desk.last->subject, ==, "Grüße");
    close_desk (&desk);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_autofree char *tests = g_path_get_dirname (argv[0]);
    g_autofree char *workers = g_build_filename (tests, "..", "..", "src", "worker", NULL);
    g_setenv ("INBASKET_LIBEXECDIR", workers, TRUE);

    g_test_add_func ("/filter-pool/judges", judges);
    g_test_add_func ("/filter-pool/judges-bags", judges_bags);
    g_test_add_func ("/filter-pool/judges-bags-whose-workers-die", judges_bags_whose_workers_die);
    g_test_add_func ("/filter-pool/judges-one-by-one-though-workers-die",
                     judges_one_by_one_though_workers_die);
    g_test_add_func ("/filter-pool/accounts", knows_accounts_apart);
    for (gsize i = 0; i < G_N_ELEMENTS (odd); i++) {
        g_autofree char *path = g_strconcat ("/filter-pool/odd/", odd[i].name, NULL);
        g_test_add_data_func (path, &odd[i], judges_odd_ones);
    }
    g_test_add_func ("/filter-pool/large-file", judges_a_large_file);
    g_test_add_func ("/filter-pool/field-without-end", judges_a_field_without_end);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/filter-pool/survives/", rows[i].name, NULL);
        g_test_add_data_func (path, &rows[i], survives);
    }
    g_test_add_func ("/filter-pool/no-filter", says_that_there_is_no_filter);
    g_test_add_func ("/filter-pool/freed-in-a-callback", may_be_freed_in_a_callback);
    for (gsize i = 0; i < G_N_ELEMENTS (charsets); i++) {
        g_autofree char *path = g_strconcat ("/filter-pool/charset/", charsets[i].charset, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), reads_a_charset);
    }
    g_test_add_func ("/filter-pool/charset/unknown", reads_an_unknown_charset_as_windows_1252);
    return g_test_run ();
}
