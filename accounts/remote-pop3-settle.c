/* remote-pop3-settle.c - what was delivered is deleted, and what that comes to is known after QUIT */
#include "remote-pop3.h"

#include "escape.h"

#include <glib/gi18n-lib.h>

typedef struct {
    IbSettleOrder *accepted;
    IbSettleOrder *refused;
    IbSettleOrder *gone;
    char *refusal; /* the last one, in the server's words */
} Deletion;

static bool
note_deletion (IbRemote *self, guint32 number, bool is_last, gpointer user_data, GError **error)
{
    Deletion *deletion = user_data;
    const IbPop3Entry *entry = ib_remote_pop3_entry (self, number);
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_reader_status (self->session->reader, &status, &text, error))
        return false;
    g_ptr_array_add (status == IB_POP3_OK ? deletion->accepted->uidls : deletion->refused->uidls,
                     g_strdup (entry->identity));
    if (status != IB_POP3_OK) {
        g_free (deletion->refusal);
        deletion->refusal = ib_escape_server_text (text, -1);
    }
    return true;
}

/* What is not in the maildrop any more needs no DELE: somebody, maybe we in a session that broke, has done it, or the server
 * has named it anew. */
static GArray *
numbers_to_delete (IbRemote *self, const IbSettleOrder *order, Deletion *deletion)
{
    GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
    for (guint i = 0; i < order->uidls->len; i++) {
        const char *identity = order->uidls->pdata[i];
        guint32 number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, identity));
        if (number == 0)
            g_ptr_array_add (deletion->gone->uidls, g_strdup (identity));
        else
            g_array_append_val (numbers, number);
    }
    return numbers;
}

bool
ib_remote_pop3_delete (IbRemote *self, const IbSettleOrder *order, GError **error)
{
    const IbFetchCallbacks *callbacks = self->session->callbacks;
    g_autoptr (IbSettleOrder) accepted = ib_settle_order_new (IB_SETTLE_DELETE, "");
    g_autoptr (IbSettleOrder) refused = ib_settle_order_new (IB_SETTLE_DELETE, "");
    g_autoptr (IbSettleOrder) gone = ib_settle_order_new (IB_SETTLE_GONE, "");
    Deletion deletion = { .accepted = accepted, .refused = refused, .gone = gone };
    g_autoptr (GArray) numbers = numbers_to_delete (self, order, &deletion);

    bool is_done = ib_remote_pop3_ask_each (self, "DELE", "", numbers, note_deletion, &deletion, error);
    g_autofree char *refusal = deletion.refusal;
    if (accepted->uidls->len > 0)
        g_ptr_array_add (self->deleted, g_steal_pointer (&accepted));
    return is_done
           && (refused->uidls->len == 0
               || callbacks->settled (refused, false, refusal, callbacks->user_data, error))
           && (gone->uidls->len == 0 || callbacks->settled (gone, true, "", callbacks->user_data, error));
}

/* --- goodbye ------------------------------------------------------------------------------------------------- */

/* A server that is one answer behind answered the last DELE, not QUIT: its next one gives it away. One that is done
 * closes the connection; so long, at most, that is waited for. */
#define GOODBYE_MS 2000

static bool
is_last_word (IbRemote *self)
{
    g_autoptr (GError) end = NULL;
    char byte;

    ib_stream_set_deadline (self->session->stream, GOODBYE_MS);
    return !ib_pop3_reader_peek (self->session->reader, &byte, &end);
}

/* Deletions take effect now, or not at all; a server that deleted some only will list the others again. */
static bool
quit (IbRemote *self, GError **error)
{
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_session_ask (self->session, "QUIT", &status, &text, error))
        return false;
    if (status != IB_POP3_OK)
        return ib_pop3_session_refused (self->session, _ ("to delete messages (QUIT)"), text,
                                        IB_FETCH_ERROR_SERVER, error);
    return is_last_word (self)
           || ib_remote_pop3_fail (self, _ ("the server gives its answers out of step"), error);
}

/* Nothing is at stake: a word of goodbye, and an answer that does not matter. */
static void
leave (IbRemote *self)
{
    IbPop3Status status;
    const char *text;
    ib_stream_set_deadline (self->session->stream, GOODBYE_MS);
    if (ib_pop3_session_ask (self->session, "QUIT", &status, &text, NULL))
        ib_stream_end (self->session->stream);
}

/* Without the answer, for whatever reason, nobody knows what is still there, and whose UIDL is whose. */
static bool
announce (IbRemote *self, GError **error)
{
    const IbFetchCallbacks *callbacks = self->session->callbacks;
    for (guint i = 0; i < self->deleted->len; i++)
        if (!callbacks->copied (self->deleted->pdata[i], callbacks->user_data, error))
            return false;
    return true;
}

/* Gmail shows nothing any more that was fetched in a session which ended with QUIT, and others delete it then (RFC 2449, 6.7: EXPIRE
 * 0). Without, they have given nothing. */
bool
ib_remote_pop3_quit (IbRemote *self, GError **error)
{
    if (self->deleted->len > 0)
        return announce (self, error) && quit (self, error);
    if (!self->session->request->is_dry)
        leave (self);
    return true;
}
