/* fuzz-imap.c - an IMAP server that says anything, to a client that knows and wants anything
 *
 * dialogue.h says how an input looks. Whatever is said, no message comes twice in one visit, none that is known does, nothing
 * is touched before all is safe here or unless it was ordered, and whatever was ordered gets its report: unless other mail has
 * the numbers, and then nothing is touched by them. */
#include "dialogue.h"
#include "fetch.h"
#include "passing-header.h"
#include "server-limits.h"
#include "uid-set.h"

#include <string.h>
#include <unistd.h>

typedef struct {
    Dialogue *dialogue;
    const IbAccount *account;
    GHashTable *heights; /* char* mailbox: the highest UID taken there */
    char *mailbox;       /* the one entered */
    IbCursor *cursor;    /* its */
    GHashTable *came;    /* guint32, since it was entered */
    GArray *ordered;     /* guint32, sorted: what was and has no report yet */
    bool was_ordered, was_taken, wants_look;
    bool is_settling; /* what was ordered was so in this visit */
    guint alerts;
} World;

static void
check_text (const char *text)
{
    g_assert_true (g_utf8_validate (text, -1, NULL));
}

static void
on_step (IbFetchStep step, const char *text, gpointer user_data)
{
    check_text (text);
}

static void
on_offered (const char *offers, gpointer user_data)
{
    g_assert_cmpuint (strlen (offers), <=, IB_LIMIT_OFFERS_BYTES);
    check_text (offers);
}

static void
on_terms (const IbServerTerms *terms, gpointer user_data)
{
    g_assert_cmpint (terms->login_delay_s, ==, 0);
}

static void
on_line (const IbServerLine *line, gpointer user_data)
{
}

static void
on_backoff (gint64 seconds, gpointer user_data)
{
    g_assert_true (seconds > 0 && seconds <= IB_LIMIT_BACKOFF_S);
}

static void
on_alert (const char *text, gpointer user_data)
{
    World *world = user_data;
    check_text (text);
    g_assert_cmpuint (++world->alerts, <=, IB_LIMIT_ALERTS);
    g_assert_true (world->account->security == IB_SECURITY_NONE);
}

/* --- a visit ------------------------------------------------------------------------------------------------- */

static void
add_numbers (World *world, const char *key, GArray *numbers)
{
    g_auto (GStrv) words = dialogue_get_words (world->dialogue, key, " ");
    for (char **word = words; *word != NULL; word++) {
        guint32 number = (guint32) g_ascii_strtoull (*word, NULL, 10);
        if (number > (numbers->len > 0 ? g_array_index (numbers, guint32, numbers->len - 1) : 0))
            g_array_append_val (numbers, number);
    }
}

static const char *const changes[]
    = { "UID STORE", "UID EXPUNGE", "EXPUNGE", "UID COPY", "UID MOVE", "CREATE" };

static bool
was_anything_changed (World *world)
{
    for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
        if (dialogue_was_told (world->dialogue, changes[i]))
            return true;
    return false;
}

/* Of what was taken under numbers that mean other messages now, nothing is known. */
static IbCursor *
make_cursor (World *world, bool is_restarted)
{
    Dialogue *dialogue = world->dialogue;
    guint32 height = GPOINTER_TO_UINT (g_hash_table_lookup (world->heights, world->mailbox));
    IbCursor *cursor = ib_cursor_new ();
    cursor->sample_messages = (guint32) dialogue_get_number (dialogue, "sample");
    cursor->sample_bytes = dialogue_get_number (dialogue, "sample-bytes");
    cursor->samples_read = dialogue_has_flag (dialogue, "samples-read");
    cursor->low_water = is_restarted ? 0 : MAX ((guint32) dialogue_get_number (dialogue, "low"), height);
    if (cursor->low_water == 0)
        cursor->since_s = (gint64) (dialogue_get_number (dialogue, "since") & G_MAXUINT32);
    if (!is_restarted) {
        add_numbers (world, "done", cursor->done);
        add_numbers (world, "retry", cursor->retry);
    }
    return cursor;
}

static bool
on_enter (const IbMailboxState *state, IbCursor **out_cursor, gpointer user_data, GError **error)
{
    World *world = user_data;
    check_text (state->display_name);
    check_text (state->special_use);
    g_assert_cmpuint (state->exists, <=, IB_LIMIT_MAILBOX_MESSAGES);
    g_free (world->mailbox);
    world->mailbox = g_strdup (state->name);
    g_hash_table_remove_all (world->came);
    if (state->is_restarted && world->is_settling) {
        g_assert_false (was_anything_changed (world));
        g_array_set_size (world->ordered, 0);
    }
    world->is_settling = false;
    g_clear_pointer (&world->cursor, ib_cursor_free);
    if (dialogue_has_flag (world->dialogue, "passes-by"))
        return true;
    world->cursor = make_cursor (world, state->is_restarted);
    *out_cursor = make_cursor (world, state->is_restarted);
    return dialogue_goes_on (world->dialogue, "enter");
}

