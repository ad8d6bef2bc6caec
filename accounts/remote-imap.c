/* remote-imap.c - IMAP, as fetch.c wants it */
#include "remote-imap.h"
#include "escape.h"
#include "imap-name.h"
#include "mailbox-use.h"
#include "refusal.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A goodbye is a courtesy; nobody waits long for it. */
#define LOGOUT_MS 5000

void
ib_imap_mailbox_free (IbImapMailbox *self)
{
    if (self == NULL)
        return;
    g_free (self->name);
    g_free (self->display_name);
    g_free (self->special_use);
    g_free (self);
}

/* --- errors -------------------------------------------------------------------------------------------------- */

/* RFC 5530's codes, and those that providers made up: what they ask for, and whether they speak of all that is on the server
 * and not of what was just asked. */
static const struct {
    const char *code;
    IbFetchError remedy;
    bool is_about_all;
} codes[] = {
    { "AUTHENTICATIONFAILED", IB_FETCH_ERROR_SIGN_IN, true },
    { "AUTHORIZATIONFAILED", IB_FETCH_ERROR_SIGN_IN, true },
    { "EXPIRED", IB_FETCH_ERROR_SIGN_IN, true },
    { "CONTACTADMIN", IB_FETCH_ERROR_SIGN_IN, false },
    { "WEBALERT", IB_FETCH_ERROR_SIGN_IN, true },
    { "UNAVAILABLE", IB_FETCH_ERROR_BUSY, false },
    { "INUSE", IB_FETCH_ERROR_BUSY, false },
    { "LIMIT", IB_FETCH_ERROR_BUSY, true },
    { "OVERQUOTA", IB_FETCH_ERROR_BUSY, false },
    { "THROTTLED", IB_FETCH_ERROR_BUSY, true },
    { "SERVERBUG", IB_FETCH_ERROR_BUSY, false },
    { "PRIVACYREQUIRED", IB_FETCH_ERROR_UNSAFE, true },
};

/* What @answer asks for by its code, or, where there is none of them, by what servers write when they want to be left alone. */
static IbFetchError
remedy (const IbImapAnswer *answer, IbFetchError plain, bool *out_is_about_all)
{
    for (gsize i = 0; i < G_N_ELEMENTS (codes); i++) {
        if (strcmp (answer->code, codes[i].code) != 0)
            continue;
        *out_is_about_all = codes[i].is_about_all || ib_refusal_is_passing (answer->text);
        return codes[i].remedy;
    }
    *out_is_about_all = ib_refusal_is_passing (answer->text);
    return *out_is_about_all ? IB_FETCH_ERROR_BUSY : plain;
}

bool
ib_remote_imap_is_about_mailbox (const IbImapAnswer *answer)
{
    bool is_about_all;
    (void) remedy (answer, IB_FETCH_ERROR_SERVER, &is_about_all);
    return !is_about_all;
}

void
ib_remote_imap_tell_backoff (IbRemote *self, const char *text)
{
    gint64 seconds = ib_refusal_backoff_s (text);
    if (seconds > 0 && self->callbacks->backoff != NULL)
        self->callbacks->backoff (seconds, self->callbacks->user_data);
}

bool
ib_remote_imap_refused (IbRemote *self, const IbImapAnswer *answer, IbFetchError plain, const char *what,
                        GError **error)
{
    bool is_about_all;
    IbFetchError code = remedy (answer, plain, &is_about_all);
    if (code == IB_FETCH_ERROR_BUSY)
        ib_remote_imap_tell_backoff (self, answer->text);
    g_set_error (error, IB_FETCH_ERROR, (gint) code, _ ("%s: %s. The server said: %s"), self->host, what,
                 answer->text);
    return false;
}

/* What was said before TLS may have been said by anybody. */
static bool
is_showable (const IbRemote *self)
{
    return ib_stream_is_encrypted (self->stream) || self->request->account->security == IB_SECURITY_NONE;
}

