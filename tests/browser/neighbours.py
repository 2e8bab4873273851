"""Neighbours: what a company may have beside the service, on addresses of their own."""

from __future__ import annotations

import base64
import hashlib
import time
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, ROLE, DISTRICTS = "phone", "manager", ["西湖"]
KEY_ID = "k1"


class SignIn:
    """A sign-in as OpenID Connect describes it: who comes is let in, and a code is good once."""

    def __init__(self) -> None:
        self.url = ""
        self._key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        self._challenges: dict[str, str] = {}
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._describe),
                Route("/authorize", self._authorize),
                Route("/token", self._give, methods=["POST"]),
                Route("/keys", self._keys),
            ],
            middleware=[Middleware(CORSMiddleware, allow_origins=["*"], allow_headers=["*"])],
        )

    async def _describe(self, _request: Request) -> Response:
        ways = {
            "authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys",
        }  # fmt: skip
        return JSONResponse(
            {"issuer": self.url, **{name: f"{self.url}/{way}" for name, way in ways.items()}}
        )

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = hashlib.sha256(asked["state"].encode()).hexdigest()
        self._challenges[code] = asked["code_challenge"]
        answer = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", status_code=302)

    async def _give(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        hashed = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        if self._challenges.pop(form["code"], None) != challenge:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": "u-17", "role": ROLE, "districts": DISTRICTS,
            "iat": now, "exp": now + 600,
        }  # fmt: skip
        token = jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": KEY_ID})
        return JSONResponse(
            {"access_token": token, "id_token": token, "token_type": "Bearer", "expires_in": 600}
        )

    async def _keys(self, _request: Request) -> Response:
        written: dict[str, Any] = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return JSONResponse({"keys": [{**written, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]})


class BaseMap:
    """Tiles of a map somebody else drew; which were asked for is remembered."""

    def __init__(self) -> None:
        self.asked: set[tuple[int, int, int]] = set()
        drawn = BytesIO()
        Image.new("RGB", (256, 256), "#dfe8df").save(drawn, "PNG")
        self._tile = drawn.getvalue()
        self.app = Starlette(routes=[Route("/{z:int}/{x:int}/{y:int}.png", self._give)])

    async def _give(self, request: Request) -> Response:
        where = request.path_params
        self.asked.add((where["z"], where["x"], where["y"]))
        return Response(self._tile, media_type="image/png")
