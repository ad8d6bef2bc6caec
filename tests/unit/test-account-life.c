/* When an account may fetch, and what is next: each row a little story, told in words and checked as it goes.
 *
 *     +5m                 time passes
 *     to-due              … until it is due
 *     POLL LOOK RENEW STOP   is next, and is done
 *     quiet               nothing is next
 *     due=4m..5m          … from now; due=never
 *     is=throttled,server-asked   state and reason; is=ok, without a reason
 *     until=5m..6m        throttled or paused so long; until=never
 *     watch watch-some    all is fetched, and all mailboxes are watched, or not all
 *     end=ok end=busy/90s how the poll ended, and what the server asked for
 *     net+ net- portal+ metered+ saver- …   the surroundings
 *     sleep wake rerouted keyring ask pause pause=1h resume changed interval=10m   news
 */
#include "account-life.h"

#include <string.h>

typedef struct {
    const char *name, *settings, *story;
} Row;

/* Up to the first end of a poll. */
#define POLLED "due=0s..3s to-due POLL quiet due=never end=ok "
#define WATCHED "to-due POLL watch quiet "
#define FIVE_LOOKS "to-due LOOK watch to-due LOOK watch to-due LOOK watch to-due LOOK watch to-due LOOK watch "

static const Row rows[] = {
    /* --- the interval --- */
    { "starts-spread", "", "is=ok due=0s..3s to-due POLL is=ok due=never quiet" },
    { "interval", "", POLLED "is=ok,interval quiet due=285s..315s +4m quiet to-due POLL" },
    { "goes-along-when-nearly-due", "", POLLED "due=285s..315s +285s POLL" },
    { "not-before-that", "", POLLED "+254s quiet" },
    { "short-interval", "interval=10s", POLLED "due=9s..11s to-due POLL" },
    { "long-interval-has-a-bounded-slack", "interval=24h", POLLED "+1300m quiet due=68m..212m to-due POLL" },
    { "interval-made-shorter", "interval=1h", POLLED "+10m quiet interval=5m due=-6m..-4m POLL" },
    { "interval-made-longer", "", POLLED "interval=1h due=57m..63m" },
    { "settings-leave-a-poll-alone", "", "to-due POLL interval=1h quiet" },
    { "login-delay-is-longer", "", "to-due POLL end=ok,login=10m is=ok,login-delay +599s quiet +1s POLL" },
    { "login-delay-is-shorter", "", "to-due POLL end=ok,login=1m is=ok,interval due=285s..315s" },
    { "login-delay-is-nearly-the-interval", "", "to-due POLL end=ok,login=295s +294s quiet +1s POLL" },
    { "login-delay-bounds-a-back-off", "", "to-due POLL end=ok,login=10m to-due POLL end=error due=10m..13m" },
    { "login-delay-after-sleep", "", "to-due POLL end=ok,login=20m sleep +11m wake due=9m..10m +539s quiet +1s POLL" },

    { "login-delay-after-a-cut-session", "", "to-due POLL end=ok,login=20m ask POLL net- STOP end=offline net+ due=20m..20m" },

    /* --- failures that pass --- */
    { "back-off", "", "to-due POLL end=error is=error,back-off quiet due=60s..75s to-due POLL end=error due=120s..150s "
                      "to-due POLL end=error due=240s..300s to-due POLL end=ok is=ok,interval due=285s..315s" },
    { "back-off-is-no-longer-than-an-hour", "",
      "to-due POLL end=error to-due POLL end=error to-due POLL end=error to-due POLL end=error to-due POLL end=error "
      "to-due POLL end=error to-due POLL end=error to-due POLL end=error due=48m..60m to-due POLL end=error "
      "due=48m..60m" },
    { "back-off-is-no-longer-than-a-long-interval", "interval=2h",
      "to-due POLL end=error to-due POLL end=error to-due POLL end=error to-due POLL end=error to-due POLL end=error "
      "to-due POLL end=error to-due POLL end=error due=64m..80m to-due POLL end=error due=96m..120m" },
    { "success-forgets-failures", "",
      "to-due POLL end=error to-due POLL end=error to-due POLL end=ok to-due POLL end=error due=60s..75s" },
    { "state-lasts-until-it-is-known-better", "", "to-due POLL end=error to-due POLL is=error watch is=ok,renewal" },
    { "one-message-is-a-failure-that-passes", "", "to-due POLL end=message is=error,back-off due=60s..75s" },
    { "server-asked", "", "to-due POLL end=busy/20m is=throttled,server-asked until=20m..25m +1199s quiet to-due POLL" },
    { "server-asked-for-little", "", "to-due POLL end=busy/5s until=60s..75s" },
    { "server-asked-for-no-time", "", "to-due POLL end=busy until=60s..75s to-due POLL end=busy until=120s..150s" },
    { "server-asked-for-more-than-a-day", "", "to-due POLL end=busy/1000h until=24h..25h" },
    { "server-asked-for-nonsense", "", "to-due POLL end=busy/-5s until=60s..75s" },
    { "server-asked-while-it-failed", "", "to-due POLL end=error/10m is=error,back-off due=10m..13m" },
    { "throttled-and-failing-are-one-row", "", "to-due POLL end=busy to-due POLL end=error due=120s..150s" },
    { "refused-while-throttled", "",
      "to-due POLL end=busy to-due POLL end=sign-in is=throttled,server-asked to-due POLL end=sign-in is=throttled,server-asked "
      "to-due POLL end=sign-in is=sign-in-needed,sign-in due=never" },
    { "refused-while-throttled-once-more", "",
      "to-due POLL end=busy to-due POLL end=sign-in to-due POLL end=sign-in to-due POLL end=ok to-due POLL end=busy to-due POLL "
      "end=sign-in is=throttled,server-asked" },
    { "stopped-by-itself", "", POLLED "to-due POLL end=stopped is=ok,interval due=285s..315s" },

    /* --- what only the user can mend --- */
    { "sign-in", "", "to-due POLL end=sign-in is=sign-in-needed,sign-in due=never +48h quiet" },
    { "sign-in-asked", "", "to-due POLL end=sign-in ask due=0s..0s POLL is=sign-in-needed end=ok is=ok,interval" },
    { "sign-in-changed", "", "to-due POLL end=sign-in changed is=ok POLL" },
    { "sign-in-keyring", "", "to-due POLL end=sign-in keyring quiet due=never" },
    { "sign-in-by-keyring", "keyring", "to-due POLL end=sign-in keyring POLL end=sign-in due=never" },
    { "sign-in-is-not-mended-by-waking", "", "to-due POLL end=sign-in sleep +1h wake quiet due=never" },
    { "sign-in-is-not-mended-by-the-network", "", "to-due POLL end=sign-in net- net+ rerouted quiet due=never" },
    { "sign-in-without-network", "", "to-due POLL end=sign-in net- is=sign-in-needed,sign-in" },
    { "sign-in-paused", "", "to-due POLL end=sign-in pause is=paused,paused resume is=sign-in-needed,sign-in due=never" },
    { "sign-in-asked-and-stopped", "", "to-due POLL end=sign-in ask POLL sleep STOP end=stopped wake is=sign-in-needed,sign-in quiet" },
    { "unsafe", "keyring", "to-due POLL end=unsafe is=unsafe,unsafe keyring net- net+ sleep wake rerouted +9h quiet due=never" },
    { "unsafe-asked", "", "to-due POLL end=unsafe ask POLL" },
    { "unsafe-changed", "", "to-due POLL end=unsafe changed POLL" },

    /* --- the keyring --- */
    { "keyring", "keyring", "to-due POLL end=keyring is=waiting-for-keyring,keyring due=15m..15m quiet keyring POLL" },
    { "keyring-safety", "keyring", "to-due POLL end=keyring to-due POLL end=keyring due=15m..15m" },
    { "keyring-counts-as-no-failure", "keyring",
      "to-due POLL end=keyring to-due POLL end=keyring to-due POLL end=keyring to-due POLL end=error due=60s..75s" },
    { "keyring-opened-meanwhile", "keyring", "to-due POLL keyring end=keyring POLL end=keyring due=15m..15m" },
    { "keyring-opened-during-an-earlier-poll", "keyring",
      "to-due POLL keyring net- STOP end=stopped net+ to-due POLL end=keyring due=15m..15m" },
    { "keyring-is-nobodys-else", "keyring", POLLED "keyring quiet" },

    /* --- the network --- */
    { "no-network", "", POLLED "net- is=waiting-for-network,network quiet due=never +3h quiet net+ quiet due=2s..5s to-due POLL" },
    { "network-back-before-it-is-due", "", POLLED "net- +1m net+ due=225s..255s is=ok,interval" },
    { "network-goes-during-a-poll", "",
      "to-due POLL net- due=-99h..0s STOP quiet due=never end=offline is=waiting-for-network,network due=never net+ due=2s..5s" },
    { "network-goes-and-the-poll-ends-by-itself", "", "to-due POLL net- end=offline quiet net+ due=2s..5s" },
    { "network-flickers-while-a-poll-is-stopped", "", "to-due POLL net- STOP net+ quiet due=never end=stopped due=2s..5s" },
    { "offline-is-no-failure", "", "to-due POLL net- STOP end=offline net+ to-due POLL end=error due=60s..75s" },
    { "offline-though-there-is-a-network", "",
      "to-due POLL end=offline is=waiting-for-network,back-off due=60s..75s to-due POLL end=offline due=120s..150s" },
    { "offline-and-then-the-network-changes", "", "to-due POLL end=offline to-due POLL end=offline rerouted due=2s..5s is=waiting-for-network" },
    { "offline-and-the-network-changed-meanwhile", "", "to-due POLL rerouted end=offline due=2s..5s" },
    { "offline-while-the-network-keeps-changing", "",
      "to-due POLL end=offline rerouted to-due POLL end=offline rerouted due=120s..150s +30s rerouted due=2s..5s" },
    { "offline-and-back", "", "to-due POLL end=offline net- net+ due=2s..5s" },
    { "back-off-and-network", "", "to-due POLL end=error net- net+ due=60s..75s is=error,back-off" },
    { "network-before-the-start", "no-network", "+1h quiet is=waiting-for-network,network net+ due=2s..5s" },
    { "asked-without-network", "", POLLED "net- ask POLL end=offline is=waiting-for-network,network quiet due=never" },
    { "asked-and-then-the-network-goes", "", "to-due POLL end=ok ask POLL net- STOP" },
    { "asked-before-the-network-goes", "", "to-due POLL end=ok ask net- quiet due=never" },

    { "portal", "", POLLED "portal+ is=waiting-for-network,portal due=never +1h quiet portal- due=2s..5s" },
    { "portal-ends-a-poll", "", "to-due POLL portal+ STOP end=unsafe is=waiting-for-network,portal portal- due=2s..5s" },
    { "portal-is-not-unsafe", "", "to-due POLL end=unsafe +10s portal+ is=waiting-for-network,portal portal- due=2s..5s" },
    { "portal-long-after-it-was-unsafe", "", "to-due POLL end=unsafe +1h portal+ portal- is=unsafe,unsafe due=never" },
    { "portal-asked", "", POLLED "portal+ ask quiet due=never portal- POLL" },

    { "metered-pause", "metered=pause", POLLED "metered+ is=paused,metered due=never +1h quiet metered- due=2s..5s" },
    { "metered-pause-asked", "metered=pause", POLLED "metered+ ask POLL watch STOP end=stopped quiet due=never" },
    { "metered-pause-stops-a-watch", "metered=pause", WATCHED "metered+ STOP end=stopped quiet metered- due=2s..5s" },
    { "metered-pause-large", "metered=pause-large", POLLED "small- metered+ small+ is=ok,interval to-due POLL metered- small-" },
    { "metered-normal", "", POLLED "metered+ small- to-due POLL" },

    { "saver-stretches", "", POLLED "saver+ is=ok,battery-saver due=19m..21m +17m quiet to-due POLL" },
    { "saver-ends", "", POLLED "saver+ +6m quiet saver- due=-2m..0s POLL" },
    { "saver-normal", "saver=normal", POLLED "saver+ is=ok,interval due=285s..315s" },
    { "saver-pause", "saver=pause", POLLED "saver+ is=paused,battery-saver due=never +1h quiet saver- due=2s..5s" },
    { "saver-leaves-renewals", "", WATCHED "saver+ due=9m..9m is=ok,renewal" },

    /* --- sleep --- */
    { "sleep", "", POLLED "sleep quiet due=never +8h quiet wake quiet due=2s..5s to-due POLL" },
    { "short-sleep", "", POLLED "sleep +1m wake due=225s..255s" },
    { "sleep-during-a-poll", "", "to-due POLL sleep STOP end=stopped quiet +8h wake is=ok due=2s..5s" },
    { "sleep-too-fast-for-the-poll", "", "to-due POLL sleep STOP +8h wake quiet end=offline is=ok due=2s..5s" },
    { "sleep-unannounced", "", "to-due POLL watch +8h wake STOP end=offline due=2s..5s is=ok to-due POLL" },
    { "sleep-of-a-watch", "", WATCHED "sleep STOP end=stopped +2m quiet wake due=2s..5s" },
    { "sleep-and-no-network-after", "", POLLED "sleep net- +8h wake quiet due=never net+ due=2s..5s" },
    { "wakes-before-its-network", "", POLLED "sleep +8h wake to-due POLL rerouted end=offline due=2s..5s" },
    { "sleep-and-another-network", "", WATCHED "to-due LOOK watch sleep STOP end=stopped wake to-due POLL watch due=9m..9m" },
    { "sleep-and-pause", "", POLLED "sleep pause +9h wake quiet is=paused,paused due=never" },
    { "sleep-and-back-off", "", "to-due POLL end=error sleep +30m wake due=2s..5s" },
    { "sleep-and-throttled", "", "to-due POLL end=busy/1h sleep +30m wake is=throttled,server-asked due=30m..45m" },
    { "asked-asleep", "", POLLED "sleep ask quiet wake POLL" },

    /* --- pause --- */
    { "pause", "", POLLED "pause is=paused,paused until=never due=never +99h quiet resume due=0s..0s POLL" },
    { "pause-for-a-time", "", POLLED "pause=1h is=paused,paused until=1h..1h due=1h..1h +59m quiet +1m POLL is=ok" },
    { "pause-shorter-than-the-interval", "", POLLED "pause=1m +1m quiet due=225s..255s is=ok,interval" },
    { "pause-ends-without-network", "", POLLED "pause=1h net- due=never +2h quiet is=waiting-for-network,network" },
    { "pause-stops-a-poll", "", "to-due POLL pause STOP end=stopped is=paused,paused" },
    { "pause-stops-a-watch", "", WATCHED "pause=10m STOP end=stopped due=10m..10m resume due=0s..0s POLL" },
    { "pause-and-asked", "", POLLED "pause ask is=ok POLL end=ok is=paused,paused due=never" },
    { "asked-and-paused", "", POLLED "ask pause quiet" },
    { "resumed-before-it-is-due", "", POLLED "pause +1m resume is=ok due=0s..0s POLL" },
    { "resumed-before-it-has-stopped", "", "to-due POLL pause STOP resume quiet end=stopped due=0s..0s POLL" },
    { "resumed-before-it-was-told-to-stop", "", "to-due POLL pause resume STOP end=stopped POLL" },
    { "resumed-while-it-watches", "", WATCHED "resume quiet due=9m..9m" },
    { "resumed-without-network", "", POLLED "pause net- resume quiet due=never net+ due=2s..5s" },
    { "resumed-while-the-server-wants-peace", "", "to-due POLL end=busy/20m pause resume is=throttled,server-asked due=20m..25m" },
    { "resumed-before-another-sign-in", "", "to-due POLL end=ok,login=20m pause +1m resume due=19m..19m" },
    { "resumed-after-failures", "", "to-due POLL end=error to-due POLL end=error pause resume POLL end=error due=240s..300s" },
    { "resumed-with-the-keyring-locked", "", "to-due POLL end=keyring pause resume POLL" },

    /* --- the user --- */
    { "asked", "", POLLED "ask is=ok due=0s..0s POLL end=ok quiet is=ok,interval" },
    { "asked-during-a-poll", "", "to-due POLL ask quiet end=ok quiet due=285s..315s" },
    { "asked-while-throttled", "", "to-due POLL end=busy/1h ask POLL" },
    { "asked-while-it-is-stopped", "", "to-due POLL net- STOP net+ ask quiet end=stopped POLL" },
    { "asked-of-a-watch", "", WATCHED "ask due=-99h..0s LOOK quiet watch quiet due=9m..9m" },
    { "changed", "", POLLED "changed POLL" },
    { "changed-during-a-poll", "", "to-due POLL changed STOP end=stopped POLL" },
    { "changed-and-the-old-ones-are-refused", "", "to-due POLL changed STOP end=sign-in is=ok POLL" },
    { "changed-while-watching", "", WATCHED "changed STOP end=stopped POLL" },
    { "changed-forgets-failures", "", "to-due POLL end=error to-due POLL end=error changed POLL end=error due=60s..75s" },
    { "changed-forgets-the-server", "",
      WATCHED "to-due LOOK watch end=ok,login=10m changed POLL end=ok is=ok,interval to-due POLL watch due=9m..9m" },
    { "changed-without-network", "", POLLED "net- changed quiet net+ due=2s..5s" },

    /* --- push --- */
    { "watch", "", WATCHED "is=ok,renewal due=9m..9m +404s quiet +2s LOOK quiet due=never watch due=9m..9m" },
    { "watch-some", "", "to-due POLL watch-some is=ok,interval due=5m..5m +269s quiet to-due LOOK watch-some due=5m..5m" },
    { "watch-some-at-a-long-interval", "interval=1h", "to-due POLL watch-some is=ok,renewal due=9m..9m" },
    { "watch-some-with-saver", "", "to-due POLL watch-some saver+ is=ok,renewal due=9m..9m" },
    { "arrivals-put-no-look-off", "", WATCHED "+5m watch due=4m..4m +2m watch due=2m..2m" },
    { "renewals-grow", "",
      WATCHED "to-due LOOK watch due=11m..11m to-due LOOK watch due=13m..13m to-due LOOK watch due=15m..15m to-due LOOK watch "
              "due=17m..17m to-due LOOK watch due=19m..19m to-due LOOK watch to-due LOOK watch due=23m..23m to-due LOOK watch "
              "due=25m..25m to-due LOOK watch due=25m..25m" },
    { "early-looks-prove-little", "", WATCHED "+7m LOOK watch due=9m..9m" },
    { "looks-after-arrivals-prove-little", "", WATCHED "+5m watch to-due LOOK watch due=9m..9m" },
    { "dead-at-a-look", "", WATCHED "to-due LOOK end=offline due=2s..5s to-due POLL watch due=6m..6m" },
    { "dead-at-a-grown-look", "",
      WATCHED "to-due LOOK watch to-due LOOK end=offline to-due POLL watch due=440s..440s to-due LOOK watch due=560s..560s "
              "to-due LOOK watch due=10m..10m to-due LOOK watch due=10m..10m" },
    { "longer-ones-are-tried-again-after-twenty", "",
      WATCHED "+6m end=offline to-due POLL watch to-due LOOK watch due=5m..5m " FIVE_LOOKS FIVE_LOOKS FIVE_LOOKS FIVE_LOOKS
              "due=5m..5m to-due LOOK watch due=7m..7m" },
    { "closed-by-the-server-after-a-silence", "", WATCHED "+6m end=offline to-due POLL watch due=4m..4m" },
    { "closed-by-the-server-at-once", "", WATCHED "+1m end=offline to-due POLL watch due=9m..9m" },
    { "renewals-are-not-shorter-than-two-minutes", "",
      WATCHED "+3m end=offline to-due POLL watch due=2m..2m to-due LOOK end=offline to-due POLL watch due=2m..2m" },
    { "another-network-has-another-memory", "", WATCHED "to-due LOOK watch to-due LOOK watch due=13m..13m rerouted +1s RENEW due=539s..539s" },
    { "rerouted", "", WATCHED "rerouted due=1s..1s quiet +1s RENEW quiet +5s end=offline due=2s..5s" },
    { "rerouted-often", "", WATCHED "rerouted to-due RENEW rerouted due=10s..10s +9s quiet +1s RENEW" },
    { "rerouted-before-it-watched", "", POLLED "rerouted to-due POLL watch quiet" },
    { "renewed-and-lost", "", WATCHED "+6m rerouted +1s RENEW +1m end=offline to-due POLL watch due=9m..9m" },
    { "rerouted-while-fetching", "", "to-due POLL rerouted quiet due=never +2s watch RENEW" },
    { "rerouted-while-looking", "", WATCHED "to-due LOOK rerouted quiet +2s watch RENEW" },
    { "looked-instead-of-renewed", "", WATCHED "ask rerouted +2s LOOK watch quiet" },
    { "cut", "", WATCHED "+1m end=offline due=2s..5s is=waiting-for-network,back-off" },
    { "cut-again-and-again", "",
      WATCHED "end=offline due=2s..5s to-due POLL watch +1s end=offline due=60s..75s to-due POLL watch +1s end=offline due=120s..150s" },
    { "cut-after-it-lasted", "", WATCHED "end=offline to-due POLL watch +5m end=offline due=2s..5s" },
    { "cut-by-a-restart", "", WATCHED "+1h end=offline to-due POLL end=offline due=60s..75s to-due POLL end=offline due=120s..150s" },
    { "cut-by-a-limit", "", WATCHED "+1h end=busy is=throttled,server-asked due=60s..75s" },
    { "server-cannot-push", "", "to-due POLL end=ok is=ok,interval due=285s..315s" },
    { "no-network-for-a-watch", "", WATCHED "net- STOP end=offline is=waiting-for-network,network net+ due=2s..5s to-due POLL watch is=ok,renewal" },

    /* --- late words --- */
    { "late-watch", "", POLLED "watch is=ok,interval quiet" },
    { "late-end", "", POLLED "end=sign-in is=ok,interval" },
    { "watch-of-a-stopped-poll", "", "to-due POLL net- STOP watch quiet is=waiting-for-network" },
};

