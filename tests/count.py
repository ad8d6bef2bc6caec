"""count.py FOLDER EXPECTED... - sums the results that meson and pytest left in FOLDER.

Prints what failed, and last "N passed, N failed". A part of the tests that was expected and left no result
counts as a failure, so that a run which broke off cannot look like success.
"""

import json
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

GOOD = {"OK", "EXPECTEDFAIL", "SKIP"}


def junit(path, broken):
    """(passed, failures as (program, case)) of one report. What `broken` names has not passed, whatever the report says."""
    passed, failed = 0, []
    for case in xml.parse(path).getroot().iter("testcase"):
        program, name = (case.get("classname") or "").rpartition(".")[2], case.get("name")
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append((program, name))
        elif case.find("skipped") is None and name not in broken:
            passed += 1
    return passed, failed


def broken_programs(path):
    """{name: how it ended} of Meson's test programs that failed: some do without any case saying so, by a crash or
    a time limit."""
    if not path.exists():
        return {}
    programs = (json.loads(line) for line in path.read_text().splitlines())
    return {program["name"].split(" / ")[-1]: program["result"] for program in programs if program["result"] not in GOOD}


def main():
    folder, expected = Path(sys.argv[1]), sys.argv[2:]
    passed, failed = 0, []
    for part in expected:
        if not (folder / f"{part}.xml").exists():
            failed.append(f"the {part} tests left no result")
    for report in sorted(folder.glob("*.xml")):
        broken = broken_programs(report.with_suffix(".json"))
        good, bad = junit(report, broken)
        passed += good
        failed += [f"{program}/{name}" for program, name in bad]
        told = {name for case in bad for name in case}
        failed += [f"{name} ({how})" for name, how in broken.items() if name not in told]
    for name in failed:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
