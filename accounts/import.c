/* import.c - accounts out of other programs' configurations: what all formats have in common */
#include "import-private.h"
#include "account.h"
#include "account-file.h"
#include "escape.h"
#include "server-limits.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONGEST_NAME 40

static const IbImportFormat *const formats[]
    = { &ib_import_mbsync,      &ib_import_getmail, &ib_import_fetchmail,   &ib_import_fdm,
        &ib_import_offlineimap, &ib_import_mpop,    &ib_import_thunderbird, &ib_import_goa };

/* --- notes ------------------------------------------------------------------------------------------------------------- */

static void
note_free (gpointer data)
{
    IbImportNote *note = data;
    g_free (note->setting);
    g_free (note->key);
    g_free (note->text);
    g_free (note);
}

static void
add_note (GPtrArray *notes, IbImportFate fate, const char *setting, const char *key, const char *text)
{
    g_autofree char *shown = ib_escape_server_text (setting, -1);
    bool is_known = notes->len >= IB_LIMIT_IMPORT_NOTES;
    for (guint i = 0; i < notes->len && !is_known; i++) {
        const IbImportNote *other = notes->pdata[i];
        is_known = other->fate == fate && strcmp (other->setting, shown) == 0
                   && g_strcmp0 (other->text, text) == 0;
    }
    if (is_known)
        return;
    IbImportNote *note = g_new0 (IbImportNote, 1);
    note->fate = fate;
    note->setting = g_steal_pointer (&shown);
    note->key = g_strdup (key);
    note->text = g_strdup (text);
    g_ptr_array_add (notes, note);
}

void
ib_import_leave (IbImport *self, const char *setting, const char *reason)
{
    add_note (self->notes, IB_IMPORT_LEFT, setting, NULL, reason);
}

/* --- one account ------------------------------------------------------------------------------------------------------- */

IbImportMailbox *
ib_import_mailbox_new (const char *name, guint32 uidvalidity)
{
    IbImportMailbox *mailbox = g_new0 (IbImportMailbox, 1);
    mailbox->name = g_strdup (name);
    mailbox->uidvalidity = uidvalidity;
    mailbox->done = g_array_new (FALSE, FALSE, sizeof (guint32));
    mailbox->open = g_array_new (FALSE, FALSE, sizeof (guint32));
    mailbox->uidls = g_ptr_array_new_with_free_func (g_free);
    return mailbox;
}

void
ib_import_mailbox_free (IbImportMailbox *mailbox)
{
    g_free (mailbox->name);
    g_array_unref (mailbox->done);
    g_array_unref (mailbox->open);
    g_ptr_array_unref (mailbox->uidls);
    g_free (mailbox);
}

static void
imported_free (gpointer data)
{
    IbImported *self = data;
    g_free (self->origin);
    g_free (self->name);
    g_ptr_array_unref (self->keys);
    g_ptr_array_unref (self->notes);
    g_free (self->refusal);
    ib_secret_unref (self->password);
    g_ptr_array_unref (self->mailboxes);
    g_free (self);
}

/* Letters, digits and what stands well between them; what cannot stand in a name becomes "-". */
static char *
valid_name (const char *text)
{
    g_autoptr (GString) name = g_string_new (NULL);
    for (const char *at = text; *at != '\0' && name->len < LONGEST_NAME; at++) {
        char letter = g_ascii_tolower (*at);
        if (g_ascii_isalnum (letter) || (name->len > 0 && strchr ("._", letter) != NULL))
            g_string_append_c (name, letter);
        else if (name->len > 0 && name->str[name->len - 1] != '-')
            g_string_append_c (name, '-');
    }
    while (name->len > 0 && !g_ascii_isalnum (name->str[name->len - 1]))
        g_string_truncate (name, name->len - 1);
    return g_strdup (name->str);
}

IbImported *
ib_import_add (IbImport *self, const char *origin, const char *name)
{
    IbImported *imported = g_new0 (IbImported, 1);
    imported->origin = ib_escape_server_text (origin, -1);
    imported->name = valid_name (name);
    imported->keys = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_add (imported->keys, NULL);
    imported->notes = g_ptr_array_new_with_free_func (note_free);
    imported->mailboxes = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_import_mailbox_free);
    g_ptr_array_add (self->accounts, imported);
    return imported;
}

/* The place of @key's value; 0: it is not set. */
static guint
find_value (const IbImported *self, const char *key)
{
    for (guint i = 0; i + 1 < self->keys->len; i += 2)
        if (strcmp (self->keys->pdata[i], key) == 0)
            return i + 1;
    return 0;
}

