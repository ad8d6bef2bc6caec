/* testsuite-message.c - test_set, test_message, test_mailbox… and test_imap_metadata_set: what is looked at */
#include "address.h"
#include "check.h"
#include "testsuite-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

/* --- the message, and the envelope that its header suggests --- */

void
ib_testsuite_set_party (char **party, const char *address)
{
    char *copy = g_strdup (address);
    g_free (*party);
    *party = copy;
}

/* The first address of the first field there is of @names; "" is the null reverse-path. */
static char *
find_address (const IbMessage *message, const char *const *names, const char *otherwise)
{
    gsize count;
    const IbField *fields = ib_message_fields (message, &count);
    for (; *names != NULL; names++)
        for (gsize i = 0; i < count; i++) {
            if (!ib_message_field_is (message, &fields[i], *names))
                continue;
            g_autofree char *raw = ib_message_field_raw (message, &fields[i]);
            g_autoptr (GPtrArray) addresses = ib_address_parse (raw);
            if (addresses->len > 0)
                return g_strdup (((const IbAddress *) addresses->pdata[0])->address);
        }
    return g_strdup (otherwise);
}

/* As sieve-test(1) has it where no envelope is named. */
static void
guess_envelope (IbTestsuite *self)
{
    static const char *const senders[] = { "Return-Path", "Sender", "From", NULL };
    static const char *const recipients[] = { "Envelope-To", "To", NULL };
    g_autofree char *from = find_address (self->message, senders, "sender@example.com");
    g_autofree char *to = find_address (self->message, recipients, "recipient@example.com");
    ib_testsuite_set_party (&self->envelope.from, from);
    ib_testsuite_set_party (&self->envelope.to, to);
    ib_testsuite_set_party (&self->envelope.orig_to, to);
}

/* The run must not point to what goes. */
static void
rescue_flags (IbTestsuite *self, IbVm *vm)
{
    const char *const *flags = ib_vm_flags (vm);
    if (flags != (const char *const *) self->facts->flags)
        return;
    IbArena *arena = ib_vm_arena (vm);
    guint count = g_strv_length ((char **) flags);
    const char **copies = ib_arena_new_array (arena, const char *, count + 1);
    for (guint i = 0; i < count; i++)
        copies[i] = ib_arena_copy (arena, flags[i], strlen (flags[i]));
    ib_vm_set_flags (vm, copies);
}

void
ib_testsuite_set_flags (IbTestsuite *self, IbVm *vm, const char *const *flags)
{
    char **copy = g_strdupv ((char **) flags);
    if (vm != NULL)
        rescue_flags (self, vm);
    g_strfreev (self->facts->flags);
    self->facts->flags = copy;
}

void
ib_testsuite_set_message (IbTestsuite *self, IbVm *vm, GBytes *bytes, const char *const *flags)
{
    static const char *const no_flags[] = { NULL };
    gsize length;
    const char *start = g_bytes_get_data (bytes, &length);
    IbMessage *message = ib_message_new (start, length);

    g_ptr_array_add (self->held, g_bytes_ref (bytes));
    g_ptr_array_add (self->messages, message);
    self->message = message;
    g_hash_table_remove_all (self->result.notified);
    ib_testsuite_set_flags (self, vm, flags != NULL ? flags : no_flags);
    guess_envelope (self);
    if (vm == NULL)
        return;
    ib_vm_set_message (vm, message);
    if (flags != NULL)
        ib_vm_set_flags (vm, (const char *const *) self->facts->flags);
}

/* --- test_set <object: string> <value: string> --- */

enum { SET_MESSAGE, SET_FROM, SET_TO, SET_ORIG_TO, SET_AUTH };
static const char *const objects[]
    = { "message", "envelope.from", "envelope.to", "envelope.orig_to", "envelope.auth", NULL };

static int
find_object (IbSpan name)
{
    for (int i = 0; objects[i] != NULL; i++)
        if (ib_language_is (name, objects[i]))
            return i;
    return -1;
}

static bool
check_object (IbCheck *check, IbNode *node, IbArgument *argument)
{
    return argument->dynamic != NULL
           || ib_check_word (check, argument, objects, _ ("thing that can be set")) >= 0;
}

/* A file has LF; what "text:" or an edit of the file made CRLF is mail all the same. */
static GBytes *
to_bytes (IbSpan text)
{
    GString *lines = g_string_sized_new (text.length + 1);
    for (gsize i = 0; i < text.length; i++)
        if (text.bytes[i] != '\r' || i + 1 == text.length || text.bytes[i + 1] != '\n')
            g_string_append_c (lines, text.bytes[i]);
    return g_string_free_to_bytes (lines);
}

