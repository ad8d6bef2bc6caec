/* language.c - the table of all that Inbasket speaks */
#include "language.h"
#include "extensions.h"

#include <string.h>

static const IbExtension *const whole[] = {
    &ib_cmd_control,
    &ib_cmd_action,
    &ib_cmd_logic,
    &ib_cmd_header,
    &ib_cmd_address,
    &ib_cmd_match,
    &ib_ext_body,
    &ib_ext_comparator_octet,
    &ib_ext_comparator_ascii_casemap,
    &ib_ext_comparator_ascii_numeric,
    &ib_ext_copy,
    &ib_ext_date,
    &ib_ext_duplicate,
    &ib_ext_editheader,
    &ib_ext_encoded_character,
    &ib_ext_enotify,
    &ib_ext_envelope,
    &ib_ext_environment,
    &ib_ext_ereject,
    &ib_ext_extlists,
    &ib_ext_extracttext,
    &ib_ext_fileinto,
    &ib_ext_foreverypart,
    &ib_ext_ihave,
    &ib_ext_imap4flags,
    &ib_ext_include,
    &ib_ext_index,
    &ib_ext_mailbox,
    &ib_ext_mime,
    &ib_ext_regex,
    &ib_ext_reject,
    &ib_ext_relational,
    &ib_ext_spamtest,
    &ib_ext_spamtestplus,
    &ib_ext_special_use,
    &ib_ext_subaddress,
    &ib_ext_unicode_casemap,
    &ib_ext_vacation,
    &ib_ext_vacation_seconds,
    &ib_ext_variables,
    &ib_ext_virustest,
    NULL,
};

static const IbLanguage language = { whole, G_N_ELEMENTS (whole) - 1 };

const IbLanguage *
ib_language_whole (void)
{
    return &language;
}

static gpointer
join_names (gpointer unused)
{
    GString *names = g_string_new (NULL);
    for (guint i = 0; i < language.count; i++)
        if (whole[i]->name != NULL)
            g_string_append_printf (names, "%s%s", names->len > 0 ? " " : "", whole[i]->name);
    return g_string_free (names, FALSE);
}

const char *
ib_language_names (void)
{
    static GOnce once = G_ONCE_INIT;
    return g_once (&once, join_names, NULL);
}

bool
ib_language_is (IbSpan text, const char *name)
{
    return strlen (name) == text.length && g_ascii_strncasecmp (text.bytes, name, text.length) == 0;
}

/* Unlike other names, those of extensions are compared as they are written (RFC 5228, 6). */
const IbExtension *
ib_language_extension (const IbLanguage *self, IbSpan name)
{
    for (guint i = 0; i < self->count; i++) {
        const char *own = self->extensions[i]->name;
        if (own != NULL && strlen (own) == name.length && memcmp (own, name.bytes, name.length) == 0)
            return self->extensions[i];
    }
    return NULL;
}

const IbCommand *
ib_language_command (const IbLanguage *self, IbSpan name, IbKind kind, const IbExtension **out_extension)
{
    for (guint i = 0; i < self->count; i++) {
        const IbCommand *const *command = self->extensions[i]->commands;
        for (; command != NULL && *command != NULL; command++)
            if ((*command)->kind == kind && ib_language_is (name, (*command)->name)) {
                *out_extension = self->extensions[i];
                return *command;
            }
    }
    return NULL;
}

const IbComparator *
ib_language_comparator (const IbLanguage *self, IbSpan name)
{
    for (guint i = 0; i < self->count; i++) {
        const IbComparator *const *comparator = self->extensions[i]->comparators;
        for (; comparator != NULL && *comparator != NULL; comparator++)
            if (ib_language_is (name, (*comparator)->name))
                return *comparator;
    }
    return NULL;
}

const IbExtension *
ib_language_name_space (const IbLanguage *self, IbSpan name)
{
    for (guint i = 0; i < self->count; i++)
        if (self->extensions[i]->name_space != NULL && ib_language_is (name, self->extensions[i]->name_space))
            return self->extensions[i];
    return NULL;
}
