/* received.h - one Received field (RFC 5321, 4.4), as servers really write it
 *
 * A field says what its writer knows for sure (the address of whoever connected, and the name that he found for it) and
 * what he was only told (the name given in HELO). The two are never mixed up here: trust must rest on the first alone,
 * since a stranger chooses the second, and may put blanks, parentheses and whole clauses into it. What cannot be told
 * apart beyond doubt is left empty. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    IB_HOP_STRANGE, /* other than all below, or not named */
    IB_HOP_MAIL,    /* SMTP in all its forms: from one host to another */
    IB_HOP_INSIDE, /* LMTP, a pipe, a local user, a message store's own transport: never spoken with strangers */
    IB_HOP_PULLED, /* POP3 or IMAP: fetched from the mailbox of a host that its writer chose */
} IbHopKind;

typedef struct {
    char *name; /* of whoever connected, looked up by the writer; normalized; "" if none was found or said */
    char *helo; /* as whoever connected called himself; hostile text; "" if not said */
    char *ip;   /* whoever connected; plain; "" if not said */
    char *by;   /* the writer, as it calls itself; normalized or a plain address; "" if not said */
    char *with; /* the protocol as it stands: "ESMTPS", "Microsoft SMTP Server"; "" */
    char *for_address; /* for whom; "" */
    gint64 date_s;     /* since 1970, UTC; G_MININT64 if there is none or it cannot be read */
    IbHopKind kind;
    bool is_encrypted;     /* TLS, says the writer */
    bool is_authenticated; /* a user of the writer's signed in */
    bool has_from;         /* somebody connected: else the writer made or moved the message itself */
    /* Read without doubt: false if clauses are doubled or comments do not end. Then no trust can rest on it. */
    bool is_clear;
} IbHop;

/* @value is raw (ib_message_field_raw ()). Never fails: what cannot be read is empty. Returns: (transfer full) */
IbHop *ib_received_parse (const char *value);
void ib_hop_free (IbHop *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbHop, ib_hop_free)
