/* account-life-tables.c - what runs, what forbids it, and what the last end left */
#include "account-life-private.h"

/* clang-format off */
#define MOVE(from, turn, to) { IB_LIFE_RUN_##from, IB_LIFE_TURN_##turn, IB_LIFE_RUN_##to }

static const struct {
    IbLifeRun from;
    IbLifeTurn turn;
    IbLifeRun to;
} moves[] = {
    MOVE (NONE, POLL, FETCHING),
    MOVE (FETCHING, WATCHING, WATCHING),
    MOVE (WATCHING, LOOK, LOOKING),
    MOVE (LOOKING, WATCHING, WATCHING),

    MOVE (FETCHING, FORBIDDEN, UNWANTED),
    MOVE (WATCHING, FORBIDDEN, UNWANTED),
    MOVE (LOOKING, FORBIDDEN, UNWANTED),
    MOVE (UNWANTED, STOP, LEAVING),

    MOVE (FETCHING, ENDED, NONE),
    MOVE (WATCHING, ENDED, NONE),
    MOVE (LOOKING, ENDED, NONE),
    MOVE (UNWANTED, ENDED, NONE),
    MOVE (LEAVING, ENDED, NONE),
};
/* clang-format on */

IbLifeRun
ib_life_turned (IbLifeRun run, IbLifeTurn turn)
{
    for (gsize i = 0; i < G_N_ELEMENTS (moves); i++)
        if (moves[i].from == run && moves[i].turn == turn)
            return moves[i].to;
    return run;
}

/* clang-format off */
#define HOLD(hold, state, reason, yields) [IB_LIFE_HOLD_##hold] = { state, IB_LIFE_REASON_##reason, yields }

const IbLifeHoldMeaning ib_life_holds[] = {
    HOLD (FREE,    NULL,                  NONE,          false),
    HOLD (ASLEEP,  NULL,                  ASLEEP,        false),
    HOLD (PAUSED,  "paused",              PAUSED,        true),
    /* It would answer in the server's place, and look like an attack. */
    HOLD (PORTAL,  "waiting-for-network", PORTAL,        false),
    /* What the machine knows of its network may be wrong: a try costs nothing. */
    HOLD (NETWORK, "waiting-for-network", NETWORK,       true),
    HOLD (METERED, "paused",              METERED,       true),
    HOLD (SAVER,   "paused",              BATTERY_SAVER, true),
};

#define MOOD(mood, state, reason, passes, asked, changed, resumed, keyring, freed, rerouted)                  \
    [IB_LIFE_MOOD_##mood] = {                                                                                \
        state, IB_LIFE_REASON_##reason, passes,                                                              \
        { IB_LIFE_HASTE_##asked, IB_LIFE_HASTE_##changed, IB_LIFE_HASTE_##resumed, IB_LIFE_HASTE_##keyring,  \
          IB_LIFE_HASTE_##freed, IB_LIFE_HASTE_##rerouted },                                                 \
    }

const IbLifeMoodMeaning ib_life_moods[] = {
    /*                                                  passes asked changed resumed keyring freed  rerouted */
    MOOD (FINE,    "ok",                  INTERVAL,     true,  NOW,  NOW,    ALLOWED, STAYS, OVERDUE, STAYS),
    MOOD (ERROR,   "error",               BACK_OFF,     true,  NOW,  NOW,    ALLOWED, STAYS, OVERDUE, STAYS),
    MOOD (BUSY,    "throttled",           SERVER_ASKED, false, NOW,  NOW,    OVERDUE, STAYS, OVERDUE, STAYS),
    MOOD (OFFLINE, "waiting-for-network", BACK_OFF,     true,  NOW,  NOW,    ALLOWED, STAYS, SOON,    SOON),
    MOOD (KEYRING, "waiting-for-keyring", KEYRING,      false, NOW,  NOW,    ALLOWED, NOW,   OVERDUE, STAYS),
    /* … of the keyring: if that is where its secret comes from */
    MOOD (SIGN_IN, "sign-in-needed",      SIGN_IN,      false, NOW,  NOW,    STAYS,   NOW,   STAYS,   STAYS),
    MOOD (UNSAFE,  "unsafe",              UNSAFE,       false, NOW,  NOW,    STAYS,   STAYS, STAYS,   STAYS),
};
/* clang-format on */
