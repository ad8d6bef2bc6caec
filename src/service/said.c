/* said.c - what happened, as the bus says it */
#include "said.h"
#include "face.h"
#include "imap-name.h"

#include <math.h>

static void
add_text (GVariantBuilder *said, const char *key, const char *text)
{
    if (text != NULL)
        g_variant_builder_add (said, "{sv}", key, g_variant_new_take_string (g_utf8_make_valid (text, -1)));
}

/* "" is what is not known. */
static void
add_known_text (GVariantBuilder *said, const char *key, const char *text)
{
    if (text != NULL && *text != '\0')
        add_text (said, key, text);
}

static void
add_number (GVariantBuilder *said, const char *key, guint64 number)
{
    g_variant_builder_add (said, "{sv}", key, g_variant_new_uint64 (number));
}

static void
add_claim (GVariantBuilder *said, const char *key, bool is_so)
{
    g_variant_builder_add (said, "{sv}", key, g_variant_new_boolean (is_so));
}

/* --- sentences --------------------------------------------------------------------------------------------- */

static char *
words_for (const char *words, IbFace face)
{
    g_autofree char *read = ib_face_read (words, face);
    return g_utf8_make_valid (read, -1);
}

char *
ib_said_words (const char *words)
{
    return words_for (words, IB_FACE_WINDOW);
}

char *
ib_said_words_for_terminal (const char *words)
{
    return words_for (words, IB_FACE_FILES);
}

/* --- messages ---------------------------------------------------------------------------------------------- */

static void
add_files (GVariantBuilder *said, const IbStory *story, const char *const *paths)
{
    GVariantBuilder files;
    g_variant_builder_init (&files, G_VARIANT_TYPE ("a(say)"));
    for (guint i = 0; i < story->files->len; i++) {
        const IbStoryFile *file = story->files->pdata[i];
        g_autofree char *folder = g_utf8_make_valid (file->folder, -1);
        g_variant_builder_add (&files, "(s^ay)", folder, paths != NULL ? paths[i] : "");
    }
    g_variant_builder_add (said, "{sv}", "files", g_variant_builder_end (&files));
}

GVariant *
ib_said_message (const IbStory *story, const char *folder, const char *const *paths)
{
    GVariantBuilder said;
    g_autofree char *mailbox = NULL;
    const struct {
        const char *key, *text;
    } texts[] = {
        { "id", story->id },           { "account", story->account }, { "message-id", story->message_id },
        { "from", story->from },       { "subject", story->subject }, { "action", ib_story_action_name (story->action) },
        { "twin-of", story->twin_of }, { "verdict", story->verdict }, { "reasons", story->reasons },
        { "rule", story->rule },       { "uidl", story->uidl },
    }, known[] = {
        { "entry-host", story->entry_host },       { "entry-ip", story->entry_ip }, { "relay", story->relay },
        { "mx", story->mx },                       { "recipient", story->recipient },
        { "server-filter", story->server_filter },
    };
    if (folder == NULL && story->mailbox != NULL)
        folder = mailbox = ib_imap_name_to_utf8 (story->mailbox);
    g_variant_builder_init (&said, G_VARIANT_TYPE_VARDICT);
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        add_text (&said, texts[i].key, texts[i].text);
    for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
        add_known_text (&said, known[i].key, known[i].text);
    add_text (&said, "mailbox", folder);
    if (story->uidl == NULL)
        g_variant_builder_add (&said, "{sv}", "uid", g_variant_new_uint32 (story->uid));
    add_number (&said, "size", story->size_bytes);
    g_variant_builder_add (&said, "{sv}", "at", g_variant_new_int64 (story->delivered_at));
    if (!isnan (story->probability))
        g_variant_builder_add (&said, "{sv}", "spam", g_variant_new_double (story->probability));
    add_files (&said, story, paths);
    return g_variant_builder_end (&said);
}

/* --- results ----------------------------------------------------------------------------------------------- */

static const char *
reason_of (const GError *error)
{
    if (error->domain != IB_FETCH_ERROR)
        return "config";
    switch ((IbFetchError) error->code) {
    case IB_FETCH_ERROR_OFFLINE:
        return "offline";
    case IB_FETCH_ERROR_BUSY:
        return "busy";
    case IB_FETCH_ERROR_SIGN_IN:
        return "sign-in";
    case IB_FETCH_ERROR_UNSAFE:
        return "unsafe";
    case IB_FETCH_ERROR_KEYRING:
        return "keyring";
    case IB_FETCH_ERROR_MESSAGE:
        return "message";
    case IB_FETCH_ERROR_SERVER:
        return "server";
    case IB_FETCH_ERROR_STOPPED:
        return "stopped";
    case IB_FETCH_ERROR_HERE:
        return "here";
    }
    return "server";
}

static void
add_error (GVariantBuilder *said, const char *words)
{
    g_autofree char *for_window = ib_said_words (words);
    g_autofree char *for_terminal = ib_said_words_for_terminal (words);
    add_text (said, "error", for_window);
    add_text (said, "error-for-terminal", for_terminal);
}

static GVariant *
result_new (const IbPollResult *result, bool was_polled)
{
    GVariantBuilder said;
    const struct {
        const char *key;
        guint64 number;
    } numbers[] = {
        { "fetched", result->fetched },     { "delivered", result->delivered },
        { "junk", result->junk },           { "duplicates", result->duplicates },
        { "discarded", result->discarded }, { "skipped", result->skipped },
        { "bytes", result->bytes },
    };
    g_variant_builder_init (&said, G_VARIANT_TYPE_VARDICT);
    add_text (&said, "account", result->account);
    add_text (&said, "state", result->state);
    if (result->error != NULL) {
        add_error (&said, result->error->message);
        add_text (&said, "reason", reason_of (result->error));
    }
    for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
        add_number (&said, numbers[i].key, numbers[i].number);
    g_variant_builder_add (&said, "{sv}", "refused", g_variant_new_uint32 (result->refused));
    g_variant_builder_add (&said, "{sv}", "seconds", g_variant_new_double (result->seconds));
    add_claim (&said, "signed-in", result->was_signed_in);
    add_claim (&said, "unreachable", !result->was_signed_in && ib_poll_is_unreachable (result->error));
    add_claim (&said, "polled", was_polled);
    return g_variant_builder_end (&said);
}

GVariant *
ib_said_result (const IbPollResult *result)
{
    return result_new (result, true);
}

GVariant *
ib_said_broken (const char *account, const char *words)
{
    g_autoptr (GError) error = g_error_new_literal (IB_CONFIG_ERROR, 0, words);
    const IbPollResult result = { .account = account, .error = error, .state = "error" };
    return result_new (&result, false);
}

GVariant *
ib_said_both (GVariant *first, GVariant *then)
{
    GVariantDict both;
    GVariantIter each;
    const char *key;
    GVariant *value;
    g_variant_dict_init (&both, then);
    g_variant_iter_init (&each, first);
    while (g_variant_iter_loop (&each, "{&sv}", &key, &value)) {
        guint64 number = 0;
        guint32 small = 0;
        double seconds = 0;
        if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64)
            && g_variant_dict_lookup (&both, key, "t", &number))
            g_variant_dict_insert (&both, key, "t", number + g_variant_get_uint64 (value));
        else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32)
                 && g_variant_dict_lookup (&both, key, "u", &small))
            g_variant_dict_insert (&both, key, "u", small + g_variant_get_uint32 (value));
        else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE)
                 && g_variant_dict_lookup (&both, key, "d", &seconds))
            g_variant_dict_insert (&both, key, "d", seconds + g_variant_get_double (value));
    }
    return g_variant_dict_end (&both);
}
