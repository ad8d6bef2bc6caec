/* filter-wire.c - what the service says to inbasket-filter
 *
 * All texts are bytes: names of folders and servers may be anything. */
#include "filter-wire.h"

#include "mail-limits.h"
#include "memory-file.h"
#include "packed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TEXT_TYPE "(yayt)"        /* of a script or a list: role, name, size */
#define SETTINGS_FRAME_TYPE "(t)" /* size */
#define SETTINGS_TYPE                                                                                        \
    "(aayaayaayaayaayaaybd)" /* own addresses, relays, authserv-ids, mx, folders, scripts, annotates, spam threshold */
#define ACCOUNT_TYPE                                                                                         \
    "(uayayayaayaayaayaayaayb)" /* number, name, address, server, its provider's hosts, own, relays, authserv-ids, scripts,
                                * annotates */

const IbFrameKind ib_filter_wire_to_worker[] = {
    { IB_FILTER_WIRE_SCRIPT, TEXT_TYPE, IB_FRAME_WITH_FD },
    { IB_FILTER_WIRE_LIST, TEXT_TYPE, IB_FRAME_WITH_FD },
    { IB_FILTER_WIRE_PEOPLE, SETTINGS_FRAME_TYPE, IB_FRAME_WITH_FD },
    { IB_FILTER_WIRE_MODEL, SETTINGS_FRAME_TYPE, IB_FRAME_WITH_FD },
    { IB_FILTER_WIRE_SETTINGS, SETTINGS_FRAME_TYPE, IB_FRAME_WITH_FD },
    { IB_FILTER_WIRE_ACCOUNT, ACCOUNT_TYPE, IB_FRAME_NO_FD },
    { IB_FILTER_WIRE_MARKS, SETTINGS_FRAME_TYPE, IB_FRAME_WITH_FD },
    { IB_FILTER_WIRE_JUDGE, IB_FRAME_PACKED, IB_FRAME_WITH_FD },
    { 0, NULL, IB_FRAME_NO_FD },
};

const IbFrameKind ib_filter_wire_to_service[] = {
    { IB_FILTER_WIRE_READY, "(ib)", IB_FRAME_NO_FD },
    { IB_FILTER_WIRE_PART, IB_FRAME_PACKED, IB_FRAME_NO_FD },
    { IB_FILTER_WIRE_JUDGEMENT, IB_FRAME_PACKED, IB_FRAME_NO_FD },
    { 0, NULL, IB_FRAME_NO_FD },
};

static GVariant *
text (const char *value)
{
    return g_variant_new_bytestring (value);
}

static GVariant *
list (char **values)
{
    return g_variant_new_bytestring_array ((const char *const *) values, -1);
}

static char *const nothing[] = { NULL };

/* --- memory files ---------------------------------------------------------------------------------------------- */

static bool
fail (GError **error, const char *what)
{
    int number = errno;
    g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (number), "%s: %s", what,
                 g_strerror (number));
    return false;
}

static bool
send_with_file (IbChannel *channel, guint8 kind, GVariant *body, GBytes *content, GError **error)
{
    g_autoptr (GVariant) owned = g_variant_ref_sink (body);
    gsize length = 0;
    const void *bytes = g_bytes_get_data (content, &length);
    int fd = ib_memory_file_of ("inbasket", bytes, length);
    if (fd < 0)
        return fail (error, "a memory file");
    bool is_sent = ib_channel_send (channel, kind, owned, fd, error);
    close (fd);
    return is_sent;
}

typedef struct {
    void *bytes;
    gsize length;
} Mapping;

static void
unmap (gpointer pointer)
{
    Mapping *mapping = pointer;
    munmap (mapping->bytes, mapping->length);
    g_free (mapping);
}

/* A mapping whose file shrinks ends its reader. A sealed file cannot; a plain one is the service's own, which only ever
 * grows. Where a file system lies in memory, plain files have a single seal: that they get no other. */
static bool
is_steady (int fd)
{
    int seals = fcntl (fd, F_GET_SEALS);
    if (seals >= 0 && seals != F_SEAL_SEAL)
        return (seals & F_SEAL_SHRINK) != 0 && (seals & F_SEAL_WRITE) != 0;

    struct stat found; /* not by fstat(), see sandbox.h */
    return syscall (SYS_fstat, fd, &found) == 0 && S_ISREG (found.st_mode);
}

