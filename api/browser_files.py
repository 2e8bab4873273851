"""Browser files: the built web client, with what a browser is told to allow it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from api.settings import Settings

__all__ = ["add_browser_files", "content_policy", "find_build"]

_log = logging.getLogger(__name__)
_UNBUILT = (
    "手机端页面未构建，请运行 uv sync --reinstall-package supply-plan-assistant\n"
    "the web client is not built; run uv sync --reinstall-package supply-plan-assistant\n"
)
# its name holds a hash of its content
_ASSETS = "assets/"
# how files are packed, the smaller way first, and its ending
_PACKINGS = {"br": ".br", "gzip": ".gz"}
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}  # fmt: skip
_FOREVER, _ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"


def add_browser_files(app: FastAPI, settings: Settings, folder: Path | None = None) -> None:
    """Have an app answer for the web client where no route of it does.

    Parameters
    ----------
    folder
        Where the client was built to; None: beside this package.
    """
    built = folder or _built_folder()
    # not a mount: that would take the place of every route asked by another method
    if (built / "index.html").is_file():
        app.router.default = _BuiltFiles(built, content_policy(settings))
    else:
        _log.warning(_UNBUILT.splitlines()[1])
        app.router.default = _Unbuilt(app.router.not_found)


@cache
def find_build() -> str | None:
    """Return what tells the build of the web client from another; None if there is none."""
    name = _built_folder() / "build.txt"
    return name.read_text(encoding="utf-8").strip() if name.is_file() else None


def _built_folder() -> Path:
    return Path(str(files("api").joinpath("static")))


def content_policy(settings: Settings) -> str:
    """Return the Content-Security-Policy: nothing from elsewhere but what the deployment names."""
    pictures = ["'self'", "data:", "blob:", *_origins([settings.base_map_url])]
    reached = ["'self'", *_origins([settings.oidc_issuer if settings.oidc_client_id else None])]
    return "; ".join(
        [
            "default-src 'none'", "script-src 'self'", "style-src 'self'",
            f"img-src {' '.join(pictures)}", "font-src 'self'",
            f"connect-src {' '.join(reached)}", "worker-src 'self'", "manifest-src 'self'",
            "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ]
    )  # fmt: skip


class _Unbuilt:
    """Says what is missing to who asks for the page; what else is nowhere stays so."""

    def __init__(self, nowhere: ASGIApp) -> None:
        self._nowhere = nowhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and scope["path"] == "/"
        answer = PlainTextResponse(_UNBUILT, status_code=503) if is_page else self._nowhere
        await answer(scope, receive, send)


class _BuiltFiles(StaticFiles):
    """Files of the build; where a browser can read it, each packed as it was built."""

    def __init__(self, folder: Path, policy: str) -> None:
        super().__init__(directory=folder)
        files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
        # names of the build alone are looked up: what else is asked for never reaches the disk
        self._packed = {path.as_posix() for path in files if path.suffix in _PACKINGS.values()}
        self._names = {path.as_posix() for path in files if path.name[0] != "."} - self._packed
        self._headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
            "Cross-Origin-Opener-Policy": "same-origin",
        }

    async def get_response(self, path: str, scope: Scope) -> Response:
        name = "index.html" if path == "." else path
        if name not in self._names:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        packing = self._packing(name, scope)
        response = await super().get_response(name + _PACKINGS.get(packing, ""), scope)
        if packing:
            response.headers["Content-Encoding"] = packing
        # not as this machine's tables have it: a browser runs no script of another type
        if (kind := _MEDIA_TYPES.get(Path(name).suffix)) is not None:
            response.headers["Content-Type"] = kind
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = _FOREVER if name.startswith(_ASSETS) else _ASK_AGAIN
        response.headers.update(self._headers)
        return response

    def _packing(self, name: str, scope: Scope) -> str:
        """Return how a browser is sent a file; empty: as it is."""
        accepts = Headers(scope=scope).get("accept-encoding", "")
        read = {each.partition(";")[0].strip() for each in accepts.split(",")}
        ways = (way for way, end in _PACKINGS.items() if way in read and name + end in self._packed)
        return next(ways, "")


def _origins(addresses: Iterable[str | None]) -> list[str]:
    parts = [urlsplit(address) for address in addresses if address]
    return [f"{part.scheme}://{part.netloc}" for part in parts]
