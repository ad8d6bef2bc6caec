/* account-edit.c - `inbasket account add` and `edit`: keys as options, the secret, the user's editor */
#include "account-file.h"
#include "account-options.h"
#include "account-shared.h"
#include "account-sign-in.h"
#include "ask.h"
#include "credential.h"
#include "destination.h"
#include "fs.h"
#include "keeping.h"
#include "print.h"
#include "same-mailbox.h"
#include "tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    gboolean is_secret_on_stdin;
    gboolean is_certain;
    gboolean is_by_code;
    bool signs_in;      /* in a browser: the secret is the token that it brings */
    GPtrArray *learned; /* keys and values by turns, that a sign-in adds */
} Choices;

static IbExit
fail (const GError *error, IbExit status)
{
    ib_print_error ("%s", error->message);
    return status;
}

/* --- the secret ------------------------------------------------------------------------------------------------------------ */

/* Nothing is written in clear without a yes; who gives the password in a pipe has said it with --yes. */
static bool
may_write (const IbAccount *account, const Choices *choices)
{
    g_autofree char *question = g_strdup_printf (
        _ ("Write the password, readable to your programs, into %s?"), account->secret_value);
    if (choices->is_certain)
        return true;
    if (!choices->is_secret_on_stdin && ib_ask_yes (question))
        return true;
    ib_print_refusal (_ ("With --yes it is; or let a program keep it: --secret command:…"),
                      _ ("The password was not written into %s"), account->secret_value);
    return false;
}

static IbSecret *
get_secret (const IbAccount *account, const Choices *choices, GError **error)
{
    if (choices->is_secret_on_stdin)
        return ib_credential_read_line (STDIN_FILENO, _ ("Standard input"), error);
    g_autofree char *question
        = g_strdup_printf (_ ("Password of %s at %s (it is not shown):"), account->user, account->host);
    return ib_ask_secret (question, error);
}

/* Where else it could be kept. */
static void
hint_at_places (const IbAccount *account)
{
    g_autoptr (GPtrArray) places = ib_keeping_places ();
    for (guint i = 0; i < places->len; i++) {
        const IbKeepingPlace *place = places->pdata[i];
        if (place->is_open && place->source != account->secret_source)
            ib_print_hint ("--secret %s:…  %s", place->name, place->words);
    }
}

static IbExit
fail_to_keep (const IbAccount *account, const GError *error)
{
    (void) fail (error, IB_EXIT_SOME_FAILED);
    if (g_error_matches (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LOCKED)
        || g_error_matches (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_SILENT))
        hint_at_places (account);
    return IB_EXIT_SOME_FAILED;
}

/* The password, or the token that a sign-in brings. */
static IbExit
obtain_secret (const IbCli *cli, const IbAccount *account, const Choices *choices, IbSecret **out_secret)
{
    g_autoptr (GError) error = NULL;
    if (choices->signs_in)
        return ib_account_sign_in (cli, account, choices->is_by_code, choices->learned, out_secret);
    *out_secret = get_secret (account, choices, &error);
    return *out_secret != NULL ? IB_EXIT_DONE : fail (error, IB_EXIT_SOME_FAILED);
}

static IbExit
keep_secret (const IbCli *cli, const IbAccount *account, const Choices *choices)
{
    g_autoptr (GError) error = NULL;
    if (!ib_credential_can_store (account, &error)) {
        (void) fail (error, IB_EXIT_USAGE);
        if (account->secret_source == IB_SECRET_KEYRING)
            hint_at_places (account);
        return IB_EXIT_USAGE;
    }
    if (account->secret_source == IB_SECRET_FILE && !may_write (account, choices))
        return IB_EXIT_USAGE;

    g_autoptr (IbSecret) secret = NULL;
    IbExit status = obtain_secret (cli, account, choices, &secret);
    if (status != IB_EXIT_DONE || ib_tokens_keep (cli->paths, account, secret, &error))
        return status;
    return fail_to_keep (account, error);
}

/* The keyring may have it from before; a refresh token is nothing to be typed. */
static IbExit
settle_keyring (const IbCli *cli, const IbAccount *account, const Choices *choices)
{
    if (ib_credential_has_kept (account)) {
        if (!cli->quiet)
            ib_print_hint (_ ("The keyring has a password of %s already, which is used"), account->name);
        return IB_EXIT_DONE;
    }
    if (account->auth == IB_AUTH_PASSWORD && ib_ask_can ())
        return keep_secret (cli, account, choices);
    if (account->auth == IB_AUTH_PASSWORD && !cli->quiet)
        ib_print_hint (
            _ ("The keyring has no password of it for this server yet: “inbasket account edit %s --secret-stdin” reads one from "
               "standard input"),
            account->name);
    return IB_EXIT_DONE;
}

