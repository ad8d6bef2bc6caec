/* online-accounts.h - the desktop's own accounts: GNOME Online Accounts, over D-Bus
 *
 * Who has signed in in GNOME's settings need not do it again. What is asked for is asked of the desktop before every
 * connection, which renews tokens by itself; nothing of it is kept here. All of this blocks on D-Bus and is for a thread, or
 * for a command; nothing prompts. Errors are IB_CREDENTIAL_ERROR's: OFFLINE passes by itself, and of NEEDS_YOU the text
 * says where in the settings to look. */
#pragma once

#include "secret.h"

#include <gio/gio.h>
#include <stdbool.h>

typedef struct {
    char *id;          /* "account_1700000001_0": for secret=goa:ID */
    char *provider;    /* "Google", as people know it */
    char *identity;    /* "anna@example.org", as the settings show it */
    char *address;
    char *host;        /* of its IMAP server; "" if it has none */
    guint16 port;      /* 0: the usual one */
    char *user;
    bool has_tls, has_starttls;
    bool is_lax;       /* any certificate was to do */
    bool is_mail_off;  /* mail is switched off in the settings */
    bool has_token;    /* OAuth2; else a password */
} IbOnlineAccount;

/* Those that have mail, in the order in which they were added. Elements: IbOnlineAccount. Returns: (transfer full) (nullable) */
GPtrArray *ib_online_accounts_list (GCancellable *cancellable, GError **error);

/* The password, or with @is_token an access token, of account @id. Returns: (transfer full) (nullable) */
IbSecret *ib_online_accounts_obtain (const char *id, bool is_token, GCancellable *cancellable, GError **error);

/* Whether @id may be one: letters, digits and "_". */
bool ib_online_accounts_id_is_valid (const char *id);
