"""A real OpenID provider on the loopback, and a browser to sign in with.

    with Provider() as provider:
        link = ...                                   # that a program shows
        Browser("anna@example.com").sign_in(link)    # through the pages, to the redirect
"""

import contextlib
import html.parser
import http.cookiejar
import json
import os
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from .dovecot import PATIENCE, Ports, ServerFailed, wait_until

TOP = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent / "oidc"
CLIENT = "inbasket"
SCOPE = "openid email offline_access mail"


def installation():
    """The folder with the provider's packages."""
    folder = Path(os.environ.get("INBASKET_SERVERS_OIDC", TOP / "build-servers" / "oidc"))
    if not (folder / "node_modules" / "oidc-provider").is_dir() or shutil.which("node") is None:
        raise ServerFailed("no OpenID provider here: run `sh tests/run --deps` first")
    return folder


class Provider:
    """`options` as provider.mjs has them: at_ttl=2; rotation=False."""

    def __init__(self, *, rotation=True, **options):
        self.held = Ports(1)
        self.port, = self.held.numbers
        self.url = f"http://127.0.0.1:{self.port}"
        self.options = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        if not rotation:
            self.options.append("--no-rotation")
        self.process = None

    def start(self):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(["node", "--no-warnings", str(HERE / "provider.mjs"), str(installation()), str(self.port), *self.options], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.errors, start_new_session=True)
        if self.process.stdout.readline() != b"ready\n":
            self.stop()
            self.errors.seek(0)
            raise ServerFailed(f"the OpenID provider did not start:\n{self.errors.read().decode(errors='replace')[-4000:]}")
        return self

    def stop(self):
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process.stdout.close()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        self.held.let_go()
        self.errors.close()

    # What a test changes and looks at

    def control(self, path, **query):
        with urllib.request.urlopen(f"{self.url}/test/{path}?{urllib.parse.urlencode(query)}", b"", timeout=PATIENCE) as answer:
            return json.load(answer)

    def revoke(self):
        self.control("revoke")

    def fault(self, kind, times=1):
        self.control("fault", kind=kind, times=times)

    def set(self, name, value):
        self.control("set", name=name, value=value)

    def log(self):
        """The token endpoint's requests: [{"status", "grant", "refresh", "given"}], tokens as marks of theirs."""
        return self.control("log")

    def refreshes(self):
        return [entry for entry in self.log() if entry.get("grant") == "refresh_token"]

    def begun(self):
        """How many requests have come there, answered or not."""
        return sum("begun" in entry for entry in self.log())

    @property
    def introspection(self):
        """For Dovecot."""
        return f"http://mail-server:mail-server@127.0.0.1:{self.port}/token/introspection"

    def keys(self, **keys):
        """Of an account's file, as Home.account () takes them."""
        return {"account__auth": "oauth2", "account__oauth2_client_id": CLIENT, "account__oauth2_auth_url": f"{self.url}/auth",
                "account__oauth2_token_url": f"{self.url}/token", "account__oauth2_device_url": f"{self.url}/device/auth",
                "account__oauth2_scope": SCOPE} | keys


class Page(html.parser.HTMLParser):
    """A page's first form, and its links."""

    def __init__(self, url, text):
        super().__init__()
        self.url, self.text = url, text
        self.action, self.method, self.fields, self.links = None, "get", {}, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form" and self.action is None:
            self.action, self.method = given.get("action") or self.url, (given.get("method") or "get").lower()
        elif tag == "input" and given.get("name"):
            self.fields[given["name"]] = given.get("value") or ""
        elif tag == "button" and given.get("name"):
            self.fields.setdefault(given["name"], given.get("value") or "")
        elif tag == "a" and given.get("href"):
            self.links.append(given["href"])


class Browser:
    """Somebody who follows links and fills in forms."""

    def __init__(self, person):
        self.person = person
        self.end = None         # the address that it stood at last
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def open(self, url, data=None):
        try:
            with self.opener.open(url, data, timeout=PATIENCE) as answer:
                page = Page(answer.url, answer.read().decode(errors="replace"))
        except urllib.error.HTTPError as error:
            page = Page(error.url, error.read().decode(errors="replace"))
        self.end = page.url
        return page

    def submit(self, page, **values):
        fields = page.fields | values
        fields.pop("abort", None)
        return self.open(urllib.parse.urljoin(page.url, page.action), urllib.parse.urlencode(fields).encode())

    def step(self, page):
        """One page further: signing in, or consenting."""
        return self.submit(page, login=self.person, password="any") if "login" in page.fields else self.submit(page)

    def sign_in(self, link, says_no=False):
        """From the link to the last page, the program's own."""
        page = self.open(link)
        while page.action is not None:
            if says_no:
                return self.open(next(urllib.parse.urljoin(page.url, link) for link in page.links if link.endswith("/abort")))
            page = self.step(page)
        return page

    def type_code(self, url, code, says_no=False):
        """The device flow's pages."""
        page = self.open(url)
        page = self.submit(page, user_code=code)
        if says_no:
            return self.open(page.action, urllib.parse.urlencode(page.fields | {"abort": "yes"}).encode())
        while page.action is not None:
            page = self.step(page)
        return page


class FarBrowser(Browser):
    """One on another machine: where the program's own page should be, there is nothing, but the address is seen."""

    def __init__(self, person):
        super().__init__(person)
        far = self

        class Redirects(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, request, *rest):
                target = rest[-1]
                if "code=" in target or "error=" in target:
                    far.end = target
                    raise StopBrowsing
                return super().redirect_request(request, *rest)
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), Redirects())

    def sign_in(self, link, says_no=False):
        with contextlib.suppress(StopBrowsing):
            super().sign_in(link, says_no)
        return self.end


class StopBrowsing(Exception):
    """The address is known: no further."""


__all__ = ["Browser", "FarBrowser", "Provider", "wait_until"]
