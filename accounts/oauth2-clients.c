/* oauth2-clients.c - the client ids that this copy has, and the doors that they open */
#include "oauth2-clients.h"
#include "face.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* "gmail:ID:SECRET;outlook:ID", from the build. */
#ifndef IB_OAUTH2_CLIENTS
#define IB_OAUTH2_CLIENTS ""
#endif

struct _IbOAuth2Clients {
    GHashTable *groups; /* name: IbOAuth2Client; "" where a file says nothing */
};

/* --- reading ------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    gsize offset;
    bool is_url;
} keys[] = {
    { "client-id", G_STRUCT_OFFSET (IbOAuth2Client, id), false },
    { "client-secret", G_STRUCT_OFFSET (IbOAuth2Client, secret), false },
    { "redirect", G_STRUCT_OFFSET (IbOAuth2Client, redirect), true },
    { "issuer", G_STRUCT_OFFSET (IbOAuth2Client, issuer), false },
    { "auth-url", G_STRUCT_OFFSET (IbOAuth2Client, auth_url), true },
    { "token-url", G_STRUCT_OFFSET (IbOAuth2Client, token_url), true },
    { "device-url", G_STRUCT_OFFSET (IbOAuth2Client, device_url), true },
    { "scope", G_STRUCT_OFFSET (IbOAuth2Client, scope), false },
};

static bool
check_keys (GKeyFile *file, const char *group, GError **error)
{
    g_auto (GStrv) names = g_key_file_get_keys (file, group, NULL, NULL);
    for (char **name = names; *name != NULL; name++) {
        gsize i = 0;
        while (i < G_N_ELEMENTS (keys) && strcmp (keys[i].name, *name) != 0)
            i++;
        if (i == G_N_ELEMENTS (keys)) {
            g_set_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT, _ ("there is no key “%s”"), *name);
            return false;
        }
    }
    if (g_key_file_has_key (file, group, "client-id", NULL))
        return true;
    g_set_error_literal (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT,
                         _ ("the key “client-id” is missing"));
    return false;
}

/* A browser is sent back to this machine, and to nowhere else. */
static bool
check_redirect (const IbOAuth2Client *client, GError **error)
{
    const char *scheme = g_uri_peek_scheme (client->redirect);
    if (g_strcmp0 (scheme, "https") != 0)
        return true; /* then ib_oauth2_check_url () has seen that it is this machine's */
    g_set_error_literal (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT,
                         _ ("redirect must be like http://127.0.0.1/ or http://localhost/"));
    return false;
}

/* One that says nothing, so that the provider's own goes before our default. */
static IbOAuth2Client *
new_group (void)
{
    IbOAuth2Client *client = ib_oauth2_client_new ();
    ib_oauth2_set (&client->redirect, "");
    return client;
}

static IbOAuth2Client *
read_group (GKeyFile *file, const char *group, GError **error)
{
    g_autoptr (IbOAuth2Client) client = new_group ();
    if (!check_keys (file, group, error))
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
        g_autoptr (GError) why = NULL;
        g_autofree char *value = g_key_file_get_string (file, group, keys[i].name, &why);
        if (g_error_matches (why, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND))
            continue;
        if (value == NULL) {
            g_set_error_literal (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT, why->message);
            return NULL;
        }
        if (keys[i].is_url && !ib_oauth2_check_url (keys[i].name, value, error))
            return NULL;
        ib_oauth2_set ((char **) G_STRUCT_MEMBER_P (client, keys[i].offset), value);
    }
    return check_redirect (client, error) ? g_steal_pointer (&client) : NULL;
}

static bool
read_file (IbOAuth2Clients *self, const char *path, GError **error)
{
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autoptr (GError) why = NULL;
    if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &why)) {
        g_set_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT, "%s: %s", path, why->message);
        return false;
    }
    g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
    for (char **group = groups; *group != NULL; group++) {
        IbOAuth2Client *client = read_group (file, *group, error);
        if (client == NULL) {
            g_prefix_error (error, "%s, [%s]: ", path, *group);
            return false;
        }
        ib_oauth2_set (&client->source, path);
        g_hash_table_replace (self->groups, g_strdup (*group), client);
    }
    return true;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
    return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static bool
read_folder (IbOAuth2Clients *self, const char *folder, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (GDir) dir = g_dir_open (folder, 0, &why);
    g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
    if (dir == NULL && g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return true;
    if (dir == NULL) {
        g_set_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT, "%s: %s", folder, why->message);
        return false;
    }
    for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
        if (g_str_has_suffix (name, ".conf") && *name != '.')
            g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
    g_ptr_array_sort (paths, compare_names);
    for (guint i = 0; i < paths->len; i++)
        if (!read_file (self, paths->pdata[i], error))
            return false;
    return true;
}

