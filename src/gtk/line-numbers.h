/* line-numbers.h - the numbers of the lines beside a text */
#pragma once

#include <gtk/gtk.h>

/* In the left gutter of @view. For eyes only: a screen reader is told of places in words. */
void ib_line_numbers_add (GtkTextView *view);
