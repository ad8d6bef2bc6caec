/* POP3 servers of all kinds, played from tests/dialogues/pop3.txt: each dialogue once as it is, and once with the server's
 * words coming one byte at a time. */
#include "dialogue-file.h"
#include "fetch.h"
#include "passing-content.h"
#include "passing-header.h"
#include "scram-server.h"
#include "server-limits.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_S 10

#define NUMBER "[0-9]{1,18}"

static const char *const reasons[] = { "too-large", "refused", "old", "gone", "left-out" };

static const DialogueKey keys[] = {
    { "USER", DIALOGUE_SETTING, ".+" },
    { "SECRET", DIALOGUE_SETTING, ".+" },
    { "SECURITY", DIALOGUE_SETTING, "none|none-forbidden|starttls" },
    { "AUTH", DIALOGUE_SETTING, "oauth2" },
    { "KNOWN", DIALOGUE_SETTING, "[^ ]+( [^ ]+)*" },
    { "DELETE", DIALOGUE_SETTING, "[^ ]+( [^ ]+)*" },
    { "MOVE", DIALOGUE_SETTING, "[^ ]+( [^ ]+)*" },
    { "MAX-SIZE", DIALOGUE_SETTING, NUMBER },
    { "SINCE", DIALOGUE_SETTING, NUMBER },
    { "TRIED", DIALOGUE_SETTING, "[^ ]+( [^ ]+)*" },
    { "PATIENCE", DIALOGUE_SETTING, NUMBER },
    { "OLD", DIALOGUE_SETTING, NUMBER "( " NUMBER ")*" },
    { "PROBE", DIALOGUE_SETTING, "yes" },
    { "DRY", DIALOGUE_SETTING, "yes" },
    { "CAUTIOUS", DIALOGUE_SETTING, "yes" },
    { "ASKS-FIRST", DIALOGUE_SETTING, "yes" },
    { "WITHOUT-UTF8", DIALOGUE_SETTING, "yes" },
    { "AT-ONCE", DIALOGUE_SETTING, "yes" },
    { "STOP", DIALOGUE_SETTING, "enter|open|deliver|copied" },
    { "OFFERS", DIALOGUE_SETTING, ".*" },
    { "UNCHANGED", DIALOGUE_SETTING, "yes" },
    { "RENAMED", DIALOGUE_TOLD, "all" },
    { "FOUND", DIALOGUE_TOLD, NUMBER " " NUMBER },
    { "ATTEMPT", DIALOGUE_TOLD, NULL },
    { "GOT", DIALOGUE_TOLD, NULL },
    { "SKIPPED", DIALOGUE_TOLD, NULL },
    { "SAID", DIALOGUE_TOLD, NULL },
    { "SETTLED", DIALOGUE_TOLD, "(done|gone|refused) .+" },
    { "STEP", DIALOGUE_TOLD, NULL },
    { "OFFERED", DIALOGUE_TOLD, NULL },
    { "LISTING", DIALOGUE_TOLD, NULL },
    { NULL, DIALOGUE_SETTING, NULL },
};

/* --- the server ---------------------------------------------------------------------------------------------- */

typedef struct {
    const Dialogue *dialogue;
    int fd;
    bool is_slow;   /* a datagram socket, a byte in each */
    GString *heard; /* of the client, not yet looked at */
    GString *complaint;
    ScramServer scram;
} Server;

static void
say (Server *server, const char *bytes, gsize length)
{
    gsize step = server->is_slow ? 1 : length;
    for (gsize at = 0; at < length; at += step)
        if (send (server->fd, bytes + at, step, MSG_NOSIGNAL) < 0)
            return; /* the client has left: what it says of it is what counts */
}

static bool
hear_more (Server *server)
{
    char buffer[65536];
    gssize n = recv (server->fd, buffer, sizeof buffer, 0);
    if (n <= 0)
        return false;
    g_string_append_len (server->heard, buffer, n);
    return true;
}

static void
expect (Server *server, const char *line)
{
    char *lf;
    while ((lf = strstr (server->heard->str, "\r\n")) == NULL)
        if (!hear_more (server)) {
            g_string_append_printf (server->complaint, "waited for \"%s\", got \"%s\"\n", line,
                                    server->heard->str);
            return;
        }
    *lf = '\0';
    if (!scram_server_accepts (&server->scram, line, server->heard->str))
        g_string_append_printf (server->complaint, "expected \"%s\", got \"%s\"\n", line, server->heard->str);
    g_string_erase (server->heard, 0, lf + 2 - server->heard->str);
}

