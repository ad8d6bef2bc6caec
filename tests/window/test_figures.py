"""Figures as the user's country writes them."""

import subprocess

import pytest
from mail import generate

COUNT = 1200
# Which locale groups how; C does not.
GROUPED = [("de_DE", "1.200"), ("en_US", "1,200"), ("C", "1200")]


@pytest.fixture(scope="session")
def locales(tmp_path_factory):
    folder = tmp_path_factory.mktemp("locales")
    for name, _ in GROUPED[:2]:
        # It warns of what a locale leaves out, and ends with 1 then.
        subprocess.run(["localedef", "--no-archive", "-i", name, "-f", "UTF-8", str(folder / f"{name}.UTF-8")], capture_output=True)
    return folder


@pytest.fixture
def many(home, server, desk):
    server.put("anna", generate.small(1, COUNT))
    home.account("work", server)
    service = desk.service()
    service.until(lambda: len(home.files()) == COUNT, "the mail")


def test_figures_are_grouped(many, desk, locales):
    for name, figure in GROUPED:
        locale = "C.UTF-8" if name == "C" else f"{name}.UTF-8"
        with desk.another(LOCPATH=str(locales), LC_ALL=locale, LANGUAGE="en") as window:
            window.says(f"{figure} delivered, 0 of them to Junk")
            window.keys("alt+4")
            window.says(f"{figure} messages came, 0 of them spam")
