/* What service and fetch worker say arrives as it was meant; nonsense from a worker is seen; long lists go in pieces. */
#include "fetch-wire.h"
#include "face.h"
#include "server-limits.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- nonsense ------------------------------------------------------------------------------------------------ */

static bool
reads_mailbox (GVariant *body)
{
    IbMailboxState state;
    return ib_fetch_wire_unpack_mailbox (body, &state);
}

static bool
reads_alert (GVariant *body)
{
    const char *text;
    return ib_fetch_wire_unpack_alert (body, &text);
}

static bool
reads_mailbox_failed (GVariant *body)
{
    const char *mailbox, *text;
    return ib_fetch_wire_unpack_mailbox_failed (body, &mailbox, &text);
}

static bool
reads_offers (GVariant *body)
{
    const char *offers;
    return ib_fetch_wire_unpack_offered (body, &offers);
}

static bool
reads_terms (GVariant *body)
{
    IbServerTerms terms;
    return ib_fetch_wire_unpack_terms (body, &terms);
}

static bool
reads_broke_at (GVariant *body)
{
    const char *mailbox;
    return ib_fetch_wire_unpack_broke_at (body, &mailbox);
}

static bool
reads_watching (GVariant *body)
{
    const char *mailbox;
    return ib_fetch_wire_unpack_watching (body, &mailbox);
}

static bool
reads_step (GVariant *body)
{
    IbFetchStep step;
    const char *text;
    return ib_fetch_wire_unpack_step (body, &step, &text);
}

static bool
reads_found (GVariant *body)
{
    guint64 messages, bytes;
    return ib_fetch_wire_unpack_found (body, &messages, &bytes);
}

static bool
reads_attempt (GVariant *body)
{
    guint32 uid;
    const char *uidl;
    return ib_fetch_wire_unpack_attempt (body, &uid, &uidl);
}

static bool
reads_skip (GVariant *body)
{
    IbRemoteMessage message;
    IbSkip reason;
    const char *text;
    return ib_fetch_wire_unpack_skip (body, &message, &reason, &text);
}

static bool
reads_settled (GVariant *body)
{
    g_autoptr (IbSettleOrder) order = NULL;
    bool is_done;
    const char *text;
    return ib_fetch_wire_unpack_settled (body, &order, &is_done, &text);
}

static bool
reads_moved (GVariant *body)
{
    g_autoptr (GArray) uids = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autoptr (GArray) new_uids = g_array_new (FALSE, FALSE, sizeof (guint32));
    const char *mailbox;
    guint32 uidvalidity;
    return ib_fetch_wire_unpack_moved (body, &mailbox, &uidvalidity, uids, new_uids);
}

/* In GVariant's text format; b'…' is a string with its NUL. What is sound stands beside what is not, so that a row can
 * only fail for its one fault. */