/* "<tss@example.net>" is the address in it, "<>" and "" are the null one. */
static void
set_party (IbVm *vm, char **party, const char *text)
{
    g_autofree char *bare = g_strstrip (g_strdup (text));
    gsize length = strlen (bare);
    if (length >= 2 && bare[0] == '<' && bare[length - 1] == '>') {
        bare[length - 1] = '\0';
        ib_testsuite_set_party (party, bare + 1);
    } else {
        ib_testsuite_set_party (party, bare);
    }
    ib_vm_forget (vm);
}

static void
run_test_set (IbVm *vm, const IbCall *call)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    IbSpan object = ib_vm_text (vm, call->positional[0].texts);
    const char *value = ib_vm_string (vm, call->positional[1].texts);
    if (ib_vm_has_failed (vm))
        return;
    switch (find_object (object)) {
    case SET_MESSAGE: {
        g_autoptr (GBytes) bytes = to_bytes (ib_vm_text (vm, call->positional[1].texts));
        ib_testsuite_set_message (suite, vm, bytes, NULL);
        break;
    }
    case SET_FROM:
        set_party (vm, &suite->envelope.from, value);
        break;
    case SET_TO:
        set_party (vm, &suite->envelope.to, value);
        set_party (vm, &suite->envelope.orig_to, value);
        break;
    case SET_ORIG_TO:
        set_party (vm, &suite->envelope.orig_to, value);
        break;
    case SET_AUTH:
        set_party (vm, &suite->envelope.auth, value);
        break;
    default:
        ib_vm_fail (vm, _ ("\"%.*s\" cannot be set"), (int) MIN (object.length, 100), object.bytes);
    }
}

static const IbPositional set_arguments[] = {
    { .name = N_ ("what is set"), .type = IB_TYPE_STRING, .check = check_object },
    { .name = N_ ("value"), .type = IB_TYPE_STRING },
    { NULL },
};
static const IbCommand test_set_row
    = { .name = "test_set", .positional = set_arguments, .run = run_test_set };

/* --- test_message ( :smtp / :folder <folder: string> ) <index: number>, from 0; as a command and as a test --- */

#define SLOT_WHERE IB_SLOT_OWN
enum { FROM_OUTBOX, FROM_FOLDER };

static bool
check_test_message (IbCheck *check, IbNode *node)
{
    return ib_tree_tag (node, SLOT_WHERE) != NULL
           || ib_check_error (check, node->at, _ ("\"test_message\" needs \":smtp\" or \":folder\""));
}

static bool
take_mail (IbVm *vm, const IbCall *call)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    const IbCallTag *where = ib_program_tag (call, SLOT_WHERE);
    guint64 index = call->positional[0].number;
    const IbTestsuiteMail *mail;
    if (where->tag->value == FROM_FOLDER) {
        const char *folder = ib_vm_folder (vm, where->parameter.texts);
        mail = folder != NULL ? ib_testsuite_store_get (suite->store, folder, index) : NULL;
    } else {
        mail = ib_testsuite_store_get_sent (suite->store, index);
    }
    if (mail == NULL)
        return false;
    ib_testsuite_set_message (suite, vm, mail->bytes, (const char *const *) mail->flags);
    if (mail->from != NULL) {
        set_party (vm, &suite->envelope.from, mail->from);
        set_party (vm, &suite->envelope.to, mail->to);
        set_party (vm, &suite->envelope.orig_to, mail->to);
    }
    return true;
}

static void
run_test_message (IbVm *vm, const IbCall *call)
{
    if (!take_mail (vm, call) && !ib_vm_has_failed (vm))
        ib_vm_fail (vm, _ ("there is no message %" PRIu64), call->positional[0].number);
}

static const IbTag message_tags[] = {
    { .name = "smtp", .slot = SLOT_WHERE, .value = FROM_OUTBOX },
    { .name = "folder", .slot = SLOT_WHERE, .parameter = IB_TYPE_STRING, .value = FROM_FOLDER },
    { NULL },
};
static const IbPositional message_arguments[] = { { .name = N_ ("number"), .type = IB_TYPE_NUMBER }, { NULL } };
static const IbCommand test_message_row = {
    .name = "test_message",
    .tags = message_tags,
    .positional = message_arguments,
    .check = check_test_message,
    .run = run_test_message,
};
static const IbCommand test_message_test_row = {
    .name = "test_message",
    .kind = IB_KIND_TEST,
    .tags = message_tags,
    .positional = message_arguments,
    .check = check_test_message,
    .test = take_mail,
};

