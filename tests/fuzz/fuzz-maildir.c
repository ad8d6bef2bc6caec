/* Any bytes may be a folder's name, from a server or a script; any may be the name of a directory or a file that another
 * program put into the Maildir: the input's lines, one after the other. A folder has one spelling and one directory, in either
 * layout, and none leads out; an id is read where we would have written it, whatever a client put behind it. */
#include "maildir-private.h"
#include "survey.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

static void
check_text (const char *text)
{
    g_assert_true (g_utf8_validate (text, -1, NULL));
    for (const char *at = text; *at != '\0'; at++)
        g_assert_false (g_ascii_iscntrl (*at));
}

/* Below the Maildir, and no part of one. */
static void
check_directory (const char *directory, IbLayout layout)
{
    g_assert_true (*directory != '/');
    g_auto (GStrv) levels = g_strsplit (directory, "/", -1);
    for (gsize i = 0; levels[i] != NULL; i++) {
        g_assert_cmpuint (strlen (levels[i]), <=, 201);
        for (IbMaildirPart part = IB_MAILDIR_TMP; part < IB_MAILDIR_PARTS; part++)
            g_assert_cmpstr (levels[i], !=, ib_maildir_parts[part]);
        g_assert_true (layout == IB_LAYOUT_MAILDIRPP ? i == 0 && levels[i][0] == '.' && levels[i][1] != '.'
                                                     : levels[i][0] != '.' && levels[i][0] != '\0');
    }
}

static void
check_name_of_folder (const char *name)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = ib_folder_normalize (name, &error);
    if (folder == NULL) {
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME);
        check_text (error->message);
        return;
    }
    check_text (folder);
    g_autofree char *again = ib_folder_normalize (folder, NULL);
    g_assert_cmpstr (again, ==, folder);
    for (IbLayout layout = IB_LAYOUT_MAILDIRPP; layout <= IB_LAYOUT_FS; layout++) {
        g_autofree char *directory = ib_folder_to_directory (folder, layout);
        g_autofree char *back = ib_folder_from_directory (directory, layout);
        g_assert_cmpstr (back, ==, folder);
        if (strcmp (folder, "INBOX") != 0)
            check_directory (directory, layout);
    }
}

/* What is taken for a folder of ours is found again under the name that it is shown by. */
static void
check_directory_of_others (const char *directory)
{
    for (IbLayout layout = IB_LAYOUT_MAILDIRPP; layout <= IB_LAYOUT_FS; layout++) {
        g_autofree char *folder = ib_folder_from_directory (directory, layout);
        if (folder == NULL)
            continue;
        check_text (folder);
        g_autofree char *back = ib_folder_to_directory (folder, layout);
        g_assert_cmpstr (back, ==, directory);
    }
    g_autofree char *shown = ib_maildir_folder_of (directory);
    g_assert_true (g_utf8_validate (shown, -1, NULL));
    g_autofree char *place = g_build_filename (directory, "cur", NULL);
    g_autofree char *of_place = ib_survey_folder_of (place);
    g_assert_true (g_utf8_validate (of_place, -1, NULL));
}

/* As we would give it, with what clients put behind: the same file, and the same id. */
static void
check_name_of_ours (const char *name, const char *id)
{
    static const char *const behind[] = { "", ",S=12", ":2,", ",S=12:2,FS", ":1,x", ",S=3,W=4:2,S" };
    g_autofree char *unique = g_strndup (name, ib_maildir_unique_length (name));
    for (gsize i = 0; i < G_N_ELEMENTS (behind); i++) {
        char again[IB_ID_LENGTH + 1];
        g_autofree char *renamed = g_strconcat (unique, behind[i], NULL);
        g_assert_true (ib_maildir_is_same_file (renamed, name));
        g_assert_true (ib_maildir_read_name (renamed, again, NULL));
        g_assert_cmpstr (again, ==, id);
    }
    IbStoryFile file = { .folder = (char *) "INBOX", .name = g_strdup (name), .info = (char *) "2,FS" };
    ib_maildir_set_size (&file, 77);
    g_autofree char *final = ib_maildir_final_name (&file);
    g_assert_true (ib_maildir_is_same_file (final, name));
    g_assert_true (g_str_has_suffix (final, ",S=77:2,FS"));
    g_free (file.name);
}

static void
check_name_of_file (const char *name)
{
    char id[IB_ID_LENGTH + 1] = "", foreign[IB_ID_LENGTH + 1], flagged[IB_ID_LENGTH + 1];
    guint number = 0;
    if (ib_maildir_read_name (name, id, &number)) {
        g_assert_cmpuint (strspn (id, "0123456789abcdef"), ==, IB_ID_LENGTH);
        g_assert_nonnull (strstr (name, id));
        check_name_of_ours (name, id);
    } else
        g_assert_cmpstr (id, ==, "");

    g_assert_true (ib_maildir_is_same_file (name, name));
    g_assert_cmpuint (ib_maildir_unique_length (name), <=, strlen (name));
    ib_story_foreign_id (name, foreign);
    g_assert_cmpuint (strspn (foreign, "0123456789abcdef"), ==, IB_ID_LENGTH);
    if (strstr (name, ":2,") == NULL && !g_str_has_suffix (name, ":") && !g_str_has_suffix (name, ":2")) {
        g_autofree char *seen = g_strconcat (name, ":2,S", NULL);
        ib_story_foreign_id (seen, flagged);
        g_assert_cmpstr (flagged, ==, foreign);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    g_autofree char *text = g_strndup (length > 0 ? (const char *) bytes : "", length);
    g_auto (GStrv) lines = g_strsplit (text, "\n", 20);
    for (gsize i = 0; lines[i] != NULL; i++) {
        check_name_of_folder (lines[i]);
        check_directory_of_others (lines[i]);
        check_name_of_file (lines[i]);
    }
    return 0;
}
