/* The IMAP driver against servers that are dialogues, in tests/dialogues/imap-*.txt: each once as it is, and once with the
 * server's words coming one byte at a time. */
#include "dialogue-file.h"
#include "fetch.h"
#include "passing-content.h"
#include "passing-header.h"
#include "scram-server.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define NUMBER "[0-9]{1,18}"
#define UID "[1-9][0-9]{0,8}"
#define MOVE_TO "5 6 to "

static const DialogueKey keys[] = {
    { "USER", DIALOGUE_SETTING, "[^\\\\]+" },
    { "SECRET", DIALOGUE_SETTING, ".+" },
    { "SECURITY", DIALOGUE_SETTING, "none|none-forbidden|starttls" },
    { "AUTH", DIALOGUE_SETTING, "oauth2" },
    { "FOLDERS", DIALOGUE_SETTING, ".+" },
    { "MAILBOX", DIALOGUE_SETTING, ".+" },
    { "PUT-OFF", DIALOGUE_SETTING, ".+" },
    { "LOW-WATER", DIALOGUE_SETTING, UID },
    { "DONE", DIALOGUE_SETTING, UID },
    { "RETRY", DIALOGUE_SETTING, UID },
    { "TRIED", DIALOGUE_SETTING, "yes" },
    { "GAP", DIALOGUE_SETTING, UID },
    { "WITNESSES", DIALOGUE_SETTING, "yes" },
    { "SINCE", DIALOGUE_SETTING, NUMBER },
    { "MAX-SIZE", DIALOGUE_SETTING, NUMBER },
    { "SAMPLE", DIALOGUE_SETTING, UID },
    { "SAMPLE-BYTES", DIALOGUE_SETTING, NUMBER },
    { "SAMPLES-READ", DIALOGUE_SETTING, "yes" },
    { "PROBE", DIALOGUE_SETTING, "yes" },
    { "CAUTIOUS", DIALOGUE_SETTING, "yes" },
    { "ASKS-FIRST", DIALOGUE_SETTING, "yes" },
    { "WATCH", DIALOGUE_SETTING, "yes" },
    { "OFFERS", DIALOGUE_SETTING, ".*" },
    { "DELETE", DIALOGUE_SETTING, "5 6" },
    { "MOVE", DIALOGUE_SETTING, MOVE_TO ".+" },
    { "UNDONE", DIALOGUE_SETTING, "yes" },
    { "SIX", DIALOGUE_SETTING, "undated|same-second|bare" },
    { "LEAVES-EARLY", DIALOGUE_SETTING, "yes" },
    { "AT-ONCE", DIALOGUE_SETTING, "yes" },
    { "WISH", DIALOGUE_WISH, "look|renew" },
    { "EVENTS", DIALOGUE_TOLD, "[^ ]+( [^ ]+)*" },
    { NULL, DIALOGUE_SETTING, NULL },
};

/* --- the server ---------------------------------------------------------------------------------------------- */

typedef struct {
    int fd, wishes;
    const Dialogue *dialogue;
    bool is_slow;      /* one byte a time */
    ScramServer scram;
    char *complaint;   /* what the client said wrong */
} Server;

/* What is said in one turn comes in one piece, or byte by byte. */
static void
say (const Server *server, GString *said)
{
    gsize step = server->is_slow ? 1 : MAX (said->len, 1);
    for (gsize at = 0; at < said->len; at += step)
        (void) !send (server->fd, said->str + at, MIN (step, said->len - at), MSG_NOSIGNAL);
    g_string_truncate (said, 0);
}

static char *
hear (int fd)
{
    GString *line = g_string_new (NULL);
    char byte;
    while (read (fd, &byte, 1) == 1 && byte != '\n')
        g_string_append_c (line, byte);
    if (line->len > 0 && line->str[line->len - 1] == '\r')
        g_string_truncate (line, line->len - 1);
    return g_string_free (line, FALSE);
}

/* Nothing may come now but the end. */
static void
hush (Server *server)
{
    for (g_autofree char *more = hear (server->fd); *more != '\0'; g_free (more), more = hear (server->fd))
        server->complaint = g_strdup_printf ("expected silence, heard <%s>", more);
}

static void
expect (Server *server, const char *line)
{
    g_autofree char *heard = hear (server->fd);
    if (!scram_server_accepts (&server->scram, line, heard))
        server->complaint = g_strdup_printf ("expected <%s>, heard <%s>", line, heard);
}

