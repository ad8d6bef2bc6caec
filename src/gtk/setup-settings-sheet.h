/* setup-settings-sheet.h - the server that was found, by whom, and each of its settings to be changed */
#pragma once

#include "setup-sheet.h"

#define IB_TYPE_SETUP_SETTINGS_SHEET (ib_setup_settings_sheet_get_type ())
G_DECLARE_FINAL_TYPE (IbSetupSettingsSheet, ib_setup_settings_sheet, IB, SETUP_SETTINGS_SHEET, IbSetupSheet)
