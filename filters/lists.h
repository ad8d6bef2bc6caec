/* lists.h - the user's own lists, by name: for Sieve's extlists (RFC 6134)
 *
 * A list is a text with an entry a line; what begins with "#", and blank lines, are none. Entries are the same in any
 * letter case. Names are those of files: a script may write them otherwise, see ib_lists_name (). */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbLists IbLists;

IbLists *ib_lists_new (void);
IbLists *ib_lists_ref (IbLists *self);
void ib_lists_unref (IbLists *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbLists, ib_lists_unref)

/* Replaces a list of that name. It is read when somebody first asks for it; what is not UTF-8 is taken as it is, and
 * entries above IB_LIMIT_LIST_ENTRIES are left out. */
void ib_lists_add (IbLists *self, const char *name, GBytes *text);
/* The names of all, in order. Returns: (transfer container): NULL-terminated */
const char **ib_lists_names (const IbLists *self);
/* As it was added; NULL if there is no such list. Returns: (transfer none) (nullable) */
GBytes *ib_lists_text (const IbLists *self, const char *name);
/* @self may be NULL, which has no lists. */
bool ib_lists_has (const IbLists *self, const char *name);
/* Calls @visit with each entry, as it is compared: in lower case. @self may be NULL. */
void ib_lists_each (const IbLists *self, const char *name, void (*visit) (const char *entry, gpointer user_data),
                    gpointer user_data);
bool ib_lists_holds (const IbLists *self, const char *name, const char *entry, gsize length);

/* The list that a script means:
 *
 *     friends                              friends
 *     tag:example.org,2026-01-01:friends   friends
 *     :addrbook:default                    addrbook, and so do its long form urn:ietf:params:sieve:addrbook:default
 *
 * NULL if @written names none. Returns: (transfer full) (nullable) */
char *ib_lists_name (const char *written);
