/* cmd-client.c - `inbasket client`: how to point a mail program at the Maildir */
#include "command.h"
#include "config.h"
#include "local-imap.h"
#include "print.h"
#include "quote.h"
#include "readers.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What one run knows. */
typedef struct {
    const IbCli *cli;
    IbConfig *config;
    char *folder; /* of the files that are written for the programs */
    char *settings, *state, *cache, *units, *password;
    IbLocalImap imap;
    IbReaderPlace place;
} Client;

static void
client_close (Client *self)
{
    ib_config_free (self->config);
    g_free (self->folder);
    g_free (self->settings);
    g_free (self->state);
    g_free (self->cache);
    g_free (self->units);
    g_free (self->password);
}

static const char *
first_address (const IbConfig *config)
{
    for (guint i = 0; i < config->accounts->len; i++) {
        const IbAccount *account = config->accounts->pdata[i];
        if (account->address != NULL && *account->address != '\0')
            return account->address;
    }
    return NULL;
}

/* The port may have been chosen since. */
static void
look (Client *self)
{
    self->place = (IbReaderPlace){
        .maildir = self->config->maildir,
        .is_fs = self->config->layout == IB_LAYOUT_FS,
        .address = first_address (self->config),
        .imap_port = ib_local_imap_port (&self->imap),
        .imap_user = IB_LOCAL_IMAP_USER,
        .imap_password = self->password,
    };
}

static bool
client_open (Client *self, const IbCli *cli, GError **error)
{
    const IbPaths *paths = cli->paths;
    *self = (Client){ .cli = cli, .config = ib_config_load_to_mend (paths, error) };
    if (self->config == NULL)
        return false;
    self->folder = g_build_filename (paths->config, "clients", NULL);
    self->settings = g_build_filename (paths->config, "imap", NULL);
    self->state = g_build_filename (paths->state, "imap", NULL);
    self->cache = g_build_filename (paths->cache, "imap", NULL);
    self->units = paths->home != NULL ? g_build_filename (paths->config, "systemd", "user", NULL)
                                      : g_build_filename (g_get_user_config_dir (), "systemd", "user", NULL);
    self->imap = (IbLocalImap){
        .maildir = self->config->maildir,
        .is_fs = self->config->layout == IB_LAYOUT_FS,
        .settings = self->settings,
        .state = self->state,
        .cache = self->cache,
        .units = self->units,
    };
    self->password = ib_local_imap_password_file (&self->imap);
    look (self);
    return true;
}

/* --- the list -------------------------------------------------------------------------------------------------------------- */

static void
add_listed (const Client *self, JsonBuilder *builder, const IbReader *reader)
{
    g_autofree char *program = g_find_program_in_path (reader->program);
    json_builder_begin_object (builder);
    ib_json_text (builder, "name", reader->name);
    ib_json_text (builder, "title", reader->title);
    ib_json_text (builder, "program", program);
    IbReaderWay way = ib_reader_way (reader, &self->place);
    ib_json_text (builder, "way", ib_reader_way_name (way));
    ib_json_text (builder, "needs", ib_reader_needs (reader, way));
    json_builder_end_object (builder);
}

static void
list_json (const Client *self)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "maildir", self->config->maildir);
    ib_json_text (builder, "layout", self->place.is_fs ? "fs" : "maildir++");
    json_builder_set_member_name (builder, "clients");
    json_builder_begin_array (builder);
    for (const IbReader *reader = ib_readers (); reader->name != NULL; reader++)
        add_listed (self, builder, reader);
    json_builder_end_array (builder);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static void
