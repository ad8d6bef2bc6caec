"""inbasketd on the session bus: what it offers is what its XML says, and nobody breaks it by what he asks."""

import contextlib
import fcntl
import json
import os
import signal
import threading
import time
import xml.etree.ElementTree as ElementTree

import pytest
from e2e.inbasket import PATIENCE, TOP, Service
from gi.repository import GLib
from mail import generate
from servers.bus import ACCOUNT, NAME, OBJECTS, PATH, Refused, account_path, refusal

XML = TOP / "data/dbus" / f"{NAME}.xml"
WRITTEN = ElementTree.parse(XML).getroot()


# What it offers

def shape(interface):
    """All that callers rely on, of an interface's description."""
    return {
        "methods": {method.get("name"): [(a.get("name"), a.get("type"), a.get("direction", "in")) for a in method.findall("arg")]
                    for method in interface.findall("method")},
        "signals": {signal.get("name"): [(a.get("name"), a.get("type")) for a in signal.findall("arg")]
                    for signal in interface.findall("signal")},
        "properties": {p.get("name"): (p.get("type"), p.get("access")) for p in interface.findall("property")}}


@pytest.mark.parametrize(("interface", "path"), [(NAME, PATH), (ACCOUNT, account_path("work"))])
def test_introspection_is_what_the_xml_says(caller, interface, path):
    shown = ElementTree.fromstring(caller("Introspect", path=path, interface="org.freedesktop.DBus.Introspectable"))
    found, written = (shape(root.find(f"interface[@name='{interface}']")) for root in (shown, WRITTEN))
    assert found == written


def test_the_xml_documents_everything():
    text = XML.read_text()
    for interface in WRITTEN.findall("interface"):
        for kind in ("method", "signal"):
            for one in interface.findall(kind):
                assert f"<!-- {one.get('name')}:" in text, one.get("name")
                for argument in one.findall("arg"):
                    assert argument.get("name"), one.get("name")


def test_whose_service_it_is(work, caller):
    properties = caller.properties()
    assert properties["Home"] == str(work.path)
    assert bytes(properties["StateFolder"]).rstrip(b"\0") == bytes(work.state)
    assert bytes(properties["ConfigFolder"]).rstrip(b"\0") == bytes(work.config)
    assert bytes(properties["Maildir"]).rstrip(b"\0") == bytes(work.maildir)
    assert properties["Trouble"] == ""
    assert f"inbasket {properties['Version']}" == work.run("--version").out.strip()


@pytest.mark.parametrize("wakes", [True, False], ids=["slow", "mute"])
def test_who_waits_for_its_start_can_talk_to_it(home, bus, wakes):
    """It says that it is ready once it has its name; but a bus that is mute keeps nobody waiting."""
    bus.daemon.send_signal(signal.SIGSTOP)
    waking = threading.Timer(0.5, bus.daemon.send_signal, [signal.SIGCONT])
    try:
        if wakes:
            waking.start()
        with Service(home, bus=bus.address):
            assert not wakes or bus.has(NAME)
    finally:
        waking.cancel()
        bus.daemon.send_signal(signal.SIGCONT)


# Accounts

def test_accounts_are_objects(server, work, caller):
    assert caller.objects().keys() == {account_path("work")}
    properties = caller.objects()[account_path("work")]
    assert {key: properties[key] for key in ("Name", "Address", "Protocol", "Host", "Protected", "State", "Error", "Watching")} == {
        "Name": "work", "Address": "anna@example.com", "Protocol": "imap", "Host": "localhost", "Protected": True, "State": "ok",
        "Error": "", "Watching": False}
    assert caller("ListAccounts") == {"work": account_path("work")}
    caller.until(lambda: caller.state("work")["Delivered"] == 8, "the journal's figures")
    assert properties["NextPoll"] > properties["LastPoll"] > 0
    assert properties["Reason"] == "interval"


def test_accounts_come_and_go_with_their_files(server, work, caller):
    work.account("a.b-c_d", server, account__enabled=False)
    caller.until(lambda: "a.b-c_d" in caller("ListAccounts"), "the account")
    path = account_path("a.b-c_d")
    assert path.endswith("/a_2eb_2dc_5fd")
    assert caller.objects()[path]["State"] == "paused"
    (work.accounts / "a.b-c_d.conf").unlink()
    caller.until(lambda: path not in caller.objects(), "its end")
    assert [found for found, _ in caller.said("InterfacesAdded")] == [path]
    assert caller.said("InterfacesRemoved") == [(path, [ACCOUNT])]
    assert refusal(caller, "Resume", path=path, interface=ACCOUNT).startswith("org.freedesktop.DBus.Error.Unknown")


