/* journal-pending.c - what is to be done on the server with messages that are safe here */
#include "fault.h"
#include "journal-private.h"

#define PLAN_PENDING                                                                                         \
    "UPDATE message SET server_verb = ?, server_folder = ?, server_due = ?, server_state = 0,"               \
    " state = iif (state = 2, 1, state) WHERE id = ?"
#define LIST_DUE                                                                                             \
    "SELECT server_verb, server_folder, server_due, uid, uidl, server_state, internal_date, message_id,"     \
    " content_digest FROM message"                                                                           \
    " WHERE mailbox = ? AND server_verb > 0 AND server_state < 2 AND server_due <= ? AND state = 1"          \
    " AND (server_verb <> 4 OR (SELECT is_junk FROM mailbox WHERE key = message.mailbox) = 1)"               \
    " ORDER BY uid, sequence"
#define NOTE_COPIED                                                                                          \
    "UPDATE message SET server_state = 1"                                                                    \
    " WHERE mailbox = ? AND uid = ? AND server_verb > 0 AND server_state = 0"
#define TELL_SETTLED                                                                                         \
    "INSERT INTO event (at, message, kind, old_folder, new_folder, why)"                                     \
    " SELECT ?, sequence, iif (server_verb = 1, 'deleted-on-server', 'moved-on-server'), '',"                \
    "  ifnull (server_folder, ''), '' FROM message WHERE "
#define TELL_GONE                                                                                            \
    "INSERT INTO event (at, message, kind, old_folder, new_folder, why)"                                     \
    " SELECT ?, sequence, 'gone-from-server', '', '', '' FROM message WHERE "
#define NOTE_SETTLED "UPDATE message SET state = 2, server_state = 2 WHERE "
#define PUT_OFF "UPDATE message SET server_due = ? WHERE "
#define TELL_DOUBTED                                                                                         \
    "INSERT INTO event (at, message, kind, old_folder, new_folder, why)"                                     \
    " SELECT ?, sequence, 'doubted-on-server', '', '', '' FROM message"                                      \
    " WHERE NOT EXISTS (SELECT 1 FROM event AS e WHERE e.message = message.sequence"                         \
    "  AND e.kind = 'doubted-on-server') AND "
/* The same numbers and UIDLs may be those of other mail, now that some are free. */
#define FORGET_LISTING "UPDATE mailbox SET listing = '' WHERE key = ? AND listing <> ''"
#define NOTE_GONE "UPDATE message SET state = 2, server_state = 3 WHERE "
#define PENDING_UID "mailbox = ? AND uid = ? AND server_verb > 0 AND server_state < 2"
#define PENDING_UIDL "mailbox = ? AND uidl = ? AND server_verb > 0 AND server_state < 2"
#define UNSETTLED_UIDL                                                                                       \
    "mailbox = ? AND uidl = ? AND server_verb > 0 AND (server_state < 2 OR (state = 2 AND server_state = 3))"

void
ib_pending_free (IbPending *self)
{
    if (self == NULL)
        return;
    g_free (self->folder);
    g_free (self->uidl);
    g_free (self->message_id);
    g_free (self->content_digest);
    g_free (self);
}

bool
ib_journal_plan_pending (IbJournal *self, const char *id, IbPendingVerb verb, const char *folder,
                         gint64 due_at_s, GError **error)
{
    gint64 number = (gint64) verb + 1;
    return ib_journal_concluded (
        self, ib_db_begin (self->db, error)
                  && ib_db_do (self->db, error, PLAN_PENDING, "itih", number, folder, due_at_s, id));
}

static IbPending *
read_pending (sqlite3_stmt *rows)
{
    IbPending *pending = g_new0 (IbPending, 1);
    pending->verb = (IbPendingVerb) (sqlite3_column_int (rows, 0) - 1);
    pending->folder = ib_db_nullable (rows, 1);
    pending->due_at_s = sqlite3_column_int64 (rows, 2);
    pending->uid = (guint32) sqlite3_column_int64 (rows, 3);
    pending->uidl = ib_db_nullable (rows, 4);
    pending->is_copied = sqlite3_column_int (rows, 5) == 1;
    pending->internal_date_s = sqlite3_column_int64 (rows, 6);
    pending->message_id = ib_db_text (rows, 7);
    pending->content_digest = ib_db_nullable (rows, 8);
    return pending;
}

GPtrArray *
ib_journal_due (IbJournal *self, gint64 mailbox_key, gint64 now_s, GError **error)
{
    g_autoptr (GError) failure = NULL;
    g_autoptr (GPtrArray) due = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_pending_free);
    sqlite3_stmt *rows = ib_db_query (self->db, error, LIST_DUE, "ii", mailbox_key, now_s);
    if (rows == NULL)
        return NULL;

    while (ib_db_next (self->db, rows, &failure))
        g_ptr_array_add (due, read_pending (rows));
    if (failure == NULL)
        return g_steal_pointer (&due);
    g_propagate_error (error, g_steal_pointer (&failure));
    return NULL;
}

static bool
copy_all (IbJournal *self, gint64 mailbox_key, const guint32 *uids, gsize count, GError **error)
{
    for (gsize i = 0; i < count; i++)
        if (!ib_db_do (self->db, error, NOTE_COPIED, "ii", mailbox_key, (gint64) uids[i]))
            return false;
    return true;
}

bool
ib_journal_copied (IbJournal *self, gint64 mailbox_key, const guint32 *uids, gsize count, GError **error)
{
    return ib_journal_committed (self,
                                 ib_journal_passes (self, ib_fault ("journal.copied"), error)
                                     && ib_db_begin (self->db, error)
                                     && copy_all (self, mailbox_key, uids, count, error),
                                 error);
}

