"""`inbasket classify`: messages scored, and line by line, taught."""

import contextlib
import json
import os
import select
import signal
import sqlite3
import subprocess
import time

import pytest

from mail.generate import messages, small

from .inbasket import PATIENCE, kill_all


class Batch:
    """`classify --batch` as a program drives it."""

    def __init__(self, home, **env):
        self.process = subprocess.Popen(home.command("classify", "--batch"), env=home.environment(**env), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, start_new_session=True)

    def ask(self, line):
        """The one line that answers it, which comes while standard input stays open."""
        self.process.stdin.write(os.fsencode(line) + b"\n")
        return self.answer()

    def answer(self):
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        assert ready, "no answer"
        line = self.process.stdout.readline()
        assert line.endswith(b"\n")
        return line[:-1].decode()

    def score(self, path):
        word, number, verdict = self.ask(f"classify {path}").split(" ")
        assert word == "score" and len(number) == len("0.123456"), (word, number)
        return float(number), verdict

    def train(self, label, path):
        assert self.ask(f"train {label} {path}") == "ok"

    def end(self, status=0):
        """Standard error, when it has left with `status`."""
        self.process.stdin.close()
        err = self.process.stderr.read().decode()
        assert self.process.wait(PATIENCE) == status, err
        assert self.process.stdout.read() == b""
        self.process.stdout.close()
        self.process.stderr.close()
        return err

    def kill(self):
        kill_all(self.process)
        self.process.wait(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


@pytest.fixture
def batch(home):
    """Starts one; what is left of it at the end of the test is ended."""
    running = []

    def start(**env):
        running.append(Batch(home, **env))
        return running[-1]
    yield start
    for each in running:
        if each.process.poll() is None:
            each.kill()


@pytest.fixture(scope="module")
def mail(tmp_path_factory):
    """{"ham": paths, "spam": paths} of 60 different messages."""
    folder = tmp_path_factory.mktemp("mail")
    paths = {"ham": [], "spam": []}
    for label, kinds in (("ham", ["personal", "list", "notification"]), ("spam", ["spam"])):
        for number, message in enumerate(messages(seed=7, count=40, kinds=kinds)):
            path = folder / f"{label} {number}.eml"  # a blank in a path is a part of it
            path.write_bytes(message.data)
            paths[label].append(path)
    return paths


def teach_all(batch, mail):
    """In turn, as they would come."""
    for ham, spam in zip(mail["ham"], mail["spam"], strict=True):
        batch.train("ham", ham)
        batch.train("spam", spam)


def lessons(home):
    """How many are durable."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{home.state / 'journal.db'}?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM lesson").fetchone()[0]
    except sqlite3.OperationalError:  # not made yet
        return 0


def wait_for(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it did not come to that"
        time.sleep(0.01)


# --- line by line -------------------------------------------------------------------------------------------------


def test_nothing_known_is_half(batch, mail):
    answers = batch()
    assert answers.ask(f"classify {mail['ham'][0]}") == "score 0.500000 unsure"
    answers.end()


def test_lesson_shows_in_the_next_verdict(batch, mail):
    answers = batch()
    answers.train("spam", mail["spam"][0])
    answers.train("ham", mail["ham"][0])
    spam, word = answers.score(mail["spam"][0])
    ham, _ = answers.score(mail["ham"][0])
    assert spam > 0.5 > ham
    assert word == "unsure"  # too little is known for a verdict
    answers.train("ham", mail["spam"][0])  # the user was wrong
    changed, _ = answers.score(mail["spam"][0])
    assert changed < 0.5
    answers.end()


def test_verdicts_once_enough_is_known(batch, mail):
    answers = batch()
    teach_all(answers, mail)
    assert answers.score(mail["spam"][3])[1] == "spam"
    assert answers.score(mail["ham"][3])[1] == "ham"
    answers.end()


BAD_LINES = {
    "empty": b"",
    "unknown-word": b"ponder /tmp/x",
    "classify-nothing": b"classify",
    "classify-blank": b"classify ",
    "train-nothing": b"train",
    "train-no-path": b"train spam ",
    "train-unknown-label": b"train scam /tmp/x",
    "upper-case": b"CLASSIFY /tmp/x",
    "missing-file": b"classify /nonexistent/message",
    "missing-lesson": b"train ham /nonexistent/message",
    "folder": b"classify /tmp",
    "below-a-file": b"classify /etc/hostname/x",
    "device": b"classify /dev/null",
    "cannot-be-read": b"classify /proc/self/mem",
    "standard-input": b"classify -",
    "nul": b"classify /etc/host\0name",
    "not-utf-8": b"classify /nonexistent/\xff\xfe",
    "escape-sequence": b"classify /nonexistent/\x1b[31mred\x07",
    "carriage-return": b"classify /nonexistent/x\r",
    "too-long": b"classify /" + b"x" * 200_000,
    "a-path-too-long": b"train spam /" + b"x" * 10_000,
}


@pytest.mark.parametrize("line", BAD_LINES.values(), ids=BAD_LINES.keys())
def test_bad_line_is_an_error_and_the_batch_goes_on(batch, mail, line):
    answers = batch()
    said = answers.ask(line)
    assert said.startswith("error ") and len(said) > len("error ")
    assert not [c for c in said if ord(c) < 32 or ord(c) == 127]
    assert answers.ask(f"classify {mail['ham'][0]}") == "score 0.500000 unsure"
    answers.end(status=1)


def test_strange_names_are_paths(batch, mail, tmp_path):
    answers = batch()
    for name in ("two  blanks ", "-", "\x1b[31m", "tab\there", "back\\slash", os.fsdecode(b"\xff")):
        (tmp_path / name).write_bytes(mail["spam"][0].read_bytes())
        assert answers.ask(f"classify {tmp_path / name}") == "score 0.500000 unsure"
    answers.end()


def test_pipelined_lines_are_answered_in_order(batch, mail):
    answers = batch()
    lines = b"".join(b"classify %s\ntrain spam %s\nnonsense\n" % (os.fsencode(p), os.fsencode(p)) for p in mail["spam"])
    answers.process.stdin.write(lines[:-1])  # the last line needs no end
    answers.process.stdin.close()
    said = answers.process.stdout.read().decode().splitlines()
    assert [line.split(" ")[0] for line in said] == ["score", "ok", "error"] * len(mail["spam"])
    assert answers.process.wait(PATIENCE) == 1


def test_file_that_changed_is_read_again(batch, mail, tmp_path):
    answers = batch()
    path = tmp_path / "message"
    path.write_bytes(mail["ham"][0].read_bytes())
    answers.score(path)
    path.write_bytes(mail["spam"][0].read_bytes())
    answers.train("spam", path)
    assert answers.score(mail["spam"][0])[0] > 0.9  # as if it were the same
    answers.end()


# --- what is kept -------------------------------------------------------------------------------------------------


def test_another_run_knows_what_was_taught(batch, mail):
    first = batch()
    teach_all(first, mail)
    paths = [*mail["ham"], *mail["spam"]]
    scores = [first.ask(f"classify {path}") for path in paths]
    first.end()
    second = batch()
    assert [second.ask(f"classify {path}") for path in paths] == scores
    second.end()


def test_lessons_are_durable_when_nobody_asks(batch, home, mail):
    answers = batch()
    answers.train("spam", mail["spam"][0])
    answers.train("ham", mail["ham"][0])
    wait_for(lambda: lessons(home) == 2)
    scores = [answers.score(mail[label][0]) for label in ("ham", "spam")]
    answers.kill()  # before the table was written
    assert not (home.state / "model.ib").exists()
    after = batch()
    assert [after.score(mail[label][0]) for label in ("ham", "spam")] == scores
    after.end()


def test_hundreds_of_lessons_are_written_down_without_a_pause(batch, home, mail):
    answers = batch()
    for number in range(600):
        path = mail["spam"][number % len(mail["spam"])]
        answers.process.stdin.write(b"train spam %s\n" % os.fsencode(path))
    for _ in range(600):
        assert answers.answer() == "ok"
    answers.kill()
    assert lessons(home) == len(mail["spam"])


def test_killed_in_the_middle_leaves_a_home_that_works(batch, home, mail):
    answers = batch()
    for path in mail["spam"][:20]:
        answers.train("spam", path)
    answers.kill()
    after = batch()
    assert lessons(home) <= 20
    teach_all(after, mail)
    assert after.score(mail["spam"][0])[1] == "spam"
    after.end()
    assert lessons(home) == 80


def test_damaged_table_is_set_aside_and_learned_anew(batch, home, mail):
    first = batch()
    teach_all(first, mail)
    paths = [*mail["ham"], *mail["spam"]]
    scores = [first.ask(f"classify {path}") for path in paths]
    first.end()
    table = home.state / "model.ib"
    damaged = bytearray(table.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    table.write_bytes(damaged)

    looking = batch()
    assert [looking.ask(f"classify {path}") for path in paths] == scores
    assert "could not be read" in looking.end()
    assert table.read_bytes() == damaged  # who only looks changes nothing

    teaching = batch()
    teaching.train("ham", mail["ham"][0])
    said = teaching.end()
    assert "could not be read" in said
    aside, = home.state.glob("model.ib.*")
    assert aside.read_bytes() == damaged and table.read_bytes() != damaged
    assert str(aside) in said
    again = batch()
    again.score(mail["ham"][0])
    assert "could not be read" not in again.end()


def test_lost_table_is_learned_anew(batch, home, mail):
    first = batch()
    teach_all(first, mail)
    scores = [first.ask(f"classify {path}") for path in mail["ham"]]
    first.end()
    (home.state / "model.ib").unlink()
    second = batch()
    assert [second.ask(f"classify {path}") for path in mail["ham"]] == scores
    second.end()


def test_lessons_that_cannot_be_written_down_are_said(batch, home, mail):
    answers = batch(IB_FAULT="journal.commit:2:ENOSPC")  # the first is that of the new journal
    answers.train("spam", mail["spam"][0])
    assert "cannot be written down" in answers.end(status=4)
    assert lessons(home) == 0
    after = batch()
    assert after.score(mail["spam"][0]) == (0.5, "unsure")
    after.end()


@pytest.mark.parametrize(("fault", "status"), [("journal.commit:3", -signal.SIGKILL), ("journal.commit:3:ENOSPC", 4)])
def test_a_large_folder_is_learned_piece_by_piece(home, tmp_path, fault, status):
    """Neither an end in the midst nor a full disk takes all of it back: the first commit is that of the new journal."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number, message in enumerate(small(9, 1100)):
        (folder / f"{number}.eml").write_bytes(message)
    home.run("learn", "ham", folder, status=status, env={"IB_FAULT": fault})
    assert lessons(home) == 1000
    assert json.loads(home.run("status", "--json").out)["classifier"]["ham"] == 1000


@pytest.mark.parametrize("form", ["nothing", "fifo", "loop", "folder-of-nothing"])
def test_what_cannot_be_learned_is_told(home, mail, tmp_path, form):
    """And the rest is learned."""
    path = tmp_path / form
    if form == "fifo":
        os.mkfifo(path)
    elif form == "loop":
        path.symlink_to(path)
    elif form == "folder-of-nothing":
        path.mkdir()
    run = home.run("learn", "spam", path, mail["spam"][0], status=0 if path.is_dir() else 1)
    assert path.is_dir() or str(path) in run.err
    assert lessons(home) == 1


# --- who else works here ------------------------------------------------------------------------------------------


def test_busy_home_can_be_asked_but_not_taught(batch, mail):
    first, second = batch(), batch()
    first.train("spam", mail["spam"][0])
    assert second.ask(f"train spam {mail['spam'][1]}").startswith("error ")
    assert second.ask(f"classify {mail['spam'][0]}").startswith("score ")
    first.end()
    second.train("spam", mail["spam"][1])  # nobody else works here now
    second.end(status=1)


def test_what_others_taught_meanwhile_is_not_lost(batch, home, mail):
    first = batch()
    first.score(mail["ham"][0])
    second = batch()
    second.train("spam", mail["spam"][0])
    second.end()
    first.train("spam", mail["spam"][1])
    taught = first.score(mail["spam"][0])
    first.end()
    assert taught[0] > 0.5
    assert lessons(home) == 2
    third = batch()
    assert third.score(mail["spam"][0]) == taught
    third.end()


def test_classifying_alone_makes_no_home(batch, home, mail):
    answers = batch()
    answers.score(mail["ham"][0])
    answers.end()
    assert not home.state.exists()


def test_worker_that_dies_is_replaced(batch, mail):
    answers = batch()
    answers.score(mail["ham"][0])
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(answers.process.pid)], capture_output=True, text=True,
                              check=True).stdout.split()
    assert len(children) == 1
    os.kill(int(children[0]), signal.SIGKILL)
    assert answers.ask(f"classify {mail['ham'][1]}") == "score 0.500000 unsure"
    answers.end()


