/* html.h - what a reader sees of HTML
 *
 * Takes tags apart as browsers do, so that what hides a text from us hides it from the reader too. Linear in its input. */
#pragma once

#include <glib.h>

/* Tags, comments, and the insides of scripts, styles and the like go; references to characters are resolved; blanks
 * become one, and characters that nobody can see none; blocks stand on lines of their own, which end in CRLF. @html is
 * valid UTF-8, and so is what is appended. */
void ib_html_append_text (GString *text, const char *html, gsize length);
