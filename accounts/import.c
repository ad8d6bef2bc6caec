/* import.c - accounts out of other programs' configurations: the door, and what is read behind it */
#include "import-private.h"
#include "account-file.h"
#include "import-file.h"
#include "import-notes.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const IbImportFormat *const formats[]
    = { &ib_import_mbsync,      &ib_import_getmail, &ib_import_fetchmail,   &ib_import_fdm,
        &ib_import_offlineimap, &ib_import_mpop,    &ib_import_thunderbird, &ib_import_goa };

const char *const *
ib_import_formats (void)
{
    static const char *names[G_N_ELEMENTS (formats) + 1];
    for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
        names[i] = formats[i]->name;
    return names;
}

const IbImportFormat *
ib_import_find (const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
        if (strcmp (formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

bool
ib_import_has_files (const IbImportFormat *format)
{
    return format->ask == NULL;
}

char **
ib_import_locate (const IbImportFormat *format, const char *home, GError **error)
{
    g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GString) tried = g_string_new (NULL);
    if (format->locate != NULL)
        format->locate (home, paths);
    for (const char *const *place = format->places; *place != NULL; place++) {
        g_autofree char *path = ib_import_expand_place (home, *place);
        g_string_append_printf (tried, "%s%s", tried->len > 0 ? ", " : "", path);
        if (format->locate == NULL && paths->len == 0 && g_file_test (path, G_FILE_TEST_IS_REGULAR))
            g_ptr_array_add (paths, g_steal_pointer (&path));
    }
    if (paths->len == 0) {
        g_set_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_MISSING,
                     _ ("No configuration of %s is where it usually is (%s)"), format->name, tried->str);
        return NULL;
    }
    g_ptr_array_add (paths, NULL);
    return (char **) g_ptr_array_steal (paths, NULL);
}

static IbImport *
import_new (const char *path)
{
    IbImport *self = g_new0 (IbImport, 1);
    self->path = g_strdup (path);
    self->accounts = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_imported_free);
    self->notes = ib_import_notes_new ();
    return self;
}

IbImported *
ib_import_add (IbImport *self, const char *origin, const char *name)
{
    IbImported *imported = ib_imported_new (origin, name);
    g_ptr_array_add (self->accounts, imported);
    return imported;
}

void
ib_import_leave (IbImport *self, const char *setting, const char *reason)
{
    ib_import_notes_add (self->notes, IB_IMPORT_LEFT, setting, NULL, reason);
}

bool
ib_import_fail (const IbImport *self, guint line, const char *what, GError **error)
{
    g_set_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID, "%s:%u: %s", self->path, line, what);
    return false;
}

static void
finish (IbImport *self)
{
    if (self->accounts->len > IB_LIMIT_IMPORT_ACCOUNTS)
        g_ptr_array_set_size (self->accounts, IB_LIMIT_IMPORT_ACCOUNTS);
    for (guint i = 0; i < self->accounts->len; i++)
        ib_imported_finish (self->accounts->pdata[i]);
}

IbImport *
ib_import_parse (const IbImportFormat *format, const char *home, const char *path, const char *text,
                 gsize length, GError **error)
{
    g_autoptr (IbImport) self = import_new (path);
    if (memchr (text, '\0', length) != NULL) {
        ib_import_fail (self, 1, _ ("This is no text"), error);
        return NULL;
    }
    if (!format->parse (self, home, text, length, error))
        return NULL;
    finish (self);
    return g_steal_pointer (&self);
}

static IbImport *
ask (const IbImportFormat *format, GError **error)
{
    g_autoptr (IbImport) self = import_new ("");
    if (!format->ask (self, error))
        return NULL;
    finish (self);
    return g_steal_pointer (&self);
}

IbImport *
ib_import_read (const IbImportFormat *format, const char *home, const char *path, GError **error)
{
    if (format->ask != NULL)
        return ask (format, error);

    gsize length;
    bool is_folder = format->file_in_folder != NULL && g_file_test (path, G_FILE_TEST_IS_DIR);
    g_autofree char *file
        = is_folder ? g_build_filename (path, format->file_in_folder, NULL) : g_strdup (path);
    char *text = ib_import_load (file, &length, error);
    if (text == NULL)
        return NULL;
    IbImport *self = ib_import_parse (format, home, file, text, length, error);
    ib_secret_wipe (text, length);
    g_free (text);
    if (self != NULL && format->recall != NULL)
        format->recall (self, home);
    return self;
}

void
ib_import_free (IbImport *self)
{
    if (self == NULL)
        return;
    if (self->forget != NULL)
        self->forget (self->memory);
    g_free (self->path);
    g_ptr_array_unref (self->accounts);
    g_ptr_array_unref (self->notes);
    g_free (self);
}
