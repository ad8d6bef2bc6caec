/* Whom a message speaks to: who has only seen the window is told of no key and no command. */
#include "face.h"
#include "account-file.h"
#include "credential.h"
#include "oauth2-clients.h"
#include "refusal.h"
#include "trust.h"

#include <string.h>

static char *
refused (const char *text)
{
    return g_strdup (ib_refusal_advice (text));
}

/* Of an account whose secret stands so, that a new one is to be kept. */
static char *
kept (const char *secret)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *text
        = g_strdup_printf ("[account]\naddress=anna@example.com\nhost=imap.example.com\nsecret=%s\n", secret);
    g_autoptr (IbAccount) account = ib_account_parse ("a.conf", text, strlen (text), &error);
    g_assert_no_error (error);
    g_assert_false (ib_credential_can_store (account, &error));
    return g_strdup (error->message);
}

static char *
unparsed (const char *lines)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *text = g_strdup_printf ("[account]\naddress=anna@example.com\n%s", lines);
    g_assert_null (ib_account_parse ("a.conf", text, strlen (text), &error));
    return g_strdup (error->message);
}

/* All ways in, of a server that nobody knows. */
static char *
doors (const char *unused)
{
    g_autoptr (GError) error = NULL;
    const char *const none[] = { NULL };
    const char *text = "[account]\naddress=anna@example.com\nhost=imap.example.com\n";
    g_autoptr (IbAccount) account = ib_account_parse ("a.conf", text, strlen (text), &error);
    g_autoptr (IbOAuth2Clients) clients = ib_oauth2_clients_load (none, &error);
    g_assert_no_error (error);
    g_autoptr (IbOAuth2Client) client = ib_oauth2_clients_find (clients, NULL, account);
    g_assert_false (ib_oauth2_clients_check (clients, client, NULL, account, &error));
    return g_strdup (error->message);
}

static char *
distrusted (const char *ca_file)
{
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_trust_new (ca_file, "", &error));
    return g_strdup (error->message);
}

static const struct {
    const char *name;
    char *(*say) (const char *data);
    const char *data;
    const char *for_files, *for_window; /* a part of each */
} messages[] = {
    { "browser-only", refused, "Basic authentication is disabled.", "(auth=oauth2)",
      "sign in with the browser" },
    { "another-way", refused, "Unsupported authentication mechanism.", "auth=oauth2", "take that" },
    { "a-command's", kept, "command:pass show mail", "secret=command:", "A command only prints" },
    { "a-credential's", kept, "credential:mail", "secret=credential:", "A credential is only read" },
    { "gnome's", kept, "goa:account_1", "secret=goa:", "GNOME keeps this password" },
    { "folders-of-pop3", unparsed, "protocol=pop3\nhost=pop.example.com\n[fetch]\nfolders=INBOX;Work\n",
      "protocol=imap", "choose IMAP" },
    { "host-with-port", unparsed, "host=imap.example.com:993\n", "port=", "a field of its own" },
    { "ways-in", doors, NULL, "secret=command:", "or a program that gives access tokens, like" },
    { "authority", distrusted, "/nowhere/ca.pem", "ca-file=/nowhere/ca.pem",
      "own authority, /nowhere/ca.pem," },
};

/* The environment says which; who says both, says to each what a process of its own would. */
static void
speaks_to_both (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_unsetenv ("INBASKET_FACE");
    g_autofree char *for_files = messages[i].say (messages[i].data);
    g_assert_cmpint (ib_face_here (), ==, IB_FACE_FILES);
    g_assert_nonnull (strstr (for_files, messages[i].for_files));

    ib_face_be (IB_FACE_WINDOW);
    g_autofree char *for_window = messages[i].say (messages[i].data);
    g_assert_cmpint (ib_face_here (), ==, IB_FACE_WINDOW);
    g_assert_nonnull (strstr (for_window, messages[i].for_window));
    g_assert_null (strstr (for_window, messages[i].for_files));
    g_assert_null (strchr (for_window, '='));

    ib_face_be (IB_FACE_BOTH);
    g_autofree char *for_both = messages[i].say (messages[i].data);
    g_autofree char *read_by_files = ib_face_read (for_both, IB_FACE_FILES);
    g_autofree char *read_by_window = ib_face_read (for_both, IB_FACE_WINDOW);
    g_assert_cmpstr (read_by_files, ==, for_files);
    g_assert_cmpstr (read_by_window, ==, for_window);
}

