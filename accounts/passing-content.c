/* passing-content.c - is a message that streams by one that is known by its bytes? */
#include "passing-content.h"

#include "passing-header.h"

#include <string.h>

/* As many hexadecimal digits as a number has. */
#define DIGITS 16

/* Of bytes whose line ends become LF, as in a file of ours: any other CR stays. */
typedef struct {
    GChecksum *checksum;
    bool holds_cr; /* it ended the last chunk, and may belong to a CRLF */
} Lines;

struct _IbPassingContent {
    IbPassingHeader *header;
    Lines whole;
    Lines lasting; /* without what servers add to a header; its checksum is NULL until the body begins */
};

static void
update (Lines *self, const char *bytes, gsize length)
{
    g_checksum_update (self->checksum, (const guchar *) bytes, (gssize) length);
}

static void
feed (Lines *self, const char *bytes, gsize length)
{
    const char *end = bytes + length;
    if (self->holds_cr && length > 0 && *bytes != '\n')
        update (self, "\r", 1);
    self->holds_cr = self->holds_cr && length == 0;
    while (bytes < end) {
        const char *cr = memchr (bytes, '\r', (gsize) (end - bytes));
        const char *stop = cr != NULL ? cr : end;
        update (self, bytes, (gsize) (stop - bytes));
        bytes = cr != NULL ? cr + 1 : end;
        if (cr != NULL && bytes == end)
            self->holds_cr = true;
        else if (cr != NULL && *bytes != '\n')
            update (self, "\r", 1);
    }
}

static guint64
finish (Lines *self)
{
    if (self->checksum == NULL)
        return 0;
    if (self->holds_cr)
        update (self, "\r", 1);
    self->holds_cr = false;
    return ib_passing_content_of (g_checksum_get_string (self->checksum));
}

IbPassingContent *
ib_passing_content_new (void)
{
    IbPassingContent *self = g_new0 (IbPassingContent, 1);
    self->header = ib_passing_header_new ();
    self->whole.checksum = g_checksum_new (G_CHECKSUM_SHA256);
    return self;
}

void
ib_passing_content_free (IbPassingContent *self)
{
    if (self == NULL)
        return;
    ib_passing_header_free (self->header);
    g_checksum_free (self->whole.checksum);
    g_clear_pointer (&self->lasting.checksum, g_checksum_free);
    g_free (self);
}

void
ib_passing_content_feed (IbPassingContent *self, const char *bytes, gsize length)
{
    feed (&self->whole, bytes, length);
    if (self->lasting.checksum == NULL) {
        gsize of_header = ib_passing_header_feed (self->header, bytes, length);
        bytes += of_header;
        length -= of_header;
        self->lasting.checksum = ib_passing_header_begin_body (self->header);
    }
    if (self->lasting.checksum != NULL)
        feed (&self->lasting, bytes, length);
}

bool
ib_passing_content_is (IbPassingContent *self, guint64 content)
{
    return content != 0 && (finish (&self->whole) == content || finish (&self->lasting) == content);
}

guint64
ib_passing_content_mark (IbPassingContent *self)
{
    return ib_passing_header_mark (self->header);
}

bool
ib_passing_content_is_answer (const IbPassingContent *self)
{
    return ib_passing_header_is_answer (self->header);
}

guint64
ib_passing_content_of (const char *digest)
{
    guint64 content = 0;
    for (guint i = 0; i < DIGITS; i++) {
        int digit = digest != NULL ? g_ascii_xdigit_value (digest[i]) : -1;
        if (digit < 0)
            return 0;
        content = content << 4 | (guint64) digit;
    }
    return MAX (content, 1);
}
