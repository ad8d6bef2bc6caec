/* POP3 servers of all kinds, played from tests/dialogues/pop3.txt: each dialogue once as it is, and once with the server's
 * words coming one byte at a time. */
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

static const char *const remedies[]
    = { "offline", "busy", "sign-in", "unsafe", "message", "server", "stopped" };
static const char *const reasons[] = { "too-large", "refused", "old", "gone" };

typedef struct {
    char *name;
    GPtrArray *lines;     /* char*: the script, in order */
    GHashTable *settings; /* what stands in ACCOUNT, KNOWN, ORDER: char* to char* */
    GString *expected;    /* FOUND, GOT, SKIPPED, SAID, SETTLED, STEP, one a line */
    char *outcome;
} Dialogue;

static GPtrArray *dialogues;

/* --- the file ------------------------------------------------------------------------------------------------ */

static char *
after (const char *line, const char *prefix)
{
    return g_str_has_prefix (line, prefix) ? g_strdup (line + strlen (prefix)) : NULL;
}

static void
add_line (Dialogue *dialogue, const char *line)
{
    static const char *const scripts[] = { "S: ", "S", "C: ", "C", "RAW: ", "MANY: ", "FLOOD: ", "CLOSE", "WAIT" };
    static const char *const settings[]
        = { "USER: ",  "SECRET: ",   "KNOWN: ", "DELETE: ", "MOVE: ",     "MAX-SIZE: ",
            "SINCE: ", "OLD: ",      "SECURITY: ", "AUTH: ",  "PROBE: ",  "CAUTIOUS: ", "STOP: ",
            "AT-ONCE: ", "OFFERS: ", "UNCHANGED: " };
    static const char *const wishes[]
        = { "RENAMED: ", "FOUND: ", "GOT: ", "SKIPPED: ", "SAID: ", "SETTLED: ", "STEP: ",
            "COUNTED: ", "OFFERED: ", "LISTING: " };

    for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
        if (g_str_has_prefix (line, settings[i])) {
            g_hash_table_insert (dialogue->settings, g_strdup (settings[i]), after (line, settings[i]));
            return;
        }
    for (gsize i = 0; i < G_N_ELEMENTS (wishes); i++)
        if (g_str_has_prefix (line, wishes[i])) {
            g_string_append_printf (dialogue->expected, "%s\n", line);
            return;
        }
    if (g_str_has_prefix (line, "THEN: ")) {
        dialogue->outcome = after (line, "THEN: ");
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++)
        if (g_str_has_prefix (line, scripts[i])) {
            g_ptr_array_add (dialogue->lines, g_strdup (line));
            return;
        }
    g_error ("%s: what is this line? %s", dialogue->name, line);
}

/* Sign-in is the same in most dialogues: "SIGN-IN" stands for it, with "pipelining" or "no-uidl" behind it. */
static void
add_sign_in (Dialogue *dialogue, const char *line)
{
    const char *const once[] = { "C: CAPA", "S: +OK", "S: TOP", "S: USER" };
    bool is_pipelined = strstr (line, " pipelining") != NULL, has_uidl = strstr (line, " no-uidl") == NULL;

    add_line (dialogue, "S: +OK ready");
    for (guint round = 0; round < 2; round++) {
        for (gsize i = 0; i < G_N_ELEMENTS (once); i++)
            add_line (dialogue, once[i]);
        if (has_uidl)
            add_line (dialogue, "S: UIDL");
        if (is_pipelined)
            add_line (dialogue, "S: PIPELINING");
        add_line (dialogue, "S: .");
        if (round > 0)
            break;
        add_line (dialogue, "C: USER anna");
        add_line (dialogue, "S: +OK");
        add_line (dialogue, "C: PASS secret");
        add_line (dialogue, "S: +OK signed in");
    }
}

static Dialogue *
new_dialogue (const char *name)
{
    Dialogue *dialogue = g_new0 (Dialogue, 1);
    dialogue->name = g_strdup (name);
    dialogue->lines = g_ptr_array_new_with_free_func (g_free);
    dialogue->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    dialogue->expected = g_string_new (NULL);
    g_ptr_array_add (dialogues, dialogue);
    return dialogue;
}

static void
load_dialogues (void)
{
    g_autofree char *path
        = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "tests", "dialogues", "pop3.txt", NULL);
    g_autofree char *text = NULL;
    g_autoptr (GError) error = NULL;
    Dialogue *dialogue = NULL;

    g_file_get_contents (path, &text, NULL, &error);
    g_assert_no_error (error);
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    dialogues = g_ptr_array_new ();
    for (char **line = lines; *line != NULL; line++) {
        if (g_str_has_prefix (*line, "== "))
            dialogue = new_dialogue (*line + 3);
        else if (g_str_has_prefix (*line, "SIGN-IN"))
            add_sign_in (dialogue, *line);
        else if (**line != '\0' && **line != '#')
            add_line (dialogue, *line);
    }
}