static const struct {
    const char *name;
    bool (*reads) (GVariant *body);
    const char *type, *text;
    bool is_sound;
} rows[] = {
    { "moved", reads_moved, "(ayuauau)", "(b'Junk', 9, [1, 2], [7, 0])", true },
    { "moved-nowhere", reads_moved, "(ayuauau)", "(b'', 9, [1, 2], [7, 8])", false },
    { "moved-without-uidvalidity", reads_moved, "(ayuauau)", "(b'Junk', 0, [1, 2], [7, 8])", false },
    { "moved-nothing", reads_moved, "(ayuauau)", "(b'Junk', 9, @au [], @au [])", false },
    { "moved-one-too-few", reads_moved, "(ayuauau)", "(b'Junk', 9, [1, 2], [7])", false },
    { "moved-twice", reads_moved, "(ayuauau)", "(b'Junk', 9, [1, 1], [7, 8])", false },
    { "mailbox", reads_mailbox, "(ayayayuuuaybu)", "(b'INBOX', b'INBOX', b'Junk', 7, 8, 9, b'', false, 0)", true },
    { "mailbox-without-a-name", reads_mailbox, "(ayayayuuuaybu)", "(b'', b'INBOX', b'', 7, 8, 9, b'', false, 0)", false },
    { "mailbox-without-a-shown-name", reads_mailbox, "(ayayayuuuaybu)", "(b'INBOX', b'', b'', 7, 8, 9, b'', false, 0)", false },
    { "mailbox-not-utf8", reads_mailbox, "(ayayayuuuaybu)", "(b'INBOX', b'\\377', b'', 7, 8, 9, b'', false, 0)", false },
    { "mailbox-without-nul", reads_mailbox, "(ayayayuuuaybu)", "([0x41], b'INBOX', b'', 7, 8, 9, b'', false, 0)", false },
    { "mailbox-of-no-bytes", reads_mailbox, "(ayayayuuuaybu)", "([], b'INBOX', b'', 7, 8, 9, b'', false, 0)", false },
    { "mailbox-with-nul-inside", reads_mailbox, "(ayayayuuuaybu)",
      "([0x41, 0, 0x42, 0], b'INBOX', b'', 7, 8, 9, b'', false, 0)", false },
    { "mailbox-with-odd-use", reads_mailbox, "(ayayayuuuaybu)", "(b'INBOX', b'INBOX', b'../x', 7, 8, 9, b'', false, 0)", false },
    { "mailbox-with-long-use", reads_mailbox, "(ayayayuuuaybu)",
      "(b'INBOX', b'INBOX', b'abcdefghijklmnopqrstuvwxyzabcdefg', 7, 8, 9, b'', false, 0)", false },
    { "mailbox-with-listing", reads_mailbox, "(ayayayuuuaybu)", "(b'INBOX', b'INBOX', b'', 0, 0, 9, b'c0ffee', false, 0)", true },
    { "mailbox-with-odd-listing", reads_mailbox, "(ayayayuuuaybu)", "(b'INBOX', b'INBOX', b'', 0, 0, 9, b'c/e', false, 0)", false },
    { "mailbox-with-long-listing", reads_mailbox, "(ayayayuuuaybu)",
      "(b'INBOX', b'INBOX', b'', 0, 0, 9, b'01234567890123456789012345678901234567890123456789012345678901234', false, 0)", false },

    { "offers", reads_offers, "ay", "b'IMAP4rev1 AUTH=PLAIN'", true },
    { "offers-none", reads_offers, "ay", "b''", true },
    { "offers-in-lines", reads_offers, "ay", "b'TOP\\nSASL PLAIN'", true },
    { "offers-with-escape", reads_offers, "ay", "b'\\033[31m'", false },
    { "offers-8-bit", reads_offers, "ay", "b'\\303\\274'", false },
    { "offers-of-no-bytes", reads_offers, "ay", "[]", false },

    { "terms", reads_terms, "(bx)", "(true, 0)", true },
    { "terms-for-a-day", reads_terms, "(bx)", "(false, 86400)", true },
    { "terms-beyond", reads_terms, "(bx)", "(false, 86401)", false },
    { "terms-backwards", reads_terms, "(bx)", "(false, -1)", false },

    { "broke-at", reads_broke_at, "ay", "b'Old'", true },
    { "broke-at-nothing", reads_broke_at, "ay", "b''", false },
    { "broke-at-two-lines", reads_broke_at, "ay", "b'Old\\nINBOX'", false },
    { "watching", reads_watching, "ay", "b'INBOX'", true },
    { "watching-nothing", reads_watching, "ay", "b''", false },
    { "watching-of-no-bytes", reads_watching, "ay", "[]", false },
    { "watching-with-nul-inside", reads_watching, "ay", "[0x41, 0, 0x42, 0]", false },

    { "alert", reads_alert, "(ay)", "(b'no',)", true },
    { "alert-of-nothing", reads_alert, "(ay)", "(b'',)", false },
    { "alert-with-escape", reads_alert, "(ay)", "(b'\\033[31m',)", false },
    { "mailbox-failed", reads_mailbox_failed, "(ayay)", "(b'INBOX', b'no')", true },
    { "mailbox-failed-without-a-name", reads_mailbox_failed, "(ayay)", "(b'', b'no')", false },
    { "mailbox-failed-with-escape", reads_mailbox_failed, "(ayay)", "(b'INBOX', b'\\033[31m')", false },

    { "step", reads_step, "(yay)", "(4, b'INBOX: 3 messages')", true },
    { "step-in-another-language", reads_step, "(yay)", "(4, b'INBOX: 3 Nachrichten, gr\\303\\274n')", true },
    { "step-beyond", reads_step, "(yay)", "(7, b'x')", false },
    { "step-with-line-break", reads_step, "(yay)", "(4, b'a\\nb')", false },
    { "step-not-utf8", reads_step, "(yay)", "(4, b'\\303')", false },
    { "step-with-bidi", reads_step, "(yay)", "(4, b'a\\342\\200\\256b')", false },

    { "found", reads_found, "(tt)", "(4000000, 18446744073709551615)", true },
    { "found-too-much", reads_found, "(tt)", "(4000001, 0)", false },

    { "attempt-at-a-uid", reads_attempt, "(uay)", "(7, b'')", true },
    { "attempt-at-a-uidl", reads_attempt, "(uay)", "(0, b'a')", true },
    { "attempt-at-what-has-no-name", reads_attempt, "(uay)", "(0, b'')", true },
    { "attempt-with-blank", reads_attempt, "(uay)", "(0, b'a b')", false },
    { "attempt-of-no-bytes", reads_attempt, "(uay)", "(0, [])", false },

    { "skip", reads_skip, "((uayuxtt)yay)", "((1, b'', 0, 0, 5, 0), 3, b'gone')", true },
    { "skip-beyond", reads_skip, "((uayuxtt)yay)", "((1, b'', 0, 0, 5, 0), 5, b'gone')", false },
    { "skip-of-nothing", reads_skip, "((uayuxtt)yay)", "((0, b'', 0, 0, 5, 0), 3, b'gone')", false },
    { "skip-with-control", reads_skip, "((uayuxtt)yay)", "((1, b'', 0, 0, 5, 0), 3, b'\\007')", false },

    { "settled-uids", reads_settled, "(byayauaayay)", "(true, 1, b'Archive', [1, 3], [], b'')", true },
    { "settled-uidls", reads_settled, "(byayauaayay)", "(false, 0, b'', [], [b'a', b'b'], b'no')", true },
    { "settled-nothing", reads_settled, "(byayauaayay)", "(true, 0, b'', [], [], b'')", false },
    { "settled-both", reads_settled, "(byayauaayay)", "(true, 0, b'', [1], [b'a'], b'')", false },
    { "settled-uid-zero", reads_settled, "(byayauaayay)", "(true, 0, b'', [0, 1], [], b'')", false },
    { "settled-twice", reads_settled, "(byayauaayay)", "(true, 0, b'', [1, 1], [], b'')", false },
    { "settled-unsorted", reads_settled, "(byayauaayay)", "(true, 0, b'', [2, 1], [], b'')", false },
    { "settled-gone", reads_settled, "(byayauaayay)", "(true, 2, b'', [], [b'a'], b'')", true },
    { "settled-gone-uid", reads_settled, "(byayauaayay)", "(true, 2, b'', [1], [], b'')", false },
    { "settled-doubt", reads_settled, "(byayauaayay)", "(false, 3, b'', [1], [], b'no')", true },
    { "settled-doubt-done", reads_settled, "(byayauaayay)", "(true, 3, b'', [1], [], b'no')", false },
    { "settled-verb-beyond", reads_settled, "(byayauaayay)", "(false, 4, b'', [], [b'a'], b'')", false },
    { "settled-odd-uidl", reads_settled, "(byayauaayay)", "(true, 0, b'', [], [b'a', b''], b'')", false },
    { "settled-folder-not-utf8", reads_settled, "(byayauaayay)", "(true, 1, b'\\377', [1], [], b'')", false },
    { "settled-text-with-tab", reads_settled, "(byayauaayay)", "(true, 1, b'', [1], [], b'a\\tb')", false },
};

