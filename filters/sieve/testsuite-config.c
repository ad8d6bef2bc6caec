/* testsuite-config.c - test_config_set, test_config_unset, test_config_reload: limits and policies
 *
 * Keys are those that administrators of Pigeonhole know, of its versions 2.3 and 2.4, as far as they mean something
 * here. What is set comes into force with the next test_config_reload. */
#include "check.h"
#include "testsuite-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

const char *
ib_testsuite_config (const IbTestsuite *self, const char *key)
{
    return g_hash_table_lookup (self->config, key);
}

/* --- values; what cannot be read is told and leaves the default --- */

static void
remark (IbTestsuite *self, const char *key, const char *value)
{
    g_ptr_array_add (self->report->remarks, g_strdup_printf (_ ("%s cannot be \"%s\""), key, value));
}

/* A number, with a unit of @units ("kmg": powers of 1024; "smhd": seconds) behind it or not. */
static bool
read_amount (const char *text, const char *units, const guint64 *factors, guint64 *out_amount)
{
    char *end;
    guint64 amount = g_ascii_strtoull (text, &end, 10);
    if (end == text || *text == '-')
        return false;
    while (*end == ' ')
        end++;
    const char *unit = *end != '\0' ? strchr (units, g_ascii_tolower (*end)) : NULL;
    guint64 factor = unit != NULL ? factors[unit - units] : 1;
    bool is_known = *end == '\0' || unit != NULL;
    if (!is_known || amount > G_MAXUINT64 / factor)
        return false;
    *out_amount = amount * factor;
    return true;
}

static bool
read_size (const char *text, guint64 *out_bytes)
{
    static const guint64 factors[] = { 1, 1 << 10, 1 << 20, 1 << 30 };
    return read_amount (text, "bkmg", factors, out_bytes);
}

static bool
read_period (const char *text, guint64 *out_seconds)
{
    static const guint64 factors[] = { 1, 60, 3600, 24 * 3600, 7 * 24 * 3600 };
    return read_amount (text, "smhdw", factors, out_seconds);
}

static bool
read_count (const char *text, guint64 *out_count)
{
    return read_amount (text, "", NULL, out_count);
}

/* The value of @key or, if that is not set, of @other (NULL: there is no other name). */
static const char *
find (const IbTestsuite *self, const char *key, const char *other)
{
    const char *value = ib_testsuite_config (self, key);
    return value == NULL && other != NULL ? ib_testsuite_config (self, other) : value;
}

/* --- numbers --- */

typedef bool (*ReadNumber) (const char *text, guint64 *out_number);

static const struct {
    const char *key, *other; /* of 2.3, and of 2.4 where that has another */
    ReadNumber read;
    guint64 least; /* what is less is taken as this */
    gsize offset;
    gsize size;
} numbers[] = {
#define NUMBER(key, other, read, least, member)                                                              \
    {                                                                                                        \
        key, other, read, least, offsetof (IbSieveSettings, member),                                         \
            sizeof (((IbSieveSettings *) 0)->member)                                                         \
    }
    NUMBER ("sieve_max_script_size", NULL, read_size, 0, most_script_bytes),
    NUMBER ("sieve_max_actions", NULL, read_count, 0, most_actions),
    NUMBER ("sieve_max_redirects", NULL, read_count, 0, most_redirects),
    NUMBER ("sieve_include_max_nesting_depth", NULL, read_count, 0, include_depth),
    NUMBER ("sieve_include_max_includes", NULL, read_count, 0, include_count),
    NUMBER ("sieve_variables_max_scope_size", "sieve_variables_max_scope_count", read_count, 128,
            most_variables),
    NUMBER ("sieve_variables_max_variable_size", "sieve_variables_max_value_size", read_size, 4000,
            most_variable_bytes),
    NUMBER ("sieve_editheader_max_header_size", NULL, read_size, 1024, most_added_field_bytes),
    NUMBER ("sieve_duplicate_default_period", NULL, read_period, 0, duplicate_default_s),
    NUMBER ("sieve_duplicate_max_period", NULL, read_period, 0, duplicate_most_s),
    NUMBER ("sieve_vacation_min_period", NULL, read_period, 0, vacation_least_s),
    NUMBER ("sieve_vacation_default_period", NULL, read_period, 0, vacation_default_s),
    NUMBER ("sieve_vacation_max_period", NULL, read_period, 0, vacation_most_s),
};

