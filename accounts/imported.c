/* imported.c - an account, as it comes out of another program's configuration */
#include "imported.h"
#include "escape.h"
#include "import-notes.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LONGEST_NAME 40

IbImportMailbox *
ib_import_mailbox_new (const char *name, guint32 uidvalidity)
{
    IbImportMailbox *mailbox = g_new0 (IbImportMailbox, 1);
    mailbox->name = g_strdup (name);
    mailbox->uidvalidity = uidvalidity;
    mailbox->done = g_array_new (FALSE, FALSE, sizeof (guint32));
    mailbox->open = g_array_new (FALSE, FALSE, sizeof (guint32));
    mailbox->uidls = g_ptr_array_new_with_free_func (g_free);
    return mailbox;
}

void
ib_import_mailbox_free (IbImportMailbox *mailbox)
{
    g_free (mailbox->name);
    g_array_unref (mailbox->done);
    g_array_unref (mailbox->open);
    g_ptr_array_unref (mailbox->uidls);
    g_free (mailbox);
}

void
ib_imported_free (IbImported *self)
{
    g_free (self->origin);
    g_free (self->name);
    g_ptr_array_unref (self->keys);
    g_ptr_array_unref (self->notes);
    g_free (self->refusal);
    ib_secret_unref (self->password);
    g_ptr_array_unref (self->mailboxes);
    g_free (self);
}

/* Letters, digits and what stands well between them; what cannot stand in a name becomes "-". */
static char *
valid_name (const char *text)
{
    g_autoptr (GString) name = g_string_new (NULL);
    for (const char *at = text; *at != '\0' && name->len < LONGEST_NAME; at++) {
        char letter = g_ascii_tolower (*at);
        if (g_ascii_isalnum (letter) || (name->len > 0 && strchr ("._", letter) != NULL))
            g_string_append_c (name, letter);
        else if (name->len > 0 && name->str[name->len - 1] != '-')
            g_string_append_c (name, '-');
    }
    while (name->len > 0 && !g_ascii_isalnum (name->str[name->len - 1]))
        g_string_truncate (name, name->len - 1);
    return g_strdup (name->str);
}

IbImported *
ib_imported_new (const char *origin, const char *name)
{
    IbImported *self = g_new0 (IbImported, 1);
    self->origin = ib_escape_server_text (origin, -1);
    self->name = valid_name (name);
    self->keys = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_add (self->keys, NULL);
    self->notes = ib_import_notes_new ();
    self->mailboxes = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_import_mailbox_free);
    return self;
}

/* The place of @key's value; 0: it is not set. */
static guint
find_value (const IbImported *self, const char *key)
{
    for (guint i = 0; i + 1 < self->keys->len; i += 2)
        if (strcmp (self->keys->pdata[i], key) == 0)
            return i + 1;
    return 0;
}

const char *
ib_imported_get (const IbImported *self, const char *key)
{
    guint at = find_value (self, key);
    return at > 0 ? self->keys->pdata[at] : NULL;
}

void
ib_imported_set (IbImported *self, const char *key, const char *value)
{
    g_autofree char *valid = g_utf8_make_valid (value, -1);
    guint at = find_value (self, key);
    if (at > 0) {
        g_free (self->keys->pdata[at]);
        self->keys->pdata[at] = g_steal_pointer (&valid);
        return;
    }
    g_ptr_array_set_size (self->keys, (gint) self->keys->len - 1);
    g_ptr_array_add (self->keys, g_strdup (key));
    g_ptr_array_add (self->keys, g_steal_pointer (&valid));
    g_ptr_array_add (self->keys, NULL);
}

/* A key that is taken again has another source. */
static void
forget_note (IbImported *self, const char *key)
{
    for (guint i = self->notes->len; i > 0; i--)
        if (g_strcmp0 (((const IbImportNote *) self->notes->pdata[i - 1])->key, key) == 0)
            g_ptr_array_remove_index (self->notes, i - 1);
}

void
ib_imported_take (IbImported *self, const char *setting, const char *key, const char *value)
{
    ib_imported_set (self, key, value);
    forget_note (self, key);
    ib_import_notes_add (self->notes, IB_IMPORT_TAKEN, setting, key, NULL);
}

void
ib_imported_change (IbImported *self, const char *setting, const char *key, const char *value,
                    const char *text)
{
    ib_imported_set (self, key, value);
    forget_note (self, key);
    ib_import_notes_add (self->notes, IB_IMPORT_CHANGED, setting, key, text);
}

