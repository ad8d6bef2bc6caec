/* import-getmail.c - a getmail rc file: [retriever], [destination], [options], one account a file; and its oldmail files */
#include "import-getmail.h"
#include "import-file.h"
#include "import-private.h"
#include "import-words.h"
#include "imap-name.h"
#include "server-limits.h"
#include "units.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- the retriever --------------------------------------------------------------------------------------------------------- */

static const IbImportRule retriever_rules[] = {
    { "type", NULL, NULL }, /* read before */
    { "server", "account.host", NULL },
    { "port", "account.port", NULL },
    { "username", "account.user", NULL },
    { "timeout", NULL, N_ ("Inbasket has limits of its own for a server that does not answer") },
    { "use_peek", NULL, NULL }, /* it always does */
    { "record_mailbox", NULL, N_ ("“inbasket why” knows the folder that a message came from") },
    { "use_apop", NULL, N_ ("The safest way to sign in that the server has is used, always") },
    { "use_kerberos", NULL, N_ ("Inbasket signs in by password or token, not by Kerberos") },
    { "keyfile", NULL, N_ ("Inbasket signs in by password or token, not by certificate") },
    { "certfile", NULL, N_ ("Inbasket signs in by password or token, not by certificate") },
    { "ssl_ciphers", NULL, N_ ("The ciphers are the system's choice") },
    { "ssl_version", NULL, N_ ("It is TLS 1.2 or later, always") },
    { "ssl_cert_hostname", NULL,
      N_ ("The certificate must be for the server's own name; a wrong one can be pinned with "
          "fingerprint=") },
    { "imap_search", NULL, N_ ("All mail is fetched, each message once") },
    { "imap_on_delete", NULL,
      N_ ("On the server mail is kept, deleted or moved, as after= says; it is not marked there") },
    { "delete_dup_msgids", NULL, N_ ("Messages that share a name are told apart, and all are fetched") },
    { "envelope_recipient", NULL,
      N_ ("All that is in the mailbox comes into your one Maildir; a filter can sort it by "
          "recipient") },
    { "move_on_delete", NULL, NULL }, /* with delete */
    { NULL, NULL, NULL },
};

/* type = ["Simple" / "BrokenUIDL" / "Multidrop"] ("POP3" / "IMAP" / "SDPS") ["SSL"] "Retriever" */
static void
take_type (IbImported *self, const char *type)
{
    bool is_imap = strstr (type, "IMAP") != NULL, is_pop3 = strstr (type, "POP3") != NULL;
    if (!is_imap && !is_pop3) {
        ib_imported_refuse (self, _ ("Inbasket speaks IMAP and POP3, and its type is neither"));
        return;
    }
    ib_imported_take (self, "type", "account.protocol", is_imap ? "imap" : "pop3");
    ib_imported_set (self, "account.security", strstr (type, "SSL") != NULL ? "tls" : "none");
}

static void
take_mailboxes (IbImported *self, const char *value)
{
    g_autoptr (GString) folders = g_string_new (NULL);
    g_autoptr (GPtrArray) names = ib_import_words_of_tuple (value);
    if (strcmp (value, "ALL") == 0)
        g_string_append_c (folders, '*');
    for (guint i = 0; names != NULL && i < names->len && folders->len < IB_LIMIT_LINE_BYTES; i++)
        ib_import_append_element (folders, names->pdata[i]);
    if (folders->len > 0)
        ib_imported_take (self, "mailboxes", "fetch.folders", folders->str);
    else
        ib_imported_leave (self, "mailboxes", _ ("It is no list of folders"));
}

