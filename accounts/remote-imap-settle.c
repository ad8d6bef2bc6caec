/* remote-imap-settle.c - what was delivered is cleared away on the server
 *
 * Only UIDs of the order are touched, as long as they mean what they meant on entering, and nothing is expunged that somebody
 * else marked. A move without MOVE is COPY, the journal's word on that, then deletion: a crash in between repeats no copy. So is
 * one that MOVE, though it is listed, does not make: rather twice in the one mailbox than in neither. */
#include "remote-imap.h"
#include "copy-uid.h"
#include "imap-name.h"
#include "server-limits.h"
#include "uid-set.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* How one batch of an order ended. */
typedef struct {
    bool is_done;
    char *text; /* the server's words, or ours, where there is something to say */
} Outcome;

static void
refuse (Outcome *outcome, const char *text)
{
    outcome->is_done = false;
    g_free (outcome->text);
    outcome->text = g_strdup (text);
}

/* As if nothing had been refused. */
static void
forget (Outcome *outcome)
{
    outcome->is_done = true;
    g_free (outcome->text);
    outcome->text = g_strdup ("");
}

/* A command for the UIDs of @set; false: the session is over. A refusal is noted in @outcome. */
static bool
tell (IbRemote *self, const char *verb, const char *set, const char *rest, Outcome *outcome, GError **error)
{
    g_autoptr (IbImapAnswer) answer = ib_remote_imap_ask (self, error, "%s %s%s", verb, set, rest);
    if (answer == NULL)
        return false;
    if (answer->result != IB_IMAP_OK)
        refuse (outcome, answer->text);
    return true;
}

/* All that meet @criteria. *out_is_told false: that was refused, and nobody knows what has been done. */
static bool
search (IbRemote *self, const char *criteria, GArray *uids, Outcome *outcome, bool *out_is_told,
        GError **error)
{
    bool is_refused = false;
    if (!ib_remote_imap_search (self, 0, criteria, uids, &is_refused, error))
        return false;
    if (is_refused && outcome->is_done)
        refuse (outcome, self->refusal);
    *out_is_told = !is_refused;
    return true;
}

/* --- deleting ------------------------------------------------------------------------------------------------ */

/* EXPUNGE removes whatever is \Deleted: so only if all of that is ours. Where nothing is left nobody need be asked, and nothing
 * is done to what comes meanwhile. */
static bool
expunge_if_ours (IbRemote *self, const GArray *uids, Outcome *outcome, GError **error)
{
    g_autoptr (GArray) deleted = g_array_new (FALSE, FALSE, sizeof (guint32));
    bool is_told = false;
    if (ib_imap_server_get_selected (self->server)->exists == 0)
        return true;
    if (!search (self, " DELETED", deleted, outcome, &is_told, error))
        return false;
    if (!is_told)
        return true;
    for (guint i = 0; i < deleted->len; i++) {
        if (ib_uid_set_contains (uids, g_array_index (deleted, guint32, i)))
            continue;
        g_free (outcome->text);
        outcome->text = g_strdup (
            _ ("Left marked as deleted: other messages are marked too, and this server cannot remove "
               "single ones"));
        return true;
    }
    g_autoptr (IbImapAnswer) answer = ib_remote_imap_ask (self, error, "EXPUNGE");
    if (answer != NULL && answer->result != IB_IMAP_OK)
        refuse (outcome, answer->text);
    return answer != NULL;
}

static bool
delete_batch (IbRemote *self, const GArray *uids, const char *set, Outcome *outcome, GError **error)
{
    /* \Seen too: Exchange tells a sender that his mail was "deleted without being read". */
    if (!tell (self, "UID STORE", set, " +FLAGS.SILENT (\\Seen \\Deleted)", outcome, error))
        return false;
    if (!outcome->is_done)
        return true;
    if (ib_imap_server_has (self->server, "UIDPLUS"))
        return tell (self, "UID EXPUNGE", set, "", outcome, error);
    return expunge_if_ours (self, uids, outcome, error);
}

