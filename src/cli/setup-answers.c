/* setup-answers.c - `setup --answers FILE`: the same pages, without a person
 *
 *     [work]                            the account's name
 *     address=anna@work.example         the fields of setup.h; what is not given is found, or as suggested
 *     keep=command
 *     keep-in=pass show mail/work
 *
 * An account that cannot be set up ends the run; those before it stand. */
#include "credential.h"
#include "nearest.h"
#include "print.h"
#include "setup-talk.h"
#include "setup-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    IbTalk *talk;
    const char *path;
    GKeyFile *file;
    const char *group;
    bool has_secrets;
    char *source; /* who named the server */
} Answers;

/* --- the file --------------------------------------------------------------------------------------------------------- */

static bool
check_field (const Answers *self, const char *group, const char *field)
{
    const char *const *fields = ib_setup_fields ();
    if (g_strv_contains (fields, field))
        return true;
    const char *nearest = ib_nearest (field, fields);
    g_autofree char *remedy = nearest != NULL ? g_strdup_printf (_ ("Did you mean “%s”?"), nearest)
                                              : g_strdup (_ ("inbasket(1) lists them"));
    ib_print_refusal (remedy, _ ("%s, [%s]: there is no field “%s”"), self->path, group, field);
    return false;
}

static bool
check_file (const Answers *self)
{
    g_auto (GStrv) groups = g_key_file_get_groups (self->file, NULL);
    if (groups[0] == NULL)
        ib_print_error (_ ("%s: no account in it; it is to have a group for each"), self->path);
    for (char **group = groups; *group != NULL; group++) {
        g_auto (GStrv) names = g_key_file_get_keys (self->file, *group, NULL, NULL);
        for (char **name = names; *name != NULL; name++)
            if (!check_field (self, *group, *name))
                return false;
    }
    return groups[0] != NULL;
}

/* --- a page -------------------------------------------------------------------------------------------------------------- */

static bool
complain (const Answers *self, const GError *error)
{
    const char *remedy = ib_setup_words_remedy (error);
    ib_print_error ("%s: %s", self->group, error->message);
    if (remedy != NULL)
        ib_print_hint ("%s", remedy);
    return false;
}

static bool
set_fields (const Answers *self, IbSetupPage page, GError **error)
{
    const char *const *fields = ib_setup_fields ();
    for (; *fields != NULL; fields++) {
        g_autofree char *value = g_key_file_get_string (self->file, self->group, *fields, NULL);
        if (value != NULL && ib_setup_field_page (*fields) == page
            && !ib_setup_set (self->talk->setup, *fields, value, error))
            return false;
    }
    return true;
}

/* A program's tokens are asked for before the page on which it is named. */
static bool
fill_page (const Answers *self, GError **error)
{
    IbSetup *setup = self->talk->setup;
    IbSetupPage page = ib_setup_page (setup);
    g_autofree char *keep = g_key_file_get_string (self->file, self->group, "keep", NULL);
    if (page == IB_SETUP_ADDRESS && g_key_file_has_key (self->file, self->group, "online", NULL))
        (void) ib_talk_wait_for_online (self->talk); /* who does not wait is told that there is none */
    if (page == IB_SETUP_SECRET && (keep == NULL || strcmp (keep, "keyring") == 0))
        (void) ib_talk_wait_for_places (self->talk); /* the same */
    if (page == IB_SETUP_SETTINGS && !ib_setup_set (setup, "name", self->group, error))
        return false;
    /* A script that wants so much mail to be read says so. */
    if (page == IB_SETUP_FILTER && !ib_setup_set (setup, "learn", "no", error))
        return false;
    if (page == IB_SETUP_SIGN_IN && keep != NULL && !ib_setup_set (setup, "keep", keep, error))
        return false;
    if (!set_fields (self, page, error))
        return false;
    if (page != IB_SETUP_SECRET || !ib_setup_needs_secret (setup) || !self->has_secrets)
        return true;
    g_autoptr (IbSecret) secret = ib_credential_read_line (STDIN_FILENO, _ ("Standard input"), error);
    if (secret != NULL)
        ib_setup_take_secret (setup, secret);
    return secret != NULL;
}

static void
wait (const Answers *self)
{
    while (ib_setup_is_busy (self->talk->setup) && !self->talk->is_over) {
        ib_talk_show_link (self->talk);
        g_main_context_iteration (NULL, TRUE);
    }
}

/* An account that does not work is one only if the file says so. */
static bool
is_serious (const Answers *self, IbSetupPage page)
{
    g_autofree char *untested = g_key_file_get_string (self->file, self->group, "untested", NULL);
    return page != IB_SETUP_FORECAST && (page != IB_SETUP_TEST || g_strcmp0 (untested, "yes") != 0);
}