/* Nobody may run ahead of the script: a client that does has not seen that it may not. */
static void
expect_silence (Server *server)
{
    char buffer[256];
    gssize n = recv (server->fd, buffer, sizeof buffer - 1, MSG_PEEK | MSG_DONTWAIT);
    if (n > 0 || server->heard->len > 0)
        g_string_append_printf (server->complaint, "the client ran ahead: \"%s%.*s\"\n", server->heard->str,
                                (int) MAX (n, 0), buffer);
}

static bool
is_said (const DialogueLine *line)
{
    return line->verb == DIALOGUE_SAYS || line->verb == DIALOGUE_SAYS_RAW || line->verb == DIALOGUE_SAYS_MANY
           || line->verb == DIALOGUE_FLOODS;
}

/* Whoever closes before he has read all that was said to him breaks the connection. */
static void
reset (Server *server)
{
    char byte;
    (void) recv (server->fd, &byte, sizeof byte, MSG_PEEK);
    close (server->fd);
    scram_server_clear (&server->scram);
}

static gpointer
serve (gpointer data)
{
    Server *server = data;
    const GPtrArray *lines = server->dialogue->lines;
    bool is_asked = false, waits = false;
    g_autoptr (GString) answer = g_string_new (NULL);

    for (guint i = 0; i < lines->len; i++) {
        const DialogueLine *line = lines->pdata[i];
        if (is_said (line) && is_asked)
            expect_silence (server);
        is_asked = line->verb == DIALOGUE_HEARS;
        waits = line->verb == DIALOGUE_WAITS;
        if (line->verb == DIALOGUE_SAYS || line->verb == DIALOGUE_SAYS_RAW) {
            g_autofree char *filled = scram_server_fill (&server->scram, line->text);
            g_autoptr (GString) text = dialogue_file_unescape (filled);
            g_string_append_len (answer, text->str, (gssize) text->len);
            g_string_append (answer, line->verb == DIALOGUE_SAYS ? "\r\n" : "");
            continue;
        }
        say (server, answer->str, answer->len);
        g_string_truncate (answer, 0);
        if (line->verb == DIALOGUE_RESETS) {
            reset (server);
            return NULL;
        }
        if (line->verb == DIALOGUE_SAYS_MANY || line->verb == DIALOGUE_FLOODS) {
            g_autoptr (GString) all = dialogue_file_repeat (line);
            say (server, all->str, all->len);
        } else if (is_asked)
            expect (server, line->text);
    }
    say (server, answer->str, answer->len);
    if (!waits)
        shutdown (server->fd, SHUT_WR);
    while (hear_more (server))
        continue;
    if (server->heard->len > 0)
        g_string_append_printf (server->complaint, "heard more than was expected: \"%s\"\n",
                                server->heard->str);
    close (server->fd);
    scram_server_clear (&server->scram);
    return NULL;
}

/* --- the client's world -------------------------------------------------------------------------------------- */

typedef struct {
    const Dialogue *dialogue;
    GString *log;
    GPtrArray *open_fds;
    GHashTable *gone; /* char*: what was to be deleted, and is not there: known no more */
    guint grown;
} World;

static const char *
setting (const World *world, const char *name)
{
    return dialogue_file_setting (world->dialogue, name);
}

static bool
stops_at (World *world, const char *where, GError **error)
{
    if (g_strcmp0 (setting (world, "STOP"), where) != 0)
        return false;
    g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED, "stopped at %s", where);
    return true;
}

static void
on_step (IbFetchStep step, const char *text, gpointer user_data)
{
    static const char *const names[] = { "greeted", "tls", "capabilities", "signed-in", "counted", "ahead",
                                         "broke-at-utf8" };
    World *world = user_data;
    if (strstr (world->dialogue->told->str, "STEP: ") != NULL)
        g_string_append_printf (world->log, "STEP: %s%s%s\n", names[step], *text != '\0' ? " " : "", text);
}

/* Only a dialogue about that tells what is remembered. */
static void
on_offered (const char *offers, gpointer user_data)
{
    World *world = user_data;
    g_autofree char *line = g_strdelimit (g_strdup (offers), "\n", '|');
    if (setting (world, "OFFERS") != NULL)
        g_string_append_printf (world->log, "OFFERED: %s\n", line);
}

