"""The wizard's first half: from an address to an account that was tried, and signing in again to one that stands."""

import os
from pathlib import Path

import pytest
from integration.test_setup import PASSWORD, ZONE, provider
from servers.internet import Internet
from servers.screen import Window

from window.desk import LEAKS_OF_OTHERS, LOOKS, WINDOW, brightness
from window.steps import begin, to_password
from window.wizard import continues, go, go_back, is_marked, mark, reach, text_of


def keep_in_file(window, password):
    window.type("Password", password)
    mark(window, "File")
    window.press("check box", "Write It There, Not Encrypted")


def to_test(window, mail, password=PASSWORD):
    to_password(window, mail)
    keep_in_file(window, password)
    go(window, "A Test")


# The way

def test_from_an_address_to_a_test(wizard, mail, known):
    to_test(wizard, mail)
    wizard.says("It Works")
    wizard.says("Encryption")
    wizard.until(lambda: continues(wizard), "a way on")
    assert (known.path / "secrets" / "example").read_text() == PASSWORD
    assert not known.accounts.exists()      # nothing is written before the end


def test_a_wrong_password_is_mended_on_the_way_back(wizard, mail, known):
    to_test(wizard, mail, "wrong")
    wizard.says("It Does Not Work Yet")
    wizard.until(lambda: not continues(wizard), "no way on")
    go_back(wizard, "The Password")
    wizard.type("Password", PASSWORD)
    go(wizard, "A Test")
    wizard.says("It Works")
    wizard.until(lambda: continues(wizard), "a way on")


def test_what_cannot_be_tried_is_tried_again_or_added_after_a_yes(wizard, mail, known):
    to_password(wizard, mail)
    go_back(wizard, "The Settings")
    wizard.type("Port", "1")
    go(wizard, "The Password")
    keep_in_file(wizard, PASSWORD)
    go(wizard, "A Test")
    wizard.says("It Does Not Work Yet")
    wizard.says("Are the server's name, its port and the protocol right")
    assert not continues(wizard)
    wizard.press("push button", "Try Again")
    wizard.says("It Does Not Work Yet")
    reach(wizard, "check box", "Go On All the Same")
    wizard.keys("space")
    wizard.until(lambda: continues(wizard), "a way on")


def test_traps_and_doors_are_told_before_the_first_failure(desk, known, mail):
    provider(known, "shut", mail, domains="shut.example", **{
        "sign-in": "oauth2;app-password", "traps": "It takes no passwords <at all>.", "app-password-url": "https://shut.example/app",
        "oauth2-issuer": "shut.example"})
    window = begin(desk, known)
    go(window, "Your Address")
    window.type("Mail Address", "anna@shut.example")
    go(window, "The Way to Sign In")
    window.says("Your mail is with Example Mail.")
    window.says("It takes no passwords <at all>.")
    window.says("https://shut.example/app")
    assert not window.nodes("radio button", "Browser")
    window.says("client id")       # what is missing for the door that is shut
    assert is_marked(window, "App Password")
    mark(window, "Program of Yours")
    go(window, "The Settings")
    go(window, "The Token")
    window.until(lambda: not continues(window), "a command to be given")
    window.type("Command (No Shell Runs It)", "oama access anna")
    go_back(window, "The Settings")
    go_back(window, "The Way to Sign In")
    assert is_marked(window, "Program of Yours")
    go(window, "The Settings")
    go(window, "The Token")
    assert text_of(window, "Command (No Shell Runs It)") == "oama access anna"


def test_all_is_set_by_hand_where_nothing_is_known(desk, home, mail):
    window = begin(desk, home)
    go(window, "Your Address")
    window.type("Mail Address", "anna@nowhere.invalid")
    window.says("nowhere.invalid is asked for its settings.")
    go(window, "The Way to Sign In")
    window.says("No settings were found for this address")
    go(window, "The Settings")
    window.until(lambda: not continues(window), "a server to be given")
    window.type("Name of the Mail Server", "localhost")
    window.type("Port", "nonsense")
    window.keys("Return")
    window.says("nonsense")
    window.type("Port", str(mail.ports["imaps"]))
    window.type("User Name", "anna")
    window.type("Own Authority (File)", str(mail.ca))
    go(window, "The Password")
    keep_in_file(window, PASSWORD)
    go(window, "A Test")
    window.says("It Works")


class Elsewhere(Window):
    """In an Internet of its own, on the same screen."""

    def __init__(self, desk, net, home):
        self.note = net.folder / "pid"
        # Who is root there only has to be himself again, for the bus.
        me = [] if os.getuid() == 0 else ["unshare", f"--map-user={os.getuid()}", f"--map-group={os.getgid()}"]
        command = net.wrap(*me, "sh", "-c", f"echo $$ > {self.note}; exec {WINDOW} --home {home.path}")
        super().__init__(desk.screen, command, home.environment(**desk.xdg, **LEAKS_OF_OTHERS) | desk.screen.environment)

    def pid(self):
        return int(self.note.read_text()) if self.note.exists() and self.note.read_text() else 0


