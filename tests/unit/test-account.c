/* What follows from an account's keys: name, port, age of mail, folder. */
#include "account.h"

#include <string.h>

static const struct { const char *name, *account; bool is_valid; } names[] = {
    { "plain",        "anna",      true },
    { "digit-first",  "1und1",     true },
    { "all-kinds",    "a.b_c-d9",  true },
    { "empty",        "",          false },
    { "dot-first",    ".anna",     false },
    { "dash-first",   "-anna",     false },
    { "upper-case",   "Anna",      false },
    { "slash",        "a/b",       false },
    { "blank",        "a b",       false },
    { "not-ascii",    "jörg",      false },
    { "64-long",      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true },
    { "65-long",      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
};

static void
knows_names (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_assert_cmpint (ib_account_name_is_valid (names[i].account), ==, names[i].is_valid);
}

static const struct { const char *name; IbProtocol protocol; IbSecurity security; guint16 set, port; } ports[] = {
    { "imap-tls",      IB_PROTOCOL_IMAP, IB_SECURITY_TLS,      0,  993 },
    { "imap-starttls", IB_PROTOCOL_IMAP, IB_SECURITY_STARTTLS, 0,  143 },
    { "imap-none",     IB_PROTOCOL_IMAP, IB_SECURITY_NONE,     0,  143 },
    { "pop3-tls",      IB_PROTOCOL_POP3, IB_SECURITY_TLS,      0,  995 },
    { "pop3-starttls", IB_PROTOCOL_POP3, IB_SECURITY_STARTTLS, 0,  110 },
    { "set",           IB_PROTOCOL_POP3, IB_SECURITY_TLS,      77, 77 },
};

static void
knows_ports (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    IbAccount account = { .protocol = ports[i].protocol, .security = ports[i].security, .port = ports[i].set };
    g_assert_cmpint (ib_account_port (&account), ==, ports[i].port);
}

static const struct { const char *name, *since; gint64 seconds; } sinces[] = {
    { "unset", "",           0 },
    { "days",  "30d",        2000000000 - 30 * 86400 },
    { "weeks", "2w",         2000000000 - 14 * 86400 },
    { "date",  "2026-01-31", 1769814000 },  /* begins at 23:00 UTC the day before, in Berlin */
};

static void
knows_since (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    IbAccount account = { .since = (char *) sinces[i].since };
    g_assert_cmpint (ib_account_since (&account, 2000000000), ==, sinces[i].seconds);
}

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct { const char *name, *folder, *server, *result; } folders[] = {
    { "unset",            "",         "Lists/foo",    "INBOX" },
    { "plain",            "Work",     "INBOX",        "Work" },
    { "account",          "At.%a",    "INBOX",        "At.anna_work" },
    { "server-folder",    "%f",       "Lists/foo",    "Lists.foo" },
    { "slash-in-ours",    "A/%f",     "b",            "A.b" },
    { "percent",          "100%%",    "x",            "100%" },
    { "out-of-maildir",   "%f",       "../../etc",    "_._._._._._.etc" },
    { "control",          "%f",       "a\x1b[31m\nb", "a_[31m_b" },
    { "bidi",             "%f",       "a\u202eb",     "a_b" },
    { "blank-ends",       "%f",       " a / b ",      "_a_._b_" },
    { "maildir-names",    "X.%f",     "cur/new/tmp",  "X.cur_.new_.tmp_" },
    { "empty",            "X.%f",     "",             "X._" },
    { "not-utf-8",        "%f",       "M\374ller",    "M\ufffdller" },
    { "decomposed",       "%f",       "u\u0308",      "\u00fc" },
    { "long",             "%f",       A50 A50 A50 A50 A50, A50 A50 A50 A50 },
    { "long-cut-at-blank", "%f",      A50 A50 A50 A50 " b", A50 A50 A50 A50 },
};

static void
expands_folder (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    IbAccount account = { .name = (char *) "anna.work", .folder = (char *) folders[i].folder };
    g_autofree char *result = ib_account_expand_folder (&account, folders[i].server);
    if (strlen (folders[i].result) < 200)
        g_assert_cmpstr (result, ==, folders[i].result);
    g_assert_cmpuint (strlen (result), <=, 200);
    g_assert_true (g_str_has_prefix (folders[i].result, result));
}

static void
add_rows (const char *group, gsize n, const char *const *first_name, gsize stride, GTestDataFunc test)
{
    for (gsize i = 0; i < n; i++) {
        const char *name = *(const char *const *) ((const char *) first_name + i * stride);
        g_autofree char *path = g_strdup_printf ("/account/%s/%s", group, name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test);
    }
}
#define ADD_ROWS(group, rows, test) add_rows (group, G_N_ELEMENTS (rows), &rows[0].name, sizeof rows[0], test)

int
main (int argc, char **argv)
{
    g_setenv ("TZ", "Europe/Berlin", TRUE);
    g_test_init (&argc, &argv, NULL);
    ADD_ROWS ("name", names, knows_names);
    ADD_ROWS ("port", ports, knows_ports);
    ADD_ROWS ("since", sinces, knows_since);
    ADD_ROWS ("folder", folders, expands_folder);
    return g_test_run ();
}
