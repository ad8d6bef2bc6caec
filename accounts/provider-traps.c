/* provider-traps.c - what goes wrong at a provider, in words */
#include "provider-traps.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const struct {
    const char *name, *words;
} traps[] = {
    { "app-password", N_ ("It takes an app password, not the password of the account.") },
    { "app-password-needed", N_ ("It refuses the account's password: an app password is needed.") },
    { "app-password-not-for-all",
      N_ ("It refuses the account's password: an app password is needed, and some accounts are not "
          "given one.") },
    { "app-password-of-pop3",
      N_ ("For POP3, folders are chosen in its settings, and an app password of its own is needed.") },
    { "app-password-of-protocol",
      N_ ("It takes an app password made for IMAP or POP3, not the password of the account.") },
    { "app-password-on-paid-plans", N_ ("Programs may sign in on paid plans only, with an app password.") },
    { "app-password-when-allowed",
      N_ ("It takes an app password, and mail programs must first be allowed in its settings.") },
    { "app-password-with-protection",
      N_ ("With additional account protection on it takes an app password.") },
    { "app-password-with-two-factor",
      N_ ("With two-factor sign-in it takes an app password, not the password of the account.") },
    { "app-specific-password",
      N_ ("It takes an app-specific password, for which two-factor sign-in must be on.") },
    { "authorization-code",
      N_ ("It takes an authorization code made in its webmail, not the password of the account.") },
    { "authorization-code-of-16",
      N_ ("It takes an authorization code of 16 letters made in its webmail, not the password of the "
          "account.") },
    { "device-password",
      N_ ("It takes a device password made in its settings, not the password of the account.") },
    { "mail-key", N_ ("It takes a secure mail key, made in the AT&T profile, not the account's password.") },
    { "password-for-mail", N_ ("It has a password of its own for e-mail, set in the customer centre.") },
    { "password-for-mail-not-telekom",
      N_ ("It has a password of its own for e-mail, set in the customer centre; the Telekom login is "
          "refused.") },
    { "browser", N_ ("It takes no passwords at all: sign in through the browser.") },
    { "browser-or-app-password",
      N_ ("It refuses the account's password: sign in through the browser, or with an app password, for "
          "which two-step verification must be on.") },
    { "browser-and-administrator",
      N_ ("It takes no passwords at all: sign in through the browser; an administrator may have to "
          "agree first.") },
    { "bridge",
      N_ ("Its mail comes through the Proton Bridge program on this machine only, which needs a paid "
          "plan and shows a password of its own.") },
    { "administrator-switches", N_ ("The administrator may have switched IMAP and POP3 off for a mailbox.") },
    { "main-address", N_ ("Sign in with the main address, not with an alias.") },
    { "sign-ins-lock", N_ ("Too many wrong sign-ins lock the account for a while.") },
    { "switched-in-settings",
      N_ ("Access for mail programs must first be switched on in the account's settings.") },
    { "switched-in-webmail", N_ ("IMAP and POP3 must first be switched on in its webmail.") },
    { "switched-in-webmail-maybe",
      N_ ("Access for mail programs may have to be switched on in its webmail.") },
    { "switched-in-webmail-for-a-time",
      N_ ("IMAP and POP3 must first be switched on in its webmail, and switch themselves off when they "
          "are not used for long.") },
    { "switched-in-settings-free-not",
      N_ ("IMAP and POP3 must first be switched on in its settings; recent free plans have neither.") },
    { "switched-in-webmail-paid",
      N_ ("In many regions IMAP and POP3 are for paying accounts, and must first be switched on in its "
          "webmail.") },
    { "allowed-in-settings", N_ ("Access for mail programs must first be allowed in its settings.") },
    { "programs-allowed-in-settings", N_ ("Mail programs must first be allowed in its settings.") },
    { "pop3-allowed-in-settings",
      N_ ("POP3 must first be allowed in its settings, under Mail, Forwarding and IMAP.") },
    { "pop3-switched-and-once",
      N_ ("POP3 must first be switched on in its webmail, and by default serves each message only once; "
          "the user name recent:ADDRESS serves the last 30 days to every program.") },
    { "pop3-inbox-only", N_ ("POP3 serves the inbox only.") },
    { "pop3-one-folder", N_ ("POP3 serves the one folder chosen in its settings.") },
    { "pop3-30-days", N_ ("POP3 may serve the last 30 days only.") },
    { "pop3-paid", N_ ("POP3 is for paying accounts.") },
    { "pop3-5-minutes", N_ ("It wants to be asked by POP3 no more than every 5 minutes.") },
    { "pop3-15-minutes-free", N_ ("Free accounts are to be asked by POP3 no more than every 15 minutes.") },
    { "no-pop3", N_ ("It has no POP3.") },
    { "no-mail", N_ ("It has no IMAP or POP3 at all: its mail cannot be fetched.") },
    { "once-a-minute", N_ ("It wants to be asked no more than once a minute.") },
    { "all-mail", N_ ("The folder [Gmail]/All Mail holds every message once more.") },
    { "few-connections",
      N_ ("Many connections at a time are refused (\"User is authenticated but not connected\").") },
    { "own-lines-free", N_ ("Free accounts could at times be fetched from its own lines only.") },
    { "other-countries", N_ ("Other countries have servers of their own, such as imap.ionos.co.uk.") },
    { "paying-domains", N_ ("Paying domains use imappro.zoho.com.") },
    { "certified-mail",
      N_ ("Certified mail comes in an envelope of the provider; the sender proper stands inside.") },
    { "moving-to-yahoo",
      N_ ("Its mailboxes are moving to Yahoo; whose the mailbox is, its mail exchanger tells.") },
    { "moved-to-yahoo", N_ ("Its mailboxes have moved to Yahoo.") },
    { "moved-to-microsoft", N_ ("Many of its mailboxes have moved to Microsoft 365.") },
};

const char *
ib_provider_traps_words (const char *trap)
{
    for (gsize i = 0; i < G_N_ELEMENTS (traps); i++)
        if (strcmp (traps[i].name, trap) == 0)
            return _ (traps[i].words);
    return trap;
}
