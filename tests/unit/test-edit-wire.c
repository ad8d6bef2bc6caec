/* Edited headers, details of actions and marks on their way from a filter worker, and what of them is believed: a worker
 * that was taken over may lie in a header that scripts edit, and do no more. */
#include "filter-wire.h"
#include "mail-limits.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE                                                                                              \
    "Received: from a\n\tby b\n" /* 0 */                                                                     \
    "Subject: one\n two\n"       /* 23 */                                                                    \
    "X-A: 1\n"                   /* 41 */                                                                    \
    "\n"                         /* 48 */                                                                    \
    "Subject: body\n\nX-A: 2\n"  /* 49 */

/* "LITERAL" or FROM-TO, in order: may this be done to MESSAGE? */
typedef struct {
    const char *name;
    struct {
        const char *literal;
        guint64 from, to;
    } parts[6];
    bool is_believed;
} Row;

#define END (sizeof MESSAGE - 1)
static const Row rows[] = {
    { "whole", { { NULL, 0, END } }, true },
    { "adds-in-front", { { "X-New: 1\n" }, { NULL, 0, END } }, true },
    { "adds-folded", { { "X-New: 1\n 2\n\t3\nX-B: 4\n" }, { NULL, 0, END } }, true },
    { "adds-at-the-end", { { NULL, 0, 48 }, { "X-New: 1\n" }, { NULL, 48, END } }, true },
    { "takes-a-field", { { NULL, 0, 41 }, { NULL, 48, END } }, true },
    { "takes-a-folded-field", { { NULL, 0, 23 }, { NULL, 41, END } }, true },
    { "takes-two", { { NULL, 0, 23 }, { NULL, 48, END } }, true },
    { "replaces", { { NULL, 0, 23 }, { "Subject: x\n" }, { NULL, 41, END } }, true },
    { "takes-received", { { NULL, 23, END } }, false },
    { "takes-received-with-another", { { NULL, 41, END } }, false },
    { "takes-half-a-field", { { NULL, 0, 23 }, { NULL, 36, END } }, false },
    { "takes-a-folded-rest", { { NULL, 0, 36 }, { NULL, 41, END } }, false },
    { "takes-half-a-line", { { NULL, 0, 25 }, { NULL, 41, END } }, false },
    { "takes-the-empty-line", { { NULL, 0, 41 }, { NULL, 49, END } }, false },
    { "takes-of-the-body", { { NULL, 0, 64 }, { NULL, 71, END } }, false },
    { "takes-a-line-of-the-body", { { NULL, 0, 49 }, { NULL, 63, END } }, false },
    { "takes-the-end", { { NULL, 0, 64 } }, false },
    { "adds-to-the-body", { { NULL, 0, 63 }, { "X-New: 1\n" }, { NULL, 63, END } }, false },
    { "adds-within-a-line", { { NULL, 0, 5 }, { "X-New: 1\n" }, { NULL, 5, END } }, false },
    { "adds-an-empty-line", { { "X-New: 1\n\n" }, { NULL, 0, END } }, false },
    { "adds-text", { { "hello\n" }, { NULL, 0, END } }, false },
    { "adds-half-a-line", { { "X-New: 1" }, { NULL, 0, END } }, false },
    { "adds-a-name-with-blank", { { "X New: 1\n" }, { NULL, 0, END } }, false },
    { "adds-cr", { { "X-New: 1\r\n" }, { NULL, 0, END } }, false },
    { "repeats", { { NULL, 0, 41 }, { NULL, 23, END } }, false },
};

static IbJudgement *
judgement_new (void)
{
    IbJudgement *judgement = g_new0 (IbJudgement, 1);
    judgement->verdict = ib_verdict_new (IB_VERDICT_UNSURE, NAN);
    judgement->plan = ib_plan_new ();
    judgement->marks = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_mark_free);
    judgement->message_id = g_strdup ("");
    judgement->from = g_strdup ("");
    judgement->subject = g_strdup ("");
    judgement->rule = g_strdup ("");
    judgement->signals = ib_signals_new ();
    (void) ib_plan_add (judgement->plan, IB_ACTION_FILEINTO, "A", NULL);
    return judgement;
}

