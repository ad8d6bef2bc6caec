/* face.h - whom a message speaks to: those who write settings into files, or those who only see the window
 *
 * Both are told the same, each in the words that they know: `user=` is “the user name” to who fills in a form. Like the language, that is
 * a matter of the whole process and of all that it starts: INBASKET_FACE=window in the environment. */
#pragma once

#include <stdbool.h>

/* Speaks as the window does from now on, as will all that is started. Before the first thread. */
void ib_face_be_window (void);
bool ib_face_is_window (void);
/* Whichever of the two is for whom this process speaks to. Both are translated, and take the same values in the same order. */
const char *ib_face_words (const char *for_files, const char *for_window)
    __attribute__ ((format_arg (1), format_arg (2)));
