/* alerts.h - what mail servers want the user to read, told once
 *
 * A server that says the same at each sign-in is told of once; one that always says something else, not more often than a person
 * reads. Kept in a file of the cache: where that is lost, something is told twice. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbAlerts IbAlerts;

/* A file that is not there, or is damaged: nothing was told yet. */
IbAlerts *ib_alerts_load (const char *path);
/* True: the user is to be told; it is written down that he was, unless @is_dry. @now: microseconds. */
bool ib_alerts_note (IbAlerts *self, const char *account, const char *text, gint64 now, bool is_dry);
/* So long, in microseconds, `status` shows it. */
#define IB_ALERTS_NEWS_US (7 * G_GINT64_CONSTANT (24) * 3600 * G_USEC_PER_SEC)
/* What was told last, from @since on; NULL: nothing, as of @self NULL. Valid until the next ib_alerts_note (). */
const char *ib_alerts_last (const IbAlerts *self, const char *account, gint64 since);
void ib_alerts_free (IbAlerts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbAlerts, ib_alerts_free)
