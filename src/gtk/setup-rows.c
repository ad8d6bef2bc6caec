/* setup-rows.c - rows that a sheet makes as the model has things to show */
#include "setup-rows.h"
#include "escape.h"

#define KEY "ib-setup-rows"
#define LONGEST_WORDS 1000
/* On each side of an icon that stands among marks, which are wider. */
#define MARK_MARGIN 5

static AdwActionRow *
new_row (const char *title, const char *words)
{
    g_autofree char *safe_title = ib_escape_text (title, -1, LONGEST_WORDS);
    g_autofree char *safe_words = ib_escape_text (words, -1, LONGEST_WORDS);
    AdwActionRow *row = g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, NULL);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), safe_title);
    adw_action_row_set_subtitle (row, safe_words);
    return row;
}

/* The group and we both know it, until it is taken out. */
static void
add (AdwPreferencesGroup *group, AdwActionRow *row)
{
    GPtrArray *rows = g_object_get_data (G_OBJECT (group), KEY);
    if (rows == NULL) {
        rows = g_ptr_array_new ();
        g_object_set_data_full (G_OBJECT (group), KEY, rows, (GDestroyNotify) g_ptr_array_unref);
    }
    g_ptr_array_add (rows, row);
    adw_preferences_group_add (group, GTK_WIDGET (row));
}

static void
add_icon (AdwActionRow *row, const char *icon, int margin)
{
    GtkWidget *image
        = g_object_new (GTK_TYPE_IMAGE, "icon-name", icon, "accessible-role",
                        GTK_ACCESSIBLE_ROLE_PRESENTATION, "margin-start", margin, "margin-end", margin, NULL);
    adw_action_row_add_prefix (row, image);
}

GtkWidget *
ib_setup_rows_add (AdwPreferencesGroup *group, const char *title, const char *words, const char *icon)
{
    AdwActionRow *row = new_row (title, words);
    if (icon != NULL)
        add_icon (row, icon, 0);
    add (group, row);
    return GTK_WIDGET (row);
}

GtkCheckButton *
ib_setup_rows_add_choice (AdwPreferencesGroup *group, GtkCheckButton *leader, const char *title,
                          const char *words)
{
    AdwActionRow *row = new_row (title, words);
    GtkWidget *mark
        = g_object_new (GTK_TYPE_CHECK_BUTTON, "accessible-role", GTK_ACCESSIBLE_ROLE_RADIO, NULL);
    gtk_check_button_set_group (GTK_CHECK_BUTTON (mark), leader);
    gtk_widget_set_valign (mark, GTK_ALIGN_CENTER);
    gtk_accessible_update_property (GTK_ACCESSIBLE (mark), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), -1);
    adw_action_row_add_prefix (row, mark);
    adw_action_row_set_activatable_widget (row, mark);
    add (group, row);
    return GTK_CHECK_BUTTON (mark);
}

/* Why it is shut is there to be read, so it is not greyed. */
void
ib_setup_rows_add_shut (AdwPreferencesGroup *group, const char *title, const char *words)
{
    AdwActionRow *row = new_row (title, words);
    add_icon (row, "action-unavailable-symbolic", MARK_MARGIN);
    gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
    gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_DISABLED, TRUE, -1);
    add (group, row);
}

void
ib_setup_rows_clear (AdwPreferencesGroup *group)
{
    GPtrArray *rows = g_object_get_data (G_OBJECT (group), KEY);
    for (guint i = 0; rows != NULL && i < rows->len; i++)
        adw_preferences_group_remove (group, rows->pdata[i]);
    if (rows != NULL)
        g_ptr_array_set_size (rows, 0);
}
