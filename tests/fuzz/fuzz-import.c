/* Any bytes are a configuration of any program, and its state, if a wrong one. What is taken is a value that a settings file
 * can hold, and what is said is text; a wrong one is said in one line. */
#include "account-file.h"
#include "import-getmail.h"
#include "import-mbsync.h"
#include "import-private.h"
#include "server-limits.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

static void
check_line (const char *text)
{
    g_assert_true (g_utf8_validate (text, -1, NULL));
    for (const char *at = text; *at != '\0'; at++)
        g_assert_false (g_ascii_iscntrl (*at));
}

static void
check_account (const IbImported *imported)
{
    g_autoptr (GError) error = NULL;
    g_assert_true (ib_account_name_is_valid (imported->name));
    check_line (imported->origin);
    for (guint i = 0; i < imported->notes->len; i++)
        check_line (((const IbImportNote *) imported->notes->pdata[i])->setting);
    g_assert_null (imported->keys->pdata[imported->keys->len - 1]);
    if (imported->refusal != NULL)
        return;
    g_autofree char *text = ib_account_file_edit ("/nowhere/x.conf", (const char *const *) imported->keys->pdata, NULL, &error);
    g_assert_true ((text != NULL) != (error != NULL));
}

static void
check_format (const char *name, const char *text, gsize length)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbImport) import = ib_import_parse (ib_import_find (name), "/home/anna", "/x/rc", text, length, &error);
    if (import == NULL) {
        g_assert_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID);
        g_assert_true (g_str_has_prefix (error->message, "/x/rc:"));
        return;
    }
    g_assert_cmpuint (import->accounts->len, <=, IB_LIMIT_IMPORT_ACCOUNTS);
    for (guint i = 0; i < import->accounts->len; i++)
        check_account (import->accounts->pdata[i]);
}

static void
check_states (const char *text, const char *bytes, gsize length)
{
    IbImportMailbox *mailbox = ib_import_mailbox_new ("INBOX", 0);
    (void) ib_mbsync_state_parse (text, mailbox);
    ib_getmail_state_parse (bytes, length, true, mailbox);
    ib_getmail_state_parse (bytes, length, false, mailbox);
    for (guint i = 1; i < mailbox->done->len; i++)
        g_assert_cmpuint (g_array_index (mailbox->done, guint32, i - 1), <=, g_array_index (mailbox->done, guint32, i));
    ib_import_mailbox_free (mailbox);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    g_autofree char *text = g_strndup (length > 0 ? (const char *) bytes : "", length);
    for (const char *const *name = ib_import_formats (); *name != NULL; name++)
        if (ib_import_has_files (ib_import_find (*name)))
            check_format (*name, text, strlen (text));
    check_states (text, (const char *) bytes, length);
    return 0;
}
