"""Browser files: the built web client, with what a browser is told to allow it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.settings import Settings

__all__ = ["add_browser_files", "content_policy", "find_build"]

_log = logging.getLogger(__name__)
_UNBUILT = (
    "手机端页面未构建，请运行 uv sync --reinstall-package supply-plan-assistant\n"
    "the web client is not built; run uv sync --reinstall-package supply-plan-assistant\n"
)
# its name holds a hash of its content
_ASSETS = "assets/"
# how each file is packed, the smaller way first, and its ending
_PACKINGS = (("br", ".br"), ("gzip", ".gz"))
_FOREVER, _ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"


def add_browser_files(app: FastAPI, settings: Settings, folder: Path | None = None) -> None:
    """Have an app answer for the web client, behind all its routes.

    Parameters
    ----------
    folder
        Where the client was built to; None: beside this package.
    """
    built = folder or _built_folder()
    policy = content_policy(settings)
    if not (built / "index.html").is_file():
        _log.warning(_UNBUILT.splitlines()[1])

        async def say_unbuilt() -> Response:
            return PlainTextResponse(_UNBUILT, status_code=503)

        app.add_api_route("/", say_unbuilt, include_in_schema=False)
        return
    app.mount("/", _BuiltFiles(built, policy), name="browser")


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


class _BuiltFiles(StaticFiles):
    """Files of the build; where a browser can read it, each packed as it was built."""

    def __init__(self, folder: Path, policy: str) -> None:
        super().__init__(directory=folder, html=True)
        self._folder = folder
        self._headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
            "Cross-Origin-Opener-Policy": "same-origin",
        }

    async def get_response(self, path: str, scope: Scope) -> Response:
        wanted = "index.html" if path in ("", ".") else path
        packing, ending = self._packing(wanted, scope)
        response = await super().get_response(wanted + ending if packing else path, scope)
        if packing:
            response.headers["Content-Encoding"] = packing
            response.headers["Content-Type"] = _media_type(wanted)
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = _FOREVER if path.startswith(_ASSETS) else _ASK_AGAIN
        response.headers.update(self._headers)
        return response

    def _packing(self, wanted: str, scope: Scope) -> tuple[str, str]:
        """Return how a browser is sent a file, and the ending of it; empty: as it is."""
        accepts = dict(scope["headers"]).get(b"accept-encoding", b"").decode("latin-1")
        read = {each.partition(";")[0].strip() for each in accepts.split(",")}
        return next(
            (
                (packing, ending)
                for packing, ending in _PACKINGS
                if packing in read and (self._folder / f"{wanted}{ending}").is_file()
            ),
            ("", ""),
        )


def _media_type(name: str) -> str:
    kinds = {
        ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
        ".webmanifest": "application/manifest+json",
    }  # fmt: skip
    return kinds[Path(name).suffix]


def _origins(addresses: Iterable[str | None]) -> list[str]:
    parts = [urlsplit(address) for address in addresses if address]
    return [f"{part.scheme}://{part.netloc}" for part in parts]
