/* heard-filters.h - what the service says of filters, as values again
 *
 * Of documents with one JSON object a line, what is no object is passed over. What is not there is "" or 0. Texts may hold what
 * came with mail, or what somebody wrote: whoever shows them makes them safe. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* An account that has the filter in a list of its own. */
typedef struct {
    char *account;
    guint64 place; /* in that list, from 1 */
} IbHeardPlace;

typedef struct {
    char *name;
    char *about; /* what it does, in its own words */
    bool is_active, is_there, is_own, hides_shipped, is_sound, has_test;
    GPtrArray *accounts; /* IbHeardPlace */
} IbHeardFilter;
void ib_heard_filter_free (IbHeardFilter *self);

/* The answer to Filters; IbHeardFilter elements, the active ones first, in their order. Returns: (transfer full) */
GPtrArray *ib_heard_filters_read (const char *document);
/* The names that @account has in its own list, in their order. Returns: (transfer full) */
char **ib_heard_filters_of_account (const GPtrArray *filters, const char *account);
/* Those with a list of their own, sorted. Returns: (transfer full) */
char **ib_heard_filters_accounts (const GPtrArray *filters);

/* What ReplaceFilter and WithdrawFilter want to know a text by that was read; NULL: there was none. Returns: (transfer full) */
char *ib_heard_filters_seen (const char *text);

/* Something to be said of a filter's text. */
typedef struct {
    char *file;         /* the filter's name, or where the one is that it includes */
    guint line, column; /* from 1, the column in characters; 0: no place */
    bool is_error;
    char *message;
} IbHeardFault;

/* The answer to CheckFilter; IbHeardFault elements. Returns: (transfer full) */
GPtrArray *ib_heard_faults_read (const char *document);

/* A message that came out otherwise. */
typedef struct {
    char *from, *subject;
} IbHeardTried;
void ib_heard_tried_free (IbHeardTried *self);

typedef struct {
    char *from, *to; /* folders; .to is what is done instead where it would be in none ("discard") */
    char *flags;     /* "+\Seen" */
    char *rule;
    guint64 count;
    GPtrArray *examples; /* IbHeardTried */
} IbHeardChange;

/* Of a rule ("always.sieve:12"): so many messages it decides about; of these so many come out otherwise. */
typedef struct {
    char *rule;
    guint64 count, changed;
} IbHeardTally;

typedef struct {
    guint64 messages, changed, failed;
    GPtrArray *rules;   /* IbHeardTally */
    GPtrArray *changes; /* IbHeardChange */
} IbHeardTrial;

/* The answer to ReplayFilter. Returns: (transfer full) (nullable) */
IbHeardTrial *ib_heard_trial_read (const char *document, GError **error);
void ib_heard_trial_free (IbHeardTrial *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbHeardTrial, ib_heard_trial_free)

typedef struct {
    char *name;
    char *reason; /* why it failed; "" if it passed */
} IbHeardTest;

/* The answer to TestFilter; IbHeardTest elements. Returns: (transfer full) */
GPtrArray *ib_heard_tests_read (const char *document);