def keys_for(server, **more):
    return {"account.address": "new@example.com", "account.host": "localhost", "account.port": str(server.ports["imaps"]),
            "account.ca-file": str(server.ca), "account.user": "anna", "account.secret": "keyring"} | more


def test_add_and_change(server, work, caller):
    path = caller("AddAccount", "(sa{ss})", "new", keys_for(server))
    assert path == account_path("new")
    assert caller.objects()[path]["Address"] == "new@example.com"
    shown = work.run("account", "show", "new", "--json").lines[0]
    assert (shown["account"]["secret"], shown["fetch"]["interval"]) == ("keyring", "5m")
    assert caller.account("new", "Change", "(a{ss})", {"account.address": "other@example.com", "account.secret": ""}) is None
    assert caller.state("new")["Address"] == "other@example.com"
    assert work.run("account", "show", "new", "--json").lines[0]["account"]["secret"] == "keyring"


NO_ACCOUNTS = [
    ("name-with-a-slash", "../work", {}), ("empty-name", "", {}), ("hidden-name", ".work", {}), ("long-name", "a" * 65, {}),
    ("it-is-there", "work", {}),
    ("unknown-key", "new", {"account.adress": "a@example.com"}), ("group-only", "new", {"account": "a"}), ("empty-key", "new", {"": ""}),
    ("bad-value", "new", {"account.port": "0x"}), ("two-lines", "new", {"account.user": "a\n[filter]\nenabled=false"}),
    ("return", "new", {"account.user": "a\renabled=false"}), ("key-of-two-lines", "new", {"account.user\nx": "a"}),
    ("secret-from-a-command", "new", {"account.secret": "command:touch /tmp/owned"}),
    ("secret-from-a-credential", "new", {"account.secret": "credential:mail"}),
    ("secret-from-a-file", "new", {"account.secret": "file:/etc/passwd"}), ("long-value", "new", {"account.user": "a" * 5000}),
    ("no-plaintext", "new", {"account.security": "none", "account.host": "mail.example.com"}),
    ("many-keys", "new", {f"account.x{i}": "" for i in range(101)}),
]


@pytest.mark.parametrize(("name", "keys"), [row[1:] for row in NO_ACCOUNTS], ids=[row[0] for row in NO_ACCOUNTS])
def test_no_account_is_made_of_it(server, work, caller, name, keys):
    before = {path.name: path.read_bytes() for path in work.accounts.iterdir()}
    assert refusal(caller, "AddAccount", "(sa{ss})", name, keys_for(server) | keys) == "Invalid"
    if name == "new":
        assert refusal(caller, "Change", "(a{ss})", keys, path=account_path("work"), interface=ACCOUNT) == "Invalid"
    assert {path.name: path.read_bytes() for path in work.accounts.iterdir()} == before
    assert list(caller("ListAccounts")) == ["work"]


def test_pause_for_a_time_and_resume(work, caller):
    caller.account("work", "Pause", "(u)", 3600)
    state = caller.until(lambda: (now := caller.state("work"))["State"] == "paused" and now, "the pause")
    assert state["Reason"] == "paused" and state["PausedUntil"] > state["LastPoll"] + 3500 * 1000000
    assert "work" in caller.said("AccountChanged")
    assert caller("Check", "(as)", [])[1] == []
    caller.account("work", "Resume")
    caller.until(lambda: caller.state("work")["State"] == "ok", "its end")
    assert caller.state("work")["PausedUntil"] == 0
    caller.account("work", "Pause", "(u)", 3600)
    assert caller.check("work")["work"]["polled"], "who names it, means it"
    assert refusal(caller, "Pause", "(u)", 2 ** 32 - 1, path=account_path("work"), interface=ACCOUNT) == "Invalid"


def test_a_pause_outlives_a_slip_in_the_configuration(work, caller):
    caller.account("work", "Pause", "(u)", 3600)
    until = caller.until(lambda: caller.state("work")["PausedUntil"], "the pause")
    (work.config / "inbasket.conf").write_text("[delivery]\nmaildri=/tmp\n")
    caller("Reload")
    caller.until(lambda: caller.properties()["Trouble"], "the trouble")
    (work.config / "inbasket.conf").write_text("")
    caller("Reload")
    caller.until(lambda: caller.properties()["Trouble"] == "", "its end")
    state = caller.until(lambda: (now := caller.state("work"))["State"] == "paused" and now, "the pause")
    assert abs(state["PausedUntil"] - until) < 1000000


def test_properties_tell_of_changes(caller):
    caller.account("work", "Pause", "(u)", 0)
    caller.until(lambda: any(interface == ACCOUNT and changed.get("State") == "paused"
                             for interface, changed, _ in caller.said("PropertiesChanged")), "PropertiesChanged")


# Checks

