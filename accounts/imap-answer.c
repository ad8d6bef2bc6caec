/* imap-answer.c - how a command to an IMAP server, or its greeting, ended */
#include "imap-answer.h"
#include "escape.h"
#include "imap-read.h"

#include <string.h>

bool
ib_imap_answer_read_result (const char **at, IbImapResult *out_result)
{
    static const char *const words[] = { "OK", "NO", "BAD", "PREAUTH", "BYE" };
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
        if (ib_imap_read_word (at, words[i])) {
            *out_result = (IbImapResult) i;
            return true;
        }
    }
    return false;
}

/* resp-text = ["[" resp-text-code "]" SP] text, where Gmail leaves out the text and FastMail has "]" inside a list. */
static const char *
find_code_end (const char *code)
{
    guint depth = 0;
    for (const char *c = code; *c != '\0'; c++) {
        if (*c == '(')
            depth++;
        else if (*c == ')' && depth > 0)
            depth--;
        else if (*c == ']' && depth == 0)
            return c;
    }
    return strchr (code, ']');
}

IbImapAnswer *
ib_imap_answer_new (IbImapResult result, const char *text)
{
    IbImapAnswer *self = g_new0 (IbImapAnswer, 1);
    const char *end = *text == '[' ? find_code_end (text + 1) : NULL;
    self->result = result;
    if (end == NULL) {
        self->code = g_strdup ("");
        self->argument = g_strdup ("");
        self->text = ib_escape_server_text (text, -1);
        self->has_words = *text != '\0';
        return self;
    }
    g_autofree char *inside = g_strndup (text + 1, (gsize) (end - text - 1));
    gsize length = strcspn (inside, " ");
    self->code = g_ascii_strup (inside, (gssize) length);
    self->argument = g_strdup (inside[length] != '\0' ? inside + length + 1 : "");
    const char *words = end[1] == ' ' ? end + 2 : end + 1;
    self->has_words = *words != '\0';
    self->text = ib_escape_server_text (self->has_words ? words : inside, -1);
    return self;
}

void
ib_imap_answer_free (IbImapAnswer *self)
{
    if (self == NULL)
        return;
    g_free (self->code);
    g_free (self->argument);
    g_free (self->text);
    g_free (self);
}