static void
read_built_in (IbOAuth2Clients *self, const char *text)
{
    g_auto (GStrv) all = g_strsplit (text, ";", 0);
    for (char **each = all; *each != NULL; each++) {
        g_auto (GStrv) parts = g_strsplit (*each, ":", 3);
        if (g_strv_length (parts) < 2)
            continue;
        IbOAuth2Client *client = new_group ();
        ib_oauth2_set (&client->id, parts[1]);
        ib_oauth2_set (&client->secret, parts[2] != NULL ? parts[2] : "");
        ib_oauth2_set (&client->source, _ ("this copy of Inbasket"));
        g_hash_table_replace (self->groups, g_strdup (parts[0]), client);
    }
}

IbOAuth2Clients *
ib_oauth2_clients_load (const char *const *folders, GError **error)
{
    g_autoptr (IbOAuth2Clients) self = g_new0 (IbOAuth2Clients, 1);
    self->groups
        = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ib_oauth2_client_free);
    read_built_in (self, IB_OAUTH2_CLIENTS);
    for (; *folders != NULL; folders++)
        if (!read_folder (self, *folders, error))
            return NULL;
    return g_steal_pointer (&self);
}

void
ib_oauth2_clients_free (IbOAuth2Clients *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->groups);
    g_free (self);
}

/* --- finding ------------------------------------------------------------------------------------------------- */

static const IbOAuth2Client *
look_up (const IbOAuth2Clients *self, const char *name)
{
    return name != NULL && *name != '\0' ? g_hash_table_lookup (self->groups, name) : NULL;
}

static const IbOAuth2Client *
find_group (const IbOAuth2Clients *self, const IbProvider *provider, const IbAccount *account)
{
    const IbOAuth2Client *found = look_up (self, provider != NULL ? provider->id : account->provider);
    return found != NULL || provider == NULL ? found : look_up (self, provider->oauth2_issuer);
}

/* The first that says something goes into @field. */
static void
choose (char **field, const char *first, const char *second, const char *third)
{
    const char *const all[] = { first, second, third };
    for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
        if (all[i] != NULL && *all[i] != '\0') {
            ib_oauth2_set (field, all[i]);
            return;
        }
}

/* Of a server that only its endpoints are known of: it may say more of itself at its root. */
static char *
root_of (const char *url)
{
    g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_PARSE_RELAXED, NULL);
    return uri != NULL ? g_uri_join (G_URI_FLAGS_NONE, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri),
                                     g_uri_get_port (uri), "", NULL, NULL)
                       : NULL;
}

IbOAuth2Client *
ib_oauth2_clients_find (const IbOAuth2Clients *self, const IbProvider *provider, const IbAccount *account)
{
    const IbOAuth2Client *group = find_group (self, provider, account);
    g_autoptr (IbOAuth2Client) nothing = new_group ();
    IbOAuth2Client *client = ib_oauth2_client_new ();
    const char *table_scope = provider == NULL                        ? NULL
                              : account->protocol == IB_PROTOCOL_POP3 ? provider->oauth2_scope_pop3
                                                                      : provider->oauth2_scope_imap;
    if (group == NULL)
        group = nothing;
    choose (&client->auth_url, account->oauth2_auth_url, group->auth_url,
            provider != NULL ? provider->oauth2_auth_url : NULL);
    choose (&client->token_url, account->oauth2_token_url, group->token_url,
            provider != NULL ? provider->oauth2_token_url : NULL);
    choose (&client->device_url, account->oauth2_device_url, group->device_url,
            provider != NULL ? provider->oauth2_device_url : NULL);
    choose (&client->scope, account->oauth2_scope, group->scope, table_scope);
    choose (&client->redirect, group->redirect, provider != NULL ? provider->oauth2_redirect : NULL, NULL);
    g_autofree char *root = root_of (client->auth_url);
    choose (&client->issuer, group->issuer, provider != NULL ? provider->oauth2_issuer : NULL, root);
    choose (&client->provider, provider != NULL ? provider->name : NULL, account->provider, account->host);
    /* An id and its secret come from one place. */
    if (*account->oauth2_client_id != '\0') {
        ib_oauth2_set (&client->id, account->oauth2_client_id);
        ib_oauth2_set (&client->secret, account->oauth2_client_secret);
        ib_oauth2_set (&client->source, _ ("the account's settings"));
    } else {
        ib_oauth2_set (&client->id, group->id);
        ib_oauth2_set (&client->secret, group->secret);
        ib_oauth2_set (&client->source, group->source);
    }
    return client;
}

/* --- doors --------------------------------------------------------------------------------------------------- */

