/* features-header.c - the header's words, grams and structure */
#include "features-private.h"
#include "host.h"

#include <string.h>

/* Of a field's value. Grams are taken of From, Subject and Received alone: in the others, most of which machines write,
 * they would only say the same again, and louder than the text. */
#define WORDS_BYTES 1000
#define GRAMS_BYTES 300
/* Of all fields' values together. */
#define HEADER_BYTES (32 * 1024)
#define NAME_BYTES 40
#define DOMAIN_BYTES 100

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

/* What the fields say of each other: who sends, who answers, who is addressed. */
typedef struct {
    IbFeatureSet *set;
    const IbMessage *message;
    char from[DOMAIN_BYTES], reply_to[DOMAIN_BYTES], return_path[DOMAIN_BYTES], message_id[DOMAIN_BYTES];
    char to_local[DOMAIN_BYTES];
    guint n_received, n_to, n_cc;
    bool has_reply_to, has_return_path, has_message_id, is_reply, has_date;
    bool subject_is_reply;
} Header;

/* The organization behind the last "@" of @value, in lower case; "" if there is none. */
static void
read_domain (const char *value, char *out_domain)
{
    const char *at = strrchr (value, '@');
    gsize length = 0;
    for (at = at != NULL ? at + 1 : ""; length < DOMAIN_BYTES - 1; at++, length++) {
        if (!g_ascii_isalnum (*at) && *at != '.' && *at != '-')
            break;
        out_domain[length] = g_ascii_tolower (*at);
    }
    out_domain[length] = '\0';
    const char *organization = length > 0 ? ib_host_organization (out_domain) : out_domain;
    memmove (out_domain, organization, strlen (organization) + 1);
}

/* The host that made the id says something, the id only what it is made of. */
static void
shape_id (Header *self, char *value)
{
    char *at = strrchr (value, '@');
    gsize length = at != NULL ? (gsize) (at - value) : strlen (value);
    g_autofree char *shape = ib_tokens_shape (value, length);
    ib_feature_set_add_pair (self->set, IB_GROUP_STRUCTURE, "message-id ", shape);
    read_domain (value, self->message_id);
    self->has_message_id = true;
    memset (value, ' ', length);
}

static void
keep_zone (Header *self, char *value)
{
    const char *zone = strrchr (value, ' ');
    while (zone != NULL && zone > value && zone[1] == '(')
        zone = memrchr (value, ' ', (gsize) (zone - value));
    g_autofree char *word = g_strndup (zone != NULL ? zone + 1 : "missing",
                                       zone != NULL ? MIN (strcspn (zone + 1, " ("), 8) : 8);
    ib_feature_set_add_pair (self->set, IB_GROUP_STRUCTURE, "zone ", word);
    self->has_date = true;
    *value = '\0';
}

/* A boundary is a random id. */
static void
shape_boundary (Header *self, char *value)
{
    char *boundary = strcasestr (value, "boundary=");
    if (boundary == NULL)
        return;
    boundary += strlen ("boundary=");
    gsize length = *boundary == '"' ? strcspn (boundary + 1, "\"") + 1 : strcspn (boundary, "; \t");
    g_autofree char *shape = ib_tokens_shape (boundary, length);
    ib_feature_set_add_pair (self->set, IB_GROUP_STRUCTURE, "boundary ", shape);
    memset (boundary, ' ', length);
}

static void
count_letters (Header *self, const char *value)
{
    guint upper = 0, lower = 0, high = 0, marks = 0;
    for (const char *at = value; *at != '\0'; at++) {
        upper += g_ascii_isupper (*at) != 0;
        lower += g_ascii_islower (*at) != 0;
        high += (guchar) *at >= 0x80;
        marks += *at == '!' || *at == '?' || *at == '$' || *at == '*';
    }
    gsize length = strlen (value);
    guint letters = upper + lower;
    g_autofree char *symbol = g_strdup_printf ("%u upper, %u other", letters > 3 ? 4 * upper / letters : 9,
                                               length > 0 ? (guint) (4 * high / length) : 9);
    ib_feature_set_add_pair (self->set, IB_GROUP_SUBJECT, "letters ", symbol);
    if (marks > 0)
        ib_feature_set_add_symbol (self->set, IB_GROUP_SUBJECT, marks > 2 ? "many marks" : "a mark");
    if (length > 0 && g_ascii_isdigit (value[length - 1]))
        ib_feature_set_add_symbol (self->set, IB_GROUP_SUBJECT, "ends in a digit");
    if (strstr (value, "   ") != NULL)
        ib_feature_set_add_symbol (self->set, IB_GROUP_SUBJECT, "a gap");
    self->subject_is_reply = g_ascii_strncasecmp (value, "re:", 3) == 0;
}

static guint
count_addresses (const char *value)
{
    guint count = 0;
    for (const char *at = value; (at = strchr (at, '@')) != NULL; at++)
        count++;
    return count;
}

static void
note_received (Header *self, char *value)
{
    self->n_received++;
    blank_received (value);
}

static void
note_from (Header *self, char *value)
{
    read_domain (value, self->from);
}

static void
note_reply_to (Header *self, char *value)
{
    self->has_reply_to = true;
    read_domain (value, self->reply_to);
}

static void
note_return_path (Header *self, char *value)
{
    self->has_return_path = true;
    read_domain (value, self->return_path);
}

