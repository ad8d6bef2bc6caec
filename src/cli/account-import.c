/* account-import.c - `inbasket account import`: accounts out of other programs' configurations */
#include "account-file.h"
#include "account-shared.h"
#include "adopt.h"
#include "credential.h"
#include "fs.h"
#include "home.h"
#include "import-report.h"
#include "import.h"
#include "loan.h"
#include "nearest.h"
#include "print.h"
#include "same-mailbox.h"
#include "tokens.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct {
    const IbCli *cli;
    const IbImportFormat *format;
    const char *program;
    gboolean is_dry;         /* show only */
    gboolean with_passwords; /* into the keyring */
    IbConfig *config;
    GPtrArray *names; /* taken, by what is there or was added */
    GPtrArray *added; /* IbAccount */
    IbImportSums sums;
    IbExit worst; /* of those that failed */
} Importer;

/* One account on its way. */
typedef struct {
    const IbImported *imported;
    char *name, *path, *text; /* @text: of its file; NULL until it is right */
    IbAccount *account;
    char *error;     /* why it was not added */
    bool is_present; /* it is there already, by another name or the same */
    char *password;  /* where the password is, or what is to be done about it: a sentence */
    bool is_password_kept;
} One;

static void
one_clear (One *one)
{
    g_free (one->name);
    g_free (one->path);
    g_free (one->text);
    g_free (one->error);
    g_free (one->password);
    ib_account_free (one->account);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (One, one_clear)

/* --- checking ---------------------------------------------------------------------------------------------------------- */

static bool
is_taken (const Importer *self, const char *name)
{
    g_autofree char *path = ib_account_path (self->cli, name);
    return g_ptr_array_find_with_equal_func (self->names, name, g_str_equal, NULL)
           || g_file_test (path, G_FILE_TEST_EXISTS);
}

static char *
free_name (const Importer *self, const char *wanted)
{
    char *name = g_strdup (wanted);
    for (guint i = 2; is_taken (self, name); i++) {
        g_free (name);
        name = g_strdup_printf ("%s-%u", wanted, i);
    }
    return name;
}

/* The account that fetches this mailbox already; NULL: none. */
static const IbAccount *
find_same (const Importer *self, const IbAccount *account)
{
    const GPtrArray *lists[] = { self->config->accounts, self->added };
    for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
        for (guint j = 0; j < lists[i]->len; j++)
            if (ib_same_mailbox (account, lists[i]->pdata[j]))
                return lists[i]->pdata[j];
    return NULL;
}

/* Keys without which an account is another one, or no safe one: these are never left out. */
static bool
is_needed (const char *key)
{
    static const char *const needed[]
        = { "account.address",  "account.protocol", "account.host", "account.port",
            "account.security", "account.user",     "account.auth", NULL };
    return g_strv_contains (needed, key);
}

/* The key that an error is about ("max-size: …"), of those that are set and may be left out. */
static const char *
faulty_key (const IbImported *imported, const char *message)
{
    for (guint i = 0; i + 1 < imported->keys->len; i += 2) {
        const char *key = imported->keys->pdata[i];
        g_autofree char *front = g_strconcat (strchr (key, '.') + 1, ":", NULL);
        if (g_str_has_prefix (message, front) && !is_needed (key))
            return key;
    }
    return NULL;
}

/* As `account add` does; what is wrong and can be done without is left, with the reason. */
static bool
check (Importer *self, IbImported *imported, One *one)
{
    if (imported->refusal != NULL) {
        one->error = g_strdup (imported->refusal);
        return false;
    }
    one->name = free_name (self, imported->name);
    one->path = ib_account_path (self->cli, one->name);
    for (;;) {
        g_autoptr (GError) error = NULL;
        one->text = ib_account_file_edit (one->path, (const char *const *) imported->keys->pdata,
                                          &one->account, &error);
        const char *key = error != NULL ? faulty_key (imported, error->message) : NULL;
        if (one->text != NULL)
            break;
        if (key == NULL) {
            one->error = g_strdup (error->message);
            return false;
        }
        g_autofree char *name = g_strdup (key);
        ib_imported_drop (imported, name, error->message);
    }
    const IbAccount *same = find_same (self, one->account);
    if (same != NULL)
        one->error = g_strdup_printf (_ ("The account %s fetches this mailbox already"), same->name);
    one->is_present = same != NULL;
    return same == NULL;
}

/* --- the password ------------------------------------------------------------------------------------------------------ */

static char *
password_advice (const One *one)
{
    const IbAccount *account = one->account;
    if (account->secret_source != IB_SECRET_KEYRING)
        return NULL;
    if (ib_credential_has_kept (account))
        return g_strdup_printf (_ ("The keyring has one of an account %s already, which is used"), one->name);
    if (account->auth == IB_AUTH_OAUTH2)
        return g_strdup_printf (_ ("Sign in once: “inbasket account edit %s --auth oauth2”"), one->name);
    if (one->imported->password != NULL)
        return g_strdup_printf (
            _ ("It stands in clear in the file and was not taken: with --with-passwords it goes into the "
               "keyring; or “inbasket account edit %s --secret-stdin”"),
            one->name);
    return g_strdup_printf (
        _ ("None stands in the file: “inbasket account edit %s --secret-stdin” keeps one, or “--secret "
           "command:…” names a program that has it"),
        one->name);
}

static bool
keep_password (const Importer *self, One *one, GError **error)
{
    const IbAccount *account = one->account;
    if (!self->with_passwords || one->imported->password == NULL
        || account->secret_source != IB_SECRET_KEYRING)
        return true;
    one->is_password_kept = ib_credential_can_store (account, error)
                            && ib_tokens_keep (self->cli->paths, account, one->imported->password, error);
    return one->is_password_kept;
}

/* --- writing ----------------------------------------------------------------------------------------------------------- */

static IbExit
exit_for (const GError *error)
{
    if (g_error_matches (error, IB_HOME_ERROR, IB_HOME_ERROR_BUSY))
        return IB_EXIT_BUSY;
    return error->domain == IB_HOME_ERROR ? IB_EXIT_STORE : IB_EXIT_SOME_FAILED;
}

/* First what was fetched already, then the account: nobody polls it between the two. A password that cannot be kept is
 * no reason to do without the account. */
static bool
add (Importer *self, One *one)
{
    g_autoptr (GError) error = NULL, no_password = NULL;
    if (!ib_adopt (self->cli->paths, self->config, one->name, one->imported->mailboxes, &error)
        || !ib_fs_make_folder (self->cli->paths->accounts, &error)
        || !ib_settings_file_save (one->path, one->text, strlen (one->text), &error)) {
        one->error = g_strdup (error->message);
        self->worst = MAX (self->worst, exit_for (error));
        return false;
    }
    if (!keep_password (self, one, &no_password)) {
        g_free (one->password);
        one->password = g_strdup_printf (_ ("It could not be kept: %s"), no_password->message);
        self->worst = MAX (self->worst, IB_EXIT_SOME_FAILED);
    } else if (one->is_password_kept) {
        g_free (one->password);
        one->password = g_strdup (_ ("It is in the keyring now, and can be taken out of the file"));
    }
    return true;
}

/* --- the whole ------------------------------------------------------------------------------------------------------------ */

static void
import_one (Importer *self, IbImported *imported)
{
    g_auto (One) one = { .imported = imported };
    IbImportOutcome outcome = IB_IMPORT_REFUSED;
    if (check (self, imported, &one)) {
        one.password = password_advice (&one);
        outcome = self->is_dry       ? IB_IMPORT_WOULD_BE_ADDED
                  : add (self, &one) ? IB_IMPORT_ADDED
                                     : IB_IMPORT_FAILED;
        g_ptr_array_add (self->names, g_strdup (one.name));
    } else if (one.is_present) {
        outcome = IB_IMPORT_PRESENT;
    }
    self->sums.outcomes[outcome]++;
    const IbImportTold told = { imported, outcome,   one.account,  one.name,
                                one.path, one.error, one.password, one.is_password_kept };
    ib_import_report_account (self->cli, self->program, &told);
    if (outcome < IB_IMPORT_PRESENT)
        g_ptr_array_add (self->added, g_steal_pointer (&one.account));
}

/* Whether some of them is to be added of which nobody says what was fetched. */
static bool
is_any_untold (const GPtrArray *imports)
{
    for (guint i = 0; i < imports->len; i++) {
        const GPtrArray *accounts = ((const IbImport *) imports->pdata[i])->accounts;
        for (guint j = 0; j < accounts->len; j++) {
            const IbImported *imported = accounts->pdata[j];
            if (imported->refusal == NULL && imported->mailboxes->len == 0)
                return true;
        }
    }
    return false;
}

/* Where the program does not say what it has fetched, the mail that stands in the Maildir does. Before an account is there
 * that could be polled. */
static bool
recognize_mail (Importer *self)
{
    g_autoptr (GError) error = NULL;
    if (ib_adopt_maildir (self->cli->paths, self->config, &self->sums.recognized, &error))
        return true;
    ib_print_error (_ ("What %s has put into the Maildir cannot be noted, and would come again: %s"),
                    self->program, error->message);
    self->worst = exit_for (error);
    return false;
}

static void
import_all (Importer *self, GPtrArray *imports)
{
    bool is_desktop = !ib_import_has_files (self->format);
    if (!self->is_dry && !is_desktop && is_any_untold (imports) && !recognize_mail (self))
        return;
    for (guint i = 0; i < imports->len; i++) {
        const IbImport *import = imports->pdata[i];
        if (import->accounts->len == 0)
            ib_print_error (_ ("%s: no mailbox of a server is described there"),
                            *import->path != '\0' ? import->path : self->program);
        for (guint j = 0; j < import->accounts->len; j++)
            import_one (self, import->accounts->pdata[j]);
        ib_import_report_rest (self->cli, import);
    }
    ib_import_report_end (self->cli, self->program, is_desktop, &self->sums, imports);
}

static IbExit
status_of (const Importer *self)
{
    const guint *outcomes = self->sums.outcomes;
    guint bad = outcomes[IB_IMPORT_REFUSED] + outcomes[IB_IMPORT_FAILED];
    guint good = outcomes[IB_IMPORT_ADDED] + outcomes[IB_IMPORT_WOULD_BE_ADDED] + outcomes[IB_IMPORT_PRESENT];
    if (self->worst != IB_EXIT_DONE)
        return self->worst;
    return good > 0 && bad == 0 ? IB_EXIT_DONE : IB_EXIT_SOME_FAILED;
}

static IbExit
run_import (Importer *self, GPtrArray *imports)
{
    g_autoptr (GError) error = NULL;
    self->config = ib_config_load (self->cli->paths, &error);
    if (self->config == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    /* A service that runs lends its home for the while. */
    g_auto (IbLoan) loan = { NULL };
    IbExit status = IB_EXIT_DONE;
    if (!self->is_dry && ib_import_has_files (self->format)
        && !ib_loan_take_or_say (self->cli, &loan, &status)) {
        ib_config_free (self->config);
        return status;
    }
    self->names = g_ptr_array_new_with_free_func (g_free);
    self->added = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_account_free);
    import_all (self, imports);
    g_ptr_array_unref (self->names);
    g_ptr_array_unref (self->added);
    ib_config_free (self->config);
    return status_of (self);
}

static bool
read_into (const Importer *self, const char *path, GPtrArray *imports, GError **error)
{
    IbImport *import = ib_import_read (self->format, g_get_home_dir (), path, error);
    if (import != NULL)
        g_ptr_array_add (imports, import);
    return import != NULL;
}

/* All files are read before anything is written. */
static GPtrArray *
read_all (const Importer *self, char **files, GError **error)
{
    g_autoptr (GPtrArray) imports = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_import_free);
    if (!ib_import_has_files (self->format))
        return read_into (self, NULL, imports, error) ? g_steal_pointer (&imports) : NULL;
    for (; *files != NULL; files++) {
        g_autofree char *path = g_canonicalize_filename (*files, NULL);
        if (!read_into (self, path, imports, error))
            return NULL;
    }
    return g_steal_pointer (&imports);
}

