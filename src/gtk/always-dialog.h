/* always-dialog.h - "Always to …": a rule for mail like this one, seen and tried before it is written
 *
 *     which mail, where to ──▶ the rule ──▶ what it would have done with the mail that is here ──▶ saved ──▶ Undo in a toast
 *
 * What there is to choose, and the rule, are the service's: see ProposeRule in the XML. */
#pragma once

#include "link.h"

#include <adwaita.h>

#define IB_TYPE_ALWAYS_DIALOG (ib_always_dialog_get_type ())
G_DECLARE_FINAL_TYPE (IbAlwaysDialog, ib_always_dialog, IB, ALWAYS_DIALOG, AdwWindow)

/* For the message @id. @parent: of the window that it stands before, and that is told what came of it. */
void ib_always_dialog_open (GtkWidget *parent, IbLink *link, const char *id);
