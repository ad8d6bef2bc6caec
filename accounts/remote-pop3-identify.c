/* remote-pop3-identify.c - names for messages that hold from one session to the next
 *
 * A good UIDL is the name. Where there is none, or two messages share it, a digest of the header is a part of it. */
#include "remote-pop3.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static bool
feed_header (const char *bytes, gsize length, gpointer user_data, GError **error)
{
    ib_passing_header_feed (user_data, bytes, length);
    return true;
}

/* The answer to TOP n 0, or to RETR in its place. */
bool
ib_remote_pop3_read_header (IbRemote *self, IbPassingHeader *header, bool *out_is_given, GError **error)
{
    IbPop3Status status;
    const char *text;
    guint64 length;

    if (!ib_pop3_reader_status (self->session->reader, &status, &text, error))
        return false;
    if (status == IB_POP3_OK
        && !ib_pop3_reader_text (self->session->reader, feed_header, header, &length, error))
        return false;
    if (ib_passing_header_is_answer (header))
        return ib_remote_pop3_fail (self, _ ("the server gives its answers out of step"), error);
    *out_is_given = status == IB_POP3_OK;
    return true;
}

/* A message whose header is refused gets the digest of nothing: its size and count still tell it apart, and its RETR will say
 * what is wrong. */
static bool
note_header (IbRemote *self, guint32 number, bool is_last, gpointer out_is_given, GError **error)
{
    g_autoptr (IbPassingHeader) header = ib_passing_header_new ();
    bool is_given;

    if (!ib_remote_pop3_read_header (self, header, &is_given, error))
        return false;
    IbPop3Entry *entry = ib_remote_pop3_entry (self, number);
    g_free (entry->digest);
    entry->digest = g_strdup (ib_passing_header_digest (header));
    entry->date_s = ib_passing_header_date (header);
    if (out_is_given != NULL)
        *(bool *) out_is_given = is_given;
    return true;
}

/* TOP is optional (RFC 1939, 7): where CAPA does not vouch for it, the first message shows whether it is there; or the next one,
 * for it may be that message alone that is not given. */
static bool
try_top (IbRemote *self, const GArray *numbers, GError **error)
{
    self->has_top = false;
    for (guint i = 0; !self->has_top && i < MIN (numbers->len, 2); i++) {
        g_autoptr (GArray) one = g_array_new (FALSE, FALSE, sizeof (guint32));
        g_array_append_val (one, g_array_index (numbers, guint32, i));
        if (!ib_remote_pop3_ask_each (self, "TOP", " 0", one, note_header, &self->has_top, error))
            return false;
    }
    self->is_top_certain = true;
    return true;
}

static bool
ask_headers (IbRemote *self, const GArray *numbers, IbPop3Answer answer, gpointer user_data, GError **error)
{
    return self->has_top ? ib_remote_pop3_ask_each (self, "TOP", " 0", numbers, answer, user_data, error)
                         : ib_remote_pop3_ask_each (self, "RETR", "", numbers, answer, user_data, error);
}

static bool
read_headers (IbRemote *self, const GArray *numbers, GError **error)
{
    return ask_headers (self, numbers, note_header, NULL, error);
}

GArray *
ib_remote_pop3_of_size (IbRemote *self, const GArray *numbers)
{
    GArray *kept = g_array_sized_new (FALSE, FALSE, sizeof (guint32), numbers->len);
    for (guint i = 0; i < numbers->len; i++) {
        guint32 number = g_array_index (numbers, guint32, i);
        if (ib_remote_pop3_entry (self, number)->size_served <= ib_remote_pop3_size_limit (self))
            g_array_append_val (kept, number);
    }
    return kept;
}

bool
ib_remote_pop3_ask_headers (IbRemote *self, const GArray *numbers, IbPop3Answer answer, gpointer user_data,
                            GError **error)
{
    if (numbers->len > 0 && !self->is_top_certain && !try_top (self, numbers, error))
        return false;
    g_autoptr (GArray) asked
        = self->has_top ? g_array_copy ((GArray *) numbers) : ib_remote_pop3_of_size (self, numbers);
    return ask_headers (self, asked, answer, user_data, error);
}

