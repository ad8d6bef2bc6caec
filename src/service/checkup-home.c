/* checkup-home.c - the configuration, and who may read and write what */
#include "account-file.h"
#include "checkup-private.h"
#include "nearest.h"
#include "oauth2-clients.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- configuration ------------------------------------------------------------------------------------------------ */

/* Filters that it names and that are not there are the filters' row's. */
static void
look_at_settings (IbCheckup *self)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbConfig) config = ib_config_load_to_mend (self->paths, &error);
    if (config == NULL)
        ib_checkup_say (self, IB_FINDING_WRONG, NULL, _ ("Mend that line; nothing is fetched before"), "%s",
                        error->message);
}

/* One that is in no table has nothing to give; whoever brings a client id of his own needs no more than its name. */
static void
look_at_provider (IbCheckup *self, const IbAccount *account, const IbProviders *providers,
                  const IbOAuth2Clients *clients)
{
    g_autoptr (IbOAuth2Client) client = ib_oauth2_clients_find (clients, NULL, account);
    if (*account->provider == '\0' || ib_providers_find (providers, account->provider) != NULL
        || (client->id != NULL && *client->id != '\0'))
        return;
    const GPtrArray *all = ib_providers_all (providers);
    g_autoptr (GPtrArray) known = g_ptr_array_new ();
    for (guint i = 0; i < all->len; i++)
        g_ptr_array_add (known, ((IbProvider *) all->pdata[i])->id);
    g_ptr_array_add (known, NULL);
    const char *nearest = ib_nearest (account->provider, (const char *const *) known->pdata);
    g_autofree char *remedy = g_strdup_printf ("inbasket account edit %s --provider %s", account->name,
                                               nearest != NULL ? nearest : "''");
    ib_checkup_say (self, IB_FINDING_WARNING, account->name, remedy,
                    _ ("No mail provider “%s” is known, so provider= does nothing"), account->provider);
}

static void
look_at_tables (IbCheckup *self)
{
    const char *const folders[] = { ib_paths_shipped_providers (), self->paths->providers, NULL };
    const char *const ids[] = { ib_paths_shipped_oauth_clients (), self->paths->oauth_clients, NULL };
    g_autoptr (GError) error = NULL;
    g_autoptr (IbProviders) providers = ib_providers_load (folders, &error);
    if (providers == NULL)
        ib_checkup_say (self, IB_FINDING_WRONG, NULL, _ ("Mend that file, or move it away"), "%s",
                        error->message);
    g_clear_error (&error);
    g_autoptr (IbOAuth2Clients) clients = ib_oauth2_clients_load (ids, &error);
    if (clients == NULL)
        ib_checkup_say (self, IB_FINDING_WRONG, NULL, _ ("Mend that file, or move it away"), "%s",
                        error->message);
    for (guint i = 0;
         providers != NULL && clients != NULL && self->config != NULL && i < self->config->accounts->len; i++)
        look_at_provider (self, self->config->accounts->pdata[i], providers, clients);
}

void
ib_checkup_home_configuration (IbCheckup *self)
{
    IbFindingLevel before = self->worst;
    look_at_settings (self);
    look_at_tables (self);
    if (self->config == NULL)
        return;
    const GPtrArray *accounts = self->config->accounts, *broken = self->config->broken;
    for (guint i = 0; i < broken->len; i++) {
        const IbBrokenAccount *each = broken->pdata[i];
        ib_checkup_say (self, IB_FINDING_WRONG, each->name,
                        _ ("Mend that line; this account is not fetched before"), "%s", each->error->message);
    }
    if (accounts->len + broken->len == 0)
        ib_checkup_say (self, IB_FINDING_WARNING, NULL, _ ("“inbasket setup” adds one"),
                        _ ("There is no account yet"));
    else if (self->worst == before)
        ib_checkup_say (self, IB_FINDING_FINE, NULL, NULL,
                        ngettext ("The settings and %u account parse", "The settings and %u accounts parse",
                                  accounts->len),
                        accounts->len);
}

/* --- permissions -------------------------------------------------------------------------------------------------- */

/* What others must not do, as the bits of a mode. */
#define READ_BY_OTHERS 077
#define WRITE_BY_OTHERS 022

