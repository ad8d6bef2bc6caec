/* why-page.c - why a message went where it did */
#include "why-page.h"
#include "always-dialog.h"
#include "escape.h"
#include "telling.h"
#include "why-rows.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* Pieces of evidence that are shown. */
#define MOST_EVIDENCE 12
#define LONGEST_FIELD 300

struct _IbWhyPage {
    AdwBin parent;

    IbLink *link; /* NULL: nothing was shown yet */
    char *id;     /* that is asked for, then the message's own */
    GtkStack *states;
    AdwStatusPage *trouble;
    GtkLabel *subject, *from, *where, *verdict;
    GtkLevelBar *level;
    GtkWidget *junk_button, *not_junk_button, *undo_button;
    AdwPreferencesGroup *evidence, *causes, *path, *authentication, *rules, *details;
    GPtrArray *rows; /* Placed: all that were added to the groups */
};

/* A row, and the group that has it. */
typedef struct {
    AdwPreferencesGroup *group;
    GtkWidget *row;
} Placed;

enum { ACTED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IbWhyPage, ib_why_page, ADW_TYPE_BIN)

/* --- what it shows ------------------------------------------------------------------------------------------------ */

static void
add (IbWhyPage *self, AdwPreferencesGroup *group, GtkWidget *row)
{
    if (row == NULL)
        return;
    Placed *placed = g_new (Placed, 1);
    *placed = (Placed){ group, row };
    g_ptr_array_add (self->rows, placed);
    adw_preferences_group_add (group, row);
    gtk_widget_set_visible (GTK_WIDGET (group), TRUE);
}

static void
clear (IbWhyPage *self)
{
    AdwPreferencesGroup *const groups[]
        = { self->evidence, self->causes, self->path, self->authentication, self->rules, self->details };
    for (guint i = 0; i < self->rows->len; i++) {
        const Placed *placed = self->rows->pdata[i];
        adw_preferences_group_remove (placed->group, placed->row);
    }
    g_ptr_array_set_size (self->rows, 0);
    for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
        gtk_widget_set_visible (GTK_WIDGET (groups[i]), FALSE);
}

static void
show_safe (GtkLabel *label, const char *text, const char *otherwise)
{
    g_autofree char *safe = *text != '\0' ? ib_escape_text (text, -1, LONGEST_FIELD) : g_strdup (otherwise);
    gtk_label_set_text (label, safe);
}

static char *
where_words (const IbExplanation *why)
{
    if (strcmp (why->action, "discard") == 0)
        return g_strdup (_ ("Discarded by a rule; it can be brought back for 30 days"));
    if (strcmp (why->action, "duplicate") == 0)
        return g_strdup (_ ("The same message is here already; this copy is kept for 30 days"));
    const char *folder = *why->folder != '\0' ? why->folder : why->target;
    g_autofree char *safe = ib_escape_text (folder, -1, LONGEST_FIELD);
    if (*folder == '\0')
        return g_strdup ("");
    if (*why->rule == '\0')
        return g_strdup_printf (_ ("In %s"), safe);
    return g_strdup_printf (_ ("In %s; %s decided"), safe, why->rule);
}

static char *
verdict_words (const IbExplanation *why)
{
    if (strcmp (why->learned, "spam") == 0)
        return g_strdup (_ ("You called it spam"));
    if (strcmp (why->learned, "ham") == 0)
        return g_strdup (_ ("You called it good mail"));
    if (isnan (why->probability))
        return g_strdup (_ ("Not judged: the classifier does not know enough yet"));
    const char *kind = strcmp (why->verdict, "spam") == 0  ? _ ("Spam")
                       : strcmp (why->verdict, "ham") == 0 ? _ ("Not spam")
                                                           : _ ("Unsure");
    return g_strdup_printf (_ ("%s: the probability of spam is %.1f %%"), kind, 100 * why->probability);
}

static void
show_head (IbWhyPage *self, const IbExplanation *why)
{
    g_autofree char *where = where_words (why);
    g_autofree char *verdict = verdict_words (why);
    show_safe (self->subject, why->subject, _ ("No subject"));
    show_safe (self->from, why->from, _ ("Unknown sender"));
    gtk_label_set_text (self->where, where);
    gtk_label_set_text (self->verdict, verdict);
    gtk_widget_set_visible (GTK_WIDGET (self->level), !isnan (why->probability));
    gtk_level_bar_set_value (self->level, isnan (why->probability) ? 0 : why->probability);
}

static void
show_actions (IbWhyPage *self, const IbExplanation *why)
{
    bool is_delivered = strcmp (why->action, "deliver") == 0;
    bool is_sorted = strcmp (why->folder, "INBOX") != 0;
    bool is_junk = is_delivered && strcmp (why->folder, "Junk") == 0;
    gtk_widget_set_visible (self->junk_button,
                            is_delivered && !is_junk && strcmp (why->learned, "spam") != 0);
    gtk_widget_set_visible (self->not_junk_button, is_junk);
    gtk_widget_set_visible (self->undo_button, !is_delivered || (is_sorted && !is_junk));
}

