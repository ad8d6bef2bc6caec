"""`inbasket eval`: the classifier measured on the user's own mail."""

import email.utils
import os
import random

import pytest

GOOD = "garden choir roof meeting lake train bicycle kitchen paper river saturday lunch keys printer".split()
BAD = "winner pills invoice lottery casino prize urgent cheap income miracle offer casino bonus refund".split()
START = 1_760_000_000


def write(folder, name, words, number, received=True, seed=0):
    """A message that came `number` minutes after START."""
    choose = random.Random(f"{name} {number} {seed}")
    date = email.utils.formatdate(START + 60 * number)
    path = folder / name
    trace = f"Received: from a.example ([192.0.2.1]) by mx.example.org with SMTP id {number};\n\t{date}\n" if received else ""
    path.write_text(f"{trace}From: someone{choose.randrange(1000)}@example.com\nTo: anna@example.org\nSubject: {choose.choice(words)}\n"
                    f"Message-ID: <{name}.{number}@example.com>\n\n{' '.join(choose.choices(words, k=30))}\n")
    return path


@pytest.fixture
def folders(tmp_path):
    """160 messages, told apart easily, named in another order than that in which they came."""
    good, junk = tmp_path / "good", tmp_path / "junk"
    good.mkdir()
    junk.mkdir()
    for number in range(80):
        write(good, f"{79 - number:03}", GOOD, 2 * number)
        write(junk, f"{79 - number:03}", BAD, 2 * number + 1)
    return good, junk


def evaluate(home, *arguments, status=0):
    answer, = home.run("eval", "--json", *arguments, status=status).lines
    return answer


def test_figures(home, folders):
    good, junk = folders
    answer = evaluate(home, good, "--junk", junk)
    assert (answer["messages"], answer["ham"], answer["spam"]) == (160, 80, 80)
    assert answer["threshold"] is None
    # Nothing is called spam before 30 of each are known; from then on these are told apart.
    assert answer["ham_lost"] == 0 and answer["spam_missed"] == 30
    assert answer["errors"] == 30
    assert answer["spam_missed_percent"] == pytest.approx(37.5)
    assert answer["one_minus_auc_percent"] < 5
    assert sum(part["messages"] for part in answer["curve"]) == 160
    assert sum(part["errors"] for part in answer["curve"]) == 30
    assert [part["from"] for part in answer["curve"]] == sorted(part["from"] for part in answer["curve"])
    assert answer["curve"][0]["spam_missed"] == answer["curve"][0]["spam"]
    assert answer["curve"][-1]["errors"] == 0
    assert answer["suspects"] == [] and answer["failed"] == []


def test_threshold_judges_from_the_first_message_on(home, folders):
    good, junk = folders
    answer = evaluate(home, "--threshold", "0.5", good, "--junk", junk)
    assert answer["threshold"] == 0.5
    assert answer["errors"] < 10
    eager = evaluate(home, "--threshold=0.01", good, "--junk", junk)
    assert eager["spam_missed"] <= answer["spam_missed"] and eager["ham_lost"] >= answer["ham_lost"]


def test_misfiled_messages_are_named(home, folders):
    good, junk = folders
    misfiled = {str(write(good, f"misfiled-{number}", BAD, 100 + number)) for number in range(2)}
    misfiled.add(str(write(junk, "misfiled-too", GOOD, 105)))
    answer = evaluate(home, good, "--junk", junk)
    assert {suspect["path"] for suspect in answer["suspects"]} == misfiled
    for suspect in answer["suspects"]:
        assert suspect["label"] == ("ham" if "/good/" in suspect["path"] else "spam")
        assert (suspect["score"] > 0.5) == (suspect["label"] == "ham")
    assert len(evaluate(home, "--suspects", "1", good, "--junk", junk)["suspects"]) == 1
    words = home.run("eval", good, "--junk", junk).out
    for path in misfiled:
        assert path in words


def test_order_is_by_arrival(home, tmp_path):
    """The words of good mail and junk change places in the middle: whoever learns in the order of names is wrong at once."""
    good, junk = tmp_path / "good", tmp_path / "junk"
    good.mkdir()
    junk.mkdir()
    for number in range(40):
        write(good, f"{number % 2} {number}", GOOD, number)
        write(junk, f"{number % 2} {number}", BAD, number)
    late = write(good, "0 first by name", BAD, 50)
    answer = evaluate(home, "--threshold", "0.5", good, "--junk", junk)
    assert answer["curve"][-1]["to"] == email.utils.parsedate_to_datetime(email.utils.formatdate(START + 3000)).strftime("%Y-%m-%d")
    assert answer["curve"][-1]["ham_lost"] == 1 and late.exists()