/* Whether it was as it should be; what is not there is. @level: of one that others may read or write. */
static bool
look_at_mode (IbCheckup *self, IbFindingLevel level, const char *subject, const char *path, mode_t forbidden,
              mode_t proper)
{
    struct stat st;
    if (stat (path, &st) != 0) {
        if (errno == ENOENT)
            return true;
        ib_checkup_say (self, IB_FINDING_WRONG, subject, NULL, _ ("%s cannot be looked at: %s"), path,
                        g_strerror (errno));
        return false;
    }
    g_autofree char *word = g_shell_quote (path);
    if (st.st_uid != getuid ()) {
        g_autofree char *remedy
            = g_strdup_printf (_ ("Make it yours: sudo chown %u %s"), (guint) getuid (), word);
        ib_checkup_say (self, IB_FINDING_WRONG, subject, remedy, _ ("%s belongs to another user"), path);
        return false;
    }
    if ((st.st_mode & forbidden) == 0)
        return true;
    g_autofree char *remedy = g_strdup_printf ("chmod %o %s", (guint) proper, word);
    ib_checkup_say (self, level, subject, remedy,
                    forbidden == WRITE_BY_OTHERS
                        ? _ ("Others may write to %s, and so run what they like as you")
                        : _ ("Others may read %s"),
                    path);
    return false;
}

/* Settings name commands; the state holds what mail is about. */
static bool
look_at_folders (IbCheckup *self)
{
    bool is_right
        = look_at_mode (self, IB_FINDING_WRONG, NULL, self->paths->config, WRITE_BY_OTHERS, 0700)
          & look_at_mode (self, IB_FINDING_WRONG, NULL, self->paths->config_file, WRITE_BY_OTHERS, 0600)
          & look_at_mode (self, IB_FINDING_WRONG, NULL, self->paths->accounts, WRITE_BY_OTHERS, 0700)
          & look_at_mode (self, IB_FINDING_WRONG, NULL, self->paths->filters, WRITE_BY_OTHERS, 0700)
          & look_at_mode (self, IB_FINDING_WARNING, NULL, self->paths->state, READ_BY_OTHERS, 0700)
          & look_at_mode (self, IB_FINDING_WARNING, NULL, self->paths->journal, READ_BY_OTHERS, 0600);
    static const char *const local[] = { "password", "users", "dovecot.conf" };
    for (gsize i = 0; i < G_N_ELEMENTS (local); i++) {
        g_autofree char *path = g_build_filename (self->paths->config, "imap", local[i], NULL);
        is_right &= look_at_mode (self, IB_FINDING_WRONG, NULL, path, READ_BY_OTHERS, 0600);
    }
    if (self->config != NULL)
        is_right
            &= look_at_mode (self, IB_FINDING_WARNING, NULL, self->config->maildir, READ_BY_OTHERS, 0700);
    return is_right;
}

static bool
look_at_account (IbCheckup *self, const IbAccount *account)
{
    g_autofree char *file = g_strdup_printf ("%s/%s.conf", self->paths->accounts, account->name);
    mode_t forbidden = *account->oauth2_client_secret != '\0' ? READ_BY_OTHERS : WRITE_BY_OTHERS;
    bool is_right = look_at_mode (self, IB_FINDING_WRONG, account->name, file, forbidden, 0600);
    if (account->secret_source != IB_SECRET_FILE)
        return is_right;
    g_autofree char *folder = g_path_get_dirname (account->secret_value);
    return is_right
           & look_at_mode (self, IB_FINDING_WRONG, account->name, account->secret_value, READ_BY_OTHERS, 0600)
           & look_at_mode (self, IB_FINDING_WRONG, account->name, folder, READ_BY_OTHERS, 0700);
}

void
ib_checkup_home_permissions (IbCheckup *self)
{
    bool is_right = look_at_folders (self);
    for (guint i = 0; self->config != NULL && i < self->config->accounts->len; i++)
        is_right &= look_at_account (self, self->config->accounts->pdata[i]);
    if (is_right)
        ib_checkup_say (self, IB_FINDING_FINE, NULL, NULL,
                        _ ("Settings, passwords in files, journal and mail are yours alone"));
}
