"""tap.py INBASKET FILE.svtest: runs a test script and tells of its cases as TAP. A file that is skipped has failed."""

import json
import subprocess
import sys


def main():
    inbasket, path = sys.argv[1:]
    run = subprocess.run([inbasket, "filter", "test", "--json", path], stdout=subprocess.PIPE, text=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    cases = [line for line in lines if line["event"] == "test"]
    for number, case in enumerate(cases, 1):
        name = case["name"].replace("#", " ")
        print(f"{'ok' if case['passed'] else 'not ok'} {number} - {name}")
        if not case["passed"]:
            reason = case["reason"].replace("\n", "\n# ")
            print(f"# {case['where']}: {reason}")
    for line in lines:
        if line["event"] == "skipped":
            print(f"Bail out! Inbasket does not know {line['extension']}")
    print(f"1..{len(cases)}")
    summary = lines[-1] if lines else {}
    sound = summary.get("event") == "summary" and summary["passed"] + summary["failed"] == len(cases)
    return 0 if sound and cases and run.returncode == (1 if summary["failed"] else 0) else 1


sys.exit(main())
