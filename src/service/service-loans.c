/* service-loans.c - the service's home in other hands */
#include "service-private.h"

#include <glib/gi18n-lib.h>

/* Less than the service takes to stop. */
#define LOCK_PATIENCE_US (3 * G_USEC_PER_SEC)
#define LOCK_LOOK_US (20 * 1000)

typedef struct Loan {
    IbService *service;
    IbPipelineUse use;
    IbPipelineDone ready;
    gpointer user_data;
    IbGeneration *generation; /* by which the home is opened again */
    GError *error;
} Loan;

static void
loan_end (Loan *loan)
{
    ib_generation_unref (loan->generation);
    g_clear_error (&loan->error);
    g_free (loan);
}

static Loan *
loan_new (IbService *self, IbPipelineUse use, IbPipelineDone ready, gpointer user_data)
{
    Loan *loan = g_new0 (Loan, 1);
    *loan = (Loan){
        self, use, ready, user_data, self->generation != NULL ? ib_generation_ref (self->generation) : NULL,
        NULL
    };
    return loan;
}

static gboolean
refuse_loan (gpointer user_data)
{
    Loan *loan = user_data;
    if (loan->use != NULL)
        loan->use (NULL, loan->error, loan->user_data);
    else
        loan->ready (loan->error, loan->user_data);
    loan_end (loan);
    return G_SOURCE_REMOVE;
}

/* Not from inside the call that asks. */
static bool
may_lend (IbService *self, Loan *loan)
{
    if (self->phase == PHASE_OPEN)
        return true;
    loan->error
        = self->trouble != NULL
              ? g_error_new_literal (IB_SERVICE_ERROR, IB_SERVICE_ERROR_TROUBLE, self->trouble->message)
              : g_error_new_literal (IB_SERVICE_ERROR, IB_SERVICE_ERROR_TROUBLE,
                                     self->is_stopping ? _ ("The service is about to end")
                                                       : _ ("The service is going over to another Maildir"));
    (void) g_idle_add (refuse_loan, loan);
    return false;
}

static void
on_borrowed (IbHome *home, const GError *error, gpointer user_data)
{
    Loan *loan = user_data;
    if (home == NULL) {
        loan->service->loans--;
        ib_service_arrange_soon (loan->service);
    }
    loan->use (home, error, loan->user_data);
    loan_end (loan);
}

void
ib_service_borrow (IbService *self, IbPipelineUse use, gpointer user_data)
{
    Loan *loan = loan_new (self, use, NULL, user_data);
    if (!may_lend (self, loan))
        return;
    self->loans++;
    ib_pipeline_borrow (self->equipment.pipeline, on_borrowed, loan);
}

/* On the delivery thread. Who has given it back, or left the bus, may keep the lock until its process has ended. */
static IbHome *
open_again (gpointer user_data, GError **error)
{
    const Loan *loan = user_data;
    const IbConfig *config = ib_generation_config (loan->generation);
    gint64 until = g_get_monotonic_time () + LOCK_PATIENCE_US;
    for (;;) {
        g_autoptr (GError) why = NULL;
        IbHome *home = ib_home_open (loan->service->paths, config, g_get_real_time (), &why);
        if (home != NULL)
            return home;
        if (!g_error_matches (why, IB_HOME_ERROR, IB_HOME_ERROR_BUSY) || g_get_monotonic_time () >= until) {
            g_propagate_error (error, g_steal_pointer (&why));
            return NULL;
        }
        g_usleep (LOCK_LOOK_US);
    }
}

void
ib_service_give_back (IbService *self)
{
    self->loans--;
    ib_pipeline_give_back (self->equipment.pipeline);
    ib_service_arrange_soon (self);
}

static void
on_lent (const GError *error, gpointer user_data)
{
    const Loan *loan = user_data;
    IbService *self = loan->service;
    self->is_lent = error == NULL;
    loan->ready (error, loan->user_data);
    if (self->is_stopping && self->patience == 0)
        ib_service_take_back (self); /* too late */
}

/* What another process taught is learned, too, before anybody else has the home. */
static void
on_home_is_back (IbHome *home, const GError *error, gpointer user_data)
{
    Loan *loan = user_data;
    IbService *self = loan->service;
    if (home != NULL) {
        ib_learned_refresh (self->equipment.learned, home->journal);
        ib_learned_introduce (self->equipment.learned, ib_generation_context (self->generation)->pool);
    }
    ib_service_give_back (self);
    loan_end (loan);
}

void
ib_service_lend (IbService *self, IbPipelineDone ready, gpointer user_data)
{
    Loan *loan = loan_new (self, NULL, ready, user_data);
    if (!may_lend (self, loan))
        return;
    self->loans++;
    ib_pipeline_lend (self->equipment.pipeline, open_again, on_lent, loan);
    ib_pipeline_borrow (self->equipment.pipeline, on_home_is_back, loan);
}

void
ib_service_take_back (IbService *self)
{
    if (!self->is_lent)
        return;
    self->is_lent = false;
    ib_pipeline_give_back (self->equipment.pipeline);
}

/* --- a sign of life ---------------------------------------------------------------------------------------- */

void
ib_service_prove (IbService *self, IbPipelineDone done, gpointer user_data)
{
    bool has_thread = self->phase == PHASE_OPEN || self->phase == PHASE_CLOSING;
    if (!has_thread || self->loans > 0)
        done (NULL, user_data);
    else
        ib_pipeline_ping (self->equipment.pipeline, done, user_data);
}
