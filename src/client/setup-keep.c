/* setup-keep.c - where a password can be kept, putting it there, and taking it back if no account comes of it
 *
 * A keyring may take its time, ask its owner, or never answer: it is spoken with on a thread. What is put away and taken back
 * goes through one line, one after the other, in the order in which it was asked for: what is taken back is never what somebody
 * has put there since. The program stays until the line is empty. */
#include "account-file.h"
#include "credential.h"
#include "setup-private.h"
#include "unfinished.h"

#include <glib/gstdio.h>
#include <string.h>

/* --- places ------------------------------------------------------------------------------------------------------------ */

/* Where it can be kept here, unless somewhere was chosen that is open. Of an account that stands it stays where it is. */
static void
suggest_place (IbSetup *self)
{
    for (guint i = 0; i < self->places->len && self->renewed == NULL; i++) {
        const IbKeepingPlace *place = self->places->pdata[i];
        if (strcmp (place->name, ib_setup_get (self, "keep")) == 0 && !place->is_open && !place->is_awaited)
            (void) ib_setup_set (self, "keep", "file", NULL); /* a word that it may have */
    }
}

static void
on_places (GObject *source, GAsyncResult *result, gpointer data)
{
    GPtrArray *places = ib_keeping_ask_finish (result, NULL);
    if (places == NULL)
        return; /* cancelled: the model may be gone */
    IbSetup *self = data;
    g_clear_object (&self->places_cancellable);
    g_clear_pointer (&self->places, g_ptr_array_unref);
    self->places = places;
    if (self->page == IB_SETUP_SECRET)
        suggest_place (self);
    ib_setup_changed (self);
}

/* One that was found open is believed; the others may be open by now. */
void
ib_setup_ask_places (IbSetup *self)
{
    const IbKeepingPlace *keyring
        = self->places != NULL ? ib_keeping_place (self->places, IB_SECRET_KEYRING) : NULL;
    if (self->places_cancellable != NULL || (keyring != NULL && keyring->is_open)) {
        suggest_place (self);
        return;
    }
    if (keyring == NULL)
        self->places = ib_keeping_places_awaited ();
    suggest_place (self);
    self->places_cancellable = g_cancellable_new ();
    ib_keeping_ask (self->places_cancellable, on_places, self);
}

static void
forget_places (IbSetup *self)
{
    g_cancellable_cancel (self->places_cancellable);
    g_clear_object (&self->places_cancellable);
    g_clear_pointer (&self->places, g_ptr_array_unref);
}

const GPtrArray *
ib_setup_places (IbSetup *self)
{
    if (self->places == NULL)
        ib_setup_ask_places (self);
    return self->places;
}

/* --- the line ------------------------------------------------------------------------------------------------------------ */

/* Its thread's part is in .line; .self is of the main thread. */
struct _IbSetupKeeping {
    IbSetup *self; /* NULL: it is not wanted any more */
    IbAccount *account, *former;
    IbAccount
        *standing; /* the account as its file has it: it may be for another server; NULL: there is none */
    IbSecret *secret;
    GCancellable *cancellable;
    bool was_there;
};

static void
clear_keeping (gpointer data)
{
    IbSetupKeeping *keeping = data;
    ib_account_free (keeping->account);
    ib_account_free (keeping->former);
    ib_account_free (keeping->standing);
    ib_secret_unref (keeping->secret);
    g_clear_object (&keeping->cancellable);
}

static void
release_keeping (gpointer data)
{
    g_atomic_rc_box_release_full (data, clear_keeping);
}

static void
run_in_line (gpointer data, gpointer unused)
{
    g_autoptr (GTask) task = data;
    GTaskThreadFunc run = (GTaskThreadFunc) g_task_get_source_tag (task);
    run (task, NULL, g_task_get_task_data (task), NULL);
}

/* Takes a reference of @keeping's. */
static void
stand_in_line (IbSetupKeeping *keeping, GTaskThreadFunc run, GAsyncReadyCallback ended)
{
    static GThreadPool *line;
    if (line == NULL)
        line = g_thread_pool_new (run_in_line, NULL, 1, FALSE, NULL);
    GTask *task = g_task_new (NULL, NULL, ended, NULL);
    g_task_set_source_tag (task, (gpointer) run);
    g_task_set_task_data (task, g_atomic_rc_box_acquire (keeping), release_keeping);
    ib_unfinished_begin ();
    (void) g_thread_pool_push (line, task, NULL); /* where no thread can be made, it waits for one */
}