static void
count_uidl (GHashTable *counts, const char *uidl)
{
    guint count = GPOINTER_TO_UINT (g_hash_table_lookup (counts, uidl));
    g_hash_table_insert (counts, (gpointer) uidl, GUINT_TO_POINTER (count + 1));
}

/* How often each UIDL occurs; the keys are the entries'. A UIDL that two messages shared in some earlier session counts
 * once more, though one of them may be gone: the other is still known by its digest. */
static GHashTable *
count_uidls (IbRemote *self, const IbCursor *cursor)
{
    GHashTable *counts = g_hash_table_new (g_str_hash, g_str_equal);
    GHashTableIter known;
    gpointer identity;

    for (guint32 number = 1; number <= self->entries->len; number++) {
        const IbPop3Entry *entry = ib_remote_pop3_entry (self, number);
        if (entry->is_listed && entry->uidl != NULL)
            count_uidl (counts, entry->uidl);
    }
    g_hash_table_iter_init (&known, cursor->known_uidls);
    while (g_hash_table_iter_next (&known, &identity, NULL)) {
        const char *mark = strstr (identity, "#digest:");
        g_autofree char *uidl
            = mark != NULL ? g_strndup (identity, (gsize) (mark - (char *) identity)) : NULL;
        gpointer key;
        if (uidl != NULL && g_hash_table_lookup_extended (counts, uidl, &key, NULL))
            count_uidl (counts, key);
    }
    return counts;
}

static bool
has_own_uidl (const IbPop3Entry *entry, GHashTable *counts)
{
    return entry->uidl != NULL && GPOINTER_TO_UINT (g_hash_table_lookup (counts, entry->uidl)) == 1;
}

static bool
is_left_out (const IbPop3Entry *entry, const IbCursor *cursor)
{
    return g_hash_table_contains (cursor->known_uidls, entry->identity)
           && g_hash_table_contains (cursor->tried_uidls, entry->identity);
}

/* Whether its header must be looked at: for an identity, or for the date of a message that may be too old. */
static bool
needs_header (IbRemote *self, const IbPop3Entry *entry, GHashTable *counts, const IbCursor *cursor)
{
    if (!entry->is_listed)
        return false;
    if (!has_own_uidl (entry, counts))
        return true;
    return cursor->since_s > 0 && (self->has_top || !self->is_top_certain)
           && !g_hash_table_contains (cursor->known_uidls, entry->uidl);
}

/* identity = uidl / [ uidl "#" ] "digest:" hex ":" size ":" count      two equal messages are two */
static const char *
make_identity (IbPop3Entry *entry, GHashTable *counts, GHashTable *seen)
{
    if (has_own_uidl (entry, counts))
        return entry->uidl;

    g_autofree char *stem
        = g_strdup_printf ("%s%sdigest:%.32s:%" G_GUINT64_FORMAT, entry->uidl != NULL ? entry->uidl : "",
                           entry->uidl != NULL ? "#" : "", entry->digest, entry->size_served);
    guint count = GPOINTER_TO_UINT (g_hash_table_lookup (seen, stem)) + 1;
    g_free (entry->made_identity);
    entry->made_identity = g_strdup_printf ("%s:%u", stem, count);
    g_hash_table_replace (seen, g_steal_pointer (&stem), GUINT_TO_POINTER (count));
    return entry->made_identity;
}

static void
find_unclear (IbRemote *self, GHashTable *counts, const IbCursor *cursor, GArray *unclear)
{
    g_array_set_size (unclear, 0);
    for (guint32 number = 1; number <= self->entries->len; number++)
        if (needs_header (self, ib_remote_pop3_entry (self, number), counts, cursor))
            g_array_append_val (unclear, number);
}

