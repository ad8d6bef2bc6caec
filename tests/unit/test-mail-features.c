/* The same features for the same mail, whatever was written around it; packed and unpacked; bounded. */
#include "mail-features.h"
#include "mail-limits.h"

#include <string.h>
#include <time.h>

static IbFeatures *
features_of (const char *text)
{
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_autoptr (IbMessage) message = ib_message_new (text, strlen (text));
    return ib_features_new (message, facts, NULL, IB_FEATURES_NAMED);
}

static void
assert_same (const IbFeatures *one, const IbFeatures *other)
{
    for (IbFeatureTable table = 0; table < IB_TABLES; table++) {
        gsize n_one, n_other;
        const guint32 *a = ib_features_slots (one, table, &n_one);
        const guint32 *b = ib_features_slots (other, table, &n_other);
        g_assert_cmpmem (a, n_one * sizeof *a, b, n_other * sizeof *b);
    }
}

static bool
has_name (const IbFeatures *features, IbFeatureGroup wanted, const char *name)
{
    gsize count;
    (void) ib_features_slots (features, IB_TABLE_WORDS, &count);
    for (gsize i = 0; i < count; i++) {
        IbFeatureGroup group;
        const char *found = ib_features_name (features, IB_TABLE_WORDS, i, &group);
        if (group == wanted && g_str_equal (found, name))
            return true;
    }
    return false;
}

#define LETTER                                                                                               \
    "Received: from a.example (a.example [192.0.2.1]) by mx.example id 4711; Mon, 1 Jan 2024 00:00:00 "      \
    "+0000\n"                                                                                                \
    "From: Anna <anna@example.org>\nTo: me@example.net\nSubject: Lunch\nMessage-ID: <1.2@example.org>\n"
#define HTML "Content-Type: text/html\n\n"
#define BODY "\nShall we have LUNCH at http://www.example.com/menu/today?x=1\n"

static const struct {
    const char *name, *extra;
} copies[] = {
    { "own-fields", "X-Inbasket-Id: 17\nX-Inbasket-Verdict: spam; probability=1.000\n" },
    { "spamassassin", "X-Spam-Status: Yes, score=9\nX-Spam-Flag: YES\nX-Spam-Level: ****\n" },
    { "bogofilter", "X-Bogosity: Spam, tests=bogofilter\n" },
    { "microsoft", "X-Microsoft-Antispam: BCL:9;\nX-MS-Exchange-Organization-SCL: 9\nX-Forefront-Antispam-Report: SFV:SPM\n" },
    { "marks-of-clients", "Status: RO\nX-Status: A\nX-Keywords: $Junk\nX-UID: 17\nX-Mozilla-Status: 0001\nContent-Length: 60\n" },
    { "seals", "DKIM-Signature: v=1; b=abc\nARC-Seal: i=1; b=abc\n" },
    { "results", "Authentication-Results: mx.evil; spf=pass\n" },
};

static void
copy_has_the_same (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autofree char *before = g_strconcat (copies[i].extra, LETTER, BODY, NULL);
    g_autofree char *after = g_strconcat (LETTER, copies[i].extra, BODY, NULL);
    g_autoptr (IbFeatures) plain = features_of (LETTER BODY);
    g_autoptr (IbFeatures) in_front = features_of (before);
    g_autoptr (IbFeatures) at_end = features_of (after);
    assert_same (plain, in_front);
    assert_same (plain, at_end);
}

