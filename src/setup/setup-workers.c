/* setup-workers.c - what setup's model leaves to whoever can: trying an account, counting its mail, a dry run, running at login */
#include "setup-workers.h"
#include "child.h"
#include "learning.h"
#include "probe.h"
#include "rehearsal.h"
#include "tokens.h"

#include <glib/gi18n-lib.h>

struct _IbSetupWorkers {
    const IbPaths *paths;
    IbSetupDoers doers;
    const IbSetupFace *face;
    gpointer user_data;

    IbSetup *setup; /* of what is running, as is the rest */
    guint job;
    IbProbe *probe;
    IbTokens *tokens;
    IbForecastWeight weight;
    guint closed_folders;
    IbRehearsal *rehearsal;
    IbLearning *learning; /* NULL: none was begun */
    IbSetup *taught;      /* whom it tells */
    IbChild *login;       /* asks how login stands, or changes it */
    bool changes_login;   /* it is that */
};

static void
end_probe (IbSetupWorkers *self)
{
    g_clear_pointer (&self->probe, ib_probe_free);
    g_clear_pointer (&self->tokens, ib_tokens_free);
}

/* --- probes ----------------------------------------------------------------------------------------------------------- */

static void
start_probe (IbSetupWorkers *self, IbSetup *setup, guint job, const IbAccount *account, IbProbeKind kind,
             const IbProbeEvents *events)
{
    end_probe (self);
    self->setup = setup;
    self->job = job;
    self->weight = (IbForecastWeight){ 0 };
    self->closed_folders = 0;
    self->tokens = ib_tokens_new (self->paths);
    self->probe = ib_probe_start (account, kind, self->tokens, events, self);
}

static void
on_step (const char *step, const char *text, gpointer data)
{
    IbSetupWorkers *self = data;
    ib_setup_tell (self->setup, self->job, step, text);
}

static void
on_mailbox_failed (const char *display_name, const char *server_text, gpointer data)
{
    IbSetupWorkers *self = data;
    g_autofree char *text = g_strdup_printf (_ ("%s cannot be opened: %s"), display_name, server_text);
    self->closed_folders++;
    ib_setup_tell (self->setup, self->job, "folder", text);
}

/* --- trying ------------------------------------------------------------------------------------------------------------ */

static void
on_tried (const GError *error, gpointer data)
{
    IbSetupWorkers *self = data;
    g_autoptr (GError) failure = error != NULL ? g_error_copy (error) : NULL;
    if (failure == NULL && self->closed_folders > 0)
        failure
            = g_error_new_literal (IB_FETCH_ERROR, IB_FETCH_ERROR_MESSAGE,
                                   _ ("It can be signed in to, but not all of its folders can be opened"));
    end_probe (self);
    ib_setup_tried (self->setup, self->job, failure);
}

static void
try_account (IbSetup *setup, guint job, const IbAccount *account, gpointer data)
{
    static const IbProbeEvents events
        = { .step = on_step, .mailbox_failed = on_mailbox_failed, .ended = on_tried };
    start_probe (data, setup, job, account, IB_PROBE_SIGN_IN, &events);
}

/* --- counting ------------------------------------------------------------------------------------------------------------ */

static void
on_weighed (const GError *error, gpointer data)
{
    IbSetupWorkers *self = data;
    g_autoptr (GError) failure = error != NULL ? g_error_copy (error) : NULL;
    const IbForecastWeight weight = self->weight;
    end_probe (self);
    ib_setup_weighed (self->setup, self->job, &weight, failure);
}

static void
on_found (guint64 messages, guint64 bytes, gpointer data)
{
    IbSetupWorkers *self = data;
    self->weight.messages += messages;
    self->weight.bytes += bytes;
}

static void
on_oldest (gint64 internal_date_s, gpointer data)
{
    IbSetupWorkers *self = data;
    self->weight.oldest_s = internal_date_s;
    self->weight.is_partial = true;
}

static void
weigh (IbSetup *setup, guint job, const IbAccount *account, gpointer data)
{
    static const IbProbeEvents events = {
        .mailbox_failed = on_mailbox_failed, .found = on_found, .oldest = on_oldest, .ended = on_weighed
    };
    start_probe (data, setup, job, account, IB_PROBE_WEIGH, &events);
}

/* --- a dry run -------------------------------------------------------------------------------------------------------------- */

static void
on_rehearsed (const char *text, const GError *error, gpointer data)
{
    IbSetupWorkers *self = data;
    g_autofree char *told = g_strdup (text);
    g_autoptr (GError) failure = error != NULL ? g_error_copy (error) : NULL;
    g_clear_pointer (&self->rehearsal, ib_rehearsal_free);
    ib_setup_rehearsed (self->setup, self->job, told, failure);
}

