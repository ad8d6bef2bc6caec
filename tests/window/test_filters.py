"""The page Filters and the editor, as a person has them: switched, put in order, written, tried, and taken back."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from servers.screen import Atspi, is_in, walk

from window.desk import LOOKS, brightness, mail, mails
from window.looking_glass import narrow

TRIPS = 'require "fileinto";\nif header :contains "Subject" "holiday" { fileinto "Trips"; }\n'


@pytest.fixture
def service(home, server, desk):
    """With two filters that run, and one of the user's own that does not; three messages are here."""
    home.script("mine", f"# mine.sieve - trips into a folder.\n{TRIPS}")
    home.configure(filter__scripts="junk.sieve;lists.sieve")
    server.put("anna", mails(3, kinds=["personal"]))
    home.account("work", server)
    service = desk.service()
    service.until(lambda: len(home.files()) == 3, "the mail")
    return service


@pytest.fixture
def sorted_home(home, service):
    return home


@pytest.fixture
def page(sorted_home, desk):
    window = desk.window()
    window.titled("Accounts")
    window.keys("alt+5")
    window.titled("Filters")
    window.find("list item", "junk.sieve: ")
    return window


def order(window):
    """The names of all rows, from the top."""
    lists = window.nodes("list", "Filters")
    rows = [node for node in walk(lists[0]) if node.role == "list item"] if lists else []
    return [row.name.split(":")[0] for row in rows]


def active(home):
    return [line["name"] for line in home.run("filter", "list", "--json", status=None).lines if line["active"]]


def switch(window, name):
    window.press("check box", f"Run {name}")