/* --- the server ---------------------------------------------------------------------------------------------- */

typedef struct {
    const Dialogue *dialogue;
    int fd;
    bool is_slow;   /* a datagram socket, a byte in each */
    GString *heard; /* of the client, not yet looked at */
    GString *complaint;
    ScramServer scram;
} Server;

/* \r, \n, \0 and \xHH. */
static GString *
unescape (const char *text)
{
    GString *out = g_string_new (NULL);
    for (; *text != '\0'; text++) {
        if (*text != '\\') {
            g_string_append_c (out, *text);
            continue;
        }
        text++;
        if (*text == 'x') {
            g_string_append_c (out,
                               (char) (g_ascii_xdigit_value (text[1]) * 16 + g_ascii_xdigit_value (text[2])));
            text += 2;
        } else
            g_string_append_c (out, *text == 'r' ? '\r' : *text == 'n' ? '\n' : *text == '0' ? '\0' : *text);
    }
    return out;
}

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

/* "MANY: COUNT TEXT": so often, with %u for the number; "FLOOD: COUNT TEXT" without @line_end. */
static void
say_many (Server *server, const char *line, const char *line_end)
{
    guint count = (guint) g_ascii_strtoull (line, (char **) &line, 10);
    g_auto (GStrv) parts = g_strsplit (line + 1, "%u", 2);
    for (guint i = 1; i <= count; i++) {
        g_autofree char *text = parts[1] == NULL ? g_strconcat (parts[0], line_end, NULL)
                                                 : g_strdup_printf ("%s%u%s%s", parts[0], i, parts[1], line_end);
        say (server, text, strlen (text));
    }
}

static gpointer
serve (gpointer data)
{
    Server *server = data;
    const GPtrArray *lines = server->dialogue->lines;
    bool is_asked = false;
    g_autoptr (GString) answer = g_string_new (NULL);

    for (guint i = 0; i <= lines->len; i++) {
        const char *line = i < lines->len ? lines->pdata[i] : "END";
        bool is_said = *line == 'S' || *line == 'R' || *line == 'M' || *line == 'F';
        if (is_said && is_asked)
            expect_silence (server);
        is_asked = *line == 'C' && line[1] != 'L';
        if (*line == 'S' || *line == 'R') {
            g_autofree char *filled
                = scram_server_fill (&server->scram, strchr (line, ' ') != NULL ? strchr (line, ' ') + 1 : "");
            GString *text = unescape (filled);
            g_string_append_len (answer, text->str, (gssize) text->len);
            g_string_append (answer, *line == 'S' ? "\r\n" : "");
            g_string_free (text, TRUE);
            continue;
        }
        say (server, answer->str, answer->len);
        g_string_truncate (answer, 0);
        if (*line == 'M')
            say_many (server, line + strlen ("MANY: "), "\r\n");
        else if (*line == 'F')
            say_many (server, line + strlen ("FLOOD: "), "");
        else if (strcmp (line, "CLOSE") == 0)
            break;
        else if (is_asked)
            expect (server, line[1] == ':' ? line + 3 : "");
    }
    if (lines->len == 0 || strcmp (lines->pdata[lines->len - 1], "WAIT") != 0)
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
    return g_hash_table_lookup (world->dialogue->settings, name);
}

static bool
stops_at (World *world, const char *where, GError **error)
{
    if (g_strcmp0 (setting (world, "STOP: "), where) != 0)
        return false;
    g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED, "stopped at %s", where);
    return true;
}

static void
on_step (IbFetchStep step, const char *text, gpointer user_data)
{
    static const char *const names[] = { "greeted", "tls", "capabilities", "signed-in", "counted", "ahead" };
    World *world = user_data;
    if (strstr (world->dialogue->expected->str, "STEP: ") != NULL)
        g_string_append_printf (world->log, "STEP: %s %s\n", names[step], text);
}

