/* story.h - one message's story, from the server to the Maildir
 *
 * The value that the journal writes down, delivery acts on and the service carries between them. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Hex digits of an id: 128 bits of a SHA-256 over the source's identity. */
#define IB_ID_LENGTH 32

/* IMAP: account, mailbox as the server writes it, UIDVALIDITY, UID. POP3: account, and the UIDL or digest.
 * *out_id: IB_ID_LENGTH hex digits and NUL. */
void ib_story_imap_id (const char *account, const char *mailbox, guint32 uidvalidity, guint32 uid, char *out_id);
void ib_story_pop3_id (const char *account, const char *uidl, char *out_id);
/* Of a message whose source gives @former_id, which another message had once: another one with each @turn. */
void ib_story_later_id (const char *former_id, gint64 turn, char *out_id);

/* A file that another program put into the Maildir: its name, up to the flags. */
void ib_story_foreign_id (const char *name, char *out_id);

typedef enum {
    IB_STORY_DELIVER,
    IB_STORY_DISCARD,     /* held for 30 days */
    IB_STORY_DUPLICATE,   /* a twin is here already: held for 30 days */
} IbStoryAction;

/* What is to be done on the server once the message is safe here. */
typedef enum {
    IB_STORY_LEAVE,
    IB_STORY_DELETE,
    IB_STORY_MOVE,   /* as the account's settings have it */
    IB_STORY_JUNK,   /* into the server's Junk */
    IB_STORY_RESCUE, /* out of it, into the INBOX: the user said so */
} IbStoryAfter;

/* "deliver", "discard", "duplicate": as in JSON and journal. */
const char *ib_story_action_name (IbStoryAction action);

/* One file that the message becomes. */
typedef struct {
    char *folder;         /* "INBOX", "Lists.foo" */
    char *name;           /* the file's name up to ":2,", given by delivery */
    char *info;           /* "" for new/, else "2,S"-like, sorted, for cur/ */
    char *temporary;      /* its path below the Maildir while it waits to be renamed; NULL once it was */
    guint edition;        /* which of the message's editions it holds; 0: the common one */
} IbStoryFile;

/* What `duplicate` of a filter wants to be remembered of a message that is here (RFC 7352). */
typedef struct {
    char mark[65]; /* hexadecimal digits */
    gint64 expires_at_s;
} IbStoryMark;

/* What a filter's `notify` wants the user to be told of it (RFC 5435). */
typedef struct {
    char *text;           /* "" the message's own subject. Of a script, but mostly made of hostile text */
    char *from;           /* "" the message's own sender */
    guint importance;     /* 1, high, to 3, low */
} IbStoryNotice;

typedef struct {
    char id[IB_ID_LENGTH + 1];
    char *account;
    char *mailbox;        /* as the server writes it; "INBOX" for POP3 */
    gint64 mailbox_key;   /* the journal's row of that mailbox */
    guint32 uid;          /* 0 for POP3 */
    char *uidl;           /* NULL for IMAP */
    guint64 size_bytes;   /* as fetched, LF */
    gint64 internal_date_s;
    gint64 delivered_at;  /* microseconds since 1970, UTC */

    IbStoryAfter after;
    char *after_folder;   /* MOVE, JUNK, RESCUE */
    gint64 after_due_s;   /* not before */

    IbStoryAction action;
    GPtrArray *files;     /* IbStoryFile; for DISCARD and DUPLICATE one, in held/ (folder "") */
    char *verdict;        /* "spam", "ham", "unsure" */
    double probability;   /* NAN: not known */
    char *reasons;        /* evidence features, "," between */
    char *rule;           /* "junk.sieve:12" or "" */
    char *twin_key;       /* NULL: none */
    char *twin_of;        /* DUPLICATE: id of the one that is here */
    char *content_digest; /* SHA-256 of the bytes as fetched, hex; NULL: not known */
    char *message_id, *from, *subject;   /* hostile text, cut at 500 bytes each */
    char *entry_host, *entry_ip; /* of the stranger who handed it over; "" not known */
    char *relay;          /* the entry of `relays` that it came through; "" */
    char *mx;             /* "match", "beside" (the MX of the domain that it was sent to); "" not known */
    char *server_filter;  /* the server's own: "marked" as spam, "passed"; "" left no result */
    char *recipient;      /* that it was sent to, as believed servers say; else the account's address */
    char *note;           /* what went wrong with it, for people; "" */
    GArray *marks;        /* IbStoryMark; noted when the message is delivered */

    /* For whoever tells the user of it, and in no journal. */
    char *kind;           /* "personal", "list" …: see signals.h */
    bool is_from_known;   /* the user writes with its sender */
    GPtrArray *notices;   /* IbStoryNotice */
} IbStory;

IbStory *ib_story_new (void);
IbStory *ib_story_copy (const IbStory *self);
void ib_story_add_notice (IbStory *self, const char *text, const char *from, guint importance);
IbStoryFile *ib_story_add_file (IbStory *self, const char *folder, const char *info);
/* Whether all that is known of it is the name of its file: the journal was lost. */
bool ib_story_is_adopted (const IbStory *self);
void ib_story_free (IbStory *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbStory, ib_story_free)
