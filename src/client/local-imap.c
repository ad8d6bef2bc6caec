/* local-imap.c - a Dovecot of the user's own, for mail programs that read no Maildir */
#include "local-imap.h"
#include "crypto.h"
#include "quote.h"
#include "settings-file.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

G_DEFINE_QUARK (ib-local-imap-error-quark, ib_local_imap_error)

/* Below the ports that the kernel gives to whoever asks for any. */
#define FIRST_PORT 11143
#define PORTS_TRIED 100
/* A socket's address has 107 bytes; Dovecot's longest name below this folder has some 25. */
#define LONGEST_RUN_BYTES 78
#define PASSWORD_LETTERS 20

static char *
path_in (const char *folder, const char *name)
{
    return g_build_filename (folder, name, NULL);
}

char *
ib_local_imap_configuration (const IbLocalImap *self)
{
    return path_in (self->settings, "dovecot.conf");
}

char *
ib_local_imap_password_file (const IbLocalImap *self)
{
    return path_in (self->settings, "password");
}

char *
ib_local_imap_unit (const IbLocalImap *self)
{
    return path_in (self->units, "inbasket-imap.service");
}

char *
ib_local_imap_program (void)
{
    char *found = g_find_program_in_path ("dovecot");
    const char *const elsewhere[] = { "/usr/sbin/dovecot", "/usr/local/sbin/dovecot" };
    for (gsize i = 0; found == NULL && i < G_N_ELEMENTS (elsewhere); i++)
        if (g_file_test (elsewhere[i], G_FILE_TEST_IS_EXECUTABLE))
            found = g_strdup (elsewhere[i]);
    return found;
}

/* --- the port ------------------------------------------------------------------------------------------------------------ */

static guint
port_of_line (const char *line)
{
    g_autofree char *copy = g_strstrip (g_strdup (line));
    if (!g_str_has_prefix (copy, "port"))
        return 0;
    const char *value = copy + strlen ("port");
    value += strspn (value, " \t");
    guint64 port = *value == '=' ? g_ascii_strtoull (value + 1, NULL, 10) : 0;
    return port <= G_MAXUINT16 ? (guint) port : 0;
}

/* The first that is not 0: a listener with port 0 is switched off. */
guint
ib_local_imap_port (const IbLocalImap *self)
{
    g_autofree char *path = ib_local_imap_configuration (self);
    g_autofree char *text = NULL;
    if (!g_file_get_contents (path, &text, NULL, NULL))
        return 0;
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    guint port = 0;
    for (gsize i = 0; lines[i] != NULL && port == 0; i++)
        port = port_of_line (lines[i]);
    return port;
}

static bool
is_free (guint16 port)
{
    g_autoptr (GSocket) socket
        = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
    g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
    return socket != NULL && g_socket_bind (socket, address, TRUE, NULL) && g_socket_listen (socket, NULL);
}

static guint
choose_port (void)
{
    for (guint16 port = FIRST_PORT; port < FIRST_PORT + PORTS_TRIED; port++)
        if (is_free (port))
            return port;
    return 0;
}

/* --- the password ---------------------------------------------------------------------------------------------------------- */

/* 100 bits in letters that nobody takes for another, to be typed: "abcde-fghjk-…". */
static char *
make_password (void)
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyz123456789";
    G_STATIC_ASSERT (sizeof letters - 1 == 32);
    guint8 random[PASSWORD_LETTERS];
    if (!ib_crypto_random (random, sizeof random))
        return NULL;
    GString *password = g_string_new (NULL);
    for (gsize i = 0; i < sizeof random; i++) {
        if (i > 0 && i % 5 == 0)
            g_string_append_c (password, '-');
        g_string_append_c (password, letters[random[i] % 32]);
    }
    return g_string_free (password, FALSE);
}

/* Dovecot's SSHA256: a digest of password and salt, and the salt. */
static char *
hash_of (const char *password)
{
    guint8 salt[8];
    if (!ib_crypto_random (salt, sizeof salt))
        return NULL;
    g_autoptr (GByteArray) salted = g_byte_array_new ();
    g_byte_array_append (salted, (const guint8 *) password, (guint) strlen (password));
    g_byte_array_append (salted, salt, sizeof salt);
    guint8 hash[IB_SHA256_BYTES + sizeof salt];
    ib_crypto_sha256 (salted->data, salted->len, hash);
    memcpy (hash + IB_SHA256_BYTES, salt, sizeof salt);
    return g_base64_encode (hash, sizeof hash);
}