const char *
ib_imported_get (const IbImported *self, const char *key)
{
    guint at = find_value (self, key);
    return at > 0 ? self->keys->pdata[at] : NULL;
}

void
ib_imported_set (IbImported *self, const char *key, const char *value)
{
    g_autofree char *valid = g_utf8_make_valid (value, -1);
    guint at = find_value (self, key);
    if (at > 0) {
        g_free (self->keys->pdata[at]);
        self->keys->pdata[at] = g_steal_pointer (&valid);
        return;
    }
    g_ptr_array_set_size (self->keys, (gint) self->keys->len - 1);
    g_ptr_array_add (self->keys, g_strdup (key));
    g_ptr_array_add (self->keys, g_steal_pointer (&valid));
    g_ptr_array_add (self->keys, NULL);
}

/* A key that is taken again has another source. */
static void
forget_note (IbImported *self, const char *key)
{
    for (guint i = self->notes->len; i > 0; i--)
        if (g_strcmp0 (((const IbImportNote *) self->notes->pdata[i - 1])->key, key) == 0)
            g_ptr_array_remove_index (self->notes, i - 1);
}

void
ib_imported_take (IbImported *self, const char *setting, const char *key, const char *value)
{
    ib_imported_set (self, key, value);
    forget_note (self, key);
    add_note (self->notes, IB_IMPORT_TAKEN, setting, key, NULL);
}

void
ib_imported_change (IbImported *self, const char *setting, const char *key, const char *value,
                    const char *text)
{
    ib_imported_set (self, key, value);
    forget_note (self, key);
    add_note (self->notes, IB_IMPORT_CHANGED, setting, key, text);
}

void
ib_imported_leave (IbImported *self, const char *setting, const char *reason)
{
    add_note (self->notes, IB_IMPORT_LEFT, setting, NULL, reason);
}

void
ib_imported_drop (IbImported *self, const char *key, const char *reason)
{
    guint at = find_value (self, key);
    if (at == 0)
        return;
    g_ptr_array_remove_range (self->keys, at - 1, 2);
    for (guint i = 0; i < self->notes->len; i++) {
        IbImportNote *note = self->notes->pdata[i];
        if (g_strcmp0 (note->key, key) != 0)
            continue;
        note->fate = IB_IMPORT_LEFT;
        g_clear_pointer (&note->key, g_free);
        g_free (note->text);
        note->text = g_strdup (reason);
    }
}

void
ib_imported_refuse (IbImported *self, const char *reason)
{
    if (self->refusal == NULL)
        self->refusal = g_strdup (reason);
}

bool
ib_imported_apply (IbImported *self, const IbImportRule *rules, const char *setting, const char *value)
{
    for (; rules->setting != NULL; rules++) {
        if (g_ascii_strcasecmp (rules->setting, setting) != 0)
            continue;
        if (rules->key != NULL)
            ib_imported_take (self, rules->setting, rules->key, value);
        else if (rules->reason != NULL)
            ib_imported_leave (self, rules->setting, _ (rules->reason));
        return true;
    }
    return false;
}

IbImportMailbox *
ib_imported_add_mailbox (IbImported *self, const char *name, guint32 uidvalidity)
{
    IbImportMailbox *mailbox = ib_import_mailbox_new (name, uidvalidity);
    g_ptr_array_add (self->mailboxes, mailbox);
    return mailbox;
}

/* --- secrets ----------------------------------------------------------------------------------------------------------- */

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

/* --- what the other program need not be told ------------------------------------------------------------------------------ */

/* "imap.example.org" serves example.org, more often than not. */
static const char *
domain_of (const char *host)
{
    static const char *const services[]
        = { "imap", "imaps", "imap4",    "pop",    "pop3",      "pops",   "mail",
            "mx",   "in",    "incoming", "secure", "imap-mail", "mailbox" };
    const char *dot = strchr (host, '.');
    if (dot == NULL || strchr (dot + 1, '.') == NULL || g_hostname_is_ip_address (host))
        return host;
    for (gsize i = 0; i < G_N_ELEMENTS (services); i++)
        if (strlen (services[i]) == (gsize) (dot - host)
            && g_ascii_strncasecmp (host, services[i], (gsize) (dot - host)) == 0)
            return dot + 1;
    return host;
}