static void
door_free (gpointer pointer)
{
    IbOAuth2Door *door = pointer;
    g_free (door->words);
    g_free (door);
}

/* @words: (transfer full) */
static void
add_door (GPtrArray *doors, IbSignIn way, bool is_open, char *words)
{
    IbOAuth2Door *door = g_new0 (IbOAuth2Door, 1);
    door->way = way;
    door->is_open = is_open;
    door->words = words;
    g_ptr_array_add (doors, door);
}

static void
add_browser (GPtrArray *doors, const IbOAuth2Client *client, const char *file)
{
    if (*client->id != '\0' && *client->token_url != '\0')
        add_door (doors, IB_SIGN_IN_OAUTH2, true,
                  g_strdup_printf (ib_face_words (_ ("the browser (auth=oauth2), with the client id of %s"),
                                                  _ ("the browser, with the client id of %s")),
                                   client->source));
    else if (*client->id != '\0')
        add_door (doors, IB_SIGN_IN_OAUTH2, false,
                  g_strdup (ib_face_words (
                      _ ("the browser is shut, since oauth2-token-url= is not known"),
                      _ ("the browser is shut, since it is not known where tokens are given"))));
    else
        add_door (
            doors, IB_SIGN_IN_OAUTH2, false,
            g_strdup_printf (
                ib_face_words (
                    _ ("the browser is shut, since this copy of Inbasket has no client id for %s; one of "
                       "your own goes into oauth2-client-id= or oauth-clients.d/%s.conf"),
                    _ ("the browser is shut, since this copy of Inbasket has no client id for %s; one of "
                       "your own goes into the file oauth-clients.d/%s.conf of its settings")),
                client->provider, file));
}

GPtrArray *
ib_oauth2_clients_doors (const IbOAuth2Clients *self, const IbProvider *provider, const IbAccount *account)
{
    static const IbSignIn unknown[] = { IB_SIGN_IN_PASSWORD, IB_SIGN_IN_OAUTH2 };
    const IbSignIn *ways = provider != NULL ? provider->sign_in : unknown;
    guint count = provider != NULL ? provider->n_sign_in : G_N_ELEMENTS (unknown);
    GPtrArray *doors = g_ptr_array_new_with_free_func (door_free);
    g_autoptr (IbOAuth2Client) client = ib_oauth2_clients_find (self, provider, account);
    for (guint i = 0; i < count; i++) {
        switch (ways[i]) {
        case IB_SIGN_IN_OAUTH2:
            add_browser (doors, client, provider != NULL ? provider->id : account->host);
            break;
        case IB_SIGN_IN_APP_PASSWORD:
            add_door (
                doors, ways[i], true,
                g_strdup (ib_face_words (_ ("an app password (auth=password), made on the provider's pages"),
                                         _ ("an app password, made on the provider's pages"))));
            break;
        case IB_SIGN_IN_PASSWORD:
            add_door (doors, ways[i], true,
                      g_strdup (ib_face_words (_ ("the password (auth=password)"), _ ("the password"))));
            break;
        case IB_SIGN_IN_CODE:
            add_door (doors, ways[i], true,
                      g_strdup (ib_face_words (_ ("the code that its webmail makes (auth=password)"),
                                               _ ("the code that its webmail makes"))));
            break;
        case IB_SIGN_IN_BRIDGE:
            add_door (
                doors, ways[i], true,
                g_strdup (ib_face_words (_ ("the password that its bridge program shows (auth=password)"),
                                         _ ("the password that its bridge program shows"))));
            break;
        case IB_SIGN_IN_NONE:
            add_door (doors, ways[i], false, g_strdup (_ ("its mail cannot be fetched at all")));
            break;
        }
    }
    return doors;
}

bool
ib_oauth2_clients_check (const IbOAuth2Clients *self, const IbOAuth2Client *client,
                         const IbProvider *provider, const IbAccount *account, GError **error)
{
    if (*client->id != '\0' && *client->token_url != '\0')
        return true;
    g_autoptr (GPtrArray) doors = ib_oauth2_clients_doors (self, provider, account);
    GString *words = g_string_new (NULL);
    for (guint i = 0; i < doors->len; i++) {
        const IbOAuth2Door *door = doors->pdata[i];
        g_string_append_printf (words, "%s%s", i > 0 ? "; " : "", door->words);
    }
    g_set_error (
        error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT,
        ib_face_words (
            _ ("%s, ways to sign in: %s; or a program that gives access tokens (secret=command:…, like pizauth or "
               "oama)"),
            _ ("%s, ways to sign in: %s; or a program that gives access tokens, like pizauth or oama")),
        client->provider, words->str);
    g_string_free (words, TRUE);
    return false;
}
