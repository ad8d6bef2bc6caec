/* Writes a message as it would be delivered: annotate FILE. For the tests that read it with other people's parsers. */
#include "judge.h"

#include <stdio.h>

int
main (int argc, char **argv)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    if (argc != 2 || !g_file_get_contents (argv[1], &bytes, &length, NULL))
        return 2;

    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_free (facts->id);
    facts->id = g_strdup ("17");
    g_free (facts->account);
    facts->account = g_strdup ("home");
    facts->annotates = true;
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, bytes, length, facts, false);

    for (guint i = 0; i < judgement->plan->segments->len; i++) {
        const IbSegment *segment = &g_array_index (judgement->plan->segments, IbSegment, i);
        const char *from
            = segment->literal != NULL ? g_bytes_get_data (segment->literal, NULL) : bytes + segment->offset;
        if (fwrite (from, 1, segment->length, stdout) != segment->length)
            return 1;
    }
    return fflush (stdout) == 0 ? 0 : 1;
}
