/* testsuite-store.c - where the mail of a test file goes: folders and an outbox, in memory */
#include "testsuite-store.h"

#include <string.h>

struct _IbTestsuiteStore {
    GHashTable *folders; /* name → GPtrArray of IbTestsuiteMail */
    GPtrArray *outbox;   /* IbTestsuiteMail */
};

static void
mail_free (gpointer pointer)
{
    IbTestsuiteMail *self = pointer;
    g_bytes_unref (self->bytes);
    g_strfreev (self->flags);
    g_free (self->from);
    g_free (self->to);
    g_free (self);
}

static IbTestsuiteMail *
mail_new (GBytes *bytes)
{
    IbTestsuiteMail *self = g_new0 (IbTestsuiteMail, 1);
    self->bytes = g_bytes_ref (bytes);
    self->flags = g_new0 (char *, 1);
    return self;
}

IbTestsuiteStore *
ib_testsuite_store_new (void)
{
    IbTestsuiteStore *self = g_new (IbTestsuiteStore, 1);
    self->folders
        = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
    self->outbox = g_ptr_array_new_with_free_func (mail_free);
    ib_testsuite_store_create (self, "INBOX");
    return self;
}

void
ib_testsuite_store_free (IbTestsuiteStore *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->folders);
    g_ptr_array_unref (self->outbox);
    g_free (self);
}

static GPtrArray *
make_folder (IbTestsuiteStore *self, const char *folder)
{
    GPtrArray *mails = g_hash_table_lookup (self->folders, folder);
    if (mails == NULL) {
        mails = g_ptr_array_new_with_free_func (mail_free);
        g_hash_table_insert (self->folders, g_strdup (folder), mails);
    }
    return mails;
}

void
ib_testsuite_store_create (IbTestsuiteStore *self, const char *folder)
{
    (void) make_folder (self, folder);
}

bool
ib_testsuite_store_delete (IbTestsuiteStore *self, const char *folder)
{
    return strcmp (folder, "INBOX") != 0 && g_hash_table_remove (self->folders, folder);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
    return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
ib_testsuite_store_folders (const IbTestsuiteStore *self)
{
    g_autoptr (GPtrArray) names = g_ptr_array_new ();
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init (&iter, self->folders);
    while (g_hash_table_iter_next (&iter, &name, NULL))
        g_ptr_array_add (names, g_strdup (name));
    g_ptr_array_sort (names, compare_names);
    g_ptr_array_add (names, NULL);
    return (char **) g_ptr_array_steal (names, NULL);
}

void
ib_testsuite_store_add (IbTestsuiteStore *self, const char *folder, GBytes *bytes, const char *const *flags)
{
    IbTestsuiteMail *mail = mail_new (bytes);
    g_strfreev (mail->flags);
    mail->flags = g_strdupv ((char **) flags);
    g_ptr_array_add (make_folder (self, folder), mail);
}

const IbTestsuiteMail *
ib_testsuite_store_get (const IbTestsuiteStore *self, const char *folder, guint64 index)
{
    const GPtrArray *mails = g_hash_table_lookup (self->folders, folder);
    return mails != NULL && index < mails->len ? mails->pdata[index] : NULL;
}

void
ib_testsuite_store_send (IbTestsuiteStore *self, const char *from, const char *to, GBytes *bytes)
{
    IbTestsuiteMail *mail = mail_new (bytes);
    mail->from = g_strdup (from);
    mail->to = g_strdup (to);
    g_ptr_array_add (self->outbox, mail);
}

const IbTestsuiteMail *
ib_testsuite_store_get_sent (const IbTestsuiteStore *self, guint64 index)
{
    return index < self->outbox->len ? self->outbox->pdata[index] : NULL;
}

void
ib_testsuite_store_empty_outbox (IbTestsuiteStore *self)
{
    g_ptr_array_set_size (self->outbox, 0);
}
