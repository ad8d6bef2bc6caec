"""Whom the program believes: certificates of every kind, over IMAP and POP3, with TLS at once and later.

Refused means: the server never heard a name or a password, nothing was delivered, the account is "unsafe", and the
words say what is wrong with the certificate and what to do.
"""

import dataclasses
import ssl
from collections.abc import Callable

import pytest
from e2e.inbasket import assert_exactly_once
from mail import generate
from servers.poor_imap import PoorImap
from servers.poor_pop3 import PoorPop3
from servers.zoo import Zoo

# Old versions of TLS are what some of these servers are about.
pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")

MAILS = generate.small(71, 2)
HOST = "mail.localhost"       # every name below localhost is this machine: RFC 6761, 6.3
NAME = f"DNS:{HOST}"
OTHER_PIN = "sha256:" + "0" * 64


class Menagerie(Zoo):
    """The authorities that the cases need."""

    def __init__(self, folder):
        super().__init__(folder)
        self.root = self.authority("root", "Trusted Root", key="rsa-other")
        self.stranger = self.authority("stranger", "A Stranger", key="ec-other")
        self.namesake = self.authority("namesake", "Trusted Root", key="ec-other")
        self.middle = self.root.sign("middle", is_authority=True, key="ec-other")
        self.old_middle = self.root.sign("old-middle", is_authority=True, key="ec-other", days=(-30, -1))
        self.narrow = self.root.sign("narrow", is_authority=True, key="ec-other",
                                     extra=["nameConstraints=critical,permitted;DNS:elsewhere.example"])
        self.good = self.root.sign("good", names=NAME)
        self.system = self.authority("system", "What the machine trusts", key="ec-other")
        self.alone = self.self_signed("alone", NAME)


@dataclasses.dataclass
class Case:
    """`shown`: what the server shows, from the menagerie. `words`: what the error says; none, and it is believed."""
    shown: Callable
    words: tuple = ()
    host: str = HOST
    trusted: str | None = "root"                 # the file that ca-file= names
    pin: Callable | str | None = None
    newest: ssl.TLSVersion | None = None
    ciphers: str = "ALL:eNULL"
    is_bare: bool = False                        # the machine trusts nobody at all


def leaf(label, **options):
    return lambda zoo: zoo.root.sign(label, **options)


def named(label, names, subject="x"):
    return leaf(label, names=names, subject=subject)


def no_intermediate(zoo):
    lonely = zoo.middle.sign("lonely", names=NAME)
    lonely.chain = []
    return lonely


BELIEVED = {
    "good": Case(lambda zoo: zoo.good),
    "intermediate": Case(lambda zoo: zoo.middle.sign("by-middle", names=NAME)),
    "wildcard": Case(named("wildcard", "DNS:*.example.localhost"), host="mail.example.localhost"),
    "upper-case": Case(named("upper", "DNS:MAIL.LocalHost")),
    "upper-case-host": Case(lambda zoo: zoo.good, host="MAIL.localhost"),
    "address": Case(named("address", "IP:127.0.0.1"), host="127.0.0.1"),
    "a-label": Case(named("a-label", "DNS:xn--mller-kva.localhost"), host="xn--mller-kva.localhost"),
    "u-label": Case(named("u-label", "DNS:xn--mller-kva.localhost"), host="müller.localhost"),
    "one-of-many": Case(named("many", ["DNS:a.example", "DNS:*.example", NAME, "IP:192.0.2.1"])),
    "rsa-2048": Case(leaf("rsa-2048", names=NAME, key="rsa-2048")),
    "tls-1.2": Case(lambda zoo: zoo.good, newest=ssl.TLSVersion.TLSv1_2),
    "tls-1.3": Case(lambda zoo: zoo.good, newest=ssl.TLSVersion.TLSv1_3),
    "no-usage-named": Case(leaf("no-usage", names=NAME, usage=None)),
    "self-signed-in-ca-file": Case(lambda zoo: zoo.alone, trusted="alone"),
    "pinned": Case(lambda zoo: zoo.alone, trusted=None, pin=lambda zoo: zoo.alone.fingerprint),
    "pinned-expired": Case(leaf("pinned-old", names="DNS:elsewhere.example", days=(-9, -2)), trusted=None,
                           pin=lambda zoo: zoo.signed["pinned-old"].fingerprint),
}

