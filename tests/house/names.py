#!/usr/bin/env python3
"""Names that the formatter takes for sums: the domain of an error is one word. Prints TAP."""
import pathlib
import re
import sys

TOP = pathlib.Path(sys.argv[1])
QUARK = re.compile(r"\bG_DEFINE_QUARK \(([^,]*),")

named = [(path, name) for folder in ("accounts", "filters", "src") for path in (TOP / folder).rglob("*.c")
         for name in QUARK.findall(path.read_text())]
torn = sorted(f"{path.relative_to(TOP)}: {name}" for path, name in named if not re.fullmatch(r"[a-z0-9-]+", name))

print("1..1")
print(f"{'ok' if named and not torn else 'not ok'} 1 - the domain of each error is one word")
for line in torn:
    print(f"# {line}")
