/* imap-dialogue.h - dialogues with IMAP servers, and what must come of them: rows for test-remote-imap.c, which plays them
 *
 * S: says, C: hears exactly this, "S- " leaves out the line end; @WORDS@ are scram-server.h's; "W: look" or "W: renew" is a wish of
 * ours at that point, after a line of the client's; "H:" hushes until the client hangs up; "F: N" says N untagged lines of no
 * interest. What the run did is told in one line of events. */
#pragma once

#include "fetch.h"

#include <stdbool.h>

#define GREETING "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\n"
#define SCRAM_IR "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=SCRAM-SHA-256 SASL-IR] hello\n"
#define SIGN_IN                                                                                                        \
    "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n"                                                                       \
    "S: 1 OK [CAPABILITY IMAP4rev1] welcome\n"
/* What goes out behind the first word comes before the answer to it. */
#define PLAIN_AND_INBOX(sign_in, examine)                                                                              \
    "C: " sign_in " AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: " examine " EXAMINE \"INBOX\"\n"
#define NAMES(namespace, list) "C: " namespace " NAMESPACE\nC: " list " LIST \"\" \"*\"\n"
#define SIGN_IN_WITH(capabilities)                                                                                     \
    "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n"                                                                       \
    "S: 1 OK [CAPABILITY IMAP4rev1 " capabilities "] welcome\n"
#define EXAMINE(exists, uidnext)                                                                                       \
    "C: 2 EXAMINE \"INBOX\"\n"                                                                                         \
    "S: * " exists " EXISTS\n"                                                                                         \
    "S: * OK [UIDVALIDITY 99] ok\n"                                                                                    \
    "S: * OK [UIDNEXT " uidnext "] ok\n"                                                                               \
    "S: 2 OK [READ-ONLY] done\n"
#define SELECT(exists, uidnext)                                                                                        \
    "C: 2 SELECT \"INBOX\"\n"                                                                                          \
    "S: * " exists " EXISTS\n"                                                                                         \
    "S: * OK [UIDVALIDITY 99] ok\n"                                                                                    \
    "S: * OK [UIDNEXT " uidnext "] ok\n"                                                                               \
    "S: 2 OK [READ-WRITE] done\n"
#define OPENS(tag, select)                                                                                             \
    "C: " tag " " select " \"INBOX\"\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 99] ok\nS: " tag " OK x\n"
#define IN GREETING SIGN_IN EXAMINE ("3", "8")
#define ITEMS "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"
#define OUT(tag) "C: " tag " LOGOUT\nS: * BYE see you\nS: " tag " OK done\n"
#define HI(uid) "S: * 1 FETCH (UID " uid " FLAGS () RFC822.SIZE 4 BODY[] {4}\nS: hi\nS: )\n"

/* The server pushes, and nothing is new; then one message is fetched; and so on until it hangs up. */
#define PUSHED GREETING SIGN_IN_WITH ("IDLE") EXAMINE ("3", "8") "C: 3 IDLE\nS: + idling\n"
#define TAKE(search, fetch, uid)                                                                                       \
    "C: " search " UID SEARCH UID " uid ":*\nS: * SEARCH " uid "\nS: " search " OK x\n"                                \
    "C: " fetch " UID FETCH " uid " " ITEMS "\n" HI (uid) "S: " fetch " OK x\n"
#define NEWS(fetch, uid)                                                                                               \
    "C: " fetch " UID FETCH " uid ":* " ITEMS "\n" HI (uid) "S: " fetch " OK x\n"
#define CLEAR(store, expunge, uid)                                                                                     \
    "C: " store " UID STORE " uid " +FLAGS.SILENT (\\Seen \\Deleted)\nS: " store " OK x\n"                             \
    "C: " expunge " UID EXPUNGE " uid "\nS: " expunge " OK x\n"
