/* mail-place.c - where mail was delivered last */
#include "mail-place.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

/* Returns: (transfer full) */
static char *
note_path (const IbPaths *paths)
{
    return g_build_filename (paths->state, "maildir", NULL);
}

static bool
was_used (const IbPaths *paths, const char *maildir)
{
    g_autofree char *note = note_path (paths), *used = NULL;
    return g_file_get_contents (note, &used, NULL, NULL) && strcmp (used, maildir) == 0;
}

bool
ib_mail_place_check (const IbPaths *paths, const char *maildir, GError **error)
{
    struct stat status;
    g_autofree char *cur = g_build_filename (maildir, "cur", NULL);
    if (stat (cur, &status) == 0 || errno != ENOENT || !was_used (paths, maildir))
        return true;
    g_autofree char *quoted = g_shell_quote (cur);
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        _ ("The Maildir %s, where mail was delivered before, is not there. Is its disk mounted? If an empty one is to "
           "take its place, make it: mkdir -p %s"),
        maildir, quoted);
    return false;
}

IbMaildir *
ib_mail_place_open (const IbConfig *config)
{
    g_autofree char *cur = g_build_filename (config->maildir, "cur", NULL);
    return g_file_test (cur, G_FILE_TEST_IS_DIR) ? ib_maildir_open (config->maildir, config->layout, NULL) : NULL;
}

void
ib_mail_place_note (const IbPaths *paths, const char *maildir)
{
    g_autofree char *note = note_path (paths);
    if (!was_used (paths, maildir))
        (void) g_file_set_contents_full (note, maildir, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}
