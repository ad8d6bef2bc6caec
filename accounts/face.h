/* face.h - whom a message speaks to: those who write settings into files, or those who only see the window
 *
 * Both are told the same, each in the words that they know: `user=` is “the user name” to who fills in a form. A program that
 * shows what it says is one of the two, and says its words at once. The service does not know who will read it, so it says both
 * in one text, as interlinear annotations (U+FFF9 for files U+FFFA for the window U+FFFB), and whoever hands that text out
 * of the process chooses: such a text crosses neither the bus nor a worker's socket.
 *
 * Like the language, that is a matter of the whole process and of the workers that it starts: INBASKET_FACE in the environment. */
#pragma once

#include <stdbool.h>

typedef enum {
    IB_FACE_FILES, /* a terminal; also where nobody said anything */
    IB_FACE_WINDOW,
    IB_FACE_BOTH,
} IbFace;

/* Speaks so from now on, as will all that is started. Before the first thread. */
void ib_face_be (IbFace face);
IbFace ib_face_here (void);
/* The environment of a program that is to speak so, whatever this one does. Returns: (transfer full) */
char **ib_face_environ (IbFace face);

/* What this process says of the two: one of them, or both. They are translated, and take the same values in the same order. */
const char *ib_face_words (const char *for_files, const char *for_window)
    __attribute__ ((format_arg (1), format_arg (2)));
/* The same of two sentences that are ready. Returns: (transfer full) */
char *ib_face_join (const char *for_files, const char *for_window);
/* What @face reads where @words say. Those that say the same to both are what they are. Returns: (transfer full) */
char *ib_face_read (const char *words, IbFace face);
