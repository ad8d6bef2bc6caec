/* deflate.c - what is said on a connection, made smaller on the way (RFC 4978) */
#include "deflate.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <zlib.h>

/* Negative: raw, without zlib's own frame. The server may look back 32 KB, and needs to know nothing of what we do. */
#define WINDOW_BITS_THEIRS (-15)
#define WINDOW_BITS_OURS (-9)
#define MEMORY_LEVEL 1

struct _IbDeflate {
    z_stream in, out;
    const char *why; /* it is broken; NULL: it is not */
    bool has_ended;  /* the server said that nothing follows */
    bool has_held;
    char held; /* came out while somebody only looked */
};

/* Memory runs out for zlib as for everything else here. */
static voidpf
allocate (voidpf opaque, uInt count, uInt size)
{
    return g_malloc_n (count, size);
}

static void
release (voidpf opaque, voidpf memory)
{
    g_free (memory);
}

/* --- what comes ---------------------------------------------------------------------------------------------- */

static bool
is_far_too_much (const IbDeflate *self)
{
    return self->in.total_out > IB_LIMIT_INFLATE_BYTES
           && (self->in.total_out - IB_LIMIT_INFLATE_BYTES) / IB_LIMIT_INFLATE_RATIO > self->in.total_in;
}

static gssize
inflate_some (IbDeflate *self, char *out, gsize size)
{
    self->in.next_out = (Bytef *) out;
    self->in.avail_out = (uInt) MIN (size, G_MAXUINT);
    const uInt room = self->in.avail_out;
    int result = inflate (&self->in, Z_SYNC_FLUSH);
    self->has_ended = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END)
        self->why = self->in.msg != NULL ? self->in.msg : _ ("it is not deflated");
    else if (is_far_too_much (self))
        self->why = _ ("far more comes out of it than mail has in it");
    return (gssize) (room - self->in.avail_out);
}

gssize
ib_deflate_read (IbDeflate *self, const char **from, gsize *length, char *out, gsize size,
                 const char **out_why)
{
    if (self->has_held) {
        self->has_held = false;
        *out = self->held;
        return 1;
    }
    gssize n = 0;
    if (self->why == NULL && !self->has_ended) {
        self->in.next_in = (z_const Bytef *) *from;
        self->in.avail_in = (uInt) MIN (*length, G_MAXUINT);
        n = inflate_some (self, out, size);
        *length -= (gsize) ((const char *) self->in.next_in - *from);
        *from = (const char *) self->in.next_in;
    }
    if (self->why == NULL && n == 0 && self->has_ended && *length > 0)
        self->why = _ ("bytes follow its end");
    if (n > 0 || self->why == NULL)
        return n; /* what came before the fault is good */
    *out_why = self->why;
    return -1;
}

bool
ib_deflate_has_pending (IbDeflate *self, const char **from, gsize *length)
{
    const char *why = NULL;
    if (self->has_held || self->why != NULL)
        return true;
    gssize n = ib_deflate_read (self, from, length, &self->held, 1, &why);
    self->has_held = n > 0;
    return n != 0;
}

/* --- what goes ----------------------------------------------------------------------------------------------- */

void
ib_deflate_write (IbDeflate *self, const void *bytes, gsize length, GByteArray *out)
{
    guint8 piece[512];
    self->out.next_in = (z_const Bytef *) bytes;
    self->out.avail_in = (uInt) length;
    do {
        self->out.next_out = piece;
        self->out.avail_out = sizeof piece;
        (void) deflate (&self->out, Z_SYNC_FLUSH); /* there is always room, so it cannot fail */
        g_byte_array_append (out, piece, sizeof piece - self->out.avail_out);
    } while (self->out.avail_out == 0);
}

/* --- beginning and end --------------------------------------------------------------------------------------- */

IbDeflate *
ib_deflate_new (void)
{
    IbDeflate *self = g_new0 (IbDeflate, 1);
    self->in.zalloc = self->out.zalloc = allocate;
    self->in.zfree = self->out.zfree = release;
    int in = inflateInit2 (&self->in, WINDOW_BITS_THEIRS);
    int out = deflateInit2 (&self->out, Z_BEST_SPEED, Z_DEFLATED, WINDOW_BITS_OURS, MEMORY_LEVEL,
                            Z_DEFAULT_STRATEGY);
    g_assert (in == Z_OK && out == Z_OK);
    return self;
}

void
ib_deflate_free (IbDeflate *self)
{
    if (self == NULL)
        return;
    (void) inflateEnd (&self->in);
    (void) deflateEnd (&self->out); /* says that something was left unsaid, if so */
    g_free (self);
}
