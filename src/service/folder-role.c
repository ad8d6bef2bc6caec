/* folder-role.c - what a folder is for, as its name tells */
#include "folder-role.h"
#include "imap-name.h"
#include "mailbox-use.h"

#include <string.h>

/* Old spam that is kept is no more wanted than in Junk; and who knows whether "spam-missed" or "not spam" is meant. */
static bool
speaks_of_spam (const char *level)
{
    g_autofree char *lower = g_ascii_strdown (level, -1);
    g_auto (GStrv) words = g_strsplit_set (lower, " -_+0123456789", -1);
    return g_strv_contains ((const char *const *) words, "spam")
           || g_strv_contains ((const char *const *) words, "junk");
}

static IbFolderRole
role_of_level (const char *level)
{
    switch (ib_mailbox_use_of_name (level)) {
    case IB_USE_JUNK:
        return IB_ROLE_JUNK;
    case IB_USE_SENT:
        return IB_ROLE_SENT;
    case IB_USE_DRAFTS:
    case IB_USE_TRASH:
        return IB_ROLE_ASIDE;
    case IB_USE_NONE:
    case IB_USE_INBOX:
    case IB_USE_ARCHIVE:
    case IB_USE_ALL:
        break;
    }
    return speaks_of_spam (level) ? IB_ROLE_ASIDE : IB_ROLE_ORDINARY;
}

/* Below Junk all is junk; "Work.Junk" is somebody's Junk, too. */
IbFolderRole
ib_folder_role (const char *folder)
{
    g_autofree char *plain = strchr (folder, '&') != NULL ? ib_imap_name_to_utf8 (folder) : g_strdup (folder);
    g_auto (GStrv) levels = g_strsplit_set (plain, "./", -1);
    guint count = g_strv_length (levels);
    if (count == 0)
        return IB_ROLE_ORDINARY;
    bool is_below = count > 1 && (g_ascii_strcasecmp (levels[0], "INBOX") == 0 || *levels[0] == '[');
    IbFolderRole role = role_of_level (levels[is_below ? 1 : 0]);
    return role != IB_ROLE_ORDINARY ? role : role_of_level (levels[count - 1]);
}
