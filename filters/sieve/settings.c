/* settings.c - the settings that Inbasket itself has */
#include "settings.h"
#include "mail-limits.h"

#define DAY_S (24 * 3600)

const IbSieveSettings ib_sieve_settings = {
    .most_script_bytes = IB_LIMIT_SCRIPT_BYTES,
    .most_actions = IB_LIMIT_ACTIONS,
    .most_redirects = IB_LIMIT_REDIRECTS,
    .include_depth = IB_LIMIT_INCLUDE_DEPTH,
    .include_count = IB_LIMIT_INCLUDES,
    .most_variables = IB_LIMIT_VARIABLES,
    .most_variable_bytes = IB_LIMIT_VARIABLE_BYTES,
    .delimiters = "+",
    .most_added_field_bytes = IB_LIMIT_ADDED_FIELD_BYTES,
    .duplicate_default_s = 7 * DAY_S,
    .duplicate_most_s = IB_LIMIT_MARK_SECONDS,
    .vacation_least_s = DAY_S,
    .vacation_default_s = 7 * DAY_S,
};
