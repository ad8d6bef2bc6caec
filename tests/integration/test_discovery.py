"""Discovery on an Internet of our own: who is believed, in which order, and what does not lead anywhere."""

import os
import time

import pytest
from e2e.inbasket import BUILD, TOP
from servers.internet import Internet, Page

DISCOVER = BUILD / "tests" / "integration" / "discover"
PROVIDERS = TOP / "data" / "providers"
CONFIG = "mail/config-v1.1.xml"
WELL_KNOWN = ".well-known/autoconfig/mail/config-v1.1.xml"


def server(host, kind="imap", port=993, security="SSL", user="%EMAILADDRESS%", ways=("password-cleartext",)):
    return (f'<incomingServer type="{kind}"><hostname>{host}</hostname><port>{port}</port>'
            f"<socketType>{security}</socketType><username>{user}</username>"
            + "".join(f"<authentication>{way}</authentication>" for way in ways) + "</incomingServer>")


def config(*servers, more=""):
    return Page('<?xml version="1.0" encoding="UTF-8"?><clientConfig version="1.1"><emailProvider id="x">'
                + "".join(servers) + f"</emailProvider>{more}</clientConfig>")


ZONE = """
address=/srv.test/127.0.0.1
srv-host=_imaps._tcp.srv.test,imap.srv.test,993,0,1
srv-host=_pop3s._tcp.srv.test,pop.srv.test,995,10,1
srv-host=_imap._tcp.srv.test,.,0
address=/away.test/127.0.0.1
srv-host=_imaps._tcp.away.test,imap.hoster.net,993,0,1
srv-host=_imaps._tcp.away.test,second.hoster.net,993,10,1
address=/both.test/127.0.0.1
srv-host=_imap._tcp.both.test,mail.hoster.net,143,0,1
srv-host=_imaps._tcp.bare.test,bare,993,0,1
srv-host=_imaps._tcp.number.test,10.0.0.1,993,0,1
host-record=known.test,127.0.0.1
mx-host=known.test,alt9.aspmx.l.google.com,20
mx-host=known.test,backup.unknown.test,30
mx-host=hosted.test,mx1.mail.hoster.net,10
address=/hoster.net/127.0.0.1
mx-host=comcast.net,mx-vm.mail.am0.yahoodns.net,10
mx-host=null.test,.,0
address=/auto.test/127.0.0.1
address=/xn--bcher-kva.test/127.0.0.1
address=/slow.test/127.0.0.1
address=/redirected.test/127.0.0.1
address=/downgraded.test/127.0.0.1
address=/looping.test/127.0.0.1
address=/huge.test/127.0.0.1
address=/broken.test/127.0.0.1
address=/entities.test/127.0.0.1
address=/listed.test/127.0.0.1
address=/v1.ispdb.net/127.0.0.1
host-record=guess.test,127.0.0.1
host-record=imap.guess.test,127.0.0.1
host-record=pop.guess.test,127.0.0.1
host-record=imap.untrusted.test,127.0.0.1
address=/six.test/::1
srv-host=_imaps._tcp.gmail.com,imap.srv.test,993,0,1
"""

NAMES = ["*.srv.test", "autoconfig.both.test", "*.hoster.net", "autoconfig.mail.hoster.net", "autoconfig.auto.test", "autoconfig.slow.test",
         "autoconfig.xn--bcher-kva.test", "redirected.test", "*.redirected.test", "autoconfig.downgraded.test", "autoconfig.looping.test", "autoconfig.huge.test",
         "autoconfig.broken.test", "autoconfig.entities.test", "v1.ispdb.net", "imap.guess.test", "pop.guess.test", "guess.test", "six.test", "*.six.test"]

