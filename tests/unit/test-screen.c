/* What is drawn makes a terminal show the text, whatever it showed before, and no more is drawn than differs. */
#include "screen.h"

#include <stdbool.h>
#include <string.h>

/* --- a terminal, as far as it is asked for anything --- */

#define ROWS 6
#define COLUMNS 10

typedef struct {
    gunichar cells[ROWS][COLUMNS];
    guint row, column;
    bool is_full; /* the cursor is behind the last column, so to say */
} Terminal;

static void
erase (Terminal *self, guint row, guint from)
{
    for (guint c = from; c < COLUMNS; c++)
        self->cells[row][c] = ' ';
}

static void
erase_below (Terminal *self, guint row)
{
    for (; row < ROWS; row++)
        erase (self, row, 0);
}

/* "ESC [ numbers letter". Returns: behind it. */
static const char *
obey (Terminal *self, const char *at)
{
    guint numbers[2] = { 0, 0 }, count = 0;
    for (; g_ascii_isdigit (*at) || *at == ';'; at++)
        if (*at == ';')
            count++;
        else
            numbers[count] = numbers[count] * 10 + (guint) (*at - '0');
    switch (*at) {
    case 'H':
        self->row = numbers[0] - 1;
        self->column = numbers[1] - 1;
        self->is_full = false;
        g_assert_cmpuint (self->row, <, ROWS);
        break;
    case 'K':
        erase (self, self->row, self->column);
        break;
    case 'J':
        erase_below (self, numbers[0] == 2 ? 0 : self->row);
        break;
    default:
        g_assert_cmpint (*at, ==, 'm');
    }
    return at + 1;
}

static void
feed (Terminal *self, const char *bytes)
{
    for (const char *at = bytes; *at != '\0';) {
        if (*at == '\033') {
            g_assert_cmpint (at[1], ==, '[');
            at = obey (self, at + 2);
            continue;
        }
        gunichar c = g_utf8_get_char (at);
        g_assert_false (self->is_full);
        self->cells[self->row][self->column] = c;
        if (g_unichar_iswide (c))
            self->cells[self->row][++self->column] = 0;
        self->is_full = self->column + 1 == COLUMNS;
        self->column += self->is_full ? 0 : 1;
        at = g_utf8_next_char (at);
    }
}

/* Rows without the blanks at their ends, "/" between. */
static char *
read_off (const Terminal *self)
{
    GString *text = g_string_new (NULL);
    for (guint r = 0; r < ROWS; r++) {
        GString *row = g_string_new (NULL);
        for (guint c = 0; c < COLUMNS; c++)
            if (self->cells[r][c] != 0)
                g_string_append_unichar (row, self->cells[r][c]);
        g_string_append_printf (text, "%s%s", r > 0 ? "/" : "", g_strchomp (row->str));
        g_string_free (row, TRUE);
    }
    while (text->len > 0 && text->str[text->len - 1] == '/')
        g_string_truncate (text, text->len - 1);
    return g_string_free (text, FALSE);
}

/* --- rows --- */

/* @texts are shown one after the other, "|" between; "/" is the end of a line. */
static const struct {
    const char *name, *texts, *shown;
} cases[] = {
    { "one-line", "one/", "one" },
    { "lines", "one/two/three/", "one/two/three" },
    { "no-end-of-line", "one/two", "one/two" },
    { "empty-lines", "one//three/", "one//three" },
    { "changed", "one/two/three/|one/2/three/", "one/2/three" },
    { "shorter-line", "one/long line/|one/long/", "one/long" },
    { "fewer-lines", "one/two/three/|one/", "one" },
    { "nothing-left", "one/two/|", "" },
    { "more-lines", "one/|one/two/", "one/two" },
    { "full-row", "0123456789/next/", "0123456789/next" },
    { "full-row-changed", "0123456789/|abcdefghij/", "abcdefghij" },
    { "full-row-to-short", "0123456789/|abc/", "abc" },
    { "too-long", "0123456789abc/next/", "0123456789/abc/next" },
    { "longest", "0123456789abcdefghijk/", "0123456789/abcdefghij/k" },
    { "wide-letters", "日本語日本語/x/", "日本語日本/語/x" },
    { "wide-letter-at-the-edge", "012345678日/", "012345678/日" },
    { "as-high-as-it-is", "1/2/3/4/5/6/", "1/2/3/4/5/6" },
    { "too-high", "1/2/3/4/5/6/7/", "1/2/3/4/5/… 2 more l" },
    { "less-high-again", "1/2/3/4/5/6/7/|1/2/", "1/2" },
    { "in-colour", "\033[32mok\033[0m fine/", "ok fine" },
    { "colour-is-no-width", "\033[32m0123456789\033[0m/x/", "0123456789/x" },
};

static void
shows (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbScreen) screen = ib_screen_new ();
    g_auto (GStrv) texts = g_strsplit (cases[i].texts, "|", -1);
    Terminal terminal;
    memset (&terminal, 0, sizeof terminal);
    for (char **text = texts; *text != NULL; text++) {
        g_strdelimit (*text, "/", '\n');
        g_autofree char *changes = ib_screen_update (screen, *text, COLUMNS, ROWS);
        feed (&terminal, changes);
        g_autofree char *nothing = ib_screen_update (screen, *text, COLUMNS, ROWS);
        g_assert_cmpstr (nothing, ==, "");
    }
    g_autofree char *shown = read_off (&terminal);
    g_assert_cmpstr (shown, ==, cases[i].shown);
}

static void
only_what_differs_is_drawn (void)
{
    g_autoptr (IbScreen) screen = ib_screen_new ();
    g_autofree char *first = ib_screen_update (screen, "one\ntwo\nthree\n", 20, 5);
    g_assert_nonnull (strstr (first, "three"));
    g_autofree char *second = ib_screen_update (screen, "one\n2\nthree\n", 20, 5);
    g_assert_cmpstr (second, ==, "\033[2;1H2\033[0m\033[K");
    g_autofree char *resized = ib_screen_update (screen, "one\n2\nthree\n", 20, 6);
    g_assert_nonnull (strstr (resized, "three"));
    g_assert_nonnull (strstr (resized, "\033[2J"));
}

/* A colour that goes on in the next row is that row's, too: it may be drawn without the one before. */
static void
colour_goes_on (void)
{
    g_autoptr (IbScreen) screen = ib_screen_new ();
    g_autofree char *drawn = ib_screen_update (screen, "\033[31m0123456789abc\033[0m d\n", 10, 5);
    g_assert_nonnull (strstr (drawn, "\033[2;1H\033[31mabc\033[0m d"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/screen/shows/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), shows);
    }
    g_test_add_func ("/screen/only-what-differs", only_what_differs_is_drawn);
    g_test_add_func ("/screen/colour-goes-on", colour_goes_on);
    return g_test_run ();
}
