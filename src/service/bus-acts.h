/* bus-acts.h - Learn, MarkJunk, MarkGood, MarkRead and Undo: what is done with mail that is here (service-acts.h) */
#pragma once

#include "bus-code.h"
#include "service.h"

typedef struct _IbBusActs IbBusActs;

/* Answers @manager's methods, some calls of each caller at once. @service must outlive it. */
IbBusActs *ib_bus_acts_new (IbDbusManager *manager, IbService *service);
/* What is under way is answered all the same. */
void ib_bus_acts_free (IbBusActs *self);
