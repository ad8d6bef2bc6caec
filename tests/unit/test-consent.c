/* A consent, with a provider of this program's own that answers what each test wants, and a browser that brings it back. */
#include "consent.h"
#include "server-limits.h"

#include <libsoup/soup.h>
#include <string.h>

#define ID_ANNA "e30.eyJlbWFpbCI6ImFubmFAZXhhbXBsZS5vcmciLCJhdWQiOiJ1cyJ9.c2ln"
#define TOKENS "{\"access_token\":\"A\",\"refresh_token\":\"R\"}"
#define TOKENS_OF_ANNA "{\"access_token\":\"A\",\"refresh_token\":\"R\",\"id_token\":\"" ID_ANNA "\"}"
#define DEVICE "{\"device_code\":\"D\",\"user_code\":\"AB-CD\",\"verification_uri\":\"http://127.0.0.1/d\",\"interval\":1}"

typedef struct {
    guint status;
    char *body;
} Answer;

typedef struct {
    SoupServer *server;
    char *root;
    GHashTable *answers; /* path: GQueue of Answer */
    GPtrArray *asked;    /* "PATH BODY" */
    GArray *asked_at_us; /* gint64, of the token endpoint */

    IbOAuth2Client *client;
    IbConsent *consent;
    GMainLoop *loop;
    SoupSession *browser;
    const char *brings; /* "?code=C&state=@": what a browser does with the link; NULL: nothing */
    char *page;
    guint page_status;
    char *link, *code, *token, *client_id, *bearer;
    GError *error;
    bool is_over;
} Ground;

/* --- the provider ---------------------------------------------------------------------------------------------- */

static void
answer_free (gpointer pointer)
{
    Answer *answer = pointer;
    g_free (answer->body);
    g_free (answer);
}

static void
queue_free (gpointer queue)
{
    g_queue_free_full (queue, answer_free);
}

static void
will_answer (Ground *ground, const char *path, guint status, const char *body)
{
    GQueue *queue = g_hash_table_lookup (ground->answers, path);
    if (queue == NULL) {
        queue = g_queue_new ();
        g_hash_table_insert (ground->answers, g_strdup (path), queue);
    }
    Answer *answer = g_new0 (Answer, 1);
    g_auto (GStrv) parts = g_strsplit (body, "@ROOT", -1);
    answer->status = status;
    answer->body = g_strjoinv (ground->root, parts);
    g_queue_push_tail (queue, answer);
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
    Ground *ground = data;
    g_autoptr (GBytes) bytes = soup_message_body_flatten (soup_server_message_get_request_body (message));
    g_autofree char *body = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
    GQueue *queue = g_hash_table_lookup (ground->answers, path);
    Answer *answer = queue != NULL ? g_queue_pop_head (queue) : NULL;
    gint64 now_us = g_get_monotonic_time ();
    g_ptr_array_add (ground->asked, g_strdup_printf ("%s %s", path, body));
    g_free (ground->bearer);
    ground->bearer
        = g_strdup (soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Authorization"));
    if (strcmp (path, "/token") == 0)
        g_array_append_val (ground->asked_at_us, now_us);
    soup_server_message_set_status (message, answer != NULL ? answer->status : 404, NULL);
    if (answer == NULL)
        return;
    soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, answer->body, strlen (answer->body));
    answer_free (answer);
}

/* The body of the last request to @path; NULL if there was none. */
static const char *
asked_of (const Ground *ground, const char *path)
{
    for (guint i = ground->asked->len; i > 0; i--) {
        const char *line = ground->asked->pdata[i - 1];
        gsize length = strlen (path);
        if (strncmp (line, path, length) == 0 && line[length] == ' ')
            return line + length + 1;
    }
    return NULL;
}

/* --- the person ------------------------------------------------------------------------------------------------ */

/* A parameter of the link. */
static char *
parameter (const char *link, const char *name)
{
    g_autoptr (GHashTable) all = g_uri_parse_params (strchr (link, '?') + 1, -1, "&", G_URI_PARAMS_NONE, NULL);
    return g_strdup (g_hash_table_lookup (all, name));
}

/* The address that the browser is sent back to, with the state for "@". */
static char *
way_back (const Ground *ground)
{
    g_autofree char *redirect = parameter (ground->link, "redirect_uri");
    g_autofree char *state = parameter (ground->link, "state");
    g_auto (GStrv) parts = g_strsplit (ground->brings, "@", -1);
    g_autofree char *query = g_strjoinv (state, parts);
    return g_strconcat (redirect, query, NULL);
}

