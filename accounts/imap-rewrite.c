/* imap-rewrite.c - what a server fetched, listed or found, written anew in its plainest form */
#include "imap-rewrite.h"
#include "imap-read.h"
#include "server-limits.h"

#include <string.h>

struct _IbImapRewrite {
    bool is_fetch_open; /* "* n FETCH (" is out, and items may follow */
    bool of_headers;
    bool has_body;
    bool has_item;
    GArray *body_sizes; /* guint64: of bodies that went out, oldest first */
    const char *why;    /* once refused */
};

IbImapRewrite *
ib_imap_rewrite_new (void)
{
    IbImapRewrite *self = g_new0 (IbImapRewrite, 1);
    self->body_sizes = g_array_new (FALSE, FALSE, sizeof (guint64));
    return self;
}

void
ib_imap_rewrite_free (IbImapRewrite *self)
{
    if (self == NULL)
        return;
    g_array_unref (self->body_sizes);
    g_free (self);
}

static bool
refuse (IbImapRewrite *self, const char *why)
{
    self->why = why;
    return false;
}

static void
put (GByteArray *out, const char *text)
{
    g_byte_array_append (out, (const guint8 *) text, (guint) strlen (text));
}

static void G_GNUC_PRINTF (2, 3) put_format (GByteArray *out, const char *format, ...)
{
    char text[128];
    va_list arguments;
    va_start (arguments, format);
    gint length = g_vsnprintf (text, sizeof text, format, arguments);
    va_end (arguments);
    g_assert (length >= 0 && (gsize) length < sizeof text);
    g_byte_array_append (out, (const guint8 *) text, (guint) length);
}

/* --- FETCH --------------------------------------------------------------------------------------------------- */

static void
begin_item (IbImapRewrite *self, GByteArray *out)
{
    if (self->has_item)
        put (out, " ");
    self->has_item = true;
}

static void
begin_body (IbImapRewrite *self, guint64 length, GByteArray *out)
{
    self->has_body = true;
    begin_item (self, out);
    put_format (out, "BODY[] {%" G_GUINT64_FORMAT "}\r\n", length);
    if (!self->of_headers)
        g_array_append_val (self->body_sizes, length);
}

/* Flags that libetpan reads without trouble; others are no use to us. */
static bool
copy_flags (IbImapRewrite *self, const char **at, GByteArray *out)
{
    static const char *const known[] = { "\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted" };
    const char *begin = *at;
    if (*begin != '(' || !ib_imap_read_value (at))
        return false;
    g_autofree char *list = g_strndup (begin + 1, (gsize) (*at - begin - 2));
    g_auto (GStrv) flags = g_strsplit (list, " ", -1);
    begin_item (self, out);
    put (out, "FLAGS (");
    const char *blank = "";
    for (gsize i = 0; i < G_N_ELEMENTS (known); i++) {
        for (gsize j = 0; flags[j] != NULL; j++) {
            if (g_ascii_strcasecmp (flags[j], known[i]) != 0)
                continue;
            put_format (out, "%s%s", blank, known[i]);
            blank = " ";
            break;
        }
    }
    put (out, ")");
    return true;
}

/* date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE. A broken one is left out. */
static bool
copy_date (IbImapRewrite *self, const char **at, GByteArray *out)
{
    static const char form[] = "dd-aaa-dddd dd:dd:dd sdddd";
    g_autoptr (GString) date = g_string_new (NULL);
    if (!ib_imap_read_quoted (at, date))
        return false;
    bool is_good = date->len == sizeof form - 1;
    for (gsize i = 0; is_good && i < date->len; i++) {
        char c = date->str[i];
        is_good = form[i] == 'd'   ? g_ascii_isdigit (c) || (i == 0 && c == ' ')
                  : form[i] == 'a' ? g_ascii_isalpha (c)
                  : form[i] == 's' ? c == '+' || c == '-'
                                   : c == form[i];
    }
    if (is_good) {
        begin_item (self, out);
        put_format (out, "INTERNALDATE \"%s\"", date->str);
    }
    return true;
}