bool
ib_remote_imap_broke (IbRemote *self, GError **error)
{
    const GError *broken = ib_stream_get_error (self->stream);
    const IbImapAnswer *bye = ib_imap_session_get_bye (self->session);
    if (error != NULL && *error != NULL)
        return false;
    bool is_to_blame = ib_remote_imap_blame_compression (self, broken);
    if (bye != NULL && is_showable (self) && g_error_matches (broken, IB_STREAM_ERROR, IB_STREAM_ERROR_EOF))
        return ib_remote_imap_refused (self, bye, IB_FETCH_ERROR_OFFLINE, _ ("The server ended the session"),
                                       error);
    ib_remote_propagate (error, broken, self->host);
    if (is_to_blame)
        g_prefix_error (error, "%s", _ ("With COMPRESS=DEFLATE, which is not asked for again: "));
    return false;
}

IbImapAnswer *
ib_remote_imap_ask (IbRemote *self, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *command = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    guint tag = ib_imap_session_send (self->session, IB_IMAP_WANT_NOTHING, "%s", command);
    IbImapAnswer *answer = ib_imap_session_wait (self->session, tag);
    if (answer == NULL)
        ib_remote_imap_broke (self, error);
    return answer;
}

/* --- mailboxes ----------------------------------------------------------------------------------------------- */

/* Whether @folder, of folders=, is the name of one, and no glob, exception or use. */
static bool
is_name (const char *folder)
{
    return *folder != '!' && *folder != '\\' && strpbrk (folder, "*%") == NULL;
}

/* The INBOX is for what is good, whatever a server may say. */
static const char *
special_use (const char *name, const char *const *flags)
{
    static const char *const uses[]
        = { "All", "Archive", "Drafts", "Flagged", "Important", "Junk", "Sent", "Trash" };
    for (gsize i = 0; flags[i] != NULL && g_ascii_strcasecmp (name, "INBOX") != 0; i++)
        for (gsize j = 0; j < G_N_ELEMENTS (uses); j++)
            if (g_ascii_strcasecmp (flags[i] + 1, uses[j]) == 0)
                return uses[j];
    return "";
}

static bool
is_flagged (const char *const *flags, const char *flag)
{
    for (gsize i = 0; flags[i] != NULL; i++)
        if (g_ascii_strcasecmp (flags[i], flag) == 0)
            return true;
    return false;
}

static bool
is_wanted_by (IbRemote *self, const IbImapMailbox *mailbox, const char *const *folders)
{
    return mailbox->is_selectable
           && ib_imap_name_is_wanted (mailbox->display_name, folders, mailbox->delimiter,
                                      ib_imap_server_get_prefix (self->server));
}

/* By its name, not by a glob. */
static bool
is_named (IbRemote *self, const IbImapMailbox *mailbox)
{
    char **folders = self->request->account->folders;
    for (gsize i = 0; folders[i] != NULL; i++) {
        const char *alone[] = { folders[i], NULL };
        if (is_name (folders[i]) && is_wanted_by (self, mailbox, alone))
            return true;
    }
    return false;
}

/* Of many it is looked at in any case. */
static bool
is_of_note (IbRemote *self, const IbImapMailbox *mailbox)
{
    return strcmp (mailbox->name, "INBOX") == 0 || *mailbox->special_use != '\0'
           || ib_mailbox_use_of_name (mailbox->display_name) != IB_USE_NONE || is_named (self, mailbox);
}

/* @mailbox is taken. */
static void
keep_mailbox (IbRemote *self, IbImapMailbox *mailbox)
{
    const char *const *folders = (const char *const *) self->request->account->folders;
    guint count = self->known->len;
    if (count < IB_LIMIT_MAILBOXES || (count < 2 * IB_LIMIT_MAILBOXES && is_of_note (self, mailbox))) {
        g_ptr_array_add (self->known, mailbox);
        return;
    }
    if (self->passed_over == NULL && is_wanted_by (self, mailbox, folders))
        self->passed_over = g_strdup (mailbox->name);
    ib_imap_mailbox_free (mailbox);
}

