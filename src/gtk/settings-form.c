/* settings-form.c - rows of a window that stand for keys of the configuration */
#include "settings-form.h"
#include "escape.h"

#include <string.h>

#define LONGEST_COMPLAINT 500

typedef struct {
    IbSettingsForm *form;
    const char *key;
    GtkWidget *row;     /* below which is told what is wrong */
    GtkWidget *control; /* in which it is changed; often the row itself */
    gulong change;      /* the signal's handler */
    char *held;         /* as it was heard; NULL: not yet */
    GtkWidget *complaint;
    const char *off, *on;      /* of a switch */
    const char *const *values; /* of a choice */
    IbSettingWords words;      /* of a choice's other values */
    guint n_words;             /* that its model came with */
} Field;

struct _IbSettingsForm {
    GObject parent;

    IbLink *link;
    char *account;
    GPtrArray *fields;
    GHashTable *held; /* key → value; NULL: not known */
    char *trouble;
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IbSettingsForm, ib_settings_form, G_TYPE_OBJECT)

static void
field_free (gpointer pointer)
{
    Field *field = pointer;
    g_signal_handler_disconnect (field->control, field->change);
    g_free (field->held);
    g_free (field);
}

static Field *
find_field (IbSettingsForm *self, const char *key)
{
    for (guint i = 0; i < self->fields->len; i++) {
        Field *field = self->fields->pdata[i];
        if (strcmp (field->key, key) == 0)
            return field;
    }
    return NULL; /* closed meanwhile */
}

/* --- what a row shows ------------------------------------------------------------------------------------------ */

/* GTK's own text of such a row is its title again. */
static void
complain (Field *field, const char *words)
{
    GtkListBox *list = GTK_LIST_BOX (gtk_widget_get_parent (field->row));
    if (field->complaint != NULL)
        gtk_list_box_remove (list, field->complaint);
    field->complaint = NULL;
    gtk_accessible_update_state (GTK_ACCESSIBLE (field->control), GTK_ACCESSIBLE_STATE_INVALID,
                                 words != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE,
                                 -1);
    if (words == NULL)
        return;

    g_autofree char *safe = ib_escape_text (words, -1, LONGEST_COMPLAINT);
    GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", safe, "wrap", TRUE, "wrap-mode",
                                     PANGO_WRAP_WORD_CHAR, "xalign", 0.0, "selectable", TRUE, "margin-top", 6,
                                     "margin-bottom", 6, "margin-start", 12, "margin-end", 12, NULL);
    gtk_widget_add_css_class (label, "error");
    field->complaint = g_object_new (ADW_TYPE_PREFERENCES_ROW, "activatable", FALSE, "selectable", FALSE,
                                     "child", label, NULL);
    gtk_list_box_insert (list, field->complaint,
                         gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (field->row)) + 1);
}

static guint
place_of (const Field *field, const char *text)
{
    guint place = 0;
    while (field->values[place] != NULL && strcmp (field->values[place], text) != 0)
        place++;
    return place;
}

/* One of its own words, or, behind them, the value itself. */
static void
show_choice (Field *field, const char *text)
{
    AdwComboRow *row = ADW_COMBO_ROW (field->row);
    GtkStringList *model = GTK_STRING_LIST (adw_combo_row_get_model (row));
    guint place = place_of (field, text);
    if (field->values[place] == NULL) {
        g_autofree char *words = field->words != NULL ? field->words (text) : NULL;
        g_autofree char *safe = ib_escape_text (words != NULL ? words : text, -1, 0);
        const char *const added[] = { safe, NULL };
        gtk_string_list_splice (model, field->n_words,
                                g_list_model_get_n_items (G_LIST_MODEL (model)) - field->n_words, added);
        place = field->n_words;
    }
    adw_combo_row_set_selected (row, place);
}

static void
show_entry (Field *field, const char *before, const char *text)
{
    const char *typed = gtk_editable_get_text (GTK_EDITABLE (field->row));
    if (strcmp (typed, before != NULL ? before : "") == 0 && strcmp (typed, text) != 0)
        gtk_editable_set_text (GTK_EDITABLE (field->row), text);
}

