/* rule-proposal.c - what "Always to …" would write for a message */
#include "rule-proposal.h"
#include "dry-run.h"
#include "filter-files.h"
#include "inclusion.h"

#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_QUARK (ib-rule-proposal-error-quark, ib_rule_proposal_error)

/* A filter of ours that tells what it sees, by header fields that it would add. What is longer than a rule can be is not
 * looked at. %s: a pattern for the user's own addresses. */
#define PROBE "probe.sieve"
static const char probe[]
    = "require [\"editheader\", \"regex\", \"variables\"];\n"
      "if header :regex \"List-Id\" \"<([^<>]{1,300})>[[:space:]]*$\" { addheader :last \"List\" \"${1}\"; }\n"
      "elsif header :regex \"List-Id\" \"^[^<>]{1,300}$\" { addheader :last \"Bare-List\" \"${0}\"; }\n"
      "if address :regex \"From\" \"^.{1,300}$\" { addheader :last \"Sender\" \"${0}\"; }\n"
      "if address :domain :regex \"From\" \"^.{1,300}$\" { addheader :last \"Domain\" \"${0}\"; }\n"
      "if address :regex [\"To\", \"Cc\"] \"%s\" { addheader :last \"Recipient\" \"${0}\"; }\n";

/* --- judging the message by one filter ---------------------------------------------------------------------------------- */

/* What came of it; the judgement itself is gone with its run. */
typedef struct {
    IbRuleProposal *proposal;
    void (*look) (IbRuleProposal *self, const IbJudgement *judgement);
    GError **error;
    bool is_judged;
} Looking;

static void
judged (const char *path, const IbJudgement *judgement, const GError *error, gpointer user_data)
{
    Looking *looking = user_data;
    looking->is_judged = judgement != NULL;
    if (judgement != NULL)
        looking->look (looking->proposal, judgement);
    else
        g_set_error_literal (looking->error, IB_RULE_PROPOSAL_ERROR, IB_RULE_PROPOSAL_ERROR_MESSAGE,
                             error->message);
}

static bool
judge (IbRuleProposal *self, const char *name, const char *text,
       void (*look) (IbRuleProposal *self, const IbJudgement *judgement), GError **error)
{
    const char *const paths[] = { self->message->path, NULL };
    g_autoptr (GPtrArray) scripts = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_script_text_free);
    g_autoptr (IbInclusions) inclusions = ib_inclusions_new (self->paths->filters);
    g_autoptr (IbKnown) known = ib_known_new (self->paths, self->config, NULL);
    Looking looking = { self, look, error, false };
    g_ptr_array_add (scripts, ib_script_text_new (name, text, strlen (text)));
    ib_inclusions_gather (inclusions, scripts);
    /* Where it came from is looked at only if a script or a trace asks. */
    const IbDryRun run = { .config = self->config,
                           .known = known,
                           .account = self->account,
                           .scripts = scripts,
                           .wants = IB_JUDGE_TRACE };
    ib_dry_run (&run, paths, judged, &looking);
    return looking.is_judged;
}

/* --- which kinds there are ----------------------------------------------------------------------------------------------- */

/* "^(anna(\+[^@]+)?@example\.org|…)$", as it stands in a filter: each "\" is two. */
static char *
own_pattern (const IbConfig *config)
{
    g_auto (GStrv) own = ib_config_own_addresses (config);
    GString *pattern = g_string_new ("^(");
    for (gsize i = 0; own[i] != NULL; i++) {
        const char *at = strrchr (own[i], '@');
        g_autofree char *user = g_regex_escape_string (own[i], at != NULL ? (int) (at - own[i]) : -1);
        g_autofree char *domain = g_regex_escape_string (at != NULL ? at + 1 : "", -1);
        g_string_append_printf (pattern, "%s%s(\\+[^@]{1,200})?@%s", i > 0 ? "|" : "", user, domain);
    }
    g_string_append (pattern, ")$");
    (void) g_string_replace (pattern, "\\", "\\\\", 0);
    (void) g_string_replace (pattern, "\"", "\\\"", 0);
    return g_string_free (pattern, FALSE);
}

