/* html-entity.h - the names of characters in HTML: "amp;" is "&"
 *
 * The table is made by html-entity.py, from HTML's own. */
#pragma once

#include <glib.h>

typedef struct {
    const char *name; /* without "&", with the ";" unless it may be left out */
    const char *text; /* UTF-8 */
} IbHtmlEntity;

/* Sorted by strcmp () of the names. */
extern const IbHtmlEntity ib_html_entities[];
extern const gsize ib_html_entities_count;
