/* Accounts out of other programs' configurations.
 *
 * tests/imports/FORMAT/NAME.conf are configurations, NAME.report what is made of each: the account, what was taken,
 * what was taken otherwise, what was not, and the file that comes of it. A change that means to change that rewrites them:
 * IB_TEST_UPDATE=1. */
#include "account-file.h"
#include "import-getmail.h"
#include "import-mbsync.h"
#include "import-private.h"

#include <glib/gstdio.h>
#include <string.h>

/* --- reports ------------------------------------------------------------------------------------------------------------ */

static void
append_notes (GString *report, const IbImported *imported, const GPtrArray *notes)
{
    static const char *const fates[] = { [IB_IMPORT_TAKEN] = "taken", [IB_IMPORT_CHANGED] = "changed", [IB_IMPORT_LEFT] = "left" };
    for (guint i = 0; i < notes->len; i++) {
        const IbImportNote *note = notes->pdata[i];
        g_string_append_printf (report, "%-8s%s", fates[note->fate], note->setting);
        if (note->key != NULL)
            g_string_append_printf (report, " -> %s=%s", note->key, ib_imported_get (imported, note->key));
        g_string_append_printf (report, "%s%s\n", note->text != NULL ? ": " : "", note->text != NULL ? note->text : "");
    }
}

static void
append_account (GString *report, IbImported *imported)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = g_strdup_printf ("/accounts/%s.conf", imported->name);
    g_string_append_printf (report, "== %s: %s\n", imported->origin, imported->name);
    append_notes (report, imported, imported->notes);
    if (imported->password != NULL)
        g_string_append_printf (report, "password %s\n", ib_secret_peek (imported->password, NULL));
    if (imported->refusal != NULL) {
        g_string_append_printf (report, "refused %s\n", imported->refusal);
        return;
    }
    g_autofree char *text = ib_account_file_edit (path, (const char *const *) imported->keys->pdata, NULL, &error);
    g_string_append_printf (report, "%s%s%s", text != NULL ? "--\n" : "wrong   ", text != NULL ? text : error->message,
                            text != NULL ? "" : "\n");
}

static char *
report_of (const char *format, const char *path, const char *text, gsize length)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GString) report = g_string_new (NULL);
    g_autofree char *base = g_path_get_basename (path), *named = g_strconcat ("/home/anna/", base, NULL);
    g_autoptr (IbImport) import = ib_import_parse (ib_import_find (format), "/home/anna", named, text, length, &error);
    if (import == NULL) {
        g_assert_cmpint (error->domain, ==, IB_SETTINGS_ERROR);
        return g_strdup_printf ("invalid %s\n", error->message);
    }
    for (guint i = 0; i < import->accounts->len; i++)
        append_account (report, import->accounts->pdata[i]);
    append_notes (report, NULL, import->notes);
    return g_strdup (report->str);
}

static void
test_report (gconstpointer data)
{
    const char *path = data;
    gsize length;
    g_autofree char *text = NULL, *expected = NULL;
    g_autofree char *folder = g_path_get_dirname (path), *format = g_path_get_basename (folder);
    g_autofree char *stem = g_strndup (path, strlen (path) - strlen (".conf")), *golden = g_strconcat (stem, ".report", NULL);
    g_assert_true (g_file_get_contents (path, &text, &length, NULL));
    g_autofree char *report = report_of (format, path, text, length);
    if (g_getenv ("IB_TEST_UPDATE") != NULL)
        g_assert_true (g_file_set_contents (golden, report, -1, NULL));
    g_assert_true (g_file_get_contents (golden, &expected, NULL, NULL));
    g_assert_cmpstr (report, ==, expected);
}

static void
add_reports (const char *format)
{
    g_autofree char *folder = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "tests/imports", format, NULL);
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    guint count = 0;
    for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;) {
        if (!g_str_has_suffix (name, ".conf"))
            continue;
        g_autofree char *test = g_strdup_printf ("/import/%s/%.*s", format, (int) (strlen (name) - strlen (".conf")), name);
        g_test_add_data_func_full (test, g_build_filename (folder, name, NULL), test_report, g_free);
        count++;
    }
    g_assert_true (count > 0 || !ib_import_has_files (ib_import_find (format)));
}

/* --- states -------------------------------------------------------------------------------------------------------------- */

static char *
uids_text (const GArray *uids)
{
    g_autoptr (GString) text = g_string_new (NULL);
    for (guint i = 0; i < uids->len; i++)
        g_string_append_printf (text, "%s%u", i > 0 ? "," : "", g_array_index (uids, guint32, i));
    return g_strdup (text->str);
}

