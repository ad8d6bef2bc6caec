/* main.c - inbasket-gtk: the window */
#include "application.h"
#include "face.h"
#include "paths.h"
#include "types.h"

#include <glib/gi18n-lib.h>
#include <locale.h>

int
main (int argc, char **argv)
{
    ib_types_register ();
    setlocale (LC_ALL, "");
    bindtextdomain (GETTEXT_PACKAGE, ib_paths_translations ());
    bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
    textdomain (GETTEXT_PACKAGE);
    ib_face_be (IB_FACE_WINDOW);
    g_autoptr (IbApplication) application = ib_application_new ();
    return g_application_run (G_APPLICATION (application), argc, argv);
}