def test_a_guessed_host_is_confirmed_first(desk, home, tmp_path, authority):
    net = Internet(tmp_path / "net", authority, ZONE, names=["imap.guess.test"])
    window = desk.opened.enter_context(Elsewhere(desk, net, home))
    window.titled("No Account Yet")
    window.press("push button", "Add an Account…")
    window.titled("Welcome")
    go(window, "Your Address")
    window.type("Mail Address", "anna@guess.test")
    go(window, "The Way to Sign In")
    window.says("A server was found: imap.guess.test.")
    go(window, "The Settings")
    window.says("imap.guess.test comes from a guess")
    window.until(lambda: not continues(window), "a yes to be said")
    window.press("check box", "It Is My Provider’s Server")
    go(window, "The Password")
    assert not any("LOGIN" in line for line in net.said)
    go_back(window, "The Settings")
    window.type("Name of the Mail Server", "imap.other.test")     # whoever names it himself need not confirm it
    window.find("check box", "It Is My Provider’s Server", gone=True)


def test_all_the_way_back_nothing_is_lost(wizard, mail):
    to_test(wizard, mail, "wrong")
    wizard.says("It Does Not Work Yet")
    go_back(wizard, "The Password")
    wizard.until(lambda: continues(wizard), "the password, as it was typed")
    assert is_marked(wizard, "File")
    go_back(wizard, "The Settings")
    assert text_of(wizard, "Own Authority (File)") == str(mail.ca)
    assert text_of(wizard, "User Name") == "anna"
    go_back(wizard, "The Way to Sign In")
    go_back(wizard, "Your Address")
    assert text_of(wizard, "Mail Address") == "anna@example.com"
    wizard.keys("Escape")
    wizard.titled("No Account Yet")


# Signing in again

def test_an_account_whose_password_changed_is_signed_in_to_again(desk, home, mail):
    home.account("work", mail, password="an old one")
    service = desk.service()
    window = desk.window()
    window.titled("Accounts")
    window.find("list item", "work: Needs you to sign in")
    window.press("push button", "Sign In")
    window.titled("Sign In to “work”")
    window.says("Password of anna at localhost")
    window.type("Password", "wrong once more")
    go(window, "A Test")
    window.says("It Does Not Work Yet")
    go_back(window, "Sign In to “work”")
    window.type("Password", PASSWORD)
    go(window, "A Test")
    window.says("It Works")
    window.until(lambda: continues(window, "Done"), "a way on")
    window.keys("Return")
    window.titled("Accounts")
    service.until(lambda: len(home.files()) == 3, "the mail")
    window.find("list item", "work: All is well")
    assert (home.secrets / "work").read_text() == PASSWORD


@pytest.mark.parametrize("account, words", [
    ("unknown", "There is no account of that name"),
    ("../accounts/work", "There is no account of that name"),
    ("gnome", "GNOME signs in to gnome: sign in again in its settings"),
])
def test_who_cannot_be_signed_in_to_here(desk, home, mail, account, words):
    home.account("work", mail)
    home.account("gnome", mail, account__secret="goa:account_1")
    window = desk.window()
    window.titled("The Service Does Not Run")
    desk.ask("sign-in", account)
    window.says(words)
    window.titled("The Service Does Not Run")


# Pictures

@pytest.mark.parametrize("look", LOOKS)
def test_pictures(desk, known, mail, tmp_path, look):
    folder = Path(os.environ.get("INBASKET_PICTURES", tmp_path))
    provider(known, "example", mail, domains="example.com", **{
        "sign-in": "oauth2;app-password", "app-password-url": "https://mail.example.com/security/apps", "oauth2-issuer": "mail.example.com",
        "traps": "It refuses the account's password: an app password is needed, for which two-step verification must be on."})
    window = begin(desk, known, ADW_DEBUG_COLOR_SCHEME="prefer-dark" if look == "dark" else "prefer-light",
                         ADW_DEBUG_HIGH_CONTRAST=str(int(look == "contrast")))
    if look == "narrow":
        window.resize(360, 720)

    def picture(name):
        path = folder / f"setup-{name}-{look}.png"
        window.picture(path)
        assert (brightness(path) < 0.5) == (look == "dark")
    picture("welcome")
    go(window, "Your Address")
    window.type("Mail Address", "anna@else.invalid")
    window.says("else.invalid is asked for its settings.")
    picture("address")
    window.type("Mail Address", "anna@example.com")
    go(window, "The Way to Sign In")
    picture("sign-in")
    go(window, "The Settings")
    picture("settings")
    window.type("Own Authority (File)", str(mail.ca))
    go(window, "The Password")
    keep_in_file(window, "wrong")
    picture("password")
    go(window, "A Test")
    window.says("It Does Not Work Yet")
    picture("test-failed")
    go_back(window, "The Password")
    window.type("Password", PASSWORD)
    go(window, "A Test")
    window.says("It Works")
    picture("test")
