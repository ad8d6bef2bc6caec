/* survey.h - which directories of the Maildir changed, and what is in them
 *
 * Looking at all of them costs a stat each; only what changed need be read. Nothing is opened but what is asked for, no
 * link is followed, and nothing is changed. */
#pragma once

#include "maildir.h"

/* One folder's new/ or cur/. */
typedef struct {
    char *path;   /* below the Maildir: "cur", ".Junk/new" */
    char *folder; /* "INBOX", "Lists.foo" */
    guint64 inode;
    guint64 cur_inode; /* of the folder's cur/: another folder's that is gone has it if that was renamed */
    gint64 changed_at; /* nanoseconds */
} IbSurveyPart;

/* All, as they are now. Elements IbSurveyPart; what goes away meanwhile, or cannot be looked at, is left out. (transfer full) */
GPtrArray *ib_survey (IbMaildir *maildir);
/* Whether there is nothing at @path any more; false where nobody can tell. */
bool ib_survey_is_gone (const IbMaildir *maildir, const char *path);
/* The folder that the directory @path of either layout belongs to, whether it is there or not. Returns: (transfer full) */
char *ib_survey_folder_of (const char *path);
/* The names of the files in @path, one after the other. False: it cannot be read to its end. */
typedef void (*IbSurveyEach) (const char *name, gpointer user_data);
bool ib_survey_read (const IbMaildir *maildir, const char *path, IbSurveyEach each, gpointer user_data);
/* The beginning of the file @place below the Maildir, if it is a plain one. Returns: bytes in @buffer; -1 if it cannot be
 * read. */
gssize ib_survey_read_top (const IbMaildir *maildir, const char *place, char *buffer, gsize length);
/* Whether it is there. */
bool ib_survey_has (const IbMaildir *maildir, const char *place);
