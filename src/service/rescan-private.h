/* rescan-private.h - what rescan.c and strangers.c share */
#pragma once

#include "folder-role.h"
#include "places.h"
#include "rescan.h"
#include "survey.h"

/* One file that was read of in a directory. */
typedef struct _IbName IbName;
struct _IbName {
    IbName *next; /* another of the same key */
    const IbSurveyPart *part;
    char *place;   /* below the Maildir */
    bool is_taken; /* it is known what it is */
};

/* A message's file that is not where it was, or was not looked at yet. */
typedef struct {
    IbPlacedFile *file;
    char *was; /* the place at which it should be */
    IbName *found;
} IbMissing;

typedef struct {
    const IbConfig *config;
    IbMaildir *maildir;
    IbJournal *journal;
    gint64 now;          /* microseconds */
    GPtrArray *parts;    /* IbSurveyPart: all that there are */
    GHashTable *paths;   /* path → IbSurveyPart: the same */
    GHashTable *known;   /* path → IbPlaceDirectory: as they were read last */
    bool is_first;       /* nothing was ever read */
    GHashTable *reading; /* path → IbSurveyPart: those that are read now */
    GHashTable *again;   /* paths: to be read the next time, too */
    GHashTable *unread;  /* paths: they could not be read to their end */
    GHashTable *names;   /* place → IbName */
    GHashTable *keys;    /* what tells a message → IbName */
    GHashTable *roles;   /* folder → IbFolderRole, as far as it was asked */
    GPtrArray *missing;  /* IbMissing */
    GPtrArray *sent;     /* IbSentMail */
} IbRescan;

/* Takes @file, which should be at @was (transfer full). */
IbMissing *ib_rescan_miss (IbRescan *self, IbPlacedFile *file, char *was);
/* Reads @part into .names. */
void ib_rescan_read (IbRescan *self, const IbSurveyPart *part);
/* What tells which message a file is: the id and number in a name of ours, else the part that no client changes.
 * Returns: (transfer full) */
char *ib_rescan_key (const char *place);

/* Looks among those files whose names tell nothing for the missing ones that were not found. *out_is_cut: not all was looked
 * at. */
bool ib_strangers_search (IbRescan *self, bool *out_is_cut, GError **error);
/* As folder-role.h has it, remembered: it takes its time to compare names. */
IbFolderRole ib_rescan_role (IbRescan *self, const char *folder);
/* A row for the directory @path, if there is none. 0 on error. */
gint64 ib_rescan_directory (IbRescan *self, const char *path, GError **error);
