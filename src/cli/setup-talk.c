/* setup-talk.c - a conversation in plain lines, while the main loop turns */
#include "setup-talk.h"
#include "print.h"
#include "setup-words.h"
#include "units.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* More is no answer. */
#define LINE_BYTES 8192

/* What stands before the words of a line of a list: blanks, and a number or a mark. */
static guint
hang (const char *line)
{
    const char *mark = line + strspn (line, " ");
    gsize length = strcspn (mark, " ");
    bool is_mark = length > 0 && length <= 3 && !g_unichar_isalpha (g_utf8_get_char (mark));
    const char *words = is_mark ? mark + length + strspn (mark + length, " ") : mark;
    return (guint) (words - line);
}

/* Words stay whole on a terminal. (transfer full) */
static char *
wrap (const char *line)
{
    if (!ib_print_is_terminal ())
        return g_strdup (line);
    g_autofree char *indent = g_strnfill (hang (line), ' ');
    return ib_print_wrap (line, ib_print_width (), indent);
}

void
ib_talk_say (const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *text = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    g_autofree char *safe = ib_print_safe (text, 0);
    g_autofree char *lines = wrap (safe);
    g_print ("%s\n", lines);
}

/* --- lines ----------------------------------------------------------------------------------------------------------- */

static gboolean
on_input (int fd, GIOCondition condition, gpointer data)
{
    IbTalk *self = data;
    char chunk[1024];
    gssize length = read (fd, chunk, sizeof chunk);
    if (length > 0 && self->input->len < LINE_BYTES)
        g_string_append_len (self->input, chunk, length);
    if (length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN))
        self->is_over = true;
    return G_SOURCE_CONTINUE;
}

/* Takes a whole line out of what was typed; NULL: there is none yet. */
static char *
take_line (IbTalk *self)
{
    const char *end = memchr (self->input->str, '\n', self->input->len);
    if (end == NULL)
        return NULL;
    gsize length = (gsize) (end - self->input->str);
    char *line = g_strstrip (g_strndup (self->input->str, length));
    g_string_erase (self->input, 0, (gssize) length + 1);
    return line;
}

/* NULL: nobody types any more. */
static char *
read_line (IbTalk *self)
{
    char *line;
    guint watch = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, self);
    while ((line = take_line (self)) == NULL && !self->is_over)
        g_main_context_iteration (NULL, TRUE);
    g_source_remove (watch);
    return line;
}

char *
ib_talk_ask (IbTalk *self, const char *question, const char *suggestion, IbTalkOutcome *out_outcome)
{
    g_autofree char *safe = ib_print_safe (suggestion, 0);
    g_autofree char *whole = g_strdup_printf (*safe != '\0' ? "%s [%s]:" : "%s%s:", question, safe);
    g_autofree char *prompt = wrap (whole);
    g_print ("%s ", prompt);
    (void) fflush (stdout);
    g_autofree char *line = read_line (self);
    if (line == NULL)
        g_print ("\n");
    *out_outcome = line == NULL || strcmp (line, "q") == 0 ? IB_TALK_QUIT
                   : strcmp (line, "b") == 0               ? IB_TALK_BACK
                                                           : IB_TALK_ANSWER;
    if (*out_outcome != IB_TALK_ANSWER)
        return NULL;
    return *line != '\0' ? g_steal_pointer (&line) : g_strdup (suggestion);
}

static bool
is_word (const char *text, const char *letter, const char *word, const char *translated)
{
    return strcmp (text, letter) == 0 || strcmp (text, word) == 0 || strcmp (text, translated) == 0;
}

IbTalkOutcome
ib_talk_ask_yes (IbTalk *self, const char *question, bool suggestion, bool *out_yes)
{
    for (;;) {
        IbTalkOutcome outcome;
        g_autofree char *answer = ib_talk_ask (self, question, suggestion ? _ ("yes") : _ ("no"), &outcome);
        g_autofree char *folded = answer != NULL ? g_utf8_strdown (answer, -1) : NULL;
        if (answer == NULL)
            return outcome;
        *out_yes = is_word (folded, "y", "yes", _ ("yes"));
        if (*out_yes || is_word (folded, "n", "no", _ ("no")))
            return IB_TALK_ANSWER;
        ib_talk_say (_ ("Please say yes or no."));
    }
}

/* --- waiting ----------------------------------------------------------------------------------------------------------- */

static void
show_lines (IbTalk *self)
{
    const GPtrArray *lines = ib_setup_lines (self->setup);
    if (self->shown > lines->len)
        self->shown = 0;
    for (; self->shown < lines->len; self->shown++) {
        const IbSetupLine *line = lines->pdata[self->shown];
        if (*line->text != '\0')
            ib_talk_say ("  %s: %s", ib_setup_words_step (line->step), line->text);
    }
}

