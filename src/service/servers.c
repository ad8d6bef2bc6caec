/* servers.c - what is remembered of each account's server from one poll to the next */
#include "servers.h"
#include "fs.h"
#include "server-limits.h"

#include <string.h>

/* One group an account in the file. */
#define KEY_SERVER "server"
#define KEY_OFFERS "offers"
#define KEY_SPEED "bytes-per-second"
#define KEY_MEASURED_AT "measured-at" /* seconds since 1970 */
#define KEY_NO_COMPRESSION "does-not-compress"
#define KEY_TROUBLE_AT "trouble-at" /* the same */

#define DAY_S (24 * 60 * 60)

typedef struct {
    char *server; /* whose it is, see name_server () */
    char *offers; /* "" for nothing */
    IbServerLine line;
    gint64 measured_at_s;
    gint64 trouble_at_s; /* 0: there was none */
    IbSecret *ticket;
} Known;

struct _IbServers {
    char *path;
    GHashTable *known; /* an account's name: Known */
    bool is_changed;   /* what is in the file */
};

static void
known_free (gpointer pointer)
{
    Known *self = pointer;
    g_free (self->server);
    g_free (self->offers);
    ib_secret_unref (self->ticket);
    g_free (self);
}

/* What must be the same for a memory to be of the same server. Whom TLS trusts is looked at where tickets are used. */
static char *
name_server (const IbAccount *account)
{
    return g_strdup_printf ("%s %s:%u security %d auth %d user %s",
                            account->protocol == IB_PROTOCOL_POP3 ? "pop3" : "imap", account->host,
                            ib_account_port (account), account->security, account->auth, account->user);
}

static Known *
look_up (const IbServers *self, const IbAccount *account)
{
    Known *known = g_hash_table_lookup (self->known, account->name);
    g_autofree char *server = name_server (account);
    return known != NULL && strcmp (known->server, server) == 0 ? known : NULL;
}

static Known *
look_up_or_add (IbServers *self, const IbAccount *account)
{
    Known *known = look_up (self, account);
    if (known != NULL)
        return known;
    known = g_new0 (Known, 1);
    known->server = name_server (account);
    known->offers = g_strdup ("");
    g_hash_table_replace (self->known, g_strdup (account->name), known);
    return known;
}

const char *
ib_servers_offers (const IbServers *self, const IbAccount *account)
{
    const Known *known = look_up (self, account);
    return known != NULL && *known->offers != '\0' ? known->offers : NULL;
}

const IbSecret *
ib_servers_ticket (const IbServers *self, const IbAccount *account)
{
    const Known *known = look_up (self, account);
    return known != NULL ? known->ticket : NULL;
}

/* Of the day before @now_s. */
static bool
is_of_today (gint64 at_s, gint64 now_s)
{
    return now_s >= at_s && now_s - at_s < DAY_S;
}

IbServerLine
ib_servers_line (const IbServers *self, const IbAccount *account, gint64 now_s)
{
    const Known *known = look_up (self, account);
    IbServerLine line = { 0 };
    if (known == NULL)
        return line;
    line = known->line;
    if (!is_of_today (known->measured_at_s, now_s))
        line.bytes_per_second = 0;
    return line;
}

void
ib_servers_note_offers (IbServers *self, const IbAccount *account, const char *offers)
{
    Known *known = look_up_or_add (self, account);
    if (strcmp (known->offers, offers) == 0)
        return;
    if (*known->offers != '\0' && *offers != '\0')
        known->line.does_not_compress = false;
    g_free (known->offers);
    known->offers = g_strdup (offers);
    self->is_changed = true;
}

void
ib_servers_note_ticket (IbServers *self, const IbAccount *account, IbSecret *ticket)
{
    Known *known = look_up_or_add (self, account);
    ib_secret_unref (known->ticket);
    known->ticket = ib_secret_ref (ticket);
}

void
ib_servers_note_line (IbServers *self, const IbAccount *account, const IbServerLine *line, gint64 now_s)
{
    Known *known = look_up_or_add (self, account);
    if (line->bytes_per_second != known->line.bytes_per_second)
        known->measured_at_s = now_s;
    known->line = *line;
    self->is_changed = true;
}

