/* account-options.c - an account's keys as options of the command line */
#include "account-options.h"
#include "account-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What --help says of each key; inbasket.conf(5) says it in full. */
static const struct {
    const char *key, *value, *meaning;
} words[] = {
    { "account.address", N_ ("ADDRESS"), N_ ("Your mail address at this account") },
    { "account.aliases", N_ ("LIST"), N_ ("Your other addresses there, “;” between") },
    { "account.enabled", "true|false", N_ ("Whether it is fetched") },
    { "account.protocol", "imap|pop3", N_ ("How the server is spoken to") },
    { "account.host", N_ ("HOST"), N_ ("The mail server's name") },
    { "account.port", N_ ("PORT"), N_ ("Its port, if it is not the usual one") },
    { "account.security", "tls|starttls|none", N_ ("How the connection is encrypted") },
    { "account.allow-plaintext", "true|false",
      N_ ("Allow --security none to a server that is not this machine") },
    { "account.ca-file", N_ ("FILE"), N_ ("One more certificate authority to trust (PEM)") },
    { "account.fingerprint", "sha256:…", N_ ("The one certificate to trust") },
    { "account.user", N_ ("USER"), N_ ("Name to sign in with, if it is not the address") },
    { "account.auth", "password|oauth2", N_ ("How to sign in") },
    { "account.secret", N_ ("SOURCE"),
      N_ ("Where the password is: keyring, command:…, credential:NAME, file:PATH, goa:ID") },
    { "account.provider", N_ ("NAME"), N_ ("A provider whose particulars are known") },
    { "account.oauth2-client-id", N_ ("ID"), N_ ("OAuth2: the client's id") },
    { "account.oauth2-client-secret", N_ ("TEXT"), N_ ("OAuth2: the client's so-called secret") },
    { "account.oauth2-auth-url", N_ ("URL"), N_ ("OAuth2: where you consent") },
    { "account.oauth2-token-url", N_ ("URL"), N_ ("OAuth2: where tokens come from") },
    { "account.oauth2-device-url", N_ ("URL"), N_ ("OAuth2: where device codes come from") },
    { "account.oauth2-scope", N_ ("SCOPE"), N_ ("OAuth2: what is asked for") },
    { "fetch.folders", N_ ("LIST"), N_ ("IMAP folders, “;” between; globs; “!” leaves out") },
    { "fetch.since", N_ ("WHEN"), N_ ("At the first poll only newer mail: 30d, 2026-01-31") },
    { "fetch.after", N_ ("WHAT"),
      N_ ("Once mail is safe here: keep, delete, delete-after:14d, move:FOLDER") },
    { "fetch.max-size", N_ ("SIZE"), N_ ("Larger messages stay on the server: 20M") },
    { "fetch.interval", N_ ("TIME"), N_ ("How often to poll: 5m") },
    { "fetch.push", "true|false", N_ ("Let the server tell of new mail at once (IMAP IDLE)") },
    { "filter.enabled", "true|false", N_ ("Whether its mail is filtered") },
    { "filter.scripts", N_ ("LIST"), N_ ("Its own list of filters, in place of the common one") },
    { "filter.server-junk", "none|move", N_ ("Move what is spam into the server's junk folder too") },
    { "filter.folder", N_ ("FOLDER"),
      N_ ("Where its ordinary mail goes; %a: account, %f: folder on the server") },
};

struct _IbAccountOptions {
    const char *const *keys;
    gsize n_keys;
    char **values;    /* one for each key; NULL: not given */
    GPtrArray *names; /* char *: without the dashes */
    GArray *entries;  /* GOptionEntry, NULL-ended */
    GPtrArray *given;
};

/* "filter-enabled" where an earlier group has the key, too. */
static char *
option_name (const char *const *keys, const char *key)
{
    const char *plain = strchr (key, '.') + 1;
    for (; strcmp (*keys, key) != 0; keys++)
        if (strcmp (strchr (*keys, '.') + 1, plain) == 0)
            return g_strdelimit (g_strdup (key), ".", '-');
    return g_strdup (plain);
}

static void
add_key (IbAccountOptions *self, gsize i)
{
    GOptionEntry entry = { .arg = G_OPTION_ARG_STRING, .arg_data = &self->values[i] };
    char *name = option_name (self->keys, self->keys[i]);
    g_ptr_array_add (self->names, name);
    entry.long_name = name;
    for (gsize j = 0; j < G_N_ELEMENTS (words); j++) {
        if (strcmp (words[j].key, self->keys[i]) == 0) {
            entry.arg_description = words[j].value;
            entry.description = words[j].meaning;
        }
    }
    g_array_append_val (self->entries, entry);
}

IbAccountOptions *
ib_account_options_new (const GOptionEntry *more)
{
    IbAccountOptions *self = g_new0 (IbAccountOptions, 1);
    self->keys = ib_account_file_keys ();
    self->n_keys = g_strv_length ((char **) self->keys);
    self->values = g_new0 (char *, self->n_keys);
    self->names = g_ptr_array_new_with_free_func (g_free);
    self->entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));
    self->given = g_ptr_array_new ();

    for (gsize i = 0; i < self->n_keys; i++)
        add_key (self, i);
    for (; more != NULL && more->long_name != NULL; more++)
        g_array_append_vals (self->entries, more, 1);
    return self;
}

const GOptionEntry *
ib_account_options_entries (const IbAccountOptions *self)
{
    return (const GOptionEntry *) (gpointer) self->entries->data;
}

const char *const *
ib_account_options_given (IbAccountOptions *self)
{
    g_ptr_array_set_size (self->given, 0);
    for (gsize i = 0; i < self->n_keys; i++) {
        if (self->values[i] != NULL) {
            g_ptr_array_add (self->given, (gpointer) self->keys[i]);
            g_ptr_array_add (self->given, self->values[i]);
        }
    }
    g_ptr_array_add (self->given, NULL);
    return (const char *const *) self->given->pdata;
}

void
ib_account_options_free (IbAccountOptions *self)
{
    if (self == NULL)
        return;
    for (gsize i = 0; i < self->n_keys; i++)
        g_free (self->values[i]);
    g_free (self->values);
    g_ptr_array_unref (self->names);
    g_array_unref (self->entries);
    g_ptr_array_unref (self->given);
    g_free (self);
}
