"""`inbasket filter test`: its report, its JSON, its exit status. What the language says is tested in tests/sieve."""

import pytest
from integration.terminal import Terminal

HEAD = 'require ["vnd.dovecot.testsuite", "fileinto"];\n'
GOOD = HEAD + 'test "first" { if false { test_fail "no"; } }\ntest "second" { keep; }\n'
FAILS = HEAD + 'test "fails" {\n    test_fail "this is why";\n}\ntest "goes on" { keep; }\n'
BREAKS = HEAD + 'test "breaks" {\n    test_message :smtp 3;\n}\n'
BROKEN = HEAD + "frobnicate;\n"
FOREIGN = 'require "vnd.dovecot.testsuite";\nrequire "vnd.example.nowhere";\ntest "never" { test_fail "no"; }\n'


@pytest.fixture
def suite(tmp_path):
    for name, text in [("good", GOOD), ("fails", FAILS), ("breaks", BREAKS), ("broken", BROKEN), ("foreign", FOREIGN)]:
        (tmp_path / f"{name}.svtest").write_text(text)
    return tmp_path


def test_a_line_a_test_and_a_count(home, suite):
    out = home.run("filter", "test", suite / "good.svtest").out
    assert "passed first\n" in out and "passed second\n" in out
    assert out.endswith("2 passed, 0 failed, 0 skipped\n")


def test_a_failure_names_its_place_and_reason(home, suite):
    out = home.run("filter", "test", suite / "fails.svtest", status=1).out
    assert f"FAILED fails\n      {suite}/fails.svtest:3: this is why\n" in out
    assert "passed goes on\n" in out and out.endswith("1 passed, 1 failed, 0 skipped\n")


def test_an_error_at_run_time_fails_its_test(home, suite):
    out = home.run("filter", "test", suite / "breaks.svtest", status=1).out
    assert f"{suite}/breaks.svtest:3: " in out


def test_broken_and_missing_files_do_not_stop_the_others(home, suite):
    run = home.run("filter", "test", suite / "broken.svtest", suite / "none.svtest", suite / "good.svtest", status=1)
    assert f'{suite}/broken.svtest:2:1: unknown command "frobnicate"' in run.out
    assert "none.svtest" in run.err
    assert run.out.endswith("2 passed, 2 failed, 0 skipped\n")


def test_a_file_for_an_unknown_extension_is_skipped(home, suite):
    out = home.run("filter", "test", suite / "foreign.svtest").out
    line, count = out.splitlines()
    assert "skipped" in line and '"vnd.example.nowhere"' in line
    assert count == "0 passed, 0 failed, 1 skipped"


def test_json(home, suite):
    lines = home.run("filter", "test", "--json", *(suite / f"{name}.svtest" for name in ("good", "fails", "foreign")),
                     status=1).lines
    tests = [line for line in lines if line["event"] == "test"]
    assert [(line["name"], line["passed"]) for line in tests] == [
        ("first", True), ("second", True), ("fails", False), ("goes on", True)]
    assert tests[2]["where"].endswith("fails.svtest:3") and tests[2]["reason"] == "this is why"
    assert tests[0]["where"] is None and tests[0]["line"] == 2
    assert {"event": "skipped", "file": str(suite / "foreign.svtest"), "extension": "vnd.example.nowhere"} in lines
    assert lines[-1] == {"event": "summary", "passed": 3, "failed": 1, "skipped": 1}


def test_quietly_only_failures_are_shown(home, suite):
    out = home.run("filter", "test", "--quiet", suite / "good.svtest", suite / "fails.svtest", status=1).out
    assert "goes on" not in out and "good.svtest" not in out and "this is why" in out


def test_marks_at_a_terminal(home, suite):
    with Terminal(home, "filter", "test", suite / "good.svtest", suite / "fails.svtest") as person:
        assert person.finish() == 1
    assert "✓" in person.seen and "✗" in person.seen


def test_what_a_test_prints_is_made_safe(home, suite):
    (suite / "odd.svtest").write_text(HEAD + 'test "a\x1b[31mb" {\n    test_fail "\x1b[2J";\n}\n')
    out = home.run("filter", "test", suite / "odd.svtest", status=1).out
    assert "\x1b" not in out


def test_without_a_file(home):
    assert home.run("filter", "test", status=2).err


def test_ordinary_filters_do_not_know_these_words(home, suite):
    (suite / "plain.sieve").write_text('require "vnd.dovecot.testsuite";\n')
    assert "vnd.dovecot.testsuite" in home.run("filter", "check", suite / "plain.sieve", status=1).err