static void
note_mailbox (const char *name, char delimiter, const char *const *flags, gpointer user_data)
{
    IbRemote *self = user_data;
    IbImapMailbox *mailbox = g_new0 (IbImapMailbox, 1);
    bool is_inbox = g_ascii_strcasecmp (name, "INBOX") == 0; /* one mailbox, however it is written */
    mailbox->name = g_strdup (is_inbox ? "INBOX" : name);
    mailbox->display_name = ib_imap_name_to_utf8 (mailbox->name);
    mailbox->special_use = g_strdup (special_use (name, flags));
    mailbox->delimiter = delimiter;
    mailbox->is_selectable = !is_flagged (flags, "\\Noselect") && !is_flagged (flags, "\\NonExistent");
    keep_mailbox (self, mailbox);
}

guint
ib_remote_imap_send_list (IbRemote *self, bool asks_namespace, bool asks_use)
{
    if (asks_namespace)
        ib_imap_session_ignore (self->session,
                                ib_imap_session_send (self->session, IB_IMAP_WANT_NOTHING, "NAMESPACE"));
    return ib_imap_session_send (self->session, IB_IMAP_WANT_LIST, "LIST \"\" \"*\"%s",
                                 asks_use ? " RETURN (SPECIAL-USE)" : "");
}

/* Reads the answer to the LIST @tag. (transfer full) (nullable): NULL sets @error. */
static IbImapAnswer *
hear_list (IbRemote *self, guint tag, GError **error)
{
    const IbImapSink sink = { .mailbox = note_mailbox, .user_data = self };
    self->known = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_imap_mailbox_free);
    g_clear_pointer (&self->passed_over, g_free);
    IbImapAnswer *answer = ib_imap_session_parse (self->session, tag, &sink);
    if (answer == NULL)
        ib_remote_imap_broke (self, error);
    return answer;
}

/* What went out ahead, if something did. One that was refused may be granted now. */
static bool
hear_listed (IbRemote *self, GError **error)
{
    guint tag = self->ahead.mailboxes;
    self->ahead.mailboxes = 0;
    if (tag == 0)
        return true;
    g_autoptr (IbImapAnswer) answer = hear_list (self, tag, error);
    if (answer != NULL && answer->result != IB_IMAP_OK)
        g_clear_pointer (&self->known, g_ptr_array_unref);
    return answer != NULL;
}

static bool
tells_uses (const IbRemote *self)
{
    for (guint i = 0; i < self->known->len; i++)
        if (*((const IbImapMailbox *) self->known->pdata[i])->special_use != '\0')
            return true;
    return false;
}

/* Most tell what a mailbox is for without being asked. Where none was told, some may have to be. */
bool
ib_remote_imap_list (IbRemote *self, GError **error)
{
    if (self->known != NULL)
        return true;
    if (!hear_listed (self, error))
        return false;
    if (self->known != NULL && tells_uses (self))
        return true;
    if (!ib_remote_imap_learn (self, error))
        return false;
    bool may_ask_use = ib_imap_server_has (self->server, "SPECIAL-USE")
                       && ib_imap_server_has (self->server, "LIST-EXTENDED");
    if (self->known != NULL && !may_ask_use)
        return true;
    g_clear_pointer (&self->known, g_ptr_array_unref);
    guint tag = ib_remote_imap_send_list (self, ib_imap_server_has (self->server, "NAMESPACE"), may_ask_use);
    g_autoptr (IbImapAnswer) answer = hear_list (self, tag, error);
    if (answer == NULL)
        return false;
    if (answer->result != IB_IMAP_OK)
        return ib_remote_imap_refused (self, answer, IB_FETCH_ERROR_SERVER,
                                       _ ("The mailboxes cannot be listed"), error);
    return true;
}

