/* ext-duplicate.c - "duplicate": was a message of this id seen before? (RFC 7352)
 *
 * What was seen is among the facts of the run; what this run sees is told at its end, if it ends well, and is not there
 * for the tests of the same run. An id is remembered by its digest, with the handle. */
#include "check.h"
#include "digest.h"
#include "extensions.h"
#include "vm.h"

#include <string.h>

/* duplicate [":handle" <handle: string>] [":header" <header-name: string> / ":uniqueid" <value: string>]
 *           [":seconds" <timeout: number>] [":last"] */
#define SLOT_HANDLE IB_SLOT_OWN
#define SLOT_ID ((IbSlot) (IB_SLOT_OWN + 1))
#define SLOT_SECONDS ((IbSlot) (IB_SLOT_OWN + 2))
#define SLOT_LAST ((IbSlot) (IB_SLOT_OWN + 3))
enum { ID_HEADER, ID_VALUE };

static IbSpan
parameter (IbVm *vm, const IbCallTag *tag)
{
    return tag != NULL ? ib_vm_text (vm, tag->parameter.texts) : IB_SPAN ("");
}

/* The first field of that name; false: there is none, and so no id. */
static bool
read_field (IbVm *vm, IbSpan name, IbSpan *out_id)
{
    guint count;
    const IbValue *values = ib_vm_fields_called (vm, name, &count);
    if (count > 0)
        *out_id = values[0].text;
    return count > 0;
}

static bool
read_id (IbVm *vm, const IbCall *call, IbSpan *out_id)
{
    const IbCallTag *tag = ib_program_tag (call, SLOT_ID);
    if (tag == NULL)
        return read_field (vm, IB_SPAN ("Message-ID"), out_id);
    if (tag->tag->value == ID_HEADER)
        return read_field (vm, parameter (vm, tag), out_id);
    *out_id = parameter (vm, tag);
    return true;
}

/* The length parts the two, so that no id can look like another one's handle. */
static char *
mark_of (IbSpan handle, IbSpan id)
{
    g_autoptr (IbDigest) digest = ib_digest_new ();
    g_autofree char *length = g_strdup_printf ("%zu ", handle.length);
    ib_digest_add (digest, length, strlen (length));
    ib_digest_add (digest, handle.bytes, handle.length);
    ib_digest_add (digest, id.bytes, id.length);
    return ib_digest_finish (digest);
}

static gint64
expiry (IbVm *vm, const IbCall *call, gint64 now_s)
{
    const IbSieveSettings *settings = ib_vm_settings (vm);
    const IbCallTag *tag = ib_program_tag (call, SLOT_SECONDS);
    guint64 seconds = tag != NULL ? tag->parameter.number : settings->duplicate_default_s;
    return now_s + (gint64) MIN (seconds, settings->duplicate_most_s);
}

static bool
test_duplicate (IbVm *vm, const IbCall *call)
{
    IbSpan id, handle = parameter (vm, ib_program_tag (call, SLOT_HANDLE));
    if (!read_id (vm, call, &id) || !ib_vm_spend (vm, handle.length + id.length))
        return false;
    ib_vm_looks_at (vm, id);
    const IbFacts *facts = ib_vm_facts (vm);
    gint64 now_s = facts->now / G_USEC_PER_SEC;
    g_autofree char *mark = mark_of (handle, id);
    bool is_known = ib_marks_has (facts->marks, mark, now_s, facts->id);
    if (!is_known || ib_program_tag (call, SLOT_LAST) != NULL)
        ib_vm_remember (vm, mark, expiry (vm, call, now_s));
    return is_known;
}

static bool
check_header (IbCheck *check, IbNode *node, IbArgument *tag)
{
    return ib_check_field_name (check, tag->parameter);
}

static const IbTag tags[] = {
    { .name = "handle", .slot = SLOT_HANDLE, .parameter = IB_TYPE_STRING },
    { .name = "header",
      .slot = SLOT_ID,
      .parameter = IB_TYPE_STRING,
      .value = ID_HEADER,
      .check = check_header },
    { .name = "uniqueid", .slot = SLOT_ID, .parameter = IB_TYPE_STRING, .value = ID_VALUE },
    { .name = "seconds", .slot = SLOT_SECONDS, .parameter = IB_TYPE_NUMBER },
    { .name = "last", .slot = SLOT_LAST },
    { NULL },
};
static const IbCommand duplicate_row = {
    .name = "duplicate",
    .kind = IB_KIND_TEST,
    .tags = tags,
    .test = test_duplicate,
};

static const IbCommand *const commands[] = { &duplicate_row, NULL };
const IbExtension ib_ext_duplicate = { .name = "duplicate", .commands = commands };
