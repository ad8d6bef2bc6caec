/* setup-words.c - what every face of setup says alike */
#include "setup-words.h"
#include "fetch.h"

#include <glib/gi18n-lib.h>
#include <string.h>

const char *
ib_setup_words_step (const char *step)
{
    static const struct {
        const char *step, *name;
    } steps[] = {
        { "secret", N_ ("Password") },   { "resolve", N_ ("Name") },   { "connect", N_ ("Connection") },
        { "greeting", N_ ("Greeting") }, { "tls", N_ ("Encryption") }, { "capabilities", N_ ("Abilities") },
        { "sign-in", N_ ("Sign-in") },   { "count", N_ ("Mail") },     { "folder", N_ ("Folder") },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
        if (strcmp (steps[i].step, step) == 0)
            return _ (steps[i].name);
    return step;
}

const char *
ib_setup_words_remedy (const GError *error)
{
    if (g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_OFFLINE))
        return _ ("Are the server's name, its port and the protocol right, and is there a network?");
    if (g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_BUSY))
        return _ ("It may pass: try again in some minutes");
    if (g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER))
        return _ ("Is there a mail server of this protocol at that port?");
    if (g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_HERE))
        return _ (
            "The server was not asked: if a file is missing, install Inbasket again; else end some programs, since "
            "memory, processes or open files have run out");
    return NULL;
}
