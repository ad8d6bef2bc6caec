/* import-report.c - what became of another program's accounts, for people and for scripts */
#include "import-report.h"
#include "print.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* How many messages are known to be fetched; of a mailbox that has several names each counts once. */
static guint64
count_fetched (const IbImported *imported)
{
    guint64 count = 0;
    for (guint i = 0; i < imported->mailboxes->len; i++) {
        const IbImportMailbox *mailbox = imported->mailboxes->pdata[i];
        count += mailbox->done->len + mailbox->uidls->len + (mailbox->low_water > 0 ? 1 : 0);
    }
    return count;
}

static void
print_note (const IbImported *imported, const IbImportNote *note)
{
    static const struct {
        const char *mark;
        IbColour colour;
    } fates[] = {
        [IB_IMPORT_TAKEN] = { "✓", IB_COLOUR_GOOD },
        [IB_IMPORT_CHANGED] = { "~", IB_COLOUR_WARN },
        [IB_IMPORT_LEFT] = { "–", IB_COLOUR_FAINT },
    };
    g_autoptr (GString) line = g_string_new (note->setting);
    if (note->key != NULL) {
        const char *value = ib_imported_get (imported, note->key);
        g_string_append_printf (line, " → %s=%s", strchr (note->key, '.') + 1, value != NULL ? value : "");
    }
    if (note->text != NULL)
        g_string_append_printf (line, ": %s", note->text);
    g_autofree char *safe = ib_print_safe (line->str, 0);
    g_autofree char *wrapped = ib_print_wrap (safe, MAX (ib_print_width (), 20) - 4, "      ");
    g_print ("  %s%s%s %s\n", ib_print_colour (fates[note->fate].colour), fates[note->fate].mark,
             ib_print_colour (IB_COLOUR_PLAIN), wrapped);
}

G_GNUC_PRINTF (1, 2)
static void
print_line (const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *line = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    g_autofree char *safe = ib_print_safe (line, 0);
    g_autofree char *wrapped = ib_print_wrap (safe, MAX (ib_print_width (), 20) - 2, "    ");
    g_print ("  %s\n", wrapped);
}

static void
print_one (const char *program, const IbImportTold *one)
{
    const IbImported *imported = one->imported;
    const char *host = ib_imported_get (imported, "account.host"),
               *user = ib_imported_get (imported, "account.user");
    g_autofree char *where = g_strdup_printf ("%s: %s, %s", imported->origin, host != NULL ? host : "?",
                                              user != NULL ? user : "?");
    g_autofree char *safe = ib_print_safe (where, 0);
    g_print ("%s%s%s\n", ib_print_colour (IB_COLOUR_BOLD), safe, ib_print_colour (IB_COLOUR_PLAIN));
    for (guint i = 0; i < imported->notes->len; i++)
        print_note (imported, imported->notes->pdata[i]);
    if (count_fetched (imported) > 0)
        print_line (_ ("What %s has fetched already is not fetched again."), program);
    if (one->password != NULL)
        print_line (_ ("The password: %s."), one->password);
    switch (one->outcome) {
    case IB_IMPORT_ADDED:
        print_line (_ ("Added: %s"), one->path);
        break;
    case IB_IMPORT_WOULD_BE_ADDED:
        print_line (_ ("It would be added as %s."), one->name);
        break;
    case IB_IMPORT_PRESENT:
        print_line (_ ("Nothing to add: %s."), one->error);
        break;
    case IB_IMPORT_REFUSED:
    case IB_IMPORT_FAILED:
        print_line (_ ("✗ Not added: %s."), one->error);
        break;
    }
    g_print ("\n");
}

static void
json_notes (JsonBuilder *builder, const char *name, const IbImported *imported, const GPtrArray *notes,
            bool are_left)
{
    json_builder_set_member_name (builder, name);
    json_builder_begin_array (builder);
    for (guint i = 0; i < notes->len; i++) {
        const IbImportNote *note = notes->pdata[i];
        if ((note->fate == IB_IMPORT_LEFT) != are_left)
            continue;
        json_builder_begin_object (builder);
        ib_json_text (builder, "setting", note->setting);
        if (!are_left) {
            ib_json_text (builder, "key", note->key);
            ib_json_text (builder, "value", ib_imported_get (imported, note->key));
        }
        ib_json_text (builder, are_left ? "reason" : "remark", note->text);
        json_builder_end_object (builder);
    }
    json_builder_end_array (builder);
}