static bool
copy_number (IbImapRewrite *self, const char *name, const char **at, GByteArray *out)
{
    guint64 number;
    const char *begin = *at;
    if (ib_imap_read_number (at, G_MAXUINT32, &number) && (**at == ' ' || **at == ')' || **at == '\0')) {
        begin_item (self, out);
        put_format (out, "%s %" G_GUINT64_FORMAT, name, number);
        return true;
    }
    *at = begin;
    return ib_imap_read_value (at); /* "-1", "9.3e+06": as good as none */
}

/* nstring, without its literal form: that ends the physical line and is found by its caller. */
static bool
copy_body (IbImapRewrite *self, const char **at, GByteArray *out)
{
    if (self->has_body)
        return refuse (self, "two bodies in one message");
    if (ib_imap_read_text (at, "NIL"))
        return true;
    g_autoptr (GString) body = g_string_new (NULL);
    if (!ib_imap_read_quoted (at, body))
        return false;
    begin_body (self, body->len, out);
    g_byte_array_append (out, (const guint8 *) body->str, (guint) body->len);
    return true;
}

/* Items from @at to the end of this physical line. *out_is_done: the closing parenthesis was there; else the line ends
 * where the value of the body must begin. */
static bool
copy_items (IbImapRewrite *self, const char *at, GByteArray *out, bool *out_is_done)
{
    const char *body = self->of_headers ? "BODY[HEADER] " : "BODY[] ";
    for (;;) {
        ib_imap_read_blanks (&at);
        if (ib_imap_read_char (&at, ')')) {
            ib_imap_read_blanks (&at);
            *out_is_done = true;
            return *at == '\0' || refuse (self, "something behind a FETCH");
        }
        bool is_good = true;
        if (ib_imap_read_text (&at, "UID "))
            is_good = copy_number (self, "UID", &at, out);
        else if (ib_imap_read_text (&at, "RFC822.SIZE "))
            is_good = copy_number (self, "RFC822.SIZE", &at, out);
        else if (ib_imap_read_text (&at, "FLAGS "))
            is_good = copy_flags (self, &at, out);
        else if (ib_imap_read_text (&at, "INTERNALDATE "))
            is_good = copy_date (self, &at, out);
        else if (ib_imap_read_text (&at, body)) {
            *out_is_done = false;
            if (*at == '\0')
                return true;
            is_good = copy_body (self, &at, out);
        } else {
            is_good = ib_imap_read_value (&at) && ib_imap_read_value (&at); /* a name and its value */
        }
        if (!is_good)
            return self->why == NULL ? refuse (self, "a FETCH that cannot be read") : false;
    }
}

static bool
begin_fetch (IbImapRewrite *self, const char **at, GByteArray *out)
{
    guint64 number;
    *at += strlen ("* ");
    if (!ib_imap_read_number (at, G_MAXUINT32, &number) || !ib_imap_read_text (at, " FETCH ("))
        return refuse (self, "a FETCH that cannot be read");
    put_format (out, "* %" G_GUINT64_FORMAT " FETCH (", number);
    self->is_fetch_open = true;
    self->has_body = self->has_item = false;
    return true;
}

static bool
end_in_body (IbImapRewrite *self, bool is_done, guint64 length, GByteArray *out)
{
    if (is_done || self->has_body)
        return refuse (self, "a literal that is no body");
    if (length > IB_LIMIT_MESSAGE_BYTES || length > G_MAXUINT32)
        return refuse (self, "a message beyond all measure");
    begin_body (self, length, out);
    return true;
}

static bool
end_fetch (IbImapRewrite *self, bool is_done, GByteArray *out)
{
    if (!is_done)
        return refuse (self, "a FETCH that does not end");
    self->is_fetch_open = false;
    /* "FETCH ()" and the like: libetpan must have one item. Sequence number and all, nobody will miss it. */
    put (out, self->has_item ? ")\r\n" : "FLAGS ())\r\n");
    return true;
}

