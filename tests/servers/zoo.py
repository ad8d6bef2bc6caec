"""Certificates of every kind, good and bad, and the servers' side of TLS with anything that OpenSSL still speaks.

    zoo = Zoo(folder)
    root = zoo.authority("root")
    leaf = root.sign("good", names=["DNS:mail.localhost"])
    leaf.context()                          # an ssl.SSLContext for a server

Keys are made once and shared: what differs is what is certified.
"""

import datetime
import hashlib
import ssl
from pathlib import Path

from .certs import openssl

CONFIG = """[ca]
default_ca = it
[it]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
unique_subject = no
policy = any
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
"""
KEYS = {"ec": ("EC", "ec_paramgen_curve:P-256"), "ec-other": ("EC", "ec_paramgen_curve:P-256"),
        "rsa-2048": ("RSA", "rsa_keygen_bits:2048"), "rsa-other": ("RSA", "rsa_keygen_bits:2048"),
        "rsa-1024": ("RSA", "rsa_keygen_bits:1024")}


class Certificate:
    """What a server shows: its certificate, and the chain that it sends with it."""

    def __init__(self, zoo, path, key, chain):
        self.zoo, self.path, self.key, self.chain = zoo, path, key, list(chain)

    @property
    def fingerprint(self):
        return "sha256:" + hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.path.read_text())).hexdigest()

    def context(self, newest=None, ciphers="ALL:eNULL"):
        """A server that takes and shows everything; `newest` is the last version of TLS that it knows."""
        sent = self.path.with_suffix(".chain")
        sent.write_text("".join(path.read_text() for path in (self.path, *self.chain)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        if newest is not None:
            context.maximum_version = newest
        context.load_cert_chain(sent, self.zoo.key(self.key))
        return context

    def sign(self, label, subject=None, names=(), key="ec", digest="sha256", days=(-1, 30), usage="serverAuth", extra=(),
             is_authority=False):
        """A certificate that is signed by this one; the same again for a label that was signed before. `names` as OpenSSL
        writes subjectAltName."""
        if label in self.zoo.signed:
            return self.zoo.signed[label]
        lines = [f"basicConstraints=critical,CA:{str(is_authority).upper()}", "subjectKeyIdentifier=hash",
                 "authorityKeyIdentifier=keyid", *extra]
        if names:
            lines.append(f"subjectAltName={names if isinstance(names, str) else ','.join(names)}")
        if usage and not is_authority:
            lines.append(f"extendedKeyUsage={usage}")
        path = self.zoo.certify(label, subject or label, key, digest, days, lines, self)
        chain = [] if self.chain is None else [self.path, *self.chain]
        self.zoo.signed[label] = Certificate(self.zoo, path, key, chain)
        return self.zoo.signed[label]


class Zoo:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "index.txt").touch()
        self.signed, self.keys = {}, {}
        self.config = self.folder / "openssl.cnf"
        self.config.write_text(CONFIG.format(folder=self.folder))

    def key(self, kind):
        if kind not in self.keys:
            self.keys[kind] = self.folder / f"{kind}.key"
            algorithm, option = KEYS[kind]
            openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", self.keys[kind])
        return self.keys[kind]

    def certify(self, label, subject, key, digest, days, extensions, issuer=None):
        """Writes `label`.pem. The dates are days from now."""
        request, certificate, wanted = (self.folder / f"{label}{end}" for end in (".csr", ".pem", ".ext"))
        wanted.write_text("\n".join(extensions) + "\n")
        openssl("req", "-new", "-config", self.config, "-utf8", "-subj", f"/CN={subject}", "-key", self.key(key), "-out", request)
        begin, end = ((datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=each)).strftime("%y%m%d%H%M%SZ")
                      for each in days)
        by = ["-selfsign"] if issuer is None else ["-cert", issuer.path]
        openssl("ca", "-config", self.config, "-batch", "-notext", *by, "-keyfile", self.key(key if issuer is None else issuer.key),
                "-md", digest, "-startdate", begin, "-enddate", end, "-extfile", wanted, "-in", request, "-out", certificate)
        return certificate

    def authority(self, label, subject=None, key="ec"):
        """A root. Its own certificate is not sent along by the servers that it vouches for."""
        path = self.certify(label, subject or label, key, "sha256", (-1, 30),
                            ["basicConstraints=critical,CA:TRUE", "subjectKeyIdentifier=hash"])
        root = Certificate(self, path, key, [])
        root.chain = None
        return root

    def self_signed(self, label, names):
        path = self.certify(label, label, "ec", "sha256", (-1, 30), [f"subjectAltName={names}", "subjectKeyIdentifier=hash"])
        return Certificate(self, path, "ec", [])
