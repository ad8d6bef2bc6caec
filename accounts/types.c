/* types.c - GObject's types, known before there are threads */
#include "types.h"

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <gio/gunixsocketaddress.h>
#include <libsecret/secret.h>

/* What connects, what speaks D-Bus, and what is read and written meanwhile. */
static GType (*const types[]) (void) = {
    g_socket_address_get_type,
    g_inet_socket_address_get_type,
    g_unix_socket_address_get_type,
    g_proxy_address_get_type,
    g_proxy_address_enumerator_get_type,
    g_inet_address_mask_get_type,
    g_network_address_get_type,
    g_network_service_get_type,
    g_socket_get_type,
    g_simple_proxy_resolver_get_type,
    g_tcp_wrapper_connection_get_type,
    g_unix_connection_get_type,
    g_dbus_connection_get_type,
    g_dbus_server_get_type,
    g_dbus_proxy_get_type,
    g_dbus_object_proxy_get_type,
    g_dbus_object_manager_client_get_type,
    g_dbus_interface_skeleton_get_type,
    g_dbus_object_skeleton_get_type,
    g_task_get_type,
    g_file_input_stream_get_type,
    g_file_output_stream_get_type,
    g_memory_input_stream_get_type,
    g_memory_output_stream_get_type,
    g_buffered_input_stream_get_type,
    g_buffered_output_stream_get_type,
    g_data_input_stream_get_type,
    g_data_output_stream_get_type,
    g_converter_input_stream_get_type,
    g_converter_output_stream_get_type,
    g_unix_input_stream_get_type,
    g_unix_output_stream_get_type,
    g_subprocess_get_type,
    g_themed_icon_get_type,
    g_bytes_icon_get_type,
    g_file_icon_get_type,
    secret_service_get_type,
    secret_collection_get_type,
    secret_item_get_type,
    secret_prompt_get_type,
};

void
ib_types_register (void)
{
    for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
        g_type_ensure (types[i]());
    G_GNUC_BEGIN_IGNORE_DEPRECATIONS
    g_type_ensure (g_simple_async_result_get_type ()); /* libsecret's results are of it */
    G_GNUC_END_IGNORE_DEPRECATIONS
}
