/* dialogue-file.c - dialogues with servers, as they stand in tests/dialogues */
#include "dialogue-file.h"
#include "fetch.h"

#include <string.h>

G_DEFINE_QUARK (dialogue-file-error, dialogue_file_error)

#define THEN "done|(offline|busy|sign-in|unsafe|message|server|stopped)((: | … ).+)?"
#define BEHIND_ANYTHING " … "

static const char *const remedies[]
    = { "offline", "busy", "sign-in", "unsafe", "message", "server", "stopped" };

/* Lines that stand for themselves under one name, with words that differ. */
typedef struct {
    char **parameters; /* "$UID" */
    GPtrArray *lines;  /* char* */
} Piece;

typedef struct {
    const DialogueKey *keys;
    GPtrArray *dialogues;
    GHashTable *pieces; /* char* to Piece* */
    Dialogue *dialogue; /* the one, or the piece, that is being read; or neither */
    Piece *piece;
    const char *file;
    guint line_number;
} Reader;

/* --- what was read ------------------------------------------------------------------------------------------- */

static void
free_line (gpointer data)
{
    DialogueLine *line = data;
    g_free (line->text);
    g_free (line);
}

static void
free_dialogue (gpointer data)
{
    Dialogue *dialogue = data;
    g_free (dialogue->name);
    g_free (dialogue->where);
    g_ptr_array_unref (dialogue->lines);
    g_hash_table_unref (dialogue->settings);
    g_string_free (dialogue->told, TRUE);
    g_free (dialogue->outcome);
    g_free (dialogue);
}

static void
free_piece (gpointer data)
{
    Piece *piece = data;
    g_strfreev (piece->parameters);
    g_ptr_array_unref (piece->lines);
    g_free (piece);
}

G_GNUC_PRINTF (3, 4)
static bool
complain (const Reader *self, GError **error, const char *format, ...)
{
    va_list words;
    va_start (words, format);
    g_autofree char *text = g_strdup_vprintf (format, words);
    va_end (words);
    g_set_error (error, DIALOGUE_FILE_ERROR, 0, "%s:%u: %s", self->file, self->line_number, text);
    return false;
}

static bool
matches (const char *value, const char *values)
{
    g_autofree char *whole = values != NULL ? g_strdup_printf ("^(?:%s)$", values) : NULL;
    return whole == NULL || g_regex_match_simple (whole, value, G_REGEX_DOLLAR_ENDONLY, 0);
}

/* --- a line of a dialogue ------------------------------------------------------------------------------------ */

static bool
has_bad_escape (const char *text)
{
    for (text = strstr (text, "\\x"); text != NULL; text = strstr (text + 2, "\\x"))
        if (!g_ascii_isxdigit (text[2]) || !g_ascii_isxdigit (text[3]))
            return true;
    return false;
}

static bool
add_script (Reader *self, DialogueVerb verb, guint count, const char *text, GError **error)
{
    GPtrArray *lines = self->dialogue->lines;
    const DialogueLine *last = lines->len > 0 ? lines->pdata[lines->len - 1] : NULL;
    if (last != NULL
        && (last->verb == DIALOGUE_CLOSES || last->verb == DIALOGUE_WAITS || last->verb == DIALOGUE_RESETS))
        return complain (self, error, "nothing happens behind CLOSE, WAIT or RESET");
    const DialogueLine line = { verb, count, g_strdup (text) };
    g_ptr_array_add (lines, g_memdup2 (&line, sizeof line));
    return true;
}

static bool
add_said (Reader *self, DialogueVerb verb, const char *text, GError **error)
{
    char *words = NULL;
    guint count = 0;
    if (verb == DIALOGUE_SAYS_MANY || verb == DIALOGUE_FLOODS) {
        if (!matches (text, "[1-9][0-9]{0,6} .+"))
            return complain (self, error, "how many, and of what? %s", text);
        count = (guint) g_ascii_strtoull (text, &words, 10);
        text = words + 1;
    } else if (has_bad_escape (text))
        return complain (self, error, "two digits of base 16 must follow \\x: %s", text);
    return add_script (self, verb, count, text, error);
}

static bool
add_heard (Reader *self, const char *text, GError **error)
{
    g_autoptr (GString) filled = g_string_new (text);
    g_string_replace (filled, "@VERSION@", IB_VERSION, 0);
    return add_script (self, DIALOGUE_HEARS, 0, filled->str, error);
}

