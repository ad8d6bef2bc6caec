"""In a language that nobody speaks every word of ours is in brackets: what is not, was never given to translators."""

import re

import pytest
from servers.screen import Atspi, is_in, walk

from window import pseudo
from window.desk import mail

# What comes from elsewhere: mail, servers, the account, files, figures; and from the toolkit's own domain.
FOREIGN = re.compile(r"""
    work | anna.* | (?:→\ )?INBOX | localhost | .*example\.(?:com|org).* | /\S* | Come\ for\ lunch.* | Zoë.* | [\W\d_]* |
    Close | Minimize | Maximize | Search | No\ Results\ Found | Try\ a\ different\ search\. | (?:Gtk|Adw)\w+
""", re.VERBOSE)
ROLES = ("label", "push button", "toggle button", "check box", "combo box", "text", "page tab", "list item", "menu item", "list")


@pytest.fixture(scope="session")
def translations(tmp_path_factory):
    return pseudo.make(tmp_path_factory.mktemp("pseudo"))


@pytest.fixture
def window(server, home, desk, translations):
    server.put("anna", [mail("Come for lunch")])
    home.account("work", server)
    service = desk.service()
    service.until(lambda: len(home.files()) == 1, "the mail")
    window = desk.window(**pseudo.environment(translations))
    window.titled("⟦Áccóúnts⟧")
    return window


def untold(window):
    """What is seen in words of ours, and not in the language."""
    def is_ours(name):
        return name and "⟦" not in name and not FOREIGN.fullmatch(name.strip())
    return sorted({(node.role, node.name) for node in walk(window.top())
                   if node.role in ROLES and is_in(node, Atspi.StateType.VISIBLE) and is_ours(node.name)})


PAGES = [("accounts", "alt+1"), ("activity", "alt+2"), ("review", "alt+3"), ("report", "alt+4"), ("preferences", "ctrl+comma")]


@pytest.mark.parametrize("keys", [row[1] for row in PAGES], ids=[row[0] for row in PAGES])
def test_every_page_is_given_to_translators(window, keys):
    before = window.title()
    window.keys(keys)
    if keys != "alt+1":
        window.until(lambda: window.title() != before, "the page")
    assert window.title().startswith("⟦")
    assert not untold(window), window.tree()


def test_an_account_is_given_to_translators(window):
    window.find("list item", "work: ")
    window.press("push button", "⟦Móré")
    window.press("menu item", "éttíngs")
    window.titled("work")
    assert not untold(window), window.tree()


def test_the_wizard_is_given_to_translators(window, desk):
    desk.ask("setup")
    window.until(lambda: window.title() != "⟦Áccóúnts⟧", "the wizard")
    assert not untold(window), window.tree()
