/* credential.c - where an account's secret comes from */
#include "credential.h"
#include "credential-keyring.h"
#include "escape.h"
#include "face.h"
#include "online-accounts.h"
#include "run-command.h"
#include "server-limits.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK (ib-credential-error-quark, ib_credential_error)

static void G_GNUC_PRINTF (2, 3) needs_you (GError **error, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    if (error != NULL)
        *error = g_error_new_valist (IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_NEEDS_YOU, format, arguments);
    va_end (arguments);
}

/* --- the first line -------------------------------------------------------------------------------------------------- */

/* Gathers up to the first line end; what follows is let go. Wiped when done. */
typedef struct {
    char bytes[IB_LIMIT_SECRET_BYTES
               + 2]; /* one more than a secret may have, so that too long shows; and a CR */
    gsize length;
    bool is_whole;
} FirstLine;

static void
first_line_free (FirstLine *line)
{
    ib_secret_wipe (line, sizeof *line);
    g_free (line);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FirstLine, first_line_free)

static void
first_line_add (FirstLine *line, const char *bytes, gsize length)
{
    const char *end = memchr (bytes, '\n', length);
    gsize wanted = end != NULL ? (gsize) (end - bytes) : length;
    if (line->is_whole)
        return;
    wanted = MIN (wanted, sizeof line->bytes - line->length);
    memcpy (line->bytes + line->length, bytes, wanted);
    line->length += wanted;
    line->is_whole = end != NULL;
}

/* @whose: "command pass", for the error. */
static IbSecret *
first_line_to_secret (FirstLine *line, const char *whose, GError **error)
{
    g_autoptr (GError) why = NULL;
    if (line->length > 0 && line->bytes[line->length - 1] == '\r')
        line->length--;
    if (line->length == 0) {
        needs_you (error, _ ("%s gave an empty first line, where the password should stand"), whose);
        return NULL;
    }
    IbSecret *secret = ib_secret_new (line->bytes, line->length, &why);
    if (secret == NULL)
        needs_you (error, "%s: %s", whose, why->message);
    return secret;
}

/* Reads a byte; 0 at the end, -1 and errno if it cannot be read. */
static gssize
read_byte (int fd, FirstLine *line)
{
    char byte;
    gssize length;
    do
        length = read (fd, &byte, 1);
    while (length < 0 && errno == EINTR);

    if (length == 1)
        first_line_add (line, &byte, 1);
    ib_secret_wipe (&byte, sizeof byte);
    return length;
}

/* --- command: ---------------------------------------------------------------------------------------------------------- */

static void
take_line (gpointer into, const char *bytes, gsize length)
{
    first_line_add (into, bytes, length);
}

/* @shown: the program's name, for people. */
static bool
check_success (const IbRunResult *result, const char *shown, GError **error)
{
    if (!result->was_signalled && result->status == 0)
        return true;

    g_autofree char *how = g_strdup_printf (
        result->was_signalled ? _ ("was ended by signal %d") : _ ("ended with status %d"), result->status);
    g_strdelimit (g_strstrip (result->complaint), "\r\n", ' ');
    g_autofree char *words = ib_escape_server_text (result->complaint, -1);
    needs_you (error,
               *words != '\0' ? _ ("%s, which gives the password, %s: \"%s\"")
                              : _ ("%s, which gives the password, %s%s"),
               shown, how, words);
    return false;
}

/* What ib_run_command () failed for, in this module's terms. */
static void
tell_failed_run (const GError *why, const char *shown, guint limit_ms, GError **error)
{
    if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) {
        g_set_error (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LATER,
                     _ ("%s, which gives the password, had not ended after %.3g s and was stopped; "
                        "does it wait for a passphrase?"),
                     shown, limit_ms / 1000.0);
    } else if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                             _ ("The password is not wanted any more"));
    } else {
        g_autofree char *words = ib_escape_server_text (why->message, -1);
        needs_you (error, _ ("the command that gives the password cannot be run: %s"), words);
    }
}

