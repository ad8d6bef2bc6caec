/* bus-questions.h - Status, Report, History, Why and ProposeRule: what is asked of the service as a whole, and changes nothing */
#pragma once

#include "bus-asks.h"
#include "bus-code.h"

/* Answers them at @manager, until it is disconnected. @asks must live so long. */
void ib_bus_questions_connect (IbDbusManager *manager, IbBusAsks *asks);
void ib_bus_questions_disconnect (IbDbusManager *manager, IbBusAsks *asks);
