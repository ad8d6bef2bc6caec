/* marks.h - what `duplicate` has seen (RFC 7352): digests of ids, and until when each is remembered
 *
 * Among the facts of a run; what a run adds comes back in its judgement. Bounded: the ones that are forgotten soonest
 * make room. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define IB_MARK_BYTES 64 /* hexadecimal digits */

typedef struct {
    char *mark;
    gint64 expires_at_s;
    char *by; /* id of the message that left it; "" if nobody asks */
} IbMark;
IbMark *ib_mark_new (const char *mark, gint64 expires_at_s, const char *by);
void ib_mark_free (IbMark *self);

typedef struct _IbMarks IbMarks;
IbMarks *ib_marks_new (void);
IbMarks *ib_marks_ref (IbMarks *self);
void ib_marks_unref (IbMarks *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbMarks, ib_marks_unref)
/* Replaces what was known of the same mark. */
void ib_marks_add (IbMarks *self, const char *mark, gint64 expires_at_s, const char *by);
/* Was it seen, and is it remembered yet at @now_s? Not by message @by itself, which may be judged again, if it could not
 * be delivered. @self may be NULL. */
bool ib_marks_has (const IbMarks *self, const char *mark, gint64 now_s, const char *by);
guint ib_marks_count (const IbMarks *self);
/* Elements: IbMark. @self may be NULL. Returns: (transfer full) */
GPtrArray *ib_marks_list (const IbMarks *self);