static IbSecret *
obtain_from_command (const char *command_line, guint limit_ms, GCancellable *cancellable, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_auto (GStrv) argv = NULL;
    if (!g_shell_parse_argv (command_line, NULL, &argv, &why)) {
        tell_failed_run (why, "", limit_ms, error);
        return NULL;
    }

    g_autofree char *shown = g_path_get_basename (argv[0]);
    g_autoptr (FirstLine) line = g_new0 (FirstLine, 1);
    const IbRunTerms terms = { .limit_ms = limit_ms, .take = take_line, .into = line };
    IbRunResult result;
    if (!ib_run_command ((const char *const *) argv, &terms, cancellable, &result, &why)) {
        tell_failed_run (why, shown, limit_ms, error);
        return NULL;
    }
    bool is_good = check_success (&result, shown, error);
    g_free (result.complaint);
    return is_good ? first_line_to_secret (line, shown, error) : NULL;
}

/* --- files --------------------------------------------------------------------------------------------------------------- */

IbSecret *
ib_credential_read_line (int fd, const char *whose, GError **error)
{
    g_autoptr (FirstLine) line = g_new0 (FirstLine, 1);
    gssize length = 1;
    while (!line->is_whole && line->length < sizeof line->bytes && length > 0)
        length = read_byte (fd, line); /* byte by byte: the line behind it may be the next one's */
    if (length < 0) {
        needs_you (error, _ ("%s, where the password should stand, cannot be read: %s"), whose, g_strerror (errno));
        return NULL;
    }
    return first_line_to_secret (line, whose, error);
}

/* Nobody but us may read, or could have put another file there. */
static bool
check_private (int fd, const char *path, bool is_folder, GError **error)
{
    struct stat st;
    if (fstat (fd, &st) != 0)
        needs_you (error, "%s: %s", path, g_strerror (errno));
    else if (!is_folder && !S_ISREG (st.st_mode))
        needs_you (error, _ ("%s: not a file, so no password is read from it"), path);
    else if (st.st_uid != geteuid ())
        needs_you (error,
                   _ ("%s belongs to another user; the password must be in a file and folder of your own"),
                   path);
    else if ((st.st_mode & 077) != 0 && is_folder)
        needs_you (error, _ ("%s can be entered by others; do “chmod 700 %s”"), path, path);
    else if ((st.st_mode & 077) != 0)
        needs_you (error, _ ("%s can be read by others; do “chmod 600 %s”"), path, path);
    else
        return true;
    return false;
}

/* The folder that @path is in, if it is private; else -1. */
static int
open_private_folder (const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname (path);
    int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        needs_you (error, _ ("%s, where the password should be, cannot be opened: %s"), folder,
                   g_strerror (errno));
        return -1;
    }
    if (!check_private (fd, folder, true, error)) {
        close (fd);
        return -1;
    }
    return fd;
}

static IbSecret *
obtain_from_file (const char *path, GError **error)
{
    g_autofree char *base = g_path_get_basename (path);
    int folder = open_private_folder (path, error);
    if (folder < 0)
        return NULL;

    int fd = openat (folder, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int why = errno;
    close (folder);
    if (fd < 0) {
        needs_you (error, _ ("%s, where the password should be, cannot be opened: %s"), path,
                   why == ELOOP ? _ ("it is a symbolic link") : g_strerror (why));
        return NULL;
    }
    IbSecret *secret
        = check_private (fd, path, false, error) ? ib_credential_read_line (fd, path, error) : NULL;
    close (fd);
    return secret;
}

/* systemd has checked and protected what is there. */
static IbSecret *
obtain_from_credential (const char *name, GError **error)
{
    const char *folder = g_getenv ("CREDENTIALS_DIRECTORY");
    if (folder == NULL) {
        needs_you (
            error,
            ib_face_words (
                _ ("credential:%s needs LoadCredential=%s:… in the service's unit; "
                   "$CREDENTIALS_DIRECTORY is not set here"),
                _ ("The credential %s is only there for the service, whose unit needs LoadCredential=%s:… for it: it "
                   "cannot be tried from here")),
            name, name);
        return NULL;
    }
    g_autofree char *path = g_build_filename (folder, name, NULL);
    int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        needs_you (
            error,
            ib_face_words (_ ("credential:%s cannot be opened: %s; does the service's unit load it?"),
                           _ ("The credential %s cannot be opened: %s; does the service's unit load it?")),
            name, g_strerror (errno));
        return NULL;
    }
    IbSecret *secret = ib_credential_read_line (fd, path, error);
    close (fd);
    return secret;
}

