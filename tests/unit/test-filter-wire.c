/* What is said to a filter worker arrives as it was; what a worker says is believed only as far as it can be done. */
#include "filter-wire.h"
#include "mail-limits.h"
#include "packed.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static void
make_channels (const IbFrameKind *incoming, IbChannel **out_here, IbChannel **out_there)
{
    int ends[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
    *out_here = ib_channel_new (ends[0], incoming);
    *out_there = ib_channel_new (ends[1], incoming);
}

static void
set_list (char ***list, const char *words)
{
    g_strfreev (*list);
    *list = g_strsplit (words, " ", -1);
}

static void
set_text (char **text, const char *value)
{
    g_free (*text);
    *text = g_strdup (value);
}

static void
assert_same (char **one, char **other)
{
    g_assert_true (g_strv_equal ((const char *const *) one, (const char *const *) other));
}

/* --- said to the worker ------------------------------------------------------------------------------------------ */

static void
settings_of_many_folders (void)
{
    g_autoptr (IbChannel) here = NULL, there = NULL;
    g_autoptr (IbFacts) settings = ib_facts_new ();
    g_autoptr (GError) error = NULL;
    g_autoptr (GString) folders = g_string_new ("INBOX");
    make_channels (ib_filter_wire_to_worker, &here, &there);
    for (guint i = 0; i < 5000; i++)
        g_string_append_printf (folders, " Lists.of-many-messages-%u", i);
    set_list (&settings->folders, folders->str);
    set_list (&settings->own_addresses, "anna@example.org ann\xe9@example.org");
    settings->annotates = true;

    g_auto (IbFrame) frame = { .fd = -1 };
    g_assert_true (ib_filter_wire_send_settings (here, settings, &error));
    g_assert_true (ib_channel_receive (there, &frame, &error));
    g_autoptr (IbFacts) read = ib_filter_wire_read_settings (&frame, &error);
    g_assert_no_error (error);
    assert_same (read->folders, settings->folders);
    assert_same (read->own_addresses, settings->own_addresses);
    g_assert_true (read->annotates);
}

static void
a_script (void)
{
    g_autoptr (IbChannel) here = NULL, there = NULL;
    g_autoptr (GError) error = NULL;
    make_channels (ib_filter_wire_to_worker, &here, &there);
    const char *const texts[] = { "keep;\n", "" };
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autoptr (GBytes) text = g_bytes_new_static (texts[i], strlen (texts[i])), read = NULL;
        g_autofree char *name = NULL;
        IbScriptRole role = IB_SCRIPT_TO_RUN;
        g_auto (IbFrame) frame = { .fd = -1 };
        g_assert_true (ib_filter_wire_send_script (here, IB_SCRIPT_TO_INCLUDE, "junk.sieve", text, &error));
        g_assert_true (ib_channel_receive (there, &frame, &error));
        g_assert_true (ib_filter_wire_read_script (&frame, &role, &name, &read, &error));
        g_assert_cmpstr (name, ==, "junk.sieve");
        g_assert_cmpint (role, ==, IB_SCRIPT_TO_INCLUDE);
        g_assert_true (g_bytes_equal (text, read));
    }
}

static void
a_list (void)
{
    g_autoptr (IbChannel) here = NULL, there = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) text = g_bytes_new_static ("anna@example.org\n", 17), read = NULL;
    g_autofree char *name = NULL;
    g_auto (IbFrame) frame = { .fd = -1 };
    make_channels (ib_filter_wire_to_worker, &here, &there);
    g_assert_true (ib_filter_wire_send_list (here, "friends", text, &error));
    g_assert_true (ib_channel_receive (there, &frame, &error));
    g_assert_cmpint (frame.kind, ==, IB_FILTER_WIRE_LIST);
    g_assert_true (ib_filter_wire_read_list (&frame, &name, &read, &error));
    g_assert_cmpstr (name, ==, "friends");
    g_assert_true (g_bytes_equal (text, read));
}

