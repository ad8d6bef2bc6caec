/* story.c - one message's story, from the server to the Maildir */
#include "story.h"

#include <math.h>
#include <string.h>

/* Fields are hashed with their lengths in front, so that no two identities run together. */
static void
hash_field (GChecksum *sum, const char *field)
{
    guint64 length = GUINT64_TO_LE ((guint64) strlen (field));
    g_checksum_update (sum, (const guchar *) &length, sizeof length);
    g_checksum_update (sum, (const guchar *) field, (gssize) strlen (field));
}

static void
finish_id (GChecksum *sum, char *out_id)
{
    memcpy (out_id, g_checksum_get_string (sum), IB_ID_LENGTH);
    out_id[IB_ID_LENGTH] = '\0';
    g_checksum_free (sum);
}

void
ib_story_imap_id (const char *account, const char *mailbox, guint32 uidvalidity, guint32 uid, char *out_id)
{
    char numbers[32];
    GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
    hash_field (sum, "imap");
    hash_field (sum, account);
    hash_field (sum, mailbox);
    g_snprintf (numbers, sizeof numbers, "%u %u", uidvalidity, uid);
    hash_field (sum, numbers);
    finish_id (sum, out_id);
}

void
ib_story_pop3_id (const char *account, const char *uidl, char *out_id)
{
    GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
    hash_field (sum, "pop3");
    hash_field (sum, account);
    hash_field (sum, uidl);
    finish_id (sum, out_id);
}

void
ib_story_later_id (const char *former_id, gint64 turn, char *out_id)
{
    char number[32];
    GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
    hash_field (sum, "later");
    hash_field (sum, former_id);
    g_snprintf (number, sizeof number, "%" G_GINT64_FORMAT, turn);
    hash_field (sum, number);
    finish_id (sum, out_id);
}

void
ib_story_foreign_id (const char *name, char *out_id)
{
    const char *flags = strstr (name, ":2,");
    g_autofree char *unique = flags != NULL ? g_strndup (name, (gsize) (flags - name)) : g_strdup (name);
    GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
    hash_field (sum, "file");
    hash_field (sum, unique);
    finish_id (sum, out_id);
}

const char *
ib_story_action_name (IbStoryAction action)
{
    switch (action) {
    case IB_STORY_DELIVER:
        return "deliver";
    case IB_STORY_DISCARD:
        return "discard";
    case IB_STORY_DUPLICATE:
        return "duplicate";
    }
    g_assert_not_reached ();
}

static void
file_free (gpointer pointer)
{
    IbStoryFile *self = pointer;
    g_free (self->folder);
    g_free (self->name);
    g_free (self->info);
    g_free (self->temporary);
    g_free (self);
}

static void
notice_free (gpointer pointer)
{
    IbStoryNotice *self = pointer;
    g_free (self->text);
    g_free (self->from);
    g_free (self);
}

IbStory *
ib_story_new (void)
{
    IbStory *self = g_new0 (IbStory, 1);
    self->files = g_ptr_array_new_with_free_func (file_free);
    self->marks = g_array_new (FALSE, FALSE, sizeof (IbStoryMark));
    self->notices = g_ptr_array_new_with_free_func (notice_free);
    self->probability = NAN;
    return self;
}

IbStoryFile *
ib_story_add_file (IbStory *self, const char *folder, const char *info)
{
    IbStoryFile *file = g_new0 (IbStoryFile, 1);
    file->folder = g_strdup (folder);
    file->info = g_strdup (info);
    g_ptr_array_add (self->files, file);
    return file;
}

void
ib_story_add_notice (IbStory *self, const char *text, const char *from, guint importance)
{
    IbStoryNotice *notice = g_new0 (IbStoryNotice, 1);
    notice->text = g_strdup (text);
    notice->from = g_strdup (from);
    notice->importance = importance;
    g_ptr_array_add (self->notices, notice);
}

/* Every text of a story, so that copying and freeing cannot differ. */
static const gsize texts[] = {
    G_STRUCT_OFFSET (IbStory, account),    G_STRUCT_OFFSET (IbStory, mailbox),
    G_STRUCT_OFFSET (IbStory, uidl),       G_STRUCT_OFFSET (IbStory, after_folder),
    G_STRUCT_OFFSET (IbStory, verdict),    G_STRUCT_OFFSET (IbStory, reasons),
    G_STRUCT_OFFSET (IbStory, rule),       G_STRUCT_OFFSET (IbStory, twin_key),
    G_STRUCT_OFFSET (IbStory, twin_of),    G_STRUCT_OFFSET (IbStory, content_digest),
    G_STRUCT_OFFSET (IbStory, message_id), G_STRUCT_OFFSET (IbStory, from),
    G_STRUCT_OFFSET (IbStory, subject),    G_STRUCT_OFFSET (IbStory, note),
    G_STRUCT_OFFSET (IbStory, entry_host), G_STRUCT_OFFSET (IbStory, entry_ip),
    G_STRUCT_OFFSET (IbStory, relay),      G_STRUCT_OFFSET (IbStory, mx),
    G_STRUCT_OFFSET (IbStory, recipient),  G_STRUCT_OFFSET (IbStory, server_filter),
    G_STRUCT_OFFSET (IbStory, kind),
};

IbStory *
ib_story_copy (const IbStory *self)
{
    IbStory *copy = g_memdup2 (self, sizeof *self);
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
        char **text = G_STRUCT_MEMBER_P (copy, texts[i]);
        *text = g_strdup (*text);
    }

    copy->files = g_ptr_array_new_with_free_func (file_free);
    for (guint i = 0; i < self->files->len; i++) {
        const IbStoryFile *file = self->files->pdata[i];
        IbStoryFile *twin = ib_story_add_file (copy, file->folder, file->info);
        twin->name = g_strdup (file->name);
        twin->temporary = g_strdup (file->temporary);
        twin->edition = file->edition;
    }
    copy->marks = g_array_copy (self->marks);
    copy->notices = g_ptr_array_new_with_free_func (notice_free);
    for (guint i = 0; i < self->notices->len; i++) {
        const IbStoryNotice *notice = self->notices->pdata[i];
        ib_story_add_notice (copy, notice->text, notice->from, notice->importance);
    }
    return copy;
}

/* What was judged has a verdict. */
bool
ib_story_is_adopted (const IbStory *self)
{
    return self->verdict == NULL || *self->verdict == '\0';
}

void
ib_story_free (IbStory *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->files);
    g_array_unref (self->marks);
    g_ptr_array_unref (self->notices);
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        g_free (G_STRUCT_MEMBER (char *, self, texts[i]));
    g_free (self);
}