static bool
read_unclear (IbRemote *self, GHashTable *counts, const IbCursor *cursor, GError **error)
{
    g_autoptr (GArray) unclear = g_array_new (FALSE, FALSE, sizeof (guint32));

    find_unclear (self, counts, cursor, unclear);
    if (unclear->len > 0 && !self->is_top_certain) {
        if (!try_top (self, unclear, error))
            return false;
        find_unclear (self, counts, cursor, unclear);
    }
    return read_headers (self, unclear, error);
}

/* These have their names before anything is asked about them. */
static void
name_by_uidl (IbRemote *self, GHashTable *counts)
{
    for (guint32 number = 1; number <= self->entries->len; number++) {
        IbPop3Entry *entry = ib_remote_pop3_entry (self, number);
        entry->identity = has_own_uidl (entry, counts) ? entry->uidl : NULL;
    }
}

static bool
name_messages (IbRemote *self, const IbCursor *cursor, GError **error)
{
    g_autoptr (GHashTable) counts = count_uidls (self, cursor);
    g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

    name_by_uidl (self, counts);
    if (!read_unclear (self, counts, cursor, error))
        return false;
    for (guint32 number = 1; number <= self->entries->len; number++) {
        IbPop3Entry *entry = ib_remote_pop3_entry (self, number);
        if (!entry->is_listed)
            continue;
        entry->identity = make_identity (entry, counts, seen);
        if (entry->identity != entry->uidl) /* the same name may be another message's tomorrow */
            self->listing[0] = '\0';
    }
    if (self->count > IB_LIMIT_POP3_MESSAGES)
        self->listing[0] = '\0';
    return true;
}

static bool
knows_any (const IbCursor *cursor)
{
    GHashTableIter known;
    gpointer identity;
    g_hash_table_iter_init (&known, cursor->known_uidls);
    while (g_hash_table_iter_next (&known, &identity, NULL))
        if (!g_hash_table_contains (cursor->tried_uidls, identity))
            return true;
    return false;
}

static bool
has_any_known (IbRemote *self, const IbCursor *cursor)
{
    for (guint32 number = 1; number <= self->entries->len; number++) {
        const IbPop3Entry *entry = ib_remote_pop3_entry (self, number);
        if (entry->is_listed && g_hash_table_contains (cursor->known_uidls, entry->identity)
            && !is_left_out (entry, cursor))
            return true;
    }
    return false;
}

/* Of those whose header told nothing that their names do not. */
static bool
read_dates (IbRemote *self, const IbCursor *cursor, GError **error)
{
    g_autoptr (GArray) undated = g_array_new (FALSE, FALSE, sizeof (guint32));
    for (guint32 number = 1; number <= self->entries->len; number++) {
        const IbPop3Entry *entry = ib_remote_pop3_entry (self, number);
        if (entry->is_listed && entry->identity == entry->uidl && !is_left_out (entry, cursor))
            g_array_append_val (undated, number);
    }
    if (undated->len > 0 && !self->is_top_certain && !try_top (self, undated, error))
        return false;
    return !self->has_top || read_headers (self, undated, error);
}

/* In two turns: the tables of a very large maildrop need not stand in memory side by side. */
bool
ib_remote_pop3_identify (IbRemote *self, const IbCursor *cursor, GError **error)
{
    if (self->is_identified)
        return true;
    if (!ib_remote_pop3_complete (self, error) || !name_messages (self, cursor, error))
        return false;
    self->is_renamed = self->entries->len > 0 && knows_any (cursor) && !has_any_known (self, cursor);
    if (self->is_renamed && cursor->since_s == 0 && g_hash_table_size (cursor->old_dates) > 0
        && !read_dates (self, cursor, error))
        return false;
    self->is_identified = true;
    for (guint32 number = 1; number <= self->entries->len; number++) {
        IbPop3Entry *entry = ib_remote_pop3_entry (self, number);
        if (entry->is_listed)
            g_hash_table_insert (self->numbers, (gpointer) entry->identity, GUINT_TO_POINTER (number));
    }
    return true;
}
