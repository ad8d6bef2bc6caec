/* evidence.c - what speaks against a message beside its words */
#include "evidence.h"
#include "address.h"
#include "host.h"
#include "part.h"

#include <string.h>

static bool
are_of_one (const char *domain, const char *other)
{
    return strcmp (ib_host_organization (domain), ib_host_organization (other)) == 0;
}

/* @other: NULL: there is one detail, or none. */
static void
note (IbVerdict *verdict, const char *feature, const char *detail, const char *other)
{
    IbEvidence *evidence = ib_verdict_add (verdict, feature, 0, detail);
    if (other != NULL)
        ib_verdict_add_detail (evidence, other, 0);
}

/* The domain of an address in @text; NULL if there is none. */
static char *
find_domain (const char *text)
{
    for (const char *at = strchr (text, '@'); at != NULL; at = strchr (at + 1, '@')) {
        gsize length = strcspn (at + 1, " \t>)]}\"',;:");
        char *domain = ib_host_normalize (at + 1, length);
        if (domain != NULL && strchr (domain, '.') != NULL)
            return domain;
        g_free (domain);
    }
    return NULL;
}

static void
note_display_address (IbVerdict *verdict, const IbAddress *from, const char *from_domain)
{
    g_autofree char *shown = find_domain (from->name);
    if (shown != NULL && !are_of_one (shown, from_domain))
        note (verdict, "display-address", shown, from_domain);
}

static void
note_known (IbVerdict *verdict, const IbAddress *from, const char *from_domain, const IbCorrespondents *known)
{
    if (ib_correspondents_knows (known, from->address))
        return;
    const char *namesake = ib_correspondents_namesake (known, from->name, from_domain);
    if (namesake != NULL)
        note (verdict, "namesake", namesake, from_domain);
    const char *like = ib_correspondents_lookalike (known, from_domain);
    if (like != NULL)
        note (verdict, "lookalike-domain", from_domain, like);
}

static bool
is_from_list (const IbMessage *message)
{
    g_autofree char *list = ib_message_header (message, "List-Id");
    g_autofree char *post = ib_message_header (message, "List-Post");
    return list != NULL || post != NULL;
}

static void
note_reply (IbVerdict *verdict, const IbMessage *message, const char *from_domain)
{
    g_autoptr (GPtrArray) replies = ib_address_of_fields (message, "Reply-To");
    for (guint i = 0; i < replies->len; i++) {
        const char *text = ((const IbAddress *) replies->pdata[i])->domain;
        g_autofree char *domain = ib_host_normalize (text, strlen (text));
        if (domain == NULL || are_of_one (domain, from_domain) || is_from_list (message))
            continue;
        note (verdict, "reply-elsewhere", domain, from_domain);
        return;
    }
}

static void
note_path (IbVerdict *verdict, const IbPath *path)
{
    const IbHop *entry = ib_path_entry_hop (path);
    if (path->mx == IB_MX_BESIDE)
        note (verdict, "beside-mx", entry->by, NULL);
    if (path->relay != NULL)
        note (verdict, "via-relay", path->relay, ib_path_entry_host (path));
    if (path->runs_back)
        note (verdict, "clocks", NULL, NULL);
}

static void
note_sender (IbVerdict *verdict, const IbMessage *message, const IbOrigin *origin,
             const IbCorrespondents *known)
{
    const char *from_domain = origin->authentication->from_domain;
    if (origin->authors->len == 0)
        return;
    if (*from_domain == '\0') {
        note (verdict, "several-authors", NULL, NULL);
        return;
    }
    const IbAddress *from = origin->authors->pdata[0];
    note_display_address (verdict, from, from_domain);
    note_known (verdict, from, from_domain, known);
    note_reply (verdict, message, from_domain);
}

static void
note_authentication (IbVerdict *verdict, const IbAuthentication *authentication)
{
    if (ib_authentication_is_refuted (authentication))
        note (verdict, "unproven-sender", authentication->authserv_id, authentication->from_domain);
    if (*authentication->stranger_id != '\0')
        note (verdict, "forged-results", authentication->stranger_id, NULL);
}

/* What a double click runs. */
static bool
is_program (const char *filename)
{
    static const char *const endings[]
        = { "bat", "chm", "cmd", "com", "cpl", "exe", "hta", "img", "iso", "jar", "js",  "jse",
            "lnk", "msi", "pif", "ps1", "reg", "scr", "vbe", "vbs", "vhd", "wsf", "wsh", NULL };
    const char *dot = strrchr (filename, '.');
    g_autofree char *ending = dot != NULL ? g_ascii_strdown (dot + 1, -1) : NULL;
    return ending != NULL && g_strv_contains (endings, g_strchomp (ending));
}

static void
note_files (IbVerdict *verdict, const IbMessage *message)
{
    const GPtrArray *parts = ib_message_parts (message);
    for (guint i = 0; i < parts->len; i++) {
        const char *filename = ib_part_filename (parts->pdata[i]);
        if (filename == NULL || !is_program (filename))
            continue;
        note (verdict, "executable", filename, NULL);
        return;
    }
}

void
ib_evidence_note (IbVerdict *verdict, const IbMessage *message, const IbOrigin *origin,
                  const IbCorrespondents *known)
{
    note_path (verdict, origin->path);
    note_sender (verdict, message, origin, known);
    note_authentication (verdict, origin->authentication);
    note_files (verdict, message);
}
