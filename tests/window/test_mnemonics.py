"""Whoever has no mouse presses each button in words by Alt and a letter of it."""

from xml.etree import ElementTree

import pytest
from e2e.inbasket import TOP

# Every account has these buttons, and one letter cannot mean all of them: Tab leads there.
REPEATED = {"account-row.ui"}
TEMPLATES = sorted(path for path in (TOP / "src" / "gtk").glob("*.ui") if path.name not in REPEATED)


# A row that is pressed as a whole gives its button its own name as well, and a reader would hear the mark of the letter.
def in_rows(tree):
    return {entry.text for entry in tree.iter("property") if entry.get("name") == "activatable-widget"}


def properties(button):
    return {entry.get("name"): entry.text for entry in button.findall("property")}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_each_button_in_words_has_a_letter(template):
    tree = ElementTree.parse(template)
    buttons = [properties(node) for node in tree.iter("object")
               if node.get("class") == "GtkButton" and node.get("id") not in in_rows(tree)]
    bare = [entry["label"] for entry in buttons if entry.get("label") and not (entry.get("use-underline") and "_" in entry["label"])]
    assert not bare