/* Once: a user who has changed the password, or put its file away, keeps it so. */
static bool
write_password (const IbLocalImap *self, GPtrArray *files, GError **error)
{
    g_autofree char *users = path_in (self->settings, "users");
    if (g_file_test (users, G_FILE_TEST_EXISTS))
        return true;
    g_autofree char *password = make_password ();
    g_autofree char *hash = password != NULL ? hash_of (password) : NULL;
    if (hash == NULL) {
        g_set_error_literal (error, IB_LOCAL_IMAP_ERROR, IB_LOCAL_IMAP_ERROR_CANNOT,
                             _ ("The machine has no random numbers for a password"));
        return false;
    }
    g_autofree char *path = ib_local_imap_password_file (self);
    g_autofree char *line = g_strconcat (password, "\n", NULL);
    g_autofree char *entry = g_strdup_printf (IB_LOCAL_IMAP_USER ":{SSHA256}%s\n", hash);
    if (!ib_settings_file_save (path, line, strlen (line), error)
        || !ib_settings_file_save (users, entry, strlen (entry), error))
        return false;
    ib_kept_files_add (files, path, IB_KEPT_WRITTEN);
    return true;
}

/* --- dovecot.conf ------------------------------------------------------------------------------------------------------------ */

/* maildir:PATH:UTF-8:INDEX=…:CONTROL=…, quoted. */
static char *
location (const IbLocalImap *self)
{
    g_autofree char *control = path_in (self->state, "control");
    g_autofree char *maildir = ib_quote_dovecot_location (self->maildir);
    g_autofree char *index = ib_quote_dovecot_location (self->cache);
    g_autofree char *kept = ib_quote_dovecot_location (control);
    g_autofree char *whole = g_strdup_printf ("maildir:%s%s:UTF-8:INDEX=%s:CONTROL=%s", maildir,
                                              self->is_fs ? ":LAYOUT=fs" : "", index, kept);
    return ib_quote_dovecot (whole);
}

static char *
quoted_path (const char *folder, const char *name)
{
    g_autofree char *path = path_in (folder, name);
    return ib_quote_dovecot (path);
}

static char *
users_argument (const IbLocalImap *self)
{
    g_autofree char *path = path_in (self->settings, "users");
    g_autofree char *escaped = ib_quote_dovecot_variables (path);
    g_autofree char *whole = g_strconcat ("username_format=%u ", escaped, NULL);
    return ib_quote_dovecot (whole);
}

static void
add_listening (GString *text, guint port)
{
    g_string_append_printf (
        text,
        "# Your mail over IMAP, for the programs on this machine that read no Maildir. Dovecot 2.3.\n"
        "protocols = imap\n"
        "listen = 127.0.0.1\n"
        "# Nothing leaves this machine.\n"
        "ssl = no\n"
        "disable_plaintext_auth = no\n"
        "service imap-login {\n"
        "  chroot =\n"
        "  inet_listener imap {\n"
        "    port = %u\n"
        "  }\n"
        "  inet_listener imaps {\n"
        "    port = 0\n"
        "  }\n"
        "}\n"
        "\n",
        port);
}

static void
add_places (GString *text, const IbLocalImap *self)
{
    g_autofree char *mail = location (self);
    g_autofree char *run = quoted_path (self->state, "run");
    g_autofree char *log = quoted_path (self->state, "dovecot.log");
    g_autofree char *state = ib_quote_dovecot (self->state);
    g_string_append_printf (text,
                            "# What it keeps about the mail, beside the Maildir and not in it.\n"
                            "mail_location = %s\n"
                            "base_dir = %s\n"
                            "state_dir = %s\n"
                            "log_path = %s\n"
                            "instance_name = inbasket\n"
                            "\n",
                            mail, run, state, log);
}

static void
add_user (GString *text, const IbLocalImap *self, const char *user, const char *group)
{
    guint uid = getuid (), gid = getgid ();
    g_autofree char *variables = ib_quote_dovecot_variables (self->state);
    g_autofree char *home = ib_quote_dovecot (variables);
    g_autofree char *users = users_argument (self);
    g_string_append_printf (text,
                            "# All of it runs as you.\n"
                            "default_internal_user = \"%s\"\n"
                            "default_internal_group = \"%s\"\n"
                            "default_login_user = \"%s\"\n"
                            "mail_uid = %u\n"
                            "mail_gid = %u\n"
                            "first_valid_uid = %u\n"
                            "first_valid_gid = %u\n"
                            "mail_home = %s\n"
                            "service anvil {\n"
                            "  chroot =\n"
                            "}\n"
                            "service stats {\n"
                            "  chroot =\n"
                            "}\n"
                            "passdb {\n"
                            "  driver = passwd-file\n"
                            "  args = %s\n"
                            "}\n"
                            "userdb {\n"
                            "  driver = static\n"
                            "  args = allow_all_users=yes\n"
                            "}\n"
                            "\n",
                            user, group, user, uid, gid, uid, gid, home, users);
}

