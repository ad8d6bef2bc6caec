/* server-limits.h - how much of a server's word we take
 *
 * Every loop over what a server sends ends at one of these. Each stands with the reason for its value. */
#pragma once

/* RFC 9051 knows no longest line; FETCH of one message with thousands of keywords stays far below this. */
#define IB_LIMIT_LINE_BYTES (64 * 1024)
/* LIST and FETCH answers nest two deep; sixteen leaves room for what we did not think of. */
#define IB_LIMIT_DEPTH 16
/* Untagged responses to one command: an honest FETCH or SEARCH is split below this. */
#define IB_LIMIT_UNTAGGED 100000
/* What is said during one IDLE, before it is begun anew: far below the limit above, so that a server which tells of many
 * flags changed elsewhere breaks none. */
#define IB_LIMIT_IDLE_LINES 10000
/* Different texts that a server wants people to read in one session: who has so much to say is not listened to any more. */
#define IB_LIMIT_ALERTS 20
/* Nothing is simpler for a server than to end an IDLE: one that does not answer by then is not there any more. */
#define IB_LIMIT_RENEW_MS (10 * 1000)
/* The largest message that is taken at all, whatever max-size says: off_t has room, disks do not. */
#define IB_LIMIT_MESSAGE_BYTES (G_GUINT64_CONSTANT (4) * 1024 * 1024 * 1024)
/* Up to here a message travels in memory; above, through a pipe into a file. */
#define IB_LIMIT_MEMORY_MESSAGE_BYTES (32 * 1024 * 1024)
/* What one session may have handed over and not yet seen written: enough for the time that a batch takes to become
 * durable, and the largest part of the memory that a poll needs. */
#define IB_LIMIT_IN_FLIGHT_BYTES (6 * 1024 * 1024)
#define IB_LIMIT_IN_FLIGHT_MESSAGES 200
/* Mailboxes of one account (and as many more that are named or have a use), and messages of one mailbox: beyond, we say so and
 * take these many. */
#define IB_LIMIT_MAILBOXES 10000
#define IB_LIMIT_MAILBOX_MESSAGES 4000000
/* A mailbox's name, either as the server writes it or in UTF-8; file systems take 255 bytes a level. */
#define IB_LIMIT_MAILBOX_NAME_BYTES 4096
/* POP3 message numbers; a maildrop of a million is listed in some 30 MB. */
#define IB_LIMIT_POP3_MESSAGES 1000000
/* RFC 1939, 7: a unique-id has 1 to 70 characters; broken servers send more, and 128 still is honest. */
#define IB_LIMIT_UIDL_BYTES 128
/* A list of UIDLs, while it is looked at: a million of them, of Dovecot's, have 24 MB. */
#define IB_LIMIT_NAMES_BYTES (64 * 1024 * 1024)
/* What a POP3 message is known by: a UIDL, or one with a digest, a size and a count behind it. */
#define IB_LIMIT_IDENTITY_BYTES 256
/* A digest in hexadecimal digits. */
#define IB_LIMIT_LISTING_BYTES 64
/* What a server offers before sign-in, as it is kept for the next time: a line or two. */
#define IB_LIMIT_OFFERS_BYTES 2048
/* What is kept of one line of LIST or UIDL; the rest of a longer one is read and dropped. */
#define IB_LIMIT_POP3_LINE_BYTES 1024
/* Commands sent ahead of their answers: a RETR is a dozen bytes, so the server's buffer always takes them all. */
#define IB_LIMIT_PIPELINE 64
/* A server's own words, as we show them. */
#define IB_LIMIT_SERVER_TEXT 200
/* A secret: OAuth2 access tokens are a few kB. */
#define IB_LIMIT_SECRET_BYTES (64 * 1024)
/* A password manager that asks its user for a passphrase needs a while; one that hangs must not keep an account from
 * being tried again. */
