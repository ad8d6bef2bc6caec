"""The wizard's second half in pictures."""

import os

import pytest

from window.desk import LOOKS, mails
from window.steps import begin, to_forecast
from window.wizard import go


@pytest.mark.parametrize("look", LOOKS)
def test_pictures(desk, known, mail, tmp_path, look):
    mail.append("anna", mails(40, seed=3), flags=r"(\Seen)")
    folder = os.environ.get("INBASKET_PICTURES", tmp_path)

    window = begin(desk, known, ADW_DEBUG_COLOR_SCHEME="prefer-dark" if look == "dark" else "prefer-light",
                   ADW_DEBUG_HIGH_CONTRAST=str(int(look == "contrast")))
    if look == "narrow":
        window.resize(360, 720)

    def picture(name):
        window.picture(f"{folder}/{name}-{look}.png")

    to_forecast(window, mail)
    window.press("push button", "Try a Dry Run")
    window.says("INBOX ")
    picture("setup-forecast")
    go(window, "Sorting")
    picture("setup-filter")
    go(window, "Done", "Add Account")
    window.says("The classifier knows")
    picture("setup-done")
