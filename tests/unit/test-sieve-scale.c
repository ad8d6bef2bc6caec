/* The largest scripts: twice the size takes at most three times as long to compile, whatever they are made of. CPU time of
 * this process, the least of some tries, so that a busy machine does not count. */
#include "mail-limits.h"
#include "sieve.h"

#include <string.h>
#include <time.h>

#define TRIES 5
/* Below it allocating large pieces is the measure, not the compiler. */
#define LEAST_US 60000

/* @before, then @repeated as often as there is room, with "%u" its number, then @after. */
typedef struct {
    const char *name, *before, *repeated, *after;
    bool is_wrong; /* does not compile, and says so */
} Shape;

static const Shape shapes[] = {
    { "rules", "require \"fileinto\";\n",
      "if header :contains \"Subject\" \"word %u\" { fileinto \"Folder%u\"; stop; }\n", "" },
    { "fields", "", "if exists \"X-Field-%u\" { discard; }\n", "" },
    { "one-list", "if header \"Subject\" [\"x\"", ",\"key %u\"", "] { discard; }" },
    { "one-list-of-patterns", "if header :matches \"Subject\" [\"x\"", ",\"*a*?%u*b*\"", "] { discard; }" },
    { "one-list-of-fields", "if header [\"x\"", ",\"X-%u\"", "] \"y\" { discard; }" },
    { "one-pattern", "if header :matches \"Subject\" \"", "*a?b%u", "\" { discard; }" },
    { "regexes", "require \"regex\"; if header :regex \"Subject\" [\"x\"", ",\"^(a+|b%u)$\"",
      "] { discard; }" },
    { "one-string", "require \"variables\"; set \"a\" \"", "text %u ", "\";" },
    { "one-text", "require \"variables\"; set \"a\" text:\n", "..a line of text %u\n", ".\n;" },
    { "comments", "", "# a line of comment %u\n/* and another */", "" },
    { "one-comment", "/*", " * %u\n", "*/ keep;" },
    { "requires", "", "require [\"fileinto\", \"variables\", \"relational\"];\n", "" },
    { "require-list", "require [\"fileinto\"", ",\"fileinto\"", "];" },
    { "variables", "require \"variables\";", "set \"a\" \"${a}%u\";\n", "" },
    { "references", "require \"variables\"; set \"b\" \"", "${a}${1}$", "\";" },
    { "encoded", "require [\"variables\", \"encoded-character\"]; set \"b\" \"",
      "${hex: 41 42}${unicode:2603}$ ", "\";" },
    { "tests", "if anyof (true", ",\nnot header :is \"x\" \"%u\"", ") { discard; }" },
    { "elsifs", "if false { keep; }", "elsif size :over %u { discard; }\n", "" },
    { "nested-tests", "", "if not not not not not not not not not not not not not not not true { keep; }\n",
      "" },
    { "nested-blocks", "", "if true{if true{if true{if true{if true{if true{if true{if true{keep;}}}}}}}}\n",
      "" },
    { "flags", "require \"imap4flags\"; addflag [\"x\"", ",\"flag%u\"", "];" },
    { "addresses", "", "if address :domain :is [\"From\",\"To\"] \"example%u.org\" { keep; }\n", "" },
    { "wrong-commands", "", "nonsense %u;\n", "", true },
    { "wrong-fields", "if address [\"From\"", ",\"X-%u\"", "] \"y\" { discard; }", true },
    { "wrong-tags", "", "keep :nonsense%u;\n", "", true },
    { "semicolons", "", ";", "", true },
    { "brackets", "keep ", "[", "", true },
    { "parentheses", "if ", "anyof (", "", true },
    { "braces", "", "if true {", "", true },
    { "open-string", "keep \"", "text %u\n", "", true },
    { "dollars", "require \"variables\"; set \"a\" \"", "${", "\";" },
    { "garbage", "", "@!%u", "", true },
};

static GString *
write_script (const Shape *shape, gsize size)
{
    GString *script = g_string_sized_new (size);
    g_string_append (script, shape->before);
    for (guint i = 0; script->len + strlen (shape->repeated) + strlen (shape->after) + 24 < size; i++) {
        g_auto (GStrv) parts = g_strsplit (shape->repeated, "%u", -1);
        g_string_append (script, parts[0]);
        for (gsize part = 1; parts[part] != NULL; part++)
            g_string_append_printf (script, "%u%s", i, parts[part]);
    }
    g_string_append (script, shape->after);
    return script;
}

static gint64
cpu_us (void)
{
    struct timespec now;
    clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
    return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static gint64
time_of (const Shape *shape, gsize size, guint tries)
{
    g_autoptr (GString) script = write_script (shape, size);
    gint64 least = G_MAXINT64;
    for (guint i = 0; i < tries; i++) {
        g_autoptr (GPtrArray) diagnostics = NULL;
        gint64 began = cpu_us ();
        g_autoptr (IbProgram) program
            = ib_sieve_compile ("t", script->str, script->len, NULL, &diagnostics, NULL);
        least = MIN (least, cpu_us () - began);
        g_assert_true ((program == NULL) == shape->is_wrong);
        g_assert_cmpuint (diagnostics->len, <=, IB_LIMIT_DIAGNOSTICS + 1);
    }
    return least;
}

/* What is fast enough whatever half of it takes is tried once. A busy machine spoils the caches of one and not of the other: it
 * gets more tries. */
static void
grows_with_its_size (gconstpointer data)
{
    const Shape *shape = data;
    gint64 half = 0, whole = time_of (shape, IB_LIMIT_SCRIPT_BYTES, 1);
    for (guint attempt = 0; attempt < 3 && whole > 3 * MAX (half, LEAST_US); attempt++) {
        gint64 again = time_of (shape, IB_LIMIT_SCRIPT_BYTES / 2, TRIES);
        half = attempt == 0 ? again : MIN (half, again);
        whole = MIN (whole, time_of (shape, IB_LIMIT_SCRIPT_BYTES, TRIES));
    }
    g_test_message ("%d ms, then %d ms", (int) (half / 1000), (int) (whole / 1000));
    g_assert_cmpint (whole, <=, 3 * MAX (half, LEAST_US));
}

static void
larger_ones_are_refused (void)
{
    g_autoptr (GString) script = write_script (&shapes[0], IB_LIMIT_SCRIPT_BYTES * 2);
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_sieve_compile ("t", script->str, script->len, NULL, NULL, &error));
    g_assert_error (error, IB_SIEVE_ERROR, IB_SIEVE_ERROR_COMPILE);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++) {
        g_autofree char *path = g_strconcat ("/sieve/scale/", shapes[i].name, NULL);
        g_test_add_data_func (path, &shapes[i], grows_with_its_size);
    }
    g_test_add_func ("/sieve/scale/larger-ones-are-refused", larger_ones_are_refused);
    return g_test_run ();
}