/* F, W, E: for files, for the window, the end. */
static const struct {
    const char *name, *words, *for_files, *for_window;
} texts[] = {
    { "plain", "Look at it", "Look at it", "Look at it" },
    { "part", "Check Fuser=Wthe user nameE once more", "Check user= once more",
      "Check the user name once more" },
    { "two", "FaWAE, FbWBE", "a, b", "A, B" },
    { "inside-of-files", "Fa FxWXE bWAE", "a x b", "A" },
    { "inside-of-window", "FaWA FxWXE BE", "a", "A X B" },
    { "inside-of-both", "Fa FxWXEWA FxWXEE.", "a x.", "A X." },
    { "without-end", "FaWA", "a", "A" },
    { "without-window", "Fa", "a", "" },
    { "stray-end", "aEb", "aEb", "aEb" },
    { "stray-window", "aWb", "aWb", "aWb" },
    { "no-utf-8", "F\xffW\xfe" "E\xc3", "\xff\xc3", "\xfe\xc3" },
    { "empty", "FWE", "", "" },
};

static char *
with_marks (const char *text)
{
    GString *marked = g_string_new (NULL);
    for (const char *p = text; *p != '\0'; p++)
        switch (*p) {
        case 'F':
            g_string_append_unichar (marked, 0xFFF9);
            break;
        case 'W':
            g_string_append_unichar (marked, 0xFFFA);
            break;
        case 'E':
            g_string_append_unichar (marked, 0xFFFB);
            break;
        default:
            g_string_append_c (marked, *p);
        }
    return g_string_free (marked, FALSE);
}

static void
reads (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *words = with_marks (texts[i].words);
    g_autofree char *expected_for_files = with_marks (texts[i].for_files);
    g_autofree char *expected_for_window = with_marks (texts[i].for_window);
    g_autofree char *for_files = ib_face_read (words, IB_FACE_FILES);
    g_autofree char *for_window = ib_face_read (words, IB_FACE_WINDOW);
    g_autofree char *for_both = ib_face_read (words, IB_FACE_BOTH);
    g_assert_cmpstr (for_files, ==, expected_for_files);
    g_assert_cmpstr (for_window, ==, expected_for_window);
    g_assert_cmpstr (for_both, ==, words);
}

/* Each of the two takes the same values, however it asks for them. */
static void
takes_values_twice (void)
{
    ib_face_be (IB_FACE_BOTH);
    g_autofree char *by_turn
        = g_strdup_printf (ib_face_words ("%s has %05u of 100%% (%s)", "%s: %u%% %s"), "anna", 7u, "x");
    g_autofree char *by_number
        = g_strdup_printf (ib_face_words ("%1$s, “account %2$s”, %1$s", "%1$s or %2$s"), "anna", "work");
    g_autofree char *turn_for_files = ib_face_read (by_turn, IB_FACE_FILES);
    g_autofree char *turn_for_window = ib_face_read (by_turn, IB_FACE_WINDOW);
    g_autofree char *number_for_files = ib_face_read (by_number, IB_FACE_FILES);
    g_autofree char *number_for_window = ib_face_read (by_number, IB_FACE_WINDOW);
    g_assert_cmpstr (turn_for_files, ==, "anna has 00007 of 100% (x)");
    g_assert_cmpstr (turn_for_window, ==, "anna: 7% x");
    g_assert_cmpstr (number_for_files, ==, "anna, “account work”, anna");
    g_assert_cmpstr (number_for_window, ==, "anna or work");
}

static void
joins (void)
{
    static const struct {
        IbFace face;
        const char *for_files, *for_window;
    } faces[] = {
        { IB_FACE_FILES, "user=", "user=" },
        { IB_FACE_WINDOW, "the user name", "the user name" },
        { IB_FACE_BOTH, "user=", "the user name" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (faces); i++) {
        ib_face_be (faces[i].face);
        g_autofree char *words = ib_face_join ("user=", "the user name");
        g_autofree char *same = ib_face_join ("it", "it");
        g_autofree char *for_files = ib_face_read (words, IB_FACE_FILES);
        g_autofree char *for_window = ib_face_read (words, IB_FACE_WINDOW);
        g_assert_cmpstr (for_files, ==, faces[i].for_files);
        g_assert_cmpstr (for_window, ==, faces[i].for_window);
        g_assert_cmpstr (same, ==, "it");
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (messages); i++) {
        g_autofree char *path = g_strconcat ("/face/", messages[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), speaks_to_both);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autofree char *path = g_strconcat ("/face/read/", texts[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), reads);
    }
    g_test_add_func ("/face/values-twice", takes_values_twice);
    g_test_add_func ("/face/join", joins);
    return g_test_run ();
}
