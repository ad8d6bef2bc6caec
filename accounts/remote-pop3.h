/* remote-pop3.h - what the parts of the POP3 driver share
 *
 * remote-pop3.c opens, enters and sorts; -list reads what is there; -identify gives it names that hold from one session
 * to the next; -take fetches what is new; -verify sees whether what is to be deleted is what was fetched; -settle deletes and says
 * goodbye. Numbers are good for one session only and
 * never leave these files. */
#pragma once

#include "passing-header.h"
#include "pop3-session.h"
#include "remote.h"
#include "server-limits.h"

/* A message of the maildrop. */
typedef struct {
    guint64 size_served;
    bool is_named;  /* UIDL had a line for it, good or not */
    const char *uidl; /* what the server calls it; NULL if it has no good name for it */
    char *digest;   /* of its header, where that was needed */
    const char *identity; /* what we call it: its uidl, if that is good enough */
    char *made_identity;  /* if not */
    gint64 date_s;  /* of its header, where that was needed; 0 unknown */
    bool is_listed;
    bool is_sure; /* it was fetched in this session, or seen to be what was fetched before */
} IbPop3Entry;

struct _IbRemote {
    IbPop3Session *session;
    guint64 count;       /* as STAT has it */
    guint64 named;       /* lines of UIDL */
    GByteArray *names;   /* the lines of UIDL, each with a NUL behind it */
    char listing[IB_LIMIT_LISTING_BYTES + 1]; /* their digest, for IbMailboxState */
    bool is_sized;       /* LIST was read */
    bool is_complete;    /* and all went into the entries */
    bool is_identified;  /* each of them has its identity */
    bool is_renamed;     /* the cursor knows some, and none of them */
    GArray *entries;     /* IbPop3Entry; message n is at n - 1 */
    GHashTable *numbers; /* identity: number */
    GArray *wanted;      /* guint32 numbers */
    GArray *tried;       /* the same, of what could not be had before */
    guint n_whole;       /* of these, those that came whole */
    bool is_careful;     /* it is their turn: one at a time */
    bool has_top;
    bool is_top_certain;
    GPtrArray *deleted; /* IbSettleOrder whose DELE was accepted and waits for QUIT */
};

IbPop3Entry *ib_remote_pop3_entry (IbRemote *self, guint32 number);
/* Fails the stream: @why says what the server did. Always returns false. */
bool ib_remote_pop3_fail (IbRemote *self, const char *why, GError **error);
bool ib_remote_pop3_skip (IbRemote *self, const IbPop3Entry *entry, IbSkip reason, const char *server_text,
                          GError **error);
/* What is larger is not taken. */
guint64 ib_remote_pop3_size_limit (IbRemote *self);

/* Reads the answer to a command about message @number; @is_last: no other is in flight. */
typedef bool (*IbPop3Answer) (IbRemote *self, guint32 number, bool is_last, gpointer user_data, GError **error);
/* Asks @verb of each of @numbers, with as many in flight as the server allows. */
bool ib_remote_pop3_ask_each (IbRemote *self, const char *verb, const char *rest, const GArray *numbers,
                              IbPop3Answer answer, gpointer user_data, GError **error);

/* STAT. */
bool ib_remote_pop3_count (IbRemote *self, GError **error);
/* What is there, in so far as it shows whether that is the same as before. */
bool ib_remote_pop3_list (IbRemote *self, GError **error);
/* All of it, in entries. */
bool ib_remote_pop3_complete (IbRemote *self, GError **error);
/* Gives each entry its identity, and its date where that decides whether it is wanted. */
bool ib_remote_pop3_identify (IbRemote *self, const IbCursor *cursor, GError **error);
/* The answer about one header; *out_is_given false: the server refused it. */
bool ib_remote_pop3_read_header (IbRemote *self, IbPassingHeader *header, bool *out_is_given, GError **error);
/* Those of @numbers that are not larger than what is taken. Returns: (transfer full) */
GArray *ib_remote_pop3_of_size (IbRemote *self, const GArray *numbers);
/* Asks for the headers of @numbers, each of which @answer reads. Without TOP that is the whole message, and of those larger than
 * what is taken nothing is asked. */
bool ib_remote_pop3_ask_headers (IbRemote *self, const GArray *numbers, IbPop3Answer answer, gpointer user_data,
                                 GError **error);
bool ib_remote_pop3_take (IbRemote *self, GError **error);
bool ib_remote_pop3_verify (IbRemote *self, GPtrArray *orders, bool *out_looks_again, GError **error);
bool ib_remote_pop3_delete (IbRemote *self, const IbSettleOrder *order, GError **error);
/* QUIT, upon which deletions take effect; with none pending it cannot fail. */
bool ib_remote_pop3_quit (IbRemote *self, GError **error);