/* Of "CORP\\anna" and "anna%example.org" the part that stands before an "@". Returns: (transfer full) */
static char *
local_part_of (const char *user)
{
    const char *domain_end = strrchr (user, '\\');
    char *local = g_strdup (domain_end != NULL ? domain_end + 1 : user);
    local[strcspn (local, "%/")] = '\0';
    return g_strdelimit (local, " \t<>(),;:\"[]@", '_');
}

static void
guess_address (IbImported *self)
{
    const char *user = ib_imported_get (self, "account.user");
    const char *host = ib_imported_get (self, "account.host");
    if (ib_imported_get (self, "account.address") != NULL || user == NULL || host == NULL)
        return;
    if (strchr (user, '@') != NULL) {
        ib_imported_set (self, "account.address", user);
        return;
    }
    g_autofree char *local = local_part_of (user),
                    *address = g_strconcat (local, "@", domain_of (host), NULL);
    ib_imported_change (self, _ ("your address"), "account.address", address,
                        _ ("It is guessed from user and server, since nothing says what it is"));
}

void
ib_imported_finish (IbImported *self)
{
    const char *user = ib_imported_get (self, "account.user"), *host = ib_imported_get (self, "account.host");
    if (host == NULL || *host == '\0')
        ib_imported_refuse (self, _ ("It names no server"));
    else if (user == NULL || *user == '\0')
        ib_imported_refuse (self, _ ("It does not say as whom to sign in"));
    guess_address (self);
    if (*self->name == '\0') {
        g_free (self->name);
        self->name = valid_name (host != NULL ? domain_of (host) : "");
    }
    if (*self->name == '\0') {
        g_free (self->name);
        self->name = g_strdup ("account");
    }
}

/* --- words --------------------------------------------------------------------------------------------------------------- */

void
ib_import_append_element (GString *list, const char *element)
{
    if (list->len > 0)
        g_string_append_c (list, ';');
    for (const char *at = element; *at != '\0'; at++) {
        if (*at == ';' || *at == '\\')
            g_string_append_c (list, '\\');
        g_string_append_c (list, *at);
    }
}

static gint
compare_words (gconstpointer a, gconstpointer b)
{
    return strcmp (*(char *const *) a, *(char *const *) b);
}

void
ib_import_sort_words (GPtrArray *words)
{
    g_ptr_array_sort (words, compare_words);
}

char *
ib_import_path (const char *home, const char *folder, const char *path)
{
    if (path[0] == '~' && (path[1] == '/' || path[1] == '\0'))
        return g_build_filename (home, path + 1, NULL);
    return g_path_is_absolute (path) ? g_strdup (path) : g_build_filename (folder, path, NULL);
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

bool
ib_import_is_yes (const char *text)
{
    static const char *const words[] = { "yes", "true", "on", "1", "y", "t" };
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
        if (g_ascii_strcasecmp (text, words[i]) == 0)
            return true;
    return false;
}

bool
ib_import_fail (const IbImport *self, guint line, const char *what, GError **error)
{
    g_set_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID, "%s:%u: %s", self->path, line, what);
    return false;
}

/* --- files --------------------------------------------------------------------------------------------------------------- */

static bool
refuse_file (GError **error, const char *path, const char *why, bool is_missing)
{
    g_set_error (error, IB_SETTINGS_ERROR, is_missing ? IB_SETTINGS_ERROR_MISSING : IB_SETTINGS_ERROR_FILE,
                 "%s: %s", path, why);
    return false;
}

static bool
read_whole (int fd, const char *path, GString *text, GError **error)
{
    struct stat st;
    if (fstat (fd, &st) != 0 || !S_ISREG (st.st_mode))
        return refuse_file (error, path, _ ("no file"), false);
    if (st.st_size > IB_LIMIT_IMPORT_BYTES)
        return refuse_file (error, path, _ ("too large to be what it should be"), false);
    /* Large enough at once: what is outgrown is not wiped. */
    g_string_set_size (text, (gsize) st.st_size);
    gsize have = 0;
    for (;;) {
        gssize length = read (fd, text->str + have, text->len - have);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return refuse_file (error, path, g_strerror (errno), false);
        if (length == 0)
            break;
        have += (gsize) length;
    }
    g_string_truncate (text, have);
    return true;
}

char *
ib_import_load (const char *path, gsize *out_length, GError **error)
{
    int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        refuse_file (error, path, g_strerror (errno), errno == ENOENT);
        return NULL;
    }
    GString *text = g_string_new (NULL);
    bool is_read = read_whole (fd, path, text, error);
    close (fd);
    if (!is_read) {
        g_string_free (text, TRUE);
        return NULL;
    }
    *out_length = text->len;
    return g_string_free (text, FALSE);
}

