/* incident.c - something that only the user can mend, and when he is told of it */
#include "incident.h"

#include <string.h>

#define KEYRING "waiting-for-keyring"
#define SIGN_IN "sign-in-needed"

IbIncident *
ib_incident_note (IbIncident *self, const char *code, const char *words, gint64 now)
{
    if (self != NULL && strcmp (self->code, code) != 0)
        g_clear_pointer (&self, ib_incident_free);
    if (self == NULL) {
        self = g_new0 (IbIncident, 1);
        self->code = g_strdup (code);
        self->since = now;
    }
    g_free (self->words);
    self->words = g_strdup (words);
    self->was_told_of = self->told_at != 0 && now < self->told_at + IB_INCIDENT_REPEAT_US;
    return self;
}

gint64
ib_incident_due (const IbIncident *self)
{
    if (self->was_told_of)
        return G_MAXINT64;
    return strcmp (self->code, KEYRING) == 0 ? self->since + IB_INCIDENT_KEYRING_US : self->since;
}

void
ib_incident_told (IbIncident *self, gint64 now)
{
    self->told_at = now;
    self->was_told_of = true;
}

void
ib_incident_lost (IbIncident *self)
{
    self->told_at = 0;
    self->was_told_of = false;
}

bool
ib_incident_is_sign_in (const IbIncident *self)
{
    return strcmp (self->code, SIGN_IN) == 0;
}

void
ib_incident_free (IbIncident *self)
{
    if (self == NULL)
        return;
    g_free (self->code);
    g_free (self->words);
    g_free (self);
}