static const struct {
    const char *name, *message;
    IbFeatureGroup group;
    const char *word;
    bool is_there;
} words[] = {
    { "from", LETTER BODY, IB_GROUP_FROM, "anna@example.org", true },
    { "subject", LETTER BODY, IB_GROUP_SUBJECT, "lunch", true },
    { "text-folded", LETTER BODY, IB_GROUP_TEXT, "lunch", true },
    { "field", LETTER BODY, IB_GROUP_HEADER, "to: me@example.net", true },
    { "link-host", LETTER BODY, IB_GROUP_LINKS, "host example.com", true },
    { "link-path", LETTER BODY, IB_GROUP_LINKS, "menu", true },
    { "route", LETTER BODY, IB_GROUP_ROUTE, "192.0.2.1", true },
    { "no-id", LETTER BODY, IB_GROUP_ROUTE, "4711", false },
    { "no-date", LETTER BODY, IB_GROUP_ROUTE, "2024", false },
    { "folded-beyond-ascii", "Subject: =?utf-8?q?=C3=84RGER?=\n\n", IB_GROUP_SUBJECT, "ärger", true },
    { "other-charset", "Content-Type: text/plain; charset=koi8-r\n\n\xf0\xf2\xe9\xf7\xe5\xf4\n", IB_GROUP_TEXT, "привет", true },
    { "html", "Content-Type: text/html\n\n<p>Vi<b></b>agra</p>\n", IB_GROUP_TEXT, "viagra", true },
    { "field-order", LETTER BODY, IB_GROUP_STRUCTURE, "from before to", true },
    { "hidden", HTML "<p>seen</p><div style=\"display: none\">secret</div>", IB_GROUP_TEXT, "hidden: secret", true },
    { "hidden-is-no-text", HTML "<p>seen</p><div style=\"display: none\">secret</div>", IB_GROUP_TEXT, "secret", false },
    { "hidden-is-told", HTML "<p hidden>secret</p>", IB_GROUP_STRUCTURE, "hidden text 1", true },
    { "other-host", HTML "<a href=\"http://evil.example.net/x\">www.bank.example.com</a>", IB_GROUP_LINKS, "shows another host", true },
    { "own-host", HTML "<a href=\"http://login.example.com/x\">www.example.com</a>", IB_GROUP_LINKS, "shows another host", false },
    { "no-host", HTML "<a href=\"http://login.example.com/x\">click here now</a>", IB_GROUP_LINKS, "shows another host", false },
    { "host-behind-user", "\nhttp://www.bank.example@evil.example.net:80/\n", IB_GROUP_LINKS, "host evil.example.net", true },
    { "host-in-query", "\nhttp:/x?http://evil.example.net/\n", IB_GROUP_LINKS, "host evil.example.net", true },
    { "address-as-host", "\nhttp://192.0.2.1/\n", IB_GROUP_LINKS, "host is an address", true },
    { "file", "Content-Type: application/x; name=\"Invoice.EXE\"\n\nx", IB_GROUP_STRUCTURE, "file ends in .exe", true },
    { "zone", "Date: Mon, 1 Jan 2024 00:00:00 -0800 (PST)\n\n", IB_GROUP_STRUCTURE, "zone -0800", true },
    { "answer-to-nothing", "Subject: Re: x\n\n", IB_GROUP_STRUCTURE, "an answer to nothing", true },
    { "answer", "Subject: Re: x\nIn-Reply-To: <1@x>\n\n", IB_GROUP_STRUCTURE, "an answer", true },
    { "reply-elsewhere", "From: a@example.org\nReply-To: b@example.net\n\n", IB_GROUP_STRUCTURE, "reply-to elsewhere", true },
    { "reply-at-home", "From: a@mail.example.org\nReply-To: b@example.org\n\n", IB_GROUP_STRUCTURE, "reply-to at the sender's", true },
    { "no-boundary", "Content-Type: multipart/mixed; boundary=\"4711xyz\"\n\n", IB_GROUP_HEADER, "content-type: 4711xyz", false },
    { "no-message-id", LETTER BODY, IB_GROUP_HEADER, "message-id: 1.2", false },
};

static void
word_is_found (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autoptr (IbFeatures) features = features_of (words[i].message);
    g_assert_cmpint (has_name (features, words[i].group, words[i].word), ==, words[i].is_there);
}

static void
slots_ascend (void)
{
    g_autoptr (IbFeatures) features = features_of (LETTER BODY);
    for (IbFeatureTable table = 0; table < IB_TABLES; table++) {
        gsize count;
        const guint32 *slots = ib_features_slots (features, table, &count);
        g_assert_cmpuint (count, >, 10);
        for (gsize i = 1; i < count; i++)
            g_assert_cmpuint (slots[i - 1], <, slots[i]);
        g_assert_cmpuint (slots[count - 1], <, IB_FEATURE_SLOTS);
    }
}

static void
packed_comes_back (void)
{
    g_autoptr (IbFeatures) features = features_of (LETTER BODY);
    g_autoptr (GByteArray) packed = g_byte_array_new ();
    ib_features_pack (features, packed);
    g_autoptr (IbFeatures) back = ib_features_unpack (packed->data, packed->len);
    g_assert_nonnull (back);
    assert_same (features, back);
    for (guint cut = 0; cut < packed->len; cut++) {
        g_autofree guint8 *part = g_memdup2 (packed->data, MAX (cut, 1));
        g_assert_null (ib_features_unpack (part, cut));
    }
    g_byte_array_append (packed, (const guint8 *) "\0", 1);
    g_assert_null (ib_features_unpack (packed->data, packed->len));
}

/* One table of slots as it is packed, whatever is in it: lower bytes, and the places of the ones among the higher bits. The
 * other table is empty. */
