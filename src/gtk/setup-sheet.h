/* setup-sheet.h - one page of the wizard, as a window shows it
 *
 *     model ──show──▶ sheet ──as it is typed──▶ ib_setup_set () ──▶ model
 *           ──look──▶ (a line, a link, an end)
 *
 * A sheet keeps nothing: what is typed or chosen goes into the model at once, so that no way from a page loses it. Going
 * there, going back, saying what went wrong and being busy are the frame's (setup-window.h).
 *
 * To add one: a trio setup-NAME-sheet.{c,h,ui} whose template has the parent IbSetupSheet, sets the property `title`, and ties its
 * controls to fields; then its type in the table of setup-window.c. */
#pragma once

#include "setup.h"

#include <adwaita.h>

/* Properties: title, of the window while it is seen; verb, on the suggested button: “Continue” unless set.
 * Signals: changed (): whether it is complete may have changed, or its verb. */
#define IB_TYPE_SETUP_SHEET (ib_setup_sheet_get_type ())
G_DECLARE_DERIVABLE_TYPE (IbSetupSheet, ib_setup_sheet, IB, SETUP_SHEET, AdwBin)

/* Each may be NULL. */
struct _IbSetupSheetClass {
    AdwBinClass parent_class;

    /* It is come to, from either side, or all fields are others: what is tied is filled in already. */
    void (*show) (IbSetupSheet *self, IbSetup *setup);
    /* The model changed while it is seen; called after show, too. */
    void (*look) (IbSetupSheet *self, IbSetup *setup);
    /* Whether it can be left forwards as it is; NULL: always. */
    bool (*is_complete) (IbSetupSheet *self, IbSetup *setup);
    /* It is about to be left, forwards or back: for what is not handed over as it is typed. False: not forwards. */
    bool (*leave) (IbSetupSheet *self, IbSetup *setup, GError **error);
    /* What the suggested button does; NULL: ib_setup_next (). */
    bool (*proceed) (IbSetupSheet *self, IbSetup *setup, GError **error);
};

/* --- for sheets ----------------------------------------------------------------------------------------------------- */

/* NULL before the first show. */
IbSetup *ib_setup_sheet_setup (IbSetupSheet *self);
/* Each ties a control to a field of the model: it shows the field, sets it as it is changed, and is marked if the model
 * refuses the field. @row: an AdwEntryRow. @toggle: a GtkSwitch or a GtkCheckButton, yes or no. @values: what the choices
 * of @row, in their order, are called in the model; it outlives the sheet. */
void ib_setup_sheet_tie_entry (IbSetupSheet *self, const char *field, AdwEntryRow *row);
void ib_setup_sheet_tie_yes (IbSetupSheet *self, const char *field, GtkWidget *toggle);
void ib_setup_sheet_tie_choice (IbSetupSheet *self, const char *field, AdwComboRow *row,
                                const char *const *values);
/* Sets @field, unless the sheet is just being filled; then says that it changed. For what cannot be tied. */
void ib_setup_sheet_set (IbSetupSheet *self, const char *field, const char *value);
/* Whether its controls change because it is being filled, and not by a person. */
bool ib_setup_sheet_is_filling (IbSetupSheet *self);
void ib_setup_sheet_changed (IbSetupSheet *self);
/* A person has typed or chosen something that closing would lose; what is tied or set says so by itself. */
void ib_setup_sheet_touch (IbSetupSheet *self);
/* Fills all that is tied, and calls show and look. */
void ib_setup_sheet_refill (IbSetupSheet *self);
void ib_setup_sheet_set_verb (IbSetupSheet *self, const char *verb);

/* --- for the frame ----------------------------------------------------------------------------------------------------- */

void ib_setup_sheet_show (IbSetupSheet *self, IbSetup *setup);
void ib_setup_sheet_look (IbSetupSheet *self);
bool ib_setup_sheet_is_complete (IbSetupSheet *self);
bool ib_setup_sheet_leave (IbSetupSheet *self, GError **error);
bool ib_setup_sheet_proceed (IbSetupSheet *self, GError **error);
/* Since it is there. */
bool ib_setup_sheet_is_touched (IbSetupSheet *self);
const char *ib_setup_sheet_title (IbSetupSheet *self);
const char *ib_setup_sheet_verb (IbSetupSheet *self);
/* Marks the control of the field that an error's text begins with ("port: …"), and takes the mark from all others (NULL:
 * from all). Returns: the text without the field if there is such a control, else @text. */
const char *ib_setup_sheet_mark (IbSetupSheet *self, const char *text);
