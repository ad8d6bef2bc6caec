/* cmd-doctor.c - `inbasket doctor`: is all of it as it should be? */
#include "at-login.h"
#include "checkup.h"
#include "client.h"
#include "command.h"
#include "print.h"
#include "service-shared.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- the service ---------------------------------------------------------------------------------------------------- */

/* Only the user's own home is served from login on. */
static void
find_at_login (const IbCli *cli, IbServiceFacts *out_facts)
{
    g_autoptr (IbConfig) config = ib_config_load_to_mend (cli->paths, NULL);
    if (config == NULL || cli->paths->home != NULL)
        return;
    g_auto (GStrv) folders = ib_service_folders (config);
    g_autoptr (IbAtLogin) found = ib_at_login_look (cli->paths, (const char *const *) folders);
    out_facts->is_enabled = found->is_enabled;
    out_facts->is_outdated = found->is_outdated;
}

static void
find_service (const IbCli *cli, IbServiceFacts *out_facts)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbClient) client = ib_client_find (cli->paths, &error);
    out_facts->is_running = client != NULL;
    out_facts->is_silent = error != NULL;
    out_facts->version = client != NULL ? ib_client_version (client) : NULL;
    out_facts->trouble = client != NULL ? g_strdup (ib_client_trouble (client)) : NULL;
    find_at_login (cli, out_facts);
}

/* --- telling ---------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *check, *name;
} names[] = {
    { "configuration", N_ ("Configuration") },
    { "permissions", N_ ("Permissions") },
    { "keyring", N_ ("Keyring") },
    { "sign-in", N_ ("Sign-in") },
    { "servers", N_ ("Server") },
    { "maildir", N_ ("Maildir") },
    { "journal", N_ ("Journal") },
    { "classifier", N_ ("Classifier") },
    { "service", N_ ("Service") },
    { "sandbox", N_ ("Sandbox") },
    { "filters", N_ ("Filter") },
    { "trust", N_ ("Trust") },
    { "coverage", N_ ("Protection") },
    { "mx", N_ ("MX") },
};
#define NAME_COLUMNS 13
/* A mark and a blank, the name, two blanks. */
#define TEXT_COLUMN (2 + NAME_COLUMNS + 2)

static const struct {
    IbColour colour;
    const char *mark;
} marks[] = {
    [IB_FINDING_FINE] = { IB_COLOUR_GOOD, "✓" },
    [IB_FINDING_WARNING] = { IB_COLOUR_WARN, "!" },
    [IB_FINDING_WRONG] = { IB_COLOUR_BAD, "✗" },
};

static const char *
name_of (const char *check)
{
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
        if (strcmp (names[i].check, check) == 0)
            return _ (names[i].name);
    return check;
}

/* Broken between words where a person reads it; what goes elsewhere is a line each. */
static char *
laid_out (const char *text)
{
    static const char indent[TEXT_COLUMN + 3] = "                   ";
    g_autofree char *safe = ib_print_safe (text, 0);
    guint width = ib_print_width ();
    if (!ib_print_is_terminal () || width < 2 * TEXT_COLUMN)
        return g_steal_pointer (&safe);
    g_autofree char *line = g_strconcat (indent, safe, NULL);
    g_autofree char *lines = ib_print_wrap (line, width, indent);
    return g_strdup (lines + strlen (indent));
}

typedef struct {
    const IbCli *cli;
    JsonBuilder *builder; /* NULL: for people */
    guint counts[IB_FINDING_WRONG + 1];
} Telling;

static void
tell (const Telling *self, const IbFinding *finding)
{
    const char *name = name_of (finding->check);
    int pad = (int) MAX (NAME_COLUMNS - g_utf8_strlen (name, -1), 0);
    g_autofree char *sentence = finding->subject != NULL
                                    ? g_strdup_printf ("%s: %s", finding->subject, finding->text)
                                    : g_strdup (finding->text);
    g_autofree char *text = laid_out (sentence);
    g_print ("%s%s%s %s%*s  %s\n", ib_print_colour (marks[finding->level].colour), marks[finding->level].mark,
             ib_print_colour (IB_COLOUR_PLAIN), name, pad, "", text);
    if (finding->remedy == NULL)
        return;
    g_autofree char *remedy = laid_out (finding->remedy);
    g_print ("%*s%s→ %s%s\n", TEXT_COLUMN, "", ib_print_colour (IB_COLOUR_FAINT), remedy,
             ib_print_colour (IB_COLOUR_PLAIN));
}