static void
facts_of_a_message (void)
{
    g_autoptr (IbFacts) settings = ib_facts_new ();
    set_list (&settings->own_addresses, "anna@example.org");
    set_list (&settings->scripts, "junk.sieve lists.sieve");
    set_list (&settings->folders, "INBOX Junk");
    set_list (&settings->relays, "198.51.100.7 relay.example.com");
    set_list (&settings->authserv_ids, "mx.example.org");
    set_list (&settings->mx, "example.org|mx.example.org");
    g_autoptr (IbFacts) facts = ib_facts_copy (settings);
    set_text (&facts->server_host, "imap.example.org");
    set_list (&facts->provider_hosts, ".example.org 192.0.2.0/24");
    set_text (&facts->account, "home");
    set_text (&facts->account_address, "anna@example.org");
    set_text (&facts->id, "0123");
    set_text (&facts->server_folder, "Spam");
    set_text (&facts->server_use, "Junk");
    set_text (&facts->account_folder, "Home");
    set_list (&facts->scripts, "own.sieve");
    set_list (&facts->flags, "\\Seen \\Flagged");
    facts->now = 1700000000000000;
    facts->utc_offset_s = -3600;
    facts->received_at_s = 1690000000;

    guint32 number = 0;
    g_autoptr (GVariant) account = g_variant_ref_sink (ib_filter_wire_pack_account (7, facts, settings));
    g_autoptr (IbFacts) of_account = ib_filter_wire_unpack_account (account, settings, &number);
    g_assert_cmpuint (number, ==, 7);

    const IbFilterAsk ask = { 42, 7, 1000, 12345, true };
    IbFilterAsk read_ask;
    IbPacked packed;
    g_autoptr (GByteArray) judge = g_byte_array_new ();
    g_autoptr (IbFacts) read = NULL;
    ib_filter_wire_pack_ask (judge, &ask, facts);
    ib_packed_init (&packed, judge->data, judge->len);
    g_assert_true (ib_filter_wire_unpack_ask (&packed, &read_ask, &read));
    g_assert_true (ib_packed_is_whole (&packed));
    ib_filter_wire_fill_in (read, of_account);
    g_assert_cmpuint (read_ask.ticket, ==, 42);
    g_assert_cmpuint (read_ask.account, ==, 7);
    g_assert_cmpuint (read_ask.offset, ==, 1000);
    g_assert_cmpuint (read_ask.size_bytes, ==, 12345);
    g_assert_cmpint (read_ask.wants, ==, ask.wants);

    g_assert_cmpstr (read->account, ==, "home");
    g_assert_cmpstr (read->account_address, ==, "anna@example.org");
    g_assert_cmpstr (read->id, ==, "0123");
    g_assert_cmpstr (read->server_folder, ==, "Spam");
    g_assert_cmpstr (read->server_use, ==, "Junk");
    g_assert_cmpstr (read->account_folder, ==, "Home");
    assert_same (read->own_addresses, facts->own_addresses);
    assert_same (read->scripts, facts->scripts);
    assert_same (read->flags, facts->flags);
    assert_same (read->folders, settings->folders);
    g_assert_cmpstr (read->server_host, ==, "imap.example.org");
    assert_same (read->provider_hosts, facts->provider_hosts);
    assert_same (read->mx, settings->mx);
    assert_same (read->relays, settings->relays);
    assert_same (read->authserv_ids, settings->authserv_ids);
    g_assert_cmpint (read->now, ==, facts->now);
    g_assert_cmpint (read->utc_offset_s, ==, -3600);
    g_assert_cmpint (read->received_at_s, ==, facts->received_at_s);
    g_assert_cmpuint (read->total_size_bytes, ==, 12345);
}

