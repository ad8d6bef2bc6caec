/* kind.h - what kind of mail it is, by its header: told from one another by who sends them, not by what they say */
#pragma once

#include "message.h"

typedef enum {
    IB_MAIL_PERSONAL,
    IB_MAIL_LIST, /* a mailing list: people write to it (List-Post, or List-Id without List-Unsubscribe) */
    IB_MAIL_NEWSLETTER,   /* one writes to many, who can leave (List-Unsubscribe) */
    IB_MAIL_BULK,         /* to many (Precedence) */
    IB_MAIL_CALENDAR,     /* an invitation, or an answer to one */
    IB_MAIL_NOTIFICATION, /* written by a machine (RFC 3834; "noreply") */
} IbMailKind;

/* @authors: the IbAddress elements of From. */
IbMailKind ib_mail_kind (const IbMessage *message, const GPtrArray *authors);
/* "personal", "list", "newsletter", "bulk", "calendar", "notification". */
const char *ib_mail_kind_name (IbMailKind kind);
