/* laptop.c - has every account follow what the laptop is doing */
#include "laptop.h"
#include "alarm.h"

struct _IbLaptop {
    IbService *service;
    IbSurroundings *surroundings;
    GCancellable *asking; /* whether servers can be reached: what is cancelled is out of date */
    void (*changed) (const IbSurroundingsState *state, gpointer user_data);
    gpointer user_data;
};

/* One question, about one account's server. */
typedef struct {
    IbLaptop *laptop;
    char *account;
    bool is_here; /* the server is this machine */
} Question;

static void
on_reach (bool can_reach, gpointer user_data)
{
    Question *question = user_data;
    const IbSurroundingsState *state = ib_surroundings_state (question->laptop->surroundings);
    const IbLifeSurroundings surroundings = {
        .has_network = can_reach,
        .is_portal = state->is_portal && !question->is_here,
        .is_metered = state->is_metered && !question->is_here,
        .is_saving = state->is_saving,
    };
    ib_service_surround (question->laptop->service, question->account, &surroundings);
}

static void
question_free (gpointer data)
{
    Question *question = data;
    g_free (question->account);
    g_free (question);
}

/* For all accounts, since what holds for one need not hold for another: a server of this machine, or of a VPN, can be reached
 * without the Internet. */
static void
ask (IbLaptop *self)
{
    const IbConfig *config = ib_service_config (self->service);
    g_cancellable_cancel (self->asking);
    g_object_unref (self->asking);
    self->asking = g_cancellable_new ();
    for (guint i = 0; config != NULL && i < config->accounts->len; i++) {
        const IbAccount *account = config->accounts->pdata[i];
        Question *question = g_new0 (Question, 1);
        question->laptop = self;
        question->account = g_strdup (account->name);
        question->is_here = ib_surroundings_is_here (account->host);
        /* Freed with the cancellable: an answer that is not wanted any more never comes. */
        g_object_set_data_full (G_OBJECT (self->asking), account->name, question, question_free);
        ib_surroundings_can_reach (self->surroundings, account->host, ib_account_port (account), self->asking,
                                   on_reach, question);
    }
}

/* --- what the laptop says ---------------------------------------------------------------------------------- */

static void
on_changed (const IbSurroundingsState *state, gpointer user_data)
{
    IbLaptop *self = user_data;
    ask (self);
    self->changed (state, self->user_data);
}

static void
on_network_changed (gpointer user_data)
{
    IbLaptop *self = user_data;
    ask (self);
    ib_service_rerouted (self->service);
}

static void
on_asleep (gpointer user_data)
{
    ib_surroundings_let_sleep (((IbLaptop *) user_data)->surroundings);
}

static void
on_sleeping (gpointer user_data)
{
    IbLaptop *self = user_data;
    ib_service_sleep (self->service, on_asleep, self);
}

static void
on_woke (gpointer user_data)
{
    ib_service_wake (((IbLaptop *) user_data)->service);
}

/* --- what the service says --------------------------------------------------------------------------------- */

/* There may be accounts that were not there before. */
static void
on_reloaded (gpointer user_data)
{
    ask (user_data);
}

/* Something came due: it may have done so in a sleep that nobody told of. */
static void
on_rang (gpointer user_data)
{
    ib_surroundings_check_clocks (((IbLaptop *) user_data)->surroundings, ib_alarm_now (),
                                  g_get_monotonic_time ());
}

IbLaptop *
ib_laptop_new (IbService *service, void (*changed) (const IbSurroundingsState *state, gpointer user_data),
               gpointer user_data)
{
    static const IbSurroundingsEvents events = { on_changed, on_network_changed, on_sleeping, on_woke };
    static const IbServiceListener listener = { .rang = on_rang, .reloaded = on_reloaded };
    IbLaptop *self = g_new0 (IbLaptop, 1);
    self->service = service;
    self->changed = changed;
    self->user_data = user_data;
    self->asking = g_cancellable_new ();
    self->surroundings = ib_surroundings_new (&events, self);
    ib_service_listen (service, &listener, self);
    return self;
}

void
ib_laptop_take_session (IbLaptop *self, GDBusConnection *session)
{
    ib_surroundings_take_session (self->surroundings, session);
}

void
ib_laptop_free (IbLaptop *self)
{
    if (self == NULL)
        return;
    ib_service_unlisten (self->service, self);
    g_cancellable_cancel (self->asking);
    ib_surroundings_free (self->surroundings);
    g_object_unref (self->asking);
    g_free (self);
}
