/* config.h - inbasket.conf and all accounts of a home
 *
 * One account's broken file is that account's error; the others go on. */
#pragma once

#include "account.h"
#include "folder.h"
#include "paths.h"

typedef enum { IB_NOTIFY_NONE, IB_NOTIFY_IMPORTANT, IB_NOTIFY_ALL } IbNotify;
typedef enum { IB_METERED_NORMAL, IB_METERED_PAUSE_LARGE, IB_METERED_PAUSE } IbMetered;
typedef enum { IB_SAVER_NORMAL, IB_SAVER_STRETCH, IB_SAVER_PAUSE } IbSaver;
typedef enum { IB_DNS_NONE, IB_DNS_MX } IbDnsLookups;

typedef struct {
    /* [delivery] */
    char *maildir;            /* absolute */
    IbLayout layout;
    bool annotates;
    bool deduplicates;
    /* [filter] */
    char **scripts;
    char *filters;            /* the folder of the user's own filters */
    char *lists;              /* the folder of the user's own lists, which need not be there */
    double spam_threshold;
    bool learns_from_moves;
    /* [trust] */
    char **relays, **authserv_ids;
    /* [privacy], [service] */
    IbDnsLookups dns_lookups;
    IbNotify notify;
    char *after_delivery;
    IbMetered on_metered;
    IbSaver on_battery_saver;

    GPtrArray *accounts;      /* IbAccount, by name */
    GPtrArray *broken;        /* IbBrokenAccount: files that do not parse */
} IbConfig;

typedef struct {
    char *name;
    GError *error;
} IbBrokenAccount;

typedef enum {
    IB_CONFIG_ERROR_PARSE,   /* inbasket.conf, or an account's file, must be mended first */
    IB_CONFIG_ERROR_SCRIPT,  /* there is no such filter, or it cannot be one */
    IB_CONFIG_ERROR_VALUE,   /* what was to be set is wrong; inbasket.conf is as it was, and right */
} IbConfigError;
#define IB_CONFIG_ERROR (ib_config_error_quark ())
GQuark ib_config_error_quark (void);

/* A missing inbasket.conf is all defaults. An error is about inbasket.conf itself ("FILE:LINE: …"). */
IbConfig *ib_config_load (const IbPaths *paths, GError **error);
/* The same, but filters that inbasket.conf names need not be there: for commands by which that is mended. */
IbConfig *ib_config_load_to_mend (const IbPaths *paths, GError **error);
/* NULL if there is none (or it is broken). */
const IbAccount *ib_config_account (const IbConfig *self, const char *name);
/* NULL if there is none, or it is sound. */
const IbBrokenAccount *ib_config_broken (const IbConfig *self, const char *name);
/* All accounts' addresses and aliases, lower case. Returns: (transfer full) */
char **ib_config_own_addresses (const IbConfig *self);
/* "anna+shop@example.org" is anna@example.org's; an address without a detail is itself. Returns: (transfer full) */
char *ib_config_without_detail (const char *address);
/* The scripts for @account, in order: its own list or the global one. */
const char *const *ib_config_scripts (const IbConfig *self, const IbAccount *account);
/* Whether @account's mail is filtered: it is to be, and there is a filter that would judge it. */
bool ib_config_is_protected (const IbConfig *self, const IbAccount *account);
/* The names of all filters that there are, the user's and the shipped ones, sorted; one that is in both stands once.
 * Returns: (transfer full) */
char **ib_config_list_scripts (const IbPaths *paths);
/* Where script @name is: filters/ first, then the shipped ones. Returns: (transfer full) (nullable) */
char *ib_config_find_script (const IbPaths *paths, const char *name, GError **error);
/* The text of script @name: filters/ first, then the shipped ones. Returns: (transfer full) (nullable) */
char *ib_config_read_script (const IbPaths *paths, const char *name, char **out_path, gsize *out_length,
                             GError **error);
/* The key table, for the man page's test: NULL-ended "group.key" names in the documented order. */
const char *const *ib_config_keys (void);
/* A key's value as plain text, that ib_config_set () takes; NULL if @key is unknown. Returns: (transfer full) */
char *ib_config_get_text (const IbConfig *self, const char *key);
/* A key of inbasket.conf ("filter.scripts"), and what it is to be. NULL removes the key, so that the default holds again;
 * "" is a value: the empty list. */
typedef struct {
    const char *key, *value;
} IbConfigChange;
/* Makes all of them, or none: comments kept, atomically, if the whole is right then. */
bool ib_config_change (const IbPaths *paths, const IbConfigChange *changes, gsize n_changes, GError **error);
/* The same with one. */
bool ib_config_set (const IbPaths *paths, const char *key, const char *value, GError **error);
/* Removes an account's file, be it broken; G_FILE_ERROR_NOENT if there is none. All else of it stays: its mail, what the
 * journal knows, its password. */
bool ib_config_remove_account (const IbPaths *paths, const char *name, GError **error);
void ib_config_free (IbConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbConfig, ib_config_free)