/* Before the account is written: one whose password cannot be had is not added. */
static IbExit
settle_secret (const IbCli *cli, const IbAccount *account, const Choices *choices)
{
    if (choices->is_secret_on_stdin || choices->signs_in)
        return keep_secret (cli, account, choices);
    if (account->secret_source == IB_SECRET_KEYRING)
        return settle_keyring (cli, account, choices);
    if (account->secret_source != IB_SECRET_FILE || g_file_test (account->secret_value, G_FILE_TEST_EXISTS))
        return IB_EXIT_DONE;
    if (ib_ask_can ())
        return keep_secret (cli, account, choices);
    if (!cli->quiet)
        ib_print_hint (_ ("Put the password into %s (a 0600 file in a 0700 folder)"), account->secret_value);
    return IB_EXIT_DONE;
}

/* --- add -------------------------------------------------------------------------------------------------------------------- */

static void
say_written (const IbCli *cli, const char *name, const char *path, bool is_new)
{
    if (cli->json) {
        g_autoptr (JsonBuilder) builder = json_builder_new ();
        json_builder_begin_object (builder);
        ib_json_text (builder, "name", name);
        ib_json_text (builder, "path", path);
        json_builder_end_object (builder);
        ib_print_json (builder);
    } else if (!cli->quiet) {
        g_print (is_new ? _ ("Added: %s\n") : _ ("Changed: %s\n"), path);
        if (is_new)
            g_print (_ ("Next: “inbasket account test %s”, then “inbasket sync”\n"), name);
    }
}

/* Scripts are looked up here, since an account's own file cannot know which there are. */
static bool
has_scripts (const IbCli *cli, const IbAccount *account, GError **error)
{
    for (gsize i = 0; account->scripts != NULL && account->scripts[i] != NULL; i++) {
        g_autofree char *path = ib_config_find_script (cli->paths, account->scripts[i], error);
        if (path == NULL) {
            g_prefix_error (error, "scripts: ");
            return false;
        }
    }
    return true;
}

/* @keys: names and values by turns. */
static bool
is_given (const char *const *keys, const char *name)
{
    for (; *keys != NULL; keys += 2)
        if (strcmp (*keys, name) == 0)
            return true;
    return false;
}

/* A token that Inbasket keeps itself comes from a browser, unless it is given. */
static bool
can_sign_in (const IbAccount *account, const Choices *choices)
{
    return account->auth == IB_AUTH_OAUTH2 && !choices->is_secret_on_stdin
           && (account->secret_source == IB_SECRET_KEYRING || account->secret_source == IB_SECRET_FILE);
}

/* Whether there is anything to try: a client id, or a server that may register us. Where somebody can be told it is tried
 * in any case, since that says best why not. */
static bool
has_way_in (const IbCli *cli, const IbAccount *account, const Choices *choices)
{
    g_autoptr (GError) doors = NULL;
    g_autoptr (IbOAuth2Client) client = ib_tokens_find_client (cli->paths, account, false, NULL);
    if (client == NULL || *client->id != '\0' || strstr (client->issuer, "://") != NULL || choices->is_by_code
        || ib_ask_can ())
        return true;
    g_autoptr (IbOAuth2Client) usable = ib_tokens_find_client (cli->paths, account, true, &doors);
    if (usable == NULL)
        ib_print_hint ("%s", doors->message);
    return false;
}

/* A password of an older Inbasket, of which was not noted for which server it is, stays the one of the server as it stands; of a
 * new account nobody knows for which it is. False: it would go to @then's. */
static bool
claim_secret (const char *path, const IbAccount *then, bool is_new, GError **error)
{
    g_autoptr (IbAccount) now = is_new ? NULL : ib_account_load (path, NULL);
    if (now != NULL && ib_destination_changed_key (now, then) == NULL)
        return true;
    return ib_credential_claim (then, now, error);
}

/* It may be meant so: other folders of the mailbox, treated otherwise. */
static void
say_twin (const IbCli *cli, const IbAccount *account)
{
    g_autofree char *twin = ib_same_mailbox_find (cli->paths->accounts, account);
    if (twin != NULL && !cli->quiet)
        ib_print_hint (_ ("“%s” fetches this mailbox already: what both fetch is fetched twice"), twin);
}