/* --- moving -------------------------------------------------------------------------------------------------- */

static char
find_delimiter (IbRemote *self)
{
    char delimiter = ib_imap_server_get_delimiter (self->server);
    for (guint i = 0; delimiter == '\0' && i < self->known->len; i++)
        delimiter = ((const IbImapMailbox *) self->known->pdata[i])->delimiter;
    return delimiter;
}

static const char *
find_by_name (const IbRemote *self, const char *name)
{
    const char *alone[] = { name, NULL };
    const char *prefix = ib_imap_server_get_prefix (self->server);
    for (guint i = 0; strpbrk (name, "*%!") == NULL && i < self->known->len; i++) {
        const IbImapMailbox *mailbox = self->known->pdata[i];
        if (ib_imap_name_is_wanted (mailbox->display_name, alone, mailbox->delimiter, prefix))
            return mailbox->name;
    }
    return NULL;
}

/* The mailbox that @folder means: one for that use ("\Junk"), one that is there, or the name for a new one. (transfer full) */
static char *
find_target (IbRemote *self, const char *folder, GError **error)
{
    const char *plain = *folder == '\\' ? folder + 1 : folder;
    if (!ib_remote_imap_list (self, error))
        return NULL;
    const char *found
        = *folder == '\\' ? ib_remote_imap_find_for_use (self, ib_mailbox_use_of_attribute (plain)) : NULL;
    if (found == NULL)
        found = find_by_name (self, plain);
    self->is_target_new = found == NULL;
    return found != NULL ? g_strdup (found)
                         : ib_imap_name_for_server (plain, find_delimiter (self),
                                                    ib_imap_server_get_prefix (self->server));
}

/* Not every server says so (RFC 3501, 6.4.7), but a list says it too. */
static bool
is_target_missing (const IbRemote *self, const IbImapAnswer *answer)
{
    return answer->result == IB_IMAP_NO
           && (self->is_target_new || strcmp (answer->code, "TRYCREATE") == 0
               || strcmp (answer->code, "NONEXISTENT") == 0);
}

/* COPY or MOVE. */
static bool
transfer_once (IbRemote *self, const char *verb, const char *set, const char *target,
               IbImapAnswer **out_answer, GError **error)
{
    ib_imap_answer_free (*out_answer);
    *out_answer = ib_remote_imap_ask (self, error, "%s %s %s", verb, set, target);
    return *out_answer != NULL;
}

/* Then what the server said first was about something else. */
static bool
is_there_already (const IbImapAnswer *created)
{
    return strcmp (created->code, "ALREADYEXISTS") == 0;
}

/* Whether a refusal says what is the matter, and another command would not help. */
static bool
has_reason (const IbImapAnswer *answer)
{
    static const char *const none[] = { "", "CANNOT", "SERVERBUG", NULL };
    return answer->result == IB_IMAP_NO && !g_strv_contains (none, answer->code);
}

/* A mailbox that is not there is made, once; if that fails, its reason is the one to tell. *out_is_reasoned: it was refused, and
 * there is one. */
static bool
transfer (IbRemote *self, const char *verb, const char *set, const char *target, Outcome *outcome,
          bool *out_is_reasoned, GError **error)
{
    g_autoptr (IbImapAnswer) answer = NULL, created = NULL;
    if (!transfer_once (self, verb, set, target, &answer, error))
        return false;
    if (is_target_missing (self, answer)) {
        created = ib_remote_imap_ask (self, error, "CREATE %s", target);
        if (created == NULL || !transfer_once (self, verb, set, target, &answer, error))
            return false;
        self->is_target_new = self->is_target_new && created->result != IB_IMAP_OK;
    }
    bool is_unmade = created != NULL && created->result != IB_IMAP_OK && !is_there_already (created);
    *out_is_reasoned = is_unmade || has_reason (answer);
    if (answer->result != IB_IMAP_OK)
        refuse (outcome, is_unmade ? created->text : answer->text);
    return true;
}