static bool
settle_uid (IbJournal *self, gint64 mailbox_key, guint32 uid, GError **error)
{
    return ib_db_do (self->db, error, TELL_SETTLED PENDING_UID, "iii", g_get_real_time (), mailbox_key,
                     (gint64) uid)
           && ib_db_do (self->db, error, NOTE_SETTLED PENDING_UID, "ii", mailbox_key, (gint64) uid);
}

typedef bool (*SettleUidl) (IbJournal *self, gint64 mailbox_key, const char *uidl, GError **error);

static bool
settle_uidl (IbJournal *self, gint64 mailbox_key, const char *uidl, GError **error)
{
    return ib_db_do (self->db, error, TELL_SETTLED UNSETTLED_UIDL, "iit", g_get_real_time (), mailbox_key,
                     uidl)
           && ib_db_do (self->db, error, NOTE_SETTLED UNSETTLED_UIDL, "it", mailbox_key, uidl);
}

static bool
give_up_uidl (IbJournal *self, gint64 mailbox_key, const char *uidl, GError **error)
{
    return ib_db_do (self->db, error, NOTE_GONE PENDING_UIDL, "it", mailbox_key, uidl);
}

static bool
lose_uidl (IbJournal *self, gint64 mailbox_key, const char *uidl, GError **error)
{
    return ib_db_do (self->db, error, TELL_GONE PENDING_UIDL, "iit", g_get_real_time (), mailbox_key, uidl)
           && give_up_uidl (self, mailbox_key, uidl, error);
}

static bool
settle_uidls (IbJournal *self, gint64 mailbox_key, const char *const *uidls, SettleUidl settle_one,
              GError **error)
{
    for (gsize i = 0; uidls[i] != NULL; i++)
        if (!settle_one (self, mailbox_key, uidls[i], error))
            return false;
    return *uidls == NULL || ib_db_do (self->db, error, FORGET_LISTING, "i", mailbox_key);
}

static bool
settle_all (IbJournal *self, gint64 mailbox_key, const guint32 *uids, gsize count, const char *const *uidls,
            GError **error)
{
    for (gsize i = 0; i < count; i++)
        if (!settle_uid (self, mailbox_key, uids[i], error))
            return false;
    return uidls == NULL || settle_uidls (self, mailbox_key, uidls, settle_uidl, error);
}

bool
ib_journal_settled (IbJournal *self, gint64 mailbox_key, const guint32 *uids, gsize count,
                    const char *const *uidls, GError **error)
{
    return ib_journal_concluded (self, ib_journal_passes (self, ib_fault ("journal.settled"), error)
                                           && ib_db_begin (self->db, error)
                                           && settle_all (self, mailbox_key, uids, count, uidls, error));
}

bool
ib_journal_gone (IbJournal *self, gint64 mailbox_key, const char *const *uidls, GError **error)
{
    return ib_journal_concluded (self, ib_journal_passes (self, ib_fault ("journal.settled"), error)
                                           && ib_db_begin (self->db, error)
                                           && settle_uidls (self, mailbox_key, uidls, lose_uidl, error));
}

bool
ib_journal_given_up (IbJournal *self, gint64 mailbox_key, const char *const *uidls, GError **error)
{
    return ib_journal_committed (self,
                                 ib_journal_passes (self, ib_fault ("journal.copied"), error)
                                     && ib_db_begin (self->db, error)
                                     && settle_uidls (self, mailbox_key, uidls, give_up_uidl, error),
                                 error);
}

static bool
doubt_uid (IbJournal *self, gint64 mailbox_key, guint32 uid, gint64 due_at_s, guint *fresh, GError **error)
{
    if (!ib_db_do (self->db, error, TELL_DOUBTED PENDING_UID, "iii", g_get_real_time (), mailbox_key,
                   (gint64) uid))
        return false;
    *fresh += (guint) ib_db_changes (self->db);
    return ib_db_do (self->db, error, PUT_OFF PENDING_UID, "iii", due_at_s, mailbox_key, (gint64) uid);
}

static bool
doubt_uidl (IbJournal *self, gint64 mailbox_key, const char *uidl, gint64 due_at_s, guint *fresh,
            GError **error)
{
    if (!ib_db_do (self->db, error, TELL_DOUBTED PENDING_UIDL, "iit", g_get_real_time (), mailbox_key, uidl))
        return false;
    *fresh += (guint) ib_db_changes (self->db);
    return ib_db_do (self->db, error, PUT_OFF PENDING_UIDL, "iit", due_at_s, mailbox_key, uidl);
}

static bool
doubt_all (IbJournal *self, gint64 mailbox_key, const guint32 *uids, gsize count, const char *const *uidls,
           gint64 due_at_s, guint *fresh, GError **error)
{
    for (gsize i = 0; i < count; i++)
        if (!doubt_uid (self, mailbox_key, uids[i], due_at_s, fresh, error))
            return false;
    for (gsize i = 0; uidls != NULL && uidls[i] != NULL; i++)
        if (!doubt_uidl (self, mailbox_key, uidls[i], due_at_s, fresh, error))
            return false;
    return true;
}

bool
ib_journal_doubted (IbJournal *self, gint64 mailbox_key, const guint32 *uids, gsize count,
                    const char *const *uidls, gint64 due_at_s, guint *out_fresh, GError **error)
{
    guint fresh = 0;
    bool is_done = ib_journal_concluded (
        self, ib_journal_passes (self, ib_fault ("journal.settled"), error) && ib_db_begin (self->db, error)
                  && doubt_all (self, mailbox_key, uids, count, uidls, due_at_s, &fresh, error));
    if (is_done)
        *out_fresh = fresh;
    return is_done;
}
