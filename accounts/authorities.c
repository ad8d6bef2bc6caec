/* authorities.c - the certificates of a PEM bundle, each parsed only when a chain asks for it by name */
#include "authorities.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <string.h>

typedef struct {
    X509_NAME *subject;
    guint8 *der;
    long length;
    bool has_uses; /* OpenSSL's own form, with what it is trusted for behind it */
} Authority;

struct _IbAuthorities {
    GPtrArray *list; /* Authority */
};

static void
authority_free (gpointer data)
{
    Authority *self = data;
    X509_NAME_free (self->subject);
    OPENSSL_free (self->der);
    g_free (self);
}

IbAuthorities *
ib_authorities_new (void)
{
    IbAuthorities *self = g_new (IbAuthorities, 1);
    self->list = g_ptr_array_new_with_free_func (authority_free);
    return self;
}

void
ib_authorities_free (IbAuthorities *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->list);
    g_free (self);
}

/* --- reading ------------------------------------------------------------------------------------------------- */

/* Goes into the value at @p, or past it. False: nothing of that kind is there. */
static bool
step (const guint8 **p, const guint8 *end, int wanted, bool is_into)
{
    const guint8 *at = *p;
    long length = 0;
    int tag = 0, class = 0;
    int form = ASN1_get_object (&at, &length, &tag, &class, end - at);
    if ((form & 0x81) != 0 || (class | tag) != wanted)
        return false;
    *p = is_into ? at : at + length;
    return true;
}

/* Certificate = SEQUENCE { SEQUENCE { [0] version, serialNumber, signature, issuer, validity, subject ...  RFC 5280, 4.1 */
static X509_NAME *
read_subject (const guint8 *der, long length)
{
    const guint8 *p = der, *end = der + length;
    if (!step (&p, end, V_ASN1_SEQUENCE, true) || !step (&p, end, V_ASN1_SEQUENCE, true))
        return NULL;
    (void) step (&p, end, V_ASN1_CONTEXT_SPECIFIC | 0, false); /* the first version has none */
    if (!step (&p, end, V_ASN1_INTEGER, false) || !step (&p, end, V_ASN1_SEQUENCE, false)
        || !step (&p, end, V_ASN1_SEQUENCE, false) || !step (&p, end, V_ASN1_SEQUENCE, false))
        return NULL;
    return d2i_X509_NAME (NULL, &p, end - p);
}

/* Takes over @der. */
static bool
add (IbAuthorities *self, guint8 *der, long length, bool has_uses)
{
    Authority *authority = g_new (Authority, 1);
    *authority = (Authority){ read_subject (der, length), der, length, has_uses };
    g_ptr_array_add (self->list, authority);
    return authority->subject != NULL;
}

/* The next block of the file; true if there was one, and it was no damaged certificate. */
static bool
add_next (IbAuthorities *self, BIO *file)
{
    char *name = NULL, *header = NULL;
    guint8 *bytes = NULL;
    long length = 0;
    if (PEM_read_bio (file, &name, &header, &bytes, &length) != 1)
        return false;
    bool is_plain = strcmp (name, PEM_STRING_X509) == 0 || strcmp (name, PEM_STRING_X509_OLD) == 0;
    bool has_uses = strcmp (name, PEM_STRING_X509_TRUSTED) == 0;
    bool is_good = true;
    if (is_plain || has_uses)
        is_good = add (self, g_steal_pointer (&bytes), length, has_uses);
    OPENSSL_free (name);
    OPENSSL_free (header);
    OPENSSL_free (bytes);
    return is_good;
}

bool
ib_authorities_add_file (IbAuthorities *self, const char *path)
{
    BIO *file = BIO_new_file (path, "r");
    guint before = self->list->len;
    ERR_clear_error ();
    while (file != NULL && add_next (self, file))
        continue;
    bool is_whole = ERR_GET_REASON (ERR_peek_last_error ()) == PEM_R_NO_START_LINE;
    ERR_clear_error ();
    BIO_free (file);
    return file != NULL && is_whole && self->list->len > before;
}

void
ib_authorities_digest (const IbAuthorities *self, guint8 out_digest[IB_SHA256_BYTES])
{
    g_autoptr (GByteArray) all = g_byte_array_new ();
    for (guint i = 0; i < self->list->len; i++) {
        const Authority *authority = self->list->pdata[i];
        const guint8 head[]
            = { authority->has_uses, (guint8) (authority->length >> 8), (guint8) authority->length };
        g_byte_array_append (all, head, sizeof head);
        g_byte_array_append (all, authority->der, (guint) authority->length);
    }
    ib_crypto_sha256 (all->data, all->len, out_digest);
}

/* --- finding ------------------------------------------------------------------------------------------------- */

static X509 *
parse (const Authority *authority)
{
    const guint8 *p = authority->der;
    return authority->has_uses ? d2i_X509_AUX (NULL, &p, authority->length)
                               : d2i_X509 (NULL, &p, authority->length);
}

/* Puts every certificate of that name into the store, where OpenSSL looks for the best of them, and shows it the
 * first. */
static int
find_by_subject (X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name, X509_OBJECT *found)
{
    const IbAuthorities *self = X509_LOOKUP_get_method_data (lookup);
    bool has_found = false;
    for (guint i = 0; type == X509_LU_X509 && i < self->list->len; i++) {
        const Authority *authority = self->list->pdata[i];
        if (X509_NAME_cmp (authority->subject, name) != 0)
            continue;
        X509 *certificate = parse (authority);
        if (certificate == NULL)
            continue;
        if (X509_STORE_add_cert (X509_LOOKUP_get_store (lookup), certificate) == 1 && !has_found) {
            has_found = X509_OBJECT_set1_X509 (found, certificate) == 1;
            /* The store's reference is enough: who asked adds one of its own. */
            if (has_found)
                X509_free (certificate);
        }
        X509_free (certificate);
    }
    return has_found;
}

static void
forget (X509_LOOKUP *lookup)
{
    ib_authorities_free (X509_LOOKUP_get_method_data (lookup));
}

static X509_LOOKUP_METHOD *
method (void)
{
    static X509_LOOKUP_METHOD *made;
    if (g_once_init_enter (&made)) {
        X509_LOOKUP_METHOD *each = X509_LOOKUP_meth_new ("authorities by name");
        if (each == NULL || X509_LOOKUP_meth_set_get_by_subject (each, find_by_subject) != 1
            || X509_LOOKUP_meth_set_free (each, forget) != 1)
            g_error ("No memory for a way to look up certificates");
        g_once_init_leave (&made, each);
    }
    return made;
}

bool
ib_authorities_serve (IbAuthorities *self, X509_STORE *store)
{
    X509_LOOKUP *lookup = X509_STORE_add_lookup (store, method ());
    if (lookup == NULL) {
        ib_authorities_free (self);
        return false;
    }
    X509_LOOKUP_set_method_data (lookup, self);
    return true;
}
