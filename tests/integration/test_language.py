"""In another language, what workers and the engine find is said in it, too; what is hashed or read by programs stays as it is."""

import pytest
from e2e.inbasket import Service
from window import pseudo

MAIL = ("From: {who}\nTo: anna@example.org\nSubject: {subject}\nX-Thing: missing\nContent-Type: text/plain; charset=us-ascii\n"
        "Date: Thu, 26 Nov 2026 10:0{n}:00 +0000\n\n{text} {n}\n")


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    return pseudo.environment(pseudo.make(tmp_path_factory.mktemp("language")))


@pytest.fixture
def mail(tmp_path):
    path = tmp_path / "mail.eml"
    path.write_text(MAIL.format(who="bob@example.net", subject="WIN!!!", text="http://192.0.2.1/x", n=0))
    return path


def test_a_script_that_fails_as_it_runs(home, mail, spoken):
    home.script("mine", 'require "variables";\nset "a" "nobody";\nredirect "${a}";\n')
    said = home.run("filter", "run", "--script", "mine", mail, env=spoken, status=1).err
    assert 'mine.sieve:3: ⟦"nobody" ís nó máíl áddréss⟧' in said


def test_a_test_that_lacks_an_argument(home, spoken):
    home.script("mine", 'if header :is "Subject" { keep; }\n')
    assert "lácks íts ⟦líst óf kéys⟧" in home.run("filter", "check", "mine", env=spoken, status=1).err


def test_what_the_classifier_noticed(home, tmp_path, mail, spoken):
    for n in range(10):
        for kind, who, text in (("spam", "eve@example.com", "http://192.0.2.1/x"), ("ham", "dora@example.org", "shall we meet")):
            for more in range(3):
                (tmp_path / f"{kind}-{n}-{more}").write_text(
                    MAIL.format(who=who, subject=f"WIN{more}!!!" if kind == "spam" else f"lunch {more}", text=text, n=n))
    home.run("learn", "spam", *tmp_path.glob("spam-*"))
    home.run("learn", "ham", *tmp_path.glob("ham-*"))
    plain = [each["text"] for each in home.run("why", mail, "--json").lines[0]["evidence"]]
    told = [each["text"] for each in home.run("why", mail, "--json", env=spoken).lines[0]["evidence"]]
    assert any("“many marks”" in text for text in plain) and any("“host is an address”" in text for text in plain)
    assert any("“⟦mány márks⟧”" in text for text in told) and any("“⟦hóst ís án áddréss⟧”" in text for text in told)
    assert not any("x-thing: míssíng" in text for text in told)
    assert [pseudo.plain(text) for text in told] == plain


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_letters_that_ascii_lacks(home, server, locale):
    """Cron has the locale C: a folder that is shown is the folder that is meant all the same."""
    home.account("work", server, fetch__folders="INBOX;Bücher")
    assert "folders=INBOX;Bücher\n" in home.run("account", "show", "work", env={"LC_ALL": locale}).out


def test_letters_that_ascii_lacks_in_the_log(home, server):
    home.account("work", server, fetch__folders="INBOX;Missing")
    with Service(home, env={"LC_ALL": "C"}) as service:
        service.until(lambda: "no such mailbox" in service.said, "the first poll")
        assert "“Missing”" in service.said
