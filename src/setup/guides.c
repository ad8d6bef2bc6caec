/* guides.c - how each mail program is pointed at the Maildir, as `inbasket client` tells it */
#include "guides.h"
#include "child.h"

#include <glib/gi18n-lib.h>
#include <string.h>

void
ib_guides_free (IbGuides *self)
{
    if (self == NULL)
        return;
    g_free (self->maildir);
    g_ptr_array_unref (self->guides);
    g_free (self);
}

void
ib_guide_text_free (IbGuideText *self)
{
    if (self == NULL)
        return;
    g_free (self->text);
    g_strfreev (self->remarks);
    g_free (self);
}

static void
guide_free (gpointer data)
{
    IbGuide *self = data;
    g_free (self->name);
    g_free (self->title);
    g_free (self);
}

/* --- the one document that answers ----------------------------------------------------------------------------------- */

typedef gpointer (*Read) (JsonObject *document);

typedef struct {
    Read read;
    GDestroyNotify free;
    gpointer answer; /* NULL: none has come */
} Question;

static void
question_free (gpointer data)
{
    Question *question = data;
    if (question->answer != NULL)
        question->free (question->answer);
    g_free (question);
}

static void
on_line (JsonObject *line, gpointer user_data)
{
    Question *question = g_task_get_task_data (user_data);
    if (question->answer == NULL)
        question->answer = question->read (line);
}

static void
on_ended (int status, const char *complaint, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Question *question = g_task_get_task_data (task);
    if (g_task_return_error_if_cancelled (task))
        return;
    if (question->answer != NULL)
        g_task_return_pointer (task, g_steal_pointer (&question->answer), question->free);
    else
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "%s",
                                 complaint != NULL ? complaint : _ ("There was no answer"));
}

/* It answers in a moment: who cancels does not hear of it, that is all. */
static void
ask (const char *home, const char *const *command, Read reader, GDestroyNotify release, GTask *task)
{
    static const IbChildEvents events = { on_line, on_ended };
    Question *question = g_new (Question, 1);
    GError *error = NULL;
    *question = (Question){ reader, release, NULL };
    g_task_set_task_data (task, question, question_free);
    if (ib_child_start (home, command, &events, g_object_ref (task), &error) == NULL) {
        g_task_return_error (task, error);
        g_object_unref (task);
    }
}

static char *
text_of (JsonObject *object, const char *name)
{
    return g_strdup (json_object_get_string_member_with_default (object, name, ""));
}

static JsonArray *
list_of (JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member (object, name);
    return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/* --- all --------------------------------------------------------------------------------------------------------------- */

static void
add_guides (IbGuides *self, JsonArray *clients, bool is_here)
{
    for (guint i = 0; clients != NULL && i < json_array_get_length (clients); i++) {
        JsonObject *client = json_array_get_object_element (clients, i);
        const char *program = json_object_get_string_member_with_default (client, "program", NULL);
        if ((program != NULL) != is_here)
            continue;
        IbGuide *guide = g_new (IbGuide, 1);
        *guide = (IbGuide){ text_of (client, "name"), text_of (client, "title"), is_here };
        g_ptr_array_add (self->guides, guide);
    }
}

static gpointer
read_list (JsonObject *document)
{
    IbGuides *self = g_new (IbGuides, 1);
    JsonArray *clients = list_of (document, "clients");
    *self = (IbGuides){ text_of (document, "maildir"), g_ptr_array_new_with_free_func (guide_free) };
    add_guides (self, clients, true);
    add_guides (self, clients, false);
    return self;
}

void
ib_guides_list (const char *home, GCancellable *cancellable, GAsyncReadyCallback done, gpointer user_data)
{
    const char *const command[] = { "client", NULL };
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, done, user_data);
    ask (home, command, read_list, (GDestroyNotify) ib_guides_free, task);
}

IbGuides *
ib_guides_list_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- one --------------------------------------------------------------------------------------------------------------- */

static gpointer
read_text (JsonObject *document)
{
    IbGuideText *self = g_new (IbGuideText, 1);
    JsonArray *remarks = list_of (document, "remarks");
    const char *needs = json_object_get_string_member_with_default (document, "needs", NULL);
    g_autoptr (GStrvBuilder) sentences = g_strv_builder_new ();
    for (guint i = 0; remarks != NULL && i < json_array_get_length (remarks); i++)
        g_strv_builder_add (sentences, json_array_get_string_element (remarks, i));
    if (needs != NULL) {
        g_autofree char *sentence = g_strdup_printf (_ ("It needs: %s."), needs);
        g_strv_builder_add (sentences, sentence);
    }
    *self = (IbGuideText){
        .text = text_of (document, "text"),
        .remarks = g_strv_builder_end (sentences),
        .is_imap = strcmp (json_object_get_string_member_with_default (document, "way", ""), "imap") == 0,
    };
    return self;
}

void
ib_guide_read (const char *home, const char *name, GCancellable *cancellable, GAsyncReadyCallback done,
               gpointer user_data)
{
    const char *const command[] = { "client", name, NULL };
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, done, user_data);
    ask (home, command, read_text, (GDestroyNotify) ib_guide_text_free, task);
}

IbGuideText *
ib_guide_read_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
