/* setup-words.h - what every face of setup says alike */
#pragma once

#include <glib.h>

/* What a step of trying an account is called for people; @step itself if it is unknown. */
const char *ib_setup_words_step (const char *step);
/* What the user can do about an error of trying, where it does not say so itself; or NULL. */
const char *ib_setup_words_remedy (const GError *error);
