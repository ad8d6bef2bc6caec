/* print.c - words and tables on a terminal */
#include "print.h"
#include "escape.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void
complain (const char *prefix, const char *format, va_list arguments)
{
    g_autofree char *text = g_strdup_vprintf (format, arguments);
    g_autofree char *safe = ib_print_safe (text, 0);
    (void) fflush (stdout);
    g_printerr ("%s%s\n", prefix, safe);
}

void
ib_print_error (const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    complain ("inbasket: ", format, arguments);
    va_end (arguments);
}

void
ib_print_refusal (const char *remedy, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *what = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    if (remedy != NULL)
        ib_print_error ("%s. %s", what, remedy);
    else
        ib_print_error ("%s", what);
}

void
ib_print_hint (const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    complain ("  → ", format, arguments);
    va_end (arguments);
}

static guint
columns_of (gunichar c)
{
    return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

guint
ib_print_columns (const char *text)
{
    guint width = 0;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
        width += columns_of (g_utf8_get_char (p));
    return width;
}

/* Cuts @text after @columns, wide characters counted as two. */
static char *
cut (char *text, guint columns)
{
    guint width = 0;
    for (char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
        gunichar c = g_utf8_get_char (p);
        guint own = columns_of (c);
        bool is_last = *g_utf8_next_char (p) == '\0';
        if (width + own > columns || (width + own == columns && !is_last)) {
            g_autofree char *head = g_strndup (text, (gsize) (p - text));
            g_free (text);
            return g_strconcat (head, "…", NULL);
        }
        width += own;
    }
    return text;
}

char *
ib_print_safe (const char *text, guint columns)
{
    char *safe = ib_escape_text (text, -1, 0);
    return columns == 0 ? safe : cut (safe, columns);
}

/* The end of the first line of @text, which may begin with blanks: behind its last word that fits, or within one that is longer than a line. */
static const char *
find_line_end (const char *text, guint columns)
{
    const char *word = text + strspn (text, " "), *blank = NULL;
    guint width = 0;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
        width += columns_of (g_utf8_get_char (p));
        if (*p == ' ' && p > word)
            blank = p;
        if (width > columns && p > text)
            return blank != NULL ? blank : p;
    }
    return text + strlen (text);
}

char *
ib_print_wrap (const char *text, guint columns, const char *indent)
{
    GString *lines = g_string_new (NULL);
    guint rest = columns - MIN (columns, (guint) strlen (indent));
    for (const char *at = text; *at != '\0';) {
        const char *end = find_line_end (at, at == text ? columns : rest);
        g_string_append_printf (lines, "%s%.*s", at == text ? "" : indent, (int) (end - at), at);
        at = end + strspn (end, " ");
        if (*at != '\0')
            g_string_append_c (lines, '\n');
    }
    return g_string_free (lines, FALSE);
}

void
ib_print_paragraph (const char *prefix, const char *text)
{
    g_autofree char *line = g_strconcat (prefix, text, NULL);
    g_autofree char *indent = g_strnfill (ib_print_columns (prefix), ' ');
    g_autofree char *lines = ib_print_is_terminal () ? ib_print_wrap (line, ib_print_width (), indent) : NULL;
    g_print ("%s\n", lines != NULL ? lines : line);
}

void
ib_print_sentence (IbColour colour, gsize coloured, const char *text)
{
    g_autofree char *lines
        = ib_print_is_terminal () ? ib_print_wrap (text, ib_print_width (), "  ") : g_strdup (text);
    gsize length = MIN (coloured, strlen (lines));
    g_print ("%s%.*s%s%s\n", ib_print_colour (colour), (int) length, lines, ib_print_colour (IB_COLOUR_PLAIN),
             lines + length);
}

char *
ib_print_valid (const char *text)
{
    return g_utf8_make_valid (text, -1);
}

