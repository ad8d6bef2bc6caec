/* filter-list.c - `inbasket filter list`: which filters there are, and in which order they run */
#include "filter-files.h"
#include "filter-shared.h"
#include "inclusion.h"
#include "print.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct {
    const char *name;
    gsize place;        /* from 1 where it is active, else 0 */
    char *path;         /* NULL: there is none */
    bool is_own, hides; /* the user's; and there is a shipped one of that name */
    bool is_sound;      /* compiles */
    char *about, *test; /* what it does, in a line; the test beside it; NULL */
} Listed;

static void
listed_clear (Listed *self)
{
    g_free (self->path);
    g_free (self->about);
    g_free (self->test);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Listed, listed_clear)

static void
look_at (const IbCli *cli, const char *name, gsize place, Listed *out_listed)
{
    gsize length;
    g_autoptr (IbInclusions) inclusions = ib_inclusions_new (cli->paths->filters);
    const IbSieveOptions options = { .source = ib_inclusions_source, .source_data = inclusions };
    g_autofree char *text = ib_config_read_script (cli->paths, name, &out_listed->path, &length, NULL);
    g_autofree char *shipped = g_build_filename (ib_paths_shipped_filters (), name, NULL);
    g_autoptr (IbProgram) program
        = text != NULL ? ib_sieve_compile (name, text, length, &options, NULL, NULL) : NULL;

    out_listed->name = name;
    out_listed->place = place;
    out_listed->is_own = out_listed->path != NULL && g_str_has_prefix (out_listed->path, cli->paths->filters);
    out_listed->hides = out_listed->is_own && g_file_test (shipped, G_FILE_TEST_IS_REGULAR);
    out_listed->is_sound = program != NULL;
    out_listed->about = text != NULL ? ib_filter_files_about (name, text, length) : NULL;
    out_listed->test = ib_filter_files_test (cli->paths, name);
}

/* Those that have it in a list of their own, and its place there. */
static void
accounts_json (JsonBuilder *builder, const IbConfig *config, const char *name)
{
    json_builder_set_member_name (builder, "accounts");
    json_builder_begin_array (builder);
    for (guint i = 0; i < config->accounts->len; i++) {
        const IbAccount *account = config->accounts->pdata[i];
        for (gsize place = 0; account->scripts != NULL && account->scripts[place] != NULL; place++) {
            if (strcmp (account->scripts[place], name) != 0)
                continue;
            json_builder_begin_object (builder);
            ib_json_text (builder, "name", account->name);
            ib_json_int (builder, "place", (gint64) place + 1);
            json_builder_end_object (builder);
        }
    }
    json_builder_end_array (builder);
}

static void
listed_json (const IbConfig *config, const Listed *listed)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "name", listed->name);
    ib_json_bool (builder, "active", listed->place > 0);
    json_builder_set_member_name (builder, "place");
    if (listed->place > 0)
        json_builder_add_int_value (builder, (gint64) listed->place);
    else
        json_builder_add_null_value (builder);
    ib_json_text (builder, "path", listed->path);
    ib_json_bool (builder, "own", listed->is_own);
    ib_json_bool (builder, "hides_shipped", listed->hides);
    ib_json_bool (builder, "compiles", listed->is_sound);
    ib_json_text (builder, "about", listed->about);
    ib_json_text (builder, "test", listed->test);
    accounts_json (builder, config, listed->name);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static void
listed_row (IbTable *table, const Listed *listed)
{
    const char *note = listed->path == NULL ? _ ("there is no such file")
                       : !listed->is_sound  ? _ ("does not compile: see “inbasket filter check”")
                       : listed->hides      ? _ ("yours, in place of the shipped one")
                       : listed->is_own     ? _ ("yours")
                                            : _ ("shipped");
    bool is_bad = listed->path == NULL || !listed->is_sound;
    if (listed->place > 0)
        ib_table_cell (table, IB_COLOUR_GOOD, "%zu", listed->place);
    else
        ib_table_cell (table, IB_COLOUR_PLAIN, "-");
    ib_table_cell (table, listed->place > 0 ? IB_COLOUR_BOLD : IB_COLOUR_PLAIN, "%s", listed->name);
    ib_table_cell (table, is_bad ? IB_COLOUR_BAD : IB_COLOUR_PLAIN, "%s", note);
}

static bool
list_one (const IbCli *cli, const IbConfig *config, IbTable *table, const char *name, gsize place)
{
    g_auto (Listed) listed = { 0 };
    look_at (cli, name, place, &listed);
    if (cli->json)
        listed_json (config, &listed);
    else
        listed_row (table, &listed);
    return place == 0 || listed.is_sound;
}

static void
say_own_lists (const IbConfig *config)
{
    for (guint i = 0; i < config->accounts->len; i++) {
        const IbAccount *account = g_ptr_array_index (config->accounts, i);
        g_autofree char *list = account->scripts != NULL ? g_strjoinv (", ", account->scripts) : NULL;
        if (!account->is_filtered)
            g_print (_ ("%s is not filtered.\n"), account->name);
        else if (list != NULL)
            g_print (_ ("%s has a list of its own: %s\n"), account->name,
                     *list != '\0' ? list : _ ("nothing"));
    }
}

IbExit
ib_filter_list (const IbCli *cli, int argc, char **argv)
{
    if (!ib_command_parse ("filter list",
                           _ ("Names the active filters in their order, and those that could be."),
                           "  inbasket filter list", NULL, &argc, &argv))
        return IB_EXIT_USAGE;
    if (argc > 1) {
        ib_print_error (_ ("“filter list” takes no argument: “%s”"), argv[1]);
        return IB_EXIT_USAGE;
    }
    g_autoptr (GError) error = NULL;
    g_autoptr (IbConfig) config = ib_config_load_to_mend (cli->paths, &error);
    if (config == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }

    bool all_right = true;
    g_auto (GStrv) available = ib_config_list_scripts (cli->paths);
    const char *const heads[] = { _ (">Order"), _ ("Filter"), _ ("What it is"), NULL };
    g_autoptr (IbTable) table = ib_table_new (heads);
    for (gsize i = 0; config->scripts[i] != NULL; i++)
        all_right &= list_one (cli, config, table, config->scripts[i], i + 1);
    for (gsize i = 0; available[i] != NULL; i++)
        if (!g_strv_contains ((const char *const *) config->scripts, available[i]))
            all_right &= list_one (cli, config, table, available[i], 0);
    if (!cli->json) {
        ib_table_print (table);
        say_own_lists (config);
    }
    return all_right ? IB_EXIT_DONE : IB_EXIT_SOME_FAILED;
}