/* Returns: whether @key is a word of the script. */
static bool
find_verb (const char *key, DialogueVerb *out_verb)
{
    static const struct {
        const char *key;
        DialogueVerb verb;
    } verbs[] = {
        { "S", DIALOGUE_SAYS },       { "RAW", DIALOGUE_SAYS_RAW }, { "MANY", DIALOGUE_SAYS_MANY },
        { "FLOOD", DIALOGUE_FLOODS }, { "C", DIALOGUE_HEARS },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
        if (strcmp (verbs[i].key, key) == 0) {
            *out_verb = verbs[i].verb;
            return true;
        }
    return false;
}

static bool
add_by_key (Reader *self, const DialogueKey *key, const char *value, GError **error)
{
    if (!matches (value, key->values))
        return complain (self, error, "%s cannot be \"%s\"", key->name, value);
    switch (key->kind) {
    case DIALOGUE_SETTING:
        if (!g_hash_table_insert (self->dialogue->settings, g_strdup (key->name), g_strdup (value)))
            return complain (self, error, "%s is there twice", key->name);
        break;
    case DIALOGUE_TOLD:
        g_string_append_printf (self->dialogue->told, "%s: %s\n", key->name, value);
        break;
    case DIALOGUE_WISH:
        return add_script (self, DIALOGUE_WISHES, 0, value, error);
    }
    return true;
}

static bool
add_outcome (Reader *self, const char *value, GError **error)
{
    if (self->dialogue->outcome != NULL)
        return complain (self, error, "THEN is there twice");
    if (!matches (value, THEN))
        return complain (self, error, "no outcome is \"%s\"", value);
    self->dialogue->outcome = g_strdup (value);
    return true;
}

static bool
add_key_and_value (Reader *self, const char *key, const char *value, GError **error)
{
    DialogueVerb verb;
    if (strcmp (key, "THEN") == 0)
        return add_outcome (self, value, error);
    if (find_verb (key, &verb))
        return verb == DIALOGUE_HEARS ? add_heard (self, value, error) : add_said (self, verb, value, error);
    for (const DialogueKey *known = self->keys; known->name != NULL; known++)
        if (strcmp (known->name, key) == 0)
            return add_by_key (self, known, value, error);
    return complain (self, error, "nothing is known of %s", key);
}

/* "KEY: VALUE"; with nothing behind it "KEY:", or "S" and "C" alone. */
static bool
add_line (Reader *self, const char *line, GError **error)
{
    if (self->dialogue == NULL)
        return complain (self, error, "this stands in no dialogue: %s", line);
    if (strcmp (line, "CLOSE") == 0)
        return add_script (self, DIALOGUE_CLOSES, 0, "", error);
    if (strcmp (line, "RESET") == 0)
        return add_script (self, DIALOGUE_RESETS, 0, "", error);
    if (strcmp (line, "WAIT") == 0)
        return add_script (self, DIALOGUE_WAITS, 0, "", error);
    if (strcmp (line, "S") == 0 || strcmp (line, "C") == 0)
        return add_key_and_value (self, line, "", error);

    const char *colon = strchr (line, ':');
    if (colon == NULL || (colon[1] != ' ' && colon[1] != '\0'))
        return complain (self, error, "what is this line? %s", line);
    g_autofree char *key = g_strndup (line, (gsize) (colon - line));
    return add_key_and_value (self, key, colon[1] == ' ' ? colon + 2 : "", error);
}

/* --- pieces -------------------------------------------------------------------------------------------------- */

static bool
begin_piece (Reader *self, const char *title, GError **error)
{
    if (!matches (title, "[A-Z][A-Z0-9-]*( \\$[A-Z]+)*"))
        return complain (self, error, "a piece is \"-- NAME $WORD …\", all in capitals: %s", title);
    g_auto (GStrv) words = g_strsplit (title, " ", -1);
    if (g_hash_table_contains (self->pieces, words[0]))
        return complain (self, error, "there are two pieces %s", words[0]);
    self->piece = g_new0 (Piece, 1);
    self->piece->parameters = g_strdupv (words + 1);
    self->piece->lines = g_ptr_array_new_with_free_func (g_free);
    g_hash_table_insert (self->pieces, g_strdup (words[0]), self->piece);
    return true;
}

/* How long the parameter is that begins at @text, "$UID"; or 0. */
static gsize
parameter_length (const char *text)
{
    gsize length = *text == '$' ? strspn (text + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") : 0;
    return length > 0 ? length + 1 : 0;
}

/* Where it is among @parameters; or -1. */
static int
find_parameter (char **parameters, const char *text)
{
    gsize length = parameter_length (text);
    for (int i = 0; parameters[i] != NULL; i++)
        if (strlen (parameters[i]) == length && strncmp (parameters[i], text, length) == 0)
            return i;
    return -1;
}

/* A piece within a piece may pass on a parameter: what is filled in is not looked at once more. */
static char *
fill_line (const Piece *piece, const char *line, char **words)
{
    GString *filled = g_string_new (NULL);
    while (*line != '\0') {
        int found = find_parameter (piece->parameters, line);
        if (found < 0)
            g_string_append_c (filled, *line++);
        else {
            g_string_append (filled, words[found]);
            line += parameter_length (line);
        }
    }
    return g_string_free (filled, FALSE);
}

/* Of what stands behind the name of a piece, the last word takes all that is left. */
static bool
fill_piece (Reader *self, const Piece *piece, const char *name, const char *rest, GPtrArray *out_lines,
            GError **error)
{
    guint wanted = g_strv_length (piece->parameters);
    g_auto (GStrv) words = g_strsplit (rest, " ", wanted > 0 ? (gint) wanted : -1);
    if (g_strv_length (words) != wanted)
        return complain (self, error, "%s takes %u words: \"%s\"", name, wanted, rest);
    for (guint i = 0; i < piece->lines->len; i++)
        g_ptr_array_add (out_lines, fill_line (piece, piece->lines->pdata[i], words));
    return true;
}

/* The lines that @line stands for: itself, or those of a piece. */
static GPtrArray *
expand (Reader *self, const char *line, GError **error)
{
    g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
    g_autofree char *name = g_strndup (line, strcspn (line, " "));
    const Piece *piece = g_hash_table_lookup (self->pieces, name);
    const char *rest = line + strlen (name);
    if (piece == NULL || piece == self->piece)
        g_ptr_array_add (lines, g_strdup (line));
    else if (!fill_piece (self, piece, name, *rest == ' ' ? rest + 1 : rest, lines, error))
        return NULL;
    return g_steal_pointer (&lines);
}

static bool
add_to_piece (Reader *self, const char *line, GError **error)
{
    for (const char *at = strchr (line, '$'); at != NULL; at = strchr (at + 1, '$'))
        if (parameter_length (at) > 0 && find_parameter (self->piece->parameters, at) < 0)
            return complain (self, error, "what is to stand for %.*s?", (int) parameter_length (at), at);
    g_ptr_array_add (self->piece->lines, g_strdup (line));
    return true;
}

/* --- a file -------------------------------------------------------------------------------------------------- */

/* What was being read is whole. */
static bool
finish (Reader *self, GError **error)
{
    const Dialogue *dialogue = self->dialogue;
    self->dialogue = NULL;
    self->piece = NULL;
    if (dialogue == NULL || dialogue->outcome != NULL)
        return true;
    g_set_error (error, DIALOGUE_FILE_ERROR, 0, "%s: %s has no THEN", dialogue->where, dialogue->name);
    return false;
}

static bool
begin_dialogue (Reader *self, const char *name, GError **error)
{
    if (*name == '\0')
        return complain (self, error, "a dialogue has a name");
    for (guint i = 0; i < self->dialogues->len; i++) {
        const Dialogue *other = self->dialogues->pdata[i];
        if (strcmp (other->name, name) == 0)
            return complain (self, error, "%s is the name of the one at %s, too", name, other->where);
    }
    Dialogue *dialogue = g_new0 (Dialogue, 1);
    dialogue->name = g_strdup (name);
    dialogue->where = g_strdup_printf ("%s:%u", self->file, self->line_number);
    dialogue->lines = g_ptr_array_new_with_free_func (free_line);
    dialogue->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    dialogue->told = g_string_new (NULL);
    g_ptr_array_add (self->dialogues, dialogue);
    self->dialogue = dialogue;
    return true;
}

static bool
read_line (Reader *self, const char *line, GError **error)
{
    if (*line == '\0' || *line == '#')
        return true;
    if (g_str_has_prefix (line, "== "))
        return finish (self, error) && begin_dialogue (self, line + 3, error);
    if (g_str_has_prefix (line, "-- "))
        return finish (self, error) && begin_piece (self, line + 3, error);

    g_autoptr (GPtrArray) lines = expand (self, line, error);
    for (guint i = 0; lines != NULL && i < lines->len; i++)
        if (!(self->piece != NULL ? add_to_piece : add_line) (self, lines->pdata[i], error))
            return false;
    return lines != NULL;
}

static bool
read_text (Reader *self, const char *file, const char *text, GError **error)
{
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    self->file = file;
    for (guint i = 0; lines[i] != NULL; i++) {
        self->line_number = i + 1;
        if (!read_line (self, lines[i], error))
            return false;
    }
    return finish (self, error);
}

static void
begin (Reader *self, const DialogueKey *keys)
{
    *self = (Reader){ .keys = keys,
                      .dialogues = g_ptr_array_new_with_free_func (free_dialogue),
                      .pieces = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_piece) };
}

static GPtrArray *
end (Reader *self, bool is_good)
{
    g_hash_table_unref (self->pieces);
    if (is_good)
        return self->dialogues;
    g_ptr_array_unref (self->dialogues);
    return NULL;
}

static int
by_name (gconstpointer a, gconstpointer b)
{
    return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* @protocol.txt, and what goes on behind it. */
static GPtrArray *
find_files (const char *folder, const char *protocol, GError **error)
{
    g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
    if (dir == NULL)
        return NULL;
    GPtrArray *files = g_ptr_array_new_with_free_func (g_free);
    g_autofree char *prefix = g_strconcat (protocol, "-", NULL);
    for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
        if (g_str_has_prefix (name, prefix) && g_str_has_suffix (name, ".txt"))
            g_ptr_array_add (files, g_strdup (name));
    g_ptr_array_sort (files, by_name);
    g_ptr_array_insert (files, 0, g_strconcat (protocol, ".txt", NULL));
    return files;
}

GPtrArray *
dialogue_file_load (const char *protocol, const DialogueKey *keys, GError **error)
{
    g_autofree char *folder = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "tests", "dialogues", NULL);
    g_autoptr (GPtrArray) files = find_files (folder, protocol, error);
    if (files == NULL)
        return NULL;
    Reader reader;
    begin (&reader, keys);
    bool is_good = true;
    for (guint i = 0; is_good && i < files->len; i++) {
        g_autofree char *path = g_build_filename (folder, files->pdata[i], NULL);
        g_autofree char *text = NULL;
        is_good = g_file_get_contents (path, &text, NULL, error)
                  && read_text (&reader, files->pdata[i], text, error);
    }
    return end (&reader, is_good);
}

GPtrArray *
dialogue_file_parse (const char *file, const char *text, const DialogueKey *keys, GError **error)
{
    Reader reader;
    begin (&reader, keys);
    return end (&reader, read_text (&reader, file, text, error));
}

const char *
dialogue_file_setting (const Dialogue *self, const char *key)
{
    return g_hash_table_lookup (self->settings, key);
}

guint64
dialogue_file_number (const Dialogue *self, const char *key)
{
    const char *value = dialogue_file_setting (self, key);
    return value != NULL ? g_ascii_strtoull (value, NULL, 10) : 0;
}

GString *
dialogue_file_unescape (const char *text)
{
    GString *out = g_string_new (NULL);
    for (; *text != '\0'; text++) {
        if (*text != '\\' || text[1] == '\0' || strchr ("rn0x", text[1]) == NULL) {
            g_string_append_c (out, *text);
            continue;
        }
        text++;
        if (*text == 'x') {
            g_string_append_c (out,
                               (char) (g_ascii_xdigit_value (text[1]) * 16 + g_ascii_xdigit_value (text[2])));
            text += 2;
        } else
            g_string_append_c (out, *text == 'r' ? '\r' : *text == 'n' ? '\n' : '\0');
    }
    return out;
}

GString *
dialogue_file_repeat (const DialogueLine *line)
{
    GString *all = g_string_new (NULL);
    g_auto (GStrv) parts = g_strsplit (line->text, "%u", 2);
    for (guint i = 1; i <= line->count; i++) {
        g_string_append (all, parts[0]);
        if (parts[1] != NULL)
            g_string_append_printf (all, "%u%s", i, parts[1]);
        g_string_append (all, line->verb == DIALOGUE_SAYS_MANY ? "\r\n" : "");
    }
    return all;
}

char *
dialogue_file_outcome (const GError *error)
{
    if (error == NULL)
        return g_strdup ("done");
    g_assert_cmpint (error->domain, ==, IB_FETCH_ERROR);
    return g_strdup_printf ("%s: %s", remedies[error->code], error->message);
}

bool
dialogue_file_ends_so (const Dialogue *self, const char *outcome)
{
    const char *behind = strstr (self->outcome, BEHIND_ANYTHING);
    if (behind == NULL)
        return g_str_has_prefix (outcome, self->outcome);
    gsize length = (gsize) (behind - self->outcome);
    return strncmp (outcome, self->outcome, length) == 0 && g_str_has_prefix (outcome + length, ": ")
           && strstr (outcome + length, behind + strlen (BEHIND_ANYTHING)) != NULL;
}