list_clients (const Client *self)
{
    if (self->cli->json) {
        list_json (self);
        return;
    }
    const char *const heads[] = { _ ("Name"), _ ("Here"), _ ("Reads"), _ ("Needs"), NULL };
    g_autoptr (IbTable) table = ib_table_new (heads);
    for (const IbReader *reader = ib_readers (); reader->name != NULL; reader++) {
        g_autofree char *program = g_find_program_in_path (reader->program);
        IbReaderWay way = ib_reader_way (reader, &self->place);
        const char *needs = ib_reader_needs (reader, way);
        ib_table_cell (table, IB_COLOUR_BOLD, "%s", reader->name);
        ib_table_cell (table, program != NULL ? IB_COLOUR_GOOD : IB_COLOUR_FAINT, "%s",
                       program != NULL ? _ ("yes") : _ ("no"));
        ib_table_cell (table, IB_COLOUR_PLAIN, "%s",
                       way == IB_READER_IMAP ? _ ("IMAP, on this machine") : _ ("the Maildir"));
        ib_table_cell (table, IB_COLOUR_PLAIN, "%s", needs != NULL ? needs : "");
    }
    ib_table_print (table);
    ib_print_hint (_ ("“inbasket client NAME” shows how to set one up."));
}

/* --- one client -------------------------------------------------------------------------------------------------------------- */

static char *
file_of (const Client *self, const IbReader *reader)
{
    return reader->file != NULL ? g_build_filename (self->folder, reader->file, NULL) : NULL;
}

/* systemd finds the unit by its name in the user's own folder alone. */
static char *
start_command (const Client *self)
{
    g_autofree char *systemctl = g_find_program_in_path ("systemctl");
    g_autofree char *unit = ib_local_imap_unit (&self->imap);
    if (systemctl != NULL) {
        g_autofree char *word = ib_quote_shell (unit);
        return g_strconcat ("systemctl --user enable --now ",
                            self->cli->paths->home != NULL ? word : "inbasket-imap.service", NULL);
    }
    g_autofree char *program = ib_local_imap_program ();
    g_autofree char *configuration = ib_local_imap_configuration (&self->imap);
    g_autofree char *word = ib_quote_shell (configuration);
    return g_strdup_printf ("%s -F -c %s", program != NULL ? program : "/usr/sbin/dovecot", word);
}

/* Of a Dovecot that reads other settings; NULL: it is 2.3, or none is here. */
static char *
other_dovecot (const char *program)
{
    const char *const command[] = { program, "--version", NULL };
    g_autofree char *version = NULL;
    if (program == NULL
        || !g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &version,
                          NULL, NULL, NULL)
        || version == NULL || g_str_has_prefix (version, "2.3"))
        return NULL;
    return g_strndup (version, strcspn (version, " \n"));
}

static void
add_imap (const Client *self, JsonBuilder *builder)
{
    g_autofree char *program = ib_local_imap_program ();
    g_autofree char *configuration = ib_local_imap_configuration (&self->imap);
    g_autofree char *unit = ib_local_imap_unit (&self->imap);
    g_autofree char *start = start_command (self);
    json_builder_set_member_name (builder, "imap");
    if (self->place.imap_port == 0) {
        json_builder_add_null_value (builder);
        return;
    }
    json_builder_begin_object (builder);
    ib_json_text (builder, "host", "127.0.0.1");
    ib_json_int (builder, "port", self->place.imap_port);
    ib_json_text (builder, "user", IB_LOCAL_IMAP_USER);
    ib_json_text (builder, "password_file", self->password);
    ib_json_text (builder, "configuration", configuration);
    ib_json_text (builder, "unit", unit);
    ib_json_text (builder, "start", start);
    ib_json_text (builder, "dovecot", program);
    json_builder_end_object (builder);
}

