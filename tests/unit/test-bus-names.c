/* One account has one object on the bus, whatever its name, and no other path means it. */
#include "bus-names.h"

#include <string.h>

static const struct {
    const char *name, *path;
} accounts[] = {
    { "work", "work" },
    { "work.mail", "work_2email" },
    { "a-b", "a_2db" },
    { "a_b", "a_5fb" },
    { "9", "9" },
    { "_5f", "_5f5f" },
    { "\xc3\xa4", "_c3_a4" },
    { "a/b", "a_2fb" },
    { "A", "A" },
    { "", "_" },
};

static void
has_path (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *expected = g_strconcat (IB_BUS_PATH "/account/", accounts[i].path, NULL);
    g_autofree char *path = ib_bus_names_account_path (accounts[i].name);
    g_autofree char *name = ib_bus_names_read_account (path);
    g_assert_cmpstr (path, ==, expected);
    g_assert_true (g_variant_is_object_path (path));
    g_assert_cmpstr (name, ==, accounts[i].name);
}

static const struct {
    const char *name, *path;
} strangers[] = {
    { "manager", IB_BUS_PATH },
    { "folder", IB_BUS_PATH "/account" },
    { "nameless", IB_BUS_PATH "/account/" },
    { "deeper", IB_BUS_PATH "/account/work/mail" },
    { "elsewhere", "/org/example/account/work" },
    { "beside", IB_BUS_PATH "/accounts/work" },
    { "needless-escape", IB_BUS_PATH "/account/_77ork" },
    { "upper-case-digits", IB_BUS_PATH "/account/a_2Eb" },
    { "half-escape", IB_BUS_PATH "/account/work_2" },
    { "bare-underscore", IB_BUS_PATH "/account/wo_rk" },
    { "nul", IB_BUS_PATH "/account/work_00" },
    { "root", "/" },
    { "empty", "" },
};

static void
is_no_account (gconstpointer data)
{
    g_assert_null (ib_bus_names_read_account (strangers[GPOINTER_TO_SIZE (data)].path));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (accounts); i++) {
        g_autofree char *name = g_strconcat ("/bus-names/path/", accounts[i].path, NULL);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), has_path);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (strangers); i++) {
        g_autofree char *name = g_strconcat ("/bus-names/no-account/", strangers[i].name, NULL);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), is_no_account);
    }
    return g_test_run ();
}
