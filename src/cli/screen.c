/* screen.c - text that stays in its place on a terminal, and changes there */
#include "screen.h"

#include <glib/gi18n-lib.h>
#include <stdbool.h>
#include <string.h>

#define PLAIN "\033[0m"

struct _IbScreen {
    GPtrArray *rows; /* Row, as they are drawn */
    guint width, height;
};

typedef struct {
    GString *text;
    guint columns;
} Row;

static void
row_free (gpointer pointer)
{
    Row *self = pointer;
    g_string_free (self->text, TRUE);
    g_free (self);
}

static Row *
add_row (GPtrArray *rows, const char *colour)
{
    Row *row = g_new0 (Row, 1);
    row->text = g_string_new (colour);
    g_ptr_array_add (rows, row);
    return row;
}

static guint
columns_of (gunichar c)
{
    return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

/* A colour's sequence at @at, "ESC [ … m"; 0: there is none. */
static gsize
colour_length (const char *at)
{
    if (at[0] != '\033' || at[1] != '[')
        return 0;
    gsize length = 2 + strspn (at + 2, "0123456789;");
    return at[length] == 'm' ? length + 1 : 0;
}

/* A colour goes on in the next row. */
static GPtrArray *
break_into_rows (const char *text, guint width)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func (row_free);
    g_autofree char *colour = g_strdup ("");
    Row *row = NULL;
    for (const char *at = text; *at != '\0';) {
        gsize length = colour_length (at);
        if (row == NULL)
            row = add_row (rows, colour);
        if (length > 0) {
            g_free (colour);
            colour = g_strndup (at, length);
            g_string_append_len (row->text, at, (gssize) length);
            at += length;
            continue;
        }
        if (*at == '\n') {
            row = NULL;
            at++;
            continue;
        }
        guint columns = columns_of (g_utf8_get_char (at));
        const char *next = g_utf8_next_char (at);
        if (row->columns + columns > width && row->columns > 0)
            row = add_row (rows, colour);
        g_string_append_len (row->text, at, next - at);
        row->columns += columns;
        at = next;
    }
    return rows;
}

static void
cut_to_height (GPtrArray *rows, guint width, guint height)
{
    if (rows->len <= height)
        return;
    guint hidden = rows->len - height + 1;
    g_autofree char *words = g_strdup_printf (ngettext ("… %u more line", "… %u more lines", hidden), hidden);
    g_ptr_array_set_size (rows, (int) height - 1);
    g_autoptr (GPtrArray) last = break_into_rows (words, width);
    g_ptr_array_add (rows, g_ptr_array_steal_index (last, 0));
}

static void
draw (GString *out, guint number, const Row *row, guint width)
{
    g_string_append_printf (out, "\033[%u;1H%s%s", number, row->text->str, PLAIN);
    /* Behind a full row the cursor is still on its last character. */
    if (row->columns < width)
        g_string_append (out, "\033[K");
}

static bool
is_same (const GPtrArray *rows, guint i, const Row *row)
{
    return i < rows->len && strcmp (((const Row *) rows->pdata[i])->text->str, row->text->str) == 0;
}

char *
ib_screen_update (IbScreen *self, const char *text, guint width, guint height)
{
    GString *out = g_string_new (NULL);
    g_autoptr (GPtrArray) rows = break_into_rows (text, MAX (width, 1));
    cut_to_height (rows, MAX (width, 1), MAX (height, 1));
    if (width != self->width || height != self->height) {
        g_string_append (out, PLAIN "\033[2J");
        g_ptr_array_set_size (self->rows, 0);
    }
    for (guint i = 0; i < rows->len; i++)
        if (!is_same (self->rows, i, rows->pdata[i]))
            draw (out, i + 1, rows->pdata[i], width);
    if (rows->len < self->rows->len)
        g_string_append_printf (out, "\033[%u;1H\033[J", rows->len + 1);
    g_ptr_array_unref (self->rows);
    self->rows = g_steal_pointer (&rows);
    self->width = width;
    self->height = height;
    return g_string_free (out, FALSE);
}

IbScreen *
ib_screen_new (void)
{
    IbScreen *self = g_new0 (IbScreen, 1);
    self->rows = g_ptr_array_new_with_free_func (row_free);
    return self;
}

void
ib_screen_free (IbScreen *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->rows);
    g_free (self);
}
