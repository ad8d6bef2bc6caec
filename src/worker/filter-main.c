/* filter-main.c - inbasket-filter: bytes in, judgements out
 *
 *     converters and time zone opened ─▶ locked in ─▶ scripts, settings, accounts ─▶ message after message
 *
 * It knows nothing but what it is handed, and leaves when the channel is closed. */
#include "fault.h"
#include "filter-wire.h"
#include "frame.h"
#include "judge.h"
#include "mail-limits.h"
#include "paths.h"
#include "sandbox.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <libintl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define CHANNEL_FD 3

typedef struct {
    IbChannel *channel;
    IbJudge *judge;
    IbFacts *settings;
    GBytes *model;       /* NULL: nothing was learned */
    GPtrArray *accounts; /* IbFacts, by number */
} Worker;

/* --- before the door closes ------------------------------------------------------------------------------------ */

static void
open_time_zone (void)
{
    tzset ();
    g_autoptr (GTimeZone) local = g_time_zone_new_local ();
    g_time_zone_ref (local); /* GLib keeps it as long as somebody has it */
}

/* --- frames ---------------------------------------------------------------------------------------------------- */

/* A script that does not compile is told of with each message that asks for it. */
static bool
take_script (Worker *self, const IbFrame *frame, GError **error)
{
    IbScriptRole role = IB_SCRIPT_TO_RUN;
    g_autofree char *name = NULL;
    g_autoptr (GBytes) text = NULL;
    g_autoptr (GError) compiling = NULL;
    if (!ib_filter_wire_read_script (frame, &role, &name, &text, error))
        return false;
    if (role != IB_SCRIPT_TO_RUN) {
        ib_judge_add_included (self->judge, role == IB_SCRIPT_TO_INCLUDE_GLOBALLY, name, text);
        return true;
    }

    gsize length = 0;
    const char *bytes = g_bytes_get_data (text, &length);
    if (!ib_judge_add_script (self->judge, name, bytes, length, &compiling))
        fprintf (stderr, "%s\n", compiling->message);
    return true;
}

static bool
take_settings (Worker *self, const IbFrame *frame, GError **error)
{
    IbFacts *settings = ib_filter_wire_read_settings (frame, error);
    if (settings == NULL)
        return false;
    ib_facts_free (self->settings);
    self->settings = settings;
    self->settings->marks = ib_marks_new ();
    return true;
}

/* The facts of all messages share the lists of the settings. */
static bool
take_list (Worker *self, const IbFrame *frame, GError **error)
{
    g_autofree char *name = NULL;
    g_autoptr (GBytes) text = NULL;
    if (!ib_filter_wire_read_list (frame, &name, &text, error))
        return false;
    if (self->settings->lists == NULL)
        self->settings->lists = ib_lists_new ();
    ib_lists_add (self->settings->lists, name, text);
    return true;
}

static bool
take_people (Worker *self, const IbFrame *frame, GError **error)
{
    g_clear_pointer (&self->settings->people, g_bytes_unref);
    self->settings->people = ib_filter_wire_read_people (frame, error);
    return self->settings->people != NULL;
}

static bool
take_model (Worker *self, const IbFrame *frame, GError **error)
{
    GBytes *model = ib_filter_wire_read_model (frame, error);
    if (model == NULL)
        return false;
    gsize length = 0;
    const void *memory = g_bytes_get_data (model, &length);
    ib_judge_set_model (self->judge, memory, length);
    g_clear_pointer (&self->model, g_bytes_unref);
    self->model = model;
    return true;
}

static bool
out_of_turn (GError **error, const char *what)
{
    g_set_error (error, IB_FRAME_ERROR, IB_FRAME_ERROR_PROTOCOL, "%s came out of turn", what);
    return false;
}

static bool
take_account (Worker *self, const IbFrame *frame, GError **error)
{
    guint32 number = 0;
    IbFacts *account = ib_filter_wire_unpack_account (frame->body, self->settings, &number);
    bool is_next = number == self->accounts->len;
    g_ptr_array_add (self->accounts, account);
    return is_next || out_of_turn (error, "an account");
}

/* For tests: what a filter that was taken over, or broke, would do. */
static void
misbehave (IbChannel *channel)
{
    (void) ib_fault ("filter.crash");
    if (ib_fault ("filter.nonsense") != 0)
        (void) ib_channel_send (channel, IB_FILTER_WIRE_SETTINGS, g_variant_new ("(t)", (guint64) 0), -1,
                                NULL);
    if (ib_fault ("filter.hang") != 0)
        for (;;)
            (void) sleep (1000);
}

/* The same: of what was asked for, all that is not the verdict. */
static void
withhold (IbJudgement *judgement)
{
    if (ib_fault ("filter.withhold") == 0)
        return;
    g_clear_pointer (&judgement->origin, ib_origin_free);
    g_clear_pointer (&judgement->example, ib_example_free);
}

/* One of the messages of a frame. */
typedef struct {
    IbFilterAsk ask;
    IbFacts *facts;
    guint64 judged; /* its bytes that are looked at */
} Asked;

static void
asked_clear (gpointer asked)
{
    ib_facts_free (((Asked *) asked)->facts);
}

