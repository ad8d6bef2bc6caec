#include "replay-tally.h"

#include <math.h>
#include <string.h>

/* A message in @from with @flags whose filters want @to, words with "+" between: folders, "discard", "notify", and behind "!" the
 * flags; @rule "" is the implicit keep. */
typedef struct {
    const char *from, *flags, *to, *rule, *twin_key, *error;
} Message;

static IbJudgement *
judgement_of (const Message *message)
{
    IbJudgement *judgement = g_new0 (IbJudgement, 1);
    judgement->verdict = ib_verdict_new (IB_VERDICT_UNSURE, NAN);
    judgement->plan = ib_plan_new ();
    judgement->message_id = g_strdup ("");
    judgement->from = g_strdup ("Anna <anna@example.org>");
    judgement->subject = g_strdup ("hello");
    judgement->rule = g_strdup (message->rule);
    judgement->twin_key = g_strdup (message->twin_key);
    judgement->error = g_strdup (message->error);

    g_auto (GStrv) places = g_strsplit (message->to, "+", -1);
    for (gsize i = 0; places[i] != NULL; i++) {
        g_auto (GStrv) parts = g_strsplit (places[i], "!", -1);
        IbActionKind kind = strcmp (parts[0], "discard") == 0  ? IB_ACTION_DISCARD
                            : strcmp (parts[0], "notify") == 0 ? IB_ACTION_NOTIFY
                                                               : IB_ACTION_FILEINTO;
        ib_plan_add (judgement->plan, kind, kind == IB_ACTION_FILEINTO ? parts[0] : "",
                     (const char *const *) parts + 1);
    }
    return judgement;
}

static void
add (IbReplayTally *tally, const Message *message)
{
    IbStanding standing = { .path = (char *) "/mail/x", .folder = g_intern_string (message->from) };
    g_strlcpy (standing.flags, message->flags, sizeof standing.flags);
    g_autoptr (IbJudgement) judgement = judgement_of (message);
    ib_replay_tally_add (tally, &standing, 1000, judgement);
}

/* "INBOX>Lists+A(x.sieve:1)*2;" of each change. */
static char *
words_of (const IbReplay *replay)
{
    GString *words = g_string_new (NULL);
    for (guint i = 0; i < replay->changes->len; i++) {
        const IbReplayChange *change = replay->changes->pdata[i];
        g_autofree char *to = g_strjoinv ("+", change->to);
        g_string_append_printf (words, "%s>%s%s%s%s%s%s(%s)*%u;", change->from, to, change->instead,
                                *change->added != '\0' ? " +" : "", change->added,
                                *change->removed != '\0' ? " -" : "", change->removed, change->rule,
                                (guint) change->count);
    }
    return g_string_free (words, FALSE);
}

#define MESSAGES_MAX 6
typedef struct {
    const char *name;
    Message messages[MESSAGES_MAX];
    const char *changes;
} Row;