static void
leave_if_done (Ground *ground)
{
    bool waits_for_page = ground->brings != NULL && ground->page == NULL;
    if (ground->is_over && !waits_for_page)
        g_main_loop_quit (ground->loop);
}

static void
on_page (GObject *source, GAsyncResult *result, gpointer data)
{
    Ground *ground = data;
    SoupMessage *message = soup_session_get_async_result_message (SOUP_SESSION (source), result);
    g_autoptr (GBytes) page = soup_session_send_and_read_finish (SOUP_SESSION (source), result, NULL);
    ground->page_status = soup_message_get_status (message);
    ground->page = page != NULL ? g_strndup (g_bytes_get_data (page, NULL), g_bytes_get_size (page)) : g_strdup ("");
    leave_if_done (ground);
}

static void
on_show (const char *url, const char *code, gpointer data)
{
    Ground *ground = data;
    ground->link = g_strdup (url);
    ground->code = g_strdup (code);
    if (ground->brings == NULL)
        return;
    g_autofree char *back = way_back (ground);
    g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, back);
    soup_session_send_and_read_async (ground->browser, message, G_PRIORITY_DEFAULT, NULL, on_page, ground);
}

static void
on_ended (const IbOAuth2Client *client, const IbOAuth2Tokens *tokens, const GError *error, gpointer data)
{
    Ground *ground = data;
    g_assert_false (ground->is_over);
    ground->is_over = true;
    ground->client_id = g_strdup (client->id);
    ground->token = tokens != NULL ? g_strdup (ib_secret_peek (tokens->refresh_token, NULL)) : NULL;
    ground->error = error != NULL ? g_error_copy (error) : NULL;
    leave_if_done (ground);
}