static void
note_to (Header *self, char *value)
{
    self->n_to += count_addresses (value);
}

static void
note_cc (Header *self, char *value)
{
    self->n_cc += count_addresses (value);
}

static void
note_reply (Header *self, char *value)
{
    self->is_reply = true;
    *value = '\0';
}

/* What is more in a field than its words. A reader may blank what changes from copy to copy. */
static const struct {
    const char *name;
    void (*read) (Header *self, char *value);
    IbFeatureGroup group;
} readers[] = {
    { "received", note_received, IB_GROUP_ROUTE },
    { "from", note_from, IB_GROUP_FROM },
    { "subject", NULL, IB_GROUP_SUBJECT },
    { "to", note_to, IB_GROUP_HEADER },
    { "cc", note_cc, IB_GROUP_HEADER },
    { "date", keep_zone, IB_GROUP_HEADER },
    { "message-id", shape_id, IB_GROUP_HEADER },
    { "content-type", shape_boundary, IB_GROUP_HEADER },
    { "reply-to", note_reply_to, IB_GROUP_HEADER },
    { "return-path", note_return_path, IB_GROUP_HEADER },
    { "in-reply-to", note_reply, IB_GROUP_HEADER },
    { "references", note_reply, IB_GROUP_HEADER },
};

static void
add_value (Header *self, const IbField *field, const char *name, gsize name_length)
{
    g_autofree char *value = ib_message_field_text (self->message, field);
    char label[NAME_BYTES + 3];
    g_snprintf (label, sizeof label, "%s: ", name);
    IbSource source = {
        .group = IB_GROUP_HEADER,
        .label = label,
        .salt = ib_hash_bytes (IB_HASH_START, name, name_length),
    };
    for (gsize i = 0; i < G_N_ELEMENTS (readers); i++) {
        if (strcmp (readers[i].name, name) != 0)
            continue;
        source.group = readers[i].group;
        source.label = readers[i].group == IB_GROUP_HEADER ? label : "";
        if (readers[i].read != NULL)
            readers[i].read (self, value);
        else
            count_letters (self, value);
    }
    gsize length = strlen (value);
    ib_tokens_add_words (self->set, &source, value, ib_tokens_cut (value, length, WORDS_BYTES));
    if (source.group != IB_GROUP_HEADER)
        ib_tokens_add_grams (self->set, &source, value, ib_tokens_cut (value, length, GRAMS_BYTES));
}

static void
add_order (IbFeatureSet *set, const char *before, const char *name)
{
    char label[2 * NAME_BYTES];
    g_snprintf (label, sizeof label, "%s before ", before);
    ib_feature_set_add_pair (set, IB_GROUP_STRUCTURE, "field ", name);
    ib_feature_set_add_pair (set, IB_GROUP_STRUCTURE, label, name);
}

/* Whether @domain is the sender's. */
static void
add_relation (Header *self, IbFeatureGroup group, const char *what, bool is_there, const char *domain)
{
    const char *relation = !is_there                          ? "missing"
                           : *domain == '\0'                  ? "without a domain"
                           : strcmp (domain, self->from) == 0 ? "at the sender's"
                                                              : "elsewhere";
    ib_feature_set_add_pair (self->set, group, what, relation);
}

static void
add_count (Header *self, const char *what, guint count)
{
    static const char *const counts[] = { "0", "1", "2", "3", "4", "5", "6", "7 or more" };
    ib_feature_set_add_pair (self->set, IB_GROUP_STRUCTURE, what, counts[MIN (count, 7)]);
}

static void
add_relations (Header *self)
{
    add_relation (self, IB_GROUP_STRUCTURE, "reply-to ", self->has_reply_to, self->reply_to);
    add_relation (self, IB_GROUP_STRUCTURE, "return-path ", self->has_return_path, self->return_path);
    add_relation (self, IB_GROUP_STRUCTURE, "message-id ", self->has_message_id, self->message_id);
    add_count (self, "received ", self->n_received);
    add_count (self, "to ", self->n_to);
    add_count (self, "cc ", self->n_cc);
    if (self->subject_is_reply)
        ib_feature_set_add_symbol (self->set, IB_GROUP_STRUCTURE,
                                   self->is_reply ? "an answer" : "an answer to nothing");
    else if (self->is_reply)
        ib_feature_set_add_symbol (self->set, IB_GROUP_STRUCTURE, "an answer that does not say so");
    if (!self->has_date)
        ib_feature_set_add_symbol (self->set, IB_GROUP_STRUCTURE, "no date");
}

void
ib_features_add_header (IbFeatureSet *set, const IbMessage *message)
{
    gsize count, read = 0;
    const IbField *fields = ib_message_fields (message, &count);
    char before[NAME_BYTES + 1] = "nothing", name[NAME_BYTES + 1];
    Header self = { .set = set, .message = message };
    for (gsize i = 0; i < count && read < HEADER_BYTES; i++) {
        gsize length = fold_name (message, &fields[i], name);
        if (is_left_out (name))
            continue;
        read += MIN (fields[i].length, IB_LIMIT_FIELD_BYTES);
        add_order (set, before, name);
        add_value (&self, &fields[i], name, length);
        memcpy (before, name, length + 1);
    }
    add_relations (&self);
}
