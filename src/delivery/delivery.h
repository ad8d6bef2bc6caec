/* delivery.h - from a descriptor and an edit list to files that wait for their names
 *
 * Writes what the plan says into tmp/ (or held/), one file a target, and syncs them, several at once: concurrent
 * fsyncs share the file system's commits. The order between this, the journal and the renames is the pipeline's. */
#pragma once

#include "bag.h"
#include "held.h"
#include "maildir.h"
#include "writer.h"

typedef struct _IbDelivery IbDelivery;
/* @maildir and @held stay the caller's and must outlive it. */
IbDelivery *ib_delivery_new (IbMaildir *maildir, IbHeld *held);
/* Writes each file of @story from @source (in a memory file or a plain one) by @stretches; none: the source as it is,
 * whole. Ranges ascend, do not overlap and lie within the source; others are an error, for they come from a worker. On error nothing is left in tmp/. The syncing begins at once, beside what comes next. */
bool ib_delivery_write (IbDelivery *self, IbStory *story, const IbPiece *source, const IbStretch *stretches, gsize count,
                        GError **error);
/* The same, each file by the one of @editions that it names, of which there is one at least; but the bytes are written beside
 * what comes next. @source's descriptor stays open until @written, which is called once, whatever becomes of it, and
 * @editions stay until the next ib_delivery_sync () or ib_delivery_abandon (). The former says what could not be written. A folder
 * that cannot be used is no error: then @story says that it goes into the INBOX, and why. */
bool ib_delivery_begin_write (IbDelivery *self, IbStory *story, const IbPiece *source, const IbEdition *editions,
                              gsize count, IbWriterCall written, gpointer user_data, GError **error);
/* Writes what nobody has begun to write, for whoever has nothing else to do. */
void ib_delivery_write_rest (IbDelivery *self);
/* Has the writing and syncing of all that was begun go on by itself, while the next batch is written: as
 * ib_writer_close_lot (). */
bool ib_delivery_begin_sync (IbDelivery *self, IbWriterCall all_synced, gpointer user_data);
/* Waits until the data of every file up to the last ib_delivery_begin_sync (), or without one of all, are on stable storage, and brings the names there under
 * which the files of those stories of @batch (IbStory) wait that have several: such a story is completed if one of them is
 * found in its place. A file of which either failed is removed and fails the batch: it may never be trusted again. */
bool ib_delivery_sync (IbDelivery *self, GPtrArray *batch, GError **error);
/* Renames every file of @batch (IbStory) into place; a name that exists already is a repeated step and no error if it is the
 * same message. */
bool ib_delivery_rename (IbDelivery *self, GPtrArray *batch, GError **error);
bool ib_delivery_sync_folders (IbDelivery *self, GPtrArray *batch, GError **error);
/* Recovery, before any sweep: @unfinished (IbStory) was intended by an earlier run. A story one of whose files stands in
 * the Maildir, in any folder and under any flags, or in held/, is completed: its other files, safe before any had
 * its name, get their names too, folders are synced, and its .files tell what stands where. Returns: those (transfer
 * container), in order, to be noted as delivered; the rest never happened. NULL on error. */
GPtrArray *ib_delivery_complete (IbDelivery *self, GPtrArray *unfinished, GError **error);
/* Removes the temporary files of stories that were written and will not be delivered; a story one of whose files has
 * its name already keeps the others, for ib_delivery_complete (). */
void ib_delivery_abandon (IbDelivery *self, GPtrArray *batch);
void ib_delivery_free (IbDelivery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbDelivery, ib_delivery_free)
