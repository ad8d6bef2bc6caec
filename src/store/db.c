/* db.c - the one SQLite connection of a journal */
#include "db.h"

#include "fault.h"
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A reader may meet the moment in which a writer's log is folded back; that takes far less than this. */
#define BUSY_MS 5000
#define ID_BYTES (IB_ID_LENGTH / 2)
/* A log of so many pages is folded back at rest, and one of so many at once. */
#define LONG_LOG_PAGES 250
#define LONGEST_LOG_PAGES 4000
/* What a log of LONG_LOG_PAGES takes until there is rest. */
#define ROOM_PAGES (LONG_LOG_PAGES * 5 / 4)
/* SQLite's usual page, and what stands before each. */
#define LOGGED_PAGE_BYTES (4096 + 24)
#define ZEROS_BYTES (64 * 1024)

struct _IbDb {
    sqlite3 *handle;
    char *path;
    GHashTable *statements; /* the literal's address → sqlite3_stmt */
    bool is_doubtful;       /* not opened yet, or something failed since */
    int log_pages;          /* after our last commit */
    int room_pages;         /* for so many the log's file was made long enough */
};

/* Two megabytes hold the pages of the indexes that a batch of new mail touches, in journals of any usual size. */
static const char pragmas[] = "PRAGMA journal_mode = WAL;"
                              "PRAGMA synchronous = FULL;"
                              "PRAGMA temp_store = MEMORY;"
                              "PRAGMA journal_size_limit = 16777216;"
                              "PRAGMA cache_size = -1536;";

/* In which a statement failed. */
typedef enum { COMPILING, RUNNING } Moment;

/* SQLITE_ERROR can be anything. Our SQL is right: where it does not compile, the tables that it names are not there. Where it
 * does not run (a transaction in another, or none any more, since SQLite has undone it for want of space), the file is none
 * the worse for it. */
static IbJournalError
remedy (int result, Moment moment)
{
    bool lacks_tables
        = moment == COMPILING && (result == SQLITE_ERROR || result == SQLITE_ERROR_MISSING_COLLSEQ);
    bool is_damaged = (result & 0xff) == SQLITE_CORRUPT || (result & 0xff) == SQLITE_NOTADB;
    return lacks_tables || is_damaged ? IB_JOURNAL_ERROR_BROKEN : IB_JOURNAL_ERROR_WRITE;
}

/* Says what SQLite and the system said. What could not be read SQLite calls malformed, and forgets why; what the call left is
 * there yet. Returns false. */
static bool
refuse (IbDb *self, int result, Moment moment, GError **error)
{
    int own_number = errno;
    self->is_doubtful = true;
    int number = sqlite3_system_errno (self->handle);
    bool is_system = (result & 0xff) == SQLITE_IOERR || (result & 0xff) == SQLITE_CANTOPEN;
    const char *reason = is_system && number != 0 ? g_strerror (number) : NULL;
    if ((result & 0xff) == SQLITE_CORRUPT && own_number == EIO)
        reason = g_strerror (EIO);
    if (result == SQLITE_IOERR_SHMMAP && number != ENOMEM)
        reason = _ (
            "programs cannot share the memory of a file there, as on some file systems of FUSE and the network: "
            "put the state folder on another file system");
    g_set_error (error, IB_JOURNAL_ERROR, remedy (result, moment), _ ("The journal %s: %s%s%s"), self->path,
                 sqlite3_errmsg (self->handle), reason == NULL ? "" : ": ", reason == NULL ? "" : reason);
    return false;
}

bool
ib_db_fail (const IbDb *self, int number, GError **error)
{
    g_set_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_WRITE, _ ("The journal %s: %s"), self->path,
                 g_strerror (number));
    return false;
}

/* SQLite would make the file readable for all, and would not sync its folder. One whose name may not last is taken back, for
 * found there the next time it would be taken for lasting. */