static void
set_up (Ground *ground)
{
    *ground = (Ground){ 0 };
    ground->server = soup_server_new (NULL, NULL);
    soup_server_add_handler (ground->server, NULL, on_request, ground, NULL);
    g_assert_true (soup_server_listen_local (ground->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
    GSList *uris = soup_server_get_uris (ground->server);
    ground->root = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
    g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
    ground->answers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, queue_free);
    ground->asked = g_ptr_array_new_with_free_func (g_free);
    ground->asked_at_us = g_array_new (FALSE, FALSE, sizeof (gint64));
    ground->browser = soup_session_new ();
    ground->loop = g_main_loop_new (NULL, FALSE);
    ground->client = ib_oauth2_client_new ();
    ib_oauth2_set (&ground->client->provider, "Example");
    ib_oauth2_set (&ground->client->id, "us");
    ib_oauth2_set (&ground->client->issuer, ground->root);
    const struct {
        char **field;
        const char *path;
    } urls[] = { { &ground->client->auth_url, "/auth" },
                 { &ground->client->token_url, "/token" },
                 { &ground->client->device_url, "/device" } };
    for (gsize i = 0; i < G_N_ELEMENTS (urls); i++) {
        g_autofree char *url = g_strconcat (ground->root, urls[i].path, NULL);
        ib_oauth2_set (urls[i].field, url);
    }
}

static void
begin (Ground *ground, IbConsentWay way)
{
    static const IbConsentEvents events = { on_show, on_ended };
    static const char *const anna[] = { "anna@example.org", NULL };
    ground->consent = ib_consent_start (ground->client, way, anna, &events, ground);
}

static void
run (Ground *ground, IbConsentWay way)
{
    begin (ground, way);
    g_main_loop_run (ground->loop);
}

static void
tear_down (Ground *ground)
{
    ib_consent_free (ground->consent);
    soup_session_abort (ground->browser);
    soup_server_disconnect (ground->server);
    g_object_unref (ground->browser);
    g_object_unref (ground->server);
    g_main_loop_unref (ground->loop);
    g_hash_table_unref (ground->answers);
    g_ptr_array_unref (ground->asked);
    g_array_unref (ground->asked_at_us);
    ib_oauth2_client_free (ground->client);
    g_clear_error (&ground->error);
    char *texts[] = { ground->root, ground->page, ground->link, ground->code, ground->token, ground->client_id, ground->bearer };
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        g_free (texts[i]);
}

/* --- the first way --------------------------------------------------------------------------------------------- */

#define OK (-1)

static const struct { const char *name, *brings; guint status; const char *body; int error; const char *page; } answers[] = {
    { "tokens",           "?code=C1&state=@", 200, TOKENS_OF_ANNA, OK, "You can close this window" },
    { "nobody-is-named",  "?code=C1&state=@", 200, TOKENS, OK, "You can close this window" },
    { "refused",          "?error=access_denied&state=@", 200, TOKENS, IB_OAUTH2_ERROR_SIGN_IN, "was not allowed" },
    { "no-refresh-token", "?code=C1&state=@", 200, "{\"access_token\":\"A\"}", IB_OAUTH2_ERROR_CLIENT, "You can close" },
    { "code-is-void",     "?code=C1&state=@", 400, "{\"error\":\"invalid_grant\"}", IB_OAUTH2_ERROR_SIGN_IN, "You can close" },
    { "out-of-order",     "?code=C1&state=@", 503, "", IB_OAUTH2_ERROR_BUSY, "You can close" },
};

static void
takes_answer (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Ground ground;
    set_up (&ground);
    ground.brings = answers[i].brings;
    will_answer (&ground, "/token", answers[i].status, answers[i].body);
    run (&ground, IB_CONSENT_BROWSER);
    g_assert_nonnull (strstr (ground.page, answers[i].page));
    g_assert_cmpuint (ground.page_status, ==, 200);
    if (answers[i].error == OK) {
        g_assert_no_error (ground.error);
        g_assert_cmpstr (ground.token, ==, "R");
    } else {
        g_assert_error (ground.error, IB_OAUTH2_ERROR, answers[i].error);
    }
    tear_down (&ground);
}

/* What goes to the token endpoint proves that we are those who sent the link. */
static void
verifier_fits_the_challenge (void)
{
    Ground ground;
    set_up (&ground);
    ground.brings = "?code=C%2F1%26a%3Db%2B&state=@";
    will_answer (&ground, "/token", 200, TOKENS_OF_ANNA);
    run (&ground, IB_CONSENT_BROWSER);
    g_autoptr (GHashTable) form
        = g_uri_parse_params (asked_of (&ground, "/token"), -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
    g_autofree char *challenge = ib_oauth2_challenge (g_hash_table_lookup (form, "code_verifier"));
    g_autofree char *shown = parameter (ground.link, "code_challenge"), *redirect = parameter (ground.link, "redirect_uri");
    g_assert_cmpstr (challenge, ==, shown);
    g_assert_cmpstr (g_hash_table_lookup (form, "redirect_uri"), ==, redirect);
    g_assert_cmpstr (g_hash_table_lookup (form, "code"), ==, "C/1&a=b+");
    g_assert_cmpstr (g_hash_table_lookup (form, "client_id"), ==, "us");
    g_assert_false (g_hash_table_contains (form, "client_secret"));
    tear_down (&ground);
}

static void
clients_secret_goes_along (void)
{
    Ground ground;
    set_up (&ground);
    ib_oauth2_set (&ground.client->secret, "known-to-everybody");
    ground.brings = "?code=C1&state=@";
    will_answer (&ground, "/token", 200, TOKENS_OF_ANNA);
    run (&ground, IB_CONSENT_BROWSER);
    g_assert_no_error (ground.error);
    g_assert_nonnull (strstr (asked_of (&ground, "/token"), "&client_secret=known-to-everybody"));
    tear_down (&ground);
}

static void
endless_answer_is_refused (void)
{
    Ground ground;
    set_up (&ground);
    g_autofree char *much = g_strnfill (2 * IB_LIMIT_JSON_BYTES, ' ');
    ground.brings = "?code=C1&state=@";
    will_answer (&ground, "/token", 200, much);
    run (&ground, IB_CONSENT_BROWSER);
    g_assert_error (ground.error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_BUSY);
    g_assert_nonnull (strstr (ground.error->message, "answers with more than 64 KiB"));
    tear_down (&ground);
}

static const struct { const char *name, *registered, *begin, *end; } redirects[] = {
    { "bare", "http://127.0.0.1", "http://127.0.0.1:", "" },
    { "name", "http://localhost/", "http://localhost:", "/" },
    { "path", "http://127.0.0.1/in/basket", "http://127.0.0.1:", "/in/basket" },
};

static void
opens_registered_door (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Ground ground;
    set_up (&ground);
    ground.brings = "?code=C1&state=@";
    ib_oauth2_set (&ground.client->redirect, redirects[i].registered);
    will_answer (&ground, "/token", 200, TOKENS_OF_ANNA);
    run (&ground, IB_CONSENT_BROWSER);
    g_assert_no_error (ground.error);
    g_autofree char *redirect = parameter (ground.link, "redirect_uri");
    g_assert_true (g_str_has_prefix (redirect, redirects[i].begin));
    const char *port = redirect + strlen (redirects[i].begin);
    g_assert_cmpstr (port + strspn (port, "0123456789"), ==, redirects[i].end);
    tear_down (&ground);
}

static void
wait_for_link (Ground *ground)
{
    while (ground->link == NULL)
        g_main_context_iteration (NULL, TRUE);
}

static void
address_is_pasted (void)
{
    Ground ground;
    set_up (&ground);
    will_answer (&ground, "/token", 200, TOKENS_OF_ANNA);
    begin (&ground, IB_CONSENT_BROWSER);
    wait_for_link (&ground);
    ground.brings = "?code=C1&state=@";
    g_autofree char *back = way_back (&ground);
    g_autofree char *pasted = g_strconcat (" ", back, "\r\n", NULL);
    ground.brings = NULL;
    g_autoptr (GError) error = NULL;
    g_assert_false (ib_consent_paste (ground.consent, ground.link, &error));
    g_assert_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_UNSAFE);
    g_assert_false (ib_consent_paste (ground.consent, "http://127.0.0.1/?code=C1&state=x", NULL));
    g_assert_true (ib_consent_paste (ground.consent, pasted, NULL));
    g_assert_false (ib_consent_paste (ground.consent, pasted, NULL));
    g_main_loop_run (ground.loop);
    g_assert_no_error (ground.error);
    g_assert_cmpstr (ground.token, ==, "R");
    tear_down (&ground);
}

/* A page that tries all ports, or another user of this machine, must not keep the answer out. */
static void
many_knocks_do_not_shut_the_door (void)
{
    Ground ground;
    set_up (&ground);
    will_answer (&ground, "/token", 200, TOKENS_OF_ANNA);
    begin (&ground, IB_CONSENT_BROWSER);
    wait_for_link (&ground);
    g_autofree char *redirect = parameter (ground.link, "redirect_uri");
    for (guint i = 0; i < 100; i++) {
        g_autofree char *knock = g_strconcat (redirect, i % 2 == 0 ? "?code=C1&state=x" : "icon", NULL);
        g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, knock);
        g_clear_pointer (&ground.page, g_free);
        soup_session_send_and_read_async (ground.browser, message, G_PRIORITY_DEFAULT, NULL, on_page, &ground);
        while (ground.page == NULL)
            g_main_context_iteration (NULL, TRUE);
        g_assert_cmpuint (ground.page_status, ==, i % 2 == 0 ? 403 : 404);
    }
    g_clear_pointer (&ground.page, g_free);
    ground.brings = "?code=C1&state=@";
    g_autofree char *back = way_back (&ground);
    g_autoptr (SoupMessage) answer = soup_message_new (SOUP_METHOD_GET, back);
    soup_session_send_and_read_async (ground.browser, answer, G_PRIORITY_DEFAULT, NULL, on_page, &ground);
    g_main_loop_run (ground.loop);
    g_assert_cmpuint (ground.page_status, ==, 200);
    g_assert_cmpstr (ground.token, ==, "R");
    tear_down (&ground);
}