bool
ib_print_wants_colour (int fd)
{
    const char *no_color = g_getenv ("NO_COLOR");
    return isatty (fd) && (no_color == NULL || *no_color == '\0')
           && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

static bool
wants_colour (void)
{
    static int wants = -1;
    if (wants < 0)
        wants = ib_print_wants_colour (STDOUT_FILENO);
    return wants != 0;
}

const char *
ib_print_colour (IbColour colour)
{
    static const char *const codes[] = {
        [IB_COLOUR_PLAIN] = "\033[0m", [IB_COLOUR_GOOD] = "\033[32m", [IB_COLOUR_WARN] = "\033[33m",
        [IB_COLOUR_BAD] = "\033[31m",  [IB_COLOUR_FAINT] = "\033[2m", [IB_COLOUR_BOLD] = "\033[1m",
    };
    return wants_colour () ? codes[colour] : "";
}

/* Zeros where there is no terminal, or it does not say. */
static struct winsize
terminal_size (void)
{
    struct winsize size = { 0 };
    if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        (void) ioctl (STDERR_FILENO, TIOCGWINSZ, &size);
    return size;
}

guint
ib_print_width (void)
{
    guint columns = terminal_size ().ws_col;
    return columns > 0 ? columns : 80;
}

guint
ib_print_height (void)
{
    guint rows = terminal_size ().ws_row;
    return rows > 0 ? rows : 24;
}

bool
ib_print_can_draw (int fd)
{
    const char *terminal = g_getenv ("TERM");
    return isatty (fd) && terminal != NULL && *terminal != '\0' && strcmp (terminal, "dumb") != 0;
}

bool
ib_print_is_terminal (void)
{
    return isatty (STDOUT_FILENO) != 0;
}

char *
ib_print_size (guint64 bytes)
{
    return g_format_size (bytes);
}

char *
ib_print_when (gint64 at, gint64 now)
{
    if (at == 0)
        return g_strdup (_ ("never"));

    gint64 seconds = (at - now) / G_USEC_PER_SEC;
    bool is_past = seconds < 0;
    seconds = ABS (seconds);
    if (seconds < 5)
        return g_strdup (_ ("now"));

    g_autofree char *span
        = seconds < 90        ? g_strdup_printf (_ ("%d s"), (int) seconds)
          : seconds < 90 * 60 ? g_strdup_printf (_ ("%d min"), (int) (seconds / 60))
          : seconds < 48 * 3600
              ? g_strdup_printf (_ ("%d h"), (int) (seconds / 3600))
              : g_strdup_printf (ngettext ("%" PRId64 " day", "%" PRId64 " days", (gulong) (seconds / 86400)),
                                 seconds / 86400);
    return g_strdup_printf (is_past ? _ ("%s ago") : _ ("in %s"), span);
}

/* --- tables ----------------------------------------------------------------------------------------------- */

typedef struct {
    char *text;
    IbColour colour;
} Cell;

struct _IbTable {
    char **heads;
    guint columns;
    GArray *cells;
    GArray *spare; /* columns that a narrow terminal goes without, in this order */
};

static void
cell_clear (gpointer pointer)
{
    Cell *cell = pointer;
    g_free (cell->text);
}

IbTable *
ib_table_new (const char *const *heads)
{
    IbTable *self = g_new0 (IbTable, 1);
    self->heads = g_strdupv ((char **) heads);
    self->columns = g_strv_length (self->heads);
    self->cells = g_array_new (FALSE, FALSE, sizeof (Cell));
    g_array_set_clear_func (self->cells, cell_clear);
    self->spare = g_array_new (FALSE, FALSE, sizeof (guint));
    return self;
}

void
ib_table_cell (IbTable *self, IbColour colour, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *text = g_strdup_vprintf (format, arguments);
    va_end (arguments);

    Cell cell = { ib_print_safe (text, 0), colour };
    g_array_append_val (self->cells, cell);
}

static void
print_cell (const char *text, IbColour colour, guint width, bool is_right, bool is_last)
{
    guint own = ib_print_columns (text);
    guint padding = width > own ? width - own : 0;
    const char *on = colour == IB_COLOUR_PLAIN ? "" : ib_print_colour (colour);
    const char *off = colour == IB_COLOUR_PLAIN ? "" : ib_print_colour (IB_COLOUR_PLAIN);

    if (is_right)
        g_print ("%*s%s%s%s", (int) padding, "", on, text, off);
    else
        g_print ("%s%s%s%*s", on, text, off, is_last ? 0 : (int) padding, "");
    g_print (is_last ? "\n" : "  ");
}

void
ib_table_may_lack (IbTable *self, guint column)
{
    g_array_append_val (self->spare, column);
}

/* For each column; 0 for those that a narrow terminal goes without. NULL: it is too narrow for the rest, too. Returns: (transfer full)
 * (nullable) */
static guint *
fit (const IbTable *self)
{
    guint *widths = g_new0 (guint, self->columns);
    for (guint c = 0; c < self->columns; c++)
        widths[c] = ib_print_columns (self->heads[c] + (self->heads[c][0] == '>'));
    for (guint i = 0; i < self->cells->len; i++) {
        guint own = ib_print_columns (g_array_index (self->cells, Cell, i).text);
        widths[i % self->columns] = MAX (widths[i % self->columns], own);
    }
    guint all = 2 * (self->columns - 1);
    for (guint c = 0; c < self->columns; c++)
        all += widths[c];
    for (guint i = 0; i < self->spare->len && ib_print_is_terminal () && all > ib_print_width (); i++) {
        guint c = g_array_index (self->spare, guint, i);
        all -= widths[c] + 2;
        widths[c] = 0;
    }
    if (ib_print_is_terminal () && all > ib_print_width ())
        g_clear_pointer (&widths, g_free);
    return widths;
}

/* Numbers have their head before them even where they come first. */
static char *
record_text (const IbTable *self, const Cell *row, guint column)
{
    const char *head = self->heads[column];
    if (*head == '\0' || (column == 0 && *head != '>'))
        return g_strdup (row[column].text);
    return g_strdup_printf ("%s: %s", head + (*head == '>'), row[column].text);
}

/* As many cells stand in a line as there is room for; the first has one of its own, and the others are two columns in. */
static void
print_record (const IbTable *self, const Cell *row)
{
    guint width = ib_print_width (), used = 0;
    for (guint c = 0; c < self->columns; c++) {
        bool is_first = used == 0, is_plain = row[c].colour == IB_COLOUR_PLAIN;
        if (row[c].text[0] == '\0')
            continue;
        g_autofree char *text = record_text (self, row, c);
        guint own = ib_print_columns (text) + 2;
        bool is_new = used + own > width;
        g_autofree char *lines = ib_print_wrap (text, width - MIN (width, 2), "    ");
        g_print ("%s%s%s%s",
                 is_first ? ""
                 : is_new ? "\n  "
                          : "  ",
                 is_plain ? "" : ib_print_colour (row[c].colour), lines,
                 is_plain ? "" : ib_print_colour (IB_COLOUR_PLAIN));
        used = is_first ? width : is_new ? own : used + own;
    }
    g_print ("\n");
}

static void
print_records (const IbTable *self)
{
    for (guint i = 0; i < self->cells->len; i += self->columns)
        print_record (self, &g_array_index (self->cells, Cell, i));
}

void
ib_table_print (const IbTable *self)
{
    g_autofree guint *widths = fit (self);
    if (widths == NULL) {
        print_records (self);
        return;
    }
    for (guint c = 0; c < self->columns; c++) {
        bool is_right = self->heads[c][0] == '>';
        if (widths[c] > 0)
            print_cell (self->heads[c] + is_right, IB_COLOUR_BOLD, widths[c], is_right,
                        c + 1 == self->columns);
    }
    for (guint i = 0; i < self->cells->len; i++) {
        const Cell *cell = &g_array_index (self->cells, Cell, i);
        guint c = i % self->columns;
        if (widths[c] > 0)
            print_cell (cell->text, cell->colour, widths[c], self->heads[c][0] == '>',
                        c + 1 == self->columns);
    }
}

void
ib_table_free (IbTable *self)
{
    if (self == NULL)
        return;
    g_strfreev (self->heads);
    g_array_unref (self->cells);
    g_array_unref (self->spare);
    g_free (self);
}

/* --- what is kept ----------------------------------------------------------------------------------------- */

static GString *captured; /* NULL: nothing is kept */
static GPrintFunc printing;

static void
keep (const char *text)
{
    g_string_append (captured, text);
}

void
ib_print_begin_capture (void)
{
    g_assert (captured == NULL);
    captured = g_string_new (NULL);
    printing = g_set_print_handler (keep);
}

char *
ib_print_end_capture (void)
{
    g_set_print_handler (printing);
    return g_string_free (g_steal_pointer (&captured), FALSE);
}

void
ib_print_raw (const char *text)
{
    (void) fputs (text, stdout);
    (void) fflush (stdout);
}

/* --- JSON ------------------------------------------------------------------------------------------------- */

void
ib_print_json (JsonBuilder *builder)
{
    g_autoptr (JsonNode) root = json_builder_get_root (builder);
    g_autofree char *text = json_to_string (root, FALSE);
    g_autofree char *line = g_strconcat (text, "\n", NULL);
    if (captured != NULL)
        keep (line);
    else
        ib_print_raw (line);
}

void
ib_json_text (JsonBuilder *builder, const char *name, const char *text)
{
    json_builder_set_member_name (builder, name);
    if (text == NULL) {
        json_builder_add_null_value (builder);
        return;
    }
    g_autofree char *valid = ib_print_valid (text);
    json_builder_add_string_value (builder, valid);
}

void
ib_json_int (JsonBuilder *builder, const char *name, gint64 number)
{
    json_builder_set_member_name (builder, name);
    json_builder_add_int_value (builder, number);
}

void
ib_json_bool (JsonBuilder *builder, const char *name, bool value)
{
    json_builder_set_member_name (builder, name);
    json_builder_add_boolean_value (builder, value);
}

void
ib_json_double (JsonBuilder *builder, const char *name, double number)
{
    json_builder_set_member_name (builder, name);
    if (isnan (number))
        json_builder_add_null_value (builder);
    else
        json_builder_add_double_value (builder, number);
}