bool
ib_imap_rewrite_fetch (IbImapRewrite *self, const char *part, bool of_headers, const guint64 *body_length,
                       GByteArray *out, const char **out_why)
{
    const char *at = part;
    bool is_done = false;
    self->of_headers = of_headers;
    bool is_good = (self->is_fetch_open || begin_fetch (self, &at, out))
                   && copy_items (self, at, out, &is_done)
                   && (body_length != NULL ? end_in_body (self, is_done, *body_length, out)
                                           : end_fetch (self, is_done, out));
    if (!is_good)
        *out_why = self->why;
    return is_good;
}

guint64
ib_imap_rewrite_next_body (IbImapRewrite *self)
{
    g_assert (self->body_sizes->len > 0);
    guint64 size = g_array_index (self->body_sizes, guint64, 0);
    g_array_remove_index (self->body_sizes, 0);
    return size;
}

/* --- LIST and SEARCH ----------------------------------------------------------------------------------------- */

static void
put_list_flags (GByteArray *out, const char *list)
{
    g_auto (GStrv) flags = g_strsplit (list, " ", -1);
    const char *blank = "";
    for (gsize i = 0; flags[i] != NULL; i++) {
        gsize letters = strspn (flags[i] + (*flags[i] == '\\'),
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-");
        if (*flags[i] != '\\' || letters == 0 || letters > 64 || flags[i][1 + letters] != '\0')
            continue;
        put_format (out, "%s%s", blank, flags[i]);
        blank = " ";
    }
}

/* mailbox = "INBOX" / astring; not one that no command could name again. */
static bool
read_mailbox (const char **at, GString *name)
{
    if (**at == '"') {
        if (!ib_imap_read_quoted (at, name))
            return false;
    } else {
        gsize length = strcspn (*at, " (){\"");
        g_string_append_len (name, *at, (gssize) length);
        *at += length;
    }
    for (gsize i = 0; i < name->len; i++)
        if ((guchar) name->str[i] < 0x20 || name->str[i] == 0x7f)
            return false;
    return name->len > 0 && name->len <= IB_LIMIT_MAILBOX_NAME_BYTES;
}

/* mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox. One that cannot be read is
 * left out: the others are none the worse for it. */
void
ib_imap_rewrite_list (const char *line, GByteArray *out)
{
    const char *at = line;
    if (!ib_imap_read_text (&at, "* LIST ("))
        return;
    const char *flags = at--;
    if (!ib_imap_read_value (&at))
        return;
    g_autofree char *flag_list = g_strndup (flags, (gsize) (at - flags - 1));
    g_autoptr (GString) delimiter = g_string_new (NULL), name = g_string_new (NULL);
    ib_imap_read_blanks (&at);
    if (!ib_imap_read_text (&at, "NIL") && (!ib_imap_read_quoted (&at, delimiter) || delimiter->len > 1))
        return;
    ib_imap_read_blanks (&at);
    if (!read_mailbox (&at, name))
        return;

    put (out, "* LIST (");
    put_list_flags (out, flag_list);
    if (delimiter->len == 0)
        put (out, ") NIL ");
    else
        put_format (out, ") \"%s%c\" ", *delimiter->str == '"' || *delimiter->str == '\\' ? "\\" : "",
                    *delimiter->str);
    put_format (out, "{%" G_GSIZE_FORMAT "}\r\n", name->len);
    g_byte_array_append (out, (const guint8 *) name->str, (guint) name->len);
    put (out, "\r\n");
}

/* "SEARCH" *(SP nz-number), and what CONDSTORE puts behind it. */
bool
ib_imap_rewrite_search (const char *line, GByteArray *out, const char **out_why)
{
    const char *at = line + strlen ("* SEARCH");
    guint64 number;
    guint hits = 0;
    for (ib_imap_read_blanks (&at); *at != '\0' && *at != '('; ib_imap_read_blanks (&at)) {
        if (!ib_imap_read_number (&at, G_MAXUINT32, &number) || number == 0 || (*at != ' ' && *at != '\0')) {
            *out_why = "a SEARCH that cannot be read";
            return false;
        }
        if (++hits > IB_LIMIT_SEARCH_MESSAGES) {
            *out_why = "more hits than there were messages to search";
            return false;
        }
        put_format (out, hits == 1 ? "* SEARCH %u" : " %u", (guint) number);
    }
    if (hits > 0)
        put (out, "\r\n");
    return true;
}