static bool
tell_copied (IbRemote *self, const IbSettleOrder *order, const GArray *uids, GError **error)
{
    g_autoptr (IbSettleOrder) part = ib_settle_order_new (order->verb, order->folder);
    g_array_append_vals (part->uids, uids->data, uids->len);
    return self->callbacks->copied (part, self->callbacks->user_data, error);
}

static bool
copy_and_delete (IbRemote *self, const IbSettleOrder *order, const GArray *uids, const char *set,
                 const char *target, Outcome *outcome, GError **error)
{
    g_autoptr (GArray) fresh = g_array_new (FALSE, FALSE, sizeof (guint32));
    bool is_reasoned = false;
    for (guint i = 0; i < uids->len; i++) {
        guint32 uid = g_array_index (uids, guint32, i);
        if (!ib_uid_set_contains (order->copied, uid))
            g_array_append_val (fresh, uid);
    }
    if (fresh->len > 0) {
        g_autoptr (GString) fresh_set = g_string_new (NULL);
        ib_uid_set_append (fresh_set, (const guint32 *) fresh->data, fresh->len, fresh->len);
        if (!transfer (self, "UID COPY", fresh_set->str, target, outcome, &is_reasoned, error))
            return false;
        if (!outcome->is_done)
            return true;
        if (!tell_copied (self, order, fresh, error))
            return false;
    }
    return delete_batch (self, uids, set, outcome, error);
}

/* What was copied before is not moved as well. */
static bool
may_move (IbRemote *self, const IbSettleOrder *order, const GArray *uids)
{
    if (!ib_imap_server_has (self->server, "MOVE") || self->is_move_broken)
        return false;
    for (guint i = 0; i < uids->len; i++)
        if (ib_uid_set_contains (order->copied, g_array_index (uids, guint32, i)))
            return false;
    return true;
}

/* Which of @uids are in the mailbox still. *out_is_told: as search () has it. */
static bool
find_left (IbRemote *self, const GArray *uids, const char *set, GArray *left, Outcome *outcome,
           bool *out_is_told, GError **error)
{
    g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autofree char *criteria = g_strdup_printf (" UID %s", set);
    if (!search (self, criteria, found, outcome, out_is_told, error))
        return false;
    ib_remote_imap_sort (found);
    for (guint i = 0; i < found->len; i++) {
        guint32 uid = g_array_index (found, guint32, i);
        if (ib_uid_set_contains (uids, uid))
            g_array_append_val (left, uid);
    }
    return true;
}

/* The same, once more. What MOVE has just moved some list until they have told that it is gone, and they tell it at NOOP at the
 * latest: it would get a second copy. */
static bool
find_left_again (IbRemote *self, const GArray *uids, const char *set, GArray *left, Outcome *outcome,
                 bool *out_is_told, GError **error)
{
    g_autoptr (IbImapAnswer) answer = ib_remote_imap_ask (self, error, "NOOP");
    g_array_set_size (left, 0);
    return answer != NULL && find_left (self, uids, set, left, outcome, out_is_told, error);
}

/* Which of @uids have a copy by now, as MOVE said. If it was refused, that may be undone. */
static void
find_copied (IbRemote *self, const GArray *uids, GArray *copied)
{
    const char *said = ib_imap_server_get_copy_uid (self->server);
    g_autoptr (GArray) new_uids = g_array_new (FALSE, FALSE, sizeof (guint32));
    guint32 uidvalidity;
    if (said == NULL || !ib_copy_uid_read (said, uids, &uidvalidity, new_uids))
        return;
    for (guint i = 0; i < uids->len; i++)
        if (g_array_index (new_uids, guint32, i) != 0)
            g_array_append_val (copied, g_array_index (uids, guint32, i));
}