/* Sets @keys in @path: checked first, then the secret, then written. */
static IbExit
write_account (const IbCli *cli, const char *name, const char *const *keys, Choices *choices, bool is_new)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbAccount) account = NULL;
    g_autofree char *path = ib_account_path (cli, name);
    g_autofree char *text = ib_account_file_edit (path, keys, &account, &error);
    if (text == NULL || !has_scripts (cli, account, &error))
        return fail (error, g_str_has_prefix (error->message, path) ? IB_EXIT_CONFIG : IB_EXIT_USAGE);
    if (choices->is_by_code && !can_sign_in (account, choices)) {
        ib_print_refusal (_ ("Give --auth oauth2, and a secret= that Inbasket keeps: keyring or file:PATH"),
                          "%s", _ ("There is nothing to sign in to with a code"));
        return IB_EXIT_USAGE;
    }
    if (!claim_secret (path, account, is_new, &error))
        return fail_to_keep (account, error);
    choices->signs_in = can_sign_in (account, choices)
                        && (choices->is_by_code || is_given (keys, "account.auth"))
                        && has_way_in (cli, account, choices);

    g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
    choices->learned = all;
    for (const char *const *word = keys; *word != NULL; word++)
        g_ptr_array_add (all, g_strdup (*word));
    bool is_due = is_new || choices->is_secret_on_stdin || choices->signs_in
                  || is_given (keys, "account.secret")
                  || is_given (keys, "account.host"); /* the keyring has it for one server */
    IbExit status = is_due ? settle_secret (cli, account, choices) : IB_EXIT_DONE;
    if (status != IB_EXIT_DONE)
        return status;

    g_ptr_array_add (all, NULL);
    g_autofree char *whole = ib_account_file_edit (path, (const char *const *) all->pdata, NULL, &error);
    if (whole == NULL || !ib_fs_make_folder (cli->paths->accounts, &error)
        || !ib_settings_file_save (path, whole, strlen (whole), &error))
        return fail (error, IB_EXIT_SOME_FAILED);
    say_written (cli, name, path, is_new);
    if (is_new || is_given (keys, "account.host") || is_given (keys, "account.user"))
        say_twin (cli, account);
    return IB_EXIT_DONE;
}

static bool
check_new_name (const IbCli *cli, const char *name)
{
    g_autofree char *path = ib_account_path (cli, name);
    if (!ib_account_name_is_valid (name)) {
        ib_print_refusal (
            _ ("It begins with a-z or 0-9 and goes on with those, “.”, “_” and “-”; at most 64 of them"),
            _ ("“%s” cannot be an account's name"), name);
        return false;
    }
    if (g_file_test (path, G_FILE_TEST_EXISTS)) {
        g_autofree char *remedy = g_strdup_printf (_ ("“inbasket account edit %s” changes it"), name);
        ib_print_refusal (remedy, _ ("There is an account “%s” already"), name);
        return false;
    }
    return true;
}

#define CHOICE_ENTRIES(choices)                                                                                           \
    {                                                                                                                     \
        { "secret-stdin",                                                                                                 \
          0,                                                                                                              \
          0,                                                                                                              \
          G_OPTION_ARG_NONE,                                                                                              \
          &(choices).is_secret_on_stdin,                                                                                  \
          N_ ("Read the password from standard input, and keep it where --secret says: in the keyring, or in file:PATH"), \
          NULL },                                                                                                         \
            { "yes", 'y', 0, G_OPTION_ARG_NONE, &(choices).is_certain, N_ ("Do not ask before writing it"),               \
              NULL },                                                                                                     \
            { "device",                                                                                                   \
              0,                                                                                                          \
              0,                                                                                                          \
              G_OPTION_ARG_NONE,                                                                                          \
              &(choices).is_by_code,                                                                                      \
              N_ ("OAuth2: sign in by a code, in a browser on any machine"),                                              \
              NULL },                                                                                                     \
            { NULL },                                                                                                     \
    }

IbExit
ib_account_add (const IbCli *cli, int argc, char **argv)
{
    Choices choices = { 0 };
    const GOptionEntry more[] = CHOICE_ENTRIES (choices);
    g_autoptr (IbAccountOptions) options = ib_account_options_new (more);
    if (!ib_command_parse (
            "account add NAME",
            _ ("Adds an account. Each key of its file is an option; inbasket.conf(5) says what each means."),
            "  inbasket account add home --address anna@example.org --host imap.example.org\n"
            "  inbasket account add work --address anna@work.example --host imap.work.example \\\n"
            "      --secret 'command:pass show mail/work'\n"
            "  inbasket account add isp --address anna@isp.example --protocol pop3 --host pop.isp.example \\\n"
            "      --after delete-after:14d --secret file:~/.secrets/isp\n"
            "  inbasket account add hotmail --address anna@hotmail.example --host outlook.office365.com --auth oauth2",
            ib_account_options_entries (options), &argc, &argv))
        return IB_EXIT_USAGE;
    if (argc != 2) {
        ib_print_refusal (_ ("“inbasket account add --help” shows how"), "%s",
                          argc < 2 ? _ ("The new account needs a name") : _ ("One account at a time"));
        return IB_EXIT_USAGE;
    }
    const char *name = argv[1];
    if (!check_new_name (cli, name))
        return IB_EXIT_USAGE;
    return write_account (cli, name, ib_account_options_given (options), &choices, true);
}

