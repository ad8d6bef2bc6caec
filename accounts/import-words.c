/* import-words.c - lines, words and sections, as the little languages of configurations have them */
#include "import-words.h"
#include "import-file.h"
#include "secret.h"
#include "server-limits.h"

#include <string.h>

static void
word_free (gpointer word)
{
    ib_import_wipe (word);
}

/* Takes what is in @text, which is left empty. */
static char *
take_text (GString *text)
{
    char *word = g_strdup (text->str);
    ib_secret_wipe (text->str, text->allocated_len);
    g_string_truncate (text, 0);
    return word;
}

static void
text_free (GString *text)
{
    ib_secret_wipe (text->str, text->allocated_len);
    g_string_free (text, TRUE);
}

/* --- lines --------------------------------------------------------------------------------------------------------------- */

char *
ib_import_lines_next (IbImportLines *self)
{
    if (self->at == NULL || *self->at == '\0')
        return NULL;
    gsize length = strcspn (self->at, "\n");
    gsize end = length - (length > 0 && self->at[length - 1] == '\r');
    char *line = g_strndup (self->at, MIN (end, IB_LIMIT_LINE_BYTES));
    self->at += length + (self->at[length] == '\n');
    self->line++;
    return line;
}

/* --- words --------------------------------------------------------------------------------------------------------------- */

GPtrArray *
ib_import_words_new (void)
{
    return g_ptr_array_new_with_free_func (word_free);
}

GPtrArray *
ib_import_words_split (const char *line, bool escapes_everywhere)
{
    g_autoptr (GPtrArray) words = ib_import_words_new ();
    GString *word = g_string_sized_new (strlen (line));
    bool is_quoted = false, has_word = false;
    for (const char *at = line; *at != '\0'; at++) {
        bool is_escape = *at == '\\' && (is_quoted || escapes_everywhere) && at[1] != '\0';
        if (!is_escape && *at == '"') {
            is_quoted = !is_quoted;
            has_word = true;
        } else if (!is_quoted && g_ascii_isspace (*at)) {
            if (has_word)
                g_ptr_array_add (words, take_text (word));
            has_word = false;
        } else {
            at += is_escape ? 1 : 0;
            g_string_append_c (word, *at);
            has_word = true;
        }
    }
    if (has_word)
        g_ptr_array_add (words, take_text (word));
    text_free (word);
    return is_quoted ? NULL : g_steal_pointer (&words);
}

char *
ib_import_words_join (const GPtrArray *words, guint from)
{
    g_autoptr (GString) text = g_string_new (NULL);
    for (guint i = from; i < words->len; i++)
        g_string_append_printf (text, "%s%s", i > from ? " " : "", (const char *) words->pdata[i]);
    return g_string_free (g_steal_pointer (&text), FALSE);
}

/* string = *1("r") quote *(char / "\" char) quote, either quote */
static const char *
read_string (const char *at, GPtrArray *words)
{
    bool is_raw = (*at == 'r' || *at == 'R' || *at == 'u') && (at[1] == '"' || at[1] == '\'');
    at += is_raw ? 1 : 0;
    char quote = *at;
    if (quote != '"' && quote != '\'')
        return NULL;
    GString *word = g_string_sized_new (strlen (at));
    for (at++; *at != '\0' && *at != quote; at++) {
        if (*at == '\\' && !is_raw && at[1] != '\0')
            at++;
        g_string_append_c (word, *at);
    }
    bool is_closed = *at == quote;
    if (is_closed)
        g_ptr_array_add (words, take_text (word));
    text_free (word);
    return is_closed ? at + 1 : NULL;
}

static const char *
skip_blanks (const char *at)
{
    while (g_ascii_isspace (*at))
        at++;
    return at;
}

GPtrArray *
ib_import_words_of_tuple (const char *text)
{
    g_autoptr (GPtrArray) words = ib_import_words_new ();
    const char *at = skip_blanks (text);
    char end = *at == '(' ? ')' : *at == '[' ? ']' : '\0';
    if (end != '\0')
        at = skip_blanks (at + 1);
    while (*at != end) {
        at = read_string (at, words);
        if (at == NULL)
            return NULL;
        at = skip_blanks (at);
        if (*at == ',')
            at = skip_blanks (at + 1);
        else if (*at != end)
            return NULL;
    }
    if (end != '\0' && *skip_blanks (at + 1) != '\0')
        return NULL;
    return g_steal_pointer (&words);
}

