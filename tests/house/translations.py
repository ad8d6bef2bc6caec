#!/usr/bin/env python3
"""Every source with words for people is where translators' tools look, and no other. Prints TAP."""
import pathlib
import re
import sys

TOP = pathlib.Path(sys.argv[1])

MARK = re.compile(r'\b(?:N?_|ngettext) \("')
listed = {line for line in (TOP / "data/po/POTFILES.in").read_text().splitlines() if line and not line.startswith("#")}
# What translators' tools read by rules of their own.
ruled = {str(path.relative_to(TOP)) for path in [*(TOP / "src/gtk").glob("*.ui"), *(TOP / "data/desktop").glob("*.desktop.in"),
                                                 *(TOP / "data/desktop").glob("*.metainfo.xml.in")]
         if path.suffix != ".ui" or 'translatable="yes"' in path.read_text()}
marked = ruled | {str(path.relative_to(TOP)) for folder in ("accounts", "filters", "src")
          for path in (TOP / folder).rglob("*.c") if MARK.search(path.read_text())}

# A string ends for them at any macro but <inttypes.h>'s.
CUT = re.compile(r'\b(?:N?_|ngettext) \((?:\s*"(?:[^"\\]|\\.)*")+\s*(?!PRI)[A-Z]')
cut = [str(path.relative_to(TOP)) for folder in ("accounts", "filters", "src")
       for path in (TOP / folder).rglob("*.c") if CUT.search(path.read_text())]

# A number that may be one needs a form for one; those of macros (%d) are limits, and larger.
PLURALS = "accounts actions addresses bytes days files filters folders hours messages minutes people redirects rules scripts seconds tests times twice variables watches"
TEXT = re.compile(r'\b(N?_) \(((?:\s*(?:"(?:[^"\\]|\\.)*"|PRI[a-z]\d+))+)')
NUMBER = re.compile(rf"%'?(?:[lz]*u|PRI[ud]\d+)(?: (?!of )[a-z-]+| of %'?(?:[lz]*u|PRI[ud]\d+))? (?:{'|'.join(PLURALS.split())})\b")
single = [f"{path.relative_to(TOP)}: {said}" for folder in ("accounts", "filters", "src") for path in (TOP / folder).rglob("*.c")
          for _, text in TEXT.findall(path.read_text())
          if NUMBER.search(said := re.sub(r'"\s*"|(?<=%|\')"\s*|(?<=\d)\s*"|\n\s*', "", text))]

checks = [
    ("what is counted has a form for one", sorted(single)),
    ("no words are cut off by a macro", sorted(cut)),
    ("every source with words for people is in POTFILES.in", sorted(marked - listed)),
    ("POTFILES.in names no other", sorted(listed - marked)),
    ("sources were found", [] if len(marked) > 20 else ["fewer than 20 sources with words"]),
]
print(f"1..{len(checks)}")
for number, (what, faults) in enumerate(checks, 1):
    print(f"{'not ok' if faults else 'ok'} {number} - {what}")
    for fault in faults:
        print(f"# {fault}")
sys.exit(any(faults for _, faults in checks))