static void
take_number (IbTestsuite *self, gsize i)
{
    const char *text = find (self, numbers[i].key, numbers[i].other);
    guint64 number;
    if (text == NULL)
        return;
    if (!numbers[i].read (text, &number)) {
        remark (self, numbers[i].key, text);
        return;
    }
    number = MAX (number, numbers[i].least);
    char *member = (char *) &self->settings + numbers[i].offset;
    if (numbers[i].size == sizeof (guint64))
        *(guint64 *) (gpointer) member = number;
    else
        *(guint *) (gpointer) member = (guint) MIN (number, G_MAXUINT);
}

/* --- the header fields that editheader leaves alone --- */

static const char *
keep_text (IbTestsuite *self, const char *text)
{
    return ib_arena_copy (self->arena, text, strlen (text));
}

static void
add_names (IbTestsuite *self, GPtrArray *names, const char *key)
{
    const char *value = ib_testsuite_config (self, key);
    if (value == NULL)
        return;
    g_auto (GStrv) words = g_strsplit_set (value, " ,", -1);
    for (char **word = words; *word != NULL; word++)
        if (**word != '\0')
            g_ptr_array_add (names, (gpointer) keep_text (self, *word));
}

/* 2.4: sieve_editheader_header/NAME/forbid_add = yes */
static void
add_forbidden (IbTestsuite *self, GPtrArray *names, const char *suffix)
{
    static const char prefix[] = "sieve_editheader_header/";
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init (&iter, self->config);
    while (g_hash_table_iter_next (&iter, &key, &value)) {
        const char *name = (const char *) key + sizeof prefix - 1;
        if (!g_str_has_prefix (key, prefix) || !g_str_has_suffix (key, suffix)
            || g_ascii_strcasecmp (value, "yes") != 0)
            continue;
        g_autofree char *field = g_strndup (name, strlen (name) - strlen (suffix));
        g_ptr_array_add (names, (gpointer) keep_text (self, field));
    }
}

static const char *const *
take_names (IbTestsuite *self, const char *key, const char *suffix)
{
    g_autoptr (GPtrArray) names = g_ptr_array_new ();
    add_names (self, names, key);
    add_names (self, names, "sieve_editheader_protected");
    add_forbidden (self, names, suffix);
    if (names->len == 0)
        return NULL;
    const char **list = ib_arena_new_array (self->arena, const char *, names->len + 1);
    memcpy (list, names->pdata, names->len * sizeof (char *));
    return list;
}

/* --- where spamtest and virustest find their score --- */

/* header-field [ ":" regexp ] */
static void
split_source (IbTestsuite *self, const char *text, const char **out_field, const char **out_pattern)
{
    const char *colon = strchr (text, ':');
    g_autofree char *field = g_strndup (text, colon != NULL ? (gsize) (colon - text) : strlen (text));
    *out_field = keep_text (self, g_strstrip (field));
    *out_pattern = NULL;
    if (colon == NULL)
        return;
    g_autofree char *pattern = g_strdup (colon + 1);
    *out_pattern = keep_text (self, g_strstrip (pattern));
}

