/* html.h - what a reader sees of HTML
 *
 * Takes tags apart as browsers do, so that what hides a text from us hides it from the reader too. Linear in its input. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Tags, comments, and the insides of scripts, styles and the like go; references to characters are resolved; blanks
 * become one, and characters that nobody can see none; blocks stand on lines of their own, which end in CRLF. @html is
 * valid UTF-8, and so is what is appended. */
void ib_html_append_text (GString *text, const char *html, gsize length);

typedef struct {
    const char *target; /* in the HTML: as it stands there, with its references to characters */
    gsize length;
    bool is_anchor;             /* the reader may follow it; else it is an image or the like */
    gsize text_start, text_end; /* in the page's text: what a reader sees of an anchor */
} IbHtmlLink;

typedef struct {
    GString *text;   /* as of ib_html_append_text (), but without what follows */
    GString *hidden; /* what nobody sees: not displayed, of no size, in the colour of its background */
    GArray *links;   /* IbHtmlLink */
} IbHtmlPage;

/* The same, told apart. Style sheets are not applied, only what a tag itself says. @html must outlive the page.
 * Returns: (transfer full) */
IbHtmlPage *ib_html_page_new (const char *html, gsize length);
void ib_html_page_free (IbHtmlPage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbHtmlPage, ib_html_page_free)
