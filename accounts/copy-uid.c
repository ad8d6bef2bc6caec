/* copy-uid.c - under which UIDs messages stand where they were copied or moved to */
#include "copy-uid.h"
#include "server-limits.h"

static bool
read_number (const char **at, guint32 *out_number)
{
    char *end = NULL;
    if (!g_ascii_isdigit (**at))
        return false;
    guint64 number = g_ascii_strtoull (*at, &end, 10);
    *at = end;
    *out_number = (guint32) number;
    return number > 0 && number <= G_MAXUINT32;
}

/* uid-range = (uniqueid ":" uniqueid), in either direction; @numbers gets them rising.                RFC 4315, 4 */
static bool
read_range (const char **at, GArray *numbers)
{
    guint32 first, last;
    if (!read_number (at, &first))
        return false;
    last = first;
    if (**at == ':') {
        (*at)++;
        if (!read_number (at, &last))
            return false;
    }
    guint32 low = MIN (first, last), high = MAX (first, last);
    if (high - low >= IB_LIMIT_UID_SET_MESSAGES - numbers->len)
        return false;
    for (guint32 i = 0; i <= high - low; i++) {
        guint32 number = low + i;
        g_array_append_val (numbers, number);
    }
    return true;
}

/* uid-set = (uniqueid / uid-range) *("," uid-set) */
static bool
read_set (const char **at, GArray *numbers)
{
    while (numbers->len < IB_LIMIT_UID_SET_MESSAGES && read_range (at, numbers)) {
        if (**at != ',')
            return true;
        (*at)++;
    }
    return false;
}

static bool
read_blank (const char **at)
{
    if (**at != ' ')
        return false;
    (*at)++;
    return true;
}

bool
ib_copy_uid_read (const char *argument, const GArray *uids, guint32 *out_uidvalidity, GArray *out_new)
{
    g_autoptr (GArray) from = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autoptr (GArray) to = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autoptr (GHashTable) new_of = g_hash_table_new (NULL, NULL);
    guint32 uidvalidity;
    if (!read_number (&argument, &uidvalidity) || !read_blank (&argument) || !read_set (&argument, from)
        || !read_blank (&argument) || !read_set (&argument, to) || *argument != '\0' || from->len != to->len)
        return false;
    for (guint i = 0; i < from->len; i++)
        g_hash_table_insert (new_of, GUINT_TO_POINTER (g_array_index (from, guint32, i)),
                             GUINT_TO_POINTER (g_array_index (to, guint32, i)));
    for (guint i = 0; i < uids->len; i++) {
        gpointer uid = GUINT_TO_POINTER (g_array_index (uids, guint32, i));
        guint32 fresh = GPOINTER_TO_UINT (g_hash_table_lookup (new_of, uid));
        g_array_append_val (out_new, fresh);
    }
    *out_uidvalidity = uidvalidity;
    return true;
}
