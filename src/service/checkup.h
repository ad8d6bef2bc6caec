/* checkup.h - is all of it as it should be?
 *
 *     configuration ─▶ permissions ─▶ keyring ─▶ sign-in ─▶ servers ─▶ Maildir ─▶ journal ─▶ classifier ─▶ service
 *                   ─▶ sandbox ─▶ filters ─▶ trust ─▶ coverage ─▶ MX
 *
 * Each check is a const row and makes findings, a sentence each, with a remedy where something is to be done. Nothing is
 * changed, but a file that is written into the Maildir's tmp/ and removed again, and what DNS said of the user's domains. */
#pragma once

#include "config.h"

typedef enum {
    IB_FINDING_FINE,
    IB_FINDING_WARNING, /* it works, but not as it might */
    IB_FINDING_WRONG,   /* something does not work, or is not safe */
} IbFindingLevel;

typedef struct {
    const char *check; /* the row's name: "maildir" */
    char *subject;     /* an account, a filter, a relay ...; NULL: the whole */
    IbFindingLevel level;
    char *text;
    char *remedy; /* NULL: nothing is to be done */
} IbFinding;

/* "fine", "warning", "wrong". */
const char *ib_finding_level_name (IbFindingLevel level);

/* What only a face can find out: the service is spoken to by others than this folder. */
typedef struct {
    bool is_running;  /* for this home */
    bool is_silent;   /* somebody has the name on the bus, and does not answer */
    char *version;    /* of the one that runs; NULL: not known */
    char *trouble;    /* why it fetches nothing at all; NULL or "": all is well */
    bool is_enabled;  /* starts with the session */
    bool is_outdated; /* enabled, but may not write to all folders that the settings name */
} IbServiceFacts;

typedef struct {
    const IbPaths *paths;
    const IbServiceFacts *service; /* NULL: is not looked at */
    bool is_offline;               /* neither servers nor DNS are asked */
    guint servers_s;               /* how long servers may take; 0: IB_CHECKUP_SERVERS_S */
} IbCheckupWishes;

typedef void (*IbCheckupEach) (const IbFinding *finding, gpointer user_data);

/* Makes all checks, @each being told of each finding as it comes; blocks, on the default main context, for at most some
 * IB_CHECKUP_SERVERS_S and a little. Returns the worst level. *out_parses: false if a file of the configuration does not; if it is
 * inbasket.conf, little can be looked at. */
#define IB_CHECKUP_SERVERS_S 30
IbFindingLevel ib_checkup_run (const IbCheckupWishes *wishes, IbCheckupEach each, gpointer user_data,
                               bool *out_parses);
/* The names of all checks, NULL-ended, in their order. */
const char *const *ib_checkup_names (void);
