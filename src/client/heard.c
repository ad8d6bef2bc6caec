/* heard.c - what the service says on the bus, as values again */
#include "heard.h"
#include "face.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

/* "" if it is not there. Returns: (transfer full) */
static char *
text_of (GVariant *said, const char *key)
{
    char *text = NULL;
    return g_variant_lookup (said, key, "s", &text) ? text : g_strdup ("");
}

/* NULL if it is not there. Returns: (transfer full) */
static char *
known_text_of (GVariant *said, const char *key)
{
    char *text = NULL;
    (void) g_variant_lookup (said, key, "s", &text);
    return text;
}

/* In the words of whom this process speaks to; NULL if nothing is wrong. Returns: (transfer full) */
static char *
error_of (GVariant *said, const char *key, const char *key_for_terminal)
{
    char *error = ib_face_here () == IB_FACE_FILES ? known_text_of (said, key_for_terminal) : NULL;
    return error != NULL ? error : known_text_of (said, key);
}

/* --- messages ------------------------------------------------------------------------------------------------ */

static IbStoryAction
action_of (GVariant *said)
{
    const char *action = "";
    (void) g_variant_lookup (said, "action", "&s", &action);
    if (strcmp (action, "discard") == 0)
        return IB_STORY_DISCARD;
    return strcmp (action, "duplicate") == 0 ? IB_STORY_DUPLICATE : IB_STORY_DELIVER;
}

/* Files without a path are none of the Maildir, and then no other of this message is. */
static char **
take_files (GVariant *said, IbStory *story)
{
    g_autoptr (GVariant) files = g_variant_lookup_value (said, "files", G_VARIANT_TYPE ("a(say)"));
    g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
    bool has_paths = true;
    gsize count = files != NULL ? g_variant_n_children (files) : 0;
    for (gsize i = 0; i < count; i++) {
        const char *folder, *path;
        g_variant_get_child (files, i, "(&s^&ay)", &folder, &path);
        (void) ib_story_add_file (story, folder, "");
        has_paths = has_paths && *path != '\0';
        g_ptr_array_add (paths, g_strdup (path));
    }
    if (!has_paths || count == 0)
        return NULL;
    g_ptr_array_add (paths, NULL);
    return (char **) g_ptr_array_free (g_steal_pointer (&paths), FALSE);
}

