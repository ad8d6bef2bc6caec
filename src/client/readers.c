/* readers.c - how to point each mail program at the Maildir */
#include "readers.h"
#include "quote.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- mutt and NeoMutt ------------------------------------------------------------------------------------------------ */

/* A folder's name may come out of mail, so that each is a quoted word before mutt sees it. */
static char *
mutt_text (const IbReaderPlace *place)
{
    g_autofree char *word = ib_quote_shell (place->maildir);
    g_autofree char *inner = ib_quote_shell_in_mutt (place->maildir);
    return g_strdup_printf (
        "set mbox_type=Maildir\n"
        "set folder=%s\n"
        "set spoolfile=%s\n"
        "# Folders begin with a dot, which the list of files hides else.\n"
        "set mask=\"\"\n"
        "# All folders, as they are when it starts.\n"
        "mailboxes `find %s \\( -name cur -o -name new -o -name tmp \\) -prune -name cur -print"
        " | sed -e 's|/cur$||' -e \"s/'/'\\\\\\\\''/g\" -e \"s/.*/'&'/\" | sort | tr '\\n' ' '`\n",
        word, word, inner);
}

static char *
mutt_join (const char *path)
{
    g_autofree char *word = ib_quote_shell (path);
    return g_strconcat ("source ", word, NULL);
}

/* --- aerc -------------------------------------------------------------------------------------------------------------- */

static char *
aerc_account (const IbReaderPlace *place, const char *source)
{
    return g_strdup_printf ("[Inbasket]\n"
                            "%s\n"
                            "default = INBOX\n"
                            "from = <%s>\n",
                            source, place->address != NULL ? place->address : "you@example.org");
}

static char *
aerc_maildir (const IbReaderPlace *place)
{
    g_autofree char *path = ib_quote_url_path (place->maildir);
    g_autofree char *source = g_strconcat ("source = maildirpp://", path, NULL);
    return aerc_account (place, source);
}

static char *
aerc_imap (const IbReaderPlace *place)
{
    g_autofree char *password = ib_quote_shell_plain (place->imap_password);
    g_autofree char *port
        = place->imap_port != 0 ? g_strdup_printf ("%u", place->imap_port) : g_strdup ("PORT");
    g_autofree char *source = g_strdup_printf ("source = imap+insecure://%s@127.0.0.1:%s\n"
                                               "source-cred-cmd = cat %s",
                                               place->imap_user, port, password);
    return aerc_account (place, source);
}

static char *
aerc_join (const char *path)
{
    g_autofree char *word = ib_quote_shell (path);
    return g_strdup_printf (
        "mkdir -p ~/.config/aerc && cat %s >> ~/.config/aerc/accounts.conf && chmod 600 ~/.config/aerc/accounts.conf", word);
}

/* --- notmuch ------------------------------------------------------------------------------------------------------------ */

static char *
notmuch_text (const IbReaderPlace *place)
{
    g_autofree char *path = ib_quote_key_file (place->maildir);
    return g_strdup_printf ("[database]\n"
                            "path=%s\n"
                            "[user]\n"
                            "primary_email=%s\n"
                            "[new]\n"
                            "tags=unread;inbox;\n"
                            "[maildir]\n"
                            "synchronize_flags=true\n",
                            path, place->address != NULL ? place->address : "you@example.org");
}

static char *
notmuch_join (const char *path)
{
    g_autofree char *word = ib_quote_shell (path);
    return g_strconcat ("export NOTMUCH_CONFIG=", word, NULL);
}

/* --- mu4e ---------------------------------------------------------------------------------------------------------------- */

static char *
mu_init (const IbReaderPlace *place)
{
    g_autofree char *maildir = ib_quote_shell (place->maildir);
    g_autofree char *address = place->address != NULL ? ib_quote_shell (place->address) : NULL;
    return g_strdup_printf ("mu init --maildir=%s%s%s && mu index", maildir,
                            address != NULL ? " --my-address=" : "", address != NULL ? address : "");
}

static char *
mu_text (const IbReaderPlace *place)
{
    g_autofree char *init = mu_init (place);
    const char *dot = place->is_fs ? "" : ".";
    return g_strdup_printf (";; Once, in a shell:\n"
                            ";;   %s\n"
                            ";; Inbasket has fetched it already; mu4e looks for what is new by itself.\n"
                            "(setq mu4e-get-mail-command \"true\"\n"
                            "      mu4e-update-interval 300\n"
                            "      mu4e-sent-folder \"/%sSent\"\n"
                            "      mu4e-drafts-folder \"/%sDrafts\"\n"
                            "      mu4e-trash-folder \"/%sTrash\"\n"
                            "      mu4e-refile-folder \"/%sArchive\")\n",
                            init, dot, dot, dot, dot);
}

