/* evidence-words.c - a piece of evidence, as a phrase */
#include "evidence-words.h"
#include "symbol-words.h"

#include <glib/gi18n-lib.h>
#include <stdbool.h>
#include <string.h>

typedef struct {
    const char *key, *words;
} Entry;

/* {1} is the first detail, {2} the second. */
static const Entry phrases[] = {
    { "beside-mx", N_ ("it came in at {1}, which is no mail exchanger of the domain that it was sent to") },
    { "via-relay", N_ ("it came through the trusted relay {1}, which took it from {2}") },
    { "clocks", N_ ("the clocks of the hosts that passed it on do not agree") },
    { "display-address", N_ ("the sender's name shows an address at {1}, but the address is at {2}") },
    { "namesake", N_ ("the sender is called like {1}, but the address is at {2}") },
    { "lookalike-domain", N_ ("the sender's domain {1} looks like {2}, which you know") },
    { "reply-elsewhere", N_ ("answers go to {1}, but the sender is at {2}") },
    { "several-authors", N_ ("the sender's field holds addresses that no one server can vouch for") },
    { "unproven-sender", N_ ("{1} says that {2} did not send it (DMARC failed)") },
    { "forged-results", N_ ("it brought a field in the name of {1} which says that its sender is proven") },
    { "executable", N_ ("it brings a file that is a program: {1}") },
    { "too-early", N_ ("too few messages were learned yet to be sure of any") },
    { "known-sender", N_ ("you know the sender, who is proven to have sent it") },
};

/* Of the classifier: what was learned of words. */
static const Entry groups[] = {
    { "from", N_ ("From") },
    { "subject", N_ ("Subject") },
    { "header", N_ ("other fields") },
    { "text", N_ ("text") },
    { "links", N_ ("links") },
    { "route", N_ ("the way it came") },
    { "authentication", N_ ("who vouches for it") },
    { "structure", N_ ("how it is made") },
};

/* Of the one detail of "over-limit". */
static const Entry limits[] = {
    { "header-bytes", N_ ("the header is longer than 1 MiB") },
    { "header-fields", N_ ("the header has more than 2000 fields") },
    { "field-bytes", N_ ("a header field is longer than 64 KiB") },
    { "own-fields", N_ ("more than 2000 X-Inbasket-* fields") },
    { "part-count", N_ ("the message has more than 500 parts") },
    { "part-fields", N_ ("the parts have more than 20000 header fields") },
    { "part-depth", N_ ("the parts are nested more than 30 deep") },
};

/* In the reader's language; NULL: there is none. */
static const char *
find (const Entry *entries, gsize count, const char *key)
{
    for (gsize i = 0; i < count; i++)
        if (strcmp (entries[i].key, key) == 0)
            return _ (entries[i].words);
    return NULL;
}

static const IbEvidenceDetail *
detail (const IbEvidence *evidence, guint place)
{
    return place < evidence->details->len ? evidence->details->pdata[place] : NULL;
}

/* NULL: there is none. */
static const char *
text_of (const IbEvidence *evidence, guint place)
{
    const IbEvidenceDetail *found = detail (evidence, place);
    return found != NULL ? found->text : NULL;
}

static char *
fill (const char *phrase, const IbEvidence *evidence)
{
    GString *words = g_string_new (NULL);
    for (const char *at = phrase; *at != '\0'; at++) {
        if (at[0] != '{' || !g_ascii_isdigit (at[1]) || at[2] != '}') {
            g_string_append_c (words, *at);
            continue;
        }
        const char *text = text_of (evidence, (guint) (at[1] - '1'));
        g_string_append (words, text != NULL && *text != '\0' ? text : _ ("a host without a name"));
        at += 2;
    }
    return g_string_free (words, FALSE);
}

static void
append_word (GString *list, const IbEvidenceDetail *word)
{
    char share[G_ASCII_DTOSTR_BUF_SIZE];
    g_autofree char *words = ib_symbol_words (word->text);
    if (list->len > 0)
        g_string_append (list, ", ");
    if (word->share != 0)
        g_string_append_printf (list, _ ("“%s” %s"), words,
                                g_ascii_formatd (share, sizeof share, "%+.2f", word->share));
    else
        g_string_append_printf (list, _ ("“%s”"), words);
}

static char *
with_words (const char *title, const IbEvidence *evidence)
{
    g_autoptr (GString) list = g_string_new (NULL);
    for (guint i = 0; i < evidence->details->len; i++)
        append_word (list, detail (evidence, i));
    return list->len > 0 ? g_strdup_printf ("%s: %s", title, list->str) : g_strdup (title);
}

/* By its filter's fields, by its Junk folder, or by both. */
static char *
by_provider (const IbEvidence *evidence)
{
    const char *fields = text_of (evidence, 0), *folder = text_of (evidence, 1);
    bool is_marked = fields != NULL && *fields != '\0';
    return fill (folder == NULL ? _ ("the account's provider marked it as spam ({1})")
                 : is_marked
                     ? _ ("the account's provider marked it as spam ({1}); it lay in the server's Junk "
                          "folder ({2})")
                     : _ ("it lay in the server's Junk folder ({2})"),
                 evidence);
}

char *
ib_evidence_words (const IbEvidence *evidence)
{
    const char *feature = evidence->feature, *first = text_of (evidence, 0);
    const char *phrase = find (phrases, G_N_ELEMENTS (phrases), feature);
    const char *title = find (groups, G_N_ELEMENTS (groups), feature);
    const char *limit = strcmp (feature, "over-limit") == 0 && first != NULL
                            ? find (limits, G_N_ELEMENTS (limits), first)
                            : NULL;
    if (phrase != NULL)
        return fill (phrase, evidence);
    if (limit != NULL)
        return g_strdup (limit);
    if (strcmp (feature, "provider-mark") == 0)
        return by_provider (evidence);
    return with_words (title != NULL ? title : feature, evidence);
}
