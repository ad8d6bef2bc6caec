/* correspondents.h - whom the user writes with, and who merely looks like them
 *
 * Read-only once filled, and quick to ask: one look-up whatever their number. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbCorrespondents IbCorrespondents;

IbCorrespondents *ib_correspondents_new (void);
/* @address is "local@domain"; @name may be "". Addresses are the same in any letter case. What is no address is passed
 * over, and what comes after IB_LIMIT_CORRESPONDENTS too. */
void ib_correspondents_add (IbCorrespondents *self, const char *address, const char *name);

bool ib_correspondents_knows (const IbCorrespondents *self, const char *address);
/* The known address of somebody called @name, whose domain is of another organization than @domain; NULL if there is
 * none, or if one called so is of @domain's too. Names of one short word are nobody's in particular. */
const char *ib_correspondents_namesake (const IbCorrespondents *self, const char *name, const char *domain);
/* The known organization's domain that @domain's looks like without being it: the same to the eye (UTS 39, skeleton), or one
 * letter more, less or other, in a name of six letters at least. NULL if there is none. */
const char *ib_correspondents_lookalike (const IbCorrespondents *self, const char *domain);

void ib_correspondents_free (IbCorrespondents *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbCorrespondents, ib_correspondents_free)
