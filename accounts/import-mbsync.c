/* import-mbsync.c - mbsync's configuration (isync): sections of keywords, parted by empty lines */
#include "import-mbsync.h"
#include "escape.h"
#include "imap-name.h"
#include "import-file.h"
#include "import-private.h"
#include "import-words.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- sections ----------------------------------------------------------------------------------------------------------- */

typedef enum { GLOBAL, ACCOUNT, IMAP_STORE, MAILDIR_STORE, CHANNEL, GROUP } Kind;

static const struct {
    const char *keyword;
    Kind kind;
} kinds[] = {
    { "IMAPAccount", ACCOUNT }, { "IMAPStore", IMAP_STORE }, { "MaildirStore", MAILDIR_STORE },
    { "Channel", CHANNEL },     { "Group", GROUP },
};

typedef struct {
    Kind kind;
    const char *keyword; /* "IMAPStore" */
    char *name;
    GPtrArray *items;     /* of words: keyword and arguments */
    IbImported *imported; /* ACCOUNT, and an IMAP_STORE with a server of its own: once a channel uses it */
    GString *folders;     /* of that account */
    bool has_exclusion, has_order, has_wildcard, has_inbox, has_others;
} Section;

static void
words_free (gpointer words)
{
    g_ptr_array_unref (words);
}

static Section *
section_new (Kind kind, const char *keyword, const char *name)
{
    Section *self = g_new0 (Section, 1);
    self->kind = kind;
    self->keyword = keyword;
    self->name = g_strdup (name);
    self->items = g_ptr_array_new_with_free_func (words_free);
    self->folders = g_string_new (NULL);
    return self;
}

static void
section_free (gpointer data)
{
    Section *self = data;
    g_free (self->name);
    g_ptr_array_unref (self->items);
    g_string_free (self->folders, TRUE);
    g_free (self);
}

/* The section that a line begins; NULL: none. "Channel" within a Group is an item of it. */
static Section *
begin_section (const GPtrArray *words, const Section *current)
{
    bool is_in_group = current->kind == GROUP;
    for (gsize i = 0; i < G_N_ELEMENTS (kinds) && words->len >= 2; i++)
        if (g_ascii_strcasecmp (words->pdata[0], kinds[i].keyword) == 0
            && !(is_in_group && kinds[i].kind == CHANNEL))
            return section_new (kinds[i].kind, kinds[i].keyword, words->pdata[1]);
    return NULL;
}

/* The first is the global one, to which all belongs that stands in none. */
static GPtrArray *
read_sections (const IbImport *import, const char *text, GError **error)
{
    g_autoptr (GPtrArray) sections = g_ptr_array_new_with_free_func (section_free);
    g_ptr_array_add (sections, section_new (GLOBAL, "", ""));
    Section *current = sections->pdata[0];
    IbImportLines lines = { text, 0 };
    char *line;
    while ((line = ib_import_lines_next (&lines)) != NULL) {
        g_strstrip (line);
        bool is_comment = *line == '#', is_empty = *line == '\0';
        g_autoptr (GPtrArray) words = is_comment ? NULL : ib_import_words_split (line, true);
        ib_import_wipe (line);
        if (is_empty)
            current = sections->pdata[0];
        if (is_empty || is_comment)
            continue;
        if (words == NULL || sections->len > IB_LIMIT_IMPORT_SECTIONS
            || current->items->len >= IB_LIMIT_IMPORT_SETTINGS) {
            ib_import_fail (import, lines.line,
                            words == NULL ? _ ("a quotation mark is not closed")
                                          : _ ("too many sections, or settings in one"),
                            error);
            return NULL;
        }
        Section *next = begin_section (words, current);
        if (next != NULL) {
            g_ptr_array_add (sections, next);
            current = next;
        } else {
            g_ptr_array_add (current->items, g_steal_pointer (&words));
        }
    }
    return g_steal_pointer (&sections);
}

static bool
is_keyword (const char *word, const char *keyword)
{
    return g_ascii_strcasecmp (word, keyword) == 0;
}

/* The arguments of the last item of that keyword, as one text; NULL: there is none. */
static char *
get (const Section *self, const char *keyword)
{
    for (guint i = self->items->len; i > 0; i--) {
        const GPtrArray *words = self->items->pdata[i - 1];
        if (is_keyword (words->pdata[0], keyword))
            return ib_import_words_join (words, 1);
    }
    return NULL;
}

