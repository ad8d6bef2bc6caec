/* learn-shared.c - what the commands about the classifier share */
#include "learn-shared.h"
#include "print.h"

IbHome *
ib_learn_open_home (const IbCli *cli, const IbConfig *config, IbExit *out_status)
{
    g_autoptr (GError) error = NULL;
    IbHome *home = ib_home_open (cli->paths, config, g_get_real_time (), &error);
    if (home == NULL) {
        bool is_busy = g_error_matches (error, IB_HOME_ERROR, IB_HOME_ERROR_BUSY);
        *out_status = is_busy ? IB_EXIT_BUSY : IB_EXIT_STORE;
        ib_print_error ("%s", error->message);
        return NULL;
    }
    if (home->notice != NULL)
        ib_print_hint ("%s", home->notice);
    return home;
}