PAGES = {
    f"autoconfig.both.test/{CONFIG}": config(server("mail.hoster.net", port=143, security="STARTTLS", user="%EMAILLOCALPART%")),
    f"autoconfig.mail.hoster.net/{CONFIG}": config(server("imap.hoster.net"), server("pop.hoster.net", "pop3", 995)),
    f"autoconfig.auto.test/{CONFIG}": config(
        server("pop.%EMAILDOMAIN%", "pop3", 995), server("imap.auto.test", ways=("OAuth2", "password-cleartext")),
        server("plain.auto.test", port=143, security="plain"), server("smtp.auto.test", "smtp", 465),
        server("kerberos.auto.test", ways=("GSSAPI",)), server("bad host.auto.test"), server("wrong.auto.test", port=995)),
    f"autoconfig.xn--bcher-kva.test/{CONFIG}": config(server("imap.xn--bcher-kva.test")),
    f"autoconfig.slow.test/{CONFIG}": Page("<clientConfig/>", pause=30),
    f"autoconfig.redirected.test/{CONFIG}": Page(status=302, location="https://redirected.test/elsewhere"),
    "redirected.test/elsewhere": config(server("imap.redirected.test")),
    f"autoconfig.downgraded.test/{CONFIG}": Page(status=301, location="http://downgraded.test/config"),
    f"autoconfig.looping.test/{CONFIG}": Page(status=302, location=f"https://autoconfig.looping.test/{CONFIG}"),
    f"autoconfig.huge.test/{CONFIG}": Page("<clientConfig>" + " " * 99_000, repeat=500),
    f"autoconfig.broken.test/{CONFIG}": Page("<clientConfig><emailProvider>" + server("imap.broken.test")),
    f"autoconfig.entities.test/{CONFIG}": Page(
        '<!DOCTYPE clientConfig [<!ENTITY a "imap.entities.test">]><clientConfig><emailProvider>'
        + server("&a;") + "</emailProvider></clientConfig>"),
    "v1.ispdb.net/listed.test": config(server("imap.listed.test"), server("imap.hoster.net")),
    f"autoconfig.six.test/{CONFIG}": config(server("imap.six.test")),
}


@pytest.fixture(scope="module")
def internet(tmp_path_factory, authority):
    return Internet(tmp_path_factory.mktemp("internet"), authority, ZONE, PAGES, NAMES)


def discover(internet, address, *more):
    run = internet.run(DISCOVER, PROVIDERS, address, *more, env=dict(os.environ) | {"LC_ALL": "C.UTF-8"})
    assert run.returncode == 0 and not run.stderr, run
    return run.stdout.splitlines()


ROWS = [
    # name, address, what is found, the best first
    ("table", "anna@posteo.de", ["table imap posteo.de:993 tls anna@posteo.de password,app-password",
                                 "table pop3 posteo.de:995 tls anna@posteo.de password,app-password"]),
    ("table-before-all", "anna@gmail.com", ["table imap imap.gmail.com:993 tls anna@gmail.com oauth2,app-password",
                                            "table pop3 pop.gmail.com:995 tls anna@gmail.com oauth2,app-password"]),
    ("table-local-part", "anna@icloud.com", ["table imap imap.mail.me.com:993 tls anna app-password"]),
    ("table-by-mx", "anna@known.test", ["mx imap imap.gmail.com:993 tls anna@known.test oauth2,app-password",
                                        "mx pop3 pop.gmail.com:995 tls anna@known.test oauth2,app-password"]),
    ("moving-house", "anna@comcast.net", ["mx imap imap.mail.yahoo.com:993 tls anna@comcast.net oauth2,app-password",
                                          "mx pop3 pop.mail.yahoo.com:995 tls anna@comcast.net oauth2,app-password"]),
    ("no-door", "anna@tuta.com", []),
    ("srv", "anna@srv.test", ["srv imap imap.srv.test:993 tls anna@srv.test password",
                              "srv pop3 pop.srv.test:995 tls anna@srv.test password"]),
    ("srv-in-capitals", "Anna@SRV.Test", ["srv imap imap.srv.test:993 tls Anna@SRV.Test password",
                                          "srv pop3 pop.srv.test:995 tls Anna@SRV.Test password"]),
    ("srv-elsewhere", "anna@away.test", ["srv imap imap.hoster.net:993 tls anna@away.test password confirm"]),
    ("srv-vouched-for", "anna@both.test", ["srv imap mail.hoster.net:143 starttls anna password"]),
    ("srv-without-domain", "anna@bare.test", []),
    ("srv-address-for-name", "anna@number.test", []),
    ("null-mx", "anna@null.test", []),
    ("autoconfig", "anna@auto.test", ["autoconfig imap imap.auto.test:993 tls anna@auto.test oauth2,password",
                                      "autoconfig pop3 pop.auto.test:995 tls anna@auto.test password"]),
    ("autoconfig-by-mx", "anna@hosted.test", ["mx-autoconfig imap imap.hoster.net:993 tls anna@hosted.test password confirm",
                                              "mx-autoconfig pop3 pop.hoster.net:995 tls anna@hosted.test password confirm"]),
    ("punycode", "anna@bücher.test", ["autoconfig imap imap.xn--bcher-kva.test:993 tls anna@bücher.test password"]),
    ("redirected", "anna@redirected.test", ["autoconfig imap imap.redirected.test:993 tls anna@redirected.test password"]),
    ("ipv6-only", "anna@six.test", ["autoconfig imap imap.six.test:993 tls anna@six.test password"]),
    ("guesses", "anna@guess.test", ["guess imap imap.guess.test:993 tls anna@guess.test password confirm",
                                    "guess imap guess.test:993 tls anna@guess.test password confirm",
                                    "guess pop3 pop.guess.test:995 tls anna@guess.test password confirm",
                                    "guess pop3 guess.test:995 tls anna@guess.test password confirm"]),
    ("no-guess-without-certificate", "anna@untrusted.test", []),
    ("redirected-without-tls", "anna@downgraded.test", []),
    ("redirected-for-ever", "anna@looping.test", []),
    ("huge", "anna@huge.test", []),
    ("cut-short", "anna@broken.test", []),
    ("entities", "anna@entities.test", []),
    ("ispdb-not-asked", "anna@listed.test", []),
    ("no-such-domain", "anna@nowhere.test", []),
    ("one-label", "anna@localhost", ['error "anna@localhost" is no mail address whose provider could be looked up']),
    ("address-literal", "anna@[127.0.0.1]", ['error "anna@[127.0.0.1]" is no mail address whose provider could be looked up']),
    ("no-address", "anna", ['error "anna" is no mail address whose provider could be looked up']),
]


