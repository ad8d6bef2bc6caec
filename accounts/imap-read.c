/* imap-read.c - the smallest pieces of a line of IMAP */
#include "imap-read.h"
#include "server-limits.h"

#include <string.h>

bool
ib_imap_read_char (const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

bool
ib_imap_read_text (const char **at, const char *text)
{
    gsize length = strlen (text);
    if (g_ascii_strncasecmp (*at, text, length) != 0)
        return false;
    *at += length;
    return true;
}

bool
ib_imap_read_word (const char **at, const char *word)
{
    gsize length = strlen (word);
    if (g_ascii_strncasecmp (*at, word, length) != 0 || ((*at)[length] != ' ' && (*at)[length] != '\0'))
        return false;
    *at += length + ((*at)[length] == ' ');
    return true;
}

void
ib_imap_read_blanks (const char **at)
{
    while (**at == ' ')
        (*at)++;
}

bool
ib_imap_read_number (const char **at, guint64 most, guint64 *out_number)
{
    guint64 number = 0;
    const char *c = *at;
    for (; g_ascii_isdigit (*c); c++) {
        number = number * 10 + (guint64) (*c - '0');
        if (number > most)
            return false;
    }
    if (c == *at)
        return false;
    *at = c;
    *out_number = number;
    return true;
}

bool
ib_imap_read_quoted (const char **at, GString *out)
{
    const char *c = *at;
    if (*c++ != '"')
        return false;
    for (; *c != '"'; c++) {
        if (*c == '\\')
            c++;
        if (*c == '\0')
            return false;
        if (out != NULL)
            g_string_append_c (out, *c);
    }
    *at = c + 1;
    return true;
}

bool
ib_imap_read_value (const char **at)
{
    guint depth = 0;
    do {
        ib_imap_read_blanks (at);
        if (ib_imap_read_char (at, '(')) {
            if (++depth > IB_LIMIT_DEPTH)
                return false;
        } else if (**at == ')' && depth > 0) {
            (*at)++;
            depth--;
        } else if (**at == '"') {
            if (!ib_imap_read_quoted (at, NULL))
                return false;
        } else {
            gsize length = strcspn (*at, " ()\"");
            if (length == 0)
                return false;
            *at += length;
        }
    } while (depth > 0);
    return true;
}

bool
ib_imap_read_literal_mark (const char *line, gsize *out_start, guint64 *out_length)
{
    bool is_quoted = false;
    for (const char *c = line; *c != '\0'; c++) {
        if (is_quoted && *c == '\\' && c[1] != '\0')
            c++;
        else if (*c == '"')
            is_quoted = !is_quoted;
    }
    const char *brace = strrchr (line, '{');
    if (is_quoted || brace == NULL)
        return false;
    const char *at = brace + 1;
    if (!ib_imap_read_number (&at, G_MAXUINT64 / 16, out_length))
        return false;
    ib_imap_read_char (&at, '+');
    if (strcmp (at, "}") != 0)
        return false;
    *out_start = (gsize) (brace - line);
    return true;
}
