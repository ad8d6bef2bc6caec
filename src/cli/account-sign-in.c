/* account-sign-in.c - signing in to an account in a browser, from the terminal; and `inbasket account token` */
#include "account-sign-in.h"
#include "ask.h"
#include "consent.h"
#include "print.h"
#include "server-limits.h"
#include "tokens.h"

#include <fcntl.h>
#include <gio/gdesktopappinfo.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const IbCli *cli;
    const IbAccount *account;
    IbConsent *consent;
    GMainLoop *loop;
    GString *line; /* what is being pasted */
    guint input;   /* 0: nothing more can be pasted */
    IbOAuth2Client *client;
    IbSecret *token;
    GError *error;
} SignIn;

/* --- the link ------------------------------------------------------------------------------------------------------ */

/* The person's own, which lives on when we end: so it must not hold our output, whose end somebody may wait for. */
static bool
launch_browser (const char *url)
{
    g_autofree char *scheme = g_uri_parse_scheme (url);
    g_autoptr (GAppInfo) browser = g_app_info_get_default_for_uri_scheme (scheme);
    int nothing = browser != NULL ? open ("/dev/null", O_RDWR | O_CLOEXEC) : -1;
    if (nothing < 0)
        return false;
    GList urls = { .data = (char *) url };
    bool is_open = g_desktop_app_info_launch_uris_as_manager_with_fds (
        G_DESKTOP_APP_INFO (browser), &urls, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, nothing,
        nothing, nothing, NULL); /* the link is shown in any case */
    close (nothing);
    return is_open;
}

/* Only a desktop's: in a terminal alone a browser would take the terminal. */
static bool
open_browser (const char *url)
{
    const char *display = g_getenv ("DISPLAY"), *wayland = g_getenv ("WAYLAND_DISPLAY");
    bool has_desktop = (display != NULL && *display != '\0') || (wayland != NULL && *wayland != '\0');
    return has_desktop && launch_browser (url);
}

static void
show_json (const char *url, const char *code)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "event", "sign-in");
    ib_json_text (builder, "url", url);
    ib_json_text (builder, "code", code);
    json_builder_end_object (builder);
    ib_print_json (builder);
    (void) fflush (stdout); /* somebody waits for it */
}

/* On standard error, since it is a question, not a result; the link on a line of its own, to be copied. */
static void
on_show (const char *url, const char *code, gpointer user_data)
{
    SignIn *self = user_data;
    bool is_open = code == NULL && open_browser (url);
    g_autofree char *safe = ib_print_safe (url, 0);
    if (self->cli->json) {
        show_json (url, code);
        return;
    }
    if (code != NULL) {
        g_printerr (
            _ ("To sign in as %s, open this page in any browser and type the code %s there:\n\n  %s\n\n"),
            self->account->address, code, safe);
        return;
    }
    g_printerr (_ ("To sign in as %s, open this link in a browser:\n\n  %s\n\n"), self->account->address,
                safe);
    if (is_open)
        g_printerr ("%s\n", _ ("It was opened in your browser, too."));
    if (self->input != 0)
        g_printerr (
            "%s\n",
            _ ("A browser on another machine ends at a page that it cannot open: copy that page's address, and "
               "paste it here."));
}

static void
on_ended (const IbOAuth2Client *client, const IbOAuth2Tokens *tokens, const GError *error, gpointer user_data)
{
    SignIn *self = user_data;
    self->client = ib_oauth2_client_copy (client);
    if (tokens != NULL)
        self->token = ib_secret_ref (tokens->refresh_token);
    else
        self->error = g_error_copy (error);
    g_main_loop_quit (self->loop);
}

/* --- pasting ------------------------------------------------------------------------------------------------------- */

static void
take_line (SignIn *self)
{
    g_autoptr (GError) error = NULL;
    g_strstrip (self->line->str);
    if (*self->line->str != '\0' && !ib_consent_paste (self->consent, self->line->str, &error))
        ib_print_hint ("%s", error->message);
    g_string_truncate (self->line, 0);
}

static gboolean
on_input (gint fd, GIOCondition condition, gpointer user_data)
{
    SignIn *self = user_data;
    char chunk[1024];
    gssize length = read (fd, chunk, sizeof chunk);
    if (length <= 0) {
        self->input = 0;
        return G_SOURCE_REMOVE; /* the browser's own way is open still */
    }
    for (gssize i = 0; i < length; i++) {
        if (chunk[i] == '\n')
            take_line (self);
        else if (self->line->len < IB_LIMIT_REDIRECT_BYTES && chunk[i] != '\0')
            g_string_append_c (self->line, chunk[i]);
    }
    return G_SOURCE_CONTINUE;
}

/* --- the whole ----------------------------------------------------------------------------------------------------- */

static void
run_consent (SignIn *self, const IbOAuth2Client *client, bool is_by_code)
{
    static const IbConsentEvents events = { on_show, on_ended };
    g_autoptr (GPtrArray) addresses = g_ptr_array_new ();
    g_ptr_array_add (addresses, self->account->address);
    g_ptr_array_add (addresses, self->account->user);
    for (char **alias = self->account->aliases; *alias != NULL; alias++)
        g_ptr_array_add (addresses, *alias);
    g_ptr_array_add (addresses, NULL);

    self->loop = g_main_loop_new (NULL, FALSE);
    self->line = g_string_new (NULL);
    self->input = is_by_code ? 0 : g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, self);
    self->consent = ib_consent_start (client, is_by_code ? IB_CONSENT_DEVICE : IB_CONSENT_BROWSER,
                                      (const char *const *) addresses->pdata, &events, self);
    g_main_loop_run (self->loop);
    g_clear_handle_id (&self->input, g_source_remove);
    ib_consent_free (self->consent);
    g_main_loop_unref (self->loop);
    g_string_free (self->line, TRUE);
}

