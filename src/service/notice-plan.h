/* notice-plan.h - which bubbles an account's new mail gets
 *
 *     add ─▶ waiting ─next─▶ being shown ─shown─▶ open ─closed─▶ forgotten
 *                                 ▲                 │
 *                                 └──── grouped ◀───┘
 *
 * Pure; one plan an account. Up to three messages have a bubble each. With the fourth all that are open become one, which
 * takes the place of the last of them and tells how many they are; what comes next replaces that, until it is closed. One
 * bubble at a time is on its way to the server: so a burst of mail is two bubbles, whatever its length, and no clock is
 * needed for that. Time is microseconds of any clock that does not run back. */
#pragma once

#include "config.h"
#include "story.h"

/* Messages that have a bubble each. */
#define IB_NOTICE_SINGLES 3
/* Messages that a group knows by id: its actions reach no more. */
#define IB_NOTICE_IDS 200
/* A group that grows is shown anew no more often. */
#define IB_NOTICE_GROWTH_US (2 * G_USEC_PER_SEC)

/* Whether a message is told of: it was delivered, and is neither spam nor in Junk. What a filter's `notify` names is,
 * unless it is IB_NOTIFY_NONE. Else it must be new (not \Seen), and with IB_NOTIFY_IMPORTANT be \Flagged, or personal mail
 * (or an invitation) from somebody with whom the user writes. */
bool ib_notice_is_wanted (const IbStory *story, IbNotify notify);

/* As the server knows them. */
typedef enum { IB_URGENCY_LOW, IB_URGENCY_NORMAL, IB_URGENCY_CRITICAL } IbUrgency;

typedef struct {
    guint32 replaces;   /* 0: none */
    char *title, *body; /* plain text; the body may have several lines */
    IbUrgency urgency;
    GPtrArray *ids; /* char *, of the messages */
    guint count;    /* of the messages */
} IbBubble;
void ib_bubble_free (IbBubble *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbBubble, ib_bubble_free)

typedef struct _IbNoticePlan IbNoticePlan;

/* @label: what the user calls the account. */
IbNoticePlan *ib_notice_plan_new (const char *label);
/* Whether a bubble says through which account its message came. */
void ib_notice_plan_set_labelled (IbNoticePlan *self, bool is_labelled);
/* @story is wanted. */
void ib_notice_plan_add (IbNoticePlan *self, const IbStory *story);
/* What waits is not told of. */
void ib_notice_plan_drop (IbNoticePlan *self);
/* Whether there is something to show, now or later. */
bool ib_notice_plan_waits (const IbNoticePlan *self);
/* What waits is shown as one, if it is more than one: it came while nobody looked. */
void ib_notice_plan_sum_up (IbNoticePlan *self);

typedef enum {
    IB_NOTICE_REST,  /* nothing, before *out_when (0: before something happens) */
    IB_NOTICE_SHOW,  /* *out_bubble, owned by the plan until it is told how that went */
    IB_NOTICE_CLOSE, /* the bubble *out_id, which another one stands for */
} IbNoticeStep;
IbNoticeStep ib_notice_plan_next (IbNoticePlan *self, gint64 now, const IbBubble **out_bubble,
                                  guint32 *out_id, gint64 *out_when);
/* What was to be shown is, as @id; 0: it is not, and not tried again. */
void ib_notice_plan_shown (IbNoticePlan *self, guint32 id, gint64 now);

/* The open bubble @id; NULL: it is none of this account's. Until the plan changes. */
const IbBubble *ib_notice_plan_find (const IbNoticePlan *self, guint32 id);
/* The bubble @id is gone. */
void ib_notice_plan_closed (IbNoticePlan *self, guint32 id);
/* All bubbles are gone, with the server that showed them; what waits does so still. */
void ib_notice_plan_forget (IbNoticePlan *self);
/* The ids of all open bubbles, for closing them. Returns: (transfer full) */
GArray *ib_notice_plan_open (const IbNoticePlan *self);

void ib_notice_plan_free (IbNoticePlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbNoticePlan, ib_notice_plan_free)