static void
maps_only_what_is_steady (void)
{
    g_autoptr (GError) error = NULL;
    int fd = memfd_create ("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    g_assert_cmpint (write (fd, "0123456789", 10), ==, 10);
    g_assert_null (ib_filter_wire_map (fd, 10, NULL)); /* could still shrink */
    fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    g_assert_null (ib_filter_wire_map (fd, 11, NULL)); /* shorter than was said */

    g_autoptr (GBytes) mapped = ib_filter_wire_map (fd, 4, &error);
    g_assert_no_error (error);
    g_assert_cmpmem (g_bytes_get_data (mapped, NULL), g_bytes_get_size (mapped), "0123", 4);
    close (fd);

    int pipe_ends[2];
    g_assert_cmpint (pipe2 (pipe_ends, O_CLOEXEC), ==, 0);
    g_assert_null (ib_filter_wire_map (pipe_ends[0], 0, NULL));
    close (pipe_ends[0]);
    close (pipe_ends[1]);
}

/* A Maildir may lie on a file system in memory. Its files are of the kind that a memory file is which cannot be sealed. */
static void
maps_a_plain_file_in_memory (void)
{
    g_autoptr (GError) error = NULL;
    int fd = memfd_create ("test", MFD_CLOEXEC);
    g_assert_cmpint (write (fd, "0123456789", 10), ==, 10);
    g_assert_cmpint (fcntl (fd, F_GET_SEALS), ==, F_SEAL_SEAL);

    g_autoptr (GBytes) mapped = ib_filter_wire_map (fd, 10, &error);
    g_assert_no_error (error);
    g_assert_cmpmem (g_bytes_get_data (mapped, NULL), g_bytes_get_size (mapped), "0123456789", 10);
    close (fd);
}

/* --- said by the worker ------------------------------------------------------------------------------------------ */

#define SIZE 1000

static IbJudgement *
a_judgement (void)
{
    IbJudgement *judgement = g_new0 (IbJudgement, 1);
    judgement->verdict = ib_verdict_new (IB_VERDICT_SPAM, 0.97);
    IbEvidence *mark = ib_verdict_add (judgement->verdict, "provider-mark", 1.5, "X-Spam");
    ib_verdict_add_detail (mark, "Spam", 0.25);
    judgement->plan = ib_plan_new ();
    ib_plan_add (judgement->plan, IB_ACTION_FILEINTO, "Lists.foo",
                 (const char *[]){ "\\Seen", "work", NULL });
    ib_plan_add (judgement->plan, IB_ACTION_KEEP, "INBOX", NULL)->is_implicit = true;
    ib_plan_append_literal (judgement->plan,
                            "X-Inbasket-Id: 1\nX-Inbasket-Verdict: spam;\n probability=0.970\n");
    ib_plan_append_range (judgement->plan, 0, 100);
    ib_plan_append_range (judgement->plan, 150, SIZE - 150);
    judgement->twin_key = g_strnfill (64, 'a');
    judgement->message_id = g_strdup ("<1@example\xff>");
    judgement->from = g_strdup ("Zoë <z@example.org>");
    judgement->subject = g_strdup ("Grüße");
    judgement->rule = g_strdup ("junk.sieve:12");
    judgement->signals = ib_signals_new ();
    return judgement;
}

static IbSegment *
segment (IbJudgement *judgement, guint index)
{
    return &g_array_index (judgement->plan->segments, IbSegment, index);
}

static IbAction *
action (IbJudgement *judgement)
{
    return judgement->plan->actions->pdata[0];
}

static void
set_literal (IbJudgement *judgement, const char *text, gsize length)
{
    g_bytes_unref (segment (judgement, 0)->literal);
    segment (judgement, 0)->literal = g_bytes_new (text, length);
    segment (judgement, 0)->length = length;
}

static void
untouched (IbJudgement *j)
{
    (void) j;
}
static void
no_edits (IbJudgement *j)
{
    g_array_set_size (j->plan->segments, 0);
}
static void
probability_unknown (IbJudgement *j)
{
    j->verdict->probability = NAN;
}
static void
ended_header (IbJudgement *j)
{
    set_literal (j, "X-Inbasket-Id: 1\n\n", 18);
}
static void
verdict_of_no_kind (IbJudgement *j)
{
    j->verdict->kind = (IbVerdictKind) 99;
}
static void
probability_two (IbJudgement *j)
{
    j->verdict->probability = 2;
}
static void
probability_infinite (IbJudgement *j)
{
    j->verdict->probability = INFINITY;
}
static void
evidence_infinite (IbJudgement *j)
{
    ib_verdict_add (j->verdict, "x", INFINITY, "x");
}
static void
evidence_escapes (IbJudgement *j)
{
    ib_verdict_add (j->verdict, "x\nY: z", 1, "x");
}
static void
evidence_of_bytes (IbJudgement *j)
{
    ib_verdict_add (j->verdict, "x", 1, "\xff");
}
static void
share_infinite (IbJudgement *j)
{
    ib_verdict_add_detail (ib_verdict_add (j->verdict, "x", 1, NULL), "x", INFINITY);
}
static void
many_details (IbJudgement *j)
{
    IbEvidence *evidence = ib_verdict_add (j->verdict, "x", 1, NULL);
    for (guint i = 0; i < 1000; i++)
        ib_verdict_add_detail (evidence, "x", 0);
}
static void
much_evidence (IbJudgement *j)
{
    for (guint i = 0; i < 1000; i++)
        ib_verdict_add (j->verdict, "x", 1, "x");
}
static void
no_actions (IbJudgement *j)
{
    g_ptr_array_set_size (j->plan->actions, 0);
}
static void
many_actions (IbJudgement *j)
{
    for (guint i = 0; i < IB_LIMIT_ACTIONS; i++)
        ib_plan_add (j->plan, IB_ACTION_KEEP, "INBOX", NULL);
}
static void
action_of_no_kind (IbJudgement *j)
{
    action (j)->kind = (IbActionKind) 9;
}
static void
folder_empty (IbJudgement *j)
{
    set_text (&action (j)->mailbox, "");
}
static void
folder_with_control (IbJudgement *j)
{
    set_text (&action (j)->mailbox, "a\nb");
}
static void
folder_of_bytes (IbJudgement *j)
{
    set_text (&action (j)->mailbox, "a\xff");
}
static void
folder_too_long (IbJudgement *j)
{
    g_free (action (j)->mailbox);
    action (j)->mailbox = g_strnfill (IB_LIMIT_MAILBOX_BYTES + 1, 'a');
}
static void
flag_with_blank (IbJudgement *j)
{
    set_text (&action (j)->flags[0], "a b");
}
static void
flag_empty (IbJudgement *j)
{
    set_text (&action (j)->flags[0], "");
}
static void
many_flags (IbJudgement *j)
{
    g_autofree char *words = g_strnfill (99, ' ');
    set_list (&action (j)->flags, words);
    for (guint i = 0; action (j)->flags[i] != NULL; i++)
        set_text (&action (j)->flags[i], "flag");
}
static void
edit_outside (IbJudgement *j)
{
    segment (j, 2)->length++;
}
static void
edit_far_outside (IbJudgement *j)
{
    segment (j, 2)->offset = G_MAXUINT64;
}
static void
edit_wraps (IbJudgement *j)
{
    segment (j, 2)->length = G_MAXUINT64 - 100;
}
static void
edit_twice (IbJudgement *j)
{
    segment (j, 2)->offset = 99;
}
static void
edit_backwards (IbJudgement *j)
{
    segment (j, 1)->offset = 200;
}
static void
many_edits (IbJudgement *j)
{
    IbSegment nothing = { .offset = SIZE };
    for (guint i = 0; i < 10000; i++)
        g_array_append_val (j->plan->segments, nothing);
}
static void
literal_of_others (IbJudgement *j)
{
    set_literal (j, "Subject: buy\n", 13);
}
static void
literal_hides_another (IbJudgement *j)
{
    set_literal (j, "X-Inbasket-Id: 1\nBcc: x\n", 24);
}
static void
literal_ends_early (IbJudgement *j)
{
    set_literal (j, "X-Inbasket-Id: 1\n\nbody\n", 23);
}
static void
literal_without_end (IbJudgement *j)
{
    set_literal (j, "X-Inbasket-Id: 1", 16);
}
static void
literal_with_nul (IbJudgement *j)
{
    set_literal (j, "X-Inbasket-Id: \0\n", 17);
}
static void
literal_with_cr (IbJudgement *j)
{
    set_literal (j, "X-Inbasket-Id: 1\r\n", 18);
}
static void
literal_folded_first (IbJudgement *j)
{
    set_literal (j, " X-Inbasket-Id: 1\n", 18);
}
static void
literal_of_wrong_length (IbJudgement *j)
{
    segment (j, 0)->length++;
}
static void
literal_too_long (IbJudgement *j)
{
    g_autoptr (GString) much = g_string_new (NULL);
    while (much->len <= 64 * 1024)
        g_string_append (much, "X-Inbasket-Note: again and again\n");
    set_literal (j, much->str, much->len);
}
static void
twin_key_of_text (IbJudgement *j)
{
    set_text (&j->twin_key, "../x");
}
static void
twin_key_empty (IbJudgement *j)
{
    set_text (&j->twin_key, "");
}
static void
subject_of_bytes (IbJudgement *j)
{
    set_text (&j->subject, "\xff\xff");
}
static void
subject_too_long (IbJudgement *j)
{
    g_free (j->subject);
    j->subject = g_strnfill (100000, 'a');
}
static void
error_of_bytes (IbJudgement *j)
{
    j->error = g_strdup ("\xff");
}
static void
step_of_no_kind (IbJudgement *j)
{
    j->trace = ib_trace_new ();
    ib_trace_add (j->trace, ib_trace_step_new ((IbTraceKind) 77, "a", 1, 0, "b"));
}
static IbTraceStep *
one_step (IbJudgement *j)
{
    IbTraceStep *step = ib_trace_step_new (IB_TRACE_TEST, "a", 1, 1, "b");
    j->trace = ib_trace_new ();
    ib_trace_add (j->trace, step);
    return step;
}
static void
step_too_deep (IbJudgement *j)
{
    one_step (j)->depth = 100000;
}
static void
step_of_many_values (IbJudgement *j)
{
    IbTraceStep *step = one_step (j);
    step->values = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; i < 100; i++)
        g_ptr_array_add (step->values, g_strdup ("x"));
}
static void
step_key_of_bytes (IbJudgement *j)
{
    one_step (j)->key = g_strdup ("\xff");
}
static void
step_capture_too_long (IbJudgement *j)
{
    IbTraceStep *step = one_step (j);
    step->captures = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_add (step->captures, g_strnfill (100000, 'a'));
}

