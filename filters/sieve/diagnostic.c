/* diagnostic.c - what is wrong with a script, told in one go */
#include "diagnostic.h"
#include "mail-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define QUOTED_CHARACTERS 60
/* Longer words have no near neighbours in the language; the comparison is quadratic. */
#define WORD_BYTES 40

/* What is kept of one, for its place in the list. */
typedef struct {
    IbDiagnostic diagnostic; /* its file is a GRefString */
    guint file;
} Item;

struct _IbDiagnosticList {
    GPtrArray *items; /* Item */
    GPtrArray *files; /* GRefString, in the order of their first being entered */
    guint file;       /* from 1; 0: none was entered */
    guint dropped;
    bool has_errors;
    bool reads_syntax;
};

void
ib_diagnostic_free (IbDiagnostic *self)
{
    if (self == NULL)
        return;
    if (self->file != NULL)
        g_ref_string_release ((char *) self->file);
    g_free (self->message);
    g_free (self);
}

static void
diagnostic_free (gpointer self)
{
    ib_diagnostic_free (self);
}

IbDiagnosticList *
ib_diagnostic_list_new (void)
{
    IbDiagnosticList *self = g_new0 (IbDiagnosticList, 1);
    self->items = g_ptr_array_new_with_free_func (diagnostic_free);
    self->files = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ref_string_release);
    return self;
}

guint
ib_diagnostic_list_enter (IbDiagnosticList *self, const char *file)
{
    guint before = self->file;
    g_ptr_array_add (self->files, g_ref_string_new (file));
    self->file = self->files->len;
    return before;
}

void
ib_diagnostic_list_leave (IbDiagnosticList *self, guint before)
{
    self->file = before;
}

void
ib_diagnostic_list_syntax (IbDiagnosticList *self, bool is_syntax)
{
    self->reads_syntax = is_syntax;
}

static void
append (IbDiagnosticList *self, guint file, IbPosition at, bool is_warning, char *message)
{
    Item *item = g_new0 (Item, 1);
    item->file = file;
    if (file > 0)
        item->diagnostic.file = g_ref_string_acquire (self->files->pdata[file - 1]);
    item->diagnostic.line = at.line;
    item->diagnostic.column = at.column;
    item->diagnostic.is_warning = is_warning;
    item->diagnostic.is_syntax = self->reads_syntax;
    item->diagnostic.message = message;
    g_ptr_array_add (self->items, item);
}

static void G_GNUC_PRINTF (4, 0)
    add (IbDiagnosticList *self, IbPosition at, bool is_warning, const char *format, va_list arguments)
{
    if (ib_diagnostic_is_full (self))
        self->dropped++;
    else
        append (self, self->file, at, is_warning, g_strdup_vprintf (format, arguments));
}

void
ib_diagnostic_error (IbDiagnosticList *self, IbPosition at, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    add (self, at, false, format, arguments);
    va_end (arguments);
    self->has_errors = true;
}

void
ib_diagnostic_warn (IbDiagnosticList *self, IbPosition at, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    add (self, at, true, format, arguments);
    va_end (arguments);
}

bool
ib_diagnostic_has_errors (const IbDiagnosticList *self)
{
    return self->has_errors;
}

bool
ib_diagnostic_is_full (const IbDiagnosticList *self)
{
    return self->items->len >= IB_LIMIT_DIAGNOSTICS;
}

/* Errors go before warnings of the same place, so that a script which is all warnings up to the limit still shows why
 * it failed. */
static int
compare_places (gconstpointer a, gconstpointer b)
{
    const Item *first = *(Item *const *) a, *second = *(Item *const *) b;
    const IbDiagnostic *left = &first->diagnostic, *right = &second->diagnostic;
    if (first->file != second->file)
        return first->file < second->file ? -1 : 1;
    if (left->line != right->line)
        return left->line < right->line ? -1 : 1;
    if (left->column != right->column)
        return left->column < right->column ? -1 : 1;
    return (int) left->is_warning - (int) right->is_warning;
}

GPtrArray *
ib_diagnostic_list_finish (IbDiagnosticList *self)
{
    g_ptr_array_sort (self->items, compare_places);
    if (self->dropped > 0) {
        const Item *last = self->items->pdata[self->items->len - 1];
        append (self, last->file, (IbPosition){ last->diagnostic.line, last->diagnostic.column },
                !self->has_errors,
                g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "and %u more", "and %u more", self->dropped),
                                 self->dropped));
    }
    GPtrArray *items = self->items;
    self->items = g_ptr_array_new_with_free_func (diagnostic_free);
    return items;
}

void
ib_diagnostic_list_free (IbDiagnosticList *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->items);
    g_ptr_array_unref (self->files);
    g_free (self);
}

char *
ib_diagnostic_quote (IbSpan text)
{
    g_autofree char *valid
        = g_utf8_make_valid (text.bytes, (gssize) MIN (text.length, 4 * QUOTED_CHARACTERS));
    GString *quoted = g_string_new ("\"");
    guint characters = 0;

    for (const char *c = valid; *c != '\0' && characters < QUOTED_CHARACTERS;
         c = g_utf8_next_char (c), characters++) {
        gunichar character = g_utf8_get_char (c);
        if (g_unichar_isprint (character))
            g_string_append_unichar (quoted, character);
        else
            g_string_append_printf (quoted, "\\x%02x", character);
    }
    bool is_cut = text.length > 4 * QUOTED_CHARACTERS || g_utf8_strlen (valid, -1) > QUOTED_CHARACTERS;
    g_string_append (quoted, is_cut ? "…\"" : "\"");
    return g_string_free (quoted, FALSE);
}

/* Edits of one letter, a swap of neighbours among them, that lead from @a to @b in any letter case. */
static guint
distance (const char *a, const char *b)
{
    guint rows[3][WORD_BYTES + 1];
    gsize a_length = strlen (a), b_length = strlen (b);

    for (guint j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (guint i = 1; i <= a_length; i++) {
        guint *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = i;
        for (guint j = 1; j <= b_length; j++) {
            char x = g_ascii_tolower (a[i - 1]), y = g_ascii_tolower (b[j - 1]);
            now[j] = MIN (MIN (before[j], now[j - 1]) + 1, before[j - 1] + (x != y ? 1 : 0));
            bool is_swap
                = i > 1 && j > 1 && x == g_ascii_tolower (b[j - 2]) && y == g_ascii_tolower (a[i - 2]);
            if (is_swap)
                now[j] = MIN (now[j], earlier[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

void
ib_nearest_offer (IbNearest *self, const char *candidate)
{
    gsize length = strlen (self->word);
    if (length == 0 || length > WORD_BYTES || strlen (candidate) > WORD_BYTES)
        return;
    guint edits = distance (self->word, candidate);
    guint allowed = MAX (1, (guint) length / 3);
    if (edits <= allowed && (self->best == NULL || edits < self->distance)) {
        self->best = candidate;
        self->distance = edits;
    }
}

char *
ib_nearest_question (const IbNearest *self)
{
    return self->best == NULL ? g_strdup ("") : g_strdup_printf (_ (" (did you mean \"%s\"?)"), self->best);
}
