/* history.h - what happened, for `status`, `log`, `undo` and reports
 *
 * Reads only; see journal.h for who writes. */
#pragma once

#include "journal.h"

typedef struct {
    gint64 since;            /* microseconds; 0: all */
    gint64 until;            /* 0: now */
    const char *account;     /* NULL: all */
    const char *id;          /* NULL: all; a unique prefix of at least 6 digits will do */
    bool only_junk;
    gint64 after_sequence;   /* for following: stories recorded after this one */
    gint64 before_sequence;  /* for leafing back: stories recorded before this one; 0: all */
    guint limit;             /* 0: none; else the newest so many, given oldest first */
} IbHistoryQuery;

typedef struct {
    IbStory *story;
    gint64 sequence;
} IbHistoryRow;

/* Delivered stories in the order of delivery. Returning false from @each ends the reading. */
typedef bool (*IbHistoryEach) (const IbHistoryRow *row, gpointer user_data);
bool ib_history_read (IbJournal *journal, const IbHistoryQuery *query, IbHistoryEach each, gpointer user_data,
                      GError **error);

/* Through what a message came, and when. */
typedef struct {
    char *account;
    char *mailbox; /* as the server writes it */
    gint64 at;     /* microseconds */
} IbArrival;
/* Of the message with this whole id; false without error if the journal does not know it. */
bool ib_history_arrival (IbJournal *journal, const char *id, IbArrival *out_arrival, GError **error);
void ib_arrival_clear (IbArrival *self);

/* What happened to a story after its delivery. */
typedef struct {
    gint64 sequence;
    gint64 at;                          /* microseconds */
    char id[IB_ID_LENGTH + 1];
    char *kind;                         /* "moved", "restored", "deleted-on-server", "moved-on-server",
                                         * "gone-from-server", "doubted-on-server" */
    char *old_folder, *new_folder;      /* "" where it means nothing */
    char *why;
} IbHistoryEvent;
typedef bool (*IbHistoryEachEvent) (const IbHistoryEvent *event, gpointer user_data);
/* In their order. @id NULL: of all; @since (microseconds) 0: from the beginning. */
bool ib_history_events (IbJournal *journal, const char *id, gint64 since, IbHistoryEachEvent each, gpointer user_data,
                        GError **error);

/* What became of a message on its server. */
typedef enum {
    IB_FATE_NOTHING, /* yet */
    IB_FATE_DELETED,
    IB_FATE_MOVED,   /* where the settings have it */
    IB_FATE_JUNKED,
    IB_FATE_RESCUED,
    IB_FATE_GONE,    /* when it was to be deleted it was not there any more, other mail had its name, or nobody knows whether it was */
    IB_FATE_SPARED,  /* the number that it had means other mail by now */
    IB_FATE_TO_RESCUE, /* as soon as it is found in Junk there, up to a year after the user said so */
} IbFate;
/* Of the message with this whole id; NOTHING without error if the journal does not know it. */
bool ib_history_fate (IbJournal *journal, const char *id, IbFate *out_fate, GError **error);

/* A message that waits on the server. */
typedef struct {
    char *mailbox;
    guint32 uid;
    char *uidl;              /* NULL for IMAP */
    guint64 size_bytes;
    IbOpenReason reason;
    char *server_text;
} IbHistoryOpen;
typedef bool (*IbHistoryEachOpen) (const IbHistoryOpen *open, gpointer user_data);
bool ib_history_open (IbJournal *journal, const char *account, IbHistoryEachOpen each, gpointer user_data,
                      GError **error);

/* Zero and "" for an account that was never polled. */
typedef struct {
    guint64 delivered, junk, duplicates, discarded, open;
    gint64 last_poll;        /* microseconds; 0 never */
    gint64 failing_since;    /* microseconds: the first of the polls in a row that failed; 0: the last one did not */
    char *last_state;        /* the word that `status` shows; "" never polled */
    char *last_error;        /* "" if ok */
} IbAccountFigures;
void ib_account_figures_clear (IbAccountFigures *self);
bool ib_history_account (IbJournal *journal, const char *account, IbAccountFigures *out_figures, GError **error);

/* To which addresses mail was sent that came through each account, with how much of it, and when it came last. */
typedef struct {
    const char *account;
    const char *address;     /* lower case */
    guint64 count;
    gint64 last_at;          /* microseconds */
} IbHistoryRecipient;
typedef bool (*IbHistoryEachRecipient) (const IbHistoryRecipient *recipient, gpointer user_data);
/* Of all that is not trimmed. What got most mail comes first: who cannot take all loses what matters least. */
bool ib_history_recipients (IbJournal *journal, IbHistoryEachRecipient each, gpointer user_data, GError **error);

/* When an account's last poll that went well ended; without any, when the last message came; 0: nothing has. */
bool ib_history_last_good_poll (IbJournal *journal, gint64 *out_at, GError **error);
/* A poll ended: for `status`. Written by the delivery thread. */
bool ib_history_note_poll (IbJournal *journal, const char *account, gint64 at, const char *state,
                           const char *error_text, GError **error);
