/* import-mbsync.h - what mbsync has fetched, as its state files have it
 *
 * A state file has lines of a word and a number (FarUidValidity, MaxPulledUid ...; in older ones Master in Far's place), an
 * empty line, and a line for each pair of messages: the far UID, the near UID, flags; ">" stands for a message of which
 * there is a placeholder only; without a near UID it was too large, or is still to come, but "~" (or "X") stands for one
 * that was here and had to make room. */
#pragma once

#include "import.h"

/* Where channels keep their state. */
typedef struct {
    IbImported *account;
    char *far_store, *near_store; /* names */
    char *far_box, *near_box;     /* with patterns: what stands in front of them */
    bool has_patterns;
    char *remote_path;            /* the far store's Path: in front of every name but INBOX, as the server writes it */
    char delimiter;               /* PathDelimiter; '\0': the server says it */
    bool has_namespace;           /* the server's own prefix may stand in front */
    char *state;                  /* "*": in the folders; or what stands in front of the state's name */
    bool is_state_common;         /* it stands outside of the channel: the names of both sides are in the state's name */
    char *path, *inbox;           /* of the near store, absolute; "" if not set */
    char *subfolders;             /* "verbatim", "maildir++", "legacy" */
    char *flatten;                /* "": it is not flattened */
} IbMbsyncChannel;
void ib_mbsync_channel_free (IbMbsyncChannel *self);

/* Fills @mailbox but its name. False: this is no state, or one without a single message. */
bool ib_mbsync_state_parse (const char *text, IbImportMailbox *mailbox);
/* Adds what @channel's states say to its account. */
void ib_mbsync_recall (const IbMbsyncChannel *channel, const char *home);
