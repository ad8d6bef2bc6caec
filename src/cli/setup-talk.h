/* setup-talk.h - a conversation in plain lines, while the main loop turns
 *
 * A question is a line; "b" goes back, "q" leaves, Enter takes what stands in brackets. Nothing is drawn over, so that it
 * reads well aloud, over ssh and in a script's log. */
#pragma once

#include "command.h"
#include "setup.h"

typedef enum { IB_TALK_ANSWER, IB_TALK_BACK, IB_TALK_QUIT } IbTalkOutcome;

typedef struct {
    const IbCli *cli;
    IbSetup *setup;
    GString *input; /* typed, and not yet read */
    bool is_over;   /* nobody types any more */
    bool is_interrupted;
    guint shown; /* of the setup's lines */
    char *link;  /* that was shown */
} IbTalk;

/* The line that is typed, without blanks around it, or @suggestion for an empty one; NULL unless @out_outcome is ANSWER.
 * Returns: (transfer full) (nullable) */
char *ib_talk_ask (IbTalk *self, const char *question, const char *suggestion, IbTalkOutcome *out_outcome);
/* Only with an ANSWER *out_yes is set. */
IbTalkOutcome ib_talk_ask_yes (IbTalk *self, const char *question, bool suggestion, bool *out_yes);
/* A number from 1 to @count; 0 with an outcome that is no ANSWER. */
guint ib_talk_ask_number (IbTalk *self, const char *question, guint suggestion, guint count,
                          IbTalkOutcome *out_outcome);
/* Sets the model's @field to what is answered; says what is wrong with it and asks again. */
IbTalkOutcome ib_talk_ask_field (IbTalk *self, const char *field, const char *question);
/* The same of a field that is yes or no. */
IbTalkOutcome ib_talk_ask_field_yes (IbTalk *self, const char *field, const char *question);
void ib_talk_set_yes (IbTalk *self, const char *field, bool is_yes);
/* Until the model is not busy, or on another page; shows its lines and its link, and takes "b", "q" and the address that a
 * browser ended at. */
IbTalkOutcome ib_talk_wait (IbTalk *self);
/* Until it is known what GNOME is signed in to. False: nobody waits any more. */
bool ib_talk_wait_for_online (IbTalk *self);
/* Until it is known where a password can be kept; false: nobody waits for that any more. */
bool ib_talk_wait_for_places (IbTalk *self);
/* The link that the model waits for, once. */
void ib_talk_show_link (IbTalk *self);
/* A sentence made safe, on a line of its own. */
void ib_talk_say (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* What went wrong with the page's work, and what can be done about it. */
void ib_talk_say_trouble (IbTalk *self);
/* Begins the page's work once more. */
IbTalkOutcome ib_talk_again (IbTalk *self);

/* One page: shows it, asks, sets its fields. ANSWER: it is to be left forwards. */
IbTalkOutcome ib_setup_show_page (IbTalk *self);

/* `setup --answers FILE`: without a person. @secrets: a password is read from standard input for each account that needs
 * one. */
IbExit ib_setup_run_answers (IbTalk *self, const char *path, bool has_secrets);