static void
judges (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) parsed
        = g_variant_parse (G_VARIANT_TYPE (rows[i].type), rows[i].text, NULL, NULL, &error);
    g_assert_no_error (error);
    /* As it comes over the wire: bytes. */
    g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (parsed);
    g_autoptr (GVariant) body
        = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (rows[i].type), bytes, FALSE));
    g_assert_true (rows[i].reads (body) == rows[i].is_sound);
}

/* A string one longer than allowed, and one that just fits. */
static void
judges_lengths (void)
{
    for (gsize more = 0; more < 2; more++) {
        g_autofree char *name = g_strnfill (IB_LIMIT_MAILBOX_NAME_BYTES + more, 'x');
        const IbMailboxState long_name = { .name = name, .display_name = "x", .special_use = "" };
        g_autoptr (GVariant) mailbox = g_variant_ref_sink (ib_fetch_wire_pack_mailbox (&long_name));
        g_assert_true (reads_mailbox (mailbox) == (more == 0));
    }
}

/* --- messages ------------------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    IbRemoteMessage message;
    bool is_sound;
} messages[] = {
    { "by-uid", { .uid = 1, .flags = 31, .internal_date_s = 1700000000, .size_served = 5, .size_bytes = 4 }, true },
    { "by-uidl", { .uidl = "abc", .size_bytes = G_GUINT64_CONSTANT (4294967296) }, true },
    { "empty", { .uid = 1 }, true },
    { "without-either", { .size_bytes = 4 }, false },
    { "with-both", { .uid = 1, .uidl = "abc" }, false },
    { "with-empty-uidl", { .uidl = "" }, false },
    { "with-odd-uidl", { .uidl = "a c" }, false },
    { "with-8-bit-uidl", { .uidl = "a\377" }, false },
    { "with-newline-uidl", { .uidl = "a\n" }, false },
    { "with-unknown-flag", { .uid = 1, .flags = 32 }, false },
    { "of-the-far-future", { .uid = 1, .internal_date_s = G_MAXINT64 }, false },
    { "of-the-far-past", { .uid = 1, .internal_date_s = -G_MAXINT64 }, false },
    { "without-end", { .uid = 1, .size_bytes = G_GUINT64_CONSTANT (4294967297) }, false },
    { "endless", { .uid = 1, .size_bytes = G_MAXUINT64 }, false },
};

static GArray *
unpack (const GByteArray *bytes)
{
    g_autoptr (GVariant) body
        = g_variant_ref_sink (g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes->data, bytes->len, 1));
    const IbFrame frame = { .kind = IB_FETCH_WIRE_MESSAGES, .body = body, .fd = -1 };
    return ib_fetch_wire_unpack_messages (&frame);
}

/* Alone, and behind one that is sound. */
static void
judges_messages (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    for (gsize others = 0; others < 2; others++) {
        g_autoptr (GByteArray) bytes = g_byte_array_new ();
        if (others > 0)
            ib_fetch_wire_pack_message (bytes, &messages[0].message);
        ib_fetch_wire_pack_message (bytes, &messages[i].message);
        g_autoptr (GArray) got = unpack (bytes);
        g_assert_true ((got != NULL) == messages[i].is_sound);
        if (got != NULL)
            g_assert_cmpuint (got->len, ==, others + 1);
    }
}

static void
judges_long_identities (void)
{
    for (gsize more = 0; more < 2; more++) {
        g_autoptr (GByteArray) bytes = g_byte_array_new ();
        g_autofree char *uidl = g_strnfill (IB_LIMIT_IDENTITY_BYTES + more, 'x');
        const IbRemoteMessage message = { .uidl = uidl };
        ib_fetch_wire_pack_message (bytes, &message);
        g_autoptr (GArray) got = unpack (bytes);
        g_assert_true ((got != NULL) == (more == 0));
    }
}

