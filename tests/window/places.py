"""Every page and dialog of the window outside the wizard, each with the way there: for tests that look at all of them.

    @pytest.mark.parametrize("place", PLACES, ids=name_of)
    def test_…(visited, place):
        place(visited)

The way is the same in every language: `say` gives a text of ours, as the sources have it, as the window shows it.
"""

from servers.screen import Atspi, is_in

from window.desk import mail
from window.test_always import letter
from window.test_filters import click

LONG = "Song of the long way home, which no screen that a hand can hold has room for"
WRONG = "# mine.sieve - trips into a folder.\nkep;\n"
TRIPS = '# mine.sieve - trips into a folder.\nrequire "fileinto";\nif header :contains "Subject" "Song" { fileinto "Trips"; }\n'


def spoken(text):
    return text.replace("_", "")


class Visit:
    """A window, beside a service that has a little of everything."""

    def __init__(self, window, home, desk, say=spoken, before_question=lambda window: None):
        self.window, self.home, self.desk, self.say, self.before_question = window, home, desk, say, before_question

    def press(self, role, text):
        self.window.press(role, self.say(text))

    def ask(self, role, text):
        """What opens a question, which is as wide as the window below has room for."""
        self.before_question(self.window)
        self.press(role, text)

    def titled(self, text):
        self.window.titled(self.say(text))

    def page(self, key, title):
        self.window.keys(f"alt+{key}")
        self.titled(title)

    def is_there(self, role, name):
        self.window.find(role, name)


def prepare(home, server, desk, language={}):
    """A service with a little of everything: five letters, filters of all kinds, an account with its own."""
    home.script("mine", TRIPS)
    home.script("wrong", "# wrong.sieve - one that is not ready.\nkep;\n")
    home.script("junk", "# junk.sieve - my own.\nkeep;\n")
    home.configure(filter__scripts="mine.sieve;lists.sieve", trust__relays="198.51.100.7")
    server.put("anna", [letter(f"Song {i}") for i in range(3)] + [letter("Alone", "bob@example.net", ""), mail(LONG)])
    home.account("work", server)
    home.account("bare", server, "bert", password="wrong", filter__scripts="mine.sieve;junk.sieve")
    service = desk.service(**language)
    log = service.until(lambda: [lines for lines in [home.run("log", "--json").lines] if len(lines) == 5], "the mail")[0]
    home.run("learn", "spam", log[0]["id"], env={"DBUS_SESSION_BUS_ADDRESS": desk.screen.bus.address})
    return service


# The pages

def accounts(visit):
    visit.titled("Accounts")
    visit.is_there("list item", "work: ")
    visit.is_there("list item", "bare: ")


def activity(visit):
    visit.page(2, "Activity")
    visit.is_there("list item", "Alone")


def nothing_found(visit):
    visit.page(2, "Activity")
    visit.window.type(visit.say("Search what arrived"), "no such words")
    visit.is_there("label", visit.say("Nothing Found"))


def review(visit):
    visit.page(3, "Review")


def report(visit):
    visit.page(4, "Report")
    visit.is_there("list item", "work")


def filters(visit):
    visit.window.resize(800, 880)  # a row that is out of sight cannot be clicked upon
    visit.page(5, "Filters")
    visit.is_there("list item", "wrong.sieve: ")


def main_menu(visit):
    visit.titled("Accounts")
    visit.press("push button", "Main Menu")
    visit.is_there("menu item", visit.say("A_bout Inbasket"))


def account_menu(visit):
    visit.titled("Accounts")
    visit.press("push button", "More for This Account")
    visit.is_there("menu item", visit.say("_Settings…"))


def about(visit):
    visit.desk.ask("about")
    visit.window.until(lambda: len(visit.window.application.windows()) == 2, "the window about it")


def shortcuts(visit):
    visit.titled("Accounts")
    visit.window.keys("ctrl+question")
    visit.is_there("label", visit.say("Run Earlier"))


# A message

def why(visit, subject="Song 0"):
    message, = [line["id"] for line in visit.home.run("log", "--json").lines if line["subject"] == subject]
    visit.desk.ask("show-message", message)
    visit.titled("Why")
    visit.is_there("label", visit.say("Details"))


def unknown_message(visit):
    visit.desk.ask("show-message", "abcdef123456")
    visit.titled("Why")
    visit.is_there("label", visit.say("It Cannot Be Explained"))


