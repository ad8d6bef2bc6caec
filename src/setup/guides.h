/* guides.h - how each mail program is pointed at the Maildir, as `inbasket client` tells it
 *
 * Nothing is written, and no program is started but our own. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef struct {
    char *name;   /* for ib_guide_read () */
    char *title;  /* as people know it */
    bool is_here; /* the program is installed */
} IbGuide;

typedef struct {
    char *maildir;
    GPtrArray *guides; /* IbGuide: those that are here first */
} IbGuides;

typedef struct {
    char *text;     /* what is to be put into its settings, or done */
    char **remarks; /* a sentence each */
    bool is_imap;   /* it reads over IMAP, from a server that “inbasket client NAME --write” sets up */
} IbGuideText;

/* @home: of --home, or NULL. */
void ib_guides_list (const char *home, GCancellable *cancellable, GAsyncReadyCallback done,
                     gpointer user_data);
/* Returns: (transfer full) (nullable) */
IbGuides *ib_guides_list_finish (GAsyncResult *result, GError **error);
void ib_guides_free (IbGuides *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbGuides, ib_guides_free)

void ib_guide_read (const char *home, const char *name, GCancellable *cancellable, GAsyncReadyCallback done,
                    gpointer user_data);
/* Returns: (transfer full) (nullable) */
IbGuideText *ib_guide_read_finish (GAsyncResult *result, GError **error);
void ib_guide_text_free (IbGuideText *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbGuideText, ib_guide_text_free)
