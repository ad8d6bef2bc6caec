/* rescan.h - where does each message of ours stand now?
 *
 *     directories that changed ─▶ names in them ─▶ against the journal ─▶ noted: where each stands, and what that teaches
 *
 * Whatever mail client moved it, under whatever flags and whatever name: a message is found by the id in the file's name;
 * where a client gave it another name, by the X-Inbasket-Id that delivery wrote at the very top. That field is believed of
 * a file whose name tells nothing, if the message that it names is missing from where it was; and not at all if delivery
 * adds none, since then it can only be forged.
 *
 * What is here under a name of ours and newer than all that the journal knows came after it was put aside: a journal that was
 * brought back from a backup knows it again, before it is fetched once more.
 *
 * Where nothing changed this costs a stat for each directory; else what stands in those that did is compared with the
 * journal, in one reading. No file is opened unless a message is missing that no name tells of. */
#pragma once

#include "config.h"
#include "home.h"

/* Mail that the user wrote, in a folder of sent mail. */
typedef struct {
    char *place;      /* below the Maildir */
    gint64 directory; /* see ib_places_note_stranger () */
    gint64 name;
} IbSentMail;

/* Notes durably what it found. @now: microseconds. *out_sent: IbSentMail that was not looked at yet, the newest first, at
 * most @most_sent (the rest comes the next time). (transfer full). False: the journal cannot be written; then all is as
 * before. */
bool ib_rescan (const IbConfig *config, IbHome *home, gint64 now, guint most_sent, GPtrArray **out_sent,
                GError **error);