typedef struct {
    const char *name;
    void (*change) (IbJudgement *judgement);
    bool is_sound;
} Row;

static const Row rows[] = {
    { "sound", untouched, true },
    { "sound-no-edits", no_edits, true },
    { "sound-unknown", probability_unknown, true },
    { "sound-ends-header", ended_header, true },
    { "verdict-kind", verdict_of_no_kind },
    { "probability-two", probability_two },
    { "probability-infinite", probability_infinite },
    { "evidence-infinite", evidence_infinite },
    { "evidence-escapes", evidence_escapes },
    { "evidence-bytes", evidence_of_bytes },
    { "evidence-share-infinite", share_infinite },
    { "evidence-details-many", many_details },
    { "evidence-many", much_evidence },
    { "actions-none", no_actions },
    { "actions-many", many_actions },
    { "action-kind", action_of_no_kind },
    { "folder-empty", folder_empty },
    { "folder-control", folder_with_control },
    { "folder-bytes", folder_of_bytes },
    { "folder-long", folder_too_long },
    { "flag-blank", flag_with_blank },
    { "flag-empty", flag_empty },
    { "flags-many", many_flags },
    { "edit-outside", edit_outside },
    { "edit-far-outside", edit_far_outside },
    { "edit-wraps", edit_wraps },
    { "edit-twice", edit_twice },
    { "edit-backwards", edit_backwards },
    { "edits-many", many_edits },
    { "literal-of-others", literal_of_others },
    { "literal-hides-another", literal_hides_another },
    { "literal-ends-early", literal_ends_early },
    { "literal-without-end", literal_without_end },
    { "literal-nul", literal_with_nul },
    { "literal-cr", literal_with_cr },
    { "literal-folded-first", literal_folded_first },
    { "literal-wrong-length", literal_of_wrong_length },
    { "literal-long", literal_too_long },
    { "twin-key-text", twin_key_of_text },
    { "twin-key-empty", twin_key_empty },
    { "subject-bytes", subject_of_bytes },
    { "subject-long", subject_too_long },
    { "error-bytes", error_of_bytes },
    { "step-kind", step_of_no_kind },
    { "step-depth", step_too_deep },
    { "step-values", step_of_many_values },
    { "step-key", step_key_of_bytes },
    { "step-capture", step_capture_too_long },
};

