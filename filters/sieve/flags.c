/* flags.c - lists of flags and keywords */
#include "flags.h"

#include <string.h>

/* Those that a client may set (RFC 9051, 2.3.2); \Recent is the server's own. */
static const char *const system_flags[] = { "\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft" };

/* What a script can name at most for one message; a message with more flags than this is none of anybody's. */
#define FLAGS_MAX 256

typedef struct {
    IbArena *arena;
    const char **items;
    gsize count, room;
} List;

static List
list_new (IbVm *vm, gsize room)
{
    IbArena *arena = ib_vm_arena (vm);
    room = MIN (room, FLAGS_MAX);
    return (List){ arena, ib_arena_new_array (arena, const char *, room + 1), 0, room };
}

/* Each is compared with each. */
static void
spend_on (IbVm *vm, const List *list)
{
    (void) ib_vm_spend (vm, list->room * list->room);
}

static bool
has (const char *const *flags, const char *flag)
{
    for (; *flags != NULL; flags++)
        if (g_ascii_strcasecmp (*flags, flag) == 0)
            return true;
    return false;
}

static void
add (List *list, const char *flag)
{
    if (list->count < list->room && !has (list->items, flag))
        list->items[list->count++] = flag;
}

/* flag-keyword = atom (RFC 9051, 9) */
static bool
is_keyword (const char *flag)
{
    for (const char *c = flag; *c != '\0'; c++)
        if ((guchar) *c <= ' ' || (guchar) *c >= 0x7F || strchr ("(){%*\"\\]", *c) != NULL)
            return false;
    return *flag != '\0';
}

/* A flag in its usual spelling; NULL if no message can have it. */
static const char *
spell (const char *flag)
{
    for (gsize i = 0; i < G_N_ELEMENTS (system_flags); i++)
        if (g_ascii_strcasecmp (flag, system_flags[i]) == 0)
            return system_flags[i];
    return is_keyword (flag) ? flag : NULL;
}

static void
add_words (List *list, char *words, bool takes_any)
{
    char *rest = NULL;
    for (char *word = strtok_r (words, " \t\r\n", &rest); word != NULL;
         word = strtok_r (NULL, " \t\r\n", &rest)) {
        const char *flag = takes_any ? word : spell (word);
        if (flag != NULL)
            add (list, flag);
    }
}

static gsize
room_for (IbSpan text)
{
    return text.length / 2 + 1;
}

static void
add_text (IbVm *vm, List *list, IbSpan text, bool takes_any)
{
    if (ib_vm_spend (vm, text.length))
        add_words (list, ib_arena_copy (list->arena, text.bytes, text.length), takes_any);
}

const char *const *
ib_flags_parse (IbVm *vm, IbSpan text)
{
    List list = list_new (vm, room_for (text));
    add_text (vm, &list, text, false);
    return list.items;
}

static const char *const *
read_operand (IbVm *vm, const IbOperand *operand, bool takes_any)
{
    IbArena *arena = ib_vm_arena (vm);
    IbSpan *texts = ib_arena_new_array (arena, IbSpan, operand->n_texts);
    gsize room = 0;
    for (guint i = 0; i < operand->n_texts; i++) {
        texts[i] = ib_vm_text (vm, &operand->texts[i]);
        room += room_for (texts[i]);
    }
    List list = list_new (vm, room);
    spend_on (vm, &list);
    for (guint i = 0; i < operand->n_texts; i++)
        add_text (vm, &list, texts[i], takes_any);
    return list.items;
}

const char *const *
ib_flags_read (IbVm *vm, const IbOperand *operand)
{
    return read_operand (vm, operand, false);
}

const char *const *
ib_flags_read_any (IbVm *vm, const IbOperand *operand)
{
    return read_operand (vm, operand, true);
}

static gsize
count (const char *const *flags)
{
    return g_strv_length ((char **) flags);
}

const char *const *
ib_flags_united (IbVm *vm, const char *const *flags, const char *const *more)
{
    List list = list_new (vm, count (flags) + count (more));
    spend_on (vm, &list);
    for (; *flags != NULL; flags++)
        add (&list, *flags);
    for (; *more != NULL; more++)
        add (&list, *more);
    return list.items;
}

const char *const *
ib_flags_without (IbVm *vm, const char *const *flags, const char *const *less)
{
    List list = list_new (vm, count (flags));
    spend_on (vm, &list);
    for (; *flags != NULL; flags++)
        if (!has (less, *flags))
            add (&list, *flags);
    return list.items;
}
