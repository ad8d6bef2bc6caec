#!/usr/bin/env python3
"""Names that the formatter takes for sums, and a function that must not be called. Prints TAP."""
import pathlib
import re
import sys

TOP = pathlib.Path(sys.argv[1])
QUARK = re.compile(r"\bG_DEFINE_QUARK \(([^,]*),")

# It trusts errno, which other threads' locks change inside its first call; accounts/units.h has what does not.
SHUNNED = re.compile(r"\bg_ascii_string_to_(?:un)?signed\b")

sources = {path: path.read_text() for folder in ("accounts", "filters", "src") for path in (TOP / folder).rglob("*.c")}
named = [(path, name) for path, text in sources.items() for name in QUARK.findall(text)]
torn = sorted(f"{path.relative_to(TOP)}: {name}" for path, name in named if not re.fullmatch(r"[a-z0-9-]+", name))

called = sorted(f"{path.relative_to(TOP)}: {name}" for path, text in sources.items() for name in SHUNNED.findall(text))

print("1..2")
print(f"{'ok' if named and not torn else 'not ok'} 1 - the domain of each error is one word")
for line in torn:
    print(f"# {line}")
print(f"{'ok' if sources and not called else 'not ok'} 2 - no number is read by a function that trusts errno")
for line in called:
    print(f"# {line}")