static Section *
find (const GPtrArray *sections, Kind kind, const char *name)
{
    for (guint i = 0; i < sections->len; i++) {
        Section *section = sections->pdata[i];
        if (section->kind == kind && strcmp (section->name, name) == 0)
            return section;
    }
    return NULL;
}

/* --- a server ----------------------------------------------------------------------------------------------------------- */

static const IbImportRule server_rules[] = {
    { "Host", "account.host", NULL },
    { "User", "account.user", NULL },
    { "Port", "account.port", NULL },
    { "Timeout", NULL, N_ ("Inbasket has limits of its own for a server that does not answer") },
    { "UserCmd", NULL, N_ ("A user name is written, not asked of a program") },
    { "UseKeychain", NULL,
      N_ ("This is another system's keychain; “inbasket account edit NAME --secret keyring” keeps the "
          "password in yours") },
    { "SSLVersion", NULL, N_ ("It is TLS 1.2 or later, always") },
    { "SSLVersions", NULL, N_ ("It is TLS 1.2 or later, always") },
    { "TLSVersions", NULL, N_ ("It is TLS 1.2 or later, always") },
    { "SystemCertificates", NULL,
      N_ ("The system's authorities are trusted besides; to trust one certificate alone, set "
          "fingerprint=") },
    { "ClientCertificate", NULL, N_ ("Inbasket signs in by password or token, not by certificate") },
    { "ClientKey", NULL, N_ ("Inbasket signs in by password or token, not by certificate") },
    { "CipherString", NULL, N_ ("The ciphers are the system's choice") },
    { "PipelineDepth", NULL, NULL },
    { "DisableExtension", NULL, NULL },
    { "DisableExtensions", NULL, NULL },
    { "Account", NULL, NULL },
    { "Path", NULL, NULL }, /* these say what the folders are called, see below */
    { "UseNamespace", NULL, NULL },
    { "PathDelimiter", NULL, NULL },
    { "SubscribedOnly", NULL, N_ ("folders= goes by names; what is not wanted is left out with “!”") },
    { "MapInbox", NULL, NULL },
    { "MaxSize", NULL, NULL },
    { "Flatten", NULL, N_ ("It is about how folders are called here; folder= says that") },
    { "Trash", NULL, N_ ("Mail is fetched only: what you delete here is not deleted on the server") },
    { "TrashNewOnly", NULL, NULL },
    { "TrashRemoteNew", NULL, NULL },
    { NULL, NULL, NULL },
};

static void
take_security (IbImported *account, const char *keyword, const char *type)
{
    static const struct {
        const char *type, *security;
    } types[] = { { "None", "none" }, { "STARTTLS", "starttls" }, { "IMAPS", "tls" } };
    for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
        if (is_keyword (type, types[i].type))
            ib_imported_take (account, keyword, "account.security", types[i].security);
}

static void
take_mechanisms (IbImported *account, const char *keyword, const GPtrArray *words)
{
    bool is_token = words->len > 1;
    for (guint i = 1; i < words->len; i++)
        is_token &= is_keyword (words->pdata[i], "XOAUTH2") || is_keyword (words->pdata[i], "OAUTHBEARER");
    if (is_token)
        ib_imported_take (account, keyword, "account.auth", "oauth2");
    else
        ib_imported_leave (account, keyword,
                           _ ("The safest way to sign in that the server has is used, always"));
}

static bool
take_secret (IbImported *account, const char *keyword, const char *value)
{
    if (is_keyword (keyword, "Pass"))
        ib_imported_keep_password (account, keyword, value);
    else if (is_keyword (keyword, "PassCmd"))
        ib_imported_take_command (account, "PassCmd", value + (*value == '+'), true);
    else
        return false;
    return true;
}

static void
take_size (IbImported *account, const char *keyword, const char *value)
{
    g_autofree char *size = g_ascii_strup (value, -1);
    if (g_str_has_suffix (size, "B"))
        size[strlen (size) - 1] = '\0';
    if (strcmp (size, "0") != 0)
        ib_imported_take (account, keyword, "fetch.max-size", size);
}

