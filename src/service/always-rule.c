/* always-rule.c - "such mail always goes to that folder", as a rule in Sieve that a person can read */
#include "always-rule.h"
#include "escape.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* An address has 254 octets at most (RFC 5321, 4.5.3.1), a list's id 255 (RFC 2919, 2). */
#define LONGEST_VALUE 255
#define REQUIRE "require [\"environment\", \"fileinto\"];\n"
#define PROOF "not environment :is \"vnd.inbasket.authentication\" [\"dmarc=fail\", \"sender=refuted\"]"

static const char *const kind_names[IB_ALWAYS_KINDS] = {
    [IB_ALWAYS_LIST] = "list",
    [IB_ALWAYS_SENDER] = "sender",
    [IB_ALWAYS_DOMAIN] = "domain",
    [IB_ALWAYS_RECIPIENT] = "recipient",
};

const char *
ib_always_kind_name (IbAlwaysKind kind)
{
    return kind_names[kind];
}

bool
ib_always_kind_find (const char *name, IbAlwaysKind *out_kind)
{
    for (IbAlwaysKind kind = 0; kind < IB_ALWAYS_KINDS; kind++)
        if (strcmp (kind_names[kind], name) == 0) {
            *out_kind = kind;
            return true;
        }
    return false;
}

void
ib_always_rule_clear (IbAlwaysRule *self)
{
    g_clear_pointer (&self->value, g_free);
}

/* --- what can be written --------------------------------------------------------------------------------------------- */

/* Nothing in it hides, and no extension that a person may have asked for reads more into it ("${…}": variables,
 * encoded-character). */
static bool
is_plain (const char *text)
{
    g_autofree char *shown = ib_escape_text (text, -1, 0);
    return strcmp (shown, text) == 0 && strstr (text, "${") == NULL;
}

const char *
ib_always_rule_fault (const IbAlwaysRule *self)
{
    if (strlen (self->value) > LONGEST_VALUE)
        return _ ("It is too long to be a rule");
    if (!is_plain (self->value) || (self->kind == IB_ALWAYS_LIST && strpbrk (self->value, "<>") != NULL))
        return _ ("It has characters in it that do not belong there: no rule can be made of it");
    return NULL;
}

bool
ib_always_rule_takes_folder (const char *folder)
{
    return is_plain (folder);
}

bool
ib_always_rule_wants_proof (const IbAlwaysRule *self, const char *folder)
{
    return (self->kind == IB_ALWAYS_SENDER || self->kind == IB_ALWAYS_DOMAIN) && strcmp (folder, "Junk") != 0;
}

char *
ib_always_rule_words (const IbAlwaysRule *self)
{
    switch (self->kind) {
    case IB_ALWAYS_LIST:
        return g_strdup_printf (_ ("Mail of the list %s"), self->value);
    case IB_ALWAYS_SENDER:
        return g_strdup_printf (_ ("Mail from %s"), self->value);
    case IB_ALWAYS_DOMAIN:
        return g_strdup_printf (_ ("Mail from anybody at %s"), self->value);
    case IB_ALWAYS_RECIPIENT:
        return g_strdup_printf (_ ("Mail sent to %s"), self->value);
    }
    g_assert_not_reached ();
}

/* --- a rule ------------------------------------------------------------------------------------------------------------ */

/* quoted-string = DQUOTE quoted-text DQUOTE; "\" before "\" and DQUOTE                        RFC 5228, 8.1 */
static char *
quote (const char *before, const char *text, const char *behind)
{
    GString *quoted = g_string_new ("\"");
    g_string_append (quoted, before);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c (quoted, '\\');
        g_string_append_c (quoted, *text);
    }
    g_string_append (quoted, behind);
    g_string_append_c (quoted, '"');
    return g_string_free (quoted, FALSE);
}

