#!/usr/bin/env python3
"""What Python's email parser sees of a delivered message: our fields first and whole, then all that it saw before.

    readers.py ANNOTATE FOLDER      prints TAP, one line a letter
"""
import email
import pathlib
import subprocess
import sys

ANNOTATE, FOLDER = sys.argv[1:]
OWN = [("X-Inbasket-Id", "17"), ("X-Inbasket-Account", "home")]


def faults(letter):
    bare = letter.read_bytes()
    delivered = subprocess.run([ANNOTATE, letter], check=True, capture_output=True).stdout
    before, after = email.message_from_bytes(bare), email.message_from_bytes(delivered)
    seen = [(name, str(value)) for name, value in after.items()]
    if seen[:2] != OWN or seen[2][0] != "X-Inbasket-Verdict" or not seen[2][1].startswith("unsure"):
        yield f"our fields are not the first: {seen[:3]}"
    rest = [(name, value) for name, value in seen[3:] if name != "X-Inbasket-Note"]
    expected = [(name, str(value)) for name, value in before.items() if not name.lower().startswith("x-inbasket-")]
    if rest != expected:
        yield f"the others changed: {rest} instead of {expected}"
    if any(name.lower().startswith("x-inbasket-") for name, _ in rest):
        yield "a forged field is left"
    if not bare.endswith(b"\n\n") and bare.rpartition(b"\n\n")[2] != delivered.rpartition(b"\n\n")[2] and b"\n\n" in bare:
        yield "the body changed"


letters = sorted(pathlib.Path(FOLDER).glob("*.eml"))
print(f"1..{len(letters)}")
failed = not letters
for number, letter in enumerate(letters, 1):
    found = list(faults(letter))
    failed = failed or bool(found)
    print(f"{'not ok' if found else 'ok'} {number} - {letter.name}")
    for fault in found:
        print(f"# {fault}")
sys.exit(failed)
