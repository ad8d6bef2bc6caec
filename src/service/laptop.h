/* laptop.h - has every account follow what the laptop is doing
 *
 *     surroundings.h ─▶ for each account: is there a way to its server? ─▶ its life
 *                    └▶ sleep: all polls end and the home is on disk, then the machine may */
#pragma once

#include "service.h"
#include "surroundings.h"

typedef struct _IbLaptop IbLaptop;

/* @service outlives it. @changed: what surroundings.h says of the whole; the first comes in any case. */
IbLaptop *ib_laptop_new (IbService *service,
                         void (*changed) (const IbSurroundingsState *state, gpointer user_data),
                         gpointer user_data);
/* See ib_surroundings_take_session (). */
void ib_laptop_take_session (IbLaptop *self, GDBusConnection *session);
void ib_laptop_free (IbLaptop *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbLaptop, ib_laptop_free)
