/* cmd-account.c - `inbasket account`: list, show, remove; the others stand in files of their own */
#include "account-file.h"
#include "account-shared.h"
#include "ask.h"
#include "credential.h"
#include "nearest.h"
#include "print.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- finding one ----------------------------------------------------------------------------------------------------- */

char *
ib_account_path (const IbCli *cli, const char *name)
{
    g_autofree char *file = g_strconcat (name, ".conf", NULL);
    return g_build_filename (cli->paths->accounts, file, NULL);
}

const char *
ib_account_name_argument (int argc, char **argv)
{
    if (argc == 2)
        return argv[1];
    ib_print_refusal (_ ("“inbasket account list” names those that there are"), "%s",
                      argc < 2 ? _ ("No account was named") : _ ("One account at a time"));
    return NULL;
}

static void
say_unknown (const IbCli *cli, const char *name)
{
    g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GDir) dir = g_dir_open (cli->paths->accounts, 0, NULL); /* none yet: then none is near */
    const char *file;
    while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
        if (g_str_has_suffix (file, ".conf") && *file != '.')
            g_ptr_array_add (names, g_strndup (file, strlen (file) - strlen (".conf")));
    g_ptr_array_add (names, NULL);

    const char *nearest = ib_nearest (name, (const char *const *) names->pdata);
    g_autofree char *remedy = nearest != NULL
                                  ? g_strdup_printf (_ ("Did you mean “%s”?"), nearest)
                                  : g_strdup (_ ("“inbasket account list” names those that there are"));
    ib_print_refusal (remedy, _ ("There is no account “%s”"), name);
}

bool
ib_account_exists (const IbCli *cli, const char *name)
{
    g_autofree char *path = ib_account_path (cli, name);
    if (strchr (name, '/') == NULL && *name != '.' && g_file_test (path, G_FILE_TEST_EXISTS))
        return true;
    say_unknown (cli, name);
    return false;
}

IbAccount *
ib_account_find (const IbCli *cli, const char *name, IbExit *out_exit)
{
    if (!ib_account_exists (cli, name)) {
        *out_exit = IB_EXIT_USAGE;
        return NULL;
    }
    g_autoptr (GError) error = NULL;
    g_autofree char *path = ib_account_path (cli, name);
    IbAccount *account = ib_account_load (path, &error);
    if (account == NULL) {
        ib_print_error ("%s", error->message);
        *out_exit = IB_EXIT_CONFIG;
    }
    return account;
}

/* --- list ---------------------------------------------------------------------------------------------------------------- */

static void
list_json (const IbConfig *config, const IbAccount *account)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    g_autofree char *security = ib_account_get_text (account, "account.security");
    g_autofree char *protocol = ib_account_get_text (account, "account.protocol");
    json_builder_begin_object (builder);
    ib_json_text (builder, "name", account->name);
    ib_json_text (builder, "address", account->address);
    ib_json_text (builder, "protocol", protocol);
    ib_json_text (builder, "host", account->host);
    ib_json_int (builder, "port", ib_account_port (account));
    ib_json_text (builder, "security", security);
    ib_json_bool (builder, "enabled", account->is_enabled);
    ib_json_bool (builder, "filtered", ib_config_is_protected (config, account));
    ib_json_text (builder, "error", NULL);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static void
list_broken_json (const IbBrokenAccount *broken)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "name", broken->name);
    ib_json_text (builder, "error", broken->error->message);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static void
list_row (IbTable *table, const IbConfig *config, const IbAccount *account)
{
    bool is_protected = ib_config_is_protected (config, account);
    g_autofree char *protocol = ib_account_get_text (account, "account.protocol");
    ib_table_cell (table, IB_COLOUR_BOLD, "%s", account->name);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%s", account->address);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%s%s", protocol, account->security == IB_SECURITY_TLS ? "s" : "");
    ib_table_cell (table, IB_COLOUR_PLAIN, "%s:%u", account->host, ib_account_port (account));
    ib_table_cell (table, account->is_enabled ? IB_COLOUR_GOOD : IB_COLOUR_WARN, "%s",
                   account->is_enabled ? _ ("fetched") : _ ("paused"));
    ib_table_cell (table, is_protected ? IB_COLOUR_GOOD : IB_COLOUR_WARN, "%s",
                   is_protected ? _ ("filtered") : _ ("not filtered"));
}

static void
list_table (const IbConfig *config)
{
    const char *const heads[]
        = { _ ("Account"), _ ("Address"), _ ("Protocol"), _ ("Server"), _ ("State"), _ ("Filter"), NULL };
    g_autoptr (IbTable) table = ib_table_new (heads);
    for (guint i = 0; i < config->accounts->len; i++)
        list_row (table, config, g_ptr_array_index (config->accounts, i));
    for (guint i = 0; i < config->broken->len; i++) {
        const IbBrokenAccount *broken = g_ptr_array_index (config->broken, i);
        ib_table_cell (table, IB_COLOUR_BOLD, "%s", broken->name);
        for (gsize column = 1; column < 4; column++)
            ib_table_cell (table, IB_COLOUR_PLAIN, "-");
        ib_table_cell (table, IB_COLOUR_BAD, "%s", _ ("broken"));
        ib_table_cell (table, IB_COLOUR_PLAIN, "-");
    }
    ib_table_print (table);
}

