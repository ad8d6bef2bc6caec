"""GNOME Online Accounts: a real goa-daemon beside a real keyring, on a private bus and without any network.

    with OnlineAccounts() as desktop:
        desktop.add_password("anna@example.com", "secret", server)
        desktop.add_google("anna@example.com", token)       # good for an hour
        desktop.run()
        home.sync(env=desktop.environment)

Accounts are seeded as GNOME's settings would write them. Without network a token that is due to be renewed cannot be: that
is how a laptop on a train looks to us.
"""

import os
import subprocess
import time

from .dovecot import PATIENCE, TOP, ServerFailed, wait_until
from .keyring import Keyring

FOLDER = TOP / "build-servers/goa"
BUS_NAME = "org.gnome.OnlineAccounts"
# Part of the name under which Debian 12's daemon looks for credentials.
GENERATIONS = {"imap_smtp": 0, "google": 11}


def program(name):
    path = FOLDER / name
    if not os.access(path, os.X_OK):
        raise ServerFailed("no GNOME Online Accounts here: run `sh tests/run --deps` first")
    return path


class OnlineAccounts(Keyring):
    def __init__(self):
        super().__init__()
        self.accounts = {}
        self.goa = None

    def __enter__(self):
        super().__enter__()
        self.unlock()
        return self

    def __exit__(self, kind, value, trace):
        self.end()
        super().__exit__(kind, value, trace)

    # Accounts

    def add(self, provider, address, secret, **keys):
        """Returns the account's id."""
        account = f"account_{1700000000 + len(self.accounts)}_0"
        self.accounts[account] = {"Provider": provider, "Identity": address, "PresentationIdentity": address} | keys
        if secret is not None:
            self.keep(provider, account, secret)
        return account

    def keep(self, provider, account, secret):
        subprocess.run([program("usr/bin/secret-tool"), "store", "--label=GOA", "xdg:schema", BUS_NAME, "goa-identity",
                        f"{provider}:gen{GENERATIONS[provider]}:{account}"], input=secret.encode(), check=True, timeout=PATIENCE,
                       env={"PATH": "/usr/bin:/bin"} | self.environment)

    def add_password(self, address, password, server, user=None, **keys):
        return self.add("imap_smtp", address, None if password is None else f"{{'imap-password': <'{password}'>}}",
                        **{"Enabled": "true", "EmailAddress": address, "Name": "Anna", "ImapHost": f"localhost:{server.ports['imaps']}",
                           "ImapUserName": user or address, "ImapUseSsl": "true", "ImapUseTls": "false", "ImapAcceptSslErrors": "false",
                           "SmtpUseAuth": "false", "SmtpHost": "localhost"} | keys)

    def add_google(self, address, token, lifetime=3600, **keys):
        due = (int(time.time()) + lifetime) * 1_000_000
        secret = f"{{'access_token': <'{token}'>, 'access_token_expires_at': <int64 {due}>, 'refresh_token': <'r'>}}"
        return self.add("google", address, None if token is None else secret,
                        **{"MailEnabled": "true", "CalendarEnabled": "false", "ContactsEnabled": "false", "FilesEnabled": "false",
                           "PhotosEnabled": "false", "PrintersEnabled": "false"} | keys)

    # The daemon

    @property
    def environment(self):
        return super().environment | {"XDG_CONFIG_HOME": str(self.folder / "config")}

    def is_running(self):
        answer = self.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", f"string:{BUS_NAME}")
        return "true" in (answer or "")

    def run(self):
        config = self.folder / "config/goa-1.0"
        config.mkdir(parents=True, exist_ok=True)
        (config / "accounts.conf").write_text("".join(
            f"[Account {account}]\n" + "".join(f"{key}={value}\n" for key, value in keys.items()) + "\n"
            for account, keys in self.accounts.items()))
        libraries = next(FOLDER.glob("usr/lib/*/libgoa-1.0.so.0")).parent
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "LD_LIBRARY_PATH": str(libraries),
                       "XDG_DATA_DIRS": f"{FOLDER}/usr/share:/usr/share", "GSETTINGS_BACKEND": "memory",
                       "GSETTINGS_SCHEMA_DIR": str(FOLDER / "usr/share/glib-2.0/schemas")}
        self.goa = subprocess.Popen(["unshare", "--map-current-user", "--net", program("usr/libexec/goa-daemon")],
                                    env=environment | self.environment, stdout=subprocess.DEVNULL,
                                    stderr=(self.folder / "log").open("ab"))
        wait_until(self.is_running, what="GNOME Online Accounts on the bus")

    def end(self):
        if self.goa is not None:
            self.goa.terminate()
            self.goa.wait()
            wait_until(lambda: not self.is_running(), what="GNOME Online Accounts to leave the bus")
        self.goa = None