#define IB_LIMIT_SECRET_COMMAND_MS (30 * 1000)
/* A keyring answers at once, or within seconds if asking starts it. One that hangs must not hold up a poll. */
#define IB_LIMIT_KEYRING_MS (10 * 1000)
/* Of one account: one for each kind and server that it ever had. Each is asked about. */
#define IB_LIMIT_KEYRING_ITEMS 100
/* What a server may ask to be left alone for: longer, and nobody would know why mail does not come. */
#define IB_LIMIT_BACKOFF_S (24 * 60 * 60)
/* Until signed in, and without any progress. */
#define IB_LIMIT_SIGN_IN_MS (60 * 1000)
#define IB_LIMIT_STALL_MS (30 * 1000)
/* Fewer than these in half a minute come from a server that holds us up. */
#define IB_LIMIT_SLOWEST_BYTES 300
/* What the largest message in memory may be, said in a few bytes; beyond, not much more than the hundredfold: text comes to
 * a fifth, and only a mailbox of empty pages would be refused, which is then fetched without. */
#define IB_LIMIT_INFLATE_BYTES IB_LIMIT_MEMORY_MESSAGE_BYTES
#define IB_LIMIT_INFLATE_RATIO 100
/* So long after a server was verified a TLS session with it may be resumed. */
#define IB_LIMIT_TICKET_S (6 * 60 * 60)
/* What servers take in one command line is about 8000 bytes. */
#define IB_LIMIT_UID_SET_BYTES 7900
/* Messages asked for in one command: a parse error costs at most these, and the answer's list stays small. */
#define IB_LIMIT_UID_SET_MESSAGES 500
/* One SEARCH looks at so many messages at most: 20,000 UIDs are a line of 220 kB. */
#define IB_LIMIT_SEARCH_MESSAGES 20000
#define IB_LIMIT_SEARCH_LINE_BYTES (512 * 1024)
/* Mailbox names come as literals from some servers; no file system or person has longer ones. */
#define IB_LIMIT_MAILBOX_NAME_BYTES 4096
/* Commands of ours that wait for their answers at once. */
#define IB_LIMIT_COMMANDS_IN_FLIGHT 64
/* A server's list of capabilities: the longest known have some sixty. */
#define IB_LIMIT_CAPABILITIES 512
/* An authorization server's answer: tokens have a few kB each, metadata ten. */
#define IB_LIMIT_JSON_BYTES (64 * 1024)
/* Objects and lists in it: an honest server's metadata have some thirty, one in the other three deep. */
#define IB_LIMIT_JSON_BRACKETS 256
/* One request to it, from the name's look-up to the last byte. */
#define IB_LIMIT_OAUTH2_MS (30 * 1000)
/* What a browser brings back: a code of a kB or two, and the state. */
#define IB_LIMIT_REDIRECT_BYTES (16 * 1024)
/* So long a person may take in the browser. */
#define IB_LIMIT_CONSENT_S (15 * 60)
/* For another process of ours that renews the same account's tokens. */
#define IB_LIMIT_TOKEN_LOCK_MS (60 * 1000)
/* Another program's configuration: Thunderbird's is the largest, some hundred kB. */
#define IB_LIMIT_IMPORT_BYTES (8 * 1024 * 1024)
/* Its state: a line for each message that it keeps track of. */
#define IB_LIMIT_IMPORT_STATE_BYTES (256 * 1024 * 1024)
/* Accounts out of it, and remarks on one of them: more than anybody has, or reads. */
#define IB_LIMIT_IMPORT_ACCOUNTS 200
#define IB_LIMIT_IMPORT_NOTES 500
/* Sections of it: accounts and what belongs to them. */
#define IB_LIMIT_IMPORT_SECTIONS 2000
/* Settings of one of them. */
#define IB_LIMIT_IMPORT_SETTINGS 1000
/* Words of one in a free form. */
#define IB_LIMIT_IMPORT_WORDS 100000
/* Folders of a Maildir, one in the other, and all in all, in which states are looked for. */
#define IB_LIMIT_IMPORT_DEPTH 16
#define IB_LIMIT_IMPORT_FOLDERS 10000