static void
take_server_item (IbImported *account, const char *home, const GPtrArray *words)
{
    const char *keyword = words->pdata[0];
    char *value = ib_import_words_join (words, 1);
    g_autofree char *path = ib_import_path (home, home, value);
    if (is_keyword (keyword, "SSLType") || is_keyword (keyword, "TLSType"))
        take_security (account, keyword, value);
    else if (is_keyword (keyword, "AuthMechs") || is_keyword (keyword, "AuthMech"))
        take_mechanisms (account, keyword, words);
    else if (is_keyword (keyword, "CertificateFile"))
        ib_imported_take_ca (account, "CertificateFile", path);
    else if (is_keyword (keyword, "Tunnel"))
        ib_imported_refuse (account,
                            _ ("It reaches its server through a command (Tunnel), which Inbasket cannot"));
    else if (is_keyword (keyword, "MaxSize"))
        take_size (account, "MaxSize", value);
    else if (!take_secret (account, keyword, value)
             && !ib_imported_apply (account, server_rules, keyword, value))
        ib_imported_leave (account, keyword, _ ("Inbasket does not know what this means"));
    ib_import_wipe (value);
}

/* An "imaps:" in front of the host, and "UseIMAPS", are of former days, but still read. */
static void
take_server (IbImported *account, const char *home, const Section *section)
{
    ib_imported_set (account, "account.protocol", "imap");
    ib_imported_set (account, "account.security", "starttls");
    for (guint i = 0; i < section->items->len; i++)
        take_server_item (account, home, section->items->pdata[i]);
    const char *host = ib_imported_get (account, "account.host");
    g_autofree char *secure
        = host != NULL && g_str_has_prefix (host, "imaps:") ? g_strdup (host + strlen ("imaps:")) : NULL;
    if (secure != NULL) {
        ib_imported_set (account, "account.host", secure);
        ib_imported_set (account, "account.security", "tls");
    }
}

/* --- channels ------------------------------------------------------------------------------------------------------------ */

static const IbImportRule channel_rules[] = {
    { "Far", NULL, NULL },
    { "Near", NULL, NULL },
    { "Master", NULL, NULL },
    { "Slave", NULL, NULL },
    { "Pattern", NULL, NULL }, /* these are folders= */
    { "Patterns", NULL, NULL },
    { "SyncState", NULL, NULL },
    { "Create", NULL, N_ ("Folders are made here as mail for them comes; on the server none is made") },
    { "Remove", NULL, N_ ("No folder is ever removed") },
    { "Expunge", NULL,
      N_ ("Mail is fetched only, and stays on the server; with after= it is deleted or moved there once it "
          "is safe here") },
    { "Sync", NULL,
      N_ ("Mail goes one way, from the server to here, and its flags are taken once, with it") },
    { "MaxMessages", NULL,
      N_ ("All new mail is fetched, and all that was fetched stays; since= leaves out old mail at the "
          "first poll") },
    { "ExpireUnread", NULL, N_ ("What was fetched stays") },
    { "ExpireSide", NULL, N_ ("What was fetched stays") },
    { "CopyArrivalDate", NULL, NULL }, /* it always is */
    { NULL, NULL, NULL },
};

/* ":store:box" */
static bool
split_box (const char *text, char **out_store, char **out_box)
{
    const char *colon = *text == ':' ? strchr (text + 1, ':') : NULL;
    if (colon == NULL)
        return false;
    *out_store = g_strndup (text + 1, (gsize) (colon - text - 1));
    *out_box = g_strdup (colon + 1);
    return true;
}

/* Whose server a store is on. */
static Section *
server_of (const GPtrArray *sections, Section *store)
{
    g_autofree char *name = get (store, "Account");
    return name != NULL ? find (sections, ACCOUNT, name) : store;
}

/* Each account once, with the first channel that uses it. */
static void
import_server (IbImport *import, const char *home, Section *server, const Section *store)
{
    if (server->imported != NULL)
        return;
    g_autofree char *origin = g_strdup_printf ("%s %s", server->keyword, server->name);
    server->imported = ib_import_add (import, origin, server->name);
    take_server (server->imported, home, server);
    g_autofree char *size = server != store ? get (store, "MaxSize") : NULL;
    if (size != NULL)
        take_size (server->imported, "MaxSize", size);
}