/* @files: NULL if nothing was to be written. */
static void
show_json (const Client *self, const IbReader *reader, const GPtrArray *files)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    g_autofree char *program = g_find_program_in_path (reader->program);
    g_autofree char *text = ib_reader_text (reader, &self->place);
    g_autofree char *file = file_of (self, reader);
    g_autofree char *join = file != NULL ? reader->join (file) : NULL;
    IbReaderWay way = ib_reader_way (reader, &self->place);
    json_builder_begin_object (builder);
    ib_json_text (builder, "name", reader->name);
    ib_json_text (builder, "title", reader->title);
    ib_json_text (builder, "program", program);
    ib_json_text (builder, "way", ib_reader_way_name (way));
    ib_json_text (builder, "text", text);
    ib_json_text (builder, "file", file);
    ib_json_text (builder, "add", join);
    ib_json_text (builder, "add_to", file != NULL ? reader->join_into : NULL);
    ib_json_text (builder, "needs", ib_reader_needs (reader, way));
    json_builder_set_member_name (builder, "remarks");
    json_builder_begin_array (builder);
    for (gsize i = 0; i < G_N_ELEMENTS (reader->remarks) && reader->remarks[i] != NULL; i++)
        json_builder_add_string_value (builder, _ (reader->remarks[i]));
    json_builder_end_array (builder);
    if (way == IB_READER_IMAP)
        add_imap (self, builder);
    json_builder_set_member_name (builder, "written");
    json_builder_begin_array (builder);
    for (guint i = 0; files != NULL && i < files->len; i++) {
        const IbKeptFile *each = files->pdata[i];
        json_builder_begin_object (builder);
        ib_json_text (builder, "path", each->path);
        ib_json_text (builder, "kept", ib_kept_name (each->kept));
        json_builder_end_object (builder);
    }
    json_builder_end_array (builder);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static void
tell_file (const IbKeptFile *file)
{
    g_autofree char *safe = ib_print_safe (file->path, 0);
    switch (file->kept) {
    case IB_KEPT_WRITTEN:
        g_print (_ ("%s✓%s %s was written.\n"), ib_print_colour (IB_COLOUR_GOOD),
                 ib_print_colour (IB_COLOUR_PLAIN), safe);
        return;
    case IB_KEPT_SAME:
        g_print (_ ("%s✓%s %s is as it should be.\n"), ib_print_colour (IB_COLOUR_GOOD),
                 ib_print_colour (IB_COLOUR_PLAIN), safe);
        return;
    case IB_KEPT_EDITED:
        g_print (
            _ ("%s!%s %s is your own by now, and stays as it is; move it away to have it written anew.\n"),
            ib_print_colour (IB_COLOUR_WARN), ib_print_colour (IB_COLOUR_PLAIN), safe);
        return;
    }
}

/* @text by lines, moved in, so that a person sees where it begins and ends. */
static void
print_block (const char *text)
{
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    g_print ("\n");
    for (gsize i = 0; lines[i] != NULL && (lines[i + 1] != NULL || *lines[i] != '\0'); i++) {
        g_autofree char *safe = ib_print_safe (lines[i], 0);
        g_print ("  %s\n", safe);
    }
    g_print ("\n");
}

static void
tell_dovecot (const Client *self)
{
    g_autofree char *program = ib_local_imap_program ();
    g_autofree char *other = other_dovecot (program);
    g_autofree char *start = start_command (self);
    if (program == NULL)
        ib_print_hint (_ (
            "Dovecot is not installed yet (Debian: sudo apt install dovecot-imapd). That starts one for the "
            "whole machine as well, which nobody needs here: sudo systemctl disable --now dovecot"));
    if (other != NULL)
        ib_print_hint (
            _ ("Dovecot %s is installed, but these settings are 2.3's, and 2.4 does not read them."), other);
    if (self->place.imap_port != 0)
        g_print (_ ("Start it, now and whenever you log in:\n\n  %s\n"), start);
}

static void
tell_remarks (const IbReader *reader, IbReaderWay way)
{
    for (gsize i = 0; i < G_N_ELEMENTS (reader->remarks) && reader->remarks[i] != NULL; i++) {
        g_autofree char *text = ib_print_wrap (_ (reader->remarks[i]), ib_print_width () - 2, "  ");
        g_print ("· %s\n", text);
    }
    const char *needs = ib_reader_needs (reader, way);
    if (needs != NULL)
        g_print (_ ("· It needs: %s.\n"), needs);
}

