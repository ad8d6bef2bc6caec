/* writer.h - files on their way to stable storage
 *
 *     added ─written─▶ a lot that gathers ─closed─▶ synced, at once or several at a time
 *
 * A few threads write beside whoever adds. A lot of some size is synced by one call where that can be done (together.h), any other
 * by several threads: concurrent syncs share the file system's commits. While a closed lot is synced the next one gathers. All
 * calls are its owner's, on one thread. */
#pragma once

#include "bag.h"

#include <stdbool.h>

/* One stretch of a file that is written. */
typedef struct {
    GBytes *literal; /* NULL: a range of the source */
    guint64 offset, length;
} IbStretch;

/* One way in which a message is written: filters may edit its header between one folder and the next. */
typedef struct {
    const IbStretch *stretches;
    gsize count; /* 0: the source as it is, whole */
} IbEdition;

/* Where the bytes of one or several files come from. */
typedef struct _IbSource IbSource;
/* On any thread. */
typedef void (*IbWriterCall) (gpointer user_data);
/* @piece's descriptor stays open until @written (may be NULL), which is called once, when nobody has a reference any more.
 * @date_s is the files' time. */
IbSource *ib_source_new (const IbPiece *piece, gint64 date_s, IbWriterCall written, gpointer user_data);
void ib_source_unref (IbSource *self);

/* A file on its way. */
typedef struct _IbOutput IbOutput;
/* Takes @fd and @path. @edition stays until the file is synced or given up. */
IbOutput *ib_output_new (int fd, char *path, IbSource *source, const IbEdition *edition);
/* Here and now, rather than by ib_writer_add (). */
bool ib_output_write (IbOutput *self, GError **error);
void ib_output_free (IbOutput *self);

typedef struct _IbWriter IbWriter;
IbWriter *ib_writer_new (void);
/* Takes @output. */
void ib_writer_add (IbWriter *self, IbOutput *output);
/* Writes what nobody has begun to write, for whoever has nothing else to do. */
void ib_writer_write_rest (IbWriter *self);
/* Has the writing and syncing of the lot that gathers go on by itself; waits for the one before, if nobody has.
 * @all_synced (may be NULL) is called once when nothing of it is left to do, on any thread, unless ib_writer_sync () waits
 * for it or it is given up before; it must not call back. Without a file, that is at once, and no lot is closed. False: no
 * thread could be started, and only ib_writer_sync () is sure to end. */
bool ib_writer_close_lot (IbWriter *self, IbWriterCall all_synced, gpointer user_data);
/* Waits until the data of every file of the closed lot, or without one of the lot that gathers, are on stable storage. A file
 * of any lot of which something failed is removed, and fails this: it may never be trusted again. */
bool ib_writer_sync (IbWriter *self, GError **error);
/* Waits for what is under way, and gives up the rest of both lots: their files stay as they are. */
void ib_writer_give_up (IbWriter *self);
/* A failure of the file @path concerns nobody any more. */
void ib_writer_forget (IbWriter *self, const char *path);
void ib_writer_free (IbWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbWriter, ib_writer_free)
