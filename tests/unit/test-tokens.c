/* Access tokens as a service gets them: from a token endpoint of this program's own, with a clock of its own. */
#include "tokens.h"
#include "account-file.h"
#include "fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECOND G_GINT64_CONSTANT (1000000)

static gint64 clock_us;
static int lock_errno;

/* Stands before libc's. lock_errno: as on a file system that knows no locks. */
int
flock (int fd, int operation)
{
    if (lock_errno == 0)
        return (int) syscall (SYS_flock, fd, operation);
    errno = lock_errno;
    return -1;
}

static gint64
now_us (void)
{
    return clock_us;
}

/* --- the endpoint ---------------------------------------------------------------------------------------------- */

/* Each refresh gives the access token "access-N" and the refresh token "refresh-N+1", for "refresh-N" only. */
typedef struct {
    SoupServer *server;
    char *folder, *secret, *path;
    IbPaths *paths;
    IbAccount *account;
    IbTokens *tokens;
    GMainLoop *loop;

    guint asked, status; /* status 0: as it should be */
    const char *body;
    guint current, lifetime_s;
    bool keeps_one;      /* never another refresh token */
    bool repeats_one;    /* and yet it is in each answer */
    bool hides_lifetime;
} Ground;

static void
answer (SoupServerMessage *message, guint status, const char *body)
{
    soup_server_message_set_status (message, status, NULL);
    soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, body, strlen (body));
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
    Ground *ground = data;
    SoupMessageBody *sent = soup_server_message_get_request_body (message);
    g_autoptr (GBytes) bytes = soup_message_body_flatten (sent);
    g_autofree char *form = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
    g_autofree char *wanted = g_strdup_printf ("grant_type=refresh_token&refresh_token=refresh-%u&client_id=us",
                                               ground->current);
    ground->asked++;
    if (ground->status != 0) {
        answer (message, ground->status, ground->body);
    } else if (strcmp (form, wanted) != 0) {
        answer (message, 400, "{\"error\":\"invalid_grant\"}");
    } else {
        g_autofree char *life = ground->hides_lifetime ? g_strdup ("") : g_strdup_printf (",\"expires_in\":%u", ground->lifetime_s);
        g_autofree char *next = ground->keeps_one && !ground->repeats_one
                                     ? g_strdup ("")
                                     : g_strdup_printf (",\"refresh_token\":\"refresh-%u\"", ground->current + (ground->keeps_one ? 0 : 1));
        g_autofree char *body = g_strdup_printf ("{\"access_token\":\"access-%u\"%s%s}", ground->asked, life, next);
        ground->current += ground->keeps_one ? 0 : 1;
        answer (message, 200, body);
    }
}

