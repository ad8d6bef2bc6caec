/* arena.c - memory that is given back as a whole: chunks that double in size */
#include "arena.h"

#include <string.h>

#define FIRST_CHUNK_BYTES 4096
#define LARGEST_CHUNK_BYTES (256 * 1024)
#define ALIGNMENT 16

typedef struct _Chunk Chunk;
struct _Chunk {
    Chunk *older;
    gsize size, used;
    _Alignas(ALIGNMENT) char bytes[];
};

typedef struct _Owned Owned;
struct _Owned {
    Owned *older;
    gpointer thing;
    GDestroyNotify destroy;
};

struct _IbArena {
    Chunk *newest;
    Owned *owned;
};

static Chunk *
chunk_new (Chunk *older, gsize at_least)
{
    gsize size = older == NULL ? FIRST_CHUNK_BYTES : MIN (older->size * 2, LARGEST_CHUNK_BYTES);
    size = MAX (size, at_least);
    Chunk *chunk = g_malloc (sizeof (Chunk) + size);
    chunk->older = older;
    chunk->size = size;
    chunk->used = 0;
    return chunk;
}

IbArena *
ib_arena_new (void)
{
    IbArena *self = g_new0 (IbArena, 1);
    self->newest = chunk_new (NULL, 0);
    return self;
}

static char *
take (IbArena *self, gsize size)
{
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size > self->newest->size - self->newest->used)
        self->newest = chunk_new (self->newest, size);
    char *bytes = self->newest->bytes + self->newest->used;
    self->newest->used += size;
    return bytes;
}

void *
ib_arena_alloc (IbArena *self, gsize size_bytes)
{
    return memset (take (self, size_bytes), 0, size_bytes);
}

char *
ib_arena_copy (IbArena *self, const char *bytes, gsize length)
{
    char *copy = take (self, length + 1);
    memcpy (copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

void
ib_arena_own (IbArena *self, gpointer thing, GDestroyNotify destroy)
{
    Owned *owned = ib_arena_new_array (self, Owned, 1);
    *owned = (Owned){ self->owned, thing, destroy };
    self->owned = owned;
}

void
ib_arena_free (IbArena *self)
{
    if (self == NULL)
        return;
    for (const Owned *owned = self->owned; owned != NULL; owned = owned->older)
        owned->destroy (owned->thing);
    while (self->newest != NULL) {
        Chunk *older = self->newest->older;
        g_free (self->newest);
        self->newest = older;
    }
    g_free (self);
}
