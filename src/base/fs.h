/* fs.h - what a file system is asked for durability
 *
 * Each call names the path in its error. Every step of delivery and every settings file goes through here, so that tests
 * can make each one fail (fault.h). */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/* Makes @path and its missing parents, mode 0700, each synced into its parent. An existing folder is no error. */
bool ib_fs_make_folder (const char *path, GError **error);
/* Renames without replacing; G_IO_ERROR_EXISTS. */
bool ib_fs_rename_new (const char *from, const char *to, GError **error);
/* The same between open folders. Returns: 0 or errno */
int ib_fs_rename_new_at (int from_folder, const char *from, int to_folder, const char *to);
/* Opens @place below the folder @top, which itself may be a link, through no other: whoever may write there can put one where a
 * file or folder has just been seen. -1 and errno: ELOOP or ENOTDIR where there is a link, EXDEV if @place leads out. */
int ib_fs_open_below (const char *top, const char *place, int flags);
/* Returns: 0 or errno; never EINTR. After any other the data must not be trusted, whatever a second try says. */
int ib_fs_sync_at (int fd);
bool ib_fs_sync_file (int fd, const char *path, GError **error);
bool ib_fs_sync_folder (const char *path, GError **error);
/* An open one. Returns: 0 or errno */
int ib_fs_sync_folder_at (int folder);
/* Copies [offset, offset + length) of @from to the end of @to: in the kernel where it can be done. */
bool ib_fs_copy_range (int from, guint64 offset, guint64 length, int to, const char *to_path, GError **error);
/* All of it, to an open file or pipe. Returns: 0 or errno */
int ib_fs_write_at (int fd, const void *bytes, gsize length);
bool ib_fs_write (int fd, const void *bytes, gsize length, const char *path, GError **error);
/* Sets the time of modification; 0: now. */
bool ib_fs_set_time (int fd, gint64 seconds, const char *path, GError **error);

/* Where standard input, output or error is closed, the next file opened would get its number, and what is printed would go
 * into that file. Has them lead to /dev/null instead; for main (), before anything else. */
void ib_fs_hold_streams (void);

/* One Inbasket a home: an flock() on @path, held until closed. G_IO_ERROR_BUSY: another holds it. -1 on error. */
int ib_fs_lock (const char *path, GError **error);
