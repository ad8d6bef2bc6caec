/* import-goa.c - GNOME Online Accounts: asked over D-Bus, and asked again before every connection */
#include "import-private.h"
#include "online-accounts.h"

#include <glib/gi18n-lib.h>

static void
import_account (IbImport *import, const IbOnlineAccount *account)
{
    g_autofree char *origin = g_strdup_printf ("%s %s", account->provider, account->identity);
    g_autofree char *secret = g_strconcat ("goa:", account->id, NULL),
                    *port = g_strdup_printf ("%u", account->port);
    if (*account->host == '\0') {
        ib_import_leave (import, origin, _ ("GNOME knows no IMAP server of it"));
        return;
    }
    if (account->is_mail_off) {
        ib_import_leave (import, origin, _ ("Mail is switched off for it in GNOME's settings"));
        return;
    }
    IbImported *self = ib_import_add (import, origin, account->address);
    ib_imported_set (self, "account.protocol", "imap");
    ib_imported_take (self, "EmailAddress", "account.address", account->address);
    ib_imported_take (self, "ImapHost", "account.host", account->host);
    if (account->port != 0)
        ib_imported_set (self, "account.port", port);
    ib_imported_take (self, account->has_tls ? "ImapUseSsl" : "ImapUseTls", "account.security",
                      account->has_tls        ? "tls"
                      : account->has_starttls ? "starttls"
                                              : "none");
    ib_imported_take (self, "ImapUserName", "account.user", account->user);
    if (account->has_token)
        ib_imported_take (self, "OAuth2Based", "account.auth", "oauth2");
    ib_imported_change (self, account->has_token ? "GetAccessToken" : "GetPassword", "account.secret", secret,
                        _ ("GNOME is asked for it before every connection; nothing of it is kept"));
    if (account->is_lax)
        ib_imported_leave (
            self, "ImapAcceptSslErrors",
            _ ("Certificates are verified, always; one that nobody vouches for is pinned with fingerprint="));
}

static bool
ask (IbImport *import, GError **error)
{
    g_autoptr (GPtrArray) accounts = ib_online_accounts_list (NULL, error);
    for (guint i = 0; accounts != NULL && i < accounts->len; i++)
        import_account (import, accounts->pdata[i]);
    return accounts != NULL;
}

static const char *const places[] = { NULL };

const IbImportFormat ib_import_goa = { "goa", places, NULL, NULL, NULL, ask };
