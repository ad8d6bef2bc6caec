/* unprivileged.c - lets an ordinary user run a Postfix of his own
 *
 * Preloaded into the test server where its user is not root. Postfix insists on root, who may become anybody and give
 * files away; here everybody is root, and becoming another or giving away changes nothing: all stays the user's. */

#include <grp.h>
#include <sys/types.h>
#include <unistd.h>

/* clang-format off */
uid_t getuid (void) { return 0; }
uid_t geteuid (void) { return 0; }
gid_t getgid (void) { return 0; }
gid_t getegid (void) { return 0; }
int setuid (uid_t user) { return 0; }
int seteuid (uid_t user) { return 0; }
int setgid (gid_t group) { return 0; }
int setegid (gid_t group) { return 0; }
int setgroups (size_t count, const gid_t *groups) { return 0; }
int initgroups (const char *user, gid_t group) { return 0; }
int chown (const char *path, uid_t user, gid_t group) { return 0; }
int fchown (int file, uid_t user, gid_t group) { return 0; }
