/* Any bytes are an account's file, if a wrong one. What we take, GKeyFile takes too, and reads as the same; what an edit
 * writes can be read, and says what was set. */
#include "account-file.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

/* One line, and the file's name and the line's number in front. */
static void
check_error (const GError *error)
{
    g_assert_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID);
    g_assert_true (g_str_has_prefix (error->message, "/x/anna.conf:"));
    g_assert_true (g_ascii_isdigit (error->message[strlen ("/x/anna.conf:")]));
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    for (const char *at = error->message; *at != '\0'; at++)
        g_assert_false (g_ascii_iscntrl (*at));
}

/* Where GKeyFile takes the whole, the scalars that it finds are ours. Blanks at the end are no part of ours. */
static void
check_with_gkeyfile (const IbAccount *account, const char *text, gsize length)
{
    static const struct { const char *group, *key; gsize offset; } same[] = {
        { "account", "address", G_STRUCT_OFFSET (IbAccount, address) },
        { "account", "host", G_STRUCT_OFFSET (IbAccount, host) },
        { "account", "provider", G_STRUCT_OFFSET (IbAccount, provider) },
        { "fetch", "since", G_STRUCT_OFFSET (IbAccount, since) },
        { "filter", "folder", G_STRUCT_OFFSET (IbAccount, folder) },
    };
    g_autoptr (GKeyFile) file = g_key_file_new ();
    if (!g_key_file_load_from_data (file, text, length, 0, NULL))
        return; /* ours takes a byte order mark, and some names that it does not */
    for (gsize i = 0; i < G_N_ELEMENTS (same); i++) {
        g_autofree char *theirs = g_key_file_get_string (file, same[i].group, same[i].key, NULL);
        const char *ours = G_STRUCT_MEMBER (char *, account, same[i].offset);
        if (theirs != NULL && !g_ascii_isspace (theirs[0]) && !g_str_has_suffix (theirs, " "))
            g_assert_true (g_str_has_prefix (theirs, ours));
    }
}

/* Every value can be written, and says the same again. */
static void
check_round_trip (const IbAccount *account)
{
    g_autoptr (GPtrArray) set = g_ptr_array_new_with_free_func (g_free);
    for (const char *const *key = ib_account_file_keys (); *key != NULL; key++) {
        g_ptr_array_add (set, g_strdup (*key));
        g_ptr_array_add (set, ib_account_get_text (account, *key));
    }
    g_ptr_array_add (set, NULL);

    g_autoptr (GError) error = NULL;
    g_autoptr (IbAccount) again = NULL;
    g_autofree char *text = ib_account_file_edit ("/nowhere/anna.conf", (const char *const *) set->pdata, &again, &error);
    g_assert_no_error (error);
    for (guint i = 0; i + 1 < set->len; i += 2) {
        g_autofree char *value = ib_account_get_text (again, set->pdata[i]);
        g_assert_cmpstr (value, ==, set->pdata[i + 1]);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    g_autoptr (GError) error = NULL;
    const char *text = (const char *) bytes;
    g_autoptr (IbAccount) account = ib_account_parse ("/x/anna.conf", text, length, &error);
    if (account == NULL) {
        check_error (error);
        return 0;
    }
    check_with_gkeyfile (account, text, length);
    check_round_trip (account);
    return 0;
}
