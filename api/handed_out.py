"""Handed out: what is drawn or set on paper for one caller, run by no browser.

The one place for what such an answer tells a browser of itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Response

__all__ = ["PDF", "PNG", "SVG", "hand_out", "private_headers"]

PDF, PNG, SVG = "application/pdf", "image/png", "image/svg+xml"
# It is taken for nothing else.
_PRIVATE = {"X-Content-Type-Options": "nosniff"}
# A drawing that is opened by itself is a page of ours: none of its scripts runs, it fetches
# nothing, and it has no session.
_DRAWING = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


def private_headers(media_type: str = "") -> dict[str, str]:
    """Return the headers of what a caller alone is shown, by what it is."""
    return _PRIVATE | (_DRAWING if media_type == SVG else {})


def hand_out(
    content: bytes | str, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer that is a drawing, a paper or a picture.

    Parameters
    ----------
    headers
        What is told of it besides.
    """
    return Response(
        content, media_type=media_type, headers=private_headers(media_type) | dict(headers or {})
    )
