"""`inbasket setup` with accounts that GNOME is signed in to already, of a real goa-daemon."""

import pytest
from mail.generate import small
from servers.goa import OnlineAccounts

from integration.test_setup import Person, set_authority
from integration.test_online_accounts import ANNA, nothing_is_kept

BERT = "bert@example.com"


@pytest.fixture
def mail(start):
    server = start(users={ANNA: "s3cret", BERT: "other"})
    server.put(ANNA, small(1, 2))
    return server


@pytest.fixture
def desktop(mail):
    with OnlineAccounts() as desktop:
        desktop.add_password(ANNA, "s3cret", mail)
        desktop.add_password(BERT, "other", mail)
        desktop.run()
        yield desktop


def take(person, mail, number="1"):
    person.answer("Press Enter to begin")
    person.expect("GNOME is signed in to these already")
    person.answer("Mail address", number)
    set_authority(person, mail)


def finish(person):
    person.expect("It works.")
    person.answer("Press Enter to go on")
    person.answer("Enter if that is right")
    person.answer("Filter its mail")
    person.answer("into folders as well")
    person.answer("Folder for its ordinary mail")
    person.answer("Learn from it?", "no")


def written(home, name="example"):
    return (home.accounts / f"{name}.conf").read_text()


def test_a_number_takes_one_and_no_password_is_asked_for(home, mail, desktop):
    with Person(home, "setup", env=desktop.environment) as person:
        take(person, mail)
        finish(person)
        person.answer("Another account?")
        assert person.finish() == 0
    assert "Which way" not in person.seen and "Password of" not in person.seen, person.seen
    assert "secret=goa:account_1700000000_0\n" in written(home)
    nothing_is_kept(home, "s3cret")
    assert len(home.sync(env=desktop.environment).delivered) == 2


def test_one_that_is_fetched_is_not_offered_again(home, mail, desktop):
    with Person(home, "setup", env=desktop.environment) as person:
        take(person, mail)
        finish(person)
        before = len(person.seen)
        person.answer("Another account?", "yes")
        person.expect("bert@example.com")
        person.expect("Mail address")
        assert ANNA not in person.seen[before:], person.seen
        person.type("q")
        assert person.finish() == 0
    with Person(home, "setup", env=desktop.environment) as person:
        person.expect("bert@example.com")
        person.expect("Mail address")
        assert ANNA not in person.seen, person.seen
        person.type("q")
        assert person.finish() == 0


def test_another_address_after_all(home, mail, desktop):
    with Person(home, "setup", env=desktop.environment) as person:
        person.answer("Press Enter to begin")
        person.answer("Mail address", "2")
        person.answer("Enter if that is right", "b")
        person.answer("Mail address", "carl@localhost")
        person.expect("Step 2 of 8")
        person.expect("No settings were found for this address")
        person.expect("Which way")
        person.type("q")
        assert person.finish() == 0
    assert not home.accounts.exists()


def test_answers_name_it_by_its_address(home, mail, desktop, tmp_path):
    path = tmp_path / "answers"
    path.write_text(f"[bert]\nonline={BERT}\nca-file={mail.ca}\n[carl]\nonline=carl@example.com\n")
    run = home.run("setup", "--answers", path, env=desktop.environment, status=2)
    assert "secret=goa:account_1700000001_0\n" in written(home, "bert")
    assert "GNOME has no account “carl@example.com” that could be taken" in run.err
    assert not (home.accounts / "carl.conf").exists()