static void
judges_messages_cut_short (void)
{
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    guint ends[2];
    for (gsize i = 0; i < G_N_ELEMENTS (ends); i++) {
        ib_fetch_wire_pack_message (bytes, &messages[i].message);
        ends[i] = bytes->len;
    }
    for (guint length = 0; length < ends[1]; length++) {
        g_autoptr (GByteArray) cut = g_byte_array_new ();
        g_byte_array_append (cut, bytes->data, length);
        g_autoptr (GArray) got = unpack (cut);
        g_assert_true ((got != NULL) == (length == ends[0]));
    }
}

static void
carries_messages (void)
{
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    const IbRemoteMessage sent[] = {
        { .uid = 7, .flags = 3, .internal_date_s = -1, .size_served = 9, .size_bytes = 8 },
        { .uidl = "x", .internal_date_s = 5, .size_served = 7, .size_bytes = 6 },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (sent); i++)
        ib_fetch_wire_pack_message (bytes, &sent[i]);
    g_autoptr (GVariant) body
        = g_variant_ref_sink (g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes->data, bytes->len, 1));
    const IbFrame frame = { .kind = IB_FETCH_WIRE_MESSAGES, .body = body, .fd = -1 };
    g_autoptr (GArray) got = ib_fetch_wire_unpack_messages (&frame);
    g_assert_cmpuint (got->len, ==, G_N_ELEMENTS (sent));
    for (guint i = 0; i < got->len; i++) {
        const IbRemoteMessage *message = &g_array_index (got, IbRemoteMessage, i);
        g_assert_cmpuint (message->uid, ==, sent[i].uid);
        g_assert_cmpstr (message->uidl, ==, sent[i].uidl);
        g_assert_cmpuint (message->flags, ==, sent[i].flags);
        g_assert_cmpint (message->internal_date_s, ==, sent[i].internal_date_s);
        g_assert_cmpuint (message->size_served, ==, sent[i].size_served);
        g_assert_cmpuint (message->size_bytes, ==, sent[i].size_bytes);
    }
}

/* --- round trips --------------------------------------------------------------------------------------------- */

static void
carries_a_request (void)
{
    char *folders[] = { (char *) "INBOX", (char *) "Lists/*", (char *) "!Lists/füll", NULL };
    IbAccount account = {
        .protocol = IB_PROTOCOL_POP3,
        .host = (char *) "pop.example",
        .port = 1995,
        .security = IB_SECURITY_STARTTLS,
        .allow_plaintext = true,
        .ca_file = (char *) "/ca.pem",
        .fingerprint = (char *) "ab",
        .auth = IB_AUTH_OAUTH2,
        .user = (char *) "anna",
        .folders = folders,
        .after = IB_AFTER_MOVE,
        .after_folder = (char *) "Old",
        .server_junk = IB_SERVER_JUNK_MOVE,
        .max_size_bytes = G_GUINT64_CONSTANT (5000000000),
    };
    const IbFetchRequest sent = { .account = &account, .is_probe = true, .is_dry = true, .is_cautious = true, .asks_first = true, .without_utf8 = true, .offers = "UIDL",
                                  .mailbox = "Lists", .watches = true, .put_off = "Old\n&AOQ-" };
    IbFetchRequest request;
    g_autoptr (GVariant) body = g_variant_ref_sink (ib_fetch_wire_pack_request (&sent));
    g_autoptr (IbAccount) got = ib_fetch_wire_unpack_request (body, &request);

    g_assert_nonnull (got);
    g_assert_true (request.account == got && request.secret == NULL);
    g_assert_true (request.is_probe && request.is_dry && request.is_cautious && request.asks_first && request.without_utf8 && request.watches);
    g_assert_cmpstr (request.offers, ==, "UIDL");
    g_assert_cmpstr (request.mailbox, ==, "Lists");
    g_assert_cmpstr (request.put_off, ==, "Old\n&AOQ-");
    g_assert_cmpint (got->protocol, ==, account.protocol);
    g_assert_cmpstr (got->host, ==, account.host);
    g_assert_cmpint (got->port, ==, account.port);
    g_assert_cmpint (got->security, ==, account.security);
    g_assert_true (got->allow_plaintext);
    g_assert_cmpstr (got->ca_file, ==, account.ca_file);
    g_assert_cmpstr (got->fingerprint, ==, account.fingerprint);
    g_assert_cmpint (got->auth, ==, account.auth);
    g_assert_cmpstr (got->user, ==, account.user);
    g_assert_cmpstrv (got->folders, account.folders);
    g_assert_cmpint (got->after, ==, account.after);
    g_assert_cmpstr (got->after_folder, ==, account.after_folder);
    g_assert_cmpint (got->server_junk, ==, account.server_junk);
    g_assert_cmpuint (got->max_size_bytes, ==, account.max_size_bytes);
}

