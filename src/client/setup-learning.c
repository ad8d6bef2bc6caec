/* setup-learning.c - what is told of learning from the accounts that stand, while the conversation goes on */
#include "setup-private.h"

const IbSetupLearning *
ib_setup_learning (const IbSetup *self)
{
    return self->learning.account != NULL ? &self->learning : NULL;
}

void
ib_setup_forget_learning (IbSetup *self)
{
    g_free (self->learning.account);
    g_free (self->learning.words);
    g_clear_error (&self->learning.error);
    self->learning = (IbSetupLearning){ NULL };
}

void
ib_setup_stop_learning (IbSetup *self)
{
    if (self->learning.is_running && self->doers->stop_learning != NULL)
        self->doers->stop_learning (self, self->user_data);
}

void
ib_setup_learning_progressed (IbSetup *self, const char *account, guint64 looked, guint64 expected)
{
    ib_setup_forget_learning (self);
    self->learning = (IbSetupLearning){
        .account = g_strdup (account), .is_running = true, .looked = looked, .expected = expected
    };
    ib_setup_changed (self);
}

/* Another may be at it by then. */
void
ib_setup_learning_ended (IbSetup *self, const char *account, const char *words, const GError *error)
{
    if (g_strcmp0 (account, self->learning.account) != 0)
        return;
    self->learning.is_running = false;
    self->learning.words = g_strdup (words);
    self->learning.error = error != NULL ? g_error_copy (error) : NULL;
    ib_setup_changed (self);
}