@pytest.mark.parametrize("address, expected", [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_found(internet, address, expected):
    assert discover(internet, address) == expected


def test_ispdb_is_asked_if_allowed(internet):
    before = len(internet.asked)
    assert discover(internet, "anna@listed.test", "ispdb") == [
        "ispdb imap imap.listed.test:993 tls anna@listed.test password",
        "ispdb imap imap.hoster.net:993 tls anna@listed.test password confirm"]
    third_party = [line for line in internet.asked[before:] if line.startswith("v1.ispdb.net")]
    assert third_party == ["v1.ispdb.net/listed.test"], "it learns the domain, and nothing else"


def test_who_learns_the_address(tmp_path, authority):
    """The domain's own host does; the host that takes its mail, and the ISPDB, learn no address."""
    net = Internet(tmp_path, authority, ZONE, PAGES, NAMES)
    discover(net, "anna@auto.test", "ispdb")
    discover(net, "anna@hosted.test", "ispdb")
    assert [line for line in net.asked if "anna" in line] == [f"autoconfig.auto.test/{CONFIG}?emailaddress=anna@auto.test"]
    assert f"autoconfig.mail.hoster.net/{CONFIG}" in net.asked


def test_table_causes_no_traffic(tmp_path, authority):
    net = Internet(tmp_path, authority, ZONE, PAGES, NAMES)
    discover(net, "anna@gmail.com", "ispdb")
    assert not net.asked and not net.said


def test_guesses_say_nothing(tmp_path, authority):
    """A handshake, and that was all."""
    net = Internet(tmp_path, authority, ZONE, PAGES, NAMES)
    assert len(discover(net, "anna@guess.test")) == 4
    assert {line.split(" ", 1)[1] for line in net.said} <= {"b''"}


def test_slow_server_ends_by_itself(internet):
    began = time.monotonic()
    assert discover(internet, "anna@slow.test") == []
    assert time.monotonic() - began < 40


def test_cancelled_at_once(internet):
    began = time.monotonic()
    assert discover(internet, "anna@slow.test", "cancel") == ["error Operation was cancelled"]
    assert time.monotonic() - began < 7
