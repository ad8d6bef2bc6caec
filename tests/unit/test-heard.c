/* What the service says on the bus is what its clients hear, whatever a message holds; and what others say breaks nothing. */
#include "heard.h"
#include "said.h"

#include <math.h>
#include <string.h>

/* --- messages ------------------------------------------------------------------------------------------------ */

/* Texts that travel as they are: NULL and "" are not the same. */
static const struct {
    const char *name;
    gsize offset;
    const char *text;
} texts[] = {
    { "account", G_STRUCT_OFFSET (IbStory, account), "work" },
    { "message-id", G_STRUCT_OFFSET (IbStory, message_id), "<a@example.com>" },
    { "no-message-id", G_STRUCT_OFFSET (IbStory, message_id), NULL },
    { "empty-subject", G_STRUCT_OFFSET (IbStory, subject), "" },
    { "no-subject", G_STRUCT_OFFSET (IbStory, subject), NULL },
    { "control-characters", G_STRUCT_OFFSET (IbStory, subject), "\x1b[2J\x7f\r\n" },
    { "other-scripts", G_STRUCT_OFFSET (IbStory, from), "\xe2\x80\xae\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd <i@example.com>" },
    { "verdict", G_STRUCT_OFFSET (IbStory, verdict), "spam" },
    { "reasons", G_STRUCT_OFFSET (IbStory, reasons), "a,b" },
    { "rule", G_STRUCT_OFFSET (IbStory, rule), "junk.sieve:12" },
    { "uidl", G_STRUCT_OFFSET (IbStory, uidl), "1700000001.M1P1" },
    { "twin", G_STRUCT_OFFSET (IbStory, twin_of), "0123456789abcdef0123456789abcdef" },
    { "entry-host", G_STRUCT_OFFSET (IbStory, entry_host), "mx.example.net" },
    { "entry-unknown", G_STRUCT_OFFSET (IbStory, entry_ip), "" },
    { "relay", G_STRUCT_OFFSET (IbStory, relay), "192.0.2.0/24" },
    { "mx", G_STRUCT_OFFSET (IbStory, mx), "beside" },
    { "server-filter", G_STRUCT_OFFSET (IbStory, server_filter), "marked" },
    { "recipient", G_STRUCT_OFFSET (IbStory, recipient), "anna@example.com" },
};

static IbHeardMessage *
hear (const IbStory *story, const char *folder, const char *const *paths)
{
    g_autoptr (GVariant) said = g_variant_ref_sink (ib_said_message (story, folder, paths));
    g_assert_true (g_variant_is_normal_form (said));
    return ib_heard_message_read (said);
}

static void
text_arrives (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbStory) story = ib_story_new ();
    char **text = G_STRUCT_MEMBER_P (story, texts[i].offset);
    *text = g_strdup (texts[i].text);
    g_autoptr (IbHeardMessage) heard = hear (story, "INBOX", NULL);
    g_assert_cmpstr (G_STRUCT_MEMBER (char *, heard->story, texts[i].offset), ==, texts[i].text);
}

static void
bytes_become_valid (void)
{
    g_autoptr (IbStory) story = ib_story_new ();
    story->subject = g_strdup ("caf\xe9 \xff");
    g_autoptr (IbHeardMessage) heard = hear (story, "Entw\xfcrfe", NULL);
    g_assert_cmpstr (heard->story->subject, ==, "caf\xef\xbf\xbd \xef\xbf\xbd");
    g_assert_cmpstr (heard->folder, ==, "Entw\xef\xbf\xbdrfe");
}

static void
numbers_arrive (void)
{
    g_autoptr (IbStory) story = ib_story_new ();
    g_strlcpy (story->id, "0123456789abcdef0123456789abcdef", sizeof story->id);
    story->uid = G_MAXUINT32;
    story->size_bytes = G_GUINT64_CONSTANT (5000000000);
    story->delivered_at = G_GINT64_CONSTANT (1795646889980386);
    story->probability = 0.9731;
    g_autoptr (IbHeardMessage) heard = hear (story, "INBOX", NULL);
    g_assert_cmpstr (heard->story->id, ==, story->id);
    g_assert_cmpuint (heard->story->uid, ==, story->uid);
    g_assert_cmpuint (heard->story->size_bytes, ==, story->size_bytes);
    g_assert_cmpint (heard->story->delivered_at, ==, story->delivered_at);
    g_assert_cmpfloat (heard->story->probability, ==, story->probability);
}

static void
unknown_probability (void)
{
    g_autoptr (IbStory) story = ib_story_new ();
    g_autoptr (IbHeardMessage) heard = hear (story, NULL, NULL);
    g_assert_true (isnan (heard->story->probability));
    g_assert_cmpstr (heard->folder, ==, "");
}

