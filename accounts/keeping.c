/* keeping.c - where a password can be kept on this machine */
#include "keeping.h"
#include "credential-keyring.h"

#include <glib/gi18n-lib.h>

static void
place_free (gpointer data)
{
    IbKeepingPlace *place = data;
    g_free (place->words);
    g_free (place);
}

bool
ib_keeping_is_written (IbSecretSource source)
{
    return source == IB_SECRET_KEYRING || source == IB_SECRET_FILE;
}

static IbKeepingPlace *
add (GPtrArray *places, IbSecretSource source, const char *name, const char *words)
{
    IbKeepingPlace *place = g_new0 (IbKeepingPlace, 1);
    place->source = source;
    place->is_open = true;
    place->needs_value = source != IB_SECRET_KEYRING;
    place->is_written = ib_keeping_is_written (source);
    place->name = name;
    place->words = g_strdup (words);
    g_ptr_array_add (places, place);
    return place;
}

static void
add_keyring (GPtrArray *places, GCancellable *cancellable)
{
    g_autoptr (GError) error = NULL;
    switch (ib_credential_keyring_state (cancellable, &error)) {
    case IB_KEYRING_OPEN:
        add (places, IB_SECRET_KEYRING, "keyring", _ ("Your keyring, where it is encrypted."));
        return;
    case IB_KEYRING_LOCKED:
        add (places, IB_SECRET_KEYRING, "keyring",
             _ ("Your keyring, where it is encrypted; it is locked now, and will ask you to unlock it."));
        return;
    case IB_KEYRING_ABSENT:
        add (places, IB_SECRET_KEYRING, "keyring", error->message)->is_open = false;
        return;
    }
    g_assert_not_reached ();
}

static void
add_others (GPtrArray *places)
{
    add (places, IB_SECRET_COMMAND, "command",
         _ ("A program of yours that prints it, such as “pass show mail/work”."));
    add (places, IB_SECRET_CREDENTIAL, "credential",
         _ ("A systemd credential that the service's unit loads."));
    add (places, IB_SECRET_FILE, "file",
         _ ("A file that only you may read. It is not encrypted: every program of yours can read it."));
}

static GPtrArray *
ask (GCancellable *cancellable)
{
    GPtrArray *places = g_ptr_array_new_with_free_func (place_free);
    add_keyring (places, cancellable);
    add_others (places);
    return places;
}

GPtrArray *
ib_keeping_places (void)
{
    return ask (NULL);
}

GPtrArray *
ib_keeping_places_awaited (void)
{
    GPtrArray *places = g_ptr_array_new_with_free_func (place_free);
    IbKeepingPlace *keyring
        = add (places, IB_SECRET_KEYRING, "keyring", _ ("Your keyring is being asked whether it is there."));
    keyring->is_awaited = true;
    keyring->is_open = false;
    add_others (places);
    return places;
}

static void
ask_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    g_task_return_pointer (task, ask (cancellable), (GDestroyNotify) g_ptr_array_unref);
}

void
ib_keeping_ask (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    g_task_set_source_tag (task, ib_keeping_ask);
    g_task_run_in_thread (task, ask_in_thread);
}

GPtrArray *
ib_keeping_ask_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

const IbKeepingPlace *
ib_keeping_place (const GPtrArray *places, IbSecretSource source)
{
    for (guint i = 0; i < places->len; i++)
        if (((const IbKeepingPlace *) places->pdata[i])->source == source)
            return places->pdata[i];
    g_assert_not_reached ();
}