static IbExit
import_from (Importer *self, char **given)
{
    g_autoptr (GError) error = NULL;
    g_auto (GStrv) found = NULL;
    if (ib_import_has_files (self->format) && *given == NULL) {
        found = ib_import_locate (self->format, g_get_home_dir (), &error);
        if (found == NULL) {
            ib_print_refusal (_ ("Name the file: “inbasket account import FORMAT FILE”"), "%s",
                              error->message);
            return IB_EXIT_USAGE;
        }
    }
    g_autoptr (GPtrArray) imports = read_all (self, found != NULL ? found : given, &error);
    if (imports != NULL)
        return run_import (self, imports);
    ib_print_error ("%s", error->message);
    return g_error_matches (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID) ? IB_EXIT_CONFIG
                                                                                 : IB_EXIT_USAGE;
}

static const IbImportFormat *
find_format (const char *word)
{
    const IbImportFormat *format = word != NULL ? ib_import_find (word) : NULL;
    if (format != NULL)
        return format;
    const char *nearest = word != NULL ? ib_nearest (word, ib_import_formats ()) : NULL;
    g_autofree char *all = g_strjoinv (", ", (char **) ib_import_formats ());
    g_autofree char *remedy = nearest != NULL ? g_strdup_printf (_ ("Did you mean “%s”?"), nearest)
                                              : g_strdup_printf (_ ("There are: %s"), all);
    if (word != NULL)
        ib_print_refusal (remedy, _ ("There is no format “%s”"), word);
    else
        ib_print_refusal (remedy, "%s", _ ("No format was named"));
    return NULL;
}

