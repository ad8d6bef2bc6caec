#!/usr/bin/env python3
"""Names that the formatter takes for sums, a function that must not be called, and errors that are lost. Prints TAP."""
import pathlib
import re
import sys

TOP = pathlib.Path(sys.argv[1])
QUARK = re.compile(r"\bG_DEFINE_QUARK \(([^,]*),")

# It trusts errno, which other threads' locks change inside its first call; accounts/units.h has what does not.
SHUNNED = re.compile(r"\bg_ascii_string_to_(?:un)?signed\b")

# g_steal_pointer (&why), and whether there was one is asked of the empty pointer: always success.
STOLEN = re.compile(r"g_steal_pointer \(&(\w+)\)\);\s+(?:\}\s+)?return \1 [!=]= NULL;")

sources = {path: path.read_text() for folder in ("accounts", "filters", "src") for path in (TOP / folder).rglob("*.c")}
named = [(path, name) for path, text in sources.items() for name in QUARK.findall(text)]
torn = sorted(f"{path.relative_to(TOP)}: {name}" for path, name in named if not re.fullmatch(r"[a-z0-9-]+", name))

called = sorted(f"{path.relative_to(TOP)}: {name}" for path, text in sources.items() for name in SHUNNED.findall(text))

lost = sorted(f"{path.relative_to(TOP)}: {found[1]}" for path, text in sources.items() for found in STOLEN.finditer(text))

print("1..3")
print(f"{'ok' if named and not torn else 'not ok'} 1 - the domain of each error is one word")
for line in torn:
    print(f"# {line}")
print(f"{'ok' if sources and not called else 'not ok'} 2 - no number is read by a function that trusts errno")
for line in called:
    print(f"# {line}")
print(f"{'ok' if sources and not lost else 'not ok'} 3 - no error is handed on and then taken for success")
for line in lost:
    print(f"# {line}")