static void
show_evidence (IbWhyPage *self, const IbExplanation *why)
{
    double heaviest = 0;
    for (guint i = 0; i < why->evidence->len; i++)
        heaviest = MAX (heaviest, fabs (((const IbExplainedEvidence *) why->evidence->pdata[i])->weight));
    for (guint i = 0; i < MIN (why->evidence->len, MOST_EVIDENCE); i++)
        add (self, self->evidence, ib_why_rows_evidence (why->evidence->pdata[i], heaviest));
}

static void
show_path (IbWhyPage *self, const IbExplanation *why)
{
    for (char **cause = why->causes; *cause != NULL; cause++)
        add (self, self->causes, ib_why_rows_cause (*cause));
    for (guint i = 0; i < why->hops->len; i++) {
        const IbExplainedHop *hop = why->hops->pdata[i], *next = NULL;
        if (i + 1 < why->hops->len)
            next = why->hops->pdata[i + 1];
        bool is_entry = hop->is_trusted && (next == NULL || !next->is_trusted);
        add (self, self->path, ib_why_rows_hop (hop, is_entry));
    }
}

static void
show_facts (IbWhyPage *self, const IbExplanation *why)
{
    const struct {
        AdwPreferencesGroup *group;
        const char *title, *text;
    } facts[] = {
        { self->authentication, _ ("Sender's server is allowed to send (SPF)"), why->spf },
        { self->authentication, _ ("Signed by its domain (DKIM)"), why->dkim },
        { self->authentication, _ ("Both, for the address that is shown (DMARC)"), why->dmarc },
        { self->authentication, _ ("Vouched for by who handed it on (ARC)"), why->arc },
        { self->authentication, _ ("According To"), why->authserv_id },
        { self->authentication, _ ("The Sender"),
          why->is_proven           ? _ ("is who it says")
          : *why->from_domain != 0 ? _ ("is not proven to be who it says")
                                   : "" },
        { self->details, _ ("Account"), why->account },
        { self->details, _ ("Sent To"), why->recipient },
        { self->details, _ ("Delivered To"), why->target },
        { self->details, _ ("Message-ID"), why->message_id },
        { self->details, _ ("ID"), why->id },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
        add (self, facts[i].group, ib_why_rows_fact (facts[i].title, facts[i].text));
}

/* Of a message that is asked for there is nothing yet to be done with: a key would be lost, or meant for the one before. */
static void
allow_acts (IbWhyPage *self, bool is_known)
{
    static const char *const acts[] = { "message.junk", "message.not-junk", "message.undo", "message.always" };
    for (gsize i = 0; i < G_N_ELEMENTS (acts); i++)
        gtk_widget_action_set_enabled (GTK_WIDGET (self), acts[i], is_known);
}

static void
show (IbWhyPage *self, const IbExplanation *why)
{
    clear (self);
    show_head (self, why);
    show_actions (self, why);
    show_evidence (self, why);
    show_path (self, why);
    show_facts (self, why);
    for (guint i = 0; i < why->rules->len; i++)
        add (self, self->rules, ib_why_rows_rule (why->rules->pdata[i]));
    gtk_stack_set_visible_child_name (self->states, "known");
    allow_acts (self, true);
}

static void
show_trouble (IbWhyPage *self, const GError *error)
{
    g_autofree char *safe = ib_escape_text (error->message, -1, LONGEST_FIELD);
    g_autofree char *markup = g_markup_escape_text (safe, -1);
    adw_status_page_set_description (self->trouble, markup);
    gtk_stack_set_visible_child_name (self->states, "trouble");
    allow_acts (self, false);
}

/* --- asking ----------------------------------------------------------------------------------------------------------- */

typedef struct {
    IbWhyPage *page;
    char *id;
} Asked;

static Asked *
asked_new (IbWhyPage *self)
{
    Asked *asked = g_new (Asked, 1);
    *asked = (Asked){ g_object_ref (self), g_strdup (self->id) };
    return asked;
}

static void
asked_free (Asked *asked)
{
    g_object_unref (asked->page);
    g_free (asked->id);
    g_free (asked);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asked, asked_free)

static void
on_why (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Asked) asked = user_data;
    g_autoptr (GError) error = NULL;
    g_autofree char *document = ib_link_why_finish (IB_LINK (source), result, &error);
    g_autoptr (IbExplanation) why = document != NULL ? ib_explanation_read (document, &error) : NULL;
    if (strcmp (asked->id, asked->page->id) != 0)
        return; /* another is asked for meanwhile */
    if (why != NULL)
        show (asked->page, why);
    else
        show_trouble (asked->page, error);
}

