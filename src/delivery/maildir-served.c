/* maildir-served.c - what a mail server calls the files, where it keeps that beside them
 *
 * Dovecot has a list in each folder, which it appends to, and replaces by renaming:
 *
 *     3 V<UIDVALIDITY> N<next UID> G<its own>
 *     <UID> [<letter><text> …] :<file name>
 *
 * Anybody who may write into the Maildir may write that: it says where to look, and proves nothing. */
#include "maildir-private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_NAME "dovecot-uidlist"
#define FIRST_LINE_MOST 256
/* Of some 600,000 messages. A longer one is not read. */
#define LIST_BYTES_MOST (64 * 1024 * 1024)

/* *out_end: behind it. */
static bool
read_number (const char *text, const char **out_end, guint32 *out_number)
{
    char *end = NULL;
    guint64 number = g_ascii_isdigit (*text) ? g_ascii_strtoull (text, &end, 10) : 0;
    if (number == 0 || number > G_MAXUINT32)
        return false;
    *out_end = end;
    *out_number = (guint32) number;
    return true;
}

/* -1: there is none. */
static int
open_list (IbMaildir *self, const char *directory)
{
    int folder = ib_maildir_open_below (self, directory);
    int fd = folder < 0
                 ? -1
                 : openat (folder, LIST_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (folder >= 0)
        (void) close (folder);
    return fd;
}

/* 0: it is no list that we know. */
static guint32
read_uidvalidity (int fd)
{
    char line[FIRST_LINE_MOST + 1];
    guint32 uidvalidity = 0;
    const char *end;
    gssize count = pread (fd, line, FIRST_LINE_MOST, 0);
    line[MAX (count, 0)] = '\0';
    return g_str_has_prefix (line, "3 V") && read_number (line + 3, &end, &uidvalidity) ? uidvalidity : 0;
}

/* NULL: it cannot be read. (transfer full) */
static char *
read_all (int fd)
{
    struct stat status;
    if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode) || status.st_size > LIST_BYTES_MOST)
        return NULL;
    gsize length = 0, most = (gsize) status.st_size;
    g_autofree char *text = g_malloc (most + 1);
    gssize count;
    while (length < most && (count = pread (fd, text + length, most - length, (off_t) length)) > 0)
        length += (gsize) count;
    text[length] = '\0';
    return g_steal_pointer (&text);
}

/* Its last line may be one that is being written: without its end it is none. */
static void
tell_list (char *text, IbMaildirServed each, gpointer user_data)
{
    char *end;
    for (char *line = text; (end = strchr (line, '\n')) != NULL; line = end + 1) {
        const char *behind;
        guint32 uid = 0;
        *end = '\0';
        const char *name = strstr (line, " :");
        if (line != text && name != NULL && read_number (line, &behind, &uid) && *behind == ' ')
            each (uid, name + 2, user_data);
    }
}

void
ib_maildir_served (IbMaildir *self, guint32 uidvalidity, IbMaildirServed each, gpointer user_data)
{
    g_autoptr (GPtrArray) directories = ib_maildir_directories (self);
    for (guint i = 0; i < directories->len; i++) {
        int fd = open_list (self, directories->pdata[i]);
        bool is_that = fd >= 0 && uidvalidity != 0 && read_uidvalidity (fd) == uidvalidity;
        g_autofree char *text = is_that ? read_all (fd) : NULL;
        if (text != NULL)
            tell_list (text, each, user_data);
        if (fd >= 0)
            (void) close (fd);
    }
}
