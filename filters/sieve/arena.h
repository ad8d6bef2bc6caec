/* arena.h - memory that is given back as a whole
 *
 * A tree, a program and a run each own one: what they hold lives exactly as long as they do. */
#pragma once

#include <glib.h>

/* Bytes that somebody else owns; any octet may be among them. */
typedef struct {
    const char *bytes;
    gsize length;
} IbSpan;

/* A span over a string literal. */
#define IB_SPAN(literal) ((IbSpan){ (literal), sizeof (literal) - 1 })

typedef struct _IbArena IbArena;

IbArena *ib_arena_new (void);
/* Zeroed, aligned for anything; never NULL. */
void *ib_arena_alloc (IbArena *self, gsize size_bytes);
/* A copy with a NUL behind it. */
char *ib_arena_copy (IbArena *self, const char *bytes, gsize length);
/* Calls @destroy on @thing, which is somebody else's memory, before the arena goes. */
void ib_arena_own (IbArena *self, gpointer thing, GDestroyNotify destroy);
void ib_arena_free (IbArena *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbArena, ib_arena_free)

#define ib_arena_new_array(arena, Type, count) ((Type *) ib_arena_alloc ((arena), sizeof (Type) * (count)))
