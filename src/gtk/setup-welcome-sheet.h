/* setup-welcome-sheet.h - what the wizard will do, said the first time only */
#pragma once

#include "setup-sheet.h"

#define IB_TYPE_SETUP_WELCOME_SHEET (ib_setup_welcome_sheet_get_type ())
G_DECLARE_FINAL_TYPE (IbSetupWelcomeSheet, ib_setup_welcome_sheet, IB, SETUP_WELCOME_SHEET, IbSetupSheet)