static void
carries_a_mailbox (void)
{
    const IbMailboxState sent = { "&AOQ-", "ä", "Junk", 1, G_MAXUINT32, 3, "c0ffee", true, 1000 };
    IbMailboxState got;
    g_autoptr (GVariant) body = g_variant_ref_sink (ib_fetch_wire_pack_mailbox (&sent));

    g_assert_true (ib_fetch_wire_unpack_mailbox (body, &got));
    g_assert_cmpstr (got.name, ==, sent.name);
    g_assert_cmpstr (got.display_name, ==, sent.display_name);
    g_assert_cmpstr (got.special_use, ==, sent.special_use);
    g_assert_cmpuint (got.uidvalidity, ==, 1);
    g_assert_cmpuint (got.uidnext, ==, G_MAXUINT32);
    g_assert_cmpuint (got.exists, ==, 3);
    g_assert_cmpstr (got.listing, ==, "c0ffee");
    g_assert_true (got.is_restarted);
    g_assert_cmpuint (got.most_shown, ==, 1000);
}

static void
carries_a_skipped_message (void)
{
    const IbRemoteMessage sent
        = { .uid = 7, .flags = 3, .internal_date_s = -1, .size_served = 9, .size_bytes = 8 };
    IbRemoteMessage got;
    IbSkip reason;
    const char *text;
    g_autoptr (GVariant) body
        = g_variant_ref_sink (ib_fetch_wire_pack_skip (&sent, IB_SKIP_REFUSED, "a\033b"));

    g_assert_true (ib_fetch_wire_unpack_skip (body, &got, &reason, &text));
    g_assert_cmpuint (got.uid, ==, 7);
    g_assert_null (got.uidl);
    g_assert_cmpuint (got.flags, ==, 3);
    g_assert_cmpint (got.internal_date_s, ==, -1);
    g_assert_cmpuint (got.size_served, ==, 9);
    g_assert_cmpuint (got.size_bytes, ==, 8);
    g_assert_cmpint (reason, ==, IB_SKIP_REFUSED);
    g_assert_cmpstr (text, ==, "a\\x1bb");
}

static void
carries_a_failure (void)
{
    static const struct {
        const char *text;
        int code, expected_code;
        const char *expected;
        gint64 retry_after_s;
    } failures[] = {
        { "(2, b'no', b'no', 0)", IB_FETCH_ERROR_SIGN_IN, IB_FETCH_ERROR_SIGN_IN, "no", 0 },
        { "(99, b'a\\033', b'a\\033', 0)", 0, IB_FETCH_ERROR_SERVER, "a\\x1b", 0 },
        { "(0, [], [], 0)", 0, IB_FETCH_ERROR_OFFLINE, "", 0 },
        { "(0, [0x61, 0, 0x62], [0x61, 0, 0x62], 0)", 0, IB_FETCH_ERROR_OFFLINE, "a\\x00b", 0 },
        { "(1, b'later', b'later', 300)", IB_FETCH_ERROR_BUSY, IB_FETCH_ERROR_BUSY, "later", 300 },
        { "(1, b'never', b'never', 9223372036854775807)", IB_FETCH_ERROR_BUSY, IB_FETCH_ERROR_BUSY, "never",
          IB_LIMIT_BACKOFF_S },
        { "(1, b'then', b'then', -1)", IB_FETCH_ERROR_BUSY, IB_FETCH_ERROR_BUSY, "then", 0 },
    };
    gint64 retry_after_s;
    for (gsize i = 0; i < G_N_ELEMENTS (failures); i++) {
        g_autoptr (GVariant) body
            = g_variant_parse (G_VARIANT_TYPE ("(yayayx)"), failures[i].text, NULL, NULL, NULL);
        g_autoptr (GError) error = ib_fetch_wire_unpack_failed (body, &retry_after_s);
        g_assert_cmpint (retry_after_s, ==, failures[i].retry_after_s);
        g_assert_error (error, IB_FETCH_ERROR, failures[i].expected_code);
        g_assert_cmpstr (error->message, ==, failures[i].expected);
    }
    g_autoptr (GError) foreign = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "odd");
    g_autoptr (GVariant) body = g_variant_ref_sink (ib_fetch_wire_pack_failed (foreign, 7));
    g_autoptr (GError) error = ib_fetch_wire_unpack_failed (body, &retry_after_s);
    g_assert_cmpint (retry_after_s, ==, 7);
    g_assert_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED);
}

/* What a worker says to files and to the window arrives as that, made safe, in a service that speaks to both. */
static void
tells_each_face (void)
{
    gint64 retry_after_s;
    ib_face_be (IB_FACE_BOTH);
    g_autoptr (GError) told = g_error_new (IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN,
                                           ib_face_words ("%s: check user=", "%s: check the user name"), "a\033b");
    g_autoptr (GVariant) body = g_variant_ref_sink (ib_fetch_wire_pack_failed (told, 0));
    g_autoptr (GError) heard = ib_fetch_wire_unpack_failed (body, &retry_after_s);
    g_autofree char *for_files = ib_face_read (heard->message, IB_FACE_FILES);
    g_autofree char *for_window = ib_face_read (heard->message, IB_FACE_WINDOW);
    g_assert_cmpstr (for_files, ==, "a\\x1bb: check user=");
    g_assert_cmpstr (for_window, ==, "a\\x1bb: check the user name");
    ib_face_be (IB_FACE_FILES);
}

