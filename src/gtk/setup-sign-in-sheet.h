/* setup-sign-in-sheet.h - the ways to sign in, and what to know of the provider before the first failure */
#pragma once

#include "setup-sheet.h"

#define IB_TYPE_SETUP_SIGN_IN_SHEET (ib_setup_sign_in_sheet_get_type ())
G_DECLARE_FINAL_TYPE (IbSetupSignInSheet, ib_setup_sign_in_sheet, IB, SETUP_SIGN_IN_SHEET, IbSetupSheet)
