/* correspondents.c - whom the user writes with, and who merely looks like them
 *
 * Names that are one letter apart have a form in common with one letter left out: each known domain is found under all
 * of its own, and one that is asked for is looked up under all of its own. */
#include "correspondents.h"
#include "host.h"
#include "mail-limits.h"
#include "skeleton.h"

#include <string.h>

/* Shorter labels are one letter apart by chance. */
#define LABEL_MIN 6
#define LABEL_MAX 63
#define NAME_MIN 6

struct _IbCorrespondents {
    GHashTable *addresses; /* lower case */
    GHashTable *domains;   /* organizations */
    GHashTable *names;     /* folded name → GPtrArray of addresses */
    GHashTable *skeletons; /* of an organization's domain → the domain */
    GHashTable *gaps;      /* a domain with a letter left out, and itself → the domain */
};

static void
strings_free (gpointer strings)
{
    g_ptr_array_unref (strings);
}

IbCorrespondents *
ib_correspondents_new (void)
{
    IbCorrespondents *self = g_new0 (IbCorrespondents, 1);
    self->addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->domains = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, strings_free);
    self->skeletons = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->gaps = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    return self;
}

void
ib_correspondents_free (IbCorrespondents *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->addresses);
    g_hash_table_unref (self->domains);
    g_hash_table_unref (self->names);
    g_hash_table_unref (self->skeletons);
    g_hash_table_unref (self->gaps);
    g_free (self);
}

/* --- names that are one letter apart --- */

/* Calls @visit with @domain and with each form of it that lacks one letter of its first label. */
static void
visit_gaps (const char *domain, void (*visit) (const char *form, gpointer data), gpointer data)
{
    gsize label = strcspn (domain, ".");
    visit (domain, data);
    if (label < LABEL_MIN - 1 || label > LABEL_MAX)
        return;
    g_autofree char *form = g_strdup (domain + 1);
    for (gsize gap = 0; gap < label; gap++) {
        visit (form, data);
        form[gap] = domain[gap];
    }
}

typedef struct {
    const IbCorrespondents *self;
    const char *domain, *found;
} Search;

static void
add_gap (const char *form, gpointer data)
{
    const Search *search = data;
    g_hash_table_insert (search->self->gaps, g_strdup (form), g_strdup (search->domain));
}

/* "abcdef" and "bcdefg" have "bcdef" in common and are two letters apart. */
static bool
is_one_apart (const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    gsize a_length = strlen (a), b_length = strlen (b);
    if (a_length == b_length)
        return a_length > 0 && strcmp (a + 1, b + 1) == 0;
    return a_length > b_length ? strcmp (a + 1, b) == 0 : strcmp (a, b + 1) == 0;
}

static void
find_gap (const char *form, gpointer data)
{
    Search *search = data;
    const char *domain = g_hash_table_lookup (search->self->gaps, form);
    if (domain != NULL && search->found == NULL && strcspn (domain, ".") >= LABEL_MIN
        && is_one_apart (domain, search->domain))
        search->found = domain;
}

/* --- filling --- */

static char *
fold_name (const char *name)
{
    g_autofree char *normal = g_utf8_normalize (name, -1, G_NORMALIZE_ALL);
    return normal != NULL ? g_strstrip (g_utf8_casefold (normal, -1)) : g_strdup ("");
}

/* A first name alone is everybody's. */
static bool
is_particular (const char *folded_name)
{
    return g_utf8_strlen (folded_name, -1) >= NAME_MIN && strchr (folded_name, ' ') != NULL;
}

static void
add_domain (IbCorrespondents *self, const char *domain)
{
    if (!g_hash_table_add (self->domains, g_strdup (domain)))
        return;
    g_hash_table_insert (self->skeletons, ib_skeleton (domain), g_strdup (domain));
    Search search = { .self = self, .domain = domain };
    visit_gaps (domain, add_gap, &search);
}

static char *
normal_domain (const char *address)
{
    const char *at = strrchr (address, '@');
    return at != NULL && at > address ? ib_host_normalize (at + 1, strlen (at + 1)) : NULL;
}

void
ib_correspondents_add (IbCorrespondents *self, const char *address, const char *name)
{
    g_autofree char *domain = normal_domain (address);
    if (domain == NULL || g_hash_table_size (self->addresses) >= IB_LIMIT_CORRESPONDENTS)
        return;
    char *lower = g_ascii_strdown (address, -1);
    bool is_new = g_hash_table_add (self->addresses, lower);
    add_domain (self, ib_host_organization (domain));

    g_autofree char *folded = fold_name (name);
    if (!is_new || !is_particular (folded))
        return;
    GPtrArray *addresses = g_hash_table_lookup (self->names, folded);
    if (addresses == NULL) {
        addresses = g_ptr_array_new_with_free_func (g_free);
        g_hash_table_insert (self->names, g_steal_pointer (&folded), addresses);
    }
    g_ptr_array_add (addresses, g_strdup (lower));
}

/* --- asking --- */

bool
ib_correspondents_knows (const IbCorrespondents *self, const char *address)
{
    g_autofree char *lower = g_ascii_strdown (address, -1);
    return g_hash_table_contains (self->addresses, lower);
}

const char *
ib_correspondents_namesake (const IbCorrespondents *self, const char *name, const char *domain)
{
    g_autofree char *folded = fold_name (name);
    const GPtrArray *addresses = g_hash_table_lookup (self->names, folded);
    const char *organization = ib_host_organization (domain);
    for (guint i = 0; addresses != NULL && i < addresses->len; i++) {
        g_autofree char *known = normal_domain (addresses->pdata[i]);
        if (strcmp (ib_host_organization (known), organization) == 0)
            return NULL;
    }
    return addresses != NULL ? addresses->pdata[0] : NULL;
}

const char *
ib_correspondents_lookalike (const IbCorrespondents *self, const char *domain)
{
    const char *organization = ib_host_organization (domain);
    if (g_hash_table_contains (self->domains, organization))
        return NULL;
    g_autofree char *skeleton = ib_skeleton (organization);
    const char *same = g_hash_table_lookup (self->skeletons, skeleton);
    if (same != NULL)
        return same;
    Search search = { .self = self, .domain = organization };
    visit_gaps (organization, find_gap, &search);
    return search.found;
}
