/* setup-secret-sheet.h - the password, and where it is to be kept */
#pragma once

#include "setup-sheet.h"

#define IB_TYPE_SETUP_SECRET_SHEET (ib_setup_secret_sheet_get_type ())
G_DECLARE_FINAL_TYPE (IbSetupSecretSheet, ib_setup_secret_sheet, IB, SETUP_SECRET_SHEET, IbSetupSheet)
