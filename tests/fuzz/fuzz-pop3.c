/* fuzz-pop3.c - a POP3 server that says anything, to a client that knows and wants anything
 *
 * dialogue.h says how an input looks. Whatever is said, each message comes once, none that is known does, nothing is deleted
 * before all is safe here, and whatever was to be deleted gets its report, unless other
 * mail had its place. */
#include "dialogue.h"
#include "fetch.h"
#include "passing-header.h"
#include "server-limits.h"

#include <string.h>
#include <unistd.h>

typedef struct {
    Dialogue *dialogue;
    GHashTable *known, *seen;   /* char* */
    GPtrArray *delivered;       /* char* */
    GHashTable *ordered, *said; /* to be deleted, and not reported yet; DELE was said */
    guint64 largest;
    bool is_taken;
    bool looks_again; /* and whatever is other mail then, too, is left to the next run with all the rest */
} World;

static void
on_step (IbFetchStep step, const char *text, gpointer user_data)
{
    g_assert_true (g_utf8_validate (text, -1, NULL));
}

static void
on_offered (const char *offers, gpointer user_data)
{
    g_assert_cmpuint (strlen (offers), <=, IB_LIMIT_OFFERS_BYTES);
    for (; *offers != '\0'; offers++)
        g_assert_true (g_ascii_isprint (*offers) || *offers == '\n');
}

static void
on_terms (const IbServerTerms *terms, gpointer user_data)
{
    g_assert_true (!terms->can_push && terms->login_delay_s >= 0
                   && terms->login_delay_s <= IB_LIMIT_BACKOFF_S);
}

static void
on_backoff (gint64 seconds, gpointer user_data)
{
    g_assert_true (seconds > 0 && seconds <= IB_LIMIT_BACKOFF_S);
}

/* Nothing was done yet of what was ordered, and what came is known. */
static void
look_again (World *world)
{
    g_assert_false (dialogue_was_told (world->dialogue, "DELE"));
    world->looks_again = true;
    g_hash_table_remove_all (world->ordered);
    g_hash_table_remove_all (world->seen);
    for (guint i = 0; i < world->delivered->len; i++)
        g_hash_table_add (world->known, g_strdup (world->delivered->pdata[i]));
}

static bool
on_enter (const IbMailboxState *state, IbCursor **out_cursor, gpointer user_data, GError **error)
{
    World *world = user_data;
    GHashTableIter known;
    gpointer uidl;
    g_assert_cmpuint (strlen (state->listing), <=, IB_LIMIT_LISTING_BYTES);
    if (world->is_taken)
        look_again (world);
    *out_cursor = ib_cursor_new ();
    (*out_cursor)->since_s = (gint64) (dialogue_get_number (world->dialogue, "since") & G_MAXINT64);
    (*out_cursor)->is_unchanged = dialogue_has_flag (world->dialogue, "unchanged") && !world->is_taken;
    g_hash_table_iter_init (&known, world->known);
    while (g_hash_table_iter_next (&known, &uidl, NULL))
        g_hash_table_add ((*out_cursor)->known_uidls, g_strdup (uidl));
    g_auto (GStrv) tried = dialogue_get_words (world->dialogue, "tried", " ");
    for (char **each = tried; *each != NULL; each++)
        g_hash_table_add ((*out_cursor)->tried_uidls, g_strdup (*each));
    gint64 old_s = (gint64) (dialogue_get_number (world->dialogue, "old") & G_MAXINT64);
    g_hash_table_add ((*out_cursor)->old_dates, g_memdup2 (&old_s, sizeof old_s));
    return dialogue_goes_on (world->dialogue, "enter");
}

static void
on_mailbox_failed (const char *mailbox, const char *server_text, gpointer user_data)
{
    g_assert_not_reached ();
}

static void
on_renamed (gpointer user_data)
{
    World *world = user_data;
    g_assert_cmpuint (g_hash_table_size (world->known), >, 0);
    g_assert_cmpuint (g_hash_table_size (world->seen), ==, 0);
}

static void
on_found (guint64 messages, guint64 bytes, gpointer user_data)
{
}