static IbExit
run_list (const IbCli *cli, int argc, char **argv)
{
    if (!ib_command_parse ("account list", _ ("Names the accounts, and which are fetched and filtered."),
                           "  inbasket account list\n  inbasket account list --json", NULL, &argc, &argv))
        return IB_EXIT_USAGE;
    if (argc > 1) {
        ib_print_refusal (_ ("“inbasket account show NAME” is about one"),
                          _ ("“account list” takes no argument: “%s”"), argv[1]);
        return IB_EXIT_USAGE;
    }

    g_autoptr (GError) error = NULL;
    g_autoptr (IbConfig) config = ib_config_load (cli->paths, &error);
    if (config == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    for (guint i = 0; cli->json && i < config->accounts->len; i++)
        list_json (config, g_ptr_array_index (config->accounts, i));
    for (guint i = 0; cli->json && i < config->broken->len; i++)
        list_broken_json (g_ptr_array_index (config->broken, i));
    if (!cli->json && config->accounts->len + config->broken->len > 0)
        list_table (config);
    else if (!cli->json && !cli->quiet)
        g_print (
            _ ("No account yet. The first one:\n  inbasket account add NAME --address YOU@EXAMPLE.ORG --host "
               "IMAP.EXAMPLE.ORG --secret command:…\n"));

    for (guint i = 0; i < config->broken->len; i++)
        ib_print_error ("%s", ((IbBrokenAccount *) g_ptr_array_index (config->broken, i))->error->message);
    return config->broken->len > 0 ? IB_EXIT_SOME_FAILED : IB_EXIT_DONE;
}

/* --- show ----------------------------------------------------------------------------------------------------------------- */

/* What `show` may say of a key. The client's so-called secret is none, but people do not know that. */
static char *
shown_text (const IbAccount *account, const char *key)
{
    g_autofree char *text = ib_account_get_text (account, key);
    if (strcmp (key, "account.oauth2-client-secret") == 0 && *text != '\0')
        return g_strdup (_ ("(set)"));
    return g_steal_pointer (&text);
}

static void
show_json (const IbAccount *account)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    g_autofree char *group = g_strdup ("");
    json_builder_begin_object (builder);
    ib_json_text (builder, "name", account->name);
    for (const char *const *key = ib_account_file_keys (); *key != NULL; key++) {
        g_auto (GStrv) parts = g_strsplit (*key, ".", 2);
        g_autofree char *text = shown_text (account, *key);
        if (strcmp (parts[0], group) != 0) {
            if (*group != '\0')
                json_builder_end_object (builder);
            json_builder_set_member_name (builder, parts[0]);
            json_builder_begin_object (builder);
            g_free (group);
            group = g_strdup (parts[0]);
        }
        ib_json_text (builder, parts[1], text);
    }
    json_builder_end_object (builder);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static void
show_text (const IbAccount *account)
{
    g_autofree char *group = g_strdup ("");
    for (const char *const *key = ib_account_file_keys (); *key != NULL; key++) {
        g_auto (GStrv) parts = g_strsplit (*key, ".", 2);
        g_autofree char *text = shown_text (account, *key);
        g_autofree char *safe = ib_print_safe (text, 0);
        if (*text == '\0')
            continue;
        if (strcmp (parts[0], group) != 0) {
            g_print ("%s%s[%s]%s\n", *group != '\0' ? "\n" : "", ib_print_colour (IB_COLOUR_BOLD), parts[0],
                     ib_print_colour (IB_COLOUR_PLAIN));
            g_free (group);
            group = g_strdup (parts[0]);
        }
        g_print ("%s=%s\n", parts[1], safe);
    }
}

static IbExit
run_show (const IbCli *cli, int argc, char **argv)
{
    if (!ib_command_parse (
            "account show NAME",
            _ ("Prints what holds for an account, defaults included. Passwords are not known here."),
            "  inbasket account show work", NULL, &argc, &argv))
        return IB_EXIT_USAGE;
    const char *name = ib_account_name_argument (argc, argv);
    IbExit status = IB_EXIT_USAGE;
    g_autoptr (IbAccount) account = name != NULL ? ib_account_find (cli, name, &status) : NULL;
    if (account == NULL)
        return status;

    if (cli->json)
        show_json (account);
    else
        show_text (account);
    return IB_EXIT_DONE;
}

/* --- remove --------------------------------------------------------------------------------------------------------------- */

/* What becomes of the secret: it is left where it is; of the keyring's it is known whether there is one. */
static char *
secret_remains (const IbAccount *account)
{
    if (account == NULL)
        return NULL;
    switch (account->secret_source) {
    case IB_SECRET_KEYRING:
        return ib_credential_has_kept (account)
                   ? g_strdup (_ ("its password in the keyring (with --forget-secret that goes, too)"))
                   : NULL;
    case IB_SECRET_COMMAND:
        return g_strdup_printf (_ ("the password that “%s” gives"), account->secret_value);
    case IB_SECRET_CREDENTIAL:
        return g_strdup_printf (_ ("the credential %s"), account->secret_value);
    case IB_SECRET_FILE:
        return g_strdup_printf (_ ("the password in %s"), account->secret_value);
    case IB_SECRET_GOA:
        return g_strdup (_ ("its account in GNOME's settings"));
    }
    g_assert_not_reached ();
}

static void
say_removed (const IbCli *cli, const char *name, const char *path, const char *secret)
{
    if (cli->json) {
        g_autoptr (JsonBuilder) builder = json_builder_new ();
        json_builder_begin_object (builder);
        ib_json_text (builder, "name", name);
        ib_json_text (builder, "removed", path);
        json_builder_end_object (builder);
        ib_print_json (builder);
    } else if (!cli->quiet) {
        g_print (_ ("Removed: %s\n"), path);
        g_print (
            _ ("Kept: its mail in the Maildir, what the journal knows of it (added again, nothing comes twice)%s%s\n"),
            secret != NULL ? ", " : "", secret != NULL ? secret : "");
    }
}

/* Takes the secret out of the keyring, before the account: what is left over nobody would find again. */
static bool
forget_secret (const IbCli *cli, const IbAccount *account)
{
    g_autoptr (GError) error = NULL;
    bool was_there = false;
    if (account == NULL || account->secret_source != IB_SECRET_KEYRING) {
        ib_print_error (_ (
            "Only the keyring forgets a password; this account's is somewhere else, or its file is broken"));
        return false;
    }
    if (!ib_credential_forget (account, &was_there, &error)) {
        ib_print_error ("%s", error->message);
        return false;
    }
    if (!cli->quiet && !cli->json)
        g_print (was_there ? _ ("Removed: its password in the keyring\n")
                           : _ ("The keyring had no password of it\n"));
    return true;
}

static IbExit
remove_account (const IbCli *cli, const char *name, bool is_certain, bool forgets)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = ib_account_path (cli, name);
    g_autoptr (IbAccount) account = ib_account_load (path, NULL); /* a broken one may be removed, too */
    g_autofree char *secret = forgets ? NULL : secret_remains (account);
    g_autofree char *question
        = g_strdup_printf (_ ("Remove the account %s? Its mail here and on the server stays."), name);

    /* A script that says “remove” means it. */
    if (!is_certain && ib_ask_can () && !ib_ask_yes (question))
        return IB_EXIT_DONE;
    if (forgets && !forget_secret (cli, account))
        return IB_EXIT_SOME_FAILED;
    if (!ib_config_remove_account (cli->paths, name, &error)) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_SOME_FAILED;
    }
    say_removed (cli, name, path, secret);
    return IB_EXIT_DONE;
}

