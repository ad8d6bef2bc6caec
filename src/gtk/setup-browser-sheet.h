/* setup-browser-sheet.h - signing in with a browser, here or elsewhere, while the model waits for it */
#pragma once

#include "setup-sheet.h"

#define IB_TYPE_SETUP_BROWSER_SHEET (ib_setup_browser_sheet_get_type ())
G_DECLARE_FINAL_TYPE (IbSetupBrowserSheet, ib_setup_browser_sheet, IB, SETUP_BROWSER_SHEET, IbSetupSheet)
