"""In a language that nobody speaks every word of ours is in brackets: what is not, was never given to translators."""

import re

import pytest
from e2e.inbasket import TOP
from servers.screen import Atspi, is_in, walk

from window import pseudo
from window.places import PLACES, Visit, name_of, prepare

# What comes from elsewhere: mail, servers, accounts, files, figures; and from the toolkit's own domain.
FOREIGN = re.compile(r"""
    work | bare | anna.* | bert.* | (?:→\ )?(?:INBOX|Junk|Trips|Lists.*) | localhost(?::\d+)? | .*example\.(?:com|org|net).* | /.* | Song.* | Alone.* | Zoë.* | [\W\d_]* |
    (?:•\ )?[\w-]+\.sieve(?::\d+)?.* | (?:IMAP|POP3) | [0-9a-f]{8,} | My\ own\.? | One\ that\ is\ not\ ready\.? | Trips\ into\ a\ folder\.? | (?:header|fileinto)\ .* | \#\ [\s\S]*\} |
    (?:Ctrl|Alt|Shift|F\d|Escape|Return|Left|Up|Down|[A-Z])?(?:\+.?)? |
    Close | Minimize | Maximize | Search | No\ Results\ Found | Try\ a\ different\ search\. | Back | (?:Gtk|Adw|Ib)\w+ |
    Shortcuts | Search\ Results | Try\ a\ different\ search |
    About | Details | Credits | Legal | Acknowledgements | Troubleshooting | Debugging\ Information | To\ assist\ in\ troubleshooting.* |
    What’s\ New | (?:_.*\ )?(?:Copy\ Text | Save\ as…)
""", re.VERBOSE)
# What the shipped filters say of themselves, and their tests.
SCRIPTS = "\n".join(path.read_text() for path in (TOP / "data" / "filters").iterdir() if path.suffix in (".sieve", ".svtest")).lower()
ROLES = ("label", "push button", "toggle button", "check box", "radio button", "combo box", "text", "page tab", "list item", "menu item", "list", "status bar", "image",
         "level bar", "progress bar")


@pytest.fixture
def visit(server, home, desk, translations):
    """What the service says is in its own language: it speaks this one, too."""
    language = pseudo.environment(translations)
    prepare(home, server, desk, language)
    return Visit(desk.window(**language), home, desk, pseudo.spoken)


def beside(name):
    """What of a text stands outside of all brackets, one of which may be cut off, without what joins the parts."""
    last = None
    while name != last:
        last, name = name, re.sub(r"⟦[^⟦⟧]*(?:⟧|$)", "", name)
    return name.strip(" :·,;.")


def untold(window):
    """What is seen in words of ours, and not in the language."""
    def is_one_of_ours(part):
        return not FOREIGN.fullmatch(part) and part.lower() not in SCRIPTS

    def is_ours(name):      # an item of a list has the texts of all that it holds
        return is_one_of_ours(name) and any(is_one_of_ours(part.strip(" .,;")) for part in re.split("[:·]", name))
    return sorted({(node.role, rest) for node in walk(window.top())
                   if node.role in ROLES and is_in(node, Atspi.StateType.VISIBLE) and is_ours(rest := beside(node.name))})


@pytest.mark.parametrize("place", PLACES, ids=name_of)
def test_all_is_given_to_translators(visit, place):
    place(visit)
    assert not untold(visit.window), visit.window.tree()


def test_the_wizard_is_given_to_translators(visit, desk):
    visit.titled("Accounts")
    desk.ask("setup")
    visit.window.until(lambda: visit.window.title() != visit.say("Accounts"), "the wizard")
    assert not untold(visit.window), visit.window.tree()