/* As folders= has it: in UTF-8, and below the store's Path. */
static void
add_folder (Section *server, const char *path, const char *box, bool is_exclusion)
{
    bool is_inbox = g_ascii_strcasecmp (box, "INBOX") == 0;
    g_autofree char *whole = g_strconcat (is_inbox ? "" : path, box, NULL);
    g_autofree char *name = ib_imap_name_to_utf8 (whole);
    g_autofree char *element = g_strconcat (is_exclusion ? "!" : "", name, NULL);
    if (server->folders->len + strlen (element) > IB_LIMIT_LINE_BYTES)
        return;
    ib_import_append_element (server->folders, element);
    server->has_order |= server->has_exclusion && !is_exclusion;
    server->has_exclusion |= is_exclusion;
    server->has_inbox |= is_inbox;
    server->has_others |= !is_inbox && !is_exclusion;
    server->has_wildcard
        |= !is_exclusion && *path == '\0' && (strcmp (box, "*") == 0 || strcmp (box, "%") == 0);
}

static void
add_patterns (Section *server, const Section *channel, const char *path, const char *prefix)
{
    bool is_name = strlen (path) + strlen (prefix) <= IB_LIMIT_MAILBOX_NAME_BYTES;
    for (guint i = 0; is_name && i < channel->items->len; i++) {
        const GPtrArray *words = channel->items->pdata[i];
        if (!is_keyword (words->pdata[0], "Patterns") && !is_keyword (words->pdata[0], "Pattern"))
            continue;
        for (guint j = 1; j < words->len; j++) {
            const char *pattern = words->pdata[j];
            bool is_exclusion = *pattern == '!';
            g_autofree char *box = g_strconcat (prefix, pattern + is_exclusion, NULL);
            add_folder (server, path, box, is_exclusion);
        }
    }
}

static bool
has_patterns (const Section *channel)
{
    g_autofree char *one = get (channel, "Pattern"), *more = get (channel, "Patterns");
    return one != NULL || more != NULL;
}

static void
take_channel_items (IbImported *account, const Section *channel)
{
    for (guint i = 0; i < channel->items->len; i++) {
        const GPtrArray *words = channel->items->pdata[i];
        g_autofree char *value = ib_import_words_join (words, 1);
        g_autofree char *setting = g_strdup_printf ("%s (%s)", (const char *) words->pdata[0], channel->name);
        if (is_keyword (words->pdata[0], "MaxSize"))
            take_size (account, setting, value);
        else if (!ib_imported_apply (account, channel_rules, words->pdata[0], value))
            ib_imported_leave (account, setting, _ ("Inbasket does not know what this means"));
    }
}

static char *
path_of (const Section *store, const char *keyword, const char *home, const char *fallback)
{
    g_autofree char *text = store != NULL ? get (store, keyword) : NULL;
    if (text == NULL && fallback == NULL)
        return g_strdup ("");
    return ib_import_path (home, home, text != NULL ? text : fallback);
}

/* A state's place is no path if it has no home in front: "*". */
static void
note_state (IbMbsyncChannel *self, const Section *channel, const Section *global, const char *home)
{
    g_autofree char *own = get (channel, "SyncState"), *common = get (global, "SyncState");
    const char *state = own != NULL ? own : common;
    self->is_state_common = own == NULL;
    if (state != NULL && strcmp (state, "*") == 0)
        self->state = g_strdup ("*");
    else if (state != NULL && *state == '~')
        self->state = g_strconcat (home, state + 1, NULL);
    else
        self->state = g_strdup (state != NULL ? state : "");
}

static void
note_near (IbMbsyncChannel *self, const Section *store, const char *home)
{
    g_autofree char *subfolders = store != NULL ? get (store, "SubFolders") : NULL;
    self->path = path_of (store, "Path", home, NULL);
    self->inbox = path_of (store, "Inbox", home, "~/Maildir");
    self->subfolders = g_ascii_strdown (subfolders != NULL ? subfolders : "", -1);
    self->flatten = store != NULL ? get (store, "Flatten") : NULL;
    if (self->flatten == NULL)
        self->flatten = g_strdup ("");
}

static void
note_far (IbMbsyncChannel *self, const Section *store)
{
    g_autofree char *delimiter = get (store, "PathDelimiter"), *namespace = get (store, "UseNamespace");
    self->remote_path = get (store, "Path");
    self->has_namespace = self->remote_path == NULL && (namespace == NULL || ib_import_is_yes (namespace));
    if (self->remote_path == NULL)
        self->remote_path = g_strdup ("");
    gsize length = strlen (self->remote_path);
    if (delimiter != NULL)
        self->delimiter = *delimiter;
    else if (length > 0 && g_ascii_ispunct (self->remote_path[length - 1]))
        self->delimiter = self->remote_path[length - 1];
}