def always(visit):
    why(visit)
    visit.press("push button", "_Always to…")
    visit.titled("Always To…")
    visit.is_there("label", 'fileinto "')


# Preferences, and an account's settings

def preferences(visit, page="Service"):
    visit.titled("Accounts")
    visit.window.keys("ctrl+comma")
    visit.titled("Preferences")
    visit.press("page tab", page)
    visit.window.until(lambda: [node for node in visit.window.nodes("page tab", visit.say(page)) if is_in(node, Atspi.StateType.SELECTED)], page)


def preferences_filtering(visit):
    preferences(visit, "Filtering")


def preferences_mail(visit):
    preferences(visit, "Mail")


def account_settings(visit):
    account_menu(visit)
    visit.press("menu item", "_Settings…")
    visit.window.until(lambda: visit.window.title() in ("work", "bare"), "the settings")


def remove_account(visit):
    account_settings(visit)
    visit.ask("push button", "Remove Account…")
    visit.is_there("push button", visit.say("_Cancel"))


# Filters

def editor(visit, name="mine.sieve"):
    filters(visit)
    click(visit.window, f"{name}: ")
    visit.window.titled(name)
    visit.is_there("status bar", "")


def editor_of_a_shipped_one(visit):
    editor(visit, "lists.sieve")


def editor_menu(visit):
    editor(visit, "junk.sieve")
    visit.press("push button", "More for This Filter")
    visit.is_there("menu item", visit.say("R_eset to the Shipped One…"))


def write(visit, text, name="mine.sieve"):
    visit.window.type(visit.say("Text of %s").replace("%s", name), text)
    visit.is_there("label", visit.say("Not Saved"))


def editor_with_an_error(visit):
    editor(visit)
    write(visit, WRONG)
    visit.is_there("list item", "kep")


def unsaved(visit):
    editor(visit)
    write(visit, WRONG)
    visit.before_question(visit.window)
    visit.window.keys("Escape")
    visit.is_there("label", visit.say("Save What You Wrote?"))


def clash(visit):
    editor(visit)
    write(visit, "stop;\n")
    visit.home.script("mine", "keep;\n")
    visit.ask("push button", "_Save")
    visit.is_there("push button", visit.say("_Show the Other"))


def gone(visit):
    editor(visit)
    write(visit, "stop;\n")
    (visit.home.config / "filters" / "mine.sieve").unlink()
    visit.ask("push button", "_Save")
    visit.is_there("push button", visit.say("Save _Mine"))


def reset(visit):
    editor_menu(visit)
    visit.ask("menu item", "R_eset to the Shipped One…")
    visit.is_there("push button", visit.say("_Reset"))


def remove_filter(visit):
    editor(visit)
    visit.press("push button", "More for This Filter")
    visit.ask("menu item", "Re_move…")
    visit.is_there("push button", visit.say("_Remove"))


def naming(visit):
    filters(visit)
    visit.ask("push button", "_New Filter…")
    visit.window.type(visit.say("Name"), "a/b")
    visit.is_there("push button", visit.say("_Write It"))


def trial(visit):
    editor(visit)
    write(visit, TRIPS.replace("Trips", "Elsewhere"))
    visit.press("push button", "_Try on My Mail")
    visit.titled("What It Would Do")
    visit.is_there("list item", "mine.sieve:3")


def no_trial(visit):
    editor(visit)
    visit.press("push button", "_Try on My Mail")
    visit.titled("What It Would Do")
    visit.is_there("label", visit.say("Nothing Would Move"))


def its_test(visit):
    editor_of_a_shipped_one(visit)
    visit.press("push button", "More for This Filter")
    visit.press("menu item", "_Run Its Test")
    visit.titled("Its Test")
    visit.is_there("list item", "")


def refused_order(visit):
    filters(visit)
    visit.before_question(visit.window)
    visit.window.press("check box", visit.say("Run %s").replace("%s", "wrong.sieve"))
    visit.is_there("label", visit.say("The Filters Stay as They Were"))


PLACES = [accounts, main_menu, account_menu, activity, nothing_found, review, report, filters, shortcuts, about, why, unknown_message, always,
          preferences, preferences_filtering, preferences_mail, account_settings, remove_account, editor, editor_of_a_shipped_one, editor_menu,
          editor_with_an_error, unsaved, clash, gone, reset, remove_filter, naming, trial, no_trial, its_test, refused_order]


def name_of(place):
    return place.__name__.replace("_", "-")
