/* keyring-trouble.c - what a keyring refuses, and what that asks of whom */
#include "keyring-trouble.h"
#include "credential.h"
#include "escape.h"
#include "face.h"

#include <glib/gi18n-lib.h>
#include <libsecret/secret.h>

void
ib_keyring_trouble_explain_locked (GError **error)
{
    g_set_error_literal (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LOCKED,
                         _ ("The keyring is locked: unlock the keyring, and it goes on by itself. (It stays "
                            "locked after a sign-in without a password, by fingerprint for one.)"));
}

void
ib_keyring_trouble_explain_withheld (GError **error)
{
    g_set_error_literal (
        error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LOCKED,
        _ ("The keyring is open, but wants to ask you about each program that takes something from it, and "
           "mail is fetched when nobody may be there. Have it give it without asking (in KeePassXC: settings, Secret "
           "Service Integration, “Confirm when passwords are retrieved by clients” off), and it goes on by itself"));
}

bool
ib_keyring_trouble_is_absent (const GError *why)
{
    static const gint codes[] = {
        G_DBUS_ERROR_SERVICE_UNKNOWN,
        G_DBUS_ERROR_NAME_HAS_NO_OWNER,
        G_DBUS_ERROR_NO_SERVER,
        G_DBUS_ERROR_SPAWN_EXEC_FAILED,
        G_DBUS_ERROR_SPAWN_CHILD_EXITED,
        G_DBUS_ERROR_SPAWN_CHILD_SIGNALED,
        G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND,
        G_DBUS_ERROR_SPAWN_FAILED,
        G_DBUS_ERROR_DISCONNECTED,
    };
    for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
        if (g_error_matches (why, G_DBUS_ERROR, codes[i]))
            return true;
    return why->domain == G_IO_ERROR && why->code != G_IO_ERROR_TIMED_OUT && !ib_keyring_trouble_is_odd (why);
}

static bool
is_silent (const GError *why)
{
    return g_error_matches (why, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
           || g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY)
           || g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_TIMEOUT)
           || g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_TIMED_OUT);
}

void
ib_keyring_trouble_set_locked (GError **why)
{
    g_set_error_literal (why, SECRET_ERROR, SECRET_ERROR_IS_LOCKED, "not unlocked");
}

bool
ib_keyring_trouble_is_gone (const GError *why)
{
    return g_error_matches (why, SECRET_ERROR, SECRET_ERROR_NO_SUCH_OBJECT)
           || g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT)
           || g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD); /* libsecret's, and GDBus's */
}

/* What D-Bus does not know is a keyring's own, like that it has forgotten a session. */
bool
ib_keyring_trouble_is_odd (const GError *why)
{
    return g_error_matches (why, SECRET_ERROR, SECRET_ERROR_PROTOCOL) || ib_keyring_trouble_is_gone (why)
           || g_error_matches (why, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT) /* of another type */
           || g_error_matches (why, G_IO_ERROR, G_IO_ERROR_DBUS_ERROR);
}

void
ib_keyring_trouble_set_odd (const char *what, GError **why)
{
    g_set_error_literal (why, SECRET_ERROR, SECRET_ERROR_PROTOCOL, what);
}

void
ib_keyring_trouble_explain (GError *why, GError **error)
{
    (void) g_dbus_error_strip_remote_error (why); /* "GDBus.Error:org…: " says nothing to a person */
    g_autofree char *words = ib_escape_server_text (why->message, -1);
    if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_propagate_error (error, why);
        return;
    }
    if (g_error_matches (why, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
        ib_keyring_trouble_explain_locked (error);
    else if (is_silent (why))
        g_set_error (
            error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LOCKED,
            _ ("The keyring does not answer: %s. Is it locked, and does a window ask for its password?"),
            words);
    else if (ib_keyring_trouble_is_absent (why))
        g_set_error (
            error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LOCKED,
            ib_face_words (
                _ ("There is no keyring in this session (no Secret Service: %s). Start one, like "
                   "gnome-keyring, KWallet or KeePassXC, or use secret=command:…, credential:NAME or "
                   "file:PATH"),
                _ ("There is no keyring in this session (no Secret Service: %s). Start one, like "
                   "gnome-keyring, KWallet or KeePassXC, or keep it in another place")),
            words);
    else if (ib_keyring_trouble_is_odd (why))
        g_set_error (
            error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LOCKED,
            ib_face_words (_ ("The keyring does not work as it should: %s. If that stays so, sign out and in "
                              "again, or use secret=command:…, credential:NAME or file:PATH"),
                           _ ("The keyring does not work as it should: %s. If that stays so, sign out and in "
                              "again, or keep it in another place")),
            words);
    else
        g_set_error (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_NEEDS_YOU,
                     ib_face_words (_ ("The keyring refuses: %s. Have it let Inbasket in, or use "
                                       "secret=command:…, credential:NAME or file:PATH"),
                                    _ ("The keyring refuses: %s. Have it let Inbasket in, or keep it in "
                                       "another place")),
                     words);
    g_error_free (why);
}
