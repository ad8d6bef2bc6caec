/* client.h - the service of this home, if one runs
 *
 *     command line, window ──session bus──▶ inbasketd
 *
 * A service is never started by asking for it, and none that works on another home is spoken to. Nobody waits here for longer
 * than a few seconds, but for what takes its time: the end of a check, and a loan, which others may have before us. */
#pragma once

#include "heard.h"
#include "paths.h"

#include <gio/gio.h>

typedef enum {
    IB_CLIENT_ERROR_SILENT,     /* there is a service, and it does not answer */
    IB_CLIENT_ERROR_GONE,       /* it left, or the bus did */
    IB_CLIENT_ERROR_CONFIG,     /* the configuration does not parse */
    IB_CLIENT_ERROR_NO_ACCOUNT, /* no account by that name, or none at all */
    IB_CLIENT_ERROR_STORE,      /* the Maildir or the journal cannot be written */
    IB_CLIENT_ERROR_REFUSED,    /* anything else; the text says what */
} IbClientError;
#define IB_CLIENT_ERROR (ib_client_error_quark ())
GQuark ib_client_error_quark (void);

typedef struct _IbClient IbClient;

/* NULL without error: no service works on this home, as far as anybody says. SILENT: one is there, for whatever home.
 * Returns: (transfer full) (nullable) */
IbClient *ib_client_find (const IbPaths *paths, GError **error);
void ib_client_free (IbClient *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbClient, ib_client_free)

/* Why it fetches nothing at all; "" if all is well. As it was when it was found. */
const char *ib_client_trouble (const IbClient *self);
/* Of the program that the service is: "0.1.0". NULL: it does not say. Returns: (transfer full) (nullable) */
char *ib_client_version (IbClient *self);
/* How all accounts stand (IbHeardAccount). Returns: (transfer full) (nullable) */
GPtrArray *ib_client_accounts (IbClient *self, GError **error);

/* Waits until the home is ours: closed by the service, its lock free. It goes back with ib_client_give_back (), and at the
 * latest with our end. */
bool ib_client_borrow (IbClient *self, GError **error);
void ib_client_give_back (IbClient *self);

/* @seconds: 0: until it is resumed. */
bool ib_client_pause (IbClient *self, const char *account, guint seconds, GError **error);
bool ib_client_resume (IbClient *self, const char *account, GError **error);

/* Any may be NULL. */
typedef struct {
    /* So far since this poll started; of @messages and @bytes that were found (0: not known). */
    void (*progress) (const char *account, guint64 messages, guint64 bytes, guint64 fetched,
                      guint64 fetched_bytes, gpointer user_data);
    void (*delivered) (const IbHeardMessage *message, gpointer user_data);
    /* @account "": of the service as a whole. */
    void (*notice) (const char *account, const char *words, gpointer user_data);
    void (*polled) (const IbHeardResult *result, gpointer user_data);
    /* Of a check of ours. */
    void (*checked) (const IbHeardResult *result, gpointer user_data);
    void (*account_changed) (const char *account, gpointer user_data);
    /* Once, last: nothing more will be heard. @error: SILENT or GONE. */
    void (*gone) (const GError *error, gpointer user_data);
} IbClientEvents;

/* Hears all that the service says from now on, on the thread's default main context. Once. */
bool ib_client_listen (IbClient *self, const IbClientEvents *events, gpointer user_data, GError **error);

/* Has @accounts (NULL or empty: all that are enabled) looked at now. For each of *out_checked, `checked` will come: listen
 * before. What was changed in the configuration just now holds. */
bool ib_client_check (IbClient *self, const char *const *accounts, char ***out_checked, GError **error);
