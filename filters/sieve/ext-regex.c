/* ext-regex.c - "regex": match type :regex, and :quoteregex for variables (draft-ietf-sieve-regex)
 *
 * GRegex, on characters: "." is a whole one, unlike "?" of :matches, and what is no UTF-8 is matched by nothing. PCRE2's
 * limits stand in front of every pattern: one that runs into them on a text does not match it, and pays. */
#include "check.h"
#include "extensions.h"
#include "match.h"
#include "vm.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Honest patterns take a few hundred steps of PCRE2's on a field; a hostile pair of pattern and text takes any number. */
#define STEPS_MAX 50000
#define LIMITS "(*LIMIT_MATCH=50000)(*LIMIT_DEPTH=2000)"
/* What a match costs in octets, compared with a search; and what the limit costs. */
#define OCTETS_AN_OCTET 8
#define OCTETS_AT_LIMIT (STEPS_MAX * 16)

static GRegex *
compile (IbSpan pattern, bool folds, GError **error)
{
    if (!g_utf8_validate_len (pattern.bytes, pattern.length, NULL)) {
        g_set_error (error, G_REGEX_ERROR, G_REGEX_ERROR_COMPILE, ": %s", _ ("it is not UTF-8"));
        return NULL;
    }
    g_autofree char *text = g_strdup_printf (LIMITS "%.*s", (int) pattern.length, pattern.bytes);
    return g_regex_new (text, folds ? G_REGEX_CASELESS : 0, 0, error);
}

static void
regex_free (gpointer regex)
{
    g_regex_unref (regex);
}

/* A pattern that only the run knows and that is none matches nothing. */
static const void *
prepare (const IbComparison *how, IbArena *arena, IbSpan key, IbSpan folded)
{
    GRegex *regex = compile (key, how->comparator->fold != NULL, NULL);
    if (regex != NULL)
        ib_arena_own (arena, regex, regex_free);
    return regex;
}

static bool
check_key (IbCheck *check, const IbArgument *key)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GRegex) regex = compile (key->text, false, &error);
    if (regex != NULL)
        return true;
    g_autofree char *quoted = ib_diagnostic_quote (key->text);
    /* GLib writes the whole pattern, ours before it, and then what is wrong. */
    const char *what = g_strrstr (error->message, ": ");
    return ib_check_error (check, key->at, _ ("%s is no regular expression: %s"), quoted,
                           what != NULL ? what + 2 : error->message);
}

static guint
count_captures (IbSpan key)
{
    g_autoptr (GRegex) regex = compile (key, false, NULL);
    return regex != NULL ? (guint) g_regex_get_capture_count (regex) : 0;
}

static void
read_captures (const GMatchInfo *info, IbSpan value, IbCaptures *captures)
{
    guint count = (guint) MIN (g_match_info_get_match_count (info), IB_CAPTURES_MAX);
    for (guint i = 0; i < count; i++) {
        int from = -1, to = -1;
        (void) g_match_info_fetch_pos (info, (int) i, &from, &to);
        captures->spans[i] = from < 0 ? IB_SPAN ("") : (IbSpan){ value.bytes + from, (gsize) (to - from) };
    }
    captures->count = count;
}

static bool
matches_regex (const IbComparison *how, const IbKey *key, IbSpan value, IbSpan folded, IbCaptures *captures,
               guint64 *looked_at)
{
    const GRegex *regex = key->pattern;
    g_autoptr (GMatchInfo) info = NULL;
    g_autoptr (GError) error = NULL;
    *looked_at += value.length;
    if (regex == NULL || !g_utf8_validate_len (value.bytes, value.length, NULL))
        return false;
    bool matches = g_regex_match_full (regex, value.bytes, (gssize) value.length, 0, 0, &info, &error);
    *looked_at += value.length * OCTETS_AN_OCTET + (error != NULL ? OCTETS_AT_LIMIT : 0);
    if (matches && captures != NULL)
        read_captures (info, value, captures);
    return matches;
}

static const IbMatchType match_regex = {
    .name = "regex",
    .needs_substrings = true,
    .captures = true,
    .prepare = prepare,
    .count_captures = count_captures,
    .check_key = check_key,
    .matches = matches_regex,
};

/* Whatever means something in a pattern stands for itself. */
static IbSpan
quote_regex (IbVm *vm, IbSpan text)
{
    char *bytes = ib_arena_alloc (ib_vm_arena (vm), 2 * text.length + 1);
    gsize length = 0;
    (void) ib_vm_spend (vm, text.length);
    for (gsize i = 0; i < text.length; i++) {
        if (text.bytes[i] != '\0' && strchr ("\\^$.[]|()?*+{}", text.bytes[i]) != NULL)
            bytes[length++] = '\\';
        bytes[length++] = text.bytes[i];
    }
    return (IbSpan){ bytes, length };
}

static const IbTag tags[] = {
    { .name = "regex", .of = IB_TAKES_MATCH, .slot = IB_SLOT_MATCH, .match = &match_regex },
    { .name = "quoteregex", .of = IB_TAKES_MODIFIER, .slot = IB_SLOT_MODIFIER_QUOTE, .modify = quote_regex },
    { NULL },
};
const IbExtension ib_ext_regex = { .name = "regex", .tags = tags };
