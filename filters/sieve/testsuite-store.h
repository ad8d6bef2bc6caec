/* testsuite-store.h - where the mail of a test file goes: folders and an outbox, in memory */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A message that was stored or sent. */
typedef struct {
    GBytes *bytes;
    char **flags; /* of a stored one; never NULL */
    char *from;   /* of a sent one's envelope: "" is the null reverse-path; of a stored one NULL */
    char *to;     /* likewise */
} IbTestsuiteMail;

typedef struct _IbTestsuiteStore IbTestsuiteStore;

/* With an INBOX, which cannot be deleted. */
IbTestsuiteStore *ib_testsuite_store_new (void);
void ib_testsuite_store_free (IbTestsuiteStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbTestsuiteStore, ib_testsuite_store_free)

/* A folder that exists already stays as it is. */
void ib_testsuite_store_create (IbTestsuiteStore *self, const char *folder);
/* With what is in it. Returns whether there was such a folder. */
bool ib_testsuite_store_delete (IbTestsuiteStore *self, const char *folder);
/* Names of the folders, sorted. Returns: (transfer full) */
char **ib_testsuite_store_folders (const IbTestsuiteStore *self);

/* Creates the folder where it is missing. */
void ib_testsuite_store_add (IbTestsuiteStore *self, const char *folder, GBytes *bytes,
                             const char *const *flags);
/* The @index-th of a folder, from 0; NULL: there is none. */
const IbTestsuiteMail *ib_testsuite_store_get (const IbTestsuiteStore *self, const char *folder,
                                               guint64 index);

void ib_testsuite_store_send (IbTestsuiteStore *self, const char *from, const char *to, GBytes *bytes);
/* The @index-th that was sent, from 0; NULL: there is none. */
const IbTestsuiteMail *ib_testsuite_store_get_sent (const IbTestsuiteStore *self, guint64 index);
/* What was sent is forgotten. */
void ib_testsuite_store_empty_outbox (IbTestsuiteStore *self);
