/* mail-limits.h - how much of a message we look at
 *
 * Mail is hostile: every loop over it ends at one of these. What is over a limit is delivered whole all the same; only
 * the judging stops there, and says so. */
#pragma once

/* Judging looks at the first 8 MiB; what follows is attachments. */
#define IB_LIMIT_JUDGED_BYTES (8 * 1024 * 1024)
/* Header block and fields: real mail stays below 64 kB and 200 fields. */
#define IB_LIMIT_HEADER_BYTES (1024 * 1024)
#define IB_LIMIT_HEADER_FIELDS 2000
#define IB_LIMIT_FIELD_BYTES (64 * 1024)
/* X-Inbasket-* fields that are taken out of a message: an edit list has at most twice as many segments. Those over it
 * stay behind our own, which is the one that is read. */
#define IB_LIMIT_CUTS 2000
/* Encoded words in one field; 50,000 of them have hung other filters. */
#define IB_LIMIT_ENCODED_WORDS 1000
#define IB_LIMIT_ADDRESSES 2000
/* One address with its display name and comments. */
#define IB_LIMIT_ADDRESS_BYTES (4 * 1024)
/* MIME: a mail of 10,000 nested multiparts takes naive parsers half a minute. */
#define IB_LIMIT_PARTS 500
#define IB_LIMIT_PART_DEPTH 30
/* Header fields of all parts together, beside the message's own; a part of real mail has below 10. */
#define IB_LIMIT_PART_FIELDS 20000
/* Pieces of the parameters in one field: a boundary or a file name is cut into a few. */
#define IB_LIMIT_PARAMETERS 100
/* Received fields walked. */
#define IB_LIMIT_HOPS 100
/* Addresses of people whom the user writes with. */
#define IB_LIMIT_CORRESPONDENTS 20000
/* Lessons that the journal keeps, and the classifier goes over again. */
#define IB_LIMIT_LESSONS 3000
/* Whom one message was sent to, as far as they are made known by it. */
#define IB_LIMIT_EXAMPLE_RECIPIENTS 50

/* Features of a message, in each of the classifier's two tables: real mail has below 4000. */
#define IB_LIMIT_FEATURES 8192
/* Packed, each takes nine bits, beside 130 bytes for each table; fits in a frame between processes. */
#define IB_LIMIT_PACKED_FEATURES (2 * (130 + IB_LIMIT_FEATURES + IB_LIMIT_FEATURES / 8 + 1))
/* The newest examples that are gone over again while learning. With the model they stay below 16 MiB. */
#define IB_LIMIT_EXAMPLES 3000
#define IB_LIMIT_EXAMPLE_BYTES (11 * 1024 * 1024)
#define IB_LIMIT_LEARNER_BYTES (16 * 1024 * 1024)

/* Sieve. Scripts are the user's own, but what they do with hostile mail is bounded all the same. */
#define IB_LIMIT_SCRIPT_BYTES (1024 * 1024)
#define IB_LIMIT_STRING_BYTES (1024 * 1024)
#define IB_LIMIT_SCRIPT_NESTING 32
#define IB_LIMIT_TEST_NESTING 32
/* Loops over parts; RFC 5703, 3 wants two at least. */
#define IB_LIMIT_LOOP_NESTING 4
#define IB_LIMIT_ARGUMENTS 32
/* Errors of one compilation that are told; the rest is one line "and more". */
#define IB_LIMIT_DIAGNOSTICS 50
#define IB_LIMIT_ACTIONS 32
/* Entries of one of the user's own lists: an address book is far smaller. */
#define IB_LIMIT_LIST_ENTRIES 200000
#define IB_LIMIT_LIST_BYTES (16 * 1024 * 1024)
#define IB_LIMIT_LISTS 64
#define IB_LIMIT_REDIRECTS 4
/* One step is one test, one command, or 64 bytes looked at by a match. */
#define IB_LIMIT_STEPS 4000000
/* Scripts that include others (RFC 6609, 3.2 asks for 3 levels and 15 inclusions at least). */
#define IB_LIMIT_INCLUDE_DEPTH 10
#define IB_LIMIT_INCLUDES 255
/* RFC 5229, 6 asks for 128 variables of 4000 octets at least. */
#define IB_LIMIT_VARIABLES 256
#define IB_LIMIT_VARIABLE_BYTES 8192
/* Edits of the header of one message, and the bytes of the fields that they add. */
#define IB_LIMIT_EDITS 100
#define IB_LIMIT_ADDED_FIELD_BYTES (8 * 1024)
#define IB_LIMIT_ADDED_BYTES (64 * 1024)
/* Marks that `duplicate` leaves in one run; how many it remembers at once, and for how long at most. */
#define IB_LIMIT_NEW_MARKS 32
#define IB_LIMIT_MARKS 100000
#define IB_LIMIT_MARK_SECONDS (365 * 24 * 3600)
/* A text that an action carries: a reason, a notification. */
#define IB_LIMIT_DETAIL_BYTES (8 * 1024)
#define IB_LIMIT_DETAILS 32
/* A folder's name, in bytes, and the levels in it. */
#define IB_LIMIT_MAILBOX_BYTES 200
#define IB_LIMIT_TRACE_STEPS 10000
/* Of one step: values looked at, or captures, and the length of each. */
#define IB_LIMIT_TRACE_VALUES 8
#define IB_LIMIT_TRACE_CHARACTERS 200
