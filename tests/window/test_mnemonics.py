"""Whoever has no mouse presses each button in words by Alt and a letter of it."""

from xml.etree import ElementTree

import pytest
from e2e.inbasket import TOP

# Every account has these buttons, and one letter cannot mean all of them: Tab leads there.
REPEATED = {"account-row.ui"}
TEMPLATES = sorted(path for path in (TOP / "src" / "gtk").glob("*.ui") if path.name not in REPEATED)


def properties(button):
    return {entry.get("name"): entry.text for entry in button.findall("property")}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_each_button_in_words_has_a_letter(template):
    buttons = [properties(node) for node in ElementTree.parse(template).iter("object") if node.get("class") == "GtkButton"]
    bare = [entry["label"] for entry in buttons if entry.get("label") and not (entry.get("use-underline") and "_" in entry["label"])]
    assert not bare
