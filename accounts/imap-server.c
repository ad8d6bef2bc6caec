/* imap-server.c - what an IMAP server has said of itself, and of the selected mailbox */
#include "imap-server.h"
#include "escape.h"
#include "imap-read.h"
#include "server-limits.h"

#include <string.h>

struct _IbImapServer {
    GPtrArray *capabilities; /* char*, upper case; NULL: not known */
    IbImapSelected selected;
    char *copy_uid;
    char *prefix;
    char delimiter;
};

IbImapServer *
ib_imap_server_new (void)
{
    IbImapServer *self = g_new0 (IbImapServer, 1);
    self->prefix = g_strdup ("");
    return self;
}

/* --- hearing ------------------------------------------------------------------------------------------------- */

static void
note_capabilities (IbImapServer *self, const char *list)
{
    g_auto (GStrv) words = g_strsplit (list, " ", IB_LIMIT_CAPABILITIES);
    g_clear_pointer (&self->capabilities, g_ptr_array_unref);
    self->capabilities = g_ptr_array_new_with_free_func (g_free);
    for (gsize i = 0; words[i] != NULL; i++)
        if (*words[i] != '\0')
            g_ptr_array_add (self->capabilities, g_ascii_strup (words[i], -1));
}

static guint32
to_number (const char *text)
{
    guint64 number = g_ascii_strtoull (text, NULL, 10);
    return number <= G_MAXUINT32 ? (guint32) number : 0;
}

static void
note_copy_uid (IbImapServer *self, const char *argument)
{
    g_free (self->copy_uid);
    self->copy_uid = g_strdup (argument);
}

void
ib_imap_server_note_code (IbImapServer *self, const IbImapAnswer *answer)
{
    const char *code = answer->code, *argument = answer->argument;
    if (strcmp (code, "CAPABILITY") == 0)
        note_capabilities (self, argument);
    else if (strcmp (code, "UIDVALIDITY") == 0)
        self->selected.uidvalidity = to_number (argument);
    else if (strcmp (code, "UIDNEXT") == 0)
        self->selected.uidnext = to_number (argument);
    else if (strcmp (code, "COPYUID") == 0)
        note_copy_uid (self, argument);
    else if (strcmp (code, "READ-ONLY") == 0)
        self->selected.is_read_only = true;
}

/* "((" quoted SP (quoted / NIL) ...: the first personal namespace; others' and shared ones are not ours to fill. */
static void
note_namespace (IbImapServer *self, const char *text)
{
    if (strncmp (text, "((\"", 3) != 0)
        return;
    const char *end = strchr (text + 3, '"');
    if (end == NULL || strncmp (end, "\" ", 2) != 0)
        return;
    g_free (self->prefix);
    self->prefix = g_strndup (text + 3, (gsize) (end - text - 3));
    const char *delimiter = end + 2;
    self->delimiter = '\0';
    if (*delimiter == '"')
        self->delimiter = delimiter[1] == '\\' ? delimiter[2] : delimiter[1];
}

static void
note_count (IbImapServer *self, const char *text)
{
    char *word = NULL;
    guint64 number = g_ascii_strtoull (text, &word, 10);
    if (number <= G_MAXUINT32 && g_ascii_strcasecmp (word, " EXISTS") == 0) {
        if (number > self->selected.exists)
            self->selected.fresh += (guint32) number - self->selected.exists;
        self->selected.exists = (guint32) number;
        self->selected.fresh = MIN (self->selected.fresh, self->selected.exists);
    } else if (g_ascii_strcasecmp (word, " EXPUNGE") == 0 && self->selected.exists > 0) {
        if (self->selected.fresh > 0 && number > self->selected.exists - self->selected.fresh)
            self->selected.fresh--;
        self->selected.exists--;
        self->selected.fresh = MIN (self->selected.fresh, self->selected.exists);
    }
}

void
ib_imap_server_note_line (IbImapServer *self, const char *text)
{
    if (ib_imap_read_word (&text, "CAPABILITY"))
        note_capabilities (self, text);
    else if (ib_imap_read_word (&text, "NAMESPACE"))
        note_namespace (self, text);
    else
        note_count (self, text);
}

void
ib_imap_server_forget_all (IbImapServer *self)
{
    ib_imap_server_forget_capabilities (self);
    ib_imap_server_forget_selected (self);
    g_clear_pointer (&self->copy_uid, g_free);
    g_free (self->prefix);
    self->prefix = g_strdup ("");
    self->delimiter = '\0';
}

/* --- being asked --------------------------------------------------------------------------------------------- */

bool
ib_imap_server_has (const IbImapServer *self, const char *capability)
{
    for (guint i = 0; self->capabilities != NULL && i < self->capabilities->len; i++)
        if (g_ascii_strcasecmp (self->capabilities->pdata[i], capability) == 0)
            return true;
    return false;
}

bool
ib_imap_server_knows_capabilities (const IbImapServer *self)
{
    return self->capabilities != NULL;
}

void
ib_imap_server_forget_capabilities (IbImapServer *self)
{
    g_clear_pointer (&self->capabilities, g_ptr_array_unref);
}

void
ib_imap_server_assume_capabilities (IbImapServer *self, const char *list)
{
    note_capabilities (self, list);
}

char *
ib_imap_server_describe_capabilities (const IbImapServer *self)
{
    g_autoptr (GString) list = g_string_new (NULL);
    for (guint i = 0; self->capabilities != NULL && i < self->capabilities->len; i++) {
        g_autofree char *word = ib_escape_server_text (self->capabilities->pdata[i], -1);
        g_string_append_printf (list, "%s%s", i > 0 ? " " : "", word);
    }
    return g_string_free (g_steal_pointer (&list), FALSE);
}

const IbImapSelected *
ib_imap_server_get_selected (const IbImapServer *self)
{
    return &self->selected;
}

void
ib_imap_server_count (IbImapServer *self)
{
    self->selected.fresh = 0;
}

void
ib_imap_server_count_again (IbImapServer *self, guint32 seen, guint32 highest)
{
    IbImapSelected *selected = &self->selected;
    bool has_come = selected->exists > 0 && selected->uidnext > 0 && selected->uidnext - 1 > highest;
    selected->fresh = selected->exists > seen ? selected->exists - seen : has_come;
}

void
ib_imap_server_forget_selected (IbImapServer *self)
{
    self->selected = (IbImapSelected){ 0 };
}

const char *
ib_imap_server_get_prefix (const IbImapServer *self)
{
    return self->prefix;
}

char
ib_imap_server_get_delimiter (const IbImapServer *self)
{
    return self->delimiter;
}

const char *
ib_imap_server_get_copy_uid (const IbImapServer *self)
{
    return self->copy_uid;
}

char *
ib_imap_server_take_copy_uid (IbImapServer *self)
{
    return g_steal_pointer (&self->copy_uid);
}

void
ib_imap_server_free (IbImapServer *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->capabilities, g_ptr_array_unref);
    g_free (self->copy_uid);
    g_free (self->prefix);
    g_free (self);
}