static const struct {
    const char *name;
    guint count, length;
    guint8 lows[4];
    guint ones[4], n_ones;
    bool is_sound;
} packs[] = {
    { "nothing", 0, 260, { 0 }, { 0 }, 0, true },
    { "one", 1, 262, { 5 }, { 0 }, 1, true },
    { "last-slot", 1, 262, { 255 }, { 1023 }, 1, true },
    { "two", 2, 263, { 5, 6 }, { 0, 1 }, 2, true },
    { "twice-the-same", 2, 263, { 5, 5 }, { 0, 1 }, 2, false },
    { "descending", 2, 263, { 6, 5 }, { 0, 1 }, 2, false },
    { "beyond-the-last", 1, 262, { 0 }, { 1024 }, 1, false },
    { "fewer-than-said", 2, 263, { 5, 6 }, { 0 }, 1, false },
    { "more-than-said", 1, 262, { 5 }, { 0, 1 }, 2, false },
    { "too-many", IB_LIMIT_FEATURES + 1, 20000, { 0 }, { 0 }, 0, false },
    { "more-than-there-are", 9, 260, { 0 }, { 0 }, 0, false },
    { "cut-short", 1, 261, { 5 }, { 0 }, 1, false },
    { "one-byte-more", 1, 263, { 5 }, { 0 }, 1, false },
    { "empty", 0, 0, { 0 }, { 0 }, 0, false },
    { "one-byte", 0, 1, { 0 }, { 0 }, 0, false },
    { "one-table", 0, 130, { 0 }, { 0 }, 0, false },
};

static void
nonsense_is_refused (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    guint8 whole[30000] = { (guint8) packs[i].count, (guint8) (packs[i].count >> 8) };
    memcpy (whole + 2, packs[i].lows, 4);
    guint8 *highs = whole + 2 + packs[i].count;
    if (packs[i].count < 4)
        memset (highs, 0, 4);
    for (guint one = 0; one < packs[i].n_ones; one++)
        highs[packs[i].ones[one] / 8] |= (guint8) (1u << packs[i].ones[one] % 8);
    g_autofree guint8 *bytes = g_memdup2 (whole, MAX (packs[i].length, 1));
    g_autoptr (IbFeatures) features = ib_features_unpack (bytes, packs[i].length);
    g_assert_cmpint (features != NULL, ==, packs[i].is_sound);
}

/* Messages of @count times what makes the most work. */
static const struct {
    const char *name, *head, *unit;
    guint count;
} hostile[] = {
    { "fields", "", "X-A: b c d e f\n", 20000 },
    { "names", "", "X-%u: b\n", 20000 },
    { "hops", "", "Received: from a by b id c; Mon\n", 20000 },
    { "words", "\n", "word%u ", 100000 },
    { "links", "\n", "http://h%u.example/p%u ", 50000 },
    { "tags", "Content-Type: text/html\n\n", "<a href=//h%u>x", 50000 },
    { "open-tags", "Content-Type: text/html\n\n", "<div style=\"display:none\">", 50000 },
    { "parts", "Content-Type: multipart/mixed; boundary=x\n\n", "--x\n\na%u\n", 20000 },
    { "colons", "\n", "://", 100000 },
    { "long-word", "\n", "aaaaaaaaaaaaaaaa", 50000 },
    { "encoded", "Subject: ", "=?utf-8?q?a?= ", 20000 },
};

static double
seconds_for (gsize row, guint count)
{
    g_autoptr (GString) text = g_string_new (hostile[row].head);
    for (guint i = 0; i < count; i++) {
        const char *at = hostile[row].unit;
        for (const char *mark; (mark = strstr (at, "%u")) != NULL; at = mark + 2) {
            g_string_append_len (text, at, mark - at);
            g_string_append_printf (text, "%u", i);
        }
        g_string_append (text, at);
    }
    double best = 1e9;
    for (guint round = 0; round < 3; round++) {
        clock_t start = clock ();
        g_autoptr (IbFeatures) features = features_of (text->str);
        g_autoptr (GByteArray) packed = g_byte_array_new ();
        ib_features_pack (features, packed);
        g_assert_cmpuint (packed->len, <=, IB_LIMIT_PACKED_FEATURES);
        best = MIN (best, (double) (clock () - start) / CLOCKS_PER_SEC);
    }
    return best;
}

static void
work_is_bounded (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    double one = seconds_for (i, hostile[i].count), two = seconds_for (i, 2 * hostile[i].count);
    g_test_message ("%.4f s, twice the size %.4f s", one, two);
    g_assert_true (two <= 3 * one + 0.02);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (copies); i++) {
        g_autofree char *path = g_strconcat ("/features/copy/", copies[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), copy_has_the_same);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
        g_autofree char *path = g_strconcat ("/features/word/", words[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), word_is_found);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (packs); i++) {
        g_autofree char *path = g_strconcat ("/features/packed/", packs[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), nonsense_is_refused);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (hostile); i++) {
        g_autofree char *path = g_strconcat ("/features/work/", hostile[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), work_is_bounded);
    }
    g_test_add_func ("/features/slots-ascend", slots_ascend);
    g_test_add_func ("/features/packed-comes-back", packed_comes_back);
    return g_test_run ();
}
