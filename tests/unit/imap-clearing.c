/* imap-clearing.c - dialogues in which mail that was delivered is looked at once more, and cleared away on the server */
#include "imap-dialogue.h"

const ImapDialogue imap_clearing[] = {
    /* --- what is there is what was fetched, or not --- */
    { "verify/date-that-does-not-last",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[HEADER])\n" HEADED ("6", "6") "S: 4 OK x\n"
      STORE ("5", "6") OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/date-that-is-not-known",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 1-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[HEADER])\n" HEADED ("6", "6") "S: 4 OK x\n"
      STORE ("5", "6") OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete", .is_undated = true },
    { "verify/date-that-is-not-told",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") "S: * 1 FETCH (UID 5)\n" DATED ("6", " 1-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 5 (UID BODY.PEEK[HEADER])\n" HEADED ("5", "5") "S: 4 OK x\n"
      STORE ("5", "6") OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/flags-in-passing",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") "S: * 1 FETCH (UID 5 FLAGS (\\Seen))\n" DATED_5 DATED ("6", " 1-Jan-2026 09:01:00 +0000") "S: * 2 FETCH (UID 6 FLAGS ())\n" "S: 3 OK x\n"
      STORE ("4", "5") OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/one-is-gone", /* it is in the mailbox no more, and nothing is done with its number */
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED ("6", " 1-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID SEARCH UID 5\nS: * SEARCH\nS: 4 OK x\n" CLEAR ("5", "6", "6") OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5 settled=6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/one-is-left-out", /* and may be other mail */
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED ("6", " 1-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID SEARCH UID 5\nS: * SEARCH 5\nS: 4 OK x\nC: 5 UID FETCH 5 (UID BODY.PEEK[HEADER])\nS: 5 OK x\n" CLEAR ("6", "7", "6") OUT ("8"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=5(the server does not show whether it is still the same) settled=6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/one-is-left-out-and-ours",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED ("6", " 1-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID SEARCH UID 5\nS: * SEARCH 5\nS: 4 OK x\nC: 5 UID FETCH 5 (UID BODY.PEEK[HEADER])\n" HEADED ("5", "5") "S: 5 OK x\n" STORE ("6", "7") OUT ("8"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/one-is-left-out-and-no-search",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED ("6", " 1-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID SEARCH UID 5\nS: 4 NO never\nC: 5 UID FETCH 5 (UID BODY.PEEK[HEADER])\nS: 5 OK x\n" CLEAR ("6", "7", "6") OUT ("8"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=5(never) settled=6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/all-are-gone",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") "S: 3 OK x\n" "C: 4 UID SEARCH UID 5:6\nS: * SEARCH\nS: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/other-is-said-of-another",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 1-Jan-2026 09:01:00 +0000") DATED ("7", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      STORE ("4", "5") OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/what-just-came",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") "C: 3 UID SEARCH UID 5:*\nS: * SEARCH 5 6\nS: 3 OK x\n"
      "C: 4 UID FETCH 5:6 " ITEMS "\n" HI ("5") HI ("6") "S: 4 OK x\n" STORE ("5", "6") OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=2 5=hi| 6=hi| taken=6 settled=5,6 ", IN_CLEAR, .low_water = 4, .order = "delete" },
    { "verify/other-mail", /* restored from a backup, and past what is known: all is looked at anew */
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[HEADER])\n" HEADED ("6", "9") "S: 4 OK x\n"
      "C: 5 UID SEARCH UID 1:*\nS: * SEARCH 5 6\nS: 5 OK x\nC: 6 UID FETCH 5:6 " ITEMS "\n" HI ("5") HI ("6") "S: 6 OK x\n"
      STORE ("7", "8") OUT ("9"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 enter=INBOX(restarted):99:0:3 found=2 5=hi| 6=hi| taken=6 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/other-mail-without-an-id",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[HEADER])\n" "S: * 1 FETCH (UID 6 BODY[HEADER] {2}\nS: \nS: )\n" "S: 4 OK x\n"
      "C: 5 UID SEARCH UID 1:*\nS: * SEARCH 5 6\nS: 5 OK x\nC: 6 UID FETCH 5:6 " ITEMS "\n" HI ("5") HI ("6") "S: 6 OK x\n"
      STORE ("7", "8") OUT ("9"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 enter=INBOX(restarted):99:0:3 found=2 5=hi| 6=hi| taken=6 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/no-header",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[HEADER])\n" "S: * 1 FETCH (UID 6 BODY[HEADER] NIL)\n" "S: 4 OK x\n"
      "C: 5 UID STORE 5 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 5 OK x\nC: 6 UID EXPUNGE 5\nS: * 1 EXPUNGE\nS: 6 OK x\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=6(the server does not show whether it is still the same) settled=5 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/header-of-no-bytes", /* as for what was removed meanwhile (RFC 2180, 4.1.3): it proves nothing */
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[HEADER])\n" "S: * 1 FETCH (UID 6 BODY[HEADER] \"\")\n" "S: * 1 FETCH (UID 6 BODY[HEADER] {0}\nS: )\n" "S: 4 OK x\n"
      "C: 5 UID STORE 5 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 5 OK x\nC: 6 UID EXPUNGE 5\nS: * 1 EXPUNGE\nS: 6 OK x\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=6(the server does not show whether it is still the same) settled=5 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/said-twice",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") DATED ("6", " 1-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[HEADER])\n" HEADED ("6", "6") HEADED ("6", "9") "S: 4 OK x\n"
      "C: 5 UID SEARCH UID 1:*\nS: * SEARCH 5 6\nS: 5 OK x\nC: 6 UID FETCH 5:6 " ITEMS "\n" HI ("5") HI ("6") "S: 6 OK x\n"
      STORE ("7", "8") OUT ("9"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 enter=INBOX(restarted):99:0:3 found=2 5=hi| 6=hi| taken=6 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/other-mail-again", /* from a server that cannot be trusted: another time */
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[HEADER])\n" HEADED ("6", "9") "S: 4 OK x\n"
      "C: 5 UID SEARCH UID 1:*\nS: * SEARCH 5\nS: 5 OK x\nC: 6 UID FETCH 5 " ITEMS "\n" HI ("5") "S: 6 OK x\n"
      "C: 7 UID FETCH 6 (UID INTERNALDATE)\n" DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 7 OK x\n"
      "C: 8 UID FETCH 6 (UID BODY.PEEK[HEADER])\n" HEADED ("6", "9") "S: 8 OK x\n" OUT ("9"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 enter=INBOX(restarted):99:0:3 found=1 5=hi| taken=5 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/silent-at-the-second-look", /* gone, or other mail that is not shown: another time */
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[HEADER])\n" "S: 4 OK x\n"
      "C: 5 UID STORE 5 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 5 OK x\nC: 6 UID EXPUNGE 5\nS: * 1 EXPUNGE\nS: 6 OK x\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=6(the server does not show whether it is still the same) settled=5 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/refused",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 "S: 3 NO not now\n"
      "C: 4 UID SEARCH UID 6\nS: * SEARCH 6\nS: 4 OK x\nC: 5 UID FETCH 6 (UID BODY.PEEK[HEADER])\nS: 5 NO never\n" CLEAR ("6", "7", "5") OUT ("8"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=6(not now) settled=5 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/refused-for-one-that-is-gone",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 "S: 3 NO some are gone\n"
      "C: 4 UID SEARCH UID 6\nS: * SEARCH\nS: 4 OK x\n" CLEAR ("5", "6", "5") OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=6 settled=5 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/refused-and-told-all-the-same",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 1-Jan-2026 09:01:00 +0000") "S: 3 NO some are gone\n" STORE ("4", "5") OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/header-refused",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[HEADER])\n" "S: 4 NO not now\n"
      "C: 5 UID STORE 5 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 5 OK x\nC: 6 UID EXPUNGE 5\nS: * 1 EXPUNGE\nS: 6 OK x\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=6(not now) settled=5 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/no-id", /* it is known by its bytes */
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[])\n" WHOLE ("6", "4", "hi") "S: 4 OK x\n"
      STORE ("5", "6") OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete", .is_bare = true },
    { "verify/no-id-and-too-large", /* as on a metered network: it waits */
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE RFC822.SIZE") DATED_5
      "S: * 1 FETCH (UID 6 RFC822.SIZE 101 INTERNALDATE \" 2-Jan-2026 09:01:00 +0000\")\nS: 3 OK x\n"
      "C: 4 UID STORE 5 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 4 OK x\nC: 5 UID EXPUNGE 5\nS: * 1 EXPUNGE\nS: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=6(the server does not show whether it is still the same) settled=5 ", IN_CLEAR, .low_water = 7, .order = "delete", .is_bare = true, .max_size = 100 },
    { "verify/no-id-and-small-enough",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE RFC822.SIZE") DATED_5
      "S: * 1 FETCH (UID 6 RFC822.SIZE 100 INTERNALDATE \" 2-Jan-2026 09:01:00 +0000\")\nS: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[])\n" WHOLE ("6", "4", "hi") "S: 4 OK x\n" STORE ("5", "6") OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete", .is_bare = true, .max_size = 100 },
    { "verify/no-id-and-other-bytes",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[])\n" WHOLE ("6", "4", "ho") "S: 4 OK x\n"
      "C: 5 UID STORE 5 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 5 OK x\nC: 6 UID EXPUNGE 5\nS: * 1 EXPUNGE\nS: 6 OK x\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=6(the server does not show whether it is still the same) settled=5 ", IN_CLEAR, .low_water = 7, .order = "delete", .is_bare = true },
    { "verify/no-id-and-both",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[])\n" WHOLE ("6", "4", "ho") WHOLE ("6", "4", "hi") "S: 4 OK x\n"
      "C: 5 UID STORE 5 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 5 OK x\nC: 6 UID EXPUNGE 5\nS: * 1 EXPUNGE\nS: 6 OK x\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=6(the server does not show whether it is still the same) settled=5 ", IN_CLEAR, .low_water = 7, .order = "delete", .is_bare = true },
    { "verify/no-id-and-nothing",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[])\n" "S: * 1 FETCH (UID 6 BODY[] NIL)\nS: 4 OK x\n"
      "C: 5 UID STORE 5 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 5 OK x\nC: 6 UID EXPUNGE 5\nS: * 1 EXPUNGE\nS: 6 OK x\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=6(the server does not show whether it is still the same) settled=5 ", IN_CLEAR, .low_water = 7, .order = "delete", .is_bare = true },
    { "verify/no-id-and-empty",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[])\n" "S: * 1 FETCH (UID 6 BODY[] {0}\nS: )\nS: 4 OK x\n"
      "C: 5 UID STORE 5 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 5 OK x\nC: 6 UID EXPUNGE 5\nS: * 1 EXPUNGE\nS: 6 OK x\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=6(the server does not show whether it is still the same) settled=5 ", IN_CLEAR, .low_water = 7, .order = "delete", .is_bare = true },
    { "verify/no-id-and-one-by-now",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[])\n" WHOLE ("6", "27", "Message-ID: <9@example>\nS: ") "S: 4 OK x\n"
      "C: 5 UID SEARCH UID 1:*\nS: * SEARCH 5 6\nS: 5 OK x\nC: 6 UID FETCH 5:6 " ITEMS "\n" HI ("5") HI ("6") "S: 6 OK x\n"
      STORE ("7", "8") OUT ("9"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 enter=INBOX(restarted):99:0:3 found=2 5=hi| 6=hi| taken=6 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete", .is_bare = true },
    { "verify/one-second", /* of those that came in it only the order may have changed */
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 1-Jan-2026 09:00:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 5:6 (UID BODY.PEEK[HEADER])\n" HEADED ("5", "5") HEADED ("6", "6") "S: 4 OK x\n"
      STORE ("5", "6") OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete", .is_of_one_second = true },
    { "verify/one-second-and-another-order",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 1-Jan-2026 09:00:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 5:6 (UID BODY.PEEK[HEADER])\n" HEADED ("5", "6") HEADED ("6", "5") "S: 4 OK x\n"
      "C: 5 UID SEARCH UID 1:*\nS: * SEARCH 5 6\nS: 5 OK x\nC: 6 UID FETCH 5:6 " ITEMS "\n" HI ("5") HI ("6") "S: 6 OK x\n"
      STORE ("7", "8") OUT ("9"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 enter=INBOX(restarted):99:0:3 found=2 5=hi| 6=hi| taken=6 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete", .is_of_one_second = true },
    { "verify/one-second-and-empty-headers",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 1-Jan-2026 09:00:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 5:6 (UID BODY.PEEK[HEADER])\n" "S: * 1 FETCH (UID 5 BODY[HEADER] {2}\nS: \nS: )\n" HEADED ("6", "6") "S: 4 OK x\n"
      STORE ("5", "6") OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete", .is_of_one_second = true },
    { "verify/one-second-and-no-headers", /* their dates are all that there is */
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 1-Jan-2026 09:00:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 5:6 (UID BODY.PEEK[HEADER])\nS: 4 NO never\n"
      STORE ("5", "6") OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete", .is_of_one_second = true },
    { "verify/headers-refused-together", /* for one of them: the other is looked at all the same */
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED ("5", " 2-Jan-2026 09:01:00 +0000") DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 5:6 (UID BODY.PEEK[HEADER])\nS: 4 NO one is damaged\n"
      "C: 5 UID FETCH 5 (UID BODY.PEEK[HEADER])\nC: 6 UID FETCH 6 (UID BODY.PEEK[HEADER])\n" HEADED ("5", "5") "S: 5 OK x\nS: 6 NO 6 is damaged\n"
      "C: 7 UID STORE 5 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 7 OK x\nC: 8 UID EXPUNGE 5\nS: * 1 EXPUNGE\nS: 8 OK x\n" OUT ("9"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=6(one is damaged) settled=5 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "verify/whole-body-for-a-header", GREETING SIGN_IN SELECT ("3", "8") LOOK ("3", "INTERNALDATE") DATED_5 DATED ("6", " 2-Jan-2026 09:01:00 +0000") "S: 3 OK x\n"
      "C: 4 UID FETCH 6 (UID BODY.PEEK[HEADER])\nS: * 1 FETCH (UID 6 BODY[] {4}\nS: hi\nS: )\n",
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 ", IN_CLEAR, .low_water = 7, .order = "delete", FAILS (SERVER) },

    /* --- settle --- */
    { "settle/delete",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 UID STORE 5:6 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 4 OK x\nC: 5 UID EXPUNGE 5:6\nS: * 1 EXPUNGE\nS: 5 OK x\n"
      OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "settle/delete-without-uidplus",
      GREETING SIGN_IN SELECT ("3", "8") SEEN ("3") "C: 4 UID STORE 5:6 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 4 OK x\n"
      "C: 5 UID SEARCH DELETED\nS: * SEARCH 5 6\nS: 5 OK x\nC: 6 EXPUNGE\nS: 6 OK x\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "settle/delete-beside-others",
      GREETING SIGN_IN SELECT ("3", "8") SEEN ("3") "C: 4 UID STORE 5:6 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 4 OK x\n"
      "C: 5 UID SEARCH DELETED\nS: * SEARCH 4 5 6\nS: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6(Left marked as deleted: other messages are marked "
      "too, and this server cannot remove single ones) ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "settle/delete-and-no-search",
      GREETING SIGN_IN SELECT ("3", "8") SEEN ("3") "C: 4 UID STORE 5:6 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 4 OK x\nC: 5 UID SEARCH DELETED\nS: 5 NO never\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=5,6(never) ", IN_CLEAR, .low_water = 7, .order = "delete" },
    { "settle/delete-refused",
      GREETING SIGN_IN SELECT ("3", "8") SEEN ("3") "C: 4 UID STORE 5:6 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 4 NO never\n" OUT ("5"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=5,6(never) ", IN_CLEAR, .low_water = 7,
      .order = "delete" },
    { "settle/move",
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \".\" INBOX\nS: * LIST (\\Junk) \".\" \"INBOX.Spam\"\nS: 4 OK x\n"
      "C: 5 UID MOVE 5:6 \"Done.2026\"\nS: 5 NO [TRYCREATE] no such mailbox\nC: 6 CREATE \"Done.2026\"\nS: 6 OK x\n"
      "C: 7 UID MOVE 5:6 \"Done.2026\"\n" GONE "S: 7 OK x\n" OUT ("8"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7,
      .order = "move:Done/2026" },
    { "settle/move-to-special-use",
      GREETING SIGN_IN_WITH ("MOVE") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST (\\Junk) \".\" \"INBOX.Spam\"\nS: 4 OK x\n"
      "C: 5 UID MOVE 5:6 \"INBOX.Spam\"\n" GONE "S: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "move:\\Junk" },
    { "settle/move-to-a-usual-name",
      GREETING SIGN_IN_WITH ("MOVE") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST (\\NoSelect) \"/\" Junk\nS: * LIST () \"/\" Spam\nS: 4 OK x\n"
      "C: 5 UID MOVE 5:6 \"Spam\"\n" GONE "S: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "move:\\Junk" },
    { "settle/move-and-told-where",
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST (\\Junk) \"/\" Spam\nS: 4 OK x\n"
      "C: 5 UID MOVE 5:6 \"Spam\"\nS: * OK [COPYUID 11 5:6 1:2] moved\n" GONE "S: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 moved=Spam:11,5>1,6>2 ", IN_CLEAR, .low_water = 7, .order = "move:\\Junk" },
    { "settle/copy-and-told-where",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST (\\Junk) \"/\" Spam\nS: 4 OK x\nC: 5 UID COPY 6 \"Spam\"\nS: 5 OK [COPYUID 11 6 4] x\n"
      "C: 6 UID STORE 5:6 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 6 OK x\nC: 7 UID EXPUNGE 5:6\nS: 7 OK x\n" OUT ("8"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 copied=6 settled=5,6 moved=Spam:11,5>0,6>4 ", IN_CLEAR, .low_water = 7,
      .order = "move:\\Junk", .done = 5 },
    { "settle/move-and-told-nonsense",
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST (\\Junk) \"/\" Spam\nS: 4 OK x\n"
      "C: 5 UID MOVE 5:6 \"Spam\"\nS: * OK [COPYUID 11 1:4294967295 1:4294967295] moved\n" GONE "S: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "move:\\Junk" },
    { "settle/move-elsewhere-and-told-where",
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\n"
      "C: 5 UID MOVE 5:6 \"Done\"\nS: * OK [COPYUID 11 5:6 1:2] moved\n" GONE "S: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 moved=Done:11,5>1,6>2 ", IN_CLEAR, .low_water = 7, .order = "move:Done" },
    { "settle/move-as-exchange-2013-tells-it",
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\n"
      "C: 5 UID MOVE 5:6 \"Done\"\nS: [COPYUID 11 5:6 1:2]\n" GONE "S: 5 OK MOVE completed.\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 moved=Done:11,5>1,6>2 ", IN_CLEAR, .low_water = 7, .order = "move:Done" },
    { "settle/move-untold", /* as by servers that say EXPUNGE some other time */
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\nC: 5 UID MOVE 5:6 \"Done\"\nS: * 1 EXPUNGE\nS: 5 OK x\n"
      "C: 6 UID SEARCH UID 5:6\nS: * SEARCH\nS: 6 OK x\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "move:Done" },
    { "settle/move-while-others-leave", /* what is told to be gone need not be ours */
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("4", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\nC: 5 UID MOVE 5:6 \"Done\"\nS: * 1 EXPUNGE\nS: * 1 EXPUNGE\nS: 5 OK x\n"
      "C: 6 UID SEARCH UID 5:6\nS: * SEARCH 5 6\nS: 6 OK x\nC: 7 UID COPY 5:6 \"Done\"\nS: 7 OK x\n" STORE ("8", "9") OUT ("10"),
      "greeted in caps enter=INBOX:99:8:4 found=0 taken=7 copied=5,6 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "move:Done" },
    { "settle/move-that-moves-nothing",
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\nC: 5 UID MOVE 5:6 \"Done\"\nS: 5 OK x\n"
      "C: 6 UID SEARCH UID 5:6\nS: * SEARCH 6 5 7\nS: 6 OK x\n"
      "C: 7 UID COPY 5:6 \"Done\"\nS: 7 OK [COPYUID 11 5:6 1:2] x\n" STORE ("8", "9") OUT ("10"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 copied=5,6 settled=5,6 moved=Done:11,5>1,6>2 ", IN_CLEAR, .low_water = 7,
      .order = "move:Done" },
    { "settle/move-that-only-copies", /* and says so: no second copy */
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\nC: 5 UID MOVE 5:6 \"Done\"\nS: * OK [COPYUID 11 5:6 1:2] x\nS: 5 OK x\n"
      "C: 6 UID SEARCH UID 5:6\nS: * SEARCH 5 6\nS: 6 OK x\n" STORE ("7", "8") OUT ("9"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 copied=5,6 settled=5,6 moved=Done:11,5>1,6>2 ", IN_CLEAR, .low_water = 7,
      .order = "move:Done" },
    { "settle/move-that-copies-and-is-refused", /* the copies may be gone again */
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\nC: 5 UID MOVE 5:6 \"Done\"\nS: * OK [COPYUID 11 5:6 1:2] x\nS: 5 NO oops\n"
      "C: 6 UID SEARCH UID 5:6\nS: * SEARCH 5 6\nS: 6 OK x\nC: 7 UID COPY 5:6 \"Done\"\nS: 7 OK [COPYUID 11 5:6 3:4] x\n" STORE ("8", "9") OUT ("10"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 copied=5,6 settled=5,6 moved=Done:11,5>3,6>4 ", IN_CLEAR, .low_water = 7,
      .order = "move:Done" },
    { "settle/move-that-moves-some",
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\nC: 5 UID MOVE 5:6 \"Done\"\nS: * 1 EXPUNGE\nS: 5 NO [SERVERBUG] oops\n"
      "C: 6 UID SEARCH UID 5:6\nS: * SEARCH 6\nS: 6 OK x\nC: 7 UID COPY 6 \"Done\"\nS: 7 OK x\n"
      "C: 8 UID STORE 6 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 8 OK x\nC: 9 UID EXPUNGE 6\nS: 9 OK x\n" OUT ("10"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 copied=6 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "move:Done" },
    { "settle/move-unknown-though-listed",
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\nC: 5 UID MOVE 5:6 \"Done\"\nS: 5 BAD Command Argument Error. 12\n"
      "C: 6 UID SEARCH UID 5:6\nS: * SEARCH 5 6\nS: 6 OK x\nC: 7 UID COPY 5:6 \"Done\"\nS: 7 OK x\n" STORE ("8", "9") OUT ("10"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 copied=5,6 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "move:Done" },
    { "settle/neither-moved-nor-copied", /* nothing is removed */
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\nC: 5 UID MOVE 5:6 \"Done\"\nS: 5 NO oops\n"
      "C: 6 UID SEARCH UID 5:6\nS: * SEARCH 5 6\nS: 6 OK x\nC: 7 UID COPY 5:6 \"Done\"\nS: 7 NO never\n" OUT ("8"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=5,6(never) ", IN_CLEAR, .low_water = 7, .order = "move:Done" },
    { "settle/move-refused-and-no-search", /* that is about these messages, and nothing else */
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\nC: 5 UID MOVE 5:6 \"Done\"\nS: 5 NO oops\nC: 6 UID SEARCH UID 5:6\nS: 6 NO never\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=5,6(oops) ", IN_CLEAR, .low_water = 7, .order = "move:Done" },
    { "settle/move-and-no-search", /* nobody knows what it has left: it is seen the next time */
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\nC: 5 UID MOVE 5:6 \"Done\"\nS: 5 OK x\nC: 6 UID SEARCH UID 5:6\nS: 6 NO never\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=5,6(never) ", IN_CLEAR, .low_water = 7, .order = "move:Done" },
    { "settle/move-and-no-search-now",
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\nC: 5 UID MOVE 5:6 \"Done\"\nS: 5 NO oops\nC: 6 UID SEARCH UID 5:6\nS: 6 NO [THROTTLED] later\n",
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 ", IN_CLEAR, .low_water = 7, .order = "move:Done", FAILS (BUSY) },
    { "settle/move-over-quota", /* a COPY would be, too */
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\nC: 5 UID MOVE 5:6 \"Done\"\nS: 5 NO [OVERQUOTA] full\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=5,6(full) ", IN_CLEAR, .low_water = 7, .order = "move:Done" },
    { "settle/move-where-numbers-have-changed",
      GREETING SIGN_IN_WITH ("MOVE") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * OK [UIDVALIDITY 100] all is new\nS: * LIST (\\Junk) \"/\" Spam\nS: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=5,6(The mailbox has been renumbered) ", IN_CLEAR,
      .low_water = 7, .order = "move:\\Junk" },
    { "settle/inbox-is-not-junk",
      GREETING SIGN_IN_WITH ("MOVE") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST (\\Junk) \"/\" Inbox\nS: * LIST () \"/\" Spam\nS: 4 OK x\n"
      "C: 5 UID MOVE 5:6 \"Spam\"\n" GONE "S: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "move:\\Junk" },
    { "settle/move-to-where-it-is",
      GREETING SIGN_IN_WITH ("MOVE") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "move:INBOX" },
    { "settle/copy",
      GREETING SIGN_IN_WITH ("UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Entw&APw-rfe\nS: 4 OK x\nC: 5 UID COPY 6 \"Entw&APw-rfe\"\nS: 5 OK x\n"
      "C: 6 UID STORE 5:6 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 6 OK x\nC: 7 UID EXPUNGE 5:6\nS: 7 OK x\n" OUT ("8"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 copied=6 settled=5,6 ", IN_CLEAR, .low_water = 7,
      .order = "move:Entw\303\274rfe", .done = 5 },
    { "settle/copy-refused",
      GREETING SIGN_IN SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" x\nS: 4 OK x\nC: 5 UID COPY 5:6 \"x\"\nS: 5 NO [OVERQUOTA] full\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=5,6(full) ", IN_CLEAR, .low_water = 7,
      .order = "move:x" },
    { "settle/target-that-is-in-no-list", /* and is there: what is the matter with it is the reason */
      GREETING SIGN_IN_WITH ("MOVE") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" x\nS: 4 OK x\nC: 5 UID MOVE 5:6 \"Done\"\nS: 5 NO [OVERQUOTA] full\n"
      "C: 6 CREATE \"Done\"\nS: 6 NO [ALREADYEXISTS] it is there\nC: 7 UID MOVE 5:6 \"Done\"\nS: 7 NO [OVERQUOTA] full\n" OUT ("8"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=5,6(full) ", IN_CLEAR, .low_water = 7,
      .order = "move:Done" },
    { "settle/target-cannot-be-made",
      GREETING SIGN_IN_WITH ("MOVE") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" x\nS: 4 OK x\nC: 5 UID MOVE 5:6 \"Done\"\nS: 5 NO [TRYCREATE] none\n"
      "C: 6 CREATE \"Done\"\nS: 6 NO not allowed here\nC: 7 UID MOVE 5:6 \"Done\"\nS: 7 NO [TRYCREATE] none\n" OUT ("8"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 unsettled=5,6(not allowed here) ", IN_CLEAR, .low_water = 7,
      .order = "move:Done" },
    { "settle/undone", /* and no goodbye before that */
      IN SEEN ("3") OPENS ("4", "SELECT") "C: 5 UID STORE 5:6 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 5 OK x\n"
      "C: 6 UID SEARCH DELETED\nS: * SEARCH 5 6\nS: 6 OK x\nC: 7 EXPUNGE\nS: 7 OK x\n" OUT ("8"), "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "delete",
      .is_undone = true },
    { "settle/what-was-copied-is-not-moved", /* a second copy of it */
      GREETING SIGN_IN_WITH ("MOVE UIDPLUS") SELECT ("3", "8") SEEN ("3")
      "C: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Done\nS: 4 OK x\nC: 5 UID COPY 6 \"Done\"\nS: 5 OK x\n" STORE ("6", "7") OUT ("8"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 copied=6 settled=5,6 ", IN_CLEAR, .low_water = 7, .order = "move:Done", .done = 5 },
    { "settle/read-only",
      GREETING SIGN_IN "C: 2 SELECT \"INBOX\"\nS: * 0 EXISTS\nS: 2 OK [READ-ONLY] x\n" SEEN ("3") OUT ("4"),
      "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 unsettled=5,6(The mailbox can only be read) ", IN_CLEAR,
      .order = "delete" },
};
const gsize imap_clearing_count = G_N_ELEMENTS (imap_clearing);
