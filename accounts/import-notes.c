/* import-notes.c - what became of each setting, told once */
#include "import-notes.h"
#include "escape.h"
#include "server-limits.h"

#include <string.h>

static void
note_free (gpointer data)
{
    IbImportNote *note = data;
    g_free (note->setting);
    g_free (note->key);
    g_free (note->text);
    g_free (note);
}

GPtrArray *
ib_import_notes_new (void)
{
    return g_ptr_array_new_with_free_func (note_free);
}

void
ib_import_notes_add (GPtrArray *notes, IbImportFate fate, const char *setting, const char *key,
                     const char *text)
{
    g_autofree char *shown = ib_escape_server_text (setting, -1);
    bool is_known = notes->len >= IB_LIMIT_IMPORT_NOTES;
    for (guint i = 0; i < notes->len && !is_known; i++) {
        const IbImportNote *other = notes->pdata[i];
        is_known = other->fate == fate && strcmp (other->setting, shown) == 0
                   && g_strcmp0 (other->text, text) == 0;
    }
    if (is_known)
        return;
    IbImportNote *note = g_new0 (IbImportNote, 1);
    note->fate = fate;
    note->setting = g_steal_pointer (&shown);
    note->key = g_strdup (key);
    note->text = g_strdup (text);
    g_ptr_array_add (notes, note);
}
