/* import-words.h - lines, words and sections, as the little languages of configurations have them
 *
 * Words may hold passwords: they are overwritten when they go. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Lines of a text, one after the other. */
typedef struct {
    const char *at;  /* where the next one begins; NULL: there is none */
    guint line;      /* the number of the last one, from 1 */
} IbImportLines;

/* The next line without its end, of either kind; of one that is longer than IB_LIMIT_LINE_BYTES, the beginning. Returns: (transfer full) (nullable) */
char *ib_import_lines_next (IbImportLines *self);

/* A list of words, char *. */
GPtrArray *ib_import_words_new (void);
/* Splits @line at blanks; "…" keeps them together, and a backslash takes the next character as it stands (within
 * quotes, or everywhere if @escapes_everywhere). A quote that is not closed: NULL. Returns: (transfer full) (nullable) */
GPtrArray *ib_import_words_split (const char *line, bool escapes_everywhere);
/* From word @from on, with blanks between. Returns: (transfer full) */
char *ib_import_words_join (const GPtrArray *words, guint from);

/* A file of sections, "[name]", of "key = value" or "key: value", in which a line that begins with a blank goes on with the
 * value before it; comments begin with "#" or ";" (Python's configparser). Keys in lower case. */
typedef struct {
    char *key;
    GString *text; /* the value; lines of it with "\n" between */
    guint line;
} IbImportEntry;
typedef struct {
    char *name;
    guint line;
    GPtrArray *entries; /* IbImportEntry */
} IbImportSection;
/* *out_line: the line that is wrong, or has one section or setting too many, if NULL comes back. Elements: IbImportSection. Returns: (transfer full) (nullable) */
GPtrArray *ib_import_sections_parse (const char *text, guint *out_line);
/* NULL: there is none. */
const IbImportSection *ib_import_sections_find (const GPtrArray *sections, const char *name);
/* The last value of @key; NULL: it is not set. */
const char *ib_import_section_get (const IbImportSection *section, const char *key);
/* The words of a Python tuple of strings, or of one string: ("a", 'b'). NULL: it is none. Returns: (transfer full) (nullable) */
GPtrArray *ib_import_words_of_tuple (const char *text);

/* Appends an element to the text of a list of ours. */
void ib_import_append_element (GString *list, const char *element);
void ib_import_sort_words (GPtrArray *words);
/* "yes", "true", "on", "1" in any case. */
bool ib_import_is_yes (const char *text);
