/* A laptop's day with ten accounts, by a clock that runs as fast as it can.
 *
 *     00:00 on · keyring locked until 01:00 · a server that throttles 02:00 to 03:00 · no network 04:00 to 05:00 ·
 *     metered 07:00 to 08:00 · battery saver 09:00 to 10:00 · asleep 16:00 to 24:00 · an hour more */
#include "account-life.h"

#define S ((gint64) G_USEC_PER_SEC)
#define M (60 * S)
#define H (60 * M)

#define UNLOCKED (1 * H)
#define THROTTLES (2 * H)
#define THROTTLES_NO_MORE (3 * H)
#define OFFLINE (4 * H)
#define ONLINE (5 * H)
#define METERED (7 * H)
#define UNMETERED (8 * H)
#define SAVING (9 * H)
#define NOT_SAVING (10 * H)
#define SLEEPS (16 * H)
#define WAKES (24 * H)
#define END (25 * H)

/* What a fetch takes, and how soon a dead peer is found. */
#define FETCH (2 * S)
#define DEAD (10 * S)
#define RETRY_AFTER (20 * M)

/* How a server and the account on it are. */
typedef struct {
    const char *name;
    gint64 interval_s;
    bool pushes, watches_all;
    gint64 login_delay_s;
    gint64 forgets_after;   /* a NAT on the way: of silence; 0: never */
    bool throttles, needs_keyring, pauses_on_metered;
    gint64 longest_gap;     /* between two looks, while it is awake and online and nothing else is in the way */
    guint least, most;      /* polls and looks in the day */
} Kind;

static const Kind kinds[] = {
    { "push-1",     300, true,  true,  0,   0,      false, false, false, 26 * M, 40,  120 },
    { "push-2",     300, true,  true,  0,   0,      false, false, false, 26 * M, 40,  120 },
    { "push-3",     900, true,  true,  0,   0,      false, false, true,  26 * M, 38,  120 },
    { "push-nat",   300, true,  true,  0,   12 * M, false, false, false, 14 * M, 70,  130 },
    { "push-some",  300, true,  false, 0,   0,      false, false, false, 6 * M,  160, 230 },
    { "poll-5m",    300, false, false, 0,   0,      false, false, false, 6 * M,  160, 230 },
    { "poll-1h",   3600, false, false, 0,   0,      false, false, false, 66 * M, 12,  22 },
    { "pop3-delay", 300, false, false, 600, 0,      false, false, false, 12 * M, 70,  110 },
    { "throttled",  300, false, false, 0,   0,      true,  false, false, 6 * M,  150, 220 },
    { "keyring",    300, true,  true,  0,   0,      false, true,  false, 26 * M, 40,  120 },
};
#define N G_N_ELEMENTS (kinds)

typedef struct {
    const Kind *kind;
    IbAccountLife *life;
    gint64 answers_at;      /* what runs comes to an end, one way or another */
    bool is_watching;
    gint64 heard_at;        /* anything went over the watched connection */
    gint64 looked_at;       /* all that was on the server is here */
    gint64 signed_in_at, told_off_at;
    guint n_begun;
} Account;

typedef struct {
    Account accounts[N];
    IbLifeSurroundings around;
    bool is_asleep, is_unlocked;
    gint64 now, rang_at;
    guint n_alarms, n_keyring_tries;
    GString *log;           /* what was begun, when */
} Day;

static void
assert_may_begin (Day *day, const Account *account)
{
    g_assert_false (day->is_asleep);
    g_assert_true (day->around.has_network);
    if (account->kind->pauses_on_metered)
        g_assert_false (day->around.is_metered);
    if (account->kind->login_delay_s > 0 && account->signed_in_at > 0)
        g_assert_cmpint (day->now - account->signed_in_at, >=, account->kind->login_delay_s * S);
    if (account->told_off_at > 0)
        g_assert_cmpint (day->now - account->told_off_at, >=, RETRY_AFTER);
}

static void
ended (Day *day, Account *account, int code)
{
    const IbLifeEnd end = { .code = code,
                            .was_signed_in = code == IB_LIFE_WENT_WELL,
                            .retry_after_s = code == IB_FETCH_ERROR_BUSY ? RETRY_AFTER / S : 0,
                            .login_delay_s = account->kind->login_delay_s };
    account->answers_at = IB_LIFE_NEVER;
    account->is_watching = false;
    account->told_off_at = code == IB_FETCH_ERROR_BUSY ? day->now : 0;
    if (end.was_signed_in)
        account->signed_in_at = day->now;
    ib_account_life_ended (account->life, &end, day->now);
}