static void
add_mailboxes (GString *text)
{
    static const char *const uses[] = { "Junk", "Archive", "Drafts", "Sent", "Trash" };
    g_string_append (text, "namespace inbox {\n"
                           "  inbox = yes\n"
                           "  separator = /\n");
    for (gsize i = 0; i < G_N_ELEMENTS (uses); i++)
        g_string_append_printf (text,
                                "  mailbox %s {\n"
                                "    special_use = \\%s\n"
                                "  }\n",
                                uses[i], uses[i]);
    g_string_append (text, "}\n");
}

static char *
configuration (const IbLocalImap *self, const char *user, const char *group, guint port)
{
    GString *text = g_string_new (NULL);
    add_listening (text, port);
    add_places (text, self);
    add_user (text, self, user, group);
    add_mailboxes (text);
    return g_string_free (text, FALSE);
}

static char *
unit (const IbLocalImap *self)
{
    g_autofree char *program = ib_local_imap_program ();
    g_autofree char *path = ib_local_imap_configuration (self);
    g_autofree char *word = ib_quote_unit (program != NULL ? program : "/usr/sbin/dovecot");
    g_autofree char *file = ib_quote_unit (path);
    return g_strdup_printf ("[Unit]\n"
                            "Description=Your mail over IMAP, for the programs on this machine\n"
                            "\n"
                            "[Service]\n"
                            "ExecStart=%s -F -c %s\n"
                            "Restart=on-failure\n"
                            "NoNewPrivileges=yes\n"
                            "\n"
                            "[Install]\n"
                            "WantedBy=default.target\n",
                            word, file);
}

/* --- writing ------------------------------------------------------------------------------------------------------------------ */

static bool
may_serve (const IbLocalImap *self, GError **error)
{
    g_autofree char *run = path_in (self->state, "run");
    const char *const folders[] = { self->settings, self->cache, run };
    if (getuid () == 0) {
        g_set_error_literal (error, IB_LOCAL_IMAP_ERROR, IB_LOCAL_IMAP_ERROR_CANNOT,
                             _ ("Dovecot serves no mail of root: run this as the user whose mail it is"));
        return false;
    }
    for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
        if (ib_quote_can (folders[i]))
            continue;
        g_set_error (error, IB_LOCAL_IMAP_ERROR, IB_LOCAL_IMAP_ERROR_CANNOT,
                     _ ("%s has a character in its name that Dovecot's settings cannot have"), folders[i]);
        return false;
    }
    if (strlen (run) > LONGEST_RUN_BYTES) {
        g_set_error (error, IB_LOCAL_IMAP_ERROR, IB_LOCAL_IMAP_ERROR_CANNOT,
                     _ ("%s is too long a path for Dovecot's sockets: %d bytes are the most"), run,
                     LONGEST_RUN_BYTES);
        return false;
    }
    return true;
}

static bool
write_configuration (const IbLocalImap *self, GPtrArray *files, GError **error)
{
    guint known = ib_local_imap_port (self);
    guint port = known != 0 ? known : choose_port ();
    const struct passwd *user = getpwuid (getuid ());
    g_autofree char *name = user != NULL ? g_strdup (user->pw_name) : NULL;
    const struct group *group = getgrgid (getgid ());
    if (port == 0 || name == NULL || group == NULL) {
        g_set_error_literal (error, IB_LOCAL_IMAP_ERROR, IB_LOCAL_IMAP_ERROR_CANNOT,
                             port == 0 ? _ ("No port is free on 127.0.0.1 from 11143 to 11242")
                                       : _ ("The machine has no name for this user or its group"));
        return false;
    }
    g_autofree char *path = ib_local_imap_configuration (self);
    g_autofree char *text = configuration (self, name, group->gr_name, port);
    return ib_kept_file_save (path, "#", text, files, error);
}

static bool
make_folders (const IbLocalImap *self, GError **error)
{
    const char *const folders[] = { self->settings, self->state, self->cache };
    for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
        if (g_mkdir_with_parents (folders[i], 0700) == 0)
            continue;
        g_set_error (error, IB_LOCAL_IMAP_ERROR, IB_LOCAL_IMAP_ERROR_FILE, _ ("%s cannot be made: %s"),
                     folders[i], g_strerror (errno));
        return false;
    }
    return true;
}

GPtrArray *
ib_local_imap_write (const IbLocalImap *self, GError **error)
{
    g_autoptr (GPtrArray) files = ib_kept_files_new ();
    g_autofree char *path = ib_local_imap_unit (self);
    g_autofree char *text = unit (self);
    if (!may_serve (self, error) || !make_folders (self, error) || !write_configuration (self, files, error)
        || !write_password (self, files, error) || !ib_kept_file_save (path, "#", text, files, error))
        return NULL;
    return g_steal_pointer (&files);
}
