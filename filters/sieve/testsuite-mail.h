/* testsuite-mail.h - mail that a test file makes: edited messages, and what actions would send
 *
 * Inbasket sends no mail. A test wants to look at what would have gone out, and so it is written as it would have been
 * (RFC 5322), into the outbox of the test file. */
#pragma once

#include "testsuite-private.h"

/* @message with @header in place of its own; NULL: as it came. Returns: (transfer full) */
GBytes *ib_testsuite_mail_edited (const IbMessage *message, const IbHeader *header);

/* Puts what @action sends into the outbox, if it sends anything: a redirect goes as it is, a refusal, an answer and a
 * notice are written; those that their RFCs forbid are not. */
void ib_testsuite_mail_send (IbTestsuite *self, const IbAction *action);

/* --- for those that write --- */

/* testsuite-answer.c: of vacation (RFC 5230). */
void ib_testsuite_answer_send (IbTestsuite *self, const IbAction *action);
/* testsuite-notice.c: of notify by mailto (RFC 5436). */
void ib_testsuite_notice_send (IbTestsuite *self, const IbAction *action);

/* A mail that is written: it has Date and Message-ID already. */
typedef struct _IbTestsuiteDraft IbTestsuiteDraft;
IbTestsuiteDraft *ib_testsuite_draft_new (IbTestsuite *self);
void ib_testsuite_draft_free (IbTestsuiteDraft *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbTestsuiteDraft, ib_testsuite_draft_free)
void ib_testsuite_draft_add (IbTestsuiteDraft *self, const char *name, const char *value);
/* @body begins with the empty line that ends the header, or with more fields. */
void ib_testsuite_draft_send (IbTestsuiteDraft *self, IbTestsuite *suite, const char *from, const char *to,
                              const char *body);

/* The text of the first field called so; NULL. Returns: (transfer full) */
char *ib_testsuite_mail_field (const IbTestsuite *self, const char *name);
/* Was the message under test made by a program? Then none may answer it (RFC 3834, 2). */
bool ib_testsuite_mail_is_automatic (const IbTestsuite *self);
bool ib_testsuite_mail_is_yes (const IbTestsuite *self, const char *key);
/* The address of the one whose filters are tested. */
const char *ib_testsuite_mail_user (const IbTestsuite *self);
/* Whom the setting @key makes the sender in an envelope. Returns: (transfer full) */
char *ib_testsuite_mail_sender (const IbTestsuite *self, const char *key, const char *otherwise);