/* @test is "spamtest" or "virustest". Returns whether such a test is set up. */
static bool
take_source (IbTestsuite *self, const char *test, IbScoreSource *source)
{
#define KEY(name) g_strdup_printf ("sieve_%s_" name, test)
    g_autofree char *header_key = KEY ("status_header"), *type_key = KEY ("status_type");
    g_autofree char *most_key = KEY ("max_value"), *most_key_24 = KEY ("score_max_value");
    g_autofree char *field_key = KEY ("max_header"), *field_key_24 = KEY ("score_max_header");
    const char *header = ib_testsuite_config (self, header_key);
    const char *type = ib_testsuite_config (self, type_key);
    const char *most = find (self, most_key, most_key_24);
    const char *most_field = find (self, field_key, field_key_24);
    *source = (IbScoreSource){ .kind = IB_SCORE_NUMBER };
    if (header == NULL || *header == '\0')
        return false;

    split_source (self, header, &source->field, &source->pattern);
    if (type != NULL && strcmp (type, "strlen") == 0)
        source->kind = IB_SCORE_LENGTH;
    else if (type != NULL && strcmp (type, "text") == 0)
        source->kind = IB_SCORE_TEXT;
    else if (type != NULL && strcmp (type, "score") != 0)
        remark (self, type_key, type);
    if (most_field != NULL)
        split_source (self, most_field, &source->most_field, &source->most_pattern);
    if (most != NULL)
        source->most = g_ascii_strtod (most, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (source->texts); i++) {
        g_autofree char *key = g_strdup_printf ("sieve_%s_text_value%u", test, i);
        g_autofree char *key_24 = g_strdup_printf ("sieve_%s_text_value/%u", test, i);
        const char *text = find (self, key, key_24);
        source->texts[i] = text != NULL ? keep_text (self, text) : NULL;
    }
    return true;
#undef KEY
}

/* --- lists of extlists: sieve_extlists_list/NAME = entries, a line each, or file:PATH beside the test file --- */

#define LIST_PREFIX "sieve_extlists_list/"

static void
take_list (IbTestsuite *self, IbLists *lists, const char *name, const char *value)
{
    gsize length = strlen (value);
    g_autofree char *text = g_str_has_prefix (value, "file:")
                                ? ib_testsuite_read (self, value + strlen ("file:"), &length, NULL)
                                : g_strdup (value);
    if (text == NULL) {
        remark (self, name, value);
        return;
    }
    g_autoptr (GBytes) bytes = g_bytes_new_take (g_steal_pointer (&text), length);
    ib_lists_add (lists, name, bytes);
}

static void
take_lists (IbTestsuite *self)
{
    GHashTableIter iter;
    gpointer key, value;
    ib_lists_unref (self->facts->lists);
    self->facts->lists = ib_lists_new ();
    g_hash_table_iter_init (&iter, self->config);
    while (g_hash_table_iter_next (&iter, &key, &value))
        if (g_str_has_prefix (key, LIST_PREFIX))
            take_list (self, self->facts->lists, (const char *) key + strlen (LIST_PREFIX), value);
}

/* --- keys that are known, beside the numbers: those of this file and of the outbox --- */

static const char *const known[] = {
    "recipient_delimiter",
    "sieve_subaddress_sep",
    "sieve_user_email",
    "sieve_redirect_envelope_from",
    "sieve_redirect_duplicate_period",
    "sieve_notify_mailto_envelope_from",
    "sieve_editheader_forbid_add",
    "sieve_editheader_forbid_delete",
    "sieve_editheader_protected",
    "sieve_editheader_header",
    "sieve_vacation_use_original_recipient",
    "sieve_vacation_dont_check_recipient",
    "sieve_vacation_check_recipient",
    "sieve_vacation_send_from_recipient",
    "sieve_vacation_to_header_ignore_envelope",
    NULL,
};

/* Keys that have names in them. */
static const char *const families[]
    = { "sieve_editheader_header/", "sieve_spamtest_", "sieve_virustest_", LIST_PREFIX };

