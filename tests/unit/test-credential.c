/* Secrets from commands, files and systemd's credentials: the first line, or the reason why not. */
#include "credential.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define A100 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* --- asking -------------------------------------------------------------------------------------------------------------- */

typedef struct {
    GMainLoop *loop;
    IbSecret *secret;
    GError *error;
} Answer;

static void
answered (GObject *source, GAsyncResult *result, gpointer data)
{
    Answer *answer = data;
    answer->secret = ib_credential_obtain_finish (result, &answer->error);
    g_main_loop_quit (answer->loop);
}

static void
answer_clear (Answer *answer)
{
    g_clear_pointer (&answer->loop, g_main_loop_unref);
    g_clear_pointer (&answer->secret, ib_secret_unref);
    g_clear_error (&answer->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

/* The account is gone before the answer comes: it was copied. */
static void
ask (Answer *answer, IbSecretSource source, const char *value, guint limit_ms, GCancellable *cancellable)
{
    IbAccount account = { .name = (char *) "anna", .secret_source = source, .secret_value = (char *) value };
    answer->loop = g_main_loop_new (NULL, FALSE);
    answer->secret = NULL;
    answer->error = NULL;
    ib_credential_obtain_within (&account, limit_ms, cancellable, answered, answer);
    account.secret_value = NULL;
}

static void
wait_for (Answer *answer)
{
    g_main_loop_run (answer->loop);
}

static const char *
secret_of (const Answer *answer)
{
    return answer->secret != NULL ? ib_secret_peek (answer->secret, NULL) : NULL;
}

/* --- command: -------------------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *command, *secret, *error; } commands[] = {
    { "one-line",       "printf 'hunter2\\n'", "hunter2", NULL },
    { "no-line-end",    "printf hunter2", "hunter2", NULL },
    { "first-line",     "printf 'hunter2\\nuser: anna\\n'", "hunter2", NULL },
    { "crlf",           "printf 'hunter2\\r\\nx'", "hunter2", NULL },
    { "8-bit",          "printf '\\374 b\\n'", "\374 b", NULL },
    { "blanks-stay",    "printf ' a \\n'", " a ", NULL },
    { "long",           "sh -c 'head -c 65536 /dev/zero | tr \"\\0\" a'", NULL, NULL },
    { "much-behind",    "sh -c 'echo hunter2; yes | head -c 300000'", "hunter2", NULL },
    { "much-complaint", "sh -c 'yes | head -c 300000 >&2; echo hunter2'", "hunter2", NULL },
    { "no-shell",       "echo $HOME", "$HOME", NULL },
    { "stdin-is-empty", "sh -c 'read x; echo \"got<$x>\"'", "got<>", NULL },
    { "own-session",    "sh -c 'test $(cut -d\" \" -f6 /proc/self/stat) = $$ && echo own'", "own", NULL },
    { "left-behind",    "sh -c 'sleep 60 & echo $!'", NULL, NULL },
    { "empty",          "true", NULL, "true gave an empty first line, where the password should stand" },
    { "empty-line",     "printf '\\nhunter2\\n'", NULL,
      "printf gave an empty first line, where the password should stand" },
    { "too-long",       "sh -c 'head -c 65537 /dev/zero | tr \"\\0\" a'", NULL, "sh: The secret is too long" },
    { "nul",            "printf 'a\\0b\\n'", NULL,
      "printf: The secret holds a line end or a NUL byte, which no server takes" },
    { "fails-silently", "false", NULL, "false, which gives the password, ended with status 1" },
    { "fails-aloud",    "sh -c 'echo hunter2; echo \"gpg: no key\" >&2; echo \"gpg: sorry\" >&2; exit 3'", NULL,
      "sh, which gives the password, ended with status 3: \"gpg: no key gpg: sorry\"" },
    { "hostile-words",  "sh -c 'printf \"a\\033[31mb\\377\" >&2; exit 1'", NULL,
      "sh, which gives the password, ended with status 1: \"a\\x1b[31mb\\xff\"" },
    { "killed",         "sh -c 'kill -9 $$'", NULL, "sh, which gives the password, was ended by signal 9" },
    { "many-words",     "sh -c 'echo " A100 A100 A100 " >&2; exit 1'", NULL,
      "sh, which gives the password, ended with status 1: \"" A100 A100 "…\"" },
};

static void
asks_command (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_auto (Answer) answer;
    ask (&answer, IB_SECRET_COMMAND, commands[i].command, 20000, NULL);
    wait_for (&answer);

    if (commands[i].error != NULL)
        g_assert_error (answer.error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_NEEDS_YOU);
    else
        g_assert_no_error (answer.error);
    g_assert_cmpstr (answer.error != NULL ? answer.error->message : NULL, ==, commands[i].error);
    if (commands[i].secret != NULL || commands[i].error != NULL)
        g_assert_cmpstr (secret_of (&answer), ==, commands[i].secret);

    gsize length = 0;
    if (g_str_equal (commands[i].name, "long")) {
        ib_secret_peek (answer.secret, &length);
        g_assert_cmpuint (length, ==, 65536);
    }
    /* What it left behind holds the pipe, and lives on: it may be somebody's agent. */
    if (g_str_equal (commands[i].name, "left-behind"))
        g_assert_no_errno (kill (atoi (secret_of (&answer)), SIGKILL));
}

static void
command_not_found (void)
{
    g_auto (Answer) answer;
    ask (&answer, IB_SECRET_COMMAND, "no-such-program-here x", 20000, NULL);
    wait_for (&answer);
    g_assert_error (answer.error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_NEEDS_YOU);
    g_assert_true (g_str_has_prefix (answer.error->message, "the command that gives the password cannot be run: "));
    g_assert_nonnull (strstr (answer.error->message, "no-such-program-here"));
}

static char *
temporary_folder (void)
{
    g_autoptr (GError) error = NULL;
    char *folder = g_dir_make_tmp ("inbasket-XXXXXX", &error);
    g_assert_no_error (error);
    return folder;
}

/* Gone, or waiting for its parent's attention only. */
static bool
is_dead (int pid)
{
    g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
    g_autofree char *stat = NULL;
    if (!g_file_get_contents (path, &stat, NULL, NULL))
        return true;
    const char *state = strrchr (stat, ')');
    return state != NULL && (state[2] == 'Z' || state[2] == 'X');
}

/* A command that writes its child's process id to @path, and waits for it. */
static char *
hanging_command (const char *path)
{
    return g_strdup_printf ("sh -c 'sleep 600 & echo $! > %s.new; mv %s.new %s; wait'", path, path, path);
}

static void
assert_child_ends (const char *path)
{
    g_autofree char *text = NULL;
    g_autoptr (GError) error = NULL;
    g_assert_true (g_file_get_contents (path, &text, NULL, &error));
    gint64 until = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
    while (!is_dead (atoi (text)) && g_get_monotonic_time () < until)
        g_thread_yield ();
    g_assert_true (is_dead (atoi (text)));
}

static void
command_hangs (void)
{
    g_auto (Answer) answer;
    g_autofree char *folder = temporary_folder ();
    g_autofree char *path = g_build_filename (folder, "pid", NULL);
    g_autofree char *command = hanging_command (path);

    ask (&answer, IB_SECRET_COMMAND, command, 1500, NULL);
    wait_for (&answer);
    g_assert_error (answer.error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LATER);
    g_assert_cmpstr (answer.error->message, ==,
                     "sh, which gives the password, had not ended after 1.5 s and was stopped; "
                     "does it wait for a passphrase?");
    assert_child_ends (path);
    g_unlink (path);
    g_rmdir (folder);
}

static gboolean
cancel_when_there (gpointer data)
{
    gpointer *both = data;
    if (!g_file_test (both[1], G_FILE_TEST_EXISTS))
        return G_SOURCE_CONTINUE;
    g_cancellable_cancel (both[0]);
    return G_SOURCE_REMOVE;
}

static void
command_is_cancelled (void)
{
    g_auto (Answer) answer;
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autofree char *folder = temporary_folder ();
    g_autofree char *path = g_build_filename (folder, "pid", NULL);
    g_autofree char *command = hanging_command (path);
    gpointer both[] = { cancellable, path };

    ask (&answer, IB_SECRET_COMMAND, command, 60000, cancellable);
    g_timeout_add (5, cancel_when_there, both);
    wait_for (&answer);
    g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    assert_child_ends (path);
    g_unlink (path);
    g_rmdir (folder);
}

/* --- file: ----------------------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *text; int mode, folder_mode; const char *secret, *error; } files[] = {
    { "good",            "hunter2\nnotes\n", 0600, 0700, "hunter2", NULL },
    { "read-only",       "hunter2",          0400, 0500, "hunter2", NULL },
    { "group-may-read",  "hunter2\n",        0640, 0700, NULL,
      "TOP/secret can be read by others; do “chmod 600 TOP/secret”" },
    { "all-may-read",    "hunter2\n",        0604, 0700, NULL,
      "TOP/secret can be read by others; do “chmod 600 TOP/secret”" },
    { "folder-is-open",  "hunter2\n",        0600, 0755, NULL, "TOP can be entered by others; do “chmod 700 TOP”" },
    { "empty",           "",                 0600, 0700, NULL,
      "TOP/secret gave an empty first line, where the password should stand" },
    { "missing",         NULL,               0,    0700, NULL,
      "TOP/secret, where the password should be, cannot be opened: No such file or directory" },
};

static char *
without_folder (const char *folder, const char *message)
{
    g_auto (GStrv) parts = g_strsplit (message != NULL ? message : "", folder, -1);
    return g_strjoinv ("TOP", parts);
}

static void
asks_file (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_auto (Answer) answer;
    g_autofree char *folder = temporary_folder ();
    g_autofree char *path = g_build_filename (folder, "secret", NULL);
    if (files[i].text != NULL) {
        g_assert_true (g_file_set_contents (path, files[i].text, -1, NULL));
        g_assert_no_errno (g_chmod (path, files[i].mode));
    }
    g_assert_no_errno (g_chmod (folder, files[i].folder_mode));

    ask (&answer, IB_SECRET_FILE, path, 1000, NULL);
    wait_for (&answer);
    g_assert_cmpstr (secret_of (&answer), ==, files[i].secret);
    g_autofree char *message = without_folder (folder, answer.error != NULL ? answer.error->message : NULL);
    g_assert_cmpstr (message, ==, files[i].error != NULL ? files[i].error : "");
    if (files[i].error != NULL)
        g_assert_error (answer.error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_NEEDS_YOU);

    g_assert_no_errno (g_chmod (folder, 0700));
    g_unlink (path);
    g_assert_no_errno (g_rmdir (folder));
}

static void
odd_files (void)
{
    g_autofree char *folder = temporary_folder ();
    g_autofree char *real = g_build_filename (folder, "real", NULL);
    g_autofree char *link = g_build_filename (folder, "link", NULL);
    g_autofree char *fifo = g_build_filename (folder, "fifo", NULL);
    g_assert_true (g_file_set_contents_full (real, "hunter2", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    g_assert_no_errno (symlink ("real", link));
    g_assert_no_errno (mkfifo (fifo, 0600));

    const struct { const char *path, *error; } odd[] = {
        { link, "TOP/link, where the password should be, cannot be opened: it is a symbolic link" },
        { fifo, "TOP/fifo: not a file, so no password is read from it" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (odd); i++) {
        g_auto (Answer) answer;
        ask (&answer, IB_SECRET_FILE, odd[i].path, 1000, NULL);
        wait_for (&answer);
        g_assert_error (answer.error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_NEEDS_YOU);
        g_autofree char *message = without_folder (folder, answer.error->message);
        g_assert_cmpstr (message, ==, odd[i].error);
    }
    g_unlink (real);
    g_unlink (link);
    g_unlink (fifo);
    g_assert_no_errno (g_rmdir (folder));
}

/* A disk that breaks in the middle of it: half a password is none, and no server hears it. */
static void
cannot_be_read_to_its_end (void)
{
    int pair[2];
    g_autoptr (GError) error = NULL;
    g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    g_assert_cmpint (write (pair[0], "hunt", 4), ==, 4);
    g_assert_cmpint (write (pair[1], "x", 1), ==, 1); /* what nobody read is what resets it */
    close (pair[0]);

    g_autoptr (IbSecret) secret = ib_credential_read_line (pair[1], "TOP/secret", &error);
    close (pair[1]);
    g_assert_null (secret);
    g_assert_error (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_NEEDS_YOU);
    g_assert_cmpstr (error->message, ==, "TOP/secret, where the password should stand, cannot be read: Connection reset by peer");
}

/* --- credential:, keyring -------------------------------------------------------------------------------------------------- */

static void
asks_credential (void)
{
    g_auto (Answer) unset, missing, there;
    g_unsetenv ("CREDENTIALS_DIRECTORY");
    ask (&unset, IB_SECRET_CREDENTIAL, "anna", 1000, NULL);
    wait_for (&unset);
    g_assert_error (unset.error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_NEEDS_YOU);
    g_assert_cmpstr (unset.error->message, ==,
                     "credential:anna needs LoadCredential=anna:… in the service's unit; "
                     "$CREDENTIALS_DIRECTORY is not set here");

    g_autofree char *folder = temporary_folder ();
    g_autofree char *path = g_build_filename (folder, "anna", NULL);
    g_setenv ("CREDENTIALS_DIRECTORY", folder, TRUE);
    ask (&missing, IB_SECRET_CREDENTIAL, "anna", 1000, NULL);
    wait_for (&missing);
    g_assert_cmpstr (missing.error->message, ==,
                     "credential:anna cannot be opened: No such file or directory; does the service's unit load it?");

    g_assert_true (g_file_set_contents (path, "hunter2\n", -1, NULL));
    ask (&there, IB_SECRET_CREDENTIAL, "anna", 1000, NULL);
    wait_for (&there);
    g_assert_cmpstr (secret_of (&there), ==, "hunter2");
    g_unsetenv ("CREDENTIALS_DIRECTORY");
    g_unlink (path);
    g_assert_no_errno (g_rmdir (folder));
}

/* Without a session bus; a real keyring is asked in tests/integration/test_keyring.py. */
static void
asks_keyring (void)
{
    g_auto (Answer) answer;
    g_autoptr (GError) error = NULL;
    g_autoptr (IbSecret) secret = ib_secret_new ("hunter2", 7, NULL);
    IbAccount account = { .name = (char *) "anna", .address = (char *) "a@b", .secret_source = IB_SECRET_KEYRING };
    bool was_there;

    ask (&answer, IB_SECRET_KEYRING, "", 1000, NULL);
    wait_for (&answer);
    g_assert_error (answer.error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LOCKED);
    g_assert_true (g_str_has_prefix (answer.error->message, "There is no keyring in this session"));
    g_assert_false (ib_credential_has_kept (&account));
    g_assert_false (ib_credential_can_store (&account, NULL));
    g_assert_false (ib_credential_store (&account, secret, &error));
    g_assert_error (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LOCKED);
    g_clear_error (&error);
    g_assert_false (ib_credential_forget (&account, &was_there, &error));
    g_assert_error (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LOCKED);
}

/* --- keeping ----------------------------------------------------------------------------------------------------------------- */

static void
keeps_in_file (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *top = temporary_folder ();
    g_autofree char *folder = g_build_filename (top, "secrets", NULL);
    g_autofree char *path = g_build_filename (folder, "anna", NULL);
    IbAccount account = { .secret_source = IB_SECRET_FILE, .secret_value = path };
    g_autoptr (IbSecret) secret = ib_secret_new ("hunter2", 7, NULL);

    g_assert_true (ib_credential_store (&account, secret, &error));
    g_assert_no_error (error);
    GStatBuf st;
    g_assert_no_errno (g_stat (path, &st));
    g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
    g_assert_no_errno (g_stat (folder, &st));
    g_assert_cmpuint (st.st_mode & 07777, ==, 0700);

    g_auto (Answer) answer;
    ask (&answer, IB_SECRET_FILE, path, 1000, NULL);
    wait_for (&answer);
    g_assert_cmpstr (secret_of (&answer), ==, "hunter2");

    /* Into an open folder nothing is written. */
    g_assert_no_errno (g_unlink (path));
    g_assert_no_errno (g_chmod (folder, 0755));
    g_assert_false (ib_credential_store (&account, secret, &error));
    g_assert_error (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_NEEDS_YOU);
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    g_assert_no_errno (g_rmdir (folder));
    g_assert_no_errno (g_rmdir (top));
}

static const struct { const char *name; IbSecretSource source; const char *error; } unkept[] = {
    { "command", IB_SECRET_COMMAND,
      "secret=command: only reads a password; keep it with the program that the command asks" },
    { "credential", IB_SECRET_CREDENTIAL,
      "secret=credential: only reads a password; keep it where the service's unit loads it from" },
};

static void
keeps_nowhere_else (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbSecret) secret = ib_secret_new ("hunter2", 7, NULL);
    IbAccount account = { .secret_source = unkept[i].source, .secret_value = (char *) "x" };
    g_assert_false (ib_credential_store (&account, secret, &error));
    g_assert_error (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_NEEDS_YOU);
    g_assert_cmpstr (error->message, ==, unkept[i].error);
}