static void
is_sound (gconstpointer data)
{
    const Row *row = data;
    g_autoptr (IbJudgement) judgement = a_judgement ();
    row->change (judgement);
    const char *wrong = ib_judgement_unsound (judgement, SIZE, false);
    if (row->is_sound)
        g_assert_cmpstr (wrong, ==, NULL);
    else
        g_assert_nonnull (wrong);
}

/* A large message's end must be in the list: no gap that far down can be of the header. */
static void
loses_no_end (void)
{
    g_autoptr (IbJudgement) judgement = a_judgement ();
    g_assert_null (ib_judgement_unsound (judgement, SIZE, false));
    g_assert_nonnull (ib_judgement_unsound (judgement, (guint64) IB_LIMIT_JUDGED_BYTES + 1, false));
}

/* A judgement through the channel; with a trace that needs many frames. */
static IbJudgement *
through_the_wire (const IbJudgement *judgement, guint *out_frames)
{
    g_autoptr (IbChannel) here = NULL, there = NULL;
    g_autoptr (IbJudgementReader) reader = ib_judgement_reader_new ();
    g_autoptr (GError) error = NULL;
    IbJudgement *read = NULL;
    guint64 ticket = 0;
    make_channels (ib_filter_wire_to_service, &here, &there);

    GMainContext *context = g_main_context_new ();
    ib_channel_attach (here, context, NULL, NULL, NULL); /* does not wait for us to read */
    g_assert_true (ib_filter_wire_send_judgement (here, 9, judgement, &error));
    for (*out_frames = 0; read == NULL; (*out_frames)++) {
        g_auto (IbFrame) frame = { .fd = -1 };
        g_main_context_iteration (context, FALSE);
        g_assert_true (ib_channel_receive (there, &frame, &error));
        g_assert_true (ib_judgement_reader_add (reader, &frame, &ticket, &read));
        g_assert_cmpuint (ticket, ==, 9);
    }
    g_main_context_unref (context);
    return read;
}

