/* refusal.c - what servers write when a sign-in fails, and what they mean by it */
#include "refusal.h"
#include "face.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const char *
find_word (const char *text, const char *const *words)
{
    g_autofree char *lower = g_ascii_strdown (text, -1);
    for (gsize i = 0; words[i] != NULL; i++)
        if (strstr (lower, words[i]) != NULL)
            return words[i];
    return NULL;
}

bool
ib_refusal_is_passing (const char *text)
{
    static const char *const words[] = {
        "throttl",        "suggested backoff",   "rate limit", "too many",    "try again later",
        "try later",      "temporarily",         "temporary",  "server busy", "server is busy",
        "system is busy", "service unavailable", NULL,
    };
    return find_word (text, words) != NULL;
}

/* A number and its unit; 0 for anything else. */
static gint64
read_span_ms (const char *text)
{
    static const struct {
        const char *unit;
        gint64 ms;
    } units[] = {
        { "millisecond", 1 },       { "ms", 1 },        { "minute", 60 * 1000 }, { "min", 60 * 1000 },
        { "hour", 60 * 60 * 1000 }, { "second", 1000 }, { "sec", 1000 },
    };
    char *end = NULL;
    guint64 number = g_ascii_isdigit (*text) ? g_ascii_strtoull (text, &end, 10) : 0;
    if (number == 0)
        return 0;
    const char *unit = end + strspn (end, " ");
    for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
        if (g_str_has_prefix (unit, units[i].unit))
            return (gint64) MIN (number, IB_LIMIT_BACKOFF_S * 1000) * units[i].ms;
    return 0;
}

gint64
ib_refusal_backoff_s (const char *text)
{
    static const char *const words[] = {
        "suggested backoff time: ", "try again in ", "try again after ", "retry in ", "retry after ", "wait ",
    };
    g_autofree char *lower = g_ascii_strdown (text, -1);
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
        const char *found = strstr (lower, words[i]);
        gint64 ms = found != NULL ? read_span_ms (found + strlen (words[i])) : 0;
        if (ms > 0)
            return MIN ((ms + 999) / 1000, IB_LIMIT_BACKOFF_S);
    }
    return 0;
}

bool
ib_refusal_is_disguised (const char *text)
{
    static const char *const words[] = {
        "unable to authenticate", "could not authenticate", "authentication failed", "authentication failure",
        "auth failure",           "login failed",           "not authenticated",     NULL,
    };
    return find_word (text, words) != NULL;
}

const char *
ib_refusal_advice (const char *text)
{
    /* Microsoft, as it ended passwords; Google and Yahoo with two-step sign-in; Google when it wants to see a person. */
    static const struct {
        const char *words[5];
        const char *advice;
        const char *for_window; /* NULL: the same */
    } known[] = {
        { { "basic authentication is disabled", "basicauthblocked", "basic auth is disabled", NULL },
          N_ ("It takes no passwords from mail programs any more: sign in with the browser (auth=oauth2)"),
          N_ ("It takes no passwords from mail programs any more: sign in with the browser") },
        { { "application-specific password", "app password", "app-specific password", NULL },
          N_ ("It wants an app password: make one on the provider's security page and use it as the password") },
        { { "web login required", "log in via your web browser", "webloginrequired", NULL },
          N_ ("Sign in once on the provider's web page, and confirm that it was you") },
        { { "unsupported authentication mechanism", NULL },
          N_ ("It does not sign in this way. Where it offers the browser, take auth=oauth2"),
          N_ ("It does not sign in this way. Where it offers the browser, take that") },
        { { "not enabled for imap", "imap access is disabled", "imap is disabled", "enable imap", NULL },
          N_ ("Switch IMAP on in the settings on the provider's web page") },
        { { "not enabled for pop", "pop access is disabled", "pop3 is disabled", "enable pop", NULL },
          N_ ("Switch POP3 on in the settings on the provider's web page") },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
        if (find_word (text, known[i].words) != NULL)
            return known[i].for_window != NULL ? ib_face_words (_ (known[i].advice), _ (known[i].for_window))
                                               : _ (known[i].advice);
    return NULL;
}

/* Some servers have no other word for a wrong password. */
char *
ib_refusal_by_silence (const char *host)
{
    return g_strdup_printf (
        _ ("%s closed the connection instead of answering the sign-in; some servers do so when the "
           "password or token is wrong"),
        host);
}