/* A browser that is closed in the moment in which it has brought the answer. */
static void
answer_of_one_that_does_not_stay (void)
{
    Ground ground;
    set_up (&ground);
    will_answer (&ground, "/token", 200, TOKENS_OF_ANNA);
    begin (&ground, IB_CONSENT_BROWSER);
    wait_for_link (&ground);
    ground.brings = "?code=C1&state=@";
    g_autofree char *back = way_back (&ground);
    ground.brings = NULL;
    g_autoptr (GUri) uri = g_uri_parse (back, G_URI_FLAGS_ENCODED, NULL);
    g_autofree char *request = g_strdup_printf ("GET %s?%s HTTP/1.1\r\nHost: %s:%d\r\n\r\n", g_uri_get_path (uri),
                                                g_uri_get_query (uri), g_uri_get_host (uri), g_uri_get_port (uri));
    g_autoptr (GSocketClient) client = g_socket_client_new ();
    g_autoptr (GSocketConnection) connection
        = g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) g_uri_get_port (uri), NULL, NULL);
    g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request,
                                              strlen (request), NULL, NULL, NULL));
    g_assert_true (g_io_stream_close (G_IO_STREAM (connection), NULL, NULL));
    g_main_loop_run (ground.loop);
    g_assert_no_error (ground.error);
    g_assert_cmpstr (ground.token, ==, "R");
    tear_down (&ground);
}