static char *
mu_join (const char *path)
{
    g_autofree char *string = ib_quote_elisp (path);
    return g_strdup_printf ("(load %s)", string);
}

/* --- programs with windows ------------------------------------------------------------------------------------------------ */

static char *
evolution_maildir (const IbReaderPlace *place)
{
    return g_strdup_printf (
        _ ("Edit → Accounts → Add → Mail Account.\n"
           "Under “Receiving Email” take as server type “Maildir-format mail directories”,\n"
           "and as path: %s\n"),
        place->maildir);
}

/* What each of them asks for; @where leads to the place where it does, @after is what is to be looked at then. */
static char *
imap_steps (const IbReaderPlace *place, const char *where, const char *after)
{
    g_autofree char *port = place->imap_port != 0 ? g_strdup_printf ("%u", place->imap_port)
                                                  : g_strdup (_ ("chosen by --write"));
    return g_strdup_printf (_ ("%s\n"
                               "  protocol        IMAP\n"
                               "  server          127.0.0.1\n"
                               "  port            %s\n"
                               "  encryption      none: nothing leaves this machine\n"
                               "  authentication  password, plain\n"
                               "  user            %s\n"
                               "  password        in %s\n"
                               "%s\n"),
                            where, port, place->imap_user, place->imap_password, after);
}

static char *
evolution_imap (const IbReaderPlace *place)
{
    return imap_steps (place, _ ("Edit → Accounts → Add → Mail Account, “Receiving Email”:"),
                       _ ("Under “Receiving Options”, let it check for new mail in all folders."));
}

static char *
kmail_imap (const IbReaderPlace *place)
{
    return imap_steps (place,
                       _ ("Settings → Configure KMail → Accounts → Receiving → Add → IMAP E-Mail Server:"),
                       _ ("Under “Advanced”, set the encryption and the authentication by hand."));
}

static char *
claws_imap (const IbReaderPlace *place)
{
    return imap_steps (place, _ ("Configuration → Create New Account:"),
                       _ ("Then take the mark from “Show subscribed folders only” under “Receive”."));
}

static char *
thunderbird_imap (const IbReaderPlace *place)
{
    return imap_steps (
        place, _ ("New → Existing Mail Account → Configure manually:"),
        _ ("Then take the mark from “Show only subscribed folders” under Server Settings → Advanced,\n"
           "and let it check all folders for new mail."));
}

/* --- the table -------------------------------------------------------------------------------------------------------------- */

#define RAW_NAMES                                                                                            \
    N_ ("It shows folders by the names of their directories: .Work.Projects with layout=maildir++.")
#define KEEPS_FLAGS                                                                                          \
    N_ ("It keeps to the Maildir's flags: what is read, answered or flagged here is so everywhere.")
#define NEW_NAMES N_ ("What it moves gets another file name; Inbasket knows it again by its content.")