/* --- the door ------------------------------------------------------------------------------------------------------------- */

static IbSecret *
obtain (const IbAccount *account, guint limit_ms, GCancellable *cancellable, GError **error)
{
    switch (account->secret_source) {
    case IB_SECRET_KEYRING:
        return ib_credential_keyring_obtain (account, cancellable, error);
    case IB_SECRET_COMMAND:
        return obtain_from_command (account->secret_value, limit_ms, cancellable, error);
    case IB_SECRET_CREDENTIAL:
        return obtain_from_credential (account->secret_value, error);
    case IB_SECRET_FILE:
        return obtain_from_file (account->secret_value, error);
    case IB_SECRET_GOA:
        return ib_online_accounts_obtain (account->secret_value, account->auth == IB_AUTH_OAUTH2, cancellable,
                                          error);
    }
    g_assert_not_reached ();
}

typedef struct {
    IbAccount *account;
    guint limit_ms;
    IbSecret *secret; /* to be kept; NULL: one is asked for */
} Request;

static void
request_free (gpointer data)
{
    Request *request = data;
    ib_account_free (request->account);
    ib_secret_unref (request->secret);
    g_free (request);
}

/* A thread of its own: a file may lie on a network, and a command is waited for. */
static void
obtain_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Request *request = data;
    GError *error = NULL;
    IbSecret *secret = obtain (request->account, request->limit_ms, cancellable, &error);
    if (secret != NULL)
        g_task_return_pointer (task, secret, (GDestroyNotify) ib_secret_unref);
    else
        g_task_return_error (task, error);
}

void
ib_credential_obtain_within (const IbAccount *account, guint limit_ms, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
    Request *request = g_new0 (Request, 1);
    request->account = ib_account_copy (account);
    request->limit_ms = limit_ms;

    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    g_task_set_source_tag (task, ib_credential_obtain_within);
    g_task_set_task_data (task, request, request_free);
    g_task_run_in_thread (task, obtain_in_thread);
}

void
ib_credential_obtain (const IbAccount *account, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
    ib_credential_obtain_within (account, IB_LIMIT_SECRET_COMMAND_MS, cancellable, callback, user_data);
}

IbSecret *
ib_credential_obtain_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- keeping ---------------------------------------------------------------------------------------------------------------- */

bool
ib_credential_can_store (const IbAccount *account, GError **error)
{
    switch (account->secret_source) {
    case IB_SECRET_KEYRING:
        return ib_credential_keyring_is_there (error);
    case IB_SECRET_COMMAND:
        needs_you (
            error,
            ib_face_words (
                _ ("secret=command: only reads a password; keep it with the program that the command asks"),
                _ ("A command only prints a password; keep it with the program that the command asks")));
        return false;
    case IB_SECRET_CREDENTIAL:
        needs_you (
            error,
            ib_face_words (
                _ ("secret=credential: only reads a password; keep it where the service's unit loads it from"),
                _ ("A credential is only read; keep it where the service's unit loads it from")));
        return false;
    case IB_SECRET_FILE:
        return true;
    case IB_SECRET_GOA:
        needs_you (error,
                   ib_face_words (
                       _ ("secret=goa: only reads a password; sign in in GNOME's settings, Online Accounts"),
                       _ ("GNOME keeps this password; sign in in its settings, under Online Accounts")));
        return false;
    }
    g_assert_not_reached ();
}

static bool
store_in_file (const char *path, const IbSecret *secret, GError **error)
{
    g_autofree char *folder = g_path_get_dirname (path);
    if (g_mkdir_with_parents (folder, 0700) != 0) {
        needs_you (error, _ ("%s cannot be made: %s"), folder, g_strerror (errno));
        return false;
    }
    int fd = open_private_folder (path, error);
    if (fd < 0)
        return false;
    close (fd);

    gsize length;
    const char *bytes = ib_secret_peek (secret, &length);
    g_autoptr (GError) why = NULL;
    if (!g_file_set_contents_full (path, bytes, (gssize) length,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                   &why)) {
        needs_you (error, "%s", why->message);
        return false;
    }
    return true;
}

