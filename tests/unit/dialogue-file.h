/* dialogue-file.h - dialogues with servers, and what must come of them, as they stand in tests/dialogues
 *
 * README.md there says how they are written. What all protocols have in common is known here: names, pieces, what is said and
 * heard, and how it ends. What the client can be told, and what it tells of its run, only the test knows that plays them: it
 * hands in the keys. A line that is none of these is an error that names file and line. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define DIALOGUE_FILE_ERROR (dialogue_file_error_quark ())
GQuark dialogue_file_error_quark (void);

typedef enum {
    DIALOGUE_SETTING, /* once in a dialogue, at most */
    DIALOGUE_TOLD,    /* what the run must tell, in this order */
    DIALOGUE_WISH,    /* a wish of the user's at this point of the script */
} DialogueKeyKind;

typedef struct {
    const char *name;
    DialogueKeyKind kind;
    const char *values; /* a regular expression for the whole of the value; NULL: whatever it is */
} DialogueKey;

typedef enum {
    DIALOGUE_SAYS,      /* S: a line of the server's */
    DIALOGUE_SAYS_RAW,  /* RAW: without a line end */
    DIALOGUE_SAYS_MANY, /* MANY: so many lines */
    DIALOGUE_FLOODS,    /* FLOOD: the same without line ends */
    DIALOGUE_HEARS,     /* C: a line of the client's */
    DIALOGUE_WISHES,
    DIALOGUE_CLOSES, /* CLOSE */
    DIALOGUE_WAITS,  /* WAIT */
    DIALOGUE_RESETS, /* RESET */
} DialogueVerb;

typedef struct {
    DialogueVerb verb;
    guint count; /* of MANY and FLOOD */
    char *text;  /* with its escapes */
} DialogueLine;

typedef struct {
    char *name;
    char *where;          /* FILE:LINE */
    GPtrArray *lines;     /* DialogueLine*: the script */
    GHashTable *settings; /* char* to char* */
    GString *told;        /* "KEY: VALUE", a line each */
    char *outcome;        /* THEN */
} Dialogue;

/* Reads tests/dialogues/@protocol.txt, and then all of @protocol-*.txt by their names; the pieces of a file are there for all
 * behind it. @keys ends with one that has no name. Returns: (transfer full) (nullable): Dialogue* */
GPtrArray *dialogue_file_load (const char *protocol, const DialogueKey *keys, GError **error);
/* The same of one text. */
GPtrArray *dialogue_file_parse (const char *file, const char *text, const DialogueKey *keys, GError **error);

/* What a setting is, or NULL. */
const char *dialogue_file_setting (const Dialogue *self, const char *key);
/* What it is for one that is a number; or 0. */
guint64 dialogue_file_number (const Dialogue *self, const char *key);

/* What \r, \n, \0 and \xHH in @text stand for; any other backslash is one. Returns: (transfer full) */
GString *dialogue_file_unescape (const char *text);
/* All that a line of MANY or FLOOD stands for. Returns: (transfer full) */
GString *dialogue_file_repeat (const DialogueLine *line);

/* "done", or the remedy and the text of @error, which is one of IB_FETCH_ERROR. Returns: (transfer full) */
char *dialogue_file_outcome (const GError *error);
/* Whether that is what @self wants. */
bool dialogue_file_ends_so (const Dialogue *self, const char *outcome);
