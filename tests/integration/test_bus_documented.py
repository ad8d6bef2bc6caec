"""The manual names all that is on the bus."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from servers.bus import ACCOUNT, NAME

TOP = Path(__file__).resolve().parents[2]


def members(name):
    root = ElementTree.parse(TOP / "data/dbus" / f"{NAME}.xml").getroot()
    interface = next(each for each in root.iter("interface") if each.get("name") == name)
    return {each.get("name") for kind in ("method", "signal", "property") for each in interface.findall(kind)}


@pytest.mark.parametrize(("interface", "end"), [(NAME, "\n.TP"), (ACCOUNT, "\n.PP")], ids=["service", "account"])
def test_the_manual_names_all(interface, end):
    manual = (TOP / "data/man/inbasket.1").read_text()
    begin = manual.index(f".B {interface}\n(")
    assert not members(interface) - set(re.findall(r"\w+", manual[begin:manual.index(end, begin)]))
