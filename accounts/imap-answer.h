/* imap-answer.h - how a command to an IMAP server, or its greeting, ended */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum { IB_IMAP_OK, IB_IMAP_NO, IB_IMAP_BAD, IB_IMAP_PREAUTH, IB_IMAP_BYE } IbImapResult;

typedef struct {
    IbImapResult result;
    char *code;     /* upper case, without what follows it: "AUTHENTICATIONFAILED"; "" for none */
    char *argument; /* what follows it, as the server wrote it; "" */
    char *text;     /* the server's own words, escaped and cut; where it has none, what it has in their place */
    bool has_words;
} IbImapAnswer;

/* Steps @at over a result's name; false: there is none. */
bool ib_imap_answer_read_result (const char **at, IbImapResult *out_result);
/* @text: what follows that. Returns: (transfer full) */
IbImapAnswer *ib_imap_answer_new (IbImapResult result, const char *text);
void ib_imap_answer_free (IbImapAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbImapAnswer, ib_imap_answer_free)