/* No account is forgotten. Where something was in the way, its time begins anew when that is gone. */
static void
assert_not_starved (const Day *day, Account *account)
{
    static const gint64 news[] = { 0, UNLOCKED, THROTTLES_NO_MORE + 30 * M, ONLINE, UNMETERED, NOT_SAVING, WAKES };
    static const struct {
        gint64 from, to;
    } excused[] = { { OFFLINE, ONLINE }, { SLEEPS, WAKES } };
    gint64 since = account->looked_at;
    for (gsize i = 0; i < G_N_ELEMENTS (news); i++)
        if (news[i] <= day->now)
            since = MAX (since, news[i]);
    for (gsize i = 0; i < G_N_ELEMENTS (excused); i++)
        if (day->now >= excused[i].from && day->now < excused[i].to)
            return;
    bool is_excused = (account->kind->needs_keyring && !day->is_unlocked)
                      || (account->kind->throttles && day->now >= THROTTLES && day->now < THROTTLES_NO_MORE + 30 * M)
                      || (account->kind->pauses_on_metered && day->around.is_metered) || day->around.is_saving;
    if (!is_excused && day->now - since > account->kind->longest_gap)
        g_error ("%s is starved: %.1f min at %.2f h", account->kind->name, (day->now - since) / 60e6, day->now / 3600e6);
}

static void
looked (Day *day, Account *account)
{
    assert_not_starved (day, account);
    account->looked_at = account->heard_at = day->now;
}

/* What was begun has its answer. */
static void
answered (Day *day, Account *account)
{
    account->answers_at = IB_LIFE_NEVER;
    bool is_forgotten = account->kind->forgets_after > 0 && day->now - account->heard_at > account->kind->forgets_after;
    if (!day->around.has_network || (account->is_watching && is_forgotten))
        ended (day, account, IB_FETCH_ERROR_OFFLINE);
    else if (account->kind->needs_keyring && !day->is_unlocked) {
        day->n_keyring_tries++;
        ended (day, account, IB_FETCH_ERROR_KEYRING);
    } else if (account->kind->throttles && day->now >= THROTTLES && day->now < THROTTLES_NO_MORE)
        ended (day, account, IB_FETCH_ERROR_BUSY);
    else if (account->kind->pushes) {
        looked (day, account);
        account->is_watching = true;
        ib_account_life_watching (account->life, account->kind->watches_all, day->now);
    } else {
        looked (day, account);
        ended (day, account, IB_LIFE_WENT_WELL);
    }
}

static void
begin (Day *day, Account *account, IbLifeStep step)
{
    static const char *const names[] = { "", "poll", "look", "renew", "stop" };
    g_string_append_printf (day->log, "%.3f %s %s\n", day->now / 1e6, account->kind->name, names[step]);
    if (step != IB_LIFE_STEP_STOP)
        assert_may_begin (day, account);
    ib_account_life_begun (account->life, step, day->now);
    account->n_begun += step == IB_LIFE_STEP_POLL || step == IB_LIFE_STEP_LOOK ? 1 : 0;
    bool is_dead = account->is_watching && account->kind->forgets_after > 0
                   && day->now - account->heard_at > account->kind->forgets_after;
    if (step == IB_LIFE_STEP_STOP)
        ended (day, account, IB_FETCH_ERROR_STOPPED);
    else if (step != IB_LIFE_STEP_RENEW)
        account->answers_at = day->now + (is_dead ? DEAD : FETCH);
    else
        account->heard_at = day->now;
}

/* As the scheduler does. Returns: when it is to be woken. */
static gint64
act (Day *day)
{
    gint64 due = IB_LIFE_NEVER;
    for (gsize i = 0; i < N; i++) {
        Account *account = &day->accounts[i];
        IbLifeStep step;
        for (guint n = 0; (step = ib_account_life_next (account->life, day->now)) != IB_LIFE_STEP_NOTHING; n++) {
            g_assert_cmpuint (n, <, 5);
            begin (day, account, step);
        }
        due = MIN (due, ib_account_life_due (account->life));
    }
    g_assert_cmpint (due, >, day->now);
    return due;
}

/* --- what happens that day ------------------------------------------------------------------------------------- */