bool
ib_credential_keep (const IbAccount *account, const IbSecret *secret, GCancellable *cancellable,
                    bool *out_was_there, GError **error)
{
    *out_was_there = true;
    if (account->secret_source == IB_SECRET_KEYRING)
        return ib_credential_keyring_store (account, secret, cancellable, out_was_there, error);
    if (!ib_credential_can_store (account, error))
        return false;
    *out_was_there = g_file_test (account->secret_value, G_FILE_TEST_EXISTS);
    return store_in_file (account->secret_value, secret, error);
}

void
ib_credential_take_back (const IbAccount *account)
{
    if (account->secret_source == IB_SECRET_KEYRING)
        (void) ib_credential_keyring_take_back (account, NULL); /* then it stays, under its own name */
    else if (account->secret_source == IB_SECRET_FILE)
        (void) g_unlink (account->secret_value); /* or it is gone already */
}

bool
ib_credential_store (const IbAccount *account, const IbSecret *secret, GError **error)
{
    bool was_there;
    return ib_credential_keep (account, secret, NULL, &was_there, error);
}

static void
renew_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Request *request = data;
    const IbAccount *account = request->account;
    GError *error = NULL;
    bool is_kept = account->secret_source == IB_SECRET_KEYRING
                       ? ib_credential_keyring_renew (account, request->secret, &error)
                       : ib_credential_can_store (account, &error)
                             && store_in_file (account->secret_value, request->secret, &error);
    if (is_kept)
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

void
ib_credential_renew (const IbAccount *account, IbSecret *secret, GAsyncReadyCallback callback,
                     gpointer user_data)
{
    Request *request = g_new0 (Request, 1);
    request->account = ib_account_copy (account);
    request->secret = ib_secret_ref (secret);
    g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
    g_task_set_source_tag (task, ib_credential_renew);
    g_task_set_task_data (task, request, request_free);
    g_task_run_in_thread (task, renew_in_thread);
}

bool
ib_credential_renew_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}

bool
ib_credential_forget (const IbAccount *account, bool *out_was_there, GError **error)
{
    return ib_credential_keyring_forget (account, out_was_there, error);
}

bool
ib_credential_claim (const IbAccount *account, const IbAccount *former, GError **error)
{
    const IbAccount *holder = former != NULL ? former : account;
    return holder->secret_source != IB_SECRET_KEYRING || ib_credential_keyring_claim (holder, former, error);
}

static void
settle_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Request *request = data;
    (void) ib_credential_keyring_settle (request->account, NULL); /* what stays is given to nobody else */
    g_task_return_boolean (task, TRUE);
}

bool
ib_credential_settle (const IbAccount *account, GAsyncReadyCallback done, gpointer user_data)
{
    if (account->secret_source != IB_SECRET_KEYRING || !ib_credential_keyring_has_leftovers (account))
        return false;
    Request *request = g_new0 (Request, 1);
    request->account = ib_account_copy (account);
    g_autoptr (GTask) task = g_task_new (NULL, NULL, done, user_data);
    g_task_set_source_tag (task, ib_credential_settle);
    g_task_set_task_data (task, request, request_free);
    g_task_run_in_thread (task, settle_in_thread);
    return true;
}

bool
ib_credential_has_kept (const IbAccount *account)
{
    bool has = false;
    return ib_credential_keyring_has (account, &has, NULL) && has;
}

bool
ib_credential_may_be_there (const IbAccount *account)
{
    return account->secret_source != IB_SECRET_KEYRING || ib_credential_keyring_may_have (account);
}

/* --- unlocking ------------------------------------------------------------------------------------------------- */

static void
unlock_on_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
    GError *error = NULL;
    if (ib_credential_keyring_unlock (task_data, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

void
ib_credential_unlock (const char *name, GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
    g_task_set_task_data (task, g_strdup (name), g_free);
    g_task_run_in_thread (task, unlock_on_thread);
}

bool
ib_credential_unlock_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}
