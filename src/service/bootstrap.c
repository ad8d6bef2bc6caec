/* bootstrap.c - the classifier learns from the mail that is there already */
#include "bootstrap-private.h"
#include "mail-limits.h"
#include "people.h"
#include "poll.h"
#include "teaching.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_QUARK (ib-bootstrap-error-quark, ib_bootstrap_error)

/* The journal keeps no more; half for each, so that neither drives out the other. */
#define MOST_OF_A_KIND (IB_LIMIT_LESSONS / 2)

/* --- gathering ------------------------------------------------------------------------------------------------------- */

IbBootstrapFolder *
ib_bootstrap_open_folder (IbBootstrap *self, const char *source, const char *name, IbMailboxUse use)
{
    IbBootstrapFolder *folder = ib_bootstrap_folder_new (source, name, use);
    g_ptr_array_add (self->folders, folder);
    return folder;
}

void
ib_bootstrap_notice (const IbBootstrap *self, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *text = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    self->events->notice (text, self->user_data);
}

/* What the user wrote himself is no mail that he gets, and what only says so is none to learn good mail from either. What he
 * did not write, or wrote to himself, shows nobody whom he writes with. */
static bool
is_of_use (const IbBootstrap *self, const IbBootstrapFolder *folder, const IbExample *example)
{
    if (folder->as == IB_TAKEN_AS_SENT)
        return example->recipients[0] != NULL;
    g_autofree char *sender = g_utf8_strdown (example->sender, -1);
    return folder->as != IB_TAKEN_AS_HAM || !g_strv_contains ((const char *const *) self->own, sender);
}

/* What many messages fail by is said once; that the user stopped it, he knows. */
static void
note_failure (IbBootstrap *self, IbBootstrapFolder *folder, const GError *error)
{
    folder->failed++;
    self->outcome->refused++;
    bool was_let_go = self->signals > 1;
    if (!was_let_go && g_hash_table_add (self->told, g_strdup (error->message)))
        ib_bootstrap_notice (self, "%s: %s", folder->source, error->message);
}

void
ib_bootstrap_take (IbBootstrap *self, IbBootstrapFolder *folder, const IbJudgement *judgement,
                   const GError *error, const char *id, gint64 arrived_at_s, gint64 order, guint64 size_bytes)
{
    self->events->looked (size_bytes, self->user_data);
    if (judgement == NULL) {
        note_failure (self, folder, error);
        return;
    }
    if (!is_of_use (self, folder, judgement->example)) {
        folder->passed_over++;
        return;
    }
    IbBootstrapExample *example = g_new0 (IbBootstrapExample, 1);
    example->folder = folder;
    example->arrived_at_s = arrived_at_s;
    example->order = order;
    example->key = ib_teaching_key (judgement);
    g_strlcpy (example->id, id, sizeof example->id);
    if (folder->as == IB_TAKEN_AS_SENT)
        example->recipients = g_strdupv (judgement->example->recipients);
    else
        example->features = g_bytes_ref (judgement->example->features);
    g_ptr_array_add (self->examples, example);
}

/* --- the sources ------------------------------------------------------------------------------------------------------- */

/* POP3 shows one heap of mail, of which nobody has said what is what; the Maildir has what the user made of it. */
static bool
visit_maildrop (IbBootstrap *self, const IbAccount *account, GError **error)
{
    ib_bootstrap_notice (
        self,
        _ ("%s: a POP3 server does not know what is junk and what was read: the mail of this account "
           "that is in the Maildir is looked at"),
        account->name);
    return ib_bootstrap_visit_folders (self, account->name, self->config->maildir, account->name, error);
}

static bool
visit_account (IbBootstrap *self, const IbAccount *account, GError **error)
{
    bool was_signed_in = false;
    if (account->protocol == IB_PROTOCOL_POP3)
        return visit_maildrop (self, account, error);

    GError *why = NULL;
    if (ib_bootstrap_visit_account (self, account, &was_signed_in, &why))
        return true;
    self->outcome->unreachable += !was_signed_in && ib_poll_is_unreachable (why) ? 1 : 0;
    g_propagate_error (error, why);
    return false;
}