def test_a_check_is_told_from_its_start_to_its_end(server, caller):
    caller.heard.clear()
    server.put("anna", [message.data for message in generate.messages(9, 5)])
    result = caller.check("work")["work"]
    assert (result["fetched"], result["delivered"] + result["duplicates"], result["polled"], result["signed-in"]) == (5, 5, True, True)
    assert "error" not in result and result["state"] == "ok"
    order = [signal for signal, path, _ in caller.heard if path == PATH and signal not in ("AccountChanged", "PropertiesChanged", "Reloaded")]
    assert order[0] == "Started" and order[-2:] == ["Polled", "Checked"]
    assert order.count("Delivered") == 5
    account, messages, _, fetched, size = caller.said("Progress")[-1]
    assert (account, messages, fetched) == ("work", 5, 5) and size > 0


def test_what_is_delivered_is_what_history_says(server, work, caller):
    server.put("anna", [message.data for message in generate.messages(9, 5)])
    caller.heard.clear()
    caller.check("work")
    delivered = caller.said("Delivered")
    for message in delivered:
        for folder, path in message["files"]:
            assert folder and work.maildir in type(work.maildir)(bytes(path).rstrip(b"\0").decode()).parents
        message["files"] = [(folder, [0]) for folder, _ in message["files"]]
    rows = caller("History", "(a{sv})", {"limit": variant("u", 5)})
    assert rows == delivered
    logged = work.run("log", "--json").lines[-5:]
    assert [row["id"] for row in rows] == [line["id"] for line in logged]
    assert [(row["from"], row["subject"], row["size"], row["at"] // 1000000) for row in rows] == [
        (line["from"], line["subject"], line["size"], line["at"]) for line in logged]


def variant(kind, value):
    from gi.repository import GLib
    return GLib.Variant(kind, value)


def test_history_is_asked_for(caller):
    assert len(caller("History", "(a{sv})", {})) == 8
    assert len(caller("History", "(a{sv})", {"limit": variant("u", 3)})) == 3
    assert caller("History", "(a{sv})", {"limit": variant("u", 0)}) == []
    assert caller("History", "(a{sv})", {"account": variant("s", "nobody")}) == []
    assert caller("History", "(a{sv})", {"since": variant("x", 2 ** 62)}) == []
    assert {files[0] for row in caller("History", "(a{sv})", {"junk": variant("b", True)}) for files in row["files"]} <= {"Junk"}
    for query in ({"limit": variant("i", -1)}, {"before": variant("s", "abc")}, {"before": variant("s", "x" * 32)}, {"since": variant("s", "1d")}, {"sql": variant("s", "'; DROP TABLE message")}):
        assert refusal(caller, "History", "(a{sv})", query) == "Invalid"


def test_history_is_leafed_back_through(caller):
    whole = [row["id"] for row in caller("History", "(a{sv})", {})]
    pages, query = [], {"limit": variant("u", 3)}
    while page := [row["id"] for row in caller("History", "(a{sv})", query)]:
        pages.insert(0, page)
        query["before"] = variant("s", page[0])
    assert [len(page) for page in pages] == [2, 3, 3]
    assert sum(pages, []) == whole
    assert caller("History", "(a{sv})", {"before": variant("s", "0" * len(whole[0]))}) == []


def test_two_who_ask_at_once_are_both_told(caller, call):
    other = call()
    first, second = caller("Check", "(as)", ["work"])[0], other("Check", "(as)", ["work"])[0]
    caller.until(lambda: [ticket for ticket, *_ in caller.said("Checked") if ticket == first], "the first one's end")
    other.until(lambda: [ticket for ticket, *_ in other.said("Checked") if ticket == second], "the second one's end")
    assert first != second
    assert not [ticket for ticket, *_ in caller.said("Checked") if ticket == second]


def test_a_check_of_an_account_that_is_watched(server, home, serve, call):
    server.put("anna", [message.data for message in generate.messages(3, 4)])
    home.account("work", server)
    serve(home)
    caller = call()
    caller.until(lambda: caller.state("work")["Watching"], "the watch")
    assert caller.check()["work"]["polled"]
    server.put("anna", [message.data for message in generate.messages(5, 1)])
    caller.until(lambda: caller.said("Delivered"), "the message that was pushed")
    assert caller.state("work")["Reason"] == "renewal"
    ticket = caller.account("work", "Check")
    caller.until(lambda: [number for number, *_ in caller.said("Checked") if number == ticket], "the account's own check")


def test_an_account_that_is_broken_is_told_as_such(work, caller):
    (work.accounts / "bad.conf").write_text("[account]\nadress=a@example.com\n")
    results = caller.check()
    assert results.keys() == {"work", "bad"}
    assert results["work"]["polled"] and not results["bad"]["polled"]
    assert "bad.conf:2" in results["bad"]["error"]


def test_an_account_whose_filter_is_broken(server, work, caller):
    work.script("mine", "nonsense;")
    work.account("work", server, fetch__push=False, filter__scripts="mine.sieve")
    result = caller.check("work")["work"]
    assert not result["polled"] and "mine" in result["error"]
    state = caller.state("work")
    assert state["State"] == "error" and state["NextPoll"] == 0


def test_an_unknown_account(caller):
    assert refusal(caller, "Check", "(as)", ["nobody"]) == "NoAccount"
    assert refusal(caller, "Check", "(as)", ["work", "nobody"]) == "NoAccount"
    assert refusal(caller, "Check", "(as)", ["x"] * 1001) == "Invalid"


def test_a_configuration_that_does_not_parse(work, caller):
    (work.config / "inbasket.conf").write_text("[delivery]\nmaildri=/tmp\n")
    assert refusal(caller, "Check", "(as)", []) == "Config"
    caller.until(lambda: "inbasket.conf:2" in caller.properties()["Trouble"], "the trouble")
    (work.config / "inbasket.conf").write_text("")
    caller("Reload")
    caller.until(lambda: caller.properties()["Trouble"] == "", "its end")
    assert caller.check("work")["work"]["polled"]


def test_it_needs_attention_once_and_is_relieved(server, home, serve, call):
    home.account("work", server, password="wrong", fetch__push=False)
    caller = call()
    serve(home)
    caller.until(lambda: caller.said("NeedsAttention"), "the signal")
    account, reason, words, action = caller.said("NeedsAttention")[0]
    assert (account, reason, action) == ("work", "sign-in-needed", "sign-in") and words
    assert caller.check("work")["work"]["unreachable"]
    assert caller.state("work")["State"] == "sign-in-needed" and caller.state("work")["Error"] == words
    home.account("work", server, fetch__push=False)
    assert caller.check("work")["work"]["signed-in"]
    caller.until(lambda: caller.said("Relieved") == ["work"], "the relief")
    assert len(caller.said("NeedsAttention")) == 1


def test_each_reads_its_own_words(server, home, serve, call, bus):
    """A window knows no key of the configuration; who is at a terminal does, also of what the journal remembers."""
    home.account("work", server, password="wrong", fetch__push=False)
    caller = call()
    service = serve(home)
    result = caller.check("work")["work"]
    account = caller.state("work")
    words = caller.until(lambda: caller.said("NeedsAttention"), "the signal")[0][2]
    for shown in (words, result["error"], account["Error"]):
        assert "the user name" in shown and "user=" not in shown
    for printed in (result["error-for-terminal"], account["ErrorForTerminal"]):
        assert "user=" in printed and "the user name" not in printed
    env = {"DBUS_SESSION_BUS_ADDRESS": bus.address}
    assert home.run("status", "--json", env=env).lines[0]["accounts"][0]["error"] == account["ErrorForTerminal"]
    assert account["ErrorForTerminal"] in home.run("sync", env=env, status=6).err
    service.stop()
    assert home.run("status", "--json").lines[0]["accounts"][0]["error"] == account["ErrorForTerminal"]


# Documents

def test_status_is_what_the_command_prints(bus, work, caller):
    printed = work.run("status", "--json", env={"DBUS_SESSION_BUS_ADDRESS": bus.address}).lines[0]
    assert json.loads(caller("Status")) == printed
    assert printed["service"] == {"running": True, "error": None}


def test_why_is_what_the_command_prints(work, caller):
    message = work.run("log", "--json").lines[0]
    printed = work.run("why", message["id"], "--json").lines[0]
    assert json.loads(caller("Why", "(s)", message["id"])) == printed
    assert json.loads(caller("Why", "(s)", message["message_id"])) == printed
    assert json.loads(caller("Why", "(s)", message["id"][:6])) == printed


@pytest.mark.parametrize(("word", "kind"), [("ffffff", "NoMessage"), ("--help", "NoMessage"), ("--home=/", "NoMessage"), ("-", "Invalid"),
                                            ("", "Invalid"), ("x" * 5000, "Invalid"), ("\n\x1b[2J", "NoMessage"),
                                            ("/etc/passwd", "NoMessage"), ("../../../../../../etc/passwd", "NoMessage")])
def test_why_of_no_message(caller, word, kind):
    assert refusal(caller, "Why", "(s)", word) == kind


def test_the_report_is_what_the_command_prints_for_a_window(work, caller):
    message = work.run("log", "--json").lines[0]
    work.run("learn", "spam", message["id"], env={"DBUS_SESSION_BUS_ADDRESS": caller.address})
    printed = work.run("report", "--json", "--since", "30d", env={"INBASKET_FACE": "window"}).lines[0]
    remedies = [[cause["remedy"] for cause in answer["causes"] if cause["remedy"]]
                for answer in (printed, work.run("report", "--json", "--since", "30d").lines[0])]
    assert remedies[0] != remedies[1]
    assert json.loads(caller("Report", "(s)", "30d")) | {"until": 0, "since": 0} == printed | {"until": 0, "since": 0}
    assert json.loads(caller("Report", "(s)", ""))["total"] == printed["total"]


@pytest.mark.parametrize("period", ["soon", "--help", "-1d", "7d\n", "2999-01-01", "x" * 5000, "=", " --html=/tmp/x"])
def test_no_report_on_such_a_time(work, caller, period):
    assert refusal(caller, "Report", "(s)", period) == "Invalid"


# Acts

def test_learning(work, caller):
    first, second = (line["id"] for line in work.run("log", "--json").lines[:2])
    learned, refused = caller("Learn", "(bas)", True, [first, second[:8], "ffffff", str(work.path / "none")])
    assert learned == 2
    assert [message for message, _ in refused] == ["ffffff", str(work.path / "none")] and all(words for _, words in refused)
    assert caller("Learn", "(bas)", False, [str(work.maildir / "cur"), first])[0] >= 1
    known = work.run("status", "--json").lines[0]["classifier"]
    assert known["spam"] + known["ham"] >= 2
    assert caller("Learn", "(bas)", True, []) == (0, [])


def test_a_path_is_one_of_the_maildir(work, bus, caller, tmp_path):
    """Whoever asks need not be allowed to read files: of all that is elsewhere he hears the same, whether it is there or not."""
    for name in ("mail", "mail/cur"):
        (tmp_path / name).mkdir()
    outside, large = tmp_path / "mail/cur/1.2.3", tmp_path / "large"
    outside.write_bytes(b"Subject: x\r\n\r\nhi\r\n")
    with large.open("wb") as file:
        file.truncate(1 << 40)
    os.mkfifo(tmp_path / "fifo")
    os.mkfifo(work.maildir / "cur" / "fifo")
    (work.maildir / "other-program").write_bytes(b"Subject: x\n\nhi\n")
    (work.maildir / ".Away").symlink_to(tmp_path / "mail")
    (work.maildir / ".Links/cur").mkdir(parents=True)
    (work.maildir / ".Links/new").mkdir()
    (work.maildir / ".Links/cur/1.2.4").symlink_to(outside)
    known = work.run("status", "--json").lines[0]["classifier"]
    folders = [tmp_path / "mail", tmp_path / "mail/cur", "/", work.maildir / "../../..", work.maildir / ".Away", f"{work.maildir}x"]
    files = [outside, large, tmp_path / "none", tmp_path / "fifo", "/dev/zero", "/dev/tty", "/etc/shadow", work.maildir / "cur/../../../../etc/passwd",
             work.maildir / ".Links/cur/1.2.4", work.maildir / ".Away/cur/1.2.3", work.maildir / "cur/fifo", work.maildir / "cur/none",
             work.maildir / "other-program"]
    paths = [str(path) for path in (*folders, *files)]
    words = ["home/Mail", ".", "..", "service.log", "home", "\x1b[31m"]
    for method, types, arguments in (("Learn", "(bas)", [True]), ("MarkJunk", "(as)", []), ("MarkGood", "(as)", []), ("MarkRead", "(as)", [])):
        done, refused = caller(method, types, *arguments, paths + words)
        assert (done, [word for word, _ in refused]) == (0, paths + words)
        assert {said for _, said in refused[:len(paths)]} == {"That is no message, and no folder, of the Maildir"}
        assert all("\x1b" not in said for _, said in refused)
        assert caller(method, types, *arguments, [str(work.maildir / ".Links")]) == (0, [])
    assert work.run("status", "--json").lines[0]["classifier"] == known
    # Whoever may read a file himself has it learned by the command line.
    lent = work.run("learn", "spam", outside, "--json", env={"DBUS_SESSION_BUS_ADDRESS": bus.address})
    assert lent.lines[-1]["learned"] == 1
    assert work.run("status", "--json").lines[0]["classifier"]["spam"] == known["spam"] + 1


def test_who_has_much_done_does_not_keep_others_waiting(work, caller, call):
    other = call()
    some = work.maildir / "cur" / "some.eml:2,"
    some.write_bytes(b"Subject: x\r\n\r\nhi\r\n")
    with contextlib.ExitStack() as stack:
        # Nothing is done while the home is lent: what is asked waits.
        other("Lend")
        stack.callback(other, "Return")
        learning = [caller.begin("Learn", "(bas)", True, [str(some)]) for _ in range(100)]
        caller.until(lambda: sum(map(bool, learning)) == 84, "the refusals")
        assert {answer[0].kind for answer in learning if answer} == {"Failed"}
        marking = other.begin("MarkRead", "(as)", ["ffffff"])
        assert caller("ListAccounts")
        assert not marking
    other.until(lambda: marking, "the other one's turn")
    assert [word for word, _ in marking[0][1]] == ["ffffff"]
    caller.until(lambda: all(learning), "the end")
    assert sum(isinstance(answer[0], tuple) for answer in learning) == 16
    assert caller("Learn", "(bas)", True, [str(some)]) == (1, [])


NONSENSE = [("Check", "(as)", [["\x1b[31m"]]), ("Check", "(as)", [["x" * 1_000_000]]), ("TestFilter", "(s)", ["a\nb\x7f.sieve"]),
            ("RemoveAccount", "(s)", ["\x1b"]), ("ProposeRule", "(sss)", ["abcdef", "\u202e\r", "x"]),
            ("History", "(a{sv})", [{"\a": GLib.Variant("u", 1)}]), ("AddAccount", "(sa{ss})", ["new", {"account.\v": "x"}])]


@pytest.mark.parametrize(("method", "types", "arguments"), NONSENSE)
def test_what_is_refused_can_be_shown(caller, method, types, arguments):
    with pytest.raises(Refused) as refused:
        caller(method, types, *arguments)
    words = refused.value.words
    assert 0 < len(words) <= 1001 and words.isprintable() and "\u202e" not in words


@pytest.mark.parametrize("messages", [["-"], [""], ["x"] * 1001, ["x" * 5000]])
def test_nothing_is_done_with_nonsense(caller, messages):
    assert refusal(caller, "Learn", "(bas)", True, messages) == "Invalid"
    assert refusal(caller, "MarkJunk", "(as)", messages) == "Invalid"
    assert refusal(caller, "MarkRead", "(as)", messages) == "Invalid"


def name_of(path):
    return path.name.split(":2,")[0]


def test_marking_as_read(server, home, serve, call):
    """New ones go into cur/; those that have flags keep them; what is read stays as it is."""
    home.account("work", server, fetch__push=False)
    serve(home)
    caller = call()
    for seed, flags in ((1, ""), (2, "F"), (3, "T"), (4, "S")):
        server.put("anna", [message.data for message in generate.messages(seed, 1)], flags=flags)
    caller.check("work")
    before = sorted(name_of(path) for _, path in home.files())
    ids = [line["id"] for line in home.run("log", "--json").lines]
    assert caller("MarkRead", "(as)", [*ids, "ffffff", "/etc/passwd"])[0] == len(ids)
    assert caller("MarkRead", "(as)", [ids[0]]) == (1, [])
    assert sorted(name_of(path) for _, path in home.files()) == before
    flags = [path.name.partition(":2,")[2] for _, path in home.files()]
    assert all("S" in letters and list(letters) == sorted(set(letters)) for letters in flags)
    assert sum("F" in letters for letters in flags) == 1
    assert all(path.parent.name == "cur" for _, path in home.files())
    others = home.maildir / ".Away" / "uidlist"
    others.parent.mkdir()
    others.write_text("of another program")
    (_, words), = caller("MarkRead", "(as)", [str(others)])[1]
    assert words and others.exists()


def test_marking_as_junk(server, home, serve, call, tmp_path):
    server.put("anna", [message.data for message in generate.messages(3, 3)])
    home.account("work", server, fetch__push=False, filter__enabled=False)
    serve(home)
    caller = call()
    caller.check("work")
    ids = [line["id"] for line in home.run("log", "--json").lines]
    outside = tmp_path / "outside.eml"
    outside.write_bytes(home.files()[0][1].read_bytes())
    marked, refused = caller("MarkJunk", "(as)", [ids[0], "ffffff", str(outside)])
    assert (marked, [word for word, _ in refused]) == (1, ["ffffff", str(outside)])
    assert len(home.messages(".Junk")) == 1 and len(home.messages(".")) == 2 and outside.exists()
    assert home.run("status", "--json").lines[0]["classifier"]["spam"] >= 1
    assert caller("Undo", "(sx)", ids[0], 0)


def test_marking_as_good(server, home, serve, call):
    server.put("anna", [message.data for message in generate.messages(3, 3)])
    home.script("mine", 'require "fileinto"; fileinto "Sorted";')
    home.configure(filter__scripts="mine.sieve")
    home.account("work", server, fetch__push=False)
    serve(home)
    caller = call()
    caller.check("work")
    ids = [line["id"] for line in home.run("log", "--json").lines]
    assert caller("MarkJunk", "(as)", ids[:2]) == (2, [])
    assert home.counts() == {".Junk": 2, ".Sorted": 1}
    # One that is in Junk by the user's own hand, one that is elsewhere and stays there, and none.
    marked, refused = caller("MarkGood", "(as)", [ids[0], ids[2], "ffffff"])
    assert (marked, [word for word, _ in refused]) == (2, ["ffffff"])
    assert home.counts() == {".": 1, ".Junk": 1, ".Sorted": 1}


def test_undo(server, home, serve, call):
    server.put("anna", [message.data for message in generate.messages(3, 4)])
    home.script("away", 'require "fileinto"; fileinto "Away";')
    home.account("work", server, fetch__push=False, filter__scripts="away.sieve")
    serve(home)
    caller = call()
    caller.check("work")
    ids = [line["id"] for line in home.run("log", "--json").lines]
    assert len(home.messages(".Away")) == 4
    (found, account, result, path), = caller("Undo", "(sx)", ids[0][:8], 0)
    assert (found, account, result) == (ids[0], "work", "moved")
    assert bytes(path).rstrip(b"\0").startswith(bytes(home.maildir))
    (found, *_), = caller("Undo", "(sx)", "", 0)
    assert found == ids[3]
    assert sorted(found for found, *_ in caller("Undo", "(sx)", "", 1)) == sorted(ids[1:3])
    assert caller("Undo", "(sx)", "", 1) == []
    assert len(home.messages(".Away")) == 0
    assert caller("Undo", "(sx)", ids[0], 0)[0][2] == "nothing"


@pytest.mark.parametrize(("id", "since", "kind"), [("ffffff", 0, "NoMessage"), ("fff", 0, "Invalid"), ("ffffff", 5, "Invalid"), ("", -5, "Invalid"),
                                                   ("../../x", 0, "Invalid"), ("f" * 33, 0, "Invalid")])
def test_nothing_to_undo(caller, id, since, kind):
    assert refusal(caller, "Undo", "(sx)", id, since) == kind


# Loans

def is_free(home):
    """Whether a command without a bus gets the lock."""
    return home.run("undo", status=(0, 5)).status == 0


def test_the_home_is_lent_and_returned(server, work, caller):
    assert not is_free(work)
    caller("Lend")
    assert is_free(work)
    caller("Lend")      # has it already
    assert is_free(work)
    server.put("anna", [message.data for message in generate.messages(9, 2)])
    caller("Return")
    caller.until(lambda: not is_free(work), "the service's lock")
    assert caller.check("work")["work"]["fetched"] == 2
    assert refusal(caller, "Return") == "Invalid"


def test_mail_waits_while_the_home_is_lent(server, work, caller):
    caller("Lend")
    server.put("anna", [message.data for message in generate.messages(9, 3)])
    ticket, _ = caller("Check", "(as)", ["work"])
    caller.until(lambda: caller.state("work")["Running"], "the poll")
    assert is_free(work)
    assert not [number for number, *_ in caller.said("Checked") if number == ticket]
    caller("Return")
    caller.until(lambda: [number for number, *_ in caller.said("Checked") if number == ticket], "its end")
    assert len(work.files()) == 11


def test_who_leaves_the_bus_has_returned_it(work, caller, call):
    borrower, second, third = call(), call(), call()
    borrower("Lend")
    waiting, further = second.begin("Lend"), third.begin("Lend")
    second.until(lambda: caller("ListAccounts") and not waiting, "the service to have heard")
    second.leave()
    assert not further
    borrower.leave()
    third.until(lambda: further, "the third one's turn")
    assert further == [()]
    assert is_free(work)
    third.leave()
    caller.until(lambda: not is_free(work), "the service's lock")


@contextlib.contextmanager
def locked(home):
    """As a process has it that does not end."""
    with open(home.path / "state/lock", "rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def test_a_borrower_that_ends_slowly(server, work, caller, call):
    """Its lock is waited for: no session is given up for that."""
    borrower, troubles = call(), []
    borrower("Lend")
    with locked(work):
        borrower.leave()
        begun = time.monotonic()
        while time.monotonic() - begun < 1:
            troubles.append(caller.properties()["Trouble"])
    server.put("anna", [message.data for message in generate.messages(9, 2)])
    assert caller.check("work")["work"]["fetched"] == 2
    assert set(troubles) == {""}


def test_a_borrower_that_keeps_the_lock(server, work, caller, call):
    """That is trouble, and over soon after it is free."""
    borrower = call()
    borrower("Lend")
    with locked(work):
        borrower.leave()
        caller.until(lambda: "Another Inbasket" in caller.properties()["Trouble"], "the trouble")
    freed = time.monotonic()
    caller.until(lambda: caller.properties()["Trouble"] == "", "its end")
    assert time.monotonic() - freed < 40  # it is looked for again after a minute at the latest
    server.put("anna", [message.data for message in generate.messages(9, 2)])
    assert caller.check("work")["work"]["fetched"] == 2


def test_lent_in_the_order_of_asking(caller, call):
    everybody = [call() for _ in range(5)]
    caller("Lend")
    answers = []
    for each in everybody:
        answers.append(each.begin("Lend"))
        each("ListAccounts")     # the service has heard of both
    caller("Return")
    for turn, each in enumerate(everybody):
        each.until(lambda turn=turn: answers[turn], "the turn")
        assert answers == [[()]] * (turn + 1) + [[]] * (4 - turn)
        each("Return")


def test_too_many_who_wait(caller, call):
    caller("Lend")
    crowd = [call() for _ in range(33)]
    answers = [each.begin("Lend") for each in crowd]
    caller.until(lambda: any(answers), "the refusal")
    refused = [answer[0] for answer in answers if answer]
    assert [type(answer) for answer in refused] == [Refused] * len(refused)
    assert 1 <= len(refused) <= 2


def test_it_ends_while_the_home_is_lent(bus, work, serve, call):
    service = serve(work)
    caller = call()
    caller("Lend")
    service.process.send_signal(signal.SIGTERM)
    caller.leave()
    service.process.wait(PATIENCE)
    assert service.process.returncode == 0
    assert is_free(work)


def test_it_does_not_wait_for_a_borrower_without_end(bus, work, serve, call):
    service = serve(work)
    call()("Lend")
    service.stop()


def test_another_maildir_while_the_home_is_lent(work, caller, tmp_path):
    caller("Lend")
    work.configure(delivery__maildir=tmp_path / "Other")
    caller("Reload")
    caller("Return")
    caller.until((tmp_path / "Other" / "new").is_dir, "the other Maildir")
    assert caller.check("work")["work"]["polled"]


def test_an_account_that_comes_back_is_fetched_once_its_predecessor_is_done(server, work, caller):
    caller("Lend")
    server.put("anna", [message.data for message in generate.messages(9, 3)])
    caller("Check", "(as)", ["work"])
    caller.until(lambda: caller.said("Fetched") or caller.state("work")["Running"], "the poll")
    aside = work.path / "work.conf"
    (work.accounts / "work.conf").rename(aside)
    caller("Reload")
    assert caller("ListAccounts") == {}
    aside.rename(work.accounts / "work.conf")
    ticket, _ = caller("Check", "(as)", ["work"])
    caller("Return")
    caller.until(lambda: [number for number, *_ in caller.said("Checked") if number == ticket], "its end")
    result, = [result for number, _, result in caller.said("Checked") if number == ticket]
    assert "error" not in result
    assert len(work.files()) == 11


# Others

def test_what_there_is_no_such_thing_of(caller):
    assert refusal(caller, "Lend", "(s)", "everything").startswith("org.freedesktop.DBus.Error.")
    assert refusal(caller, "Format") == "org.freedesktop.DBus.Error.UnknownMethod"
    assert refusal(caller, "Set", "(ssv)", NAME, "Home", variant("s", "/"), interface="org.freedesktop.DBus.Properties").startswith(
        "org.freedesktop.DBus.Error.")
    assert refusal(caller, "Check", path=account_path("nobody"), interface=ACCOUNT).startswith("org.freedesktop.DBus.Error.Unknown")
    assert caller("GetManagedObjects", interface=OBJECTS)


def test_two_homes_on_one_bus(server, work, caller, bus, tmp_path):
    other = type(work)(tmp_path / "other")
    other.account("shop", server, user="anna", fetch__push=False)
    with Service(other, bus=bus.address) as second:
        second.until(lambda: str(work.state) in second.said, "whom the name belongs to")
        second.until(lambda: len(other.files()) == 8, "its work all the same")
        assert list(caller("ListAccounts")) == ["work"]
        environment = {"DBUS_SESSION_BUS_ADDRESS": bus.address}
        assert other.sync(status=5, env=environment).err.count("\n") == 1
        assert other.run("status", "--json", env=environment).lines[0]["service"]["running"] is False
        assert work.sync(env=environment).summary.keys() == {"work"}


def test_a_home_by_another_way(work, caller, bus, tmp_path):
    (tmp_path / "alias").symlink_to(work.path)
    alias = type(work)(tmp_path / "alias")
    assert alias.sync(env={"DBUS_SESSION_BUS_ADDRESS": bus.address}).summary["work"]["ok"]


def test_without_a_bus_it_works_all_the_same(server, work):
    with Service(work) as service:
        service.until(lambda: len(work.files()) == 8, "all mail")
        service.until(lambda: "session bus" in service.said, "what it says of the bus")


def test_the_bus_goes_and_it_stays(server, work, serve, bus, call):
    service = serve(work)
    call().check("work")
    bus.daemon.terminate()
    service.until(lambda: "bus is gone" in service.said, "what it says of it")
    service.stop()
