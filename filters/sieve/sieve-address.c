/* sieve-address.c - an address that a script sends mail to or from, by the grammar of RFC 5322 without what is obsolete
 *
 * The parser of fields is no judge here: it makes the best of what others wrote, and this the user can still correct. */
#include "sieve-address.h"

#include <stdbool.h>
#include <string.h>

typedef struct {
    const char *at, *end;
} Reader;

static bool
is_at (const Reader *r, char byte)
{
    return r->at < r->end && *r->at == byte;
}

static bool
accept (Reader *r, char byte)
{
    if (!is_at (r, byte))
        return false;
    r->at++;
    return true;
}

/* One byte of what is quoted, with the backslash before it. No line may end there, or it would end the header's line. */
static bool
skip_quoted (Reader *r)
{
    (void) accept (r, '\\');
    if (r->at == r->end || g_ascii_iscntrl (*r->at))
        return false;
    r->at++;
    return true;
}

/* comment = "(" *([FWS] ccontent) [FWS] ")"    RFC 5322, 3.2.2 */
static bool
skip_comment (Reader *r)
{
    guint depth = 0;
    do {
        if (accept (r, '('))
            depth++;
        else if (accept (r, ')'))
            depth--;
        else if (!skip_quoted (r))
            return false;
    } while (depth > 0);
    return true;
}

/* [CFWS] */
static bool
skip_blanks (Reader *r)
{
    for (;;) {
        if (is_at (r, '(')) {
            if (!skip_comment (r))
                return false;
        } else if (r->at < r->end && *r->at != '\0' && strchr (" \t\r\n", *r->at) != NULL) {
            r->at++;
        } else {
            return true;
        }
    }
}

/* 1*atext    RFC 5322, 3.2.3; RFC 6532, 3.2 */
static bool
skip_atom (Reader *r)
{
    const char *start = r->at;
    while (r->at < r->end
           && (g_ascii_isalnum (*r->at) || (guchar) *r->at >= 0x80
               || (*r->at != '\0' && strchr ("!#$%&'*+-/=?^_`{|}~", *r->at) != NULL)))
        r->at++;
    return r->at > start;
}

/* dot-atom-text = 1*atext *("." 1*atext) */
static bool
skip_dot_atom (Reader *r)
{
    do {
        if (!skip_atom (r))
            return false;
    } while (accept (r, '.'));
    return true;
}

/* What stands between @open, which is next, and @close. */
static bool
skip_between (Reader *r, char open, char close)
{
    if (!accept (r, open))
        return false;
    while (!is_at (r, close))
        if (!skip_quoted (r))
            return false;
    return accept (r, close);
}

static bool
read_piece (Reader *r, char open, char close, GString *address)
{
    if (!skip_blanks (r))
        return false;
    const char *start = r->at;
    bool ok = is_at (r, open) ? skip_between (r, open, close) : skip_dot_atom (r);
    g_string_append_len (address, start, r->at - start);
    return ok && skip_blanks (r);
}

/* addr-spec = ( dot-atom / quoted-string ) "@" ( dot-atom / domain-literal )    RFC 5322, 3.4.1 */
static bool
read_addr_spec (Reader *r, GString *address)
{
    if (!read_piece (r, '"', '"', address) || !accept (r, '@'))
        return false;
    g_string_append_c (address, '@');
    return read_piece (r, '[', ']', address);
}

/* phrase = 1*( atom / quoted-string ), and dots, which people write there. Here it may be missing. */
static bool
skip_phrase (Reader *r)
{
    do {
        if (!skip_blanks (r))
            return false;
    } while (is_at (r, '"') ? skip_between (r, '"', '"') : skip_atom (r) || accept (r, '.'));
    return true;
}

/* phrase "<" addr-spec ">" */
static bool
read_named (Reader *r, GString *address)
{
    return skip_phrase (r) && accept (r, '<') && read_addr_spec (r, address) && accept (r, '>')
           && skip_blanks (r);
}

/* sieve-address = addr-spec / phrase "<" addr-spec ">"    RFC 5228, 2.4.2.3 */
char *
ib_sieve_address_parse (IbSpan text)
{
    static bool (*const forms[]) (Reader *, GString *) = { read_addr_spec, read_named };
    if (!g_utf8_validate (text.bytes, (gssize) text.length, NULL))
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS (forms); i++) {
        g_autoptr (GString) address = g_string_new (NULL);
        Reader reader = { text.bytes, text.bytes + text.length };
        if (forms[i](&reader, address) && reader.at == reader.end)
            return g_string_free (g_steal_pointer (&address), FALSE);
    }
    return NULL;
}
