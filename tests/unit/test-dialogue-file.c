/* What dialogue files may hold, and what is said of a line that is wrong. */
#include "dialogue-file.h"
#include "fetch.h"

#include <string.h>

static const DialogueKey keys[] = {
    { "USER", DIALOGUE_SETTING, NULL },
    { "SINCE", DIALOGUE_SETTING, "[0-9]+" },
    { "EVENTS", DIALOGUE_TOLD, NULL },
    { "WISH", DIALOGUE_WISH, "look|renew" },
    { NULL, DIALOGUE_SETTING, NULL },
};

#define IN_ONE(lines) "== a\n" lines "THEN: done\n"

/* --- what is wrong ------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *text, *complaint;
} wrong[] = {
    { "no-key", IN_ONE ("S: hi\nhello\n"), "file.txt:3: what is this line? hello" },
    { "unknown-key", IN_ONE ("\n# a\nHELLO: you\n"), "file.txt:4: nothing is known of HELLO" },
    { "no-blank", IN_ONE ("S:hi\n"), "file.txt:2: what is this line? S:hi" },
    { "indented", IN_ONE (" S: hi\n"), "file.txt:2: nothing is known of  S" },
    { "bad-value", IN_ONE ("SINCE: monday\n"), "file.txt:2: SINCE cannot be \"monday\"" },
    { "value-and-more", IN_ONE ("SINCE: 7 days\n"), "file.txt:2: SINCE cannot be \"7 days\"" },
    { "no-value", IN_ONE ("SINCE:\n"), "file.txt:2: SINCE cannot be \"\"" },
    { "bad-wish", IN_ONE ("WISH: sleep\n"), "file.txt:2: WISH cannot be \"sleep\"" },
    { "setting-twice", IN_ONE ("SINCE: 7\nSINCE: 8\n"), "file.txt:3: SINCE is there twice" },
    { "no-dialogue", "S: hi\n", "file.txt:1: this stands in no dialogue: S: hi" },
    { "no-name", "== \nTHEN: done\n", "file.txt:1: a dialogue has a name" },
    { "name-twice", IN_ONE ("") IN_ONE (""), "file.txt:3: a is the name of the one at file.txt:1, too" },
    { "no-end", "== a\nS: hi\n== b\nTHEN: done\n", "file.txt:1: a has no THEN" },
    { "no-end-of-the-last", IN_ONE ("") "== b\nS: hi\n", "file.txt:3: b has no THEN" },
    { "two-ends", IN_ONE ("THEN: done\n"), "file.txt:3: THEN is there twice" },
    { "unknown-end", "== a\nTHEN: happily\n", "file.txt:2: no outcome is \"happily\"" },
    { "done-and-why", "== a\nTHEN: done: all\n", "file.txt:2: no outcome is \"done: all\"" },
    { "end-without-words", "== a\nTHEN: busy … \n", "file.txt:2: no outcome is \"busy … \"" },
    { "escape", IN_ONE ("S: a\\x2\n"), "file.txt:2: two digits of base 16 must follow \\x: a\\x2" },
    { "escape-that-is-none", IN_ONE ("RAW: \\x41\\xg0\n"), "file.txt:2: two digits" },
    { "how-many", IN_ONE ("MANY: some OK\n"), "file.txt:2: how many, and of what? some OK" },
    { "none", IN_ONE ("FLOOD: 0 OK\n"), "file.txt:2: how many" },
    { "of-what", IN_ONE ("MANY: 3\n"), "file.txt:2: how many" },
    { "behind-close", IN_ONE ("CLOSE\nS: hi\n"), "file.txt:3: nothing happens behind CLOSE, WAIT or RESET" },
    { "behind-wait", IN_ONE ("WAIT\nC: hi\n"), "file.txt:3: nothing happens behind CLOSE, WAIT or RESET" },
    { "wish-behind-wait", IN_ONE ("WAIT\nWISH: look\n"), "file.txt:3: nothing happens behind" },
    { "behind-reset", IN_ONE ("RESET\nS: hi\n"), "file.txt:3: nothing happens behind" },
    { "wait-twice", IN_ONE ("WAIT\nWAIT\n"), "file.txt:3: nothing happens behind" },
    { "piece-in-small-letters", "-- hello\nS: hi\n", "file.txt:1: a piece is" },
    { "piece-twice", "-- HI\n-- HO\n-- HI\n", "file.txt:3: there are two pieces HI" },
    { "piece-behind-its-use", IN_ONE ("HI\n") "-- HI\nS: hi\n", "file.txt:2: what is this line? HI" },
    { "piece-in-itself", "-- HI\nHI\n" IN_ONE ("HI\n"), "file.txt:4: what is this line? HI" },
    { "too-few-words", "-- HI $A $B\nS: $A $B\n" IN_ONE ("HI 1\n"), "file.txt:4: HI takes 2 words: \"1\"" },
    { "words-for-nothing", "-- HI\nS: hi\n" IN_ONE ("HI 1\n"), "file.txt:4: HI takes 0 words: \"1\"" },
    { "word-of-no-meaning", "-- HI $A\nS: $A $BOTH\n", "file.txt:2: what is to stand for $BOTH?" },
    { "bad-line-of-a-piece", "-- HI $A\nSINCE: $A\n" IN_ONE ("HI ho\n"),
      "file.txt:4: SINCE cannot be \"ho\"" },
};

static void
says_what_is_wrong (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_assert_null (dialogue_file_parse ("file.txt", wrong[row].text, keys, &error));
    g_assert_error (error, DIALOGUE_FILE_ERROR, 0);
    if (!g_str_has_prefix (error->message, wrong[row].complaint))
        g_assert_cmpstr (error->message, ==, wrong[row].complaint);
}

/* --- what is right ------------------------------------------------------------------------------------------- */

