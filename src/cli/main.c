/* main.c - `inbasket`: finds the command and hands it the common options */
#include "command.h"
#include "face.h"
#include "fault.h"
#include "fs.h"
#include "letters.h"
#include "print.h"
#include "rlimits.h"
#include "types.h"

#include <glib/gi18n-lib.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const IbCommand *const commands[] = {
    &ib_command_setup,
    &ib_command_sync,
    &ib_command_status,
    &ib_command_log,
    &ib_command_why,
    &ib_command_report,
    &ib_command_undo,
    &ib_command_learn,
    &ib_command_classify,
    &ib_command_eval,
    &ib_command_account,
    &ib_command_filter,
    &ib_command_client,
    &ib_command_service,
    &ib_command_doctor,
};

typedef struct {
    const char *home;
    gboolean json, quiet, verbose, no_progress, version;
} Common;

static bool
take_flag (const char *argument, Common *common)
{
    const struct {
        const char *name;
        gboolean *flag;
    } flags[] = {
        { "--json", &common->json },       { "--quiet", &common->quiet },
        { "--verbose", &common->verbose }, { "--no-progress", &common->no_progress },
        { "--version", &common->version },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (flags); i++) {
        if (strcmp (argument, flags[i].name) == 0) {
            *flags[i].flag = TRUE;
            return true;
        }
    }
    return false;
}

/* Takes the common options out of @argv, wherever they stand before "--". False: --home without a folder. */
static bool
take_common (int *argc, char **argv, Common *common)
{
    int kept = 1;
    int i = 1;
    for (; i < *argc && strcmp (argv[i], "--") != 0; i++) {
        if (take_flag (argv[i], common))
            continue;
        if (g_str_has_prefix (argv[i], "--home=")) {
            common->home = argv[i] + strlen ("--home=");
        } else if (strcmp (argv[i], "--home") == 0) {
            if (++i == *argc)
                return false;
            common->home = argv[i];
        } else {
            argv[kept++] = argv[i];
        }
    }
    while (i < *argc)
        argv[kept++] = argv[i++];
    argv[kept] = NULL;
    *argc = kept;
    return common->home == NULL || *common->home != '\0';
}

static void
print_help (void)
{
    g_print (_ ("Usage: inbasket [COMMAND] [OPTION …]\n\n"
                "All your mailboxes, filtered here, in one Maildir.\n\nCommands:\n"));
    for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
        g_print ("  %-10s %s\n", commands[i]->name, _ (commands[i]->summary));
    g_print ("\n%s", _ ("Common options:\n"
                        "  --home DIR      Keep everything below DIR (for trials and tests)\n"
                        "  --json          Answer in JSON, for scripts\n"
                        "  --quiet         Say only what went wrong\n"
                        "  --verbose       Say more\n"
                        "  --no-progress   Show no progress line\n"
                        "  --version       Print the version\n"
                        "\nExamples:\n"
                        "  inbasket setup\n"
                        "  inbasket sync\n"
                        "  inbasket log --since 1d\n"
                        "  inbasket why 1a2b3c4d\n"
                        "\n“inbasket COMMAND --help” says more about each command; so does inbasket(1).\n"));
}

static const IbCommand *
find_command (const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
        if (strcmp (commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static IbExit
run (int argc, char **argv, const Common *common)
{
    g_autoptr (IbPaths) paths = ib_paths_new (common->home);
    const IbCli cli = {
        .paths = paths,
        .json = common->json,
        .quiet = common->quiet,
        .verbose = common->verbose,
        .has_progress = !common->no_progress && !common->quiet && !common->json && ib_print_can_draw (STDERR_FILENO),
    };
    if (argc < 2) {
        char *only[] = { (char *) "status", NULL };
        return ib_command_status.run (&cli, 1, only);
    }
    const IbCommand *command = find_command (argv[1]);
    if (command != NULL)
        return command->run (&cli, argc - 1, argv + 1);

    ib_print_refusal (_ ("“inbasket --help” lists them"), _ ("There is no command “%s”"), argv[1]);
    return IB_EXIT_USAGE;
}

/* "| head" has read enough. */
static bool
is_left_by_reader (void)
{
    GPollFD output = { .fd = STDOUT_FILENO, .events = G_IO_OUT };
    return g_poll (&output, 1, 0) == 1 && (output.revents & G_IO_ERR) != 0;
}

/* Who asks for facts, into a file say, has not got them if they could not be written. */
static IbExit
close_output (IbExit status)
{
    if ((fflush (stdout) == 0 && ferror (stdout) == 0) || is_left_by_reader ())
        return status;
    ib_print_error (_ ("Not all that there is to say could be written: is the disk full?"));
    return status == IB_EXIT_DONE ? IB_EXIT_SOME_FAILED : status;
}

int
main (int argc, char **argv)
{
    ib_fs_hold_streams ();
    ib_rlimits_prepare ();
    ib_types_register ();
    setlocale (LC_ALL, "");
    ib_letters_say_all ();
    bindtextdomain (GETTEXT_PACKAGE, ib_paths_translations ());
    bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
    textdomain (GETTEXT_PACKAGE);
    if (ib_face_here () == IB_FACE_BOTH) /* a command of the service's: what we say is read as it is */
        ib_face_be (IB_FACE_FILES);

    if (g_strcmp0 (g_getenv ("IB_FAULT"), "list") == 0) {
        for (const char *const *name = ib_fault_names (); *name != NULL; name++)
            g_print ("%s\n", *name);
        return IB_EXIT_DONE;
    }

    Common common = { 0 };
    if (!take_common (&argc, argv, &common)) {
        ib_print_error (_ ("--home needs a folder"));
        return IB_EXIT_USAGE;
    }
    if (common.version) {
        g_print ("inbasket %s\n", IB_VERSION);
        return IB_EXIT_DONE;
    }
    if (argc >= 2
        && (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0
            || strcmp (argv[1], "help") == 0)) {
        print_help ();
        return IB_EXIT_DONE;
    }
    return (int) close_output (run (argc, argv, &common));
}