def test_whoever_leaves_without_a_word_has_taught(batch, home, mail):
    answers = batch()
    answers.train("spam", mail["spam"][0])
    answers.process.stdout.close()
    answers.process.stdin.write(b"train spam %s\n" % os.fsencode(mail["spam"][1]))
    assert answers.process.wait(PATIENCE) == 0
    assert lessons(home) == 2


# --- without a batch ----------------------------------------------------------------------------------------------


def test_messages_and_folders(batch, home, mail, tmp_path):
    teaching = batch()
    teach_all(teaching, mail)
    scores = {path: teaching.score(path) for label in mail for path in mail[label]}
    teaching.end()
    folder = mail["ham"][0].parent
    answers = home.run("classify", "--json", folder).lines
    assert len(answers) == 80
    for answer in answers:
        score, verdict = scores[folder / answer["path"]]
        assert answer["score"] == pytest.approx(score, abs=1e-6)
        assert answer["spam"] == answer["score"] and answer["verdict"] == verdict
        assert answer["error"] is None and answer["evidence"][0].keys() == {"feature", "weight", "text"}
    words = home.run("classify", mail["spam"][0]).out
    assert words.startswith(f"{scores[mail['spam'][0]][0]:.6f} spam   {mail['spam'][0]}  (")
    assert words.count("\n") == 1