/* What holds for such mail. Returns: (transfer full) */
static char *
write_test (const IbAlwaysRule *self)
{
    static const struct {
        const char *direct, *indirect;
    } tests[IB_ALWAYS_KINDS] = {
        [IB_ALWAYS_LIST] = { "header :contains \"List-Id\"", "header :is \"List-Id\"" },
        [IB_ALWAYS_SENDER] = { "address :is \"From\"", "address :is \"From\"" },
        [IB_ALWAYS_DOMAIN] = { "address :domain :is \"From\"", "address :domain :is \"From\"" },
        [IB_ALWAYS_RECIPIENT]
        = { "address :is [\"To\", \"Cc\"]", "environment :is \"vnd.inbasket.recipient\"" },
    };
    bool has_brackets = self->kind == IB_ALWAYS_LIST && !self->is_indirect;
    g_autofree char *key = quote (has_brackets ? "<" : "", self->value, has_brackets ? ">" : "");
    return g_strdup_printf ("%s %s",
                            self->is_indirect ? tests[self->kind].indirect : tests[self->kind].direct, key);
}

char *
ib_always_rule_write (const IbAlwaysRule *self, const char *folder, gint64 now_us)
{
    g_autoptr (GDateTime) now = g_date_time_new_from_unix_local (now_us / G_USEC_PER_SEC);
    g_autofree char *date = g_date_time_format (now, "%-d %b %Y");
    g_autofree char *words = ib_always_rule_words (self);
    g_autofree char *test = write_test (self);
    g_autofree char *target = quote ("", folder, "");
    if (ib_always_rule_wants_proof (self, folder))
        return g_strdup_printf ("# %s, %s (%s)\nif allof (%s,\n          " PROOF
                                ") {\n    fileinto %s;\n    stop;\n}\n",
                                words, _ ("unless it only claims to be"), date, test, target);
    return g_strdup_printf ("# %s (%s)\nif %s {\n    fileinto %s;\n    stop;\n}\n", words, date, test,
                            target);
}

/* --- its place --------------------------------------------------------------------------------------------------------- */

/* Behind the line that @at is in. */
static const char *
next_line (const char *at)
{
    const char *end = strchrnul (at, '\n');
    return *end == '\n' ? end + 1 : end;
}

/* Behind the line, or the lines, with @test that @line begins; NULL: it begins no rule with that. */
static const char *
behind_test (const char *line, const char *test)
{
    static const struct {
        const char *before, *behind;
    } forms[] = { { "if ", " {\n" }, { "if allof (", ",\n          " PROOF ") {\n" } };
    for (gsize i = 0; i < G_N_ELEMENTS (forms); i++) {
        g_autofree char *form = g_strconcat (forms[i].before, test, forms[i].behind, NULL);
        if (g_str_has_prefix (line, form))
            return line + strlen (form);
    }
    return NULL;
}

/* Behind what a rule of ours does, from @at on; NULL: somebody has it do something else, which is his. */
static const char *
end_of_rule (const char *at)
{
    static const char start[] = "    fileinto \"", end[] = "\";\n    stop;\n}";
    if (!g_str_has_prefix (at, start))
        return NULL;
    at += strlen (start);
    while (*at != '\0' && *at != '"')
        at += *at == '\\' && at[1] != '\0' ? 2 : 1;
    if (!g_str_has_prefix (at, end))
        return NULL;
    at += strlen (end);
    return *at == '\n' ? at + 1 : *at == '\0' ? at : NULL;
}

/* "# Mail of the list choir.example.org (26 Nov 2026)": what somebody wrote there, or behind it, is his. */
static bool
is_own_comment (const IbAlwaysRule *self, const char *line)
{
    if (*line != '#')
        return false;
    g_autofree char *words = ib_always_rule_words (self);
    g_autofree char *start = g_strconcat ("# ", words, NULL);
    g_autofree char *text = g_strndup (line, strcspn (line, "\n"));
    if (!g_str_has_prefix (text, start))
        return false;
    g_autofree char *proof = g_strconcat (", ", _ ("unless it only claims to be"), NULL);
    const char *date = text + strlen (start);
    date += g_str_has_prefix (date, proof) ? strlen (proof) : 0;
    return g_str_has_prefix (date, " (") && strchr (date, ')') == text + strlen (text) - 1;
}