/* As it is read, a line each: the verb's number, how many, and the text. */
static char *
script_of (const Dialogue *dialogue)
{
    GString *all = g_string_new (NULL);
    for (guint i = 0; i < dialogue->lines->len; i++) {
        const DialogueLine *line = dialogue->lines->pdata[i];
        g_string_append_printf (all, "%d,%u,%s|", line->verb, line->count, line->text);
    }
    return g_string_free (all, FALSE);
}

static const struct {
    const char *name, *text, *script;
} right[] = {
    { "all-verbs", IN_ONE ("S: a\nRAW: b\nMANY: 3 c\nFLOOD: 4 d\nC: e\nWISH: look\nWAIT\n"),
      "0,0,a|1,0,b|2,3,c|3,4,d|4,0,e|5,0,look|7,0,|" },
    { "empty", IN_ONE (""), "" },
    { "empty-lines", IN_ONE ("S\nC\nS: \nC: \nS:\nC:\n"), "0,0,|4,0,|0,0,|4,0,|0,0,|4,0,|" },
    { "hangs-up", IN_ONE ("S: a\nCLOSE\n"), "0,0,a|6,0,|" },
    { "colons-and-blanks", IN_ONE ("S: a: b  c \n"), "0,0,a: b  c |" },
    { "version", IN_ONE ("C: we are \"@VERSION@\"\nS: @VERSION@\n"),
      "4,0,we are \"" IB_VERSION "\"|0,0,@VERSION@|" },
    { "piece", "-- HI $WHOM $WHERE\nC: $WHERE: hi $WHOM, $WHOM\n" IN_ONE ("S: a\nHI you all of you\nS: b\n"),
      "0,0,a|4,0,all of you: hi you, you|0,0,b|" },
    { "piece-in-a-piece", "-- HI $A\nS: $A\n-- HO $A $AB\nHI $AB$A\nHI $A\n" IN_ONE ("HO 1 2\n"),
      "0,0,21|0,0,1|" },
    { "words-that-look-like-parameters",
      "-- TWO $A $B\nS: $A$B\n-- ONE $B\nTWO $B x\n" IN_ONE ("ONE y\nTWO $B z\n"), "0,0,yx|0,0,$Bz|" },
    { "dollars", "-- HI $A\nS: $x $ $A$\n" IN_ONE ("HI 1\nS: $A\n"), "0,0,$x $ 1$|0,0,$A|" },
};

static void
reads (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) dialogues = dialogue_file_parse ("file.txt", right[row].text, keys, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (dialogues->len, ==, 1);
    g_autofree char *script = script_of (dialogues->pdata[0]);
    g_assert_cmpstr (script, ==, right[row].script);
}

