/* forecast.h - what will happen with an account's mail, said before anything is touched
 *
 * Pure: sentences for people, from what was counted and what is known of the provider. */
#pragma once

#include "account.h"
#include "provider.h"

/* What waits on the server. */
typedef struct {
    guint64 messages, bytes; /* that would be fetched first; @bytes 0: not known */
    bool is_partial;         /* there may be more, in other mailboxes */
    gint64 oldest_s;         /* the oldest of them, seconds since 1970; 0: not known */
} IbForecastWeight;

/* @provider: NULL if none is known. Returns: (transfer full): a sentence each */
char **ib_forecast_sentences (const IbAccount *account, const IbProvider *provider,
                              const IbForecastWeight *weight, gint64 now_s);
/* At the provider's daily limit; 0: within a day, or no limit is known. */
guint64 ib_forecast_days (const IbAccount *account, const IbProvider *provider, guint64 bytes);
