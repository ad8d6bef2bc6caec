/* imap-parser.c - libetpan, kept in a small room */
#include "imap-parser.h"
#include "fetch.h"

#include <libetpan/libetpan.h>
#include <string.h>

#define STREAM_BUFFER_BYTES (16 * 1024)

struct _IbImapParser {
    mailimap *imap;
    IbImapSource source;
    gpointer user_data;
    const IbImapSink *sink; /* during a run */
    gsize greeting_at;      /* what libetpan has read of our greeting */
    bool is_broken;
};

/* It insists on being greeted. The server's own greeting it never sees. */
static const char greeting[] = "* OK ready\r\n";

/* --- its stream ---------------------------------------------------------------------------------------------- */

static ssize_t
low_read (mailstream_low *low, void *buffer, size_t size)
{
    IbImapParser *self = low->data;
    gsize left = sizeof greeting - 1 - self->greeting_at;
    if (self->is_broken)
        return -1;
    if (left > 0) {
        left = MIN (left, size);
        memcpy (buffer, greeting + self->greeting_at, left);
        self->greeting_at += left;
        return (ssize_t) left;
    }
    return self->source (buffer, size, self->user_data); /* never 0, on which it would spin */
}

/* On its way out it would say LOGOUT. */
static ssize_t
low_write (mailstream_low *low, const void *bytes, size_t length)
{
    return -1;
}

static int
low_close (mailstream_low *low)
{
    return 0;
}

static int
low_get_fd (mailstream_low *low)
{
    return -1;
}

static void
low_free (mailstream_low *low)
{
    free (low);
}

static mailstream_low_driver driver = {
    .mailstream_read = low_read,
    .mailstream_write = low_write,
    .mailstream_close = low_close,
    .mailstream_get_fd = low_get_fd,
    .mailstream_free = low_free,
};

/* --- FETCH --------------------------------------------------------------------------------------------------- */

static gint64
to_seconds (const struct mailimap_date_time *date)
{
    struct tm tm = {
        .tm_year = date->dt_year - 1900,
        .tm_mon = date->dt_month - 1,
        .tm_mday = date->dt_day,
        .tm_hour = date->dt_hour,
        .tm_min = date->dt_min,
        .tm_sec = date->dt_sec,
    };
    int zone = date->dt_zone; /* -0730 is -730 */
    return (gint64) timegm (&tm) - (zone / 100 * 60 + zone % 100) * 60;
}

static guint32
to_flag (const struct mailimap_flag *flag)
{
    switch (flag->fl_type) {
    case MAILIMAP_FLAG_SEEN:
        return IB_FLAG_SEEN;
    case MAILIMAP_FLAG_ANSWERED:
        return IB_FLAG_ANSWERED;
    case MAILIMAP_FLAG_FLAGGED:
        return IB_FLAG_FLAGGED;
    case MAILIMAP_FLAG_DRAFT:
        return IB_FLAG_DRAFT;
    case MAILIMAP_FLAG_DELETED:
        return IB_FLAG_DELETED;
    default:
        return 0;
    }
}

static guint32
to_flags (const struct mailimap_msg_att_dynamic *dynamic)
{
    guint32 flags = 0;
    if (dynamic == NULL || dynamic->att_list == NULL)
        return 0;
    for (clistiter *i = clist_begin (dynamic->att_list); i != NULL; i = clist_next (i)) {
        const struct mailimap_flag_fetch *flag = clist_content (i);
        if (flag->fl_type == MAILIMAP_FLAG_FETCH_OTHER && flag->fl_flag != NULL)
            flags |= to_flag (flag->fl_flag);
    }
    return flags;
}

static void
note_static (const struct mailimap_msg_att_static *item, IbImapMessage *message)
{
    switch (item->att_type) {
    case MAILIMAP_MSG_ATT_UID:
        message->uid = item->att_data.att_uid;
        break;
    case MAILIMAP_MSG_ATT_RFC822_SIZE:
        message->size = item->att_data.att_rfc822_size;
        message->has_size = true;
        break;
    case MAILIMAP_MSG_ATT_INTERNALDATE:
        if (item->att_data.att_internal_date != NULL)
            message->internal_date_s = to_seconds (item->att_data.att_internal_date);
        break;
    case MAILIMAP_MSG_ATT_BODY_SECTION:
        message->has_body = true;
        break;
    default:
        break;
    }
}

static void
on_message (struct mailimap_msg_att *att, void *context)
{
    IbImapParser *self = context;
    IbImapMessage message = { 0 };
    for (clistiter *i = clist_begin (att->att_list); i != NULL; i = clist_next (i)) {
        const struct mailimap_msg_att_item *item = clist_content (i);
        if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC)
            note_static (item->att_data.att_static, &message);
        else if (item->att_type == MAILIMAP_MSG_ATT_ITEM_DYNAMIC)
            message.flags |= to_flags (item->att_data.att_dyn);
    }
    if (self->sink != NULL && self->sink->message != NULL)
        self->sink->message (&message, self->sink->user_data);
}

