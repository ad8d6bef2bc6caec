/* features-header.c - the header's words, grams and structure */
#include "features-private.h"

#include <string.h>

/* Of a field's value. */
#define WORDS_BYTES 1000
#define GRAMS_BYTES 300
/* Of all fields' values together. */
#define HEADER_BYTES (32 * 1024)
#define NAME_BYTES 40

/* Fields that are not looked at, each name with "*" for "and what begins so". */
static const char *const left_out[] = {
    /* our own */
    "x-inbasket-*",
    /* seals and signatures */
    "dkim-signature",
    "domainkey-signature",
    "x-google-dkim-signature",
    "arc-*",
    "x-sg-eid",
    "x-sg-id",
    "x-gm-*",
    "x-google-*",
    "x-received",
    "x-proofpoint-*",
    "x-me-*",
    "x-ses-*",
    "autocrypt",
    "face",
    "x-face",
    /* who vouches for it: the origin says so, where it can be believed */
    "authentication-results*",
    "received-spf",
    "x-dkim*",
    "domainkey-status",
    /* ids and numbers */
    "thread-index",
    "thread-topic",
    "references",
    "in-reply-to",
    "content-length",
    "lines",
    "x-uuid",
    "x-incomingtopheadermarker",
    "x-incomingheadercount",
    "x-message-guid",
    "x-tmn",
    /* other filters' opinions */
    "x-spam*",
    "x-bogosity",
    "x-rspam*",
    "x-dspam*",
    "x-crm114*",
    "x-microsoft-antispam*",
    "x-forefront-*",
    "x-ms-*",
    "x-exchange-antispam*",
    "x-gnd-*",
    "x-gmx-*",
    "x-ui-*",
    "x-yahoo*",
    "x-ymail*",
    "x-virus*",
    "x-barracuda*",
    "x-ironport*",
    "x-mimecast*",
    "x-antivirus*",
    "x-vr-*",
    "x-amavis*",
    "x-sa-*",
    "x-pmx-*",
    "x-cmae*",
    "x-cloudmark*",
    "x-sophos*",
    "x-eopattributedmessage",
    "x-eoptenantattributedmessage",
    "x-he-spam*",
    "x-mailscanner*",
    "x-scanned*",
    "x-dcc*",
    "x-pyzor*",
    "x-razor*",
    "x-hashcash*",
    "x-habeas*",
    /* what mail clients and fetchers note down */
    "status",
    "x-status",
    "x-keywords",
    "x-uid",
    "x-uidl",
    "x-mozilla-*",
    "x-evolution-*",
    "x-kmail-*",
    "x-gnus-*",
    "x-account-key",
    "x-label",
    "x-labels",
    "x-tuid",
    "x-offlineimap*",
    "x-folder",
    "x-imap*",
    "x-getmail-*",
    "x-fetchmail-*",
};

static bool
is_left_out (const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS (left_out); i++) {
        gsize length = strlen (left_out[i]);
        bool begins = left_out[i][length - 1] == '*';
        if (begins ? strncmp (name, left_out[i], length - 1) == 0 : strcmp (name, left_out[i]) == 0)
            return true;
    }
    return false;
}

static gsize
fold_name (const IbMessage *message, const IbField *field, char *out_name)
{
    gsize length;
    const char *bytes = ib_message_bytes (message, &length) + field->offset;
    length = MIN (field->name_length, NAME_BYTES);
    for (gsize i = 0; i < length; i++)
        out_name[i] = g_ascii_tolower (bytes[i]);
    out_name[length] = '\0';
    return length;
}

/* A cut in front of what is no whole character. */
static gsize
cut (const char *text, gsize length, gsize most)
{
    if (length <= most)
        return length;
    while (most > 0 && ((guchar) text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

/* Without its date, and without the id that the server gave it. */
static void
blank_received (char *value)
{
    char *date = strrchr (value, ';');
    if (date != NULL)
        *date = '\0';
    char *id = strstr (value, " id ");
    if (id != NULL)
        memset (id + 4, ' ', strcspn (id + 4, " ;"));
}

/* The host that made the id says something, the id only what it is made of. */
static void
shape_id (IbFeatureSet *set, char *value)
{
    char *at = strrchr (value, '@');
    gsize length = at != NULL ? (gsize) (at - value) : strlen (value);
    g_autofree char *shape = ib_tokens_shape (value, length);
    g_autofree char *symbol = g_strconcat ("message-id ", shape, NULL);
    ib_feature_set_add_symbol (set, IB_GROUP_STRUCTURE, symbol);
    memset (value, ' ', length);
}

static void
keep_zone (IbFeatureSet *set, char *value)
{
    const char *zone = strrchr (value, ' ');
    g_autofree char *symbol = g_strdup_printf ("date's zone %.8s", zone != NULL ? zone + 1 : "missing");
    ib_feature_set_add_symbol (set, IB_GROUP_STRUCTURE, symbol);
    *value = '\0';
}

static IbFeatureGroup
group_of (const char *name)
{
    if (strcmp (name, "from") == 0)
        return IB_GROUP_FROM;
    if (strcmp (name, "subject") == 0)
        return IB_GROUP_SUBJECT;
    if (strcmp (name, "received") == 0)
        return IB_GROUP_ROUTE;
    return IB_GROUP_HEADER;
}

static void
add_value (IbFeatureSet *set, const IbMessage *message, const IbField *field, const char *name, guint64 salt)
{
    g_autofree char *value = ib_message_field_text (message, field);
    if (strcmp (name, "received") == 0)
        blank_received (value);
    else if (strcmp (name, "message-id") == 0)
        shape_id (set, value);
    else if (strcmp (name, "date") == 0)
        keep_zone (set, value);

    g_autofree char *label = g_strconcat (name, ": ", NULL);
    IbFeatureGroup group = group_of (name);
    const IbSource source = {
        .group = group,
        .label = group == IB_GROUP_HEADER ? label : "",
        .salt = salt,
    };
    gsize length = strlen (value);
    ib_tokens_add_words (set, &source, value, cut (value, length, WORDS_BYTES));
    ib_tokens_add_grams (set, &source, value, cut (value, length, GRAMS_BYTES));
}

static void
add_order (IbFeatureSet *set, const char *before, const char *name)
{
    g_autofree char *there = g_strconcat ("field ", name, NULL);
    g_autofree char *order = g_strconcat (before, " before ", name, NULL);
    ib_feature_set_add_symbol (set, IB_GROUP_STRUCTURE, there);
    ib_feature_set_add_symbol (set, IB_GROUP_STRUCTURE, order);
}

void
ib_features_add_header (IbFeatureSet *set, const IbMessage *message)
{
    gsize count, read = 0;
    const IbField *fields = ib_message_fields (message, &count);
    char before[NAME_BYTES + 1] = "nothing", name[NAME_BYTES + 1];
    for (gsize i = 0; i < count && read < HEADER_BYTES; i++) {
        gsize length = fold_name (message, &fields[i], name);
        if (is_left_out (name))
            continue;
        read += MIN (fields[i].length, IB_LIMIT_FIELD_BYTES);
        add_order (set, before, name);
        add_value (set, message, &fields[i], name, ib_hash_bytes (IB_HASH_START, name, length));
        memcpy (before, name, length + 1);
    }
}