static bool
on_enter (const IbMailboxState *state, IbCursor **out_cursor, gpointer user_data, GError **error)
{
    World *world = user_data;
    if (stops_at (world, "enter", error))
        return false;
    g_assert_cmpstr (state->name, ==, "INBOX");
    *out_cursor = ib_cursor_new ();
    (*out_cursor)->since_s = (gint64) dialogue_file_number (world->dialogue, "SINCE");
    (*out_cursor)->is_unchanged
        = setting (world, "UNCHANGED") != NULL && g_hash_table_size (world->gone) == 0;
    g_auto (GStrv) known
        = g_strsplit (setting (world, "KNOWN") != NULL ? setting (world, "KNOWN") : "", " ", -1);
    for (char **uidl = known; *uidl != NULL; uidl++)
        if (!g_hash_table_contains (world->gone, *uidl))
            g_hash_table_add ((*out_cursor)->known_uidls, g_strdup (*uidl));
    g_auto (GStrv) tried
        = g_strsplit (setting (world, "TRIED") != NULL ? setting (world, "TRIED") : "", " ", -1);
    for (char **uidl = tried; *uidl != NULL; uidl++)
        g_hash_table_add ((*out_cursor)->tried_uidls, g_strdup (*uidl));
    g_auto (GStrv) old = g_strsplit (setting (world, "OLD") != NULL ? setting (world, "OLD") : "", " ", -1);
    for (char **date = old; *date != NULL; date++) {
        gint64 date_s = g_ascii_strtoll (*date, NULL, 10);
        g_hash_table_add ((*out_cursor)->old_dates, g_memdup2 (&date_s, sizeof date_s));
    }
    return true;
}

static void
on_mailbox_failed (const char *mailbox, const char *server_text, gpointer user_data)
{
    g_assert_not_reached ();
}

static void
on_renamed (gpointer user_data)
{
    g_string_append (((World *) user_data)->log, "RENAMED: all\n");
}

static void
on_found (guint64 messages, guint64 bytes, gpointer user_data)
{
    World *world = user_data;
    g_string_append_printf (world->log, "FOUND: %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", messages,
                            bytes);
}

/* Only a dialogue about that tells it. */
static void
on_attempt (guint32 uid, const char *uidl, gpointer user_data)
{
    World *world = user_data;
    g_assert_cmpint (uid, ==, 0);
    if (strstr (world->dialogue->told->str, "ATTEMPT: ") != NULL)
        g_string_append_printf (world->log, "ATTEMPT: %s\n", *uidl != '\0' ? uidl : "nameless");
}

static int
new_body (World *world)
{
    int fd = memfd_create ("body", MFD_CLOEXEC);
    g_ptr_array_add (world->open_fds, GINT_TO_POINTER (fd));
    return fd;
}

static void
close_body (World *world, int fd)
{
    g_assert_true (g_ptr_array_remove (world->open_fds, GINT_TO_POINTER (fd)));
    close (fd);
}

static int
on_open_body (guint64 size_hint, gpointer user_data, GError **error)
{
    return stops_at (user_data, "open", error) ? -1 : new_body (user_data);
}

static int
on_grow_body (int fd, gpointer user_data, GError **error)
{
    World *world = user_data;
    world->grown++;
    return fd;
}

static bool
on_deliver (const IbRemoteMessage *message, int fd, gpointer user_data, GError **error)
{
    World *world = user_data;
    g_autofree char *text = g_malloc (message->size_bytes + 1);

    g_assert_cmpint (message->uid, ==, 0);
    g_assert_cmpint (lseek (fd, 0, SEEK_END), ==, (gint64) message->size_bytes);
    g_assert_cmpint (pread (fd, text, message->size_bytes, 0), ==, (gssize) message->size_bytes);
    close_body (world, fd);
    g_string_append_printf (world->log, "GOT: %s %" G_GUINT64_FORMAT " ", message->uidl,
                            message->size_served);
    for (guint64 i = 0; i < MIN (message->size_bytes, 200); i++)
        g_string_append_printf (world->log, g_ascii_isprint (text[i]) ? "%c" : "\\x%02x", (guchar) text[i]);
    if (message->size_bytes > 200)
        g_string_append_printf (world->log, " of %" G_GUINT64_FORMAT, message->size_bytes);
    g_string_append_c (world->log, '\n');
    return !stops_at (world, "deliver", error);
}

