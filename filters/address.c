/* address.c - the addresses of a field, by GMime's parser, bounded
 *
 *     field value ─part─▶ one piece an address ─GMime─▶ address
 *
 * The list is parted here: GMime takes quadratic time over a list of bare words, recurses into groups, and gives a
 * whole list up for one broken address.
 *
 * GMime decodes encoded words and punycode on its way, and would load a charset's converter for it, which a sandboxed
 * worker cannot. So it gets a value that has nothing to decode: valid UTF-8, with a ward in each "=?" and "xn--". The
 * ward is taken out of what comes back. */
#include "address.h"
#include "mail-limits.h"
#include "text.h"

#include <gmime/gmime.h>
#include <string.h>

/* U+E000, for private use: an atom's character to the parser, and in nobody's address. */
#define WARD "\xee\x80\x80"

void
ib_address_free (IbAddress *self)
{
    if (self == NULL)
        return;
    g_free (self->name);
    g_free (self->address);
    g_free (self->local_part);
    g_free (self->domain);
    g_free (self);
}

static void
address_free (gpointer pointer)
{
    ib_address_free (pointer);
}

/* Where the parting of a list stands while it looks at one byte after the other. */
typedef struct {
    GPtrArray *addresses;
    GString *piece;
    bool in_quotes, is_escaped, in_brackets;
    guint comment_depth;
} Parting;

static bool
is_shut (const Parting *self)
{
    return self->in_quotes || self->comment_depth > 0;
}

/* Inside quotes or a comment. */
static void
look_for_end (Parting *self, char byte)
{
    if (self->is_escaped)
        self->is_escaped = false;
    else if (byte == '\\')
        self->is_escaped = true;
    else if (byte == '"' && self->in_quotes)
        self->in_quotes = false;
    else if (byte == '(' && !self->in_quotes)
        self->comment_depth++;
    else if (byte == ')' && !self->in_quotes)
        self->comment_depth--;
}

static void
look_for_beginning (Parting *self, char byte)
{
    if (byte == '"')
        self->in_quotes = true;
    else if (byte == '(')
        self->comment_depth++;
    else if (byte == '<' || byte == '[')
        self->in_brackets = true;
    else if (byte == '>' || byte == ']')
        self->in_brackets = false;
}

static char *
take_ward_out (const char *text)
{
    if (text == NULL || strstr (text, WARD) == NULL)
        return g_strdup (text != NULL ? text : "");
    g_auto (GStrv) parts = g_strsplit (text, WARD, -1);
    return g_strjoinv ("", parts);
}

/* quoted-string → what it means    RFC 5322, 3.2.4 */
static char *
unquote (const char *text, gsize length)
{
    if (length < 2 || text[0] != '"' || text[length - 1] != '"')
        return g_strndup (text, length);

    GString *plain = g_string_sized_new (length);
    for (gsize i = 1; i + 1 < length; i++) {
        if (text[i] == '\\' && i + 2 < length)
            i++;
        g_string_append_c (plain, text[i]);
    }
    return g_string_free (plain, FALSE);
}

static IbAddress *
address_new (const char *parsed_name, const char *parsed_address)
{
    IbAddress *self = g_new0 (IbAddress, 1);
    g_autofree char *name = take_ward_out (parsed_name);
    self->name = ib_text_from_header (name, strlen (name));
    self->address = take_ward_out (parsed_address);

    const char *at = strrchr (self->address, '@');
    gsize local_length = at != NULL ? (gsize) (at - self->address) : strlen (self->address);
    self->local_part = unquote (self->address, local_length);
    self->domain = g_strdup (at != NULL ? at + 1 : "");
    return self;
}

/* One address; a broken piece may hold none or several. */
static void
end_piece (Parting *self)
{
    g_autoptr (GObject) list = NULL;
    if (self->piece->len > 0 && self->piece->len <= IB_LIMIT_ADDRESS_BYTES)
        list = (GObject *) internet_address_list_parse (NULL, self->piece->str);
    g_string_truncate (self->piece, 0);

    int count = list != NULL ? internet_address_list_length (INTERNET_ADDRESS_LIST (list)) : 0;
    for (int i = 0; i < count && self->addresses->len < IB_LIMIT_ADDRESSES; i++) {
        InternetAddress *address = internet_address_list_get_address (INTERNET_ADDRESS_LIST (list), i);
        if (INTERNET_ADDRESS_IS_MAILBOX (address))
            g_ptr_array_add (self->addresses, address_new (internet_address_get_name (address),
                                                           internet_address_mailbox_get_addr (
                                                               INTERNET_ADDRESS_MAILBOX (address))));
    }
}

static bool
needs_ward (const char *at)
{
    switch (at[0]) {
    case '=':
        return at[1] == '?';
    case 'x':
    case 'X':
        return g_ascii_strncasecmp (at, "xn--", 4) == 0;
    default:
        return false;
    }
}

/* address-list = address *("," address); group = display-name ":" [group-list] ";"    RFC 5322, 3.4
 * A group's members are like any others, so its name and its end only part them. Outlook parts by ";" without one. */
static void
part (Parting *self, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        bool parts = !is_shut (self) && !self->in_brackets;
        if (parts && (*at == ',' || *at == ';')) {
            end_piece (self);
            continue;
        }
        if (parts && *at == ':') {
            g_string_truncate (self->piece, 0);
            continue;
        }
        if (is_shut (self))
            look_for_end (self, *at);
        else
            look_for_beginning (self, *at);
        g_string_append_c (self->piece, *at);
        if (needs_ward (at))
            g_string_append (self->piece, WARD);
    }
    end_piece (self);
}

/* The null path of a Return-Path. */
static bool
is_null_path (const char *text)
{
    g_autofree char *path = g_strstrip (g_strdup (text));
    return g_str_equal (path, "<>");
}

GPtrArray *
ib_address_parse (const char *field_value)
{
    ib_text_prepare ();
    GPtrArray *addresses = g_ptr_array_new_with_free_func (address_free);
    g_autofree char *text = ib_text_from_bytes (field_value, strnlen (field_value, IB_LIMIT_FIELD_BYTES));
    if (is_null_path (text)) {
        g_ptr_array_add (addresses, address_new ("", ""));
        return addresses;
    }

    g_autoptr (GString) piece = g_string_new (NULL);
    Parting parting = { .addresses = addresses, .piece = piece };
    part (&parting, text);
    return addresses;
}

GPtrArray *
ib_address_of_fields (const IbMessage *message, const char *name)
{
    GPtrArray *all = g_ptr_array_new_with_free_func (address_free);
    gsize count;
    const IbField *fields = ib_message_fields (message, &count);
    for (gsize i = 0; i < count && all->len < IB_LIMIT_ADDRESSES; i++) {
        if (!ib_message_field_is (message, &fields[i], name))
            continue;
        g_autofree char *value = ib_message_field_raw (message, &fields[i]);
        g_ptr_array_extend_and_steal (all, ib_address_parse (value));
    }
    return all;
}
