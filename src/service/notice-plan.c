/* notice-plan.c - which bubbles an account's new mail gets */
#include "notice-plan.h"
#include "notice-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Characters that are shown: alone in a bubble, and on a line of a group's. */
#define TITLE_MOST 100
#define BODY_MOST 300
#define LINE_SENDER_MOST 40
#define LINE_SUBJECT_MOST 80
/* Messages that a group names. */
#define LINES 4

/* --- what is told of --- */

static bool
has_flag (const IbStory *story, char letter)
{
    for (guint i = 0; i < story->files->len; i++)
        if (strchr (((const IbStoryFile *) story->files->pdata[i])->info, letter) != NULL)
            return true;
    return false;
}

static bool
is_below (const char *folder, const char *top)
{
    gsize length = strlen (top);
    return strncmp (folder, top, length) == 0 && (folder[length] == '\0' || folder[length] == '.');
}

/* Where nobody looks for news: all of its files are in Junk or Trash. */
static bool
is_put_away (const IbStory *story)
{
    for (guint i = 0; i < story->files->len; i++) {
        const char *folder = ((const IbStoryFile *) story->files->pdata[i])->folder;
        if (!is_below (folder, "Junk") && !is_below (folder, "Trash"))
            return false;
    }
    return true;
}

/* Written to the user, and not to many or by a machine. */
static bool
is_personal (const IbStory *story)
{
    return g_strcmp0 (story->kind, "personal") == 0 || g_strcmp0 (story->kind, "calendar") == 0;
}

bool
ib_notice_is_wanted (const IbStory *story, IbNotify notify)
{
    bool came_through = story->action == IB_STORY_DELIVER && g_strcmp0 (story->verdict, "spam") != 0
                        && !is_put_away (story);
    if (!came_through || notify == IB_NOTIFY_NONE)
        return false;
    if (story->notices->len > 0)
        return true;
    if (has_flag (story, 'S'))
        return false;
    return notify == IB_NOTIFY_ALL || has_flag (story, 'F') || (is_personal (story) && story->is_from_known);
}

/* --- what is told --- */

/* A message's words, cleaned. */
typedef struct {
    char *id, *sender, *subject;
    IbUrgency urgency;
} Note;

static void
note_clear (gpointer pointer)
{
    Note *self = pointer;
    g_free (self->id);
    g_free (self->sender);
    g_free (self->subject);
}

static void
note_unref (gpointer self)
{
    g_rc_box_release_full (self, note_clear);
}

static GPtrArray *
notes_new (void)
{
    return g_ptr_array_new_with_free_func (note_unref);
}

/* Of what several filters ask for the most important, and of those the first; NULL: none asks. */
static const IbStoryNotice *
first_notice (const IbStory *story)
{
    const IbStoryNotice *first = NULL;
    for (guint i = 0; i < story->notices->len; i++) {
        const IbStoryNotice *notice = story->notices->pdata[i];
        if (first == NULL || notice->importance < first->importance)
            first = notice;
    }
    return first;
}

static IbUrgency
urgency_of (const IbStory *story, const IbStoryNotice *notice)
{
    if (notice == NULL)
        return is_personal (story) || has_flag (story, 'F') ? IB_URGENCY_NORMAL : IB_URGENCY_LOW;
    return notice->importance <= 1   ? IB_URGENCY_CRITICAL
           : notice->importance == 2 ? IB_URGENCY_NORMAL
                                     : IB_URGENCY_LOW;
}

static Note *
note_new (const IbStory *story)
{
    const IbStoryNotice *notice = first_notice (story);
    const char *text = notice != NULL && *notice->text != '\0' ? notice->text : story->subject;
    bool has_author = notice != NULL && *notice->from != '\0';
    const char *from = has_author ? notice->from : story->from;
    Note *self = g_rc_box_new0 (Note);
    self->id = g_strdup (story->id);
    self->sender
        = ib_notice_text_sender (from != NULL ? from : "", story->is_from_known || has_author, TITLE_MOST);
    self->subject = ib_notice_text_clean (text != NULL ? text : "", BODY_MOST);
    if (*self->subject == '\0') {
        g_free (self->subject);
        self->subject = g_strdup (_ ("Without a subject"));
    }
    self->urgency = urgency_of (story, notice);
    return self;
}

/* --- bubbles --- */

typedef struct {
    IbBubble bubble;
    guint32 id; /* the server's, once it is shown */
    bool is_group;
    GPtrArray *notes; /* of the messages that are named in it, oldest first */
} Shown;

static Shown *
shown_new (bool is_group)
{
    Shown *self = g_new0 (Shown, 1);
    self->is_group = is_group;
    self->bubble.ids = g_ptr_array_new_with_free_func (g_free);
    self->bubble.urgency = IB_URGENCY_LOW;
    self->notes = notes_new ();
    return self;
}