static bool
make_file (IbDb *self, GError **error)
{
    int fd = open (self->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno == EEXIST || ib_db_fail (self, errno, error);
    (void) close (fd); /* empty: nothing can be lost */

    g_autofree char *folder = g_path_get_dirname (self->path);
    if (ib_fs_sync_folder (folder, error))
        return true;
    (void) unlink (self->path);
    return false;
}

static bool
find_file (const IbDb *self, GError **error)
{
    struct stat status;
    if (stat (self->path, &status) == 0)
        return true;
    if (errno != ENOENT)
        return ib_db_fail (self, errno, error);
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("There is no journal %s yet"), self->path);
    return false;
}

/* Whoever closes last removes the log; one with something in it was left by a crash (or by a reader beside us). */
static bool
ended_badly (const char *path)
{
    struct stat status;
    g_autofree char *log = g_strconcat (path, "-wal", NULL);
    return stat (log, &status) == 0 && status.st_size > 0;
}

/* Even who only reads makes a log's index beside the file. Where that cannot be done, and there is no log, the file is all
 * there is, and nobody of this user's changes it meanwhile. */
static bool
stands_still (const char *path)
{
    g_autofree char *folder = g_path_get_dirname (path);
    return access (folder, W_OK) != 0 && !ended_badly (path);
}

/* Returns: (transfer full) */
static char *
still_name (const char *path)
{
    g_autofree char *escaped = g_uri_escape_string (path, "/", FALSE);
    return g_strconcat ("file:", escaped, "?immutable=1", NULL);
}

char *
ib_db_check (IbDb *self, GError **error)
{
    sqlite3_stmt *rows = ib_db_query (self, error, "PRAGMA quick_check (1)", "");
    if (rows == NULL || !ib_db_next (self, rows, error))
        return NULL;
    char *words = ib_db_text (rows, 0);
    ib_db_end (rows);
    return words != NULL ? g_strdelimit (words, "\n", ' ') : NULL;
}

static bool
look_through (IbDb *self, GError **error)
{
    g_autofree char *words = ib_db_check (self, error);
    if (words == NULL || strcmp (words, "ok") == 0)
        return words != NULL;
    g_set_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_BROKEN, _ ("The journal %s is damaged: %s"),
                 self->path, words);
    return false;
}

/* What cannot be folded back now stays in the log, where it is safe. */
static void
fold (IbDb *self)
{
    (void) sqlite3_wal_checkpoint_v2 (self->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    self->log_pages = 0;
}

static int
on_logged (void *data, sqlite3 *handle, const char *name, int pages)
{
    IbDb *self = data;
    self->log_pages = pages;
    if (pages >= LONGEST_LOG_PAGES)
        fold (self);
    return SQLITE_OK;
}

/* Nobody asks SQLite how much memory it uses, and to count it takes a lock for every piece. */
static void
set_up_library (void)
{
    static gsize is_set_up;
    if (!g_once_init_enter (&is_set_up))
        return;
    (void) sqlite3_config (SQLITE_CONFIG_MEMSTATUS, 0); /* refused where another library uses it already */
    g_once_init_leave (&is_set_up, 1);
}

IbDb *
ib_db_open (const char *path, IbDbMode mode, GError **error)
{
    set_up_library ();
    g_autoptr (IbDb) self = g_new0 (IbDb, 1);
    self->path = g_strdup (path);
    self->is_doubtful = true;
    self->statements
        = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) (void (*) (void)) sqlite3_finalize);

    bool is_suspect = mode == IB_DB_WRITE && ended_badly (path);
    bool is_file = strcmp (path, ":memory:") != 0; /* which is SQLite's name for none */
    if (is_file && !(mode == IB_DB_WRITE ? make_file (self, error) : find_file (self, error)))
        return NULL;

    int flags = mode == IB_DB_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    g_autofree char *still = mode == IB_DB_READ && stands_still (path) ? still_name (path) : NULL;
    if (still != NULL)
        flags |= SQLITE_OPEN_URI;
    int result = sqlite3_open_v2 (still != NULL ? still : path, &self->handle,
                                  flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (result != SQLITE_OK) {
        refuse (self, result, RUNNING, error);
        return NULL;
    }
    sqlite3_busy_timeout (self->handle, BUSY_MS);
    if (mode == IB_DB_WRITE
        && (!ib_db_run (self, pragmas, error) || (is_suspect && !look_through (self, error))))
        return NULL;
    (void) sqlite3_wal_hook (self->handle, on_logged, self);
    self->is_doubtful = false;
    return g_steal_pointer (&self);
}

