/* example.c - what a lesson about a message is made of */
#include "example.h"
#include "address.h"
#include "mail-limits.h"

static bool
is_own (const IbFacts *facts, const char *address)
{
    g_autofree char *lower = g_ascii_strdown (address, -1);
    return g_strv_contains ((const char *const *) facts->own_addresses, lower);
}

static void
add_recipients (GStrvBuilder *recipients, const IbMessage *message, const char *field, const IbFacts *facts,
                guint *count)
{
    g_autoptr (GPtrArray) addresses = ib_address_of_fields (message, field);
    for (guint i = 0; i < addresses->len && *count < IB_LIMIT_EXAMPLE_RECIPIENTS; i++) {
        const IbAddress *address = addresses->pdata[i];
        if (*address->domain == '\0' || is_own (facts, address->address))
            continue;
        g_autofree char *row = g_strconcat (address->address, " ", address->name, NULL);
        g_strv_builder_add (recipients, row);
        ++*count;
    }
}

static char **
list_recipients (const IbMessage *message, const IbFacts *facts)
{
    static const char *const fields[] = { "To", "Cc", "Bcc" };
    g_autoptr (GStrvBuilder) recipients = g_strv_builder_new ();
    guint count = 0;
    for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
        add_recipients (recipients, message, fields[i], facts, &count);
    return g_strv_builder_end (recipients);
}

IbExample *
ib_example_new (const IbMessage *message, const IbFacts *facts, const IbFeatures *features)
{
    IbExample *self = g_new0 (IbExample, 1);
    GByteArray *packed = g_byte_array_new ();
    ib_features_pack (features, packed);
    self->features = g_byte_array_free_to_bytes (packed);

    g_autoptr (GPtrArray) from = ib_address_of_fields (message, "From");
    const IbAddress *sender = from->len == 1 ? from->pdata[0] : NULL;
    self->sender = g_strdup (sender != NULL ? sender->address : "");
    self->sender_name = g_strdup (sender != NULL ? sender->name : "");
    self->recipients = sender != NULL && is_own (facts, sender->address) ? list_recipients (message, facts)
                                                                         : g_new0 (char *, 1);
    return self;
}

void
ib_example_free (IbExample *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->features, g_bytes_unref);
    g_free (self->sender);
    g_free (self->sender_name);
    g_strfreev (self->recipients);
    g_free (self);
}