IbHeardMessage *
ib_heard_message_read (GVariant *message)
{
    IbHeardMessage *self = g_new0 (IbHeardMessage, 1);
    IbStory *story = self->story = ib_story_new ();
    g_autofree char *id = text_of (message, "id");
    const struct {
        const char *key;
        char **text;
    } known[] = {
        { "verdict", &story->verdict },       { "reasons", &story->reasons }, { "rule", &story->rule },
        { "message-id", &story->message_id }, { "from", &story->from },       { "subject", &story->subject },
        { "uidl", &story->uidl },             { "twin-of", &story->twin_of },
    }, never_null[] = {
        { "account", &story->account },   { "entry-host", &story->entry_host },
        { "entry-ip", &story->entry_ip }, { "relay", &story->relay },
        { "mx", &story->mx },             { "server-filter", &story->server_filter },
        { "recipient", &story->recipient },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
        *known[i].text = known_text_of (message, known[i].key);
    for (gsize i = 0; i < G_N_ELEMENTS (never_null); i++)
        *never_null[i].text = text_of (message, never_null[i].key);
    g_strlcpy (story->id, id, sizeof story->id);
    story->action = action_of (message);
    story->probability = NAN;
    (void) g_variant_lookup (message, "uid", "u", &story->uid);
    (void) g_variant_lookup (message, "size", "t", &story->size_bytes);
    (void) g_variant_lookup (message, "at", "x", &story->delivered_at);
    (void) g_variant_lookup (message, "spam", "d", &story->probability);
    self->folder = text_of (message, "mailbox");
    self->paths = take_files (message, story);
    return self;
}

void
ib_heard_message_free (IbHeardMessage *self)
{
    if (self == NULL)
        return;
    ib_story_free (self->story);
    g_free (self->folder);
    g_strfreev (self->paths);
    g_free (self);
}

/* --- results --------------------------------------------------------------------------------------------------- */

IbHeardResult *
ib_heard_result_read (GVariant *result)
{
    IbHeardResult *self = g_new0 (IbHeardResult, 1);
    const struct {
        const char *key;
        guint64 *number;
    } numbers[] = {
        { "fetched", &self->fetched },       { "delivered", &self->delivered }, { "junk", &self->junk },
        { "duplicates", &self->duplicates }, { "discarded", &self->discarded }, { "skipped", &self->skipped },
        { "bytes", &self->bytes },
    };
    const struct {
        const char *key;
        bool *claim;
    } claims[] = {
        { "signed-in", &self->was_signed_in },
        { "unreachable", &self->is_unreachable },
        { "polled", &self->was_polled },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
        (void) g_variant_lookup (result, numbers[i].key, "t", numbers[i].number);
    for (gsize i = 0; i < G_N_ELEMENTS (claims); i++) {
        gboolean is_so = FALSE;
        (void) g_variant_lookup (result, claims[i].key, "b", &is_so);
        *claims[i].claim = is_so;
    }
    (void) g_variant_lookup (result, "refused", "u", &self->refused);
    (void) g_variant_lookup (result, "seconds", "d", &self->seconds);
    self->account = text_of (result, "account");
    self->state = text_of (result, "state");
    self->reason = text_of (result, "reason");
    self->error = error_of (result, "error", "error-for-terminal");
    return self;
}

void
ib_heard_result_free (IbHeardResult *self)
{
    if (self == NULL)
        return;
    g_free (self->account);
    g_free (self->state);
    g_free (self->reason);
    g_free (self->error);
    g_free (self);
}

/* --- accounts ---------------------------------------------------------------------------------------------------- */

IbHeardAccount *
ib_heard_account_read (GVariant *properties)
{
    IbHeardAccount *self = g_new0 (IbHeardAccount, 1);
    const struct {
        const char *key;
        char **text;
    } texts[] = {
        { "Name", &self->name }, { "Address", &self->address }, { "Protocol", &self->protocol },
        { "Host", &self->host }, { "State", &self->state },     { "Reason", &self->reason },
    };
    const struct {
        const char *key;
        bool *claim;
    } claims[] = {
        { "Protected", &self->is_protected },
        { "Running", &self->is_running },
        { "Watching", &self->is_watching },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        *texts[i].text = text_of (properties, texts[i].key);
    self->error = error_of (properties, "Error", "ErrorForTerminal");
    if (self->error == NULL)
        self->error = g_strdup ("");
    for (gsize i = 0; i < G_N_ELEMENTS (claims); i++) {
        gboolean is_so = FALSE;
        (void) g_variant_lookup (properties, claims[i].key, "b", &is_so);
        *claims[i].claim = is_so;
    }
    (void) g_variant_lookup (properties, "LastPoll", "x", &self->last_poll);
    (void) g_variant_lookup (properties, "NextPoll", "x", &self->next_poll);
    (void) g_variant_lookup (properties, "PausedUntil", "x", &self->paused_until);
    (void) g_variant_lookup (properties, "Delivered", "t", &self->delivered);
    (void) g_variant_lookup (properties, "Junk", "t", &self->junk);
    (void) g_variant_lookup (properties, "Open", "t", &self->open);
    return self;
}

void
ib_heard_account_free (IbHeardAccount *self)
{
    if (self == NULL)
        return;
    g_free (self->name);
    g_free (self->address);
    g_free (self->protocol);
    g_free (self->host);
    g_free (self->state);
    g_free (self->error);
    g_free (self->reason);
    g_free (self);
}