void
ib_db_close (IbDb *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->statements);
    /* Whoever could not read the log takes it for empty, and would throw it away: the next who opens it decides. */
    if (self->handle != NULL)
        (void) sqlite3_db_config (self->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, (int) self->is_doubtful,
                                  NULL);
    sqlite3_close (self->handle);
    g_free (self->path);
    g_free (self);
}

bool
ib_db_fold (IbDb *self, GError **error)
{
    if (self->log_pages < LONG_LOG_PAGES)
        return true;
    if (!ib_db_commit (self, error))
        return false;
    fold (self);
    return true;
}

/* Bytes behind the last page that SQLite wrote are none of its log: it stops at what does not bear its sums. Nor is any of
 * them safe to leave out, as a hole, or as what was only reserved: to fill that in changes the file system's books. */
static bool
fill (int fd, gint64 size_bytes)
{
    g_autofree char *zeros = g_malloc0 (ZEROS_BYTES);
    struct stat status;
    bool is_written = fstat (fd, &status) == 0;
    while (is_written && status.st_size < size_bytes) {
        gsize most = MIN ((gsize) (size_bytes - status.st_size), ZEROS_BYTES);
        gssize n = pwrite (fd, zeros, most, status.st_size);
        is_written = n > 0;
        status.st_size += n;
    }
    return is_written;
}

