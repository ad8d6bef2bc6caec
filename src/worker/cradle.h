/* cradle.h - a worker that is loaded once, and copied whenever one is needed
 *
 * Loading a worker, and bringing its libraries up, is most of what an idle one costs in memory, and all of what its
 * start costs in time. So a service that runs for long may keep one process that has done this and waits (`PROGRAM
 * --cradle`): each worker begins as its copy, and shares all of that with the others until it writes to it.
 *
 * All copies have the same layout of memory. So that nobody who brings one down, and thereby learns something of that, can
 * go on where he was, the service begins with another cradle after each crash.
 *
 * The copy is made by way of a process in between, which ends at once. The service, which takes in orphans meanwhile, thereby
 * becomes the worker's parent: it is watched, reaped and killed like one that was started by itself. */
#pragma once

#include <stdbool.h>

/* Serves on descriptor 3. Each datagram that comes with two descriptors, a channel and a place for last words, asks for
 * a worker, and is answered with its pid. Returns true in each worker, whose descriptors 3 and 2 those are by then;
 * false, in the cradle, when the service has closed its end. */
bool ib_cradle_serve (void);
