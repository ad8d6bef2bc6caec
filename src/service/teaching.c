/* teaching.c - what a judgement with an example is good for beside its verdict */
#include "teaching.h"
#include "digest.h"

#include <string.h>

char *
ib_teaching_key (const IbJudgement *judgement)
{
    gsize length = 0;
    const char *features = g_bytes_get_data (judgement->example->features, &length);
    if (judgement->twin_key != NULL)
        return g_strdup (judgement->twin_key);
    g_autoptr (IbDigest) digest = ib_digest_new ();
    ib_digest_add (digest, features, length);
    return ib_digest_finish (digest);
}

bool
ib_teaching_note_recipients (IbJournal *journal, char *const *recipients, gint64 at, GError **error)
{
    for (; *recipients != NULL; recipients++) {
        gsize length = strcspn (*recipients, " ");
        g_autofree char *address = g_strndup (*recipients, length);
        const char *name = *recipients + length + ((*recipients)[length] == ' ');
        if (!ib_people_note (journal, address, name, at, error))
            return false;
    }
    return true;
}
