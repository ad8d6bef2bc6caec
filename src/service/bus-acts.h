/* bus-acts.h - Learn, MarkJunk, MarkGood, MarkRead and Undo: what is done with mail that is here (service-acts.h) */
#pragma once

#include "bus-code.h"
#include "service.h"

/* Answers them at @manager, until it is disconnected. @service must live so long. */
void ib_bus_acts_connect (IbDbusManager *manager, IbService *service);
void ib_bus_acts_disconnect (IbDbusManager *manager, IbService *service);