static void
folder_of_the_journal (void)
{
    g_autoptr (IbStory) story = ib_story_new ();
    story->mailbox = g_strdup ("Entw&APw-rfe"); /* as a server writes it */
    g_autoptr (IbHeardMessage) heard = hear (story, NULL, NULL);
    g_assert_cmpstr (heard->folder, ==, "Entw\xc3\xbcrfe");
}

static void
files_arrive (void)
{
    const char *const paths[] = { "/home/anna/Mail/new/1", "/home/anna/Mail/.Lists.caf\xe9/new/1", NULL };
    g_autoptr (IbStory) story = ib_story_new ();
    (void) ib_story_add_file (story, "INBOX", "");
    (void) ib_story_add_file (story, "Lists.foo", "");
    g_autoptr (IbHeardMessage) heard = hear (story, "INBOX", paths);
    g_assert_cmpuint (heard->story->files->len, ==, 2);
    g_assert_cmpstr (((IbStoryFile *) heard->story->files->pdata[1])->folder, ==, "Lists.foo");
    g_assert_cmpstrv (heard->paths, paths);
}

static const IbStoryAction actions[] = { IB_STORY_DELIVER, IB_STORY_DISCARD, IB_STORY_DUPLICATE };

static void
action_arrives (gconstpointer data)
{
    g_autoptr (IbStory) story = ib_story_new ();
    story->action = actions[GPOINTER_TO_SIZE (data)];
    (void) ib_story_add_file (story, "", "");
    g_autoptr (IbHeardMessage) heard = hear (story, "INBOX", NULL);
    g_assert_cmpint (heard->story->action, ==, story->action);
    g_assert_cmpuint (heard->story->files->len, ==, 1);
    g_assert_null (heard->paths);
}

/* --- results --------------------------------------------------------------------------------------------------- */

static IbHeardResult *
hear_result (GVariant *said)
{
    g_autoptr (GVariant) held = g_variant_ref_sink (said);
    return ib_heard_result_read (held);
}

static void
result_arrives (void)
{
    const IbPollResult result = { .account = "work", .fetched = 9, .delivered = 4, .junk = 3, .duplicates = 2, .discarded = 1,
                                  .skipped = 5, .bytes = 1000, .seconds = 1.5, .was_signed_in = true, .refused = 7, .state = "ok" };
    g_autoptr (IbHeardResult) heard = hear_result (ib_said_result (&result));
    g_assert_cmpstr (heard->account, ==, "work");
    g_assert_cmpstr (heard->state, ==, "ok");
    g_assert_null (heard->error);
    g_assert_cmpstr (heard->reason, ==, "");
    const guint64 found[] = { heard->fetched,   heard->delivered, heard->junk,   heard->duplicates,
                              heard->discarded, heard->skipped,   heard->bytes, heard->refused };
    const guint64 expected[] = { 9, 4, 3, 2, 1, 5, 1000, 7 };
    g_assert_cmpmem (found, sizeof found, expected, sizeof expected);
    g_assert_cmpfloat (heard->seconds, ==, 1.5);
    g_assert_true (heard->was_signed_in && heard->was_polled && !heard->is_unreachable);
}

static const struct {
    const char *name;
    IbFetchError code;
    bool was_signed_in, is_unreachable;
    const char *reason;
} failures[] = {
    { "offline", IB_FETCH_ERROR_OFFLINE, false, true, "offline" },
    { "cut", IB_FETCH_ERROR_OFFLINE, true, false, "offline" },
    { "busy", IB_FETCH_ERROR_BUSY, false, true, "busy" },
    { "sign-in", IB_FETCH_ERROR_SIGN_IN, false, true, "sign-in" },
    { "unsafe", IB_FETCH_ERROR_UNSAFE, false, true, "unsafe" },
    { "keyring", IB_FETCH_ERROR_KEYRING, false, true, "keyring" },
    { "server", IB_FETCH_ERROR_SERVER, false, false, "server" },
    { "message", IB_FETCH_ERROR_MESSAGE, true, false, "message" },
    { "stopped", IB_FETCH_ERROR_STOPPED, true, false, "stopped" },
    { "here", IB_FETCH_ERROR_HERE, false, false, "here" },
};

static void
failure_arrives (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = g_error_new_literal (IB_FETCH_ERROR, (gint) failures[i].code, "no \xff way");
    const IbPollResult result
        = { .account = "work", .error = error, .state = "error", .was_signed_in = failures[i].was_signed_in };
    g_autoptr (IbHeardResult) heard = hear_result (ib_said_result (&result));
    g_assert_cmpstr (heard->reason, ==, failures[i].reason);
    g_assert_cmpstr (heard->error, ==, "no \xef\xbf\xbd way");
    g_assert_cmpint (heard->is_unreachable, ==, failures[i].is_unreachable);
    g_assert_true (heard->was_polled);
}