static void
write_secret (const Ground *ground, const char *text)
{
    g_assert_true (g_file_set_contents_full (ground->path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static void
set_up (Ground *ground, const char *secret)
{
    g_autoptr (GError) error = NULL;
    *ground = (Ground){ .lifetime_s = 3600, .current = 1 };
    ground->server = soup_server_new (NULL, NULL);
    soup_server_add_handler (ground->server, NULL, on_request, ground, NULL);
    g_assert_true (soup_server_listen_local (ground->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
    GSList *uris = soup_server_get_uris (ground->server);
    int port = g_uri_get_port (uris->data);
    g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

    ground->folder = g_dir_make_tmp ("ib-tokens-XXXXXX", NULL);
    ground->path = g_build_filename (ground->folder, "token", NULL);
    write_secret (ground, "refresh-1");
    ground->secret = secret != NULL ? g_strdup (secret) : g_strconcat ("file:", ground->path, NULL);
    g_autofree char *text = g_strdup_printf (
        "[account]\naddress=anna@example.org\nhost=localhost\nauth=oauth2\nsecret=%s\noauth2-client-id=us\n"
        "oauth2-token-url=http://127.0.0.1:%d/token\n",
        ground->secret, port);
    ground->account = ib_account_parse ("work.conf", text, strlen (text), &error);
    g_assert_no_error (error);
    ground->paths = ib_paths_new (ground->folder);
    clock_us = 1000 * SECOND;
    ground->tokens = ib_tokens_new_with_clock (ground->paths, now_us);
    ground->loop = g_main_loop_new (NULL, FALSE);
}

static void
remove_all (const char *path)
{
    g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
    for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;) {
        g_autofree char *inner = g_build_filename (path, name, NULL);
        remove_all (inner);
    }
    (void) g_remove (path);
}

static void
tear_down (Ground *ground)
{
    ib_tokens_free (ground->tokens);
    ib_account_free (ground->account);
    ib_paths_free (ground->paths);
    g_main_loop_unref (ground->loop);
    soup_server_disconnect (ground->server);
    g_object_unref (ground->server);
    remove_all (ground->folder);
    g_free (ground->folder);
    g_free (ground->path);
    g_free (ground->secret);
}

/* --- asking ---------------------------------------------------------------------------------------------------- */

typedef struct {
    Ground *ground;
    char *token, *kept; /* what came, and what was in the file then */
    GError *error;
    guint left;
} Asked;

static void
on_token (GObject *source, GAsyncResult *result, gpointer data)
{
    Asked *asked = data;
    g_clear_error (&asked->error);
    g_clear_pointer (&asked->token, g_free);
    g_clear_pointer (&asked->kept, g_free);
    g_autoptr (IbSecret) token = ib_tokens_obtain_finish (result, &asked->error);
    asked->token = token != NULL ? g_strdup (ib_secret_peek (token, NULL)) : NULL;
    (void) g_file_get_contents (asked->ground->path, &asked->kept, NULL, NULL);
    if (--asked->left == 0)
        g_main_loop_quit (asked->ground->loop);
}

static void
ask (Asked *asked, Ground *ground, guint times)
{
    *asked = (Asked){ .ground = ground, .left = times };
    for (guint i = 0; i < times; i++)
        ib_tokens_obtain (ground->tokens, ground->account, NULL, on_token, asked);
    g_main_loop_run (ground->loop);
}

static void
asked_clear (Asked *asked)
{
    g_clear_error (&asked->error);
    g_free (asked->token);
    g_free (asked->kept);
}

/* @token NULL: @code says why not. */
static void
expect (Ground *ground, const char *token, IbFetchError code)
{
    Asked asked;
    ask (&asked, ground, 1);
    if (token != NULL)
        g_assert_no_error (asked.error);
    else
        g_assert_error (asked.error, IB_FETCH_ERROR, (int) code);
    g_assert_cmpstr (asked.token, ==, token);
    asked_clear (&asked);
}

#define ANY 0

/* --- tests ----------------------------------------------------------------------------------------------------- */

static void
new_refresh_token_is_kept_before_the_access_token_is_handed_out (void)
{
    Ground ground;
    Asked asked;
    set_up (&ground, NULL);
    ask (&asked, &ground, 1);
    g_assert_no_error (asked.error);
    g_assert_cmpstr (asked.token, ==, "access-1");
    g_assert_cmpstr (asked.kept, ==, "refresh-2");
    asked_clear (&asked);
    tear_down (&ground);
}

/* What the libraries beneath have of tokens is in no core dump. */
static void
process_leaves_no_dump (void)
{
    Ground ground;
    set_up (&ground, NULL);
    expect (&ground, "access-1", ANY);
    g_assert_cmpint (prctl (PR_GET_DUMPABLE), ==, IB_SANITIZED);
    tear_down (&ground);
}

static const struct { const char *name; bool is_repeated; } stays[] = {
    { "unsaid",   false },
    { "repeated", true },
};

static void
one_that_stays_is_not_written_again (gconstpointer data)
{
    Ground ground;
    set_up (&ground, NULL);
    ground.keeps_one = true;
    ground.repeats_one = stays[GPOINTER_TO_SIZE (data)].is_repeated;
    g_assert_cmpint (g_chmod (ground.path, 0400), ==, 0); /* writing makes it 0600 */
    expect (&ground, "access-1", ANY);
    GStatBuf st;
    g_assert_cmpint (g_stat (ground.path, &st), ==, 0);
    g_assert_cmpint (st.st_mode & 0777, ==, 0400);
    tear_down (&ground);
}

static const struct { const char *name; guint lifetime_s; bool is_hidden; guint after_s; bool is_renewed; } ages[] = {
    { "at-once",          3600, false, 0, false },
    { "soon",             3600, false, 3000, false },
    { "five-minutes",     3600, false, 3301, true },
    { "expired",          3600, false, 90000, true },
    { "short-life",       10, false, 7, false },
    { "short-life-ends",  10, false, 8, true },
    { "unsaid",           0, true, 400, false },
    { "unsaid-for-long",  0, true, 600, true },
};

static void
renews_in_time (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Ground ground;
    set_up (&ground, NULL);
    ground.lifetime_s = ages[i].lifetime_s;
    ground.hides_lifetime = ages[i].is_hidden;
    expect (&ground, "access-1", ANY);
    clock_us += ages[i].after_s * SECOND;
    expect (&ground, ages[i].is_renewed ? "access-2" : "access-1", ANY);
    tear_down (&ground);
}

static void
many_ask_and_one_goes (void)
{
    Ground ground;
    Asked asked;
    set_up (&ground, NULL);
    ask (&asked, &ground, 5);
    g_assert_cmpstr (asked.token, ==, "access-1");
    g_assert_cmpuint (ground.asked, ==, 1);
    asked_clear (&asked);
    tear_down (&ground);
}

static void
refused_token_is_replaced (void)
{
    Ground ground;
    set_up (&ground, NULL);
    expect (&ground, "access-1", ANY);
    g_assert_true (ib_tokens_refused (ground.tokens, ground.account));
    expect (&ground, "access-2", ANY);
    tear_down (&ground);
}

static void
dead_token_is_shown_once (void)
{
    Ground ground;
    set_up (&ground, NULL);
    write_secret (&ground, "refresh-0");
    expect (&ground, NULL, IB_FETCH_ERROR_SIGN_IN);
    clock_us += 90000 * SECOND;
    expect (&ground, NULL, IB_FETCH_ERROR_SIGN_IN);
    g_assert_cmpuint (ground.asked, ==, 1);
    write_secret (&ground, "refresh-1"); /* signed in again */
    expect (&ground, "access-2", ANY);
    tear_down (&ground);
}

static const struct { const char *name; guint status; const char *body; IbFetchError code; bool is_passing; } faults[] = {
    { "503",           503, "", IB_FETCH_ERROR_BUSY, true },
    { "429",           429, "{\"error\":\"slow_down\"}", IB_FETCH_ERROR_BUSY, true },
    { "nonsense",      200, "<html>", IB_FETCH_ERROR_BUSY, true },
    { "invalid-grant", 400, "{\"error\":\"invalid_grant\"}", IB_FETCH_ERROR_SIGN_IN, false },
    { "wrong-client",  401, "{\"error\":\"invalid_client\"}", IB_FETCH_ERROR_SIGN_IN, false },
};

/* A passing fault never costs the token, and has the provider left in peace for a while, then for longer. */
static void
survives_fault (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Ground ground;
    set_up (&ground, NULL);
    ground.status = faults[i].status;
    ground.body = faults[i].body;
    expect (&ground, NULL, faults[i].code);
    if (faults[i].is_passing) {
        expect (&ground, NULL, faults[i].code);
        g_assert_cmpuint (ground.asked, ==, 1);
        clock_us += 16 * SECOND;
        expect (&ground, NULL, faults[i].code);
        g_assert_cmpuint (ground.asked, ==, 2);
        clock_us += 16 * SECOND;
        expect (&ground, NULL, faults[i].code);
        g_assert_cmpuint (ground.asked, ==, 2);
        clock_us += 16 * SECOND;
        ground.status = 0;
        expect (&ground, "access-3", ANY);

        clock_us += 4000 * SECOND; /* and again: the first pause is the first one */
        ground.status = faults[i].status;
        expect (&ground, NULL, faults[i].code);
        clock_us += 16 * SECOND;
        ground.status = 0;
        expect (&ground, "access-5", ANY);
    }
    tear_down (&ground);
}

/* A quarter of an hour at most, however long it is out of order. */
static void
longest_pause_is_a_quarter_of_an_hour (void)
{
    Ground ground;
    set_up (&ground, NULL);
    ground.status = 503;
    ground.body = "";
    for (guint asked = 1; asked <= 12; asked++) {
        expect (&ground, NULL, IB_FETCH_ERROR_BUSY);
        g_assert_cmpuint (ground.asked, ==, asked);
        clock_us += 901 * SECOND;
    }
    tear_down (&ground);
}

static void
unreachable_provider_is_no_reason_to_sign_in (void)
{
    Ground ground;
    set_up (&ground, NULL);
    soup_server_disconnect (ground.server);
    expect (&ground, NULL, IB_FETCH_ERROR_OFFLINE);
    tear_down (&ground);
}

/* The folder is not what it must be: the new token stays in memory. */
static void
have_one_that_cannot_be_kept (Ground *ground)
{
    Asked asked;
    expect (ground, "access-1", ANY);
    clock_us += 4000 * SECOND;

    /* Between reading and writing: the endpoint is asked while the folder is private, and answers when it is not. */
    ib_tokens_obtain (ground->tokens, ground->account, NULL, on_token, (asked = (Asked){ .ground = ground, .left = 1 }, &asked));
    while (ground->asked < 2)
        g_main_context_iteration (NULL, TRUE);
    g_assert_cmpint (g_chmod (ground->folder, 0755), ==, 0);
    g_main_loop_run (ground->loop);
    g_assert_error (asked.error, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN);
    asked_clear (&asked);
    expect (ground, NULL, IB_FETCH_ERROR_SIGN_IN);
    g_assert_cmpuint (ground->asked, ==, 2);
    g_assert_cmpint (g_chmod (ground->folder, 0700), ==, 0);
}

/* It is kept before anything else happens. */
static void
token_that_cannot_be_kept_is_held (void)
{
    Ground ground;
    Asked asked;
    set_up (&ground, NULL);
    have_one_that_cannot_be_kept (&ground);
    ask (&asked, &ground, 1);
    g_assert_cmpstr (asked.token, ==, "access-2");
    g_assert_cmpstr (asked.kept, ==, "refresh-3");
    g_assert_cmpuint (ground.asked, ==, 2);
    asked_clear (&asked);
    tear_down (&ground);
}

/* Nobody asks any more, and it would die with this process. */
static void
token_that_could_not_be_kept_is_at_the_end (void)
{
    Ground ground;
    set_up (&ground, NULL);
    have_one_that_cannot_be_kept (&ground);
    g_clear_pointer (&ground.tokens, ib_tokens_free);
    g_autofree char *kept = NULL;
    g_assert_true (g_file_get_contents (ground.path, &kept, NULL, NULL));
    g_assert_cmpstr (kept, ==, "refresh-3");
    tear_down (&ground);
}

static gboolean
let_go (gpointer data)
{
    int lock = GPOINTER_TO_INT (data);
    g_assert_cmpint (flock (lock, LOCK_UN), ==, 0);
    return G_SOURCE_REMOVE;
}

/* As another process has it. */
static int
take_lock (const Ground *ground)
{
    g_autofree char *folder = g_build_filename (ground->paths->cache, "tokens", NULL);
    g_autofree char *path = g_build_filename (folder, "work.lock", NULL);
    g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
    int lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint (flock (lock, LOCK_EX), ==, 0);
    return lock;
}

/* Another process has the lock, and puts a newer token there before it lets go. */
static void
waits_for_another_process (void)
{
    Ground ground;
    set_up (&ground, NULL);
    int lock = take_lock (&ground);

    Asked asked = { .ground = &ground, .left = 1 };
    ib_tokens_obtain (ground.tokens, ground.account, NULL, on_token, &asked);
    g_assert_cmpuint (ground.asked, ==, 0);
    ground.current = 7;
    write_secret (&ground, "refresh-7");
    (void) g_idle_add (let_go, GINT_TO_POINTER (lock));
    g_main_loop_run (ground.loop);
    g_assert_no_error (asked.error);
    g_assert_cmpstr (asked.kept, ==, "refresh-8");
    asked_clear (&asked);
    close (lock);
    tear_down (&ground);
}

/* One that is stopped, in a terminal perhaps, keeps its lock for as long as it is. */
static void
nobody_waits_for_ever_to_keep_one (void)
{
    Ground ground;
    g_autoptr (GError) error = NULL;
    g_autofree char *kept = NULL;
    set_up (&ground, NULL);
    g_autoptr (IbSecret) secret = ib_secret_new ("given", strlen ("given"), NULL);
    int lock = take_lock (&ground);
    g_assert_false (ib_tokens_keep_within (ground.paths, ground.account, secret, 1, &error));
    g_assert_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_BUSY);
    close (lock);
    g_clear_error (&error);
    g_assert_true (ib_tokens_keep (ground.paths, ground.account, secret, &error));
    g_assert_no_error (error);
    g_assert_true (g_file_get_contents (ground.path, &kept, NULL, NULL));
    g_assert_cmpstr (kept, ==, "given");
    tear_down (&ground);
}

static void
expect_no_lock (const Ground *ground, const GError *error)
{
    g_assert_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER);
    g_assert_nonnull (strstr (error->message, ground->paths->cache));
    g_assert_nonnull (strstr (error->message, g_strerror (ENOLCK)));
}

/* Nobody is waited for, and nobody is blamed. */
static void
lock_that_cannot_be_had_is_no_other_process (void)
{
    Ground ground;
    Asked asked;
    g_autoptr (GError) error = NULL;
    g_autoptr (IbSecret) secret = ib_secret_new ("given", strlen ("given"), NULL);
    set_up (&ground, NULL);
    lock_errno = ENOLCK;
    ask (&asked, &ground, 1);
    expect_no_lock (&ground, asked.error);
    asked_clear (&asked);
    g_assert_false (ib_tokens_keep (ground.paths, ground.account, secret, &error));
    expect_no_lock (&ground, error);

    lock_errno = 0;
    int lock = take_lock (&ground);
    asked = (Asked){ .ground = &ground, .left = 1 };
    ib_tokens_obtain (ground.tokens, ground.account, NULL, on_token, &asked);
    lock_errno = ENOLCK; /* while it is waited for */
    g_main_loop_run (ground.loop);
    expect_no_lock (&ground, asked.error);
    asked_clear (&asked);
    lock_errno = 0;
    close (lock);
    g_assert_cmpuint (ground.asked, ==, 0);
    expect (&ground, "access-1", ANY);
    tear_down (&ground);
}

/* The token of a renewal that has begun is for the server that the account had then. */
static void
account_that_moves_meanwhile_gets_one_of_its_own (void)
{
    Ground ground;
    set_up (&ground, NULL);
    Asked before = { .ground = &ground, .left = 1 }, after = { .ground = &ground, .left = 1 };
    g_autoptr (IbAccount) moved = ib_account_copy (ground.account);
    g_free (moved->host);
    moved->host = g_strdup ("elsewhere.example");
    ib_tokens_obtain (ground.tokens, ground.account, NULL, on_token, &before);
    ib_tokens_obtain (ground.tokens, moved, NULL, on_token, &after);
    while (before.left > 0 || after.left > 0)
        g_main_context_iteration (NULL, TRUE);
    g_assert_cmpstr (before.token, ==, "access-1");
    g_assert_cmpstr (after.token, ==, "access-2");
    asked_clear (&before);
    asked_clear (&after);
    tear_down (&ground);
}

static void
on_cancelled_token (GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_tokens_obtain_finish (result, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    *(bool *) data = true;
}

/* Nobody waits for it any more, and yet the new token must not get lost. */
static void
renewal_outlives_its_caller (void)
{
    Ground ground;
    bool is_over = false;
    set_up (&ground, NULL);
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    ib_tokens_obtain (ground.tokens, ground.account, cancellable, on_cancelled_token, &is_over);
    while (ground.asked == 0)
        g_main_context_iteration (NULL, TRUE);
    g_cancellable_cancel (cancellable);
    g_clear_pointer (&ground.tokens, ib_tokens_free);
    while (!is_over)
        g_main_context_iteration (NULL, TRUE);
    g_autofree char *kept = NULL;
    g_assert_true (g_file_get_contents (ground.path, &kept, NULL, NULL));
    g_assert_cmpstr (kept, ==, "refresh-2");
    tear_down (&ground);
}

static void
commands_token_is_shown_as_it_is (void)
{
    Ground ground;
    set_up (&ground, "command:echo access-of-a-program");
    expect (&ground, "access-of-a-program", ANY);
    g_assert_false (ib_tokens_refused (ground.tokens, ground.account));
    g_assert_cmpuint (ground.asked, ==, 0);
    tear_down (&ground);
}

/* systemd gives the same token each time; what follows it lives as long as this process. */
static void
credential_is_followed_in_memory (void)
{
    Ground ground;
    set_up (&ground, "credential:token");
    g_setenv ("CREDENTIALS_DIRECTORY", ground.folder, TRUE);
    expect (&ground, "access-1", ANY);
    clock_us += 4000 * SECOND;
    expect (&ground, "access-2", ANY);
    tear_down (&ground);
}

/* The one in memory is dead; the one that systemd gives is another by now. */
static void
credential_is_looked_at_again_when_what_followed_is_dead (void)
{
    Ground ground;
    set_up (&ground, "credential:token");
    g_setenv ("CREDENTIALS_DIRECTORY", ground.folder, TRUE);
    expect (&ground, "access-1", ANY);
    clock_us += 4000 * SECOND;
    ground.current = 9;
    expect (&ground, NULL, IB_FETCH_ERROR_SIGN_IN);
    write_secret (&ground, "refresh-9");
    expect (&ground, "access-3", ANY);
    tear_down (&ground);
}

#define ADD_ROWS(table, test)                                                                                \
    for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {                                                       \
        g_autofree char *path = g_strdup_printf ("/tokens/" #table "/%s", table[i].name);                    \
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test);                                             \
    }

#define ADD(test) g_test_add_func ("/tokens/" #test, test)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD_ROWS (ages, renews_in_time);
    ADD_ROWS (stays, one_that_stays_is_not_written_again);
    ADD_ROWS (faults, survives_fault);
    ADD (new_refresh_token_is_kept_before_the_access_token_is_handed_out);
    ADD (process_leaves_no_dump);
    ADD (many_ask_and_one_goes);
    ADD (refused_token_is_replaced);
    ADD (dead_token_is_shown_once);
    ADD (longest_pause_is_a_quarter_of_an_hour);
    ADD (unreachable_provider_is_no_reason_to_sign_in);
    ADD (token_that_cannot_be_kept_is_held);
    ADD (token_that_could_not_be_kept_is_at_the_end);
    ADD (waits_for_another_process);
    ADD (nobody_waits_for_ever_to_keep_one);
    ADD (lock_that_cannot_be_had_is_no_other_process);
    ADD (account_that_moves_meanwhile_gets_one_of_its_own);
    ADD (renewal_outlives_its_caller);
    ADD (commands_token_is_shown_as_it_is);
    ADD (credential_is_followed_in_memory);
    ADD (credential_is_looked_at_again_when_what_followed_is_dead);
    return g_test_run ();
}
