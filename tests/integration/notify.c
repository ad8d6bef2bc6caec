/* Plays the service for test_notifications.py: what stands in a line of standard input is told to a notifier, what the
 * user clicks is printed, a line each. Words are parted by tabs. */
#include "notifier.h"

#include <gio/gunixinputstream.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static GMainLoop *loop;

static void
print_click (const char *what, const char *account, const char *const *ids, const char *token)
{
    g_print ("%s %s", what, account);
    for (; ids != NULL && *ids != NULL; ids++)
        g_print (" %s", *ids);
    g_print ("%s%s\n", token != NULL ? " token=" : "", token != NULL ? token : "");
}

static void
on_junk (const char *account, const char *const *ids, gpointer user_data)
{
    print_click ("junk", account, ids, NULL);
}

static void
on_read (const char *account, const char *const *ids, gpointer user_data)
{
    print_click ("read", account, ids, NULL);
}

static void
on_sign_in (const char *account, const char *token, gpointer user_data)
{
    print_click ("sign-in", account, NULL, token);
}

/* notify=WORD, and accounts' names behind it. */
static void
set_config (IbNotifier *notifier, char **words)
{
    static const char *const levels[] = { "none", "important", "all" };
    g_autoptr (GPtrArray) accounts = g_ptr_array_new ();
    IbConfig config = { .accounts = accounts };
    for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
        if (strcmp (words[1], levels[i]) == 0)
            config.notify = (IbNotify) i;
    for (char **name = words + 2; *name != NULL; name++) {
        IbAccount *account = g_new0 (IbAccount, 1);
        account->name = *name;
        g_ptr_array_add (accounts, account);
    }
    ib_notifier_set_config (notifier, &config);
    for (guint i = 0; i < accounts->len; i++)
        g_free (accounts->pdata[i]);
}

/* mail COUNT ACCOUNT ID FROM SUBJECT: personal mail from somebody known, so many; of more than one the ids are numbered. */
static void
deliver (IbNotifier *notifier, char **words)
{
    guint count = (guint) g_ascii_strtoull (words[1], NULL, 10);
    for (guint i = 1; i <= count; i++) {
        g_autoptr (IbStory) story = ib_story_new ();
        story->account = g_strdup (words[2]);
        if (count > 1)
            g_snprintf (story->id, sizeof story->id, "%s%u", words[3], i);
        else
            g_strlcpy (story->id, words[3], sizeof story->id);
        story->from = g_strdup (words[4]);
        story->subject = g_strcompress (words[5]);
        story->verdict = g_strdup ("ham");
        story->kind = g_strdup ("personal");
        story->is_from_known = true;
        (void) ib_story_add_file (story, "INBOX", "");
        ib_notifier_delivered (notifier, story);
    }
}

static void
obey (IbNotifier *notifier, char **words)
{
    const char *what = words[0];
    if (strcmp (what, "config") == 0)
        set_config (notifier, words);
    else if (strcmp (what, "mail") == 0)
        deliver (notifier, words);
    else if (strcmp (what, "attention") == 0)
        ib_notifier_attention (notifier, words[1], words[2], words[3]);
    else if (strcmp (what, "listen") == 0)
        ; /* only the round trip */
    else if (strcmp (what, "resolved") == 0)
        ib_notifier_resolved (notifier, words[1]);
    else if (strcmp (what, "locked") == 0)
        ib_notifier_set_locked (notifier, strcmp (words[1], "yes") == 0);
    else
        g_error ("what is “%s”?", what);
}

typedef struct {
    IbNotifier *notifier;
    GDBusConnection *session;
    GDataInputStream *input;
} Play;

static void on_line (GObject *source, GAsyncResult *result, gpointer user_data);

/* What was sent to us before is heard by now, and what we sent is with the bus. */
static void
on_round_trip (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Play *play = user_data;
    g_autoptr (GVariant) reply = g_dbus_connection_call_finish (play->session, result, NULL);
    g_print ("done\n");
    g_data_input_stream_read_line_async (play->input, G_PRIORITY_DEFAULT, NULL, on_line, play);
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Play *play = user_data;
    g_autofree char *line = g_data_input_stream_read_line_finish (play->input, result, NULL, NULL);
    if (line == NULL) {
        g_main_loop_quit (loop);
        return;
    }
    g_auto (GStrv) words = g_strsplit (line, "\t", -1);
    obey (play->notifier, words);
    g_dbus_connection_call (play->session, "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId", NULL,
                            NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_round_trip, play);
}

int
main (int argc, char **argv)
{
    static const IbNotifierActions actions = { on_junk, on_read, on_sign_in };
    g_autoptr (GError) error = NULL;
    setlocale (LC_ALL, "");
    setvbuf (stdout, NULL, _IOLBF, 0);
    g_autoptr (GDBusConnection) session = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
    if (session == NULL)
        g_error ("%s", error->message);
    g_dbus_connection_set_exit_on_close (session, FALSE);
    g_autoptr (IbNotifier) notifier = ib_notifier_new (session, &actions, NULL);
    g_autoptr (GInputStream) bytes = g_unix_input_stream_new (0, FALSE);
    g_autoptr (GDataInputStream) input = g_data_input_stream_new (bytes);
    loop = g_main_loop_new (NULL, FALSE);
    Play play = { notifier, session, input };
    g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, NULL, on_line, &play);
    g_main_loop_run (loop);
    g_main_loop_unref (loop);
    return 0;
}
