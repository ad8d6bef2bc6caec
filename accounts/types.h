/* types.h - GObject's types, known before there are threads
 *
 * GObject makes one class at a time, under one lock; whoever registers a type that has interfaces waits for the same lock. While one
 * thread makes a class, one of whose properties is of such a type, and another has just begun to register that type, each waits for
 * the other, for good, and no deadline of ours ends that. So the types are registered while there is one thread. */
#pragma once

/* At the beginning of main (). Every type that has interfaces, that others may name, and that a thread of ours, of GLib's or
 * libsecret's may be the first to need. */
void ib_types_register (void);
