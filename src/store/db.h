/* db.h - the one SQLite connection of a journal
 *
 * Statements are compiled once and kept. Every error carries the path and SQLite's words, in the journal's own
 * codes. Values are bound by a type letter each: i a gint64, t a text (NULL is NULL), h an id of 32 hex digits kept as
 * 16 bytes, d a double (NAN is NULL), b a GBytes (NULL is NULL). */
#pragma once

#include "journal.h"

#include <sqlite3.h>

typedef enum { IB_DB_WRITE, IB_DB_READ } IbDbMode;

typedef struct _IbDb IbDb;

/* IB_DB_WRITE makes a missing file (0600) and looks through one whose last writer did not end well.
 * IB_DB_READ: G_IO_ERROR_NOT_FOUND if there is none. */
IbDb *ib_db_open (const char *path, IbDbMode mode, GError **error);
void ib_db_close (IbDb *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbDb, ib_db_close)

/* What is wrong with it, all of it read; "ok" if nothing. NULL: nobody can tell. Returns: (transfer full) (nullable) */
char *ib_db_check (IbDb *self, GError **error);
/* For tests that look on. */
sqlite3 *ib_db_handle (IbDb *self);
/* Texts of our own without parameters, several statements perhaps. */
bool ib_db_run (IbDb *self, const char *sql, GError **error);
/* One statement to its end. @sql is a literal: it is the key under which the compiled statement is kept. */
bool ib_db_do (IbDb *self, GError **error, const char *sql, const char *types, ...);
/* Rows changed by the last ib_db_do (). */
int ib_db_changes (IbDb *self);
gint64 ib_db_last_row (IbDb *self);

/* A statement with rows: ib_db_next () until false, then *error says whether it was the end. Left before its end, it
 * needs ib_db_end (). */
sqlite3_stmt *ib_db_query (IbDb *self, GError **error, const char *sql, const char *types, ...);
bool ib_db_next (IbDb *self, sqlite3_stmt *rows, GError **error);
void ib_db_end (sqlite3_stmt *rows);
/* Columns. Texts: (transfer full), "" for NULL, but for ib_db_nullable (). */
char *ib_db_text (sqlite3_stmt *rows, int column);
char *ib_db_nullable (sqlite3_stmt *rows, int column);
/* NAN for NULL. */
double ib_db_double (sqlite3_stmt *rows, int column);
/* Empty for NULL. Returns: (transfer full) */
GBytes *ib_db_bytes (sqlite3_stmt *rows, int column);
/* *out_id: IB_ID_LENGTH hex digits and NUL; "" for NULL. */
void ib_db_id (sqlite3_stmt *rows, int column, char *out_id);
/* The first column of the first row; @otherwise if there is none, or none could be read: for what is only shown. */
gint64 ib_db_number (IbDb *self, gint64 otherwise, const char *sql, const char *types, ...);
/* The same; *out_number is 0 if there is none. False: none could be read. */
bool ib_db_read_number (IbDb *self, gint64 *out_number, GError **error, const char *sql, const char *types,
                        ...);

/* Whether there is a row; false without error if not. */
bool ib_db_has (IbDb *self, GError **error, const char *sql, const char *types, ...);

/* The transaction that gathers what is not durable yet: begun if there is none. */
bool ib_db_begin (IbDb *self, GError **error);
/* Nothing to commit is no error. On error all since the begin is undone. */
bool ib_db_commit (IbDb *self, GError **error);
void ib_db_roll_back (IbDb *self);
/* For a moment in which nobody waits: where the log has become long, commits and folds it back. What is committed behind
 * that is written over what the log held, and is durable sooner than what makes a file longer. */
bool ib_db_fold (IbDb *self, GError **error);
/* For whoever stays, at such a moment: the log is long enough from now on that commits are written over what is there. One
 * that makes the file longer waits for the file system's books, too, and they for the data of a message that is synced
 * beside it. */
void ib_db_make_room (IbDb *self);
/* The same for whoever is about to commit some @pages, and as many again soon: durable with that commit. */
void ib_db_make_room_for (IbDb *self, guint pages);
/* Sets @error for a failure that SQLite did not see. Returns false. */
bool ib_db_fail (const IbDb *self, int number, GError **error);
