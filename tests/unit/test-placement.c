/* What the place of a message teaches. */
#include "placement.h"

#include <string.h>

#define SINCE (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC)
#define HAM_LATER (SINCE + IB_PLACEMENT_HAM_AFTER_US)
#define SPAM_LATER (SINCE + IB_PLACEMENT_SPAM_AFTER_US)

/* "FROM>TO" of two folders, moved by the user; "FOLDER" where it stands. What it teaches, with "+" for a correction; "" is
 * nothing. */
typedef struct {
    const char *name, *folders, *flags, *verdict;
    IbTaught taught;
    const char *lesson;
    gint64 at;
} Row;

#define NOTHING IB_TAUGHT_NOTHING
#define HAM IB_TAUGHT_HAM
#define SPAM IB_TAUGHT_SPAM

static const Row rows[] = {
    { "into-junk", "INBOX>Junk", "S", "ham", NOTHING, "+spam moved", 0 },
    { "into-junk-unread", "INBOX>Junk", "", "unsure", NOTHING, "+spam moved", 0 },
    { "into-junk-after-it-was-read", "INBOX>Junk", "S", "ham", HAM, "+spam moved", 0 },
    { "into-junk-as-was-told", "INBOX>Junk", "S", "ham", SPAM, "", 0 },
    { "into-junk-though-answered", "INBOX>Junk", "RS", "ham", NOTHING, "+spam moved", 0 },
    { "into-junk-from-the-trash", "Trash>Junk", "S", "ham", NOTHING, "+spam moved", 0 },
    { "into-junk-and-deleted", "INBOX>Junk", "ST", "ham", NOTHING, "", 0 },
    { "within-junk", "Junk>Junk.2026", "S", "spam", NOTHING, "spam left-in-junk", SPAM_LATER },
    { "out-of-junk", "Junk>INBOX", "S", "spam", NOTHING, "+ham moved", 0 },
    { "out-of-junk-unread", "Junk>INBOX", "", "spam", NOTHING, "+ham moved", 0 },
    { "out-of-junk-to-a-folder", "Junk>Lists", "S", "spam", NOTHING, "+ham moved", 0 },
    { "out-of-junk-after-it-was-left-there", "Junk>INBOX", "S", "spam", SPAM, "+ham moved", 0 },
    { "out-of-junk-as-was-told", "Junk>INBOX", "S", "spam", HAM, "", 0 },
    { "out-of-junk-and-answered", "Junk>INBOX", "RS", "spam", NOTHING, "+ham moved", 0 },
    { "out-of-junk-by-way-of-the-trash", "Trash>INBOX", "S", "ham", SPAM, "+ham moved", 0 },
    { "junk-to-trash", "Junk>Trash", "S", "spam", NOTHING, "", 0 },
    { "junk-to-trash-after-a-lesson", "Junk>Trash", "S", "spam", SPAM, "", 0 },
    { "junk-to-old-spam", "Junk>Old spam", "S", "spam", SPAM, "", 0 },
    { "inbox-to-trash", "INBOX>Trash", "S", "ham", NOTHING, "", 0 },
    { "inbox-to-trash-answered", "INBOX>Trash", "RS", "ham", NOTHING, "", 0 },
    { "inbox-to-drafts", "INBOX>Drafts", "S", "ham", NOTHING, "", 0 },
    { "trash-to-inbox", "Trash>INBOX", "", "ham", NOTHING, "", 0 },

    { "unread", "INBOX", "", "ham", NOTHING, "", 0 },
    { "read", "INBOX", "S", "unsure", NOTHING, "ham read", HAM_LATER },
    { "read-though-judged-spam", "INBOX", "S", "spam", NOTHING, "ham read", HAM_LATER },
    { "read-and-learned-before", "INBOX", "S", "ham", HAM, "", 0 },
    { "read-and-learned-as-spam", "INBOX", "S", "ham", SPAM, "", 0 },
    { "read-and-deleted", "INBOX", "ST", "ham", NOTHING, "", 0 },
    { "read-in-the-trash", "Trash", "S", "ham", NOTHING, "", 0 },
    { "flagged", "INBOX", "F", "ham", NOTHING, "ham read", HAM_LATER },
    { "passed-on", "INBOX", "P", "ham", NOTHING, "", 0 },
    { "draft", "INBOX", "DS", "ham", NOTHING, "", 0 },
    { "answered", "INBOX", "RS", "ham", NOTHING, "ham answered", 0 },
    { "answered-after-it-was-learned", "INBOX", "RS", "ham", HAM, "people answered", 0 },
    { "answered-in-junk", "Junk", "RS", "spam", NOTHING, "spam left-in-junk", SPAM_LATER },
    { "filed", "INBOX>Archive", "S", "ham", NOTHING, "ham filed", 0 },
    { "filed-unread", "INBOX>Lists.foo", "", "ham", NOTHING, "ham filed", 0 },
    { "filed-again", "Archive>Lists.foo", "S", "ham", HAM, "", 0 },
    { "back-to-the-inbox", "Archive>INBOX", "", "ham", NOTHING, "", 0 },
    { "back-to-the-inbox-read", "Archive>INBOX", "S", "ham", NOTHING, "ham read", HAM_LATER },
    { "delivered-elsewhere", "Lists.foo", "", "ham", NOTHING, "", 0 },

    { "left-in-junk", "Junk", "", "spam", NOTHING, "spam left-in-junk", SPAM_LATER },
    { "left-in-junk-as-the-provider-said", "Junk", "", "unsure", NOTHING, "spam left-in-junk", SPAM_LATER },
    { "left-in-junk-nobody-knows-why", "Junk", "", "", NOTHING, "spam left-in-junk", SPAM_LATER },
    { "left-in-junk-against-the-verdict", "Junk", "", "ham", NOTHING, "", 0 },
    { "left-in-junk-and-learned-before", "Junk", "", "spam", SPAM, "", 0 },

    { "put-into-sent-by-a-rule", "Sent", "S", "ham", NOTHING, "", 0 },
    { "sent-and-filed", "INBOX>Sent", "S", "ham", NOTHING, "people sent", 0 },
};

