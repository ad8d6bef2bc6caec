"""The four ways round a server's filter, walked by real mail: Postfix takes it from a stranger, as relay and as the user's
own servers, delivers it into Dovecot's mailbox, Inbasket fetches it, and tells which way it came."""

import json
import re
import time

import pytest

from e2e.inbasket import Home
from servers.dovecot import Dovecot, wait_until
from servers.postfix import Postfix

STRANGER = "203.0.113.5"
ADDRESSES = {"mail": "198.51.100.2", "filter": "198.51.100.3", "relay": "198.51.100.7", "forum": "198.51.100.9"}
# What a server's own filter writes.
FILTER = "header_checks = regexp:{{/^Subject: / PREPEND X-Spam-Status: No, score=0.1, filter.home.example}}"


class Internet:
    """home.example, whose mail is to go through the filter at its MX and then to mail.home.example; a club, which forwards; and
    a forum that gives its members mailboxes."""

    def __init__(self, authority):
        self.dovecot = Dovecot(users={"anna": "secret", "forum": "secret"}, authority=authority)
        self.running = [self.dovecot.__enter__()]
        self.mail = self.postfix("mail.home.example", "mail", mailboxes={"anna@home.example": self.dovecot.mailbox("anna")})
        self.filter = self.postfix("filter.home.example", "filter", routes={"home.example": self.mail}, settings=FILTER)
        self.relay = self.postfix("relay.club.example", "relay", routes={"home.example": self.mail},
                                  aliases={"anna@club.example": "anna@home.example"})
        self.forum = self.postfix("mx.forum.example", "forum",
                                  mailboxes={"anna@forum.example": self.dovecot.mailbox("forum")})
        self.count = 0

    def postfix(self, hostname, address, **options):
        server = Postfix(hostname, ADDRESSES[address], **options)
        self.running.append(server.__enter__())
        return server

    def close(self):
        for server in reversed(self.running):
            server.__exit__(None, None, None)

    def send(self, server, recipient, user):
        """As the stranger, and until it lies in the mailbox. Returns its Message-ID."""
        self.count += 1
        message_id = f"<ways-{self.count}@bulk.example>"
        server.send("bounce@bulk.example", recipient,
                    f"From: \"Fast Money\" <win@bulk.example>\r\nTo: {recipient}\r\nSubject: You have won\r\n"
                    f"Message-ID: {message_id}\r\nDelivered-To: somebody@bank.example\r\n\r\nhello {self.count}\r\n",
                    source=STRANGER, name="out.bulk.example", helo="mail.home.example")
        new = self.dovecot.mailbox(user)
        wait_until(lambda: any(message_id.encode() in path.read_bytes() for part in ("new", "cur") for path in (new / part).iterdir()),
                   what=f"the delivery of {message_id}")
        return message_id


@pytest.fixture(scope="module")
def internet(authority):
    network = Internet(authority)
    yield network
    network.close()


@pytest.fixture
def home(tmp_path, internet):
    """Of somebody who trusts his own filter and the club's relay, with what DNS says of home.example."""
    home = Home(tmp_path / "home")
    home.configure(trust__relays=f"{ADDRESSES['filter']};{ADDRESSES['relay']}")
    home.state.mkdir(parents=True)
    (home.state / "mx").write_text(
        f"[home.example]\nasked={int(time.time())}\nhosts=filter.home.example;\naddresses={ADDRESSES['filter']};\n")
    home.account("home", internet.dovecot, "anna", account__address="anna@home.example", account__aliases="anna@club.example")
    home.account("forum", internet.dovecot, "forum", account__address="anna@forum.example")
    return home


def explained(home, message_id):
    answer, = home.run("why", "--json", message_id).lines
    return answer


def arrive(home, internet, server, recipient, user):
    """Sent, fetched, and explained as JSON and in words."""
    message_id = internet.send(server, recipient, user)
    assert message_id in {event["message_id"] for event in home.sync().delivered}
    line, = [line for line in home.run("log", "--json").lines if line["message_id"] == message_id]
    answer = explained(home, message_id)
    assert (answer["entry"]["host"], answer["entry"]["ip"]) == ("out.bulk.example", STRANGER)
    assert (line["entry_host"], line["entry_ip"], line["recipient"]) == ("out.bulk.example", STRANGER, recipient)
    assert "mail.home.example" != answer["entry"]["host"], "what it called itself is not where it came from"
    return answer, home.run("why", message_id).out


def test_the_front_door(home, internet):
    """Through the MX, and the filter there: no way round anything."""
    answer, text = arrive(home, internet, internet.filter, "anna@home.example", "anna")
    assert answer["causes"] == [] and answer["entry"]["matches_mx"] is True
    assert [hop["by"] for hop in answer["path"]] == ["mail.home.example", "filter.home.example"]
    assert all(hop["trusted"] for hop in answer["path"])
    assert "Which filters it came round" not in text


def test_an_account_that_no_filter_protects(home, internet):
    home.account("forum", internet.dovecot, "forum", account__address="anna@forum.example", filter__enabled=False)
    answer, text = arrive(home, internet, internet.forum, "anna@forum.example", "forum")
    assert answer["causes"] == ["unprotected", "no-server-filter"]
    assert "No filter judges what comes through “forum”" in text
    home.run(*re.search(r"→ inbasket (account edit forum --filter-enabled true)", text).group(1).split())
    assert explained(home, answer["message_id"])["causes"] == ["no-server-filter"]


