"""What tests/dialogues/README.md names is there."""

import re
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def test_every_test_that_the_readme_names_is_there():
    readme = (TOP / "tests/dialogues/README.md").read_text()
    files = {word: (TOP / path).read_text() for word, path in re.findall(r"^\| (\w+) \| (tests/\S+) \|$", readme, re.MULTILINE)}
    assert len(files) > 20
    named = [(word, name) for word, name in re.findall(r"`(\w+) ([^`]+)`", readme) if word in files]
    assert len(named) > 150
    missing = [f"{word} {name}" for word, name in named
               if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", files[word])]
    assert not missing, missing