static void
nothing_is_heard_of_one_that_was_freed (void)
{
    Ground ground;
    set_up (&ground);
    begin (&ground, IB_CONSENT_BROWSER);
    wait_for_link (&ground);
    g_clear_pointer (&ground.consent, ib_consent_free);
    while (g_main_context_iteration (NULL, FALSE))
        ;
    g_assert_false (ground.is_over);
    tear_down (&ground);
}

/* --- whom it is about ------------------------------------------------------------------------------------------ */

static const struct { const char *name; guint status; const char *body; int error; } people[] = {
    { "same",      200, "{\"sub\":\"1\",\"email\":\"Anna@example.org\"}", OK },
    { "other",     200, "{\"sub\":\"1\",\"email\":\"bert@example.org\"}", IB_OAUTH2_ERROR_SIGN_IN },
    { "unnamed",   200, "{\"sub\":\"1\"}", OK },
    { "forbidden", 403, "", OK },
};

static void
asks_userinfo (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Ground ground;
    set_up (&ground);
    g_autofree char *url = g_strconcat (ground.root, "/userinfo", NULL);
    ib_oauth2_set (&ground.client->userinfo_url, url);
    ground.brings = "?code=C1&state=@";
    will_answer (&ground, "/token", 200, TOKENS);
    will_answer (&ground, "/userinfo", people[i].status, people[i].body);
    run (&ground, IB_CONSENT_BROWSER);
    g_assert_nonnull (asked_of (&ground, "/userinfo"));
    g_assert_cmpstr (ground.bearer, ==, "Bearer A");
    if (people[i].error == OK)
        g_assert_no_error (ground.error);
    else
        g_assert_error (ground.error, IB_OAUTH2_ERROR, people[i].error);
    tear_down (&ground);
}

/* --- programs that nobody knows yet ---------------------------------------------------------------------------- */

#define OAUTH "/.well-known/oauth-authorization-server"
#define OPENID "/.well-known/openid-configuration"
#define METADATA                                                                                             \
    "{\"issuer\":\"@ROOT\",\"registration_endpoint\":\"@ROOT/reg\",\"authorization_endpoint\":\"@ROOT/other\"}"

static const struct { const char *name, *metadata_at; guint status; const char *body, *id; int error; } registrations[] = {
    { "oauth",        OAUTH, 201, "{\"client_id\":\"X1\"}", "X1", OK },
    { "openid",       OPENID, 201, "{\"client_id\":\"X1\"}", "X1", OK },
    { "not-offered",  "/nowhere", 404, "", "", IB_OAUTH2_ERROR_CLIENT },
    { "refused",      OAUTH, 403, "{\"error\":\"access_denied\"}", "", IB_OAUTH2_ERROR_SIGN_IN },
};

static void
registers (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Ground ground;
    set_up (&ground);
    ib_oauth2_set (&ground.client->id, "");
    will_answer (&ground, registrations[i].metadata_at, 200, METADATA);
    will_answer (&ground, "/reg", registrations[i].status, registrations[i].body);
    will_answer (&ground, "/token", 200, TOKENS_OF_ANNA);
    ground.brings = registrations[i].error == OK ? "?code=C1&state=@" : NULL;
    run (&ground, IB_CONSENT_BROWSER);
    g_assert_cmpstr (ground.client_id, ==, registrations[i].id);
    if (registrations[i].error != OK) {
        g_assert_error (ground.error, IB_OAUTH2_ERROR, registrations[i].error);
        g_assert_null (ground.link);
    } else {
        g_autofree char *shown = parameter (ground.link, "client_id");
        g_assert_cmpstr (shown, ==, "X1");
        g_assert_true (g_str_has_prefix (ground.link, ground.client->auth_url)); /* what was known stays */
        g_assert_nonnull (strstr (asked_of (&ground, "/reg"), "\"token_endpoint_auth_method\":\"none\""));
        /* An identity for "us" is for another program than X1. */
        g_assert_error (ground.error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_UNSAFE);
    }
    tear_down (&ground);
}

