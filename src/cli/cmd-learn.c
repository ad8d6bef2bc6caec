/* cmd-learn.c - `inbasket learn`: tells the classifier what is spam and what is not */
#include "classifier.h"
#include "command.h"
#include "filter-shared.h"
#include "find-message.h"
#include "learn-shared.h"
#include "loan.h"
#include "print.h"
#include "progress.h"
#include "standing.h"
#include "teacher.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    const IbCli *cli;
    IbProgress *progress;
    guint learned, failed;
    bool lacks_store; /* the journal or the Maildir cannot be read */
} Learning;

static void
tell_failure (const Learning *self, const char *path, const char *why)
{
    if (self->cli->json) {
        g_autoptr (JsonBuilder) builder = json_builder_new ();
        json_builder_begin_object (builder);
        ib_json_text (builder, "path", path);
        ib_json_text (builder, "error", why);
        json_builder_end_object (builder);
        ib_print_json (builder);
        return;
    }
    if (self->progress != NULL) /* which begins with the lessons */
        ib_progress_clear (self->progress);
    ib_print_error ("%s", why);
}

static void
learned (const IbTask *task, const GError *error, gpointer user_data)
{
    Learning *self = user_data;
    struct stat st = { 0 };
    ib_progress_done (self->progress, 1, stat (task->path, &st) == 0 ? (guint64) st.st_size : 0);
    if (error != NULL) {
        self->failed++;
        tell_failure (self, task->path, error->message);
        return;
    }
    self->learned++;
}

/* Whatever name its file has by now. */
static void
add_found (GPtrArray *tasks, const IbFoundMessage *found, bool is_spam)
{
    IbTask *task = ib_task_new (found->path, is_spam, true, "command");
    if (found->story != NULL)
        g_strlcpy (task->id, found->story->id, sizeof task->id);
    g_ptr_array_add (tasks, task);
}

/* All of a folder; a file; or what find-message.h takes. False: it was told. */
static bool
add_tasks (GPtrArray *tasks, Learning *self, const IbConfig *config, const char *word, bool is_spam)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) standings = NULL;
    if (g_file_test (word, G_FILE_TEST_IS_REGULAR)) {
        g_ptr_array_add (tasks, ib_task_new (word, is_spam, true, "command"));
        return true;
    }
    standings = ib_standing_list_folder (config, word, &error);
    for (guint i = 0; standings != NULL && i < standings->len; i++)
        g_ptr_array_add (tasks,
                         ib_task_new (((IbStanding *) standings->pdata[i])->path, is_spam, true, "command"));
    if (standings != NULL)
        return true;

    g_clear_error (&error);
    g_autoptr (IbFoundMessage) found = ib_find_message (self->cli->paths, config, word, &error);
    if (found != NULL && found->path != NULL) {
        add_found (tasks, found, is_spam);
        return true;
    }
    g_autofree char *gone = g_strdup_printf (_ ("The message %s is not here any more"), word);
    const char *hindrance = found != NULL ? found->hindrance : NULL;
    tell_failure (self, word, error != NULL ? error->message : hindrance != NULL ? hindrance : gone);
    self->lacks_store |= g_error_matches (error, IB_FIND_ERROR, IB_FIND_ERROR_STORE);
    self->failed++;
    return false;
}

static void
tell_all (const Learning *self, IbLearned *knowledge, bool is_spam)
{
    guint64 ham = 0, spam = 0;
    ib_learned_count (knowledge, &ham, &spam);
    if (self->cli->json) {
        g_autoptr (JsonBuilder) builder = json_builder_new ();
        json_builder_begin_object (builder);
        ib_json_text (builder, "label", is_spam ? "spam" : "ham");
        ib_json_int (builder, "learned", self->learned);
        ib_json_int (builder, "failed", self->failed);
        ib_json_int (builder, "ham", (gint64) ham);
        ib_json_int (builder, "spam", (gint64) spam);
        json_builder_end_object (builder);
        ib_print_json (builder);
        return;
    }
    if (self->cli->quiet)
        return;
    g_print (ngettext ("Learned %u message as %s. ", "Learned %u messages as %s. ", self->learned),
             self->learned, is_spam ? _ ("spam") : _ ("good mail"));
    g_print (ngettext ("The classifier knows %" PRIu64 " good message and %" PRIu64 " of spam.\n",
                       "The classifier knows %" PRIu64 " good messages and %" PRIu64 " of spam.\n",
                       (gulong) ham),
             ham, spam);
    if (ham < IB_KNOWN_ENOUGH || spam < IB_KNOWN_ENOUGH)
        ib_print_hint (_ ("It judges once it knows %d of each"), IB_KNOWN_ENOUGH);
}

