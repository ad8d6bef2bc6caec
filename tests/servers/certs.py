"""A certificate authority of our own, for one test run.

Clients verify chain and name as they would anywhere; only the root is ours.
"""

import ssl
import subprocess
from pathlib import Path


def openssl(*arguments, **options):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, **options)


class Authority:
    """A CA in `folder`; issues leaf certificates. `ca` is the PEM file that clients are to trust."""

    def __init__(self, folder, name="Inbasket test CA"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = self.folder / "ca.pem"
        self.key = self.folder / "ca.key"
        if not self.ca.exists():
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "30", "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.ca,
                    "-addext", "keyUsage=critical,keyCertSign")

    def issue(self, names=("DNS:localhost", "IP:127.0.0.1"), label="server", days=30):
        """Returns (certificate, key) of a server with these subject alternative names; the certificate file
        holds the chain. A negative number of days gives one that has expired."""
        certificate, key = self.folder / f"{label}.pem", self.folder / f"{label}.key"
        if certificate.exists():
            return certificate, key
        request, extensions = self.folder / f"{label}.csr", self.folder / f"{label}.ext"
        extensions.write_text(f"subjectAltName={','.join(names)}\nextendedKeyUsage=serverAuth\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={label}", "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.key, "-CAcreateserial",
                "-days", days, "-extfile", extensions, "-out", certificate)
        certificate.write_bytes(certificate.read_bytes() + self.ca.read_bytes())
        return certificate, key

    def server_context(self, **issue):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(**issue))
        return context

    def client_context(self):
        return ssl.create_default_context(cafile=str(self.ca))
