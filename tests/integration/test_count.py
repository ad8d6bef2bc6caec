"""The runner's last line tells the truth, also about tests that crash, hang or never ran."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = Path(__file__).resolve().parents[1] / "count.py"


def case(program, name, inside=""):
    return f'<testcase classname="{program}" name="{name}">{inside}</testcase>'


@pytest.mark.parametrize(("cases", "programs", "expected", "line", "status"), [
    ([case("x.fs", "a"), case("x.fs", "b")], {"fs": "OK"}, ["unit"], "2 passed, 0 failed", 0),
    ([case("x.fs", "a"), case("x.fs", "b", "<failure/>")], {"fs": "ERROR"}, ["unit"], "1 passed, 1 failed", 1),
    ([case("x.fs", "a"), case("x.fs", "b", "<error/>")], {}, ["unit"], "1 passed, 1 failed", 1),
    ([case("x.fs", "a")], {"fs": "ERROR"}, ["unit"], "1 passed, 1 failed", 1),
    ([case("x", "fs")], {"fs": "TIMEOUT"}, ["unit"], "0 passed, 1 failed", 1),
    ([case("x", "fs", "<failure/>")], {"fs": "FAIL"}, ["unit"], "0 passed, 1 failed", 1),
    ([case("x.fs", "a", "<skipped/>")], {"fs": "SKIP"}, ["unit"], "0 passed, 0 failed", 1),
    ([case("x.fs", "a")], {"fs": "OK"}, ["unit", "e2e"], "1 passed, 1 failed", 1),
    ([], {}, ["unit"], "0 passed, 0 failed", 1),
], ids=["good", "failed", "error", "crashed", "hung", "plain-program", "skipped", "part-missing", "none"])
def test_count(tmp_path, cases, programs, expected, line, status):
    (tmp_path / "unit.xml").write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    (tmp_path / "unit.json").write_text("\n".join(json.dumps({"name": f"inbasket:unit / {name}", "result": how}) for name, how in programs.items()))
    run = subprocess.run([sys.executable, COUNT, tmp_path, *expected], capture_output=True, text=True, check=False)
    assert (run.stdout.splitlines()[-1], run.returncode) == (line, status)