static GArray *
segments_of (const Row *row)
{
    GArray *segments = ib_segments_new ();
    for (gsize i = 0; row->parts[i].literal != NULL || row->parts[i].to > 0; i++) {
        if (row->parts[i].literal != NULL) {
            ib_segments_append_literal (segments, row->parts[i].literal);
            continue;
        }
        IbSegment range = { .offset = row->parts[i].from, .length = row->parts[i].to - row->parts[i].from };
        g_array_append_val (segments, range);
    }
    return segments;
}

static bool
is_believed (const IbJudgement *judgement, bool edits_headers)
{
    const char before[] = "another\n\nmessage";
    const IbPiece message = { memfd_create ("test", MFD_CLOEXEC), strlen (before), END };
    g_assert_cmpint (write (message.fd, before, strlen (before)), ==, (gssize) strlen (before));
    g_assert_cmpint (write (message.fd, MESSAGE, END), ==, (gssize) END);
    bool is_it = ib_judgement_unsound (judgement, END, edits_headers) == NULL
                 && ib_judgement_keeps_message (judgement, &message, edits_headers);
    close (message.fd);
    return is_it;
}

/* The same whether it is the plan's edit list or an action's own; and nothing of it where no script edits headers. */
static void
test_row (gconstpointer data)
{
    const Row *row = data;
    g_autoptr (IbJudgement) of_plan = judgement_new (), of_action = judgement_new ();
    g_array_unref (of_plan->plan->segments);
    of_plan->plan->segments = segments_of (row);
    g_assert_cmpint (is_believed (of_plan, true), ==, row->is_believed);

    ((IbAction *) of_action->plan->actions->pdata[0])->segments = segments_of (row);
    g_assert_cmpint (is_believed (of_action, true), ==, row->is_believed);
    g_assert_false (is_believed (of_action, false));
    if (strcmp (row->name, "whole") != 0)
        g_assert_false (is_believed (of_plan, false));
}

static void
not_too_much_is_added (void)
{
    g_autoptr (IbJudgement) judgement = judgement_new ();
    g_autofree char *much = g_strnfill (IB_LIMIT_ADDED_BYTES + 64 * 1024, 'a');
    g_autofree char *field = g_strconcat ("X-A: ", much, "\n", NULL);
    ib_plan_append_literal (judgement->plan, field);
    ib_plan_append_range (judgement->plan, 0, END);
    g_assert_nonnull (ib_judgement_unsound (judgement, END, true));
}

/* --- on the way ---------------------------------------------------------------------------------------------------- */