/* --- sections ------------------------------------------------------------------------------------------------------------ */

static void
entry_free (gpointer data)
{
    IbImportEntry *entry = data;
    g_free (entry->key);
    text_free (entry->text);
    g_free (entry);
}

static void
section_free (gpointer data)
{
    IbImportSection *section = data;
    g_free (section->name);
    g_ptr_array_unref (section->entries);
    g_free (section);
}

static bool
begin_section (GPtrArray *sections, const char *line, guint number)
{
    const char *end = strrchr (line, ']');
    if (end == NULL || sections->len >= IB_LIMIT_IMPORT_SECTIONS)
        return false;
    IbImportSection *section = g_new0 (IbImportSection, 1);
    section->name = g_strndup (line + 1, (gsize) (end - line - 1));
    section->line = number;
    section->entries = g_ptr_array_new_with_free_func (entry_free);
    g_ptr_array_add (sections, section);
    return true;
}

/* A value's next line. */
static void
go_on (IbImportEntry *entry, const char *line)
{
    if (entry->text->len > 0)
        g_string_append_c (entry->text, '\n');
    g_string_append (entry->text, line);
}

static bool
add_entry (IbImportSection *section, const char *line, guint number)
{
    gsize length = strcspn (line, "=:");
    if (length == 0 || section->entries->len >= IB_LIMIT_IMPORT_SETTINGS)
        return false;
    g_autofree char *key = g_strndup (line, length);
    IbImportEntry *entry = g_new0 (IbImportEntry, 1);
    entry->key = g_ascii_strdown (g_strstrip (key), -1);
    entry->text = g_string_new (skip_blanks (line + length + (line[length] != '\0')));
    entry->line = number;
    g_ptr_array_add (section->entries, entry);
    return true;
}

static bool
take_line (GPtrArray *sections, char *line, guint number)
{
    bool is_indented = g_ascii_isspace (*line);
    g_strstrip (line);
    IbImportSection *section = sections->len > 0 ? sections->pdata[sections->len - 1] : NULL;
    if (*line == '\0' || *line == '#' || *line == ';')
        return true;
    if (is_indented && section != NULL && section->entries->len > 0) {
        go_on (section->entries->pdata[section->entries->len - 1], line);
        return true;
    }
    if (*line == '[')
        return begin_section (sections, line, number);
    return section != NULL && add_entry (section, line, number);
}

GPtrArray *
ib_import_sections_parse (const char *text, guint *out_line)
{
    g_autoptr (GPtrArray) sections = g_ptr_array_new_with_free_func (section_free);
    IbImportLines lines = { text, 0 };
    char *line;
    while ((line = ib_import_lines_next (&lines)) != NULL) {
        bool is_good = take_line (sections, line, lines.line);
        ib_import_wipe (line);
        if (!is_good) {
            *out_line = lines.line;
            return NULL;
        }
    }
    return g_steal_pointer (&sections);
}

const IbImportSection *
ib_import_sections_find (const GPtrArray *sections, const char *name)
{
    for (guint i = 0; i < sections->len; i++) {
        const IbImportSection *section = sections->pdata[i];
        if (strcmp (section->name, name) == 0)
            return section;
    }
    return NULL;
}

const char *
ib_import_section_get (const IbImportSection *section, const char *key)
{
    for (guint i = section != NULL ? section->entries->len : 0; i > 0; i--) {
        const IbImportEntry *entry = section->entries->pdata[i - 1];
        if (strcmp (entry->key, key) == 0)
            return entry->text->str;
    }
    return NULL;
}

/* --- single words ---------------------------------------------------------------------------------------------- */

void
ib_import_append_element (GString *list, const char *element)
{
    if (list->len > 0)
        g_string_append_c (list, ';');
    for (const char *at = element; *at != '\0'; at++) {
        if (*at == ';' || *at == '\\')
            g_string_append_c (list, '\\');
        g_string_append_c (list, *at);
    }
}

static gint
compare_words (gconstpointer a, gconstpointer b)
{
    return strcmp (*(char *const *) a, *(char *const *) b);
}

void
ib_import_sort_words (GPtrArray *words)
{
    g_ptr_array_sort (words, compare_words);
}

bool
ib_import_is_yes (const char *text)
{
    static const char *const words[] = { "yes", "true", "on", "1", "y", "t" };
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
        if (g_ascii_strcasecmp (text, words[i]) == 0)
            return true;
    return false;
}
