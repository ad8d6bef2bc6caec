"""count.py FOLDER EXPECTED... - sums the results that meson and pytest left in FOLDER.

Prints what failed, and last "N passed, N failed". A part of the tests that was expected and left no result
counts as a failure, so that a run which broke off cannot look like success.
"""

import json
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

GOOD = {"OK", "EXPECTEDFAIL", "SKIP"}


def junit(path):
    """(passed, names of failures) of one report."""
    passed, failed = 0, []
    for case in xml.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname') or ''}/{case.get('name')}".strip("/")
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif case.find("skipped") is None:
            passed += 1
    return passed, failed


def broken_programs(path, failed):
    """Test programs of meson that failed without any of their cases saying so: by a crash, or a time limit."""
    for line in path.read_text().splitlines():
        program = json.loads(line)
        name = program["name"].split(" / ")[-1]
        if program["result"] not in GOOD and not any(name in case for case in failed):
            yield f"{program['name']} ({program['result']})"


def main():
    folder, expected = Path(sys.argv[1]), sys.argv[2:]
    passed, failed = 0, []
    for part in expected:
        if not (folder / f"{part}.xml").exists():
            failed.append(f"the {part} tests left no result")
    for report in sorted(folder.glob("*.xml")):
        good, bad = junit(report)
        passed += good
        failed += bad
        if report.with_suffix(".json").exists():
            failed += broken_programs(report.with_suffix(".json"), bad)
    for name in failed:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
