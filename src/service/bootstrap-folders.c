/* bootstrap-folders.c - folders of messages that are here are looked into */
#include "arrival.h"
#include "bootstrap-private.h"
#include "dry-run.h"
#include "folder-role.h"
#include "standing.h"

#include <string.h>
#include <sys/stat.h>

/* A message that may teach something. */
typedef struct {
    const IbStanding *standing;
    gint64 arrived_at_s;
    guint64 size_bytes;
} Candidate;

typedef struct {
    IbBootstrap *bootstrap;
    IbArrivals arrivals;
    IbBootstrapFolder *folder;
    GHashTable *by_path; /* path → Candidate, of the folder */
    gint64 order;
} Visit;

/* --- what is looked at --------------------------------------------------------------------------------------------------- */

/* "…:2,FS" */
static bool
is_marked (const char *path, char flag)
{
    const char *info = strstr (path, ":2,");
    return info != NULL && strchr (info + 3, flag) != NULL;
}

/* Mail that came in, and that a rule put among what was sent: anyone can write an own address into From. */
static bool
was_received (IbJournal *journal, const IbStanding *standing)
{
    IbArrival arrival = { 0 };
    bool is_known = standing->id[0] != '\0' && ib_history_arrival (journal, standing->id, &arrival, NULL);
    bool is_received = is_known && ib_folder_role (arrival.mailbox) != IB_ROLE_SENT;
    ib_arrival_clear (&arrival);
    return is_received;
}

static bool
may_teach (IbJournal *journal, const IbBootstrapFolder *folder, const IbStanding *standing)
{
    if (folder->as == IB_TAKEN_AS_SENT && was_received (journal, standing))
        return false;
    bool was_read = is_marked (standing->path, 'S') || is_marked (standing->path, 'R');
    bool is_no_mail = is_marked (standing->path, 'T') || is_marked (standing->path, 'D');
    return !is_no_mail && ib_bootstrap_plan_teaches (folder, was_read, standing->id[0] == '\0');
}

static gint
compare_by_age (gconstpointer a, gconstpointer b)
{
    const Candidate *x = a, *y = b;
    if (x->arrived_at_s != y->arrived_at_s)
        return x->arrived_at_s < y->arrived_at_s ? -1 : 1;
    return strcmp (x->standing->path, y->standing->path);
}

/* Takes out all but the newest. */
static void
keep_newest (GArray *candidates, IbBootstrapFolder *folder)
{
    guint64 bytes = 0;
    guint kept = 0;
    for (; kept < candidates->len && kept < IB_BOOTSTRAP_MESSAGES; kept++) {
        bytes += g_array_index (candidates, Candidate, candidates->len - 1 - kept).size_bytes;
        if (bytes > IB_BOOTSTRAP_BYTES)
            break;
    }
    folder->passed_over += candidates->len - kept;
    g_array_remove_range (candidates, 0, candidates->len - kept);
}

/* Of @standings, which are all of one folder. Oldest first. */
static GArray *
choose (IbJournal *journal, IbBootstrapFolder *folder, const GPtrArray *standings)
{
    GArray *candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
    for (guint i = 0; i < standings->len; i++) {
        const IbStanding *standing = standings->pdata[i];
        struct stat st;
        if (!may_teach (journal, folder, standing) || stat (standing->path, &st) != 0 || !S_ISREG (st.st_mode)
            || st.st_size > IB_BOOTSTRAP_MESSAGE_BYTES) {
            folder->passed_over++;
            continue;
        }
        const Candidate one = { standing, st.st_mtime, (guint64) st.st_size };
        g_array_append_val (candidates, one);
    }
    g_array_sort (candidates, compare_by_age);
    keep_newest (candidates, folder);
    return candidates;
}

/* --- looking at it --------------------------------------------------------------------------------------------------------- */

static void
sharpen (IbFacts *facts, const char *path, gpointer user_data)
{
    const Visit *self = user_data;
    const Candidate *candidate = g_hash_table_lookup (self->by_path, path);
    ib_arrivals_sharpen (&self->arrivals, candidate->standing->id, facts);
}

