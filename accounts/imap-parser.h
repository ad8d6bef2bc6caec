/* imap-parser.h - libetpan, kept in a small room
 *
 * It reads LIST, SEARCH and FETCH answers that have passed the guard, and nothing else; it writes nothing, and its own
 * functions that talk to servers are never called. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbImapParser IbImapParser;

/* What of a FETCH answer was there. */
typedef struct {
    guint32 uid;             /* 0: not said */
    guint32 flags;           /* IbMessageFlags */
    gint64 internal_date_s;  /* 0: not said */
    guint64 size;            /* RFC822.SIZE; 0: not said */
    bool has_size;
    bool has_body;           /* BODY[] with a string, an empty one included; or BODY[HEADER], if that was asked for */
} IbImapMessage;

/* What it finds, while it reads. Each may be NULL where it cannot come up. */
typedef struct {
    /* @flags: NULL-ended, each with its backslash. @delimiter 0: none. */
    void (*mailbox) (const char *name, char delimiter, const char *const *flags, gpointer user_data);
    void (*hit) (guint32 uid, gpointer user_data);
    /* Some of the body of the message that comes next; false stops the reading for good. */
    bool (*body) (const char *bytes, gsize length, gpointer user_data);
    void (*message) (const IbImapMessage *message, gpointer user_data);
    gpointer user_data;
} IbImapSink;

/* Up to @size bytes that the guard let through, at least one; -1: there will be no more. */
typedef gssize (*IbImapSource) (void *buffer, gsize size, gpointer user_data);

IbImapParser *ib_imap_parser_new (IbImapSource source, gpointer user_data);
/* Reads to the end of the answer with @tag. False: the source failed, or it did not understand; then it is of no use any
 * more. */
bool ib_imap_parser_run (IbImapParser *self, guint tag, const IbImapSink *sink);
void ib_imap_parser_free (IbImapParser *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbImapParser, ib_imap_parser_free)
