/* why-shared.h - how the parts of an explanation are laid out */
#pragma once

#include "print.h"

/* An empty line, and what the lines below are about. */
void ib_why_head (const char *title);
/* "  text", safe, in a few lines of the terminal, and cut behind them. */
void ib_why_line (IbColour colour, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* "  → text", safe and whole, whatever the terminal's width: it is there to be copied. */
void ib_why_command (const char *text);