void
ib_import_wipe (char *text)
{
    if (text != NULL)
        ib_secret_wipe (text, strlen (text));
    g_free (text);
}

/* --- the door ------------------------------------------------------------------------------------------------------------ */

const char *const *
ib_import_formats (void)
{
    static const char *names[G_N_ELEMENTS (formats) + 1];
    for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
        names[i] = formats[i]->name;
    return names;
}

const IbImportFormat *
ib_import_find (const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
        if (strcmp (formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

bool
ib_import_has_files (const IbImportFormat *format)
{
    return format->ask == NULL;
}

/* A place as a path: "$XDG_CONFIG_HOME/isyncrc", ".mbsyncrc". */
char *
ib_import_expand_place (const char *home, const char *place)
{
    static const char xdg[] = "$XDG_CONFIG_HOME/";
    if (!g_str_has_prefix (place, xdg))
        return g_build_filename (home, place, NULL);
    const char *config = g_getenv ("XDG_CONFIG_HOME");
    return config != NULL && g_path_is_absolute (config)
               ? g_build_filename (config, place + strlen (xdg), NULL)
               : g_build_filename (home, ".config", place + strlen (xdg), NULL);
}

char **
ib_import_locate (const IbImportFormat *format, const char *home, GError **error)
{
    g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GString) tried = g_string_new (NULL);
    if (format->locate != NULL)
        format->locate (home, paths);
    for (const char *const *place = format->places; *place != NULL; place++) {
        g_autofree char *path = ib_import_expand_place (home, *place);
        g_string_append_printf (tried, "%s%s", tried->len > 0 ? ", " : "", path);
        if (format->locate == NULL && paths->len == 0 && g_file_test (path, G_FILE_TEST_IS_REGULAR))
            g_ptr_array_add (paths, g_steal_pointer (&path));
    }
    if (paths->len == 0) {
        g_set_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_MISSING,
                     _ ("No configuration of %s is where it usually is (%s)"), format->name, tried->str);
        return NULL;
    }
    g_ptr_array_add (paths, NULL);
    return (char **) g_ptr_array_steal (paths, NULL);
}

static IbImport *
import_new (const char *path)
{
    IbImport *self = g_new0 (IbImport, 1);
    self->path = g_strdup (path);
    self->accounts = g_ptr_array_new_with_free_func (imported_free);
    self->notes = g_ptr_array_new_with_free_func (note_free);
    return self;
}

static void
finish (IbImport *self)
{
    if (self->accounts->len > IB_LIMIT_IMPORT_ACCOUNTS)
        g_ptr_array_set_size (self->accounts, IB_LIMIT_IMPORT_ACCOUNTS);
    for (guint i = 0; i < self->accounts->len; i++)
        ib_imported_finish (self->accounts->pdata[i]);
}

IbImport *
ib_import_parse (const IbImportFormat *format, const char *home, const char *path, const char *text,
                 gsize length, GError **error)
{
    g_autoptr (IbImport) self = import_new (path);
    if (memchr (text, '\0', length) != NULL) {
        ib_import_fail (self, 1, _ ("This is no text"), error);
        return NULL;
    }
    if (!format->parse (self, home, text, length, error))
        return NULL;
    finish (self);
    return g_steal_pointer (&self);
}

static IbImport *
ask (const IbImportFormat *format, GError **error)
{
    g_autoptr (IbImport) self = import_new ("");
    if (!format->ask (self, error))
        return NULL;
    finish (self);
    return g_steal_pointer (&self);
}

IbImport *
ib_import_read (const IbImportFormat *format, const char *home, const char *path, GError **error)
{
    if (format->ask != NULL)
        return ask (format, error);

    gsize length;
    bool is_folder = format->file_in_folder != NULL && g_file_test (path, G_FILE_TEST_IS_DIR);
    g_autofree char *file
        = is_folder ? g_build_filename (path, format->file_in_folder, NULL) : g_strdup (path);
    char *text = ib_import_load (file, &length, error);
    if (text == NULL)
        return NULL;
    IbImport *self = ib_import_parse (format, home, file, text, length, error);
    ib_secret_wipe (text, length);
    g_free (text);
    if (self != NULL && format->recall != NULL)
        format->recall (self, home);
    return self;
}

void
ib_import_free (IbImport *self)
{
    if (self == NULL)
        return;
    if (self->forget != NULL)
        self->forget (self->memory);
    g_free (self->path);
    g_ptr_array_unref (self->accounts);
    g_ptr_array_unref (self->notes);
    g_free (self);
}
