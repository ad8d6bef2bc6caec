/* packed.h - numbers and texts, one after the other, in a frame's bytes
 *
 * For the frames that come with every message: a GVariant's normal form is proved byte by byte, which costs more than all
 * else that is done with such a frame. The reader believes nothing: what is cut short, too large, or no text makes it
 * broken, and from then on it gives 0, "" and NULL. So a frame is read to its end first, and asked once whether it made
 * sense. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* --- writing; @out grows ---------------------------------------------------------------------------------- */

void ib_pack_number (GByteArray *out, guint64 number);
void ib_pack_double (GByteArray *out, double number);
void ib_pack_bytes (GByteArray *out, const void *bytes, gsize length);
/* NULL is not "". */
void ib_pack_text (GByteArray *out, const char *text);
/* Its length, and its texts. */
void ib_pack_list (GByteArray *out, const char *const *texts);

/* --- reading ----------------------------------------------------------------------------------------------- */

typedef struct {
    const guint8 *at;
    gsize left;
    bool is_broken;
} IbPacked;

/* What is read points into @bytes. */
void ib_packed_init (IbPacked *self, const void *bytes, gsize length);
/* Broken if it is above @most. */
guint64 ib_packed_number (IbPacked *self, guint64 most);
gint64 ib_packed_signed (IbPacked *self);
double ib_packed_double (IbPacked *self);
bool ib_packed_bool (IbPacked *self);
const void *ib_packed_bytes (IbPacked *self, gsize *out_length);
/* Of any length that the frame has. A NUL within is broken, and so is NULL, but for ib_packed_nullable (). */
const char *ib_packed_text (IbPacked *self);
const char *ib_packed_nullable (IbPacked *self);
/* How many of what follows, each of which takes a byte at least. */
guint ib_packed_count (IbPacked *self, guint most);
/* Texts of its own. Returns: (transfer full) */
char **ib_packed_list (IbPacked *self, guint most);
/* All was read, and made sense. */
bool ib_packed_is_whole (const IbPacked *self);