def test_probability_is_null_until_enough_is_known(batch, home, mail):
    teaching = batch()
    teaching.train("spam", mail["spam"][0])
    teaching.end()
    answer, = home.run("classify", "--json", mail["spam"][0]).lines
    assert answer["spam"] is None and answer["verdict"] == "unsure" and answer["score"] > 0.5


def test_standard_input(home, mail):
    with mail["ham"][0].open() as message:
        run = subprocess.run(home.command("classify"), env=home.environment(), stdin=message, capture_output=True, text=True,
                             check=True)
    assert run.stdout == "0.500000 unsure -\n"


def test_missing_message_fails_and_the_rest_is_done(home, mail):
    run = home.run("classify", "--json", "/nonexistent/\x1b[31mx", mail["ham"][0], status=1)
    missing, present = run.lines
    assert missing["score"] is None and missing["verdict"] is None and "No such file" in missing["error"]
    assert present["score"] == 0.5
    run = home.run("classify", "/nonexistent/\x1b[31mx", mail["ham"][0], status=1)
    assert "\x1b" not in run.out + run.err and "No such file" in run.err


@pytest.mark.parametrize("arguments", [("--batch", "/tmp/x"), ("--batch", "--json"), ("--scatter",)], ids=["path", "json", "unknown"])
def test_usage(home, arguments):
    run = home.run("classify", *arguments, status=2)
    assert run.out == "" and run.err.count("\n") == 1