void
ib_bubble_free (IbBubble *self)
{
    if (self == NULL)
        return;
    g_free (self->title);
    g_free (self->body);
    g_ptr_array_unref (self->ids);
    g_free (self);
}

static void
shown_free (gpointer pointer)
{
    Shown *self = pointer;
    if (self == NULL)
        return;
    g_ptr_array_unref (self->notes);
    ib_bubble_free (&self->bubble); /* the first member: frees @self */
}

/* The oldest of the least urgent makes room. */
static void
drop_a_line (GPtrArray *notes)
{
    guint least = 0;
    for (guint i = 1; i < notes->len; i++)
        if (((const Note *) notes->pdata[i])->urgency < ((const Note *) notes->pdata[least])->urgency)
            least = i;
    g_ptr_array_remove_index (notes, least);
}

static void
add_line (Shown *self, Note *note)
{
    self->bubble.urgency = MAX (self->bubble.urgency, note->urgency);
    g_ptr_array_add (self->notes, g_rc_box_acquire (note));
    if (self->notes->len > LINES)
        drop_a_line (self->notes);
}

static void
add_id (Shown *self, const char *id)
{
    if (self->bubble.ids->len < IB_NOTICE_IDS)
        g_ptr_array_add (self->bubble.ids, g_strdup (id));
}

/* --- a plan --- */

struct _IbNoticePlan {
    char *label;
    bool is_labelled;
    GPtrArray *waiting; /* Note, oldest first */
    guint unlisted;     /* more of them, which nobody noted */
    bool sums_up;
    GPtrArray *open;     /* Shown: some single ones, or a group */
    Shown *showing;      /* on its way to the server; NULL: none */
    GArray *superfluous; /* guint32: bubbles that a group stands for */
    gint64 grew_at;
};

IbNoticePlan *
ib_notice_plan_new (const char *label)
{
    IbNoticePlan *self = g_new0 (IbNoticePlan, 1);
    self->label = ib_notice_text_clean (label, TITLE_MOST);
    self->waiting = notes_new ();
    self->open = g_ptr_array_new_with_free_func (shown_free);
    self->superfluous = g_array_new (FALSE, FALSE, sizeof (guint32));
    return self;
}

void
ib_notice_plan_free (IbNoticePlan *self)
{
    if (self == NULL)
        return;
    g_free (self->label);
    g_ptr_array_unref (self->waiting);
    g_ptr_array_unref (self->open);
    shown_free (self->showing);
    g_array_unref (self->superfluous);
    g_free (self);
}

void
ib_notice_plan_set_labelled (IbNoticePlan *self, bool is_labelled)
{
    self->is_labelled = is_labelled;
}

void
ib_notice_plan_add (IbNoticePlan *self, const IbStory *story)
{
    g_ptr_array_add (self->waiting, note_new (story));
    if (self->waiting->len > IB_NOTICE_IDS) {
        g_ptr_array_remove_index (self->waiting, 0);
        self->unlisted++;
    }
}

void
ib_notice_plan_drop (IbNoticePlan *self)
{
    g_ptr_array_set_size (self->waiting, 0);
    self->unlisted = 0;
}

bool
ib_notice_plan_waits (const IbNoticePlan *self)
{
    return self->waiting->len > 0 || self->superfluous->len > 0;
}

void
ib_notice_plan_sum_up (IbNoticePlan *self)
{
    self->sums_up = self->waiting->len > 0;
}

static Shown *
find_group (const IbNoticePlan *self)
{
    for (guint i = 0; i < self->open->len; i++) {
        Shown *shown = self->open->pdata[i];
        if (shown->is_group)
            return shown;
    }
    return NULL;
}

static bool
must_group (const IbNoticePlan *self)
{
    guint waiting = self->waiting->len + self->unlisted;
    return find_group (self) != NULL || self->open->len + waiting > IB_NOTICE_SINGLES
           || (self->sums_up && waiting > 1);
}

static void
write_group (IbNoticePlan *self, Shown *group)
{
    IbBubble *bubble = &group->bubble;
    GString *body = g_string_new (NULL);
    if (self->is_labelled)
        bubble->title
            = g_strdup_printf (ngettext ("%u new message for %s", "%u new messages for %s", bubble->count),
                               bubble->count, self->label);
    else
        bubble->title
            = g_strdup_printf (ngettext ("%u new message", "%u new messages", bubble->count), bubble->count);
    for (guint i = 0; i < group->notes->len; i++) {
        const Note *note = group->notes->pdata[i];
        g_autofree char *sender = ib_notice_text_clean (note->sender, LINE_SENDER_MOST);
        g_autofree char *subject = ib_notice_text_clean (note->subject, LINE_SUBJECT_MOST);
        g_string_append_printf (body, "%s%s: %s", i > 0 ? "\n" : "", sender, subject);
    }
    guint more = bubble->count - group->notes->len;
    if (more > 0)
        g_string_append_printf (body, ngettext ("\nand %u more", "\nand %u more", more), more);
    bubble->body = g_string_free (body, FALSE);
}

