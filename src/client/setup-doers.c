/* setup-doers.c - what is done by others: trying, counting, rehearsing, running at login; asked for, and answered */
#include "fetch.h"
#include "setup-private.h"

static bool
is_awaited (const IbSetup *self, guint job)
{
    return self->is_busy && self->job == job;
}

/* An answer has come; NULL: all is well. */
static void
finish (IbSetup *self, const GError *error)
{
    ib_setup_finish (self, error != NULL ? g_error_copy (error) : NULL, false);
}

void
ib_setup_tell (IbSetup *self, guint job, const char *step, const char *text)
{
    if (!is_awaited (self, job))
        return;
    IbSetupLine *line = g_new (IbSetupLine, 1);
    *line = (IbSetupLine){ g_strdup (step), g_strdup (text) };
    g_ptr_array_add (self->lines, line);
    ib_setup_changed (self);
}

const GPtrArray *
ib_setup_lines (const IbSetup *self)
{
    return self->lines;
}

/* --- the test ---------------------------------------------------------------------------------------------------- */

void
ib_setup_ask_for_test (IbSetup *self)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbAccount) account = NULL;
    g_autofree char *text = ib_setup_text (self, &account, &error);
    if (g_strcmp0 (text, self->tried) == 0 && text != NULL)
        return;
    g_clear_pointer (&self->tried, g_free);
    g_ptr_array_set_size (self->lines, 0);
    guint job = ib_setup_begin (self);
    if (account == NULL)
        ib_setup_finish (self, g_steal_pointer (&error), false);
    else
        self->doers->try_account (self, job, account, self->user_data);
}

void
ib_setup_tried (IbSetup *self, guint job, const GError *error)
{
    if (!is_awaited (self, job))
        return;
    if (error == NULL)
        self->tried = ib_setup_text (self, NULL, NULL);
    if (g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN))
        g_clear_pointer (&self->kept_for, g_free); /* another is due */
    finish (self, error);
}

bool
ib_setup_is_tried (const IbSetup *self)
{
    return self->tried != NULL;
}

/* --- the forecast ------------------------------------------------------------------------------------------------ */

void
ib_setup_ask_for_weight (IbSetup *self)
{
    g_autoptr (IbAccount) account
        = self->is_weighed || self->tried == NULL ? NULL : ib_setup_account (self, NULL);
    if (account == NULL)
        return;
    g_ptr_array_set_size (self->lines, 0);
    guint job = ib_setup_begin (self);
    self->doers->weigh (self, job, account, self->user_data);
}

void
ib_setup_weighed (IbSetup *self, guint job, const IbForecastWeight *weight, const GError *error)
{
    if (!is_awaited (self, job))
        return;
    self->is_weighed = error == NULL;
    if (error == NULL)
        self->weight = *weight;
    finish (self, error);
}

char **
ib_setup_forecast (const IbSetup *self, gint64 now_s)
{
    g_autoptr (IbAccount) account = self->is_weighed ? ib_setup_account (self, NULL) : NULL;
    return account != NULL ? ib_forecast_sentences (account, ib_setup_provider (self), &self->weight, now_s)
                           : NULL;
}

/* --- a rehearsal ------------------------------------------------------------------------------------------------- */

void
ib_setup_rehearse (IbSetup *self)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *text = ib_setup_text (self, NULL, &error);
    if (self->is_busy)
        return;
    guint job = ib_setup_begin (self);
    ib_setup_changed (self);
    if (text == NULL)
        ib_setup_finish (self, g_steal_pointer (&error), false);
    else
        self->doers->rehearse (self, job, ib_setup_get (self, "name"), text, self->user_data);
}

void
ib_setup_rehearsed (IbSetup *self, guint job, const char *text, const GError *error)
{
    if (!is_awaited (self, job))
        return;
    g_free (self->rehearsal);
    self->rehearsal = g_strdup (text);
    finish (self, error);
}

const char *
ib_setup_rehearsal (const IbSetup *self)
{
    return self->rehearsal;
}

/* --- running at login -------------------------------------------------------------------------------------------- */

bool
ib_setup_offers_login (const IbSetup *self)
{
    return self->page == IB_SETUP_DONE && self->doers->run_at_login != NULL;
}

bool
ib_setup_awaits_login (const IbSetup *self)
{
    return self->doers->is_login_awaited;
}

void
ib_setup_run_at_login (IbSetup *self, bool runs)
{
    g_assert (ib_setup_offers_login (self));
    if (self->is_busy || runs == self->runs_at_login)
        return;
    guint job = ib_setup_begin (self);
    self->wants_login = runs;
    self->doers->run_at_login (self, job, runs, self->user_data);
    ib_setup_changed (self);
}

void
ib_setup_login_changed (IbSetup *self, guint job, const GError *error)
{
    if (!is_awaited (self, job))
        return;
    if (error == NULL)
        self->runs_at_login = self->wants_login;
    finish (self, error);
}

bool
ib_setup_runs_at_login (const IbSetup *self)
{
    return self->runs_at_login;
}