def test_file_time_where_no_server_wrote_a_date(home, tmp_path):
    good, junk = tmp_path / "good", tmp_path / "junk"
    good.mkdir()
    junk.mkdir()
    for number in range(25):
        for folder, words in ((good, GOOD), (junk, BAD)):
            path = write(folder, f"{number}", words, number, received=False)
            os.utime(path, (START + 86400 * number, START + 86400 * number))
    curve = evaluate(home, good, "--junk", junk)["curve"]
    assert curve[0]["from"] == "2025-10-09" and curve[-1]["to"] == "2025-11-02"


def test_home_is_neither_asked_nor_changed(home, folders):
    good, junk = folders
    home.run("learn", "spam", good)  # nonsense, which must not matter
    before = {path: path.read_bytes() for path in home.state.rglob("*") if path.is_file()}
    learned = evaluate(home, good, "--junk", junk)
    after = {path: path.read_bytes() for path in home.state.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal"))}
    assert after == {path: data for path, data in before.items() if not path.name.endswith(("-shm", "-wal"))}
    (home.state / "model.ib").unlink()
    (home.state / "journal.db").unlink()
    assert evaluate(home, good, "--junk", junk) == learned


def test_what_stands_on_both_sides_is_junk(home, tmp_path):
    box = tmp_path / "box"
    (box / ".Junk").mkdir(parents=True)
    for folder in (box, box / ".Junk"):
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir()
    for number in range(5):
        write(box / "cur", f"{number}:2,S", GOOD, number)
        write(box / ".Junk" / "cur", f"{number}:2,S", BAD, number)
    answer = evaluate(home, box, "--junk", box / ".Junk")
    assert (answer["ham"], answer["spam"]) == (5, 5)
    several = evaluate(home, box, "--junk", box / ".Junk" / "cur", box / ".Junk")
    assert (several["ham"], several["spam"]) == (5, 5)
    equals = evaluate(home, box, f"--junk={box / '.Junk'}")
    assert (equals["ham"], equals["spam"]) == (5, 5)


def test_words_for_people(home, folders):
    good, junk = folders
    run = home.run("eval", good, "--junk", junk)
    for part in ("160 messages of 2025-10-09 to 2025-10-09", "80 good, 80 junk", "30 of 160", "0 of 80", "30 of 80", "LAM", "1-AUC", "█"):
        assert part in run.out, run
    assert run.err == ""


def test_message_that_cannot_be_read_is_left_out(home, folders):
    good, junk = folders
    hostile = good / "\x1b[31m"
    write(good, hostile.name, BAD, 3)
    answer = evaluate(home, good, "--junk", junk, "/proc/self/mem", status=1)
    assert answer["messages"] == 161
    failed, = answer["failed"]
    assert failed["path"] == "/proc/self/mem" and failed["error"]
    run = home.run("eval", good, "--junk", junk, "/proc/self/mem", status=1)
    assert "\x1b" not in run.out + run.err and "/proc/self/mem" in run.err


def test_one_kind_alone_has_no_order(home, folders, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    answer = evaluate(home, folders[0], "--junk", empty)
    assert answer["spam"] == 0 and answer["lam_percent"] is None and answer["one_minus_auc_percent"] is None
    assert home.run("eval", folders[0], "--junk", empty).status == 0
    assert evaluate(home, empty, "--junk", empty)["messages"] == 0
    home.run("eval", empty, "--junk", empty)


USAGE = {
    "nothing": (),
    "no-junk": ("{good}",),
    "no-good": ("--junk", "{junk}"),
    "junk-of-nothing": ("{good}", "--junk"),
    "missing-folder": ("{good}", "--junk", "{good}/missing"),
    "threshold": ("--threshold", "80", "{good}", "--junk", "{junk}"),
    "threshold-word": ("--threshold", "high", "{good}", "--junk", "{junk}"),
    "suspects": ("--suspects", "-1", "{good}", "--junk", "{junk}"),
    "account": ("--account", "nobody", "{good}", "--junk", "{junk}"),
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE.keys())
def test_usage(home, folders, arguments):
    run = home.run("eval", *(word.format(good=folders[0], junk=folders[1]) for word in arguments), status=2)
    assert run.out == "" and run.err.count("\n") == 1
