/* dry-run.c - what filters would do with messages that are here, without doing it */
#include "dry-run.h"
#include "body.h"
#include "fs.h"
#include "inclusion.h"
#include "mail-limits.h"
#include "mail-place.h"
#include "memory-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Enough that no worker waits, and few enough that descriptors suffice. */
#define AHEAD 32

typedef struct _Run Run;

/* One message, from being named to being told. */
typedef struct {
    Run *run; /* that goes on once it is answered; NULL: somebody waits for it */
    char *path;
    int fd; /* its bytes in memory while it is judged; -1 */
    IbFacts *facts;
    bool is_answered;
    IbJudgement *judgement;
    GError *error;
} Item;

static Item *
item_new (char *path)
{
    Item *item = g_new0 (Item, 1);
    item->path = path;
    item->fd = -1;
    return item;
}

static void
item_free (gpointer data)
{
    Item *item = data;
    if (item->fd >= 0)
        close (item->fd);
    g_free (item->path);
    ib_facts_free (item->facts);
    ib_judgement_free (item->judgement);
    g_clear_error (&item->error);
    g_free (item);
}

/* --- which messages ---------------------------------------------------------------------------------------------------- */

static int
compare_paths (gconstpointer a, gconstpointer b)
{
    return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The files of @folder, sorted; hidden ones are none. False: it cannot be read. */
static bool
add_files_of (GPtrArray *items, const char *folder, GError **error)
{
    g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
    g_autoptr (GPtrArray) paths = g_ptr_array_new ();
    const char *name;
    if (dir == NULL)
        return false;
    while ((name = g_dir_read_name (dir)) != NULL) {
        g_autofree char *path = g_build_filename (folder, name, NULL);
        if (*name != '.' && g_file_test (path, G_FILE_TEST_IS_REGULAR))
            g_ptr_array_add (paths, g_steal_pointer (&path));
    }
    g_ptr_array_sort (paths, compare_paths);
    for (guint i = 0; i < paths->len; i++)
        g_ptr_array_add (items, item_new (g_ptr_array_index (paths, i)));
    return true;
}

static bool
add_folder (GPtrArray *items, const char *folder, GError **error)
{
    g_autofree char *cur = g_build_filename (folder, "cur", NULL);
    g_autofree char *new = g_build_filename (folder, "new", NULL);
    if (g_file_test (cur, G_FILE_TEST_IS_DIR) && g_file_test (new, G_FILE_TEST_IS_DIR))
        return add_files_of (items, cur, error) && add_files_of (items, new, error);
    return add_files_of (items, folder, error);
}

/* A folder that cannot be read is told in its place, like a message that cannot. */
static GPtrArray *
list_items (const IbDryRun *run, const char *const *paths)
{
    GPtrArray *items = g_ptr_array_new_with_free_func (item_free);
    for (; *paths != NULL; paths++) {
        GError *error = NULL;
        bool is_folder
            = run->top == NULL && strcmp (*paths, "-") != 0 && g_file_test (*paths, G_FILE_TEST_IS_DIR);
        if (is_folder && add_folder (items, *paths, &error))
            continue;
        Item *item = item_new (g_strdup (*paths));
        item->error = error;
        item->is_answered = error != NULL;
        g_ptr_array_add (items, item);
    }
    return items;
}

/* --- a message as fetching would have it -------------------------------------------------------------------------------- */

static bool
read_error (const char *path, GError **error)
{
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", path, g_strerror (errno));
    return false;
}

/* Judging looks at no more than its limit; of the rest only the size is told. */
static bool
copy_judged (int from, const char *path, IbBody *body, GError **error)
{
    char chunk[65536];
    gsize left = IB_LIMIT_JUDGED_BYTES;
    while (left > 0) {
        gssize length = read (from, chunk, MIN (left, sizeof chunk));
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return read_error (path, error);
        if (length == 0)
            break;
        if (!ib_body_write (body, chunk, (gsize) length, error))
            return false;
        left -= (gsize) length;
    }
    return true;
}

static int
open_file (const IbDryRun *run, const char *path, int flags)
{
    gsize length = run->top != NULL ? strlen (run->top) : 0;
    bool is_below = length > 0 && strncmp (path, run->top, length) == 0 && path[length] == '/';
    return is_below ? ib_fs_open_below (run->top, path + length + 1, flags) : open (path, flags);
}

/* Looking leaves no trace, where the file is ours; -1 with errno. */
static int
open_for_looking (const IbDryRun *run, const char *path)
{
    const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int fd = open_file (run, path, flags | O_NOATIME);
    return fd >= 0 || errno != EPERM ? fd : open_file (run, path, flags);
}

static int
open_message (const IbDryRun *run, const char *path, struct stat *st, GError **error)
{
    bool is_standard_input = run->top == NULL && strcmp (path, "-") == 0;
    int fd = is_standard_input ? dup (STDIN_FILENO) : open_for_looking (run, path);
    if (fd < 0 || fstat (fd, st) != 0) {
        read_error (path, error);
        if (fd >= 0)
            close (fd);
        return -1;
    }
    if (!is_standard_input && !S_ISREG (st->st_mode)) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, _ ("%s: neither a file nor a folder"),
                     path);
        close (fd);
        return -1;
    }
    return fd;
}