static bool
read_asked (Worker *self, const IbFrame *frame, GArray *messages, guint64 *out_end, GError **error)
{
    IbPacked packed;
    gsize length = 0;
    const void *bytes = ib_frame_bytes (frame, &length);
    ib_packed_init (&packed, bytes, length);
    *out_end = 0;
    while (!ib_packed_is_whole (&packed)) {
        Asked asked = { 0 };
        if (!ib_filter_wire_unpack_ask (&packed, &asked.ask, &asked.facts))
            return out_of_turn (error, "a message");
        asked.judged = MIN (asked.ask.size_bytes, IB_LIMIT_JUDGED_BYTES);
        *out_end = MAX (*out_end, asked.ask.offset + asked.judged);
        g_array_append_val (messages, asked);
        if (asked.ask.account >= self->accounts->len)
            return out_of_turn (error, "a message");
        ib_filter_wire_fill_in (asked.facts, self->accounts->pdata[asked.ask.account]);
    }
    return true;
}

static bool
take_messages (Worker *self, const IbFrame *frame, GError **error)
{
    guint64 end = 0;
    g_autoptr (GArray) messages = g_array_new (FALSE, FALSE, sizeof (Asked));
    g_array_set_clear_func (messages, asked_clear);
    if (!read_asked (self, frame, messages, &end, error))
        return false;
    g_autoptr (GBytes) bag = ib_filter_wire_map (frame->fd, end, error);
    if (bag == NULL)
        return false;

    const char *bytes = g_bytes_get_data (bag, NULL);
    for (guint i = 0; i < messages->len; i++) {
        const Asked *asked = &g_array_index (messages, Asked, i);
        misbehave (self->channel);
        g_autoptr (IbJudgement) judgement = ib_judge_message (self->judge, bytes + asked->ask.offset,
                                                              asked->judged, asked->facts, asked->ask.wants);
        withhold (judgement);
        if (!ib_filter_wire_send_judgement (self->channel, asked->ask.ticket, judgement, error))
            return false;
    }
    return true;
}

static bool
take_frame (Worker *self, const IbFrame *frame, GError **error)
{
    switch ((IbFilterWire) frame->kind) {
    case IB_FILTER_WIRE_SCRIPT:
        return take_script (self, frame, error);
    case IB_FILTER_WIRE_SETTINGS:
        return take_settings (self, frame, error);
    case IB_FILTER_WIRE_MARKS:
        return ib_filter_wire_read_marks (frame, self->settings->marks, error);
    case IB_FILTER_WIRE_ACCOUNT:
        return take_account (self, frame, error);
    case IB_FILTER_WIRE_LIST:
        return take_list (self, frame, error);
    case IB_FILTER_WIRE_PEOPLE:
        return take_people (self, frame, error);
    case IB_FILTER_WIRE_MODEL:
        return take_model (self, frame, error);
    case IB_FILTER_WIRE_JUDGE:
        return take_messages (self, frame, error);
    case IB_FILTER_WIRE_READY:
    case IB_FILTER_WIRE_PART:
    case IB_FILTER_WIRE_JUDGEMENT:
        break; /* ours to say; the channel lets none in */
    }
    g_assert_not_reached ();
}

/* Until the service closes the channel, which is no error. */
static bool
work (Worker *self, GError **error)
{
    for (;;) {
        g_autoptr (GError) end = NULL;
        g_auto (IbFrame) frame = { .fd = -1 };
        if (!ib_channel_receive (self->channel, &frame, &end)) {
            if (g_error_matches (end, IB_FRAME_ERROR, IB_FRAME_ERROR_CLOSED))
                return true;
            g_propagate_error (error, g_steal_pointer (&end));
            return false;
        }
        if (!take_frame (self, &frame, error))
            return false;
    }
}

/* What a script meets as it runs is told in the user's language, whose catalogue is a file, so it is read now. Nothing else is
 * the locale's: a verdict is the same everywhere. */
static void
load_language (void)
{
    setlocale (LC_MESSAGES, "");
    bindtextdomain (GETTEXT_PACKAGE, ib_paths_translations ());
    bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
    textdomain (GETTEXT_PACKAGE);
    (void) gettext ("");
}

static bool
lock_in (Worker *self, GError **error)
{
    IbSandboxStatus status = { 0 };
    load_language ();
    open_time_zone ();
    self->judge = ib_judge_new (); /* opens the converters of all charsets that it knows, and keeps them */
    return ib_sandbox_enter (IB_SANDBOX_FILTER, &status, error)
           && ib_channel_send (self->channel, IB_FILTER_WIRE_READY, ib_filter_wire_pack_ready (&status), -1,
                               error);
}

int
main (void)
{
    g_autoptr (GError) error = NULL;
    if (fcntl (CHANNEL_FD, F_GETFD) < 0) {
        fputs ("inbasket-filter is a part of Inbasket, which starts it; see inbasket(1)\n", stderr);
        return 2;
    }
    signal (SIGPIPE, SIG_IGN);

    Worker self
        = { .channel = ib_channel_new (CHANNEL_FD, ib_filter_wire_to_worker), .settings = ib_facts_new () };
    self.settings->marks = ib_marks_new ();
    self.accounts = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_facts_free);
    bool is_done = lock_in (&self, &error) && work (&self, &error);
    /* A service that is gone in the middle of a judgement is no fault of ours. */
    if (!is_done && !g_error_matches (error, IB_FRAME_ERROR, IB_FRAME_ERROR_CLOSED))
        fprintf (stderr, "%s\n", error->message);

    ib_judge_free (self.judge);
    ib_facts_free (self.settings);
    g_ptr_array_unref (self.accounts);
    ib_channel_free (self.channel);
    return is_done ? 0 : 1;
}
