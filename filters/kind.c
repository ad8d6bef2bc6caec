/* kind.c - what kind of mail it is, by its header */
#include "kind.h"
#include "address.h"

#include <string.h>

const char *
ib_mail_kind_name (IbMailKind kind)
{
    static const char *const names[]
        = { "personal", "list", "newsletter", "bulk", "calendar", "notification" };
    return names[kind];
}

static bool
has (const IbMessage *message, const char *name)
{
    g_autofree char *value = ib_message_header (message, name);
    return value != NULL;
}

/* Does the field begin with one of @words, in any letter case? */
static bool
begins (const IbMessage *message, const char *name, const char *const *words)
{
    g_autofree char *value = ib_message_header (message, name);
    for (gsize i = 0; value != NULL && words[i] != NULL; i++)
        if (g_ascii_strncasecmp (value, words[i], strlen (words[i])) == 0)
            return true;
    return false;
}

/* "no-reply", "do_not_reply", "noreply+1234" */
static bool
is_from_machine (const GPtrArray *authors)
{
    if (authors->len == 0)
        return false;
    GString *letters = g_string_new (NULL);
    for (const char *at = ((const IbAddress *) authors->pdata[0])->local_part; *at != '\0'; at++)
        if (g_ascii_isalnum (*at))
            g_string_append_c (letters, g_ascii_tolower (*at));
    g_autofree char *name = g_string_free (letters, FALSE);
    return strstr (name, "noreply") != NULL || strstr (name, "donotreply") != NULL
           || strcmp (name, "mailerdaemon") == 0;
}

IbMailKind
ib_mail_kind (const IbMessage *message, const GPtrArray *authors)
{
    static const char *const calendars[] = { "text/calendar", NULL };
    static const char *const bulk[] = { "bulk", "junk", "list", NULL };
    static const char *const machines[] = { "auto-generated", "auto-notified", NULL };
    static const char *const calendar_messages[] = { "urn:content-classes:calendarmessage", NULL };
    if (begins (message, "Content-Type", calendars) || begins (message, "Content-Class", calendar_messages))
        return IB_MAIL_CALENDAR;
    bool can_be_left = has (message, "List-Unsubscribe");
    if (has (message, "List-Post") || (has (message, "List-Id") && !can_be_left))
        return IB_MAIL_LIST;
    if (can_be_left)
        return IB_MAIL_NEWSLETTER;
    if (begins (message, "Precedence", bulk))
        return IB_MAIL_BULK;
    if (begins (message, "Auto-Submitted", machines) || is_from_machine (authors))
        return IB_MAIL_NOTIFICATION;
    return IB_MAIL_PERSONAL;
}
