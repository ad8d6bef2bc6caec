/* command.c - what every command of `inbasket` is */
#include "command.h"
#include "print.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

/* main.c has taken these out of argv before; they stand here so that each command's help names them. */
static gboolean unused_flag;
static char *unused_value;
static const GOptionEntry common[] = {
    { "home", 0, 0, G_OPTION_ARG_FILENAME, &unused_value,
      N_ ("Keep everything below DIR (for trials and tests)"), N_ ("DIR") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &unused_flag, N_ ("Answer in JSON, for scripts"), NULL },
    { "quiet", 0, 0, G_OPTION_ARG_NONE, &unused_flag, N_ ("Say only what went wrong"), NULL },
    { "verbose", 0, 0, G_OPTION_ARG_NONE, &unused_flag, N_ ("Say more"), NULL },
    { "no-progress", 0, 0, G_OPTION_ARG_NONE, &unused_flag, N_ ("Show no progress line"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &unused_flag, N_ ("Print the version"), NULL },
    { NULL },
};

static GOptionContext *
context_new (const char *usage, const char *summary, const char *examples, const GOptionEntry *entries)
{
    g_autofree char *after = examples != NULL ? g_strdup_printf ("%s\n%s", _ ("Examples:"), examples) : NULL;
    GOptionContext *context = g_option_context_new (usage);
    GOptionGroup *group
        = g_option_group_new ("common", _ ("Common options:"), _ ("Show the common options"), NULL, NULL);

    g_option_group_add_entries (group, common);
    g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
    g_option_context_add_group (context, group);
    g_option_context_set_summary (context, summary);
    g_option_context_set_description (context, after);
    g_option_context_set_help_enabled (context, FALSE);
    if (entries != NULL)
        g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
    return context;
}

static bool
asks_for_help (int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp (argv[i], "--") != 0; i++)
        if (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0)
            return true;
    return false;
}

/* GOption names the program by its own idea; we name the command. */
static void
print_help (GOptionContext *context, const char *usage)
{
    g_autofree char *help = g_option_context_get_help (context, FALSE, NULL);
    const char *rest = strstr (help, "\n\n");
    g_print (_ ("Usage: inbasket %s [OPTION …]%s"), usage, rest != NULL ? rest : "\n");
}

/* "account list" of "account list [NAME]": the words before the first that stands for something. */
static char *
command_of (const char *usage)
{
    gsize length = 0;
    while (g_ascii_islower (usage[length]) || (usage[length] == ' ' && g_ascii_islower (usage[length + 1])))
        length++;
    return g_strndup (usage, length);
}

/* GOption leaves the "--" where it is if what follows begins with "-": a file called -x, say, which is what it is for. */
static void
drop_separator (int *argc, char **argv)
{
    int i = 1;
    while (i < *argc && strcmp (argv[i], "--") != 0)
        i++;
    if (i == *argc)
        return;
    for (; i < *argc; i++)
        argv[i] = argv[i + 1];
    (*argc)--;
}

bool
ib_command_parse (const char *usage, const char *summary, const char *examples, const GOptionEntry *entries,
                  int *argc, char ***argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GOptionContext) context = context_new (usage, summary, examples, entries);

    if (asks_for_help (*argc, *argv)) {
        print_help (context, usage);
        exit (IB_EXIT_DONE);
    }
    if (g_option_context_parse (context, argc, argv, &error)) {
        drop_separator (argc, *argv);
        return true;
    }
    g_autofree char *command = command_of (usage);
    g_autofree char *remedy = g_strdup_printf (_ ("“inbasket %s --help” lists what it takes"), command);
    ib_print_refusal (remedy, "%s", error->message);
    return false;
}

static void
print_subcommands (const char *name, const char *summary, const IbCommand *commands)
{
    g_print (_ ("Usage: inbasket %s COMMAND …\n\n%s\n\n"), name, summary);
    for (const IbCommand *command = commands; command->name != NULL; command++)
        g_print ("  %-10s %s\n", command->name, _ (command->summary));
    g_print (_ ("\n“inbasket %s COMMAND --help” says more about each.\n"), name);
}

IbExit
ib_command_run_sub (const IbCli *cli, const char *name, const char *summary, const IbCommand *commands,
                    int argc, char **argv)
{
    if (argc < 2 || strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0) {
        print_subcommands (name, summary, commands);
        return argc < 2 ? IB_EXIT_USAGE : IB_EXIT_DONE;
    }
    for (const IbCommand *command = commands; command->name != NULL; command++)
        if (strcmp (argv[1], command->name) == 0)
            return command->run (cli, argc - 1, argv + 1);

    g_autofree char *remedy = g_strdup_printf (_ ("“inbasket %s --help” lists them"), name);
    ib_print_refusal (remedy, _ ("There is no command “%s %s”"), name, argv[1]);
    return IB_EXIT_USAGE;
}
