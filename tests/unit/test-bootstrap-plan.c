/* What of the mail that is there teaches what, and the order in which it does. Mixtures are texts: "label:key@time" each, in
 * folders by their letter: I the INBOX, A an archive, E all mail, J Junk, S what was sent. */
#include "bootstrap-plan.h"

#include <string.h>

static const struct { const char *name, *folder; IbMailboxUse use; } folders[] = {
    { "inbox",     "INBOX",           IB_USE_INBOX },
    { "junk",      "Junk",            IB_USE_JUNK },
    { "below",     "work.Sent Items", IB_USE_SENT },
    { "other",     "Lists.garden",    IB_USE_NONE },
    { "only-so-called", "Junk.kept",  IB_USE_NONE },
};

static void
tells_use (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_assert_cmpint (ib_bootstrap_plan_use_of_folder (folders[i].folder), ==, folders[i].use);
}

static const struct { const char *name; IbMailboxUse use; bool was_read, was_filed; IbTakenAs as; bool teaches; } lessons[] = {
    { "inbox-read",     IB_USE_INBOX,   true,  true,  IB_TAKEN_AS_HAM,  true },
    { "inbox-unread",   IB_USE_INBOX,   false, true,  IB_TAKEN_AS_HAM,  false },
    { "archive-unread", IB_USE_ARCHIVE, false, false, IB_TAKEN_AS_HAM,  false },
    { "archive-read",   IB_USE_ARCHIVE, true,  false, IB_TAKEN_AS_HAM,  true },
    { "filed-unread",   IB_USE_NONE,    false, true,  IB_TAKEN_AS_HAM,  true },
    { "sorted-unread",  IB_USE_NONE,    false, false, IB_TAKEN_AS_HAM,  false },
    { "junk-unread",    IB_USE_JUNK,    false, false, IB_TAKEN_AS_SPAM, true },
    { "sent",           IB_USE_SENT,    false, false, IB_TAKEN_AS_SENT, true },
    { "trash",          IB_USE_TRASH,   true,  true,  IB_TAKEN_NOT,     false },
    { "drafts",         IB_USE_DRAFTS,  true,  true,  IB_TAKEN_NOT,     false },
};

static void
tells_lesson (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    IbBootstrapFolder *folder = ib_bootstrap_folder_new ("source", "folder", lessons[i].use);
    g_assert_cmpint (folder->as, ==, lessons[i].as);
    g_assert_cmpint (ib_bootstrap_plan_teaches (folder, lessons[i].was_read, lessons[i].was_filed), ==, lessons[i].teaches);
    ib_bootstrap_folder_free (folder);
}

static const struct { const char *name, *given, *mixed; guint most; } mixtures[] = {
    { "by-time",        "I:a@3 I:b@5 J:c@4 J:d@1",      "d a c b ",   9 },
    { "order-of-coming-is-nothing", "J:d@4 I:b@5 I:a@3", "a d b ",     9 },
    { "at-one-time",    "I:a@1 I:b@1 I:c@1 I:d@1 J:x@1 J:y@1", "a x b c y d ", 9 },
    { "unknown-time",   "I:a@0 J:x@0 I:b@7",            "a x b ",     9 },
    { "copies",         "I:a@3 A:a@3 A:b@4",            "a b ",       9 },
    { "junk-wins",      "I:a@1 I:b@2 J:a@5",            "b a ",       9 },
    { "all-mail",       "E:a@1 I:a@1 E:b@2 J:x@3",      "a b x ",     9 },
    { "all-mail-with-junk", "E:a@1 E:x@3 I:b@2 J:x@3",  "b x ",       9 },
    { "newest-of-each", "I:a@1 I:b@2 I:c@3 J:x@0 J:y@9", "x b c y ",   2 },
    { "sent-is-apart",  "S:a@1 S:b@2 S:c@3 I:a@4",      "a b c a ",   1 },
    { "nothing",        "",                             "",           9 },
};

static IbMailboxUse
use_of (char letter)
{
    switch (letter) {
    case 'I':
        return IB_USE_INBOX;
    case 'A':
        return IB_USE_ARCHIVE;
    case 'E':
        return IB_USE_ALL;
    case 'J':
        return IB_USE_JUNK;
    default:
        return IB_USE_SENT;
    }
}

static void
mixes (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    IbBootstrapFolder *by_letter[128] = { NULL };
    g_autoptr (GPtrArray) examples = g_ptr_array_new_with_free_func (ib_bootstrap_example_free);
    g_auto (GStrv) words = g_strsplit (mixtures[i].given, " ", -1);
    guint given = g_strv_length (words);
    for (guint word = 0; word < given; word++) {
        char letter = words[word][0];
        if (by_letter[(int) letter] == NULL)
            by_letter[(int) letter] = ib_bootstrap_folder_new ("source", words[word], use_of (letter));
        IbBootstrapExample *example = g_new0 (IbBootstrapExample, 1);
        example->folder = by_letter[(int) letter];
        example->key = g_strndup (words[word] + 2, 1);
        example->arrived_at_s = g_ascii_strtoll (words[word] + 4, NULL, 10);
        example->order = word;
        g_ptr_array_add (examples, example);
    }
    ib_bootstrap_plan_mix (examples, mixtures[i].most);

    g_autoptr (GString) mixed = g_string_new (NULL);
    for (guint k = 0; k < examples->len; k++)
        g_string_append_printf (mixed, "%s ", ((IbBootstrapExample *) examples->pdata[k])->key);
    g_assert_cmpstr (mixed->str, ==, mixtures[i].mixed);
    guint counted = examples->len;
    for (gsize letter = 0; letter < G_N_ELEMENTS (by_letter); letter++) {
        if (by_letter[letter] == NULL)
            continue;
        counted += by_letter[letter]->known + by_letter[letter]->passed_over;
        ib_bootstrap_folder_free (by_letter[letter]);
    }
    g_assert_cmpuint (counted, ==, given); /* what is left out is counted */
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
        g_autofree char *path = g_strconcat ("/bootstrap-plan/folder/", folders[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), tells_use);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (lessons); i++) {
        g_autofree char *path = g_strconcat ("/bootstrap-plan/lesson/", lessons[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), tells_lesson);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (mixtures); i++) {
        g_autofree char *path = g_strconcat ("/bootstrap-plan/mix/", mixtures[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), mixes);
    }
    return g_test_run ();
}
