/* overview.h - how things stand and what arrived, for the faces
 *
 * Reads the configuration and the journal; works beside whoever writes, and takes no lock. */
#pragma once

#include "config.h"
#include "coverage.h"
#include "story.h"

typedef struct {
    const IbAccount *account; /* NULL: its file does not parse; .error says why */
    char *name;
    bool is_protected; /* see ib_config_is_protected () */
    const char *state; /* "ok", "error", "paused", "sign-in-needed", "unsafe", "waiting-for-network" ... */
    gint64 last_poll;  /* microseconds; 0 never */
    /* Paused: the last poll; failing: the first one that failed; microseconds, 0: neither, or not known. */
    gint64 since;
    guint64 delivered, junk, duplicates, discarded, open;
    char *error; /* "" if none */
    char *alert; /* what its server wanted the user to read lately; "" for nothing */
} IbAccountStatus;

/* Elements IbAccountStatus, which point into @config. Returns: (transfer full) (nullable) */
GPtrArray *ib_overview_accounts (const IbPaths *paths, const IbConfig *config, GError **error);

/* How well each address is protected. @config must outlive it. Returns: (transfer full) (nullable) */
IbCoverage *ib_overview_coverage (const IbPaths *paths, const IbConfig *config, GError **error);

typedef struct {
    gint64 since;        /* microseconds; 0 all */
    const char *account; /* NULL all */
    bool only_junk;
    gint64 after_sequence; /* for following */
    const char *before;    /* for leafing back: a message's whole id; only what was recorded before it. NULL: all */
    guint limit;           /* the newest so many; 0: all */
} IbLogQuery;

/* *out_sequence: of the last row given. False from @each ends the reading. A home without a journal has no rows. */
typedef bool (*IbLogEach) (const IbStory *story, gpointer user_data);
bool ib_overview_log (const IbPaths *paths, const IbLogQuery *query, IbLogEach each, gpointer user_data,
                      gint64 *out_sequence, GError **error);