static bool
on_body (int type, struct mailimap_msg_att_body_section *section, const char *bytes, size_t length,
         void *context)
{
    IbImapParser *self = context;
    return self->sink != NULL && self->sink->body != NULL
           && self->sink->body (bytes, length, self->sink->user_data);
}

/* Without a progress callback the handlers above are not called. */
static void
on_progress (size_t current, size_t maximum, void *context)
{
}

/* --- LIST and SEARCH ----------------------------------------------------------------------------------------- */

static void
tell_mailbox (const struct mailimap_mailbox_list *mailbox, const IbImapSink *sink)
{
    g_autoptr (GPtrArray) flags = g_ptr_array_new_with_free_func (g_free);
    const struct mailimap_mbx_list_flags *given = mailbox->mb_flag;
    if (given != NULL && given->mbf_type == MAILIMAP_MBX_LIST_FLAGS_SFLAG
        && given->mbf_sflag == MAILIMAP_MBX_LIST_SFLAG_NOSELECT)
        g_ptr_array_add (flags, g_strdup ("\\Noselect"));
    for (clistiter *i = given != NULL ? clist_begin (given->mbf_oflags) : NULL; i != NULL;
         i = clist_next (i)) {
        const struct mailimap_mbx_list_oflag *flag = clist_content (i);
        if (flag->of_flag_ext != NULL)
            g_ptr_array_add (flags, g_strconcat ("\\", flag->of_flag_ext, NULL));
    }
    g_ptr_array_add (flags, NULL);
    sink->mailbox (mailbox->mb_name, mailbox->mb_delimiter, (const char *const *) flags->pdata,
                   sink->user_data);
}

/* The list of a SEARCH may be long, of a piece of memory for each number, and would stay until the next answer is begun. */
static void
let_go_of_hits (struct mailimap_response_info *found)
{
    if (found->rsp_search_result != NULL)
        mailimap_mailbox_data_search_free (found->rsp_search_result);
    found->rsp_search_result = NULL;
}

static void
tell_lists (const struct mailimap_response_info *found, const IbImapSink *sink)
{
    if (sink->mailbox != NULL && found->rsp_mailbox_list != NULL)
        for (clistiter *i = clist_begin (found->rsp_mailbox_list); i != NULL; i = clist_next (i))
            tell_mailbox (clist_content (i), sink);
    if (sink->hit != NULL && found->rsp_search_result != NULL)
        for (clistiter *i = clist_begin (found->rsp_search_result); i != NULL; i = clist_next (i))
            sink->hit (*(const uint32_t *) clist_content (i), sink->user_data);
}

/* --- the rest ------------------------------------------------------------------------------------------------ */

bool
ib_imap_parser_run (IbImapParser *self, guint tag, const IbImapSink *sink)
{
    struct mailimap_response *response = NULL;
    self->sink = sink;
    self->imap->imap_tag = (int) tag;
    bool is_good = !self->is_broken && mailimap_read_line (self->imap) != NULL
                   && mailimap_parse_response (self->imap, &response) == MAILIMAP_NO_ERROR;
    if (is_good) {
        if (self->imap->imap_response_info != NULL) {
            tell_lists (self->imap->imap_response_info, sink);
            let_go_of_hits (self->imap->imap_response_info);
        }
        mailimap_response_free (response);
    }
    self->is_broken |= !is_good;
    self->sink = NULL;
    return is_good;
}

IbImapParser *
ib_imap_parser_new (IbImapSource source, gpointer user_data)
{
    /* Else strings above 8 MB go into a file in /tmp. */
    mmap_string_set_ceil (SIZE_MAX / 2);

    IbImapParser *self = g_new0 (IbImapParser, 1);
    self->source = source;
    self->user_data = user_data;
    self->imap = mailimap_new (0, NULL);
    mailstream_low *low = mailstream_low_new (self, &driver);
    mailstream *stream = low != NULL ? mailstream_new (low, STREAM_BUFFER_BYTES) : NULL;
    if (self->imap == NULL || stream == NULL)
        g_error ("No memory for the parser");
    mailimap_set_progress_callback (self->imap, on_progress, on_progress, NULL);
    mailimap_set_msg_att_handler (self->imap, on_message, self);
    mailimap_set_msg_body_handler (self->imap, on_body, self);
    if (mailimap_connect (self->imap, stream) != MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
        g_error ("libetpan does not take a greeting");
    return self;
}

void
ib_imap_parser_free (IbImapParser *self)
{
    if (self == NULL)
        return;
    self->is_broken = true;
    mailimap_free (self->imap); /* and with it the streams */
    g_free (self);
}
