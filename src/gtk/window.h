/* window.h - the main window: its pages, and the way between them
 *
 *     Accounts · Activity · Review · Report · Filters  ──a message──▶  Why  ──back──▶
 *
 * The window's title is the name of the page that is seen. Where no service answers, it says so in their place. */
#pragma once

#include "link.h"

#include <adwaita.h>

#define IB_TYPE_WINDOW (ib_window_get_type ())
G_DECLARE_FINAL_TYPE (IbWindow, ib_window, IB, WINDOW, AdwApplicationWindow)

/* @paths must outlive it. */
IbWindow *ib_window_new (GtkApplication *application, IbLink *link, const IbPaths *paths);

/* @id: a message's, or the first six or more of its digits. */
void ib_window_show_message (IbWindow *self, const char *id);
/* A page by its name: "accounts", "activity", "review" ... */
void ib_window_show_page (IbWindow *self, const char *name);
/* What holds for all accounts, to be changed. */
void ib_window_show_preferences (IbWindow *self);
/* There is an account more, or one less: looks again, where no service says so. */
void ib_window_look (IbWindow *self);
/* A word that passes by itself. */
void ib_window_tell (IbWindow *self, const char *words);
/* Has @account looked at; NULL: all. */
void ib_window_check (IbWindow *self, const char *account);