static const char *
password_word (const IbImportTold *one)
{
    static const char *const sources[] = { [IB_SECRET_KEYRING] = "missing",
                                           [IB_SECRET_COMMAND] = "command",
                                           [IB_SECRET_CREDENTIAL] = "credential",
                                           [IB_SECRET_FILE] = "file",
                                           [IB_SECRET_GOA] = "goa" };
    if (one->account == NULL)
        return NULL;
    if (one->is_password_kept)
        return "keyring";
    if (one->account->secret_source == IB_SECRET_KEYRING && one->imported->password != NULL)
        return "in-file";
    return sources[one->account->secret_source];
}

static void
json_one (const IbImportTold *one)
{
    static const char *const words[] = {
        [IB_IMPORT_ADDED] = "added",     [IB_IMPORT_WOULD_BE_ADDED] = "would-be-added",
        [IB_IMPORT_PRESENT] = "present", [IB_IMPORT_REFUSED] = "refused",
        [IB_IMPORT_FAILED] = "failed",
    };
    const IbImported *imported = one->imported;
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "event", "account");
    ib_json_text (builder, "origin", imported->origin);
    ib_json_text (builder, "result", words[one->outcome]);
    ib_json_text (builder, "name", one->outcome < IB_IMPORT_PRESENT ? one->name : NULL);
    ib_json_text (builder, "path", one->outcome == IB_IMPORT_ADDED ? one->path : NULL);
    ib_json_text (builder, "error", one->error);
    ib_json_text (builder, "password", password_word (one));
    ib_json_bool (builder, "fetched_before", count_fetched (imported) > 0);
    json_notes (builder, "taken", imported, imported->notes, false);
    json_notes (builder, "left", imported, imported->notes, true);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

void
ib_import_report_account (const IbCli *cli, const char *program, const IbImportTold *one)
{
    if (cli->json)
        json_one (one);
    else if (!cli->quiet)
        print_one (program, one);
    else if (one->outcome >= IB_IMPORT_REFUSED)
        ib_print_error ("%s: %s", one->imported->origin, one->error);
}

void
ib_import_report_rest (const IbCli *cli, const IbImport *import)
{
    if (cli->json || cli->quiet)
        return;
    for (guint i = 0; i < import->notes->len; i++)
        print_note (NULL, import->notes->pdata[i]);
    if (import->notes->len > 0)
        g_print ("\n");
}

static void
json_end (const char *program, const IbImportSums *sums, const GPtrArray *imports)
{
    g_autoptr (GPtrArray) notes = g_ptr_array_new ();
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    for (guint i = 0; i < imports->len; i++)
        g_ptr_array_extend (notes, ((const IbImport *) imports->pdata[i])->notes, NULL, NULL);
    json_builder_begin_object (builder);
    ib_json_text (builder, "event", "summary");
    ib_json_text (builder, "program", program);
    ib_json_int (builder, "added", sums->outcomes[IB_IMPORT_ADDED]);
    ib_json_int (builder, "would_be_added", sums->outcomes[IB_IMPORT_WOULD_BE_ADDED]);
    ib_json_int (builder, "present", sums->outcomes[IB_IMPORT_PRESENT]);
    ib_json_int (builder, "recognized", sums->recognized);
    ib_json_int (builder, "refused", sums->outcomes[IB_IMPORT_REFUSED] + sums->outcomes[IB_IMPORT_FAILED]);
    json_notes (builder, "left", NULL, notes, true);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

void
ib_import_report_end (const IbCli *cli, const char *program, bool is_desktop, const IbImportSums *sums,
                      const GPtrArray *imports)
{
    if (cli->json) {
        json_end (program, sums, imports);
        return;
    }
    if (cli->quiet || sums->outcomes[IB_IMPORT_ADDED] == 0)
        return;
    if (sums->recognized > 0)
        g_print (ngettext ("%u message of your Maildir is recognized: it does not come again.\n\n",
                           "%u messages of your Maildir are recognized: they do not come again.\n\n",
                           sums->recognized),
                 sums->recognized);
    if (is_desktop)
        g_print (_ ("Next: “inbasket account test NAME” for each, and “inbasket sync”.\n"));
    else
        g_print (
            _ ("Next: “inbasket account test NAME” for each, “inbasket sync --dry-run”, and then stop %s from fetching the "
               "same mail.\n"),
            program);
}