static IbExit
run_remove (const IbCli *cli, int argc, char **argv)
{
    gboolean is_certain = FALSE, forgets = FALSE;
    const GOptionEntry entries[] = {
        { "yes", 'y', 0, G_OPTION_ARG_NONE, &is_certain, N_ ("Do not ask"), NULL },
        { "forget-secret", 0, 0, G_OPTION_ARG_NONE, &forgets,
          N_ ("Remove its password from the keyring, too"), NULL },
        { NULL },
    };
    if (!ib_command_parse (
            "account remove NAME",
            _ ("Removes an account's settings. Mail, journal and password are kept, here and on the server."),
            "  inbasket account remove work\n  inbasket account remove work --yes", entries, &argc, &argv))
        return IB_EXIT_USAGE;
    const char *name = ib_account_name_argument (argc, argv);
    if (name == NULL || !ib_account_exists (cli, name))
        return IB_EXIT_USAGE;
    return remove_account (cli, name, is_certain, forgets);
}

/* --- the command ---------------------------------------------------------------------------------------------------------- */

static const IbCommand commands[] = {
    { "list", N_ ("Names the accounts"), run_list },
    { "show", N_ ("Prints what holds for one"), run_show },
    { "add", N_ ("Adds one; every key is an option"), ib_account_add },
    { "import", N_ ("Takes accounts over from another program"), ib_account_import },
    { "edit", N_ ("Changes keys, or opens your editor"), ib_account_edit },
    { "test", N_ ("Connects and signs in, step by step"), ib_account_test },
    { "pause", N_ ("Fetches it no more"), ib_account_pause },
    { "resume", N_ ("Fetches it again"), ib_account_resume },
    { "token", N_ ("Prints a fresh access token of it"), ib_account_token },
    { "remove", N_ ("Forgets its settings; mail stays"), run_remove },
    { NULL, NULL, NULL },
};

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    return ib_command_run_sub (cli, "account",
                               _ ("The mailboxes that are fetched: one file each in accounts/."), commands,
                               argc, argv);
}

const IbCommand ib_command_account = { "account", N_ ("Add, show, test, change and remove accounts"), run };
