/* ext-vacation.c - "vacation" and "vacation-seconds": an answer while one is away (RFC 5230, RFC 6131)
 *
 * Whether an answer may go out (not to lists, not to machines, not twice in some days) is for the one who sends it to
 * find out: here the action is only noted. It leaves the implicit keep alone. */
#include "check.h"
#include "extensions.h"
#include "sieve-address.h"
#include "vm.h"

#include <glib/gi18n-lib.h>

#define DAY_S 86400

/* The command's own tags, by their slots: of :days and :seconds there is one. */
#define SLOT_PERIOD IB_SLOT_OWN
#define SLOT_SUBJECT (IB_SLOT_OWN + 1)
#define SLOT_FROM (IB_SLOT_OWN + 2)
#define SLOT_ADDRESSES (IB_SLOT_OWN + 3)
#define SLOT_MIME (IB_SLOT_OWN + 4)
#define SLOT_HANDLE (IB_SLOT_OWN + 5)
enum { PERIOD_DAYS, PERIOD_SECONDS };

static bool
is_address (IbSpan text)
{
    g_autofree char *address = ib_sieve_address_parse (text);
    return address != NULL;
}

static bool
check_from (IbCheck *check, IbNode *node, IbArgument *tag)
{
    const IbArgument *from = tag->parameter;
    if (from->dynamic != NULL || is_address (from->text))
        return true;
    g_autofree char *quoted = ib_diagnostic_quote (from->text);
    return ib_check_error (check, from->at, _ ("%s is no mail address"), quoted);
}

/* What is none can be nobody's: no error, but surely a slip. */
static bool
check_addresses (IbCheck *check, IbNode *node, IbArgument *tag)
{
    for (const IbArgument *string = ib_tree_strings (tag->parameter); string != NULL;
         string = ib_tree_next (tag->parameter, string)) {
        if (string->dynamic != NULL || is_address (string->text))
            continue;
        g_autofree char *quoted = ib_diagnostic_quote (string->text);
        ib_check_warn (check, string->at, _ ("%s is no mail address"), quoted);
    }
    return true;
}

/* --- vacation [":days" number] [":subject" string] [":from" string] [":addresses" string-list] [":mime"]
 * [":handle" string] <reason: string> --- */

/* How long nobody gets a second answer: what the script asks for, within what the settings allow. */
static guint64
period_s (IbVm *vm, const IbCall *call)
{
    const IbSieveSettings *settings = ib_vm_settings (vm);
    const IbCallTag *tag = ib_program_tag (call, SLOT_PERIOD);
    guint64 seconds = settings->vacation_default_s;
    if (tag != NULL && tag->tag->value == PERIOD_SECONDS)
        seconds = tag->parameter.number;
    else if (tag != NULL)
        seconds = MIN (tag->parameter.number, G_MAXUINT64 / DAY_S) * DAY_S;
    seconds = MAX (seconds, settings->vacation_least_s);
    return settings->vacation_most_s > 0 ? MIN (seconds, settings->vacation_most_s) : seconds;
}

static void
add_text (IbVm *vm, const IbCall *call, IbSlot slot, IbAction *action, const char *name)
{
    const IbCallTag *tag = ib_program_tag (call, slot);
    if (tag != NULL)
        ib_action_add_detail (action, name, ib_vm_string (vm, tag->parameter.texts));
}

static void
add_addresses (IbVm *vm, const IbCall *call, IbAction *action)
{
    const IbCallTag *tag = ib_program_tag (call, SLOT_ADDRESSES);
    g_autoptr (GString) list = g_string_new (NULL);
    for (guint i = 0; tag != NULL && i < tag->parameter.n_texts; i++)
        g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", ib_vm_string (vm, &tag->parameter.texts[i]));
    if (tag != NULL)
        ib_action_add_detail (action, "addresses", list->str);
}

/* Names of the details are those of the tags. */
static void
add_details (IbVm *vm, const IbCall *call, IbAction *action)
{
    g_autofree char *seconds = g_strdup_printf ("%" G_GUINT64_FORMAT, period_s (vm, call));
    ib_action_add_detail (action, "reason", ib_vm_string (vm, call->positional[0].texts));
    ib_action_add_detail (action, "seconds", seconds);
    add_text (vm, call, SLOT_SUBJECT, action, "subject");
    add_text (vm, call, SLOT_FROM, action, "from");
    add_text (vm, call, SLOT_HANDLE, action, "handle");
    add_addresses (vm, call, action);
    if (ib_program_tag (call, SLOT_MIME) != NULL)
        ib_action_add_detail (action, "mime", "true");
}

static void
run_vacation (IbVm *vm, const IbCall *call)
{
    const IbCallTag *from = ib_program_tag (call, SLOT_FROM);
    if (from != NULL && !is_address (ib_vm_text (vm, from->parameter.texts))) {
        g_autofree char *quoted = ib_diagnostic_quote (ib_vm_text (vm, from->parameter.texts));
        ib_vm_fail (vm, _ ("%s is no mail address"), quoted);
        return;
    }
    IbAction *action = ib_vm_act (vm, call, IB_ACTION_VACATION, "");
    if (action != NULL)
        add_details (vm, call, action);
}

static bool
check_seconds (IbCheck *check, IbNode *node, IbArgument *tag)
{
    return ib_check_has (check, "vacation-seconds")
           || ib_check_error (check, tag->at, _ ("\":seconds\" needs: require \"vacation-seconds\";"));
}

static const IbTag tags[] = {
    { .name = "days", .slot = SLOT_PERIOD, .parameter = IB_TYPE_NUMBER, .value = PERIOD_DAYS },
    { .name = "seconds",
      .slot = SLOT_PERIOD,
      .parameter = IB_TYPE_NUMBER,
      .value = PERIOD_SECONDS,
      .check = check_seconds },
    { .name = "subject", .slot = SLOT_SUBJECT, .parameter = IB_TYPE_STRING },
    { .name = "from", .slot = SLOT_FROM, .parameter = IB_TYPE_STRING, .check = check_from },
    { .name = "addresses", .slot = SLOT_ADDRESSES, .parameter = IB_TYPE_STRINGS, .check = check_addresses },
    { .name = "mime", .slot = SLOT_MIME },
    { .name = "handle", .slot = SLOT_HANDLE, .parameter = IB_TYPE_STRING },
    { NULL },
};
static const IbPositional arguments[] = { { .name = N_ ("reason"), .type = IB_TYPE_STRING }, { NULL } };
static const IbCommand vacation_row = {
    .name = "vacation",
    .tags = tags,
    .positional = arguments,
    .sends_mail = true,
    .run = run_vacation,
};

static const IbCommand *const commands[] = { &vacation_row, NULL };
const IbExtension ib_ext_vacation = { .name = "vacation", .commands = commands };
const IbExtension ib_ext_vacation_seconds = { .name = "vacation-seconds", .implies = "vacation" };
