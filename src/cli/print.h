/* print.h - words and tables on a terminal
 *
 * Facts go to standard output, complaints to standard error. What a server or a message had a hand in is made safe
 * first; colour only where a terminal shows it and NO_COLOR does not forbid it. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

/* "inbasket: …", one line, on standard error. */
void ib_print_error (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* The same with what the user can do about it, a sentence (NULL: none), in the same line. */
void ib_print_refusal (const char *remedy, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* "  → …": what the user may want to do next, though nothing went wrong. */
void ib_print_hint (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Control characters, invalid UTF-8 and direction overrides escaped; no more than @columns wide, "…" at the cut (0:
 * whole). Returns: (transfer full) */
char *ib_print_safe (const char *text, guint columns);
/* How many columns @text, which is safe already, takes. */
guint ib_print_columns (const char *text);
/* @text, which is safe already, in lines of at most @columns, broken between words; all but the first begin with @indent.
 * Returns: (transfer full) */
char *ib_print_wrap (const char *text, guint columns, const char *indent);
/* @text, which is safe already, behind @prefix, and a line's end; on a terminal broken between words, below each other. */
void ib_print_paragraph (const char *prefix, const char *text);
/* Made valid UTF-8 only, for JSON, where json-glib escapes the rest. Returns: (transfer full) */
char *ib_print_valid (const char *text);

typedef enum {
    IB_COLOUR_PLAIN,
    IB_COLOUR_GOOD,
    IB_COLOUR_WARN,
    IB_COLOUR_BAD,
    IB_COLOUR_FAINT,
    IB_COLOUR_BOLD
} IbColour;
/* The escape sequences, or "" where colour is not wanted. For standard output. */
const char *ib_print_colour (IbColour colour);
/* @text, which is safe already, and a line's end; its first @coloured bytes (G_MAXSIZE: all) have that colour. On a terminal its words stay
 * whole, and further lines stand two columns in. */
void ib_print_sentence (IbColour colour, gsize coloured, const char *text);

/* Whether what is written to @fd should be in colour. */
bool ib_print_wants_colour (int fd);

/* Columns of the terminal, be it only standard error; 80 where there is none. */
guint ib_print_width (void);
/* Its rows; 24 where there is none. */
guint ib_print_height (void);
/* Whether @fd is a terminal that can be drawn upon. */
bool ib_print_can_draw (int fd);
/* Whether standard output is a terminal. Where it is not, nothing that was asked for is cut: another program reads it. */
bool ib_print_is_terminal (void);

/* "3.4 MB"; "2 min ago", "in 5 min", "never" (0). Returns: (transfer full) */
char *ib_print_size (guint64 bytes);
char *ib_print_when (gint64 at, gint64 now);

/* A table: cells are copied, made safe, and columns as wide as needed; numbers to the right. */
typedef struct _IbTable IbTable;
/* @heads: NULL-ended; one that begins with ">" is aligned to the right. */
IbTable *ib_table_new (const char *const *heads);
void ib_table_cell (IbTable *self, IbColour colour, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* A terminal that is too narrow for all columns goes without @column, and then without those that were named later. */
void ib_table_may_lack (IbTable *self, guint column);
/* Where a terminal is too narrow even so, each row is a paragraph: its first cell, and below it the others behind
 * their heads. */
void ib_table_print (const IbTable *self);
void ib_table_free (IbTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbTable, ib_table_free)

/* One line of JSON on standard output, flushed. */
void ib_print_json (JsonBuilder *builder);

/* What would go to standard output is kept instead, until it is asked for. Not nested. */
void ib_print_begin_capture (void);
/* Returns: (transfer full) */
char *ib_print_end_capture (void);
/* As it is: JSON is UTF-8 whatever the terminal speaks. */
void ib_print_raw (const char *text);

/* Members; a NULL text is null, as is a NAN. */
void ib_json_text (JsonBuilder *builder, const char *name, const char *text);
void ib_json_int (JsonBuilder *builder, const char *name, gint64 number);
void ib_json_bool (JsonBuilder *builder, const char *name, bool value);
void ib_json_double (JsonBuilder *builder, const char *name, double number);
