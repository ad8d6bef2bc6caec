/* home.h - one home, opened for writing: lock, Maildir, journal, held mail
 *
 * Opening takes the home's lock, completes or forgets what an earlier run left between intent and delivery, sweeps
 * unfinished files, rebuilds a lost journal from file names and drops held mail whose 30 days are over. Whoever holds
 * one may write; it belongs to one thread at a time. */
#pragma once

#include "config.h"
#include "delivery.h"
#include "due-clock.h"
#include "history.h"

typedef enum {
    IB_HOME_ERROR_BUSY,  /* another Inbasket works on this home */
    IB_HOME_ERROR_STORE, /* Maildir, journal or held/ cannot be opened or written */
} IbHomeError;
#define IB_HOME_ERROR (ib_home_error_quark ())
GQuark ib_home_error_quark (void);

typedef struct {
    int lock;
    IbMaildir *maildir;
    IbHeld *held;
    IbJournal *journal;
    IbDueClock clock;
    bool is_dry;  /* opened by ib_home_look () */
    char *notice; /* something that the user should hear: "The journal was damaged …"; NULL */
} IbHome;

/* @config gives the Maildir's place and layout. @now: microseconds. */
IbHome *ib_home_open (const IbPaths *paths, const IbConfig *config, gint64 now, GError **error);
/* The same for looking only: nothing is locked, made or changed; what is not there yet is NULL. */
IbHome *ib_home_look (const IbPaths *paths, const IbConfig *config, GError **error);
/* The message @id, whose file @name, up to the flags, stands in @folder: the journal knows it from now on, as one that came when
 * the name says, but not after @now. One of several files is known by the one numbered 0: it comes first. */
bool ib_home_adopt (IbJournal *journal, const char *id, const char *folder, const char *name, gint64 now,
                    GError **error);
void ib_home_close (IbHome *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbHome, ib_home_close)
