/* ext-subaddress.c - "subaddress": :user and :detail of an address (RFC 5233)
 *
 *     anna+lists@example.org    :user "anna", :detail "lists" */
#include "extensions.h"

#include <string.h>

#define SEPARATOR '+'

/* Without a separator, all of the local part. */
static bool
part_user (const char *address, const char *local_part, const char *domain, IbSpan *out_part)
{
    *out_part = (IbSpan){ local_part, (gsize) (strchrnul (local_part, SEPARATOR) - local_part) };
    return true;
}

/* Without a separator there is no detail, which is not the same as an empty one. */
static bool
part_detail (const char *address, const char *local_part, const char *domain, IbSpan *out_part)
{
    const char *separator = strchr (local_part, SEPARATOR);
    if (separator == NULL)
        return false;
    *out_part = (IbSpan){ separator + 1, strlen (separator + 1) };
    return true;
}

static const IbTag tags[] = {
    { .name = "user", .of = IB_TAKES_PART, .slot = IB_SLOT_PART, .part = part_user },
    { .name = "detail", .of = IB_TAKES_PART, .slot = IB_SLOT_PART, .part = part_detail },
    { NULL },
};
const IbExtension ib_ext_subaddress = { .name = "subaddress", .tags = tags };
