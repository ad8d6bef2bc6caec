/* setup-address-sheet.h - the address, by which all else is found, and who may be asked about its domain */
#pragma once

#include "setup-sheet.h"

#define IB_TYPE_SETUP_ADDRESS_SHEET (ib_setup_address_sheet_get_type ())
G_DECLARE_FINAL_TYPE (IbSetupAddressSheet, ib_setup_address_sheet, IB, SETUP_ADDRESS_SHEET, IbSetupSheet)