static void
rehearse (IbSetup *setup, guint job, const char *name, const char *text, gpointer data)
{
    IbSetupWorkers *self = data;
    g_autoptr (GError) error = NULL;
    self->setup = setup;
    self->job = job;
    self->rehearsal = ib_rehearsal_start (self->paths, name, text, on_rehearsed, self, &error);
    if (self->rehearsal == NULL)
        ib_setup_rehearsed (setup, job, NULL, error);
}

/* --- learning ------------------------------------------------------------------------------------------------------- */

static void
on_learning_progressed (const char *account, guint64 looked, guint64 expected, gpointer data)
{
    ib_setup_learning_progressed (((IbSetupWorkers *) data)->taught, account, looked, expected);
}

static void
on_learning_ended (const char *account, const char *words, const GError *error, gpointer data)
{
    ib_setup_learning_ended (((IbSetupWorkers *) data)->taught, account, words, error);
}

static void
learn (IbSetup *setup, const char *name, gpointer data)
{
    static const IbLearningEvents events = { on_learning_progressed, on_learning_ended };
    IbSetupWorkers *self = data;
    if (self->face->learn != NULL) {
        self->face->learn (setup, name, self->user_data);
        return;
    }
    self->taught = setup;
    if (self->learning == NULL)
        self->learning = ib_learning_new (self->paths, &events, self);
    ib_learning_add (self->learning, name);
}

static void
stop_learning (IbSetup *setup, gpointer data)
{
    IbSetupWorkers *self = data;
    if (self->learning != NULL)
        ib_learning_stop (self->learning);
}

/* --- running at login ----------------------------------------------------------------------------------------------------- */

static void
on_login_line (JsonObject *line, gpointer data)
{
}

static void
on_login_changed (int status, const char *complaint, gpointer data)
{
    IbSetupWorkers *self = data;
    g_autoptr (GError) error = NULL;
    self->login = NULL;
    if (status != 0)
        error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED,
                                     complaint != NULL ? complaint : _ ("The service could not be told"));
    ib_setup_login_changed (self->setup, self->job, error);
}

static void
run_at_login (IbSetup *setup, guint job, bool runs, gpointer data)
{
    static const IbChildEvents events = { on_login_line, on_login_changed };
    const char *const command[] = { "service", runs ? "enable" : "disable", NULL };
    IbSetupWorkers *self = data;
    g_autoptr (GError) error = NULL;
    self->setup = setup;
    self->job = job;
    g_clear_pointer (&self->login, ib_child_free);
    self->doers.is_login_awaited = false;
    self->changes_login = true;
    self->login = ib_child_start (self->paths->home, command, &events, self, &error);
    if (self->login == NULL)
        ib_setup_login_changed (setup, job, error);
}

/* Where it runs at login already, there is nothing to offer. */
static void
on_login_told (JsonObject *line, gpointer data)
{
    IbSetupWorkers *self = data;
    if (!json_object_get_boolean_member_with_default (line, "enabled", TRUE))
        self->doers.run_at_login = run_at_login;
}

static void
on_login_known (int status, const char *complaint, gpointer data)
{
    IbSetupWorkers *self = data;
    self->login = NULL;
    self->doers.is_login_awaited = false;
}

/* A home of its own has no service at login. */
static void
ask_about_login (IbSetupWorkers *self)
{
    static const IbChildEvents events = { on_login_told, on_login_known };
    const char *const command[] = { "service", "status", NULL };
    if (self->paths->home == NULL)
        self->login
            = ib_child_start (NULL, command, &events, self, NULL); /* who is not there offers nothing */
    self->doers.is_login_awaited = self->login != NULL;
}

/* --- the whole ---------------------------------------------------------------------------------------------------------------- */

/* What changes login goes on: it is done in a moment. */
static void
stop (IbSetup *setup, gpointer data)
{
    IbSetupWorkers *self = data;
    end_probe (self);
    g_clear_pointer (&self->rehearsal, ib_rehearsal_free);
}

static void
changed (IbSetup *setup, gpointer data)
{
    IbSetupWorkers *self = data;
    self->face->changed (setup, self->user_data);
}

IbSetupWorkers *
ib_setup_workers_new (const IbPaths *paths, const IbSetupFace *face, gpointer user_data)
{
    IbSetupWorkers *self = g_new0 (IbSetupWorkers, 1);
    self->paths = paths;
    self->doers = (IbSetupDoers){
        changed, try_account, weigh, rehearse, learn, stop_learning, stop, NULL,
    };
    self->face = face;
    self->user_data = user_data;
    ask_about_login (self);
    return self;
}

const IbSetupDoers *
ib_setup_workers_doers (const IbSetupWorkers *self)
{
    return &self->doers;
}

void
ib_setup_workers_free (IbSetupWorkers *self)
{
    if (self == NULL)
        return;
    stop (NULL, self);
    ib_learning_free (self->learning);
    if (self->changes_login)
        ib_child_leave (self->login); /* it may have half of it done */
    else
        ib_child_free (self->login);
    g_free (self);
}
