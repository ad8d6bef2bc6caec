/* setup-done-sheet.h - the account stands: what it teaches, running at login, and the mail program that reads it all */
#pragma once

#include "setup-sheet.h"

#define IB_TYPE_SETUP_DONE_SHEET (ib_setup_done_sheet_get_type ())
G_DECLARE_FINAL_TYPE (IbSetupDoneSheet, ib_setup_done_sheet, IB, SETUP_DONE_SHEET, IbSetupSheet)