/* The words of a command, quoted where need be. */
static void
take_password_command (IbImported *self, const char *value)
{
    g_autoptr (GPtrArray) words = ib_import_words_of_tuple (value);
    g_autoptr (GString) command = g_string_new (NULL);
    for (guint i = 0; words != NULL && i < words->len; i++) {
        g_autofree char *quoted = g_shell_quote (words->pdata[i]);
        bool is_plain = strspn (words->pdata[i],
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-@+=:,")
                        == strlen (words->pdata[i]);
        bool is_empty = *(const char *) words->pdata[i] == '\0';
        g_string_append_printf (command, "%s%s", i > 0 ? " " : "",
                                is_plain && !is_empty ? (const char *) words->pdata[i] : quoted);
    }
    if (command->len > 0)
        ib_imported_take_command (self, "password_command", command->str, false);
    else
        ib_imported_leave (self, "password_command", _ ("It is no list of words"));
}

static void
take_fingerprints (IbImported *self, const char *value)
{
    g_autoptr (GPtrArray) words = ib_import_words_of_tuple (value);
    if (words != NULL && words->len == 1)
        ib_imported_take_fingerprint (self, "ssl_fingerprints", words->pdata[0]);
    else
        ib_imported_leave (self, "ssl_fingerprints",
                           _ ("fingerprint= takes one, and these are more; set it by hand if need be"));
}

static void
take_retriever_entry (IbImported *self, const char *home, const char *folder, const IbImportEntry *entry)
{
    const char *key = entry->key, *value = entry->text->str;
    if (strcmp (key, "password") == 0)
        ib_imported_keep_password (self, key, value);
    else if (strcmp (key, "password_command") == 0)
        take_password_command (self, value);
    else if (strcmp (key, "mailboxes") == 0)
        take_mailboxes (self, value);
    else if (strcmp (key, "use_xoauth2") == 0 && ib_import_is_yes (value))
        ib_imported_take (self, key, "account.auth", "oauth2");
    else if (strcmp (key, "ssl_fingerprints") == 0)
        take_fingerprints (self, value);
    else if (strcmp (key, "ca_certs") == 0) {
        g_autofree char *path = ib_import_path (home, folder, value);
        ib_imported_take_ca (self, key, path);
    } else if (!ib_imported_apply (self, retriever_rules, key, value) && strcmp (key, "use_xoauth2") != 0)
        ib_imported_leave (self, key, _ ("Inbasket does not know what this means"));
}

/* --- options --------------------------------------------------------------------------------------------------------------- */

static const IbImportRule option_rules[] = {
    { "delete", NULL, NULL }, /* these are after= */
    { "delete_after", NULL, NULL },
    { "verbose", NULL, NULL },
    { "use_netrc", NULL,
      N_ ("The password goes into the keyring, or a command gives it: “inbasket account edit NAME --secret "
          "…”") },
    { "netrc_file", NULL, NULL },
    { "to_oldmail_on_each_mail", NULL, NULL },
    { "skip_imap_fetch_size", NULL, NULL },
    { "delete_bigger_than", NULL, N_ ("after= is one for all sizes") },
    { "max_bytes_per_session", NULL,
      N_ ("All that is there is fetched; what a provider gives in a day is known where it has a "
          "limit") },
    { "max_messages_per_session", NULL, N_ ("All that is there is fetched") },
    { "delivered_to", NULL,
      N_ ("Of mail nothing is changed but for fields of Inbasket's own, see annotate=") },
    { "received", NULL, N_ ("Of mail nothing is changed but for fields of Inbasket's own, see annotate=") },
    { "message_log", NULL, N_ ("“inbasket log” says what came") },
    { "message_log_syslog", NULL, N_ ("“inbasket log” says what came") },
    { "message_log_verbose", NULL, NULL },
    { NULL, NULL, NULL },
};

static void
take_after (IbImported *self, const IbImportSection *retriever, const IbImportSection *options)
{
    const char *is_deleting = ib_import_section_get (options, "delete");
    const char *days = ib_import_section_get (options, "delete_after");
    const char *folder = ib_import_section_get (retriever, "move_on_delete");
    const char *marks = ib_import_section_get (retriever, "imap_on_delete");
    bool has_days = days != NULL && g_ascii_strtoull (days, NULL, 10) > 0;
    bool deletes = is_deleting != NULL && ib_import_is_yes (is_deleting);
    if (deletes && folder != NULL && *folder != '\0') {
        g_autofree char *after = g_strconcat ("move:", folder, NULL);
        ib_imported_take (self, "move_on_delete", "fetch.after", after);
    } else if (deletes && marks != NULL && strstr (marks, "\\Deleted") == NULL) {
        ib_imported_change (self, "delete", "fetch.after", "keep",
                            _ ("With imap_on_delete it only marks mail on the server"));
    } else if (deletes) {
        ib_imported_take (self, "delete", "fetch.after", "delete");
    } else if (has_days) {
        g_autofree char *after
            = g_strdup_printf ("delete-after:%" G_GUINT64_FORMAT "d", g_ascii_strtoull (days, NULL, 10));
        ib_imported_change (
            self, "delete_after", "fetch.after", after,
            _ ("It holds for what Inbasket fetches; what getmail has fetched stays on the server"));
    }
}

static void
take_options (IbImported *self, const IbImportSection *options)
{
    for (guint i = 0; options != NULL && i < options->entries->len; i++) {
        const IbImportEntry *entry = options->entries->pdata[i];
        bool is_zero = strcmp (entry->text->str, "0") == 0;
        if (strcmp (entry->key, "max_message_size") == 0 && !is_zero)
            ib_imported_take (self, entry->key, "fetch.max-size", entry->text->str);
        else if (strcmp (entry->key, "read_all") == 0 && ib_import_is_yes (entry->text->str))
            ib_imported_leave (self, entry->key, _ ("Each message is fetched once"));
        else if (!ib_imported_apply (self, option_rules, entry->key, entry->text->str) && !is_zero
                 && strcmp (entry->key, "read_all") != 0)
            ib_imported_leave (self, entry->key, _ ("Inbasket does not know what this means"));
    }
}

/* --- the rest ---------------------------------------------------------------------------------------------------------------- */

static void
leave_others (IbImported *self, const GPtrArray *sections)
{
    for (guint i = 0; i < sections->len; i++) {
        const IbImportSection *section = sections->pdata[i];
        g_autofree char *setting = g_strdup_printf ("[%s]", section->name);
        const char *type = ib_import_section_get (section, "type");
        bool is_program = type != NULL && (strstr (type, "MDA") != NULL || g_str_has_prefix (type, "Multi"));
        if (g_str_has_prefix (section->name, "filter"))
            ib_imported_leave (self, setting,
                               _ ("Inbasket judges spam itself, and sorts by Sieve filters; other programs "
                                  "are not run over mail"));
        else if (strcmp (section->name, "destination") == 0)
            ib_imported_leave (
                self, setting,
                is_program
                    ? _ ("Mail goes into your one Maildir; what the delivery agent or the sorting did is "
                         "a Sieve filter's work here")
                    : _ ("Mail goes into your one Maildir: maildir= in inbasket.conf"));
        else if (strcmp (section->name, "retriever") != 0 && strcmp (section->name, "options") != 0
                 && strcmp (section->name, "DEFAULT") != 0)
            ib_imported_leave (self, setting, _ ("It belongs to a destination"));
    }
}

/* The file is called as its owner calls the account, but for the usual name. */
static char *
name_of (const char *base)
{
    static const char *const ends[] = { ".conf", ".rc", ".cfg" };
    for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
        if (g_str_has_suffix (base, ends[i]))
            return g_strndup (base, strlen (base) - strlen (ends[i]));
    return g_strdup (strcmp (base, "getmailrc") != 0 ? base : "");
}

static bool
parse (IbImport *import, const char *home, const char *text, gsize length, GError **error)
{
    guint line = 0;
    g_autoptr (GPtrArray) sections = ib_import_sections_parse (text, &line);
    if (sections == NULL)
        return ib_import_fail (import, line, _ ("neither a section nor a setting of one"), error);
    const IbImportSection *retriever = ib_import_sections_find (sections, "retriever");
    if (retriever == NULL)
        return ib_import_fail (import, 1, _ ("there is no [retriever]"), error);

    g_autofree char *base = g_path_get_basename (import->path), *folder = g_path_get_dirname (import->path);
    g_autofree char *name = name_of (base);
    const char *type = ib_import_section_get (retriever, "type");
    IbImported *self = ib_import_add (import, base, name);
    take_type (self, type != NULL ? type : "");
    for (guint i = 0; i < retriever->entries->len; i++)
        take_retriever_entry (self, home, folder, retriever->entries->pdata[i]);
    const IbImportSection *options = ib_import_sections_find (sections, "options");
    take_after (self, retriever, options);
    take_options (self, options);
    leave_others (self, sections);
    return true;
}

/* --- what it has fetched ------------------------------------------------------------------------------------------------------ */

static gint
compare (gconstpointer a, gconstpointer b)
{
    guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;
    return x < y ? -1 : x > y;
}

/* word = UIDVALIDITY "/" UID. The highest UIDVALIDITY is the last that getmail met. */
static void
add_uid (IbImportMailbox *mailbox, const char *word)
{
    const char *slash = strchr (word, '/');
    guint64 validity, uid;
    g_autofree char *front = slash != NULL ? g_strndup (word, (gsize) (slash - word)) : NULL;
    if (front == NULL || !ib_units_parse_number (front, 1, G_MAXUINT32, &validity)
        || !ib_units_parse_number (slash + 1, 1, G_MAXUINT32, &uid) || validity < mailbox->uidvalidity)
        return;
    guint32 number = (guint32) uid;
    if (validity > mailbox->uidvalidity)
        g_array_set_size (mailbox->done, 0);
    mailbox->uidvalidity = (guint32) validity;
    g_array_append_val (mailbox->done, number);
}

void
ib_getmail_state_parse (const char *bytes, gsize length, bool is_imap, IbImportMailbox *mailbox)
{
    for (const char *at = bytes, *end = bytes + length; at < end;) {
        const char *newline = memchr (at, '\n', (gsize) (end - at));
        const char *stop = newline != NULL ? newline : end;
        const char *nul = memchr (at, '\0', (gsize) (stop - at));
        bool is_word = nul != NULL && nul > at && nul - at <= IB_LIMIT_IDENTITY_BYTES;
        g_autofree char *word = is_word ? g_strndup (at, (gsize) (nul - at)) : NULL;
        at = stop + 1;
        if (word != NULL && is_imap)
            add_uid (mailbox, word);
        else if (word != NULL)
            g_ptr_array_add (mailbox->uidls, g_steal_pointer (&word));
    }
    g_array_sort (mailbox->done, compare);
}

/* @mailbox: as the server writes it. */
static void
read_old (IbImported *self, const char *path, const char *mailbox, bool is_imap)
{
    gsize length;
    g_autofree char *bytes = NULL;
    if (!g_file_test (path, G_FILE_TEST_IS_REGULAR) || !g_file_get_contents (path, &bytes, &length, NULL)
        || length > IB_LIMIT_IMPORT_STATE_BYTES)
        return;
    ib_getmail_state_parse (bytes, length, is_imap, ib_imported_add_mailbox (self, mailbox, 0));
}

/* What the server calls the mailbox that is @name in a file's name, where "." stands for "/", too: as the configuration has it,
 * or else, since only the server knows, both. */
static void
read_old_of (IbImported *self, const char *path, const char *name)
{
    const char *folders = ib_imported_get (self, "fetch.folders");
    g_auto (GStrv) listed = g_strsplit (folders != NULL ? folders : "", ";", -1);
    g_autofree char *other = g_strdelimit (g_strdup (name), ".", '/');
    bool is_other = g_strv_contains ((const char *const *) listed, other);
    bool is_this = g_strv_contains ((const char *const *) listed, name);
    g_autofree char *plain = ib_imap_name_from_utf8 (name), *sloping = ib_imap_name_from_utf8 (other);
    if (is_this || !is_other)
        read_old (self, path, plain, true);
    if (is_other || (!is_this && strcmp (name, other) != 0))
        read_old (self, path, sloping, true);
}

/* "oldmail-SERVER-PORT-USER" and, IMAP, "-MAILBOX". */
static void
recall_account (IbImported *self, const char *folder)
{
    bool is_imap = g_strcmp0 (ib_imported_get (self, "account.protocol"), "imap") == 0;
    bool is_tls = g_strcmp0 (ib_imported_get (self, "account.security"), "tls") == 0;
    const char *port = ib_imported_get (self, "account.port"), *host = ib_imported_get (self, "account.host");
    if (host == NULL || ib_imported_get (self, "account.user") == NULL)
        return;
    const char *usual = is_imap ? (is_tls ? "993" : "143") : (is_tls ? "995" : "110");
    g_autofree char *front
        = g_strdup_printf ("oldmail-%s-%s-%s", host, port != NULL && *port != '\0' ? port : usual,
                           ib_imported_get (self, "account.user"));
    g_strdelimit (front, "/", '.');
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    const char *name;
    for (guint i = 0; dir != NULL && i < IB_LIMIT_IMPORT_FOLDERS && (name = g_dir_read_name (dir)) != NULL;
         i++) {
        const char *rest = g_str_has_prefix (name, front) ? name + strlen (front) : NULL;
        bool is_it = rest != NULL && (is_imap ? *rest == '-' : *rest == '\0');
        g_autofree char *path = g_build_filename (folder, name, NULL);
        if (is_it && is_imap)
            read_old_of (self, path, rest + 1);
        else if (is_it)
            read_old (self, path, "INBOX", false);
    }
}

static void
recall (IbImport *import, const char *home)
{
    g_autofree char *folder = g_path_get_dirname (import->path);
    for (guint i = 0; i < import->accounts->len; i++)
        recall_account (import->accounts->pdata[i], folder);
}

/* --- where -------------------------------------------------------------------------------------------------------------------- */

/* Its folder has one file an account, called as one likes. */
static void
locate (const char *home, GPtrArray *paths)
{
    g_autofree char *config = ib_import_expand_place (home, "$XDG_CONFIG_HOME/getmail");
    g_autofree char *old = g_build_filename (home, ".getmail", NULL);
    const char *const folders[] = { config, old };
    for (gsize i = 0; i < G_N_ELEMENTS (folders) && paths->len == 0; i++) {
        g_autoptr (GDir) dir = g_dir_open (folders[i], 0, NULL);
        const char *name;
        for (guint n = 0;
             dir != NULL && n < IB_LIMIT_IMPORT_FOLDERS && (name = g_dir_read_name (dir)) != NULL; n++) {
            gsize length;
            g_autofree char *path = g_build_filename (folders[i], name, NULL);
            bool is_state
                = g_str_has_prefix (name, "oldmail-") || *name == '.' || g_str_has_suffix (name, "~");
            char *text = !is_state && g_file_test (path, G_FILE_TEST_IS_REGULAR)
                             ? ib_import_load (path, &length, NULL)
                             : NULL;
            if (text != NULL && strstr (text, "[retriever]") != NULL)
                g_ptr_array_add (paths, g_steal_pointer (&path));
            ib_import_wipe (text);
        }
    }
    ib_import_sort_words (paths);
}

static const char *const places[] = { "$XDG_CONFIG_HOME/getmail/getmailrc", ".getmail/getmailrc", NULL };

const IbImportFormat ib_import_getmail = { "getmail", places, locate, parse, recall, NULL };
