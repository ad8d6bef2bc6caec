/* symbol-words.h - what the classifier noticed of a message beside its words, in the reader's language */
#pragma once

/* @name is a feature's, as filters/ names it: "file ends in .exe". A word of the message stays as it is, since none has a blank in it
 * but one of a header field, which stands behind its name: "x-mailer: bat". Returns: (transfer full) */
char *ib_symbol_words (const char *name);