/* Whatever a server has to say, who sends it cuts it to what the other end takes. */
static void
cuts_long_texts (void)
{
    const char *const kinds[] = { "a", "\033", "\360\237\230\200" };
    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
        g_autoptr (GString) said = g_string_new (NULL);
        for (guint k = 0; k < 40000; k++)
            g_string_append (said, kinds[i]);
        gint64 retry_after_s;
        IbFetchStep step;
        const char *text = NULL;
        g_autoptr (GError) told = g_error_new_literal (IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN, said->str);
        g_autoptr (GVariant) failed = g_variant_ref_sink (ib_fetch_wire_pack_failed (told, 0));
        g_autoptr (GVariant) stepped
            = g_variant_ref_sink (ib_fetch_wire_pack_step (IB_STEP_CAPABILITIES, said->str));
        g_autoptr (GError) heard = ib_fetch_wire_unpack_failed (failed, &retry_after_s);
        g_assert_cmpuint (g_variant_get_size (failed), <=, IB_FRAME_BYTES);
        g_assert_error (heard, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN);
        g_assert_true (g_str_has_suffix (heard->message, "…"));
        g_assert_true (ib_fetch_wire_unpack_step (stepped, &step, &text));
        g_assert_true (g_str_has_suffix (text, "…"));
    }
}

/* --- long lists, over a channel ------------------------------------------------------------------------------ */

typedef struct {
    IbChannel *to_worker, *to_service; /* each the sending end */
    IbChannel *worker, *service;       /* the receiving ones */
} Line;

static void
open_line (Line *line)
{
    int down[2], up[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, down), ==, 0);
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, up), ==, 0);
    line->to_worker = ib_channel_new (down[0], ib_fetch_wire_to_service);
    line->worker = ib_channel_new (down[1], ib_fetch_wire_to_worker);
    line->to_service = ib_channel_new (up[0], ib_fetch_wire_to_worker);
    line->service = ib_channel_new (up[1], ib_fetch_wire_to_service);
}

static void
close_line (Line *line)
{
    ib_channel_free (line->to_worker);
    ib_channel_free (line->worker);
    ib_channel_free (line->to_service);
    ib_channel_free (line->service);
}

#define MANY 200000

typedef struct {
    IbChannel *channel;
    const IbCursor *cursor;
    const IbSettleOrder *order;
    IbFetchWire kind;
    guint frames;
} Sending;

static gpointer
send_cursor (gpointer data)
{
    Sending *sending = data;
    g_assert_true (ib_fetch_wire_send_cursor (sending->channel, sending->cursor, NULL));
    return NULL;
}

static IbCursor *
receive_cursor (IbChannel *channel, guint *out_frames)
{
    IbCursor *cursor = NULL;
    g_autoptr (GError) error = NULL;
    *out_frames = 0;
    for (bool is_last = false; !is_last; (*out_frames)++) {
        g_auto (IbFrame) frame = { .fd = -1 };
        g_assert_true (ib_channel_receive (channel, &frame, &error));
        g_assert_cmpint (frame.kind, ==, IB_FETCH_WIRE_CURSOR);
        g_assert_true (ib_fetch_wire_read_cursor (&frame, &cursor, &is_last, &error));
    }
    return cursor;
}

static void
carries_a_long_cursor (void)
{
    Line line;
    g_autoptr (IbCursor) sent = ib_cursor_new ();
    sent->since_s = -5;
    sent->low_water = 77;
    for (guint32 i = 1; i <= MANY; i++) {
        guint32 done = 100 + i * 3;
        g_array_append_val (sent->done, done);
        if (i % 5 == 0)
            g_array_append_val (sent->retry, i);
        g_hash_table_add (sent->known_uidls, g_strdup_printf ("uidl-%u", i));
        if (i % 50 == 0)
            g_hash_table_add (sent->tried_uidls, g_strdup_printf ("uidl-%u", i));
        gint64 date_s = (gint64) i - 10;
        g_hash_table_add (sent->old_dates, g_memdup2 (&date_s, sizeof date_s));
    }
    const guint32 gap = 4;
    g_array_append_val (sent->gaps, gap);
    g_array_append_val (sent->tried, gap);
    for (guint32 uid = 5; uid < 8; uid++) {
        const IbKnownMessage known = { -(gint64) uid, uid * 2, uid * 3 };
        g_array_append_val (sent->witnesses, uid);
        g_array_append_val (sent->known, known);
    }
    sent->sample_messages = 500;
    sent->sample_bytes = G_GUINT64_CONSTANT (1) << 40;
    sent->samples_read = true;
    sent->has_orders = true;
    open_line (&line);
    Sending sending = { .channel = line.to_worker, .cursor = sent };
    GThread *thread = g_thread_new ("sender", send_cursor, &sending);
    guint frames;
    g_autoptr (IbCursor) got = receive_cursor (line.worker, &frames);
    g_thread_join (thread);

    g_assert_cmpuint (frames, >, 10);
    g_assert_cmpint (got->since_s, ==, -5);
    g_assert_cmpuint (got->low_water, ==, 77);
    g_assert_cmpuint (got->sample_messages, ==, 500);
    g_assert_cmpuint (got->sample_bytes, ==, G_GUINT64_CONSTANT (1) << 40);
    g_assert_true (got->samples_read);
    g_assert_true (got->has_orders);
    g_assert_cmpmem (got->done->data, got->done->len * 4, sent->done->data, sent->done->len * 4);
    g_assert_cmpmem (got->retry->data, got->retry->len * 4, sent->retry->data, sent->retry->len * 4);
    g_assert_cmpmem (got->gaps->data, got->gaps->len * 4, &gap, 4);
    g_assert_cmpmem (got->tried->data, got->tried->len * 4, &gap, 4);
    g_assert_cmpmem (got->witnesses->data, got->witnesses->len * 4, sent->witnesses->data, 3 * 4);
    g_assert_cmpmem (got->known->data, got->known->len * sizeof (IbKnownMessage), sent->known->data,
                     3 * sizeof (IbKnownMessage));
    g_assert_cmpuint (g_hash_table_size (got->known_uidls), ==, MANY);
    g_assert_true (g_hash_table_contains (got->known_uidls, "uidl-1"));
    g_assert_true (g_hash_table_contains (got->known_uidls, "uidl-200000"));
    g_assert_cmpuint (g_hash_table_size (got->tried_uidls), ==, MANY / 50);
    g_assert_true (g_hash_table_contains (got->tried_uidls, "uidl-50"));
    g_assert_cmpuint (g_hash_table_size (got->old_dates), ==, MANY);
    g_assert_true (g_hash_table_contains (got->old_dates, &(gint64){ -9 }));
    g_assert_true (g_hash_table_contains (got->old_dates, &(gint64){ 199990 }));
    close_line (&line);
}