static void
on_attempt (guint32 uid, const char *uidl, gpointer user_data)
{
    g_assert_cmpuint (uid, ==, 0);
    g_assert_cmpuint (strlen (uidl), <=, IB_LIMIT_IDENTITY_BYTES);
    for (const char *c = uidl; *c != '\0'; c++)
        g_assert_true (g_ascii_isgraph (*c));
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

/* It has an identity, that can be kept and is nobody else's. */
static void
meet (World *world, const IbRemoteMessage *message)
{
    const char *uidl = message->uidl;
    g_assert_cmpuint (message->uid, ==, 0);
    g_assert_true (uidl != NULL && *uidl != '\0' && strlen (uidl) <= IB_LIMIT_IDENTITY_BYTES);
    for (const char *c = uidl; *c != '\0'; c++)
        g_assert_true (g_ascii_isgraph (*c));
    g_assert_false (g_hash_table_contains (world->known, uidl));
    g_assert_true (g_hash_table_add (world->seen, g_strdup (uidl)));
}

static bool
on_deliver (const IbRemoteMessage *message, int fd, gpointer user_data, GError **error)
{
    World *world = user_data;
    meet (world, message);
    g_assert_cmpint (lseek (fd, 0, SEEK_END), ==, (gint64) message->size_bytes);
    g_assert_true (world->largest == 0 || message->size_bytes <= world->largest);
    dialogue_close_body (world->dialogue, fd);
    g_ptr_array_add (world->delivered, g_strdup (message->uidl));
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
    if (reason == IB_SKIP_LEFT_OUT)
        g_assert_true (g_hash_table_contains (world->known, message->uidl));
    else
        meet (world, message);
    g_assert_true (g_utf8_validate (server_text, -1, NULL));
    return dialogue_goes_on (world->dialogue, "skip");
}

static void
order (World *world, IbSettleOrder *order, const char *uidl)
{
    const char *message_id = dialogue_get (world->dialogue, "id");
    const IbKnownMessage known = {
        .mark = ib_passing_header_mark_of (message_id != NULL ? message_id : ""),
        .content = dialogue_get_number (world->dialogue, "content"),
    };
    if (order->verb == IB_SETTLE_DELETE ? g_hash_table_add (world->ordered, g_strdup (uidl)) : true) {
        g_ptr_array_add (order->uidls, g_strdup (uidl));
        g_array_append_val (order->known, known);
    }
}

/* "*": all that was delivered now. */
static IbSettleOrder *
make_order (World *world, const char *key, IbSettleVerb verb)
{
    IbSettleOrder *self = ib_settle_order_new (verb, "Archive");
    g_auto (GStrv) uidls = dialogue_get_words (world->dialogue, key, " ");
    for (char **uidl = uidls; *uidl != NULL; uidl++)
        if (strcmp (*uidl, "*") != 0)
            order (world, self, *uidl);
        else
            for (guint i = 0; i < world->delivered->len; i++)
                order (world, self, world->delivered->pdata[i]);
    return self;
}

static bool
on_taken (guint32 highest_uid, const char *listing, GPtrArray **out_orders, gpointer user_data,
          GError **error)
{
    static const struct {
        const char *key;
        IbSettleVerb verb;
    } verbs[]
        = { { "move", IB_SETTLE_MOVE }, { "delete", IB_SETTLE_DELETE }, { "then-delete", IB_SETTLE_DELETE } };
    World *world = user_data;
    g_assert_false (dialogue_was_told (world->dialogue, "DELE"));
    world->is_taken = true;
    *out_orders = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_settle_order_free);
    for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
        if (dialogue_get (world->dialogue, verbs[i].key) != NULL)
            g_ptr_array_add (*out_orders, make_order (world, verbs[i].key, verbs[i].verb));
    return dialogue_goes_on (world->dialogue, "taken");
}

static bool
on_copied (const IbSettleOrder *order, gpointer user_data, GError **error)
{
    World *world = user_data;
    g_assert_true (dialogue_was_told (world->dialogue, "DELE"));
    g_assert_false (dialogue_was_told (world->dialogue, "QUIT"));
    for (guint i = 0; i < order->uidls->len; i++) {
        g_assert_true (g_hash_table_contains (world->ordered, order->uidls->pdata[i]));
        g_hash_table_add (world->said, g_strdup (order->uidls->pdata[i]));
    }
    return dialogue_goes_on (world->dialogue, "copied");
}

