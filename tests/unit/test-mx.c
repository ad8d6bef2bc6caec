/* Which domains are asked for, what becomes of the answers, and how long they are good. The resolver is one of ours, since
 * a test asks no DNS server. */
#include "mx.h"

#include <glib/gstdio.h>
#include <string.h>

/* --- a resolver that knows three domains and counts its questions --- */

typedef struct {
    GResolver parent;
    GString *asked;
} TestResolver;
typedef struct {
    GResolverClass parent;
} TestResolverClass;
GType test_resolver_get_type (void);
G_DEFINE_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static const struct {
    const char *domain, *exchangers;
} zones[] = {
    { "own.net", "MX1.own.net. mx2.own.net" },
    { "hosted.net", "hosted-net.mail.protection.outlook.com" },
    { "nomail.net", "" },
};

static void
free_records (gpointer records)
{
    g_list_free_full (records, (GDestroyNotify) g_variant_unref);
}

static void
free_addresses (gpointer addresses)
{
    g_resolver_free_addresses (addresses);
}

static void
records_async (GResolver *resolver, const char *domain, GResolverRecordType type, GCancellable *cancellable,
               GAsyncReadyCallback callback, gpointer data)
{
    g_string_append_printf (((TestResolver *) resolver)->asked, "%s ", domain);
    GTask *task = g_task_new (resolver, cancellable, callback, data);
    g_assert_cmpint (type, ==, G_RESOLVER_RECORD_MX);
    const char *exchangers = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS (zones); i++)
        if (strcmp (zones[i].domain, domain) == 0)
            exchangers = zones[i].exchangers;
    g_auto (GStrv) hosts = g_strsplit (exchangers != NULL ? exchangers : "", " ", -1);
    GList *records = NULL;
    for (char **host = hosts; *host != NULL; host++)
        records = g_list_append (records, g_variant_ref_sink (g_variant_new ("(qs)", 10, *host)));
    if (exchangers == NULL && strcmp (domain, "down.net") == 0)
        g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_TEMPORARY_FAILURE, "no answer");
    else if (exchangers == NULL)
        g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such record");
    else
        g_task_return_pointer (task, records, free_records);
    g_object_unref (task);
}

static GList *
records_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

static void
name_async (GResolver *resolver, const char *host, GCancellable *cancellable, GAsyncReadyCallback callback,
            gpointer data)
{
    GTask *task = g_task_new (resolver, cancellable, callback, data);
    if (strcmp (host, "mx1.own.net") == 0)
        g_task_return_pointer (task, g_list_append (NULL, g_inet_address_new_from_string ("192.0.2.1")),
                               free_addresses);
    else
        g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such host");
    g_object_unref (task);
}

static void
test_resolver_init (TestResolver *self)
{
    self->asked = g_string_new (NULL);
}

static void
test_resolver_class_init (TestResolverClass *class)
{
    class->parent.lookup_records_async = records_async;
    class->parent.lookup_records_finish = records_finish;
    class->parent.lookup_by_name_async = name_async;
    class->parent.lookup_by_name_finish = records_finish;
}

/* --- a home with accounts --- */

typedef struct {
    TestResolver *resolver;
    IbPaths *paths;
    IbConfig config;
    IbProviders *providers;
} Home;

static void
add_account (IbConfig *config, const char *address)
{
    IbAccount *account = g_new0 (IbAccount, 1);
    account->address = g_strdup (address);
    account->aliases = g_new0 (char *, 1);
    g_ptr_array_add (config->accounts, account);
}

static void
home_open (Home *self, const char *addresses)
{
    self->resolver = g_object_new (test_resolver_get_type (), NULL);
    g_resolver_set_default (G_RESOLVER (self->resolver));
    g_autofree char *folder = g_dir_make_tmp ("ib-mx-XXXXXX", NULL);
    self->paths = ib_paths_new (folder);
    g_mkdir_with_parents (self->paths->state, 0700);
    self->config = (IbConfig){ .dns_lookups = IB_DNS_MX };
    self->config.accounts = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_account_free);
    g_auto (GStrv) list = g_strsplit (addresses, " ", -1);
    for (char **address = list; *address != NULL; address++)
        add_account (&self->config, *address);
    g_autofree char *table = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "data", "providers", NULL);
    const char *const folders[] = { table, NULL };
    self->providers = ib_providers_load (folders, NULL);
}

static void
home_close (Home *self)
{
    g_autofree char *file = g_build_filename (self->paths->state, "mx", NULL);
    g_remove (file);
    g_rmdir (self->paths->state);
    g_rmdir (self->paths->home);
    ib_paths_free (self->paths);
    ib_providers_free (self->providers);
    g_ptr_array_unref (self->config.accounts);
    g_string_free (self->resolver->asked, TRUE);
    g_object_unref (self->resolver);
}