static void
arrives_as_it_was (void)
{
    g_autoptr (IbJudgement) judgement = a_judgement ();
    guint frames = 0;
    g_autoptr (IbJudgement) read = through_the_wire (judgement, &frames);
    g_assert_cmpuint (frames, ==, 1);
    g_assert_null (ib_judgement_unsound (read, SIZE, false));

    g_assert_cmpint (read->verdict->kind, ==, IB_VERDICT_SPAM);
    g_assert_cmpfloat (read->verdict->probability, ==, 0.97);
    const IbEvidence *evidence = read->verdict->evidence->pdata[0];
    g_assert_cmpstr (evidence->feature, ==, "provider-mark");
    g_assert_cmpuint (evidence->details->len, ==, 2);
    g_assert_cmpstr (((IbEvidenceDetail *) evidence->details->pdata[1])->text, ==, "Spam");
    g_assert_cmpfloat (((IbEvidenceDetail *) evidence->details->pdata[1])->share, ==, 0.25);
    g_assert_cmpuint (read->plan->actions->len, ==, 2);
    g_assert_cmpstr (action (read)->mailbox, ==, "Lists.foo");
    assert_same (action (read)->flags, action (judgement)->flags);
    g_assert_true (((IbAction *) read->plan->actions->pdata[1])->is_implicit);
    g_assert_cmpuint (read->plan->segments->len, ==, 3);
    g_assert_true (g_bytes_equal (segment (read, 0)->literal, segment (judgement, 0)->literal));
    g_assert_cmpuint (segment (read, 2)->offset, ==, 150);
    g_assert_cmpuint (segment (read, 2)->length, ==, SIZE - 150);
    g_assert_cmpstr (read->twin_key, ==, judgement->twin_key);
    g_assert_cmpstr (read->from, ==, judgement->from);
    g_assert_cmpstr (read->subject, ==, judgement->subject);
    g_assert_cmpstr (read->rule, ==, judgement->rule);
    g_assert_cmpstr (read->message_id, ==, judgement->message_id);
    g_assert_null (read->error);
    g_assert_null (read->trace);
}

static void
add_long_step (IbTrace *trace, guint i)
{
    IbTraceStep *step
        = ib_trace_step_new (IB_TRACE_TEST, "a.sieve", i, 3, "header :contains \"Subject\" \"x\"");
    for (guint value = 0; value < (i % 2 == 0 ? 2 : 0); value++)
        ib_trace_step_add_value (step, value == 0 ? "one" : "Grüße", value == 0 ? 3 : strlen ("Grüße"));
    if (i % 2 == 0)
        ib_trace_step_set_key (step, "x", 1);
    ib_trace_step_add_capture (step, "whole", 5);
    step->result = i % 3 == 0;
    ib_trace_add (trace, step);
}

static void
arrives_with_a_long_trace (void)
{
    g_autoptr (IbJudgement) judgement = a_judgement ();
    guint frames = 0;
    judgement->trace = ib_trace_new ();
    for (guint i = 0; i < IB_LIMIT_TRACE_STEPS; i++)
        add_long_step (judgement->trace, i);
    g_autoptr (IbJudgement) read = through_the_wire (judgement, &frames);
    g_assert_cmpuint (frames, >, 5);
    g_assert_null (ib_judgement_unsound (read, SIZE, false));
    g_assert_cmpuint (read->trace->steps->len, ==, IB_LIMIT_TRACE_STEPS);
    g_assert_false (read->trace->is_cut);
    const IbTraceStep *last = read->trace->steps->pdata[9998];
    g_assert_cmpuint (last->line, ==, 9998);
    g_assert_cmpuint (last->depth, ==, 3);
    g_assert_cmpuint (last->n_values, ==, 2);
    g_assert_cmpuint (last->values->len, ==, 2);
    g_assert_cmpstr (ib_trace_step_value (last), ==, "Grüße");
    g_assert_cmpstr (last->key, ==, "x");
    g_assert_cmpstr (last->captures->pdata[0], ==, "whole");
}

/* Texts of any length and bytes are cut to what the other end takes. */
static void
is_cut_to_be_sound (void)
{
    g_autoptr (IbJudgement) judgement = a_judgement ();
    guint frames = 0;
    subject_too_long (judgement);
    much_evidence (judgement);
    many_flags (judgement);
    set_text (&judgement->from, "a\xff\xfe");
    g_free (judgement->message_id);
    judgement->message_id = g_strnfill (70000, 'x');
    for (guint length = 1998; length < 2003; length++) {
        g_autofree char *filler = g_strnfill (length, 'a');
        g_free (judgement->rule);
        judgement->rule = g_strconcat (filler, "üüü", NULL);
        g_autoptr (IbJudgement) read = through_the_wire (judgement, &frames);
        g_assert_cmpstr (ib_judgement_unsound (read, SIZE, false), ==, NULL);
    }
}

