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

static IbKeepingPlace *
add (GPtrArray *places, IbSecretSource source, const char *name, const char *words)
{
    IbKeepingPlace *place = g_new0 (IbKeepingPlace, 1);
    place->source = source;
    place->is_open = true;
    place->needs_value = source != IB_SECRET_KEYRING;
    place->is_written = source == IB_SECRET_KEYRING || source == IB_SECRET_FILE;
    place->name = name;
    place->words = g_strdup (words);
    g_ptr_array_add (places, place);
    return place;
}

static void
add_keyring (GPtrArray *places)
{
    g_autoptr (GError) error = NULL;
    switch (ib_credential_keyring_state (&error)) {
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

GPtrArray *
ib_keeping_places (void)
{
    GPtrArray *places = g_ptr_array_new_with_free_func (place_free);
    add_keyring (places);
    add (places, IB_SECRET_COMMAND, "command",
         _ ("A program of yours that prints it, such as “pass show mail/work”."));
    add (places, IB_SECRET_CREDENTIAL, "credential",
         _ ("A systemd credential that the service's unit loads."));
    add (places, IB_SECRET_FILE, "file",
         _ ("A file that only you may read. It is not encrypted: every program of yours can read it."));
    return places;
}

const IbKeepingPlace *
ib_keeping_place (const GPtrArray *places, IbSecretSource source)
{
    for (guint i = 0; i < places->len; i++)
        if (((const IbKeepingPlace *) places->pdata[i])->source == source)
            return places->pdata[i];
    g_assert_not_reached ();
}
