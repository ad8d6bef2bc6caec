"""What runs inside the namespaces of internet.py: its servers, then the command. internet_inside.py FOLDER COMMAND…"""

import ctypes
import http.server
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

folder, command = Path(sys.argv[1]), sys.argv[2:]
settings = json.loads((folder / "servers.json").read_text())


def bind(name, target):
    if ctypes.CDLL(None, use_errno=True).mount(str(folder / name).encode(), target.encode(), None, 4096, None) != 0:
        sys.exit(f"{target} cannot be replaced: {os.strerror(ctypes.get_errno())}")


def log(name, line):
    with (folder / name).open("a") as file:
        file.write(line + "\n")


def start_dns():
    dnsmasq = subprocess.Popen(["dnsmasq", "--keep-in-foreground", f"--conf-file={folder / 'zone.conf'}", "--no-resolv",
                                "--no-hosts", "--listen-address=127.0.0.1", "--bind-interfaces", "--user=root",
                                "--log-facility=-", f"--pid-file={folder / 'dns.pid'}"], stderr=subprocess.DEVNULL,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while time.monotonic() < until and dnsmasq.poll() is None:
        try:
            socket.getaddrinfo("ready.test", 443)
            return dnsmasq
        except socket.gaierror:
            time.sleep(0.02)
    sys.exit("no DNS server came up")


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        where = self.headers.get("Host", "").split(":")[0] + self.path
        log("https.log", where)
        page = settings["pages"].get(where.split("?")[0])
        if page is None:
            self.send_error(404)
            return
        time.sleep(page["pause"])
        self.send_response(page["status"])
        if page["location"]:
            self.send_header("Location", page["location"])
        self.send_header("Content-Type", "text/xml")
        self.end_headers()
        try:
            for _ in range(page["repeat"]):
                self.wfile.write(page["body"].encode())
        except OSError:
            pass    # whoever asked has heard enough

    def log_message(self, *_):
        pass


def tls():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings["certificate"], settings["key"])
    return context


class Dual(http.server.ThreadingHTTPServer):
    """Over both IP versions."""
    address_family = socket.AF_INET6
    daemon_threads = True

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def finish_request(self, request, address):
        # The handshake in the connection's own thread: one that hangs holds up nobody.
        try:
            super().finish_request(tls().wrap_socket(request, server_side=True), address)
        except OSError:
            pass


def start_site():
    threading.Thread(target=Dual(("::", 443), Site).serve_forever, daemon=True).start()


def listen(port):
    server = socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)

    def speak(connection):
        try:
            secured = tls().wrap_socket(connection, server_side=True)
            secured.sendall(b"* OK ready\r\n" if port in (143, 993) else b"+OK ready\r\n")
            log("mail.log", f"{port} {secured.recv(4096)!r}")
        except OSError:
            pass

    def accept():
        while True:
            threading.Thread(target=speak, args=(server.accept()[0],), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()


# Where no interface has any other address, GLib's resolver believes that there is no IP at all.
for words in ("link set lo up", "addr add 192.0.2.1/32 dev lo", "addr add 2001:db8::1/128 dev lo nodad"):
    subprocess.run(["ip", *words.split()], check=True)
bind("resolv.conf", "/etc/resolv.conf")
bind("nsswitch.conf", "/etc/nsswitch.conf")
bind("bundle.pem", "/etc/ssl/certs/ca-certificates.crt")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))      # whoever ends us ends our servers as well
dns = start_dns()
try:
    start_site()
    for mail_port in settings.get("mail_ports", [993, 995]):
        listen(mail_port)
    status = subprocess.run(command, check=False).returncode
finally:
    dns.terminate()
    dns.wait()
sys.exit(status)
