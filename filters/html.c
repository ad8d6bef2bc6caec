/* html.c - what a reader sees of HTML (tokens as in the HTML standard, 13.2.5) */
#include "html.h"
#include "html-entity.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Longest name that is looked up, and longest of those that need no ";". */
#define LONGEST_NAME 40
#define LONGEST_OPEN_NAME 6
/* Of a style attribute, what is looked at. */
#define LONGEST_STYLE 300
#define NO_COLOR 0xffffffffu

/* A stream of text: what is seen, or what is not. */
typedef struct {
    GString *text;
    gsize start;                  /* what was there before us */
    bool wants_blank, wants_line; /* before the next character that is seen */
} Stream;

typedef struct {
    IbHtmlPage *page; /* NULL: only what is seen is asked for, and nothing is hidden */
    Stream seen, hidden;
    const char *at, *end;
    guint pre_depth;
    /* The outermost element that hides what is in it, and how many of its name are open in it; "": none does. */
    char hiding[LONGEST_NAME + 1];
    guint hiding_depth;
    guint32 background; /* colour that text stands on, as far as it is known */
    bool in_link;
} Reader;

/* --- what is seen --- */

static Stream *
stream_of (Reader *self)
{
    return self->hiding[0] != '\0' ? &self->hidden : &self->seen;
}

