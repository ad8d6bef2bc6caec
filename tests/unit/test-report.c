/* The report: under which cause a spam counts, what is caught and what came through, and the time before. */
#include "db.h"
#include "report.h"
#include "schema.h"

#include <string.h>

#define UNTIL (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define SINCE (UNTIL - 7 * G_TIME_SPAN_DAY)

typedef struct {
    char *folder;
    IbPaths *paths;
    IbConfig *config;
    IbDb *db;
} Desk;

static void
write_file (const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
set_up (Desk *desk, gconstpointer unused)
{
    g_autoptr (GError) error = NULL;
    desk->folder = g_dir_make_tmp ("ib-report-XXXXXX", NULL);
    desk->paths = ib_paths_new (desk->folder);
    write_file (desk->paths->accounts, "work.conf",
                "[account]\naddress=anna@example.org\nprotocol=imap\nhost=mail.example.org\nuser=anna\n"
                "secret=keyring\n");
    write_file (desk->paths->accounts, "bare.conf",
                "[account]\naddress=anna@isp.example\nprotocol=imap\nhost=mail.isp.example\nuser=anna\n"
                "secret=keyring\n[filter]\nenabled=false\n");
    desk->config = ib_config_load (desk->paths, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (desk->config->accounts->len, ==, 2);

    g_assert_cmpint (g_mkdir_with_parents (desk->paths->state, 0700), ==, 0);
    ib_journal_close (ib_journal_open (desk->paths->journal, &error));
    g_assert_no_error (error);
    desk->db = ib_db_open (desk->paths->journal, IB_DB_WRITE, &error);
    g_assert_no_error (error);
    g_assert_true (ib_db_run (desk->db,
                              "INSERT INTO mailbox (key, account, name, uidvalidity) VALUES"
                              " (1, 'work', 'INBOX', 1), (2, 'bare', 'INBOX', 1), (3, 'gone', 'INBOX', 1)",
                              &error));
}

static void
tear_down (Desk *desk, gconstpointer unused)
{
    g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", desk->folder);
    ib_db_close (desk->db);
    ib_config_free (desk->config);
    ib_paths_free (desk->paths);
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
    g_free (desk->folder);
}

/* What a message was. */
typedef struct {
    gint64 mailbox;
    const char *recipient, *relay, *mx, *server_filter;
    const char *action, *verdict;
    gint64 is_junk, taught;
} Mail;

static void
deliver (Desk *desk, const Mail *mail, gint64 at)
{
    static guint count;
    g_autoptr (GError) error = NULL;
    g_autofree char *id = g_strdup_printf ("%032x", ++count);
    g_assert_true (ib_db_do (
        desk->db, &error,
        "INSERT INTO message (id, mailbox, uid, size, internal_date, delivered_at, state, action, is_junk, held,"
        " verdict, reasons, rule, message_id, sender, subject, note, recipient, relay, mx, server_filter, taught)"
        " VALUES (?, ?, 1, 1, 1, ?, 1, ?, ?, 0, ?, '', '', '', '', '', '', ?, ?, ?, ?, ?)",
        "hiitittttti", id, mail->mailbox, at, mail->action, mail->is_junk, mail->verdict, mail->recipient,
        mail->relay, mail->mx, mail->server_filter, mail->taught));
    g_assert_no_error (error);
}

static IbReport *
report (Desk *desk)
{
    g_autoptr (GError) error = NULL;
    IbReport *made = ib_report_make (desk->paths, desk->config, SINCE, UNTIL, &error);
    g_assert_no_error (error);
    return made;
}

/* --- one spam, one cause ------------------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    Mail mail;
    IbReportCause cause;
    const char *way;
} Cause;

#define WORK 1
#define BARE 2
#define GONE 3
#define ANNA "anna@example.org"
#define SPAM "deliver", "spam", 1, 0

static const Cause causes[] = {
    { "beside-the-mx-comes-first", { WORK, ANNA, "198.51.100.7", "beside", "passed", SPAM }, IB_COUNTED_BESIDE_MX, ANNA },
    { "beside-the-mx-of-a-bare-account", { BARE, ANNA, "", "beside", "", SPAM }, IB_COUNTED_BESIDE_MX, ANNA },
    { "then-a-relay", { BARE, ANNA, "198.51.100.7", "match", "", SPAM }, IB_COUNTED_RELAY, "198.51.100.7" },
    { "then-an-account-without-a-filter", { BARE, "anna@isp.example", "", "", "passed", SPAM }, IB_COUNTED_UNPROTECTED, "bare" },
    { "an-address-without-an-account", { WORK, "old@example.org", "", "match", "passed", SPAM }, IB_COUNTED_UNPROTECTED, "old@example.org" },
    { "an-account-that-is-gone", { GONE, ANNA, "", "", "passed", SPAM }, IB_COUNTED_UNPROTECTED, "gone" },
    { "a-detail-is-no-other-address", { WORK, "anna+shop@example.org", "", "", "", SPAM }, IB_COUNTED_REMOTE, "work" },
    { "no-recipient-is-no-other-address", { WORK, "", "", "", "", SPAM }, IB_COUNTED_REMOTE, "work" },
    { "then-a-server-without-a-filter", { WORK, ANNA, "", "match", "", SPAM }, IB_COUNTED_REMOTE, "work" },
    { "a-server-whose-filter-passed-it", { WORK, ANNA, "", "match", "passed", SPAM }, IB_COUNTED_FILTERED, "work" },
    { "a-server-whose-filter-marked-it", { WORK, ANNA, "", "", "marked", SPAM }, IB_COUNTED_FILTERED, "work" },
};

static void
counts_under_one_cause (Desk *desk, gconstpointer data)
{
    const Cause *row = data;
    deliver (desk, &row->mail, SINCE + 1);
    g_autoptr (IbReport) made = report (desk);
    for (IbReportCause cause = 0; cause < IB_COUNTED_CAUSES; cause++) {
        g_assert_cmpuint (made->total.causes[cause], ==, cause == row->cause ? 1 : 0);
        g_assert_cmpuint (made->ways[cause]->len, ==, cause == row->cause ? 1 : 0);
    }
    const IbReportWay *way = made->ways[row->cause]->pdata[0];
    g_assert_cmpstr (way->name, ==, row->way);
    g_assert_cmpuint (way->spam, ==, 1);
}

/* --- what it was --------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    const char *action, *verdict;
    gint64 is_junk, taught;
    guint64 mail, caught, came_through, good_caught;
} Fate;

static const Fate fates[] = {
    { "good-mail", "deliver", "ham", 0, 0, 1, 0, 0, 0 },
    { "caught", "deliver", "spam", 1, 0, 1, 1, 0, 0 },
    { "caught-and-confirmed", "deliver", "spam", 1, 2, 1, 1, 0, 0 },
    { "discarded-as-spam", "discard", "spam", 0, 0, 1, 1, 0, 0 },
    { "discarded-for-another-reason", "discard", "unsure", 0, 0, 1, 0, 0, 0 },
    { "came-through", "deliver", "unsure", 0, 2, 1, 0, 1, 0 },
    { "good-mail-caught", "deliver", "spam", 1, 1, 1, 0, 0, 1 },
    { "good-mail-confirmed", "deliver", "ham", 0, 1, 1, 0, 0, 0 },
    { "a-twin-is-not-counted", "duplicate", "spam", 0, 0, 0, 0, 0, 0 },
};

static void
counts_as (Desk *desk, gconstpointer data)
{
    const Fate *row = data;
    const Mail mail = { WORK, ANNA, "", "", "", row->action, row->verdict, row->is_junk, row->taught };
    deliver (desk, &mail, SINCE + 1);
    g_autoptr (IbReport) made = report (desk);
    g_assert_cmpuint (made->total.mail, ==, row->mail);
    g_assert_cmpuint (made->total.caught, ==, row->caught);
    g_assert_cmpuint (made->total.came_through, ==, row->came_through);
    g_assert_cmpuint (made->total.good_caught, ==, row->good_caught);
}

/* --- when ---------------------------------------------------------------------------------------------------------- */

static void
time_is_parted (Desk *desk, gconstpointer unused)
{
    static const Mail spam = { WORK, ANNA, "", "", "", SPAM };
    deliver (desk, &spam, SINCE - 7 * G_TIME_SPAN_DAY - 1); /* too old for either */
    deliver (desk, &spam, SINCE - 1);
    deliver (desk, &spam, SINCE);
    deliver (desk, &spam, SINCE + G_TIME_SPAN_DAY);
    deliver (desk, &spam, UNTIL - 1);
    deliver (desk, &spam, UNTIL);
    g_autoptr (IbReport) made = report (desk);
    g_assert_cmpuint (made->before.caught, ==, 1);
    g_assert_cmpuint (made->total.caught, ==, 3);
    g_assert_cmpuint (made->days->len, ==, 7);
    static const guint64 expected[7] = { 1, 1, 0, 0, 0, 0, 1 };
    for (guint day = 0; day < 7; day++)
        g_assert_cmpuint (g_array_index (made->days, IbSpamFigures, day).caught, ==, expected[day]);
}

static void
accounts_stand_there_without_mail (Desk *desk, gconstpointer unused)
{
    g_autoptr (IbReport) made = report (desk);
    g_assert_cmpuint (made->accounts->len, ==, 2);
    const IbReportAccount *bare = made->accounts->pdata[0], *work = made->accounts->pdata[1];
    g_assert_cmpstr (bare->name, ==, "bare");
    g_assert_false (bare->is_protected);
    g_assert_cmpstr (work->name, ==, "work");
    g_assert_true (work->is_protected);
}

static void
the_worst_way_comes_first (Desk *desk, gconstpointer unused)
{
    static const Mail few = { WORK, ANNA, "a.example", "", "", SPAM }, many = { WORK, ANNA, "b.example", "", "", SPAM };
    static const Mail good = { WORK, ANNA, "c.example", "", "", "deliver", "ham", 0, 0 };
    deliver (desk, &few, SINCE + 1);
    deliver (desk, &many, SINCE + 1);
    deliver (desk, &many, SINCE + G_TIME_SPAN_DAY);
    deliver (desk, &good, SINCE + 1);
    g_autoptr (IbReport) made = report (desk);
    g_assert_cmpuint (made->ways[IB_COUNTED_RELAY]->len, ==, 2);
    const IbReportWay *first = made->ways[IB_COUNTED_RELAY]->pdata[0];
    g_assert_cmpstr (first->name, ==, "b.example");
    g_assert_cmpuint (first->spam, ==, 2);
}

/* Spam for invented names of a domain that takes all mail: must end in well under the test's time limit. */
static void
many_recipients_are_counted (Desk *desk, gconstpointer unused)
{
    g_autoptr (GError) error = NULL;
    g_assert_true (ib_db_do (
        desk->db, &error,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
        " INSERT INTO message (id, mailbox, uid, size, internal_date, delivered_at, state, action, is_junk, held, verdict,"
        " reasons, rule, message_id, sender, subject, note, recipient)"
        " SELECT printf ('%032x', i), 1, i, 1, 1, ? + i, 1, 'deliver', 1, 0, 'spam', '', '', '', '', '', '',"
        " printf ('name%d@example.org', i / 2) FROM n",
        "i", SINCE));
    g_assert_no_error (error);
    g_autoptr (IbReport) made = report (desk);
    g_assert_cmpuint (made->total.causes[IB_COUNTED_UNPROTECTED], ==, 100000);
    g_assert_cmpuint (made->ways[IB_COUNTED_UNPROTECTED]->len, ==, 50001);
    g_assert_cmpuint (((IbReportWay *) made->ways[IB_COUNTED_UNPROTECTED]->pdata[0])->spam, ==, 2);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (causes); i++) {
        g_autofree char *path = g_strdup_printf ("/report/cause/%s", causes[i].name);
        g_test_add (path, Desk, &causes[i], set_up, counts_under_one_cause, tear_down);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (fates); i++) {
        g_autofree char *path = g_strdup_printf ("/report/fate/%s", fates[i].name);
        g_test_add (path, Desk, &fates[i], set_up, counts_as, tear_down);
    }
    g_test_add ("/report/time-is-parted", Desk, NULL, set_up, time_is_parted, tear_down);
    g_test_add ("/report/accounts-stand-there-without-mail", Desk, NULL, set_up, accounts_stand_there_without_mail,
                tear_down);
    g_test_add ("/report/the-worst-way-comes-first", Desk, NULL, set_up, the_worst_way_comes_first, tear_down);
    g_test_add ("/report/many-recipients", Desk, NULL, set_up, many_recipients_are_counted, tear_down);
    return g_test_run ();
}
