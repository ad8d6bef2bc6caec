/* Hostile words in a bubble: one line, in their order, short. */
#include "notice-text.h"

#include <string.h>

static const struct {
    const char *name, *text;
    guint most;
    const char *clean;
} cleanings[] = {
    { "plain", "Lunch on Sunday?", 100, "Lunch on Sunday?" },
    { "empty", "", 100, "" },
    { "blanks-around", "  Lunch \t ", 100, "Lunch" },
    { "two-lines", "Lunch\r\nFrom: bank", 100, "Lunch From: bank" },
    { "line-separator", "Lunch\xE2\x80\xA8now", 100, "Lunch now" },
    { "controls", "a\x01\x1b[31mb\x7f", 100, "a [31mb" },
    { "c1-controls", "a\xC2\x9B" "b", 100, "a b" },
    { "override", "invoice\xE2\x80\xAE" "fdp.exe", 100, "invoicefdp.exe" },
    { "isolates", "\xE2\x81\xA6one\xE2\x81\xA9 two", 100, "one two" },
    { "marks-of-direction", "a\xE2\x80\x8F" "b\xD8\x9C" "c", 100, "abc" },
    { "zero-width-space", "pay\xE2\x80\x8Bpal", 100, "paypal" },
    { "byte-order-mark", "\xEF\xBB\xBFhello", 100, "hello" },
    { "tag-characters", "hi\xF3\xA0\x81\x81", 100, "hi" },
    { "private-use", "hi\xEE\x80\x80", 100, "hi" },
    { "invalid", "caf\xE9 noir", 100, "caf noir" },
    { "cut-short-in-a-character", "caf\xC3", 100, "caf" },
    { "hebrew-stays", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D", 100, "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D" },
    { "joiner-stays", "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xAC", 100,
      "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xAC" },
    { "accent-stays", "e\xCC\x81t\xC3\xA9", 100, "e\xCC\x81t\xC3\xA9" },
    { "marks-piled-up", "a\xCC\x81\xCC\x82\xCC\x83\xCC\x84\xCC\x85\xCC\x86" "b", 100,
      "a\xCC\x81\xCC\x82\xCC\x83\xCC\x84" "b" },
    { "marks-on-nothing", "\xCC\x81\xCC\x82 a \xCC\x83 b", 100, "a b" },
    { "markup-is-text", "<b>bold</b> & more", 100, "<b>bold</b> & more" },
    { "fits", "12345", 5, "12345" },
    { "one-too-long", "123456", 5, "1234…" },
    { "cut-behind-a-word", "abcd efgh", 5, "abcd…" },
    { "cut-before-a-blank-end", "12345   ", 5, "12345" },
    { "cut-keeps-accents", "abcde\xCC\x81" "fg", 6, "abcde\xCC\x81…" },
    { "cut-in-wide-letters", "äöüß", 3, "äö…" },
};

static void
text_becomes (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *clean = ib_notice_text_clean (cleanings[i].text, cleanings[i].most);
    g_assert_cmpstr (clean, ==, cleanings[i].clean);
}

static const struct {
    const char *name, *from;
    bool is_known;
    guint most;
    const char *sender;
} senders[] = {
    { "known", "Anna Example <anna@example.org>", true, 60, "Anna Example" },
    { "known-quoted", "\"Example, Anna\" <anna@example.org>", true, 60, "Example, Anna" },
    { "stranger", "Your Bank <x@phish.example>", false, 60, "Your Bank <x@phish.example>" },
    { "stranger-quoted", "\"Bank\" <x@phish.example>", false, 60, "Bank <x@phish.example>" },
    { "bare", "anna@example.org", true, 60, "anna@example.org" },
    { "in-brackets", "<anna@example.org>", true, 60, "<anna@example.org>" },
    { "brackets-in-the-name", "a <b@c> <x@phish.example>", false, 60, "a <b@c> <x@phish.example>" },
    { "empty-quotes", "\"\" <anna@example.org>", true, 60, "\"\" <anna@example.org>" },
    { "nobody", "", false, 60, "Somebody who is not named" },
    { "only-hidden", "\xE2\x80\xAE", false, 60, "Somebody who is not named" },
    { "long-name-leaves-the-address", "An extremely long name that goes on and on <x@phish.example>", false, 30,
      "An extremel… <x@phish.example>" },
    { "long-address", "Bank <a.very.long.address.indeed@phish.example>", false, 20, "<a.very.long.addres…" },
};

static void
sender_is_called (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *sender = ib_notice_text_sender (senders[i].from, senders[i].is_known, senders[i].most);
    g_assert_cmpstr (sender, ==, senders[i].sender);
}

/* However long it is, only its beginning is looked at, and what comes out is valid and short. */
static void
length_is_bounded (void)
{
    static const char *const fillings[] = { "a", "\xE2\x80\xAE", "\xCC\x81", "\xFF", "\n", "\xE2\x80\x8D" };
    for (gsize i = 0; i < G_N_ELEMENTS (fillings); i++) {
        GString *text = g_string_new (NULL);
        while (text->len < 100 * 1024)
            g_string_append (text, fillings[i]);
        g_autofree char *clean = ib_notice_text_clean (text->str, 50);
        g_assert_true (g_utf8_validate (clean, -1, NULL));
        g_assert_cmpint (g_utf8_strlen (clean, -1), <=, 50);
        g_string_free (text, TRUE);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cleanings); i++) {
        g_autofree char *path = g_strconcat ("/notice-text/clean/", cleanings[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), text_becomes);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (senders); i++) {
        g_autofree char *path = g_strconcat ("/notice-text/sender/", senders[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), sender_is_called);
    }
    g_test_add_func ("/notice-text/bounded", length_is_bounded);
    return g_test_run ();
}
