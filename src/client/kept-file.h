/* kept-file.h - a file that we write and its owner may edit
 *
 * Its first line is a comment with a digest of the rest. While the two fit, nobody has changed it, and it may be written
 * anew; else it is the user's, and stays as it is. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef enum {
    IB_KEPT_WRITTEN,
    IB_KEPT_SAME,   /* it stood there already, word for word */
    IB_KEPT_EDITED, /* the user has changed it, or put it there: it was left alone */
} IbKept;

typedef struct {
    char *path;
    IbKept kept;
} IbKeptFile;

/* A list of what was written. Elements: IbKeptFile. */
GPtrArray *ib_kept_files_new (void);
void ib_kept_files_add (GPtrArray *self, const char *path, IbKept kept);

/* Writes @text, whole lines, below its first line, which begins with @comment ("#"). Mode 0600; missing folders are made,
 * mode 0700. What came of it is added to @files. */
bool ib_kept_file_save (const char *path, const char *comment, const char *text, GPtrArray *files,
                        GError **error);
/* "written", "unchanged", "edited". */
const char *ib_kept_name (IbKept kept);
