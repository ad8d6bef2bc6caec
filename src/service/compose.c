/* compose.c - from a judgement to a story */
#include "compose.h"
#include "folder-role.h"
#include "folder.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define TEXT_BYTES 500
/* The first of the reasons. */
#define FROM_JUNK "junk-on-server"
/* The method of notify that is ours. */
#define DESKTOP "desktop:"

/* A mail client's letters, sorted as Maildir wants them. \Deleted is not taken over: a client would expunge it. */
char *
ib_compose_info (const char *const *flags)
{
    static const struct {
        const char *flag;
        char letter;
    } letters[] = {
        { "\\Draft", 'D' },
        { "\\Flagged", 'F' },
        { "\\Answered", 'R' },
        { "\\Seen", 'S' },
    };
    g_autoptr (GString) info = g_string_new ("2,");
    for (gsize i = 0; i < G_N_ELEMENTS (letters); i++)
        for (gsize f = 0; flags[f] != NULL; f++)
            if (g_ascii_strcasecmp (flags[f], letters[i].flag) == 0) {
                g_string_append_c (info, letters[i].letter);
                break;
            }
    return info->len > 2 ? g_string_free (g_steal_pointer (&info), FALSE) : g_strdup ("");
}

static char *
cut (const char *text)
{
    gsize length = strnlen (text, TEXT_BYTES);
    g_autofree char *head = g_strndup (text, length);
    return g_utf8_make_valid (head, -1);
}

static char *
join_reasons (const IbVerdict *verdict)
{
    GString *reasons = g_string_new (NULL);
    for (guint i = 0; i < verdict->evidence->len; i++) {
        const IbEvidence *evidence = verdict->evidence->pdata[i];
        g_string_append_printf (reasons, "%s%s", i > 0 ? "," : "", evidence->feature);
    }
    return g_string_free (reasons, FALSE);
}

static bool
has_folder (const IbStory *story, const char *folder)
{
    for (guint i = 0; i < story->files->len; i++)
        if (strcmp (((const IbStoryFile *) story->files->pdata[i])->folder, folder) == 0)
            return true;
    return false;
}

static void
add_file (IbStory *story, const IbAction *action, guint edition)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *info = ib_compose_info ((const char *const *) action->flags);
    g_autofree char *folder = ib_folder_normalize (action->mailbox, &error);
    if (folder == NULL) {
        g_free (story->note);
        story->note = g_strdup_printf (_ ("put into the INBOX: %s"), error->message);
        folder = g_strdup ("INBOX");
    }
    if (!has_folder (story, folder))
        ib_story_add_file (story, folder, info)->edition = edition;
}

/* A script's wish to tell the user; one by mail is none of ours (see may_send () in ext-enotify.c). */
static void
add_notice (IbStory *story, const IbAction *action)
{
    const char *importance = ib_action_detail (action, "importance");
    const char *message = ib_action_detail (action, "message"), *author = ib_action_detail (action, "from");
    if (g_ascii_strncasecmp (action->mailbox, DESKTOP, strlen (DESKTOP)) != 0)
        return;
    g_autofree char *text = cut (message != NULL ? message : "");
    g_autofree char *from = cut (author != NULL ? author : "");
    bool is_level = importance != NULL && strlen (importance) == 1 && strchr ("123", *importance) != NULL;
    ib_story_add_notice (story, text, from, is_level ? (guint) (*importance - '0') : 2);
}

static void
place (IbStory *story, const IbPlan *plan)
{
    bool is_discarded = false;
    for (guint i = 0; i < plan->actions->len; i++) {
        const IbAction *action = plan->actions->pdata[i];
        switch (action->kind) {
        case IB_ACTION_KEEP:
        case IB_ACTION_FILEINTO:
            add_file (story, action, i + 1);
            break;
        case IB_ACTION_DISCARD:
            is_discarded = true;
            break;
        case IB_ACTION_NOTIFY:
            add_notice (story, action);
            break;
        case IB_ACTION_REDIRECT:
        case IB_ACTION_REJECT:
        case IB_ACTION_EREJECT:
        case IB_ACTION_VACATION:
            break; /* Inbasket sends no mail; a script with one cannot be activated */
        }
    }
    if (story->files->len > 0)
        return;
    if (is_discarded)
        story->action = IB_STORY_DISCARD;
    (void) ib_story_add_file (story, is_discarded ? "" : "INBOX", "");
}

