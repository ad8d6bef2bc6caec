/* learning.c - an account that stands now teaches the classifier, by the mail that is on its server */
#include "learning.h"
#include "child.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

struct _IbLearning {
    IbChild *child; /* NULL: it is at its end */
    const IbLearningEvents *events;
    gpointer user_data;
    char *words;   /* of its summary; NULL: there was none */
    char *trouble; /* of the account; NULL: none */
    bool is_stopped;
};

/* --- words ------------------------------------------------------------------------------------------------------------- */

char *
ib_learning_words (guint64 ham, guint64 spam, guint people)
{
    return g_strdup_printf (_ ("The classifier knows %" PRIu64 " good messages and %" PRIu64
                               " of spam, and %u people whom you write with."),
                            ham, spam, people);
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
    if (strcmp (event, "progress") == 0)
        self->events->progressed (number_of (line, "looked"), number_of (line, "expected"), self->user_data);
    else if (strcmp (event, "summary") == 0)
        take_summary (self, line);
}

static void
on_ended (int status, const char *complaint, gpointer user_data)
{
    IbLearning *self = user_data;
    const char *trouble = self->trouble != NULL && !self->is_stopped ? self->trouble : NULL;
    g_autoptr (GError) error = NULL;
    self->child = NULL;
    if (self->words == NULL && complaint != NULL)
        trouble = complaint;
    if (trouble != NULL || self->words == NULL)
        error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED,
                                     trouble != NULL ? trouble : _ ("Learning was cut short"));
    self->events->ended (error == NULL ? self->words : NULL, error, self->user_data);
}

/* --- the whole --------------------------------------------------------------------------------------------------------- */

IbLearning *
ib_learning_start (const IbPaths *paths, const char *account, const IbLearningEvents *events,
                   gpointer user_data, GError **error)
{
    static const IbChildEvents child_events = { on_line, on_ended };
    const char *const command[] = { "learn", "--progress", "--from", account, NULL };
    g_autoptr (IbLearning) self = g_new0 (IbLearning, 1);
    self->events = events;
    self->user_data = user_data;
    self->child = ib_child_start (paths->home, command, &child_events, self, error);
    return self->child != NULL ? g_steal_pointer (&self) : NULL;
}

void
ib_learning_stop (IbLearning *self)
{
    if (self->child == NULL)
        return;
    self->is_stopped = true;
    ib_child_stop (self->child);
}

void
ib_learning_free (IbLearning *self)
{
    if (self == NULL)
        return;
    ib_child_free (self->child);
    g_free (self->words);
    g_free (self->trouble);
    g_free (self);
}
