"""Compression: answers that are worth it are sent as gzip, to phones on slow lines above all."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

__all__ = ["GZIP_LEVEL", "add_compression"]

GZIP_LEVEL = 4
"""Higher levels take up to three times as long for a twentieth less."""
# Below it the headers of an answer weigh as much as what is saved.
_FROM_BYTES = 1_000
# Compressed already.
_PACKED = (
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
)


def add_compression(app: FastAPI) -> None:
    """Compress answers for callers that take gzip; what has a content encoding stays as it is."""
    app.add_middleware(
        GZipMiddleware,
        minimum_size=_FROM_BYTES,
        compresslevel=GZIP_LEVEL,
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, *_PACKED),
    )
