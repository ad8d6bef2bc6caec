/* test-authorities.c - what is found by name is what OpenSSL finds with everything in its store */
#include "authorities.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

static char *folder;

typedef struct {
    EVP_PKEY *key;
    X509 *certificate;
} Identity;

static void
extend (const Identity *self, const Identity *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx (&context, issuer != NULL ? issuer->certificate : self->certificate, self->certificate,
                    NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
    g_assert_nonnull (extension);
    X509_add_ext (self->certificate, extension, -1);
    X509_EXTENSION_free (extension);
}

/* One key and one certificate of the name @subject; its own issuer if @issuer is NULL. */
static Identity
make (const char *subject, const Identity *issuer)
{
    static long serial;
    Identity self = { EVP_EC_gen ("P-256"), X509_new () };
    X509_set_version (self.certificate, 2);
    ASN1_INTEGER_set (X509_get_serialNumber (self.certificate), ++serial);
    X509_gmtime_adj (X509_getm_notBefore (self.certificate), -3600);
    X509_gmtime_adj (X509_getm_notAfter (self.certificate), 3600);
    X509_NAME_add_entry_by_txt (X509_get_subject_name (self.certificate), "CN", MBSTRING_ASC,
                                (const guchar *) subject, -1, -1, 0);
    X509_set_issuer_name (self.certificate,
                          X509_get_subject_name (issuer != NULL ? issuer->certificate : self.certificate));
    X509_set_pubkey (self.certificate, self.key);
    extend (&self, issuer, NID_basic_constraints, issuer != NULL ? "CA:FALSE" : "critical,CA:TRUE");
    extend (&self, issuer, NID_subject_key_identifier, "hash");
    if (issuer != NULL)
        extend (&self, issuer, NID_authority_key_identifier, "keyid:always");
    g_assert_cmpint (X509_sign (self.certificate, issuer != NULL ? issuer->key : self.key, EVP_sha256 ()), >,
                     0);
    return self;
}

static void
clear (Identity *self)
{
    EVP_PKEY_free (self->key);
    X509_free (self->certificate);
}

/* Letters say what a file holds: r the root that signed, n one of the same name with another key, o one of another
 * name, l the leaf itself, T the root in OpenSSL's own form, k a key that is none of our business. */
static const struct {
    const char *name, *first, *second;
    bool is_believed;
} stores[] = {
    { "only", "r", NULL, true },
    { "among-others", "okro", NULL, true },
    { "same-name-before", "nr", NULL, true },
    { "same-name-after", "rn", NULL, true },
    { "same-name-in-two-files", "n", "r", true },
    { "twice", "rr", "r", true },
    { "own-form", "oT", NULL, true },
    { "leaf-itself", "ol", NULL, true },
    { "other-name", "o", NULL, false },
    { "same-name-only", "n", "o", false },
};

static char *
write_file (const char *name, const char *letters, const Identity *root, const Identity *twin,
            const Identity *other, const Identity *leaf)
{
    char *path = g_build_filename (folder, name, NULL);
    BIO *file = BIO_new_file (path, "w");
    BIO_puts (file, "# a comment, as bundles have them\n");
    for (; *letters != '\0'; letters++) {
        if (*letters == 'k')
            PEM_write_bio_PUBKEY (file, root->key);
        else if (*letters == 'T')
            PEM_write_bio_X509_AUX (file, root->certificate);
        else
            PEM_write_bio_X509 (file, (*letters == 'r'   ? root
                                       : *letters == 'n' ? twin
                                       : *letters == 'o' ? other
                                                         : leaf)
                                          ->certificate);
    }
    BIO_free (file);
    return path;
}

static bool
believes (X509_STORE *store, X509 *leaf)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new ();
    g_assert_cmpint (X509_STORE_CTX_init (context, store, leaf, NULL), ==, 1);
    X509_VERIFY_PARAM_set_flags (X509_STORE_CTX_get0_param (context), X509_V_FLAG_PARTIAL_CHAIN);
    bool is_believed = X509_verify_cert (context) == 1;
    X509_STORE_CTX_free (context);
    return is_believed;
}

static void
test_store (gconstpointer data)
{
    gsize n = GPOINTER_TO_SIZE (data);
    Identity root = make ("Root", NULL), twin = make ("Root", NULL), other = make ("Other", NULL);
    Identity leaf = make ("mail.example", &root);
    X509_STORE *lazy = X509_STORE_new (), *eager = X509_STORE_new ();
    IbAuthorities *authorities = ib_authorities_new ();
    const char *const files[] = { stores[n].first, stores[n].second };
    for (gsize i = 0; i < G_N_ELEMENTS (files) && files[i] != NULL; i++) {
        g_autofree char *path = write_file ("store.pem", files[i], &root, &twin, &other, &leaf);
        g_assert_true (ib_authorities_add_file (authorities, path));
        g_assert_cmpint (X509_STORE_load_file (eager, path), ==, 1);
    }
    g_assert_true (ib_authorities_serve (authorities, lazy));
    for (int turn = 0; turn < 2; turn++) /* the second finds it in the store */
        g_assert_cmpint (believes (lazy, leaf.certificate), ==, stores[n].is_believed);
    g_assert_cmpint (believes (eager, leaf.certificate), ==, stores[n].is_believed);
    X509_STORE_free (lazy);
    X509_STORE_free (eager);
    clear (&root);
    clear (&twin);
    clear (&other);
    clear (&leaf);
}

static const struct {
    const char *name, *text;
} bad[] = {
    { "missing", NULL },
    { "empty", "" },
    { "no-certificate", "a text about certificates\n" },
    { "not-base64", "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n" },
    { "not-der", "-----BEGIN CERTIFICATE-----\nAAAAAAAA\n-----END CERTIFICATE-----\n" },
    { "cut-der", "-----BEGIN CERTIFICATE-----\nMIIBCjCB\n-----END CERTIFICATE-----\n" },
    { "no-subject", "-----BEGIN CERTIFICATE-----\nMAQwAgUA\n-----END CERTIFICATE-----\n" },
    { "no-end", "-----BEGIN CERTIFICATE-----\nMAQwAgUA\n" },
};

static void
test_bad (gconstpointer data)
{
    gsize n = GPOINTER_TO_SIZE (data);
    g_autofree char *path = g_build_filename (folder, "bad.pem", NULL);
    (void) g_unlink (path);
    if (bad[n].text != NULL)
        g_assert_true (g_file_set_contents (path, bad[n].text, -1, NULL));
    g_autoptr (IbAuthorities) authorities = ib_authorities_new ();
    g_assert_false (ib_authorities_add_file (authorities, path));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    folder = g_dir_make_tmp ("ib-authorities-XXXXXX", NULL);
    g_assert_nonnull (folder);
    for (gsize i = 0; i < G_N_ELEMENTS (stores); i++) {
        g_autofree char *path = g_strdup_printf ("/authorities/store/%s", stores[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_store);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autofree char *path = g_strdup_printf ("/authorities/bad/%s", bad[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_bad);
    }
    int status = g_test_run ();
    const char *const names[] = { "store.pem", "bad.pem" };
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *path = g_build_filename (folder, names[i], NULL);
        (void) g_unlink (path);
    }
    (void) g_rmdir (folder);
    g_free (folder);
    return status;
}
