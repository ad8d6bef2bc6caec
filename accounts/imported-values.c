/* imported-values.c - values that another program writes otherwise than we do */
#include "imported.h"

#include <glib/gi18n-lib.h>
#include <string.h>

void
ib_imported_keep_password (IbImported *self, const char *setting, const char *password)
{
    g_autoptr (GError) error = NULL;
    ib_secret_unref (self->password);
    self->password = *password != '\0' ? ib_secret_new (password, strlen (password), &error) : NULL;
    if (error != NULL)
        ib_imported_leave (self, setting,
                           _ ("It cannot be a password: it is too long, or has line ends in it"));
}

void
ib_imported_take_command (IbImported *self, const char *setting, const char *command, bool is_shell)
{
    /* Words that only a shell makes something of, "X=y program" among them. */
    const char *equals = strchr (command, '='), *blank = strpbrk (command, " \t");
    bool sets_variable = equals != NULL && (blank == NULL || equals < blank);
    bool needs_shell = is_shell && (sets_variable || strpbrk (command, "|&;<>()$`*?[#~{!\n") != NULL);
    g_autofree char *quoted = needs_shell ? g_shell_quote (command) : NULL;
    g_autofree char *value = needs_shell ? g_strconcat ("command:sh -c ", quoted, NULL)
                                         : g_strconcat ("command:", command, NULL);
    if (!needs_shell && !g_shell_parse_argv (command, NULL, NULL, NULL)) {
        ib_imported_leave (self, setting, _ ("The command cannot be split into words: mind its quotes"));
        return;
    }
    ib_imported_take (self, setting, "account.secret", value);
}

void
ib_imported_take_ca (IbImported *self, const char *setting, const char *path)
{
    static const char *const own[]
        = { "/etc/ssl/certs",    "/etc/pki/tls",        "/etc/pki/ca-trust", "/usr/share/ca-certificates",
            "/etc/ssl/cert.pem", "/etc/ca-certificates" };
    for (gsize i = 0; i < G_N_ELEMENTS (own); i++) {
        if (g_str_has_prefix (path, own[i])) {
            ib_imported_leave (self, setting, _ ("The system's own authorities are trusted anyway"));
            return;
        }
    }
    if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        ib_imported_take (self, setting, "account.ca-file", path);
    else
        ib_imported_leave (self, setting, _ ("There is no such file"));
}

void
ib_imported_take_fingerprint (IbImported *self, const char *setting, const char *text)
{
    g_autoptr (GString) digits = g_string_new ("sha256:");
    bool is_good = true;
    for (const char *at = text; *at != '\0'; at++) {
        if (g_ascii_isxdigit (*at))
            g_string_append_c (digits, g_ascii_tolower (*at));
        else
            is_good &= *at == ':' || *at == ' ';
    }
    if (is_good && digits->len == strlen ("sha256:") + 64)
        ib_imported_take (self, setting, "account.fingerprint", digits->str);
    else
        ib_imported_leave (
            self, setting,
            _ ("A certificate is pinned by its SHA-256 only, and this is something else; without it the "
               "certificate must be from an authority that is trusted"));
}

void
ib_imported_take_port (IbImported *self, const char *setting, const char *port)
{
    static const struct {
        const char *name, *port;
    } services[] = { { "imap", "143" }, { "imap2", "143" }, { "imaps", "993" },
                     { "pop3", "110" }, { "pop-3", "110" }, { "pop3s", "995" } };
    for (gsize i = 0; i < G_N_ELEMENTS (services); i++)
        if (g_ascii_strcasecmp (port, services[i].name) == 0)
            port = services[i].port;
    ib_imported_take (self, setting, "account.port", port);
}
