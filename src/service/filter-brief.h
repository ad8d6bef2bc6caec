/* filter-brief.h - what every filter worker of a pool is told before its first message
 *
 * Scripts, settings, lists, people, what was learned, marks, and the accounts as they come; and what workers may do that
 * run such scripts. */
#pragma once

#include "filter-pool.h"

typedef struct _IbFilterBrief IbFilterBrief;

/* @scripts: IbScriptText elements. Copies both. */
IbFilterBrief *ib_filter_brief_new (const GPtrArray *scripts, const IbFacts *settings);
/* One of the scripts may: then workers may give other fields than ours. */
bool ib_filter_brief_edits_headers (const IbFilterBrief *self);
/* One of them may: then workers may leave marks. */
bool ib_filter_brief_remembers (const IbFilterBrief *self);

/* These are for workers that are told from now on; see filter-pool.h. */
void ib_filter_brief_set_model (IbFilterBrief *self, IbFilterModel model, gpointer user_data);
void ib_filter_brief_set_people (IbFilterBrief *self, GBytes *people);
/* Returns: the same marks as left by @by, for workers that were told before (transfer full) */
GPtrArray *ib_filter_brief_remember (IbFilterBrief *self, const GPtrArray *marks, const char *by);
/* Returns: its number, the same for the same. */
guint ib_filter_brief_add_account (IbFilterBrief *self, const IbFacts *account);

/* All but the accounts. */
bool ib_filter_brief_tell (const IbFilterBrief *self, IbChannel *channel, GError **error);
/* The accounts from *@told on, which counts them. */
bool ib_filter_brief_tell_accounts (const IbFilterBrief *self, guint *told, IbChannel *channel, GError **error);
void ib_filter_brief_free (IbFilterBrief *self);
