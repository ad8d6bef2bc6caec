/* filter-editor-private.h - the inside that the editor's files share
 *
 * filter-editor.c is the window, with its text and what is wrong with it; filter-editor-file.c what becomes of the file. */
#pragma once

#include "filter-clash.h"
#include "filter-editor.h"
#include "filter-faults.h"

struct _IbFilterEditor {
    AdwWindow parent;

    IbLink *link;
    char *name;
    bool is_there, is_own, is_active, hides_shipped, has_test;
    char *seen;    /* what the service may replace or remove: the text that we know the file to hold */
    guint pause;   /* until what is typed is checked; 0: nothing is to be */
    guint edition; /* of the text: an answer about an earlier one is late */
    guint saved;   /* the edition that the file has; what the buffer calls modified is not told of all changes */
    bool is_closing, is_saving;
    bool takes_parent;   /* the window below is to be closed as well */
    GtkWindow *question; /* weak: whether what was written is saved; NULL: that is not asked */
    IbFilterClash clash; /* what somebody else's text is in the way of */
    char *other;         /* that text; NULL: the file is gone */
    IbFilterFaults *wrong;
    AdwWindowTitle *heading;
    GtkRevealer *note_part;
    GtkLabel *note, *state;
    GtkTextView *view;
    GtkTextBuffer *buffer;
    GtkWidget *faults_part, *toasts;
    GtkListBox *faults;
};

/* --- what the service is asked for ---------------------------------------------------------------------------------- */

typedef struct _IbFilterEditorAsked IbFilterEditorAsked;
/* @answer: NULL: it failed, as @error says. Only called while somebody is there to see it. */
typedef void (*IbFilterEditorHeard) (IbFilterEditor *self, IbFilterEditorAsked *asked, GVariant *answer,
                                     const GError *error);
/* Until the answer. */
struct _IbFilterEditorAsked {
    IbFilterEditor *editor;
    IbFilterEditorHeard heard;
    guint edition; /* as it was when the user asked */
    char *seen;    /* what .seen is once that is done; NULL: as it is */
};

/* @arguments: floating. @text: what the file will hold once that is done; NULL: what it holds. */
void ib_filter_editor_ask_service (IbFilterEditor *self, const char *method, GVariant *arguments, const char *reply,
                           IbFilterEditorHeard heard, const char *text);
/* What else is needed for that which @asked was about. */
void ib_filter_editor_ask_on (const IbFilterEditorAsked *asked, const char *method, GVariant *arguments,
                              const char *reply, IbFilterEditorHeard heard);
/* The answer of ReadFilter. NULL: it cannot be read, which has been said. (transfer full) */
char *ib_filter_editor_hear_text (IbFilterEditor *self, GVariant *answer, const GError *error);
/* The file holds @text now; NULL: there is none. */
void ib_filter_editor_take_seen (IbFilterEditor *self, const char *text);
/* Somebody else has changed what it is. */
void ib_filter_editor_look_again (IbFilterEditor *self);
void ib_filter_editor_check_soon (IbFilterEditor *self);
void ib_filter_editor_tell_changed (IbFilterEditor *self);

/* --- what is seen --------------------------------------------------------------------------------------------------- */

/* The name, and whether it is saved. */
void ib_filter_editor_show_title (IbFilterEditor *self);
/* And whose it is, and what can be done with it. */
void ib_filter_editor_show_kind (IbFilterEditor *self);
/* Why something was not done stays to be read until the text is another. */
void ib_filter_editor_complain (IbFilterEditor *self, const char *words);
/* (transfer full) */
char *ib_filter_editor_text (IbFilterEditor *self);
/* In the place of what is written here, which Undo brings back. */
void ib_filter_editor_put_text (IbFilterEditor *self, const char *text);
/* With the window below, where that waited for this one: it goes once this one is gone. */
void ib_filter_editor_leave (IbFilterEditor *self);

/* --- actions -------------------------------------------------------------------------------------------------------- */

void ib_filter_editor_save (GtkWidget *widget, const char *action, GVariant *parameter);
/* Both after a question. */
void ib_filter_editor_reset (GtkWidget *widget, const char *action, GVariant *parameter);
void ib_filter_editor_remove (GtkWidget *widget, const char *action, GVariant *parameter);
