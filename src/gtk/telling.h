/* telling.h - a word to the user that passes by itself, from wherever it arises */
#pragma once

#include <adwaita.h>

/* @widget: anywhere in a window with an AdwToastOverlay around it; elsewhere nothing is shown. @words: plain text. */
void ib_tell (GtkWidget *widget, const char *words);