/* Only a dialogue about that tells what is remembered. */
static void
on_offered (const char *offers, gpointer user_data)
{
    World *world = user_data;
    g_autofree char *line = g_strdelimit (g_strdup (offers), "\n", '|');
    if (setting (world, "OFFERS: ") != NULL)
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
    (*out_cursor)->since_s
        = setting (world, "SINCE: ") != NULL ? g_ascii_strtoll (setting (world, "SINCE: "), NULL, 10) : 0;
    (*out_cursor)->is_unchanged
        = setting (world, "UNCHANGED: ") != NULL && g_hash_table_size (world->gone) == 0;
    g_auto (GStrv) known
        = g_strsplit (setting (world, "KNOWN: ") != NULL ? setting (world, "KNOWN: ") : "", " ", -1);
    for (char **uidl = known; *uidl != NULL; uidl++)
        if (!g_hash_table_contains (world->gone, *uidl))
            g_hash_table_add ((*out_cursor)->known_uidls, g_strdup (*uidl));
    g_auto (GStrv) old = g_strsplit (setting (world, "OLD: ") != NULL ? setting (world, "OLD: ") : "", " ", -1);
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
    if (strstr (world->dialogue->expected->str, "LISTING: ") != NULL)
        g_string_append_printf (world->log, "LISTING: %.8s\n", *listing != '\0' ? listing : "none");
    *out_orders = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_settle_order_free);
    add_order (world, "MOVE: ", IB_SETTLE_MOVE, *out_orders);
    add_order (world, "DELETE: ", IB_SETTLE_DELETE, *out_orders);
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
    return true;
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
    const char *security = setting (world, "SECURITY: ");
    account->protocol = IB_PROTOCOL_POP3;
    account->host = g_strdup ("pop.example");
    account->user = g_strcompress (setting (world, "USER: ") != NULL ? setting (world, "USER: ") : "anna");
    account->security = g_strcmp0 (security, "starttls") == 0 ? IB_SECURITY_STARTTLS : IB_SECURITY_NONE;
    account->allow_plaintext = g_strcmp0 (security, "none-forbidden") != 0;
    account->auth = setting (world, "AUTH: ") != NULL ? IB_AUTH_OAUTH2 : IB_AUTH_PASSWORD;
    account->max_size_bytes = setting (world, "MAX-SIZE: ") != NULL
                                  ? g_ascii_strtoull (setting (world, "MAX-SIZE: "), NULL, 10)
                                  : 0;
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
    const char *secret = setting (world, "SECRET: ") != NULL ? setting (world, "SECRET: ") : "secret";
    g_autoptr (IbSecret) kept = ib_secret_new (secret, strlen (secret), NULL);
    IbFetchRequest request = {
        .account = account,
        .secret = kept,
        .is_probe = setting (world, "PROBE: ") != NULL,
        .is_cautious = setting (world, "CAUTIOUS: ") != NULL,
    };
    g_autofree char *offers = g_strdup (setting (world, "OFFERS: "));
    request.offers = offers != NULL ? g_strdelimit (offers, "|", '\n') : NULL;
    const IbFetchCallbacks callbacks = {
        .step = on_step,
        .offered = on_offered,
        .enter = on_enter,
        .mailbox_failed = on_mailbox_failed,
        .renamed = on_renamed,
        .found = on_found,
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

    ib_stream_set_stall (stream, PATIENCE_S * 1000);
    if (ib_fetch_run (stream, &request, &callbacks, &error))
        return g_strdup ("done");
    g_assert_cmpint (error->domain, ==, IB_FETCH_ERROR);
    return g_strdup_printf ("%s: %s", remedies[error->code], error->message);
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
    g_assert_cmpstr (log->str, ==, dialogue->expected->str);
    if (!g_str_has_prefix (outcome, dialogue->outcome))
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

static void
free_dialogue (gpointer data)
{
    Dialogue *dialogue = data;
    g_free (dialogue->name);
    g_ptr_array_unref (dialogue->lines);
    g_hash_table_unref (dialogue->settings);
    g_string_free (dialogue->expected, TRUE);
    g_free (dialogue->outcome);
    g_free (dialogue);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_set_nonfatal_assertions ();
    load_dialogues ();
    for (guint i = 0; i < dialogues->len; i++) {
        const Dialogue *dialogue = dialogues->pdata[i];
        g_autofree char *whole = g_strconcat ("/pop3/", dialogue->name, NULL);
        g_autofree char *slow = g_strconcat ("/pop3-byte-by-byte/", dialogue->name, NULL);
        g_test_add_data_func (whole, dialogue, play_as_it_is);
        if (!g_hash_table_contains (dialogue->settings, "AT-ONCE: "))
            g_test_add_data_func (slow, dialogue, play_byte_by_byte);
    }
    int result = g_test_run ();
    g_ptr_array_set_free_func (dialogues, free_dialogue);
    g_ptr_array_unref (dialogues);
    return result;
}