static void
show (Reader *self, const char *bytes, gsize length)
{
    Stream *stream = stream_of (self);
    bool is_first = stream->text->len == stream->start;
    if (stream->wants_line && !is_first)
        g_string_append (stream->text, "\r\n");
    else if (stream->wants_blank && !is_first)
        g_string_append_c (stream->text, ' ');
    stream->wants_line = stream->wants_blank = false;
    if (length == 1)
        g_string_append_c (stream->text, *bytes);
    else
        g_string_append_len (stream->text, bytes, (gssize) length);
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
    if (*bytes == '\n' && self->pre_depth > 0)
        stream_of (self)->wants_line = true;
    else if (length == 1 ? is_blank (*bytes) : g_utf8_get_char (bytes) == 0xA0)
        stream_of (self)->wants_blank = true;
    else if (length == 1 || !is_unseen (g_utf8_get_char (bytes)))
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
    char word[LONGEST_NAME + 3];
    g_snprintf (word, sizeof word, " %s ", name);
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

typedef struct {
    const char *name, *value;
    gsize name_length, value_length; /* a value without its quotes; 0: none */
} Attribute;

/* name ["=" value]: what stands at @at, which is neither blank nor "/" nor ">". A quoted value may hold a ">". Returns
 * where it ends. */
static const char *
read_attribute (const char *at, const char *end, Attribute *out)
{
    *out = (Attribute){ .name = at };
    for (at++; at < end && !ends_name (*at) && *at != '=';)
        at++;
    out->name_length = (gsize) (at - out->name);
    const char *sign = at;
    while (sign < end && is_blank (*sign))
        sign++;
    if (sign == end || *sign != '=')
        return sign;
    for (at = sign + 1; at < end && is_blank (*at);)
        at++;
    if (at < end && (*at == '"' || *at == '\'')) {
        const char *quote = memchr (at + 1, *at, (gsize) (end - at - 1));
        out->value = at + 1;
        out->value_length = (gsize) ((quote != NULL ? quote : end) - out->value);
        return quote != NULL ? quote + 1 : end;
    }
    for (out->value = at; at < end && !is_blank (*at) && *at != '>';)
        at++;
    out->value_length = (gsize) (at - out->value);
    return at;
}

/* What the page's reader wants to know of a tag. */
typedef struct {
    Attribute link; /* where it leads, or what it shows */
    guint32 color, background;
    bool hides;
} Tag;

static bool
is_called (const Attribute *attribute, const char *name)
{
    return attribute->name_length == strlen (name)
           && g_ascii_strncasecmp (attribute->name, name, attribute->name_length) == 0;
}

/* "#fff", "#ffffff", "white", "black". NO_COLOR: what else there is. */
static guint32
read_color (const char *value, gsize length)
{
    if (length >= 5 && g_ascii_strncasecmp (value, "white", 5) == 0)
        return 0xffffff;
    if (length >= 5 && g_ascii_strncasecmp (value, "black", 5) == 0)
        return 0;
    bool has_sign = length > 0 && *value == '#';
    guint32 color = 0, digits = 0;
    for (gsize i = has_sign; i < length && digits < 7 && g_ascii_isxdigit (value[i]); i++, digits++)
        color = color << 4 | (guint32) g_ascii_xdigit_value (value[i]);
    if (digits == 3)
        return ((color & 0xf00) << 8 | (color & 0xf0) << 4 | (color & 0xf)) * 0x11;
    return digits == 6 ? color : NO_COLOR;
}

/* Is @value nothing: "0", "0px", "0.0"? */
static bool
is_zero (const char *value)
{
    double number = g_ascii_strtod (value, NULL);
    return g_ascii_isdigit (*value) && number < 0.05;
}

/* @property and @value in lower case, without blanks. */
static void
read_declaration (Tag *tag, const char *property, const char *value)
{
    if (strcmp (property, "display") == 0)
        tag->hides |= g_str_has_prefix (value, "none");
    else if (strcmp (property, "visibility") == 0)
        tag->hides |= g_str_has_prefix (value, "hidden");
    else if (strcmp (property, "mso-hide") == 0)
        tag->hides |= g_str_has_prefix (value, "all");
    else if (strcmp (property, "font-size") == 0)
        tag->hides |= is_zero (value) || g_str_has_prefix (value, "1px");
    else if (strcmp (property, "opacity") == 0 || strcmp (property, "max-height") == 0)
        tag->hides |= is_zero (value);
    else if (strcmp (property, "color") == 0)
        tag->color = read_color (value, strlen (value));
    else if (strcmp (property, "background-color") == 0 || strcmp (property, "background") == 0)
        tag->background = read_color (value, strlen (value));
}

/* property ":" value *(";" property ":" value)    CSS Style Attributes, 3 */
static void
read_style (Tag *tag, const char *style, gsize length)
{
    char folded[LONGEST_STYLE + 1], *rest = folded;
    gsize n = 0;
    for (gsize i = 0; i < length && n < LONGEST_STYLE; i++)
        if (!is_blank (style[i]))
            folded[n++] = g_ascii_tolower (style[i]);
    folded[n] = '\0';
    for (char *declaration; (declaration = strsep (&rest, ";")) != NULL;) {
        char *colon = strchr (declaration, ':');
        if (colon == NULL)
            continue;
        *colon = '\0';
        read_declaration (tag, declaration, colon + 1);
    }
}

static void
take_attribute (Tag *tag, const Attribute *attribute)
{
    if (is_called (attribute, "href") || is_called (attribute, "src"))
        tag->link = *attribute;
    else if (is_called (attribute, "style"))
        read_style (tag, attribute->value, attribute->value_length);
    else if (is_called (attribute, "hidden"))
        tag->hides = true;
    else if (is_called (attribute, "color") || is_called (attribute, "text"))
        tag->color = read_color (attribute->value, attribute->value_length);
    else if (is_called (attribute, "bgcolor"))
        tag->background = read_color (attribute->value, attribute->value_length);
}

/* Behind the ">" of a tag whose attributes begin at @at. @tag: NULL if nobody asks for them. */
static const char *
read_attributes (const char *at, const char *end, Tag *tag)
{
    while (at < end) {
        while (at < end && (is_blank (*at) || *at == '/'))
            at++;
        if (at < end && *at == '>')
            return at + 1;
        if (at == end)
            break;
        Attribute attribute;
        at = read_attribute (at, end, &attribute);
        if (tag != NULL)
            take_attribute (tag, &attribute);
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

/* --- what is hidden, and where links lead --- */

/* They have no end tag, and so hide nothing. */
static bool
is_void (const char *name)
{
    return strstr (" area base br col embed hr img input link meta source track wbr ", name) != NULL;
}

static void
begin_hiding (Reader *self, const char *name, const Tag *tag)
{
    if (tag->background != NO_COLOR)
        self->background = tag->background;
    bool hides = tag->hides || (tag->color != NO_COLOR && tag->color == self->background);
    char word[LONGEST_NAME + 3];
    g_snprintf (word, sizeof word, " %s ", name);
    if (hides && !is_void (word) && !g_str_equal (name, "body") && !g_str_equal (name, "html")) {
        g_strlcpy (self->hiding, name, sizeof self->hiding);
        self->hiding_depth = 1;
    }
}

static void
follow_hiding (Reader *self, const char *name, bool is_end)
{
    if (strcmp (name, self->hiding) != 0)
        return;
    self->hiding_depth += is_end ? -1u : 1u;
    if (self->hiding_depth == 0)
        self->hiding[0] = '\0';
}

static void
end_link (Reader *self)
{
    if (self->in_link)
        g_array_index (self->page->links, IbHtmlLink, self->page->links->len - 1).text_end
            = self->seen.text->len;
    self->in_link = false;
}

static void
take_link (Reader *self, const char *name, const Tag *tag, bool is_end)
{
    bool is_anchor = g_str_equal (name, "a");
    if (is_anchor)
        end_link (self);
    if (is_end || tag->link.value_length == 0)
        return;
    IbHtmlLink link = {
        .target = tag->link.value,
        .length = tag->link.value_length,
        .is_anchor = is_anchor,
        .text_start = self->seen.text->len,
        .text_end = self->seen.text->len,
    };
    end_link (self);
    g_array_append_val (self->page->links, link);
    self->in_link = is_anchor;
}

static void
note_tag (Reader *self, const char *name, const Tag *tag, bool is_end)
{
    take_link (self, name, tag, is_end);
    if (self->hiding[0] != '\0')
        follow_hiding (self, name, is_end);
    else if (!is_end)
        begin_hiding (self, name, tag);
}

/* --- tags --- */

static void
break_text (Reader *self, Effect effect)
{
    /* An element may lie across what is hidden: it breaks both. */
    for (gsize i = 0; i < 2; i++) {
        Stream *stream = i == 0 ? &self->seen : &self->hidden;
        stream->wants_blank |= effect == BREAKS_WORD;
        stream->wants_line |= effect == BREAKS_LINE;
    }
}

static void
take_tag (Reader *self, const char *at, bool is_end)
{
    char name[LONGEST_NAME + 1];
    gsize length = 0;
    for (; at < self->end && !ends_name (*at); at++)
        if (length < LONGEST_NAME)
            name[length++] = g_ascii_tolower (*at);
    name[length] = '\0';
    Tag tag = { .color = NO_COLOR, .background = NO_COLOR };
    self->at = read_attributes (at, self->end, self->page != NULL ? &tag : NULL);

    Effect effect = effect_of (name);
    break_text (self, effect);
    if (self->page != NULL)
        note_tag (self, name, &tag, is_end);
    if (effect == IS_NOT_SEEN && !is_end)
        self->at = skip_inside (self->at, self->end, name);
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

static void
read_all (Reader *self)
{
    while (self->at < self->end) {
        if (*self->at == '<') {
            take_mark (self);
        } else if (*self->at == '&') {
            take_reference (self);
        } else {
            const char *next = g_utf8_next_char (self->at);
            show_character (self, self->at, (gsize) (next - self->at));
            self->at = next;
        }
    }
}

void
ib_html_append_text (GString *text, const char *html, gsize length)
{
    Reader self = { .seen = { .text = text, .start = text->len }, .at = html, .end = html + length };
    read_all (&self);
}

IbHtmlPage *
ib_html_page_new (const char *html, gsize length)
{
    IbHtmlPage *page = g_new0 (IbHtmlPage, 1);
    page->text = g_string_new (NULL);
    page->hidden = g_string_new (NULL);
    page->links = g_array_new (FALSE, FALSE, sizeof (IbHtmlLink));
    Reader self = {
        .page = page,
        .seen = { .text = page->text },
        .hidden = { .text = page->hidden },
        .at = html,
        .end = html + length,
        .background = 0xffffff,
    };
    read_all (&self);
    end_link (&self);
    return page;
}

void
ib_html_page_free (IbHtmlPage *self)
{
    if (self == NULL)
        return;
    g_string_free (self->text, TRUE);
    g_string_free (self->hidden, TRUE);
    g_array_unref (self->links);
    g_free (self);
}