static const struct { const char *name, *issuer; int error; const char *words; } unreachable[] = {
    { "nobody-there", "http://127.0.0.1:9", IB_OAUTH2_ERROR_OFFLINE, "cannot be reached" },
    { "no-host",      "https://", IB_OAUTH2_ERROR_CLIENT, "no client id" },
};

/* What a server would have told of itself is not known; that is another thing than that it has nothing to tell. */
static void
cannot_ask_issuer (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Ground ground;
    set_up (&ground);
    ib_oauth2_set (&ground.client->id, "");
    ib_oauth2_set (&ground.client->issuer, unreachable[i].issuer);
    run (&ground, IB_CONSENT_BROWSER);
    g_assert_error (ground.error, IB_OAUTH2_ERROR, unreachable[i].error);
    g_assert_nonnull (strstr (ground.error->message, unreachable[i].words));
    g_assert_null (ground.link);
    tear_down (&ground);
}

/* --- the second way -------------------------------------------------------------------------------------------- */

static void
code_is_asked_about_until_it_is_used (void)
{
    Ground ground;
    set_up (&ground);
    will_answer (&ground, "/device", 200, DEVICE);
    will_answer (&ground, "/token", 400, "{\"error\":\"authorization_pending\"}");
    will_answer (&ground, "/token", 400, "{\"error\":\"slow_down\"}");
    will_answer (&ground, "/token", 200, TOKENS_OF_ANNA);
    run (&ground, IB_CONSENT_DEVICE);
    g_assert_no_error (ground.error);
    g_assert_cmpstr (ground.code, ==, "AB-CD");
    g_assert_cmpstr (ground.link, ==, "http://127.0.0.1/d");
    g_assert_cmpstr (ground.token, ==, "R");
    g_assert_cmpuint (ground.asked_at_us->len, ==, 3);
    const gint64 *at_us = (const gint64 *) (gpointer) ground.asked_at_us->data;
    g_assert_cmpint (at_us[2] - at_us[1], >=, 5 * G_USEC_PER_SEC); /* RFC 8628, 3.5 */
    tear_down (&ground);
}

static const struct { const char *name; guint device_status; const char *device, *token; int error; } codes[] = {
    { "denied",      200, DEVICE, "{\"error\":\"access_denied\"}", IB_OAUTH2_ERROR_SIGN_IN },
    { "expired",     200, DEVICE, "{\"error\":\"expired_token\"}", IB_OAUTH2_ERROR_SIGN_IN },
    { "not-for-us",  400, "{\"error\":\"unauthorized_client\"}", "", IB_OAUTH2_ERROR_CLIENT },
    { "out-of-order", 503, "", "", IB_OAUTH2_ERROR_BUSY },
};

static void
code_fails (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Ground ground;
    set_up (&ground);
    will_answer (&ground, "/device", codes[i].device_status, codes[i].device);
    will_answer (&ground, "/token", 400, codes[i].token);
    run (&ground, IB_CONSENT_DEVICE);
    g_assert_error (ground.error, IB_OAUTH2_ERROR, codes[i].error);
    tear_down (&ground);
}

static void
provider_without_codes (void)
{
    Ground ground;
    set_up (&ground);
    ib_oauth2_set (&ground.client->device_url, "");
    run (&ground, IB_CONSENT_DEVICE);
    g_assert_error (ground.error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT);
    g_assert_nonnull (strstr (ground.error->message, "take the browser"));
    tear_down (&ground);
}

#define ADD_ROWS(table, test)                                                                                \
    for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {                                                       \
        g_autofree char *path = g_strdup_printf ("/consent/" #table "/%s", table[i].name);                   \
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test);                                             \
    }
#define ADD(test) g_test_add_func ("/consent/" #test, test)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD_ROWS (answers, takes_answer);
    ADD_ROWS (redirects, opens_registered_door);
    ADD_ROWS (people, asks_userinfo);
    ADD_ROWS (registrations, registers);
    ADD_ROWS (unreachable, cannot_ask_issuer);
    ADD_ROWS (codes, code_fails);
    ADD (verifier_fits_the_challenge);
    ADD (clients_secret_goes_along);
    ADD (endless_answer_is_refused);
    ADD (address_is_pasted);
    ADD (many_knocks_do_not_shut_the_door);
    ADD (answer_of_one_that_does_not_stay);
    ADD (nothing_is_heard_of_one_that_was_freed);
    ADD (code_is_asked_about_until_it_is_used);
    ADD (provider_without_codes);
    return g_test_run ();
}
