/* vm-field.c - the header fields that tests look at */
#include "address.h"
#include "mail-limits.h"
#include "vm-private.h"

#include <string.h>

/* What a glance at the name of a field costs. */
#define OCTETS_A_FIELD 4

bool
ib_vm_field_is (const IbHeaderField *field, IbSpan name)
{
    if (field->field->name_length != name.length)
        return false;
    gsize length;
    const char *own = ib_message_bytes (field->message, &length) + field->field->offset;
    return g_ascii_strncasecmp (own, name.bytes, name.length) == 0;
}

bool
ib_vm_hides_field (const char *name, gsize length)
{
    static const char ours[] = "x-inbasket-";
    return length >= sizeof ours - 1 && g_ascii_strncasecmp (name, ours, sizeof ours - 1) == 0;
}

/* The fields of @header that are called so, in the run's arena. */
static const IbHeaderField *
find_in (IbVm *self, const IbHeader *header, IbSpan lower_name, guint *out_count)
{
    guint count, found_count = 0;
    const IbHeaderField *fields = ib_header_fields (header, &count);
    IbHeaderField *found = NULL;
    *out_count = 0;
    if (ib_vm_hides_field (lower_name.bytes, lower_name.length)
        || !ib_vm_spend (self, (guint64) count * OCTETS_A_FIELD))
        return NULL;
    for (guint i = 0; i < count; i++) {
        if (!ib_vm_field_is (&fields[i], lower_name))
            continue;
        if (found == NULL)
            found = ib_arena_new_array (self->arena, IbHeaderField, count - i);
        found[found_count++] = fields[i];
    }
    *out_count = found_count;
    return found;
}

/* --- kept for the next test ---------------------------------------------------------------------------------------- */

static void
fields_clear (gpointer pointer)
{
    IbVmFields *fields = pointer;
    g_clear_pointer (&fields->addresses, g_ptr_array_unref);
    *fields = (IbVmFields){ .is_found = false };
}

void
ib_vm_forget_fields (IbVm *self)
{
    for (guint i = 0; i < self->program->fields->len; i++)
        fields_clear (&self->fields[i]);
    g_clear_pointer (&self->other_fields, g_hash_table_unref);
}

static IbSpan
lower (IbVm *self, IbSpan name)
{
    char *bytes = ib_arena_copy (self->arena, name.bytes, name.length);
    for (gsize i = 0; i < name.length; i++)
        bytes[i] = g_ascii_tolower (bytes[i]);
    return (IbSpan){ bytes, strlen (bytes) };
}

/* The name that a field is looked for by: the script's, which is known in lower case, or the run's. */
static IbSpan
lower_name (IbVm *self, const IbText *name)
{
    if (name->template != NULL)
        return lower (self, ib_vm_text (self, name));
    return *(const IbSpan *) self->program->fields->pdata[name->field];
}

/* The fields of a name that only the run knows. */
static IbVmFields *
other_fields (IbVm *self, IbSpan name)
{
    if (self->other_fields == NULL)
        self->other_fields = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, fields_clear);
    IbVmFields *fields = g_hash_table_lookup (self->other_fields, name.bytes);
    if (fields == NULL) {
        fields = ib_arena_new_array (self->arena, IbVmFields, 1);
        g_hash_table_insert (self->other_fields, (gpointer) name.bytes, fields);
    }
    return fields;
}

static void
look_up (IbVm *self, IbSpan name, IbVmFields *fields)
{
    if (!fields->is_found)
        fields->fields = find_in (self, self->header, name, &fields->count);
    fields->is_found = true;
}

static IbVmFields *
kept_fields (IbVm *self, const IbText *name)
{
    IbSpan wanted = lower_name (self, name);
    IbVmFields *fields = name->template != NULL ? other_fields (self, wanted) : &self->fields[name->field];
    look_up (self, wanted, fields);
    return fields;
}

/* --- texts --------------------------------------------------------------------------------------------------------- */

