/* session-large.c - messages too large for memory: through a pipe, into a file */
#include "session-private.h"
#include "spool.h"

#include <unistd.h>

/* A message that comes through a pipe: whole when its frame and all of its bytes are here. */
struct _IbSessionLarge {
    IbSession *session; /* NULL: nobody waits for it any more */
    bool was_announced, is_drained;
    IbRemoteMessage message;
    char *uidl;
    int file;
    guint64 size_bytes;
};

static void
large_free (IbSessionLarge *large)
{
    if (large->file >= 0)
        close (large->file);
    g_free (large->uidl);
    g_free (large);
}

/* Passes a large message on when both halves are here. */
static void
large_settle (IbSession *self)
{
    IbSessionLarge *large = self->large;
    if (!large->was_announced || !large->is_drained)
        return;
    self->large = NULL;
    int file = large->file;
    large->file = -1;
    g_autoptr (IbBag) bag = ib_bag_new (file);
    bool is_whole = large->size_bytes == large->message.size_bytes;
    if (is_whole)
        self->events->message (&large->message, bag, 0, self->user_data);
    large_free (large);
    if (is_whole)
        ib_session_tell_taken (self);
    else
        ib_session_end_nonsense (self, "large message of another size");
}

static void
large_drained (int fd, guint64 size_bytes, const GError *error, gpointer user_data)
{
    IbSessionLarge *large = user_data;
    IbSession *self = large->session;
    large->file = fd;
    large->size_bytes = size_bytes;
    large->is_drained = true;
    if (self == NULL) {
        large_free (large);
    } else if (error != NULL) {
        self->large = NULL;
        large_free (large);
        self->events->store_failed (error, self->user_data);
    } else {
        large_settle (self);
    }
}

bool
ib_session_spool_large (IbSession *self, IbFrame *frame)
{
    if (self->large != NULL)
        return false;
    self->large = g_new0 (IbSessionLarge, 1);
    self->large->session = self;
    self->large->file = -1;
    ib_spool_start (frame->fd, self->spool_folder, large_drained, self->large);
    frame->fd = -1;
    return true;
}

bool
ib_session_take_large (IbSession *self, const IbRemoteMessage *message)
{
    IbSessionLarge *large = self->large;
    if (large == NULL || large->was_announced || !ib_session_has_credit (self, 1, message->size_bytes))
        return false;
    large->was_announced = true;
    ib_session_count_in (self, 1, message->size_bytes);
    large->message = *message;
    large->uidl = g_strdup (message->uidl);
    large->message.uidl = large->uidl;
    large_settle (self);
    return true;
}

void
ib_session_forget_large (IbSession *self)
{
    if (self->large == NULL)
        return;
    self->large->session = NULL;
    if (self->large->is_drained)
        large_free (self->large);
    self->large = NULL;
}

void
ib_session_drop_large (IbSession *self)
{
    if (self->large != NULL && !self->large->was_announced)
        ib_session_forget_large (self);
}
