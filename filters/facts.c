/* facts.c - what a message cannot say about itself */
#include "facts.h"

IbFacts *
ib_facts_new (void)
{
    IbFacts *self = g_new0 (IbFacts, 1);
    self->id = g_strdup ("");
    self->account = g_strdup ("");
    self->server_folder = g_strdup ("");
    self->server_use = g_strdup ("");
    self->account_folder = g_strdup ("INBOX");
    self->account_address = g_strdup ("");
    self->own_addresses = g_new0 (char *, 1);
    self->server_host = g_strdup ("");
    self->provider_hosts = g_new0 (char *, 1);
    self->mx = g_new0 (char *, 1);
    self->relays = g_new0 (char *, 1);
    self->authserv_ids = g_new0 (char *, 1);
    self->folders = g_new0 (char *, 1);
    self->scripts = g_new0 (char *, 1);
    self->flags = g_new0 (char *, 1);
    self->spam_threshold = 0.8;
    return self;
}

IbFacts *
ib_facts_copy (const IbFacts *self)
{
    IbFacts *copy = g_memdup2 (self, sizeof *self);
    copy->id = g_strdup (self->id);
    copy->account = g_strdup (self->account);
    copy->server_folder = g_strdup (self->server_folder);
    copy->server_use = g_strdup (self->server_use);
    copy->account_folder = g_strdup (self->account_folder);
    copy->account_address = g_strdup (self->account_address);
    copy->own_addresses = g_strdupv (self->own_addresses);
    copy->server_host = g_strdup (self->server_host);
    copy->provider_hosts = g_strdupv (self->provider_hosts);
    copy->mx = g_strdupv (self->mx);
    copy->relays = g_strdupv (self->relays);
    copy->authserv_ids = g_strdupv (self->authserv_ids);
    copy->folders = g_strdupv (self->folders);
    copy->scripts = g_strdupv (self->scripts);
    copy->flags = g_strdupv (self->flags);
    copy->marks = self->marks != NULL ? ib_marks_ref (self->marks) : NULL;
    copy->lists = self->lists != NULL ? ib_lists_ref (self->lists) : NULL;
    copy->people = self->people != NULL ? g_bytes_ref (self->people) : NULL;
    return copy;
}

void
ib_facts_set_text (char **field, char *text)
{
    g_free (*field);
    *field = text;
}

void
ib_facts_set_list (char ***field, char **list)
{
    g_strfreev (*field);
    *field = list;
}

void
ib_facts_free (IbFacts *self)
{
    if (self == NULL)
        return;
    g_free (self->id);
    g_free (self->account);
    g_free (self->server_folder);
    g_free (self->server_use);
    g_free (self->account_folder);
    g_free (self->account_address);
    g_strfreev (self->own_addresses);
    g_free (self->server_host);
    g_strfreev (self->provider_hosts);
    g_strfreev (self->mx);
    g_strfreev (self->relays);
    g_strfreev (self->authserv_ids);
    g_strfreev (self->folders);
    g_strfreev (self->scripts);
    g_strfreev (self->flags);
    ib_marks_unref (self->marks);
    ib_lists_unref (self->lists);
    g_clear_pointer (&self->people, g_bytes_unref);
    g_free (self);
}