static bool
is_known (const char *key)
{
    for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
        if (strcmp (key, numbers[i].key) == 0 || g_strcmp0 (key, numbers[i].other) == 0)
            return true;
    for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
        if (g_str_has_prefix (key, families[i]))
            return true;
    return g_strv_contains (known, key);
}

/* --- reloading --- */

static void
copy_wishes (IbTestsuite *self)
{
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_remove_all (self->config);
    g_hash_table_iter_init (&iter, self->wishes);
    while (g_hash_table_iter_next (&iter, &key, &value))
        g_hash_table_insert (self->config, g_strdup (key), g_strdup (value));
}

void
ib_testsuite_config_reload (IbTestsuite *self)
{
    copy_wishes (self);
    self->settings = ib_sieve_settings;
    for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
        take_number (self, i);
    const char *delimiters = find (self, "recipient_delimiter", "sieve_subaddress_sep");
    if (delimiters != NULL)
        self->settings.delimiters = keep_text (self, delimiters);
    self->settings.may_not_add = take_names (self, "sieve_editheader_forbid_add", "/forbid_add");
    self->settings.may_not_delete = take_names (self, "sieve_editheader_forbid_delete", "/forbid_delete");
    take_lists (self);
    self->settings.spam = take_source (self, "spamtest", &self->spam) ? &self->spam : NULL;
    self->settings.virus = take_source (self, "virustest", &self->virus) ? &self->virus : NULL;
}

/* --- test_config_set <key: string> <value: string>, test_config_unset <key: string>,
 *     test_config_reload [:extension <name: string>] --- */

static void
run_test_config_set (IbVm *vm, const IbCall *call)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    const char *key = ib_vm_string (vm, call->positional[0].texts);
    const char *value = ib_vm_string (vm, call->positional[1].texts);
    if (!is_known (key))
        g_ptr_array_add (suite->report->remarks,
                         g_strdup_printf (_ ("%s:%u: the setting %s means nothing to Inbasket"), suite->path,
                                          call->line, key));
    g_hash_table_replace (suite->wishes, g_strdup (key), g_strdup (value));
}

static const IbPositional set_arguments[] = {
    { .name = N_ ("setting"), .type = IB_TYPE_STRING },
    { .name = N_ ("value"), .type = IB_TYPE_STRING },
    { NULL },
};
static const IbCommand test_config_set_row
    = { .name = "test_config_set", .positional = set_arguments, .run = run_test_config_set };

static void
run_test_config_unset (IbVm *vm, const IbCall *call)
{
    g_hash_table_remove (ib_testsuite_of (vm)->wishes, ib_vm_string (vm, call->positional[0].texts));
}

static const IbPositional unset_arguments[] = { { .name = N_ ("setting"), .type = IB_TYPE_STRING }, { NULL } };
static const IbCommand test_config_unset_row
    = { .name = "test_config_unset", .positional = unset_arguments, .run = run_test_config_unset };

static void
run_test_config_reload (IbVm *vm, const IbCall *call)
{
    const IbCallTag *extension = ib_program_tag (call, IB_SLOT_OWN);
    if (extension != NULL) {
        IbSpan name = ib_vm_text (vm, extension->parameter.texts);
        if (ib_language_extension (ib_testsuite_language (), name) == NULL) {
            ib_vm_fail (vm, _ ("Inbasket does not know the extension \"%.*s\""), (int) MIN (name.length, 100),
                        name.bytes);
            return;
        }
    }
    ib_testsuite_config_reload (ib_testsuite_of (vm));
    ib_vm_forget (vm);
}

static const IbTag reload_tags[]
    = { { .name = "extension", .slot = IB_SLOT_OWN, .parameter = IB_TYPE_STRING }, { NULL } };
static const IbCommand test_config_reload_row
    = { .name = "test_config_reload", .tags = reload_tags, .run = run_test_config_reload };

const IbCommand *const ib_testsuite_config_rows[]
    = { &test_config_set_row, &test_config_unset_row, &test_config_reload_row, NULL };
