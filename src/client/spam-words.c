/* spam-words.c - how spam came in, and how much, in words */
#include "spam-words.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

typedef struct {
    const char *cause, *title, *meaning;
} Cause;

static const Cause causes[] = {
    { "beside-mx", N_ ("beside the MX"),
      N_ ("It came in at a host that is no MX of the domain: an old address of the mail server that spammers go on using.") },
    { "relay", N_ ("through a relay"), N_ ("A relay that you trust took it from a stranger: a back door.") },
    { "unprotected", N_ ("an account or address without a filter"),
      N_ ("No filter here judges mail of that account, or no account here has that address.") },
    { "no-server-filter", N_ ("a server without a filter of its own"),
      N_ ("The server that it lay on left no result of a filter: the filter here is the only one.") },
    { "filtered", N_ ("a server whose filter had looked at it"),
      N_ ("The server's own filter judged it; what it let through, the filter here saw.") },
};

static const Cause *
find (const char *cause)
{
    for (gsize i = 0; i < G_N_ELEMENTS (causes); i++)
        if (strcmp (causes[i].cause, cause) == 0)
            return &causes[i];
    return NULL;
}

const char *
ib_spam_words_title (const char *cause)
{
    const Cause *known = find (cause);
    return known != NULL ? _ (known->title) : cause;
}

const char *
ib_spam_words_meaning (const char *cause)
{
    const Cause *known = find (cause);
    return known != NULL ? _ (known->meaning) : "";
}

char *
ib_spam_words_summary (guint64 mail, guint64 caught, guint64 came_through, guint64 good_caught)
{
    GString *text = g_string_new (NULL);
    g_string_append_printf (
        text, ngettext ("%'" PRIu64 " message came, ", "%'" PRIu64 " messages came, ", mail), mail);
    g_string_append_printf (text,
                            _ ("%'" PRIu64 " of them spam: %'" PRIu64 " caught, %'" PRIu64 " came through"),
                            caught + came_through, caught, came_through);
    if (good_caught > 0)
        g_string_append_printf (text,
                                ngettext ("; %'" PRIu64 " good one was caught",
                                          "; %'" PRIu64 " good ones were caught", good_caught),
                                good_caught);
    return g_string_free (text, FALSE);
}

char *
ib_spam_words_trend (guint64 spam, guint64 mail_before, guint64 spam_before)
{
    if (mail_before == 0)
        return g_strdup (_ ("Nothing is known of the same time before"));
    if (spam < spam_before)
        return g_strdup_printf (_ ("Less than in the same time before (%'" PRIu64 ")"), spam_before);
    if (spam > spam_before)
        return g_strdup_printf (_ ("More than in the same time before (%'" PRIu64 ")"), spam_before);
    return g_strdup (_ ("As much as in the same time before"));
}
