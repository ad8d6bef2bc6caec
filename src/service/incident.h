/* incident.h - something that only the user can mend, and when he is told of it
 *
 * Pure. Once when it begins, and at most daily while it lasts. A locked keyring is no incident before it has stayed locked
 * for a while: after a login it most often is unlocked by itself. Time is microseconds, of a clock that goes on while the
 * machine sleeps. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define IB_INCIDENT_REPEAT_US (24 * (gint64) G_TIME_SPAN_HOUR)
#define IB_INCIDENT_KEYRING_US (10 * (gint64) G_TIME_SPAN_MINUTE)

typedef struct {
    char *code, *words;
    gint64 since;
    gint64 told_at;   /* 0: not yet */
    bool was_told_of; /* since it came up last */
} IbIncident;

/* It came up, or comes up again. Returns @self, or a new one if @self is NULL or of another kind. (transfer full) */
IbIncident *ib_incident_note (IbIncident *self, const char *code, const char *words, gint64 now);
/* When the user is to be told: at once if it is not after now; G_MAXINT64: he was told. */
gint64 ib_incident_due (const IbIncident *self);
void ib_incident_told (IbIncident *self, gint64 now);
/* What he was told with is gone before he answered: he is to be told again. */
void ib_incident_lost (IbIncident *self);
/* Whether signing in is what mends it. */
bool ib_incident_is_sign_in (const IbIncident *self);
void ib_incident_free (IbIncident *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbIncident, ib_incident_free)