def click(window, name):
    """On a row, with the mouse."""
    def place():
        x, y, width, height = window.find("list item", name).extents()
        return width > 0 and (x + width // 3, y + height // 2)
    x, y = window.until(place, f"the place of {name}")
    subprocess.run(["xdotool", "mousemove", "--window", window.x11(), str(x), str(y), "click", "1"], env=window.environment, check=True)


def editor(window, name):
    click(window, f"{name}: ")
    window.titled(name)
    window.find("push button", "Try on My Mail")


def write(window, name, text):
    window.type(f"Text of {name}", text)


# The list

def test_what_there_is(page, sorted_home):
    assert order(page)[:2] == ["junk.sieve", "lists.sieve"]
    page.find("list item", "mine.sieve: Yours. Trips into a folder.")
    page.find("list item", "junk.sieve: Shipped. What is called spam goes into the folder Junk.")


def test_switched_on_and_off(page, sorted_home):
    switch(page, "mine.sieve")
    page.until(lambda: active(sorted_home) == ["junk.sieve", "lists.sieve", "mine.sieve"], "the third")
    page.until(lambda: order(page)[:3] == ["junk.sieve", "lists.sieve", "mine.sieve"], "its row among those that run")
    switch(page, "junk.sieve")
    page.until(lambda: active(sorted_home) == ["lists.sieve", "mine.sieve"], "the first to be off")
    page.until(lambda: order(page)[:2] == ["lists.sieve", "mine.sieve"], "its row's end among them")


def test_moved_by_buttons(page, sorted_home):
    page.press("push button", "Run lists.sieve Earlier")
    page.until(lambda: active(sorted_home) == ["lists.sieve", "junk.sieve"], "the other order")
    page.press("push button", "Run lists.sieve Later")
    page.until(lambda: active(sorted_home) == ["junk.sieve", "lists.sieve"], "the first order")


def place(window, name):
    return window.until(lambda: (lambda found: found[2] > 0 and found)(window.find("list item", f"{name}: ").extents()), f"the place of {name}")


def mouse(window, *words):
    subprocess.run(["xdotool", *map(str, words)], env=window.environment, check=True)


def is_marked(window, x, y):
    """Whether it is blue there, within the border of a window that draws its own: a row that would take what is dragged has a frame in that colour."""
    told = subprocess.run(["import", "-silent", "-window", "root", "-crop", f"12x1+{x}+{y}", "-depth", "8", "rgb:-"], env=window.environment,
                          capture_output=True, check=True).stdout
    return any(told[at + 2] > told[at] + 40 for at in range(0, len(told) - 2, 3))


def drag(window, name, other, takes=True):
    """A row onto another, with the mouse, as a hand does it: not in one leap, and not before it is seen where it would go."""
    (x, y, width, height), (to_x, to_y, _, to_height) = place(window, name), place(window, other)
    x, y, to_y = x + width // 3, y + height // 2, to_y + to_height // 2
    top = window.x11()
    mouse(window, "mousemove", "--window", top, x, y, "mousedown", 1)
    for step in range(1, 11):
        mouse(window, "mousemove", "--window", top, x + step, y + (to_y - y) * step // 10, "sleep", 0.05)
    if takes:
        def is_over():
            mouse(window, "mousemove", "--window", top, x + next(steps) % 9, to_y)
            return is_marked(window, to_x, to_y)
        steps = iter(range(10000))
        window.until(is_over, f"{other} to take {name}")
    mouse(window, "mouseup", 1)


@pytest.fixture
def three(page, sorted_home):
    switch(page, "mine.sieve")
    page.until(lambda: order(page)[:3] == ["junk.sieve", "lists.sieve", "mine.sieve"], "three that run")
    return page


DRAGS = [
    ("down", "junk.sieve", "mine.sieve", ["lists.sieve", "mine.sieve", "junk.sieve"]),
    ("up", "mine.sieve", "junk.sieve", ["mine.sieve", "junk.sieve", "lists.sieve"]),
    ("to-the-next", "junk.sieve", "lists.sieve", ["lists.sieve", "junk.sieve", "mine.sieve"]),
]


@pytest.mark.parametrize(("name", "other", "after"), [row[1:] for row in DRAGS], ids=[row[0] for row in DRAGS])
def test_dragged(three, sorted_home, name, other, after):
    drag(three, name, other)
    three.until(lambda: active(sorted_home) == after, "the other order")
    three.until(lambda: order(three)[:3] == after, "the rows in it")


def test_what_does_not_run_is_dragged_nowhere(page, sorted_home):
    drag(page, "mine.sieve", "junk.sieve", takes=False)  # it does not run
    drag(page, "junk.sieve", "mine.sieve", takes=False)
    page.press("push button", "Run lists.sieve Earlier")
    page.until(lambda: active(sorted_home) == ["lists.sieve", "junk.sieve"], "what is asked for after that")


def test_moved_by_keyboard_to_either_end(three, sorted_home):
    go_to(three, "list item", "junk.sieve: ")
    for keys, after in [("alt+Up", None), ("alt+Down", ["lists.sieve", "junk.sieve", "mine.sieve"]), ("alt+Down", ["lists.sieve", "mine.sieve", "junk.sieve"]),
                        ("alt+Down", None), ("alt+Up", ["lists.sieve", "junk.sieve", "mine.sieve"])]:
        three.keys(keys)
        if after:
            three.until(lambda after=after: active(sorted_home) == after, f"{after} by {keys}")
    assert any(is_in(node, Atspi.StateType.FOCUSED) for node in three.nodes("list item", "junk.sieve: ")), "the keyboard goes with it"


def test_what_does_not_compile_is_named_and_stays_off(page, sorted_home):
    sorted_home.script("wrong", "kep;")
    page.keys("alt+1", "alt+5")
    page.find("list item", "wrong.sieve: Does not compile")
    switch(page, "wrong.sieve")
    page.says("wrong.sieve:1:1: ")
    page.keys("Escape")
    page.titled("Filters")
    page.until(lambda: active(sorted_home) == ["junk.sieve", "lists.sieve"] and order(page)[:2] == ["junk.sieve", "lists.sieve"], "it to be off")


def test_a_list_of_an_account_is_named(page, sorted_home, server):
    sorted_home.account("work", server, filter__scripts="mine.sieve;junk.sieve")
    page.keys("alt+1", "alt+5")
    page.find("list item", "work: mine.sieve, junk.sieve")


# The editor

def test_an_error_is_seen_in_its_place_and_what_is_saved_is_used(page, sorted_home, server):
    switch(page, "mine.sieve")
    page.until(lambda: "mine.sieve" in active(sorted_home), "it to run")
    editor(page, "mine.sieve")
    page.find("status bar", "Nothing is wrong")
    write(page, "mine.sieve", TRIPS.replace("header", "heder"))
    page.find("list item", "Line 2, column 4: ")
    page.find("status bar", "1 error")
    page.press("push button", "Save")
    page.find("status bar", "mine.sieve:2:4: ")
    assert "heder" not in (sorted_home.config / "filters" / "mine.sieve").read_text()
    write(page, "mine.sieve", TRIPS)
    page.find("status bar", "Nothing is wrong")
    page.press("push button", "Save")
    page.find("label", "Not Saved", gone=True)
    server.append("anna", [mail("Our holiday")])
    page.until(lambda: sorted_home.counts().get(".Trips") == 1, "the mail in its folder")


def test_a_message_leads_to_its_place(page, sorted_home):
    editor(page, "mine.sieve")
    write(page, "mine.sieve", "keep;\nkeep;\n  kep;\n")
    click(page, "Line 3, column 3: ")

    def caret():
        view, = [node for node in page.nodes("text", "Text of mine.sieve") if node.has("Text")]
        return view.caret() == len("keep;\nkeep;\n  ")
    page.until(caret, "the cursor at the place")


def test_trying_shows_what_would_move_and_moves_nothing(page, sorted_home):
    before = sorted_home.counts()
    editor(page, "mine.sieve")
    write(page, "mine.sieve", 'require "fileinto";\nfileinto "Elsewhere";\n')
    page.press("push button", "Try on My Mail")
    page.titled("What It Would Do")
    page.says("3 of 3 messages")
    page.find("list item", "3 messages: INBOX → Elsewhere: mine.sieve:2")
    page.keys("Escape")
    page.titled("mine.sieve")
    assert sorted_home.counts() == before


def test_a_shipped_one_is_copied_tested_and_reset(page, sorted_home):
    own = sorted_home.config / "filters" / "junk.sieve"
    editor(page, "junk.sieve")
    page.says("What you save is a copy of your own")
    page.press("push button", "More for This Filter")
    page.press("menu item", "Run Its Test")
    page.titled("Its Test")
    page.says("tests passed")
    page.keys("Escape")
    page.titled("junk.sieve")
    write(page, "junk.sieve", "# junk.sieve - nothing is junk.\nkeep;\n")
    page.press("push button", "Save")
    page.until(own.exists, "the copy")
    page.press("push button", "More for This Filter")
    page.press("menu item", "Reset to the Shipped One")
    page.press("push button", "Reset")
    page.until(lambda: not own.exists(), "its end")
    page.titled("junk.sieve")
    page.says("What you save is a copy of your own")
    page.find("status bar", "Nothing is wrong")
    page.press("push button", "Close")
    page.titled("Filters")
    page.find("list item", "junk.sieve: Shipped")


def test_a_new_one_is_named_written_and_removed(page, sorted_home):
    made = sorted_home.config / "filters" / "trips.sieve"
    page.press("push button", "New Filter…")
    page.type("Name", "a/b")
    page.says("without its folder")
    page.type("Name", "trips")
    page.press("push button", "Write It")
    page.titled("trips.sieve")
    page.find("status bar", "Nothing is wrong")
    page.press("push button", "Save")
    page.until(made.exists, "the file")
    page.find("label", "Not Saved", gone=True)
    page.press("push button", "More for This Filter")
    page.press("menu item", "Remove")
    page.press("push button", "Remove")
    page.titled("Filters")
    assert not made.exists()
    page.find("list item", "trips.sieve: ", gone=True)


@pytest.mark.parametrize(("answer", "kept"), [("Cancel", False), ("Discard", False), ("Save", True)])
def test_unsaved_text_is_asked_about(page, sorted_home, answer, kept):
    editor(page, "mine.sieve")
    write(page, "mine.sieve", "stop;\n")
    page.keys("Escape")
    page.press("push button", answer)
    page.titled("mine.sieve" if answer == "Cancel" else "Filters")
    assert ((sorted_home.config / "filters" / "mine.sieve").read_text() == "stop;\n") == kept


# By keyboard, small, and with names

def focused(window):
    return next((node for node in walk(window.top()) if is_in(node, Atspi.StateType.FOCUSED)), None)


def go_to(window, role, name):
    for _ in range(60):
        if any(is_in(node, Atspi.StateType.FOCUSED) for node in window.nodes(role, name)):
            return
        window.keys("Tab")
    raise AssertionError(f"the keyboard does not come to {role} “{name}”\n{window.tree()}")


def test_by_keyboard_alone(page, sorted_home):
    go_to(page, "list item", "junk.sieve: ")
    page.keys("alt+Down")
    page.until(lambda: active(sorted_home) == ["lists.sieve", "junk.sieve"], "the other order")
    page.keys("alt+Up")
    page.until(lambda: active(sorted_home) == ["junk.sieve", "lists.sieve"], "the first order")
    page.keys("Return")
    page.titled("junk.sieve")
    page.find("status bar", "Nothing is wrong")
    page.keys("ctrl+End", "k", "e", "p")
    page.find("status bar", "2 errors")
    page.keys("BackSpace", "e", "p", "semicolon", "ctrl+s")
    own = sorted_home.config / "filters" / "junk.sieve"
    page.until(lambda: own.exists() and own.read_text().endswith("keep;"), "the file")
    page.until(lambda: is_in(page.find("push button", "Try on My Mail"), Atspi.StateType.SENSITIVE), "the end of saving")
    page.keys("ctrl+Return")
    page.titled("What It Would Do")
    page.keys("Escape")
    page.titled("junk.sieve")
    page.press("push button", "Close")
    page.titled("Filters")


def unnamed(window):
    return [node.role for node in walk(window.top())
            if node.role in ("push button", "toggle button", "text", "list", "list item", "check box")
            and is_in(node, Atspi.StateType.VISIBLE) and re.fullmatch(r"(Gtk|Adw|Ib)\w+|", node.name)]


def test_everything_has_a_name_and_fits_a_small_screen(page):
    assert not unnamed(page), page.tree()
    editor(page, "mine.sieve")
    write(page, "mine.sieve", "kep;")
    page.find("list item", "Line 1, column 1: ")
    assert not unnamed(page), page.tree()
    narrow(page)
    page.press("push button", "Close")
    page.press("push button", "Discard")
    page.titled("Filters")
    narrow(page)


# Pictures

@pytest.mark.parametrize("look", LOOKS)
def test_pictures(sorted_home, server, desk, tmp_path, look):
    folder = Path(os.environ.get("INBASKET_PICTURES", tmp_path))
    sorted_home.script("lists", "# lists.sieve - my own lists.\n")
    sorted_home.script("wrong", "# wrong.sieve - one that is not ready.\nkep;\n")
    sorted_home.account("private", server, filter__scripts="friends.sieve;junk.sieve")
    window = desk.window(ADW_DEBUG_COLOR_SCHEME="prefer-dark" if look == "dark" else "prefer-light",
                         ADW_DEBUG_HIGH_CONTRAST=str(int(look == "contrast")))
    window.titled("Accounts")
    if look == "narrow":
        window.resize(360, 720)

    def picture(name):
        path = folder / f"{name}-{look}.png"
        window.picture(path)
        assert (brightness(path) < 0.5) == (look == "dark")
    window.keys("alt+5")
    window.find("list item", "wrong.sieve: ")
    if look == "narrow":
        window.resize(360, 720)
    picture("filters")
    window.resize(800, 880)  # a row that is out of sight cannot be clicked upon
    editor(window, "mine.sieve")
    if look == "narrow":
        window.resize(360, 720)
    write(window, "mine.sieve", "# mine.sieve - trips into a folder.\n\n" + TRIPS.replace("fileinto;", "fileintoo;").replace("header", "heder"))
    window.find("list item", "Line 4, column 4: ")
    picture("filter-editor")
    write(window, "mine.sieve", 'require "fileinto";\nfileinto "Elsewhere";\n')
    window.press("push button", "Try on My Mail")
    window.titled("What It Would Do")
    if look == "narrow":
        window.resize(360, 720)
    window.says("3 of 3 messages")
    picture("trial")
