/* features-origin.c - where it came from, as few symbols */
#include "features-private.h"

#include <string.h>

static void
add (IbFeatureSet *set, IbFeatureGroup group, const char *what, const char *value)
{
    if (*value != '\0')
        ib_feature_set_add_pair (set, group, what, value);
}

static void
add_result (IbFeatureSet *set, const char *method, const IbAuthResult *result)
{
    add (set, IB_GROUP_AUTHENTICATION, method, result->result);
    if (*result->result != '\0' && result->is_aligned)
        add (set, IB_GROUP_AUTHENTICATION, method, "aligned");
}

static void
add_authentication (IbFeatureSet *set, const IbAuthentication *authentication)
{
    add_result (set, "spf ", &authentication->spf);
    add_result (set, "dkim ", &authentication->dkim);
    add_result (set, "dmarc ", &authentication->dmarc);
    if (ib_authentication_is_proven (authentication))
        add (set, IB_GROUP_AUTHENTICATION, "proven ", authentication->from_domain);
    else if (ib_authentication_is_refuted (authentication))
        ib_feature_set_add_symbol (set, IB_GROUP_AUTHENTICATION, "sender refuted");
    if (*authentication->stranger_id != '\0')
        ib_feature_set_add_symbol (set, IB_GROUP_AUTHENTICATION, "forged results");
}

/* An address, and the network that it stands in. */
static void
add_address (IbFeatureSet *set, const char *ip)
{
    const char *dot = strrchr (ip, '.');
    add (set, IB_GROUP_ROUTE, "from ", ip);
    if (dot == NULL)
        return;
    g_autofree char *network = g_strdup_printf ("%.*s.0/24", (int) (dot - ip), ip);
    add (set, IB_GROUP_ROUTE, "from ", network);
}

static void
add_path (IbFeatureSet *set, const IbPath *path)
{
    const IbHop *entry = ib_path_entry_hop (path);
    if (path->mx == IB_MX_BESIDE)
        ib_feature_set_add_symbol (set, IB_GROUP_ROUTE, "beside MX");
    if (path->relay != NULL)
        add (set, IB_GROUP_ROUTE, "through relay ", path->relay);
    if (entry == NULL)
        return;
    add_address (set, entry->ip);
    if (*entry->name == '\0')
        ib_feature_set_add_symbol (set, IB_GROUP_ROUTE, "no name");
    else if (g_ascii_strcasecmp (entry->name, entry->helo) != 0)
        ib_feature_set_add_symbol (set, IB_GROUP_ROUTE, "another name in HELO");
}

void
ib_features_add_origin (IbFeatureSet *set, const IbFacts *facts, const IbOrigin *origin)
{
    add (set, IB_GROUP_STRUCTURE, "account ", facts->account);
    if (origin == NULL)
        return;
    add (set, IB_GROUP_STRUCTURE, "kind ", ib_mail_kind_name (origin->kind));
    add_authentication (set, origin->authentication);
    add_path (set, origin->path);
}
