/* bus-message.c - the words by which callers on the bus mean a message */
#include "bus-message.h"
#include "story.h"

#include <glib.h>
#include <string.h>

#define LONGEST_WORD 4096

bool
ib_bus_message_is_one (const char *word)
{
    return *word != '\0' && strlen (word) <= LONGEST_WORD && strcmp (word, "-") != 0;
}

bool
ib_bus_message_is_id (const char *word)
{
    gsize length = strlen (word);
    return length >= 6 && length <= IB_ID_LENGTH && strspn (word, "0123456789abcdefABCDEF") == length;
}

char *
ib_bus_message_word (const char *message)
{
    bool is_bare = !ib_bus_message_is_id (message) && *message != '<';
    return is_bare ? g_strdup_printf ("<%s>", message) : g_strdup (message);
}