static void
take_marks (IbStory *story, const GPtrArray *marks)
{
    for (guint i = 0; marks != NULL && i < marks->len; i++) {
        const IbMark *mark = marks->pdata[i];
        IbStoryMark taken = { .expires_at_s = mark->expires_at_s };
        g_strlcpy (taken.mark, mark->mark, sizeof taken.mark);
        g_array_append_val (story->marks, taken);
    }
}

static void
take_signals (IbStory *story, const IbSignals *signals, const char *account_address)
{
    story->entry_host = g_strdup (signals->entry_host);
    story->entry_ip = g_strdup (signals->entry_ip);
    story->relay = g_strdup (signals->relay);
    story->mx = g_strdup (signals->mx);
    story->server_filter = g_strdup (signals->server_filter);
    story->kind = g_strdup (signals->kind);
    story->is_from_known = strcmp (signals->sender, "known") == 0;
    story->recipient = g_strdup (*signals->recipient != '\0' ? signals->recipient : account_address);
}

void
ib_compose_story (IbStory *story, const IbJudgement *judgement, const IbFacts *facts)
{
    story->action = IB_STORY_DELIVER;
    story->verdict = g_strdup (ib_verdict_name (judgement->verdict->kind));
    story->probability = judgement->verdict->probability;
    story->reasons = join_reasons (judgement->verdict);
    story->rule = cut (judgement->rule);
    story->twin_key = g_strdup (judgement->twin_key);
    story->message_id = cut (judgement->message_id);
    story->from = cut (judgement->from);
    story->subject = cut (judgement->subject);
    story->note = judgement->error != NULL ? cut (judgement->error) : g_strdup ("");
    take_signals (story, judgement->signals, facts->account_address);
    place (story, judgement->plan);
    take_marks (story, judgement->marks);
}

void
ib_compose_from_junk (IbStory *story)
{
    g_autofree char *reasons = g_steal_pointer (&story->reasons);
    story->reasons = g_strconcat (FROM_JUNK, reasons[0] != '\0' ? "," : "", reasons, NULL);
    if (story->action != IB_STORY_DELIVER || story->files->len == 0)
        return;
    IbStoryFile *file = story->files->pdata[0];
    g_free (file->folder);
    file->folder = g_strdup ("Junk");
    g_ptr_array_set_size (story->files, 1);
}

void
ib_compose_wanted (IbStory *story)
{
    IbStoryFile *file = story->files->pdata[0];
    story->action = IB_STORY_DELIVER;
    if (*file->folder != '\0' && ib_folder_role (file->folder) != IB_ROLE_JUNK)
        return;
    g_free (file->folder);
    file->folder = g_strdup ("INBOX");
}

bool
ib_compose_is_from_junk (const char *reasons)
{
    const gsize length = strlen (FROM_JUNK);
    return strncmp (reasons, FROM_JUNK, length) == 0 && (reasons[length] == '\0' || reasons[length] == ',');
}

bool
ib_compose_offers_rescue (const IbStory *story)
{
    return story->action == IB_STORY_DELIVER && strcmp (story->verdict, "ham") == 0
           && ib_compose_is_from_junk (story->reasons) && has_folder (story, "Junk");
}

IbPlan *
ib_compose_unfiltered (IbStory *story, const IbFacts *facts, guint64 size_bytes, const char *why)
{
    g_autofree char *info = ib_compose_info ((const char *const *) facts->flags);
    IbPlan *plan = ib_plan_new ();

    story->action = IB_STORY_DELIVER;
    story->verdict = g_strdup ("unsure");
    story->reasons = g_strdup ("could-not-be-filtered");
    story->rule = g_strdup ("");
    story->message_id = g_strdup ("");
    story->from = g_strdup ("");
    story->subject = g_strdup ("");
    story->note = g_strdup (why);
    story->recipient = g_strdup (facts->account_address);
    (void) ib_story_add_file (story, "INBOX", info);

    if (facts->annotates) {
        g_autofree char *fields
            = g_strdup_printf ("X-Inbasket-Id: %s\nX-Inbasket-Account: %s\n"
                               "X-Inbasket-Verdict: unsure; reasons=could-not-be-filtered\n",
                               facts->id, facts->account);
        ib_plan_append_literal (plan, fields);
        ib_plan_append_range (plan, 0, size_bytes);
    }
    return plan;
}
