/* why-page.h - why a message went where it did, and what can be done about it
 *
 * Its verdict with the evidence, the path that it took, who vouches for its sender, the rules that ran. */
#pragma once

#include "link.h"

#include <adwaita.h>

/* Signals: acted (id): something was done with the message. */
#define IB_TYPE_WHY_PAGE (ib_why_page_get_type ())
G_DECLARE_FINAL_TYPE (IbWhyPage, ib_why_page, IB, WHY_PAGE, AdwBin)

/* Asks for, and then shows, the message @id: its id, or the first six or more of its digits. */
void ib_why_page_show (IbWhyPage *self, IbLink *link, const char *id);
