"""What the user sees of new mail on the desktop: the real notifier, and a notification server that can be asked."""

import os
import subprocess

import dbus
import pytest
from e2e.inbasket import BUILD
from servers.dovecot import PATIENCE
from servers.notifications import MockObject, NotificationServer, SessionBus, wait_for

NOTIFY = BUILD / "tests" / "integration" / "notify"
ANNA = "Anna Example <anna@example.org>"


def install_mail_program(folder, *lines):
    """A desktop whose mail program is this one; none without lines. What is to be in the environment."""
    applications = folder / "data" / "applications"
    applications.mkdir(parents=True)
    if lines:
        (applications / "org.example.Mail.desktop").write_text("\n".join(
            ["[Desktop Entry]", "Type=Application", "Name=The Mail", "MimeType=x-scheme-handler/mailto;", *lines, ""]))
        (folder / "mimeapps.list").write_text("[Default Applications]\nx-scheme-handler/mailto=org.example.Mail.desktop\n")
    return {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder),
            "XDG_DATA_DIRS": str(folder / "nothing"), "XDG_CONFIG_DIRS": str(folder / "nothing"), "PATH": os.environ["PATH"]}


class Notifier:
    def __init__(self, bus, environment, is_unit=False):
        # systemd tells a unit's own process that it is one.
        command = ["sh", "-c", 'SYSTEMD_EXEC_PID=$$ exec "$0"', NOTIFY] if is_unit else [NOTIFY]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, env={**bus.environment, **environment, "G_DEBUG": "fatal-criticals",
                                                        "LC_ALL": "C.UTF-8", "G_MESSAGES_DEBUG": "all"})
        self.printed = []

    def tell(self, *words):
        """Comes back when it was heard; what was clicked before that is in .printed."""
        print(*words, sep="\t", file=self.process.stdin, flush=True)
        while (line := self.process.stdout.readline().rstrip("\n")) != "done":
            assert line or self.process.poll() is None, self.process.stderr.read()
            self.printed.append(line)

    def hears(self):
        """What it was told before it has heard, and what it says to that is with the bus."""
        for _ in range(2):
            self.tell("listen")

    def mail(self, identifier, subject="Lunch", count=1, account="work", sender=ANNA):
        self.tell("mail", count, account, identifier, sender, subject)

    def clicked(self):
        """The next click."""
        return self.process.stdout.readline().rstrip("\n")

    def logged(self):
        """The next line of its log."""
        while "notification" not in (line := self.process.stderr.readline()):
            assert line, "the log has ended"
        return line

    def end(self):
        """What is left of its log."""
        _, log = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, log
        return [line for line in log.splitlines() if "notification" in line]


@pytest.fixture
def bus():
    with SessionBus() as bus:
        yield bus


@pytest.fixture
def desktop(bus):
    """desktop(capabilities) starts a notification server; all end with the test."""
    started = []

    def start(*capabilities):
        started.append(NotificationServer(bus, *capabilities))
        return started[-1]
    yield start
    for server in started:
        server.__exit__()


@pytest.fixture
def begin(bus, tmp_path):
    """begin(lines of a mail program's .desktop) starts a notifier; it ends with the test."""
    started = []

    def start(*program, is_unit=False):
        started.append(Notifier(bus, install_mail_program(tmp_path, *program), is_unit))
        started[-1].tell("config", "important", "work")
        return started[-1]
    yield start
    for notifier in started:
        if notifier.process.poll() is None:
            notifier.end()


@pytest.fixture
def notifier(begin):
    return begin("Exec=true %u")


def test_one_message(desktop, notifier):
    server = desktop()
    notifier.mail("id1", "Lunch & more <soon>")
    bubble, = server.wait_for_bubbles(1)
    assert (bubble.app, bubble.replaces, bubble.title, bubble.body, bubble.timeout) == (
        "Inbasket", 0, "Anna Example", "Lunch &amp; more &lt;soon&gt;", -1)
    assert bubble.actions == {"default": "Open", "junk": "Mark as junk", "read": "Mark read"}
    assert bubble.hints == {"urgency": 1, "category": "email.arrived", "desktop-entry": "io.github.inbasket.Inbasket"}
    assert isinstance(bubble.hints["urgency"], dbus.Byte)