static void
on_mailbox_failed (const char *mailbox, const char *server_text, gpointer user_data)
{
    check_text (server_text);
}

static void
on_found (guint64 messages, guint64 bytes, gpointer user_data)
{
}

static void
on_attempt (guint32 uid, const char *uidl, gpointer user_data)
{
    g_assert_true (uid != 0 && dialogue_has_flag (((World *) user_data)->dialogue, "cautious"));
}

static int
on_open_body (guint64 size_hint, gpointer user_data, GError **error)
{
    return dialogue_open_body (((World *) user_data)->dialogue);
}

static int
on_grow_body (int fd, gpointer user_data, GError **error)
{
    return fd;
}

static bool
is_wanted (const World *world, guint32 uid)
{
    const IbCursor *cursor = world->cursor;
    return cursor->sample_messages > 0
           || (uid > cursor->low_water && !ib_uid_set_contains (cursor->done, uid))
           || ib_uid_set_contains (cursor->retry, uid);
}

static bool
on_deliver (const IbRemoteMessage *message, int fd, gpointer user_data, GError **error)
{
    World *world = user_data;
    g_assert_null (message->uidl);
    g_assert_true (is_wanted (world, message->uid));
    g_assert_true (g_hash_table_add (world->came, GUINT_TO_POINTER (message->uid)));
    g_assert_cmpint (lseek (fd, 0, SEEK_END), ==, (gint64) message->size_bytes);
    dialogue_close_body (world->dialogue, fd);
    return dialogue_goes_on (world->dialogue, "deliver");
}

static void
on_drop_body (int fd, gpointer user_data)
{
    dialogue_close_body (((World *) user_data)->dialogue, fd);
}

static bool
on_skip (const IbRemoteMessage *message, IbSkip reason, const char *server_text, gpointer user_data,
         GError **error)
{
    World *world = user_data;
    check_text (server_text);
    g_assert_cmpuint (message->uid, !=, 0);
    g_assert_true (is_wanted (world, message->uid)
                   || (reason == IB_SKIP_OLD && message->uid > world->cursor->low_water));
    return dialogue_goes_on (world->dialogue, "skip");
}

/* --- settling ------------------------------------------------------------------------------------------------ */

static IbSettleOrder *
make_order (World *world)
{
    const char *folder = dialogue_get (world->dialogue, "move");
    IbSettleOrder *order = ib_settle_order_new (folder != NULL ? IB_SETTLE_MOVE : IB_SETTLE_DELETE, folder);
    const char *message_id = dialogue_get (world->dialogue, "id");
    const IbKnownMessage known = {
        .internal_date_s = (gint64) (dialogue_get_number (world->dialogue, "date") & G_MAXUINT32),
        .mark = ib_passing_header_mark_of (message_id != NULL ? message_id : ""),
        .content = dialogue_get_number (world->dialogue, "content"),
    };
    add_numbers (world, "order", order->uids);
    add_numbers (world, "copied", order->copied);
    for (guint i = 0; i < order->uids->len; i++)
        g_array_append_val (order->known, known);
    g_array_append_vals (world->ordered, order->uids->data, order->uids->len);
    return order;
}

static void
hear_wish (World *world)
{
    char wish;
    while (read (dialogue_get_wishes (world->dialogue), &wish, 1) == 1)
        world->wants_look |= wish == 'l';
}

static bool
on_taken (guint32 highest_uid, const char *listing, GPtrArray **out_orders, gpointer user_data,
          GError **error)
{
    World *world = user_data;
    g_assert_true (world->was_ordered || !was_anything_changed (world));
    g_hash_table_insert (world->heights, g_strdup (world->mailbox),
                         GUINT_TO_POINTER (MAX (highest_uid, world->cursor->low_water)));
    hear_wish (world);
    world->was_taken = true;
    if (dialogue_get (world->dialogue, "order") != NULL && !world->was_ordered) {
        *out_orders = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_settle_order_free);
        g_ptr_array_add (*out_orders, make_order (world));
        world->was_ordered = world->is_settling = true;
    }
    return dialogue_goes_on (world->dialogue, "taken");
}

static bool
on_copied (const IbSettleOrder *order, gpointer user_data, GError **error)
{
    World *world = user_data;
    g_assert_true (dialogue_was_told (world->dialogue, "UID COPY"));
    for (guint i = 0; i < order->uids->len; i++)
        g_assert_true (ib_uid_set_contains (world->ordered, g_array_index (order->uids, guint32, i)));
    return dialogue_goes_on (world->dialogue, "copied");
}

/* In the order's order. */
static bool
on_settled (const IbSettleOrder *order, bool is_done, const char *server_text, gpointer user_data,
            GError **error)
{
    World *world = user_data;
    check_text (server_text);
    for (guint i = 0, at = 0; i < order->uids->len; i++) {
        while (at < world->ordered->len
               && g_array_index (world->ordered, guint32, at) != g_array_index (order->uids, guint32, i))
            at++;
        g_assert_cmpuint (at, <, world->ordered->len);
        g_array_remove_index (world->ordered, at);
    }
    return dialogue_goes_on (world->dialogue, "settled");
}