/* Where the next line begins: in what? */
typedef enum { IN_CODE, IN_STRING, IN_COMMENT } Inside;

static Inside
inside_next (Inside inside, const char *line)
{
    for (const char *end = next_line (line), *at = line; at < end; at++) {
        if (inside == IN_CODE && *at == '#')
            return IN_CODE;
        if (*at == '"' && inside != IN_COMMENT)
            inside = inside == IN_CODE ? IN_STRING : IN_CODE;
        else if (*at == '\\' && inside == IN_STRING && at + 1 < end)
            at++;
        else if (inside != IN_STRING && g_str_has_prefix (at, inside == IN_CODE ? "/*" : "*/")) {
            inside = inside == IN_CODE ? IN_COMMENT : IN_CODE;
            at++;
        }
    }
    return inside;
}

/* An earlier rule with the test of @self, as we write it, with its comment. */
static bool
find_rule (const IbAlwaysRule *self, const char *text, const char **out_start, const char **out_end)
{
    g_autofree char *test = write_test (self);
    const char *comment = NULL; /* of ours, in the line before */
    Inside inside = IN_CODE;
    for (const char *line = text; *line != '\0'; line = next_line (line)) {
        const char *behind = inside == IN_CODE ? behind_test (line, test) : NULL;
        const char *end = behind != NULL ? end_of_rule (behind) : NULL;
        if (end != NULL) {
            *out_start = comment != NULL ? comment : line;
            *out_end = end;
            return true;
        }
        comment = inside == IN_CODE && is_own_comment (self, line) ? line : NULL;
        inside = inside_next (inside, line);
    }
    return false;
}

static bool
asks_for_all (const char *text)
{
    return g_str_has_prefix (text, REQUIRE) || strstr (text, "\n" REQUIRE) != NULL;
}

/* Where the first rule stands: behind the last "require", over however many lines it goes, and the blank line there. */
static const char *
find_rules (const char *text)
{
    const char *rules = text;
    bool is_asking = false;
    for (const char *line = text; *line != '\0'; line = next_line (line)) {
        is_asking = is_asking || g_str_has_prefix (line, "require");
        if (is_asking && memchr (line, ';', (gsize) (next_line (line) - line)) != NULL) {
            is_asking = false;
            rules = next_line (line);
        }
    }
    return *rules == '\n' ? rules + 1 : rules;
}

static char *
new_filter (void)
{
    return g_strdup_printf (
        "# %s - %s\n#\n# %s\n\n" REQUIRE "\n", IB_ALWAYS_FILTER,
        _ ("mail that always goes to one folder: written by “Always to …”. The first rule that fits decides."),
        _ ("The rules are yours: change them, put them in another order, take them out."));
}

static char *
join (const char *text, const char *start, const char *rule, const char *end)
{
    GString *all = g_string_new_len (text, start - text);
    if (all->len > 0 && all->str[all->len - 1] != '\n')
        g_string_append_c (all, '\n');
    g_string_append (all, rule);
    g_string_append (all, end);
    return g_string_free (all, FALSE);
}

char *
ib_always_rule_place (const IbAlwaysRule *self, const char *rule, const char *text)
{
    g_autofree char *own = text == NULL || *text == '\0' ? new_filter () : g_strdup (text);
    g_autofree char *whole = asks_for_all (own) ? g_strdup (own) : g_strconcat (REQUIRE "\n", own, NULL);
    const char *start, *end;
    if (find_rule (self, whole, &start, &end))
        return join (whole, start, rule, end);

    bool is_broad = self->kind == IB_ALWAYS_DOMAIN || self->kind == IB_ALWAYS_RECIPIENT;
    const char *top = find_rules (whole), *bottom = whole + strlen (whole);
    if (*top == '\0')
        return join (whole, top, rule, "");
    g_autofree char *apart = is_broad ? g_strconcat ("\n", rule, NULL) : g_strconcat (rule, "\n", NULL);
    return is_broad ? join (whole, bottom, apart, "") : join (whole, top, apart, top);
}
