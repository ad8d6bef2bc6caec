/* servers.h - what is remembered of each account's server from one poll to the next
 *
 * What a server offered goes into a file of the cache, so that the next session need not ask again, and so does what its
 * line is like, by which that decides whether to compress; a ticket, by which
 * the next session's TLS resumes this one's, stays in memory. All of it only saves time: none of it may be there, and
 * none decides what is trusted. What was learned of another host, port, security or user is not this server's. */
#pragma once

#include "fetch.h"

typedef struct _IbServers IbServers;

/* A file that is not there, or is damaged: nothing is known yet. */
IbServers *ib_servers_load (const char *path);
/* Writes what has changed; that it cannot be written is no error to anybody. */
void ib_servers_save (IbServers *self);

/* For IbFetchRequest; NULL: nothing is known. Valid until the next call about @account. */
const char *ib_servers_offers (const IbServers *self, const IbAccount *account);
const IbSecret *ib_servers_ticket (const IbServers *self, const IbAccount *account);

/* As measured in the last day before @now_s (a laptop moves on); all 0: nothing is known. */
IbServerLine ib_servers_line (const IbServers *self, const IbAccount *account, gint64 now_s);

/* "" forgets. Where the server is not what it was, it may compress again. */
void ib_servers_note_offers (IbServers *self, const IbAccount *account, const char *offers);
void ib_servers_note_ticket (IbServers *self, const IbAccount *account, IbSecret *ticket);
void ib_servers_note_line (IbServers *self, const IbAccount *account, const IbServerLine *line, gint64 now_s);
/* A session over it failed before it was signed in: what was known may be why. The line is not. */
void ib_servers_forget (IbServers *self, const IbAccount *account);
/* It does not bear it, or may not, if more goes out behind a sign-in that is not answered. Good for a day. */
void ib_servers_note_trouble (IbServers *self, const IbAccount *account, gint64 now_s);
bool ib_servers_had_trouble (const IbServers *self, const IbAccount *account, gint64 now_s);

void ib_servers_free (IbServers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbServers, ib_servers_free)