static void
lengthen_log (IbDb *self, int pages, bool is_synced)
{
    self->room_pages = pages; /* where that fails, it is only slower: not tried again */
    g_autofree char *log = g_strconcat (self->path, "-wal", NULL);
    int fd = open (log, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return;
    if (fill (fd, (gint64) pages * LOGGED_PAGE_BYTES) && is_synced)
        (void) fdatasync (fd);
    (void) close (fd);
}

void
ib_db_make_room (IbDb *self)
{
    if (self->room_pages < ROOM_PAGES)
        lengthen_log (self, ROOM_PAGES, true);
}

void
ib_db_make_room_for (IbDb *self, guint pages)
{
    int wanted = self->log_pages + (int) MIN (pages, LONGEST_LOG_PAGES);
    if (self->room_pages < wanted)
        lengthen_log (self, wanted + ROOM_PAGES, false);
}

sqlite3 *
ib_db_handle (IbDb *self)
{
    return self->handle;
}

static int
step (sqlite3_stmt *rows)
{
    errno = 0;
    return sqlite3_step (rows);
}

bool
ib_db_run (IbDb *self, const char *sql, GError **error)
{
    while (*sql != '\0') {
        sqlite3_stmt *one = NULL;
        int result = sqlite3_prepare_v2 (self->handle, sql, -1, &one, &sql);
        if (result != SQLITE_OK)
            return refuse (self, result, COMPILING, error);
        do
            result = one != NULL ? step (one) : SQLITE_DONE; /* NULL: blanks, or a comment */
        while (result == SQLITE_ROW);
        bool is_done = result == SQLITE_DONE || refuse (self, result, RUNNING, error);
        (void) sqlite3_finalize (one); /* repeats the error of the step */
        if (!is_done)
            return false;
    }
    return true;
}

static sqlite3_stmt *
statement (IbDb *self, const char *sql, GError **error)
{
    sqlite3_stmt *found = g_hash_table_lookup (self->statements, sql);
    if (found != NULL)
        return found;

    int result = sqlite3_prepare_v3 (self->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &found, NULL);
    if (result != SQLITE_OK) {
        refuse (self, result, COMPILING, error);
        return NULL;
    }
    g_hash_table_insert (self->statements, (gpointer) sql, found);
    return found;
}

static int
bind_id (sqlite3_stmt *rows, int index, const char *id)
{
    guint8 bytes[ID_BYTES];
    if (id == NULL || strlen (id) != IB_ID_LENGTH)
        return sqlite3_bind_null (rows, index);
    for (gsize i = 0; i < ID_BYTES; i++)
        bytes[i] = (guint8) (g_ascii_xdigit_value (id[2 * i]) << 4 | g_ascii_xdigit_value (id[2 * i + 1]));
    return sqlite3_bind_blob (rows, index, bytes, ID_BYTES, SQLITE_TRANSIENT);
}

static int
bind_double (sqlite3_stmt *rows, int index, double value)
{
    return isnan (value) ? sqlite3_bind_null (rows, index) : sqlite3_bind_double (rows, index, value);
}

static int
bind_bytes (sqlite3_stmt *rows, int index, GBytes *value, sqlite3_destructor_type lifetime)
{
    gsize length = 0;
    gconstpointer bytes = value != NULL ? g_bytes_get_data (value, &length) : NULL;
    return sqlite3_bind_blob64 (rows, index, bytes, length, lifetime);
}

/* @lifetime: of texts. Those of a statement that is done with before its caller goes on need no copy. */
static sqlite3_stmt *
prepare (IbDb *self, GError **error, const char *sql, const char *types, sqlite3_destructor_type lifetime,
         va_list values)
{
    sqlite3_stmt *rows = statement (self, sql, error);
    int result = SQLITE_OK;
    if (rows == NULL)
        return NULL;
    g_assert (sqlite3_bind_parameter_count (rows) == (int) strlen (types));

    for (int index = 1; types[index - 1] != '\0' && result == SQLITE_OK; index++)
        switch (types[index - 1]) {
        case 'i':
            result = sqlite3_bind_int64 (rows, index, va_arg (values, gint64));
            break;
        case 't':
            result = sqlite3_bind_text (rows, index, va_arg (values, const char *), -1, lifetime);
            break;
        case 'h':
            result = bind_id (rows, index, va_arg (values, const char *));
            break;
        case 'd':
            result = bind_double (rows, index, va_arg (values, double));
            break;
        case 'b':
            result = bind_bytes (rows, index, va_arg (values, GBytes *), lifetime);
            break;
        default:
            g_assert_not_reached ();
        }
    if (result == SQLITE_OK)
        return rows;
    refuse (self, result, RUNNING, error);
    ib_db_end (rows);
    return NULL;
}

sqlite3_stmt *
ib_db_query (IbDb *self, GError **error, const char *sql, const char *types, ...)
{
    va_list values;
    va_start (values, types);
    sqlite3_stmt *rows = prepare (self, error, sql, types, SQLITE_TRANSIENT, values);
    va_end (values);
    return rows;
}

bool
ib_db_next (IbDb *self, sqlite3_stmt *rows, GError **error)
{
    int result = step (rows);
    if (result == SQLITE_ROW)
        return true;
    if (result != SQLITE_DONE)
        refuse (self, result, RUNNING, error);
    ib_db_end (rows);
    return false;
}

void
ib_db_end (sqlite3_stmt *rows)
{
    (void) sqlite3_reset (rows); /* repeats the error of the step, which was reported */
    (void) sqlite3_clear_bindings (rows);
}

bool
ib_db_do (IbDb *self, GError **error, const char *sql, const char *types, ...)
{
    g_autoptr (GError) failure = NULL;
    va_list values;
    va_start (values, types);
    sqlite3_stmt *rows = prepare (self, error, sql, types, SQLITE_STATIC, values);
    va_end (values);
    if (rows == NULL)
        return false;

    while (ib_db_next (self, rows, &failure))
        ;
    if (failure == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&failure));
    return false;
}

gint64
ib_db_number (IbDb *self, gint64 otherwise, const char *sql, const char *types, ...)
{
    va_list values;
    va_start (values, types);
    sqlite3_stmt *rows = prepare (self, NULL, sql, types, SQLITE_STATIC, values);
    va_end (values);
    if (rows == NULL || !ib_db_next (self, rows, NULL))
        return otherwise;

    gint64 number = sqlite3_column_int64 (rows, 0);
    ib_db_end (rows);
    return number;
}

