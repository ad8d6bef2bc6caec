/* telling.h - a word to the user that passes by itself, from wherever it arises */
#pragma once

#include <adwaita.h>

/* @widget: anywhere in a window with an AdwToastOverlay around it; elsewhere nothing is shown. @words: plain text. */
void ib_tell (GtkWidget *widget, const char *words);
/* The same with a button that says @offer, and then calls @accept. @free: @user_data, once the toast is gone, or at once where
 * nothing is shown. */
void ib_tell_and_offer (GtkWidget *widget, const char *words, const char *offer,
                        void (*accept) (gpointer user_data), gpointer user_data, GDestroyNotify free);