@pytest.mark.parametrize("capabilities, title, body, actions", [
    ("body actions", "Anna Example", "Tom & Jerry <3", 3),
    ("body body-markup", "Anna Example", "Tom &amp; Jerry &lt;3", 0),
    ("actions", "Anna Example: Tom & Jerry <3", "", 3),
], ids=["no-markup", "no-actions", "no-body"])
def test_what_a_server_can_do(desktop, notifier, capabilities, title, body, actions):
    server = desktop(capabilities)
    notifier.mail("id1", "Tom & Jerry <3")
    bubble, = server.wait_for_bubbles(1)
    assert (bubble.title, bubble.body, len(bubble.actions)) == (title, body, actions)
    notifier.mail("id2")
    server.wait_for_bubbles(2)
    assert len(server.calls("GetCapabilities")) == 1


def test_many_are_one(desktop, notifier):
    server = desktop()
    for number in range(1, 5):
        notifier.mail(f"id{number}", f"Lunch {number}")
        server.wait_for_bubbles(number)
    *singles, group = server.bubbles()
    assert [bubble.replaces for bubble in singles] == [0, 0, 0]
    assert (group.replaces, group.title) == (3, "4 new messages")
    assert group.body.splitlines() == [f"Anna Example: Lunch {number}" for number in range(1, 5)]
    assert group.actions == {"default": "Open", "read": "Mark all read"}
    wait_for(lambda: server.closed() == [1, 2], "the others to be closed")


def test_a_burst_is_one(desktop, notifier):
    server = desktop()
    notifier.mail("a", count=1000)
    bubble, = server.wait_for_bubbles(1)
    assert bubble.title == "1000 new messages"
    assert bubble.body.splitlines()[-1] == "and 996 more"
    assert set(bubble.actions) == {"default"}, "more than it knows by their ids"
    notifier.mail("b")
    assert server.wait_for_bubbles(2)[1].title == "1001 new messages"


def test_accounts_are_told_apart(desktop, notifier):
    server = desktop()
    notifier.tell("config", "important", "work", "home")
    notifier.mail("a", account="work", count=2)
    notifier.mail("b", account="home", count=4)
    bubbles = server.wait_for_bubbles(3)
    assert sorted((bubble.title, bubble.body.splitlines()[-1]) for bubble in bubbles) == [
        ("4 new messages for home", "Anna Example: Lunch"), ("Anna Example", "for work"), ("Anna Example", "for work")]


@pytest.mark.parametrize("action, line", [("junk", "junk work id1"), ("read", "read work id1")])
def test_a_click(desktop, notifier, action, line):
    server = desktop()
    notifier.mail("id1")
    server.wait_for_bubbles(1)
    server.click(1, action)
    assert notifier.clicked() == line
    wait_for(lambda: server.closed() == [1], "it to be closed")


def test_a_click_on_a_group(desktop, notifier):
    server = desktop()
    notifier.mail("a", count=5)
    server.wait_for_bubbles(1)
    server.click(1, "junk")  # not offered
    server.click(1, "read")  # gone with the first click
    notifier.mail("b")
    server.wait_for_bubbles(2)
    notifier.mail("c", count=4)
    server.wait_for_bubbles(3)
    server.click(server.bubbles()[2].replaces, "read")
    assert notifier.clicked() == "read work b c1 c2 c3 c4"


def test_open_starts_the_mail_program(desktop, begin, tmp_path):
    server, opened = desktop(), tmp_path / "opened"
    notifier = begin(f"Exec=sh -c 'echo \"$XDG_ACTIVATION_TOKEN $*\" >{opened}.new && mv {opened}.new {opened}' %c %u 100%%")
    notifier.mail("id1")
    server.wait_for_bubbles(1)
    server.emit("ActivationToken", "us", dbus.UInt32(1), "front-please")
    server.click(1, "default")
    wait_for(opened.exists, "the mail program")
    assert opened.read_text() == "front-please 100%\n"