/* One side on a server, the other in a Maildir; whichever is called far or near. */
static bool
find_sides (const GPtrArray *sections, const Section *channel, IbMbsyncChannel *self, Section **out_far,
            const Section **out_near)
{
    g_autofree char *far = get (channel, "Far"), *near = get (channel, "Near");
    if (far == NULL)
        far = get (channel, "Master");
    if (near == NULL)
        near = get (channel, "Slave");
    if (far == NULL || near == NULL || !split_box (far, &self->far_store, &self->far_box)
        || !split_box (near, &self->near_store, &self->near_box))
        return false;
    *out_far = find (sections, IMAP_STORE, self->far_store);
    *out_near = find (sections, MAILDIR_STORE, self->near_store);
    return *out_far != NULL;
}

static void
import_channel (IbImport *import, const char *home, const GPtrArray *sections, const Section *channel)
{
    IbMbsyncChannel *self = g_new0 (IbMbsyncChannel, 1);
    Section *far;
    const Section *near;
    g_ptr_array_add (import->memory, self);
    Section *server = find_sides (sections, channel, self, &far, &near) ? server_of (sections, far) : NULL;
    if (server == NULL) {
        g_autofree char *setting = g_strdup_printf ("Channel %s", channel->name);
        ib_import_leave (import, setting, _ ("Its far side is no IMAP server that is described here"));
        return;
    }
    import_server (import, home, server, far);
    self->account = server->imported;
    note_far (self, far);
    note_near (self, near, home);
    note_state (self, channel, sections->pdata[0], home);
    self->has_patterns = has_patterns (channel);
    if (self->has_patterns)
        add_patterns (server, channel, self->remote_path, self->far_box);
    else
        add_folder (server, self->remote_path, *self->far_box != '\0' ? self->far_box : "INBOX", false);
    take_channel_items (server->imported, channel);
}

/* In mbsync no wildcard takes the INBOX; here "*" does. */
static void
take_folders (Section *server)
{
    if (server->has_wildcard && !server->has_inbox)
        ib_import_append_element (server->folders, "!INBOX");
    if (server->has_order)
        ib_imported_change (
            server->imported, "Channel", "fetch.folders", server->folders->str,
            _ ("In mbsync the last pattern that fits decides; here what is left out with “!” stays out, "
               "wherever it stands"));
    else
        ib_imported_take (server->imported, "Channel", "fetch.folders", server->folders->str);
    if (server->has_others)
        ib_imported_change (server->imported, _ ("folders of their own"), "filter.folder", "%f",
                            _ ("Each folder's mail goes into the folder of its name, as it did"));
}

/* --- the whole ------------------------------------------------------------------------------------------------------------ */

static void
channels_free (gpointer channels)
{
    g_ptr_array_unref (channels);
}

static bool
parse (IbImport *import, const char *home, const char *text, gsize length, GError **error)
{
    g_autoptr (GPtrArray) sections = read_sections (import, text, error);
    if (sections == NULL)
        return false;
    import->memory = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_mbsync_channel_free);
    import->forget = channels_free;
    for (guint i = 0; i < sections->len; i++) {
        const Section *section = sections->pdata[i];
        if (section->kind == CHANNEL)
            import_channel (import, home, sections, section);
    }
    for (guint i = 0; i < sections->len; i++) {
        Section *section = sections->pdata[i];
        if (section->imported != NULL)
            take_folders (section);
        else if (section->kind == ACCOUNT)
            ib_import_leave (import, section->name, _ ("No channel uses this IMAPAccount"));
    }
    return true;
}

static void
recall (IbImport *import, const char *home)
{
    const GPtrArray *channels = import->memory;
    for (guint i = 0; i < channels->len; i++)
        if (((const IbMbsyncChannel *) channels->pdata[i])->account != NULL)
            ib_mbsync_recall (channels->pdata[i], home);
}

static const char *const places[] = { "$XDG_CONFIG_HOME/isyncrc", ".mbsyncrc", NULL };

const IbImportFormat ib_import_mbsync = { "mbsync", places, NULL, parse, recall, NULL };
