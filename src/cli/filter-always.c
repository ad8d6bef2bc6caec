/* filter-always.c - `inbasket filter always`: mail like this one always goes to one folder */
#include "filter-files.h"
#include "filter-shared.h"
#include "nearest.h"
#include "print.h"
#include "rule-proposal.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct {
    const IbCli *cli;
    const IbConfig *config;
    const char *folder; /* NULL: only the kinds are asked for */
    bool writes;
    char *refused; /* why there is no rule; NULL */
    bool is_written;
} Asking;

/* --- JSON ------------------------------------------------------------------------------------------------------------- */

static void
texts_json (JsonBuilder *builder, const char *name, char *const *texts)
{
    json_builder_set_member_name (builder, name);
    json_builder_begin_array (builder);
    for (; texts != NULL && *texts != NULL; texts++) {
        g_autofree char *valid = ib_print_valid (*texts);
        json_builder_add_string_value (builder, valid);
    }
    json_builder_end_array (builder);
}

static void
kind_json (JsonBuilder *builder, IbAlwaysKind kind, const IbRuleOption *option)
{
    json_builder_begin_object (builder);
    ib_json_text (builder, "kind", ib_always_kind_name (kind));
    ib_json_text (builder, "value", *option->rule.value != '\0' ? option->rule.value : NULL);
    ib_json_text (builder, "words", *option->rule.value != '\0' ? option->words : NULL);
    ib_json_text (builder, "refused", option->refused);
    json_builder_end_object (builder);
}

static void
print_json (const Asking *asking, const IbRuleProposal *proposal)
{
    bool has_rule = proposal->decides != NULL && asking->refused == NULL;
    g_auto (GStrv) folders = ib_dry_run_folders (asking->config);
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "kinds");
    json_builder_begin_array (builder);
    for (IbAlwaysKind kind = 0; kind < IB_ALWAYS_KINDS; kind++)
        kind_json (builder, kind, &proposal->options[kind]);
    json_builder_end_array (builder);
    texts_json (builder, "folders", folders);
    ib_json_text (builder, "refused", asking->refused);
    ib_json_text (builder, "folder", has_rule ? proposal->folder : NULL);
    ib_json_text (builder, "rule", has_rule ? proposal->rule : NULL);
    ib_json_text (builder, "decides", has_rule ? proposal->decides : NULL);
    ib_json_text (builder, "name", has_rule ? IB_ALWAYS_FILTER : NULL);
    ib_json_text (builder, "text", has_rule ? proposal->text : NULL);
    ib_json_text (builder, "before", has_rule ? proposal->before : NULL);
    texts_json (builder, "active", asking->config->scripts);
    texts_json (builder, "scripts", has_rule ? proposal->scripts : NULL);
    ib_json_text (builder, "note", has_rule ? proposal->note : NULL);
    ib_json_bool (builder, "written", asking->is_written);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

/* --- for people ---------------------------------------------------------------------------------------------------------- */

static void
print_kinds (const IbRuleProposal *proposal)
{
    const char *const heads[] = { _ ("--by"), _ ("Which mail"), NULL };
    g_autoptr (IbTable) table = ib_table_new (heads);
    for (IbAlwaysKind kind = 0; kind < IB_ALWAYS_KINDS; kind++) {
        const IbRuleOption *option = &proposal->options[kind];
        ib_table_cell (table, option->refused == NULL ? IB_COLOUR_BOLD : IB_COLOUR_FAINT, "%s",
                       ib_always_kind_name (kind));
        ib_table_cell (table, option->refused == NULL ? IB_COLOUR_PLAIN : IB_COLOUR_FAINT, "%s",
                       option->refused == NULL ? option->words : option->refused);
    }
    ib_table_print (table);
}

static void
print_rule (const Asking *asking, const IbRuleProposal *proposal)
{
    g_print ("%s\n", proposal->rule);
    if (proposal->note != NULL)
        ib_print_hint ("%s", proposal->note);
    if (asking->is_written && !asking->cli->quiet)
        g_print (_ ("The rule is in %s now, which is active.\n"), IB_ALWAYS_FILTER);
    else if (!asking->is_written)
        ib_print_hint (_ ("Nothing was changed: --write puts it into %s"), IB_ALWAYS_FILTER);
}

/* --- the command ----------------------------------------------------------------------------------------------------------- */

/* The filter first: what is active is there. */
static bool
write_rule (const IbCli *cli, const IbRuleProposal *proposal, GError **error)
{
    g_autofree char *seen = proposal->before != NULL
                                ? g_compute_checksum_for_string (G_CHECKSUM_SHA256, proposal->before, -1)
                                : g_strdup ("");
    return ib_filter_files_write (cli->paths, IB_ALWAYS_FILTER, proposal->text, strlen (proposal->text), seen,
                                  error)
           && ib_filter_files_activate (cli->paths, (const char *const *) proposal->scripts, error);
}