/* --- taking back --------------------------------------------------------------------------------------------------------- */

static void
take_back_in_line (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const IbSetupKeeping *keeping = data;
    if (!keeping->was_there)
        ib_credential_take_back (keeping->account);
    g_task_return_boolean (task, TRUE);
}

static void
on_taken_back (GObject *source, GAsyncResult *result, gpointer unused)
{
    ib_unfinished_end ();
}

/* --- keeping ------------------------------------------------------------------------------------------------------------- */

static void
keep_in_line (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    IbSetupKeeping *keeping = data;
    GError *error = NULL;
    if (keeping->former != NULL)
        ib_credential_take_back (keeping->former);
    if (g_cancellable_set_error_if_cancelled (keeping->cancellable, &error)
        || (keeping->standing != NULL && !ib_credential_claim (keeping->account, keeping->standing, &error))
        || !ib_credential_keep (keeping->account, keeping->secret, keeping->cancellable, &keeping->was_there,
                                &error))
        g_task_return_error (task, error);
    else
        g_task_return_boolean (task, TRUE);
}

static void
take_kept (IbSetup *self, IbSetupKeeping *keeping)
{
    if (!keeping->was_there)
        self->kept = g_steal_pointer (&keeping->account);
    g_clear_pointer (&self->secret, ib_secret_unref);
    g_free (self->kept_for);
    self->kept_for = g_steal_pointer (&self->keeping_for);
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer unused)
{
    GError *error = NULL;
    IbSetupKeeping *keeping = g_task_get_task_data (G_TASK (result));
    bool is_kept = g_task_propagate_boolean (G_TASK (result), &error);
    IbSetup *self = keeping->self;
    if (self == NULL) {
        g_clear_error (&error); /* what came of it is taken back by whoever stands behind it in the line */
    } else {
        if (is_kept)
            take_kept (self, keeping);
        self->keeping = NULL;
        release_keeping (keeping);
        forget_places (self); /* the keyring may be open now, or stay shut */
        if (!is_kept)
            ib_setup_ask_places (self);
        ib_setup_finish (self, error, is_kept);
    }
    ib_unfinished_end ();
}

void
ib_setup_keep (IbSetup *self, const IbAccount *account)
{
    IbSetupKeeping *keeping = g_atomic_rc_box_new0 (IbSetupKeeping);
    g_autofree char *path = g_strdup_printf ("%s/%s.conf", self->home.accounts, account->name);
    keeping->self = self;
    keeping->account = ib_account_copy (account);
    keeping->former = g_steal_pointer (&self->kept);
    keeping->standing = ib_account_load (path, NULL);
    keeping->secret = ib_secret_ref (self->secret);
    keeping->cancellable = g_object_ref (self->cancellable);
    keeping->was_there = true;
    g_clear_pointer (&self->kept_for, g_free);
    self->keeping = keeping;
    stand_in_line (keeping, keep_in_line, on_kept);
}

void
ib_setup_stop_keeping (IbSetup *self)
{
    IbSetupKeeping *keeping = g_steal_pointer (&self->keeping);
    if (keeping == NULL)
        return;
    keeping->self = NULL;
    stand_in_line (keeping, take_back_in_line, on_taken_back);
    release_keeping (keeping);
}

/* A file is gone at once. */
void
ib_setup_forget_kept (IbSetup *self)
{
    g_clear_pointer (&self->kept_for, g_free);
    if (self->kept == NULL)
        return;
    if (self->kept->secret_source == IB_SECRET_FILE)
        (void) g_unlink (self->kept->secret_value);
    IbSetupKeeping *keeping = g_atomic_rc_box_new0 (IbSetupKeeping);
    keeping->account = g_steal_pointer (&self->kept);
    if (keeping->account->secret_source == IB_SECRET_KEYRING)
        stand_in_line (keeping, take_back_in_line, on_taken_back);
    release_keeping (keeping);
}

void
ib_setup_end_keeping (IbSetup *self)
{
    forget_places (self);
    ib_setup_forget_kept (self);
}
