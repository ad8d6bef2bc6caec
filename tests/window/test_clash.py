"""A filter that somebody else changes while it is open in the editor: both texts are offered, and neither is lost."""

import pytest
from e2e.inbasket import TOP

from window.test_filters import editor, page, service, sorted_home, write  # noqa: F401

THEIRS = "# mine.sieve - from elsewhere.\nkeep;\n"
MINE = "stop;\n"


@pytest.fixture
def mine(sorted_home):  # noqa: F811
    return sorted_home.config / "filters" / "mine.sieve"


def text(window, name="mine.sieve"):
    view, = [node for node in window.nodes("text", f"Text of {name}") if node.has("Text")]
    return view.text()


def shows(window, words, name="mine.sieve"):
    window.until(lambda: text(window, name) == words, f"the text {words!r}")


def is_saved(window):
    window.find("label", "Not Saved", gone=True)


def choose(window, word):
    window.press("push button", "More for This Filter")
    window.press("menu item", word)


def clash(window, home):
    """What is saved would overwrite another's text."""
    editor(window, "mine.sieve")
    window.find("status bar", "Nothing is wrong")
    write(window, "mine.sieve", MINE)
    home.script("mine", THEIRS)
    window.press("push button", "Save")
    window.says("“mine.sieve” Was Changed Elsewhere")


def test_nothing_is_overwritten_without_a_word(page, sorted_home, mine):  # noqa: F811
    clash(page, sorted_home)
    page.press("push button", "Cancel")
    page.titled("mine.sieve")
    assert mine.read_text() == THEIRS and text(page) == MINE
    page.find("label", "Not Saved")
    page.press("push button", "Save")  # and once more
    page.says("“mine.sieve” Was Changed Elsewhere")


def test_the_other_text_is_taken_and_ones_own_can_be_had_back(page, sorted_home, mine):  # noqa: F811
    clash(page, sorted_home)
    page.press("push button", "Show the Other")
    page.titled("mine.sieve")
    shows(page, THEIRS)
    is_saved(page)
    page.keys("ctrl+z")
    shows(page, MINE)
    page.press("push button", "Save")  # it is known by now what is overwritten
    is_saved(page)
    assert mine.read_text() == MINE


def test_ones_own_is_saved_and_the_other_can_be_had_back(page, sorted_home, mine):  # noqa: F811
    clash(page, sorted_home)
    page.press("push button", "Save Mine")
    page.titled("mine.sieve")
    page.until(lambda: mine.read_text() == MINE, "the file")
    is_saved(page)
    assert text(page) == MINE
    page.keys("ctrl+z")
    shows(page, THEIRS)


def test_what_changes_while_that_is_asked_is_asked_about_again(page, sorted_home, mine):  # noqa: F811
    clash(page, sorted_home)
    sorted_home.script("mine", THEIRS + "# and once more\n")
    page.press("push button", "Save Mine")
    page.says("“mine.sieve” Was Changed Elsewhere")
    assert mine.read_text() == THEIRS + "# and once more\n"


def test_a_file_that_is_gone_is_written_anew_if_that_is_wanted(page, sorted_home, mine):  # noqa: F811
    editor(page, "mine.sieve")
    page.find("status bar", "Nothing is wrong")
    write(page, "mine.sieve", MINE)
    mine.unlink()
    page.press("push button", "Save")
    page.says("“mine.sieve” Was Removed Elsewhere")
    assert not mine.exists()
    page.press("push button", "Save Mine")
    page.until(mine.exists, "the file")
    is_saved(page)
    assert mine.read_text() == MINE


def test_a_copy_of_a_shipped_one_is_made_once(page, sorted_home):  # noqa: F811
    editor(page, "junk.sieve")
    page.find("status bar", "Nothing is wrong")
    sorted_home.script("junk", "keep; # from elsewhere")
    write(page, "junk.sieve", MINE)
    page.press("push button", "Save")
    page.says("“junk.sieve” Was Changed Elsewhere")
    assert (sorted_home.config / "filters" / "junk.sieve").read_text() == "keep; # from elsewhere"