/* --- the story's words ----------------------------------------------------------------------------------------- */

typedef struct {
    IbAccountLife *life;
    IbLifeSettings settings;
    IbLifeSurroundings around;
    gint64 now;
} Play;

/* "90s", "1.5h", "-2m", up to @end, or the end. */
static gint64
span (const char *text)
{
    char *unit;
    gint64 number = g_ascii_strtoll (text, &unit, 10);
    g_assert_true (unit != text);
    gint64 seconds = *unit == 'h' ? 3600 : *unit == 'm' ? 60 : *unit == 's' ? 1 : 0;
    g_assert_cmpint (seconds, !=, 0);
    return number * seconds * G_USEC_PER_SEC;
}

static void
assert_within (const char *word, const char *range, gint64 value, gint64 now)
{
    if (strcmp (range, "never") == 0) {
        if (value != IB_LIFE_NEVER)
            g_error ("%s: in %.3f s", word, (value - now) / 1e6);
        return;
    }
    g_auto (GStrv) ends = g_strsplit (range, "..", 2);
    if (value == IB_LIFE_NEVER || value - now < span (ends[0]) || value - now > span (ends[1]))
        g_error ("%s: in %.3f s", word, value == IB_LIFE_NEVER ? G_MAXDOUBLE : (value - now) / 1e6);
}

