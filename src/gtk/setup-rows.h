/* setup-rows.h - rows that a sheet makes as the model has things to show */
#pragma once

#include <adwaita.h>

/* All words are plain text; those from outside are made safe here. @words "": none. */

/* Something that is said. @icon: NULL. */
GtkWidget *ib_setup_rows_add (AdwPreferencesGroup *group, const char *title, const char *words,
                              const char *icon);
/* One of several to choose from; @leader: the first of them, NULL for the first itself. Returns: its mark, not active. */
GtkCheckButton *ib_setup_rows_add_choice (AdwPreferencesGroup *group, GtkCheckButton *leader,
                                          const char *title, const char *words);
/* One that cannot be chosen. */
void ib_setup_rows_add_shut (AdwPreferencesGroup *group, const char *title, const char *words);
/* Takes all of them out of @group; what its template put there stays. */
void ib_setup_rows_clear (AdwPreferencesGroup *group);