static IbExit
pass_page (const Answers *self)
{
    IbSetup *setup = self->talk->setup;
    g_autoptr (GError) error = NULL;
    IbSetupPage page = ib_setup_page (setup);
    wait (self); /* some begin their work as they are entered */
    if (self->talk->is_over)
        return IB_EXIT_SOME_FAILED;
    if (ib_setup_trouble (setup) != NULL && is_serious (self, page)) {
        complain (self, ib_setup_trouble (setup));
        return page == IB_SETUP_TEST ? IB_EXIT_UNREACHABLE : IB_EXIT_SOME_FAILED;
    }
    if (!fill_page (self, &error) || !ib_setup_next (setup, &error)) {
        complain (self, error);
        return IB_EXIT_USAGE;
    }
    while (ib_setup_page (setup) == page && ib_setup_is_busy (setup) && !self->talk->is_over) {
        ib_talk_show_link (self->talk);
        g_main_context_iteration (NULL, TRUE);
    }
    if (self->talk->is_over)
        return IB_EXIT_SOME_FAILED;
    if (ib_setup_page (setup) != page)
        return IB_EXIT_DONE;
    complain (self, ib_setup_trouble (setup));
    return IB_EXIT_SOME_FAILED;
}

/* --- what is told ---------------------------------------------------------------------------------------------------------- */

static void
tell_json (const Answers *self)
{
    const IbSetup *setup = self->talk->setup;
    static const char *const shown[]
        = { "address", "protocol", "host", "port", "security", "user", "sign-in", "keep" };
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "event", "added");
    ib_json_text (builder, "name", self->group);
    for (gsize i = 0; i < G_N_ELEMENTS (shown); i++)
        ib_json_text (builder, strcmp (shown[i], "sign-in") == 0 ? "sign_in" : shown[i],
                      ib_setup_get (setup, shown[i]));
    ib_json_text (builder, "source", self->source);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static void
tell_added (const Answers *self)
{
    const IbCli *cli = self->talk->cli;
    if (cli->json)
        tell_json (self);
    else if (!cli->quiet && self->source != NULL)
        ib_talk_say (_ ("Added: %s, at %s (from %s)"), self->group, ib_setup_get (self->talk->setup, "host"),
                     self->source);
    else if (!cli->quiet)
        ib_talk_say (_ ("Added: %s, at %s"), self->group, ib_setup_get (self->talk->setup, "host"));
}

/* Before the account stands: what will happen with its mail. */
static void
tell_forecast (const Answers *self)
{
    const IbCli *cli = self->talk->cli;
    g_auto (GStrv) sentences = ib_setup_forecast (self->talk->setup, g_get_real_time () / G_USEC_PER_SEC);
    for (char **sentence = sentences; sentence != NULL && *sentence != NULL && !cli->json && !cli->quiet;
         sentence++)
        ib_talk_say ("  %s", *sentence);
}

static IbExit
add_account (Answers *self)
{
    IbSetup *setup = self->talk->setup;
    IbExit status = IB_EXIT_DONE;
    while (status == IB_EXIT_DONE && ib_setup_page (setup) != IB_SETUP_DONE) {
        IbSetupPage page = ib_setup_page (setup);
        status = pass_page (self);
        if (page == IB_SETUP_FORECAST && status == IB_EXIT_DONE)
            tell_forecast (self);
    }
    if (status != IB_EXIT_DONE)
        return status;
    const IbCandidate *candidate = ib_setup_candidate (setup);
    self->source = candidate != NULL ? ib_candidate_source_text (candidate) : NULL;
    tell_added (self);
    g_clear_pointer (&self->source, g_free);
    (void) ib_setup_next (setup, NULL); /* the next account; from here that always goes */
    return IB_EXIT_DONE;
}

IbExit
ib_setup_run_answers (IbTalk *talk, const char *path, bool has_secrets)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GKeyFile) file = g_key_file_new ();
    Answers answers = { .talk = talk, .path = path, .file = file, .has_secrets = has_secrets };
    if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &error)) {
        ib_print_error ("%s: %s", path, error->message);
        return IB_EXIT_USAGE;
    }
    if (!check_file (&answers))
        return IB_EXIT_USAGE;
    g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
    IbExit status = IB_EXIT_DONE;
    for (char **group = groups; *group != NULL && status == IB_EXIT_DONE; group++) {
        answers.group = *group;
        status = add_account (&answers);
    }
    return status;
}