static void
on_drop_body (int fd, gpointer user_data)
{
    close_body (user_data, fd);
}

static bool
on_skip (const IbRemoteMessage *message, IbSkip reason, const char *server_text, gpointer user_data,
         GError **error)
{
    World *world = user_data;
    g_string_append_printf (world->log, "SKIPPED: %s %s%s%s\n", message->uidl, reasons[reason],
                            *server_text != '\0' ? " " : "", server_text);
    return true;
}

static void
add_order (World *world, const char *name, IbSettleVerb verb, GPtrArray *orders)
{
    if (setting (world, name) == NULL)
        return;
    IbSettleOrder *order = ib_settle_order_new (verb, "Archive");
    g_auto (GStrv) uidls = g_strsplit (setting (world, name), " ", -1);
    for (char **uidl = uidls; *uidl != NULL; uidl++) {
        g_auto (GStrv) parts = g_strsplit (*uidl, "=", 2);
        if (g_hash_table_contains (world->gone, parts[0]))
            continue;
        const char *is_known_by = parts[1] != NULL ? parts[1] : "";
        const bool has_digest = g_str_has_prefix (is_known_by, "sha256:");
        const IbKnownMessage known = {
            .mark = has_digest ? 0 : ib_passing_header_mark_of (is_known_by),
            .content = has_digest ? ib_passing_content_of (is_known_by + strlen ("sha256:")) : 0,
        };
        g_ptr_array_add (order->uidls, g_strdup (parts[0]));
        g_array_append_val (order->known, known);
    }
    g_ptr_array_add (orders, order);
}

static bool
on_taken (guint32 highest_uid, const char *listing, GPtrArray **out_orders, gpointer user_data, GError **error)
{
    World *world = user_data;
    g_assert_cmpint (highest_uid, ==, 0);
    if (strstr (world->dialogue->told->str, "LISTING: ") != NULL)
        g_string_append_printf (world->log, "LISTING: %.8s\n", *listing != '\0' ? listing : "none");
    *out_orders = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_settle_order_free);
    add_order (world, "MOVE", IB_SETTLE_MOVE, *out_orders);
    add_order (world, "DELETE", IB_SETTLE_DELETE, *out_orders);
    return true;
}

static bool
on_copied (const IbSettleOrder *order, gpointer user_data, GError **error)
{
    World *world = user_data;
    g_string_append (world->log, "SAID:");
    for (guint i = 0; i < order->uidls->len; i++)
        g_string_append_printf (world->log, " %s", (char *) order->uidls->pdata[i]);
    g_string_append (world->log, "\n");
    return !stops_at (world, "copied", error);
}

static bool
on_settled (const IbSettleOrder *order, bool is_done, const char *server_text, gpointer user_data,
            GError **error)
{
    World *world = user_data;
    g_string_append (world->log, !is_done                         ? "SETTLED: refused"
                                 : order->verb == IB_SETTLE_GONE ? "SETTLED: gone"
                                                                  : "SETTLED: done");
    for (guint i = 0; i < order->uidls->len; i++) {
        g_string_append_printf (world->log, " %s", (char *) order->uidls->pdata[i]);
        if (order->verb == IB_SETTLE_GONE)
            g_hash_table_add (world->gone, g_strdup (order->uidls->pdata[i]));
    }
    g_string_append_printf (world->log, "%s%s\n", *server_text != '\0' ? ": " : "", server_text);
    return true;
}

/* --- a run --------------------------------------------------------------------------------------------------- */

static IbAccount *
new_account (const World *world)
{
    IbAccount *account = g_new0 (IbAccount, 1);
    const char *security = setting (world, "SECURITY");
    account->protocol = IB_PROTOCOL_POP3;
    account->host = g_strdup ("pop.example");
    account->user = g_strcompress (setting (world, "USER") != NULL ? setting (world, "USER") : "anna");
    account->security = g_strcmp0 (security, "starttls") == 0 ? IB_SECURITY_STARTTLS : IB_SECURITY_NONE;
    account->allow_plaintext = g_strcmp0 (security, "none-forbidden") != 0;
    account->auth = setting (world, "AUTH") != NULL ? IB_AUTH_OAUTH2 : IB_AUTH_PASSWORD;
    account->max_size_bytes = dialogue_file_number (world->dialogue, "MAX-SIZE");
    return account;
}