def test_an_address_that_no_account_has(home, internet):
    home.account("home", internet.dovecot, "anna", account__address="anna@home.example")
    answer, text = arrive(home, internet, internet.relay, "anna@club.example", "anna")
    assert answer["causes"] == ["unprotected", "no-server-filter", "relay"]
    assert "It was sent to anna@club.example, an address that no account has" in text
    addresses = {each["address"]: each for each in json.loads(home.run("status", "--json").out)["addresses"]}
    assert addresses["anna@club.example"]["gap"] == "no-account" and addresses["anna@club.example"]["through"] == "home"
    assert set(addresses) == {"anna@home.example", "anna@forum.example", "anna@club.example"}, "a sender invents none"


def test_a_remote_server_without_a_filter(home, internet):
    answer, text = arrive(home, internet, internet.forum, "anna@forum.example", "forum")
    assert answer["causes"] == ["no-server-filter"]
    assert "No filter of the server of “forum” has left a result" in text


def test_through_a_trusted_relay(home, internet):
    answer, text = arrive(home, internet, internet.relay, "anna@club.example", "anna")
    assert answer["causes"] == ["no-server-filter", "relay"]
    assert answer["entry"]["relay"] == ADDRESSES["relay"] and answer["entry"]["by"] == "relay.club.example"
    assert f"The relay {ADDRESSES['relay']}, which you trust, took it from a stranger" in text
    assert "via-relay" in {each["feature"] for each in answer["evidence"]}
    ladder = text[text.index("Where it came from"):text.index("Who vouches")]
    assert ladder.index(f"out.bulk.example [{STRANGER}] → relay.club.example") < ladder.index(f"[{ADDRESSES['relay']}] → mail.home.example")


def test_beside_the_mx(home, internet):
    """Straight to the server that was the MX once."""
    answer, text = arrive(home, internet, internet.mail, "anna@home.example", "anna")
    assert answer["causes"] == ["no-server-filter", "beside-mx"]
    assert answer["entry"]["matches_mx"] is False and answer["entry"]["by"] == "mail.home.example"
    assert "It came in at mail.home.example, beside the mail exchanger (MX) of its domain" in text


def test_a_relay_that_is_not_trusted_is_judged_itself(home, internet):
    home.configure(trust__relays=ADDRESSES["filter"])
    message_id = internet.send(internet.relay, "anna@club.example", "anna")
    home.sync()
    answer = explained(home, message_id)
    assert answer["entry"]["ip"] == ADDRESSES["relay"] and "relay" not in answer["causes"]
    assert [hop["trusted"] for hop in answer["path"]] == [True, False]
    assert f"relays={ADDRESSES['relay']}" in home.run("why", message_id).out


def test_a_filter_for_the_back_doors(home, internet):
    """The shipped one: what strangers send by the front door stays, by a back door it goes elsewhere."""
    home.configure(trust__relays=f"{ADDRESSES['filter']};{ADDRESSES['relay']}", filter__scripts="junk.sieve;back-doors.sieve")
    doors = {internet.filter: "INBOX", internet.relay: "Doubtful", internet.mail: "Doubtful"}
    sent = {internet.send(server, "anna@club.example" if server is internet.relay else "anna@home.example", "anna"): folder
            for server, folder in doors.items()}
    events = {event["message_id"]: event["target"] for event in home.sync().delivered}
    assert {message_id: events[message_id] for message_id in sent} == sent


DOORS = {
    # cause: (the server that takes it, recipient, user, what is named, what to do)
    "beside-mx": ("mail", "anna@home.example", "anna", "anna@home.example", "firewall"),
    "relay": ("relay", "anna@club.example", "anna", ADDRESSES["relay"], ADDRESSES["relay"]),
    "unprotected": ("forum", "anna@forum.example", "forum", "forum", "--filter-enabled true"),
    "no-server-filter": ("forum", "anna@forum.example", "forum", "forum", "inbasket learn"),
    "filtered": ("filter", "anna@home.example", "anna", None, None),
}


@pytest.mark.parametrize("cause", DOORS)
def test_the_report_counts_it(home, internet, cause):
    """Called spam by its reader, it counts under the cause by which it came, and no other."""
    server, recipient, user, named, remedy = DOORS[cause]
    if cause == "unprotected":
        home.account("forum", internet.dovecot, "forum", account__address="anna@forum.example", filter__enabled=False)
    message_id = internet.send(getattr(internet, server), recipient, user)
    event, = [event for event in home.sync().delivered if event["message_id"] == message_id]
    home.run("learn", "spam", event["id"])
    report, = home.run("report", "--json").lines
    assert report["total"]["came_through"] == 1
    assert {name: count for name, count in report["total"]["causes"].items() if count} == {cause: 1}
    told, = [each for each in report["causes"] if each["cause"] == cause]
    if named is not None:
        assert [way["name"] for way in told["ways"]] == [named] and remedy in told["remedy"]
        assert remedy in " ".join(home.run("report").out.split())


def test_doctor_names_the_back_doors(home, internet):
    internet.send(internet.relay, "anna@club.example", "anna")
    internet.send(internet.mail, "anna@home.example", "anna")
    home.sync()
    findings = json.loads(home.run("doctor", "--json", "--offline").out)["findings"]
    doors = {each["subject"]: each for each in findings if each["text"].startswith("A back door")}
    assert set(doors) == {ADDRESSES["relay"], None}
    assert "relays=" in doors[ADDRESSES["relay"]]["remedy"] and "firewall" in doors[None]["remedy"]
    assert all(re.search(r"[1-9]\d* messages?, \d+ of them spam", each["text"]) for each in doors.values())