/* --- test_message_print --- */

static void
run_test_message_print (IbVm *vm, const IbCall *call)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    gsize length;
    const char *bytes = ib_message_bytes (suite->message, &length);
    if (suite->running != NULL)
        g_ptr_array_add (suite->running->notes, g_strndup (bytes, length));
}

static const IbCommand test_message_print_row
    = { .name = "test_message_print", .run = run_test_message_print };

/* --- test_mailbox_create <folder: string>, test_mailbox_delete <folder: string>, which were once
 *     test_mailbox ( :create / :delete ) <folder: string> --- */

static void
create_folder (IbVm *vm, const IbCall *call)
{
    const char *folder = ib_vm_folder (vm, call->positional[0].texts);
    if (folder != NULL)
        ib_testsuite_store_create (ib_testsuite_of (vm)->store, folder);
    ib_testsuite_take_folders (ib_testsuite_of (vm));
}

static void
delete_folder (IbVm *vm, const IbCall *call)
{
    const char *folder = ib_vm_folder (vm, call->positional[0].texts);
    if (folder != NULL && !ib_testsuite_store_delete (ib_testsuite_of (vm)->store, folder))
        ib_vm_fail (vm, _ ("the folder \"%s\" cannot be deleted"), folder);
    ib_testsuite_take_folders (ib_testsuite_of (vm));
}

enum { MAILBOX_CREATE, MAILBOX_DELETE };

static bool
check_test_mailbox (IbCheck *check, IbNode *node)
{
    return ib_tree_tag (node, IB_SLOT_OWN) != NULL
           || ib_check_error (check, node->at, _ ("\"test_mailbox\" needs \":create\" or \":delete\""));
}

static void
run_test_mailbox (IbVm *vm, const IbCall *call)
{
    if (ib_program_tag (call, IB_SLOT_OWN)->tag->value == MAILBOX_CREATE)
        create_folder (vm, call);
    else
        delete_folder (vm, call);
}

static const IbTag mailbox_tags[] = {
    { .name = "create", .slot = IB_SLOT_OWN, .value = MAILBOX_CREATE },
    { .name = "delete", .slot = IB_SLOT_OWN, .value = MAILBOX_DELETE },
    { NULL },
};
static const IbPositional mailbox_arguments[] = { { .name = N_ ("folder"), .type = IB_TYPE_STRING }, { NULL } };
static const IbCommand test_mailbox_row = {
    .name = "test_mailbox",
    .tags = mailbox_tags,
    .positional = mailbox_arguments,
    .check = check_test_mailbox,
    .run = run_test_mailbox,
};
static const IbCommand test_mailbox_create_row
    = { .name = "test_mailbox_create", .positional = mailbox_arguments, .run = create_folder };
static const IbCommand test_mailbox_delete_row
    = { .name = "test_mailbox_delete", .positional = mailbox_arguments, .run = delete_folder };

/* --- test_imap_metadata_set [:mailbox <folder: string>] <annotation: string> <value: string>
 *
 * Read and let be: no extension of Inbasket looks at annotations, so no test can ask for one. --- */

static void
run_test_imap_metadata_set (IbVm *vm, const IbCall *call)
{
    (void) ib_vm_text (vm, call->positional[0].texts);
}

static const IbTag metadata_tags[]
    = { { .name = "mailbox", .slot = IB_SLOT_OWN, .parameter = IB_TYPE_STRING }, { NULL } };
static const IbPositional metadata_arguments[] = {
    { .name = N_ ("annotation"), .type = IB_TYPE_STRING },
    { .name = N_ ("value"), .type = IB_TYPE_STRING },
    { NULL },
};
static const IbCommand test_imap_metadata_set_row = {
    .name = "test_imap_metadata_set",
    .tags = metadata_tags,
    .positional = metadata_arguments,
    .run = run_test_imap_metadata_set,
};

const IbCommand *const ib_testsuite_message_rows[] = {
    &test_set_row,
    &test_message_row,
    &test_message_test_row,
    &test_message_print_row,
    &test_mailbox_row,
    &test_mailbox_create_row,
    &test_mailbox_delete_row,
    &test_imap_metadata_set_row,
    NULL,
};
