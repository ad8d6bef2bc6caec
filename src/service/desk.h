/* desk.h - between the service and the desktop: what arrived and what is wrong is shown, and clicks are acted upon
 *
 *     service.h ─▶ notifier.h ─▶ the desktop
 *         ▲                         │
 *         └── service-acts.h ◀──────┘ Junk, read       the window ◀── Sign in */
#pragma once

#include "service.h"

typedef struct _IbDesk IbDesk;

/* @session: the session bus. @service outlives it. */
IbDesk *ib_desk_new (IbService *service, GDBusConnection *session);
/* See ib_notifier_set_locked (). */
void ib_desk_set_locked (IbDesk *self, bool is_locked);
void ib_desk_free (IbDesk *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbDesk, ib_desk_free)