static char *
run (World *world, int fd)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbAccount) account = new_account (world);
    g_autofree char *pin = g_strnfill (64, '0');
    g_autoptr (IbTrust) trust = ib_trust_new ("", pin, &error);
    g_autoptr (IbStream) stream = ib_stream_new (fd, -1, trust, account->host);
    const char *secret = setting (world, "SECRET") != NULL ? setting (world, "SECRET") : "secret";
    g_autoptr (IbSecret) kept = ib_secret_new (secret, strlen (secret), NULL);
    IbFetchRequest request = {
        .account = account,
        .secret = kept,
        .is_probe = setting (world, "PROBE") != NULL,
        .is_dry = setting (world, "DRY") != NULL,
        .is_cautious = setting (world, "CAUTIOUS") != NULL,
        .asks_first = setting (world, "ASKS-FIRST") != NULL,
        .without_utf8 = setting (world, "WITHOUT-UTF8") != NULL,
    };
    g_autofree char *offers = g_strdup (setting (world, "OFFERS"));
    request.offers = offers != NULL ? g_strdelimit (offers, "|", '\n') : NULL;
    const IbFetchCallbacks callbacks = {
        .step = on_step,
        .offered = on_offered,
        .enter = on_enter,
        .mailbox_failed = on_mailbox_failed,
        .renamed = on_renamed,
        .found = on_found,
        .attempt = on_attempt,
        .open_body = on_open_body,
        .grow_body = on_grow_body,
        .deliver = on_deliver,
        .drop_body = on_drop_body,
        .skip = on_skip,
        .taken = on_taken,
        .copied = on_copied,
        .settled = on_settled,
        .user_data = world,
    };

    guint64 patience_s = dialogue_file_number (world->dialogue, "PATIENCE");
    ib_stream_set_stall (stream, (patience_s > 0 ? (gint64) patience_s : PATIENCE_S) * 1000);
    bool is_good = ib_fetch_run (stream, &request, &callbacks, &error);
    g_assert_true (is_good == (error == NULL));
    return dialogue_file_outcome (error);
}

static void
play (const Dialogue *dialogue, bool is_slow)
{
    int fds[2];
    g_assert_cmpint (socketpair (AF_UNIX, is_slow ? SOCK_SEQPACKET : SOCK_STREAM, 0, fds), ==, 0);
    struct timeval patience = { .tv_sec = PATIENCE_S };
    setsockopt (fds[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

    g_autoptr (GString) complaint = g_string_new (NULL), heard = g_string_new (NULL),
                        log = g_string_new (NULL);
    Server server
        = { .dialogue = dialogue, .fd = fds[1], .is_slow = is_slow, .heard = heard, .complaint = complaint,
            .scram = { "anna", "secret" } };
    World world = { .dialogue = dialogue, .log = log, .open_fds = g_ptr_array_new (),
                    .gone = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
    GThread *thread = g_thread_new ("server", serve, &server);
    g_autofree char *outcome = run (&world, fds[0]);
    g_thread_join (thread);

    g_assert_cmpstr (complaint->str, ==, "");
    g_assert_cmpstr (log->str, ==, dialogue->told->str);
    if (!dialogue_file_ends_so (dialogue, outcome))
        g_assert_cmpstr (outcome, ==, dialogue->outcome);
    g_assert_cmpint (world.open_fds->len, ==, 0);
    g_ptr_array_unref (world.open_fds);
    g_hash_table_unref (world.gone);
}

static void
play_as_it_is (gconstpointer dialogue)
{
    play (dialogue, false);
}

static void
play_byte_by_byte (gconstpointer dialogue)
{
    play (dialogue, true);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) dialogues = dialogue_file_load ("pop3", keys, &error);
    g_assert_no_error (error);
    g_test_set_nonfatal_assertions ();
    for (guint i = 0; i < dialogues->len; i++) {
        const Dialogue *dialogue = dialogues->pdata[i];
        g_autofree char *whole = g_strconcat ("/pop3/", dialogue->name, NULL);
        g_autofree char *slow = g_strconcat ("/pop3-byte-by-byte/", dialogue->name, NULL);
        g_test_add_data_func (whole, dialogue, play_as_it_is);
        if (dialogue_file_setting (dialogue, "AT-ONCE") == NULL)
            g_test_add_data_func (slow, dialogue, play_byte_by_byte);
    }
    return g_test_run ();
}
