/* why-remedies.c - the ways round filters that a message took, and how to change what happened to it */
#include "why-remedies.h"
#include "causes.h"
#include "print.h"
#include "why-shared.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- the ways round ----------------------------------------------------------------------------------------------- */

static void
print_unprotected (const IbWhy *why, const IbSignals *signals)
{
    if (why->account != NULL && !ib_config_is_protected (why->config, why->account))
        ib_why_line (IB_COLOUR_WARN, _ ("• No filter judges what comes through “%s”: all of it comes in."),
                     why->account->name);
    if (ib_causes_is_foreign (why->config, signals->recipient))
        ib_why_line (IB_COLOUR_WARN,
                     _ ("• It was sent to %s, an address that no account has, and was handed on to here."),
                     signals->recipient);
}

static void
print_cause (const IbWhy *why, const IbJudgement *judgement, IbCause cause)
{
    const IbPath *path = judgement->origin->path;
    const IbHop *entry = ib_path_entry_hop (path);
    switch (cause) {
    case IB_CAUSE_UNPROTECTED:
        print_unprotected (why, judgement->signals);
        return;
    case IB_CAUSE_REMOTE:
        ib_why_line (
            IB_COLOUR_WARN,
            _ ("• No filter of the server of “%s” has left a result on it: only the filters here looked at it."),
            why->account->name);
        return;
    case IB_CAUSE_RELAY:
        ib_why_line (
            IB_COLOUR_WARN,
            _ ("• The relay %s, which you trust, took it from a stranger: a server's filter that trusts the "
               "relay, too, never asked who that was."),
            path->relay);
        return;
    case IB_CAUSE_BESIDE_MX:
        ib_why_line (
            IB_COLOUR_WARN,
            _ ("• It came in at %s, beside the mail exchanger (MX) of its domain, and so round the filter there: "
               "spammers go on using old servers."),
            entry != NULL && *entry->by != '\0' ? entry->by : _ ("a host without a name"));
        return;
    }
}

static guint
causes_of (const IbWhy *why, const IbJudgement *judgement)
{
    return ib_causes_find (why->config, why->account, judgement->signals);
}

void
ib_why_print_causes (const IbWhy *why, const IbJudgement *judgement)
{
    guint causes = causes_of (why, judgement);
    if (causes == 0 || judgement->verdict->kind == IB_VERDICT_HAM)
        return;
    ib_why_head (_ ("Which filters it came round"));
    for (guint cause = 1; cause <= IB_CAUSE_LAST; cause <<= 1)
        if ((causes & cause) != 0)
            print_cause (why, judgement, (IbCause) cause);
}

void
ib_why_causes_json (const IbWhy *why, const IbJudgement *judgement, JsonBuilder *builder)
{
    guint causes = causes_of (why, judgement);
    json_builder_set_member_name (builder, "causes");
    json_builder_begin_array (builder);
    for (guint cause = 1; cause <= IB_CAUSE_LAST; cause <<= 1)
        if ((causes & cause) != 0)
            json_builder_add_string_value (builder, ib_cause_name ((IbCause) cause));
    json_builder_end_array (builder);
}

/* --- how to change it ---------------------------------------------------------------------------------------------- */

G_GNUC_PRINTF (1, 2)
static void
print_remedy (const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *text = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    ib_why_command (text);
}

/* By its id if it came through here, else by its file. */
static char *
name_of (const IbFoundMessage *found)
{
    if (found->story != NULL)
        return g_strndup (found->story->id, 8);
    return strcmp (found->path, "-") != 0 ? g_shell_quote (found->path) : NULL;
}

static void
print_lesson (const IbWhy *why, IbVerdictKind kind)
{
    g_autofree char *name = name_of (why->found);
    if (name == NULL)
        return;
    if (kind != IB_VERDICT_HAM)
        print_remedy (_ ("inbasket learn ham %s  if it is none: its like will count for less"), name);
    if (kind != IB_VERDICT_SPAM)
        print_remedy (_ ("inbasket learn spam %s  if it is spam: its like will count for more"), name);
}

/* Where the rule stands that decided. "junk.sieve:15" */
static void
print_rule (const IbWhy *why, const char *rule)
{
    const char *colon = strrchr (rule, ':');
    g_autofree char *script = colon != NULL ? g_strndup (rule, (gsize) (colon - rule)) : NULL;
    g_autofree char *path = script != NULL ? ib_config_find_script (why->paths, script, NULL) : NULL;
    if (path != NULL)
        print_remedy (
            _ ("%s%s  is the line that decided; inbasket filter replay INBOX  shows what a change would do"),
            path, colon);
}

static void
print_protection (const IbWhy *why, const IbSignals *signals, guint causes)
{
    if ((causes & IB_CAUSE_UNPROTECTED) == 0 || why->account == NULL)
        return;
    if (!ib_config_is_protected (why->config, why->account) && !why->account->is_filtered)
        print_remedy (_ ("inbasket account edit %s --filter-enabled true"), why->account->name);
    if (ib_causes_is_foreign (why->config, signals->recipient))
        print_remedy (_ ("inbasket status  says how to add %s, if it is yours"), signals->recipient);
}

static void
print_trust (const IbWhy *why, const IbJudgement *judgement)
{
    const IbPath *path = judgement->origin->path;
    const IbAuthentication *authentication = judgement->origin->authentication;
    const IbHop *entry = ib_path_entry_hop (path);
    bool goes_on = path->hops->len > path->n_believed;
    if (path->relay != NULL)
        print_remedy (
            _ ("relays= in [trust] of inbasket.conf, without %s  if it is no server of yours: then the relay itself is "
               "judged"),
            path->relay);
    else if (entry != NULL && *entry->ip != '\0' && goes_on)
        print_remedy (
            _ ("relays=%s in [trust] of inbasket.conf  if that is a server of yours: then whoever handed it over "
               "there is judged"),
            entry->ip);
    if (*authentication->authserv_id == '\0' && authentication->stranger_is_near)
        print_remedy (
            _ ("authserv-ids=%s in [trust] of inbasket.conf  if that is a server of yours: then what it says of the "
               "sender is believed"),
            authentication->stranger_id);
}

void
ib_why_print_remedies (const IbWhy *why, const IbJudgement *judgement)
{
    const IbStory *story = why->found->story;
    ib_why_head (_ ("How to change it"));
    if (story != NULL
        && (story->action != IB_STORY_DELIVER
            || (*story->rule != '\0' && story->files->len > 0
                && strcmp (((const IbStoryFile *) story->files->pdata[0])->folder, "INBOX") != 0)))
        print_remedy (_ ("inbasket undo %.8s  puts it into the INBOX"), story->id);
    print_lesson (why, judgement->verdict->kind);
    print_rule (why, story != NULL ? story->rule : judgement->rule);
    print_protection (why, judgement->signals, causes_of (why, judgement));
    print_trust (why, judgement);
    if (story == NULL)
        print_remedy (_ ("inbasket filter run --trace FILE  tries other filters on it"));
}
