/* find-message.h - the one message that a person means
 *
 * A file, "-" for standard input, an id (six digits of it will do), or a Message-ID with or without its brackets. */
#pragma once

#include "config.h"
#include "history.h"
#include "lessons.h"

#include <gio/gio.h>

typedef enum {
    IB_FIND_ERROR_NOTHING, /* nobody knows it */
    IB_FIND_ERROR_STORE,   /* the journal or the Maildir cannot be read */
} IbFindError;
#define IB_FIND_ERROR (ib_find_error_quark ())
GQuark ib_find_error_quark (void);

typedef struct {
    char *path;       /* where it stands now; "-"; NULL: it is not here any more, or nobody can see whether it is: */
    char *hindrance;  /* where to look for it is not allowed, in a sentence; NULL: nowhere */
    char *folder;     /* of the Maildir that it stands in now; NULL: in none */
    IbStory *story;   /* as it was delivered; NULL: it did not come through us */
    IbLesson *lesson; /* what was learned from it; NULL: nothing */
    IbFate fate;      /* what was done with it on its server */
} IbFoundMessage;

/* Of several that fit, the one that came last. Returns: (transfer full) (nullable) */
IbFoundMessage *ib_find_message (const IbPaths *paths, const IbConfig *config, const char *word,
                                 GError **error);
/* The same of what came through us: no word is a file, so whoever has it looked for need not be allowed to read any. */
IbFoundMessage *ib_find_known_message (const IbPaths *paths, const IbConfig *config, const char *word,
                                       GError **error);
void ib_found_message_free (IbFoundMessage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbFoundMessage, ib_found_message_free)
