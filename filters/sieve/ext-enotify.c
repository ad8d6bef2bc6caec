/* ext-enotify.c - "enotify": notify, what methods there are, and :encodeurl (RFC 5435, RFC 5436)
 *
 *     desktop:                      a notification on the user's own desktop
 *     mailto:ADDRESS[?HEADERS]      in dry runs only: Inbasket sends no mail */
#include "check.h"
#include "extensions.h"
#include "matching.h"
#include "sieve-address.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- methods --- */

typedef struct {
    const char *scheme;
    bool sends_mail;
    bool (*is_valid) (const char *rest);        /* what stands behind the colon */
    bool (*is_valid_from) (const char *author); /* NULL: anything may be one */
} Method;

static bool
is_nothing (const char *rest)
{
    return *rest == '\0';
}

static bool
is_address (const char *text)
{
    g_autofree char *address = ib_sieve_address_parse ((IbSpan){ text, strlen (text) });
    return address != NULL;
}

/* to = [ addr-spec *("," addr-spec ) ], percent-encoded (RFC 6068, 2) */
static bool
are_recipients (const char *encoded)
{
    g_auto (GStrv) parts = g_strsplit (encoded, ",", -1);
    for (char **part = parts; *part != NULL; part++) {
        g_autofree char *address = g_uri_unescape_string (*part, NULL);
        if (address == NULL || !is_address (address))
            return *encoded == '\0';
    }
    return true;
}

/* hfields = "?" hfield *( "&" hfield ); hfield = hfname "=" hfvalue */
static bool
are_fields (const char *encoded)
{
    g_auto (GStrv) fields = g_strsplit (encoded, "&", -1);
    for (char **field = fields; *field != NULL; field++) {
        g_autofree char *plain = g_uri_unescape_string (*field, NULL);
        const char *equals = strchr (*field, '=');
        if (plain == NULL || equals == NULL || equals == *field)
            return false;
    }
    return true;
}

/* No URI holds a blank, a control character or one that is not ASCII. */
static bool
is_uri (const char *text)
{
    for (; *text != '\0'; text++)
        if ((guchar) *text <= ' ' || (guchar) *text >= 0x7F || strchr ("<>\"#", *text) != NULL)
            return false;
    return true;
}

static bool
is_mailto (const char *rest)
{
    const char *question = strchrnul (rest, '?');
    g_autofree char *recipients = g_strndup (rest, (gsize) (question - rest));
    return is_uri (rest) && are_recipients (recipients) && (*question == '\0' || are_fields (question + 1));
}

static const Method methods[] = {
    { "desktop", false, is_nothing, NULL },
    { "mailto", true, is_mailto, is_address },
};

/* The method that @uri begins with; NULL: there is none. */
static const Method *
find_method (const char *uri)
{
    gsize length = strcspn (uri, ":");
    for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
        if (uri[length] == ':' && length == strlen (methods[i].scheme)
            && g_ascii_strncasecmp (uri, methods[i].scheme, length) == 0)
            return &methods[i];
    return NULL;
}

/* What is wrong with @uri as a method; NULL: nothing. */
static const char *
why_no_method (const char *uri)
{
    const Method *method = find_method (uri);
    if (method == NULL)
        return _ ("is no way of notifying that Inbasket knows: expected \"desktop:\" or \"mailto:…\"");
    return method->is_valid (strchr (uri, ':') + 1) ? NULL : _ ("is not written as such a URI must be");
}

/* --- notify [":from" string] [":importance" <"1" / "2" / "3">] [":options" string-list] [":message" string]
 * <method: string> --- */

#define SLOT_FROM IB_SLOT_OWN
#define SLOT_IMPORTANCE (IB_SLOT_OWN + 1)
#define SLOT_OPTIONS (IB_SLOT_OWN + 2)
#define SLOT_MESSAGE (IB_SLOT_OWN + 3)

static const char *const importances[] = { "1", "2", "3", NULL };

static bool
check_importance (IbCheck *check, IbNode *node, IbArgument *tag)
{
    return tag->parameter->dynamic != NULL
           || ib_check_word (check, tag->parameter, importances, _ ("importance")) >= 0;
}

/* optionname = l-d *( l-d / "." / "-" / "_" ), "=" and a value in one line */
static bool
is_option (IbSpan text)
{
    gsize at = 0;
    while (at < text.length
           && (g_ascii_isalnum (text.bytes[at]) || (at > 0 && strchr (".-_", text.bytes[at]) != NULL)))
        at++;
    bool is_named = at > 0 && at < text.length && text.bytes[at] == '=';
    for (; at < text.length; at++)
        is_named &= text.bytes[at] != '\0' && text.bytes[at] != '\r' && text.bytes[at] != '\n';
    return is_named;
}

