/* keep-user.c - a program that root starts goes on as root
 *
 * Preloaded into fdm, which would fetch as a user that only the installed package makes, and who may enter no folder of a
 * test's. Whoever it asks for is who started it, and becoming that user changes nothing. */

#include <grp.h>
#include <pwd.h>
#include <sys/types.h>
#include <unistd.h>

/* clang-format off */
struct passwd *getpwnam (const char *name) { return getpwuid (getuid ()); }
int setresuid (uid_t real, uid_t effective, uid_t saved) { return 0; }
int setresgid (gid_t real, gid_t effective, gid_t saved) { return 0; }
int setuid (uid_t user) { return 0; }
int seteuid (uid_t user) { return 0; }
int setgid (gid_t group) { return 0; }
int setegid (gid_t group) { return 0; }
int setgroups (size_t count, const gid_t *groups) { return 0; }
int initgroups (const char *user, gid_t group) { return 0; }
