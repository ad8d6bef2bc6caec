/* classify-batch.c - `inbasket classify --batch`: a line in, a line out
 *
 *     classify PATH         ─▶ score 0.973121 spam
 *     train spam|ham PATH   ─▶ ok
 *     what cannot be done   ─▶ error …
 *
 * Each answer comes at once, for a program that waits for it. Lessons are written down together: when no line comes for a
 * while, and at the latest after some hundreds of them. */
#include "classify-shared.h"
#include "lines.h"
#include "loan.h"
#include "print.h"
#include "tutor.h"

#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define QUIET_MS 100
#define LESSONS_AT_MOST 500

typedef struct {
    IbTutor *tutor;
    const IbPaths *paths;
    IbLoan *loan; /* taken with the first lesson */
    bool has_home;
    bool any_failed;
    char *told; /* the last notice */
} Batch;

/* --- answers ----------------------------------------------------------------------------------------------------- */

/* False: nobody listens any more. */
static bool
say (const char *answer)
{
    return fputs (answer, stdout) >= 0 && putchar ('\n') >= 0 && fflush (stdout) == 0;
}

static bool
say_error (Batch *self, const char *why)
{
    g_autofree char *safe = ib_print_safe (why, 0);
    g_autofree char *answer = g_strconcat ("error ", safe, NULL);
    self->any_failed = true;
    return say (answer);
}

/* Of a damaged table, which is read with the first message, or a damaged journal. */
static void
tell_notice (Batch *self)
{
    const char *notice = ib_tutor_notice (self->tutor);
    if (notice == NULL || g_strcmp0 (notice, self->told) == 0)
        return;
    g_free (self->told);
    self->told = g_strdup (notice);
    ib_print_hint ("%s", notice);
}

/* --- questions --------------------------------------------------------------------------------------------------- */

static bool
classify (Batch *self, const char *path)
{
    g_autoptr (GError) error = NULL;
    char answer[64], score[G_ASCII_DTOSTR_BUF_SIZE];
    const IbJudgement *judgement = ib_tutor_classify (self->tutor, path, &error);
    if (judgement == NULL)
        return say_error (self, error->message);
    const IbVerdict *verdict = judgement->verdict;
    (void) g_ascii_formatd (score, sizeof score, "%.6f", ib_verdict_likeness (verdict));
    (void) g_snprintf (answer, sizeof answer, "score %s %s", score, ib_verdict_name (verdict->kind));
    return say (answer);
}

static bool
train (Batch *self, const char *path, bool is_spam)
{
    g_autoptr (GError) error = NULL;
    self->has_home = self->has_home || ib_loan_take (self->paths, self->loan, &error);
    if (!self->has_home || !ib_tutor_teach (self->tutor, path, is_spam, &error))
        return say_error (self, error->message);
    return say ("ok");
}

static bool
answer (Batch *self, const char *line, gsize length)
{
    static const struct {
        const char *words;
        bool is_lesson, is_spam;
    } questions[] = {
        { "classify ", false, false },
        { "train spam ", true, true },
        { "train ham ", true, false },
    };
    if (strlen (line) != length)
        return say_error (self, _ ("there is a NUL in the line"));
    for (gsize i = 0; i < G_N_ELEMENTS (questions); i++) {
        gsize begin = strlen (questions[i].words);
        if (strncmp (line, questions[i].words, begin) != 0 || line[begin] == '\0')
            continue;
        if (strcmp (line + begin, "-") == 0)
            return say_error (self, _ ("standard input has the lines: give a file"));
        return questions[i].is_lesson ? train (self, line + begin, questions[i].is_spam)
                                      : classify (self, line + begin);
    }
    return say_error (self, _ ("neither “classify PATH” nor “train spam PATH” nor “train ham PATH”"));
}

/* False: what was taught cannot be written down, which was said. */
static bool
write_down (Batch *self, bool is_end)
{
    g_autoptr (GError) error = NULL;
    if (is_end ? ib_tutor_close (self->tutor, &error) : ib_tutor_commit (self->tutor, &error))
        return true;
    ib_print_error (_ ("What was taught since cannot be written down: %s"), error->message);
    return false;
}

/* False: as above. */
static bool
converse (Batch *self)
{
    g_autoptr (IbLines) lines = ib_lines_new (STDIN_FILENO);
    for (bool is_heard = true; is_heard;) {
        const char *line;
        gsize length;
        guint pending = ib_tutor_pending (self->tutor);
        if (pending >= LESSONS_AT_MOST && !write_down (self, false))
            return false;
        switch (ib_lines_next (lines, pending > 0 ? QUIET_MS : -1, &line, &length)) {
        case IB_LINE_READ:
            is_heard = answer (self, line, length);
            tell_notice (self);
            break;
        case IB_LINE_TOO_LONG:
            is_heard = say_error (self, _ ("the line is too long"));
            break;
        case IB_LINE_QUIET:
            if (!write_down (self, false))
                return false;
            break;
        case IB_LINE_END:
            is_heard = false;
            break;
        }
    }
    return write_down (self, true);
}

IbExit
ib_classify_batch (const IbCli *cli, const IbConfig *config, const IbAccount *account)
{
    g_auto (IbLoan) loan = { NULL };
    g_autoptr (IbTutor) tutor = ib_tutor_new (cli->paths, config, account);
    Batch batch = { .tutor = tutor, .paths = cli->paths, .loan = &loan };
    /* Whoever leaves without a word still wants his lessons kept, and that he left is no failure. */
    signal (SIGPIPE, SIG_IGN);
    bool is_kept = converse (&batch);
    clearerr (stdout);
    tell_notice (&batch);
    g_free (batch.told);
    if (!is_kept)
        return IB_EXIT_STORE;
    return batch.any_failed ? IB_EXIT_SOME_FAILED : IB_EXIT_DONE;
}