static bool
check_options (IbCheck *check, IbNode *node, IbArgument *tag)
{
    bool ok = true;
    for (const IbArgument *string = ib_tree_strings (tag->parameter); string != NULL;
         string = ib_tree_next (tag->parameter, string)) {
        if (string->dynamic != NULL || is_option (string->text))
            continue;
        g_autofree char *quoted = ib_diagnostic_quote (string->text);
        ok = ib_check_error (check, string->at, _ ("%s is no option: expected \"name=value\""), quoted);
    }
    return ok;
}

/* The method of @node, where it is known before the script runs. Returns: (transfer full) (nullable) */
static char *
constant_method (const IbNode *node)
{
    const IbArgument *method = node->positional[0];
    return method == NULL || method->dynamic != NULL ? NULL
                                                     : g_strndup (method->text.bytes, method->text.length);
}

static bool
check_method (IbCheck *check, IbNode *node, IbArgument *argument)
{
    g_autofree char *uri = constant_method (node);
    const char *why = uri != NULL ? why_no_method (uri) : NULL;
    if (why == NULL)
        return true;
    g_autofree char *quoted = ib_diagnostic_quote (argument->text);
    return ib_check_error (check, argument->at, "%s %s", quoted, why);
}

/* Who may be the author depends on the method. */
static bool
check_notify (IbCheck *check, IbNode *node)
{
    const IbArgument *tag = ib_tree_tag (node, SLOT_FROM);
    g_autofree char *uri = constant_method (node);
    const Method *method = uri != NULL ? find_method (uri) : NULL;
    if (tag == NULL || tag->parameter->dynamic != NULL || method == NULL || method->is_valid_from == NULL)
        return true;
    IbSpan author = tag->parameter->text;
    g_autofree char *text = g_strndup (author.bytes, author.length);
    if (method->is_valid_from (text))
        return true;
    g_autofree char *quoted = ib_diagnostic_quote (author);
    return ib_check_error (check, tag->parameter->at, _ ("%s is no mail address"), quoted);
}

/* A method that only the run knows is carried out if it is one that Inbasket carries out. */
static bool
may_send (const IbNode *node)
{
    g_autofree char *uri = constant_method (node);
    const Method *method = uri != NULL ? find_method (uri) : NULL;
    return method != NULL && method->sends_mail;
}

static const char *
tag_text (IbVm *vm, const IbCall *call, IbSlot slot)
{
    const IbCallTag *tag = ib_program_tag (call, slot);
    return tag != NULL ? ib_vm_string (vm, tag->parameter.texts) : NULL;
}

/* What is none of the three is of normal importance (RFC 5435, 3.4). */
static const char *
importance_of (IbVm *vm, const IbCall *call)
{
    const char *importance = tag_text (vm, call, SLOT_IMPORTANCE);
    return importance != NULL && g_strv_contains (importances, importance) ? importance : "2";
}

static void
add_details (IbVm *vm, const IbCall *call, IbAction *action)
{
    const char *message = tag_text (vm, call, SLOT_MESSAGE), *from = tag_text (vm, call, SLOT_FROM);
    const IbCallTag *options = ib_program_tag (call, SLOT_OPTIONS);
    if (message != NULL)
        ib_action_add_detail (action, "message", message);
    ib_action_add_detail (action, "importance", importance_of (vm, call));
    if (from != NULL)
        ib_action_add_detail (action, "from", from);
    for (guint i = 0; options != NULL && i < options->parameter.n_texts; i++)
        ib_action_add_detail (action, "option", ib_vm_string (vm, &options->parameter.texts[i]));
}

static void
run_notify (IbVm *vm, const IbCall *call)
{
    const char *uri = ib_vm_string (vm, call->positional[0].texts);
    const char *why = why_no_method (uri), *from = tag_text (vm, call, SLOT_FROM);
    const Method *method = find_method (uri);
    ib_vm_looks_at (vm, (IbSpan){ uri, strlen (uri) });
    if (why != NULL) {
        g_autofree char *quoted = ib_diagnostic_quote ((IbSpan){ uri, strlen (uri) });
        ib_vm_fail (vm, "%s %s", quoted, why);
        return;
    }
    if (from != NULL && method->is_valid_from != NULL && !method->is_valid_from (from)) {
        g_autofree char *quoted = ib_diagnostic_quote ((IbSpan){ from, strlen (from) });
        ib_vm_fail (vm, _ ("%s is no mail address"), quoted);
        return;
    }
    IbAction *action = ib_vm_act (vm, call, IB_ACTION_NOTIFY, uri);
    if (action != NULL)
        add_details (vm, call, action);
}

