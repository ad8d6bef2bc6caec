/* uid-set.c - many UIDs in few bytes */
#include "uid-set.h"
#include "server-limits.h"

/* Two numbers of ten digits, a colon and a comma. */
#define LONGEST_RUN 22

static gsize
run_length (const guint32 *uids, gsize n_uids)
{
    gsize n = 1;
    while (n < n_uids && uids[n] == uids[n - 1] + 1)
        n++;
    return n;
}

gsize
ib_uid_set_append (GString *out, const guint32 *uids, gsize n_uids, gsize most)
{
    gsize begin = out->len, taken = 0;
    n_uids = MIN (n_uids, most);
    while (taken < n_uids && out->len - begin + LONGEST_RUN <= IB_LIMIT_UID_SET_BYTES) {
        gsize run = run_length (uids + taken, n_uids - taken);
        const char *comma = taken > 0 ? "," : "";
        if (run == 1)
            g_string_append_printf (out, "%s%u", comma, uids[taken]);
        else
            g_string_append_printf (out, "%s%u:%u", comma, uids[taken], uids[taken + run - 1]);
        taken += run;
    }
    return taken;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
    guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;
    return x < y ? -1 : x > y;
}

gboolean
ib_uid_set_contains (const GArray *uids, guint32 uid)
{
    return uids != NULL && g_array_binary_search ((GArray *) uids, &uid, compare, NULL);
}
