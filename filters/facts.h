/* facts.h - what a message cannot say about itself
 *
 * Everything that judging needs beside the bytes: so the same bytes and facts always give the same verdict, and every
 * verdict can be replayed. A value; no file, socket or clock is behind it. */
#pragma once

#include "lists.h"
#include "marks.h"

typedef struct {
    char *id;                /* what X-Inbasket-Id will say; "" in a dry run */
    char *account;           /* the account's name; "" if unknown */
    char *server_folder;     /* where it lay on the server, UTF-8; "" if unknown */
    char *server_use;        /* that folder's special use: "", "Junk" ... */
    char *account_folder;    /* where implicit keep goes: "INBOX" or what folder= says */
    char **own_addresses;    /* all accounts' addresses and aliases, lower case */
    char *account_address;   /* this account's */
    char *server_host;       /* that the account is fetched from, lower case; "" if unknown */
    char **provider_hosts;   /* its provider's: ".example.org" for all hosts below, "192.0.2.0/24", "p*-mta-*" */
    char **mx;               /* a row an own domain: "example.org mx.example.org 192.0.2.1 .provider.example" */
    char **relays;           /* [trust] relays: hosts and networks, as .provider_hosts */
    char **authserv_ids;     /* [trust] authserv-ids */
    char **folders;          /* that exist in the Maildir: for mailboxexists */
    char **scripts;          /* names of the scripts to run, in order */
    char **flags;            /* the message's on the server: "\\Seen", "\\Flagged" ... */
    gint64 now;              /* microseconds since 1970, UTC */
    gint32 utc_offset_s;     /* the user's zone at that time, for date tests */
    gint64 received_at_s;    /* INTERNALDATE; 0 unknown */
    guint64 total_size_bytes; /* of the whole message, which may be longer than what is judged; 0: as given */
    double spam_threshold;   /* the probability from which it is spam */
    bool annotates;          /* X-Inbasket-* fields are added */
    IbMarks *marks;          /* what `duplicate` has seen so far; NULL: nothing */
    IbLists *lists;          /* the user's own, for `:list`; NULL: none */
    GBytes *people;          /* whom the user writes with, a line "address name" each; NULL: nobody */
} IbFacts;

/* Empty strings and lists, never NULL. */
IbFacts *ib_facts_new (void);
IbFacts *ib_facts_copy (const IbFacts *self);
/* For a field: frees what stood there. Each takes what it is given. */
void ib_facts_set_text (char **field, char *text);
void ib_facts_set_list (char ***field, char **list);
void ib_facts_free (IbFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbFacts, ib_facts_free)