static void
add_rows (const char *group, gsize n, const char *const *first_name, gsize stride, GTestDataFunc test)
{
    for (gsize i = 0; i < n; i++) {
        const char *name = *(const char *const *) ((const char *) first_name + i * stride);
        g_autofree char *path = g_strdup_printf ("/credential/%s/%s", group, name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test);
    }
}
#define ADD_ROWS(group, rows, test) add_rows (group, G_N_ELEMENTS (rows), &rows[0].name, sizeof rows[0], test)

int
main (int argc, char **argv)
{
    g_setenv ("LC_ALL", "C.UTF-8", TRUE);
    /* Nobody's own keyring is asked by a test. */
    g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
    g_test_init (&argc, &argv, NULL);
    ADD_ROWS ("command", commands, asks_command);
    ADD_ROWS ("file", files, asks_file);
    ADD_ROWS ("unkept", unkept, keeps_nowhere_else);
    g_test_add_func ("/credential/command-not-found", command_not_found);
    g_test_add_func ("/credential/command-hangs", command_hangs);
    g_test_add_func ("/credential/command-is-cancelled", command_is_cancelled);
    g_test_add_func ("/credential/odd-files", odd_files);
    g_test_add_func ("/credential/cannot-be-read-to-its-end", cannot_be_read_to_its_end);
    g_test_add_func ("/credential/credential", asks_credential);
    g_test_add_func ("/credential/keyring", asks_keyring);
    g_test_add_func ("/credential/keeps-in-file", keeps_in_file);
    return g_test_run ();
}