/* A sealed memory file with LF at line ends. */
static bool
load_item (const IbDryRun *run, Item *item, struct stat *st, guint64 *out_size, GError **error)
{
    int from = open_message (run, item->path, st, error);
    if (from < 0)
        return false;
    item->fd = ib_memory_file_new ("inbasket-message");
    if (item->fd < 0) {
        read_error (item->path, error);
        close (from);
        return false;
    }
    g_autoptr (IbBody) body = ib_body_new (item->fd);
    bool is_read = copy_judged (from, item->path, body, error) && ib_body_finish (body, out_size, error);
    close (from);
    if (is_read && !ib_memory_file_seal (item->fd))
        return read_error (item->path, error);
    return is_read;
}

/* --- facts --------------------------------------------------------------------------------------------------------------- */

/* One that cannot be read is told by delivery. */
char **
ib_dry_run_folders (const IbConfig *config)
{
    g_autoptr (IbMaildir) maildir = ib_mail_place_open (config);
    return maildir != NULL ? ib_maildir_list (maildir) : g_new0 (char *, 1);
}

static IbFacts *
common_facts (const IbDryRun *self)
{
    g_auto (GStrv) folders = ib_dry_run_folders (self->config);
    IbFacts *facts = ib_known_facts (self->known, (const char *const *) folders);
    if (self->learned != NULL)
        ib_learned_add_facts (self->learned, facts);
    if (self->account != NULL)
        ib_known_add_account (self->known, self->account, facts);
    /* The time is one for the whole run, so that equal messages are judged equally. */
    g_autoptr (GDateTime) local = g_date_time_new_now_local ();
    facts->now = g_date_time_to_unix (local) * G_USEC_PER_SEC;
    facts->utc_offset_s = (gint32) (g_date_time_get_utc_offset (local) / G_USEC_PER_SEC);
    g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
    for (guint i = 0; i < self->scripts->len; i++)
        g_strv_builder_add (names, ((IbScriptText *) g_ptr_array_index (self->scripts, i))->name);
    ib_facts_set_list (&facts->scripts, g_strv_builder_end (names));
    return facts;
}