def test_saving_again_and_again_asks_nothing(page, mine):  # noqa: F811
    editor(page, "mine.sieve")
    for words in (MINE, "keep;\n", MINE):
        write(page, "mine.sieve", words)
        page.press("push button", "Save")
        is_saved(page)
        assert mine.read_text() == words


def test_what_is_saved_on_closing_is_asked_about(page, sorted_home, mine):  # noqa: F811
    editor(page, "mine.sieve")
    page.find("status bar", "Nothing is wrong")
    write(page, "mine.sieve", MINE)
    sorted_home.script("mine", THEIRS)
    page.keys("Escape")
    page.says("Save What You Wrote?")
    page.press("push button", "Save")
    page.says("“mine.sieve” Was Changed Elsewhere")
    page.press("push button", "Cancel")
    page.titled("mine.sieve")
    assert mine.read_text() == THEIRS and text(page) == MINE


# Resetting and removing

@pytest.fixture
def own(page, sorted_home):  # noqa: F811
    """The editor of a copy of one's own of a shipped filter."""
    sorted_home.script("junk", MINE)
    page.keys("alt+1", "alt+5")
    page.find("list item", "junk.sieve: Yours, in place of the shipped one")
    editor(page, "junk.sieve")
    page.find("status bar", "Nothing is wrong")
    return sorted_home.config / "filters" / "junk.sieve"


def shipped():
    return (TOP / "data/filters/junk.sieve").read_text()


def test_what_is_reset_can_be_had_back(page, own):  # noqa: F811
    choose(page, "Reset to the Shipped One")
    page.press("push button", "Reset")
    page.until(lambda: not own.exists(), "its end")
    page.titled("junk.sieve")
    shows(page, shipped(), "junk.sieve")
    is_saved(page)
    page.keys("ctrl+z")
    shows(page, MINE, "junk.sieve")


def test_what_is_typed_during_the_reset_stays(page, own, service):  # noqa: F811
    choose(page, "Reset to the Shipped One")
    with service.hanging():
        page.press("push button", "Reset")
        page.titled("junk.sieve")
        write(page, "junk.sieve", "keep; # typed meanwhile")
    page.says("What you typed meanwhile is still here, not saved.")
    assert not own.exists()
    assert text(page, "junk.sieve") == "keep; # typed meanwhile"
    page.find("label", "Not Saved")
    page.press("push button", "Save")
    page.until(own.exists, "the file")
    assert own.read_text() == "keep; # typed meanwhile"


def test_what_was_changed_elsewhere_is_not_reset_without_a_word(page, own):  # noqa: F811
    own.write_text(THEIRS)
    choose(page, "Reset to the Shipped One")
    page.press("push button", "Reset")
    page.says("“junk.sieve” Was Changed Elsewhere")
    assert own.read_text() == THEIRS
    page.press("push button", "Reset")
    page.until(lambda: not own.exists(), "its end")
    page.titled("junk.sieve")
    shows(page, shipped(), "junk.sieve")
    page.keys("ctrl+z")
    shows(page, THEIRS, "junk.sieve")


def test_what_was_changed_elsewhere_is_not_removed_without_a_word(page, mine):  # noqa: F811
    editor(page, "mine.sieve")
    page.find("status bar", "Nothing is wrong")
    mine.write_text(THEIRS)
    choose(page, "Remove")
    page.press("push button", "Remove")
    page.says("“mine.sieve” Was Changed Elsewhere")
    page.press("push button", "Show the Other")
    page.titled("mine.sieve")
    shows(page, THEIRS)
    assert mine.exists()
    choose(page, "Remove")
    page.press("push button", "Remove")
    page.titled("Filters")
    assert not mine.exists()