static const IbTag notify_tags[] = {
    { .name = "from", .slot = SLOT_FROM, .parameter = IB_TYPE_STRING },
    { .name = "importance", .slot = SLOT_IMPORTANCE, .parameter = IB_TYPE_STRING, .check = check_importance },
    { .name = "options", .slot = SLOT_OPTIONS, .parameter = IB_TYPE_STRINGS, .check = check_options },
    { .name = "message", .slot = SLOT_MESSAGE, .parameter = IB_TYPE_STRING },
    { NULL },
};
static const IbPositional notify_arguments[]
    = { { .name = N_ ("method"), .type = IB_TYPE_STRING, .check = check_method }, { NULL } };
static const IbCommand notify_row = {
    .name = "notify",
    .tags = notify_tags,
    .positional = notify_arguments,
    .may_send = may_send,
    .check = check_notify,
    .run = run_notify,
};

/* --- valid_notify_method <notification-uris: string-list>: all of them --- */

static bool
test_valid_notify_method (IbVm *vm, const IbCall *call)
{
    const IbOperand *uris = &call->positional[0];
    for (guint i = 0; i < uris->n_texts; i++)
        if (why_no_method (ib_vm_string (vm, &uris->texts[i])) != NULL)
            return false;
    return true;
}

static const IbPositional valid_arguments[]
    = { { .name = N_ ("list of methods"), .type = IB_TYPE_STRINGS }, { NULL } };
static const IbCommand valid_notify_method_row = {
    .name = "valid_notify_method",
    .kind = IB_KIND_TEST,
    .positional = valid_arguments,
    .test = test_valid_notify_method,
};

/* --- notify_method_capability [COMPARATOR] [MATCH-TYPE] <notification-uri: string> <notification-capability: string>
 * <key-list: string-list>: whether somebody is there to see it, nobody knows --- */

static bool
test_notify_method_capability (IbVm *vm, const IbCall *call)
{
    const char *uri = ib_vm_string (vm, call->positional[0].texts);
    IbSpan capability = ib_vm_text (vm, call->positional[1].texts);
    if (why_no_method (uri) != NULL || !ib_language_is (capability, "online"))
        return false;
    return ib_matching_one (vm, call, &call->positional[2], IB_SPAN ("maybe"));
}

static const IbPositional capability_arguments[] = {
    { .name = N_ ("method"), .type = IB_TYPE_STRING },
    { .name = N_ ("capability"), .type = IB_TYPE_STRING },
    { .name = N_ ("list of keys"), .type = IB_TYPE_STRINGS, .use = IB_USE_KEYS },
    { NULL },
};
static const IbCommand notify_method_capability_row = {
    .name = "notify_method_capability",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH,
    .positional = capability_arguments,
    .test = test_notify_method_capability,
};

/* --- :encodeurl: every octet but those that are unreserved in a URI (RFC 5435, 6) --- */

static IbSpan
encode_url (IbVm *vm, IbSpan text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *encoded = ib_arena_alloc (ib_vm_arena (vm), 3 * text.length + 1);
    gsize length = 0;
    (void) ib_vm_spend (vm, text.length);
    for (gsize i = 0; i < text.length; i++) {
        guchar c = (guchar) text.bytes[i];
        if (g_ascii_isalnum (c) || (c != '\0' && strchr ("-._~", c) != NULL)) {
            encoded[length++] = (char) c;
            continue;
        }
        encoded[length++] = '%';
        encoded[length++] = digits[c >> 4];
        encoded[length++] = digits[c & 0xF];
    }
    return (IbSpan){ encoded, length };
}

static const IbCommand *const commands[]
    = { &notify_row, &valid_notify_method_row, &notify_method_capability_row, NULL };
static const IbTag tags[] = {
    { .name = "encodeurl", .of = IB_TAKES_MODIFIER, .slot = IB_SLOT_MODIFIER_ENCODE, .modify = encode_url },
    { NULL },
};
const IbExtension ib_ext_enotify = { .name = "enotify", .commands = commands, .tags = tags };