void
ib_imported_leave (IbImported *self, const char *setting, const char *reason)
{
    ib_import_notes_add (self->notes, IB_IMPORT_LEFT, setting, NULL, reason);
}

void
ib_imported_drop (IbImported *self, const char *key, const char *reason)
{
    guint at = find_value (self, key);
    if (at == 0)
        return;
    g_ptr_array_remove_range (self->keys, at - 1, 2);
    for (guint i = 0; i < self->notes->len; i++) {
        IbImportNote *note = self->notes->pdata[i];
        if (g_strcmp0 (note->key, key) != 0)
            continue;
        note->fate = IB_IMPORT_LEFT;
        g_clear_pointer (&note->key, g_free);
        g_free (note->text);
        note->text = g_strdup (reason);
    }
}

void
ib_imported_refuse (IbImported *self, const char *reason)
{
    if (self->refusal == NULL)
        self->refusal = g_strdup (reason);
}

bool
ib_imported_apply (IbImported *self, const IbImportRule *rules, const char *setting, const char *value)
{
    for (; rules->setting != NULL; rules++) {
        if (g_ascii_strcasecmp (rules->setting, setting) != 0)
            continue;
        if (rules->key != NULL)
            ib_imported_take (self, rules->setting, rules->key, value);
        else if (rules->reason != NULL)
            ib_imported_leave (self, rules->setting, _ (rules->reason));
        return true;
    }
    return false;
}

IbImportMailbox *
ib_imported_add_mailbox (IbImported *self, const char *name, guint32 uidvalidity)
{
    IbImportMailbox *mailbox = ib_import_mailbox_new (name, uidvalidity);
    g_ptr_array_add (self->mailboxes, mailbox);
    return mailbox;
}

/* --- what the other program need not be told ------------------------------------------------------------------------------ */

/* "imap.example.org" serves example.org, more often than not. */
static const char *
domain_of (const char *host)
{
    static const char *const services[]
        = { "imap", "imaps", "imap4",    "pop",    "pop3",      "pops",   "mail",
            "mx",   "in",    "incoming", "secure", "imap-mail", "mailbox" };
    const char *dot = strchr (host, '.');
    if (dot == NULL || strchr (dot + 1, '.') == NULL || g_hostname_is_ip_address (host))
        return host;
    for (gsize i = 0; i < G_N_ELEMENTS (services); i++)
        if (strlen (services[i]) == (gsize) (dot - host)
            && g_ascii_strncasecmp (host, services[i], (gsize) (dot - host)) == 0)
            return dot + 1;
    return host;
}

/* Of "CORP\\anna" and "anna%example.org" the part that stands before an "@". Returns: (transfer full) */
static char *
local_part_of (const char *user)
{
    const char *domain_end = strrchr (user, '\\');
    char *local = g_strdup (domain_end != NULL ? domain_end + 1 : user);
    local[strcspn (local, "%/")] = '\0';
    return g_strdelimit (local, " \t<>(),;:\"[]@", '_');
}

static void
guess_address (IbImported *self)
{
    const char *user = ib_imported_get (self, "account.user");
    const char *host = ib_imported_get (self, "account.host");
    if (ib_imported_get (self, "account.address") != NULL || user == NULL || host == NULL)
        return;
    if (strchr (user, '@') != NULL) {
        ib_imported_set (self, "account.address", user);
        return;
    }
    g_autofree char *local = local_part_of (user),
                    *address = g_strconcat (local, "@", domain_of (host), NULL);
    ib_imported_change (self, _ ("your address"), "account.address", address,
                        _ ("It is guessed from user and server, since nothing says what it is"));
}

void
ib_imported_finish (IbImported *self)
{
    const char *user = ib_imported_get (self, "account.user"), *host = ib_imported_get (self, "account.host");
    if (host == NULL || *host == '\0')
        ib_imported_refuse (self, _ ("It names no server"));
    else if (user == NULL || *user == '\0')
        ib_imported_refuse (self, _ ("It does not say as whom to sign in"));
    guess_address (self);
    if (*self->name == '\0') {
        g_free (self->name);
        self->name = valid_name (host != NULL ? domain_of (host) : "");
    }
    if (*self->name == '\0') {
        g_free (self->name);
        self->name = g_strdup ("account");
    }
}
