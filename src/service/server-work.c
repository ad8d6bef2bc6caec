/* server-work.c - what is done with a message on its server once it is safe here */
#include "server-work.h"
#include "folder-role.h"
#include "mailbox-use.h"

#include <string.h>

IbStoryAfter
ib_server_work (const IbServerRule *rule, bool is_spam)
{
    bool is_deleted_at_once = rule->after == IB_AFTER_DELETE && rule->delay_s == 0;
    if (rule->is_from_junk)
        return IB_STORY_LEAVE;
    if (is_spam && rule->moves_junk && !is_deleted_at_once)
        return IB_STORY_JUNK;
    switch (rule->after) {
    case IB_AFTER_KEEP:
        return IB_STORY_LEAVE;
    case IB_AFTER_DELETE:
        return IB_STORY_DELETE;
    case IB_AFTER_MOVE:
        return IB_STORY_MOVE;
    }
    g_assert_not_reached ();
}

static bool
is_junk (const char *folder)
{
    return ib_folder_role (folder) == IB_ROLE_JUNK;
}

bool
ib_server_work_is_spam (const IbStory *story, const char *twin_folder)
{
    switch (story->action) {
    case IB_STORY_DELIVER:
        return story->files->len > 0 && is_junk (((const IbStoryFile *) story->files->pdata[0])->folder);
    case IB_STORY_DUPLICATE:
        return twin_folder != NULL && is_junk (twin_folder);
    case IB_STORY_DISCARD:
        return g_strcmp0 (story->verdict, "spam") == 0;
    }
    g_assert_not_reached ();
}

static bool
is_separator (char c)
{
    return c == '/' || c == '.';
}

/* Whoever wrote the settings may know the server's separator or not. */
static bool
is_same_name (const char *folder, const char *name)
{
    while (*folder != '\0' && (*folder == *name || (is_separator (*folder) && is_separator (*name))))
        folder++, name++;
    return *folder == '\0' && *name == '\0';
}

bool
ib_server_work_goes_to (const char *folder, const char *name, const char *special_use)
{
    IbMailboxUse use = *folder == '\\' ? ib_mailbox_use_of_attribute (folder + 1) : IB_USE_NONE;
    const char *plain = *folder == '\\' ? folder + 1 : folder;
    bool is_below_inbox = g_ascii_strncasecmp (name, "INBOX", 5) == 0 && is_separator (name[5]);
    if (use != IB_USE_NONE
        && (use == ib_mailbox_use_of_attribute (special_use) || use == ib_mailbox_use_of_name (name)))
        return true;
    return is_same_name (plain, name) || (is_below_inbox && is_same_name (plain, name + 6));
}