/* --- edit ------------------------------------------------------------------------------------------------------------------- */

static bool
run_editor (const char *path, GError **error)
{
    const char *editor = g_getenv ("VISUAL");
    if (editor == NULL || *editor == '\0')
        editor = g_getenv ("EDITOR");
    if (editor == NULL || *editor == '\0')
        editor = "sensible-editor";

    g_auto (GStrv) words = NULL;
    if (!g_shell_parse_argv (editor, NULL, &words, error))
        return false;
    g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
    g_strv_builder_addv (argv, (const char **) words);
    g_strv_builder_add (argv, path);
    g_auto (GStrv) command = g_strv_builder_end (argv);

    int status;
    return g_spawn_sync (NULL, command, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL,
                         NULL, NULL, &status, error)
           && g_spawn_check_wait_status (status, error);
}

/* Until the copy is a right account, or the user gives up; then it takes the file's place. */
static IbExit
edit_copy (const IbCli *cli, const char *name, const char *path, const char *copy)
{
    for (;;) {
        gsize length;
        g_autoptr (GError) error = NULL;
        if (!run_editor (copy, &error))
            return fail (error, IB_EXIT_SOME_FAILED);

        g_autofree char *text = ib_settings_file_load (copy, &length, &error);
        g_autoptr (IbAccount) account = text != NULL ? ib_account_parse (path, text, length, &error) : NULL;
        if (account != NULL && has_scripts (cli, account, &error)
            && claim_secret (path, account, false, &error)) {
            if (!ib_settings_file_save (path, text, length, &error))
                return fail (error, IB_EXIT_SOME_FAILED);
            say_written (cli, name, path, false);
            return IB_EXIT_DONE;
        }
        ib_print_error ("%s", error->message);
        if (!ib_ask_yes (_ ("Edit again? Otherwise all stays as it was.")))
            return IB_EXIT_CONFIG;
    }
}

static IbExit
edit_in_editor (const IbCli *cli, const char *name)
{
    gsize length;
    g_autoptr (GError) error = NULL;
    g_autofree char *path = ib_account_path (cli, name);
    /* Beside the file, where a name that begins with a dot is no account. */
    g_autofree char *copy = g_strdup_printf ("%s/.%s.XXXXXX.conf", cli->paths->accounts, name);
    g_autofree char *text = ib_settings_file_load (path, &length, &error);
    if (text == NULL)
        return fail (error, IB_EXIT_CONFIG);

    int fd = g_mkstemp_full (copy, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        ib_print_error ("%s: %s", cli->paths->accounts, g_strerror (errno));
        return IB_EXIT_SOME_FAILED;
    }
    close (fd);
    IbExit status = ib_settings_file_save (copy, text, length, &error) ? edit_copy (cli, name, path, copy)
                                                                       : fail (error, IB_EXIT_SOME_FAILED);
    (void) g_unlink (copy); /* an editor may have taken it away */
    return status;
}

IbExit
ib_account_edit (const IbCli *cli, int argc, char **argv)
{
    Choices choices = { 0 };
    const GOptionEntry more[] = CHOICE_ENTRIES (choices);
    g_autoptr (IbAccountOptions) options = ib_account_options_new (more);
    if (!ib_command_parse (
            "account edit NAME",
            _ ("Changes an account's keys; your comments stay. An empty value removes a key. Without options "
               "your editor ($VISUAL, $EDITOR) gets a copy, which takes the file's place if it is right."),
            "  inbasket account edit work --after delete-after:14d\n"
            "  inbasket account edit work --folders 'INBOX;Lists/*'\n"
            "  inbasket account edit work --secret keyring --secret-stdin < password\n"
            "  inbasket account edit work --auth oauth2        (signs in in your browser; again, if need be)\n"
            "  inbasket account edit work",
            ib_account_options_entries (options), &argc, &argv))
        return IB_EXIT_USAGE;

    const char *name = ib_account_name_argument (argc, argv);
    if (name == NULL)
        return IB_EXIT_USAGE;
    const char *const *keys = ib_account_options_given (options);
    if (!ib_account_exists (cli, name))
        return IB_EXIT_USAGE;
    if (*keys != NULL || choices.is_secret_on_stdin || choices.is_by_code)
        return write_account (cli, name, keys, &choices, false);
    if (ib_ask_can ())
        return edit_in_editor (cli, name);
    ib_print_refusal (_ ("“inbasket account edit --help” lists them"),
                      _ ("Nothing is to be changed: give it as an option, like --after delete"));
    return IB_EXIT_USAGE;
}