static void
take (IbRuleProposal *self, IbAlwaysKind kind, const char *value, bool is_indirect)
{
    IbAlwaysRule *rule = &self->options[kind].rule;
    ib_always_rule_clear (rule);
    rule->kind = kind;
    rule->value = g_strdup (value);
    rule->is_indirect = is_indirect;
}

static void
look_at_kinds (IbRuleProposal *self, const IbJudgement *judgement)
{
    static const struct {
        const char *field;
        IbAlwaysKind kind;
        bool is_indirect;
    } fields[] = {
        { "List", IB_ALWAYS_LIST, false },           { "Bare-List", IB_ALWAYS_LIST, true },
        { "Sender", IB_ALWAYS_SENDER, false },       { "Domain", IB_ALWAYS_DOMAIN, false },
        { "Recipient", IB_ALWAYS_RECIPIENT, false },
    };
    const char *const *found = (const char *const *) judgement->signals->authentication;
    for (IbAlwaysKind kind = 0; kind < IB_ALWAYS_KINDS; kind++)
        take (self, kind, kind == IB_ALWAYS_RECIPIENT ? judgement->signals->recipient : "", true);
    for (guint i = 0; i < judgement->plan->edits->len; i++) {
        const IbEdit *edit = judgement->plan->edits->pdata[i];
        for (gsize f = 0; f < G_N_ELEMENTS (fields); f++)
            if (g_ascii_strcasecmp (edit->field, fields[f].field) == 0)
                take (self, fields[f].kind, edit->value, fields[f].is_indirect);
    }
    self->is_refuted = g_strv_contains (found, "dmarc=fail") || g_strv_contains (found, "sender=refuted");
}

static const char *
why_not (const IbAlwaysRule *rule)
{
    static const char *const none[IB_ALWAYS_KINDS] = {
        [IB_ALWAYS_LIST] = N_ ("It names no mailing list"),
        [IB_ALWAYS_SENDER] = N_ ("It names no address that it is from"),
        [IB_ALWAYS_DOMAIN] = N_ ("It names no address that it is from"),
        [IB_ALWAYS_RECIPIENT] = N_ ("Which of your addresses it was sent to is not known"),
    };
    return *rule->value == '\0' ? _ (none[rule->kind]) : ib_always_rule_fault (rule);
}

IbRuleProposal *
ib_rule_proposal_new (const IbPaths *paths, const IbConfig *config, const IbFoundMessage *message,
                      GError **error)
{
    g_autoptr (IbRuleProposal) self = g_new0 (IbRuleProposal, 1);
    g_autofree char *pattern = own_pattern (config);
    g_autofree char *text = g_strdup_printf (probe, pattern);
    self->paths = paths;
    self->config = config;
    self->message = message;
    self->account = message->story != NULL ? ib_config_account (config, message->story->account) : NULL;
    if (!judge (self, PROBE, text, look_at_kinds, error))
        return NULL;
    for (IbAlwaysKind kind = 0; kind < IB_ALWAYS_KINDS; kind++) {
        IbRuleOption *option = &self->options[kind];
        option->refused = g_strdup (why_not (&option->rule));
        option->words = ib_always_rule_words (&option->rule);
    }
    return g_steal_pointer (&self);
}

/* --- the rule -------------------------------------------------------------------------------------------------------------- */

static bool
refuse (GError **error, const char *words)
{
    g_set_error_literal (error, IB_RULE_PROPOSAL_ERROR, IB_RULE_PROPOSAL_ERROR_IMPOSSIBLE, words);
    return false;
}

static bool
choose_folder (IbRuleProposal *self, const char *folder, GError **error)
{
    g_autoptr (GError) why = NULL;
    self->folder = ib_folder_normalize (folder, &why);
    if (self->folder == NULL)
        return refuse (error, why->message);
    return ib_always_rule_takes_folder (self->folder)
           || refuse (error, _ ("A rule cannot name that folder: rename it first"));
}