static void
broken_account (void)
{
    g_autoptr (IbHeardResult) heard = hear_result (ib_said_broken ("bad", "bad.conf:2: no"));
    g_assert_cmpstr (heard->error, ==, "bad.conf:2: no");
    g_assert_cmpstr (heard->reason, ==, "config");
    g_assert_false (heard->was_polled || heard->is_unreachable);
}

static void
two_are_one (void)
{
    g_autoptr (GError) error = g_error_new_literal (IB_FETCH_ERROR, IB_FETCH_ERROR_BUSY, "later");
    const IbPollResult one = { .account = "work", .fetched = 5, .refused = 1, .seconds = 2, .state = "throttled", .error = error };
    const IbPollResult two = { .account = "work", .fetched = 3, .refused = 2, .seconds = 1, .state = "ok", .was_signed_in = true };
    g_autoptr (GVariant) first = g_variant_ref_sink (ib_said_result (&one));
    g_autoptr (GVariant) then = g_variant_ref_sink (ib_said_result (&two));
    g_autoptr (IbHeardResult) heard = hear_result (ib_said_both (first, then));
    g_assert_cmpuint (heard->fetched, ==, 8);
    g_assert_cmpuint (heard->refused, ==, 3);
    g_assert_cmpfloat (heard->seconds, ==, 3);
    g_assert_cmpstr (heard->state, ==, "ok");
    g_assert_null (heard->error);
    g_assert_true (heard->was_signed_in);
}

/* --- another service, older, newer or none ----------------------------------------------------------------------- */

static const char *const strange[] = {
    "@a{sv} {}",
    "{'id': <5>, 'account': <('a', 'b')>, 'spam': <'much'>, 'uid': <-1>, 'size': <'x'>, 'files': <['a']>}",
    "{'files': <[('INBOX', b'', 5)]>}",
    "{'files': <@a(say) []>, 'action': <'explode'>, 'new-key': <[1, 2, 3]>}",
    "{'id': <'0123456789abcdef0123456789abcdef0123456789abcdef'>}",
    "{'account': <5>, 'fetched': <int32 -5>, 'polled': <'yes'>, 'seconds': <uint32 5>, 'error': <b'bytes'>}",
    "{'Name': <5>, 'State': <@ay []>, 'NextPoll': <'soon'>, 'Running': <byte 0x01>}",
};

static void
strange_words_break_nothing (gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) said
        = g_variant_parse (G_VARIANT_TYPE_VARDICT, strange[GPOINTER_TO_SIZE (data)], NULL, NULL, &error);
    g_assert_no_error (error);
    g_autoptr (IbHeardMessage) message = ib_heard_message_read (said);
    g_autoptr (IbHeardResult) result = ib_heard_result_read (said);
    g_autoptr (IbHeardAccount) account = ib_heard_account_read (said);
    g_assert_cmpuint (strlen (message->story->id), <=, IB_ID_LENGTH);
    g_assert_nonnull (message->story->account);
    g_assert_cmpuint (result->fetched, ==, 0);
    g_assert_false (result->was_polled);
    g_assert_cmpint (account->next_poll, ==, 0);
    g_assert_nonnull (account->state);
}

static void
add_rows (const char *path, gsize count, const char *(*name_of) (gsize i), GTestDataFunc test)
{
    for (gsize i = 0; i < count; i++) {
        g_autofree char *number = g_strdup_printf ("%zu", i);
        g_autofree char *name = g_strconcat ("/heard/", path, "/", name_of != NULL ? name_of (i) : number, NULL);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), test);
    }
}

static const char *
text_name (gsize i)
{
    return texts[i].name;
}

static const char *
action_name (gsize i)
{
    return ib_story_action_name (actions[i]);
}

static const char *
failure_name (gsize i)
{
    return failures[i].name;
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add_rows ("text", G_N_ELEMENTS (texts), text_name, text_arrives);
    add_rows ("action", G_N_ELEMENTS (actions), action_name, action_arrives);
    add_rows ("failure", G_N_ELEMENTS (failures), failure_name, failure_arrives);
    add_rows ("strange", G_N_ELEMENTS (strange), NULL, strange_words_break_nothing);
    g_test_add_func ("/heard/message/bytes", bytes_become_valid);
    g_test_add_func ("/heard/message/numbers", numbers_arrive);
    g_test_add_func ("/heard/message/no-probability", unknown_probability);
    g_test_add_func ("/heard/message/folder", folder_of_the_journal);
    g_test_add_func ("/heard/message/files", files_arrive);
    g_test_add_func ("/heard/result", result_arrives);
    g_test_add_func ("/heard/broken", broken_account);
    g_test_add_func ("/heard/both", two_are_one);
    return g_test_run ();
}
