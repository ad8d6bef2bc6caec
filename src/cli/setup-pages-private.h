/* setup-pages-private.h - the inside that setup's pages in plain lines share
 *
 * setup-pages.c has the pages in their order, and what is no part of the way to a server; that is setup-pages-way.c's. */
#pragma once

#include "setup-talk.h"

/* Each shows its page and asks, as ib_setup_show_page () does. */
IbTalkOutcome ib_setup_pages_sign_in (IbTalk *talk);
IbTalkOutcome ib_setup_pages_settings (IbTalk *talk);
IbTalkOutcome ib_setup_pages_secret (IbTalk *talk);