static GBytes *
map (int fd, guint64 length, bool is_steady, int flags, GError **error)
{
    off_t end = lseek (fd, 0, SEEK_END);
    if (end < 0 || (guint64) end < length || !is_steady) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                             "not a sealed or plain file of the length that was said");
        return NULL;
    }
    if (length == 0) /* cannot be mapped */
        return g_bytes_new_static ("", 0);

    void *bytes = mmap (NULL, length, PROT_READ, flags, fd, 0);
    if (bytes == MAP_FAILED) {
        fail (error, "cannot map a file");
        return NULL;
    }
    Mapping *mapping = g_new (Mapping, 1);
    *mapping = (Mapping){ bytes, length };
    return g_bytes_new_with_free_func (bytes, length, unmap, mapping);
}

GBytes *
ib_filter_wire_map (int fd, guint64 length, GError **error)
{
    return map (fd, length, is_steady (fd), MAP_PRIVATE, error);
}

/* --- scripts and settings -------------------------------------------------------------------------------------- */

static bool
send_text (IbChannel *channel, IbFilterWire kind, guint8 role, const char *name, GBytes *content,
           GError **error)
{
    GVariant *body = g_variant_new ("(y@ayt)", role, text (name), (guint64) g_bytes_get_size (content));
    return send_with_file (channel, kind, body, content, error);
}

static bool
read_text (const IbFrame *frame, guint64 most_bytes, guint8 *out_role, char **out_name, GBytes **out_text,
           GError **error)
{
    const char *name = NULL;
    guint64 length = 0;
    g_variant_get (frame->body, "(y^&ayt)", out_role, &name, &length);
    if (length > most_bytes) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s is too long", name);
        return false;
    }
    *out_text = ib_filter_wire_map (frame->fd, length, error);
    if (*out_text == NULL)
        return false;
    *out_name = g_strdup (name);
    return true;
}

bool
ib_filter_wire_send_script (IbChannel *channel, IbScriptRole role, const char *name, GBytes *script,
                            GError **error)
{
    return send_text (channel, IB_FILTER_WIRE_SCRIPT, (guint8) role, name, script, error);
}

bool
ib_filter_wire_read_script (const IbFrame *frame, IbScriptRole *out_role, char **out_name, GBytes **out_text,
                            GError **error)
{
    guint8 role = 0;
    if (!read_text (frame, IB_LIMIT_SCRIPT_BYTES, &role, out_name, out_text, error))
        return false;
    *out_role = (IbScriptRole) role;
    return true;
}

bool
ib_filter_wire_send_list (IbChannel *channel, const char *name, GBytes *list_text, GError **error)
{
    return send_text (channel, IB_FILTER_WIRE_LIST, 0, name, list_text, error);
}

bool
ib_filter_wire_read_list (const IbFrame *frame, char **out_name, GBytes **out_text, GError **error)
{
    guint8 role = 0;
    return read_text (frame, IB_LIMIT_LIST_BYTES, &role, out_name, out_text, error);
}

bool
ib_filter_wire_send_marks (IbChannel *channel, const GPtrArray *marks, GError **error)
{
    GByteArray *packed = g_byte_array_new ();
    ib_pack_number (packed, marks->len);
    for (guint i = 0; i < marks->len; i++) {
        const IbMark *mark = marks->pdata[i];
        ib_pack_text (packed, mark->mark);
        ib_pack_number (packed, (guint64) mark->expires_at_s);
        ib_pack_text (packed, mark->by);
    }
    g_autoptr (GBytes) content = g_byte_array_free_to_bytes (packed);
    GVariant *body = g_variant_new ("(t)", (guint64) g_bytes_get_size (content));
    return send_with_file (channel, IB_FILTER_WIRE_MARKS, body, content, error);
}

bool
ib_filter_wire_read_marks (const IbFrame *frame, IbMarks *marks, GError **error)
{
    guint64 length = 0;
    IbPacked packed;
    g_variant_get (frame->body, "(t)", &length);
    g_autoptr (GBytes) content = ib_filter_wire_map (frame->fd, length, error);
    if (content == NULL)
        return false;
    ib_packed_init (&packed, g_bytes_get_data (content, NULL), g_bytes_get_size (content));
    guint count = ib_packed_count (&packed, G_MAXUINT);
    for (guint i = 0; i < count; i++) {
        const char *mark = ib_packed_text (&packed);
        gint64 expires_at_s = (gint64) ib_packed_number (&packed, G_MAXINT64);
        ib_marks_add (marks, mark, expires_at_s, ib_packed_text (&packed));
    }
    return true;
}

/* --- what was learned ------------------------------------------------------------------------------------------ */

bool
ib_filter_wire_send_people (IbChannel *channel, GBytes *people, GError **error)
{
    GVariant *body = g_variant_new ("(t)", (guint64) g_bytes_get_size (people));
    return send_with_file (channel, IB_FILTER_WIRE_PEOPLE, body, people, error);
}

GBytes *
ib_filter_wire_read_people (const IbFrame *frame, GError **error)
{
    guint64 length = 0;
    g_variant_get (frame->body, "(t)", &length);
    return ib_filter_wire_map (frame->fd, length, error);
}