# --- where else it shows ------------------------------------------------------------------------------------------


def test_why_weighs_in_words(batch, home, mail):
    teaching = batch()
    teaching.train("spam", mail["spam"][0])
    teaching.end()
    early = home.run("why", mail["spam"][0]).out
    assert "by what little was learned so far" in early
    teaching = batch()
    teach_all(teaching, mail)
    teaching.end()
    bad, good = home.run("why", mail["spam"][1]).out, home.run("why", mail["ham"][1]).out
    assert "likely to be spam\n" in bad and "little was learned" not in bad
    assert "For spam:\n  • " in bad and "• clearly – " in bad
    assert "Against it:\n" in good


def test_status_tells_what_is_known(batch, home, mail):
    home.account("work", type("Nowhere", (), {"users": {"anna": "x"}, "ports": {"imaps": 1}, "ca": mail["ham"][0]}))
    assert home.run("status", "--json").lines[0]["classifier"] == {"ham": 0, "spam": 0, "judges": False}
    teaching = batch()
    teach_all(teaching, mail)
    teaching.end()
    assert home.run("status", "--json").lines[0]["classifier"] == {"ham": 40, "spam": 40, "judges": True}
    assert "knows 40 good messages and 40 of spam\n" in home.run("status").out


def test_sync_gives_a_probability_once_enough_is_known(server, batch, home, mail):
    home.account("work", server)
    server.put("anna", [mail["spam"][0].read_bytes()])
    first, = home.sync().delivered
    assert first["spam"] is None and first["verdict"] == "unsure"
    teaching = batch()
    teach_all(teaching, mail)
    teaching.end()
    server.put("anna", [mail["spam"][1].read_bytes()])
    second, = home.sync().delivered
    assert second["spam"] > 0.8 and second["verdict"] == "spam"
    with open(second["path"], "rb") as message:
        assert b"\nX-Inbasket-Verdict: spam; probability=" in message.read().replace(b"\n ", b" ").replace(b"\n\t", b" ")
    row = [line for line in home.run("log").out.splitlines() if line.startswith(second["id"][:8])][0]
    assert f"{100 * second['spam']:.0f} % spam)" in row
