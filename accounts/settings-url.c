/* settings-url.c - a provider's settings file, as fetched */
#include "settings-url.h"
#include "autoconfig.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>
#include <string.h>

/* Without any progress; whoever asks has a limit for the whole. */
#define STALL_S 8
/* From a domain to its host, and from there to where the file is. */
#define REDIRECTS_MAX 3

typedef struct {
    SoupSession *client;
    SoupMessage *message;
    guint n_redirects;
    char buffer[IB_AUTOCONFIG_BYTES + 1]; /* one more, so that too long shows */
} Fetch;

static void ask (GTask *task, GUri *uri);

IbSettingsClient *
ib_settings_client_new (void)
{
    SoupSession *client = soup_session_new_with_options ("timeout", STALL_S, "user-agent", "Inbasket", NULL);
    /* A small answer needs no packing, and a packed one may be a bomb. */
    soup_session_remove_feature_by_type (client, SOUP_TYPE_CONTENT_DECODER);
    soup_session_remove_feature_by_type (client, SOUP_TYPE_AUTH_MANAGER);
    return client;
}

static void
fetch_free (gpointer data)
{
    Fetch *self = data;
    g_object_unref (self->client);
    g_clear_object (&self->message);
    g_free (self);
}

static void
refuse (GTask *task, GIOErrorEnum code, const char *why)
{
    const Fetch *self = g_task_get_task_data (task);
    g_autofree char *url = g_uri_to_string (soup_message_get_uri (self->message));
    g_task_return_new_error (task, G_IO_ERROR, code, "%s: %s", url, why);
}

static void
on_read (GObject *stream, GAsyncResult *result, gpointer data)
{
    g_autoptr (GTask) task = data;
    Fetch *self = g_task_get_task_data (task);
    GError *error = NULL;
    gsize length = 0;
    if (!g_input_stream_read_all_finish (G_INPUT_STREAM (stream), result, &length, &error))
        g_task_return_error (task, error);
    else if (length > IB_AUTOCONFIG_BYTES)
        refuse (task, G_IO_ERROR_MESSAGE_TOO_LARGE, _ ("too large for a settings file"));
    else
        g_task_return_pointer (task, g_bytes_new (self->buffer, length), (GDestroyNotify) g_bytes_unref);
}

static bool
is_redirect (guint status)
{
    return status == SOUP_STATUS_MOVED_PERMANENTLY || status == SOUP_STATUS_FOUND
           || status == SOUP_STATUS_SEE_OTHER || status == SOUP_STATUS_TEMPORARY_REDIRECT
           || status == SOUP_STATUS_PERMANENT_REDIRECT;
}

static void
follow (GTask *task)
{
    Fetch *self = g_task_get_task_data (task);
    const char *location
        = soup_message_headers_get_one (soup_message_get_response_headers (self->message), "Location");
    g_autoptr (GUri) uri = location != NULL ? g_uri_parse_relative (soup_message_get_uri (self->message),
                                                                    location, SOUP_HTTP_URI_FLAGS, NULL)
                                            : NULL;
    if (uri == NULL || strcmp (g_uri_get_scheme (uri), "https") != 0 || g_uri_get_host (uri) == NULL
        || g_uri_get_userinfo (uri) != NULL)
        refuse (task, G_IO_ERROR_NOT_FOUND, _ ("it leads to no place that is safe to ask"));
    else if (self->n_redirects++ == REDIRECTS_MAX)
        refuse (task, G_IO_ERROR_NOT_FOUND, _ ("it leads round and round"));
    else
        ask (task, uri);
}

static void
on_answer (GObject *client, GAsyncResult *result, gpointer data)
{
    g_autoptr (GTask) task = data;
    Fetch *self = g_task_get_task_data (task);
    GError *error = NULL;
    g_autoptr (GInputStream) stream = soup_session_send_finish (SOUP_SESSION (client), result, &error);
    guint status = soup_message_get_status (self->message);
    if (stream == NULL)
        g_task_return_error (task, error);
    else if (is_redirect (status))
        follow (task);
    else if (status != SOUP_STATUS_OK)
        refuse (task, G_IO_ERROR_NOT_FOUND, soup_status_get_phrase (status));
    else
        g_input_stream_read_all_async (stream, self->buffer, sizeof self->buffer, G_PRIORITY_DEFAULT,
                                       g_task_get_cancellable (task), on_read, g_object_ref (task));
}

static void
ask (GTask *task, GUri *uri)
{
    Fetch *self = g_task_get_task_data (task);
    g_clear_object (&self->message);
    self->message = soup_message_new_from_uri (SOUP_METHOD_GET, uri);
    soup_message_add_flags (self->message, SOUP_MESSAGE_NO_REDIRECT);
    soup_session_send_async (self->client, self->message, G_PRIORITY_DEFAULT, g_task_get_cancellable (task),
                             on_answer, g_object_ref (task));
}

void
ib_settings_url_fetch (IbSettingsClient *client, const char *url, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
    Fetch *self = g_new0 (Fetch, 1);
    self->client = g_object_ref (client);
    g_task_set_source_tag (task, ib_settings_url_fetch);
    g_task_set_task_data (task, self, fetch_free);
    if (uri == NULL || strcmp (g_uri_get_scheme (uri), "https") != 0)
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("%s: not an https address"), url);
    else
        ask (task, uri);
}

GBytes *
ib_settings_url_fetch_finish (GAsyncResult *result, char **out_url, GError **error)
{
    const Fetch *self = g_task_get_task_data (G_TASK (result));
    GBytes *bytes = g_task_propagate_pointer (G_TASK (result), error);
    if (bytes != NULL)
        *out_url = g_uri_to_string_partial (soup_message_get_uri (self->message), G_URI_HIDE_QUERY);
    return bytes;
}
