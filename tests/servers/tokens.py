"""Access tokens as an identity provider would sign them (JWT, HS256), right and wrong ones."""

import base64
import hashlib
import hmac
import json
import time

ISSUER = "https://login.example"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


# Providers put much into theirs: kilobytes are usual, hence `padding`.
def token(key, user, *, lifetime=3600, issuer=ISSUER, scope="mail", padding=0):
    now = int(time.time())
    parts = [{"typ": "JWT", "alg": "HS256"},
             {"iss": issuer, "sub": user, "email": user, "scope": scope, "iat": now - 10, "nbf": now - 10, "exp": now + lifetime, "groups": "g" * padding}]
    signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    return signed + "." + base64url(hmac.new(key, signed.encode(), hashlib.sha256).digest())
