/* setup-test-sheet.h - the account is tried: a line for each step, as it is taken */
#pragma once

#include "setup-sheet.h"

#define IB_TYPE_SETUP_TEST_SHEET (ib_setup_test_sheet_get_type ())
G_DECLARE_FINAL_TYPE (IbSetupTestSheet, ib_setup_test_sheet, IB, SETUP_TEST_SHEET, IbSetupSheet)
