/* setup-forecast-sheet.h - what will happen with the mail that is there, and what of that can be otherwise */
#pragma once

#include "setup-sheet.h"

#define IB_TYPE_SETUP_FORECAST_SHEET (ib_setup_forecast_sheet_get_type ())
G_DECLARE_FINAL_TYPE (IbSetupForecastSheet, ib_setup_forecast_sheet, IB, SETUP_FORECAST_SHEET, IbSetupSheet)
