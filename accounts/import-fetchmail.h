/* import-fetchmail.h - fetchmail's run control file, as it stands there
 *
 * Words in a free form, a server entry after the other; in each what is said of the server first, and then of each of its
 * users. What becomes of it is import-fetchmail.c's to say. */
#pragma once

#include "import.h"

/* One option as it was given. */
typedef struct {
    const char *name;     /* in one spelling: "proto" for "protocol", too */
    bool is_no;           /* "no keep" */
    GPtrArray *arguments; /* char * */
} IbFetchmailOption;

typedef struct {
    char *name; /* of the server, or "" for the defaults */
    bool is_skipped;
    GPtrArray *given; /* IbFetchmailOption: the server's */
    GPtrArray *users; /* GPtrArray of IbFetchmailOption each; the first is the user's name */
} IbFetchmailEntry;

/* Elements: IbFetchmailEntry. *out_daemon_s: of "set daemon"; 0 if that is not there. Errors name @import's path.
 * Returns: (transfer full) (nullable) */
GPtrArray *ib_fetchmail_parse (const IbImport *import, const char *text, guint *out_daemon_s, GError **error);