static void
on_finding (const IbFinding *finding, gpointer data)
{
    Telling *self = data;
    self->counts[finding->level]++;
    if (self->builder == NULL) {
        if (!self->cli->quiet || finding->level != IB_FINDING_FINE)
            tell (self, finding);
        return;
    }
    json_builder_begin_object (self->builder);
    ib_json_text (self->builder, "check", finding->check);
    ib_json_text (self->builder, "subject", finding->subject);
    ib_json_text (self->builder, "level", ib_finding_level_name (finding->level));
    ib_json_text (self->builder, "text", finding->text);
    ib_json_text (self->builder, "remedy", finding->remedy);
    json_builder_end_object (self->builder);
}

/* See data/doc/doctor.schema.json. */
static IbFindingLevel
check_json (const IbCli *cli, const IbCheckupWishes *wishes, bool *out_parses)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    Telling telling = { .cli = cli, .builder = builder };
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "findings");
    json_builder_begin_array (builder);
    IbFindingLevel worst = ib_checkup_run (wishes, on_finding, &telling, out_parses);
    json_builder_end_array (builder);
    ib_json_text (builder, "worst", ib_finding_level_name (worst));
    json_builder_end_object (builder);
    ib_print_json (builder);
    return worst;
}

static void
conclude (const Telling *self)
{
    guint wrong = self->counts[IB_FINDING_WRONG], warnings = self->counts[IB_FINDING_WARNING];
    if (self->cli->quiet)
        return;
    if (wrong + warnings == 0) {
        g_print (_ ("\nAll is well.\n"));
        return;
    }
    g_print ("\n");
    if (wrong > 0)
        g_print (ngettext ("%u thing is wrong.\n", "%u things are wrong.\n", wrong), wrong);
    if (warnings > 0)
        g_print (ngettext ("%u thing could be better.\n", "%u things could be better.\n", warnings),
                 warnings);
}

static IbFindingLevel
check_aloud (const IbCli *cli, const IbCheckupWishes *wishes, bool *out_parses)
{
    Telling telling = { .cli = cli };
    IbFindingLevel worst = ib_checkup_run (wishes, on_finding, &telling, out_parses);
    conclude (&telling);
    return worst;
}

/* --- the command ---------------------------------------------------------------------------------------------------------- */

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    gboolean is_offline = FALSE;
    const GOptionEntry entries[] = {
        { "offline", 0, 0, G_OPTION_ARG_NONE, &is_offline, N_ ("Ask neither mail servers nor DNS"), NULL },
        { NULL },
    };
    if (!ib_command_parse (
            "doctor",
            _ ("Checks the whole: configuration, permissions, keyring, each server, the Maildir, the journal, the service, "
               "the sandbox, filters, whom you trust, and which addresses are protected; and says what to do."),
            "  inbasket doctor\n  inbasket doctor --offline --quiet", entries, &argc, &argv))
        return IB_EXIT_USAGE;
    if (argc > 1) {
        ib_print_refusal (_ ("“inbasket account test NAME” is about one account"),
                          _ ("“doctor” takes no name: it looks at all"));
        return IB_EXIT_USAGE;
    }
    IbServiceFacts service = { 0 };
    find_service (cli, &service);
    const IbCheckupWishes wishes = { .paths = cli->paths, .service = &service, .is_offline = is_offline };
    bool parses = true;
    IbFindingLevel worst
        = cli->json ? check_json (cli, &wishes, &parses) : check_aloud (cli, &wishes, &parses);
    g_free (service.version);
    g_free (service.trouble);
    if (!parses)
        return IB_EXIT_CONFIG;
    return worst == IB_FINDING_WRONG ? IB_EXIT_SOME_FAILED : IB_EXIT_DONE;
}

const IbCommand ib_command_doctor = { "doctor", N_ ("Check the whole, and say what to do"), run };