static bool
on_moved (const char *mailbox, guint32 uidvalidity, const GArray *uids, const GArray *new_uids,
          gpointer user_data, GError **error)
{
    g_assert_cmpuint (uids->len, ==, new_uids->len);
    return dialogue_goes_on (((World *) user_data)->dialogue, "moved");
}

/* --- watching ------------------------------------------------------------------------------------------------ */

static bool
on_watching (const char *mailbox, gpointer user_data, GError **error)
{
    return dialogue_goes_on (((World *) user_data)->dialogue, "watching");
}

static bool
on_wish (bool *out_wants_look, gpointer user_data, GError **error)
{
    World *world = user_data;
    hear_wish (world);
    *out_wants_look = world->wants_look;
    world->wants_look = false;
    return true;
}

/* --- a run --------------------------------------------------------------------------------------------------- */

static void
run (World *world, const IbAccount *account)
{
    Dialogue *dialogue = world->dialogue;
    g_autoptr (GError) error = NULL;
    g_autofree char *pin = g_strnfill (64, '0');
    g_autoptr (IbTrust) trust = account->security == IB_SECURITY_NONE ? NULL : ib_trust_new ("", pin, NULL);
    const char *password
        = dialogue_get (dialogue, "password") != NULL ? dialogue_get (dialogue, "password") : "s3cret";
    g_autoptr (IbSecret) secret = ib_secret_new (password, strlen (password), NULL);
    g_autoptr (IbStream) stream = ib_stream_new (dialogue_take_client (dialogue), -1, trust, account->host);
    const IbFetchRequest request = {
        .account = account,
        .secret = secret,
        .is_probe = dialogue_has_flag (dialogue, "probe"),
        .mailbox = dialogue_get (dialogue, "mailbox"),
        .watches = dialogue_has_flag (dialogue, "watches"),
        .is_cautious = dialogue_has_flag (dialogue, "cautious"),
        .asks_first = dialogue_has_flag (dialogue, "asks-first"),
        .offers = dialogue_get (dialogue, "offers"),
        .line = { .bytes_per_second = dialogue_get_number (dialogue, "speed"),
                  .does_not_compress = dialogue_has_flag (dialogue, "does-not-compress") },
    };
    const IbFetchCallbacks callbacks = {
        .step = on_step,
        .offered = on_offered,
        .terms = on_terms,
        .line = on_line,
        .backoff = on_backoff,
        .alert = on_alert,
        .enter = on_enter,
        .mailbox_failed = on_mailbox_failed,
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
        .moved = on_moved,
        .watching = on_watching,
        .wish_fd = dialogue_get_wishes (dialogue),
        .wish = on_wish,
        .user_data = world,
    };
    bool is_done = ib_fetch_run (stream, &request, &callbacks, &error);
    g_assert_true (is_done == (error == NULL));
    g_assert_true (is_done || error->domain == IB_FETCH_ERROR);
    g_assert_true (!is_done || world->ordered->len == 0);
    g_assert_cmpuint (dialogue_count_bodies (dialogue), ==, 0);
    g_assert_true (
        ib_account_may_be_plaintext (account)
        || (!dialogue_was_told (dialogue, "LOGIN") && !dialogue_was_told (dialogue, "AUTHENTICATE")));
}

static void
run_account (World *world)
{
    const Dialogue *dialogue = world->dialogue;
    const char *user = dialogue_get (dialogue, "user"), *folders = dialogue_get (dialogue, "folders");
    g_auto (GStrv) wanted = g_strsplit (folders != NULL ? folders : "INBOX", ";", 20);
    const IbAccount account = {
        .name = (char *) "test",
        .host = (char *) (dialogue_has_flag (dialogue, "far") ? "mail.example" : "localhost"),
        .user = (char *) (user != NULL ? user : "anna"),
        .folders = wanted,
        .security = dialogue_get_security (dialogue),
        .protocol = IB_PROTOCOL_IMAP,
        .auth = dialogue_has_flag (dialogue, "oauth2") ? IB_AUTH_OAUTH2 : IB_AUTH_PASSWORD,
        .max_size_bytes = dialogue_get_number (dialogue, "max-size"),
        .after = dialogue_get (dialogue, "order") != NULL ? IB_AFTER_DELETE : IB_AFTER_KEEP,
        .server_junk
        = dialogue_has_flag (dialogue, "server-junk") ? IB_SERVER_JUNK_MOVE : IB_SERVER_JUNK_NONE,
    };
    world->account = &account;
    run (world, &account);
}

int LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length);
int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length)
{
    g_autoptr (Dialogue) dialogue = dialogue_new (bytes, length);
    g_autoptr (GHashTable) heights = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
                           came = g_hash_table_new (NULL, NULL);
    g_autoptr (GArray) ordered = g_array_new (FALSE, FALSE, sizeof (guint32));
    World world = { .dialogue = dialogue, .heights = heights, .came = came, .ordered = ordered };
    run_account (&world);
    g_free (world.mailbox);
    ib_cursor_free (world.cursor);
    return 0;
}
