/* loop.h - what a main loop watches for us */
#pragma once

#include <glib.h>

/* Nothing comes of *source any more, which is NULL then. It may be already. */
void ib_loop_drop (GSource **source);