void
ib_talk_show_link (IbTalk *self)
{
    const char *link = ib_setup_link (self->setup), *code = ib_setup_code (self->setup);
    if (g_strcmp0 (link, self->link) == 0)
        return;
    g_free (self->link);
    self->link = g_strdup (link);
    if (link == NULL)
        return;
    ib_talk_say (_ ("Open this address in a browser, and sign in there:"));
    ib_talk_say ("%s", link);
    if (code != NULL)
        ib_talk_say (_ ("The page asks for this code: %s"), code);
    else
        ib_talk_say (_ (
            "If that browser is on another machine, it ends at an address that cannot be opened, with 127.0.0.1 "
            "in it: copy that address, and paste it here."));
    ib_talk_say (_ ("Waiting for the browser … (b: back)"));
}

static IbTalkOutcome
take_word (IbTalk *self, const char *line)
{
    g_autoptr (GError) error = NULL;
    if (strcmp (line, "q") == 0)
        return IB_TALK_QUIT;
    if (strcmp (line, "b") == 0)
        return IB_TALK_BACK;
    if (*line != '\0' && self->link != NULL && !ib_setup_paste (self->setup, line, &error))
        ib_talk_say ("%s", error->message);
    return IB_TALK_ANSWER;
}

IbTalkOutcome
ib_talk_wait (IbTalk *self)
{
    IbTalkOutcome outcome = IB_TALK_ANSWER;
    const IbSetupPage page = ib_setup_page (self->setup);
    guint watch = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, self);
    while (ib_setup_is_busy (self->setup) && ib_setup_page (self->setup) == page && outcome == IB_TALK_ANSWER
           && !self->is_over) {
        show_lines (self);
        ib_talk_show_link (self);
        g_main_context_iteration (NULL, TRUE);
        g_autofree char *line = take_line (self);
        if (line != NULL)
            outcome = take_word (self, line);
    }
    g_source_remove (watch);
    show_lines (self);
    return self->is_over ? IB_TALK_QUIT : outcome;
}

bool
ib_talk_wait_for_online (IbTalk *self)
{
    while (ib_setup_online (self->setup) == NULL && !self->is_over)
        g_main_context_iteration (NULL, TRUE);
    return !self->is_over;
}

static bool
are_awaited (const GPtrArray *places)
{
    for (guint i = 0; i < places->len; i++)
        if (((const IbKeepingPlace *) places->pdata[i])->is_awaited)
            return true;
    return false;
}

bool
ib_talk_wait_for_places (IbTalk *self)
{
    while (are_awaited (ib_setup_places (self->setup)) && !self->is_over)
        g_main_context_iteration (NULL, TRUE);
    return !self->is_over;
}

/* --- fields ------------------------------------------------------------------------------------------------------ */

IbTalkOutcome
ib_talk_ask_field (IbTalk *self, const char *field, const char *question)
{
    for (;;) {
        IbTalkOutcome outcome;
        g_autoptr (GError) error = NULL;
        g_autofree char *answer = ib_talk_ask (self, question, ib_setup_get (self->setup, field), &outcome);
        if (answer == NULL)
            return outcome;
        if (ib_setup_set (self->setup, field, strcmp (answer, "-") == 0 ? "" : answer, &error))
            return IB_TALK_ANSWER;
        ib_talk_say ("%s", error->message);
    }
}

void
ib_talk_set_yes (IbTalk *self, const char *field, bool is_yes)
{
    (void) ib_setup_set (self->setup, field, is_yes ? "yes" : "no", NULL); /* these fields take both */
}

IbTalkOutcome
ib_talk_ask_field_yes (IbTalk *self, const char *field, const char *question)
{
    bool is_yes = false;
    IbTalkOutcome outcome
        = ib_talk_ask_yes (self, question, strcmp (ib_setup_get (self->setup, field), "yes") == 0, &is_yes);
    if (outcome == IB_TALK_ANSWER)
        ib_talk_set_yes (self, field, is_yes);
    return outcome;
}

guint
ib_talk_ask_number (IbTalk *self, const char *question, guint suggestion, guint count,
                    IbTalkOutcome *out_outcome)
{
    g_autofree char *suggested = g_strdup_printf ("%u", suggestion);
    for (;;) {
        guint64 number = 0;
        g_autofree char *answer = ib_talk_ask (self, question, suggested, out_outcome);
        if (answer == NULL)
            return 0;
        if (ib_units_parse_number (answer, 1, count, &number))
            return (guint) number;
        ib_talk_say (_ ("Please type a number from 1 to %u."), count);
    }
}

void
ib_talk_say_trouble (IbTalk *self)
{
    const GError *trouble = ib_setup_trouble (self->setup);
    const char *remedy = trouble != NULL ? ib_setup_words_remedy (trouble) : NULL;
    if (trouble != NULL)
        ib_talk_say (_ ("! %s"), trouble->message);
    if (remedy != NULL)
        ib_talk_say ("  %s", remedy);
}

IbTalkOutcome
ib_talk_again (IbTalk *self)
{
    self->shown = 0;
    ib_setup_again (self->setup);
    IbTalkOutcome outcome = ib_talk_wait (self);
    if (outcome == IB_TALK_ANSWER)
        ib_talk_say_trouble (self);
    return outcome;
}
