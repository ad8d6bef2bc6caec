/* guess.c - hosts of the usual names that answer */
#include "guess.h"
#include "candidate.h"

/* A name that is looked up, a connection, a handshake. */
#define PATIENCE_S 8

static const struct {
    const char *prefix;
    IbProtocol protocol;
    guint16 port;
} guesses[] = {
    { "imap.", IB_PROTOCOL_IMAP, 993 }, { "mail.", IB_PROTOCOL_IMAP, 993 },
    { "", IB_PROTOCOL_IMAP, 993 },      { "pop.", IB_PROTOCOL_POP3, 995 },
    { "pop3.", IB_PROTOCOL_POP3, 995 }, { "mail.", IB_PROTOCOL_POP3, 995 },
    { "", IB_PROTOCOL_POP3, 995 },
};

typedef struct {
    char *domain, *address;
    bool answers[G_N_ELEMENTS (guesses)];
    gsize n_running;
} Guess;

typedef struct {
    GTask *task;
    gsize guess;
} Attempt;

static void
guess_free (gpointer data)
{
    Guess *self = data;
    g_free (self->domain);
    g_free (self->address);
    g_free (self);
}

/* In the order of the table, whoever answered first. */
static GPtrArray *
list_answers (const Guess *self)
{
    GPtrArray *found = ib_candidates_new ();
    for (gsize i = 0; i < G_N_ELEMENTS (guesses); i++) {
        g_autofree char *host = g_strconcat (guesses[i].prefix, self->domain, NULL);
        if (self->answers[i])
            g_ptr_array_add (found, ib_candidate_new (IB_FROM_GUESS, host, guesses[i].protocol, host,
                                                      guesses[i].port, IB_SECURITY_TLS, self->address));
    }
    return found;
}

static void
on_connected (GObject *client, GAsyncResult *result, gpointer data)
{
    Attempt *attempt = data;
    g_autoptr (GTask) task = attempt->task;
    Guess *self = g_task_get_task_data (task);
    g_autoptr (GSocketConnection) connection
        = g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (client), result, NULL);
    self->answers[attempt->guess] = connection != NULL;
    g_free (attempt);
    if (--self->n_running == 0)
        g_task_return_pointer (task, list_answers (self), (GDestroyNotify) g_ptr_array_unref);
}

void
ib_guess (const char *domain, const char *address, GCancellable *cancellable, GAsyncReadyCallback callback,
          gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    g_autoptr (GSocketClient) client = g_socket_client_new ();
    Guess *self = g_new0 (Guess, 1);
    self->domain = g_strdup (domain);
    self->address = g_strdup (address);
    self->n_running = G_N_ELEMENTS (guesses);
    g_task_set_source_tag (task, ib_guess);
    g_task_set_check_cancellable (task, FALSE);
    g_task_set_task_data (task, self, guess_free);
    g_socket_client_set_tls (client, TRUE);
    g_socket_client_set_timeout (client, PATIENCE_S);
    for (gsize i = 0; i < G_N_ELEMENTS (guesses); i++) {
        Attempt *attempt = g_new (Attempt, 1);
        g_autofree char *host = g_strconcat (guesses[i].prefix, domain, NULL);
        *attempt = (Attempt){ g_object_ref (task), i };
        g_socket_client_connect_to_host_async (client, host, guesses[i].port, cancellable, on_connected,
                                               attempt);
    }
}

GPtrArray *
ib_guess_finish (GAsyncResult *result)
{
    return g_task_propagate_pointer (G_TASK (result), NULL); /* it never fails */
}
