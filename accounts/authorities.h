/* authorities.h - the certificates of a PEM bundle, each parsed only when a chain asks for it by name
 *
 * Of some 140 authorities that a system trusts a handshake needs one. OpenSSL parses them all, which takes longer than
 * the rest of a poll. Here a file is read whole, while files can be read, and only the subjects' names are taken apart;
 * what OpenSSL then finds is what it would have found with all of them in its store. */
#pragma once

#include "crypto.h"

#include <glib.h>
#include <stdbool.h>

struct x509_store_st;
typedef struct _IbAuthorities IbAuthorities;

IbAuthorities *ib_authorities_new (void);
void ib_authorities_free (IbAuthorities *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbAuthorities, ib_authorities_free)

/* False: it cannot be read, is damaged, or holds no certificate in PEM form. */
bool ib_authorities_add_file (IbAuthorities *self, const char *path);

/* A digest of them all, in their order. */
void ib_authorities_digest (const IbAuthorities *self, guint8 out_digest[IB_SHA256_BYTES]);

/* @store finds them from now on, and frees @self with itself, in every case. False: no memory. */
bool ib_authorities_serve (IbAuthorities *self, struct x509_store_st *store);