/* Whoever closes before he has read all that was said to him breaks the connection. */
static void
reset (Server *server)
{
    char byte;
    (void) recv (server->fd, &byte, sizeof byte, MSG_PEEK);
    close (server->fd);
    server->fd = -1;
}

/* Adds what @line says to @said, which waits for the client's turn. */
static void
add_said (Server *server, const DialogueLine *line, GString *said)
{
    if (line->verb == DIALOGUE_SAYS_MANY || line->verb == DIALOGUE_FLOODS) {
        g_autoptr (GString) all = dialogue_file_repeat (line);
        g_string_append_len (said, all->str, (gssize) all->len);
        return;
    }
    g_autofree char *filled = scram_server_fill (&server->scram, line->text);
    g_autoptr (GString) words = dialogue_file_unescape (filled);
    g_string_append_len (said, words->str, (gssize) words->len);
    g_string_append (said, line->verb == DIALOGUE_SAYS ? "\r\n" : "");
}

static void
take_turn (Server *server, const DialogueLine *line, GString *said)
{
    switch (line->verb) {
    case DIALOGUE_SAYS:
    case DIALOGUE_SAYS_RAW:
    case DIALOGUE_SAYS_MANY:
    case DIALOGUE_FLOODS:
        add_said (server, line, said);
        break;
    case DIALOGUE_HEARS:
        say (server, said);
        expect (server, line->text);
        break;
    case DIALOGUE_WISHES:
        say (server, said);
        g_assert_cmpint (write (server->wishes, line->text, 1), ==, 1);
        break;
    case DIALOGUE_WAITS:
        say (server, said);
        hush (server);
        break;
    case DIALOGUE_CLOSES: /* as at the end of each */
        break;
    case DIALOGUE_RESETS:
        say (server, said);
        reset (server);
        break;
    }
}

static gpointer
serve (gpointer data)
{
    Server *server = data;
    const GPtrArray *lines = server->dialogue->lines;
    g_autoptr (GString) said = g_string_new (NULL);
    for (guint i = 0; i < lines->len && server->complaint == NULL; i++)
        take_turn (server, lines->pdata[i], said);
    say (server, said);
    scram_server_clear (&server->scram);
    if (server->fd < 0)
        return NULL;
    shutdown (server->fd, SHUT_WR);
    g_autofree char *rest = hear (server->fd);
    if (server->complaint == NULL && *rest != '\0')
        server->complaint = g_strdup_printf ("expected the end, heard <%s>", rest);
    close (server->fd);
    return NULL;
}

/* --- the run ------------------------------------------------------------------------------------------------- */

static bool
is_set (const Dialogue *given, const char *key)
{
    return dialogue_file_setting (given, key) != NULL;
}

static const char *
setting_or (const Dialogue *given, const char *key, const char *otherwise)
{
    return is_set (given, key) ? dialogue_file_setting (given, key) : otherwise;
}

static guint32
uid_of (const Dialogue *given, const char *key)
{
    return (guint32) dialogue_file_number (given, key);
}

typedef struct {
    const Dialogue *given;
    GString *events;
    int fd; /* to the server */
    int wishes;
    bool wants_look;     /* heard, and not told yet */
    guint32 highest_uid; /* of what was taken: the next cursor's low water */
} Run;

static void
on_step (IbFetchStep step, const char *text, gpointer data)
{
    static const char *const words[] = { "greeted ", "tls ", "caps ", "in ", "", "" };
    Run *run = data;
    g_string_append (run->events, words[step]);
    if (step == IB_STEP_COUNTED && is_set (run->given, "PROBE"))
        g_string_append_printf (run->events, "count=%s ", text);
}

static void
on_offered (const char *offers, gpointer data)
{
    Run *run = data;
    if (is_set (run->given, "OFFERS"))
        g_string_append_printf (run->events, "offers=<%s> ", offers);
}

static void
on_terms (const IbServerTerms *terms, gpointer data)
{
    Run *run = data;
    if (is_set (run->given, "WATCH"))
        g_string_append (run->events, terms->can_push ? "push " : "no-push ");
}

static void
on_backoff (gint64 seconds, gpointer data)
{
    g_string_append_printf (((Run *) data)->events, "backoff=%d ", (int) seconds);
}

static void
on_alert (const char *text, gpointer data)
{
    g_string_append_printf (((Run *) data)->events, "alert=<%s> ", text);
}

static bool
on_watching (const char *mailbox, gpointer data, GError **error)
{
    g_string_append_printf (((Run *) data)->events, "watching=%s ", mailbox);
    return true;
}

