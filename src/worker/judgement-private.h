/* judgement-private.h - what a judgement may hold: its sender cuts to it, and its reader insists */
#pragma once

#include "filter-wire.h"

#include "mail-limits.h"

/* The journal and the header fields show less. */
#define FIELD_BYTES 2000
#define PHRASE_BYTES 1000
#define FEATURE_BYTES 200
#define EVIDENCE_COUNT 64
/* Of one piece of evidence. */
#define EVIDENCE_DETAILS 8
#define FLAG_BYTES 100
/* Of nesting, which the trace shows; with scripts that include others. */
#define DEPTH 1024
#define FLAG_COUNT 32
#define TWIN_KEY_BYTES 128
/* An address and a name. */
#define PERSON_BYTES 500
/* Of all the scripts of a message. */
#define MARK_COUNT (4 * IB_LIMIT_NEW_MARKS)
/* Every field that may be taken out, and those that are added. */
#define SEGMENT_COUNT (2 * (IB_LIMIT_CUTS + IB_LIMIT_HEADER_FIELDS) + 16)
#define LITERAL_BYTES (64 * 1024)
#define OWN_FIELDS "X-Inbasket-"

/* A flag or keyword that a mail client can have. */
bool ib_judgement_is_flag (const char *flag);