/* What a Maildir keeps in a file's name, "…:2,FS". */
static char **
flags_of (const char *path)
{
    static const struct {
        char letter;
        const char *flag;
    } known[] = {
        { 'R', "\\Answered" }, { 'F', "\\Flagged" }, { 'S', "\\Seen" },
        { 'D', "\\Draft" },    { 'T', "\\Deleted" },
    };
    g_autoptr (GStrvBuilder) flags = g_strv_builder_new ();
    const char *info = strstr (path, ":2,");
    for (gsize i = 0; info != NULL && i < G_N_ELEMENTS (known); i++)
        if (strchr (info + 3, known[i].letter) != NULL)
            g_strv_builder_add (flags, known[i].flag);
    return g_strv_builder_end (flags);
}

static IbFacts *
facts_of (const IbFacts *common, const Item *item, const struct stat *st)
{
    IbFacts *facts = ib_facts_copy (common);
    ib_facts_set_list (&facts->flags, flags_of (item->path));
    if (S_ISREG (st->st_mode))
        facts->received_at_s = st->st_mtime;
    return facts;
}

/* --- the run --------------------------------------------------------------------------------------------------------------- */

struct _IbDryRunner {
    const IbDryRun *run;
    gpointer user_data; /* for its sharpen () */
    IbFacts *common;
    IbFilterPool *pool;
    GHashTable *accounts; /* name → the pool's number */
};

IbDryRunner *
ib_dry_runner_new (const IbDryRun *run, gpointer user_data)
{
    IbDryRunner *self = g_new0 (IbDryRunner, 1);
    self->run = run;
    self->user_data = user_data;
    self->accounts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->common = common_facts (run);
    g_autoptr (IbInclusions) inclusions = ib_inclusions_new (run->config->filters);
    ib_inclusions_suppose (inclusions, run->draft);
    g_autoptr (GPtrArray) scripts = g_ptr_array_copy (run->scripts, NULL, NULL);
    g_ptr_array_set_free_func (scripts, NULL); /* they stay those of @run and @inclusions */
    ib_inclusions_gather (inclusions, scripts);
    self->pool = ib_filter_pool_new (scripts, self->common);
    if (run->learned != NULL)
        ib_learned_lend (run->learned, self->pool);
    return self;
}

void
ib_dry_runner_free (IbDryRunner *self)
{
    if (self == NULL)
        return;
    ib_filter_pool_free (self->pool);
    ib_facts_free (self->common);
    g_hash_table_unref (self->accounts);
    g_free (self);
}

static void go_on (Run *self);

static void
answered (IbJudgement *judgement, const GError *error, gpointer data)
{
    Item *item = data;
    item->judgement = judgement;
    item->error = error != NULL ? g_error_copy (error) : NULL;
    item->is_answered = true;
    if (item->run != NULL)
        go_on (item->run);
}

/* To compare all that is known of an account costs as much as to judge a small message. */
static guint
account_of (IbDryRunner *self, const IbFacts *facts)
{
    gpointer number;
    if (!g_hash_table_lookup_extended (self->accounts, facts->account, NULL, &number)) {
        number = GUINT_TO_POINTER (ib_filter_pool_add_account (self->pool, facts));
        g_hash_table_insert (self->accounts, g_strdup (facts->account), number);
    }
    return GPOINTER_TO_UINT (number);
}

static void
ask (IbDryRunner *self, Item *item)
{
    struct stat st;
    guint64 size = 0;
    if (item->is_answered)
        return;
    if (!load_item (self->run, item, &st, &size, &item->error)) {
        item->is_answered = true;
        return;
    }
    item->facts = facts_of (self->common, item, &st);
    if (self->run->sharpen != NULL)
        self->run->sharpen (item->facts, item->path, self->user_data);
    const IbPiece message = { item->fd, 0, size };
    ib_filter_pool_judge (self->pool, account_of (self, item->facts), &message, item->facts, self->run->wants,
                          answered, item);
}

IbJudgement *
ib_dry_runner_judge (IbDryRunner *self, const char *path, GError **error)
{
    Item *item = item_new (g_strdup (path));
    ask (self, item);
    while (!item->is_answered)
        g_main_context_iteration (NULL, TRUE);
    if (item->error != NULL)
        g_propagate_error (error, g_steal_pointer (&item->error));
    IbJudgement *judgement = g_steal_pointer (&item->judgement);
    item_free (item);
    return judgement;
}