bool
ib_db_read_number (IbDb *self, gint64 *out_number, GError **error, const char *sql, const char *types, ...)
{
    g_autoptr (GError) failure = NULL;
    gint64 number = 0;
    va_list values;
    va_start (values, types);
    sqlite3_stmt *rows = prepare (self, &failure, sql, types, SQLITE_STATIC, values);
    va_end (values);
    if (rows != NULL && ib_db_next (self, rows, &failure)) {
        number = sqlite3_column_int64 (rows, 0);
        ib_db_end (rows);
    }
    if (failure != NULL) {
        g_propagate_error (error, g_steal_pointer (&failure));
        return false;
    }
    *out_number = number;
    return true;
}

bool
ib_db_has (IbDb *self, GError **error, const char *sql, const char *types, ...)
{
    va_list values;
    va_start (values, types);
    sqlite3_stmt *rows = prepare (self, error, sql, types, SQLITE_STATIC, values);
    va_end (values);
    if (rows == NULL || !ib_db_next (self, rows, error))
        return false;
    ib_db_end (rows);
    return true;
}

int
ib_db_changes (IbDb *self)
{
    return sqlite3_changes (self->handle);
}

gint64
ib_db_last_row (IbDb *self)
{
    return sqlite3_last_insert_rowid (self->handle);
}

char *
ib_db_nullable (sqlite3_stmt *rows, int column)
{
    return g_strdup ((const char *) sqlite3_column_text (rows, column));
}

char *
ib_db_text (sqlite3_stmt *rows, int column)
{
    const char *text = (const char *) sqlite3_column_text (rows, column);
    return g_strdup (text == NULL ? "" : text);
}

double
ib_db_double (sqlite3_stmt *rows, int column)
{
    return sqlite3_column_type (rows, column) == SQLITE_NULL ? NAN : sqlite3_column_double (rows, column);
}

GBytes *
ib_db_bytes (sqlite3_stmt *rows, int column)
{
    gconstpointer bytes = sqlite3_column_blob (rows, column);
    return g_bytes_new (bytes, (gsize) sqlite3_column_bytes (rows, column));
}

void
ib_db_id (sqlite3_stmt *rows, int column, char *out_id)
{
    static const char digits[] = "0123456789abcdef";
    const guint8 *bytes = sqlite3_column_blob (rows, column);
    gsize length = bytes != NULL && sqlite3_column_bytes (rows, column) == ID_BYTES ? ID_BYTES : 0;
    for (gsize i = 0; i < length; i++) {
        out_id[2 * i] = digits[bytes[i] >> 4];
        out_id[2 * i + 1] = digits[bytes[i] & 15];
    }
    out_id[2 * length] = '\0';
}

bool
ib_db_begin (IbDb *self, GError **error)
{
    return !sqlite3_get_autocommit (self->handle) || ib_db_do (self, error, "BEGIN IMMEDIATE", "");
}

/* What is open is not what stands there under the name: what we write into it nobody will find.
 * @out_number: 0, or the errno for which nobody can tell */
static bool
is_moved (IbDb *self, int *out_number)
{
    int is_moved = 0;
    errno = 0; /* the stat () of SQLite leaves its own */
    (void) sqlite3_file_control (self->handle, "main", SQLITE_FCNTL_HAS_MOVED, &is_moved);
    *out_number = errno == ENOENT ? 0 : errno;
    return is_moved != 0;
}

static bool
commit (IbDb *self, GError **error)
{
    int fault = ib_fault ("journal.commit");
    if (fault != 0)
        return ib_db_fail (self, fault, error);
    int number = 0;
    if (!is_moved (self, &number))
        return ib_db_do (self, error, "COMMIT", "");
    self->is_doubtful = true;
    if (number != 0)
        return ib_db_fail (self, number, error);
    g_set_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_WRITE,
                 _ ("The journal %s was removed while it was in use, or another took its place"), self->path);
    return false;
}

bool
ib_db_commit (IbDb *self, GError **error)
{
    if (sqlite3_get_autocommit (self->handle))
        return true;

    bool is_done = commit (self, error);
    if (!is_done)
        ib_db_roll_back (self);
    return is_done;
}

void
ib_db_roll_back (IbDb *self)
{
    if (!sqlite3_get_autocommit (self->handle))
        (void) ib_db_do (self, NULL, "ROLLBACK", ""); /* SQLite may have done it itself */
}
