/* settings.h - what an administrator could set elsewhere: limits and policies of compiling and running
 *
 * Inbasket itself has only ib_sieve_settings; test scripts may set others. Copy it, change the copy. */
#pragma once

#include <glib.h>

/* A field of the message in which somebody else's filter left its opinion, for spamtest or virustest (RFC 5235). */
typedef struct {
    const char *field;   /* its name */
    const char *pattern; /* a regular expression whose first group is the status; NULL: the whole value */
    enum {
        IB_SCORE_NUMBER, /* the status is a number, of .most */
        IB_SCORE_LENGTH, /* as many characters as it has, of .most */
        IB_SCORE_TEXT,   /* one of .texts */
    } kind;
    double most;              /* the status that is surely spam; 0: from .most_field */
    const char *most_field;   /* NULL: .most it is */
    const char *most_pattern; /* as .pattern */
    const char *texts[11];    /* by the value that each stands for; NULL: none does */
} IbScoreSource;

typedef struct {
    gsize most_script_bytes;
    guint most_actions, most_redirects;
    guint include_depth, include_count;
    guint most_variables;
    gsize most_variable_bytes;
    const char *delimiters; /* between the user and the detail of an address, each of these characters */

    /* Names of fields that editheader leaves alone, beside those that it must; NULL-terminated; NULL: none. */
    const char *const *may_not_add, *const *may_not_delete;
    gsize most_added_field_bytes;

    guint64 duplicate_default_s, duplicate_most_s;
    guint64 vacation_least_s, vacation_default_s, vacation_most_s; /* most: 0 is no limit */

    const IbScoreSource *spam, *virus; /* NULL: the verdict; nobody tested */
} IbSieveSettings;

extern const IbSieveSettings ib_sieve_settings;
