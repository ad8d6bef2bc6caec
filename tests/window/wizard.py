"""The wizard's pages as a person uses them: on, back, and to each control."""

from servers.screen import Atspi, is_in


def has_keyboard(window, role, name):
    return any(is_in(node, Atspi.StateType.FOCUSED) for node in window.nodes(role, name))


def reach(window, role, name, limit=40):
    """Has the keyboard go to the control `name`, as a person without a mouse does. GTK 4.8 does not say so of a field."""
    for _ in range(limit):
        if has_keyboard(window, role, name):
            return
        window.keys("Tab")
    raise AssertionError(f"Tab does not lead to {name}\n{window.tree()}")


def mark(window, name):
    """Chooses one of several; GTK 4.8 tells no screen reader how to press it, so that is done with the keyboard: Tab leads to
    them, arrows from row to row, the space bar chooses."""
    reach(window, "radio button", "")
    places = [node.name for node in window.nodes("radio button")]
    here = next(place for place, node in enumerate(window.nodes("radio button")) if is_in(node, Atspi.StateType.FOCUSED))
    there = next(place for place, found in enumerate(places) if name in found)
    while here != there and not has_keyboard(window, "list item", name):
        window.keys("Down" if there > here else "Up")
    window.keys("space")
    window.until(lambda: is_marked(window, name), f"{name}, chosen")


def is_marked(window, name):
    return is_in(window.find("radio button", name), Atspi.StateType.CHECKED)


def text_of(window, name):
    """What is in the field `name`."""
    return window.find("text", name).text()


def continues(window, verb="Continue"):
    """Whether the suggested button can be pressed."""
    return any(is_in(node, Atspi.StateType.SENSITIVE) for node in window.nodes("push button", verb))


def go(window, title, verb="Continue"):
    """Return, and the page that it leads to."""
    window.until(lambda: continues(window, verb), f"“{verb}”")
    window.keys("Return")
    window.titled(title)


def go_back(window, title):
    window.keys("Escape")
    window.titled(title)
