/* rehearsal.c - a dry run of an account that does not stand yet */
#include "rehearsal.h"
#include "account-file.h"
#include "child.h"

#include <errno.h>
#include <ftw.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct _IbRehearsal {
    char *folder; /* its home; NULL: not made yet */
    IbChild *child;
    IbRehearsalEnded ended;
    gpointer user_data;

    GHashTable *targets; /* name: guint */
    guint duplicates, discarded;
    bool is_polled; /* the account was, to whatever end */
    char *trouble;  /* in which that was; NULL: none */
};

/* --- what is told ------------------------------------------------------------------------------------------------------ */

static void
count_message (IbRehearsal *self, JsonObject *line)
{
    const char *action = json_object_get_string_member_with_default (line, "action", "");
    const char *target = json_object_get_string_member_with_default (line, "target", NULL);
    if (strcmp (action, "duplicate") == 0)
        self->duplicates++;
    else if (strcmp (action, "discard") == 0)
        self->discarded++;
    else if (target != NULL) {
        guint count = GPOINTER_TO_UINT (g_hash_table_lookup (self->targets, target));
        g_hash_table_replace (self->targets, g_strdup (target), GUINT_TO_POINTER (count + 1));
    }
}

static void
take_summary (IbRehearsal *self, JsonObject *line)
{
    JsonArray *accounts
        = json_object_has_member (line, "accounts") ? json_object_get_array_member (line, "accounts") : NULL;
    for (guint i = 0; accounts != NULL && i < json_array_get_length (accounts); i++) {
        JsonObject *account = json_array_get_object_element (accounts, i);
        self->is_polled = true;
        if (self->trouble == NULL)
            self->trouble = g_strdup (json_object_get_string_member_with_default (account, "error", NULL));
    }
}

static void
on_line (JsonObject *line, gpointer user_data)
{
    const char *event = json_object_get_string_member_with_default (line, "event", "");
    if (strcmp (event, "delivered") == 0)
        count_message (user_data, line);
    else if (strcmp (event, "summary") == 0)
        take_summary (user_data, line);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
    return strcmp (a, b);
}

/* "INBOX 30, Junk 5; 2 come twice" */
static char *
describe (const IbRehearsal *self)
{
    GString *text = g_string_new (NULL);
    GList *names = g_list_sort (g_hash_table_get_keys (self->targets), compare_names);
    for (GList *name = names; name != NULL; name = name->next)
        g_string_append_printf (text, "%s%s %u", text->len > 0 ? ", " : "", (const char *) name->data,
                                GPOINTER_TO_UINT (g_hash_table_lookup (self->targets, name->data)));
    g_list_free (names);
    if (text->len == 0)
        g_string_append (text, _ ("no mail"));
    if (self->duplicates > 0)
        g_string_append_printf (
            text, g_dngettext (GETTEXT_PACKAGE, "; %u comes twice", "; %u come twice", self->duplicates),
            self->duplicates);
    if (self->discarded > 0)
        g_string_append_printf (text, _ ("; %u thrown away"), self->discarded);
    return g_string_free (text, FALSE);
}

static void
on_ended (int status, const char *complaint, gpointer user_data)
{
    IbRehearsal *self = user_data;
    const char *trouble = self->trouble != NULL ? self->trouble : complaint;
    g_autoptr (GError) error = NULL;
    self->child = NULL;
    if (!self->is_polled || self->trouble != NULL)
        error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED,
                                     trouble != NULL ? trouble : _ ("The dry run was cut short"));
    g_autofree char *text = error == NULL ? describe (self) : NULL;
    self->ended (text, error, self->user_data);
}

/* --- its home --------------------------------------------------------------------------------------------------------------- */

static int
remove_one (const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void) remove (path); /* what cannot be removed lies in /tmp */
    return 0;
}

/* The settings that hold here, and this one account. */
static bool
furnish (const IbPaths *here, const char *folder, const char *name, const char *text, GError **error)
{
    g_autoptr (IbPaths) there = ib_paths_new (folder);
    const struct {
        const char *from, *to;
    } shared[] = {
        { here->config_file, there->config_file },
        { here->filters, there->filters },
        { here->providers, there->providers },
        { here->oauth_clients, there->oauth_clients },
    };
    g_autofree char *path = g_strdup_printf ("%s/%s.conf", there->accounts, name);
    if (!ib_settings_file_save (path, text, strlen (text), error))
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS (shared); i++)
        if (g_file_test (shared[i].from, G_FILE_TEST_EXISTS) && symlink (shared[i].from, shared[i].to) != 0) {
            g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", shared[i].to,
                         g_strerror (errno));
            return false;
        }
    return true;
}

/* --- the whole ---------------------------------------------------------------------------------------------------------------- */

IbRehearsal *
ib_rehearsal_start (const IbPaths *paths, const char *name, const char *text, IbRehearsalEnded ended,
                    gpointer user_data, GError **error)
{
    static const IbChildEvents events = { on_line, on_ended };
    const char *const command[] = { "sync", "--dry-run", name, NULL };
    g_autoptr (IbRehearsal) self = g_new0 (IbRehearsal, 1);
    self->ended = ended;
    self->user_data = user_data;
    self->targets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->folder = g_dir_make_tmp ("inbasket-setup-XXXXXX", error);
    if (self->folder == NULL || !furnish (paths, self->folder, name, text, error))
        return NULL;
    self->child = ib_child_start (self->folder, command, &events, self, error);
    return self->child != NULL ? g_steal_pointer (&self) : NULL;
}

void
ib_rehearsal_free (IbRehearsal *self)
{
    if (self == NULL)
        return;
    ib_child_kill (self->child);
    if (self->folder != NULL)
        (void) nftw (self->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    g_hash_table_unref (self->targets);
    g_free (self->trouble);
    g_free (self->folder);
    g_free (self);
}