static const char *const steps[] = { "quiet", "POLL", "LOOK", "RENEW", "STOP" };

static bool
play_step (Play *play, const char *word)
{
    for (IbLifeStep step = IB_LIFE_STEP_NOTHING; step <= IB_LIFE_STEP_STOP; step++)
        if (strcmp (word, steps[step]) == 0) {
            g_assert_cmpstr (steps[ib_account_life_next (play->life, play->now)], ==, word);
            if (step == IB_LIFE_STEP_NOTHING && ib_account_life_due (play->life) <= play->now)
                g_error ("quiet, and due: the alarm would ring without end");
            ib_account_life_begun (play->life, step, play->now);
            return true;
        }
    return false;
}

/* "net+" … */
static bool
play_surroundings (Play *play, const char *word)
{
    const struct {
        const char *name;
        bool *place;
    } all[] = {
        { "net", &play->around.has_network },
        { "portal", &play->around.is_portal },
        { "metered", &play->around.is_metered },
        { "saver", &play->around.is_saving },
    };
    gsize length = strlen (word) - 1;
    for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
        if (strlen (all[i].name) == length && strncmp (word, all[i].name, length) == 0
            && strchr ("+-", word[length]) != NULL) {
            *all[i].place = word[length] == '+';
            ib_account_life_surrounded (play->life, &play->around, play->now);
            return true;
        }
    return false;
}

