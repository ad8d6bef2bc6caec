/* no-threads.h - a process that can start no thread, as where the user's processes have all that he may have
 *
 * A thread's stack is asked for first, so one that no machine has room for does it. */
#pragma once

#include <glib.h>
#include <pthread.h>

static inline void
set_stack_size (gsize size_bytes)
{
    pthread_attr_t attributes;
    pthread_attr_init (&attributes);
    g_assert_cmpint (pthread_attr_setstacksize (&attributes, size_bytes), ==, 0);
    g_assert_cmpint (pthread_setattr_default_np (&attributes), ==, 0);
    pthread_attr_destroy (&attributes);
}

static inline void
have_no_more_threads (void)
{
    set_stack_size ((gsize) 1 << 46);
}

static inline void
have_threads_again (void)
{
    set_stack_size (1024 * 1024);
}
