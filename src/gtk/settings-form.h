/* settings-form.h - rows of a window that stand for keys of the configuration
 *
 *     the service's Settings ──▶ rows ──a person changes one──▶ the service writes it ──▶ rows, as it holds now
 *                                                                      └─refused─▶ the parser's words, below the row
 *
 * Nothing is checked here, and nothing is known of a key but its name. A value that no row's words stand for (a person wrote it
 * into the file) is shown as it is, and stays until another one is chosen. */
#pragma once

#include "link.h"

#include <adwaita.h>

#define IB_TYPE_SETTINGS_FORM (ib_settings_form_get_type ())
G_DECLARE_FINAL_TYPE (IbSettingsForm, ib_settings_form, IB, SETTINGS_FORM, GObject)

/* Signals:
 *     changed ()    what holds was heard anew, or nothing is known: see ib_settings_form_trouble () */

/* @account: whose file; NULL: inbasket.conf. */
IbSettingsForm *ib_settings_form_new (IbLink *link, const char *account);

/* What a value is called for people; NULL: it has no name. Returns: (transfer full) (nullable) */
typedef char *(*IbSettingWords) (const char *value);

/* Rows, and the keys that they stand for; strings are static. Rows must outlive the form, or ib_settings_form_close (). */
void ib_settings_form_add_switch (IbSettingsForm *self, const char *key, GtkSwitch *toggle, const char *off,
                                  const char *on);
/* @values: NULL-ended, as many as the row's model has words, in its order. @words (nullable): for any other value. */
void ib_settings_form_add_choice (IbSettingsForm *self, const char *key, AdwComboRow *row,
                                  const char *const *values, IbSettingWords words);
/* What is typed holds once it is applied. */
void ib_settings_form_add_entry (IbSettingsForm *self, const char *key, AdwEntryRow *row);

/* Asks what holds. What a person is typing stays. */
void ib_settings_form_load (IbSettingsForm *self);
/* Why nothing is known; NULL: it is. */
const char *ib_settings_form_trouble (IbSettingsForm *self);
/* NULL: not known. */
const char *ib_settings_form_get (IbSettingsForm *self, const char *key);
/* The rows are touched no more. */
void ib_settings_form_close (IbSettingsForm *self);
