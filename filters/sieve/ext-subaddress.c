/* ext-subaddress.c - "subaddress": :user and :detail of an address (RFC 5233)
 *
 *     anna+lists@example.org    :user "anna", :detail "lists" */
#include "extensions.h"
#include "vm.h"

#include <string.h>

/* Where the separator stands; the end of @local_part if there is none. */
static const char *
find_separator (IbVm *vm, const char *local_part)
{
    return local_part + strcspn (local_part, ib_vm_settings (vm)->delimiters);
}

/* Without a separator, all of the local part. */
static bool
part_user (IbVm *vm, const char *address, const char *local_part, const char *domain, IbSpan *out_part)
{
    *out_part = (IbSpan){ local_part, (gsize) (find_separator (vm, local_part) - local_part) };
    return true;
}

/* Without a separator there is no detail, which is not the same as an empty one. */
static bool
part_detail (IbVm *vm, const char *address, const char *local_part, const char *domain, IbSpan *out_part)
{
    const char *separator = find_separator (vm, local_part);
    if (*separator == '\0')
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