static void
surrounded (Day *day)
{
    for (gsize i = 0; i < N; i++)
        ib_account_life_surrounded (day->accounts[i].life, &day->around, day->now);
}

static void
happen (Day *day, gint64 what)
{
    switch (what) {
    case UNLOCKED:
        day->is_unlocked = true;
        break;
    case OFFLINE:
    case ONLINE:
        day->around.has_network = what == ONLINE;
        break;
    case METERED:
    case UNMETERED:
        day->around.is_metered = what == METERED;
        break;
    case SAVING:
    case NOT_SAVING:
        day->around.is_saving = what == SAVING;
        break;
    case SLEEPS:
    case WAKES:
        day->is_asleep = what == SLEEPS;
        break;
    default:
        g_assert_not_reached ();
    }
    surrounded (day);
    for (gsize i = 0; i < N; i++) {
        IbAccountLife *life = day->accounts[i].life;
        if (what == UNLOCKED)
            ib_account_life_keyring_changed (life, day->now);
        else if (what == SLEEPS)
            ib_account_life_asleep (life, day->now);
        else if (what == WAKES)
            ib_account_life_woke (life, day->now);
    }
}

static const gint64 events[] = { UNLOCKED, OFFLINE, ONLINE, METERED, UNMETERED, SAVING, NOT_SAVING, SLEEPS, WAKES, END };

static gint64
next_answer (const Day *day)
{
    gint64 at = IB_LIFE_NEVER;
    for (gsize i = 0; i < N; i++)
        at = MIN (at, day->accounts[i].answers_at);
    return at;
}

static void
pass (Day *day)
{
    for (gsize event = 0; event < G_N_ELEMENTS (events);) {
        gint64 alarm = act (day), answer = next_answer (day), news = events[event];
        if (day->is_asleep) /* whatever was to ring rings on waking */
            g_assert_cmpint (alarm, ==, IB_LIFE_NEVER);
        g_assert_true (!day->is_asleep || answer == IB_LIFE_NEVER);
        day->now = MIN (MIN (alarm, answer), news);
        if (day->now == alarm && alarm < answer && alarm < news)
            day->n_alarms++;
        for (gsize i = 0; i < N; i++)
            if (day->accounts[i].answers_at <= day->now)
                answered (day, &day->accounts[i]);
        if (day->now == news && events[event++] != END)
            happen (day, news);
    }
}

static Day *
day_new (guint64 seed)
{
    Day *day = g_new0 (Day, 1);
    day->around.has_network = true;
    day->log = g_string_new (NULL);
    for (gsize i = 0; i < N; i++) {
        const IbLifeSettings settings = {
            .interval_s = kinds[i].interval_s,
            .has_keyring_secret = kinds[i].needs_keyring,
            .on_metered = kinds[i].pauses_on_metered ? IB_METERED_PAUSE : IB_METERED_PAUSE_LARGE,
            .on_battery_saver = IB_SAVER_STRETCH,
        };
        IbAccountLife *life = ib_account_life_new (&settings, &day->around, seed + i, 0);
        day->accounts[i] = (Account){ .kind = &kinds[i], .life = life, .answers_at = IB_LIFE_NEVER };
    }
    return day;
}

static void
day_free (Day *day)
{
    for (gsize i = 0; i < N; i++)
        ib_account_life_free (day->accounts[i].life);
    g_string_free (day->log, TRUE);
    g_free (day);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Day, day_free)

/* How often something was begun from @from to before @to; @name NULL: by anybody. */
static guint
begun_between (const Day *day, const char *name, gint64 from, gint64 to)
{
    guint n = 0;
    g_auto (GStrv) lines = g_strsplit (day->log->str, "\n", -1);
    for (char **line = lines; **line != '\0'; line++) {
        g_auto (GStrv) words = g_strsplit (*line, " ", 3);
        double at = g_ascii_strtod (words[0], NULL) * 1e6;
        if (at >= (double) from && at < (double) to && g_strcmp0 (words[2], "stop") != 0
            && (name == NULL || g_str_equal (name, words[1])))
            n++;
    }
    return n;
}