static void
hear_wish (Run *run)
{
    char wish;
    if (read (run->wishes, &wish, 1) == 1)
        run->wants_look |= wish == 'l';
}

static bool
on_wish (bool *out_wants_look, gpointer data, GError **error)
{
    Run *run = data;
    hear_wish (run);
    *out_wants_look = run->wants_look;
    run->wants_look = false;
    return true;
}

/* Of 5 and 6: IbKnownMessage. */
static void
add_known (const Dialogue *given, GArray *uids, GArray *known)
{
    const char *six = setting_or (given, "SIX", "");
    const guint32 both[] = { 5, 6 };
    g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "hi\n", -1);
    IbKnownMessage messages[] = {
        { 1767258000, ib_passing_header_mark_of ("<5@example>"), 0 },
        { 1767258060, ib_passing_header_mark_of ("<6@example>"), 0 },
    };
    if (strcmp (six, "undated") == 0)
        messages[1].internal_date_s = 0;
    if (strcmp (six, "same-second") == 0)
        messages[1].internal_date_s = messages[0].internal_date_s;
    if (strcmp (six, "bare") == 0)
        messages[1]
            = (IbKnownMessage){ messages[1].internal_date_s, 0, ib_passing_content_of (digest) };
    g_array_append_vals (uids, both, 2);
    g_array_append_vals (known, messages, 2);
}

static bool
on_enter (const IbMailboxState *state, IbCursor **out_cursor, gpointer data, GError **error)
{
    Run *run = data;
    g_string_append_printf (run->events, "enter=%s", state->name);
    if (*state->special_use != '\0')
        g_string_append_printf (run->events, "(%s)", state->special_use);
    if (state->is_restarted)
        g_string_append (run->events, "(restarted)");
    if (state->most_shown > 0)
        g_string_append_printf (run->events, "(%u shown)", state->most_shown);
    g_string_append_printf (run->events, ":%u:%u:%u ", state->uidvalidity, state->uidnext, state->exists);
    IbCursor *cursor = ib_cursor_new ();
    const guint32 done = uid_of (run->given, "DONE"), retry = uid_of (run->given, "RETRY"),
                  gap = uid_of (run->given, "GAP");
    cursor->since_s = (gint64) dialogue_file_number (run->given, "SINCE");
    cursor->has_orders = is_set (run->given, "UNDONE");
    cursor->low_water = state->is_restarted ? 0 : MAX (uid_of (run->given, "LOW-WATER"), run->highest_uid);
    if (is_set (run->given, "WITNESSES") && !state->is_restarted)
        add_known (run->given, cursor->witnesses, cursor->known);
    cursor->sample_messages = uid_of (run->given, "SAMPLE");
    cursor->sample_bytes = dialogue_file_number (run->given, "SAMPLE-BYTES");
    cursor->samples_read = is_set (run->given, "SAMPLES-READ");
    if (done != 0)
        g_array_append_val (cursor->done, done);
    if (retry != 0)
        g_array_append_val (cursor->retry, retry);
    if (is_set (run->given, "TRIED"))
        g_array_append_val (cursor->tried, retry);
    if (gap != 0)
        g_array_append_val (cursor->gaps, gap);
    *out_cursor = cursor;
    return true;
}

static void
on_mailbox_failed (const char *mailbox, const char *text, gpointer data)
{
    g_string_append_printf (((Run *) data)->events, "failed=%s ", mailbox);
}

static void
on_broke_at (const char *mailbox, gpointer data)
{
    g_string_append_printf (((Run *) data)->events, "broke-at=%s ", mailbox);
}

static void
on_found (guint64 messages, guint64 bytes, gpointer data)
{
    g_string_append_printf (((Run *) data)->events, "found=%u ", (guint) messages);
}

static void
on_attempt (guint32 uid, const char *uidl, gpointer data)
{
    g_string_append_printf (((Run *) data)->events, "attempt=%u ", uid);
}

static int
on_open_body (guint64 size_hint, gpointer data, GError **error)
{
    return memfd_create ("body", MFD_CLOEXEC);
}

static bool
on_deliver (const IbRemoteMessage *message, int fd, gpointer data, GError **error)
{
    Run *run = data;
    char text[256] = "";
    g_assert_cmpint (pread (fd, text, sizeof text - 1, 0), ==, (gssize) message->size_bytes);
    close (fd);
    g_strdelimit (text, "\n", '|');
    g_string_append_printf (run->events, "%u=%s", message->uid, text);
    if (message->flags != 0)
        g_string_append_printf (run->events, "(f%u,d%d,s%d)", message->flags, (int) message->internal_date_s,
                                (int) message->size_served);
    g_string_append_c (run->events, ' ');
    return true;
}

