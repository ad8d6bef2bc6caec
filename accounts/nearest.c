/* nearest.c - the known word that a mistyped one was meant to be */
#include "nearest.h"

#include <stdbool.h>
#include <string.h>

/* A longer word is no slip of the finger. */
#define LONGEST_WORD 64

/* What other mail programs call the same thing. */
static const struct {
    const char *said, *meant;
} synonyms[] = {
    { "yes", "true" },
    { "on", "true" },
    { "1", "true" },
    { "no", "false" },
    { "off", "false" },
    { "0", "false" },
    { "ssl", "tls" },
    { "imaps", "tls" },
    { "ssl/tls", "tls" },
    { "plain", "none" },
    { "stls", "starttls" },
    { "imap4", "imap" },
    { "pop", "pop3" },
    { "pop3s", "pop3" },
    { "server", "host" },
    { "hostname", "host" },
    { "username", "user" },
    { "login", "user" },
    { "email", "address" },
    { "password", "secret" },
    { "passwordeval", "secret" },
    { "passcmd", "secret" },
    { "mailboxes", "folders" },
    { "patterns", "folders" },
    { "tls", "security" },
    { "encryption", "security" },
    { "idle", "push" },
    { "threshold", "spam-threshold" },
    { "certificate", "ca-file" },
    { "cafile", "ca-file" },
    { "tls_fingerprint", "fingerprint" },
    { "mail", "maildir" },
    { "path", "maildir" },
    { "dns", "dns-lookups" },
};

static bool
is_known (const char *word, const char *const *known)
{
    return word != NULL && g_strv_contains (known, word);
}

static const char *
find_synonym (const char *word, const char *const *known)
{
    for (gsize i = 0; i < G_N_ELEMENTS (synonyms); i++)
        if (strcmp (synonyms[i].said, word) == 0 && is_known (synonyms[i].meant, known))
            return synonyms[i].meant;
    return NULL;
}

/* Letters to change, add, drop or swap with their neighbour until @a is @b. */
static guint
distance (const char *a, const char *b)
{
    gsize a_length = strlen (a), b_length = strlen (b);
    if (a_length > LONGEST_WORD || b_length > LONGEST_WORD)
        return G_MAXUINT;

    guint rows[3][LONGEST_WORD + 1];
    guint *older = rows[0], *old = rows[1], *row = rows[2];
    for (gsize j = 0; j <= b_length; j++)
        old[j] = (guint) j;

    for (gsize i = 1; i <= a_length; i++) {
        row[0] = (guint) i;
        for (gsize j = 1; j <= b_length; j++) {
            guint differs = a[i - 1] != b[j - 1];
            row[j] = MIN (MIN (old[j], row[j - 1]) + 1, old[j - 1] + differs);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = MIN (row[j], older[j - 2] + 1);
        }
        guint *free_row = older;
        older = old;
        old = row;
        row = free_row;
    }
    return old[b_length];
}

const char *
ib_nearest (const char *word, const char *const *known)
{
    g_autofree char *lower = g_ascii_strdown (word, -1);
    const char *synonym = find_synonym (lower, known);
    if (synonym != NULL)
        return synonym;

    const char *best = NULL;
    guint least = (guint) MIN (MAX (strlen (lower) / 3, 1), 3);
    for (gsize i = 0; known[i] != NULL; i++) {
        guint letters = distance (lower, known[i]);
        if (letters <= least && (best == NULL || letters < least)) {
            best = known[i];
            least = letters;
        }
    }
    return best;
}