static const IbReader readers[] = {
    {
        .name = "mutt",
        .title = "Mutt",
        .program = "mutt",
        .file = "mutt.rc",
        .comment = "#",
        .maildir = mutt_text,
        .maildir_fs = mutt_text,
        .join = mutt_join,
        .join_into = "~/.muttrc",
        .remarks
        = { KEEPS_FLAGS, RAW_NAMES, N_ ("A folder that is made while it runs shows when it starts again.") },
    },
    {
        .name = "neomutt",
        .title = "NeoMutt",
        .program = "neomutt",
        .file = "neomutt.rc",
        .comment = "#",
        .maildir = mutt_text,
        .maildir_fs = mutt_text,
        .join = mutt_join,
        .join_into = "~/.neomuttrc",
        .remarks
        = { KEEPS_FLAGS, RAW_NAMES, N_ ("A folder that is made while it runs shows when it starts again.") },
    },
    {
        .name = "aerc",
        .title = "aerc",
        .program = "aerc",
        .file = "aerc.conf",
        .comment = "#",
        .maildir = aerc_maildir,
        .imap = aerc_imap,
        .stumbles = ":", /* it takes what is behind one for flags */
        .join = aerc_join,
        .remarks
        = { KEEPS_FLAGS,
            N_ ("Its maildir:// shows folders of layout=fs, but not the INBOX above them: there it takes IMAP.") },
    },
    {
        .name = "notmuch",
        .title = "notmuch",
        .program = "notmuch",
        .file = "notmuch.conf",
        .comment = "#",
        .maildir = notmuch_text,
        .maildir_fs = notmuch_text,
        .join = notmuch_join,
        .join_into = "~/.profile",
        .needs = N_ ("“notmuch new” after each delivery"),
        .remarks
        = { N_ ("The service runs it for you with after-delivery=notmuch new in inbasket.conf, [service]."),
            N_ ("It keeps flags and tags the same, both ways (synchronize_flags)."),
            N_ ("If you have a configuration of notmuch already, set database.path and "
                "maildir.synchronize_flags there with “notmuch config set”."),
            N_ ("alot and astroid, and what else reads through notmuch, need nothing more.") },
    },
    {
        .name = "mu4e",
        .other_name = "mu",
        .title = "mu4e",
        .program = "mu",
        .file = "mu4e.el",
        .comment = ";;",
        .maildir = mu_text,
        .maildir_fs = mu_text,
        .join = mu_join,
        .join_into = "~/.emacs.d/init.el",
        .needs = N_ ("“mu init” once; the file says how"),
        .remarks = { KEEPS_FLAGS, RAW_NAMES, N_ ("Of messages with one Message-ID it shows one.") },
    },
    {
        .name = "evolution",
        .title = "Evolution",
        .program = "evolution",
        .maildir = evolution_maildir,
        .imap = evolution_imap,
        .remarks
        = { N_ ("It erases the keyword letters (a to z) that other programs set; the usual flags it keeps."),
            N_ ("It leaves files of its own beside the folders, whose names begin with a dot and end in "
                ".cmeta or .ibex; Inbasket passes them over."),
            N_ ("Of layout=fs it does not see the folders: there it takes IMAP.") },
    },
    {
        .name = "kmail",
        .title = "KMail",
        .program = "kmail",
        .imap = kmail_imap,
        .remarks
        = { N_ ("Its own Maildir accounts show the INBOX and none of the folders below it."), NEW_NAMES },
    },
    {
        .name = "claws-mail",
        .other_name = "claws",
        .title = "Claws Mail",
        .program = "claws-mail",
        .imap = claws_imap,
        .remarks = { N_ ("It reads no Maildir."), NEW_NAMES },
    },
    {
        .name = "thunderbird",
        .title = "Thunderbird",
        .program = "thunderbird",
        .imap = thunderbird_imap,
        .remarks
        = { N_ ("What it calls Maildir keeps no flags in the files' names, and is none."), NEW_NAMES },
    },
    { .name = NULL },
};

const IbReader *
ib_readers (void)
{
    return readers;
}

const IbReader *
ib_reader_find (const char *name)
{
    for (const IbReader *reader = readers; reader->name != NULL; reader++)
        if (g_ascii_strcasecmp (reader->name, name) == 0
            || (reader->other_name != NULL && g_ascii_strcasecmp (reader->other_name, name) == 0))
            return reader;
    return NULL;
}

IbReaderWay
ib_reader_way (const IbReader *self, const IbReaderPlace *place)
{
    bool reads_layout = (place->is_fs ? self->maildir_fs : self->maildir) != NULL;
    bool stumbles = self->stumbles != NULL && strpbrk (place->maildir, self->stumbles) != NULL;
    return reads_layout && !stumbles ? IB_READER_MAILDIR : IB_READER_IMAP;
}

const char *
ib_reader_way_name (IbReaderWay way)
{
    switch (way) {
    case IB_READER_MAILDIR:
        return "maildir";
    case IB_READER_IMAP:
        return "imap";
    }
    g_assert_not_reached ();
}

const char *
ib_reader_needs (const IbReader *self, IbReaderWay way)
{
    if (way == IB_READER_IMAP)
        return _ ("Dovecot 2.3, which --write sets up");
    return self->needs != NULL ? _ (self->needs) : NULL;
}

char *
ib_reader_text (const IbReader *self, const IbReaderPlace *place)
{
    switch (ib_reader_way (self, place)) {
    case IB_READER_MAILDIR:
        return (place->is_fs ? self->maildir_fs : self->maildir) (place);
    case IB_READER_IMAP:
        return self->imap (place);
    }
    g_assert_not_reached ();
}
