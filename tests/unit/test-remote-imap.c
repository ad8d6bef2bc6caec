/* The IMAP driver against servers that are dialogues: imap-dialogue.h says how they are written. */
#include "imap-dialogue.h"
#include "passing-content.h"
#include "passing-header.h"
#include "scram-server.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static const ImapDialogue cases[] = {
    /* --- signing in --- */
    { "sign-in/sasl-ir", GREETING SIGN_IN EXAMINE ("0", "1") OUT ("3"), "greeted in caps enter=INBOX:99:1:0 found=0 taken=0 ",
      IN_CLEAR },
    { "sign-in/asks-capabilities",
      "S: * OK hello\nC: 1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN\nS: 1 OK done\n"
      "C: 2 AUTHENTICATE PLAIN\nS: +\nC: AGFubmEAczNjcmV0\nS: 2 OK welcome\n"
      "C: 3 CAPABILITY\nS: * CAPABILITY IMAP4rev1 ID\nS: 3 OK done\n"
      "C: 4 ID (\"name\" \"Inbasket\" \"version\" \"" IB_VERSION "\")\nC: 5 EXAMINE \"INBOX\"\nS: 4 BAD what\n"
      "S: * 0 EXISTS\nS: 5 OK done\n" OUT ("6"),
      "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR },
    { "sign-in/sasl-ir-refused",
      GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 1 BAD syntax\n"
      "C: 2 AUTHENTICATE PLAIN\nS: + \nC: AGFubmEAczNjcmV0\nS: 2 OK [CAPABILITY IMAP4rev1] hi\n"
      "C: 3 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 3 OK done\n" OUT ("4"),
      "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR, .asks_first = true },
    { "sign-in/login",
      "S: * OK [CAPABILITY IMAP4rev1] x\nC: 1 LOGIN \"an\\\"na\" \"s3\\\\cret\"\nS: 1 OK [CAPABILITY IMAP4rev1] x\n"
      EXAMINE ("0", "1") OUT ("3"),
      "greeted in caps enter=INBOX:99:1:0 found=0 taken=0 ", IN_CLEAR, .user = "an\"na", .password = "s3\\cret" },
    { "sign-in/login-8-bit",
      "S: * OK [CAPABILITY IMAP4rev1] x\nC: 1 LOGIN \"anna\" {3}\nS: + go\nC: p\303\244\nS: 1 OK [CAPABILITY IMAP4rev1] x\n"
      EXAMINE ("0", "1") OUT ("3"),
      "greeted in caps enter=INBOX:99:1:0 found=0 taken=0 ", IN_CLEAR, .password = "p\303\244" },
    { "close/while-mail-is-made-durable", IN "C: 3 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 3 OK x\nC: 4 UID FETCH 7 " ITEMS "\n" HI ("7")
      "S: 4 OK x\n" OUT ("5"), "greeted in caps enter=INBOX:99:8:3 found=1 7=hi| taken=7 bye ", IN_CLEAR, .low_water = 6,
      .leaves_early = true },
    { "sign-in/login-disabled", "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] x\n", "greeted ",
      IN_CLEAR, FAILS (UNSAFE), .words = "security=tls" },
    { "sign-in/wrong-password",
      GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 1 NO [AUTHENTICATIONFAILED] no\033[1m way\n", "greeted ",
      IN_CLEAR, .asks_first = true, FAILS (SIGN_IN), .words = "The server said: no\\x1b[1m way" },
    { "sign-in/plain-no", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 1 NO Basic authentication is disabled.\n"
      "S: * BYE\n", "greeted ", IN_CLEAR, .asks_first = true, FAILS (SIGN_IN), .words = "sign in with the browser" },
    { "sign-in/no-in-disguise", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 1 OK could not authenticate\n",
      "greeted ", IN_CLEAR, .asks_first = true, FAILS (SIGN_IN), .words = "could not authenticate" },
    { "sign-in/referral", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n"
      "S: 1 NO [REFERRAL imap://evil.example/] not here\n", "greeted ", IN_CLEAR, .asks_first = true, FAILS (SIGN_IN), .words = "not here" },
    { "sign-in/unavailable", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 1 NO [UNAVAILABLE] later\n", "greeted ",
      IN_CLEAR, .asks_first = true, FAILS (BUSY), .words = "later" },
    { "sign-in/throttled", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n"
      "S: 1 NO Request is throttled. Suggested Backoff Time: 9 milliseconds\n", "greeted backoff=1 ",
      IN_CLEAR, .asks_first = true, FAILS (BUSY), .words = "Suggested Backoff" },
    { "sign-in/privacy-required", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 1 NO [PRIVACYREQUIRED] tls\n",
      "greeted ", IN_CLEAR, .asks_first = true, FAILS (UNSAFE) },
    { "sign-in/hangs-up", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n", "greeted ",
      IN_CLEAR, .asks_first = true, FAILS (OFFLINE), .words = "closed the connection" },
    { "sign-in/bye", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: * BYE too many connections\n", "greeted ",
      IN_CLEAR, .asks_first = true, FAILS (BUSY), .words = "too many connections" },
    { "sign-in/greeted-by-bye", "S: * BYE maintenance\n", "", IN_CLEAR, FAILS (BUSY),
      .words = "maintenance" },
    { "sign-in/no-imap", "S: +OK POP3 ready\n", "", IN_CLEAR, FAILS (SERVER), .words = "greeting" },
    { "sign-in/preauth", "S: * PREAUTH [CAPABILITY IMAP4rev1] x\nC: 1 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 1 OK x\n" OUT ("2"),
      "greeted caps enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR },
    { "sign-in/early-answer", "S: * OK [CAPABILITY IMAP4rev1] x\nS: 1 OK signed in\n", "greeted ",
      IN_CLEAR, FAILS (SERVER), .words = "not given", .is_at_once = true },
    { "sign-in/xoauth2-refused",
      "S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] x\n"
      "C: 1 AUTHENTICATE XOAUTH2 dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHMzY3JldAEB\nS: + eyJzdGF0dXMiOiI0MDEifQ==\nC: \n"
      "S: 1 NO [AUTHENTICATIONFAILED] token\n", "greeted ",
      IN_CLEAR, FAILS (SIGN_IN), .words = "Sign in again (status 401)", .auth = IB_AUTH_OAUTH2 },
    { "sign-in/challenge-nobody-asked", GREETING
      "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: + AAAA\n", "greeted ",
      IN_CLEAR, .asks_first = true, FAILS (SERVER), .words = "breaks the rules of signing in" },
    { "sign-in/first-word-overlooked", GREETING
      "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: + \nC: AGFubmEAczNjcmV0\nS: 1 OK [CAPABILITY IMAP4rev1] x\n"
      EXAMINE ("0", "1") OUT ("3"), "greeted in caps enter=INBOX:99:1:0 found=0 taken=0 ", IN_CLEAR, .asks_first = true },
    { "sign-in/plain-not-there-then-login",
      "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] x\nC: 1 AUTHENTICATE PLAIN\nS: 1 BAD unknown command\n"
      "C: 2 LOGIN \"anna\" \"s3cret\"\nS: 2 OK [CAPABILITY IMAP4rev1] x\nC: 3 EXAMINE \"INBOX\"\nS: * 0 EXISTS\n"
      "S: 3 OK x\n" OUT ("4"), "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR },
    { "sign-in/plain-not-there-login-disabled",
      "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN LOGINDISABLED] x\nC: 1 AUTHENTICATE PLAIN\nS: 1 BAD unknown command\n",
      "greeted ", IN_CLEAR, FAILS (SIGN_IN), .words = "unknown command" },
    { "sign-in/by-prompts", "S: * OK [CAPABILITY IMAP4rev1 AUTH=LOGIN SASL-IR LOGINDISABLED] x\n"
      "C: 1 AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: YW5uYQ==\nS: + UGFzc3dvcmQ6\nC: czNjcmV0\n"
      "S: 1 OK [CAPABILITY IMAP4rev1] x\n" EXAMINE ("0", "1") OUT ("3"),
      "greeted in caps enter=INBOX:99:1:0 found=0 taken=0 ", IN_CLEAR },
    { "sign-in/wrong-password-is-not-tried-as-login",
      "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] x\nC: 1 AUTHENTICATE PLAIN\nS: +\nC: AGFubmEAczNjcmV0\nS: 1 NO wrong\n",
      "greeted ", IN_CLEAR, FAILS (SIGN_IN), .words = "wrong" },
    { "sign-in/coremail", /* lists SASL-IR, does not take it, opens nothing without ID, and says NO to ID */
      "S: * OK [CAPABILITY IMAP4rev1 ID SASL-IR AUTH=PLAIN] Coremail\n"
      "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 1 BAD Request not ending with <CR><LF>\n"
      "C: 2 AUTHENTICATE PLAIN\nS: +\nC: AGFubmEAczNjcmV0\nS: 2 OK welcome\n"
      "C: 3 CAPABILITY\nS: * CAPABILITY IMAP4rev1 ID\nS: 3 OK x\n"
      "C: 4 ID (\"name\" \"Inbasket\" \"version\" \"" IB_VERSION "\")\nC: 5 EXAMINE \"INBOX\"\nS: 4 NO fine\n"
      "S: * 0 EXISTS\nS: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR, .asks_first = true },
    { "sign-in/exchange-ok-that-is-none", GREETING
      "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 1 OK Unable to authenticate\n", "greeted ",
      IN_CLEAR, .asks_first = true, FAILS (SIGN_IN), .words = "Unable to authenticate" },
    { "sign-in/basic-authentication-by-bye", GREETING
      "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: * BYE Basic authentication is disabled.\n", "greeted ",
      IN_CLEAR, .asks_first = true, FAILS (SIGN_IN), .words = "sign in with the browser" },
    { "sign-in/app-password", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n"
      "S: 1 NO [ALERT] Application-specific password required: https://x (Failure)\n",
      "greeted alert=<Application-specific password required: https://x (Failure)> ",
      IN_CLEAR, .asks_first = true, FAILS (SIGN_IN), .words = "app password" },
    { "sign-in/throttled-then-bye", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n"
      "S: 1 BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds\nS: * BYE\n", "greeted backoff=300 ",
      IN_CLEAR, .asks_first = true, FAILS (BUSY), .words = "299961 milliseconds" },
    { "sign-in/false-wrong-password", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n"
      "S: 1 NO [AUTHENTICATIONFAILED] Too many login failures, try again later\n", "greeted ",
      IN_CLEAR, .asks_first = true, FAILS (BUSY), .words = "Too many" },
    { "sign-in/try-again-is-no-later", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n"
      "S: 1 NO Wrong password, please try again\n", "greeted ", IN_CLEAR, .asks_first = true, FAILS (SIGN_IN) },
    { "sign-in/literal-refused",
      "S: * OK [CAPABILITY IMAP4rev1] x\nC: 1 LOGIN \"anna\" {3}\nS: 1 BAD no literals\n"
      "C: 2 LOGIN \"anna\" \"p\303\244\"\nS: 2 OK [CAPABILITY IMAP4rev1] x\nC: 3 EXAMINE \"INBOX\"\nS: * 0 EXISTS\n"
      "S: 3 OK x\n" OUT ("4"), "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR, .password = "p\303\244" },
    { "sign-in/literal-hangs-up",
      "S: * OK [CAPABILITY IMAP4rev1] x\nC: 1 LOGIN \"anna\" {3}\n", "greeted ", IN_CLEAR, FAILS (OFFLINE),
      .words = "closed the connection", .password = "p\303\244" },
    { "sign-in/plain-umlauts",
      "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] x\nC: 1 AUTHENTICATE PLAIN AG3DvGxsZXIAcMOkc3MgIlw=\n"
      "S: 1 OK [CAPABILITY IMAP4rev1] x\n" EXAMINE ("0", "1") OUT ("3"),
      "greeted in caps enter=INBOX:99:1:0 found=0 taken=0 ", IN_CLEAR, .user = "m\303\274ller",
      .password = "p\303\244ss \"\\" },

    /* --- running ahead, by what was offered the last time --- */
    { "ahead/first-time", GREETING SIGN_IN EXAMINE ("0", "1") OUT ("3"),
      "greeted in caps offers=<IMAP4REV1 AUTH=PLAIN SASL-IR> enter=INBOX:99:1:0 found=0 taken=0 ", IN_CLEAR, .offers = "" },
    /* --- running ahead, by what is offered now: at the first time --- */
    { "first/greeting-tells", GREETING PLAIN_AND_INBOX ("1", "2")
      "S: 1 OK [CAPABILITY IMAP4rev1] welcome\nS: * 0 EXISTS\nS: 2 OK x\n" OUT ("3"),
      "greeted in caps offers=<IMAP4REV1 AUTH=PLAIN SASL-IR> enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR, .offers = "" },
    { "first/with-a-name", "S: * OK [CAPABILITY IMAP4rev1 ID AUTH=PLAIN SASL-IR] x\n"
      "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 2 ID (\"name\" \"Inbasket\" \"version\" \"" IB_VERSION "\")\n"
      "C: 3 EXAMINE \"INBOX\"\nS: 1 OK welcome\nS: 2 NO fine\nS: * 0 EXISTS\nS: 3 OK x\n" OUT ("4"),
      "greeted in enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR },
    { "first/silent-greeting", /* nor does it say of itself what it offers then */
      "S: * OK x\nC: 1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: 1 OK x\n"
      "C: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 3 CAPABILITY\nC: 4 EXAMINE \"INBOX\"\nS: 2 OK welcome\n"
      "S: * CAPABILITY IMAP4rev1 IDLE\nS: 3 OK x\nS: * 0 EXISTS\nS: 4 OK x\nC: 5 IDLE\nS: + idling\n",
      "greeted in caps push enter=INBOX:0:0:0 found=0 taken=0 watching=INBOX ", IN_CLEAR, .watches = true, FAILS (OFFLINE) },
    { "first/silent-greeting-talkative-answer",
      "S: * OK x\nC: 1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: 1 OK x\n"
      "C: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 3 CAPABILITY\nC: 4 EXAMINE \"INBOX\"\n"
      "S: 2 OK [CAPABILITY IMAP4rev1] welcome\nS: * CAPABILITY IMAP4rev1\nS: 3 OK x\nS: * 0 EXISTS\nS: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR },
    { "first/login", "S: * OK [CAPABILITY IMAP4rev1] x\nC: 1 LOGIN \"anna\" \"s3cret\"\nC: 2 SELECT \"INBOX\"\n"
      "S: 1 OK [CAPABILITY IMAP4rev1 UIDPLUS] x\nS: * 0 EXISTS\nS: 2 OK x\n" SEEN ("3") STORE ("4", "5") OUT ("6"),
      "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 settled=5,6 ", IN_CLEAR, .order = "delete" },
    { "first/wrong-password", GREETING PLAIN_AND_INBOX ("1", "2") "S: 1 NO [AUTHENTICATIONFAILED] no\nS: 2 NO never heard of it\n",
      "greeted ", IN_CLEAR, FAILS (SIGN_IN), .words = "The server said: no" },
    { "first/first-word-is-refused", GREETING PLAIN_AND_INBOX ("1", "2") "S: 1 BAD too long\nS: 2 BAD not signed in\n"
      "C: 3 AUTHENTICATE PLAIN\nS: +\nC: AGFubmEAczNjcmV0\nS: 3 OK [CAPABILITY IMAP4rev1] x\n"
      "C: 4 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR },
    { "first/first-word-is-overlooked", GREETING PLAIN_AND_INBOX ("1", "2") "S: + \nS: 1 NO what\n", "greeted ",
      IN_CLEAR, FAILS (SERVER), .words = "asks for more" },
    { "first/way-is-not-there", GREETING PLAIN_AND_INBOX ("1", "2") "S: 1 BAD what\nS: 2 BAD not signed in\n"
      "C: 3 AUTHENTICATE PLAIN\nS: 3 BAD what\nC: 4 LOGIN \"anna\" \"s3cret\"\nS: 4 OK [CAPABILITY IMAP4rev1] x\n"
      "C: 5 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR, .offers = "" },
    { "first/list-of-before", /* what stood behind a refused word was answered, by one that is not signed in */
      "S: * OK x\nC: 1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: 1 OK x\n"
      "C: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 3 CAPABILITY\nC: 4 EXAMINE \"INBOX\"\nS: 2 BAD too long\n"
      "S: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: 3 OK x\nS: 4 BAD not signed in\n"
      "C: 5 AUTHENTICATE PLAIN\nS: +\nC: AGFubmEAczNjcmV0\nS: 5 OK welcome\n"
      "C: 6 CAPABILITY\nS: * CAPABILITY IMAP4rev1 IDLE\nS: 6 OK x\nC: 7 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 7 OK x\n"
      "C: 8 IDLE\nS: + idling\n",
      "greeted in caps push enter=INBOX:0:0:0 found=0 taken=0 watching=INBOX ", IN_CLEAR, .watches = true, FAILS (OFFLINE) },
    { "first/list-of-before-and-news", /* told with the OK: that is good */
      "S: * OK x\nC: 1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: 1 OK x\n"
      "C: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 3 CAPABILITY\nC: 4 EXAMINE \"INBOX\"\nS: 2 BAD too long\n"
      "S: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: 3 OK x\nS: 4 BAD not signed in\n"
      "C: 5 AUTHENTICATE PLAIN\nS: +\nC: AGFubmEAczNjcmV0\nS: 5 OK [CAPABILITY IMAP4rev1 IDLE] welcome\n"
      "C: 6 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 6 OK x\nC: 7 IDLE\nS: + idling\n",
      "greeted in caps push enter=INBOX:0:0:0 found=0 taken=0 watching=INBOX ", IN_CLEAR, .watches = true, FAILS (OFFLINE) },
    { "first/none-to-tell", /* nothing is known then that could be run ahead by */
      "S: * OK x\nC: 1 CAPABILITY\nS: 1 BAD what\nC: 2 LOGIN \"anna\" \"s3cret\"\nS: 2 OK x\nC: 3 CAPABILITY\nS: 3 BAD what\n"
      "C: 4 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 4 OK x\n" OUT ("5"),
      "greeted in enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR },
    { "first/refused-behind-the-sign-in", /* as if it had come too early: it is asked again before anybody hears of it */
      GREETING PLAIN_AND_INBOX ("1", "2") "S: 1 OK [CAPABILITY IMAP4rev1] x\nS: 2 BAD not signed in\n"
      "C: 3 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 3 OK x\n" OUT ("4"),
      "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR },
    { "first/several-mailboxes", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n" NAMES ("2", "3")
      "S: 1 OK welcome\nS: * NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\nS: 2 OK x\n"
      "S: * LIST () \".\" \"INBOX.Lists.a\"\nS: * LIST (\\Junk) \".\" \"INBOX.Spam\"\nS: 3 OK x\n"
      "C: 4 EXAMINE \"INBOX.Lists.a\"\nS: * 0 EXISTS\nS: 4 OK done\nC: 5 EXAMINE \"INBOX.Spam\"\nS: * 0 EXISTS\nS: 5 OK x\n" OUT ("6"),
      "greeted in enter=INBOX.Lists.a:0:0:0 found=0 taken=0 enter=INBOX.Spam(Junk):0:0:0 found=0 taken=0 ", IN_CLEAR,
      .folders = "Lists/*;\\Junk" },
    { "first/several-mailboxes-and-their-uses-are-asked", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n" NAMES ("2", "3")
      "S: 1 OK [CAPABILITY IMAP4rev1 NAMESPACE SPECIAL-USE LIST-EXTENDED] x\nS: 2 OK x\nS: * LIST () \"/\" Spam\nS: 3 OK x\n"
      "C: 4 NAMESPACE\nC: 5 LIST \"\" \"*\" RETURN (SPECIAL-USE)\nS: 4 OK x\nS: * LIST (\\Junk) \"/\" Spam\nS: 5 OK x\n"
      EMPTY ("6", "Spam") OUT ("7"), "greeted in caps enter=Spam(Junk):0:0:0 found=0 taken=0 ", IN_CLEAR, .folders = "*" },
    { "first/list-refused-behind-the-sign-in", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n" NAMES ("2", "3")
      "S: 1 OK [CAPABILITY IMAP4rev1] x\nS: 2 BAD x\nS: 3 BAD x\nC: 4 LIST \"\" \"*\"\nS: * LIST () \"/\" Work\nS: 4 OK x\n"
      EMPTY ("5", "Work") OUT ("6"), "greeted in caps enter=Work:0:0:0 found=0 taken=0 ", IN_CLEAR, .folders = "*" },
    { "first/several-mailboxes-and-another-way-in", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n" NAMES ("2", "3")
      "S: 1 BAD too long\nS: 2 BAD not signed in\nS: * LIST () \"/\" Public\nS: 3 OK of all\nC: 4 AUTHENTICATE PLAIN\nS: +\n"
      "C: AGFubmEAczNjcmV0\nS: 4 OK [CAPABILITY IMAP4rev1] x\nC: 5 LIST \"\" \"*\"\nS: * LIST () \"/\" Work\nS: 5 OK x\n"
      EMPTY ("6", "Work") OUT ("7"), "greeted in caps enter=Work:0:0:0 found=0 taken=0 ", IN_CLEAR, .folders = "*" },
    { "first/several-mailboxes-wrong-password", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n" NAMES ("2", "3")
      "S: 1 NO [AUTHENTICATIONFAILED] no\nS: 2 BAD x\nS: 3 BAD x\n", "greeted ", IN_CLEAR, FAILS (SIGN_IN), .folders = "*" },
    { "first/hangs-up", GREETING PLAIN_AND_INBOX ("1", "2"), "greeted ", IN_CLEAR, FAILS (OFFLINE) },
    { "first/probe-waits", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 1 NO no\n", "greeted ", IN_CLEAR,
      FAILS (SIGN_IN), .is_probe = true },
    { "first/cautious-waits", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 1 NO no\n", "greeted ", IN_CLEAR,
      FAILS (SIGN_IN), .is_cautious = true },
    { "first/asks-first", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 1 NO no\n", "greeted ", IN_CLEAR,
      FAILS (SIGN_IN), .asks_first = true },
    { "first/asks-first-whatever-is-known", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 1 NO no\n", "greeted ",
      IN_CLEAR, FAILS (SIGN_IN), .asks_first = true, .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },

    { "ahead/greeting-tells", GREETING
      "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 2 EXAMINE \"INBOX\"\nS: 1 OK welcome\nS: * 3 EXISTS\n"
      "S: * OK [UIDVALIDITY 99] ok\nS: * OK [UIDNEXT 8] ok\nS: 2 OK [READ-ONLY] done\n" OUT ("3"),
      "greeted in enter=INBOX:99:8:3 found=0 taken=7 ", IN_CLEAR, .low_water = 7,
      .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/greeting-tells-of-more",
      "S: * OK [CAPABILITY IMAP4rev1 ID AUTH=PLAIN SASL-IR] x\n"
      "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 2 ID (\"name\" \"Inbasket\" \"version\" \"" IB_VERSION "\")\n"
      "C: 3 EXAMINE \"INBOX\"\nS: 1 OK welcome\nS: 2 NO fine\nS: * 0 EXISTS\nS: 3 OK x\n" OUT ("4"),
      "greeted in offers=<IMAP4REV1 ID AUTH=PLAIN SASL-IR> enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR,
      .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/silent-greeting",
      "S: * OK x\nC: 1 CAPABILITY\nC: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 3 EXAMINE \"INBOX\"\n"
      "S: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: 1 OK x\nS: 2 OK x\nS: * 0 EXISTS\nS: 3 OK x\n" OUT ("4"),
      "greeted in enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR, .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/login",
      "S: * OK x\nC: 1 CAPABILITY\nC: 2 LOGIN \"anna\" \"s3cret\"\nC: 3 SELECT \"INBOX\"\n"
      "S: * CAPABILITY IMAP4rev1\nS: 1 OK x\nS: 2 OK x\nS: * 0 EXISTS\nS: 3 OK x\n"
      SEEN ("4") "C: 5 CAPABILITY\nS: * CAPABILITY IMAP4rev1 UIDPLUS\nS: 5 OK x\n"
      "C: 6 UID STORE 5:6 +FLAGS.SILENT (\\Seen \\Deleted)\nS: 6 OK x\nC: 7 UID EXPUNGE 5:6\nS: 7 OK x\n" OUT ("8"),
      "greeted in enter=INBOX:0:0:0 found=0 taken=0 settled=5,6 ", IN_CLEAR, .offers = "IMAP4REV1", .order = "delete" },
    { "ahead/several-mailboxes",
      "S: * OK x\nC: 1 CAPABILITY\nC: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n" NAMES ("3", "4")
      "S: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: 1 OK x\nS: 2 OK [CAPABILITY IMAP4rev1] x\nS: 3 BAD what\n"
      "S: * LIST () \"/\" INBOX\nS: * LIST () \"/\" Work\nS: 4 OK x\n"
      "C: 5 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 5 OK x\nC: 6 EXAMINE \"Work\"\nS: * 0 EXISTS\nS: 6 OK x\n" OUT ("7"),
      "greeted in enter=INBOX:0:0:0 found=0 taken=0 enter=Work:0:0:0 found=0 taken=0 ", IN_CLEAR, .folders = "INBOX;Work",
      .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/scram", /* the proof first */
      "S: * OK x\nC: 1 CAPABILITY\nC: 2 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\n"
      "S: * CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-256 SASL-IR\nS: 1 OK x\nS: + @FIRST:4096@\nC: @PROOF@\nS: + @FINAL@\n"
      "C: \nS: 2 OK [CAPABILITY IMAP4rev1] x\nC: 3 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 3 OK x\n" OUT ("4"),
      "greeted in enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR, .offers = "IMAP4REV1 AUTH=SCRAM-SHA-256 SASL-IR" },
    { "ahead/best-way-of-then-only", /* a way that was not the best then is none now, whatever else is there */
      "S: * OK x\nC: 1 CAPABILITY\nC: 2 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\n"
      "S: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: 1 OK x\nS: 2 NO [UNAVAILABLE] later\n",
      "greeted ", IN_CLEAR, FAILS (BUSY), .offers = "IMAP4REV1 AUTH=PLAIN AUTH=SCRAM-SHA-256 SASL-IR" },
    { "ahead/greeting-offers-better", /* what is heard now is taken before what was heard then */
      SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\nS: + @FIRST:4096@\nC: @PROOF@\nS: + @FINAL@\n"
      "C: \nS: 1 OK [CAPABILITY IMAP4rev1] x\n" EXAMINE ("0", "1") OUT ("3"),
      "greeted in offers=<IMAP4REV1 AUTH=PLAIN AUTH=SCRAM-SHA-256 SASL-IR> enter=INBOX:99:1:0 found=0 taken=0 ",
      IN_CLEAR, .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/better-way-next-time",
      "S: * OK x\nC: 1 CAPABILITY\nC: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 3 EXAMINE \"INBOX\"\n"
      "S: * CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=SCRAM-SHA-256 SASL-IR\nS: 1 OK x\nS: 2 OK x\nS: * 0 EXISTS\n"
      "S: 3 OK x\n" OUT ("4"),
      "greeted in offers=<IMAP4REV1 AUTH=PLAIN AUTH=SCRAM-SHA-256 SASL-IR> enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR,
      .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/way-is-gone",
      "S: * OK x\nC: 1 CAPABILITY\nC: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 3 EXAMINE \"INBOX\"\n"
      "S: * CAPABILITY IMAP4rev1 AUTH=LOGIN\nS: 1 OK x\nS: 2 NO no such mechanism\nS: 3 BAD not signed in\n"
      "C: 4 AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: YW5uYQ==\nS: + UGFzc3dvcmQ6\nC: czNjcmV0\n"
      "S: 4 OK [CAPABILITY IMAP4rev1] x\nC: 5 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 5 OK x\n" OUT ("6"),
      "greeted in caps offers=<IMAP4REV1 AUTH=LOGIN> enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR,
      .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/command-is-gone",
      "S: * OK x\nC: 1 CAPABILITY\nC: 2 LOGIN \"anna\" \"s3cret\"\nC: 3 EXAMINE \"INBOX\"\n"
      "S: * CAPABILITY IMAP4rev1 LOGINDISABLED\nS: 1 OK x\nS: 2 NO disabled\nS: 3 BAD not signed in\n",
      "greeted ", IN_CLEAR, FAILS (UNSAFE), .words = "takes no password", .offers = "IMAP4REV1" },
    { "ahead/first-word-is-refused",
      "S: * OK x\nC: 1 CAPABILITY\nC: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 3 EXAMINE \"INBOX\"\n"
      "S: * CAPABILITY IMAP4rev1 AUTH=PLAIN\nS: 1 OK x\nS: 2 BAD too long\nS: 3 BAD not signed in\n"
      "C: 4 AUTHENTICATE PLAIN\nS: +\nC: AGFubmEAczNjcmV0\nS: 4 OK [CAPABILITY IMAP4rev1] x\n"
      "C: 5 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 5 OK x\n" OUT ("6"),
      "greeted in offers=<> enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR,
      .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/first-word-is-overlooked", /* it takes the next command for the answer: another session can do better */
      "S: * OK x\nC: 1 CAPABILITY\nC: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 3 EXAMINE \"INBOX\"\n"
      "S: * CAPABILITY IMAP4rev1 AUTH=PLAIN\nS: 1 OK x\nS: + \nS: 2 NO what\n",
      "greeted ", IN_CLEAR, FAILS (SERVER), .words = "asks for more", .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/wrong-password", GREETING
      "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 2 EXAMINE \"INBOX\"\nS: 1 NO [AUTHENTICATIONFAILED] no\n"
      "S: 2 BAD not signed in\n", "greeted ", IN_CLEAR, FAILS (SIGN_IN), .words = "The server said: no",
      .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/wrong-password-and-no-more", /* what stood behind it is not waited for */
      "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] x\nC: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\n" NAMES ("2", "3")
      "S: 1 NO [AUTHENTICATIONFAILED] no\nH:\n", "greeted ", IN_CLEAR, FAILS (SIGN_IN), .words = "The server said: no",
      .folders = "*", .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/wrong-token", /* nothing may stand where the answer to the reason belongs */
      "S: * OK x\nC: 1 CAPABILITY\nC: 2 AUTHENTICATE XOAUTH2 dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHMzY3JldAEB\n"
      "S: * CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR\nS: 1 OK x\nS: + eyJzdGF0dXMiOiI0MDEifQ==\nC: \n"
      "S: 2 NO token\n", "greeted ", IN_CLEAR, FAILS (SIGN_IN), .words = "(status 401)", .auth = IB_AUTH_OAUTH2,
      .offers = "IMAP4REV1 AUTH=XOAUTH2 SASL-IR" },
    { "ahead/hangs-up", "S: * OK x\nC: 1 CAPABILITY\nC: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 3 EXAMINE \"INBOX\"\n",
      "greeted ", IN_CLEAR, FAILS (OFFLINE), .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/nothing-of-use", /* what was remembered has no way in: so it is asked, and waited for */
      "S: * OK x\nC: 1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: 1 OK x\n"
      "C: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 2 OK [CAPABILITY IMAP4rev1] x\n"
      "C: 3 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 3 OK x\n" OUT ("4"),
      "greeted in caps offers=<IMAP4REV1 AUTH=PLAIN SASL-IR> enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR,
      .offers = "IMAP4REV1 LOGINDISABLED" },
    { "ahead/mailbox-wants-a-name-first",
      "S: * OK x\nC: 1 CAPABILITY\nC: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nC: 3 EXAMINE \"INBOX\"\n"
      "S: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: 1 OK x\nS: 2 OK x\nS: 3 NO Unsafe Login\n"
      "C: 4 CAPABILITY\nS: * CAPABILITY IMAP4rev1 ID\nS: 4 OK x\n"
      "C: 5 ID (\"name\" \"Inbasket\" \"version\" \"" IB_VERSION "\")\nC: 6 EXAMINE \"INBOX\"\nS: 5 OK x\n"
      "S: * 0 EXISTS\nS: 6 OK x\n" OUT ("7"),
      "greeted in enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR, .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/preauth", "S: * PREAUTH [CAPABILITY IMAP4rev1] x\nC: 1 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 1 OK x\n" OUT ("2"),
      "greeted caps offers=<> enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR, .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/probe-asks", "S: * OK x\nC: 1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: 1 OK x\n"
      "C: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 2 OK [CAPABILITY IMAP4rev1] x\n"
      "C: 3 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 3 OK x\n" OUT ("4"),
      "greeted in caps count=INBOX: 0 messages ", IN_CLEAR, .is_probe = true, .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/starttls-says-nothing-in-clear", "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] evil\nC: 1 STARTTLS\nS: 1 NO\n",
      "", .security = IB_SECURITY_STARTTLS, FAILS (UNSAFE), .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },
    { "ahead/none-may-be-in-clear", "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] x\n", "", IN_CLEAR,
      .may_not_be_plain = true, FAILS (UNSAFE), .offers = "IMAP4REV1 AUTH=PLAIN SASL-IR" },

    /* --- SCRAM --- */
    { "scram/initial", SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\nS: + @FIRST:4096@\nC: @PROOF@\nS: + @FINAL@\n"
      "C: \nS: 1 OK [CAPABILITY IMAP4rev1] x\n" EXAMINE ("0", "1") OUT ("3"),
      "greeted in caps enter=INBOX:99:1:0 found=0 taken=0 ", IN_CLEAR },
    { "scram/continuation", "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=SCRAM-SHA-256] x\n"
      "C: 1 AUTHENTICATE SCRAM-SHA-256\nS: +\nC: @BEGIN@\nS: + @FIRST:5000@\nC: @PROOF@\nS: + @FINAL@\nC: \n"
      "S: 1 OK [CAPABILITY IMAP4rev1] x\n" EXAMINE ("0", "1") OUT ("3"),
      "greeted in caps enter=INBOX:99:1:0 found=0 taken=0 ", IN_CLEAR },
    { "scram/umlauts", SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\nS: + @FIRST:4096@\nC: @PROOF@\nS: + @FINAL@\n"
      "C: \nS: 1 OK [CAPABILITY IMAP4rev1] x\n" EXAMINE ("0", "1") OUT ("3"),
      "greeted in caps enter=INBOX:99:1:0 found=0 taken=0 ", IN_CLEAR, .user = "m\303\274ller",
      .password = "p\303\244ss \"\\" },
    { "scram/initial-word-refused", SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\nS: 1 BAD form\n"
      "C: 2 AUTHENTICATE SCRAM-SHA-256\nS: +\nC: @BEGIN@\nS: + @FIRST:4096@\nC: @PROOF@\nS: + @FINAL@\n"
      "C: \nS: 2 OK [CAPABILITY IMAP4rev1] x\nC: 3 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 3 OK x\n" OUT ("4"),
      "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR },
    { "scram/wrong-password-is-not-tried-as-plain", SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\n"
      "S: + @FIRST:4096@\nC: @PROOF@\nS: 1 NO [AUTHENTICATIONFAILED] wrong\n", "greeted ",
      IN_CLEAR, FAILS (SIGN_IN), .words = "wrong" },
    { "scram/wrong-password-with-a-reason", SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\n"
      "S: + @FIRST:4096@\nC: @PROOF@\nS: + @REFUSAL@\nC: \nS: 1 NO wrong\n", "greeted ",
      IN_CLEAR, FAILS (SIGN_IN), .words = "(status invalid-proof)" },
    { "scram/server-lies", SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\n"
      "S: + @FIRST:4096@\nC: @PROOF@\nS: + @LIE@\n", "greeted ", IN_CLEAR, FAILS (UNSAFE), .words = "could not prove" },
    { "scram/ok-without-proof", SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\n"
      "S: + @FIRST:4096@\nC: @PROOF@\nS: 1 OK welcome\n", "greeted ", IN_CLEAR, FAILS (UNSAFE), .words = "without a proof" },
    { "scram/ok-at-once", SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\nS: 1 OK welcome\n", "greeted ",
      IN_CLEAR, FAILS (UNSAFE), .words = "without a proof" },
    { "scram/ok-after-refusal", SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\n"
      "S: + @FIRST:4096@\nC: @PROOF@\nS: + @REFUSAL@\nC: \nS: 1 OK come in\n", "greeted ",
      IN_CLEAR, FAILS (UNSAFE), .words = "without a proof" },
    { "scram/few-rounds", SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\nS: + @FIRST:100@\n", "greeted ",
      IN_CLEAR, FAILS (UNSAFE), .words = "so few rounds" },
    { "scram/endless-rounds", SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\nS: + @FIRST:4000000000@\n", "greeted ",
      IN_CLEAR, FAILS (UNSAFE) },
    { "scram/nonsense", SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\nS: + aGVsbG8=\n", "greeted ",
      IN_CLEAR, FAILS (UNSAFE), .words = "makes no sense" },
    { "scram/not-for-this-user", /* a server that has a hash of another kind knows that before it asks */
      SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\nS: 1 NO [AUTHENTICATIONFAILED] no\n"
      "C: 2 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 2 OK [CAPABILITY IMAP4rev1] x\nC: 3 EXAMINE \"INBOX\"\n"
      "S: * 0 EXISTS\nS: 3 OK x\n" OUT ("4"), "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR },
    { "scram/throttled-is-no-way-to-plain", SCRAM_IR "C: 1 AUTHENTICATE SCRAM-SHA-256 @BEGIN@\n"
      "S: 1 NO [UNAVAILABLE] later\n", "greeted ", IN_CLEAR, FAILS (BUSY) },

    /* --- OAuth2 --- */
    { "oauth2/oauthbearer",
      "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=OAUTHBEARER SASL-IR] x\n"
      "C: 1 AUTHENTICATE OAUTHBEARER bixhPWFubmEsAWhvc3Q9bG9jYWxob3N0AXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHMzY3JldAEB\n"
      "S: 1 OK [CAPABILITY IMAP4rev1] x\n" EXAMINE ("0", "1") OUT ("3"),
      "greeted in caps enter=INBOX:99:1:0 found=0 taken=0 ", IN_CLEAR, .auth = IB_AUTH_OAUTH2 },
    { "oauth2/oauthbearer-refused",
      "S: * OK [CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER] x\nC: 1 AUTHENTICATE OAUTHBEARER\nS: +\n"
      "C: bixhPWFubmEsAWhvc3Q9bG9jYWxob3N0AXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHMzY3JldAEB\n"
      "S: + eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\nC: AQ==\nS: 1 NO token\n", "greeted ",
      IN_CLEAR, FAILS (SIGN_IN), .words = "(status invalid_token)", .auth = IB_AUTH_OAUTH2 },
    { "oauth2/xoauth2-in-two-steps",
      "S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] x\nC: 1 AUTHENTICATE XOAUTH2\nS: +\n"
      "C: dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHMzY3JldAEB\nS: 1 OK [CAPABILITY IMAP4rev1] x\n" EXAMINE ("0", "1") OUT ("3"),
      "greeted in caps enter=INBOX:99:1:0 found=0 taken=0 ", IN_CLEAR, .auth = IB_AUTH_OAUTH2 },
    { "oauth2/xoauth2-not-there-then-oauthbearer",
      "S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 AUTH=OAUTHBEARER] x\nC: 1 AUTHENTICATE XOAUTH2\nS: 1 BAD unknown\n"
      "C: 2 AUTHENTICATE OAUTHBEARER\nS: +\n"
      "C: bixhPWFubmEsAWhvc3Q9bG9jYWxob3N0AXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHMzY3JldAEB\n"
      "S: 2 OK [CAPABILITY IMAP4rev1] x\nC: 3 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 3 OK x\n" OUT ("4"),
      "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR, .auth = IB_AUTH_OAUTH2 },
    { "oauth2/refused-without-a-reason",
      "S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 AUTH=OAUTHBEARER SASL-IR] x\n"
      "C: 1 AUTHENTICATE XOAUTH2 dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHMzY3JldAEB\nS: 1 NO AUTHENTICATE failed.\n", "greeted ",
      IN_CLEAR, FAILS (SIGN_IN), .words = "AUTHENTICATE failed", .auth = IB_AUTH_OAUTH2 },
    { "oauth2/asks-and-asks",
      "S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] x\nC: 1 AUTHENTICATE XOAUTH2\nS: +\n"
      "C: dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHMzY3JldAEB\nS: + e30=\nC: \nS: + e30=\nC: \nS: + e30=\nC: \nS: + e30=\n",
      "greeted ", IN_CLEAR, FAILS (SERVER), .auth = IB_AUTH_OAUTH2 },
    { "oauth2/token-is-never-a-password", "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=SCRAM-SHA-256] x\n", "greeted ",
      IN_CLEAR, FAILS (UNSAFE), .auth = IB_AUTH_OAUTH2 },
    { "sign-in/no-way", "S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED] x\n", "greeted ",
      IN_CLEAR, FAILS (UNSAFE) },
    { "sign-in/plaintext-not-allowed", "", "", IN_CLEAR, FAILS (UNSAFE), .words = "unencrypted",
      .may_not_be_plain = true },

    /* --- STARTTLS: what may happen before TLS. TLS itself is the stream's test. --- */
    { "starttls/preauth", "S: * PREAUTH come in\n", "", .security = IB_SECURITY_STARTTLS,
      FAILS (UNSAFE), .words = "tampering" },
    { "starttls/refused", "S: * OK <b>look</b>\nC: 1 STARTTLS\nS: 1 NO evil words\n", "", .security = IB_SECURITY_STARTTLS,
      FAILS (UNSAFE), .words = "refuses to encrypt" },
    { "starttls/bad", "S: * OK x\nC: 1 STARTTLS\nS: 1 BAD x\n", "", .security = IB_SECURITY_STARTTLS,
      FAILS (UNSAFE), .words = "refuses to encrypt" },
    { "starttls/plus", "S: * OK x\nC: 1 STARTTLS\nS: + go on\n", "", .security = IB_SECURITY_STARTTLS,
      FAILS (UNSAFE), .words = "refuses to encrypt" },
    { "starttls/injected", "S: * OK x\nC: 1 STARTTLS\nS: 1 OK go\nS: * CAPABILITY EVIL\n", "",
      .security = IB_SECURITY_STARTTLS, FAILS (UNSAFE), .words = "slipped bytes in", .is_at_once = true },
    { "starttls/early-ok", "S: * OK x\nS: 1 OK go\n", "", .security = IB_SECURITY_STARTTLS,
      FAILS (SERVER), .words = "not given", .is_at_once = true },
    { "starttls/bye", "S: * BYE evil words\n", "", .security = IB_SECURITY_STARTTLS, FAILS (BUSY),
      .words = "turned us away" },

    /* --- mailboxes --- */
    { "mailboxes/glob",
      GREETING SIGN_IN "C: 2 LIST \"\" \"*\"\nS: * LIST (\\Noselect) \"/\" \"Lists\"\nS: * LIST () \"/\" \"Lists/a\"\n"
      "S: * LIST () \"/\" {8}\nS: Lists/&-\nS: * LIST (\\Junk) \"/\" Spam\nS: * LIST () \"/\" INBOX\nS: 2 OK done\n"
      "C: 3 EXAMINE \"Lists/a\"\nS: * 0 EXISTS\nS: 3 OK done\nC: 4 EXAMINE \"Lists/&-\"\nS: 4 NO cannot\n"
      "C: 5 EXAMINE \"Spam\"\nS: * 0 EXISTS\nS: 5 OK x\n" OUT ("6"),
      "greeted in caps failed=Nowhere enter=Lists/a:0:0:0 found=0 taken=0 failed=Lists/&- enter=Spam(Junk):0:0:0 found=0 "
      "taken=0 ", IN_CLEAR, .asks_first = true, .folders = "Lists/*;Spam;Nowhere" },
    { "mailboxes/namespace",
      GREETING SIGN_IN_WITH ("NAMESPACE SPECIAL-USE LIST-EXTENDED")
      "C: 2 NAMESPACE\nC: 3 LIST \"\" \"*\" RETURN (SPECIAL-USE)\nS: * NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\nS: 2 OK x\n"
      "S: * LIST () \".\" \"INBOX.Lists.a\"\nS: * LIST () \".\" \"INBOX.Sent\"\nS: 3 OK x\n"
      "C: 4 EXAMINE \"INBOX.Lists.a\"\nS: * 0 EXISTS\nS: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX.Lists.a:0:0:0 found=0 taken=0 ", IN_CLEAR, .asks_first = true, .folders = "Lists/*" },
    { "mailboxes/excludes",
      GREETING SIGN_IN "C: 2 LIST \"\" \"*\"\nS: * LIST () \"/\" \"a\"\nS: * LIST () \"/\" b\nS: 2 OK done\n"
      "C: 3 EXAMINE \"b\"\nS: * 0 EXISTS\nS: 3 OK done\n" OUT ("4"),
      "greeted in caps enter=b:0:0:0 found=0 taken=0 ", IN_CLEAR, .asks_first = true, .folders = "!a" },
    { "mailboxes/by-use",
      GREETING SIGN_IN "C: 2 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: * LIST (\\Junk) \"/\" Bulk\nS: * LIST () \"/\" Spam\n"
      "S: * LIST () \"/\" Gesendet\nS: * LIST () \"/\" Other\nS: 2 OK done\n"
      "C: 3 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 3 OK x\nC: 4 EXAMINE \"Bulk\"\nS: * 0 EXISTS\nS: 4 OK x\n"
      "C: 5 EXAMINE \"Gesendet\"\nS: * 0 EXISTS\nS: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:0:0:0 found=0 taken=0 enter=Bulk(Junk):0:0:0 found=0 taken=0 "
      "enter=Gesendet:0:0:0 found=0 taken=0 ", IN_CLEAR, .asks_first = true, .folders = "INBOX;\\Junk;\\Sent;\\Archive" },
    { "mailboxes/every-use", /* INBOX is for what is good, whatever is said of it; what is listed and not there is not opened */
      GREETING SIGN_IN "C: 2 LIST \"\" \"*\"\n"
      "S: * LIST (\\All) \"/\" m0\nS: * LIST (\\Archive) \"/\" m1\nS: * LIST (\\Drafts) \"/\" m2\n"
      "S: * LIST (\\Flagged) \"/\" m3\nS: * LIST (\\Important) \"/\" m4\nS: * LIST (\\Junk) \"/\" m5\n"
      "S: * LIST (\\Sent) \"/\" m6\nS: * LIST (\\Trash) \"/\" m7\nS: * LIST (\\NonExistent) \"/\" gone\n"
      "S: * LIST (\\Junk) \"/\" INBOX\n" "S: 2 OK done\n"
      "C: 3 EXAMINE \"m0\"\nS: * 0 EXISTS\nS: 3 OK x\nC: 4 EXAMINE \"m1\"\nS: * 0 EXISTS\nS: 4 OK x\n"
      "C: 5 EXAMINE \"m2\"\nS: * 0 EXISTS\nS: 5 OK x\nC: 6 EXAMINE \"m3\"\nS: * 0 EXISTS\nS: 6 OK x\n"
      "C: 7 EXAMINE \"m4\"\nS: * 0 EXISTS\nS: 7 OK x\nC: 8 EXAMINE \"m5\"\nS: * 0 EXISTS\nS: 8 OK x\n"
      "C: 9 EXAMINE \"m6\"\nS: * 0 EXISTS\nS: 9 OK x\nC: 10 EXAMINE \"m7\"\nS: * 0 EXISTS\nS: 10 OK x\n"
      "C: 11 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 11 OK x\n" OUT ("12"),
      "greeted in caps "
      "enter=m0(All):0:0:0 found=0 taken=0 enter=m1(Archive):0:0:0 found=0 taken=0 enter=m2(Drafts):0:0:0 "
      "found=0 taken=0 enter=m3(Flagged):0:0:0 found=0 taken=0 enter=m4(Important):0:0:0 found=0 taken=0 "
      "enter=m5(Junk):0:0:0 found=0 taken=0 enter=m6(Sent):0:0:0 found=0 taken=0 enter=m7(Trash):0:0:0 "
      "found=0 taken=0 enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR, .asks_first = true, .folders = "*" },
    { "mailboxes/below-an-archive", /* the last years first; the archive itself holds nothing */
      GREETING SIGN_IN "C: 2 LIST \"\" \"*\"\nS: * LIST (\\Noselect) \"/\" Archives\nS: * LIST () \"/\" \"Archives/2025\"\n"
      "S: * LIST () \"/\" \"Archives/2026\"\nS: * LIST () \"/\" ArchivesNot\nS: 2 OK done\n"
      "C: 3 EXAMINE \"Archives/2026\"\nS: * 0 EXISTS\nS: 3 OK x\nC: 4 EXAMINE \"Archives/2025\"\nS: * 0 EXISTS\nS: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=Archives/2026:0:0:0 found=0 taken=0 enter=Archives/2025:0:0:0 found=0 taken=0 ",
      IN_CLEAR, .asks_first = true, .folders = "\\Archive" },
    { "mailboxes/hangs-up-at-one-of-several",
      GREETING SIGN_IN "C: 2 LIST \"\" \"*\"\nS: * LIST () \"/\" a\nS: * LIST () \"/\" b\nS: 2 OK done\n"
      EMPTY ("3", "a") "C: 4 EXAMINE \"b\"\n", "greeted in caps " SEES ("a") "broke-at=b ", IN_CLEAR, .asks_first = true,
      FAILS (OFFLINE), .folders = "*" },
    { "mailboxes/breaks-at-the-search-of-one",
      GREETING SIGN_IN "C: 2 LIST \"\" \"*\"\nS: * LIST () \"/\" a\nS: * LIST () \"/\" b\nS: 2 OK done\n"
      "C: 3 EXAMINE \"a\"\nS: * 1 EXISTS\nS: 3 OK x\nC: 4 UID SEARCH UID 1:*\nS: * SEARCH evil\n",
      "greeted in caps enter=a:0:0:1 broke-at=a ", IN_CLEAR, .asks_first = true, FAILS (SERVER), .folders = "*" },
    { "mailboxes/hangs-up-busy", /* that is about all of them */
      GREETING SIGN_IN "C: 2 LIST \"\" \"*\"\nS: * LIST () \"/\" a\nS: * LIST () \"/\" b\nS: 2 OK done\n"
      EMPTY ("3", "a") "C: 4 EXAMINE \"b\"\nS: * BYE too many connections, try again later\n",
      "greeted in caps " SEES ("a"), IN_CLEAR, .asks_first = true, FAILS (BUSY), .folders = "*" },
    { "mailboxes/hangs-up-at-the-only-one", GREETING SIGN_IN "C: 2 EXAMINE \"INBOX\"\n", "greeted in caps ", IN_CLEAR,
      .asks_first = true, FAILS (OFFLINE) },
    { "mailboxes/put-off",
      GREETING SIGN_IN "C: 2 LIST \"\" \"*\"\nS: * LIST () \"/\" a\nS: * LIST () \"/\" b\nS: * LIST () \"/\" c\n"
      "S: 2 OK done\n" EMPTY ("3", "c") EMPTY ("4", "a") EMPTY ("5", "b") OUT ("6"), "greeted in caps " SEES ("c") SEES ("a") SEES ("b"),
      IN_CLEAR, .asks_first = true, .folders = "*", .put_off = "x\nb\na" },
    { "mailboxes/list-refused", GREETING SIGN_IN "C: 2 LIST \"\" \"*\"\nS: 2 NO [UNAVAILABLE] x\n", "greeted in caps ",
      IN_CLEAR, .asks_first = true, FAILS (BUSY), .folders = "*" },
    { "mailboxes/inbox-refused", GREETING SIGN_IN "C: 2 EXAMINE \"INBOX\"\nS: 2 NO Unsafe Login\n" OUT ("3"),
      "greeted in caps failed=INBOX ", IN_CLEAR, .asks_first = true },
    { "mailboxes/probe", IN OUT ("3"), "greeted in caps count=INBOX: 3 messages ", IN_CLEAR, .is_probe = true },

    { "mailboxes/cut-off", GREETING SIGN_IN_WITH ("X-GM-EXT-1") EXAMINE ("1000", "2000") OUT ("3"),
      "greeted in caps enter=INBOX(1000 shown):99:2000:1000 found=0 taken=1999 ", IN_CLEAR, .low_water = 1999 },
    { "mailboxes/cut-off-nowhere", /* others have as many as that by chance */
      GREETING SIGN_IN_WITH ("XYMHIGHESTMODSEQ") EXAMINE ("1000", "2000") OUT ("3"),
      "greeted in caps enter=INBOX:99:2000:1000 found=0 taken=1999 ", IN_CLEAR, .low_water = 1999 },
    { "mailboxes/bracket-in-a-list", /* FastMail */
      GREETING SIGN_IN "C: 2 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: * OK [PERMANENTFLAGS (\\Seen x] y \\*)] ok\n"
      "S: * OK [UIDVALIDITY 99] ok\nS: 2 OK x\n" OUT ("3"), "greeted in caps enter=INBOX:99:0:0 found=0 taken=0 ", IN_CLEAR },
    { "mailboxes/uidvalidity-zero", GREETING SIGN_IN "C: 2 EXAMINE \"INBOX\"\nS: * 1 EXISTS\n"
      "S: * OK [UIDVALIDITY 0] ok\nS: * OK [UIDNEXT 0] ok\nS: 2 OK x\n" "C: 3 UID SEARCH UID 1:*\nS: * SEARCH 7\nS: 3 OK x\n"
      "C: 4 UID FETCH 7 " ITEMS "\n" HI ("7") "S: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX:0:0:1 found=1 7=hi| taken=7 ", IN_CLEAR },

    /* --- what response codes ask for, whoever says them --- */
#define SAYS(words) IN "C: 3 UID SEARCH UID 1:*\nS: " words "\n"
#define ENTERED "greeted in caps enter=INBOX:99:8:3 "
    { "codes/authenticationfailed-goodbye", SAYS ("* BYE [AUTHENTICATIONFAILED] x"), ENTERED, IN_CLEAR, FAILS (SIGN_IN) },
    { "codes/authenticationfailed", SAYS ("3 NO [AUTHENTICATIONFAILED] x"), ENTERED, IN_CLEAR, FAILS (SIGN_IN) },
    { "codes/authorizationfailed-goodbye", SAYS ("* BYE [AUTHORIZATIONFAILED] x"), ENTERED, IN_CLEAR, FAILS (SIGN_IN) },
    { "codes/authorizationfailed", SAYS ("3 NO [AUTHORIZATIONFAILED] x"), ENTERED, IN_CLEAR, FAILS (SIGN_IN) },
    { "codes/expired-goodbye", SAYS ("* BYE [EXPIRED] x"), ENTERED, IN_CLEAR, FAILS (SIGN_IN) },
    { "codes/expired", SAYS ("3 NO [EXPIRED] x"), ENTERED, IN_CLEAR, FAILS (SIGN_IN) },
    { "codes/contactadmin-goodbye", SAYS ("* BYE [CONTACTADMIN] x"), ENTERED, IN_CLEAR, FAILS (SIGN_IN) },
    { "codes/contactadmin", SAYS ("3 NO [CONTACTADMIN] x") OUT ("4"), ENTERED "failed=INBOX ", IN_CLEAR },
    { "codes/webalert-goodbye", SAYS ("* BYE [WEBALERT] x"), ENTERED, IN_CLEAR, FAILS (SIGN_IN) },
    { "codes/webalert", SAYS ("3 NO [WEBALERT] x"), ENTERED, IN_CLEAR, FAILS (SIGN_IN) },
    { "codes/unavailable-goodbye", SAYS ("* BYE [UNAVAILABLE] x"), ENTERED, IN_CLEAR, FAILS (BUSY) },
    { "codes/unavailable", SAYS ("3 NO [UNAVAILABLE] x") OUT ("4"), ENTERED "failed=INBOX ", IN_CLEAR },
    { "codes/inuse-goodbye", SAYS ("* BYE [INUSE] x"), ENTERED, IN_CLEAR, FAILS (BUSY) },
    { "codes/inuse", SAYS ("3 NO [INUSE] x") OUT ("4"), ENTERED "failed=INBOX ", IN_CLEAR },
    { "codes/limit-goodbye", SAYS ("* BYE [LIMIT] x"), ENTERED, IN_CLEAR, FAILS (BUSY) },
    { "codes/limit", SAYS ("3 NO [LIMIT] x"), ENTERED, IN_CLEAR, FAILS (BUSY) },
    { "codes/overquota-goodbye", SAYS ("* BYE [OVERQUOTA] x"), ENTERED, IN_CLEAR, FAILS (BUSY) },
    { "codes/overquota", SAYS ("3 NO [OVERQUOTA] x") OUT ("4"), ENTERED "failed=INBOX ", IN_CLEAR },
    { "codes/throttled-goodbye", SAYS ("* BYE [THROTTLED] x"), ENTERED, IN_CLEAR, FAILS (BUSY) },
    { "codes/throttled", SAYS ("3 NO [THROTTLED] x"), ENTERED, IN_CLEAR, FAILS (BUSY) },
    { "codes/serverbug-goodbye", SAYS ("* BYE [SERVERBUG] x"), ENTERED, IN_CLEAR, FAILS (BUSY) },
    { "codes/serverbug", SAYS ("3 NO [SERVERBUG] x") OUT ("4"), ENTERED "failed=INBOX ", IN_CLEAR },
    { "codes/privacyrequired-goodbye", SAYS ("* BYE [PRIVACYREQUIRED] x"), ENTERED, IN_CLEAR, FAILS (UNSAFE) },
    { "codes/privacyrequired", SAYS ("3 NO [PRIVACYREQUIRED] x"), ENTERED, IN_CLEAR, FAILS (UNSAFE) },

    /* --- survey --- */
    { "survey/refused-for-this-mailbox", IN "C: 3 UID SEARCH UID 1:*\nS: 3 NO [SERVERBUG] index is corrupt\n" OUT ("4"),
      "greeted in caps enter=INBOX:99:8:3 failed=INBOX ", IN_CLEAR },
    { "survey/refused-for-all", IN "C: 3 UID SEARCH UID 1:*\nS: 3 NO [LIMIT] not today\n",
      "greeted in caps enter=INBOX:99:8:3 ", IN_CLEAR, FAILS (BUSY) },
    { "survey/refused-for-all-in-words", IN "C: 3 UID SEARCH UID 1:*\nS: 3 NO [UNAVAILABLE] try again in 5 minutes, too many requests\n",
      "greeted in caps enter=INBOX:99:8:3 backoff=300 ", IN_CLEAR, FAILS (BUSY) },
    { "survey/refused-as-signed-out", IN "C: 3 UID SEARCH UID 1:*\nS: 3 NO [EXPIRED] the token is over\n",
      "greeted in caps enter=INBOX:99:8:3 ", IN_CLEAR, FAILS (SIGN_IN) },
    { "survey/stray-line-behind-the-answer", /* Exchange 2003 */
      IN "C: 3 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 3 OK x\nS: * 3 EXISTS\nC: 4 UID FETCH 7 " ITEMS "\n" HI ("7")
      "S: 4 OK x\nS: * 0 RECENT\n" OUT ("5"), "greeted in caps enter=INBOX:99:8:3 found=1 7=hi| taken=7 ", IN_CLEAR,
      .low_water = 6 },
    { "survey/answered-twice",
      IN "C: 3 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 3 OK x\nS: 3 OK x\n", "greeted in caps enter=INBOX:99:8:3 found=1 ",
      IN_CLEAR, FAILS (SERVER), .words = "not given", .low_water = 6, .is_at_once = true },
    { "survey/nothing-new", IN OUT ("3"), "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 ", IN_CLEAR, .low_water = 7 },
    { "survey/last-below-low",
      GREETING SIGN_IN EXAMINE ("3", "20") "C: 3 UID SEARCH UID 8:*\nS: * SEARCH 7\nS: 3 OK x\n" OUT ("4"),
      "greeted in caps enter=INBOX:99:20:3 found=0 taken=7 ", IN_CLEAR, .low_water = 7 },
    { "survey/done-and-retry",
      IN "C: 3 UID SEARCH UID 5:*\nS: * SEARCH 6 7\nS: 3 OK x\nC: 4 UID FETCH 2,7 " ITEMS "\n" HI ("2") HI ("7")
      "S: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX:99:8:3 found=2 2=hi| 7=hi| taken=7 ", IN_CLEAR, .low_water = 4, .done = 6, .retry = 2 },
    { "survey/since",
      IN "C: 3 UID SEARCH UID *\nS: * SEARCH 7\nS: 3 OK x\nC: 4 UID SEARCH SINCE 31-Dec-2025\nS: * SEARCH\nS: 4 OK x\n"
      OUT ("5"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 ", IN_CLEAR, .since_s = 1767225600 },
    { "survey/since-to-the-second",
      IN "C: 3 UID SEARCH UID *\nS: * SEARCH 7\nS: 3 OK x\nC: 4 UID SEARCH SINCE 31-Dec-2025\nS: * SEARCH 5 6 7\n"
      "S: 4 OK x\nC: 5 UID FETCH 5:7 (UID RFC822.SIZE INTERNALDATE)\n"
      "S: * 1 FETCH (UID 5 INTERNALDATE \"31-Dec-2025 23:59:59 +0000\")\n"
      "S: * 2 FETCH (UID 6 INTERNALDATE \"31-Dec-2025 19:00:00 -0500\")\nS: * 3 FETCH (UID 7)\nS: 5 OK x\n"
      "C: 6 UID FETCH 6:7 " ITEMS "\n" HI ("6") HI ("7") "S: 6 OK x\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 skip=5:old found=2 6=hi| 7=hi| taken=7 ", IN_CLEAR, .since_s = 1767225600 },
    { "survey/no-star", /* GNU imap4d: "*" in a set of UIDs finds nothing, alone it is BAD */
      IN "C: 3 UID SEARCH UID 7:*\nS: * SEARCH\nS: 3 OK x\nC: 4 UID SEARCH UID 7:4294967295\nS: * SEARCH 7\nS: 4 OK x\n"
      "C: 5 UID FETCH 7 " ITEMS "\n" HI ("7") "S: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=1 7=hi| taken=7 ", IN_CLEAR, .low_water = 6 },
    { "survey/no-star-since",
      IN "C: 3 UID SEARCH UID *\nS: 3 BAD Bogus number set\nC: 4 UID SEARCH SINCE 31-Dec-2025\nS: * SEARCH\nS: 4 OK x\n"
      OUT ("5"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 ", IN_CLEAR, .since_s = 1767225600 },
    { "survey/restarted", /* from a backup, under the same UIDVALIDITY */
      IN "C: 3 UID SEARCH UID 8:4294967295\nS: * SEARCH\nS: 3 OK x\nC: 4 UID SEARCH UID 1:*\nS: * SEARCH 7\nS: 4 OK x\n"
      "C: 5 UID FETCH 7 " ITEMS "\n" HI ("7") "S: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 enter=INBOX(restarted):99:8:3 found=1 7=hi| taken=7 ", IN_CLEAR,
      .low_water = 9 },
    { "survey/restarted-and-the-last-is-told", /* "n:*" or not, the last message always matches there */
      IN "C: 3 UID SEARCH UID 8:4294967295\nS: * SEARCH 7\nS: 3 OK x\nC: 4 UID SEARCH UID 1:*\nS: * SEARCH 7\nS: 4 OK x\n"
      "C: 5 UID FETCH 7 " ITEMS "\n" HI ("7") "S: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 enter=INBOX(restarted):99:8:3 found=1 7=hi| taken=7 ", IN_CLEAR,
      .low_water = 9 },
    { "survey/restarted-and-empty", GREETING SIGN_IN EXAMINE ("0", "1") OUT ("3"),
      "greeted in caps enter=INBOX:99:1:0 enter=INBOX(restarted):99:1:0 found=0 taken=0 ", IN_CLEAR, .low_water = 9 },
    { "survey/uidnext-behind-what-is-there",
      IN "C: 3 UID SEARCH UID 8:4294967295\nS: * SEARCH 9 10\nS: 3 OK x\nC: 4 UID SEARCH UID 10:*\nS: * SEARCH 10\nS: 4 OK x\n"
      "C: 5 UID FETCH 10 " ITEMS "\n" HI ("10") "S: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 found=1 10=hi| taken=10 ", IN_CLEAR, .low_water = 9 },
    { "survey/uidnext-that-nobody-confirms",
      IN "C: 3 UID SEARCH UID 8:4294967295\nS: 3 NO not now\nC: 4 UID SEARCH UID 10:*\nS: * SEARCH 7\nS: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=9 ", IN_CLEAR, .low_water = 9 },
    { "survey/uidnext-below-the-count",
      GREETING SIGN_IN EXAMINE ("3", "1") "C: 3 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 3 OK x\n"
      "C: 4 UID FETCH 7 " ITEMS "\n" HI ("7") "S: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX:99:1:3 found=1 7=hi| taken=7 ", IN_CLEAR, .low_water = 6 },
    { "survey/since-without-uidnext", /* what is old is told, so that nobody asks for it again */
      GREETING SIGN_IN "C: 2 EXAMINE \"INBOX\"\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 99] ok\nS: 2 OK [READ-ONLY] done\n"
      "C: 3 UID SEARCH UID *\nS: * SEARCH 7\nS: 3 OK x\nC: 4 UID SEARCH SINCE 31-Dec-2025\nS: * SEARCH\nS: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX:99:0:3 skip=7:old found=0 taken=7 ", IN_CLEAR, .since_s = 1767225600 },
    { "survey/max-size",
      IN "C: 3 UID SEARCH UID 5:*\nS: * SEARCH 5 6\nS: 3 OK x\nC: 4 UID FETCH 5:6 (UID RFC822.SIZE)\n"
      "S: * 1 FETCH (UID 5 RFC822.SIZE 11)\nS: * 2 FETCH (UID 6 RFC822.SIZE 10)\nS: 4 OK x\n"
      "C: 5 UID FETCH 6 " ITEMS "\n" HI ("6") "S: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 skip=5:large found=1 6=hi| taken=6 ", IN_CLEAR, .low_water = 4, .max_size = 10 },
    { "survey/sample", /* the newest two, whatever was taken before */
      IN "C: 3 UID SEARCH UNDELETED UNDRAFT\nS: * SEARCH 7 2 5\nS: 3 OK x\nC: 4 UID FETCH 5,7 " ITEMS "\n" HI ("5") HI ("7")
      "S: 4 OK x\n" OUT ("5"), "greeted in caps enter=INBOX:99:8:3 found=2 5=hi| 7=hi| taken=0 ", IN_CLEAR, .sample = 2 },
    { "survey/sample-of-what-was-read",
      IN "C: 3 UID SEARCH UNDELETED UNDRAFT OR SEEN ANSWERED\nS: * SEARCH\nS: 3 OK x\n" OUT ("4"),
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=0 ", IN_CLEAR, .sample = 2, .samples_read = true },
    { "survey/sample-of-few-bytes", /* 5 is too large, and does not count */
      IN "C: 3 UID SEARCH UNDELETED UNDRAFT\nS: * SEARCH 2 3 5 7\nS: 3 OK x\n"
      "C: 4 UID FETCH 2:3,5,7 (UID RFC822.SIZE)\nS: * 1 FETCH (UID 2 RFC822.SIZE 1)\nS: * 2 FETCH (UID 3 RFC822.SIZE 60)\n"
      "S: * 3 FETCH (UID 5 RFC822.SIZE 900)\nS: * 4 FETCH (UID 7 RFC822.SIZE 50)\nS: 4 OK x\n"
      "C: 5 UID FETCH 7 " ITEMS "\n" HI ("7") "S: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:8:3 skip=5:large found=1 7=hi| taken=0 ", IN_CLEAR, .sample = 9, .sample_bytes = 100,
      .max_size = 500 },
    { "survey/sample-of-a-large-mailbox", /* as many pieces as it takes */
      GREETING SIGN_IN EXAMINE ("20003", "30000") "C: 3 UID SEARCH 4:* UNDELETED UNDRAFT\nS: * SEARCH 29500\nS: 3 OK x\n"
      "C: 4 UID SEARCH 1:3 UNDELETED UNDRAFT\nS: * SEARCH 1 2\nS: 4 OK x\nC: 5 UID FETCH 2,29500 " ITEMS "\n" HI ("2")
      HI ("29500") "S: 5 OK x\n" OUT ("6"),
      "greeted in caps enter=INBOX:99:30000:20003 found=2 2=hi| 29500=hi| taken=0 ", IN_CLEAR, .sample = 2 },
    { "survey/large-mailbox",
      GREETING SIGN_IN EXAMINE ("20003", "30000") "C: 3 UID SEARCH 4:* UID 29001:*\nS: * SEARCH 29500\nS: 3 OK x\n"
      "C: 4 UID FETCH 29500 " ITEMS "\n" HI ("29500") "S: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX:99:30000:20003 found=1 29500=hi| taken=29500 ", IN_CLEAR, .low_water = 29000 },

    /* --- take --- */
    { "take/flags-and-date",
      IN "C: 3 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 3 OK x\nC: 4 UID FETCH 7 " ITEMS "\nS: * 9 EXISTS\n"
      "S: * 3 FETCH (FLAGS (\\Seen \\Answered $x) BODY[] {6}\nS: a\nS: \nS: b INTERNALDATE \"01-Jan-2026 02:00:00 +0200\" "
      "RFC822.SIZE 99 UID 7)\nS: * 2 EXPUNGE\nS: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX:99:8:3 found=1 7=a||b(f3,d1767225600,s99) taken=7 ", IN_CLEAR, .low_water = 6 },
    { "take/empty-message",
      IN "C: 3 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 3 OK x\nC: 4 UID FETCH 7 " ITEMS "\n"
      "S: * 3 FETCH (UID 7 RFC822.SIZE 0 BODY[] {0}\nS: )\nS: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX:99:8:3 found=1 7= taken=7 ", IN_CLEAR, .low_water = 6 },
    { "take/empty-but-should-not-be",
      IN "C: 3 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 3 OK x\nC: 4 UID FETCH 7 " ITEMS "\n"
      "S: * 3 FETCH (UID 7 RFC822.SIZE 100 BODY[] \"\")\nS: 4 OK x\nC: 5 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 5 OK x\n"
      "C: 6 UID FETCH 7 " ITEMS "\nS: * 3 FETCH (UID 7 RFC822.SIZE 100 BODY[] {0}\nS: )\nS: 6 OK x\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=1 drop drop skip=7:refused(The server gave no content of this message) "
      "taken=7 ", IN_CLEAR, .low_water = 6 },
    { "take/nil-no-and-gone",
      IN "C: 3 UID SEARCH UID 4:*\nS: * SEARCH 4 5 6 7\nS: 3 OK x\nC: 4 UID FETCH 4:7 " ITEMS "\n" HI ("4")
      "S: * 2 FETCH (UID 5 BODY[] NIL)\nS: * 3 FETCH ()\nS: 4 NO some cannot\n"
      "C: 5 UID SEARCH UID 5:*\nS: * SEARCH 5 7\nS: 5 OK x\n"
      "C: 6 UID FETCH 5 " ITEMS "\nS: * 2 FETCH (UID 5 BODY[] NIL)\nS: 6 OK x\n"
      "C: 7 UID FETCH 7 " ITEMS "\nS: 7 NO [SERVERBUG] corrupt\n" OUT ("8"),
      "greeted in caps enter=INBOX:99:8:3 found=4 4=hi| skip=6:gone skip=5:refused(The server gave no content of this "
      "message) skip=7:refused(corrupt) taken=7 ", IN_CLEAR, .low_water = 3 },
    { "take/single-helps",
      IN "C: 3 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 3 OK x\nC: 4 UID FETCH 7 " ITEMS "\nS: 4 BAD internal\n"
      "C: 5 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 5 OK x\nC: 6 UID FETCH 7 " ITEMS "\n" HI ("7") "S: 6 OK x\n" OUT ("7"),
      "greeted in caps enter=INBOX:99:8:3 found=1 7=hi| taken=7 ", IN_CLEAR, .low_water = 6 },
    { "take/not-asked-for",
      IN "C: 3 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 3 OK x\nC: 4 UID FETCH 7 " ITEMS "\n" HI ("6") HI ("7") HI ("7")
      "S: * 1 FETCH (BODY[] {2}\nS- ho\nS: )\nS: 4 OK x\n" OUT ("5"),
      "greeted in caps enter=INBOX:99:8:3 found=1 drop 7=hi| drop drop taken=7 ", IN_CLEAR, .low_water = 6 },
    { "take/cut-inside-literal",
      IN "C: 3 UID SEARCH UID 6:*\nS: * SEARCH 6 7\nS: 3 OK x\nC: 4 UID FETCH 6:7 " ITEMS "\n" HI ("6")
      "S: * 3 FETCH (UID 7 BODY[] {100}\nS: hi\n",
      "greeted in caps enter=INBOX:99:8:3 found=2 6=hi| drop ", IN_CLEAR, FAILS (OFFLINE),
      .words = "closed the connection", .low_water = 5 },
    { "take/whole-though-refused", /* the literal was whole; what the server says behind it changes nothing of it */
      IN "C: 3 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 3 OK x\nC: 4 UID FETCH 7 " ITEMS "\n" HI ("7") "S: 4 NO later\n" OUT ("5"),
      "greeted in caps enter=INBOX:99:8:3 found=1 7=hi| taken=7 ", IN_CLEAR, .low_water = 6 },
    { "take/whole-and-bye", /* not taken: the next run says whether it was the last one */
      IN "C: 3 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 3 OK x\nC: 4 UID FETCH 7 " ITEMS "\n" HI ("7") "S: * BYE gone\n",
      "greeted in caps enter=INBOX:99:8:3 found=1 7=hi| ", IN_CLEAR, FAILS (OFFLINE), .words = "gone", .low_water = 6 },
    { "take/cut-behind-literal", /* its flags, or its number, might have come behind it */
      IN "C: 3 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 3 OK x\nC: 4 UID FETCH 7 " ITEMS "\n"
      "S: * 3 FETCH (UID 7 BODY[] {4}\nS: hi\n",
      "greeted in caps enter=INBOX:99:8:3 found=1 drop ", IN_CLEAR, FAILS (OFFLINE), .words = "closed the connection",
      .low_water = 6 },
    { "take/literal-lies",
      IN "C: 3 UID SEARCH UID 6:*\nS: * SEARCH 6 7\nS: 3 OK x\nC: 4 UID FETCH 6:7 " ITEMS "\n" HI ("6")
      "S: * 3 FETCH (UID 7 BODY[] {2}\nS: hi ho\nS: )\nS: 4 OK x\n",
      "greeted in caps enter=INBOX:99:8:3 found=2 6=hi| drop ", IN_CLEAR, FAILS (SERVER),
      .words = "cannot be read", .low_water = 5 },
    { "take/bye",
      IN "C: 3 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 3 OK x\nC: 4 UID FETCH 7 " ITEMS "\nS: * BYE Session expired\n",
      "greeted in caps enter=INBOX:99:8:3 found=1 ", IN_CLEAR, FAILS (OFFLINE), .words = "Session expired",
      .low_water = 6 },
    { "take/cautious",
      IN "C: 3 UID SEARCH UID 6:*\nS: * SEARCH 6 7\nS: 3 OK x\nC: 4 UID FETCH 6 " ITEMS "\n" HI ("6") "S: 4 OK x\n"
      "C: 5 UID FETCH 7 " ITEMS "\nS: * 1 FETCH (UID 7 BODY[] {x}\n",
      "greeted in caps enter=INBOX:99:8:3 found=2 attempt=6 6=hi| attempt=7 ", IN_CLEAR, FAILS (SERVER),
      .low_water = 5, .is_cautious = true },

    { "take/cautious-with-what-was-tried-last",
      IN "C: 3 UID SEARCH UID 6:*\nS: * SEARCH 6 7\nS: 3 OK x\nC: 4 UID FETCH 6 " ITEMS "\n" HI ("6") "S: 4 OK x\n"
      "C: 5 UID FETCH 7 " ITEMS "\n" HI ("7") "S: 5 OK x\nC: 6 UID FETCH 4 " ITEMS "\nS: * 1 FETCH (UID 4 BODY[] {x}\n",
      "greeted in caps enter=INBOX:99:8:3 found=3 attempt=6 6=hi| attempt=7 7=hi| attempt=4 ", IN_CLEAR, FAILS (SERVER),
      .low_water = 5, .retry = 4, .is_cautious = true },

    /* --- one mailbox only --- */
    { "only/inbox-needs-no-list", IN OUT ("3"), "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 ", IN_CLEAR,
      .low_water = 7, .folders = "*", .mailbox = "INBOX" },
    { "only/another", GREETING SIGN_IN "C: 2 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\n"
      "S: * LIST (\\Junk) \"/\" Spam\nS: 2 OK x\nC: 3 EXAMINE \"Spam\"\nS: * 0 EXISTS\nS: 3 OK x\n" OUT ("4"),
      "greeted in caps enter=Spam(Junk):0:0:0 found=0 taken=0 ", IN_CLEAR, .asks_first = true, .mailbox = "Spam" },
    { "only/gone", GREETING SIGN_IN "C: 2 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: 2 OK x\n"
      "C: 3 EXAMINE \"Spam\"\nS: 3 NO no such mailbox\n" OUT ("4"), "greeted in caps no-push failed=Spam ", IN_CLEAR, .asks_first = true,
      .mailbox = "Spam", .watches = true },

    /* --- what the user must read --- */
    { "alert/in-the-greeting", "S: * OK [ALERT] Down on Sunday\nC: 1 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: 1 OK x\n"
      "C: 2 LOGIN \"anna\" \"s3cret\"\nS: 2 OK [CAPABILITY IMAP4rev1] x\nC: 3 EXAMINE \"INBOX\"\nS: * 0 EXISTS\nS: 3 OK x\n" OUT ("4"),
      "alert=<Down on Sunday> greeted in caps enter=INBOX:0:0:0 found=0 taken=0 ", IN_CLEAR, .asks_first = true },
    { "alert/with-a-refusal", GREETING "C: 1 AUTHENTICATE PLAIN AGFubmEAczNjcmV0\nS: 1 NO [ALERT] Pay the bill\n",
      "greeted alert=<Pay the bill> ", IN_CLEAR, .asks_first = true, FAILS (SIGN_IN), .words = "Pay the bill" },
    { "alert/at-any-time", IN "C: 3 LOGOUT\nS: * OK [ALERT] Full at 90%\nS: * NO [alert] No \033[1mquota\nS: * BYE see you\nS: 3 OK done\n",
      "greeted in caps enter=INBOX:99:8:3 found=0 taken=7 alert=<Full at 90%> alert=<No \\x1b[1mquota> ", IN_CLEAR,
      .low_water = 7 },
    { "alert/while-watching", PUSHED "S: * OK [ALERT] Reboot soon\nS: * OK Still here\nS: * OK [ALERT]\nS: * OK ALERT\n",
      SAW ("alert=<Reboot soon> "), IN_CLEAR, .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "alert/with-the-goodbye", PUSHED "S: * BYE [ALERT] Bought by another\n", SAW ("alert=<Bought by another> "), IN_CLEAR,
      .watches = true, .low_water = 7, FAILS (OFFLINE), .words = "Bought by another" },
    { "alert/without-end", PUSHED "S: * OK [ALERT] a\nS: * OK [ALERT] b\nS: * OK [ALERT] a\n" A_FEW A_FEW A_FEW A_FEW,
      SAW ("alert=<a> alert=<b> " FEW), IN_CLEAR, .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "alert/without-end-and-always-another", PUSHED A_FEW ANOTHER_FEW ("1") ANOTHER_FEW ("2") ANOTHER_FEW ("3") "S: * OK [ALERT] no more\n",
      SAW (FEW FEW_MORE ("1") FEW_MORE ("2") FEW_MORE ("3")), IN_CLEAR, .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "alert/repeats-count-once", PUSHED A_FEW A_FEW A_FEW A_FEW A_FEW "S: * OK [ALERT] after all\n", SAW (FEW "alert=<after all> "),
      IN_CLEAR, .watches = true, .low_water = 7, FAILS (OFFLINE) },

    /* --- watching --- */
    { "watch/bye", PUSHED "S: * BYE shutting down\n", SAW (""), IN_CLEAR, .watches = true,
      .low_water = 7, FAILS (OFFLINE), .words = "shutting down" },
    { "watch/bye-busy", PUSHED "S: * BYE [UNAVAILABLE] try again in 5 minutes\n", SAW ("backoff=300 "), IN_CLEAR,
      .watches = true, .low_water = 7, FAILS (BUSY), .words = "try again in 5 minutes" },
    { "watch/hangs-up", PUSHED, SAW (""), IN_CLEAR, .watches = true, .low_water = 7, FAILS (OFFLINE),
      .words = "closed the connection" },
    { "watch/no-idle", IN OUT ("3"), "greeted in caps no-push enter=INBOX:99:8:3 found=0 taken=7 ", IN_CLEAR,
      .watches = true, .low_water = 7 },
    { "watch/idle-refused", GREETING SIGN_IN_WITH ("IDLE") EXAMINE ("3", "8") "C: 3 IDLE\nS: 3 NO not now\n" OUT ("4"),
      "greeted in caps push enter=INBOX:99:8:3 found=0 taken=7 no-push ", IN_CLEAR, .watches = true, .low_water = 7 },
    { "watch/idle-unknown", GREETING SIGN_IN_WITH ("IDLE") EXAMINE ("3", "8") "C: 3 IDLE\nS: 3 BAD what\n" OUT ("4"),
      "greeted in caps push enter=INBOX:99:8:3 found=0 taken=7 no-push ", IN_CLEAR, .watches = true, .low_water = 7 },
    { "watch/idle-ends-by-itself", PUSHED "S: 3 OK that was all\n" OUT ("4"), SAW ("no-push "), IN_CLEAR, .watches = true,
      .low_water = 7 },
    { "watch/growth", PUSHED "S: * 4 EXISTS\nC: DONE\nS: 3 OK x\n" NEWS ("4", "8") "C: 5 IDLE\nS: + go on\n",
      SAW (AGAIN ("4", "8")), IN_CLEAR, .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "watch/growth-and-chatter",
      PUSHED "S: * OK Still here\nS: * 3 RECENT\nS: * 2 FETCH (FLAGS (\\Seen))\nS: * 4 EXISTS\nS: * 1 RECENT\n"
      "C: DONE\nS: 3 OK x\n" NEWS ("4", "8") "C: 5 IDLE\nS: + go on\n", SAW (AGAIN ("4", "8")), IN_CLEAR,
      .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "watch/growth-before-plus",
      GREETING SIGN_IN_WITH ("IDLE") EXAMINE ("3", "8") "C: 3 IDLE\nS: * 4 EXISTS\nS: + idling\nC: DONE\nS: 3 OK x\n"
      NEWS ("4", "8") "C: 5 IDLE\nS: + go on\n", SAW (AGAIN ("4", "8")), IN_CLEAR, .watches = true,
      .low_water = 7, FAILS (OFFLINE) },
    { "watch/growth-in-answer-to-done",
      PUSHED "W: renew\nC: DONE\nS: * 4 EXISTS\nS: 3 OK x\n" NEWS ("4", "8") "C: 5 IDLE\nS: + go on\n",
      SAW (AGAIN ("4", "8")), IN_CLEAR, .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "watch/growth-while-fetching", /* more were announced than came: so it is searched */
      PUSHED "S: * 4 EXISTS\nC: DONE\nS: 3 OK x\nC: 4 UID FETCH 8:* " ITEMS "\n" HI ("8") "S: * 5 EXISTS\nS: 4 OK x\n"
      "C: 5 UID SEARCH UID 8:*\nS: * SEARCH 8 9\nS: 5 OK x\nC: 6 UID FETCH 9 " ITEMS "\n" HI ("9") "S: 6 OK x\n"
      "C: 7 IDLE\nS: + go on\n", SAW ("enter=INBOX:99:0:4 found=1 8=hi| 9=hi| taken=9 watching=INBOX "), IN_CLEAR,
      .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "watch/growth-while-fetching-at-first",
      GREETING SIGN_IN_WITH ("IDLE") EXAMINE ("3", "9") "C: 3 UID SEARCH UID 8:*\nS: * SEARCH 8\nS: 3 OK x\n"
      "C: 4 UID FETCH 8 " ITEMS "\n" HI ("8") "S: * 4 EXISTS\nS: 4 OK x\nC: 5 IDLE\nS: + go on\nC: DONE\nS: 5 OK x\n"
      NEWS ("6", "9") "C: 7 IDLE\nS: + go on\n", "greeted in caps push enter=INBOX:99:9:3 found=1 8=hi| taken=8 "
      "watching=INBOX " AGAIN ("4", "9"), IN_CLEAR, .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "watch/growth-seen-by-the-search", /* announced only then: nothing is left of it */
      GREETING SIGN_IN_WITH ("IDLE") EXAMINE ("3", "9") "C: 3 UID SEARCH UID 8:*\nS: * 4 EXISTS\nS: * SEARCH 8 9\n"
      "S: 3 OK x\nC: 4 UID FETCH 8:9 " ITEMS "\n" HI ("8") HI ("9") "S: 4 OK x\nC: 5 IDLE\nS: + go on\nC: DONE\n"
      "S: 5 OK x\nC: 6 UID FETCH 10:* " ITEMS "\n" HI ("9") "S: 6 OK x\nC: 7 UID SEARCH UID 10:*\nS: * SEARCH 9\n"
      "S: 7 OK x\nC: 8 IDLE\nS: + go on\n", "greeted in caps push enter=INBOX:99:9:3 found=2 8=hi| 9=hi| taken=9 "
      "watching=INBOX enter=INBOX:99:0:4 found=1 drop taken=9 watching=INBOX ", IN_CLEAR, .watches = true,
      .low_water = 7, FAILS (OFFLINE) },
    { "watch/fewer-than-announced",
      PUSHED "S: * 5 EXISTS\nC: DONE\nS: 3 OK x\nC: 4 UID FETCH 8:* " ITEMS "\n" HI ("9") "S: 4 OK x\n"
      "C: 5 UID SEARCH UID 8:*\nS: * SEARCH 8 9\nS: 5 OK x\nC: 6 UID FETCH 8 " ITEMS "\nS: 6 NO broken\n"
      "C: 7 UID SEARCH UID 8:*\nS: * SEARCH 8 9\nS: 7 OK x\nC: 8 UID FETCH 8 " ITEMS "\nS: 8 NO broken\n"
      "C: 9 IDLE\nS: + go on\n", SAW ("enter=INBOX:99:0:5 found=2 9=hi| skip=8:refused(broken) taken=9 watching=INBOX "),
      IN_CLEAR, .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "watch/refused-at-once",
      PUSHED "S: * 4 EXISTS\nC: DONE\nS: 3 OK x\nC: 4 UID FETCH 8:* " ITEMS "\nS: 4 NO not now\n" TAKE ("5", "6", "8")
      "C: 7 IDLE\nS: + go on\n", SAW (AGAIN ("4", "8")), IN_CLEAR, .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "watch/whole-though-refused", /* it is not asked for again */
      PUSHED "S: * 4 EXISTS\nC: DONE\nS: 3 OK x\nC: 4 UID FETCH 8:* " ITEMS "\n" HI ("8") "S: 4 NO not all\n"
      "C: 5 UID SEARCH UID 8:*\nS: * SEARCH 8\nS: 5 OK x\nC: 6 IDLE\nS: + go on\n", SAW (AGAIN ("4", "8")), IN_CLEAR,
      .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "watch/size-decides", /* so it is asked first */
      PUSHED "S: * 4 EXISTS\nC: DONE\nS: 3 OK x\nC: 4 UID SEARCH UID 8:*\nS: * SEARCH 8\nS: 4 OK x\n"
      "C: 5 UID FETCH 8 (UID RFC822.SIZE)\nS: * 4 FETCH (UID 8 RFC822.SIZE 101)\nS: 5 OK x\nC: 6 IDLE\nS: + go on\n",
      SAW ("enter=INBOX:99:0:4 skip=8:large found=0 taken=8 watching=INBOX "), IN_CLEAR, .watches = true, .low_water = 7,
      .max_size = 100, FAILS (OFFLINE) },
    { "watch/known-ones-are-not-taken-again",
      PUSHED "S: * 4 EXISTS\nC: DONE\nS: 3 OK x\nC: 4 UID FETCH 8:* " ITEMS "\n" HI ("9") HI ("8") "S: 4 OK x\n"
      "C: 5 IDLE\nS: + go on\n", SAW ("enter=INBOX:99:0:4 found=1 drop 8=hi| taken=8 watching=INBOX "), IN_CLEAR,
      .watches = true, .low_water = 7, .done = 9, FAILS (OFFLINE) },
    { "watch/growth-at-selecting", /* before anything was looked at */
      GREETING SIGN_IN_WITH ("IDLE") "C: 2 EXAMINE \"INBOX\"\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 99] ok\n"
      "S: * OK [UIDNEXT 8] ok\nS: 2 OK [READ-ONLY] done\nS: * 4 EXISTS\nC: 3 IDLE\nS: + go on\nC: DONE\nS: 3 OK x\n"
      NEWS ("4", "8") "C: 5 IDLE\nS: + go on\n", SAW (AGAIN ("4", "8")), IN_CLEAR, .watches = true,
      .low_water = 7, FAILS (OFFLINE) },
    { "watch/one-goes-one-comes",
      PUSHED "S: * 1 EXPUNGE\nS: * 3 EXISTS\nC: DONE\nS: 3 OK x\n" NEWS ("4", "8") "C: 5 IDLE\nS: + go on\n",
      SAW (AGAIN ("3", "8")), IN_CLEAR, .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "watch/gone-is-no-news", PUSHED "S: * 1 EXPUNGE\nS: * 2 EXISTS\n", SAW (""), IN_CLEAR, .watches = true,
      .low_water = 7, FAILS (OFFLINE) },
    { "watch/announced-and-gone",
      PUSHED "S: * 4 EXISTS\nC: DONE\nS: * 4 EXPUNGE\nS: 3 OK x\nC: 4 UID FETCH 8:* " ITEMS "\n" HI ("7") "S: 4 OK x\n"
      "C: 5 IDLE\nS: + go on\n", SAW ("enter=INBOX:99:0:4 found=1 drop taken=7 watching=INBOX "), IN_CLEAR,
      .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "watch/open-ones-are-not-tried-again-for-news",
      GREETING SIGN_IN_WITH ("IDLE") EXAMINE ("3", "8") "C: 3 UID FETCH 2 " ITEMS "\nS: 3 NO broken\n"
      "C: 4 UID SEARCH UID 2:*\nS: * SEARCH 2 7\nS: 4 OK x\nC: 5 UID FETCH 2 " ITEMS "\nS: 5 NO broken\n"
      "C: 6 IDLE\nS: + go on\nS: * 4 EXISTS\nC: DONE\nS: 6 OK x\n" NEWS ("7", "8") "C: 8 IDLE\nS: + go on\n",
      "greeted in caps push enter=INBOX:99:8:3 found=1 skip=2:refused(broken) taken=7 watching=INBOX " AGAIN ("4", "8"),
      IN_CLEAR, .watches = true, .low_water = 7, .retry = 2, FAILS (OFFLINE) },
    { "watch/renew", PUSHED "W: renew\nC: DONE\nS: 3 OK x\nC: 4 IDLE\nS: + go on\n", SAW ("watching=INBOX "),
      IN_CLEAR, .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "watch/look", PUSHED "W: look\nC: DONE\nS: 3 OK x\nC: 4 EXAMINE \"INBOX\"\nS: * 4 EXISTS\n"
      "S: * OK [UIDVALIDITY 99] ok\nS: * OK [UIDNEXT 9] ok\nS: 4 OK x\n" TAKE ("5", "6", "8") "C: 7 IDLE\nS: + go on\n"
     , SAW ("enter=INBOX:99:9:4 found=1 8=hi| taken=8 watching=INBOX "), IN_CLEAR, .watches = true, .low_water = 7,
      FAILS (OFFLINE) },
    { "watch/look-wished-while-news-are-taken",
      PUSHED "S: * 4 EXISTS\nC: DONE\nS: 3 OK x\nC: 4 UID SEARCH UID 8:*\nW: look\nS: * SEARCH 8\nS: 4 OK x\n"
      "C: 5 UID FETCH 8 (UID RFC822.SIZE)\nS: * 4 FETCH (UID 8 RFC822.SIZE 101)\nS: 5 OK x\n"
      "C: 6 EXAMINE \"INBOX\"\nS: * 4 EXISTS\nS: * OK [UIDVALIDITY 99] ok\nS: * OK [UIDNEXT 9] ok\nS: 6 OK x\n"
      "C: 7 IDLE\nS: + go on\n",
      SAW ("enter=INBOX:99:0:4 skip=8:large found=0 taken=8 enter=INBOX:99:9:4 found=0 taken=8 watching=INBOX "), IN_CLEAR,
      .watches = true, .low_water = 7, .max_size = 100, FAILS (OFFLINE) },
    { "watch/look-at-several", /* and the INBOX is watched again, though it was not the last */
      GREETING SIGN_IN_WITH ("IDLE") "C: 2 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: * LIST () \"/\" Work\nS: 2 OK x\n"
      EMPTY ("3", "INBOX") EMPTY ("4", "Work") EMPTY ("5", "INBOX") "C: 6 IDLE\nS: + go on\nW: look\nC: DONE\nS: 6 OK x\n"
      "C: 7 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: * LIST () \"/\" Wonders\nS: 7 OK x\n"
      EMPTY ("8", "INBOX") EMPTY ("9", "Wonders") EMPTY ("10", "INBOX") "C: 11 IDLE\nS: + go on\n",
      "greeted in caps push " SEES ("INBOX") SEES ("Work") SEES ("INBOX") "watching=INBOX " SEES ("INBOX") SEES ("Wonders")
      SEES ("INBOX") "watching=INBOX ", IN_CLEAR, .asks_first = true, .watches = true, .folders = "INBOX;Wo*", FAILS (OFFLINE) },
    { "watch/first-that-opens",
      GREETING SIGN_IN_WITH ("IDLE") "C: 2 LIST \"\" \"*\"\nS: * LIST () \"/\" A\nS: * LIST () \"/\" B\nS: 2 OK x\n"
      "C: 3 EXAMINE \"A\"\nS: 3 NO never\n" EMPTY ("4", "B") "C: 5 IDLE\nS: + go on\n",
      "greeted in caps push failed=A " SEES ("B") "watching=B ", IN_CLEAR, .asks_first = true, .watches = true, .folders = "*", FAILS (OFFLINE) },
    { "watch/gone-at-a-look", PUSHED "W: look\nC: DONE\nS: 3 OK x\nC: 4 EXAMINE \"INBOX\"\nS: 4 NO gone\n"
      "C: 5 EXAMINE \"INBOX\"\nS: 5 NO gone\n" OUT ("6"), SAW ("failed=INBOX failed=INBOX "), IN_CLEAR,
      .watches = true, .low_water = 7 },
    { "watch/settles-and-goes-on", /* and says no goodbye before that */
      GREETING SIGN_IN_WITH ("IDLE UIDPLUS") SELECT ("3", "8") SEEN ("3") STORE ("4", "5") "C: 6 IDLE\nS: + go on\nS: * 4 EXISTS\n"
      "C: DONE\nS: 6 OK x\n" NEWS ("7", "8") SEEN ("8") STORE ("9", "10") "C: 11 IDLE\nS: + go on\n",
      "greeted in caps push enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 watching=INBOX enter=INBOX:99:0:4 found=1 8=hi| "
      "taken=8 settled=5,6 watching=INBOX ", IN_CLEAR, .watches = true, .low_water = 7, .order = "delete", FAILS (OFFLINE) },
    { "watch/undoes-and-goes-on",
      GREETING SIGN_IN_WITH ("IDLE UIDPLUS") EXAMINE ("3", "8") SEEN ("3") OPENS ("4", "SELECT") STORE ("5", "6") "C: 7 IDLE\n"
      "S: + go on\n", "greeted in caps push enter=INBOX:99:8:3 found=0 taken=7 settled=5,6 watching=INBOX ", IN_CLEAR,
      .watches = true, .low_water = 7, .order = "delete", .is_undone = true, FAILS (OFFLINE) },
    { "watch/must-not-undo", /* none is open after a SELECT that was refused */
      GREETING SIGN_IN_WITH ("IDLE UIDPLUS") EXAMINE ("3", "8") SEEN ("3") "C: 4 SELECT \"INBOX\"\nS: 4 NO [NOPERM] you may not\n"
      OPENS ("5", "EXAMINE") "C: 6 IDLE\nS: + go on\nS: * 4 EXISTS\nC: DONE\nS: 6 OK x\n" NEWS ("7", "8") SEEN ("8")
      OPENS ("9", "SELECT") STORE ("10", "11") "C: 12 IDLE\nS: + go on\n",
      "greeted in caps push enter=INBOX:99:8:3 found=0 taken=7 unsettled=5,6(The mailbox can only be read) watching=INBOX "
      "enter=INBOX:99:0:4 found=1 8=hi| taken=8 settled=5,6 watching=INBOX ", IN_CLEAR, .watches = true, .low_water = 7,
      .order = "delete", .is_undone = true, FAILS (OFFLINE) },
    { "watch/so-much-said-that-it-is-renewed",
      PUSHED "F: 10005\nC: DONE\nS: 3 OK x\nC: 4 IDLE\nS: + go on\n", SAW ("watching=INBOX "), IN_CLEAR,
      .watches = true, .low_water = 7, .is_at_once = true, FAILS (OFFLINE) },
    { "watch/flood", PUSHED "F: 100001\nC: DONE\n", SAW (""), IN_CLEAR, .watches = true, .low_water = 7, .is_at_once = true,
      FAILS (SERVER), .words = "too many answers" },
    { "watch/silent-at-done", PUSHED "W: renew\nC: DONE\nH:\n", SAW (""), IN_CLEAR, .watches = true, .low_water = 7,
      .is_at_once = true, FAILS (OFFLINE), .words = "did not finish in time" },
    { "watch/half-a-line", PUSHED "S- * 4 EX\nW: renew\nC: DONE\nS: ISTS\nS: 3 OK x\n" NEWS ("4", "8")
      "C: 5 IDLE\nS: + go on\n", SAW (AGAIN ("4", "8")), IN_CLEAR, .watches = true, .low_water = 7, FAILS (OFFLINE) },
    { "watch/nonsense", PUSHED "S: what\n", SAW (""), IN_CLEAR, .watches = true, .low_water = 7, FAILS (SERVER) },
    { "watch/answer-to-nothing", PUSHED "S: 9 OK x\n", SAW (""), IN_CLEAR, .watches = true, .low_water = 7, FAILS (SERVER),
      .words = "not given" },
};

/* --- the server ---------------------------------------------------------------------------------------------- */

typedef struct {
    int fd, wishes;
    const char *dialogue;
    bool is_slow;      /* one byte a time */
    ScramServer scram;
    char *complaint;   /* what the client said wrong */
} Server;

/* What is said in one turn comes in one piece, or byte by byte. */
static void
say (const Server *server, GString *said)
{
    gsize step = server->is_slow ? 1 : MAX (said->len, 1);
    for (gsize at = 0; at < said->len; at += step)
        (void) !send (server->fd, said->str + at, MIN (step, said->len - at), MSG_NOSIGNAL);
    g_string_truncate (said, 0);
}

static char *
hear (int fd)
{
    GString *line = g_string_new (NULL);
    char byte;
    while (read (fd, &byte, 1) == 1 && byte != '\n')
        g_string_append_c (line, byte);
    if (line->len > 0 && line->str[line->len - 1] == '\r')
        g_string_truncate (line, line->len - 1);
    return g_string_free (line, FALSE);
}

static gpointer
serve (gpointer data)
{
    Server *server = data;
    g_auto (GStrv) lines = g_strsplit (server->dialogue, "\n", -1);
    g_autoptr (GString) said = g_string_new (NULL); /* until the client's turn */
    for (gsize i = 0; lines[i] != NULL && server->complaint == NULL; i++) {
        g_autofree char *filled = lines[i][0] == 'S' ? scram_server_fill (&server->scram, lines[i] + 3) : NULL;
        if (filled != NULL)
            g_string_append (said, filled);
        if (g_str_has_prefix (lines[i], "S:"))
            g_string_append (said, "\r\n");
        if (lines[i][0] == 'F')
            for (int left = atoi (lines[i] + 3); left > 0; left--)
                g_string_append_printf (said, "* %d FETCH (FLAGS (\\Seen))\r\n", left);
        if (lines[i][0] == 'H') {
            say (server, said);
            for (g_autofree char *more = hear (server->fd); *more != '\0'; g_free (more), more = hear (server->fd))
                server->complaint = g_strdup_printf ("expected silence, heard <%s>", more);
        }
        if (lines[i][0] == 'W') {
            say (server, said);
            g_assert_cmpint (write (server->wishes, lines[i] + 3, 1), ==, 1);
        }
        if (lines[i][0] != 'C')
            continue;
        say (server, said);
        g_autofree char *heard = hear (server->fd);
        if (!scram_server_accepts (&server->scram, lines[i] + 3, heard))
            server->complaint = g_strdup_printf ("expected <%s>, heard <%s>", lines[i] + 3, heard);
    }
    say (server, said);
    shutdown (server->fd, SHUT_WR);
    g_autofree char *rest = hear (server->fd);
    if (server->complaint == NULL && *rest != '\0' && !g_str_has_suffix (server->dialogue, "]\n"))
        server->complaint = g_strdup_printf ("expected the end, heard <%s>", rest);
    close (server->fd);
    scram_server_clear (&server->scram);
    return NULL;
}

/* --- the run ------------------------------------------------------------------------------------------------- */

typedef struct {
    const ImapDialogue *given;
    GString *events;
    int fd; /* to the server */
    int wishes;
    bool wants_look;     /* heard, and not told yet */
    guint32 highest_uid; /* of what was taken: the next cursor's low water */
} Run;

static void
on_step (IbFetchStep step, const char *text, gpointer data)
{
    static const char *const words[] = { "greeted ", "tls ", "caps ", "in ", "", "" };
    Run *run = data;
    g_string_append (run->events, words[step]);
    if (step == IB_STEP_COUNTED && run->given->is_probe)
        g_string_append_printf (run->events, "count=%s ", text);
}

static void
on_offered (const char *offers, gpointer data)
{
    Run *run = data;
    if (run->given->offers != NULL)
        g_string_append_printf (run->events, "offers=<%s> ", offers);
}

static void
on_terms (const IbServerTerms *terms, gpointer data)
{
    Run *run = data;
    if (run->given->watches)
        g_string_append (run->events, terms->can_push ? "push " : "no-push ");
}

static void
on_backoff (gint64 seconds, gpointer data)
{
    g_string_append_printf (((Run *) data)->events, "backoff=%d ", (int) seconds);
}

static void
on_alert (const char *text, gpointer data)
{
    g_string_append_printf (((Run *) data)->events, "alert=<%s> ", text);
}

static bool
on_watching (const char *mailbox, gpointer data, GError **error)
{
    g_string_append_printf (((Run *) data)->events, "watching=%s ", mailbox);
    return true;
}

static void
hear_wish (Run *run)
{
    char wish;
    if (read (run->wishes, &wish, 1) == 1)
        run->wants_look |= wish == 'l';
}

static bool
on_wish (bool *out_wants_look, gpointer data, GError **error)
{
    Run *run = data;
    hear_wish (run);
    *out_wants_look = run->wants_look;
    run->wants_look = false;
    return true;
}

static bool
on_enter (const IbMailboxState *state, IbCursor **out_cursor, gpointer data, GError **error)
{
    Run *run = data;
    g_string_append_printf (run->events, "enter=%s", state->name);
    if (*state->special_use != '\0')
        g_string_append_printf (run->events, "(%s)", state->special_use);
    if (state->is_restarted)
        g_string_append (run->events, "(restarted)");
    if (state->most_shown > 0)
        g_string_append_printf (run->events, "(%u shown)", state->most_shown);
    g_string_append_printf (run->events, ":%u:%u:%u ", state->uidvalidity, state->uidnext, state->exists);
    IbCursor *cursor = ib_cursor_new ();
    cursor->since_s = run->given->since_s;
    cursor->has_orders = run->given->is_undone;
    cursor->low_water = state->is_restarted ? 0 : MAX (run->given->low_water, run->highest_uid);
    cursor->sample_messages = run->given->sample;
    cursor->sample_bytes = run->given->sample_bytes;
    cursor->samples_read = run->given->samples_read;
    if (run->given->done != 0)
        g_array_append_val (cursor->done, run->given->done);
    if (run->given->retry != 0)
        g_array_append_val (cursor->retry, run->given->retry);
    *out_cursor = cursor;
    return true;
}

static void
on_mailbox_failed (const char *mailbox, const char *text, gpointer data)
{
    g_string_append_printf (((Run *) data)->events, "failed=%s ", mailbox);
}

static void
on_broke_at (const char *mailbox, gpointer data)
{
    g_string_append_printf (((Run *) data)->events, "broke-at=%s ", mailbox);
}

static void
on_found (guint64 messages, guint64 bytes, gpointer data)
{
    g_string_append_printf (((Run *) data)->events, "found=%u ", (guint) messages);
}

static void
on_attempt (guint32 uid, gpointer data)
{
    g_string_append_printf (((Run *) data)->events, "attempt=%u ", uid);
}

static int
on_open_body (guint64 size_hint, gpointer data, GError **error)
{
    return memfd_create ("body", MFD_CLOEXEC);
}

static bool
on_deliver (const IbRemoteMessage *message, int fd, gpointer data, GError **error)
{
    Run *run = data;
    char text[256] = "";
    g_assert_cmpint (pread (fd, text, sizeof text - 1, 0), ==, (gssize) message->size_bytes);
    close (fd);
    g_strdelimit (text, "\n", '|');
    g_string_append_printf (run->events, "%u=%s", message->uid, text);
    if (message->flags != 0)
        g_string_append_printf (run->events, "(f%u,d%d,s%d)", message->flags, (int) message->internal_date_s,
                                (int) message->size_served);
    g_string_append_c (run->events, ' ');
    return true;
}

static void
on_drop_body (int fd, gpointer data)
{
    close (fd);
    g_string_append (((Run *) data)->events, "drop ");
}

static bool
on_skip (const IbRemoteMessage *message, IbSkip reason, const char *text, gpointer data, GError **error)
{
    static const char *const words[] = { "large", "refused", "old", "gone" };
    GString *events = ((Run *) data)->events;
    g_string_append_printf (events, "skip=%u:%s", message->uid, words[reason]);
    g_string_append_printf (events, *text != '\0' ? "(%s) " : "%s ", text);
    return true;
}

static bool
on_taken (guint32 highest_uid, const char *listing, GPtrArray **out_orders, gpointer data, GError **error)
{
    Run *run = data;
    g_string_append_printf (run->events, "taken=%u ", highest_uid);
    run->highest_uid = highest_uid;
    hear_wish (run); /* whoever waits for orders hears it, too */
    struct pollfd goodbye = { .fd = run->fd, .events = POLLIN };
    if (run->given->leaves_early)
        g_string_append (run->events, poll (&goodbye, 1, 10000) == 1 ? "bye " : "silence ");
    if (run->given->order == NULL)
        return true;
    bool is_move = g_str_has_prefix (run->given->order, "move:");
    IbSettleOrder *order = ib_settle_order_new (is_move ? IB_SETTLE_MOVE : IB_SETTLE_DELETE,
                                                is_move ? run->given->order + 5 : NULL);
    const guint32 uids[] = { 5, 6 };
    g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "hi\n", -1);
    IbKnownMessage known[] = {
        { 1767258000, ib_passing_header_mark_of ("<5@example>"), 0 },
        { 1767258060, ib_passing_header_mark_of ("<6@example>"), 0 },
    };
    if (run->given->is_undated)
        known[1].internal_date_s = 0;
    if (run->given->is_of_one_second)
        known[1].internal_date_s = known[0].internal_date_s;
    if (run->given->is_bare)
        known[1] = (IbKnownMessage){ known[1].internal_date_s, 0, ib_passing_content_of (digest) };
    g_array_append_vals (order->uids, uids, 2);
    g_array_append_vals (order->known, known, 2);
    if (run->given->done != 0)
        g_array_append_val (order->copied, run->given->done);
    *out_orders = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_settle_order_free);
    g_ptr_array_add (*out_orders, order);
    return true;
}

static void
tell_order (Run *run, const char *word, const IbSettleOrder *order)
{
    g_string_append (run->events, word);
    for (guint i = 0; i < order->uids->len; i++)
        g_string_append_printf (run->events, "%s%u", i > 0 ? "," : "=", g_array_index (order->uids, guint32, i));
}

static bool
on_copied (const IbSettleOrder *order, gpointer data, GError **error)
{
    tell_order (data, "copied", order);
    g_string_append_c (((Run *) data)->events, ' ');
    return true;
}

static bool
on_settled (const IbSettleOrder *order, bool is_done, const char *text, gpointer data, GError **error)
{
    tell_order (data, is_done ? "settled" : "unsettled", order);
    g_string_append_printf (((Run *) data)->events, *text != '\0' ? "(%s) " : "%s ", text);
    return true;
}

static bool
on_moved (const char *mailbox, guint32 uidvalidity, const GArray *uids, const GArray *new_uids, gpointer data,
          GError **error)
{
    GString *events = ((Run *) data)->events;
    g_assert_cmpuint (uids->len, ==, new_uids->len);
    g_string_append_printf (events, "moved=%s:%u", mailbox, uidvalidity);
    for (guint i = 0; i < uids->len; i++)
        g_string_append_printf (events, ",%u>%u", g_array_index (uids, guint32, i), g_array_index (new_uids, guint32, i));
    g_string_append_c (events, ' ');
    return true;
}

static void
fetch (const ImapDialogue *given, bool is_slow)
{
    g_autoptr (GError) error = NULL;
    int pair[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    int wishes[2];
    g_assert_cmpint (pipe2 (wishes, O_CLOEXEC | O_NONBLOCK), ==, 0);
    const char *user = given->user != NULL ? given->user : "anna";
    const char *password = given->password != NULL ? given->password : "s3cret";
    Server server = { .fd = pair[1], .wishes = wishes[1], .dialogue = given->dialogue, .is_slow = is_slow, .scram = { user, password } };
    GThread *thread = g_thread_new ("server", serve, &server);

    g_auto (GStrv) folders = g_strsplit (given->folders != NULL ? given->folders : "INBOX", ";", -1);
    IbAccount account = {
        .name = (char *) "test", .host = (char *) (given->may_not_be_plain ? "mail.example" : "localhost"),
        .user = (char *) user, .folders = folders, .security = given->security,
        .protocol = IB_PROTOCOL_IMAP, .auth = given->auth, .max_size_bytes = given->max_size,
        .after = given->order != NULL && !given->is_undone ? IB_AFTER_DELETE : IB_AFTER_KEEP,
    };
    g_autoptr (IbSecret) secret = ib_secret_new (password, strlen (password), NULL);
    const IbFetchRequest request = {
        .account = &account, .secret = secret, .is_probe = given->is_probe,
        .is_cautious = given->is_cautious, .asks_first = given->asks_first, .offers = given->offers,
        .watches = given->watches, .mailbox = given->mailbox, .put_off = given->put_off,
    };
    g_autoptr (GString) events = g_string_new (NULL);
    Run run = { given, events, pair[0], wishes[0], false, 0 };
    const IbFetchCallbacks callbacks = {
        .step = on_step, .offered = on_offered, .enter = on_enter, .mailbox_failed = on_mailbox_failed, .broke_at = on_broke_at, .found = on_found, .attempt = on_attempt,
        .open_body = on_open_body, .deliver = on_deliver, .drop_body = on_drop_body, .skip = on_skip, .taken = on_taken,
        .copied = on_copied, .settled = on_settled, .moved = on_moved, .terms = on_terms, .backoff = on_backoff, .alert = on_alert,
        .watching = on_watching, .wish_fd = wishes[0], .wish = on_wish, .user_data = &run,
    };
    /* 64 digits: a pin needs no authorities, and here no handshake ends. */
    g_autofree char *pin = g_strnfill (64, '0');
    g_autoptr (IbTrust) trust = ib_trust_new ("", pin, NULL);
    IbStream *stream = ib_stream_new (pair[0], -1, trust, account.host);
    bool is_good = ib_fetch_run (stream, &request, &callbacks, &error);
    ib_stream_free (stream);
    g_thread_join (thread);
    close (wishes[0]);
    close (wishes[1]);

    g_assert_cmpstr (server.complaint, ==, NULL);
    g_assert_cmpstr (events->str, ==, given->events);
    if (given->error == 0) {
        g_assert_no_error (error);
        g_assert_true (is_good);
    } else {
        g_assert_error (error, IB_FETCH_ERROR, given->error - 1);
        if (given->words != NULL && strstr (error->message, given->words) == NULL)
            g_error ("\"%s\" does not say \"%s\"", error->message, given->words);
        g_assert_nonnull (strstr (error->message, account.host));
        g_assert_null (strstr (error->message, "evil"));
    }
}

static void
plays (gconstpointer data)
{
    fetch (data, false);
}

static void
plays_slowly (gconstpointer data)
{
    fetch (data, true);
}

/* For whoever plays them to the whole program: tests/integration/test_dialogues.py. */
static void
print_dialogues (const ImapDialogue *dialogues, gsize count)
{
    for (gsize i = 0; i < count; i++) {
        const ImapDialogue *given = &dialogues[i];
        printf ("== %s\nUSER: %s\nSECRET: %s\nSECURITY: %s\nAUTH: %s\n%s", given->name,
                given->user != NULL ? given->user : "anna", given->password != NULL ? given->password : "s3cret",
                given->security == IB_SECURITY_STARTTLS ? "starttls" : "none",
                given->auth == IB_AUTH_OAUTH2 ? "oauth2" : "password", given->dialogue);
    }
}

static void
add_dialogues (const ImapDialogue *dialogues, gsize count)
{
    for (gsize i = 0; i < count; i++) {
        g_autofree char *path = g_strconcat ("/remote-imap/", dialogues[i].name, NULL);
        g_autofree char *slow = g_strconcat (path, "/slow", NULL);
        g_test_add_data_func (path, &dialogues[i], plays);
        if (!dialogues[i].is_at_once)
            g_test_add_data_func (slow, &dialogues[i], plays_slowly);
    }
}

int
main (int argc, char **argv)
{
    if (g_getenv ("IB_TEST_PRINT") != NULL) {
        print_dialogues (cases, G_N_ELEMENTS (cases));
        print_dialogues (imap_clearing, imap_clearing_count);
        return 0;
    }
    g_test_init (&argc, &argv, NULL);
    add_dialogues (cases, G_N_ELEMENTS (cases));
    add_dialogues (imap_clearing, imap_clearing_count);
    return g_test_run ();
}