static void
show_text (const Client *self, const IbReader *reader, const GPtrArray *files)
{
    g_autofree char *program = g_find_program_in_path (reader->program);
    g_autofree char *text = ib_reader_text (reader, &self->place);
    g_autofree char *file = file_of (self, reader);
    IbReaderWay way = ib_reader_way (reader, &self->place);
    g_print (way == IB_READER_MAILDIR
                 ? _ ("%s reads the Maildir%s.\n")
                 : _ ("%s reads your mail over IMAP, from a Dovecot on this machine%s.\n"),
             reader->title, program != NULL ? "" : _ (" (it is not installed here)"));
    for (guint i = 0; files != NULL && i < files->len; i++)
        tell_file (files->pdata[i]);
    if (files != NULL && files->len == 0)
        g_print (_ ("It is set up in its own window; nothing was written.\n"));
    if (way == IB_READER_IMAP && files != NULL)
        tell_dovecot (self);
    if (file != NULL && files != NULL) {
        g_autofree char *join = reader->join (file);
        if (reader->join_into != NULL)
            g_print (_ ("Add this line to %s:\n\n  %s\n\n"), reader->join_into, join);
        else
            g_print (_ ("Run this once:\n\n  %s\n\n"), join);
    } else {
        print_block (text);
    }
    tell_remarks (reader, way);
    if (files == NULL && (file != NULL || way == IB_READER_IMAP))
        ib_print_hint (
            way == IB_READER_IMAP && self->place.imap_port == 0
                ? _ ("“inbasket client %s --write” sets up that Dovecot, without root.")
                : _ ("“inbasket client %s --write” puts this into a file of its own, to be included."),
            reader->name);
}

/* --- writing -------------------------------------------------------------------------------------------------------------------- */

/* Elements: IbKeptFile. */
static GPtrArray *
write_files (Client *self, const IbReader *reader, GError **error)
{
    g_autoptr (GPtrArray) files = NULL;
    if (ib_reader_way (reader, &self->place) == IB_READER_IMAP)
        files = ib_local_imap_write (&self->imap, error);
    else
        files = ib_kept_files_new ();
    if (files == NULL)
        return NULL;
    look (self);
    g_autofree char *path = file_of (self, reader);
    g_autofree char *text = path != NULL ? ib_reader_text (reader, &self->place) : NULL;
    if (path != NULL && !ib_kept_file_save (path, reader->comment, text, files, error))
        return NULL;
    return g_steal_pointer (&files);
}

/* --- the command ------------------------------------------------------------------------------------------------------------------ */

static IbExit
run_for (Client *self, const char *name, bool writes)
{
    const IbReader *reader = ib_reader_find (name);
    if (reader == NULL) {
        ib_print_refusal (_ ("“inbasket client” lists them"), _ ("There is no help for a mail program “%s”"),
                          name);
        return IB_EXIT_USAGE;
    }
    if (!ib_quote_can (self->config->maildir)) {
        ib_print_refusal (_ ("Set maildir= in inbasket.conf to another"),
                          _ ("The Maildir's path has a character that no mail program's settings can say"));
        return IB_EXIT_CONFIG;
    }
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) files = writes ? write_files (self, reader, &error) : NULL;
    if (writes && files == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_SOME_FAILED;
    }
    if (self->cli->json)
        show_json (self, reader, files);
    else if (!self->cli->quiet || !writes)
        show_text (self, reader, files);
    return IB_EXIT_DONE;
}

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    gboolean writes = FALSE;
    const GOptionEntry entries[] = {
        { "write", 0, 0, G_OPTION_ARG_NONE, &writes,
          N_ ("Write a file to be included, or a local IMAP server's settings; never the program's own files"),
          NULL },
        { NULL },
    };
    if (!ib_command_parse (
            "client [NAME]",
            _ ("How to point a mail program at the Maildir. Without NAME it lists the programs."),
            "  inbasket client\n  inbasket client neomutt\n  inbasket client thunderbird --write", entries,
            &argc, &argv))
        return IB_EXIT_USAGE;
    if (argc > 2 || (argc == 1 && writes)) {
        ib_print_refusal (_ ("“inbasket client” lists them"),
                          _ ("“client” takes the name of one mail program"));
        return IB_EXIT_USAGE;
    }
    g_autoptr (GError) error = NULL;
    Client client;
    IbExit status = IB_EXIT_DONE;
    if (!client_open (&client, cli, &error)) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    if (argc == 1)
        list_clients (&client);
    else
        status = run_for (&client, argv[1], writes);
    client_close (&client);
    return status;
}

const IbCommand ib_command_client = { "client", N_ ("Point a mail program at the Maildir"), run };
