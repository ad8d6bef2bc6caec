/* face.c - whom a message speaks to */
#include "face.h"

#include <glib.h>
#include <string.h>

#define VARIABLE "INBASKET_FACE"

/* Interlinear annotation: anchor, separator, terminator. */
#define FOR_FILES 0xFFF9
#define FOR_WINDOW 0xFFFA
#define END 0xFFFB

static const char *const names[] = {
    [IB_FACE_FILES] = "files",
    [IB_FACE_WINDOW] = "window",
    [IB_FACE_BOTH] = "both",
};

void
ib_face_be (IbFace face)
{
    g_setenv (VARIABLE, names[face], TRUE);
}

IbFace
ib_face_here (void)
{
    const char *name = g_getenv (VARIABLE);
    for (IbFace face = IB_FACE_FILES; name != NULL && face <= IB_FACE_BOTH; face++)
        if (strcmp (name, names[face]) == 0)
            return face;
    return IB_FACE_FILES;
}

char **
ib_face_environ (IbFace face)
{
    return g_environ_setenv (g_get_environ (), VARIABLE, names[face], TRUE);
}

/* --- saying ------------------------------------------------------------------------------------------------------ */

/* Two formats stand before one set of values only where each says by number which it takes: "%s" becomes "%1$s". */
static void
append_numbered (GString *out, const char *format)
{
    guint values = 0;
    for (const char *p = format; *p != '\0'; p++) {
        g_string_append_c (out, *p);
        if (*p != '%')
            continue;
        if (p[1] == '%')
            g_string_append_c (out, *++p);
        else if (p[1 + strspn (p + 1, "0123456789")] != '$')
            g_string_append_printf (out, "%u$", ++values);
    }
}

const char *
ib_face_words (const char *for_files, const char *for_window)
{
    IbFace face = ib_face_here ();
    if (face != IB_FACE_BOTH)
        return face == IB_FACE_WINDOW ? for_window : for_files;
    g_autoptr (GString) both = g_string_new (NULL);
    g_string_append_unichar (both, FOR_FILES);
    append_numbered (both, for_files);
    g_string_append_unichar (both, FOR_WINDOW);
    append_numbered (both, for_window);
    g_string_append_unichar (both, END);
    return g_intern_string (both->str); /* there are as many as there are calls */
}

char *
ib_face_join (const char *for_files, const char *for_window)
{
    IbFace face = ib_face_here ();
    if (face == IB_FACE_WINDOW || strcmp (for_files, for_window) == 0)
        return g_strdup (for_window);
    if (face == IB_FACE_FILES)
        return g_strdup (for_files);
    GString *both = g_string_new (NULL);
    g_string_append_unichar (both, FOR_FILES);
    g_string_append (both, for_files);
    g_string_append_unichar (both, FOR_WINDOW);
    g_string_append (both, for_window);
    g_string_append_unichar (both, END);
    return g_string_free (both, FALSE);
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

/* A value inside of such words may be of such words, too: what is for the other face is passed over with all that is in it. */
char *
ib_face_read (const char *words, IbFace face)
{
    GString *out = g_string_new (NULL);
    guint depth = 0, hidden = 0; /* .hidden: the depth from which on it is for the other; 0: it is not */
    if (face == IB_FACE_BOTH)
        g_string_append (out, words);
    for (const char *p = words; face != IB_FACE_BOTH && *p != '\0';) {
        gunichar c = g_utf8_get_char_validated (p, -1);
        bool is_character = c != (gunichar) -1 && c != (gunichar) -2;
        const char *next = is_character ? g_utf8_next_char (p) : p + 1;
        if (c == FOR_FILES) {
            depth++;
            if (hidden == 0 && face == IB_FACE_WINDOW)
                hidden = depth;
        } else if (c == FOR_WINDOW && depth > 0) {
            if (hidden == depth)
                hidden = 0;
            else if (hidden == 0 && face == IB_FACE_FILES)
                hidden = depth;
        } else if (c == END && depth > 0) {
            if (hidden == depth)
                hidden = 0;
            depth--;
        } else if (hidden == 0) {
            g_string_append_len (out, p, next - p);
        }
        p = next;
    }
    return g_string_free (out, FALSE);
}