/* What is held is known before the row changes: so nobody takes that for a wish. */
static void
show (Field *field, const char *text)
{
    g_autofree char *before = g_steal_pointer (&field->held);
    field->held = g_strdup (text);
    if (ADW_IS_COMBO_ROW (field->row))
        show_choice (field, text);
    else if (GTK_IS_SWITCH (field->control))
        gtk_switch_set_active (GTK_SWITCH (field->control), strcmp (text, field->on) == 0);
    else
        show_entry (field, before, text);
}

/* --- what a person changes ------------------------------------------------------------------------------------- */

/* What the row stands for as it is now; NULL: for what is held. Returns: (transfer full) (nullable) */
static char *
read_row (Field *field)
{
    if (ADW_IS_COMBO_ROW (field->row)) {
        guint place = adw_combo_row_get_selected (ADW_COMBO_ROW (field->row));
        return place < field->n_words ? g_strdup (field->values[place]) : NULL;
    }
    if (GTK_IS_SWITCH (field->control))
        return g_strdup (gtk_switch_get_active (GTK_SWITCH (field->control)) ? field->on : field->off);
    return g_strdup (gtk_editable_get_text (GTK_EDITABLE (field->row)));
}

/* A key that was sent, and to whom the answer matters. */
typedef struct {
    IbSettingsForm *form;
    const char *key;
} Sent;

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree Sent *sent = user_data;
    g_autoptr (IbSettingsForm) self = sent->form;
    g_autoptr (GError) error = NULL;
    bool is_written = ib_link_finish (IB_LINK (source), result, &error);
    Field *field = find_field (self, sent->key);
    if (field != NULL)
        complain (field, is_written ? NULL : error->message);
    /* An entry keeps what was typed, to be mended. */
    if (field != NULL && !is_written && field->held != NULL && !ADW_IS_ENTRY_ROW (field->row))
        show (field, field->held);
    ib_settings_form_load (self);
}

static void
send (Field *field)
{
    g_autofree char *text = read_row (field);
    if (field->held == NULL || text == NULL || strcmp (text, field->held) == 0)
        return;
    IbSettingsForm *self = field->form;
    GVariantBuilder keys;
    g_variant_builder_init (&keys, G_VARIANT_TYPE ("a{ss}"));
    g_variant_builder_add (&keys, "{ss}", field->key, text);
    GVariant *arguments = g_variant_new ("(a{ss})", &keys);
    Sent *sent = g_new (Sent, 1);
    *sent = (Sent){ g_object_ref (self), field->key };
    if (self->account != NULL)
        ib_link_ask_account (self->link, self->account, "Change", arguments, "()", on_written, sent);
    else
        ib_link_ask (self->link, "ChangeSettings", arguments, "()", on_written, sent);
}

static Field *
add (IbSettingsForm *self, const char *key, GtkWidget *row, GtkWidget *control, const char *signal)
{
    Field *field = g_new0 (Field, 1);
    field->form = self;
    field->key = key;
    field->row = row;
    field->control = control;
    field->change = g_signal_connect_swapped (control, signal, G_CALLBACK (send), field);
    g_ptr_array_add (self->fields, field);
    return field;
}

void
ib_settings_form_add_switch (IbSettingsForm *self, const char *key, GtkSwitch *toggle, const char *off,
                             const char *on)
{
    GtkWidget *row = gtk_widget_get_ancestor (GTK_WIDGET (toggle), ADW_TYPE_PREFERENCES_ROW);
    Field *field = add (self, key, row, GTK_WIDGET (toggle), "notify::active");
    field->off = off;
    field->on = on;
}

static void
make_chosen (GtkSignalListItemFactory *factory, GtkListItem *item)
{
    gtk_list_item_set_child (item, g_object_new (GTK_TYPE_LABEL, "xalign", 1.0, NULL));
}

static void
fill_chosen (GtkSignalListItemFactory *factory, GtkListItem *item)
{
    GtkStringObject *words = GTK_STRING_OBJECT (gtk_list_item_get_item (item));
    gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), gtk_string_object_get_string (words));
}

/* A row cuts what is chosen where there is little room; here its title gives way. The list that it opens stays its own. */
static void
show_whole (AdwComboRow *row)
{
    g_autoptr (GtkListItemFactory) list = adw_combo_row_get_factory (row);
    g_autoptr (GtkListItemFactory) chosen = gtk_signal_list_item_factory_new ();
    g_signal_connect (chosen, "setup", G_CALLBACK (make_chosen), NULL);
    g_signal_connect (chosen, "bind", G_CALLBACK (fill_chosen), NULL);
    if (list != NULL)
        g_object_ref (list);
    adw_combo_row_set_factory (row, chosen);
    adw_combo_row_set_list_factory (row, list);
}