static bool
is_blank (char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static IbSpan
trim (IbSpan text)
{
    while (text.length > 0 && is_blank (text.bytes[text.length - 1]))
        text.length--;
    while (text.length > 0 && is_blank (text.bytes[0])) {
        text.bytes++;
        text.length--;
    }
    return text;
}

/* Most fields are one line of ASCII without encoded words: those are read where they stand. */
static bool
is_plain (IbSpan text)
{
    for (gsize i = 0; i < text.length; i++) {
        guchar c = (guchar) text.bytes[i];
        if ((c < ' ' && c != '\t') || c >= 0x7F
            || (c == '=' && i + 1 < text.length && text.bytes[i + 1] == '?'))
            return false;
    }
    return true;
}

IbSpan
ib_vm_decode (IbVm *self, const IbHeaderField *of)
{
    gsize length;
    const IbField *field = of->field;
    const char *bytes = ib_message_bytes (of->message, &length);
    IbSpan as_it_stands
        = trim ((IbSpan){ bytes + field->value_offset, field->offset + field->length - field->value_offset });
    as_it_stands.length = MIN (as_it_stands.length, IB_LIMIT_FIELD_BYTES);
    (void) ib_vm_spend (self, as_it_stands.length);
    if (is_plain (as_it_stands))
        return as_it_stands;
    g_autofree char *text = ib_message_field_text (of->message, field);
    gsize text_length = strlen (text);
    return trim ((IbSpan){ ib_arena_copy (self->arena, text, text_length), text_length });
}

static IbValue *
decode_all (IbVm *self, const IbHeaderField *fields, guint count)
{
    IbValue *values = ib_arena_new_array (self->arena, IbValue, count);
    for (guint i = 0; i < count; i++)
        values[i].text = ib_vm_decode (self, &fields[i]);
    return values;
}

static GPtrArray *
parse_addresses (IbVm *self, const IbHeaderField *fields, guint count)
{
    GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_address_free);
    for (guint i = 0; i < count && all->len < IB_LIMIT_ADDRESSES; i++) {
        g_autofree char *raw = ib_message_field_raw (fields[i].message, fields[i].field);
        (void) ib_vm_spend (self, strlen (raw));
        g_ptr_array_extend_and_steal (all, ib_address_parse (raw));
    }
    return all;
}

/* --- as a call looks at them --------------------------------------------------------------------------------------- */

/* Does the call look at the message's header as it is? Nearly all do, and what they find is kept. */
static bool
is_common (const IbCall *call)
{
    return ib_program_tag (call, IB_SLOT_HEADER) == NULL && ib_program_tag (call, IB_SLOT_INDEX) == NULL
           && ib_program_tag (call, IB_SLOT_VALUE) == NULL;
}

/* The one of @fields that :index and :last pick (RFC 5260, 6). */
static void
pick_by_index (const IbCall *call, const IbHeaderField **fields, guint *count)
{
    const IbCallTag *index = ib_program_tag (call, IB_SLOT_INDEX);
    if (index == NULL)
        return;
    guint64 number = index->parameter.number;
    if (number == 0 || number > *count) {
        *count = 0;
        return;
    }
    bool from_end = ib_program_tag (call, IB_SLOT_LAST) != NULL;
    *fields += from_end ? *count - number : number - 1;
    *count = 1;
}

static IbHeaderField *
find_in_all (IbVm *self, IbHeader *const *headers, guint header_count, IbSpan name, guint *out_count)
{
    g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (IbHeaderField));
    for (guint i = 0; i < header_count && !ib_vm_has_failed (self); i++) {
        guint count;
        const IbHeaderField *found = find_in (self, headers[i], name, &count);
        g_array_append_vals (all, found, count);
    }
    IbHeaderField *fields = ib_arena_new_array (self->arena, IbHeaderField, all->len);
    if (all->len > 0)
        memcpy (fields, all->data, all->len * sizeof (IbHeaderField));
    *out_count = all->len;
    return fields;
}