/* --- nonsense of the right type ---------------------------------------------------------------------------------- */

/* A frame as it comes. */
static GVariant *
frame_body (guint64 ticket, const char *bytes, gsize length)
{
    g_autoptr (GByteArray) packed = g_byte_array_new ();
    ib_pack_number (packed, ticket);
    g_byte_array_append (packed, (const guint8 *) bytes, (guint) length);
    return g_variant_ref_sink (g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, packed->data, packed->len, 1));
}

static bool
add (IbJudgementReader *reader, guint8 kind, guint64 ticket, const char *bytes, gsize length)
{
    guint64 read_ticket = 0;
    IbJudgement *read = NULL;
    g_autoptr (GVariant) body = frame_body (ticket, bytes, length);
    IbFrame frame = { .kind = kind, .body = body, .fd = -1 };
    bool is_sense = ib_judgement_reader_add (reader, &frame, &read_ticket, &read);
    ib_judgement_free (read);
    return is_sense;
}

static void
refuses_nonsense (void)
{
    g_autofree char *much = g_malloc0 (IB_FRAME_BYTES);
    g_autoptr (IbJudgementReader) one = ib_judgement_reader_new (), two = ib_judgement_reader_new (),
                                  three = ib_judgement_reader_new (), four = ib_judgement_reader_new ();
    g_assert_false (add (one, IB_FILTER_WIRE_JUDGEMENT, 1, "nonsense", 8));
    g_assert_false (add (one, IB_FILTER_WIRE_JUDGEMENT, 1, "", 0));
    g_assert_false (add (two, IB_FILTER_WIRE_PART, 1, much, 8)); /* a crumb */

    g_assert_true (add (three, IB_FILTER_WIRE_PART, 1, much, IB_FRAME_BYTES - 64));
    g_assert_false (add (three, IB_FILTER_WIRE_PART, 2, much, IB_FRAME_BYTES - 64));

    guint parts = 0;
    while (add (four, IB_FILTER_WIRE_PART, 1, much, IB_FRAME_BYTES - 64))
        g_assert_cmpuint (parts++, <, 1000);
    g_assert_cmpuint (parts, >, 100);
}

static void
refuses_damaged_ones (void)
{
    g_autoptr (GRand) random = g_rand_new_with_seed (1);
    g_autoptr (IbJudgement) judgement = a_judgement ();
    g_autoptr (IbChannel) here = NULL, there = NULL;
    g_autoptr (GError) error = NULL;
    g_auto (IbFrame) frame = { .fd = -1 };
    make_channels (ib_filter_wire_to_service, &here, &there);
    g_assert_true (ib_filter_wire_send_judgement (here, 9, judgement, &error));
    g_assert_true (ib_channel_receive (there, &frame, &error));
    gsize length = 0;
    const char *good = (const char *) ib_frame_bytes (&frame, &length) + sizeof (guint64);
    length -= sizeof (guint64);

    guint read_all_the_same = 0;
    for (guint i = 0; i < 20000; i++) {
        g_autoptr (IbJudgementReader) reader = ib_judgement_reader_new ();
        g_autofree char *bad = g_memdup2 (good, length);
        for (guint j = 0; j <= i % 4; j++)
            bad[g_rand_int_range (random, 0, (gint32) length)] = (char) g_rand_int_range (random, 0, 256);
        guint64 ticket = 0;
        g_autoptr (IbJudgement) read = NULL;
        g_autoptr (GVariant) body = frame_body (9, bad, length);
        IbFrame damaged = { .kind = IB_FILTER_WIRE_JUDGEMENT, .body = body, .fd = -1 };
        if (ib_judgement_reader_add (reader, &damaged, &ticket, &read)) {
            (void) ib_judgement_unsound (read, SIZE, false);
            read_all_the_same++;
        }
    }
    g_assert_cmpuint (read_all_the_same, >, 0);
    g_assert_cmpuint (read_all_the_same, <, 20000);
}

/* --- against the message itself ---------------------------------------------------------------------------------- */

typedef struct {
    const char *name, *message;
    guint64 cut_from, cut_to;
    bool is_kept;
} Cut;