/* A folder that is named, not described by a glob, and that the server does not have. */
static void
tell_missing (IbRemote *self, const char *folder)
{
    const char *alone[] = { folder, NULL };
    if (!is_name (folder))
        return;
    for (guint i = 0; i < self->known->len; i++)
        if (is_wanted_by (self, self->known->pdata[i], alone))
            return;
    g_autofree char *name = ib_imap_name_from_utf8 (folder);
    self->callbacks->mailbox_failed (name, _ ("There is no such mailbox on the server"),
                                     self->callbacks->user_data);
}

static void
tell_passed_over (IbRemote *self)
{
    g_autofree char *words = g_strdup_printf (
        _ ("The server has more than %d mailboxes, and this one and those behind it are passed over: name them in folders="),
        IB_LIMIT_MAILBOXES);
    if (self->passed_over != NULL)
        self->callbacks->mailbox_failed (self->passed_over, words, self->callbacks->user_data);
}

static bool
has_use (const IbRemote *self, IbMailboxUse use)
{
    for (guint i = 0; i < self->known->len; i++)
        if (ib_mailbox_use_of_attribute (((const IbImapMailbox *) self->known->pdata[i])->special_use) == use)
            return true;
    return false;
}

bool
ib_remote_imap_is_for (const IbRemote *self, const IbImapMailbox *mailbox, IbMailboxUse use)
{
    return has_use (self, use) ? ib_mailbox_use_of_attribute (mailbox->special_use) == use
                               : ib_mailbox_use_of_name (mailbox->display_name) == use;
}

/* "\Junk" of folders=. */
static IbMailboxUse
use_of_word (const char *folder)
{
    return *folder == '\\' ? ib_mailbox_use_of_attribute (folder + 1) : IB_USE_NONE;
}

static bool
is_wanted_for_use (const IbRemote *self, const IbImapMailbox *mailbox, const char *const *folders)
{
    for (; *folders != NULL; folders++) {
        IbMailboxUse use = use_of_word (*folders);
        if (use != IB_USE_NONE && ib_remote_imap_is_for (self, mailbox, use))
            return true;
    }
    return false;
}

static bool
is_in_archive (const IbRemote *self, const IbImapMailbox *mailbox)
{
    for (guint i = 0; i < self->known->len; i++) {
        const IbImapMailbox *archive = self->known->pdata[i];
        gsize length = strlen (archive->name);
        if (archive->delimiter != '\0' && strncmp (mailbox->name, archive->name, length) == 0
            && mailbox->name[length] == archive->delimiter
            && ib_remote_imap_is_for (self, archive, IB_USE_ARCHIVE))
            return true;
    }
    return false;
}

static gint
compare_backwards (gconstpointer a, gconstpointer b)
{
    return strcmp (*(const char *const *) b, *(const char *const *) a);
}

/* "\Archive": mail programs make a mailbox for each year below one. The last years first. */
static void
add_archived (const IbRemote *self, GPtrArray *wanted)
{
    g_autoptr (GPtrArray) archived = g_ptr_array_new ();
    for (guint i = 0; i < self->known->len; i++) {
        const IbImapMailbox *mailbox = self->known->pdata[i];
        if (mailbox->is_selectable && is_in_archive (self, mailbox)
            && !g_ptr_array_find_with_equal_func (wanted, mailbox->name, g_str_equal, NULL))
            g_ptr_array_add (archived, mailbox->name);
    }
    g_ptr_array_sort (archived, compare_backwards);
    for (guint i = 0; i < archived->len; i++)
        g_ptr_array_add (wanted, g_strdup (archived->pdata[i]));
}

const char *
ib_remote_imap_find_for_use (const IbRemote *self, IbMailboxUse use)
{
    for (guint i = 0; use != IB_USE_NONE && i < self->known->len; i++) {
        const IbImapMailbox *mailbox = self->known->pdata[i];
        if (mailbox->is_selectable && ib_remote_imap_is_for (self, mailbox, use))
            return mailbox->name;
    }
    return NULL;
}