static bool
visit_folders (IbBootstrap *self, const char *source, GError **error)
{
    GError *why = NULL;
    if (ib_bootstrap_visit_folders (self, source, source, NULL, &why))
        return true;
    if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)) {
        g_error_free (why);
        why = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                                   _ ("there is neither an account nor a folder of this name"));
    }
    g_propagate_error (error, why);
    return false;
}

static bool
visit (IbBootstrap *self, const char *source, GError **error)
{
    const IbAccount *account = ib_config_account (self->config, source);
    const IbBrokenAccount *broken = ib_config_broken (self->config, source);
    if (account != NULL)
        return visit_account (self, account, error);
    if (broken == NULL)
        return visit_folders (self, source, error);
    self->outcome->misconfigured++;
    g_propagate_error (error, g_error_copy (broken->error));
    return false;
}

static void
visit_all (IbBootstrap *self, const char *const *sources)
{
    for (; *sources != NULL && self->signals == 0; sources++) {
        g_autoptr (GError) error = NULL;
        self->outcome->sources++;
        self->events->started (*sources, self->user_data);
        self->outcome->failed += visit (self, *sources, &error) ? 0 : 1;
        self->events->ended (*sources, error, self->user_data);
    }
}

/* --- learning ------------------------------------------------------------------------------------------------------------ */

/* What was taught of a message before. */
typedef enum { TAUGHT_HAM = 1, TAUGHT_SPAM = 2, TAUGHT_BY_USER = 4 } Taught;

static bool
note_taught (const IbLesson *lesson, gpointer user_data)
{
    Taught taught = (lesson->is_spam ? TAUGHT_SPAM : TAUGHT_HAM)
                    | (lesson->force == IB_LESSON_CORRECTS ? TAUGHT_BY_USER : 0);
    g_hash_table_insert (user_data, g_strdup (lesson->key), GINT_TO_POINTER (taught));
    return true;
}

/* The user's own word stands against whatever a server's filter made of the message; and what was learned once need not be
 * learned again. */
static bool
is_settled (GHashTable *taught, const IbBootstrapExample *example)
{
    Taught before = GPOINTER_TO_INT (g_hash_table_lookup (taught, example->key));
    Taught now = example->folder->as == IB_TAKEN_AS_SPAM ? TAUGHT_SPAM : TAUGHT_HAM;
    return (before & (TAUGHT_BY_USER | now)) != 0;
}

static bool
teach (IbBootstrap *self, IbLearned *learned, const IbBootstrapExample *example, GError **error)
{
    g_autoptr (IbLesson) lesson = ib_lesson_new ();
    g_free (lesson->key);
    g_free (lesson->why);
    lesson->at = g_get_real_time ();
    lesson->key = g_strdup (example->key);
    g_strlcpy (lesson->id, example->id, sizeof lesson->id);
    lesson->is_spam = example->folder->as == IB_TAKEN_AS_SPAM;
    lesson->force = IB_LESSON_CONFIRMS;
    lesson->why = g_strdup ("folder");
    lesson->example = g_bytes_ref (example->features);
    return ib_learned_teach (learned, self->home->journal, lesson, error);
}

static bool
learn_one (IbBootstrap *self, IbLearned *learned, GHashTable *taught, const IbBootstrapExample *example,
           GError **error)
{
    IbBootstrapFolder *folder = example->folder;
    if (folder->as == IB_TAKEN_AS_SENT) {
        gint64 at = MIN (example->arrived_at_s * G_USEC_PER_SEC, g_get_real_time ());
        if (!ib_teaching_note_recipients (self->home->journal, example->recipients, at, error))
            return false;
    } else if (is_settled (taught, example)) {
        folder->known++;
        return true;
    } else if (!teach (self, learned, example, error)) {
        return false;
    }
    folder->learned++;
    return true;
}

static void
count_known (IbBootstrap *self, IbLearned *learned)
{
    g_autoptr (GBytes) people = ib_people_read (self->home->journal, IB_LIMIT_CORRESPONDENTS, NULL);
    gsize length = 0;
    const char *text = people != NULL ? g_bytes_get_data (people, &length) : NULL;
    for (gsize i = 0; i < length; i++)
        self->outcome->people += text[i] == '\n';
    ib_learned_count (learned, &self->outcome->ham, &self->outcome->spam);
}