/* All that is open, and all that waits. */
static Shown *
make_group (IbNoticePlan *self)
{
    Shown *group = shown_new (true);
    for (guint i = 0; i < self->open->len; i++) {
        Shown *open = self->open->pdata[i];
        for (guint n = 0; n < open->notes->len; n++)
            add_line (group, open->notes->pdata[n]);
        for (guint n = 0; n < open->bubble.ids->len; n++)
            add_id (group, open->bubble.ids->pdata[n]);
        group->bubble.count += open->bubble.count;
        group->bubble.replaces = open->id;
    }
    for (guint i = 0; i < self->waiting->len; i++) {
        Note *note = self->waiting->pdata[i];
        add_line (group, note);
        add_id (group, note->id);
    }
    group->bubble.count += self->waiting->len + self->unlisted;
    write_group (self, group);
    g_ptr_array_set_size (self->waiting, 0);
    self->unlisted = 0;
    return group;
}

static Shown *
make_single (IbNoticePlan *self)
{
    Shown *single = shown_new (false);
    Note *note = self->waiting->pdata[0];
    add_line (single, note);
    add_id (single, note->id);
    single->bubble.count = 1;
    single->bubble.title = g_strdup (note->sender);
    single->bubble.body = self->is_labelled ? g_strdup_printf (_ ("%s\nfor %s"), note->subject, self->label)
                                            : g_strdup (note->subject);
    g_ptr_array_remove_index (self->waiting, 0);
    return single;
}

IbNoticeStep
ib_notice_plan_next (IbNoticePlan *self, gint64 now, const IbBubble **out_bubble, guint32 *out_id,
                     gint64 *out_when)
{
    *out_when = 0;
    if (self->showing != NULL)
        return IB_NOTICE_REST;
    if (self->superfluous->len > 0) {
        *out_id = g_array_index (self->superfluous, guint32, 0);
        g_array_remove_index (self->superfluous, 0);
        return IB_NOTICE_CLOSE;
    }
    if (self->waiting->len == 0)
        return IB_NOTICE_REST;
    if (find_group (self) != NULL && now < self->grew_at + IB_NOTICE_GROWTH_US) {
        *out_when = self->grew_at + IB_NOTICE_GROWTH_US;
        return IB_NOTICE_REST;
    }
    self->showing = must_group (self) ? make_group (self) : make_single (self);
    self->sums_up = false;
    *out_bubble = &self->showing->bubble;
    return IB_NOTICE_SHOW;
}

void
ib_notice_plan_shown (IbNoticePlan *self, guint32 id, gint64 now)
{
    Shown *shown = g_steal_pointer (&self->showing);
    if (id == 0 || shown == NULL) {
        shown_free (shown);
        return;
    }
    shown->id = id;
    for (guint i = 0; shown->is_group && i < self->open->len; i++) {
        guint32 other = ((const Shown *) self->open->pdata[i])->id;
        if (other != id)
            g_array_append_val (self->superfluous, other);
    }
    if (shown->is_group) {
        g_ptr_array_set_size (self->open, 0);
        self->grew_at = now;
    }
    g_ptr_array_add (self->open, shown);
}

static int
index_of (const IbNoticePlan *self, guint32 id)
{
    for (guint i = 0; i < self->open->len; i++)
        if (((const Shown *) self->open->pdata[i])->id == id)
            return (int) i;
    return -1;
}

const IbBubble *
ib_notice_plan_find (const IbNoticePlan *self, guint32 id)
{
    int i = index_of (self, id);
    return i >= 0 ? &((const Shown *) self->open->pdata[i])->bubble : NULL;
}

void
ib_notice_plan_closed (IbNoticePlan *self, guint32 id)
{
    int i = index_of (self, id);
    if (i >= 0)
        g_ptr_array_remove_index (self->open, (guint) i);
}

void
ib_notice_plan_forget (IbNoticePlan *self)
{
    g_ptr_array_set_size (self->open, 0);
    g_array_set_size (self->superfluous, 0);
}

GArray *
ib_notice_plan_open (const IbNoticePlan *self)
{
    GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint32));
    for (guint i = 0; i < self->open->len; i++)
        g_array_append_val (ids, ((const Shown *) self->open->pdata[i])->id);
    return ids;
}
