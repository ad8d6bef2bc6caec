/* account.c - one mailbox account of the user's, as a value */
#include "account.h"
#include "units.h"

#include <string.h>

/* A file name with ".conf", and a part of journal keys. */
#define LONGEST_NAME 64
/* What folder.h takes at most. */
#define LONGEST_FOLDER_BYTES 200

bool
ib_account_name_is_valid (const char *name)
{
    gsize length = strlen (name);
    return length >= 1 && length <= LONGEST_NAME && g_ascii_isalnum (name[0])
           && strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}

guint16
ib_account_port (const IbAccount *self)
{
    static const guint16 ports[][2] = {
        /* TLS from the first byte, or later or never */
        [IB_PROTOCOL_IMAP] = { 993, 143 },
        [IB_PROTOCOL_POP3] = { 995, 110 },
    };
    return self->port != 0 ? self->port : ports[self->protocol][self->security != IB_SECURITY_TLS];
}

gint64
ib_account_since (const IbAccount *self, gint64 now_s)
{
    gint64 seconds;
    if (ib_units_parse_duration (self->since, &seconds))
        return now_s - seconds;
    return ib_units_parse_date (self->since, &seconds) ? seconds : 0;
}

bool
ib_account_has_refresh_token (const IbAccount *self)
{
    return self->auth == IB_AUTH_OAUTH2 && self->secret_source != IB_SECRET_COMMAND
           && self->secret_source != IB_SECRET_GOA;
}

/* "localhost" and what ends in it never leave the machine either (RFC 6761, 6.3). */
bool
ib_account_is_local (const IbAccount *self)
{
    const char *host = self->host;
    g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);
    if (address != NULL)
        return g_inet_address_get_is_loopback (address);
    return g_ascii_strcasecmp (host, "localhost") == 0
           || (strlen (host) > strlen (".localhost")
               && g_ascii_strcasecmp (host + strlen (host) - strlen (".localhost"), ".localhost") == 0);
}

bool
ib_account_may_be_plaintext (const IbAccount *self)
{
    return self->allow_plaintext || ib_account_is_local (self);
}

/* --- folder= ----------------------------------------------------------------------------------------------------- */

/* What no level of a folder may be, becomes "_": control characters, blanks at its ends, nothing at all, and the three
 * names that a Maildir has for itself. */
static void
append_level (GString *folder, const char *level)
{
    gsize start = folder->len;
    for (const char *at = level; *at != '\0'; at = g_utf8_next_char (at)) {
        gunichar letter = g_utf8_get_char (at);
        bool is_rim = at == level || *g_utf8_next_char (at) == '\0';
        bool is_wrong = g_unichar_iscntrl (letter) || g_unichar_type (letter) == G_UNICODE_FORMAT
                        || (is_rim && g_unichar_isspace (letter));
        g_string_append_unichar (folder, is_wrong ? '_' : letter);
    }
    if (g_strv_contains ((const char *const[]){ "", "cur", "new", "tmp", NULL }, folder->str + start))
        g_string_append_c (folder, '_');
}

static char *
safe_levels (const char *text)
{
    GString *folder = g_string_new (NULL);
    g_auto (GStrv) levels = g_strsplit_set (text, "./", -1);
    for (gsize i = 0; levels[i] != NULL; i++) {
        if (i > 0)
            g_string_append_c (folder, '.');
        append_level (folder, levels[i]);
    }
    return g_string_free (folder, FALSE);
}

/* @template's %a, %f and %% filled in; any other % stays. */
static char *
fill_in (const char *template, const char *account, const char *server_folder)
{
    GString *text = g_string_new (NULL);
    for (const char *at = template; *at != '\0'; at++) {
        if (*at == '%' && at[1] == 'a')
            g_string_append (text, account);
        else if (*at == '%' && at[1] == 'f')
            g_string_append (text, server_folder);
        else
            g_string_append_c (text, *at);
        if (*at == '%' && at[1] != '\0' && strchr ("af%", at[1]) != NULL)
            at++;
    }
    return g_string_free (text, FALSE);
}

char *
ib_account_expand_folder (const IbAccount *self, const char *server_folder)
{
    if (*self->folder == '\0')
        return g_strdup ("INBOX");

    /* One account is one level, whatever dots its name has. */
    g_autofree char *account = g_strdelimit (g_strdup (self->name), ".", '_');
    g_autofree char *valid = g_utf8_make_valid (server_folder, -1);
    g_autofree char *text = fill_in (self->folder, account, valid);
    g_autofree char *composed = g_utf8_normalize (text, -1, G_NORMALIZE_NFC);
    char *folder = safe_levels (composed);
    if (strlen (folder) <= LONGEST_FOLDER_BYTES)
        return folder;

    char *end = g_utf8_find_prev_char (folder, folder + LONGEST_FOLDER_BYTES);
    *end = '\0';
    char *cut = safe_levels (folder);
    g_free (folder);
    return cut;
}

/* --- life ---------------------------------------------------------------------------------------------------------- */

IbAccount *
ib_account_copy (const IbAccount *self)
{
    IbAccount *copy = g_new (IbAccount, 1);
    *copy = *self;

    char **texts[] = { &copy->name,
                       &copy->address,
                       &copy->host,
                       &copy->ca_file,
                       &copy->fingerprint,
                       &copy->user,
                       &copy->secret_value,
                       &copy->provider,
                       &copy->oauth2_client_id,
                       &copy->oauth2_client_secret,
                       &copy->oauth2_auth_url,
                       &copy->oauth2_token_url,
                       &copy->oauth2_device_url,
                       &copy->oauth2_scope,
                       &copy->since,
                       &copy->after_folder,
                       &copy->folder };
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        *texts[i] = g_strdup (*texts[i]);

    char ***lists[] = { &copy->aliases, &copy->folders, &copy->scripts };
    for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
        *lists[i] = g_strdupv (*lists[i]);
    return copy;
}

void
ib_account_free (IbAccount *self)
{
    if (self == NULL)
        return;
    char *texts[] = { self->name,
                      self->address,
                      self->host,
                      self->ca_file,
                      self->fingerprint,
                      self->user,
                      self->secret_value,
                      self->provider,
                      self->oauth2_client_id,
                      self->oauth2_client_secret,
                      self->oauth2_auth_url,
                      self->oauth2_token_url,
                      self->oauth2_device_url,
                      self->oauth2_scope,
                      self->since,
                      self->after_folder,
                      self->folder };
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        g_free (texts[i]);

    char **lists[] = { self->aliases, self->folders, self->scripts };
    for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
        g_strfreev (lists[i]);
    g_free (self);
}