#define STORE(store, expunge) CLEAR (store, expunge, "5:6")
/* All that was there is: so are ours. */
#define GONE "S: * 1 EXPUNGE\nS: * 1 EXPUNGE\nS: * 1 EXPUNGE\n"
#define LOOK(tag, items) "C: " tag " UID FETCH 5:6 (UID " items ")\n"
#define DATED(uid, date) "S: * 1 FETCH (UID " uid " INTERNALDATE \"" date "\")\n"
#define DATED_5 DATED ("5", " 1-Jan-2026 10:00:00 +0100")
/* What stands under 5 and 6 is what was fetched. */
#define SEEN(tag) LOOK (tag, "INTERNALDATE") DATED_5 DATED ("6", " 1-Jan-2026 09:01:00 +0000") "S: " tag " OK x\n"
#define HEADED(uid, name)                                                                                              \
    "S: * 1 FETCH (UID " uid " BODY[HEADER] {27}\nS: Message-ID: <" name "@example>\nS: \nS: )\n"
#define WHOLE(uid, size, text) "S: * 1 FETCH (UID " uid " BODY[] {" size "}\nS: " text "\nS: )\n"
#define EMPTY(tag, name) "C: " tag " EXAMINE \"" name "\"\nS: * 0 EXISTS\nS: " tag " OK x\n"
#define SAW(rest) "greeted in caps push enter=INBOX:99:8:3 found=0 taken=7 watching=INBOX " rest
#define AGAIN(exists, uid) "enter=INBOX:99:0:" exists " found=1 " uid "=hi| taken=" uid " watching=INBOX "
#define A_FEW                                                                                                          \
    "S: * OK [ALERT] 0\nS: * OK [ALERT] 1\nS: * OK [ALERT] 2\nS: * OK [ALERT] 3\nS: * OK [ALERT] 4\n"
#define FEW "alert=<0> alert=<1> alert=<2> alert=<3> alert=<4> "
#define ANOTHER_FEW(ten)                                                                                               \
    "S: * OK [ALERT] " ten "0\nS: * OK [ALERT] " ten "1\nS: * OK [ALERT] " ten "2\nS: * OK [ALERT] " ten               \
    "3\nS: * OK [ALERT] " ten "4\n"
#define FEW_MORE(ten)                                                                                                  \
    "alert=<" ten "0> alert=<" ten "1> alert=<" ten "2> alert=<" ten "3> alert=<" ten "4> "
#define SEES(name) "enter=" name ":0:0:0 found=0 taken=0 "

typedef struct {
    const char *name;
    const char *dialogue;
    const char *events;
    int error;              /* the code and 1; 0: none */
    const char *words;      /* of the error */
    /* What the account, the cursor and the orders are; all optional. */
    const char *folders, *user, *password, *order;
    bool is_undone; /* the order is the user's: the account wants nothing done */
    const char *offers; /* what the last run remembered; set, "offers=" tells what this one does */
    guint32 low_water, done, retry;
    gint64 since_s;
    guint64 max_size;
    guint32 sample;
    guint64 sample_bytes;
    bool samples_read;
    bool is_cautious, is_probe, asks_first, may_not_be_plain;
    bool watches;
    const char *mailbox, *put_off;
    bool is_undated;   /* nothing is known of 6 but its Message-ID */
    bool is_bare;      /* it has none, and its bytes are "hi" */
    bool is_of_one_second; /* 6, with 5 */
    bool leaves_early; /* "bye": the server's answer to LOGOUT came before all was delivered */
    bool is_at_once; /* whether it is seen depends on its coming in one piece: not played byte by byte */
    IbSecurity security;
    IbAuth auth;
} ImapDialogue;

#define IN_CLEAR .security = IB_SECURITY_NONE
#define FAILS(remedy) .error = IB_FETCH_ERROR_##remedy + 1

/* imap-clearing.c: mail that was delivered is looked at once more, and cleared away on the server. */
extern const ImapDialogue imap_clearing[];
extern const gsize imap_clearing_count;
