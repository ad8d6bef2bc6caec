/* symbol-words.c - what the classifier noticed of a message beside its words, in the reader's language */
#include "symbol-words.h"

#include <glib/gi18n-lib.h>
#include <stdbool.h>
#include <string.h>

/* As they are written in filters/features-*.c, where they are hashed and so are the same in each language; {1} and {2} are what differs
 * from message to message. What may be taken for an earlier one stands behind it. */
static const char *const patterns[] = {
    /* the subject */
    N_ ("letters {1} upper, {2} other"),
    N_ ("many marks"),
    N_ ("a mark"),
    N_ ("ends in a digit"),
    N_ ("a gap"),
    /* who vouches for it */
    N_ ("proven {1}"),
    N_ ("sender refuted"),
    N_ ("forged results"),
    /* the way it came */
    N_ ("beside MX"),
    N_ ("through relay {1}"),
    N_ ("no name"),
    N_ ("another name in HELO"),
    N_ ("from {1}"),
    /* how it is made */
    N_ ("{1} before {2}"),
    N_ ("field {1}"),
    N_ ("{1} missing"),
    N_ ("{1} without a domain"),
    N_ ("{1} at the sender's"),
    N_ ("{1} elsewhere"),
    N_ ("{1} 7 or more"),
    N_ ("an answer"),
    N_ ("an answer to nothing"),
    N_ ("an answer that does not say so"),
    N_ ("no date"),
    N_ ("account {1}"),
    N_ ("kind {1}"),
    N_ ("file ends in {1}"),
    N_ ("part {1} {2}"),
    N_ ("charset {1}"),
    N_ ("boundary {1}"),
    N_ ("zone {1}"),
    N_ ("text encoded {1}"),
    N_ ("file encoded {1}"),
    N_ ("size {1}"),
    N_ ("text {1}, html, {2} plain"),
    N_ ("text {1}, no html, {2} plain"),
    N_ ("marks {1}, {2} files"),
    N_ ("hidden text {1}"),
    /* links */
    N_ ("{1} links"),
    N_ ("{1} pictures"),
    N_ ("host is an address"),
    N_ ("host {1}"),
    N_ ("shows another host"),
};

#define PLACE 3 /* bytes of "{1}" */

/* Whether @name is made by @pattern, and of what. */
static bool
is_made_by (const char *name, const char *pattern, char *out_values[2])
{
    const char *first = strstr (pattern, "{1}");
    if (first == NULL)
        return strcmp (name, pattern) == 0;
    if (strncmp (name, pattern, (gsize) (first - pattern)) != 0)
        return false;

    const char *at = name + (first - pattern), *second = strstr (pattern, "{2}");
    const char *tail = (second != NULL ? second : first) + PLACE, *split = NULL;
    if (second != NULL) {
        g_autofree char *between = g_strndup (first + PLACE, (gsize) (second - first - PLACE));
        split = strstr (at, between);
        if (split == NULL || split == at)
            return false;
    }
    const char *last = split != NULL ? split + (second - first - PLACE) : at;
    if (strlen (last) <= strlen (tail) || !g_str_has_suffix (last, tail))
        return false;
    gsize length = strlen (last) - strlen (tail);
    out_values[0] = split != NULL ? g_strndup (at, (gsize) (split - at)) : g_strndup (last, length);
    out_values[1] = split != NULL ? g_strndup (last, length) : NULL;
    return true;
}

static char *
fill (const char *pattern, char *const values[2])
{
    GString *words = g_string_new (NULL);
    for (const char *at = pattern; *at != '\0'; at++) {
        bool is_place = at[0] == '{' && (at[1] == '1' || at[1] == '2') && at[2] == '}';
        const char *value = is_place ? values[at[1] - '1'] : NULL;
        if (value == NULL) {
            g_string_append_c (words, *at);
            continue;
        }
        g_string_append (words, value);
        at += PLACE - 1;
    }
    return g_string_free (words, FALSE);
}

/* "lunch", or "x-mailer: bat" */
static bool
is_word (const char *name)
{
    const char *blank = strchr (name, ' ');
    return blank == NULL || (blank > name && blank[-1] == ':');
}

char *
ib_symbol_words (const char *name)
{
    char *values[2] = { NULL, NULL };
    for (gsize i = 0; i < G_N_ELEMENTS (patterns) && !is_word (name); i++) {
        if (!is_made_by (name, patterns[i], values))
            continue;
        char *words = fill (_ (patterns[i]), values);
        g_free (values[0]);
        g_free (values[1]);
        return words;
    }
    return g_strdup (name);
}
