/* served-facts.c - what a filter is told of a message that a server hands over */
#include "served-facts.h"

#include <time.h>

static char **
flag_names (guint32 flags)
{
    static const struct {
        guint32 flag;
        const char *name;
    } names[] = {
        { IB_FLAG_SEEN, "\\Seen" },
        { IB_FLAG_ANSWERED, "\\Answered" },
        { IB_FLAG_FLAGGED, "\\Flagged" },
        { IB_FLAG_DRAFT, "\\Draft" },
    };
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
        if (flags & names[i].flag)
            g_strv_builder_add (builder, names[i].name);
    return g_strv_builder_end (builder);
}

IbFacts *
ib_served_facts (const IbAccount *account, const char *folder, const char *special_use,
                 const IbRemoteMessage *message, gint64 now)
{
    IbFacts *facts = ib_facts_new ();
    struct tm here = { 0 };
    time_t now_s = (time_t) (now / G_USEC_PER_SEC);
    localtime_r (&now_s, &here); /* GLib would read the time zone's file anew for each message */

    ib_facts_set_text (&facts->account, g_strdup (account->name));
    ib_facts_set_text (&facts->account_address, g_utf8_strdown (account->address, -1));
    ib_facts_set_text (&facts->server_folder, g_strdup (folder));
    ib_facts_set_text (&facts->server_use, g_strdup (special_use));
    ib_facts_set_text (&facts->account_folder, ib_account_expand_folder (account, folder));
    ib_facts_set_list (&facts->flags, flag_names (message->flags));
    facts->now = now;
    facts->utc_offset_s = (gint32) here.tm_gmtoff;
    facts->received_at_s = message->internal_date_s;
    return facts;
}