static void
carries_short_cursors (void)
{
    Line line;
    guint frames;
    open_line (&line);

    g_assert_true (ib_fetch_wire_send_cursor (line.to_worker, NULL, NULL));
    g_assert_null (receive_cursor (line.worker, &frames));
    g_assert_cmpuint (frames, ==, 1);

    g_autoptr (IbCursor) empty = ib_cursor_new ();
    g_assert_true (ib_fetch_wire_send_cursor (line.to_worker, empty, NULL));
    g_autoptr (IbCursor) got = receive_cursor (line.worker, &frames);
    g_assert_cmpuint (frames, ==, 1);
    g_assert_nonnull (got);
    g_assert_cmpuint (got->done->len + got->retry->len + g_hash_table_size (got->known_uidls), ==, 0);
    g_assert_cmpuint (got->witnesses->len + got->known->len, ==, 0);
    close_line (&line);
}

static gpointer
send_order (gpointer data)
{
    Sending *sending = data;
    g_assert_true (ib_fetch_wire_send_order (sending->channel, sending->order, NULL));
    g_assert_true (
        ib_channel_send (sending->channel, IB_FETCH_WIRE_ORDERS_END, g_variant_new ("()"), -1, NULL));
    return NULL;
}

static void
append_strings (GPtrArray *all, const GPtrArray *some)
{
    for (guint i = 0; i < some->len; i++)
        g_ptr_array_add (all, g_strdup (some->pdata[i]));
}

/* Puts together what came in pieces, each of which stands alone. */
static IbSettleOrder *
receive_orders (IbChannel *channel, guint *out_frames)
{
    IbSettleOrder *all = ib_settle_order_new (IB_SETTLE_MOVE, "Old");
    for (*out_frames = 0;; (*out_frames)++) {
        g_auto (IbFrame) frame = { .fd = -1 };
        g_assert_true (ib_channel_receive (channel, &frame, NULL));
        if (frame.kind == IB_FETCH_WIRE_ORDERS_END)
            return all;
        g_autoptr (IbSettleOrder) order = ib_fetch_wire_unpack_order (frame.body);
        g_assert_nonnull (order);
        g_assert_cmpint (order->verb, ==, IB_SETTLE_MOVE);
        g_assert_cmpstr (order->folder, ==, "Old");
        for (guint i = 0; i < order->copied->len; i++) {
            guint32 copied = g_array_index (order->copied, guint32, i);
            g_assert_cmpuint (copied, >=, g_array_index (order->uids, guint32, 0));
            g_assert_cmpuint (copied, <=, g_array_index (order->uids, guint32, order->uids->len - 1));
        }
        g_array_append_vals (all->uids, order->uids->data, order->uids->len);
        g_array_append_vals (all->copied, order->copied->data, order->copied->len);
        g_array_append_vals (all->known, order->known->data, order->known->len);
        append_strings (all->uidls, order->uidls);
    }
}

static IbSettleOrder *
long_order (bool has_uids)
{
    IbSettleOrder *order = ib_settle_order_new (IB_SETTLE_MOVE, "Old");
    for (guint32 i = 1; i <= MANY; i++) {
        guint32 uid = i * 2;
        const IbKnownMessage known = { -(gint64) i, G_MAXUINT64 - i, G_MAXUINT64 / 2 + i };
        g_array_append_val (order->known, known);
        if (!has_uids) {
            g_ptr_array_add (order->uidls, g_strdup_printf ("uidl-%u", i));
            continue;
        }
        g_array_append_val (order->uids, uid);
        if (i % 3 == 0)
            g_array_append_val (order->copied, uid);
    }
    return order;
}

static void
compare_orders (const IbSettleOrder *got, const IbSettleOrder *sent)
{
    g_assert_cmpmem (got->uids->data, got->uids->len * 4, sent->uids->data, sent->uids->len * 4);
    g_assert_cmpuint (got->uidls->len, ==, sent->uidls->len);
    for (guint i = 0; i < got->uidls->len; i++)
        g_assert_cmpstr (got->uidls->pdata[i], ==, sent->uidls->pdata[i]);
}

