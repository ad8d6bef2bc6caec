/* diagnostic-words.c - what is wrong with a filter, for people and for editors */
#include "diagnostic-words.h"
#include "print.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Of a longer line only what stands around the place is shown. */
#define CHARACTERS_BEFORE 70
#define CHARACTERS_SHOWN 140

#define BOLD "\033[1m"
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

/* Line @number of @text, from 1, as valid UTF-8. Returns: (transfer full) */
static char *
line_of (const char *text, gsize length, guint number)
{
    const char *end = text + length;
    for (guint line = 1; line < number && text < end; line++) {
        const char *newline = memchr (text, '\n', (gsize) (end - text));
        text = newline != NULL ? newline + 1 : end;
    }
    const char *newline = memchr (text, '\n', (gsize) (end - text));
    gsize line_length = (gsize) ((newline != NULL ? newline : end) - text);
    if (line_length > 0 && text[line_length - 1] == '\r')
        line_length--;
    return g_utf8_make_valid (text, (gssize) line_length);
}

/* @length bytes, safe to print; tabs stay what they are. */
static void
append_safe (GString *out, const char *text, gsize length)
{
    g_autofree char *piece = g_strndup (text, length);
    g_auto (GStrv) parts = g_strsplit (piece, "\t", -1);
    for (gsize i = 0; parts[i] != NULL; i++) {
        g_autofree char *safe = ib_print_safe (parts[i], 0);
        g_string_append_printf (out, "%s%s", i > 0 ? "\t" : "", safe);
    }
}

/* As wide as @text: a tab for a tab, two blanks for what is wide. */
static void
append_blanks (GString *out, const char *text)
{
    for (; *text != '\0'; text = g_utf8_next_char (text)) {
        gunichar c = g_utf8_get_char (text);
        if (c == '\t')
            g_string_append_c (out, '\t');
        else if (!g_unichar_iszerowidth (c))
            g_string_append (out, g_unichar_iswide (c) ? "  " : " ");
    }
}

/* The line that is meant, and below it a mark at the place. */
static void
append_caret (GString *out, const char *line, guint column, const char *colour)
{
    glong characters = g_utf8_strlen (line, -1), before = MIN ((glong) column - 1, characters);
    glong from = MAX (0, before - CHARACTERS_BEFORE), to = MIN (characters, from + CHARACTERS_SHOWN);
    const char *start = g_utf8_offset_to_pointer (line, from), *at = g_utf8_offset_to_pointer (line, before);
    g_autoptr (GString) head = g_string_new (from > 0 ? "…" : "");
    append_safe (head, start, (gsize) (at - start));

    g_string_append_printf (out, "    %s", head->str);
    append_safe (out, at, (gsize) (g_utf8_offset_to_pointer (line, to) - at));
    g_string_append (out, to < characters ? "…\n    " : "\n    ");
    append_blanks (out, head->str);
    g_string_append_printf (out, "%s^%s\n", colour, *colour != '\0' ? PLAIN : "");
}

char *
ib_diagnostic_words (const char *path, const char *text, gsize length, const IbDiagnostic *diagnostic,
                     IbDiagnosticStyle style)
{
    bool in_colour = style == IB_DIAGNOSTIC_COLOURED;
    const char *colour = !in_colour ? "" : diagnostic->is_warning ? YELLOW : RED;
    g_autofree char *shown_path = ib_print_safe (path, 0);
    g_autofree char *message = ib_print_safe (diagnostic->message, 0);
    g_autoptr (GString) words = g_string_new (NULL);

    g_string_append_printf (words, "%s%s:%u:%u:%s ", in_colour ? BOLD : "", shown_path, diagnostic->line,
                            diagnostic->column, in_colour ? PLAIN : "");
    if (diagnostic->is_warning)
        g_string_append_printf (words, "%s%s%s", colour, _ ("warning: "), in_colour ? PLAIN : "");
    g_string_append_printf (words, "%s\n", message);
    if (style != IB_DIAGNOSTIC_LINE) {
        g_autofree char *line = line_of (text, length, diagnostic->line);
        append_caret (words, line, diagnostic->column, colour);
    }
    return g_string_free (g_steal_pointer (&words), FALSE);
}
