/* learning.c - accounts that stand now teach the classifier, one after the other, by the mail that is on their servers */
#include "learning.h"
#include "child.h"
#include "unfinished.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

struct _IbLearning {
    char *home;
    const IbLearningEvents *events; /* NULL: nobody listens */
    gpointer user_data;
    GQueue accounts; /* char *: the first is at it, if .child is there */
    IbChild *child;

    char *words;   /* of its summary; NULL: there was none */
    char *trouble; /* of the account; NULL: none */
    bool is_stopped;
};

/* Those that are at it, be it that nobody listens. */
static GList *learning;

/* --- words ------------------------------------------------------------------------------------------------------------- */

char *
ib_learning_words (guint64 ham, guint64 spam, guint people)
{
    g_autofree char *mail = g_strdup_printf (
        g_dngettext (GETTEXT_PACKAGE, "The classifier knows %" PRIu64 " good message and %" PRIu64 " of spam",
                     "The classifier knows %" PRIu64 " good messages and %" PRIu64 " of spam", (gulong) ham),
        ham, spam);
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s, and %u person whom you write with.",
                                         "%s, and %u people whom you write with.", people),
                            mail, people);
}

char *
ib_learning_hint (guint64 ham, guint64 spam, guint enough)
{
    return ham < enough || spam < enough ? g_strdup_printf (_ ("It judges once it knows %u of each"), enough)
                                         : NULL;
}

/* --- its lines --------------------------------------------------------------------------------------------------------- */

static guint64
number_of (JsonObject *line, const char *name)
{
    return (guint64) MAX (json_object_get_int_member_with_default (line, name, 0), 0);
}

static void
take_summary (IbLearning *self, JsonObject *line)
{
    guint64 ham = number_of (line, "ham"), spam = number_of (line, "spam");
    g_autofree char *words = ib_learning_words (ham, spam, (guint) number_of (line, "people"));
    g_autofree char *hint = ib_learning_hint (ham, spam, (guint) number_of (line, "enough"));
    JsonArray *sources
        = json_object_has_member (line, "sources") ? json_object_get_array_member (line, "sources") : NULL;
    g_free (self->words);
    self->words = hint != NULL ? g_strdup_printf ("%s %s.", words, hint) : g_steal_pointer (&words);
    for (guint i = 0; sources != NULL && i < json_array_get_length (sources); i++) {
        JsonObject *source = json_array_get_object_element (sources, i);
        if (self->trouble == NULL)
            self->trouble = g_strdup (json_object_get_string_member_with_default (source, "error", NULL));
    }
}

static void
on_line (JsonObject *line, gpointer user_data)
{
    IbLearning *self = user_data;
    const char *event = json_object_get_string_member_with_default (line, "event", "");
    if (strcmp (event, "summary") == 0)
        take_summary (self, line);
    else if (strcmp (event, "progress") == 0 && self->events != NULL)
        self->events->progressed (g_queue_peek_head (&self->accounts), number_of (line, "looked"),
                                  number_of (line, "expected"), self->user_data);
}

/* --- one account after the other ---------------------------------------------------------------------------------------- */

static void begin (IbLearning *self);

static void
release (IbLearning *self)
{
    g_queue_clear_full (&self->accounts, g_free);
    g_free (self->words);
    g_free (self->trouble);
    g_free (self->home);
    g_free (self);
}

static void
end (IbLearning *self, const GError *error)
{
    g_autofree char *account = g_queue_pop_head (&self->accounts);
    g_autofree char *words = error == NULL ? g_steal_pointer (&self->words) : NULL;
    const IbLearningEvents *events = self->events;
    gpointer user_data = self->user_data;
    g_clear_pointer (&self->words, g_free);
    g_clear_pointer (&self->trouble, g_free);
    self->is_stopped = false;
    if (!g_queue_is_empty (&self->accounts))
        begin (self);
    else if (events == NULL)
        release (self);
    if (events != NULL)
        events->ended (account, words, error, user_data);
}

static void
on_ended (int status, const char *complaint, gpointer user_data)
{
    IbLearning *self = user_data;
    const char *trouble = self->trouble != NULL && !self->is_stopped ? self->trouble : NULL;
    g_autoptr (GError) error = NULL;
    self->child = NULL;
    learning = g_list_remove (learning, self);
    if (self->words == NULL && complaint != NULL)
        trouble = complaint;
    if (trouble != NULL || self->words == NULL)
        error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED,
                                     trouble != NULL ? trouble : _ ("Learning was cut short"));
    end (self, error);
    ib_unfinished_end ();
}

static void
begin (IbLearning *self)
{
    static const IbChildEvents events = { on_line, on_ended };
    const char *account = g_queue_peek_head (&self->accounts);
    const char *const command[] = { "learn", "--progress", "--from", account, NULL };
    g_autoptr (GError) error = NULL;
    if (self->events != NULL)
        self->events->progressed (account, 0, 0, self->user_data);
    self->child = ib_child_start (self->home, command, &events, self, &error);
    if (self->child == NULL) {
        end (self, error);
        return;
    }
    learning = g_list_append (learning, self);
    ib_unfinished_begin ();
}

/* --- the whole --------------------------------------------------------------------------------------------------------- */

IbLearning *
ib_learning_new (const IbPaths *paths, const IbLearningEvents *events, gpointer user_data)
{
    IbLearning *self = g_new0 (IbLearning, 1);
    self->home = g_strdup (paths->home);
    self->events = events;
    self->user_data = user_data;
    g_queue_init (&self->accounts);
    return self;
}

void
ib_learning_add (IbLearning *self, const char *account)
{
    g_queue_push_tail (&self->accounts, g_strdup (account));
    if (g_queue_get_length (&self->accounts) == 1)
        begin (self);
}

void
ib_learning_stop (IbLearning *self)
{
    if (self->child == NULL)
        return;
    while (g_queue_get_length (&self->accounts) > 1)
        g_free (g_queue_pop_tail (&self->accounts));
    self->is_stopped = true;
    ib_child_stop (self->child);
}

void
ib_learning_free (IbLearning *self)
{
    if (self == NULL)
        return;
    self->events = NULL;
    if (self->child == NULL)
        release (self);
}

const char *
ib_learning_account (void)
{
    return learning != NULL ? g_queue_peek_head (&((IbLearning *) learning->data)->accounts) : NULL;
}

void
ib_learning_stop_all (void)
{
    for (GList *each = learning; each != NULL; each = each->next)
        ib_learning_stop (each->data);
}