/* The filter as the user has it. A shipped one of that name there is none. */
static bool
read_filter (IbRuleProposal *self, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autofree char *path = g_build_filename (self->paths->filters, IB_ALWAYS_FILTER, NULL);
    if (!g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        return true;
    self->before = ib_filter_files_read (self->paths, IB_ALWAYS_FILTER, &why);
    return self->before != NULL || refuse (error, why->message);
}

static bool
compile (IbRuleProposal *self, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (IbInclusions) inclusions = ib_inclusions_new (self->paths->filters);
    const IbSieveOptions options = { .source = ib_inclusions_source, .source_data = inclusions };
    g_autoptr (IbProgram) program
        = ib_sieve_compile (IB_ALWAYS_FILTER, self->text, strlen (self->text), &options, NULL, &why);
    return program != NULL || refuse (error, why->message);
}

/* Is it the rule that decides? */
static void
look_at_end (IbRuleProposal *self, const IbJudgement *judgement)
{
    const IbAction *action = judgement->plan->actions->pdata[0];
    bool decides = judgement->error == NULL && g_str_has_prefix (judgement->rule, IB_ALWAYS_FILTER ":")
                   && action->kind == IB_ACTION_FILEINTO && strcmp (action->mailbox, self->folder) == 0
                   && judgement->plan->actions->len == 1;
    if (decides)
        self->decides = g_strdup (judgement->rule);
}

static void
choose_scripts (IbRuleProposal *self)
{
    g_autoptr (GStrvBuilder) scripts = g_strv_builder_new ();
    if (!g_strv_contains ((const char *const *) self->config->scripts, IB_ALWAYS_FILTER))
        g_strv_builder_add (scripts, IB_ALWAYS_FILTER);
    g_strv_builder_addv (scripts, (const char **) self->config->scripts);
    self->scripts = g_strv_builder_end (scripts);
}

/* An account can be without filters, or have a list of its own. */
static void
note_account (IbRuleProposal *self)
{
    const IbAccount *account = self->account;
    if (account != NULL && !account->is_filtered)
        self->note = g_strdup_printf (_ ("The filters are off for %s: the rule does nothing for its mail"),
                                      account->name);
    else if (account != NULL && account->scripts != NULL
             && !g_strv_contains ((const char *const *) account->scripts, IB_ALWAYS_FILTER))
        self->note = g_strdup_printf (
            _ ("%s has a list of filters of its own: the rule does nothing for its mail until %s is on it"),
            account->name, IB_ALWAYS_FILTER);
}

bool
ib_rule_proposal_make (IbRuleProposal *self, IbAlwaysKind kind, const char *folder, gint64 now_us,
                       GError **error)
{
    const IbRuleOption *option = &self->options[kind];
    if (option->refused != NULL)
        return refuse (error, option->refused);
    if (!choose_folder (self, folder, error) || !read_filter (self, error))
        return false;
    if (self->is_refuted && ib_always_rule_wants_proof (&option->rule, self->folder))
        return refuse (error, _ ("Servers that you trust found that it is not from whom it says"));
    self->rule = ib_always_rule_write (&option->rule, self->folder, now_us);
    self->text = ib_always_rule_place (&option->rule, self->rule, self->before);
    choose_scripts (self);
    note_account (self);
    if (!compile (self, error) || !judge (self, IB_ALWAYS_FILTER, self->text, look_at_end, error))
        return false;
    return self->decides != NULL
           || refuse (
               error,
               _ ("In always.sieve as it stands, another rule decides about this message: change that one"));
}

void
ib_rule_proposal_free (IbRuleProposal *self)
{
    if (self == NULL)
        return;
    for (IbAlwaysKind kind = 0; kind < IB_ALWAYS_KINDS; kind++) {
        ib_always_rule_clear (&self->options[kind].rule);
        g_free (self->options[kind].words);
        g_free (self->options[kind].refused);
    }
    g_free (self->folder);
    g_free (self->rule);
    g_free (self->text);
    g_free (self->before);
    g_strfreev (self->scripts);
    g_free (self->decides);
    g_free (self->note);
    g_free (self);
}