/* Last: what is moved there from the others is found there in the same run. */
static void
add_junk (const IbRemote *self, GPtrArray *wanted)
{
    const char *junk = ib_remote_imap_find_for_use (self, IB_USE_JUNK);
    if (junk != NULL && !g_ptr_array_find_with_equal_func (wanted, junk, g_str_equal, NULL))
        g_ptr_array_add (wanted, g_strdup (junk));
}

bool
ib_remote_imap_wants_inbox (const IbRemote *self)
{
    const char *only = self->request->mailbox;
    if (only != NULL)
        return g_ascii_strcasecmp (only, "INBOX") == 0;
    if (self->request->account->server_junk == IB_SERVER_JUNK_MOVE) /* that is read as well */
        return false;
    return ib_imap_folders_are_inbox ((const char *const *) self->request->account->folders);
}

static GPtrArray *
mailboxes (IbRemote *self, GError **error)
{
    const char *const *folders = (const char *const *) self->request->account->folders;
    const char *only = ib_remote_imap_wants_inbox (self) ? "INBOX" : self->request->mailbox;
    g_autoptr (GPtrArray) wanted = g_ptr_array_new_with_free_func (g_free);
    if (only != NULL)
        g_ptr_array_add (wanted, g_strdup (only));
    if (ib_remote_imap_wants_inbox (self))
        return g_steal_pointer (&wanted);
    g_clear_pointer (&self->known, g_ptr_array_unref);
    if (!ib_remote_imap_list (self, error)) /* of one mailbox, too, it tells what it is for */
        return NULL;
    if (only != NULL)
        return g_steal_pointer (&wanted);
    for (guint i = 0; i < self->known->len; i++) {
        const IbImapMailbox *mailbox = self->known->pdata[i];
        if (is_wanted_by (self, mailbox, folders)
            || (mailbox->is_selectable && is_wanted_for_use (self, mailbox, folders)))
            g_ptr_array_add (wanted, g_strdup (mailbox->name));
    }
    for (gsize i = 0; folders[i] != NULL; i++) {
        tell_missing (self, folders[i]);
        if (use_of_word (folders[i]) == IB_USE_ARCHIVE)
            add_archived (self, wanted);
    }
    tell_passed_over (self);
    if (self->request->account->server_junk == IB_SERVER_JUNK_MOVE)
        add_junk (self, wanted);
    return g_steal_pointer (&wanted);
}

/* --- entering ------------------------------------------------------------------------------------------------ */

guint
ib_remote_imap_send_select (IbRemote *self, const char *mailbox, bool is_writable)
{
    g_autofree char *quoted = ib_imap_quote (mailbox, true);
    ib_imap_server_forget_selected (self->server);
    self->is_writable = is_writable;
    return ib_imap_session_send (self->session, IB_IMAP_WANT_NOTHING, "%s %s",
                                 is_writable ? "SELECT" : "EXAMINE", quoted);
}

IbImapAnswer *
ib_remote_imap_select (IbRemote *self, bool is_writable, GError **error)
{
    guint tag = ib_remote_imap_send_select (self, self->mailbox, is_writable);
    IbImapAnswer *answer = ib_imap_session_wait (self->session, tag);
    if (answer == NULL)
        ib_remote_imap_broke (self, error);
    return answer;
}

bool
ib_remote_imap_wants_changes (const IbRemote *self)
{
    const IbAccount *account = self->request->account;
    return account->after != IB_AFTER_KEEP || account->server_junk != IB_SERVER_JUNK_NONE;
}

