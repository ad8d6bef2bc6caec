/* move-watch.c - learns from what the user does with mail, as it is done */
#include "move-watch.h"
#include "folder-watch.h"
#include "moves.h"

#include <string.h>

/* Lessons of a kind: so long new mail waits, a tenth of a second at most. */
#define MOST_AT_ONCE 50

struct _IbMoveWatch {
    IbService *service;
    IbFolderWatch *folders; /* NULL: nothing is to be learned, or nobody knows where yet */
    char *maildir;
    IbLayout layout;
    bool is_asked;            /* for the home, and has not given it back */
    bool is_behind;           /* something was moved since it came */
    IbHome *home;             /* while it learns */
    IbGeneration *generation; /* by which it learns */
    char *complaint;          /* that was told last; NULL */
};

static void ask_for_home (IbMoveWatch *self);

/* A notice as any other of the service's, and the same one only once. */
static void
complain (IbMoveWatch *self, const char *text)
{
    if (g_strcmp0 (text, self->complaint) == 0)
        return;
    g_free (self->complaint);
    self->complaint = g_strdup (text);
    if (text != NULL)
        ib_service_say (self->service, text);
}

/* The rest of what is to be learned has its turn behind the mail that waits for the home. */
static void
on_learned (bool is_more, const GError *error, gpointer user_data)
{
    IbMoveWatch *self = user_data;
    IbLearned *learned = ib_service_learned (self->service);
    ib_learned_refresh (learned, self->home->journal);
    ib_learned_introduce (learned, ib_generation_context (self->generation)->pool);
    complain (self, error != NULL ? error->message : NULL);
    self->home = NULL;
    g_clear_pointer (&self->generation, ib_generation_unref);
    ib_service_give_back (self->service);
    self->is_asked = false;
    if (self->is_behind || is_more)
        ask_for_home (self);
}

/* Where there is no home, it is asked for again once there is one: see on_reloaded (). */
static void
on_home (IbHome *home, const GError *error, gpointer user_data)
{
    IbMoveWatch *self = user_data;
    IbGeneration *generation = ib_service_generation (self->service);
    self->is_asked = home != NULL;
    self->is_behind = home == NULL;
    if (home == NULL)
        return;
    self->home = home;
    self->generation = ib_generation_ref (generation);
    ib_moves_begin (ib_generation_config (generation), ib_generation_known (generation),
                    ib_service_learned (self->service), home, g_get_real_time (), MOST_AT_ONCE, on_learned,
                    self);
}

static void
ask_for_home (IbMoveWatch *self)
{
    self->is_behind = true;
    if (self->is_asked)
        return;
    self->is_asked = true;
    ib_service_borrow (self->service, on_home, self);
}

static void
on_moved (gpointer user_data)
{
    ask_for_home (user_data);
}

static void
on_notice (const char *text, gpointer user_data)
{
    ib_service_say (((IbMoveWatch *) user_data)->service, text);
}

static void
watch (IbMoveWatch *self)
{
    static const IbFolderWatchEvents events = { on_moved, on_notice };
    const IbConfig *config = ib_service_config (self->service);
    bool is_wanted = config != NULL && config->learns_from_moves;
    if (self->folders != NULL && is_wanted && strcmp (config->maildir, self->maildir) == 0
        && config->layout == self->layout)
        return;
    g_clear_pointer (&self->folders, ib_folder_watch_free);
    g_clear_pointer (&self->maildir, g_free);
    if (!is_wanted)
        return;
    self->maildir = g_strdup (config->maildir);
    self->layout = config->layout;
    self->folders = ib_folder_watch_new (self->maildir, self->layout, NULL, &events, self);
}

static void
on_reloaded (gpointer user_data)
{
    IbMoveWatch *self = user_data;
    watch (self);
    if (self->folders != NULL && self->is_behind)
        ask_for_home (self);
}

static void
on_polled (const IbPollResult *result, bool is_whole, gpointer user_data)
{
    IbMoveWatch *self = user_data;
    if (self->folders != NULL)
        ib_folder_watch_polled (self->folders);
}

IbMoveWatch *
ib_move_watch_new (IbService *service)
{
    static const IbServiceListener listener = { .reloaded = on_reloaded, .polled = on_polled };
    IbMoveWatch *self = g_new0 (IbMoveWatch, 1);
    self->service = service;
    ib_service_listen (service, &listener, self);
    watch (self);
    return self;
}

void
ib_move_watch_free (IbMoveWatch *self)
{
    if (self == NULL)
        return;
    ib_service_unlisten (self->service, self);
    ib_folder_watch_free (self->folders);
    g_free (self->maildir);
    g_free (self->complaint);
    g_free (self);
}