static void
on_drop_body (int fd, gpointer data)
{
    close (fd);
    g_string_append (((Run *) data)->events, "drop ");
}

static bool
on_skip (const IbRemoteMessage *message, IbSkip reason, const char *text, gpointer data, GError **error)
{
    static const char *const words[] = { "large", "refused", "old", "gone" };
    GString *events = ((Run *) data)->events;
    g_string_append_printf (events, "skip=%u:%s", message->uid, words[reason]);
    g_string_append_printf (events, *text != '\0' ? "(%s) " : "%s ", text);
    return true;
}

static bool
has_orders (const Dialogue *given)
{
    return is_set (given, "DELETE") || is_set (given, "MOVE");
}

/* What is to become of 5 and 6. */
static GPtrArray *
new_orders (const Dialogue *given)
{
    const char *move = dialogue_file_setting (given, "MOVE");
    IbSettleOrder *order = ib_settle_order_new (move != NULL ? IB_SETTLE_MOVE : IB_SETTLE_DELETE,
                                                move != NULL ? move + strlen (MOVE_TO) : NULL);
    const guint32 copied = uid_of (given, "DONE");
    add_known (given, order->uids, order->known);
    if (copied != 0)
        g_array_append_val (order->copied, copied);
    GPtrArray *orders = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_settle_order_free);
    g_ptr_array_add (orders, order);
    return orders;
}

static bool
on_taken (guint32 highest_uid, const char *listing, GPtrArray **out_orders, gpointer data, GError **error)
{
    Run *run = data;
    g_string_append_printf (run->events, "taken=%u ", highest_uid);
    run->highest_uid = highest_uid;
    hear_wish (run); /* whoever waits for orders hears it, too */
    struct pollfd goodbye = { .fd = run->fd, .events = POLLIN };
    if (is_set (run->given, "LEAVES-EARLY"))
        g_string_append (run->events, poll (&goodbye, 1, 10000) == 1 ? "bye " : "silence ");
    if (has_orders (run->given))
        *out_orders = new_orders (run->given);
    return true;
}

static void
tell_order (Run *run, const char *word, const IbSettleOrder *order)
{
    g_string_append (run->events, word);
    for (guint i = 0; i < order->uids->len; i++)
        g_string_append_printf (run->events, "%s%u", i > 0 ? "," : "=", g_array_index (order->uids, guint32, i));
}

static bool
on_copied (const IbSettleOrder *order, gpointer data, GError **error)
{
    tell_order (data, "copied", order);
    g_string_append_c (((Run *) data)->events, ' ');
    return true;
}

static bool
on_settled (const IbSettleOrder *order, bool is_done, const char *text, gpointer data, GError **error)
{
    tell_order (data, is_done ? "settled" : "unsettled", order);
    g_string_append_printf (((Run *) data)->events, *text != '\0' ? "(%s) " : "%s ", text);
    return true;
}

static bool
on_moved (const char *mailbox, guint32 uidvalidity, const GArray *uids, const GArray *new_uids, gpointer data,
          GError **error)
{
    GString *events = ((Run *) data)->events;
    g_assert_cmpuint (uids->len, ==, new_uids->len);
    g_string_append_printf (events, "moved=%s:%u", mailbox, uidvalidity);
    for (guint i = 0; i < uids->len; i++)
        g_string_append_printf (events, ",%u>%u", g_array_index (uids, guint32, i), g_array_index (new_uids, guint32, i));
    g_string_append_c (events, ' ');
    return true;
}

/* What the run must tell, in one line as it does. */
static char *
events_of (const Dialogue *given)
{
    g_autoptr (GString) events = g_string_new (given->told->str);
    g_string_replace (events, "EVENTS: ", "", 0);
    g_string_replace (events, "\n", " ", 0);
    return g_strdup (events->str);
}