/* Selects self->mailbox, unless that was done ahead. */
static IbImapAnswer *
select_mailbox (IbRemote *self, GError **error)
{
    GError *failure = NULL;
    IbImapAnswer *answer = ib_remote_imap_take_entered (self, self->mailbox, &failure);
    if (failure != NULL)
        g_propagate_error (error, failure);
    else if (answer == NULL)
        answer = ib_remote_imap_select (self, ib_remote_imap_wants_changes (self), error);
    return answer;
}

static void
set_mailbox (IbRemote *self, const char *name)
{
    g_free (self->mailbox);
    g_free (self->display_name);
    g_free (self->special_use);
    self->mailbox = g_strdup (name);
    self->display_name = ib_imap_name_to_utf8 (name);
    self->special_use = g_strdup ("");
    for (guint i = 0; self->known != NULL && i < self->known->len; i++) {
        const IbImapMailbox *mailbox = self->known->pdata[i];
        if (strcmp (mailbox->name, name) != 0)
            continue;
        bool is_junk = self->request->account->server_junk == IB_SERVER_JUNK_MOVE
                       && ib_remote_imap_is_for (self, mailbox, IB_USE_JUNK); /* by its name, perhaps */
        g_free (self->special_use);
        self->special_use = g_strdup (is_junk ? "Junk" : mailbox->special_use);
    }
}

/* Servers that show no more than the newest messages of a mailbox: Gmail if its user wants that, Yahoo always. Where there are
 * exactly so many, there hardly are no others. */
static const struct {
    const char *capability;
    guint32 most;
} cut_off[] = {
    { "X-GM-EXT-1", 1000 },  { "X-GM-EXT-1", 2000 },        { "X-GM-EXT-1", 5000 },
    { "X-GM-EXT-1", 10000 }, { "XYMHIGHESTMODSEQ", 10000 },
};

static bool
find_most_shown (IbRemote *self, GError **error)
{
    guint32 exists = ib_imap_server_get_selected (self->server)->exists;
    self->most_shown = 0;
    for (gsize i = 0; i < G_N_ELEMENTS (cut_off); i++) {
        if (exists != cut_off[i].most)
            continue;
        if (!ib_remote_imap_learn (self, error))
            return false;
        if (ib_imap_server_has (self->server, cut_off[i].capability))
            self->most_shown = exists;
    }
    return true;
}

/* Where what is older may come into view, all of it has to be looked through: but not again while nothing came, and no other
 * number is shown. One that takes the place of one that went comes with the next news. */
static void
set_listing (IbRemote *self)
{
    const IbImapSelected *selected = ib_imap_server_get_selected (self->server);
    self->listing[0] = '\0';
    if (self->most_shown > 0 && selected->uidnext > 0 && !self->is_reentered)
        g_snprintf (self->listing, sizeof self->listing, "%08x%08x", selected->uidnext, selected->exists);
}

/* What is there now will be looked at next. */
static void
describe (IbRemote *self, IbMailboxState *out_state)
{
    const IbImapSelected *selected = ib_imap_server_get_selected (self->server);
    if (self->direct == 0)
        ib_imap_server_count (self->server);
    if (selected->uidvalidity != self->uidvalidity)
        g_hash_table_remove_all (self->taken);
    self->uidvalidity = selected->uidvalidity;
    set_listing (self);
    *out_state = (IbMailboxState){
        .name = self->mailbox,
        .display_name = self->display_name,
        .special_use = self->special_use,
        .uidvalidity = selected->uidvalidity,
        .uidnext = self->is_reentered ? 0 : selected->uidnext,
        .exists = MIN (selected->exists, IB_LIMIT_MAILBOX_MESSAGES),
        .listing = self->listing,
        .most_shown = self->most_shown,
    };
}