@pytest.mark.parametrize("lines", [(), ("Exec=mutt", "Terminal=true")], ids=["none", "in-a-terminal"])
def test_open_is_offered_where_something_opens(desktop, begin, lines):
    server = desktop()
    begin(*lines).mail("id1")
    bubble, = server.wait_for_bubbles(1)
    assert list(bubble.actions) == ["junk", "read"]


def test_open_asks_a_program_that_listens_on_the_bus(desktop, begin, bus):
    with MockObject(bus, "org.example.Mail", "/org/example/Mail", "org.freedesktop.Application") as program:
        program.add_method("Activate", "a{sv}", "", "")
        server = desktop()
        begin("Exec=false", "DBusActivatable=true").mail("id1")
        server.wait_for_bubbles(1)
        server.emit("ActivationToken", "us", dbus.UInt32(1), "front-please")
        server.click(1, "default")
        (data,), = wait_for(lambda: program.calls("Activate"), "the program to be asked")
        assert data == {"activation-token": "front-please", "desktop-startup-id": "front-please"}


def test_open_leaves_the_cage(desktop, begin, bus):
    with MockObject(bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager") as manager:
        manager.add_method("StartTransientUnit", "ssa(sv)a(sa(sv))", "o", 'ret = dbus.ObjectPath("/job/1")')
        server = desktop()
        begin("Exec=true --mail %U --name %c", is_unit=True).mail("id1")
        server.wait_for_bubbles(1)
        server.emit("ActivationToken", "us", dbus.UInt32(1), "front-please")
        server.click(1, "default")
        (name, mode, properties, _), = wait_for(lambda: manager.calls("StartTransientUnit"), "the unit")
    given = {str(key): value for key, value in properties}
    (path, arguments, _), = given["ExecStart"]
    assert name.startswith("app-org.example.Mail") and name.endswith(".service") and mode == "fail"
    assert path.endswith("/true") and list(arguments) == ["true", "--mail", "--name", "The Mail"]
    assert "XDG_ACTIVATION_TOKEN=front-please" in given["Environment"] and given["Slice"] == "app.slice"


def test_clicks_elsewhere_mean_nothing(desktop, notifier):
    server = desktop()
    notifier.mail("id1")
    server.wait_for_bubbles(1)
    server.click(7, "default")
    server.click(1, "format-disk")
    server.emit("ActionInvoked", "s", "default")
    server.emit("NotificationClosed", "s", "nonsense")
    notifier.mail("id2")
    server.wait_for_bubbles(2)
    server.click(2, "read")
    assert notifier.clicked() == "read work id2"


def test_closed_ones_are_forgotten(desktop, notifier):
    server = desktop()
    for number in range(1, 6):
        notifier.mail(f"id{number}")
        server.wait_for_bubbles(number)
        server.close(number)
        notifier.tell("listen")
    assert [bubble.replaces for bubble in server.bubbles()] == [0] * 5


@pytest.mark.parametrize("sender, subject, title, body", [
    (ANNA, r"pay\342\200\256lap\t\033[31m", "Anna Example", "paylap [31m"),
    (ANNA, r"a\nb\r\nc", "Anna Example", "a b c"),
    (ANNA, "</b><img src=x>", "Anna Example", "&lt;/b&gt;&lt;img src=x&gt;"),
    ("<b>Boss</b> <x@y.example>", "x", "<b>Boss</b>", "x"),
    (ANNA, "A" * 100_000, "Anna Example", "A" * 299 + "…"),
    ("B" * 100_000, "x", "B" * 99 + "…", "x"),
    (ANNA, r"\377\376caf\351", "Anna Example", "caf"),
    ("", "", "Somebody who is not named", "Without a subject"),
], ids=["bidi-and-controls", "lines", "markup", "markup-in-the-title", "long-subject", "long-sender", "no-utf-8", "empty"])
def test_hostile_words(desktop, notifier, sender, subject, title, body):
    server = desktop()
    notifier.mail("id1", subject, sender=sender)
    bubble, = server.wait_for_bubbles(1)
    assert (bubble.title, bubble.body) == (title, body)


def test_nobody_is_told_while_locked(desktop, notifier):
    server = desktop()
    notifier.tell("locked", "yes")
    notifier.mail("a", "secret", count=2)
    notifier.tell("attention", "work", "sign-in-needed", "refused")
    notifier.tell("listen")
    assert server.calls("GetCapabilities") == []
    notifier.tell("locked", "no")
    bubbles = server.wait_for_bubbles(2)
    assert sorted(bubble.title for bubble in bubbles) == ["2 new messages", "Sign in to work again"]


def test_do_not_disturb(desktop, notifier):
    server = desktop()
    for number, title in enumerate(["3 new messages", "Anna Example"], 1):
        server.set_do_not_disturb(True)
        notifier.tell("listen")
        notifier.mail(f"a{number}", count=3 if number == 1 else 1)
        assert len(server.bubbles()) == number - 1
        notifier.hears()    # and asks whether somebody is to be disturbed before that changes
        server.set_do_not_disturb(False)
        assert server.wait_for_bubbles(number)[-1].title == title
        server.close(number)


def test_do_not_disturb_from_the_start(desktop, begin):
    server = desktop()
    server.set_do_not_disturb(True)
    notifier = begin()
    notifier.mail("id1")
    wait_for(lambda: server.calls("GetCapabilities"), "the first words")
    notifier.mail("id2")
    notifier.hears()
    server.set_do_not_disturb(False)
    bubble, = server.wait_for_bubbles(1)
    assert bubble.title == "2 new messages"


def test_no_server(bus, desktop, notifier):
    notifier.mail("id1")
    notifier.mail("id2")
    notifier.tell("attention", "work", "unsafe", "no TLS")
    notifier.tell("resolved", "work")
    assert "no notifications" in notifier.logged()
    notifier.mail("id3")
    assert notifier.end() == []


def test_a_server_comes_later(bus, desktop, notifier):
    notifier.mail("id1")
    assert "no notifications" in notifier.logged()
    notifier.mail("id2")
    server = desktop()
    bubble, = server.wait_for_bubbles(1)
    assert bubble.title == "2 new messages"


def test_a_server_restarts(bus, desktop, notifier):
    server = desktop("body body-markup actions")
    notifier.mail("id1")
    server.wait_for_bubbles(1)
    server.stop()
    other = desktop("body")
    notifier.mail("id2", "a & b")
    bubble, = other.wait_for_bubbles(1)
    assert (bubble.replaces, bubble.body, bubble.actions) == (0, "a & b", {})
    assert len(other.calls("GetCapabilities")) == 1
    assert notifier.end() == []


def test_a_server_that_refuses(desktop, notifier):
    server = desktop()
    server.add_method("Notify", "susssasa{sv}i", "u",
                      'raise dbus.exceptions.DBusException("too many", name="org.example.Full")')
    notifier.mail("id1")
    server.wait_for_bubbles(1)
    server.add_method("Notify", "susssasa{sv}i", "u", "ret = 9")
    notifier.mail("id2")
    assert [bubble.replaces for bubble in server.wait_for_bubbles(2)] == [0, 0]
    assert "too many" in notifier.logged()
    assert notifier.end() == []


def test_an_incident(desktop, notifier):
    server = desktop()
    notifier.tell("attention", "work", "sign-in-needed", "mail.example refused the password: <no>")
    bubble, = server.wait_for_bubbles(1)
    assert (bubble.title, bubble.body) == ("Sign in to work again", "mail.example refused the password: &lt;no&gt;")
    assert bubble.actions == {"sign-in": "Sign in"}
    notifier.tell("attention", "work", "sign-in-needed", "still refused")
    server.click(1, "sign-in")
    assert notifier.clicked() == "sign-in work"
    notifier.tell("attention", "work", "sign-in-needed", "still refused")
    notifier.tell("attention", "work", "unsafe", "the certificate is not its own")
    bubbles = server.wait_for_bubbles(2)
    assert (bubbles[1].title, bubbles[1].actions) == ("The mail of work needs you", {})
    notifier.tell("resolved", "work")
    wait_for(lambda: 2 in server.closed(), "it to be withdrawn")
    assert len(server.bubbles()) == 2


def test_an_incident_outlives_the_server(desktop, notifier):
    """What stood there when it left stands on the next one; what the user had closed does not."""
    server = desktop()
    notifier.tell("attention", "work", "sign-in-needed", "refused")
    server.wait_for_bubbles(1)
    server.stop()
    other = desktop()
    bubble, = other.wait_for_bubbles(1)
    assert (bubble.title, bubble.replaces) == ("Sign in to work again", 0)
    other.close(1)
    notifier.mail("id1")
    assert other.wait_for_bubbles(2)[1].title == "Anna Example"
    other.stop()
    third = desktop()
    notifier.mail("id2")
    assert [bubble.title for bubble in third.wait_for_bubbles(1)] == ["Anna Example"]


def test_an_incident_outlives_a_server_that_was_to_show_it(desktop, notifier):
    """It leaves before it says that it does."""
    server = desktop()
    server.add_method("Notify", "susssasa{sv}i", "u", "import os; os._exit(1)")
    notifier.tell("attention", "work", "sign-in-needed", "refused")
    server.process.wait(PATIENCE)
    bubble, = desktop().wait_for_bubbles(1)
    assert (bubble.title, bubble.replaces) == ("Sign in to work again", 0)


def test_a_locked_keyring_is_waited_for(desktop, notifier):
    server = desktop()
    notifier.tell("attention", "work", "waiting-for-keyring", "locked")
    notifier.mail("id1")
    assert [bubble.title for bubble in server.wait_for_bubbles(1)] == ["Anna Example"]
    notifier.mail("a", count=3)
    notifier.mail("b")  # which is told of a little later, and not as late as the keyring is
    assert [bubble.title for bubble in server.wait_for_bubbles(3)][1:] == ["4 new messages", "5 new messages"]
    notifier.tell("resolved", "work")
    server.close(1)
    notifier.mail("id2")
    assert server.wait_for_bubbles(4)[3].title == "Anna Example"


def test_accounts_that_go_take_their_bubbles_along(desktop, notifier):
    server = desktop()
    notifier.mail("id1")
    server.wait_for_bubbles(1)
    notifier.tell("attention", "work", "unsafe", "no TLS")
    server.wait_for_bubbles(2)
    notifier.tell("config", "important", "home")
    wait_for(lambda: sorted(server.closed()) == [1, 2], "both to be withdrawn")


@pytest.mark.parametrize("words", [("attention", "work", "unsafe", "no TLS"), ("mail", 1, "id1", ANNA, "Lunch", "work")])
def test_what_is_on_its_way_for_an_account_that_goes_is_taken_back(desktop, notifier, tmp_path, words):
    """The server says what it calls the bubble when there is nobody left to be told of."""
    asked, gone = tmp_path / "asked", tmp_path / "gone"
    server = desktop()
    server.add_method("Notify", "susssasa{sv}i", "u", f"""
import os, time
open({str(asked)!r}, "x").close()
while not os.path.exists({str(gone)!r}):
    time.sleep(0.01)
ret = 7""")
    notifier.tell(*words)
    wait_for(asked.exists, "the server to be asked")
    notifier.tell("config", "important", "home")
    gone.touch()
    wait_for(lambda: server.closed() == [7], "it to be withdrawn")


def test_none_is_none(desktop, notifier):
    server = desktop()
    notifier.tell("config", "none", "work")
    notifier.mail("id1")
    notifier.tell("config", "important", "work")
    notifier.mail("id2", "the second")
    assert [bubble.body for bubble in server.wait_for_bubbles(1)] == ["the second"]
