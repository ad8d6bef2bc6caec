/* reader-row.h - how one mail program is pointed at the Maildir: a row that opens */
#pragma once

#include "guides.h"

#include <adwaita.h>

#define IB_TYPE_READER_ROW (ib_reader_row_get_type ())
G_DECLARE_FINAL_TYPE (IbReaderRow, ib_reader_row, IB, READER_ROW, AdwExpanderRow)

/* What it tells is asked for when it is opened first. @home: of --home, or NULL. */
GtkWidget *ib_reader_row_new (const IbGuide *guide, const char *home);
