"""The company's sign-in of tests: its own keys, given out by a real server on this machine."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from api.settings import Settings

ISSUER, AUDIENCE = "https://sign-in.example", "supply-plan"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(_which: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class SignIn:
    """A server that gives out public keys and counts how often it was asked."""

    url: str = ""
    keys: dict[str, PrivateKey] = field(default_factory=lambda: {"k1": rsa_key()})
    body: bytes | None = None
    asked: int = 0

    def answer(self) -> bytes:
        self.asked += 1
        if self.body is not None:
            return self.body
        return json.dumps({"keys": [_public(kid, key) for kid, key in self.keys.items()]}).encode()

    def settings(self, **more: Any) -> Settings:
        return Settings(oidc_issuer=ISSUER, oidc_audience=AUDIENCE, oidc_jwks_url=self.url, **more)


@contextmanager
def running_sign_in() -> Iterator[SignIn]:
    """Give a sign-in that listens on a free port of this machine."""
    sign_in = SignIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = sign_in.answer()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sign_in.url = f"http://127.0.0.1:{server.server_port}/keys"
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield sign_in
        server.shutdown()
        thread.join()


def claims(**more: Any) -> dict[str, Any]:
    """Return good claims with some of them others; None leaves one out."""
    now = int(time.time())
    given = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "u-17", "role": "planner", "districts": ["西湖"],
        "iat": now, "exp": now + 300, **more,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def token(key: Any = None, *, kid: str | None = "k1", algorithm: str = "RS256", **more: Any) -> str:
    """Return a signed token; by the sign-in's own key unless another is given."""
    return jwt.encode(
        claims(**more), key or rsa_key(), algorithm=algorithm,
        headers={} if kid is None else {"kid": kid},
    )  # fmt: skip


def _public(kid: str, key: PrivateKey) -> dict[str, Any]:
    if isinstance(key, rsa.RSAPrivateKey):
        written = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        written = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**written, "kid": kid, "use": "sig"}