static const IbHeaderField *
find_for (IbVm *self, const IbCall *call, const IbText *name, guint *out_count)
{
    const IbCallTag *tag = ib_program_tag (call, IB_SLOT_HEADER);
    const IbHeaderField *fields;
    if (tag == NULL) {
        IbVmFields *kept = kept_fields (self, name);
        fields = kept->fields;
        *out_count = kept->count;
    } else {
        guint header_count;
        IbHeader *const *headers = tag->tag->headers (self, call, &header_count);
        fields = find_in_all (self, headers, header_count, lower_name (self, name), out_count);
    }
    pick_by_index (call, &fields, out_count);
    return fields;
}

static IbValue *
derive_all (IbVm *self, const IbCallTag *tag, const IbHeaderField *fields, guint count, guint *out_count)
{
    g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (IbValue));
    for (guint i = 0; i < count && !ib_vm_has_failed (self); i++) {
        guint derived_count;
        const IbValue *derived = tag->tag->derive (self, tag, &fields[i], &derived_count);
        g_array_append_vals (all, derived, derived_count);
    }
    IbValue *values = ib_arena_new_array (self->arena, IbValue, all->len);
    if (all->len > 0)
        memcpy (values, all->data, all->len * sizeof (IbValue));
    *out_count = all->len;
    return values;
}

static IbValue *
kept_values (IbVm *self, IbVmFields *kept, guint *out_count)
{
    if (!kept->is_decoded)
        kept->values = decode_all (self, kept->fields, kept->count);
    kept->is_decoded = true;
    *out_count = kept->count;
    return kept->values;
}

IbValue *
ib_vm_fields_called (IbVm *self, IbSpan name, guint *out_count)
{
    IbSpan wanted = lower (self, name);
    IbVmFields *fields = other_fields (self, wanted);
    look_up (self, wanted, fields);
    return kept_values (self, fields, out_count);
}

IbValue *
ib_vm_fields (IbVm *self, const IbCall *call, const IbText *name, guint *out_count)
{
    if (is_common (call))
        return kept_values (self, kept_fields (self, name), out_count);
    guint count;
    const IbHeaderField *fields = find_for (self, call, name, &count);
    const IbCallTag *value = ib_program_tag (call, IB_SLOT_VALUE);
    if (value != NULL)
        return derive_all (self, value, fields, count, out_count);
    *out_count = count;
    return decode_all (self, fields, count);
}

bool
ib_vm_has_field (IbVm *self, const IbCall *call, const IbText *name)
{
    guint count;
    (void) find_for (self, call, name, &count);
    return count > 0;
}

static void
addresses_free (gpointer addresses)
{
    g_ptr_array_unref (addresses);
}

const GPtrArray *
ib_vm_addresses (IbVm *self, const IbCall *call, const IbText *name)
{
    if (is_common (call)) {
        IbVmFields *kept = kept_fields (self, name);
        if (kept->addresses == NULL)
            kept->addresses = parse_addresses (self, kept->fields, kept->count);
        return kept->addresses;
    }
    guint count;
    const IbHeaderField *fields = find_for (self, call, name, &count);
    GPtrArray *addresses = parse_addresses (self, fields, count);
    ib_arena_own (self->arena, addresses, addresses_free);
    return addresses;
}

IbHeader *
ib_vm_header (IbVm *self)
{
    return self->header;
}

/* Headers share their added fields, and the arena keeps none of a header that is gone: what tests copied of it is
 * theirs, but for plain texts, which stay where they stand. So every header lives as long as the run. */
void
ib_vm_set_header (IbVm *self, IbHeader *header)
{
    ib_arena_own (self->arena, self->header, (GDestroyNotify) ib_header_unref);
    self->header = header;
    ib_vm_forget_fields (self);
}

void
ib_vm_set_message (IbVm *self, const IbMessage *message)
{
    self->message = message;
    ib_vm_forget (self);
    ib_vm_set_header (self, ib_header_new (message));
}
