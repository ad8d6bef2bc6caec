/* Feeds every file of the folders on the command line, and every beginning of the small ones, to a fuzz target. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

/* Longer files are fed whole only. */
#define CUT_BYTES 1500

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

/* In memory of exactly its size, so that a sanitizer sees a read beyond it. */
static void
feed (const char *bytes, gsize length)
{
    g_autofree char *copy = g_memdup2 (bytes, length);
    (void) LLVMFuzzerTestOneInput ((const uint8_t *) copy, length);
}

static void
feed_file (const char *path)
{
    g_autofree char *bytes = NULL;
    gsize length;
    if (!g_file_get_contents (path, &bytes, &length, NULL))
        return;
    feed (bytes, length);
    for (gsize cut = 0; length <= CUT_BYTES && cut < length; cut++)
        feed (bytes, cut);
}

int
main (int argc, char **argv)
{
    guint count = 0;
    for (int i = 1; i < argc; i++) {
        g_autoptr (GDir) folder = g_dir_open (argv[i], 0, NULL);
        g_assert_nonnull (folder);
        for (const char *name; (name = g_dir_read_name (folder)) != NULL; count++) {
            g_autofree char *path = g_build_filename (argv[i], name, NULL);
            feed_file (path);
        }
    }
    return count > 0 ? 0 : 1;
}