void
ib_settings_form_add_choice (IbSettingsForm *self, const char *key, AdwComboRow *row,
                             const char *const *values, IbSettingWords words)
{
    Field *field = add (self, key, GTK_WIDGET (row), GTK_WIDGET (row), "notify::selected");
    field->values = values;
    field->words = words;
    field->n_words = g_list_model_get_n_items (adw_combo_row_get_model (row));
    g_assert (field->n_words == g_strv_length ((char **) values));
    show_whole (row);
}

void
ib_settings_form_add_entry (IbSettingsForm *self, const char *key, AdwEntryRow *row)
{
    (void) add (self, key, GTK_WIDGET (row), GTK_WIDGET (row), "apply");
}

/* --- what holds ------------------------------------------------------------------------------------------------- */

/* Rows whose values nobody knows cannot be changed. Screen readers are told of a widget's own state only. */
static void
show_all (IbSettingsForm *self)
{
    for (guint i = 0; i < self->fields->len; i++) {
        Field *field = self->fields->pdata[i];
        const char *text = ib_settings_form_get (self, field->key);
        if (text != NULL)
            show (field, text);
        gtk_widget_set_sensitive (field->row, text != NULL);
        gtk_widget_set_sensitive (field->control, text != NULL);
    }
}

static void
on_heard (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbSettingsForm) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) reply = ib_link_answer (IB_LINK (source), result, &error);
    g_clear_pointer (&self->trouble, g_free);
    g_clear_pointer (&self->held, g_hash_table_unref);
    if (reply != NULL) {
        g_autoptr (GVariantIter) each = NULL;
        char *key, *value;
        self->held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
        g_variant_get (reply, "(a{ss})", &each);
        while (g_variant_iter_next (each, "{ss}", &key, &value))
            g_hash_table_insert (self->held, key, value);
    } else {
        self->trouble = ib_escape_text (error->message, -1, LONGEST_COMPLAINT);
    }
    show_all (self);
    g_signal_emit (self, signals[CHANGED], 0);
}

void
ib_settings_form_load (IbSettingsForm *self)
{
    if (self->account != NULL)
        ib_link_ask_account (self->link, self->account, "Settings", NULL, "(a{ss})", on_heard,
                             g_object_ref (self));
    else
        ib_link_ask (self->link, "Settings", NULL, "(a{ss})", on_heard, g_object_ref (self));
}

const char *
ib_settings_form_trouble (IbSettingsForm *self)
{
    return self->trouble;
}

const char *
ib_settings_form_get (IbSettingsForm *self, const char *key)
{
    return self->held != NULL ? g_hash_table_lookup (self->held, key) : NULL;
}

/* --- the object --------------------------------------------------------------------------------------------------- */

void
ib_settings_form_close (IbSettingsForm *self)
{
    g_ptr_array_set_size (self->fields, 0);
}

static void
ib_settings_form_finalize (GObject *object)
{
    IbSettingsForm *self = IB_SETTINGS_FORM (object);
    g_ptr_array_unref (self->fields);
    g_clear_pointer (&self->held, g_hash_table_unref);
    g_object_unref (self->link);
    g_free (self->account);
    g_free (self->trouble);
    G_OBJECT_CLASS (ib_settings_form_parent_class)->finalize (object);
}

static void
ib_settings_form_class_init (IbSettingsFormClass *class)
{
    G_OBJECT_CLASS (class)->finalize = ib_settings_form_finalize;
    signals[CHANGED] = g_signal_new ("changed", IB_TYPE_SETTINGS_FORM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 0);
}

static void
ib_settings_form_init (IbSettingsForm *self)
{
    self->fields = g_ptr_array_new_with_free_func (field_free);
}

IbSettingsForm *
ib_settings_form_new (IbLink *link, const char *account)
{
    IbSettingsForm *self = g_object_new (IB_TYPE_SETTINGS_FORM, NULL);
    self->link = g_object_ref (link);
    self->account = g_strdup (account);
    return self;
}
