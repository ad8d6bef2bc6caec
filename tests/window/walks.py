"""Whole ways through the wizard, page by page, for whatever is to be looked at on each of them: generators of the pages' names.

    for page in by_password(window, server):
        check(window)
"""

from integration.test_setup import PASSWORD, provider
from servers.oidc import Browser

from window.steps import choose, switch
from window.wizard import go, go_back, reach

# As long as people make them.
ACCOUNT = "the-account-of-the-choir-at-saint-martin-in-town"
FOLDERS = "INBOX;Correspondence with the Municipal Authorities/Building Permissions;!Archive*"
CHOICES = ("Which Mail", "Afterwards, on the Server", "Look for New Mail")


def make_known(home, server):
    """A provider of whom there is much to say."""
    provider(home, "example", server, domains="example.com", **{
        "sign-in": "oauth2;app-password;password", "app-password-url": "https://mail.example.com/security/two-step-verification/apps",
        "oauth2-issuer": "mail.example.com",
        "traps": "It refuses the account's password: an app password is needed, for which two-step verification must be on."})


def by_password(window, server):
    yield "welcome"
    go(window, "Your Address")
    window.type("Mail Address", "anna@else.invalid")
    window.says("else.invalid is asked for its settings.")
    yield "address"
    window.type("Mail Address", "anna@example.com")
    go(window, "The Way to Sign In")
    yield "sign-in"
    go(window, "The Settings")
    window.type("Own Authority (File)", str(server.ca))
    window.type("Account’s Name", ACCOUNT)
    yield "settings"
    go(window, "The Password")
    window.press("check box", "Write It There, Not Encrypted")
    yield "password"
    window.type("Password", "wrong")
    go(window, "A Test")
    window.says("It Does Not Work Yet")
    yield "test-failed"
    go_back(window, "The Password")
    window.type("Password", PASSWORD)
    go(window, "A Test")
    window.says("It Works")
    yield "test"
    go(window, "What Will Happen")
    yield from what_will_happen(window)
    go(window, "Sorting")
    yield "filter"
    go(window, "Done", "Add Account")
    window.says("The classifier knows")
    window.says("Point Your Mail Program Here")
    yield "done"


def what_will_happen(window):
    window.says("messages are there")
    window.press("push button", "Try a Dry Run")
    window.says("INBOX ")
    yield "forecast"
    for place in ("second", "third"):
        for name in CHOICES:
            choose(window, name, 1)
            window.says("messages are there")
        yield f"forecast-{place}"
    for name in CHOICES:
        choose(window, name, 1)
    window.find("text", "Look Every")
    yield "forecast-other"
    reach(window, "combo box", CHOICES[1])
    window.keys("space")
    yield "forecast-list"
    window.keys("Escape")
    window.type("Folders", FOLDERS)
    yield "forecast-folders"
    for name in CHOICES:
        reach(window, "combo box", name)
        window.keys("space", "Home", "Return")
    window.type("Folders", "")
    window.press("push button", "Recount")
    window.says("messages are there")


def by_browser(window, server, address, elsewhere):
    """To where the browser is waited for."""
    go(window, "Your Address")
    window.type("Mail Address", address)
    go(window, "The Way to Sign In")
    if elsewhere:
        switch(window, "Browser Is on Another Device")
    yield "sign-in"
    go(window, "The Settings")
    window.type("Own Authority (File)", str(server.ca))
    go(window, "The Token")
    window.press("check box", "Write It There, Not Encrypted")
    yield "token"
    go(window, "Browser Sign-In")
    window.says("http://127.0.0.1:")
    yield "browser"
    if elsewhere:
        return
    window.type("Address It Ended At", "done")
    window.press("push button", "Use This Address")
    window.find("alert", "That is not the address")
    yield "not-the-address"
    Browser(address).sign_in(window.nodes("label", "http://127.0.0.1:")[0].name, says_no=True)
    window.titled("The Token")
    window.says("the access was not allowed in the browser")
    yield "said-no"


def by_gnome(window):
    go(window, "Your Address")
    window.says("GNOME Is Signed In To")
    yield "address"
    reach(window, "list item", "anna@example.com")
    window.keys("space")
    window.titled("The Settings")
    yield "settings"
