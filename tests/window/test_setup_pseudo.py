"""The wizard in a language that nobody speaks: on none of its pages, whichever way leads there, is a word that was never given to translators."""

import re

import pytest
from integration.test_setup_browser import ANNA

from window import pseudo, walks
from window.steps import begin
from window.test_pseudo import untold

# What servers and the address say beside it; the names of mail programs, and of protocols.
SAID = re.compile(r"""
    example | the-account-of-the-choir\S* | App\ Password\ Page | TLSv.* | .*Dovecot.* | IMAP4REV1.* | INBOX(?:;.*|\ \d+)? | anna@\S+ | IMAP | TLS |
    aerc | notmuch | mu4e | Mutt | NeoMutt | Claws\ Mail | Thunderbird | Evolution | KMail | [\w ]*Dovecot | 127\.0\.0\.1 | GNOME | https?:\S* | [A-Z0-9]{4}-?[A-Z0-9]{4} |
    It\ refuses\ the\ account's\ password.* | It\ closes\ at\ night.* | IMAP\ and\ SMTP
""", re.VERBOSE)


def through(window, pages):
    """Each page's words that are none of the language's."""
    found = {page: rest for page in pages if (rest := [(role, name) for role, name in untold(window) if not SAID.fullmatch(name)])}
    assert not found, "\n".join(f"{page}: {word}" for page, words in found.items() for word in words)


def test_the_wizard_by_password_is_given_to_translators(desk, known, mail, translations):
    walks.make_known(known, mail)
    window = begin(desk, known, kind=pseudo.Untranslated, **pseudo.environment(translations))
    through(window, walks.by_password(window, mail))


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "elsewhere"])
def test_the_wizard_by_browser_is_given_to_translators(desk, hosted, hoster, translations, elsewhere):
    window = begin(desk, hosted, kind=pseudo.Untranslated, **pseudo.environment(translations))
    through(window, walks.by_browser(window, hoster, ANNA, elsewhere))


def test_the_wizard_by_gnome_is_given_to_translators(desk, home, desktop, translations):
    window = begin(desk, home, kind=pseudo.Untranslated, **desktop, **pseudo.environment(translations))
    through(window, walks.by_gnome(window))
