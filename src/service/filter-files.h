/* filter-files.h - the user's own filters, as programs may change them
 *
 *     text ─compiles?─▶ what is active still compiles with it, and may act by itself?─▶ filters/NAME.sieve
 *
 * Whatever is refused leaves everything as it was. What is active is what inbasket.conf, or an account's own list, names.
 *
 * Filters are files, and an editor may change one while a program shows it. Who changes what it has read says so (@seen: the
 * text's SHA-256, in hexadecimal; "": there was no such filter), and is refused where another text stands there now. NULL:
 * whatever stands there. Between the last look and the change is an instant in which nobody is seen. */
#pragma once

#include "config.h"

typedef enum {
    IB_FILTER_FILES_ERROR_WRONG,   /* the name, the text or the list must be mended by whoever wrote it */
    IB_FILTER_FILES_ERROR_ACTIVE,  /* something that is active would not stand any more: change that first */
    IB_FILTER_FILES_ERROR_CHANGED, /* it is not as it was seen: look at it again */
    IB_FILTER_FILES_ERROR_FILE,    /* a file cannot be read or written */
} IbFilterFilesError;
#define IB_FILTER_FILES_ERROR (ib_filter_files_error_quark ())
GQuark ib_filter_files_error_quark (void);

/* What filter @name says that it does: the first line of its first comment, without the "NAME - " before it; NULL if it
 * says nothing. @text ends with NUL behind its @length. Valid UTF-8. Returns: (transfer full) (nullable) */
char *ib_filter_files_about (const char *name, const char *text, gsize length);

/* The text of filter @name as people and the bus can have it: UTF-8 without NUL. Returns: (transfer full) (nullable) */
char *ib_filter_files_read (const IbPaths *paths, const char *name, GError **error);
/* Writes the user's own filter @name atomically, mode 0600, if it compiles, and may act by itself where it is active. One that
 * is shipped under that name is hidden by it from then on. */
bool ib_filter_files_write (const IbPaths *paths, const char *name, const char *text, gsize length,
                            const char *seen, GError **error);
/* Removes the user's own filter @name: a shipped one of that name is seen again. */
bool ib_filter_files_remove (const IbPaths *paths, const char *name, const char *seen, GError **error);
/* Whether @names can be a list of active filters: those that are not active yet must compile, and may act by themselves. */
bool ib_filter_files_may_be_active (const IbPaths *paths, const char *const *names, GError **error);
/* Makes them the active filters, in this order: [filter] scripts= in inbasket.conf, whose comments stay. */
bool ib_filter_files_activate (const IbPaths *paths, const char *const *names, GError **error);
/* The test beside filter @name ("junk.svtest" beside junk.sieve); NULL if there is none. Returns: (transfer full) (nullable) */
char *ib_filter_files_test (const IbPaths *paths, const char *name);
