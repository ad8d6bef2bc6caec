/* sieve.c - what our engine needs for a folder of messages, in this process: bench-sieve MODE SCRIPT FOLDER ROUNDS
 *
 *     files   each message's file is opened, mapped, parsed and run through the script
 *     memory  the same without the files: they were read before
 *     judge   as "files", and all else that judging does: verdict, twin key, edit list
 *
 * Prints one line of JSON; its seconds are CPU seconds of the rounds, nothing else. */
#include "judge.h"
#include "mail-limits.h"
#include "sieve.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    const char *mode;
    IbProgram *program;
    IbJudge *judge;
    IbFacts *facts;
    IbVerdict *verdict;
    GPtrArray *paths;
    GPtrArray *contents; /* GBytes, of "memory" */
    guint64 bytes, kept, failed;
} Bench;

static G_NORETURN void
die (const char *what)
{
    perror (what);
    exit (1);
}

static double
cpu_seconds (void)
{
    struct timespec now;
    clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static void
run (Bench *self, const char *bytes, gsize length)
{
    self->bytes += length;
    if (strcmp (self->mode, "judge") == 0) {
        g_autoptr (IbJudgement) judgement = ib_judge_message (self->judge, bytes, length, self->facts, false);
        self->kept += *judgement->rule == '\0';
        self->failed += judgement->error != NULL;
        return;
    }
    g_autoptr (IbMessage) message = ib_message_new (bytes, length);
    g_autoptr (IbPlan) plan = ib_plan_new ();
    guint64 steps = IB_LIMIT_STEPS;
    const IbSieveContext context = { .facts = self->facts, .verdict = self->verdict, .steps = &steps };
    IbSieveOutcome outcome = { 0 };
    ib_sieve_run (self->program, message, &context, plan, &outcome);
    self->kept += outcome.keeps_implicitly;
    self->failed += outcome.error != NULL;
    ib_sieve_outcome_clear (&outcome);
}

static void
run_file (Bench *self, const char *path)
{
    struct stat st;
    int fd = open (path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat (fd, &st) != 0)
        die (path);
    gsize length = (gsize) st.st_size;
    void *bytes = length > 0 ? mmap (NULL, length, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    if (bytes == MAP_FAILED)
        die (path);
    close (fd);
    run (self, bytes, length);
    if (bytes != NULL)
        munmap (bytes, length);
}

static void
run_all (Bench *self)
{
    for (guint i = 0; i < self->paths->len; i++) {
        if (self->contents == NULL) {
            run_file (self, self->paths->pdata[i]);
            continue;
        }
        gsize length;
        const char *bytes = g_bytes_get_data (self->contents->pdata[i], &length);
        run (self, bytes, length);
    }
}

static GPtrArray *
list (const char *folder)
{
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    if (dir == NULL)
        die (folder);
    GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
    const char *name;
    while ((name = g_dir_read_name (dir)) != NULL)
        g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
    return paths;
}

static GPtrArray *
load (const GPtrArray *paths)
{
    GPtrArray *contents = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
    for (guint i = 0; i < paths->len; i++) {
        char *bytes = NULL;
        gsize length = 0;
        if (!g_file_get_contents (paths->pdata[i], &bytes, &length, NULL))
            die (paths->pdata[i]);
        g_ptr_array_add (contents, g_bytes_new_take (bytes, length));
    }
    return contents;
}

static void
prepare (Bench *self, const char *script, const char *folder)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    g_autoptr (GError) error = NULL;
    const char *const names[] = { "bench.sieve", NULL };
    if (!g_file_get_contents (script, &text, &length, &error))
        die (script);
    self->judge = ib_judge_new ();
    self->program = ib_sieve_compile (names[0], text, length, NULL, NULL, &error);
    if (self->program == NULL || !ib_judge_add_script (self->judge, names[0], text, length, &error)) {
        fprintf (stderr, "%s\n", error->message);
        exit (1);
    }
    self->facts = ib_facts_new ();
    g_strfreev (self->facts->scripts);
    self->facts->scripts = g_strdupv ((char **) names);
    self->facts->annotates = true;
    self->verdict = ib_verdict_new (IB_VERDICT_UNSURE, NAN);
    self->paths = list (folder);
    if (strcmp (self->mode, "memory") == 0)
        self->contents = load (self->paths);
}

int
main (int argc, char **argv)
{
    if (argc != 5) {
        fputs ("usage: bench-sieve files|memory|judge SCRIPT FOLDER ROUNDS\n", stderr);
        return 2;
    }
    Bench self = { .mode = argv[1] };
    guint rounds = (guint) strtoul (argv[4], NULL, 10);
    prepare (&self, argv[2], argv[3]);
    run_all (&self); /* once to warm up: pages and caches */
    self.bytes = self.kept = self.failed = 0;

    double began = cpu_seconds ();
    for (guint i = 0; i < rounds; i++)
        run_all (&self);
    double seconds = cpu_seconds () - began;
    printf ("{\"mode\": \"%s\", \"messages\": %u, \"bytes\": %" G_GUINT64_FORMAT
            ", \"kept\": %" G_GUINT64_FORMAT ", \"failed\": %" G_GUINT64_FORMAT ", \"cpu_s\": %.4f}\n",
            self.mode, rounds * self.paths->len, self.bytes, self.kept, self.failed, seconds);

    ib_program_free (self.program);
    ib_judge_free (self.judge);
    ib_facts_free (self.facts);
    ib_verdict_free (self.verdict);
    g_ptr_array_unref (self.paths);
    if (self.contents != NULL)
        g_ptr_array_unref (self.contents);
    return self.failed == 0 ? 0 : 1;
}
