/* fetch-wire.c - what frames service and fetch worker may send, and the values that many of them hold */
#include "fetch-wire-private.h"

#include "escape.h"
#include "face.h"

#include <string.h>

#define SETTLED_TYPE "(byayauaayay)"

const IbFrameKind ib_fetch_wire_to_worker[] = {
    { IB_FETCH_WIRE_REQUEST, "(ysqybssysasysytbbbbbbss(tb)ay)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_SOCKET, "()", IB_FRAME_WITH_FD },
    { IB_FETCH_WIRE_TICKET, "()", IB_FRAME_WITH_FD },
    { IB_FETCH_WIRE_SECRET, "()", IB_FRAME_WITH_FD },
    { IB_FETCH_WIRE_CURSOR, "(bxbbuauaubutbauauaua(xtt))", IB_FRAME_MAYBE_FD },
    { IB_FETCH_WIRE_CREDIT, "(tu)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_SETTLE, "(ysauaayaua(xtt))", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_ORDERS_END, "()", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_GO_ON, "()", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_LOOK, "()", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_RENEW, "()", IB_FRAME_NO_FD },
    { 0, NULL, IB_FRAME_NO_FD },
};

const IbFrameKind ib_fetch_wire_to_service[] = {
    { IB_FETCH_WIRE_STEP, "(yay)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_OFFERED, "ay", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_TERMS, "(bx)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_LINE, "(tb)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_ALERT, "(ay)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_WATCHING, "ay", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_ENTER, "(ayayayuuuaybu)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_MAILBOX_FAILED, "(ayay)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_FOUND, "(tt)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_ATTEMPT, "(uay)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_ALIVE, "t", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_BODY, "t", IB_FRAME_WITH_FD },
    { IB_FETCH_WIRE_MESSAGES, IB_FRAME_PACKED, IB_FRAME_MAYBE_FD },
    { IB_FETCH_WIRE_SKIP, "(" IB_FETCH_WIRE_MESSAGE_TYPE "yay)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_TAKEN, "(uay)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_COPIED, SETTLED_TYPE, IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_SETTLED, SETTLED_TYPE, IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_MOVED, "(ayuauau)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_TICKET, "()", IB_FRAME_WITH_FD },
    { IB_FETCH_WIRE_RENAMED, "()", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_BROKE_AT, "ay", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_FINISHED, "()", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_FAILED, "(yayayx)", IB_FRAME_NO_FD },
    { 0, NULL, IB_FRAME_NO_FD },
};

/* --- texts and numbers ---------------------------------------------------------------------------------------- */

GVariant *
ib_fetch_wire_pack_bytes (const char *text)
{
    return g_variant_new_bytestring (text != NULL ? text : "");
}

GVariant *
ib_fetch_wire_pack_text (const char *text)
{
    g_autofree char *words = ib_face_read (text != NULL ? text : "", IB_FACE_WINDOW);
    g_autofree char *safe = ib_escape_text (words, -1, 0);
    g_autofree char *fitting = ib_escape_text (safe, -1, IB_FETCH_WIRE_TEXT_BYTES / 4 - 1);
    return g_variant_new_bytestring (fitting);
}

bool
ib_fetch_wire_read_bytes (GVariant *array, gsize most, const char **out_text)
{
    gsize length;
    const char *bytes = g_variant_get_fixed_array (array, &length, 1);

    if (length == 0 || length > most + 1 || memchr (bytes, '\0', length) != bytes + length - 1)
        return false;
    *out_text = bytes;
    return true;
}

bool
ib_fetch_wire_unpack_bytes (GVariant *body, gsize index, gsize most, const char **out_text)
{
    g_autoptr (GVariant) child = g_variant_get_child_value (body, index);
    return ib_fetch_wire_read_bytes (child, most, out_text);
}

bool
ib_fetch_wire_unpack_text (GVariant *body, gsize index, const char **out_text)
{
    if (!ib_fetch_wire_unpack_bytes (body, index, IB_FETCH_WIRE_TEXT_BYTES, out_text))
        return false;
    g_autofree char *safe = ib_escape_text (*out_text, -1, 0);
    return strcmp (safe, *out_text) == 0;
}

bool
ib_fetch_wire_unpack_utf8 (GVariant *body, gsize index, gsize most, const char **out_text)
{
    return ib_fetch_wire_unpack_bytes (body, index, most, out_text) && g_utf8_validate (*out_text, -1, NULL);
}

bool
ib_fetch_wire_is_identity (const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if (*c < 0x21 || *c > 0x7e)
            return false;
    return *text != '\0';
}

GVariant *
ib_fetch_wire_pack_numbers (const guint32 *numbers, gsize count)
{
    return g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, numbers, count, sizeof (guint32));
}

void
ib_fetch_wire_unpack_numbers (GVariant *body, gsize index, GArray *numbers)
{
    g_autoptr (GVariant) child = g_variant_get_child_value (body, index);
    gsize count;
    const guint32 *elements = g_variant_get_fixed_array (child, &count, sizeof (guint32));
    g_array_append_vals (numbers, elements, (guint) count);
}
