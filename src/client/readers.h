/* readers.h - how to point each mail program at the Maildir
 *
 *     reads a Maildir of this layout ─▶ a file to be included, or steps in the program's own window
 *     does not                       ─▶ steps that lead it to the local IMAP server (local-imap.h)
 *
 * A program is a const row. What is a file was tried with the program itself, mu4e's with mu alone, without Emacs; the steps
 * in a window (Evolution, KMail, Claws Mail, Thunderbird) were not, only the server that they lead to. Pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Where the mail is. */
typedef struct {
    const char *maildir;                   /* one that ib_quote_can () */
    bool is_fs;                            /* layout=fs, else maildir++ */
    const char *address;                   /* the user's own; NULL: none is known */
    guint imap_port;                       /* of the local server; 0: there is none yet */
    const char *imap_user, *imap_password; /* the user's name there, and the file that the password is in */
} IbReaderPlace;

typedef enum { IB_READER_MAILDIR, IB_READER_IMAP } IbReaderWay;

typedef struct {
    const char *name, *title;
    const char *other_name; /* that it is looked for by, too; NULL */
    const char *program;    /* in PATH, if it is installed */
    const char *file;       /* what is written for it is called so; NULL: it is set up in its own window */
    const char *comment;    /* begins a comment in that file */
    /* The file's text, or the steps, for both layouts; NULL: it does not read such a Maildir. */
    char *(*maildir) (const IbReaderPlace *place);
    char *(*maildir_fs) (const IbReaderPlace *place);
    char *(*imap) (const IbReaderPlace *place); /* NULL: never needed */
    const char *stumbles; /* over these characters in the Maildir's path; NULL: over none */
    /* What makes the program read the file @path; and where that line goes: a file, or NULL for a shell. */
    char *(*join) (const char *path);
    const char *join_into;
    const char *needs; /* besides itself, a sentence; NULL: nothing */
    const char
        *remarks[4]; /* what it does to the mail, and what it does not see; a sentence each, NULL-filled */
} IbReader;

/* All, in the order of the list; ends with a NULL name. */
const IbReader *ib_readers (void);
/* NULL: there is none of that name. */
const IbReader *ib_reader_find (const char *name);
IbReaderWay ib_reader_way (const IbReader *self, const IbReaderPlace *place);
/* "maildir", "imap". */
const char *ib_reader_way_name (IbReaderWay way);
/* What that way needs besides the program, translated; NULL: nothing. */
const char *ib_reader_needs (const IbReader *self, IbReaderWay way);
/* The file's text, or the steps. Returns: (transfer full) */
char *ib_reader_text (const IbReader *self, const IbReaderPlace *place);