static void
ask (IbWhyPage *self)
{
    ib_link_why (self->link, self->id, on_why, asked_new (self));
}

void
ib_why_page_show (IbWhyPage *self, IbLink *link, const char *id)
{
    g_autofree char *copy = g_strdup (id);
    g_set_object (&self->link, link);
    g_free (self->id);
    self->id = g_steal_pointer (&copy);
    gtk_stack_set_visible_child_name (self->states, "asking");
    allow_acts (self, false);
    ask (self);
}

/* --- what can be done ---------------------------------------------------------------------------------------------------- */

static void
acted (IbWhyPage *self, const char *words)
{
    ib_tell (GTK_WIDGET (self), words);
    g_signal_emit (self, signals[ACTED], 0, self->id);
    ask (self);
}

static void
on_undone (GObject *source, GAsyncResult *result, gpointer user_data)
{
    static const struct {
        const char *became, *words;
    } ends[] = {
        { "moved", N_ ("It is in the INBOX now") },
        { "restored", N_ ("It is in the INBOX now") },
        { "left", N_ ("It was moved or removed since, and stays as it is") },
        { "nothing", N_ ("There was nothing to take back") },
    };
    g_autoptr (Asked) asked = user_data;
    g_autoptr (GError) error = NULL;
    g_autofree char *became = ib_link_undo_finish (IB_LINK (source), result, &error);
    if (became == NULL)
        ib_tell (GTK_WIDGET (asked->page), error->message);
    for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
        if (g_strcmp0 (became, ends[i].became) == 0)
            acted (asked->page, _ (ends[i].words));
}

static void
undo (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbWhyPage *self = IB_WHY_PAGE (widget);
    ib_link_undo (self->link, self->id, on_undone, asked_new (self));
}

static void
tell_end (Asked *asked, GObject *source, GAsyncResult *result, const char *words)
{
    g_autoptr (GError) error = NULL;
    if (ib_link_finish (IB_LINK (source), result, &error))
        acted (asked->page, words);
    else
        ib_tell (GTK_WIDGET (asked->page), error->message);
}

static void
on_marked_good (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Asked) asked = user_data;
    tell_end (asked, source, result, _ ("It is in the INBOX now, and its like will be"));
}

static void
not_junk (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbWhyPage *self = IB_WHY_PAGE (widget);
    ib_link_mark_good (self->link, self->id, on_marked_good, asked_new (self));
}

static void
on_marked_junk (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Asked) asked = user_data;
    tell_end (asked, source, result, _ ("It is in Junk now, and its like will be"));
}

static void
junk (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbWhyPage *self = IB_WHY_PAGE (widget);
    ib_link_mark_junk (self->link, self->id, on_marked_junk, asked_new (self));
}

static void
always (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbWhyPage *self = IB_WHY_PAGE (widget);
    ib_always_dialog_open (widget, self->link, self->id);
}

/* --- the widget --------------------------------------------------------------------------------------------------------- */

static void
ib_why_page_dispose (GObject *object)
{
    IbWhyPage *self = IB_WHY_PAGE (object);
    g_clear_object (&self->link);
    G_OBJECT_CLASS (ib_why_page_parent_class)->dispose (object);
}

static void
ib_why_page_finalize (GObject *object)
{
    IbWhyPage *self = IB_WHY_PAGE (object);
    g_ptr_array_unref (self->rows);
    g_free (self->id);
    G_OBJECT_CLASS (ib_why_page_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *widget)
{
    gtk_widget_class_bind_template_child (widget, IbWhyPage, states);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, trouble);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, subject);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, from);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, where);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, verdict);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, level);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, junk_button);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, not_junk_button);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, undo_button);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, evidence);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, causes);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, path);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, authentication);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, rules);
    gtk_widget_class_bind_template_child (widget, IbWhyPage, details);
}

static void
ib_why_page_class_init (IbWhyPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->dispose = ib_why_page_dispose;
    G_OBJECT_CLASS (class)->finalize = ib_why_page_finalize;
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/why-page.ui");
    bind_children (widget);
    gtk_widget_class_install_action (widget, "message.junk", NULL, junk);
    gtk_widget_class_install_action (widget, "message.not-junk", NULL, not_junk);
    gtk_widget_class_install_action (widget, "message.undo", NULL, undo);
    gtk_widget_class_install_action (widget, "message.always", NULL, always);
    gtk_widget_class_add_binding_action (widget, GDK_KEY_l, GDK_CONTROL_MASK, "message.always", NULL);
    signals[ACTED] = g_signal_new ("acted", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
ib_why_page_init (IbWhyPage *self)
{
    self->rows = g_ptr_array_new_with_free_func (g_free);
    gtk_widget_init_template (GTK_WIDGET (self));
    allow_acts (self, false);
}
