/* screen.h - text that stays in its place on a terminal, and changes there
 *
 * Pure: says what is to be written so that the terminal shows other text than before. Only rows that differ are drawn, so
 * nothing flickers. */
#pragma once

#include <glib.h>

/* The terminal's other screen, without a cursor; and back to what was there before. */
#define IB_SCREEN_ENTER "\033[?1049h\033[?25l\033[H\033[2J"
#define IB_SCREEN_LEAVE "\033[?25h\033[?1049l"

typedef struct _IbScreen IbScreen;

/* Of a terminal that was just entered. */
IbScreen *ib_screen_new (void);
/* @text: lines, which may hold colours (ib_print_colour ()) and no other control characters. Those that are longer than
 * @width go on in the next row; what does not fit into @height rows is counted in the last of them. After a change of either
 * all is drawn anew. Returns: (transfer full) */
char *ib_screen_update (IbScreen *self, const char *text, guint width, guint height);
void ib_screen_free (IbScreen *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbScreen, ib_screen_free)