static void
carries_a_long_order (gconstpointer has_uids)
{
    Line line;
    g_autoptr (IbSettleOrder) sent = long_order (has_uids != NULL);
    open_line (&line);
    Sending sending = { .channel = line.to_worker, .order = sent };
    GThread *thread = g_thread_new ("sender", send_order, &sending);
    guint frames;
    g_autoptr (IbSettleOrder) got = receive_orders (line.worker, &frames);
    g_thread_join (thread);

    g_assert_cmpuint (frames, >, 10);
    compare_orders (got, sent);
    g_assert_cmpmem (got->copied->data, got->copied->len * 4, sent->copied->data, sent->copied->len * 4);
    g_assert_cmpmem (got->known->data, got->known->len * sizeof (IbKnownMessage), sent->known->data,
                     sent->known->len * sizeof (IbKnownMessage));
    close_line (&line);
}

/* What nothing is known of is not to be touched. */
static void
refuses_an_order_in_the_dark (void)
{
    static const struct {
        const char *order;
        bool is_good;
    } orders[] = {
        { "(0, '', [5, 6], [], [], [(1, 2, 3), (0, 0, 0)])", true },
        { "(0, '', [5, 6], [], [], [(1, 2, 3)])", false },
        { "(0, '', [5], [], [], [(1, 2, 3), (0, 0, 0)])", false },
        { "(0, '', [], [b'a'], [], [(0, 2, 0)])", true },
        { "(0, '', [], [b'a'], [], [])", false },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (orders); i++) {
        g_autoptr (GVariant) body
            = g_variant_parse (G_VARIANT_TYPE ("(ysauaayaua(xtt))"), orders[i].order, NULL, NULL, NULL);
        g_autoptr (IbSettleOrder) order = ib_fetch_wire_unpack_order (body);
        g_assert_true ((order != NULL) == orders[i].is_good);
    }
}

static gpointer
send_settled (gpointer data)
{
    Sending *sending = data;
    g_assert_true (ib_fetch_wire_send_settled (sending->channel, sending->kind, sending->order, true, "",
                                               &sending->frames, NULL));
    g_assert_true (
        ib_channel_send (sending->channel, IB_FETCH_WIRE_FINISHED, g_variant_new ("()"), -1, NULL));
    return NULL;
}

static void
carries_long_good_news (gconstpointer has_uids)
{
    Line line;
    g_autoptr (IbSettleOrder) sent = long_order (has_uids != NULL);
    g_autoptr (IbSettleOrder) got = ib_settle_order_new (IB_SETTLE_MOVE, "Old");
    open_line (&line);
    Sending sending = { .channel = line.to_service, .order = sent, .kind = IB_FETCH_WIRE_COPIED };
    GThread *thread = g_thread_new ("sender", send_settled, &sending);
    guint frames = 0;
    for (;; frames++) {
        g_auto (IbFrame) frame = { .fd = -1 };
        g_autoptr (IbSettleOrder) piece = NULL;
        bool is_done;
        const char *text;
        g_assert_true (ib_channel_receive (line.service, &frame, NULL));
        if (frame.kind == IB_FETCH_WIRE_FINISHED)
            break;
        g_assert_true (ib_fetch_wire_unpack_settled (frame.body, &piece, &is_done, &text));
        g_assert_true (is_done);
        g_array_append_vals (got->uids, piece->uids->data, piece->uids->len);
        append_strings (got->uidls, piece->uidls);
    }
    g_thread_join (thread);
    g_assert_cmpuint (frames, ==, sending.frames);
    compare_orders (got, sent);
    close_line (&line);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/fetch-wire/judges/", rows[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), judges);
    }
    g_test_add_func ("/fetch-wire/judges-lengths", judges_lengths);
    g_test_add_func ("/fetch-wire/request", carries_a_request);
    g_test_add_func ("/fetch-wire/mailbox", carries_a_mailbox);
    for (gsize i = 0; i < G_N_ELEMENTS (messages); i++) {
        g_autofree char *path = g_strconcat ("/fetch-wire/judges-message/", messages[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), judges_messages);
    }
    g_test_add_func ("/fetch-wire/judges-message/long-identity", judges_long_identities);
    g_test_add_func ("/fetch-wire/judges-message/cut-short", judges_messages_cut_short);
    g_test_add_func ("/fetch-wire/messages", carries_messages);
    g_test_add_func ("/fetch-wire/skip", carries_a_skipped_message);
    g_test_add_func ("/fetch-wire/failure", carries_a_failure);
    g_test_add_func ("/fetch-wire/failure/faces", tells_each_face);
    g_test_add_func ("/fetch-wire/failure/long", cuts_long_texts);
    g_test_add_func ("/fetch-wire/cursor/long", carries_a_long_cursor);
    g_test_add_func ("/fetch-wire/cursor/short", carries_short_cursors);
    g_test_add_data_func ("/fetch-wire/order/uids", "uids", carries_a_long_order);
    g_test_add_data_func ("/fetch-wire/order/uidls", NULL, carries_a_long_order);
    g_test_add_func ("/fetch-wire/order-in-the-dark", refuses_an_order_in_the_dark);
    g_test_add_data_func ("/fetch-wire/settled/uids", "uids", carries_long_good_news);
    g_test_add_data_func ("/fetch-wire/settled/uidls", NULL, carries_long_good_news);
    return g_test_run ();
}
