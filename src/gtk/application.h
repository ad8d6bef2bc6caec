/* application.h - the window's program, as the desktop knows it: io.github.inbasket.Inbasket
 *
 *     notification, launcher ──org.freedesktop.Application──▶ actions ──▶ the one window
 *
 * Actions, for whoever calls over the bus:
 *     sign-in (account)         asks for that account's password, or has its browser open, again
 *     show-message (id)         opens the page that says why a message went where it did
 *     accounts, activity, review    opens that page
 *     check                     has all accounts looked at
 *     preferences               opens the settings
 *     setup                     opens the wizard, which adds an account
 *
 * With --home DIR it is a program of its own, named after DIR, so that a trial never talks to the user's own window. */
#pragma once

#include <adwaita.h>

#define IB_TYPE_APPLICATION (ib_application_get_type ())
G_DECLARE_FINAL_TYPE (IbApplication, ib_application, IB, APPLICATION, AdwApplication)

IbApplication *ib_application_new (void);