/* What the account's file must say, since nobody else knows it. */
static void
add_learned (GPtrArray *keys, const IbOAuth2Client *before, const IbOAuth2Client *now)
{
    const struct {
        const char *key, *before, *now;
    } all[] = {
        { "account.oauth2-client-id", before->id, now->id },
        { "account.oauth2-auth-url", before->auth_url, now->auth_url },
        { "account.oauth2-token-url", before->token_url, now->token_url },
        { "account.oauth2-device-url", before->device_url, now->device_url },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (all); i++) {
        if (strcmp (all[i].before, all[i].now) == 0)
            continue;
        g_ptr_array_add (keys, g_strdup (all[i].key));
        g_ptr_array_add (keys, g_strdup (all[i].now));
    }
}

/* Says why, and which ways there are if it is for want of a client id. */
static IbExit
say_failure (const IbCli *cli, const IbAccount *account, const IbOAuth2Client *client, const GError *error)
{
    g_autoptr (GError) doors = NULL;
    g_autoptr (IbOAuth2Client) usable = NULL;
    bool is_for_settings = g_error_matches (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT);
    ib_print_error ("%s", error->message);
    if (is_for_settings && *client->id == '\0')
        usable = ib_tokens_find_client (cli->paths, account, true, &doors);
    if (doors != NULL)
        ib_print_hint ("%s", doors->message);
    return is_for_settings ? IB_EXIT_USAGE : IB_EXIT_UNREACHABLE;
}

IbExit
ib_account_sign_in (const IbCli *cli, const IbAccount *account, bool is_by_code, GPtrArray *keys,
                    IbSecret **out_token)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbOAuth2Client) client = ib_tokens_find_client (cli->paths, account, false, &error);
    if (client == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    SignIn self = { .cli = cli, .account = account };
    run_consent (&self, client, is_by_code);
    IbExit status = IB_EXIT_DONE;
    if (self.token != NULL) {
        add_learned (keys, client, self.client);
        *out_token = self.token;
    } else {
        status = say_failure (cli, account, self.client, self.error);
    }
    ib_oauth2_client_free (self.client);
    g_clear_error (&self.error);
    return status;
}

/* --- account token ------------------------------------------------------------------------------------------------- */

typedef struct {
    GMainLoop *loop;
    IbSecret *token;
    GError *error;
} Asked;

static void
on_token (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Asked *asked = user_data;
    asked->token = ib_tokens_obtain_finish (result, &asked->error);
    g_main_loop_quit (asked->loop);
}

static void
print_token (const IbCli *cli, const IbAccount *account, const IbSecret *token)
{
    const char *text = ib_secret_peek (token, NULL);
    if (!cli->json) {
        (void) puts (text);
        return;
    }
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "name", account->name);
    ib_json_text (builder, "access_token", text);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

/* A renewal that has begun goes on: the token that comes of it would be lost. The second time is meant. */
static gboolean
on_stop (gpointer cancellable)
{
    g_cancellable_cancel (cancellable);
    return G_SOURCE_REMOVE;
}

static IbExit
give_token (const IbCli *cli, const IbAccount *account)
{
    Asked asked = { .loop = g_main_loop_new (NULL, FALSE) };
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (IbTokens) tokens = ib_tokens_new (cli->paths);
    (void) g_unix_signal_add (SIGINT, on_stop, cancellable); /* until the program ends */
    (void) g_unix_signal_add (SIGTERM, on_stop, cancellable);
    ib_secret_forbid_dumps ();
    ib_tokens_obtain (tokens, account, cancellable, on_token, &asked);
    g_main_loop_run (asked.loop);
    g_main_loop_unref (asked.loop);
    if (asked.token == NULL) {
        ib_print_error ("%s", asked.error->message);
        g_error_free (asked.error);
        return IB_EXIT_UNREACHABLE;
    }
    print_token (cli, account, asked.token);
    ib_secret_unref (asked.token);
    return IB_EXIT_DONE;
}

IbExit
ib_account_token (const IbCli *cli, int argc, char **argv)
{
    if (!ib_command_parse (
            "account token NAME",
            _ ("Prints a fresh access token of an account that signs in with OAuth2, for a program of yours that sends "
               "mail."),
            "  inbasket account token work\n  passwordeval \"inbasket account token work\"      (in msmtp's settings)",
            NULL, &argc, &argv))
        return IB_EXIT_USAGE;
    const char *name = ib_account_name_argument (argc, argv);
    IbExit status = IB_EXIT_USAGE;
    g_autoptr (IbAccount) account = name != NULL ? ib_account_find (cli, name, &status) : NULL;
    if (account == NULL)
        return status;
    if (account->auth == IB_AUTH_OAUTH2)
        return give_token (cli, account);
    ib_print_refusal (_ ("Only accounts with auth=oauth2 have one"), _ ("%s signs in with a password"), name);
    return IB_EXIT_USAGE;
}