/* Nobody knows what MOVE has left where it was: but what it said of copies holds, and no other is made. */
static bool
note_copied (IbRemote *self, const IbSettleOrder *order, const GArray *uids, GError **error)
{
    g_autoptr (GArray) copied = g_array_new (FALSE, FALSE, sizeof (guint32));
    find_copied (self, uids, copied);
    return copied->len == 0 || tell_copied (self, order, copied, error);
}

/* For what MOVE left where it was, whatever it said of that: the EXPUNGEs that it tells of (RFC 6851, 3.3) may be those of mail
 * that another session removes. */
static bool
move_otherwise (IbRemote *self, const IbSettleOrder *order, const GArray *uids, const char *set,
                const char *target, Outcome *outcome, GError **error)
{
    g_autoptr (GArray) left = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autoptr (GString) left_set = g_string_new (NULL);
    g_autoptr (IbSettleOrder) rest = ib_settle_order_new (order->verb, order->folder);
    bool was_done = outcome->is_done, is_told = false;
    if (!find_left (self, uids, set, left, outcome, &is_told, error)
        || (was_done && left->len > 0 && !find_left_again (self, uids, set, left, outcome, &is_told, error)))
        return false;
    if (!is_told)
        return !was_done || note_copied (self, order, uids, error);
    if (was_done)
        find_copied (self, left, rest->copied);
    forget (outcome);
    if (left->len == 0)
        return true;
    if (rest->copied->len > 0 && !tell_copied (self, order, rest->copied, error))
        return false;
    ib_uid_set_append (left_set, (const guint32 *) left->data, left->len, left->len);
    if (!copy_and_delete (self, rest, left, left_set->str, target, outcome, error))
        return false;
    self->is_move_broken = outcome->is_done;
    return true;
}

static bool
move (IbRemote *self, const IbSettleOrder *order, const GArray *uids, const char *set, const char *target,
      Outcome *outcome, GError **error)
{
    bool is_reasoned = false;
    if (!transfer (self, "UID MOVE", set, target, outcome, &is_reasoned, error))
        return false;
    bool is_final = !outcome->is_done && is_reasoned;
    return is_final || move_otherwise (self, order, uids, set, target, outcome, error);
}

/* --- an order ------------------------------------------------------------------------------------------------ */

static bool
do_batch (IbRemote *self, const IbSettleOrder *order, const GArray *uids, const char *set, const char *target,
          Outcome *outcome, GError **error)
{
    switch (order->verb) {
    case IB_SETTLE_DELETE:
        return delete_batch (self, uids, set, outcome, error);
    case IB_SETTLE_MOVE:
    case IB_SETTLE_GONE:
    case IB_SETTLE_DOUBT:
        if (may_move (self, order, uids))
            return move (self, order, uids, set, target, outcome, error);
        return copy_and_delete (self, order, uids, set, target, outcome, error);
    }
    return false;
}

/* Spares fetching what was moved once more, to see what it is. */
static bool
tell_moved (IbRemote *self, const IbSettleOrder *order, const GArray *uids, const char *mailbox,
            GError **error)
{
    const IbFetchCallbacks *callbacks = self->callbacks;
    g_autofree char *said = ib_imap_server_take_copy_uid (self->server);
    g_autoptr (GArray) new_uids = g_array_new (FALSE, FALSE, sizeof (guint32));
    guint32 uidvalidity;
    if (said == NULL || callbacks->moved == NULL || !ib_copy_uid_read (said, uids, &uidvalidity, new_uids))
        return true;
    return callbacks->moved (mailbox, uidvalidity, uids, new_uids, callbacks->user_data, error);
}