static void
judged (const char *path, const IbJudgement *judgement, const GError *error, gpointer user_data)
{
    Visit *self = user_data;
    const Candidate *candidate = g_hash_table_lookup (self->by_path, path);
    ib_bootstrap_take (self->bootstrap, self->folder, judgement, error, candidate->standing->id,
                       candidate->arrived_at_s, self->order++, candidate->size_bytes);
}

static void
look_at (Visit *self, const GArray *candidates)
{
    IbBootstrap *bootstrap = self->bootstrap;
    g_autoptr (GPtrArray) no_scripts = g_ptr_array_new ();
    g_autoptr (GPtrArray) paths = g_ptr_array_new ();
    g_autoptr (GHashTable) by_path = g_hash_table_new (g_str_hash, g_str_equal);
    guint64 bytes = 0;
    for (guint i = 0; i < candidates->len; i++) {
        Candidate *candidate = &g_array_index (candidates, Candidate, i);
        g_ptr_array_add (paths, candidate->standing->path);
        g_hash_table_insert (by_path, candidate->standing->path, candidate);
        bytes += candidate->size_bytes;
    }
    g_ptr_array_add (paths, NULL);
    self->by_path = by_path;
    bootstrap->events->found (candidates->len, bytes, bootstrap->user_data);
    const IbDryRun run = {
        .config = bootstrap->config,
        .known = bootstrap->known,
        .scripts = no_scripts,
        .wants = IB_JUDGE_EXAMPLE,
        .sharpen = sharpen,
    };
    ib_dry_run (&run, (const char *const *) paths->pdata, judged, self);
}

static void
visit_folder (Visit *self, const char *source, const GPtrArray *standings)
{
    const char *name = ((const IbStanding *) standings->pdata[0])->folder;
    self->folder
        = ib_bootstrap_open_folder (self->bootstrap, source, name, ib_bootstrap_plan_use_of_folder (name));
    g_autoptr (GArray) candidates = choose (self->bootstrap->home->journal, self->folder, standings);
    if (candidates->len > 0)
        look_at (self, candidates);
}

/* --- the folders ------------------------------------------------------------------------------------------------------------- */

static bool
came_through (IbJournal *journal, const IbStanding *standing, const char *account)
{
    IbArrival arrival = { 0 };
    bool is_it = standing->id[0] != '\0' && ib_history_arrival (journal, standing->id, &arrival, NULL)
                 && strcmp (arrival.account, account) == 0;
    ib_arrival_clear (&arrival);
    return is_it;
}

/* folder → its standings, in an array. A folder's name is interned. */
static GHashTable *
sort_by_folder (IbBootstrap *bootstrap, const GPtrArray *standings, const char *account)
{
    GHashTable *folders = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
    for (guint i = 0; i < standings->len; i++) {
        IbStanding *standing = standings->pdata[i];
        if (account != NULL && !came_through (bootstrap->home->journal, standing, account))
            continue;
        GPtrArray *of_folder = g_hash_table_lookup (folders, standing->folder);
        if (of_folder == NULL) {
            of_folder = g_ptr_array_new ();
            g_hash_table_insert (folders, (gpointer) standing->folder, of_folder);
        }
        g_ptr_array_add (of_folder, standing);
    }
    return folders;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
    return strcmp (a, b);
}

bool
ib_bootstrap_visit_folders (IbBootstrap *bootstrap, const char *source, const char *word, const char *account,
                            GError **error)
{
    g_autoptr (GPtrArray) standings = ib_standing_list (bootstrap->config, word, error);
    if (standings == NULL)
        return false;
    g_autoptr (GHashTable) folders = sort_by_folder (bootstrap, standings, account);
    g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (folders), compare_names);
    Visit self = { .bootstrap = bootstrap,
                   .arrivals = { bootstrap->config, bootstrap->known, bootstrap->home->journal, NULL } };
    for (GList *name = names; name != NULL && bootstrap->signals == 0; name = name->next) {
        visit_folder (&self, source, g_hash_table_lookup (folders, name->data));
        while (g_main_context_iteration (NULL, FALSE))
            ; /* signals come here */
    }
    return true;
}
