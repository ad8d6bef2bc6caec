/* arrival.c - how a message that is here came */
#include "arrival.h"
#include "imap-name.h"
#include "standing.h"

#include <string.h>
#include <time.h>

static void
set_time (IbFacts *facts, gint64 at)
{
    time_t seconds = (time_t) (at / G_USEC_PER_SEC);
    struct tm local;
    facts->now = at;
    if (localtime_r (&seconds, &local) != NULL)
        facts->utc_offset_s = (gint32) local.tm_gmtoff;
}

static void
set_account (const IbArrivals *self, const IbArrival *arrival, IbFacts *facts)
{
    const IbAccount *account = ib_config_account (self->config, arrival->account);
    g_autofree char *folder = ib_imap_name_to_utf8 (arrival->mailbox);
    if (account != NULL) {
        ib_known_add_account (self->known, account, facts);
        ib_facts_set_text (&facts->account_folder, ib_account_expand_folder (account, folder));
    } else { /* it was removed since */
        ib_facts_set_text (&facts->account, g_strdup (arrival->account));
    }
    ib_facts_set_text (&facts->server_folder, g_strdup (folder));
}

void
ib_arrivals_sharpen (const IbArrivals *self, const char *id, IbFacts *facts)
{
    IbArrival arrival = { 0 };
    bool is_known
        = *id != '\0' && self->journal != NULL && ib_history_arrival (self->journal, id, &arrival, NULL);
    set_time (facts, is_known ? arrival.at : facts->received_at_s * G_USEC_PER_SEC);
    if (is_known && self->account == NULL)
        set_account (self, &arrival, facts);
    ib_arrival_clear (&arrival);
}

void
ib_arrivals_sharpen_file (const IbArrivals *self, const char *path, IbFacts *facts)
{
    char id[IB_ID_LENGTH + 1] = "";
    const char *slash = strrchr (path, '/');
    (void) ib_standing_read_id (slash != NULL ? slash + 1 : path, id);
    ib_arrivals_sharpen (self, id, facts);
}