static void
settings_and_events (void)
{
    static const char text[]
        = IN_ONE ("EVENTS: b\nSINCE: 7\nS: x\nEVENTS: a c\n") "== b\nUSER:\nTHEN: busy … no: more\n";
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) dialogues = dialogue_file_parse ("file.txt", text, keys, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (dialogues->len, ==, 2);
    const Dialogue *a = dialogues->pdata[0], *b = dialogues->pdata[1];
    g_assert_cmpstr (a->told->str, ==, "EVENTS: b\nEVENTS: a c\n");
    g_assert_cmpuint (dialogue_file_number (a, "SINCE"), ==, 7);
    g_assert_cmpuint (dialogue_file_number (b, "SINCE"), ==, 0);
    g_assert_null (dialogue_file_setting (a, "USER"));
    g_assert_cmpstr (dialogue_file_setting (b, "USER"), ==, "");
    g_assert_cmpstr (b->where, ==, "file.txt:7");
    g_assert_cmpstr (b->outcome, ==, "busy … no: more");
}

static void
escapes (void)
{
    static const char bytes[] = "a\r\n\0\x1b\xff\\Seen\\\\\"\\";
    g_autoptr (GString) text = dialogue_file_unescape ("a\\r\\n\\0\\x1b\\xFF\\Seen\\\\\"\\");
    g_assert_cmpmem (text->str, text->len, bytes, sizeof bytes - 1);
}

static void
repeats (void)
{
    g_autoptr (GString) many
        = dialogue_file_repeat (&(DialogueLine){ DIALOGUE_SAYS_MANY, 3, (char *) "* %u OK" });
    g_autoptr (GString) flood = dialogue_file_repeat (&(DialogueLine){ DIALOGUE_FLOODS, 2, (char *) "x" });
    g_assert_cmpstr (many->str, ==, "* 1 OK\r\n* 2 OK\r\n* 3 OK\r\n");
    g_assert_cmpstr (flood->str, ==, "xx");
}

/* --- how it ends --------------------------------------------------------------------------------------------- */

static const struct {
    const char *wanted;
    int code; /* -1: done */
    const char *words;
    bool is_so;
} ends[] = {
    { "done", -1, "", true },
    { "done", IB_FETCH_ERROR_BUSY, "later", false },
    { "busy", -1, "", false },
    { "busy", IB_FETCH_ERROR_BUSY, "later", true },
    { "busy", IB_FETCH_ERROR_SERVER, "busy: later", false },
    { "busy: lat", IB_FETCH_ERROR_BUSY, "later", true },
    { "busy: ate", IB_FETCH_ERROR_BUSY, "later", false },
    { "busy … ate", IB_FETCH_ERROR_BUSY, "later", true },
    { "busy … busy", IB_FETCH_ERROR_BUSY, "later", false },
    { "sign-in … ate", IB_FETCH_ERROR_BUSY, "later", false },
};

static void
ends_so (void)
{
    for (gsize i = 0; i < G_N_ELEMENTS (ends); i++) {
        g_autoptr (GError) error
            = ends[i].code < 0 ? NULL : g_error_new_literal (IB_FETCH_ERROR, ends[i].code, ends[i].words);
        g_autofree char *outcome = dialogue_file_outcome (error);
        const Dialogue dialogue = { .outcome = (char *) ends[i].wanted };
        if (dialogue_file_ends_so (&dialogue, outcome) != ends[i].is_so)
            g_error ("\"%s\" for \"%s\"", outcome, ends[i].wanted);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
        g_autofree char *path = g_strconcat ("/dialogue-file/wrong/", wrong[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), says_what_is_wrong);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (right); i++) {
        g_autofree char *path = g_strconcat ("/dialogue-file/right/", right[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), reads);
    }
    g_test_add_func ("/dialogue-file/settings-and-events", settings_and_events);
    g_test_add_func ("/dialogue-file/escapes", escapes);
    g_test_add_func ("/dialogue-file/repeats", repeats);
    g_test_add_func ("/dialogue-file/ends-so", ends_so);
    return g_test_run ();
}
