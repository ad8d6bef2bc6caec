/* html.c - what a reader sees of HTML (tokens as in the HTML standard, 13.2.5) */
#include "html.h"
#include "html-entity.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Longest name that is looked up, and longest of those that need no ";". */
#define LONGEST_NAME 40
#define LONGEST_OPEN_NAME 6

typedef struct {
    GString *text;
    gsize start; /* what was there before us */
    const char *at, *end;
    bool wants_blank, wants_line; /* before the next character that is seen */
    guint pre_depth;
} Reader;

/* --- what is seen --- */

static void
show (Reader *self, const char *bytes, gsize length)
{
    bool is_first = self->text->len == self->start;
    if (self->wants_line && !is_first)
        g_string_append (self->text, "\r\n");
    else if (self->wants_blank && !is_first)
        g_string_append_c (self->text, ' ');
    self->wants_line = self->wants_blank = false;
    g_string_append_len (self->text, bytes, (gssize) length);
}

static bool
is_blank (char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Soft hyphen, zero width space, word joiner, byte order mark. */
static bool
is_unseen (gunichar c)
{
    return c == 0xAD || c == 0x200B || c == 0x2060 || c == 0xFEFF;
}

static void
show_character (Reader *self, const char *bytes, gsize length)
{
    gunichar c = g_utf8_get_char (bytes);
    if (*bytes == '\n' && self->pre_depth > 0)
        self->wants_line = true;
    else if (c == 0xA0 || (length == 1 && is_blank (*bytes)))
        self->wants_blank = true;
    else if (!is_unseen (c))
        show (self, bytes, length);
}

/* --- "&": references to characters (13.2.5.72) --- */

/* Numbers below 0xA0 are those of windows-1252, as everybody means them. */
static gunichar
read_number (gunichar number)
{
    static const gunichar2 high[32] = {
        0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
    };
    if (number >= 0x80 && number < 0xA0)
        return high[number - 0x80];
    return number != 0 && g_unichar_validate (number) ? number : 0xFFFD;
}

/* "#65;" or "#x41;", the ";" may be missing. Returns how long it is; 0: it is none. */
static gsize
show_number (Reader *self, const char *at)
{
    const char *start = at++;
    bool is_hex = at < self->end && (*at == 'x' || *at == 'X');
    at += is_hex;
    const char *digits = at;
    gunichar number = 0;
    for (; at < self->end && (is_hex ? g_ascii_isxdigit (*at) : g_ascii_isdigit (*at)); at++)
        number = MIN (number * (is_hex ? 16 : 10) + (gunichar) g_ascii_xdigit_value (*at), 0x110000);
    if (at == digits)
        return 0;

    char utf8[6];
    show_character (self, utf8, (gsize) g_unichar_to_utf8 (read_number (number), utf8));
    return (gsize) (at - start) + (at < self->end && *at == ';');
}

static int
compare_names (const void *key, const void *row)
{
    return strcmp (key, ((const IbHtmlEntity *) row)->name);
}

static const IbHtmlEntity *
find_entity (const char *at, gsize length)
{
    char name[LONGEST_NAME + 2];
    memcpy (name, at, length);
    name[length] = '\0';
    return bsearch (name, ib_html_entities, ib_html_entities_count, sizeof *ib_html_entities, compare_names);
}

/* "amp;". Without its ";" the longest name that may lack one. */
static gsize
show_named (Reader *self, const char *at)
{
    gsize length = 0;
    while (at + length < self->end && length < LONGEST_NAME && g_ascii_isalnum (at[length]))
        length++;
    const IbHtmlEntity *entity = NULL;
    if (at + length < self->end && at[length] == ';' && (entity = find_entity (at, length + 1)) != NULL)
        length++;
    for (length = entity != NULL ? length : MIN (length, LONGEST_OPEN_NAME); entity == NULL && length > 1;) {
        entity = find_entity (at, length);
        length -= entity == NULL;
    }
    if (entity == NULL)
        return 0;
    for (const char *c = entity->text; *c != '\0'; c = g_utf8_next_char (c))
        show_character (self, c, (gsize) (g_utf8_next_char (c) - c));
    return length;
}

static void
take_reference (Reader *self)
{
    const char *at = self->at + 1;
    gsize length = 0;
    if (at < self->end)
        length = *at == '#' ? show_number (self, at) : show_named (self, at);
    if (length == 0)
        show (self, "&", 1);
    self->at = at + length;
}

/* --- "<": tags and comments --- */

typedef enum { BREAKS_NOTHING, BREAKS_WORD, BREAKS_LINE, IS_NOT_SEEN } Effect;

static const struct {
    Effect effect;
    const char *names; /* blanks around each */
} elements[] = {
    { BREAKS_WORD, " td th option button select textarea input " },
    { BREAKS_LINE,
      " address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset "
      "figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html li main menu nav ol p pre "
      "section summary table tbody tfoot thead tr ul " },
    { IS_NOT_SEEN, " iframe noembed noframes script style template title " },
};

static Effect
effect_of (const char *name)
{
    g_autofree char *word = g_strconcat (" ", name, " ", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (elements); i++)
        if (strstr (elements[i].names, word) != NULL)
            return elements[i].effect;
    return BREAKS_NOTHING;
}

static bool
ends_name (char c)
{
    return is_blank (c) || c == '/' || c == '>';
}

/* Behind the ">" of a tag whose attributes begin at @at; a quoted value may hold a ">". */
static const char *
skip_attributes (const char *at, const char *end)
{
    while (at < end) {
        while (at < end && (is_blank (*at) || *at == '/'))
            at++;
        if (at < end && *at == '>')
            return at + 1;
        for (at += at < end; at < end && !ends_name (*at) && *at != '=';)
            at++;
        while (at < end && is_blank (*at))
            at++;
        if (at == end || *at != '=')
            continue;
        for (at++; at < end && is_blank (*at);)
            at++;
        if (at < end && (*at == '"' || *at == '\'')) {
            const char *quote = memchr (at + 1, *at, (gsize) (end - at - 1));
            at = quote != NULL ? quote + 1 : end;
            continue;
        }
        while (at < end && !is_blank (*at) && *at != '>')
            at++;
    }
    return end;
}

/* Behind the inside of an element that is not read as HTML: on its end tag, or at the end. */
static const char *
skip_inside (const char *at, const char *end, const char *name)
{
    gsize length = strlen (name);
    while ((at = memchr (at, '<', (gsize) (end - at))) != NULL) {
        at++;
        if ((gsize) (end - at) > length + 1 && *at == '/' && g_ascii_strncasecmp (at + 1, name, length) == 0
            && ends_name (at[length + 1]))
            return at - 1;
    }
    return end;
}

static void
take_tag (Reader *self, const char *at, bool is_end)
{
    const char *start = at;
    while (at < self->end && !ends_name (*at))
        at++;
    g_autofree char *name = g_ascii_strdown (start, (gssize) MIN (at - start, LONGEST_NAME));
    self->at = skip_attributes (at, self->end);

    switch (effect_of (name)) {
    case BREAKS_NOTHING:
        break;
    case BREAKS_WORD:
        self->wants_blank = true;
        break;
    case BREAKS_LINE:
        self->wants_line = true;
        break;
    case IS_NOT_SEEN:
        if (!is_end)
            self->at = skip_inside (self->at, self->end, name);
        break;
    }
    if (g_str_equal (name, "pre"))
        self->pre_depth = is_end ? self->pre_depth - (self->pre_depth > 0) : self->pre_depth + 1;
}

/* Behind a comment whose "<!--" stands before @at. */
static const char *
skip_comment (const char *at, const char *end)
{
    if (at < end && *at == '>')
        return at + 1;
    if (end - at >= 2 && memcmp (at, "->", 2) == 0)
        return at + 2;
    while ((at = memchr (at, '-', (gsize) (end - at))) != NULL) {
        at++;
        if (end - at >= 2 && memcmp (at, "->", 2) == 0)
            return at + 2;
        if (end - at >= 3 && memcmp (at, "-!>", 3) == 0)
            return at + 3;
    }
    return end;
}

static const char *
skip_past (const char *at, const char *end, char c)
{
    const char *found = memchr (at, c, (gsize) (end - at));
    return found != NULL ? found + 1 : end;
}

static void
take_mark (Reader *self)
{
    const char *at = self->at + 1;
    bool is_end = at < self->end && *at == '/';
    const char *name = at + is_end;

    if (name < self->end && g_ascii_isalpha (*name))
        take_tag (self, name, is_end);
    else if (self->end - at >= 3 && memcmp (at, "!--", 3) == 0)
        self->at = skip_comment (at + 3, self->end);
    else if (at < self->end && (*at == '!' || *at == '?' || is_end))
        self->at = skip_past (at, self->end, '>');
    else {
        show (self, "<", 1);
        self->at = at;
    }
}

void
ib_html_append_text (GString *text, const char *html, gsize length)
{
    Reader self = { .text = text, .start = text->len, .at = html, .end = html + length };
    while (self.at < self.end) {
        if (*self.at == '<') {
            take_mark (&self);
        } else if (*self.at == '&') {
            take_reference (&self);
        } else {
            const char *next = g_utf8_next_char (self.at);
            show_character (&self, self.at, (gsize) (next - self.at));
            self.at = next;
        }
    }
}
