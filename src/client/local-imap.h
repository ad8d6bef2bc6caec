/* local-imap.h - a Dovecot of the user's own, for mail programs that read no Maildir
 *
 * It runs as the user, needs no root, listens on 127.0.0.1 alone, and wants a password, since other users of the machine
 * reach that, too. What it notes about the mail lies elsewhere, so that the Maildir stays one. Dovecot 2.3. */
#pragma once

#include "kept-file.h"

#define IB_LOCAL_IMAP_USER "inbasket"

typedef struct {
    const char *maildir; /* one that ib_quote_can (), as are the folders */
    bool is_fs;
    const char *settings; /* folder: dovecot.conf, users, password */
    const char *state;    /* folder: what must last, its log, and its sockets */
    const char *cache;    /* folder: indexes */
    const char *units;    /* folder of the user's systemd units */
} IbLocalImap;

typedef enum {
    IB_LOCAL_IMAP_ERROR_CANNOT, /* not for this user, or not in these folders */
    IB_LOCAL_IMAP_ERROR_FILE,   /* a file cannot be read or written */
} IbLocalImapError;
#define IB_LOCAL_IMAP_ERROR (ib_local_imap_error_quark ())
GQuark ib_local_imap_error_quark (void);

/* Paths of the files. Returns: (transfer full) */
char *ib_local_imap_configuration (const IbLocalImap *self);
char *ib_local_imap_password_file (const IbLocalImap *self);
char *ib_local_imap_unit (const IbLocalImap *self);
/* Where Dovecot is; NULL: not here. Returns: (transfer full) (nullable) */
char *ib_local_imap_program (void);
/* The port that its configuration names, be it the user's own; 0: there is none. */
guint ib_local_imap_port (const IbLocalImap *self);

/* Writes all of it: a free port is chosen once and kept, a password is made once. Elements: IbKeptFile; the password
 * is among them when it is new. Returns: (transfer full) (nullable) */
GPtrArray *ib_local_imap_write (const IbLocalImap *self, GError **error);
