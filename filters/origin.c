/* origin.c - where a message came from */
#include "origin.h"
#include "address.h"

#include <string.h>

/* What is sent to a list that a server of ours keeps is sent to the list, not to an address of the user's. */
static void
forget_list_address (IbOrigin *self, const IbFacts *facts)
{
    char **recipient = &self->path->recipient;
    if (self->kind != IB_MAIL_LIST
        || g_strv_contains ((const char *const *) facts->own_addresses, *recipient))
        return;
    g_free (*recipient);
    *recipient = g_strdup ("");
}

IbOrigin *
ib_origin_find (const IbMessage *message, const IbFacts *facts)
{
    IbOrigin *self = g_new0 (IbOrigin, 1);
    self->authors = ib_address_of_fields (message, "From");
    self->path = ib_path_walk (message, facts);
    self->authentication = ib_authentication_read (message, self->authors, self->path, facts);
    self->kind = ib_mail_kind (message, self->authors);
    forget_list_address (self, facts);
    self->server_filter = ib_server_filter_find (message, self->path, facts);
    return self;
}

void
ib_origin_free (IbOrigin *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->authors, g_ptr_array_unref);
    ib_path_free (self->path);
    ib_authentication_free (self->authentication);
    g_free (self);
}

static void
replace (char **target, const char *value)
{
    g_free (*target);
    *target = g_strdup (value);
}

static void
add_result (GStrvBuilder *results, const char *method, const IbAuthResult *result)
{
    if (*result->result == '\0')
        return;
    g_autofree char *text = g_strdup_printf ("%s=%s", method, result->result);
    g_strv_builder_add (results, text);
}

static char **
list_results (const IbAuthentication *authentication)
{
    g_autoptr (GStrvBuilder) results = g_strv_builder_new ();
    add_result (results, "spf", &authentication->spf);
    add_result (results, "dkim", &authentication->dkim);
    add_result (results, "dmarc", &authentication->dmarc);
    add_result (results, "arc", &authentication->arc);
    if (ib_authentication_is_proven (authentication))
        g_strv_builder_add (results, "sender=proven");
    else if (ib_authentication_is_refuted (authentication))
        g_strv_builder_add (results, "sender=refuted");
    return g_strv_builder_end (results);
}

IbSignals *
ib_origin_signals (const IbOrigin *self)
{
    static const char *const matches[] = { "", "match", "beside" };
    IbSignals *signals = ib_signals_new ();
    const IbHop *entry = ib_path_entry_hop (self->path);
    replace (&signals->entry_host, ib_path_entry_host (self->path));
    replace (&signals->entry_ip, entry != NULL ? entry->ip : "");
    replace (&signals->relay, self->path->relay != NULL ? self->path->relay : "");
    replace (&signals->mx, matches[self->path->mx]);
    replace (&signals->recipient, self->path->recipient);
    replace (&signals->server_filter, ib_server_filter_name (self->server_filter));
    replace (&signals->kind, ib_mail_kind_name (self->kind));
    g_strfreev (signals->authentication);
    signals->authentication = list_results (self->authentication);
    return signals;
}