IbExit
ib_account_import (const IbCli *cli, int argc, char **argv)
{
    Importer self = { .cli = cli };
    const GOptionEntry entries[] = {
        { "dry-run", 0, 0, G_OPTION_ARG_NONE, &self.is_dry, N_ ("Show only what would become of it"), NULL },
        { "with-passwords", 0, 0, G_OPTION_ARG_NONE, &self.with_passwords,
          N_ ("Put passwords that stand in the file into the keyring"), NULL },
        { NULL },
    };
    if (!ib_command_parse (
            "account import FORMAT [FILE...]",
            _ ("Makes accounts out of another program's configuration: mbsync, getmail, fetchmail, fdm, "
               "offlineimap, mpop, thunderbird, or GNOME Online Accounts (goa). Without FILE it is looked for "
               "where that program has it. What is taken, what is not, and why is told for each; nothing of the "
               "other program's is changed, and what it has fetched is not fetched again where it tells."),
            "  inbasket account import mbsync --dry-run\n"
            "  inbasket account import getmail ~/.config/getmail/work\n"
            "  inbasket account import fetchmail --with-passwords",
            entries, &argc, &argv))
        return IB_EXIT_USAGE;
    self.format = find_format (argc > 1 ? argv[1] : NULL);
    if (self.format == NULL)
        return IB_EXIT_USAGE;
    self.program = argv[1];
    if (!ib_import_has_files (self.format) && argc > 2) {
        ib_print_refusal (_ ("Leave it out"), _ ("%s has no file to read"), self.program);
        return IB_EXIT_USAGE;
    }
    return import_from (&self, argv + 2);
}
