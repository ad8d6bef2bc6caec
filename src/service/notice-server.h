/* notice-server.h - the desktop's notification server (org.freedesktop.Notifications), whichever it is
 *
 *     unasked ─is_ready()?─▶ asked what it can do ─▶ known ─it leaves─▶ unasked
 *                                   │
 *                                   └─none─▶ absent ─after a minute, or when one comes─▶ unasked
 *
 * One may come, go and be another one at any time. Nothing here fails: where there is none, a line in the log says so
 * once, and ib_notice_server_is_ready () goes on being false. */
#pragma once

#include "notice-plan.h"

#include <gio/gio.h>

typedef struct _IbNoticeServer IbNoticeServer;

typedef struct {
    /* What waits may be shown now, perhaps. */
    void (*ready) (gpointer user_data);
    /* The same after a time in which nothing could be, or was to be, shown: what came meanwhile is best summed up. */
    void (*released) (gpointer user_data);
    /* It has left, and all bubbles with it. */
    void (*left) (gpointer user_data);
    /* Other programs' bubbles are told of, too. */
    void (*closed) (guint32 id, gpointer user_data);
    /* @key: of the action. @token: for whoever opens a window (XDG_ACTIVATION_TOKEN), or NULL. Most servers close a bubble
     * that was clicked; the others have to be asked to. */
    void (*clicked) (guint32 id, const char *key, const char *token, gpointer user_data);
} IbNoticeServerEvents;

typedef struct {
    guint32 replaces;               /* 0: none */
    const char *icon;
    const char *title, *text;       /* plain, whatever they hold; the text may have several lines */
    const char *category;           /* as the specification calls it */
    IbUrgency urgency;
    const char *const *actions;     /* a key, its label, and so on; NULL-ended. Shown where the server can */
} IbNotice;

/* @id: what the server calls the bubble; 0: it does not show it. */
typedef void (*IbNoticeShown) (guint32 id, gpointer user_data);

/* @session: the session bus. @events must outlive it. */
IbNoticeServer *ib_notice_server_new (GDBusConnection *session, const IbNoticeServerEvents *events, gpointer user_data);
/* Whether it can be asked to show something. If it was not asked yet what it can do, it is (and started, where that can be
 * done); .ready says when to look again. */
bool ib_notice_server_is_ready (IbNoticeServer *self);
/* The user is not to be disturbed. */
bool ib_notice_server_is_inhibited (const IbNoticeServer *self);
/* @shown (nullable) is not called any more when @cancellable was cancelled. */
void ib_notice_server_show (IbNoticeServer *self, const IbNotice *notice, GCancellable *cancellable, IbNoticeShown shown,
                            gpointer user_data);
void ib_notice_server_close (IbNoticeServer *self, guint32 id);
/* Bubbles that are open stay so. */
void ib_notice_server_free (IbNoticeServer *self);