/* "ok,login=10m", "busy/90s" */
static void
play_end (Play *play, const char *text)
{
    static const struct {
        const char *name;
        int code;
    } codes[] = {
        { "ok", IB_LIFE_WENT_WELL },
        { "offline", IB_FETCH_ERROR_OFFLINE },
        { "busy", IB_FETCH_ERROR_BUSY },
        { "sign-in", IB_FETCH_ERROR_SIGN_IN },
        { "unsafe", IB_FETCH_ERROR_UNSAFE },
        { "message", IB_FETCH_ERROR_MESSAGE },
        { "error", IB_FETCH_ERROR_SERVER },
        { "stopped", IB_FETCH_ERROR_STOPPED },
        { "keyring", IB_FETCH_ERROR_KEYRING },
    };
    g_auto (GStrv) parts = g_strsplit_set (text, "/,", 2);
    IbLifeEnd end = { .code = IB_LIFE_WENT_WELL, .was_signed_in = true };
    bool is_known = false;
    for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
        if (strcmp (parts[0], codes[i].name) == 0) {
            end.code = codes[i].code;
            is_known = true;
        }
    g_assert_true (is_known);
    if (parts[1] != NULL && g_str_has_prefix (parts[1], "login="))
        end.login_delay_s = span (parts[1] + strlen ("login=")) / G_USEC_PER_SEC;
    else if (parts[1] != NULL)
        end.retry_after_s = span (parts[1]) / G_USEC_PER_SEC;
    ib_account_life_ended (play->life, &end, play->now);
}

