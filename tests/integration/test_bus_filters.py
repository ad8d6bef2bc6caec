"""The filters on the session bus: seen, checked, tried, written and put in order by whoever may talk to the service."""

import json


def documents(text):
    return [json.loads(line) for line in text.splitlines()]


def test_the_list_is_what_the_command_prints(work, caller):
    work.script("mine", "keep;")
    work.configure(filter__scripts="mine.sieve;junk.sieve")
    printed = work.run("filter", "list", "--json").lines
    assert documents(caller("Filters")) == printed
    assert [line["name"] for line in printed[:2]] == ["mine.sieve", "junk.sieve"]