static IbExit
propose (Asking *asking, const IbFoundMessage *found, IbAlwaysKind kind)
{
    const IbCli *cli = asking->cli;
    g_autoptr (GError) error = NULL;
    g_autoptr (IbRuleProposal) proposal = ib_rule_proposal_new (cli->paths, asking->config, found, &error);
    if (proposal == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_SOME_FAILED;
    }
    bool is_made = asking->folder != NULL
                   && ib_rule_proposal_make (proposal, kind, asking->folder, g_get_real_time (), &error);
    if (is_made && asking->writes)
        asking->is_written = write_rule (cli, proposal, &error);
    asking->refused = error != NULL ? ib_print_safe (error->message, 0) : NULL;
    if (cli->json)
        print_json (asking, proposal);
    else if (asking->refused != NULL)
        ib_print_error ("%s", asking->refused);
    else if (asking->folder == NULL)
        print_kinds (proposal);
    else
        print_rule (asking, proposal);
    g_free (asking->refused);
    return error == NULL ? IB_EXIT_DONE : IB_EXIT_SOME_FAILED;
}

static IbExit
find_and_propose (Asking *asking, const char *word, IbAlwaysKind kind)
{
    const IbCli *cli = asking->cli;
    g_autoptr (GError) error = NULL;
    g_autoptr (IbConfig) config = ib_config_load_to_mend (cli->paths, &error);
    if (config == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    g_autoptr (IbFoundMessage) found = ib_find_message (cli->paths, config, word, &error);
    if (found == NULL) {
        ib_print_error ("%s", error->message);
        return g_error_matches (error, IB_FIND_ERROR, IB_FIND_ERROR_NOTHING) ? IB_EXIT_USAGE : IB_EXIT_STORE;
    }
    if (found->path == NULL) {
        if (found->hindrance != NULL)
            ib_print_error ("%s", found->hindrance);
        else
            ib_print_error (
                _ ("The message %.8s is not here any more: what it held cannot be looked at again"),
                found->story->id);
        return IB_EXIT_SOME_FAILED;
    }
    asking->config = config;
    return propose (asking, found, kind);
}

static bool
read_kind (const char *name, IbAlwaysKind *out_kind)
{
    static const char *const names[] = { "list", "sender", "domain", "recipient", NULL };
    if (name == NULL || ib_always_kind_find (name, out_kind))
        return true;
    const char *nearest = ib_nearest (name, names);
    g_autofree char *remedy = nearest != NULL ? g_strdup_printf (_ ("Did you mean “%s”?"), nearest)
                                              : g_strdup (_ ("There are list, sender, domain and recipient"));
    ib_print_refusal (remedy, _ ("--by %s means nothing"), name);
    return false;
}

IbExit
ib_filter_always (const IbCli *cli, int argc, char **argv)
{
    g_autofree char *by = NULL, *to = NULL;
    gboolean writes = FALSE;
    const GOptionEntry entries[] = {
        { "by", 0, 0, G_OPTION_ARG_STRING, &by, N_ ("Which mail: list, sender, domain, recipient"),
          N_ ("KIND") },
        { "to", 0, 0, G_OPTION_ARG_STRING, &to, N_ ("Where it goes"), N_ ("FOLDER") },
        { "write", 0, 0, G_OPTION_ARG_NONE, &writes, N_ ("Write the rule, and have it run"), NULL },
        { NULL },
    };
    if (!ib_command_parse (
            "filter always MESSAGE",
            _ ("Writes a rule by which mail like this one always goes to one folder: mail of its list, "
               "from its sender, from anybody in the sender's domain, or sent to the same address. The "
               "rule stands in your own filter always.sieve. Without --by and --to, says which rules there "
               "can be; without --write, only shows the rule. MESSAGE is as for “why”."),
            "  inbasket filter always 1a2b3c4d\n"
            "  inbasket filter always 1a2b3c4d --by list --to Lists.choir --write",
            entries, &argc, &argv))
        return IB_EXIT_USAGE;
    IbAlwaysKind kind = IB_ALWAYS_LIST;
    Asking asking = { .cli = cli, .folder = to, .writes = writes };
    if (argc != 2 || (by == NULL) != (to == NULL) || (writes && to == NULL)) {
        ib_print_refusal (_ ("“inbasket filter always --help” says more"), "%s",
                          argc != 2 ? _ ("“filter always” takes one message")
                                    : _ ("--by and --to go together"));
        return IB_EXIT_USAGE;
    }
    if (!read_kind (by, &kind))
        return IB_EXIT_USAGE;
    return find_and_propose (&asking, argv[1], kind);
}
