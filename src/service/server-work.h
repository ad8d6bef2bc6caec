/* server-work.h - what is done with a message on its server once it is safe here: pure
 *
 *     after=            good mail        spam, with server-junk=move      from the server's Junk
 *     keep              stays            Junk                             stays
 *     delete            deleted          deleted                          stays
 *     delete-after:…    deleted later    Junk, where the server's         stays
 *                                        own rule for it holds
 *     move:FOLDER       FOLDER           Junk                             stays
 *
 * Spam is what went into Junk here, or was discarded as spam: a rule or a twin has the last word, not the verdict. */
#pragma once

#include "account.h"
#include "story.h"

/* The special use, as settling knows it. */
#define IB_SERVER_JUNK_FOLDER "\\Junk"

typedef struct {
    IbAfter after;
    gint64 delay_s;
    bool moves_junk;   /* server-junk=move */
    bool is_from_junk; /* fetched from the server's Junk */
} IbServerRule;

IbStoryAfter ib_server_work (const IbServerRule *rule, bool is_spam);
/* @twin_folder: of a duplicate, where the one that is here stands, or is about to; else NULL. */
bool ib_server_work_is_spam (const IbStory *story, const char *twin_folder);
/* Whether after=move:@folder goes to the mailbox @name (UTF-8, as the server has it, below its INBOX or not) with that
 * @special_use (without backslash). */
bool ib_server_work_goes_to (const char *folder, const char *name, const char *special_use);
