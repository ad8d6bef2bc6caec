/* toasts.c - words that pass by themselves, for whoever looks later than a person would
 *
 * The window says what it has done for a few seconds; a test on a busy machine may look when that is over. So in the program as it is
 * built, which knows nothing of it, what is told stays until it is pressed away or something else is told: this is preloaded. */
#include <adwaita.h>
#include <dlfcn.h>

void
adw_toast_overlay_add_toast (AdwToastOverlay *overlay, AdwToast *toast)
{
    typedef void (*Add) (AdwToastOverlay *overlay, AdwToast *toast);
    Add add = (Add) dlsym (RTLD_NEXT, "adw_toast_overlay_add_toast");
    adw_toast_set_timeout (toast, 0);
    adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
    add (overlay, toast);
}

__attribute__ ((constructor)) static void
be_there (void)
{
    g_unsetenv ("LD_PRELOAD"); /* what the program runs is no window */
}