static bool
enter (IbRemote *self, const char *mailbox, IbMailboxState *out_state, bool *out_is_open, GError **error)
{
    if (!ib_remote_imap_drop_direct (self, error))
        return false;
    set_mailbox (self, mailbox);
    g_array_set_size (self->wanted, 0);
    g_array_set_size (self->shown, 0);
    g_hash_table_remove_all (self->taken);
    self->highest_uid = 0;
    self->is_surveyed = self->is_behind = self->is_next_wrong = self->is_restarted = self->is_closed = false;
    g_autoptr (IbImapAnswer) answer = select_mailbox (self, error);
    if (answer == NULL)
        return false;
    *out_is_open = answer->result == IB_IMAP_OK;
    if (!*out_is_open) {
        self->callbacks->mailbox_failed (mailbox, answer->text, self->callbacks->user_data);
        return true;
    }
    self->is_reentered = false;
    if (!find_most_shown (self, error))
        return false;
    describe (self, out_state);
    return true;
}

static void
reenter (IbRemote *self, IbMailboxState *out_state)
{
    self->is_reentered = true;
    describe (self, out_state);
    out_state->is_restarted = self->is_restarted;
    self->is_restarted = false;
}

/* --- beginning and end --------------------------------------------------------------------------------------- */

static void
abandon (IbRemote *self)
{
    ib_imap_session_free (self->session);
    g_clear_pointer (&self->known, g_ptr_array_unref);
    g_array_unref (self->wanted);
    g_array_unref (self->shown);
    g_hash_table_unref (self->taken);
    g_clear_pointer (&self->alerts, g_hash_table_unref);
    g_free (self->ahead.offers);
    g_free (self->refusal);
    g_free (self->passed_over);
    g_free (self->mailbox);
    g_free (self->display_name);
    g_free (self->special_use);
    g_free (self);
}

/* Some say the same with every answer: it is told once. */
static void
on_alert (const char *text, gpointer user_data)
{
    IbRemote *self = user_data;
    if (self->callbacks->alert == NULL || !is_showable (self))
        return;
    if (self->alerts == NULL)
        self->alerts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    if (g_hash_table_size (self->alerts) < IB_LIMIT_ALERTS
        && g_hash_table_add (self->alerts, g_strdup (text)))
        self->callbacks->alert (text, self->callbacks->user_data);
}

static IbRemote *
open (IbStream *stream, const IbFetchRequest *request, const IbFetchCallbacks *callbacks, GError **error)
{
    IbRemote *self = g_new0 (IbRemote, 1);
    self->stream = stream;
    self->request = request;
    self->callbacks = callbacks;
    self->host = request->account->host;
    self->session = ib_imap_session_new (stream, on_alert, self);
    self->server = ib_imap_session_get_server (self->session);
    self->line.told = request->line;
    self->wanted = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->shown = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->taken = g_hash_table_new (NULL, NULL);
    if (ib_remote_imap_sign_in (self, error))
        return self;
    abandon (self);
    return NULL;
}

/* While the service makes the mail durable, the answer is on its way. */
static void
take_leave (IbRemote *self)
{
    self->farewell = ib_imap_session_send (self->session, IB_IMAP_WANT_NOTHING, "LOGOUT");
    ib_imap_session_flush (self->session);
}

/* Everything is done and told by now; whether the server heard the goodbye changes nothing. */
static bool
close_session (IbRemote *self, GError **error)
{
    ib_stream_set_deadline (self->stream, LOGOUT_MS);
    if (self->farewell == 0)
        take_leave (self);
    ib_imap_answer_free (ib_imap_session_wait (self->session, self->farewell));
    ib_stream_end (self->stream);
    abandon (self);
    return true;
}

const IbRemoteDriver ib_remote_imap = {
    .open = open,
    .mailboxes = mailboxes,
    .enter = enter,
    .compare = ib_remote_imap_compare,
    .survey = ib_remote_imap_survey,
    .take = ib_remote_imap_take,
    .verify = ib_remote_imap_verify,
    .settle = ib_remote_imap_settle,
    .watch = ib_remote_imap_watch,
    .wait = ib_remote_imap_wait,
    .reenter = reenter,
    .take_leave = take_leave,
    .close = close_session,
    .abandon = abandon,
};
