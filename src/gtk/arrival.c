/* arrival.c - a message that arrived, as an element of a list */
#include "arrival.h"
#include "escape.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* Characters of a field that are shown. */
#define LONGEST_FIELD 200

struct _IbArrival {
    GObject parent;

    char *id, *subject, *from, *account, *target, *verdict;
    char *folded; /* all that is searched */
    const char *style;
    gint64 at_us;
    double probability;
    bool is_junk, is_doubtful;
};

G_DEFINE_FINAL_TYPE (IbArrival, ib_arrival, G_TYPE_OBJECT)

static char *
safe (const char *text, const char *otherwise)
{
    return text != NULL && *text != '\0' ? ib_escape_text (text, -1, LONGEST_FIELD) : g_strdup (otherwise);
}

static char *
target_words (const IbStory *story)
{
    switch (story->action) {
    case IB_STORY_DISCARD:
        return g_strdup (_ ("Discarded"));
    case IB_STORY_DUPLICATE:
        return g_strdup (_ ("Here already"));
    case IB_STORY_DELIVER:
        break;
    }
    g_autoptr (GString) folders = g_string_new (NULL);
    for (guint i = 0; i < story->files->len; i++)
        g_string_append_printf (folders, "%s%s", i > 0 ? ", " : "",
                                ((const IbStoryFile *) story->files->pdata[i])->folder);
    return safe (folders->str, "INBOX");
}

static bool
goes_into_junk (const IbStory *story)
{
    bool is_junk = story->action == IB_STORY_DELIVER && story->files->len > 0;
    for (guint i = 0; i < story->files->len; i++)
        is_junk = is_junk && strcmp (((const IbStoryFile *) story->files->pdata[i])->folder, "Junk") == 0;
    return is_junk;
}

static void
take_verdict (IbArrival *self, const IbStory *story)
{
    static const struct {
        const char *verdict, *words, *style;
    } kinds[] = {
        { "spam", N_ ("Spam"), "error" },
        { "ham", N_ ("Not spam"), "success" },
        { "unsure", N_ ("Unsure"), "warning" },
    };
    self->verdict = g_strdup ("");
    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
        if (g_strcmp0 (story->verdict, kinds[i].verdict) != 0 || isnan (story->probability))
            continue;
        g_free (self->verdict);
        self->verdict = g_strdup_printf (_ ("%s (%.0f %%)"), _ (kinds[i].words), 100 * story->probability);
        self->style = kinds[i].style;
    }
}

static char *
fold (const char *text)
{
    g_autofree char *plain = g_utf8_normalize (text, -1, G_NORMALIZE_ALL_COMPOSE);
    return g_utf8_casefold (plain != NULL ? plain : "", -1);
}

IbArrival *
ib_arrival_new (const IbHeardMessage *message)
{
    const IbStory *story = message->story;
    IbArrival *self = g_object_new (IB_TYPE_ARRIVAL, NULL);
    self->id = g_strdup (story->id);
    bool is_adopted = ib_story_is_adopted (story);
    self->subject = safe (story->subject, is_adopted ? _ ("Known by its file's name") : _ ("No subject"));
    self->from = safe (story->from, _ ("Unknown sender"));
    self->account = safe (story->account, "");
    self->target = target_words (story);
    self->at_us = story->delivered_at > 0 ? story->delivered_at : g_get_real_time ();
    self->probability = story->probability;
    self->is_junk = goes_into_junk (story);
    self->is_doubtful = g_strcmp0 (story->verdict, "spam") == 0 || g_strcmp0 (story->verdict, "unsure") == 0;
    take_verdict (self, story);
    g_autofree char *all = g_strjoin ("\n", self->subject, self->from, self->account, self->target,
                                      story->recipient != NULL ? story->recipient : "", self->id, NULL);
    self->folded = fold (all);
    return self;
}

char **
ib_arrival_fold_words (const char *text)
{
    g_autofree char *folded = fold (text);
    g_auto (GStrv) all = g_strsplit_set (folded, " \t", -1);
    g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
    for (char **word = all; *word != NULL; word++)
        if (**word != '\0')
            g_strv_builder_add (words, *word);
    return g_strv_builder_end (words);
}

bool
ib_arrival_matches (IbArrival *self, char **words)
{
    for (; words != NULL && *words != NULL; words++)
        if (strstr (self->folded, *words) == NULL)
            return false;
    return true;
}

bool
ib_arrival_equals (IbArrival *self, IbArrival *other)
{
    return strcmp (self->id, other->id) == 0 && strcmp (self->target, other->target) == 0
           && strcmp (self->verdict, other->verdict) == 0 && self->is_junk == other->is_junk
           && self->is_doubtful == other->is_doubtful && strcmp (self->subject, other->subject) == 0;
}

const char *
ib_arrival_id (IbArrival *self)
{
    return self->id;
}

const char *
ib_arrival_subject (IbArrival *self)
{
    return self->subject;
}

const char *
ib_arrival_from (IbArrival *self)
{
    return self->from;
}

const char *
ib_arrival_account (IbArrival *self)
{
    return self->account;
}

const char *
ib_arrival_target (IbArrival *self)
{
    return self->target;
}

const char *
ib_arrival_verdict (IbArrival *self)
{
    return self->verdict;
}

const char *
ib_arrival_style (IbArrival *self)
{
    return self->style;
}

gint64
ib_arrival_at_us (IbArrival *self)
{
    return self->at_us;
}

double
ib_arrival_probability (IbArrival *self)
{
    return self->probability;
}

bool
ib_arrival_is_junk (IbArrival *self)
{
    return self->is_junk;
}

bool
ib_arrival_is_doubtful (IbArrival *self)
{
    return self->is_doubtful && !isnan (self->probability);
}

static void
ib_arrival_finalize (GObject *object)
{
    IbArrival *self = IB_ARRIVAL (object);
    g_free (self->id);
    g_free (self->subject);
    g_free (self->from);
    g_free (self->account);
    g_free (self->target);
    g_free (self->verdict);
    g_free (self->folded);
    G_OBJECT_CLASS (ib_arrival_parent_class)->finalize (object);
}

static void
ib_arrival_class_init (IbArrivalClass *class)
{
    G_OBJECT_CLASS (class)->finalize = ib_arrival_finalize;
}

static void
ib_arrival_init (IbArrival *self)
{
}
