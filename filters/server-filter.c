/* server-filter.c - what the filter of the account's own server thought of a message */
#include "server-filter.h"

#include <string.h>

/* How providers' filters say "spam". A sender who writes such a field harms himself only; that they say "no spam" is
 * believed nowhere. */
typedef enum { MARK_BEGINS, MARK_HOLDS, MARK_REACHES } MarkKind;

static const struct {
    const char *field;
    MarkKind kind;
    const char *word; /* lower case */
    gint64 number;
} marks[] = {
    /* SpamAssassin, rspamd, and what most providers run. */
    { "X-Spam-Flag", MARK_BEGINS, "yes" },
    { "X-Spam-Status", MARK_BEGINS, "yes" },
    { "X-Spam", MARK_BEGINS, "yes" },
    { "X-Spamd-Result", MARK_BEGINS, "default: true" },
    { "X-Rspamd-Action", MARK_BEGINS, "add header" },
    { "X-Rspamd-Action", MARK_BEGINS, "rewrite subject" },
    { "X-Rspamd-Action", MARK_BEGINS, "reject" },
    { "X-Bogosity", MARK_BEGINS, "spam" },
    { "X-Bogosity", MARK_BEGINS, "yes" },
    { "X-DSPAM-Result", MARK_BEGINS, "spam" },
    /* Outlook.com and Microsoft 365: the filter's verdict (SFV), the spam confidence level, and the destination. */
    { "X-Forefront-Antispam-Report", MARK_HOLDS, "sfv:spm" },
    { "X-Forefront-Antispam-Report", MARK_HOLDS, "sfv:sks" },
    { "X-Forefront-Antispam-Report", MARK_HOLDS, "sfv:skb" },
    { "X-MS-Exchange-Organization-SCL", MARK_REACHES, NULL, 5 },
    { "X-Microsoft-Antispam-Mailbox-Delivery", MARK_HOLDS, "dest:j;" },
    /* Gandi; GMX and web.de; IONOS; Yahoo. */
    { "X-GND-Status", MARK_BEGINS, "spam" },
    { "X-GMX-Antispam", MARK_REACHES, NULL, 1 },
    { "X-UI-Filterresults", MARK_BEGINS, "junk" },
    { "X-YahooFilteredBulk", MARK_BEGINS, "" },
};

static bool
is_marked (gsize mark, const char *value)
{
    switch (marks[mark].kind) {
    case MARK_BEGINS:
        return g_str_has_prefix (value, marks[mark].word);
    case MARK_HOLDS:
        return strstr (value, marks[mark].word) != NULL;
    case MARK_REACHES:
        return g_ascii_strtoll (value, NULL, 10) >= marks[mark].number;
    }
    g_assert_not_reached ();
}

/* "X-...": all that filters write are. Most fields are not, which spares looking further. */
static bool
is_private (const IbMessage *message, const IbField *field)
{
    gsize length;
    const char *name = ib_message_bytes (message, &length) + field->offset;
    return field->name_length > 2 && (name[0] == 'X' || name[0] == 'x') && name[1] == '-';
}

/* The name of the mark that @field is, in the table's spelling; NULL if it is none. */
static const char *
find_mark (const IbMessage *message, const IbField *field)
{
    for (gsize mark = 0; mark < G_N_ELEMENTS (marks); mark++) {
        if (!ib_message_field_is (message, field, marks[mark].field))
            continue;
        g_autofree char *raw = ib_message_field_raw (message, field);
        g_autofree char *value = g_ascii_strdown (raw, -1);
        if (is_marked (mark, value))
            return marks[mark].field;
    }
    return NULL;
}

char *
ib_server_filter_marks (const IbMessage *message)
{
    g_autoptr (GPtrArray) names = g_ptr_array_new ();
    gsize count;
    const IbField *fields = ib_message_fields (message, &count);
    for (gsize i = 0; i < count; i++) {
        const char *name = is_private (message, &fields[i]) ? find_mark (message, &fields[i]) : NULL;
        if (name != NULL && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
            g_ptr_array_add (names, (gpointer) name);
    }
    g_ptr_array_add (names, NULL);
    return g_strjoinv (", ", (char **) names->pdata);
}

/* Fields by which a server's filter shows that it looked, whatever it thought. */
static const char *const traces[] = {
    "X-Spam-Status",
    "X-Spam-Flag",
    "X-Spam-Score",
    "X-Spam-Level",
    "X-Spam-Report",
    "X-Spam-Checker-Version",
    "X-Spam",
    "X-Spamd-Result",
    "X-Spamd-Bar",
    "X-Rspamd-Action",
    "X-Rspamd-Server",
    "X-Bogosity",
    "X-DSPAM-Result",
    "X-CRM114-Status",
    "X-Forefront-Antispam-Report",
    "X-Microsoft-Antispam",
    "X-MS-Exchange-Organization-SCL",
    "X-Microsoft-Antispam-Mailbox-Delivery",
    "X-Proofpoint-Spam-Details",
    "X-Barracuda-Spam-Status",
    "X-IronPort-Anti-Spam-Result",
    "X-GND-Status",
    "X-GMX-Antispam",
    "X-UI-Filterresults",
};

/* Above the first hop that is hearsay: below, the sender wrote. */
static bool
has_trace (const IbMessage *message, const IbPath *path)
{
    gsize count;
    guint hops = 0;
    const IbField *fields = ib_message_fields (message, &count);
    for (gsize i = 0; i < count; i++) {
        if (ib_message_field_is (message, &fields[i], "Received") && hops++ == path->n_believed)
            return false;
        if (!is_private (message, &fields[i]))
            continue;
        for (gsize trace = 0; trace < G_N_ELEMENTS (traces); trace++)
            if (ib_message_field_is (message, &fields[i], traces[trace]))
                return true;
    }
    return false;
}

IbServerFilter
ib_server_filter_find (const IbMessage *message, const IbPath *path, const IbFacts *facts)
{
    g_autofree char *names = ib_server_filter_marks (message);
    if (*names != '\0' || g_ascii_strcasecmp (facts->server_use, "Junk") == 0)
        return IB_SERVER_FILTER_MARKED;
    return has_trace (message, path) ? IB_SERVER_FILTER_PASSED : IB_SERVER_FILTER_SILENT;
}

const char *
ib_server_filter_name (IbServerFilter filter)
{
    static const char *const names[] = { "", "passed", "marked" };
    return names[filter];
}