static void
assert_described (Play *play, const char *word, const char *value)
{
    IbLifeNow is;
    ib_account_life_describe (play->life, play->now, &is);
    if (g_str_has_prefix (word, "until=")) {
        assert_within (word, value, is.until, play->now);
        return;
    }
    const char *reason = ib_life_reason_name (is.reason);
    g_autofree char *told = g_strjoin (*reason != '\0' ? "," : "", is.state, reason, NULL);
    g_assert_cmpstr (told, ==, value);
}

/* "small+", "small-": whether large messages are left. */
static bool
play_small (Play *play, const char *word)
{
    if (!g_str_has_prefix (word, "small"))
        return false;
    g_assert_true (ib_account_life_leaves_large (play->life) == (word[strlen ("small")] == '+'));
    return true;
}

/* "NAME=VALUE" */
static bool
play_value (Play *play, const char *word)
{
    const char *value = strchr (word, '=');
    if (value++ == NULL)
        return false;
    if (g_str_has_prefix (word, "due="))
        assert_within (word, value, ib_account_life_due (play->life), play->now);
    else if (g_str_has_prefix (word, "is=") || g_str_has_prefix (word, "until="))
        assert_described (play, word, value);
    else if (g_str_has_prefix (word, "end="))
        play_end (play, value);
    else if (g_str_has_prefix (word, "pause="))
        ib_account_life_paused (play->life, play->now + span (value), play->now);
    else if (g_str_has_prefix (word, "interval=")) {
        play->settings.interval_s = span (value) / G_USEC_PER_SEC;
        ib_account_life_set (play->life, &play->settings, play->now);
    } else
        return false;
    return true;
}