static void
on_done (gpointer is_done)
{
    *(bool *) is_done = true;
}

static char *
refresh (Home *home)
{
    g_autoptr (IbMx) mx = ib_mx_new (home->paths, &home->config, home->providers);
    bool is_done = false;
    ib_mx_refresh (mx, on_done, &is_done);
    while (!is_done)
        g_main_context_iteration (NULL, TRUE);
    g_auto (GStrv) rows = ib_mx_rows (mx);
    return g_strjoinv (" | ", rows);
}

static const struct {
    const char *name, *addresses, *asked, *rows;
} cases[] = {
    { "own-domain", "anna@own.net", "own.net ", "own.net mx1.own.net mx2.own.net 192.0.2.1" },
    { "one-domain-is-asked-once", "anna@own.net bo@Own.net", "own.net ",
      "own.net mx1.own.net mx2.own.net 192.0.2.1" },
    { "provider-is-known-without-asking", "anna@gmail.com", "", "gmail.com .google.com .googlemail.com" },
    { "domain-with-a-provider", "anna@hosted.net", "hosted.net ",
      "hosted.net hosted-net.mail.protection.outlook.com .outlook.com .exchangelabs.com .office365.com "
      "2603:1000::/24 2a01:111::/32 40.92.0.0/15 40.107.0.0/16 52.100.0.0/14 104.47.0.0/17" },
    { "without-mx-it-is-itself", "anna@alone.net", "alone.net ", "alone.net alone.net" },
    { "null-mx", "anna@nomail.net", "nomail.net ", "" },
    { "no-answer", "anna@down.net", "down.net ", "" },
    { "kept-for-documents", "anna@example.org bo@x.test cy@mail.example.com dora@example", "", "" },
    { "ends-like-a-kept-one", "anna@anexample.org", "anexample.org ", "anexample.org anexample.org" },
    { "no-domain", "anna a@[192.0.2.1]", "", "" },
};

static void
test_case (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Home home;
    home_open (&home, cases[i].addresses);
    g_autofree char *rows = refresh (&home);
    g_assert_cmpstr (rows, ==, cases[i].rows);
    g_assert_cmpstr (home.resolver->asked->str, ==, cases[i].asked);

    g_autofree char *again = refresh (&home);
    g_assert_cmpstr (again, ==, cases[i].rows);
    g_assert_cmpstr (home.resolver->asked->str, ==, cases[i].asked);
    home_close (&home);
}

static void
test_not_with_dns_none (void)
{
    Home home;
    home_open (&home, "anna@own.net bo@gmail.com");
    home.config.dns_lookups = IB_DNS_NONE;
    g_autofree char *rows = refresh (&home);
    g_assert_cmpstr (rows, ==, "gmail.com .google.com .googlemail.com");
    g_assert_cmpstr (home.resolver->asked->str, ==, "");
    home_close (&home);
}

static void
test_old_answers_are_asked_again (void)
{
    static const struct {
        gint64 ago_s;
        const char *asked;
    } ages[] = { { 23 * 3600, "" }, { 25 * 3600, "own.net " }, { -3600, "own.net " } };
    for (gsize i = 0; i < G_N_ELEMENTS (ages); i++) {
        Home home;
        home_open (&home, "anna@own.net");
        g_autofree char *file = g_build_filename (home.paths->state, "mx", NULL);
        g_autofree char *text
            = g_strdup_printf ("[own.net]\nasked=%" G_GINT64_FORMAT "\nhosts=old.own.net\n",
                               g_get_real_time () / G_USEC_PER_SEC - ages[i].ago_s);
        g_assert_true (g_file_set_contents (file, text, -1, NULL));
        g_free (refresh (&home));
        g_assert_cmpstr (home.resolver->asked->str, ==, ages[i].asked);
        home_close (&home);
    }
}

static void
test_given_up (void)
{
    Home home;
    home_open (&home, "anna@own.net");
    bool is_done = false;
    IbMx *mx = ib_mx_new (home.paths, &home.config, home.providers);
    ib_mx_refresh (mx, on_done, &is_done);
    ib_mx_free (mx);
    while (g_main_context_iteration (NULL, FALSE))
        ;
    g_assert_false (is_done);
    home_close (&home);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/mx/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_case);
    }
    g_test_add_func ("/mx/not-with-dns-none", test_not_with_dns_none);
    g_test_add_func ("/mx/old-answers-are-asked-again", test_old_answers_are_asked_again);
    g_test_add_func ("/mx/given-up", test_given_up);
    return g_test_run ();
}