static void
assert_lesson (const IbPlacement *placement, const Row *row)
{
    static const char *const kinds[] = { "", "ham ", "spam ", "+ham ", "+spam ", "people " };
    IbPlacementLesson lesson = ib_placement_teaches (placement);
    g_autofree char *text
        = g_strconcat (kinds[lesson.kind], lesson.kind != IB_DUE_NOTHING ? lesson.why : "", NULL);
    g_assert_cmpstr (text, ==, row->lesson);
    g_assert_cmpint (lesson.at, ==, row->at);
}

static void
teaches (gconstpointer data)
{
    const Row *row = data;
    g_auto (GStrv) folders = g_strsplit (row->folders, ">", 2);
    const char *is = folders[1] != NULL ? folders[1] : folders[0];
    const IbPlacement placement = {
        .was = ib_folder_role (folders[0]),
        .is = ib_folder_role (is),
        .has_moved = folders[1] != NULL,
        .is_inbox = strcmp (is, "INBOX") == 0,
        .flags = row->flags,
        .verdict = row->verdict,
        .taught = row->taught,
        .since = SINCE,
    };
    assert_lesson (&placement, row);
}

static void
own_mail_makes_people_known_wherever_it_is (void)
{
    static const char *const folders[] = { "INBOX", "Archive", "Sent" };
    for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
        const IbPlacement placement = { .is = ib_folder_role (folders[i]),
                                        .is_inbox = i == 0,
                                        .is_own = true,
                                        .flags = "S",
                                        .verdict = "ham",
                                        .since = SINCE };
        assert_lesson (&placement, &(Row){ .lesson = "people sent" });
    }
}

static void
a_folder_s_new_name_teaches_nothing (void)
{
    static const struct {
        const char *was, *is;
    } names[] = { { "Junk", "Attic" }, { "Attic", "Junk" }, { "Trash", "Attic" } };
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        const IbPlacement placement = { .was = ib_folder_role (names[i].was),
                                        .is = ib_folder_role (names[i].is),
                                        .flags = "S",
                                        .verdict = "spam",
                                        .since = SINCE };
        assert_lesson (&placement, &(Row){ .lesson = "" });
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strdup_printf ("/placement/%s", rows[i].name);
        g_test_add_data_func (path, &rows[i], teaches);
    }
    g_test_add_func ("/placement/own-mail-makes-people-known-wherever-it-is",
                     own_mail_makes_people_known_wherever_it_is);
    g_test_add_func ("/placement/a-folder-s-new-name-teaches-nothing", a_folder_s_new_name_teaches_nothing);
    return g_test_run ();
}
