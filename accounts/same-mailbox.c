/* same-mailbox.c - whether two accounts fetch one mailbox */
#include "same-mailbox.h"
#include "account-file.h"
#include "destination.h"

#include <string.h>

/* Any other port may be a tunnel's to another server. */
static bool
is_usual_port (const IbAccount *account)
{
    guint port = ib_account_port (account);
    return account->protocol == IB_PROTOCOL_IMAP ? port == 993 || port == 143 : port == 995 || port == 110;
}

bool
ib_same_mailbox (const IbAccount *one, const IbAccount *other)
{
    g_autofree char *here = ib_destination_server (one);
    g_autofree char *there = ib_destination_server (other);
    return one->protocol == other->protocol && strcmp (here, there) == 0
           && (ib_account_port (one) == ib_account_port (other)
               || (is_usual_port (one) && is_usual_port (other)))
           && strcmp (one->user, other->user) == 0;
}

char *
ib_same_mailbox_find (const char *folder, const IbAccount *account)
{
    g_autoptr (GDir) files = g_dir_open (folder, 0, NULL);
    const char *name;
    while (files != NULL && (name = g_dir_read_name (files)) != NULL) {
        g_autofree char *path = g_build_filename (folder, name, NULL);
        g_autoptr (IbAccount) other
            = g_str_has_suffix (name, ".conf") ? ib_account_load (path, NULL) : NULL;
        if (other != NULL && strcmp (other->name, account->name) != 0 && ib_same_mailbox (account, other))
            return g_strdup (other->name);
    }
    return NULL;
}