/* A signal ends it, and what was learned before is kept all the same. */
static bool
learn_all (IbBootstrap *self, IbLearned *learned, GError **error)
{
    guint signals = self->signals;
    g_autoptr (GHashTable) taught = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    if (!ib_lessons_read (self->home->journal, 0, note_taught, taught, error))
        return false;
    bool is_done = true;
    for (guint i = 0; is_done && i < self->examples->len && self->signals == signals; i++) {
        is_done = learn_one (self, learned, taught, self->examples->pdata[i], error);
        while (g_main_context_iteration (NULL, FALSE))
            ; /* signals come here */
    }
    g_autoptr (GError) why = NULL;
    if (!ib_learned_save (learned, self->home->journal, &why) && is_done) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    return is_done;
}

/* --- the run ------------------------------------------------------------------------------------------------------------- */

static gboolean
on_signal (gpointer user_data)
{
    IbBootstrap *self = user_data;
    self->signals++;
    self->outcome->was_stopped = true;
    return G_SOURCE_CONTINUE;
}

static bool
run (IbBootstrap *self, IbLearned *learned, const char *const *sources, GError **error)
{
    guint interrupt = g_unix_signal_add (SIGINT, on_signal, self);
    guint terminate = g_unix_signal_add (SIGTERM, on_signal, self);
    visit_all (self, sources);
    ib_bootstrap_plan_mix (self->examples, MOST_OF_A_KIND);
    bool is_done = learn_all (self, learned, error);
    g_source_remove (interrupt);
    g_source_remove (terminate);
    return is_done;
}

static bool
fail (IbBootstrapError code, const GError *why, GError **error)
{
    g_set_error_literal (error, IB_BOOTSTRAP_ERROR, (gint) code, why->message);
    return false;
}

bool
ib_bootstrap_run (const IbPaths *paths, const char *const *sources, const IbBootstrapEvents *events,
                  gpointer user_data, IbBootstrapOutcome *out_outcome, GError **error)
{
    g_autoptr (GError) why = NULL;
    *out_outcome = (IbBootstrapOutcome){ 0 };
    g_autoptr (IbConfig) config = ib_config_load (paths, &why);
    if (config == NULL)
        return fail (IB_BOOTSTRAP_ERROR_CONFIG, why, error);
    g_autoptr (IbHome) home = ib_home_open (paths, config, g_get_real_time (), &why);
    if (home == NULL)
        return fail (g_error_matches (why, IB_HOME_ERROR, IB_HOME_ERROR_BUSY) ? IB_BOOTSTRAP_ERROR_BUSY
                                                                              : IB_BOOTSTRAP_ERROR_STORE,
                     why, error);
    g_autoptr (IbKnown) known = ib_known_new (paths, config, NULL);
    g_autoptr (IbTokens) tokens = ib_tokens_new (paths);
    g_autoptr (IbLearned) learned = ib_learned_new (paths, home->journal, false);
    g_auto (GStrv) own = ib_config_own_addresses (config);
    g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func (ib_bootstrap_folder_free);
    g_autoptr (GPtrArray) examples = g_ptr_array_new_with_free_func (ib_bootstrap_example_free);
    IbBootstrap self = {
        .config = config,
        .known = known,
        .home = home,
        .tokens = tokens,
        .events = events,
        .user_data = user_data,
        .outcome = out_outcome,
        .own = own,
        .told = told,
        .folders = folders,
        .examples = examples,
    };
    if (home->notice != NULL)
        events->notice (home->notice, user_data);
    bool is_done = run (&self, learned, sources, &why);
    count_known (&self, learned);
    if (ib_learned_notice (learned) != NULL)
        events->notice (ib_learned_notice (learned), user_data);
    for (guint i = 0; i < folders->len; i++)
        events->folder (folders->pdata[i], user_data);
    return is_done || fail (IB_BOOTSTRAP_ERROR_STORE, why, error);
}
