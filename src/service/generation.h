/* generation.h - one reading of the configuration, and what was made of it
 *
 *     inbasket.conf, accounts, filters ─▶ known facts, scripts that compile ─▶ filter pool, what every poll shares
 *
 * Reference counted: a poll goes on with the one that it began with, while later ones begin with the next. On the main
 * context of whoever made it. */
#pragma once

#include "learned.h"
#include "poll.h"

typedef struct _IbGeneration IbGeneration;

/* @out_notice (nullable): what the user should hear, one line, or NULL. An error is one of IB_CONFIG_ERROR about
 * inbasket.conf itself; a broken account is one in ib_generation_config (). */
IbGeneration *ib_generation_read (const IbPaths *paths, char **out_notice, GError **error);
IbGeneration *ib_generation_ref (IbGeneration *self);
/* The last one ends the filter workers: not from inside one of the pool's callbacks. */
void ib_generation_unref (IbGeneration *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbGeneration, ib_generation_unref)

const IbConfig *ib_generation_config (const IbGeneration *self);
const IbKnown *ib_generation_known (const IbGeneration *self);
/* Whether @account's filters are there and compile; those of it that are not are read now. Before ib_generation_equip (). */
bool ib_generation_load_scripts (IbGeneration *self, const IbAccount *account, GError **error);

/* What outlives a reading. */
typedef struct {
    IbPipeline *pipeline;
    IbLearned *learned;
    IbServers *servers;
    IbAlerts *alerts;
    IbTokens *tokens;
    bool is_dry;
} IbEquipment;

/* Makes the filter pool, and with it the context of polls. All of @equipment outlives @self. Once. */
void ib_generation_equip (IbGeneration *self, const IbEquipment *equipment);
/* For ib_poll_start (). */
const IbPollContext *ib_generation_context (const IbGeneration *self);
/* Asks DNS what has become old: see ib_known_refresh (). */
void ib_generation_refresh (IbGeneration *self);