static bool
play_news (Play *play, const char *word)
{
    IbAccountLife *life = play->life;
    gint64 now = play->now;
    if (strcmp (word, "sleep") == 0)
        ib_account_life_asleep (life, now);
    else if (strcmp (word, "wake") == 0)
        ib_account_life_woke (life, now);
    else if (strcmp (word, "rerouted") == 0)
        ib_account_life_rerouted (life, now);
    else if (strcmp (word, "keyring") == 0)
        ib_account_life_keyring_changed (life, now);
    else if (strcmp (word, "ask") == 0)
        ib_account_life_asked (life, now);
    else if (strcmp (word, "pause") == 0)
        ib_account_life_paused (life, 0, now);
    else if (strcmp (word, "resume") == 0)
        ib_account_life_resumed (life, now);
    else if (strcmp (word, "changed") == 0)
        ib_account_life_changed (life, &play->settings, now);
    else if (strcmp (word, "watch") == 0 || strcmp (word, "watch-some") == 0)
        ib_account_life_watching (life, strcmp (word, "watch") == 0, now);
    else
        return false;
    return true;
}

static bool
play_time (Play *play, const char *word)
{
    if (*word == '+')
        play->now += span (word + 1);
    else if (strcmp (word, "to-due") == 0) {
        gint64 due = ib_account_life_due (play->life);
        g_assert_cmpint (due, !=, IB_LIFE_NEVER);
        play->now = MAX (play->now, due);
    } else
        return false;
    return true;
}