static void
make_channels (const IbFrameKind *incoming, IbChannel **out_here, IbChannel **out_there)
{
    int ends[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
    *out_here = ib_channel_new (ends[0], incoming);
    *out_there = ib_channel_new (ends[1], incoming);
}

static IbJudgement *
through_the_wire (const IbJudgement *judgement)
{
    g_autoptr (IbChannel) here = NULL, there = NULL;
    g_autoptr (IbJudgementReader) reader = ib_judgement_reader_new ();
    g_auto (IbFrame) frame = { .fd = -1 };
    IbJudgement *read = NULL;
    guint64 ticket = 0;
    make_channels (ib_filter_wire_to_service, &here, &there);
    g_assert_true (ib_filter_wire_send_judgement (here, 9, judgement, NULL));
    g_assert_true (ib_channel_receive (there, &frame, NULL));
    g_assert_true (ib_judgement_reader_add (reader, &frame, &ticket, &read));
    return read;
}

static void
all_of_it_arrives (void)
{
    g_autofree char *mark = g_strnfill (IB_MARK_BYTES, 'a');
    g_autoptr (IbJudgement) judgement = judgement_new ();
    IbAction *reject = ib_plan_add (judgement->plan, IB_ACTION_REJECT, "", NULL);
    ib_action_add_detail (reject, "reason", "no\nthanks");
    ib_action_add_detail (reject, "odd", "");
    IbAction *store = judgement->plan->actions->pdata[0];
    store->segments = segments_of (&rows[1]);
    ib_plan_note_edit (judgement->plan, true, "X-New", "1");
    ib_plan_note_edit (judgement->plan, false, "Subject", "");
    g_ptr_array_add (judgement->marks, ib_mark_new (mark, 1234, "id"));

    g_autoptr (IbJudgement) read = through_the_wire (judgement);
    g_assert_cmpstr (ib_judgement_unsound (read, END, true), ==, NULL);
    const IbAction *first = read->plan->actions->pdata[0], *second = read->plan->actions->pdata[1];
    g_assert_cmpuint (first->segments->len, ==, 2);
    g_assert_null (second->segments);
    g_assert_cmpstr (ib_action_detail (second, "reason"), ==, "no\nthanks");
    g_assert_cmpstr (ib_action_detail (second, "odd"), ==, "");
    g_assert_cmpuint (read->plan->edits->len, ==, 2);
    g_assert_true (((IbEdit *) read->plan->edits->pdata[0])->adds);
    g_assert_cmpstr (((IbEdit *) read->plan->edits->pdata[1])->field, ==, "Subject");
    g_assert_cmpuint (read->marks->len, ==, 1);
    g_assert_cmpstr (((IbMark *) read->marks->pdata[0])->mark, ==, mark);
    g_assert_cmpint (((IbMark *) read->marks->pdata[0])->expires_at_s, ==, 1234);
}

static void
a_wrong_mark_is_not_believed (void)
{
    g_autoptr (IbJudgement) judgement = judgement_new ();
    g_ptr_array_add (judgement->marks, ib_mark_new ("abc", 1, ""));
    g_assert_nonnull (ib_judgement_unsound (judgement, END, true));
}

static void
a_mark_for_ever_is_not_believed (void)
{
    const gint64 now_s = 1795510800;
    g_autofree char *mark = g_strnfill (IB_MARK_BYTES, 'a');
    g_autoptr (IbJudgement) judgement = judgement_new ();
    g_assert_true (ib_judgement_forgets (judgement, now_s));
    g_ptr_array_add (judgement->marks, ib_mark_new (mark, now_s + IB_LIMIT_MARK_SECONDS, ""));
    g_assert_true (ib_judgement_forgets (judgement, now_s));
    g_ptr_array_add (judgement->marks, ib_mark_new (mark, now_s + IB_LIMIT_MARK_SECONDS + 1, ""));
    g_assert_false (ib_judgement_forgets (judgement, now_s));
}

static void
marks_are_told (void)
{
    g_autoptr (IbChannel) here = NULL, there = NULL;
    g_autoptr (IbMarks) seen = ib_marks_new (), told = ib_marks_new ();
    g_auto (IbFrame) frame = { .fd = -1 };
    make_channels (ib_filter_wire_to_worker, &here, &there);
    for (guint i = 0; i < 5000; i++) {
        g_autofree char *mark = g_strdup_printf ("%064u", i);
        ib_marks_add (seen, mark, 100 + i, "me");
    }
    g_autoptr (GPtrArray) list = ib_marks_list (seen);
    g_assert_true (ib_filter_wire_send_marks (here, list, NULL));
    g_assert_true (ib_channel_receive (there, &frame, NULL));
    g_assert_true (ib_filter_wire_read_marks (&frame, told, NULL));
    g_assert_cmpuint (ib_marks_count (told), ==, 5000);
    g_autofree char *last = g_strdup_printf ("%064u", 4999u);
    g_assert_true (ib_marks_has (told, last, 5098, "you"));
    g_assert_false (ib_marks_has (told, last, 5099, "you"));
    g_assert_false (ib_marks_has (told, last, 5098, "me"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/edit-wire/believes/", rows[i].name, NULL);
        g_test_add_data_func (path, &rows[i], test_row);
    }
    g_test_add_func ("/edit-wire/not-too-much", not_too_much_is_added);
    g_test_add_func ("/edit-wire/arrives", all_of_it_arrives);
    g_test_add_func ("/edit-wire/wrong-mark", a_wrong_mark_is_not_believed);
    g_test_add_func ("/edit-wire/mark-for-ever", a_mark_for_ever_is_not_believed);
    g_test_add_func ("/edit-wire/marks", marks_are_told);
    return g_test_run ();
}
