/* When the user is told of what only he can mend. */
#include "incident.h"

#include <string.h>

#define MINUTE ((gint64) G_TIME_SPAN_MINUTE)
#define HOUR ((gint64) G_TIME_SPAN_HOUR)

/* What happens, a word a step: "code@minutes" it comes up, "?minutes" the user is told if that is due, "over".
 * @told: the minutes at which he was. */
static const struct {
    const char *name, *steps, *told;
} cases[] = {
    { "at-once", "sign-in-needed@1 ?1", "1" },
    { "once", "sign-in-needed@1 ?1 ?2 sign-in-needed@30 ?30 ?600", "1" },
    { "daily-at-most", "unsafe@1 ?1 unsafe@1439 ?1440 unsafe@1442 ?1442 ?1500 unsafe@1600 ?1600", "1 1442" },
    { "after-a-day-but-not-by-itself", "unsafe@1 ?1 ?2000", "1" },
    { "another-kind-is-another-incident", "sign-in-needed@1 ?1 unsafe@2 ?2", "1 2" },
    { "over-and-back", "sign-in-needed@1 ?1 over sign-in-needed@5 ?5", "1 5" },
    { "keyring-is-waited-for", "waiting-for-keyring@1 ?1 ?5 ?10 ?11 ?12", "11" },
    { "keyring-does-not-wait-anew", "waiting-for-keyring@1 waiting-for-keyring@9 ?10 ?11", "11" },
    { "keyring-unlocked-in-time", "waiting-for-keyring@1 ?5 over ?20", "" },
    { "lost-and-told-again", "sign-in-needed@1 ?1 lost ?2 ?3 lost ?4", "1 2 4" },
    { "keyring-lost", "waiting-for-keyring@1 ?11 lost ?12", "11 12" },
    { "held-back-then-told", "sign-in-needed@1 sign-in-needed@2 ?90", "90" },
};

static void
user_is_told (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbIncident) incident = NULL;
    g_autoptr (GString) told = g_string_new (NULL);
    g_auto (GStrv) steps = g_strsplit (cases[i].steps, " ", -1);
    for (char **step = steps; *step != NULL; step++) {
        if (strcmp (*step, "over") == 0) {
            g_clear_pointer (&incident, ib_incident_free);
        } else if (strcmp (*step, "lost") == 0) {
            ib_incident_lost (incident);
        } else if (**step == '?') {
            gint64 minute = g_ascii_strtoll (*step + 1, NULL, 10);
            if (incident == NULL || ib_incident_due (incident) > minute * MINUTE)
                continue;
            ib_incident_told (incident, minute * MINUTE);
            g_string_append_printf (told, "%s%d", told->len > 0 ? " " : "", (int) minute);
        } else {
            g_auto (GStrv) parts = g_strsplit (*step, "@", 2);
            incident = ib_incident_note (incident, parts[0], parts[1],
                                         g_ascii_strtoll (parts[1], NULL, 10) * MINUTE);
            g_assert_cmpstr (incident->words, ==, parts[1]);
        }
    }
    g_assert_cmpstr (told->str, ==, cases[i].told);
}

static void
next_time_is_known (void)
{
    g_autoptr (IbIncident) incident = ib_incident_note (NULL, "waiting-for-keyring", "locked", HOUR);
    g_assert_cmpint (ib_incident_due (incident), ==, HOUR + IB_INCIDENT_KEYRING_US);
    g_assert_false (ib_incident_is_sign_in (incident));
    ib_incident_told (incident, 2 * HOUR);
    g_assert_cmpint (ib_incident_due (incident), ==, G_MAXINT64);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/incident/told/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), user_is_told);
    }
    g_test_add_func ("/incident/next-time", next_time_is_known);
    return g_test_run ();
}