static const Cut cuts[] = {
    { "nothing", "Subject: a\n\nbody\n", 0, 0, true },
    { "first-field", "X-Inbasket-Id: 1\nSubject: a\n\nbody\n", 0, 17, true },
    { "any-case", "x-inbasket-ID: 1\nSubject: a\n\nbody\n", 0, 17, true },
    { "folded", "To: b\nX-Inbasket-Id:\n 1\n\t2\nA: b\n\n", 6, 27, true },
    { "two", "X-Inbasket-A:1\nX-Inbasket-B:2\n\n", 0, 30, true },
    { "at-the-end", "To: b\nX-Inbasket-Id: 1", 6, 22, true },
    { "after-mark", "\xEF\xBB\xBFX-Inbasket-Id: 1\nTo: b\n", 3, 20, true },
    { "other-field", "Subject: a\nTo: b\n\nbody\n", 0, 11, false },
    { "with-another", "X-Inbasket-Id: 1\nSubject: a\n\nbody\n", 0, 28, false },
    { "half-a-line", "X-Inbasket-Id: 1\nSubject: a\n\nbody\n", 0, 12, false },
    { "within", "Subject: X-Inbasket-Id: 1\n\nbody\n", 9, 26, false },
    { "the-end", "Subject: a\n\nbody\n", 12, 17, false },
    { "empty-line", "X-Inbasket-Id: 1\n\nbody\n", 0, 18, false },
};

/* The message before it in its bag, which is none of its business: no line that ends. */
#define BEFORE "Subject: b\n\nanother"

static void
keeps_the_message (gconstpointer data)
{
    const Cut *cut = data;
    gsize length = strlen (cut->message);
    const IbPiece message = { memfd_create ("test", MFD_CLOEXEC), strlen (BEFORE), length };
    g_assert_cmpint (write (message.fd, BEFORE, strlen (BEFORE)), ==, (gssize) strlen (BEFORE));
    g_assert_cmpint (write (message.fd, cut->message, length), ==, (gssize) length);

    g_autoptr (IbJudgement) judgement = a_judgement ();
    g_array_set_size (judgement->plan->segments, 0);
    ib_plan_append_literal (judgement->plan, "X-Inbasket-Id: 1\n");
    ib_plan_append_range (judgement->plan, 0, cut->cut_from);
    ib_plan_append_range (judgement->plan, cut->cut_to, length - cut->cut_to);
    g_assert_null (ib_judgement_unsound (judgement, length, false));
    g_assert_cmpint (ib_judgement_keeps_message (judgement, &message, false), ==, cut->is_kept);
    close (message.fd);
}

static void
adds_between_lines_only (void)
{
    const IbPiece message = { memfd_create ("test", MFD_CLOEXEC), 0, 11 };
    g_assert_cmpint (write (message.fd, "Subject: a\n", 11), ==, 11);
    g_autoptr (IbJudgement) judgement = a_judgement ();
    g_array_set_size (judgement->plan->segments, 0);
    ib_plan_append_range (judgement->plan, 0, 4);
    ib_plan_append_literal (judgement->plan, "X-Inbasket-Id: 1\n");
    ib_plan_append_range (judgement->plan, 4, 7);
    g_assert_false (ib_judgement_keeps_message (judgement, &message, false));
    close (message.fd);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/filter-wire/settings", settings_of_many_folders);
    g_test_add_func ("/filter-wire/script", a_script);
    g_test_add_func ("/filter-wire/list", a_list);
    g_test_add_func ("/filter-wire/facts", facts_of_a_message);
    g_test_add_func ("/filter-wire/map", maps_only_what_is_steady);
    g_test_add_func ("/filter-wire/map-in-memory", maps_a_plain_file_in_memory);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/filter-wire/sound/", rows[i].name, NULL);
        g_test_add_data_func (path, &rows[i], is_sound);
    }
    g_test_add_func ("/filter-wire/sound/loses-no-end", loses_no_end);
    g_test_add_func ("/filter-wire/judgement/arrives", arrives_as_it_was);
    g_test_add_func ("/filter-wire/judgement/long-trace", arrives_with_a_long_trace);
    g_test_add_func ("/filter-wire/judgement/cut", is_cut_to_be_sound);
    g_test_add_func ("/filter-wire/judgement/nonsense", refuses_nonsense);
    g_test_add_func ("/filter-wire/judgement/damaged", refuses_damaged_ones);
    for (gsize i = 0; i < G_N_ELEMENTS (cuts); i++) {
        g_autofree char *path = g_strconcat ("/filter-wire/keeps/", cuts[i].name, NULL);
        g_test_add_data_func (path, &cuts[i], keeps_the_message);
    }
    g_test_add_func ("/filter-wire/keeps/between-lines", adds_between_lines_only);
    return g_test_run ();
}