/* Each is reported once; as deleted, if that was announced and QUIT was said. */
static bool
on_settled (const IbSettleOrder *order, bool is_done, const char *server_text, gpointer user_data,
            GError **error)
{
    World *world = user_data;
    bool is_deleted = is_done && order->verb == IB_SETTLE_DELETE;
    g_assert_true (g_utf8_validate (server_text, -1, NULL));
    g_assert_true (!is_deleted || dialogue_was_told (world->dialogue, "QUIT"));
    for (guint i = 0; order->verb != IB_SETTLE_MOVE && i < order->uidls->len; i++) {
        g_assert_true (g_hash_table_remove (world->ordered, order->uidls->pdata[i]));
        g_assert_true (is_deleted == g_hash_table_contains (world->said, order->uidls->pdata[i]));
        if (order->verb == IB_SETTLE_GONE)
            g_hash_table_remove (world->known, order->uidls->pdata[i]);
    }
    return dialogue_goes_on (world->dialogue, "settled");
}

/* --- a run --------------------------------------------------------------------------------------------------- */

static void
run (World *world)
{
    Dialogue *dialogue = world->dialogue;
    g_autoptr (GError) error = NULL;
    g_autofree char *user = g_strdup (dialogue_get (dialogue, "user")),
                    *offers = g_strdup (dialogue_get (dialogue, "offers"));
    IbAccount account
        = { .protocol = IB_PROTOCOL_POP3,
            .host = (char *) (dialogue_has_flag (dialogue, "far") ? "pop.example" : "localhost"),
            .user = user != NULL ? user : (char *) "anna",
            .security = dialogue_get_security (dialogue),
            .auth = dialogue_has_flag (dialogue, "oauth2") ? IB_AUTH_OAUTH2 : IB_AUTH_PASSWORD,
            .max_size_bytes = world->largest };
    g_autofree char *pin = g_strnfill (64, '0');
    g_autoptr (IbTrust) trust = account.security == IB_SECURITY_NONE ? NULL : ib_trust_new ("", pin, NULL);
    g_autoptr (IbSecret) secret = ib_secret_new ("secret", 6, NULL);
    g_autoptr (IbStream) stream = ib_stream_new (dialogue_take_client (dialogue), -1, trust, account.host);
    const IbFetchRequest request = {
        .account = &account,
        .secret = secret,
        .is_probe = dialogue_has_flag (dialogue, "probe"),
        .is_cautious = dialogue_has_flag (dialogue, "cautious"),
        .asks_first = dialogue_has_flag (dialogue, "asks-first"),
        .offers = offers != NULL ? g_strdelimit (offers, "|", '\n') : NULL,
    };
    const IbFetchCallbacks callbacks = {
        .step = on_step,
        .offered = on_offered,
        .terms = on_terms,
        .backoff = on_backoff,
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
    bool is_done = ib_fetch_run (stream, &request, &callbacks, &error);
    g_assert_true (is_done == (error == NULL));
    g_assert_true (is_done || error->domain == IB_FETCH_ERROR);
    g_assert_true (!is_done || request.is_probe
                   || (world->is_taken && (world->looks_again || g_hash_table_size (world->ordered) == 0)));
    g_assert_cmpuint (dialogue_count_bodies (dialogue), ==, 0);
    bool may_sign_in = account.security == IB_SECURITY_NONE && !dialogue_has_flag (dialogue, "far");
    g_assert_true (may_sign_in
                   || (!dialogue_was_told (dialogue, "PASS") && !dialogue_was_told (dialogue, "AUTH")));
}

static GHashTable *
new_set (void)
{
    return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

int LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length);
int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length)
{
    g_autoptr (Dialogue) dialogue = dialogue_new (bytes, length);
    g_autoptr (GHashTable) known = new_set (), seen = new_set (), ordered = new_set (), said = new_set ();
    g_autoptr (GPtrArray) delivered = g_ptr_array_new_with_free_func (g_free);
    World world = { .dialogue = dialogue,
                    .known = known,
                    .seen = seen,
                    .delivered = delivered,
                    .ordered = ordered,
                    .said = said,
                    .largest = dialogue_get_number (dialogue, "max-size") };
    g_auto (GStrv) words = dialogue_get_words (dialogue, "known", " ");
    for (char **uidl = words; *uidl != NULL; uidl++)
        g_hash_table_add (known, g_strdup (*uidl));
    run (&world);
    return 0;
}