void
ib_servers_forget (IbServers *self, const IbAccount *account)
{
    Known *known = g_hash_table_lookup (self->known, account->name);
    if (known == NULL)
        return;
    self->is_changed |= *known->offers != '\0';
    g_free (known->offers);
    known->offers = g_strdup ("");
    g_clear_pointer (&known->ticket, ib_secret_unref);
}

void
ib_servers_note_trouble (IbServers *self, const IbAccount *account, gint64 now_s)
{
    look_up_or_add (self, account)->trouble_at_s = now_s;
    self->is_changed = true;
}

bool
ib_servers_had_trouble (const IbServers *self, const IbAccount *account, gint64 now_s)
{
    const Known *known = look_up (self, account);
    return known != NULL && is_of_today (known->trouble_at_s, now_s);
}

/* --- the file ---------------------------------------------------------------------------------------------- */

static void
read_group (IbServers *self, GKeyFile *file, const char *account)
{
    g_autofree char *server = g_key_file_get_string (file, account, KEY_SERVER, NULL);
    g_autofree char *offers = g_key_file_get_string (file, account, KEY_OFFERS, NULL);
    if (server == NULL || (offers != NULL && strlen (offers) > IB_LIMIT_OFFERS_BYTES))
        return;
    Known *known = g_new0 (Known, 1);
    known->server = g_steal_pointer (&server);
    known->offers = offers != NULL ? g_steal_pointer (&offers) : g_strdup ("");
    known->line.bytes_per_second = g_key_file_get_uint64 (file, account, KEY_SPEED, NULL);
    known->line.does_not_compress = g_key_file_get_boolean (file, account, KEY_NO_COMPRESSION, NULL);
    known->measured_at_s = g_key_file_get_int64 (file, account, KEY_MEASURED_AT, NULL);
    known->trouble_at_s = g_key_file_get_int64 (file, account, KEY_TROUBLE_AT, NULL);
    g_hash_table_replace (self->known, g_strdup (account), known);
}

IbServers *
ib_servers_load (const char *path)
{
    IbServers *self = g_new0 (IbServers, 1);
    g_autoptr (GKeyFile) file = g_key_file_new ();
    self->path = g_strdup (path);
    self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, known_free);
    if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
        return self;
    g_auto (GStrv) accounts = g_key_file_get_groups (file, NULL);
    for (gsize i = 0; accounts[i] != NULL; i++)
        read_group (self, file, accounts[i]);
    return self;
}

static void
write_group (GKeyFile *file, const char *account, const Known *known)
{
    const IbServerLine *line = &known->line;
    if (*known->offers == '\0' && line->bytes_per_second == 0 && !line->does_not_compress
        && known->trouble_at_s == 0)
        return;
    g_key_file_set_string (file, account, KEY_SERVER, known->server);
    if (*known->offers != '\0')
        g_key_file_set_string (file, account, KEY_OFFERS, known->offers);
    if (line->bytes_per_second > 0) {
        g_key_file_set_uint64 (file, account, KEY_SPEED, line->bytes_per_second);
        g_key_file_set_int64 (file, account, KEY_MEASURED_AT, known->measured_at_s);
    }
    if (line->does_not_compress)
        g_key_file_set_boolean (file, account, KEY_NO_COMPRESSION, true);
    if (known->trouble_at_s > 0)
        g_key_file_set_int64 (file, account, KEY_TROUBLE_AT, known->trouble_at_s);
}

void
ib_servers_save (IbServers *self)
{
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autofree char *folder = g_path_get_dirname (self->path);
    GHashTableIter iter;
    gpointer account, pointer;

    if (!self->is_changed)
        return;
    g_hash_table_iter_init (&iter, self->known);
    while (g_hash_table_iter_next (&iter, &account, &pointer))
        write_group (file, account, pointer);
    g_autofree char *text = g_key_file_to_data (file, NULL, NULL);
    if (ib_fs_make_folder (folder, NULL))
        (void) g_file_set_contents_full (self->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
    self->is_changed = false;
}

void
ib_servers_free (IbServers *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->known);
    g_free (self->path);
    g_free (self);
}