IS_FOR = ("is for", "Correct host=")
UNKNOWN = ("not trusted here", "ca-file=")
OPERATOR = ("operator must",)
REFUSED = {
    "expired": Case(leaf("expired", names=NAME, days=(-9, -2)), ("expired on 20", *OPERATOR)),
    "not-yet-valid": Case(leaf("not-yet", names=NAME, days=(2, 9)), ("not valid before 20", "clock")),
    "other-host": Case(named("other", "DNS:elsewhere.example"), ("is for elsewhere.example, not for mail.localhost", "host=")),
    "common-name-only": Case(leaf("cn-only", subject=HOST), ("names no host at all", "fingerprint=")),
    "common-name-beside-other": Case(named("cn-beside", "DNS:elsewhere.example", HOST), IS_FOR),
    "self-signed": Case(lambda zoo: zoo.alone, ("self-signed", "fingerprint=sha256:")),
    "unknown-authority": Case(lambda zoo: zoo.stranger.sign("by-stranger", names=NAME), ("A Stranger", *UNKNOWN)),
    "no-authority-of-ours": Case(lambda zoo: zoo.good, UNKNOWN, trusted=None),
    "no-authority-at-all": Case(lambda zoo: zoo.good, ("No certificate authorities", "ca-certificates"), trusted=None, is_bare=True),
    "authority-of-the-same-name": Case(lambda zoo: zoo.namesake.sign("by-namesake", names=NAME), UNKNOWN),
    "intermediate-missing": Case(no_intermediate, UNKNOWN),
    "intermediate-expired": Case(lambda zoo: zoo.old_middle.sign("by-old", names=NAME), ("expired on 20", *OPERATOR)),
    "signed-by-a-leaf": Case(lambda zoo: zoo.good.sign("by-leaf", names=NAME), ("CA", *OPERATOR)),
    "name-constraints": Case(lambda zoo: zoo.narrow.sign("by-narrow", names=NAME), ("permitted subtree", *OPERATOR)),
    "client-only": Case(leaf("client", names=NAME, usage="clientAuth"), ("purpose", *OPERATOR)),
    "wildcard-two-deep": Case(named("two-deep", "DNS:*.localhost"), IS_FOR, host="a.b.localhost"),
    "wildcard-two-labels": Case(named("two-labels", "DNS:*.*.localhost"), IS_FOR, host="a.b.localhost"),
    "wildcard-bare-domain": Case(named("bare", "DNS:*.example.localhost"), IS_FOR, host="example.localhost"),
    "wildcard-partial": Case(named("partial", "DNS:m*.example.localhost"), IS_FOR, host="mail.example.localhost"),
    "wildcard-in-the-middle": Case(named("inside", "DNS:mail.*.localhost"), IS_FOR, host="mail.example.localhost"),
    "wildcard-alone": Case(named("star", "DNS:*"), IS_FOR, host="localhost"),
    "wildcard-against-an-address": Case(named("star-address", "DNS:*.0.0.1"), IS_FOR, host="127.0.0.1"),
    "wildcard-of-an-a-label": Case(named("star-a-label", "DNS:xn--*.example.localhost"), IS_FOR, host="xn--mller-kva.example.localhost"),
    "other-address": Case(named("other-address", "IP:127.0.0.2"), ("is for 127.0.0.2, not for 127.0.0.1",), host="127.0.0.1"),
    "address-as-name": Case(named("address-name", "DNS:127.0.0.1", "127.0.0.1"), IS_FOR, host="127.0.0.1"),
    "address-as-common-name": Case(leaf("address-cn", subject="127.0.0.1"), ("names no host at all",), host="127.0.0.1"),
    "other-idn": Case(named("other-idn", "DNS:xn--muller-kva.localhost"), IS_FOR, host="müller.localhost"),
    # A SEQUENCE of one dNSName: mail.localhost, a NUL, .evil
    "nul-in-the-name": Case(named("nul", "DER:30:15:82:13:" + "mail.localhost\0.evil".encode().hex(":")), IS_FOR),
    "rsa-1024": Case(leaf("rsa-1024", names=NAME, key="rsa-1024"), ("key too weak", *OPERATOR)),
    "sha-1": Case(leaf("sha1", names=NAME, digest="sha1"), ("digest algorithm too weak", *OPERATOR)),
    "md5": Case(leaf("md5", names=NAME, digest="md5"), ("digest algorithm too weak", *OPERATOR)),
    "tls-1.0": Case(lambda zoo: zoo.good, ("no TLS 1.2", *OPERATOR), newest=ssl.TLSVersion.TLSv1),
    "tls-1.1": Case(lambda zoo: zoo.good, ("no TLS 1.2", *OPERATOR), newest=ssl.TLSVersion.TLSv1_1),
    "null-ciphers": Case(lambda zoo: zoo.good, ("cipher", *OPERATOR), newest=ssl.TLSVersion.TLSv1_2, ciphers="eNULL"),
    "anonymous-ciphers": Case(lambda zoo: zoo.good, ("cipher", *OPERATOR), newest=ssl.TLSVersion.TLSv1_2, ciphers="aNULL"),
    "other-fingerprint": Case(lambda zoo: zoo.good, ("not the pinned one", "operator confirms"), trusted=None, pin=OTHER_PIN),
    "other-fingerprint-of-a-good-one": Case(lambda zoo: zoo.good, ("not the pinned one",), pin=OTHER_PIN),
    "pinned-tls-1.1": Case(lambda zoo: zoo.alone, ("no TLS 1.2",), trusted=None, pin=lambda zoo: zoo.alone.fingerprint,
                           newest=ssl.TLSVersion.TLSv1_1),
}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    return Menagerie(tmp_path_factory.mktemp("zoo"))


