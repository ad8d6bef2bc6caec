/* skeleton.c - what a name looks like */
#include "skeleton.h"

#include <string.h>
#include <unicode/uspoof.h>

/* A name of 253 bytes grows to a few times that at most. */
#define SKELETON_MAX_BYTES 2048

static gpointer
checker_new (gpointer unused)
{
    UErrorCode status = U_ZERO_ERROR;
    USpoofChecker *checker = uspoof_open (&status);
    return U_SUCCESS (status) ? checker : NULL;
}

char *
ib_skeleton (const char *host)
{
    static GOnce once = G_ONCE_INIT;
    const USpoofChecker *checker = g_once (&once, checker_new, NULL);
    g_autofree char *shown = g_hostname_to_unicode (host);
    const char *text = shown != NULL ? shown : host;

    char skeleton[SKELETON_MAX_BYTES];
    UErrorCode status = U_ZERO_ERROR;
    if (checker == NULL)
        return g_strdup (host);
    int32_t length = uspoof_getSkeletonUTF8 (checker, 0, text, (int32_t) strlen (text), skeleton,
                                             sizeof skeleton, &status);
    if (U_FAILURE (status) || length < 0 || (gsize) length >= sizeof skeleton)
        return g_strdup (host);
    return g_strndup (skeleton, (gsize) length);
}