/* @mailbox: of a move, where to; @target: the same, quoted. */
static bool
settle_batch (IbRemote *self, const IbSettleOrder *order, const GArray *uids, const char *set,
              const char *mailbox, const char *target, GError **error)
{
    Outcome outcome = { .is_done = true, .text = g_strdup ("") };
    g_autoptr (IbSettleOrder) part = ib_settle_order_new (order->verb, order->folder);
    g_array_append_vals (part->uids, uids->data, uids->len);
    g_free (ib_imap_server_take_copy_uid (self->server)); /* an older one's */
    bool is_alive
        = do_batch (self, order, uids, set, target, &outcome, error)
          && self->callbacks->settled (part, outcome.is_done, outcome.text, self->callbacks->user_data, error)
          && (!outcome.is_done || tell_moved (self, order, uids, mailbox, error));
    g_free (outcome.text);
    return is_alive;
}

/* *out_refusal: the server's words, where it does not; else NULL. */
static bool
open_again (IbRemote *self, bool is_writable, char **out_refusal, GError **error)
{
    g_autoptr (IbImapAnswer) answer = ib_remote_imap_select (self, is_writable, error);
    if (answer == NULL)
        return false;
    *out_refusal = answer->result != IB_IMAP_OK ? g_strdup (answer->text) : NULL;
    return true;
}

/* Opened for reading only, because the account wants nothing done: but an undo does. Where that is refused no mailbox is open
 * any more; whoever watches it needs it, as it was. *out_refusal: why that was refused; else NULL. */
static bool
make_writable (IbRemote *self, char **out_refusal, GError **error)
{
    const IbImapSelected *selected = ib_imap_server_get_selected (self->server);
    guint32 seen = selected->exists - MIN (selected->fresh, selected->exists);
    guint32 highest = MAX (self->highest_uid, MAX (selected->uidnext, 1) - 1);
    g_autofree char *refusal = NULL; /* of what was open before */
    if (self->is_writable)
        return true;
    if (!open_again (self, true, out_refusal, error)
        || (*out_refusal != NULL && !open_again (self, false, &refusal, error)))
        return false;
    self->is_closed = refusal != NULL;
    ib_imap_server_count_again (self->server, seen, highest);
    return true;
}

/* What was to be done to these numbers would be done to other mail: when it is entered again, that is void. */
static bool
is_renumbered (const IbRemote *self)
{
    return ib_imap_server_get_selected (self->server)->uidvalidity != self->uidvalidity;
}

static bool
report_untouched (IbRemote *self, const IbSettleOrder *order, const char *why, GError **error)
{
    return self->callbacks->settled (order, false, why, self->callbacks->user_data, error);
}

bool
ib_remote_imap_settle (IbRemote *self, const IbSettleOrder *order, GError **error)
{
    const guint32 *uids = (const guint32 *) order->uids->data;
    g_autofree char *target = NULL, *quoted = NULL, *refusal = NULL;
    if (!ib_remote_imap_learn (self, error))
        return false;
    if (!make_writable (self, &refusal, error))
        return false;
    if (refusal != NULL)
        return report_untouched (self, order, refusal, error);
    if (ib_imap_server_get_selected (self->server)->is_read_only)
        return report_untouched (self, order, _ ("The mailbox can only be read"), error);
    if (order->verb == IB_SETTLE_MOVE && (target = find_target (self, order->folder, error)) == NULL)
        return false;
    if (is_renumbered (self))
        return report_untouched (self, order, _ ("The mailbox has been renumbered"), error);
    if (target != NULL && strcmp (target, self->mailbox) == 0) /* it is there already */
        return self->callbacks->settled (order, true, "", self->callbacks->user_data, error);
    quoted = target != NULL ? ib_imap_quote (target, true) : NULL;

    for (gsize at = 0; at < order->uids->len;) {
        g_autoptr (GString) set = g_string_new (NULL);
        g_autoptr (GArray) batch = g_array_new (FALSE, FALSE, sizeof (guint32));
        gsize n = ib_uid_set_append (set, uids + at, order->uids->len - at, IB_LIMIT_UID_SET_MESSAGES);
        g_array_append_vals (batch, uids + at, (guint) n);
        if (!settle_batch (self, order, batch, set->str, target, quoted, error))
            return false;
        at += n;
    }
    return true;
}