/* --- many messages -------------------------------------------------------------------------------------------------------- */

struct _Run {
    IbDryRun run;
    IbDryRunEach each;
    gpointer user_data;
    IbDryRunDone done;
    gpointer done_data;
    IbDryRunner *runner;
    GPtrArray *items;
    guint asked, told;
    bool any_judged;
    GError *no_filter;
};

/* Where no worker can be started, each message would wait for that again. */
static void
give_up (const Run *self, Item *item)
{
    if (item->is_answered)
        return;
    item->error = g_error_copy (self->no_filter);
    item->is_answered = true;
}

static void
ask_ahead (Run *self)
{
    for (; self->asked < self->items->len && self->asked - self->told < AHEAD; self->asked++)
        if (self->no_filter != NULL)
            give_up (self, self->items->pdata[self->asked]);
        else
            ask (self->runner, self->items->pdata[self->asked]);
}

static void
tell (Run *self, Item *item)
{
    self->any_judged |= item->judgement != NULL;
    if (!self->any_judged && self->no_filter == NULL
        && g_error_matches (item->error, IB_FILTER_ERROR, IB_FILTER_ERROR_NO_FILTER))
        self->no_filter = g_error_copy (item->error);
    self->each (item->path, item->judgement, item->error, self->user_data);
    if (item->fd >= 0)
        close (item->fd);
    item->fd = -1;
    g_clear_pointer (&item->facts, ib_facts_free);
    g_clear_pointer (&item->judgement, ib_judgement_free);
}

static void
end (Run *self)
{
    IbDryRunDone done = self->done;
    gpointer done_data = self->done_data;
    ib_dry_runner_free (self->runner);
    g_ptr_array_unref (self->items);
    g_clear_error (&self->no_filter);
    g_free (self);
    done (done_data);
}

/* As far as it goes without waiting. */
static void
go_on (Run *self)
{
    for (ask_ahead (self); self->told < self->items->len; ask_ahead (self)) {
        Item *item = self->items->pdata[self->told];
        if (!item->is_answered)
            return;
        tell (self, item);
        self->told++;
    }
    end (self);
}

static gboolean
begin (gpointer user_data)
{
    go_on (user_data);
    return G_SOURCE_REMOVE;
}

static void
start (const IbDryRun *wanted, const char *const *paths, IbDryRunEach each, gpointer user_data,
       IbDryRunDone done, gpointer done_data)
{
    Run *self = g_new0 (Run, 1);
    *self = (Run){
        .run = *wanted,
        .each = each,
        .user_data = user_data,
        .done = done,
        .done_data = done_data,
        .items = list_items (wanted, paths),
    };
    for (guint i = 0; i < self->items->len; i++)
        ((Item *) self->items->pdata[i])->run = self;
    self->runner = ib_dry_runner_new (&self->run, user_data);
    g_autoptr (GSource) beginning = g_idle_source_new ();
    g_source_set_priority (beginning, G_PRIORITY_DEFAULT);
    g_source_set_callback (beginning, begin, self, NULL);
    g_source_attach (beginning, g_main_context_get_thread_default ());
}

void
ib_dry_run_begin (const IbDryRun *self, const char *const *paths, IbDryRunEach each, IbDryRunDone done,
                  gpointer user_data)
{
    start (self, paths, each, user_data, done, user_data);
}

static void
note_over (gpointer is_over)
{
    *(bool *) is_over = true;
}

void
ib_dry_run (const IbDryRun *self, const char *const *paths, IbDryRunEach each, gpointer user_data)
{
    bool is_over = false;
    start (self, paths, each, user_data, note_over, &is_over);
    while (!is_over)
        g_main_context_iteration (NULL, TRUE);
}