class Front:
    """What our servers ask an authority for."""

    def __init__(self, zoo, case):
        self.ca = None if case.trusted is None else getattr(zoo, case.trusted).path
        self.context = case.shown(zoo).context(case.newest, case.ciphers)

    def server_context(self):
        return self.context


@pytest.fixture(params=["imap-tls", "imap-starttls", "pop3-tls", "pop3-starttls"])
def meet(request, zoo, home, monkeypatch, tmp_path):
    """meet(case): polls a server that shows it; the run, and the server."""
    protocol, security = request.param.split("-")
    (tmp_path / "bare").write_text("")

    def meet_one(case, status):
        # Only ours are authorities here, whatever the machine has.
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "bare" if case.is_bare else zoo.system.path))
        front = Front(zoo, case)
        server = PoorImap({"INBOX": MAILS}, authority=front) if protocol == "imap" else PoorPop3(MAILS, authority=front)
        with server:
            home.account("work", server, protocol=protocol, security=security, password="do-not-tell", account__host=case.host,
                         account__fingerprint=case.pin(zoo) if callable(case.pin) else case.pin)
            server.users = {"anna": "do-not-tell"}
            return home.sync(status=status), server
    return meet_one


@pytest.mark.parametrize("name", BELIEVED)
def test_believed(name, meet, home):
    run, _ = meet(BELIEVED[name], 0)
    assert run.summary["work"]["state"] == "ok"
    assert_exactly_once(MAILS, home)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, meet, home):
    run, server = meet(REFUSED[name], 6)
    work = run.summary["work"]
    assert {command.split()[-1].upper() for command in server.commands} <= {b"STARTTLS", b"STLS", b"CAPA", b"CAPABILITY"}
    assert work["state"] == "unsafe", run
    assert work["fetched"] == 0 and not home.files()
    for word in REFUSED[name].words:
        assert word in work["error"], work["error"]
    assert len(run.err.strip().splitlines()) == 1 and "do-not-tell" not in run.out + run.err