static const struct {
    const char *name, *text;
    bool is_state;
    guint32 uidvalidity, low_water;
    const char *done, *open;
} states[] = {
    { "plain", "FarUidValidity 17\nNearUidValidity 9\nMaxPulledUid 3\nMaxPushedUid 3\n\n1 1 S\n2 2 \n3 3 RS\n", true, 17, 3, "", "" },
    { "older", "MasterUidValidity 17\nSlaveUidValidity 9\nMaxPulledUid 3\nMaxPushedUid 3\n\n1 1 S\n3 2 S\n", true, 17, 3, "", "" },
    { "placeholder", "FarUidValidity 17\nNearUidValidity 9\nMaxPulledUid 9\n\n7 7 >\n3 4 >S\n9 9 S\n", true, 17, 9, "", "3,7" },
    { "pushed", "FarUidValidity 17\nNearUidValidity 9\nMaxPulledUid 3\n\n8 12 S\n5 11 \n", true, 17, 3, "5,8", "" },
    { "not-yet", "FarUidValidity 17\nNearUidValidity 9\nMaxPulledUid 3\n\n8 0 \n0 4 \n", true, 17, 3, "", "" },
    { "largest", "FarUidValidity 4294967295\nMaxPulledUid 4294967295\n\n4294967295 1 S\n", true, G_MAXUINT32, G_MAXUINT32, "", "" },
    { "crlf", "FarUidValidity 17\r\nMaxPulledUid 3\r\n\r\n3 1 \r\n", true, 17, 3, "", "" },
    { "beyond-all-messages", "FarUidValidity 17\nMaxPulledUid 4294967295\n\n1 1 S\n5 2 S\n", true, 17, 5, "", "" },
    { "no-message", "FarUidValidity 17\nMaxPulledUid 3\n\n", false, 17, 0, "", "" },
    { "skipped", "FarUidValidity 17\nMaxPulledUid 9\n\n3 0 ^\n5 0 \n9 2 S\n", true, 17, 9, "", "3,5" },
    { "expired", "FarUidValidity 17\nMaxPulledUid 9\n\n3 0 ~S\n4 0 XS\n9 2 S\n", true, 17, 9, "", "" },
    { "cut-off", "FarUidValidity 17\nMaxPulledUid 9\n\n1 1 S\n9 2", false, 0, 0, "", "" },
    { "fresh", "FarUidValidity 17\nNearUidValidity 9\nMaxPulledUid 0\nMaxPushedUid 0\n\n", false, 17, 0, "", "" },
    { "no-validity", "MaxPulledUid 3\n\n3 1 \n", false, 0, 3, "", "" },
    { "too-large", "FarUidValidity 17\nMaxPulledUid 4294967296\n\n", false, 17, 0, "", "" },
    { "garbage", "FarUidValidity 17\nMaxPulledUid 3\n\n3 1 \nhello\n", false, 17, 3, "", "" },
    { "negative", "FarUidValidity 17\nMaxPulledUid 3\n\n3 1 \n-1 4 \n", false, 17, 3, "", "" },
    { "empty", "", false, 0, 0, "", "" },
};

static void
test_state (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    IbImportMailbox *mailbox = ib_import_mailbox_new ("INBOX", 0);
    bool is_state = ib_mbsync_state_parse (states[row].text, mailbox);
    g_autofree char *done = uids_text (mailbox->done), *open = uids_text (mailbox->open);
    g_assert_true (is_state == states[row].is_state);
    g_assert_cmpuint (mailbox->uidvalidity, ==, states[row].uidvalidity);
    g_assert_cmpuint (mailbox->low_water, ==, states[row].low_water);
    if (is_state)
        g_assert_cmpstr (done, ==, states[row].done);
    if (is_state)
        g_assert_cmpstr (open, ==, states[row].open);
    ib_import_mailbox_free (mailbox);
}

#define LINE(name) name "\0" "1795645333\n"
static const struct {
    const char *name, *bytes;
    gsize length;
    bool is_imap;
    guint32 uidvalidity;
    const char *done, *uidls;
} olds[] = {
#define OLD(name, bytes, is_imap, uidvalidity, done, uidls) { name, bytes, sizeof bytes - 1, is_imap, uidvalidity, done, uidls }
    OLD ("imap", LINE ("17/6") LINE ("17/4") LINE ("17/10"), true, 17, "4,6,10", ""),
    OLD ("imap-renumbered", LINE ("16/900") LINE ("17/4") LINE ("16/901"), true, 17, "4", ""),
    OLD ("imap-odd", LINE ("17/") LINE ("/4") LINE ("17/x") LINE ("17/0") LINE ("17/4294967296") LINE ("17/5"), true, 17, "5", ""),
    OLD ("pop3", LINE ("1700000007.M6") LINE ("a/b c"), false, 0, "", "1700000007.M6 a/b c"),
    OLD ("pop3-no-time", "one\n" LINE ("two") LINE ("") "three", false, 0, "", "two"),
    OLD ("empty", "", false, 0, "", ""),
};

