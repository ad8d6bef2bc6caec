/* part-private.h - the inside of part.c and part-content.c */
#pragma once

#include "part.h"

/* A part with what was decoded of it so far. */
typedef struct {
    IbPart part; /* the first: an IbPart is one of these */
    const char *bytes;
    const IbMessage *message;
    gsize first_field; /* among the fields of all parts */
    IbMimeValue *type, *disposition;
    GString *content; /* NULL: not yet, or it stands in the message as it is */
    GString *text;    /* NULL: not yet */
    GString *plain;   /* NULL: not yet, or the text is plain */
} IbPartInside;

/* Gives back what was decoded. */
void ib_part_forget (IbPartInside *self);

IbParts *ib_parts_new (const IbMessage *message);
void ib_parts_free (IbParts *self);
const GPtrArray *ib_parts_list (const IbParts *self);
const char *ib_parts_over_limit (const IbParts *self);