static const Row rows[] = {
    { "stays", { { "INBOX", "S", "INBOX!\\Seen", "" } }, "" },
    { "moves", { { "INBOX", "", "Lists", "a:1" }, { "INBOX", "", "Lists", "a:1" } }, "INBOX>Lists(a:1)*2;" },
    { "by-another-rule",
      { { "INBOX", "", "Lists", "a:1" }, { "INBOX", "", "Lists", "a:2" } },
      "INBOX>Lists(a:1)*1;INBOX>Lists(a:2)*1;" },
    { "most-first",
      { { "INBOX", "", "A", "a:1" }, { "INBOX", "", "B", "a:2" }, { "INBOX", "", "B", "a:2" } },
      "INBOX>B(a:2)*2;INBOX>A(a:1)*1;" },
    { "no-rule-last",
      { { "Lists", "", "INBOX", "" }, { "Lists", "", "INBOX", "" }, { "INBOX", "", "B", "a:2" } },
      "INBOX>B(a:2)*1;Lists>INBOX()*2;" },
    { "discarded", { { "INBOX", "", "discard", "a:1" } }, "INBOX>discard(a:1)*1;" },
    { "discarded-with-notice", { { "INBOX", "", "discard+notify", "a:1" } }, "INBOX>discard(a:1)*1;" },
    { "stays-with-notice", { { "INBOX", "", "notify+INBOX", "a:1" } }, "" },
    { "flag-added", { { "INBOX", "S", "INBOX!\\Seen!\\Flagged", "" } }, "INBOX>INBOX +F()*1;" },
    { "flag-removed", { { "INBOX", "FS", "INBOX!\\flagged", "a:1" } }, "INBOX>INBOX -S(a:1)*1;" },
    { "flag-that-no-file-shows", { { "INBOX", "", "INBOX!$Label1!\\Deleted", "a:1" } }, "" },
    { "moves-with-flag", { { "INBOX", "", "Work!\\Flagged", "a:1" } }, "INBOX>Work +F(a:1)*1;" },
    { "copy-that-is-missing",
      { { "INBOX", "", "INBOX+Copies", "a:1", "abc" } },
      "INBOX>INBOX+Copies(a:1)*1;" },
    { "copy-that-is-there",
      { { "INBOX", "", "INBOX+Copies", "a:1", "abc" }, { "Copies", "", "INBOX+Copies", "a:1", "abc" } },
      "" },
    { "copy-of-another-message",
      { { "INBOX", "", "INBOX+Copies", "a:1", "abc" }, { "Copies", "", "Copies", "a:1", "abd" } },
      "INBOX>INBOX+Copies(a:1)*1;" },
    { "copies-without-a-key",
      { { "INBOX", "", "INBOX+Copies", "a:1", NULL }, { "Copies", "", "INBOX+Copies", "a:1", NULL } },
      "Copies>INBOX+Copies(a:1)*1;INBOX>INBOX+Copies(a:1)*1;" },
    { "failed", { { "INBOX", "", "INBOX", "", NULL, "a:1: too much" } }, "" },
};

static void
counts (gconstpointer data)
{
    const Row *row = data;
    IbReplayTally *tally = ib_replay_tally_new (1);
    guint messages = 0, failed = 0;
    for (; messages < MESSAGES_MAX && row->messages[messages].from != NULL; messages++) {
        add (tally, &row->messages[messages]);
        failed += row->messages[messages].error != NULL;
    }
    g_autoptr (IbReplay) replay = ib_replay_tally_finish (tally);
    g_autofree char *words = words_of (replay);
    g_assert_cmpstr (words, ==, row->changes);

    guint changed = 0, decided = 0;
    for (guint i = 0; i < replay->changes->len; i++) {
        const IbReplayChange *change = replay->changes->pdata[i];
        changed += (guint) change->count;
        g_assert_cmpuint (change->examples->len, ==, 1);
    }
    for (guint i = 0; i < replay->rules->len; i++)
        decided += (guint) ((const IbReplayRule *) replay->rules->pdata[i])->count;
    g_assert_cmpuint (replay->changed, ==, changed);
    g_assert_cmpuint (replay->messages, ==, messages);
    g_assert_cmpuint (replay->failed, ==, failed);
    g_assert_cmpuint (decided, ==, messages - failed);
    g_assert_cmpuint (replay->failures->len, ==, failed);
}

static void
counts_rules (void)
{
    IbReplayTally *tally = ib_replay_tally_new (0);
    const Message messages[]
        = { { "INBOX", "", "A", "a:1" }, { "A", "", "A", "a:1" }, { "INBOX", "", "INBOX", "" } };
    for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
        add (tally, &messages[i]);
    ib_replay_tally_gone (tally);
    g_autoptr (IbReplay) replay = ib_replay_tally_finish (tally);
    const IbReplayRule *first = replay->rules->pdata[0], *second = replay->rules->pdata[1];
    g_assert_cmpuint (replay->rules->len, ==, 2);
    g_assert_cmpstr (first->rule, ==, "a:1");
    g_assert_cmpuint (first->count, ==, 2);
    g_assert_cmpuint (first->changed, ==, 1);
    g_assert_cmpstr (second->rule, ==, "");
    g_assert_cmpuint (second->changed, ==, 0);
    g_assert_cmpuint (replay->gone, ==, 1);
    g_assert_cmpuint (((const IbReplayChange *) replay->changes->pdata[0])->examples->len, ==, 0);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/replay-tally/", rows[i].name, NULL);
        g_test_add_data_func (path, &rows[i], counts);
    }
    g_test_add_func ("/replay-tally/counts-rules", counts_rules);
    return g_test_run ();
}
