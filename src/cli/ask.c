/* ask.c - questions to the person at the terminal */
#include "ask.h"
#include "credential.h"
#include "print.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* What Ctrl+C types where it sends no signal. */
#define INTERRUPT '\003'

bool
ib_ask_can (void)
{
    return isatty (STDIN_FILENO) && isatty (STDERR_FILENO);
}

static void
put_question (const char *question, const char *behind)
{
    g_autofree char *safe = ib_print_safe (question, 0);
    (void) fflush (stdout);
    g_printerr ("%s%s", safe, behind);
}

bool
ib_ask_yes (const char *question)
{
    char answer[64] = "";
    put_question (question, _ (" [y/N] "));
    if (fgets (answer, sizeof answer, stdin) == NULL)
        return false;
    g_autofree char *folded = g_ascii_strdown (g_strstrip (answer), -1);
    return strcmp (folded, "y") == 0 || strcmp (folded, "yes") == 0 || strcmp (folded, _ ("yes")) == 0;
}

IbSecret *
ib_ask_secret (const char *question, GError **error)
{
    struct termios shown;
    int terminal = open ("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0 || tcgetattr (terminal, &shown) != 0) {
        g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                     _ ("Nobody can be asked for the password: %s"), g_strerror (errno));
        if (terminal >= 0)
            close (terminal);
        return NULL;
    }
    /* Without signals from the keyboard as well: who interrupts must not be left with a terminal that shows nothing. */
    struct termios hidden = shown;
    hidden.c_lflag &= ~(tcflag_t) (ECHO | ISIG);
    (void) tcsetattr (terminal, TCSAFLUSH, &hidden);
    put_question (question, " "); /* only now: whoever sees it may type at once */
    IbSecret *secret = ib_credential_read_line (terminal, _ ("The terminal"), error);
    (void) tcsetattr (terminal, TCSAFLUSH, &shown);
    g_printerr ("\n");
    close (terminal);
    if (secret != NULL && strchr (ib_secret_peek (secret, NULL), INTERRUPT) != NULL) {
        g_clear_pointer (&secret, ib_secret_unref);
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                             _ ("Interrupted: no password was taken"));
    }
    return secret;
}