bool
ib_filter_wire_send_model (IbChannel *channel, int fd, gsize length, GError **error)
{
    return ib_channel_send (channel, IB_FILTER_WIRE_MODEL, g_variant_new ("(t)", (guint64) length), fd,
                            error);
}

/* It may change, but not shrink. */
GBytes *
ib_filter_wire_read_model (const IbFrame *frame, GError **error)
{
    guint64 length = 0;
    g_variant_get (frame->body, "(t)", &length);
    int seals = fcntl (frame->fd, F_GET_SEALS);
    return map (frame->fd, length, seals >= 0 && (seals & F_SEAL_SHRINK) != 0, MAP_SHARED, error);
}

/* --- settings -------------------------------------------------------------------------------------------------- */

bool
ib_filter_wire_send_settings (IbChannel *channel, const IbFacts *settings, GError **error)
{
    g_autoptr (GVariant) packed = g_variant_ref_sink (g_variant_new (
        "(@aay@aay@aay@aay@aay@aaybd)", list (settings->own_addresses), list (settings->relays),
        list (settings->authserv_ids), list (settings->mx), list (settings->folders),
        list (settings->scripts), settings->annotates, settings->spam_threshold));
    g_autoptr (GBytes) content = g_variant_get_data_as_bytes (packed);
    GVariant *body = g_variant_new ("(t)", (guint64) g_bytes_get_size (content));
    return send_with_file (channel, IB_FILTER_WIRE_SETTINGS, body, content, error);
}

IbFacts *
ib_filter_wire_read_settings (const IbFrame *frame, GError **error)
{
    guint64 length = 0;
    g_variant_get (frame->body, "(t)", &length);
    g_autoptr (GBytes) content = ib_filter_wire_map (frame->fd, length, error);
    if (content == NULL)
        return NULL;

    g_autoptr (GVariant) packed
        = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (SETTINGS_TYPE), content, TRUE));
    char **own = NULL, **relays = NULL, **authserv_ids = NULL, **mx = NULL, **folders = NULL,
         **scripts = NULL;
    gboolean annotates = FALSE;
    IbFacts *settings = ib_facts_new ();
    g_variant_get (packed, "(^aay^aay^aay^aay^aay^aaybd)", &own, &relays, &authserv_ids, &mx, &folders,
                   &scripts, &annotates, &settings->spam_threshold);

    ib_facts_set_list (&settings->own_addresses, own);
    ib_facts_set_list (&settings->relays, relays);
    ib_facts_set_list (&settings->authserv_ids, authserv_ids);
    ib_facts_set_list (&settings->mx, mx);
    ib_facts_set_list (&settings->folders, folders);
    ib_facts_set_list (&settings->scripts, scripts);
    settings->annotates = annotates;
    return settings;
}

/* --- accounts -------------------------------------------------------------------------------------------------- */

static GVariant *
list_unless_same (char **values, char **shared)
{
    bool is_same = g_strv_equal ((const char *const *) values, (const char *const *) shared);
    return list (is_same ? (char **) nothing : values);
}

GVariant *
ib_filter_wire_pack_account (guint32 number, const IbFacts *facts, const IbFacts *settings)
{
    return g_variant_new ("(u@ay@ay@ay@aay@aay@aay@aay@aayb)", number, text (facts->account),
                          text (facts->account_address), text (facts->server_host),
                          list (facts->provider_hosts),
                          list_unless_same (facts->own_addresses, settings->own_addresses),
                          list_unless_same (facts->relays, settings->relays),
                          list_unless_same (facts->authserv_ids, settings->authserv_ids),
                          list_unless_same (facts->scripts, settings->scripts), facts->annotates);
}

/* An empty one is that of the settings. */
static void
set_list_unless_empty (char ***list_of_facts, char **values)
{
    if (values[0] != NULL)
        ib_facts_set_list (list_of_facts, values);
    else
        g_strfreev (values);
}

IbFacts *
ib_filter_wire_unpack_account (GVariant *body, const IbFacts *settings, guint32 *out_number)
{
    char *account = NULL, *address = NULL, *server = NULL;
    char **hosts = NULL, **own = NULL, **relays = NULL, **authserv_ids = NULL, **scripts = NULL;
    gboolean annotates = FALSE;
    g_variant_get (body, "(u^ay^ay^ay^aay^aay^aay^aay^aayb)", out_number, &account, &address, &server, &hosts,
                   &own, &relays, &authserv_ids, &scripts, &annotates);

    IbFacts *facts = ib_facts_copy (settings);
    ib_facts_set_text (&facts->account, account);
    ib_facts_set_text (&facts->account_address, address);
    ib_facts_set_text (&facts->server_host, server);
    ib_facts_set_list (&facts->provider_hosts, hosts);
    set_list_unless_empty (&facts->own_addresses, own);
    set_list_unless_empty (&facts->relays, relays);
    set_list_unless_empty (&facts->authserv_ids, authserv_ids);
    set_list_unless_empty (&facts->scripts, scripts);
    facts->annotates = annotates;
    return facts;
}

