/* command.h - what every command of `inbasket` is
 *
 * A command is a const row; main.c has the table and knows nothing else of them. A command parses its own options with
 * ib_command_parse (), which also answers --help, and returns one of IbExit. */
#pragma once

#include "paths.h"

#include <gio/gio.h>
#include <stdbool.h>

/* The exit statuses that inbasket(1) promises; scripts rely on them. */
typedef enum {
    IB_EXIT_DONE = 0,
    IB_EXIT_SOME_FAILED = 1, /* some account or message failed, the rest is done */
    IB_EXIT_USAGE = 2,
    IB_EXIT_CONFIG = 3,      /* the configuration does not parse */
    IB_EXIT_STORE = 4,       /* the Maildir or the journal cannot be written */
    IB_EXIT_BUSY = 5,        /* another Inbasket works on this home */
    IB_EXIT_UNREACHABLE = 6, /* no account could be reached or signed in to */
} IbExit;

/* The options that every command has. */
typedef struct {
    IbPaths *paths;
    bool json, quiet, verbose;
    bool has_progress; /* a terminal, and not switched off */
} IbCli;

typedef struct {
    const char *name;
    const char *summary; /* a line in `inbasket --help` */
    /* argv[0] is the command's name. */
    IbExit (*run) (const IbCli *cli, int argc, char **argv);
} IbCommand;

/* Parses @entries out of @argc and @argv. @usage is "account add NAME", @summary a sentence or two, @examples lines of
 * "  inbasket …". False: something was wrong, was said, and IB_EXIT_USAGE is due. --help does not return. */
bool ib_command_parse (const char *usage, const char *summary, const char *examples,
                       const GOptionEntry *entries, int *argc, char ***argv);

/* A command made of others ("account add"): runs the one that argv[1] names, or says which there are. @commands ends
 * with a NULL name. */
IbExit ib_command_run_sub (const IbCli *cli, const char *name, const char *summary, const IbCommand *commands,
                           int argc, char **argv);

extern const IbCommand ib_command_account;
extern const IbCommand ib_command_classify;
extern const IbCommand ib_command_client;
extern const IbCommand ib_command_doctor;
extern const IbCommand ib_command_eval;
extern const IbCommand ib_command_filter;
extern const IbCommand ib_command_learn;
extern const IbCommand ib_command_log;
extern const IbCommand ib_command_report;
extern const IbCommand ib_command_service;
extern const IbCommand ib_command_setup;
extern const IbCommand ib_command_status;
extern const IbCommand ib_command_sync;
extern const IbCommand ib_command_undo;
extern const IbCommand ib_command_why;
