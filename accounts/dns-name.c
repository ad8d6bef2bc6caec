/* dns-name.c - a host's name as it is asked for, whatever language its user speaks */
#include "dns-name.h"

#include <glib.h>

char *
ib_dns_name (const char *name)
{
    g_autofree char *lower = g_ascii_strdown (name, -1);
    return g_str_is_ascii (lower) ? g_steal_pointer (&lower) : g_hostname_to_ascii (lower);
}
