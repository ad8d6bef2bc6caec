/* quote.c - a path or a word, as each program's own syntax has it */
#include "quote.h"

#include <string.h>

bool
ib_quote_can (const char *text)
{
    if (!g_utf8_validate (text, -1, NULL))
        return false;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
        if (g_unichar_iscntrl (g_utf8_get_char (at)))
            return false;
    return true;
}

/* @text with @sign before each of @special, or with each of them doubled if @sign is NUL. */
static char *
escape (const char *text, const char *special, char sign)
{
    GString *escaped = g_string_new (NULL);
    for (const char *at = text; *at != '\0'; at++) {
        if (strchr (special, *at) != NULL)
            g_string_append_c (escaped, sign != '\0' ? sign : *at);
        g_string_append_c (escaped, *at);
    }
    return g_string_free (escaped, FALSE);
}

static char *
in_quotes (const char *text, const char *special)
{
    g_autofree char *escaped = escape (text, special, '\\');
    return g_strdup_printf ("\"%s\"", escaped);
}

char *
ib_quote_shell (const char *text)
{
    return g_shell_quote (text);
}

char *
ib_quote_shell_in_mutt (const char *text)
{
    return in_quotes (text, "\\\"$`");
}

static bool
is_plain (const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if (!g_ascii_isalnum (*at) && strchr ("/._-+@,", *at) == NULL)
            return false;
    return *text != '\0';
}

char *
ib_quote_shell_plain (const char *text)
{
    if (is_plain (text))
        return g_strdup (text);

    GString *word = g_string_new ("\"$(printf '");
    for (const char *at = text; *at != '\0'; at++) {
        if (g_ascii_isalnum (*at) || strchr ("/._-", *at) != NULL)
            g_string_append_c (word, *at);
        else
            g_string_append_printf (word, "\\%03o", (guint) (guchar) *at);
    }
    g_string_append (word, "')\"");
    return g_string_free (word, FALSE);
}

char *
ib_quote_url_path (const char *text)
{
    return g_uri_escape_string (text, "/", FALSE);
}

char *
ib_quote_elisp (const char *text)
{
    return in_quotes (text, "\\\"");
}

char *
ib_quote_key_file (const char *text)
{
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_key_file_set_string (file, "group", "key", text);
    return g_key_file_get_value (file, "group", "key", NULL);
}

char *
ib_quote_dovecot (const char *text)
{
    return in_quotes (text, "\\\"'");
}

char *
ib_quote_dovecot_variables (const char *text)
{
    return escape (text, "%", '\0');
}

char *
ib_quote_dovecot_location (const char *text)
{
    return escape (text, "%:", '\0');
}

char *
ib_quote_unit (const char *text)
{
    g_autofree char *doubled = escape (text, "%$", '\0');
    return in_quotes (doubled, "\\\"");
}