static IbExit
teach (Learning *self, const IbConfig *config, const IbAccount *account, const GPtrArray *tasks, bool is_spam)
{
    IbExit status;
    g_autoptr (GError) error = NULL;
    g_auto (IbLoan) loan = { NULL };
    if (!ib_loan_take_or_say (self->cli, &loan, &status))
        return status;
    g_autoptr (IbHome) home = ib_learn_open_home (self->cli, config, &status);
    if (home == NULL)
        return status;
    g_autoptr (IbKnown) known = ib_known_new (self->cli->paths, config, NULL);
    g_autoptr (IbLearned) knowledge = ib_learned_new (self->cli->paths, home->journal, false);
    const IbTeacher teacher = {
        .config = config,
        .known = known,
        .home = home,
        .learned = knowledge,
        .account = account,
        .each = learned,
        .user_data = self,
    };
    self->progress = ib_progress_new (self->cli->has_progress);
    ib_progress_expect (self->progress, tasks->len, 0);
    bool is_done = ib_teacher_teach (&teacher, tasks, &error);
    g_clear_pointer (&self->progress, ib_progress_free);
    if (ib_learned_notice (knowledge) != NULL)
        ib_print_hint ("%s", ib_learned_notice (knowledge));
    if (!is_done) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_STORE;
    }
    tell_all (self, knowledge, is_spam);
    return self->failed > 0 ? IB_EXIT_SOME_FAILED : IB_EXIT_DONE;
}

static IbExit
learn_paths (const IbCli *cli, const IbConfig *config, const IbAccount *account, char **words, bool is_spam)
{
    Learning learning = { .cli = cli };
    g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (ib_task_free);
    for (; *words != NULL; words++)
        (void) add_tasks (tasks, &learning, config, *words, is_spam);
    if (learning.lacks_store)
        return IB_EXIT_STORE;
    if (tasks->len == 0 && learning.failed > 0)
        return IB_EXIT_SOME_FAILED;
    return teach (&learning, config, account, tasks, is_spam);
}

/* “--from work home” and “--from work --from home” are the same. */
static IbExit
learn_from (const IbCli *cli, char **first, char **rest, const char *account, bool tells_progress)
{
    g_autoptr (GStrvBuilder) sources = g_strv_builder_new ();
    if (account != NULL) {
        ib_print_refusal (_ ("“inbasket learn --help” shows how"),
                          _ ("--account goes with “spam” and “ham”: --from takes accounts by name"));
        return IB_EXIT_USAGE;
    }
    g_strv_builder_addv (sources, (const char **) first);
    g_strv_builder_addv (sources, (const char **) rest);
    g_auto (GStrv) all = g_strv_builder_end (sources);
    return ib_learn_from (cli, (const char *const *) all, tells_progress);
}

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    g_autofree char *account_name = NULL;
    g_auto (GStrv) from = NULL;
    gboolean tells_progress = FALSE;
    const GOptionEntry entries[] = {
        { "from", 0, 0, G_OPTION_ARG_STRING_ARRAY, &from,
          N_ ("Learn from what is there already: an account’s mailboxes, or folders"), N_ ("SOURCE") },
        { "account", 0, 0, G_OPTION_ARG_STRING, &account_name, N_ ("As if it had come through this account"),
          N_ ("A") },
        { "progress", 0, 0, G_OPTION_ARG_NONE, &tells_progress,
          N_ ("With --from and --json: say on the way how far it is"), NULL },
        { NULL },
    };
    if (!ib_command_parse (
            "learn spam|ham PATH … | --from SOURCE …",
            _ ("Tells the classifier what is spam, and what is ham: good mail. A PATH is a message file, a "
               "folder of the Maildir (without those below it) or any other folder of messages, which is taken "
               "whole, “-” for standard input, or the beginning of an id from “inbasket log”. Nothing is moved.\n\n"
               "With --from it learns from what is there already. A SOURCE is an account, whose Junk is "
               "taken as spam and what was read in its INBOX and Archive as good mail, and whose Sent tells "
               "whom you write with; or a folder, which is taken as what its name says. Nothing is "
               "delivered, and nothing changes on a server."),
            "  inbasket learn spam ~/Mail/.Junk\n  inbasket learn ham 1a2b3c4d\n  inbasket learn spam - < message\n"
            "  inbasket learn --from work home\n  inbasket learn --from ~/Mail",
            entries, &argc, &argv))
        return IB_EXIT_USAGE;
    if (from != NULL)
        return learn_from (cli, from, argv + 1, account_name, tells_progress);
    bool is_spam = argc > 1 && strcmp (argv[1], "spam") == 0;
    bool is_either = is_spam || (argc > 1 && strcmp (argv[1], "ham") == 0);
    if (argc < 3 || !is_either) {
        ib_print_refusal (_ ("“inbasket learn --help” shows how"), "%s",
                          is_either ? _ ("No message was named, nor a folder of them")
                                    : _ ("“learn” takes “spam” or “ham”, and what is so"));
        return IB_EXIT_USAGE;
    }
    IbExit status;
    g_autoptr (GError) error = NULL;
    const IbAccount *account = NULL;
    g_autoptr (IbConfig) config = ib_config_load (cli->paths, &error);
    if (config == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    if (account_name != NULL && !ib_filter_find_account (config, account_name, &account, &status))
        return status;
    return learn_paths (cli, config, account, argv + 2, is_spam);
}

const IbCommand ib_command_learn = { "learn", N_ ("Tell the classifier what is spam and what is not"), run };