static void
fetch (const Dialogue *given, bool is_slow)
{
    g_autoptr (GError) error = NULL;
    int pair[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    int wishes[2];
    g_assert_cmpint (pipe2 (wishes, O_CLOEXEC | O_NONBLOCK), ==, 0);
    const char *user = setting_or (given, "USER", "anna"), *password = setting_or (given, "SECRET", "s3cret");
    Server server = { .fd = pair[1], .wishes = wishes[1], .dialogue = given, .is_slow = is_slow,
                      .scram = { user, password } };
    GThread *thread = g_thread_new ("server", serve, &server);

    g_auto (GStrv) folders = g_strsplit (setting_or (given, "FOLDERS", "INBOX"), ";", -1);
    const char *security = setting_or (given, "SECURITY", "none");
    IbAccount account = {
        .name = (char *) "test",
        .host = (char *) (strcmp (security, "none-forbidden") == 0 ? "mail.example" : "localhost"),
        .user = (char *) user, .folders = folders,
        .security = strcmp (security, "starttls") == 0 ? IB_SECURITY_STARTTLS : IB_SECURITY_NONE,
        .protocol = IB_PROTOCOL_IMAP, .auth = is_set (given, "AUTH") ? IB_AUTH_OAUTH2 : IB_AUTH_PASSWORD,
        .max_size_bytes = dialogue_file_number (given, "MAX-SIZE"),
        .after = has_orders (given) && !is_set (given, "UNDONE") ? IB_AFTER_DELETE : IB_AFTER_KEEP,
    };
    g_autoptr (IbSecret) secret = ib_secret_new (password, strlen (password), NULL);
    g_autofree char *put_off = g_strdelimit (g_strdup (setting_or (given, "PUT-OFF", "")), "|", '\n');
    const IbFetchRequest request = {
        .account = &account, .secret = secret, .is_probe = is_set (given, "PROBE"),
        .is_cautious = is_set (given, "CAUTIOUS"), .asks_first = is_set (given, "ASKS-FIRST"),
        .offers = dialogue_file_setting (given, "OFFERS"), .watches = is_set (given, "WATCH"),
        .mailbox = dialogue_file_setting (given, "MAILBOX"), .put_off = *put_off != '\0' ? put_off : NULL,
    };
    g_autoptr (GString) events = g_string_new (NULL);
    Run run = { given, events, pair[0], wishes[0], false, 0 };
    const IbFetchCallbacks callbacks = {
        .step = on_step, .offered = on_offered, .enter = on_enter, .mailbox_failed = on_mailbox_failed, .broke_at = on_broke_at, .found = on_found, .attempt = on_attempt,
        .open_body = on_open_body, .deliver = on_deliver, .drop_body = on_drop_body, .skip = on_skip, .taken = on_taken,
        .copied = on_copied, .settled = on_settled, .moved = on_moved, .terms = on_terms, .backoff = on_backoff, .alert = on_alert,
        .watching = on_watching, .wish_fd = wishes[0], .wish = on_wish, .user_data = &run,
    };
    /* 64 digits: a pin needs no authorities, and here no handshake ends. */
    g_autofree char *pin = g_strnfill (64, '0');
    g_autoptr (IbTrust) trust = ib_trust_new ("", pin, NULL);
    IbStream *stream = ib_stream_new (pair[0], -1, trust, account.host);
    bool is_good = ib_fetch_run (stream, &request, &callbacks, &error);
    g_autofree char *wanted_events = events_of (given), *outcome = dialogue_file_outcome (error);
    ib_stream_free (stream);
    g_thread_join (thread);
    close (wishes[0]);
    close (wishes[1]);

    g_assert_cmpstr (server.complaint, ==, NULL);
    g_assert_cmpstr (events->str, ==, wanted_events);
    if (!dialogue_file_ends_so (given, outcome))
        g_assert_cmpstr (outcome, ==, given->outcome);
    g_assert_true (is_good == (error == NULL));
    if (error != NULL) {
        g_assert_nonnull (strstr (error->message, account.host));
        g_assert_null (strstr (error->message, "evil"));
    }
}

static void
plays (gconstpointer data)
{
    fetch (data, false);
}

static void
plays_slowly (gconstpointer data)
{
    fetch (data, true);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) dialogues = dialogue_file_load ("imap", keys, &error);
    g_assert_no_error (error);
    for (guint i = 0; i < dialogues->len; i++) {
        const Dialogue *given = dialogues->pdata[i];
        g_autofree char *path = g_strconcat ("/remote-imap/", given->name, NULL);
        g_autofree char *slow = g_strconcat (path, "/slow", NULL);
        g_test_add_data_func (path, given, plays);
        if (!is_set (given, "AT-ONCE"))
            g_test_add_data_func (slow, given, plays_slowly);
    }
    return g_test_run ();
}