static void
everybody_has_their_turn (gconstpointer seed)
{
    g_autoptr (Day) day = day_new (GPOINTER_TO_SIZE (seed) * 1000);
    pass (day);
    for (gsize i = 0; i < N; i++) {
        const Account *account = &day->accounts[i];
        g_test_message ("%s: %u", account->kind->name, account->n_begun);
        g_assert_cmpuint (account->n_begun, >=, account->kind->least);
        g_assert_cmpuint (account->n_begun, <=, account->kind->most);
        g_assert_cmpint (END - account->looked_at, <=, account->kind->longest_gap);
    }
}

/* Sixteen hours awake, and one more. */
static void
the_machine_is_seldom_woken (gconstpointer seed)
{
    g_autoptr (Day) day = day_new (GPOINTER_TO_SIZE (seed) * 1000);
    pass (day);
    g_test_message ("%u alarms", day->n_alarms);
    g_assert_cmpuint (day->n_alarms, <, 17 * 60 / 2);
}

static void
all_are_back_in_seconds (gconstpointer seed)
{
    g_autoptr (Day) day = day_new (GPOINTER_TO_SIZE (seed) * 1000);
    pass (day);
    static const gint64 back[] = { 0, ONLINE, WAKES };
    for (gsize i = 0; i < G_N_ELEMENTS (back); i++)
        for (gsize k = 0; k < N; k++)
            if (kinds[k].interval_s <= 900)
                g_assert_cmpuint (begun_between (day, kinds[k].name, back[i], back[i] + IB_LIFE_SOON_LATEST_US + 1), ==, 1);
    g_assert_cmpuint (begun_between (day, "poll-1h", WAKES, WAKES + IB_LIFE_SOON_LATEST_US + 1), ==, 1);
}

static void
nothing_is_done_where_nothing_can_be (gconstpointer seed)
{
    g_autoptr (Day) day = day_new (GPOINTER_TO_SIZE (seed) * 1000);
    pass (day);
    g_assert_cmpuint (begun_between (day, NULL, OFFLINE, ONLINE + IB_LIFE_SOON_US), ==, 0);
    g_assert_cmpuint (begun_between (day, NULL, SLEEPS, WAKES + IB_LIFE_SOON_US), ==, 0);
    g_assert_cmpuint (begun_between (day, "push-3", METERED, UNMETERED + IB_LIFE_SOON_US), ==, 0);
    g_assert_cmpuint (begun_between (day, "push-3", UNMETERED, UNMETERED + IB_LIFE_SOON_LATEST_US + 1), ==, 1);

    /* The keyring: at first, and now and then in case it opened without a word; at once when it says so. */
    g_assert_cmpuint (day->n_keyring_tries, >=, 3);
    g_assert_cmpuint (day->n_keyring_tries, <=, 5);
    g_assert_cmpuint (begun_between (day, "keyring", UNLOCKED, UNLOCKED + S), ==, 1);

    /* A server that asks for twenty minutes has them; saving stretches intervals fourfold. */
    guint throttled = begun_between (day, "throttled", THROTTLES, THROTTLES_NO_MORE);
    g_assert_cmpuint (throttled, >=, 2);
    g_assert_cmpuint (throttled, <=, 4);
    guint saving = begun_between (day, "poll-5m", SAVING + 5 * M, NOT_SAVING);
    g_assert_cmpuint (saving, >=, 2);
    g_assert_cmpuint (saving, <=, 4);
}

static void
the_same_chance_is_the_same_day (void)
{
    g_autoptr (Day) one = day_new (7), same = day_new (7), other = day_new (8000);
    pass (one);
    pass (same);
    pass (other);
    g_assert_cmpstr (one->log->str, ==, same->log->str);
    g_assert_cmpstr (one->log->str, !=, other->log->str);
}

int
main (int argc, char **argv)
{
    static const struct {
        const char *name;
        GTestDataFunc test;
    } promises[] = {
        { "everybody-has-their-turn", everybody_has_their_turn },
        { "the-machine-is-seldom-woken", the_machine_is_seldom_woken },
        { "all-are-back-in-seconds", all_are_back_in_seconds },
        { "nothing-is-done-where-nothing-can-be", nothing_is_done_where_nothing_can_be },
    };
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (promises); i++)
        for (gsize day = 1; day <= 5; day++) {
            g_autofree char *path = g_strdup_printf ("/account-day/%s/%zu", promises[i].name, day);
            g_test_add_data_func (path, GSIZE_TO_POINTER (day), promises[i].test);
        }
    g_test_add_func ("/account-day/the-same-chance-is-the-same-day", the_same_chance_is_the_same_day);
    return g_test_run ();
}
