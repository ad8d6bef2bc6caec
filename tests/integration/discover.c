/* Prints what is found for an address, a line a candidate: discover FOLDER-OF-PROVIDERS ADDRESS [ispdb] [cancel] */
#include "discovery.h"

#include <locale.h>
#include <string.h>

static GMainLoop *loop;

static void
print_candidate (const IbCandidate *self)
{
    static const char *const sources[]
        = { "table", "mx", "srv", "autoconfig", "mx-autoconfig", "ispdb", "guess" };
    g_print ("%s %s %s:%u %s %s", sources[self->source], self->protocol == IB_PROTOCOL_IMAP ? "imap" : "pop3",
             self->host, self->port, self->security == IB_SECURITY_TLS ? "tls" : "starttls", self->user);
    for (guint i = 0; i < self->n_sign_in; i++)
        g_print ("%c%s", i == 0 ? ' ' : ',', ib_sign_in_name (self->sign_in[i]));
    g_print ("%s\n", self->needs_confirmation ? " confirm" : "");
}

static void
on_discovered (GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) found = ib_discover_finish (result, &error);
    if (error != NULL)
        g_print ("error %s\n", error->message);
    for (guint i = 0; found != NULL && i < found->len; i++)
        print_candidate (found->pdata[i]);
    g_main_loop_quit (loop);
}

static gboolean
on_enough (gpointer cancellable)
{
    g_cancellable_cancel (cancellable);
    return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
    const char *const folders[] = { argv[1], NULL };
    bool asks_ispdb = argc > 3 && strcmp (argv[3], "ispdb") == 0;
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (IbProviders) providers = ib_providers_load (folders, NULL);
    setlocale (LC_ALL, "");
    loop = g_main_loop_new (NULL, FALSE);
    if (argc > 3 && strcmp (argv[3], "cancel") == 0)
        g_timeout_add (200, on_enough, cancellable);
    ib_discover (argv[2], providers, asks_ispdb, cancellable, on_discovered, NULL);
    g_main_loop_run (loop);
    g_main_loop_unref (loop);
    return 0;
}