/* --- messages -------------------------------------------------------------------------------------------------- */

void
ib_filter_wire_pack_ask (GByteArray *out, const IbFilterAsk *ask, const IbFacts *facts)
{
    ib_pack_number (out, ask->ticket);
    ib_pack_number (out, ask->account);
    ib_pack_number (out, ask->offset);
    ib_pack_number (out, ask->size_bytes);
    ib_pack_number (out, ask->wants);
    ib_pack_text (out, facts->id);
    ib_pack_text (out, facts->server_folder);
    ib_pack_text (out, facts->server_use);
    ib_pack_text (out, facts->account_folder);
    ib_pack_list (out, (const char *const *) facts->flags);
    ib_pack_number (out, (guint64) facts->now);
    ib_pack_number (out, (guint64) (gint64) facts->utc_offset_s);
    ib_pack_number (out, (guint64) facts->received_at_s);
}

bool
ib_filter_wire_unpack_ask (IbPacked *packed, IbFilterAsk *out_ask, IbFacts **out_facts)
{
    g_autoptr (IbFacts) facts = ib_facts_new ();
    out_ask->ticket = ib_packed_number (packed, G_MAXUINT64);
    out_ask->account = (guint32) ib_packed_number (packed, G_MAXUINT32);
    out_ask->offset = ib_packed_number (packed, G_MAXINT64);
    out_ask->size_bytes = ib_packed_number (packed, G_MAXINT64);
    out_ask->wants = (IbJudgeWants) ib_packed_number (packed, IB_JUDGE_TRACE | IB_JUDGE_EXAMPLE);
    ib_facts_set_text (&facts->id, g_strdup (ib_packed_text (packed)));
    ib_facts_set_text (&facts->server_folder, g_strdup (ib_packed_text (packed)));
    ib_facts_set_text (&facts->server_use, g_strdup (ib_packed_text (packed)));
    ib_facts_set_text (&facts->account_folder, g_strdup (ib_packed_text (packed)));
    ib_facts_set_list (&facts->flags, ib_packed_list (packed, G_MAXUINT));
    facts->now = ib_packed_signed (packed);
    facts->utc_offset_s = (gint32) ib_packed_signed (packed);
    facts->received_at_s = ib_packed_signed (packed);
    facts->total_size_bytes = out_ask->size_bytes;
    if (packed->is_broken)
        return false;
    *out_facts = g_steal_pointer (&facts);
    return true;
}

void
ib_filter_wire_fill_in (IbFacts *facts, const IbFacts *account)
{
    ib_facts_set_text (&facts->account, g_strdup (account->account));
    ib_facts_set_text (&facts->account_address, g_strdup (account->account_address));
    ib_facts_set_text (&facts->server_host, g_strdup (account->server_host));
    ib_facts_set_list (&facts->provider_hosts, g_strdupv (account->provider_hosts));
    ib_facts_set_list (&facts->own_addresses, g_strdupv (account->own_addresses));
    ib_facts_set_list (&facts->mx, g_strdupv (account->mx));
    ib_facts_set_list (&facts->relays, g_strdupv (account->relays));
    ib_facts_set_list (&facts->authserv_ids, g_strdupv (account->authserv_ids));
    ib_facts_set_list (&facts->folders, g_strdupv (account->folders));
    ib_facts_set_list (&facts->scripts, g_strdupv (account->scripts));
    facts->annotates = account->annotates;
    facts->spam_threshold = account->spam_threshold;
    facts->lists = account->lists != NULL ? ib_lists_ref (account->lists) : NULL;
    facts->people = account->people != NULL ? g_bytes_ref (account->people) : NULL;
    facts->marks = account->marks != NULL ? ib_marks_ref (account->marks) : NULL;
}

/* --- the worker is there --------------------------------------------------------------------------------------- */

GVariant *
ib_filter_wire_pack_ready (const IbSandboxStatus *status)
{
    return g_variant_new ("(ib)", status->landlock_abi, status->has_seccomp);
}

void
ib_filter_wire_unpack_ready (GVariant *body, IbSandboxStatus *out_status)
{
    gint32 abi;
    gboolean has_seccomp;
    g_variant_get (body, "(ib)", &abi, &has_seccomp);
    *out_status = (IbSandboxStatus){ .landlock_abi = MAX (abi, 0), .has_seccomp = has_seccomp };
}
