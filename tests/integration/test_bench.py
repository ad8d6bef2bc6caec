"""The benchmark measures what it says. No time is asserted: a busy machine is no failure."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bench import mailboxes, measure
from bench.link import Link
from e2e.inbasket import PATIENCE

TOP = Path(__file__).resolve().parents[2]


def test_fetch_compares_inbasket_with_the_floor():
    command = ["/usr/bin/python3", TOP / "tests/bench/fetch", "--messages", "20", "--peers", "floor,inbasket", "--round-trips", "0", "--json"]
    run = subprocess.run(command, env=dict(os.environ) | {"INBASKET_BUILD": os.environ.get("INBASKET_BUILD", str(TOP / "build"))},
                         capture_output=True, text=True, timeout=PATIENCE * 5, check=False)
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert [(r["protocol"], r["step"]) for r in report["results"]] == [(p, s) for p in ("imap", "pop3") for s in ("fetch", "first-poll", "poll")]
    for result in report["results"]:
        floor, inbasket = result["programs"]["floor"], result["programs"]["inbasket"]
        least = report["bytes"] if result["step"] == "fetch" else 0
        assert floor["bytes_down"] > least and inbasket["bytes_down"] > least
        assert inbasket["wall_of_inbasket"] == 1 and inbasket["cpu_s"] > 0 and inbasket["round_trips"] > 2


def test_mailboxes_are_the_same_every_time():
    first, again, other = (list(mailboxes.ordinary(30, seed)) for seed in (1, 1, 2))
    assert first == again and not set(first) & set(other)
    assert all(b"\r\n\r\n" in message and message.endswith(b"\r\n") for message in first)


def test_link_counts_bytes_and_round_trips():
    with socket.create_server(("127.0.0.1", 0)) as listener, Link(listener.getsockname()[1], 20) as link:
        began = time.monotonic()
        client = socket.create_connection(("127.0.0.1", link.port))
        server, _ = listener.accept()
        for question, answer in ((b"one", b"first answer"), (b"two", b"second")):
            client.sendall(question)
            assert server.recv(100) == question
            server.sendall(answer)
            assert client.recv(100) == answer
        assert time.monotonic() - began >= 0.04
        client.close()
        assert server.recv(100) == b""
        counts = link.take_counts()
        assert began < counts.pop("spoke") < time.monotonic()
        assert counts == {"round_trips": 2, "up": 6, "down": 18, "connections": 1}
        assert link.take_counts()["up"] == 0
        server.close()


def test_a_narrow_link_takes_its_time_and_loses_nothing():
    sent = bytes(range(256)) * 400      # 102,400 bytes at 1 MB/s
    with socket.create_server(("127.0.0.1", 0)) as listener, Link(listener.getsockname()[1], 0, 1) as link:
        client = socket.create_connection(("127.0.0.1", link.port))
        server, _ = listener.accept()
        began = time.monotonic()
        server.sendall(sent)
        server.close()
        received = b"".join(iter(lambda: client.recv(65536), b""))
        assert received == sent and time.monotonic() - began >= 0.1
        client.close()
        assert link.take_counts()["down"] == len(sent)


BURN = "import os, time\nwhile time.process_time() < 0.2: pass\n"


@pytest.mark.parametrize("code", [BURN, f"import os\nif os.fork() == 0:\n exec({BURN!r})\nelse: os.wait()",
                                  f"import os\nif os.fork() == 0:\n exec({BURN!r})"], ids=["itself", "child", "orphan"])
def test_cpu_of_every_process_counts(tmp_path, code):
    # An orphan outlives its parent, and is waited for: it ends by itself.
    cost = measure.run([sys.executable, "-c", code], dict(os.environ), 60, tmp_path / "log")
    assert cost.status == 0 and cost.cpu >= 0.15


def test_who_takes_too_long_is_ended(tmp_path):
    assert measure.run(["sleep", "600"], dict(os.environ), 0.1, tmp_path / "log").status is None


def test_sieve_is_compared_with_pigeonhole():
    run = subprocess.run(["/usr/bin/python3", TOP / "tests/bench/sieve", "--messages", "40", "--rounds", "1", "--json"],
                         env=dict(os.environ) | {"INBASKET_BUILD": os.environ.get("INBASKET_BUILD", str(TOP / "build"))},
                         capture_output=True, text=True, timeout=PATIENCE * 5, check=False)
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["messages"] == 40 and report["rules"] == 30 and 3000 < report["median_bytes"] < 20000
    assert set(report["per_cpu_second"]) == {"memory", "files", "judge", "replay", "sieve-filter", "sieve-filter+"}
    assert all(rate > 0 for rate in report["per_cpu_second"].values())
    assert report["ratio"]["files of sieve-filter"] > 0


def test_push_compares_inbasket_with_the_floor():
    command = ["/usr/bin/python3", TOP / "tests/bench/push", "--rounds", "2", "--before", "3", "--programs", "floor,inbasket",
               "--round-trips", "0", "--json"]
    run = subprocess.run(command, env=dict(os.environ) | {"INBASKET_BUILD": os.environ.get("INBASKET_BUILD", str(TOP / "build"))},
                         capture_output=True, text=True, timeout=PATIENCE * 5, check=False)
    assert run.returncode == 0, run.stderr
    programs = json.loads(run.stdout)["results"][0]["programs"]
    assert programs["floor"]["of_floor"] == 1
    for name in ("floor", "inbasket"):
        assert 0 < programs[name]["least_ms"] <= programs[name]["median_ms"] <= programs[name]["most_ms"]


def test_idle_measures_every_process():
    command = ["/usr/bin/python3", TOP / "tests/bench/idle", "--accounts", "2", "--rest", "1", "--seconds", "1", "--json"]
    run = subprocess.run(command, env=dict(os.environ) | {"INBASKET_BUILD": os.environ.get("INBASKET_BUILD", str(TOP / "build"))},
                         capture_output=True, text=True, timeout=PATIENCE * 5, check=False)
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["programs"]["inbasketd"]["processes"] == 1 and report["programs"]["inbasket-fetch"]["processes"] >= 2
    assert all(each["private_kb"] > 0 for each in report["programs"].values())


def test_many_measures_accounts_side_by_side():
    command = ["/usr/bin/python3", TOP / "tests/bench/many", "--accounts", "2", "--messages", "3", "--delay-ms", "5", "--rounds", "1",
               "--json"]
    run = subprocess.run(command, env=dict(os.environ) | {"INBASKET_BUILD": os.environ.get("INBASKET_BUILD", str(TOP / "build"))},
                         capture_output=True, text=True, timeout=PATIENCE * 5, check=False)
    assert run.returncode == 0, run.stderr
    (measured,) = json.loads(run.stdout)["rounds"]
    assert measured["ratio"] == pytest.approx(measured["together_s"] / measured["slowest_alone_s"])
