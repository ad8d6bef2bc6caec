/* setup-filter-sheet.h - how the account's mail is sorted, and whether what is there teaches */
#pragma once

#include "setup-sheet.h"

#define IB_TYPE_SETUP_FILTER_SHEET (ib_setup_filter_sheet_get_type ())
G_DECLARE_FINAL_TYPE (IbSetupFilterSheet, ib_setup_filter_sheet, IB, SETUP_FILTER_SHEET, IbSetupSheet)
