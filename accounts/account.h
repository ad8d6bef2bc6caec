/* account.h - one mailbox account of the user's, as accounts/NAME.conf has it
 *
 * A value: loaded whole, never changed behind anybody's back. inbasket.conf(5) lists the keys. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef enum { IB_PROTOCOL_IMAP, IB_PROTOCOL_POP3 } IbProtocol;
typedef enum { IB_SECURITY_TLS, IB_SECURITY_STARTTLS, IB_SECURITY_NONE } IbSecurity;
typedef enum { IB_AUTH_PASSWORD, IB_AUTH_OAUTH2 } IbAuth;
typedef enum { IB_SECRET_KEYRING, IB_SECRET_COMMAND, IB_SECRET_CREDENTIAL, IB_SECRET_FILE, IB_SECRET_GOA } IbSecretSource;
typedef enum { IB_AFTER_KEEP, IB_AFTER_DELETE, IB_AFTER_MOVE } IbAfter;
typedef enum { IB_SERVER_JUNK_NONE, IB_SERVER_JUNK_MOVE } IbServerJunk;

typedef struct {
    char *name;               /* from the file's name */

    /* [account] */
    char *address;
    char **aliases;           /* never NULL */
    bool is_enabled;
    IbProtocol protocol;
    char *host;
    guint16 port;             /* 0: ib_account_port () knows */
    IbSecurity security;
    bool allow_plaintext;
    char *ca_file;            /* "" or an absolute path */
    char *fingerprint;        /* "" or 64 lower-case hex digits, SHA-256 of the certificate */
    char *user;
    IbAuth auth;
    IbSecretSource secret_source;
    char *secret_value;       /* the command line, credential name, path or account of GNOME's; "" for keyring */
    char *provider;
    char *oauth2_client_id, *oauth2_client_secret, *oauth2_auth_url, *oauth2_token_url, *oauth2_device_url,
        *oauth2_scope;

    /* [fetch] */
    char **folders;           /* IMAP names and globs, "!" excludes; {"INBOX"} if not set. "\Junk", which no file has: the
                               * mailbox with that special use, else those with its usual names; "\Archive" with all
                               * that lies below it */
    char *since;              /* "", "30d" or "2026-01-31"; ib_account_since () resolves it */
    IbAfter after;
    gint64 after_delay_s;     /* delete-after:14d */
    char *after_folder;       /* move:FOLDER, else "" */
    guint64 max_size_bytes;   /* 0: no limit */
    gint64 interval_s;
    bool has_push;

    /* [filter] */
    bool is_filtered;
    char **scripts;           /* NULL: the global list */
    IbServerJunk server_junk;
    char *folder;             /* where its ordinary mail goes, may hold %a and %f; "" is INBOX */
} IbAccount;

/* [a-z0-9][a-z0-9._-]*, at most 64. */
bool ib_account_name_is_valid (const char *name);

/* The port, or the one that protocol and security imply (993, 143, 995, 110). */
guint16 ib_account_port (const IbAccount *self);
/* Seconds since 1970 from which on mail is wanted at a first poll at @now_s; 0 for all. */
gint64 ib_account_since (const IbAccount *self, gint64 now_s);
/* Whether its secret is a refresh token, for which we get access tokens: not where a program or the desktop gives these. */
bool ib_account_has_refresh_token (const IbAccount *self);
/* Whether its server is on this machine: a loopback host. */
bool ib_account_is_local (const IbAccount *self);
/* Whether security=none is allowed: a loopback host, or allow-plaintext=true. */
bool ib_account_may_be_plaintext (const IbAccount *self);
/* Where ordinary mail of the server's mailbox @server_folder goes: folder= with %a and %f filled in
 * (characters that no folder may have become "_"), or INBOX. Returns: (transfer full) */
char *ib_account_expand_folder (const IbAccount *self, const char *server_folder);

IbAccount *ib_account_copy (const IbAccount *self);
void ib_account_free (IbAccount *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbAccount, ib_account_free)
