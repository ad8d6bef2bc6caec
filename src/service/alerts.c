/* alerts.c - what mail servers want the user to read, told once */
#include "alerts.h"
#include "fs.h"

#include <string.h>

/* Of an account: so many are remembered, and told in a day. */
#define MOST_KEPT 32
#define MOST_A_DAY 8
#define DAY_US (G_GINT64_CONSTANT (24) * 3600 * G_USEC_PER_SEC)
#define LONGEST 1024

/* One group an account in the file, which has the two lists. */
#define KEY_TEXTS "texts"
#define KEY_TIMES "times"

typedef struct {
    char *text;
    gint64 at; /* microseconds */
} Alert;

struct _IbAlerts {
    char *path;
    GHashTable *told; /* an account's name: GPtrArray of Alert, the newest last */
};

static void
alert_free (gpointer pointer)
{
    Alert *alert = pointer;
    g_free (alert->text);
    g_free (alert);
}

static void
add (GPtrArray *alerts, const char *text, gint64 at)
{
    Alert *alert = g_new (Alert, 1);
    *alert = (Alert){ g_strdup (text), at };
    if (alerts->len == MOST_KEPT)
        g_ptr_array_remove_index (alerts, 0);
    g_ptr_array_add (alerts, alert);
}

static GPtrArray *
alerts_of (IbAlerts *self, const char *account)
{
    GPtrArray *alerts = g_hash_table_lookup (self->told, account);
    if (alerts == NULL) {
        alerts = g_ptr_array_new_with_free_func (alert_free);
        g_hash_table_insert (self->told, g_strdup (account), alerts);
    }
    return alerts;
}

/* --- the file ---------------------------------------------------------------------------------------------- */

static void
read_group (IbAlerts *self, GKeyFile *file, const char *account)
{
    gsize n_texts = 0;
    g_auto (GStrv) texts = g_key_file_get_string_list (file, account, KEY_TEXTS, &n_texts, NULL);
    g_auto (GStrv) times = g_key_file_get_string_list (file, account, KEY_TIMES, NULL, NULL);
    for (gsize i = 0; i < n_texts && times != NULL && times[i] != NULL; i++)
        if (strlen (texts[i]) <= LONGEST)
            add (alerts_of (self, account), texts[i], g_ascii_strtoll (times[i], NULL, 10));
}

static void
write_group (GKeyFile *file, const char *account, const GPtrArray *alerts)
{
    g_autoptr (GStrvBuilder) texts = g_strv_builder_new (), times = g_strv_builder_new ();
    for (guint i = 0; i < alerts->len; i++) {
        const Alert *alert = alerts->pdata[i];
        g_autofree char *at = g_strdup_printf ("%" G_GINT64_FORMAT, alert->at);
        g_strv_builder_add (texts, alert->text);
        g_strv_builder_add (times, at);
    }
    g_auto (GStrv) all_texts = g_strv_builder_end (texts), all_times = g_strv_builder_end (times);
    g_key_file_set_string_list (file, account, KEY_TEXTS, (const char *const *) all_texts, alerts->len);
    g_key_file_set_string_list (file, account, KEY_TIMES, (const char *const *) all_times, alerts->len);
}

static void
save (const IbAlerts *self)
{
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autofree char *folder = g_path_get_dirname (self->path);
    GHashTableIter each;
    gpointer account, value;
    g_hash_table_iter_init (&each, self->told);
    while (g_hash_table_iter_next (&each, &account, &value))
        write_group (file, account, value);
    g_autofree char *text = g_key_file_to_data (file, NULL, NULL);
    if (ib_fs_make_folder (folder, NULL)) /* if not, it is told once more another time */
        (void) g_file_set_contents_full (self->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

/* --- what was told ------------------------------------------------------------------------------------------- */

bool
ib_alerts_note (IbAlerts *self, const char *account, const char *text, gint64 now, bool is_dry)
{
    GPtrArray *alerts = alerts_of (self, account);
    guint today = 0;
    for (guint i = 0; i < alerts->len; i++) {
        const Alert *alert = alerts->pdata[i];
        if (strcmp (alert->text, text) == 0)
            return false;
        today += alert->at > now - DAY_US && alert->at <= now ? 1 : 0;
    }
    if (today >= MOST_A_DAY || *text == '\0' || strlen (text) > LONGEST)
        return false;
    add (alerts, text, now);
    if (!is_dry)
        save (self);
    return true;
}

const char *
ib_alerts_last (const IbAlerts *self, const char *account, gint64 since)
{
    const GPtrArray *alerts = self != NULL ? g_hash_table_lookup (self->told, account) : NULL;
    const Alert *last = alerts != NULL && alerts->len > 0 ? alerts->pdata[alerts->len - 1] : NULL;
    return last != NULL && last->at >= since ? last->text : NULL;
}

IbAlerts *
ib_alerts_load (const char *path)
{
    IbAlerts *self = g_new0 (IbAlerts, 1);
    g_autoptr (GKeyFile) file = g_key_file_new ();
    self->path = g_strdup (path);
    self->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
    if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
        return self;
    g_auto (GStrv) accounts = g_key_file_get_groups (file, NULL);
    for (gsize i = 0; accounts[i] != NULL; i++)
        read_group (self, file, accounts[i]);
    return self;
}

void
ib_alerts_free (IbAlerts *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->told);
    g_free (self->path);
    g_free (self);
}