static void
read_settings (Play *play, const char *text)
{
    play->settings = (IbLifeSettings){ .interval_s = 300, .on_battery_saver = IB_SAVER_STRETCH };
    play->around = (IbLifeSurroundings){ .has_network = strcmp (text, "no-network") != 0 };
    if (g_str_has_prefix (text, "interval="))
        play->settings.interval_s = span (text + strlen ("interval=")) / G_USEC_PER_SEC;
    play->settings.has_keyring_secret = strcmp (text, "keyring") == 0;
    if (strcmp (text, "metered=pause") == 0)
        play->settings.on_metered = IB_METERED_PAUSE;
    if (strcmp (text, "metered=pause-large") == 0)
        play->settings.on_metered = IB_METERED_PAUSE_LARGE;
    if (strcmp (text, "saver=normal") == 0)
        play->settings.on_battery_saver = IB_SAVER_NORMAL;
    if (strcmp (text, "saver=pause") == 0)
        play->settings.on_battery_saver = IB_SAVER_PAUSE;
}

/* Whatever chance decides. */
static void
goes (gconstpointer data)
{
    const Row *row = data;
    g_auto (GStrv) words = g_strsplit (row->story, " ", -1);
    for (guint64 seed = 0; seed < 50; seed++) {
        Play play = { .now = 7200 * (gint64) G_USEC_PER_SEC };
        read_settings (&play, row->settings);
        g_autoptr (IbAccountLife) life = ib_account_life_new (&play.settings, &play.around, seed, play.now);
        play.life = life;
        for (char **word = words; *word != NULL; word++) {
            g_test_message ("seed %" G_GUINT64_FORMAT ", %s", seed, *word);
            bool is_word = play_time (&play, *word) || play_step (&play, *word) || play_value (&play, *word)
                           || play_news (&play, *word) || play_small (&play, *word) || play_surroundings (&play, *word)
                           || **word == '\0';
            g_assert_true (is_word);
        }
    }
}

static void
chance_differs_by_seed (void)
{
    const IbLifeSettings settings = { .interval_s = 300 };
    const IbLifeSurroundings around = { .has_network = true };
    g_autoptr (GHashTable) dues = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint64 seed = 0; seed < 100; seed++) {
        g_autoptr (IbAccountLife) life = ib_account_life_new (&settings, &around, seed, 0);
        g_autoptr (IbAccountLife) twin = ib_account_life_new (&settings, &around, seed, 0);
        gint64 due = ib_account_life_due (life);
        g_assert_cmpint (due, ==, ib_account_life_due (twin));
        g_hash_table_add (dues, g_memdup2 (&due, sizeof due));
    }
    g_assert_cmpuint (g_hash_table_size (dues), >, 95);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strdup_printf ("/account-life/%s", rows[i].name);
        g_test_add_data_func (path, &rows[i], goes);
    }
    g_test_add_func ("/account-life/chance-differs-by-seed", chance_differs_by_seed);
    return g_test_run ();
}