static void
test_old (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    IbImportMailbox *mailbox = ib_import_mailbox_new ("INBOX", 0);
    ib_getmail_state_parse (olds[row].bytes, olds[row].length, olds[row].is_imap, mailbox);
    g_autofree char *done = uids_text (mailbox->done);
    g_ptr_array_add (mailbox->uidls, NULL);
    g_autofree char *uidls = g_strjoinv (" ", (char **) mailbox->uidls->pdata);
    g_assert_cmpuint (mailbox->uidvalidity, ==, olds[row].uidvalidity);
    g_assert_cmpstr (done, ==, olds[row].done);
    g_assert_cmpstr (uidls, ==, olds[row].uidls);
    ib_import_mailbox_free (mailbox);
}

/* --- words ---------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *command, *secret;
    bool is_shell;
} commands[] = {
    { "plain", "pass show mail/work", "command:pass show mail/work", true },
    { "option", "secret-tool lookup --a=b c", "command:secret-tool lookup --a=b c", true },
    { "pipe", "gpg -d x | head -1", "command:sh -c 'gpg -d x | head -1'", true },
    { "quote", "gpg -d \"a b\"", "command:gpg -d \"a b\"", true },
    { "home", "cat ~/.secret", "command:sh -c 'cat ~/.secret'", true },
    { "variable", "X=y pass show a", "command:sh -c 'X=y pass show a'", true },
    { "apostrophe", "echo 'it''s' | cat", "command:sh -c 'echo '\\''it'\\'''\\''s'\\'' | cat'", true },
    { "no-shell", "/bin/x '$HOME|a'", "command:/bin/x '$HOME|a'", false },
    { "unclosed", "pass 'show", NULL, true },
    { "nothing", "", NULL, true },
};

static void
test_command (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (IbImport) import = ib_import_parse (ib_import_find ("mbsync"), "/home/anna", "x", "", 0, NULL);
    IbImported *imported = ib_import_add (import, "it", "it");
    ib_imported_take_command (imported, "PassCmd", commands[row].command, commands[row].is_shell);
    g_assert_cmpstr (ib_imported_get (imported, "account.secret"), ==, commands[row].secret);
    g_assert_cmpuint (imported->notes->len, ==, 1);
}

static const struct {
    const char *name, *proposed, *valid;
} names[] = {
    { "plain", "work", "work" },
    { "capitals", "Work", "work" },
    { "blanks", "  My work  account ", "my-work-account" },
    { "hidden", "...x", "x" },
    { "path", "../../etc/passwd", "etc-passwd" },
    { "address", "anna@example.org", "anna-example.org" },
    { "end", "work_-.", "work" },
    { "other-script", "почта", "account" },
    { "empty", "", "account" },
    { "long", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
};

static void
test_name (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (IbImport) import = ib_import_parse (ib_import_find ("mbsync"), "/home/anna", "x", "", 0, NULL);
    IbImported *imported = ib_import_add (import, "it", names[row].proposed);
    ib_imported_finish (imported);
    g_assert_cmpstr (imported->name, ==, names[row].valid);
    g_assert_nonnull (imported->refusal);
}

static const struct {
    const char *name, *user, *host, *address;
} addresses[] = {
    { "plain", "anna", "imap.example.org", "anna@example.org" },
    { "whole", "anna@example.org", "imap.other.example", "anna@example.org" },
    { "two-labels", "anna", "example.org", "anna@example.org" },
    { "other-service", "anna", "owa.example.org", "anna@owa.example.org" },
    { "capitals", "anna", "IMAP.example.org", "anna@example.org" },
    { "address-of-a-machine", "anna", "192.0.2.1", "anna@192.0.2.1" },
    { "domain-in-front", "CORP\\anna", "mail.corp.example", "anna@corp.example" },
    { "domain-behind", "anna%isp.example", "pop.isp.example", "anna@isp.example" },
    { "blank", "anna lee", "pop.isp.example", "anna_lee@isp.example" },
};

static void
test_address (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (IbImport) import = ib_import_parse (ib_import_find ("mbsync"), "/home/anna", "x", "", 0, NULL);
    IbImported *imported = ib_import_add (import, "it", "it");
    ib_imported_set (imported, "account.user", addresses[row].user);
    ib_imported_set (imported, "account.host", addresses[row].host);
    ib_imported_finish (imported);
    g_assert_cmpstr (ib_imported_get (imported, "account.address"), ==, addresses[row].address);
}

/* --- registering ----------------------------------------------------------------------------------------------------------- */

#define ADD_ROWS(rows, prefix, test)                                                                                         \
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {                                                                        \
        g_autofree char *path = g_strdup_printf ("/import/%s/%s", prefix, rows[i].name);                                     \
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test);                                                             \
    }

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (const char *const *format = ib_import_formats (); *format != NULL; format++)
        add_reports (*format);
    ADD_ROWS (states, "mbsync-state", test_state)
    ADD_ROWS (olds, "getmail-state", test_old)
    ADD_ROWS (commands, "command", test_command)
    ADD_ROWS (names, "name", test_name)
    ADD_ROWS (addresses, "address", test_address)
    return g_test_run ();
}
