/* signals.c - what was found about a message before any script ran */
#include "signals.h"

IbSignals *
ib_signals_new (void)
{
    IbSignals *self = g_new0 (IbSignals, 1);
    self->entry_host = g_strdup ("");
    self->entry_ip = g_strdup ("");
    self->relay = g_strdup ("");
    self->mx = g_strdup ("");
    self->recipient = g_strdup ("");
    self->server_filter = g_strdup ("");
    self->sender = g_strdup ("");
    self->kind = g_strdup ("");
    self->authentication = g_new0 (char *, 1);
    return self;
}

void
ib_signals_free (IbSignals *self)
{
    if (self == NULL)
        return;
    g_free (self->entry_host);
    g_free (self->entry_ip);
    g_free (self->relay);
    g_free (self->mx);
    g_free (self->recipient);
    g_free (self->server_filter);
    g_free (self->sender);
    g_free (self->kind);
    g_strfreev (self->authentication);
    g_free (self);
}
