/* always.h - a proposed rule is written down, and taken out again
 *
 *     save      ReadFilter: is it as the proposal says? ─▶ ReplaceFilter ─▶ ActivateFilters, where it does not run yet
 *     undo      ReadFilter: is it as we wrote it? ─▶ all of it as it was before
 *
 * Which other filters are active, and what they are, is left as it is then. In the way of GIO, as link.h. */
#pragma once

#include "heard-rule.h"
#include "link.h"

/* @rule: with a .decides; it must live until it is done. An error, and nothing is changed, if the filter was changed since it was
 * proposed. */
void ib_always_save (IbLink *link, const IbHeardRule *rule, GAsyncReadyCallback done, gpointer user_data);
/* An error, and nothing is changed, if the filter was changed since it was saved. */
void ib_always_undo (IbLink *link, const IbHeardRule *rule, GAsyncReadyCallback done, gpointer user_data);
/* The end of both. */
bool ib_always_finish (IbLink *link, GAsyncResult *result, GError **error);
