"""Signatures: drawn on a screen, looked at, and made pictures of our own before they are printed.

What comes in is anybody's file: it is opened as PNG only, its size is read before its pixels are,
and nothing of it but its pixels goes on.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Literal

from PIL import Image

from api import clock
from api.documents.reply_fields import find_text_problem
from grid_models.errors import InputError, InputProblem

__all__ = ["MAX_BYTES", "GivenSignature", "Role", "Signature", "read_signatures"]

Role = Literal["customer", "company"]

# A stroke drawn on a phone is some 10 kB; two of these and the words stay below a body's limit.
MAX_BYTES = 200_000
# A phone's screen across, at three pixels a point.
MAX_WIDTH_PX, MAX_HEIGHT_PX = 2_000, 1_000
# Its room on the form is 45 mm x 16 mm: printed at 600 dots an inch it has no more.
_PRINTED_PX = (1_063, 378)
# Grey levels by which ink differs from the paper; anti-aliased edges lie below.
_INK = 64
# A touch is no stroke.
_LEAST_STROKE_PX = 10
# Where a PNG says how large it is: after its mark, in its first chunk.
_PNG_MARK = b"\x89PNG\r\n\x1a\n"
_SIZE_AT = slice(16, 24)
# What Pillow raises on a file that is broken, somewhere.
_BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, OverflowError, TypeError,
    struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSignature:
    """A signature as it was sent.

    Parameters
    ----------
    image
        PNG, as base64.
    """

    role: Role
    name: str
    signed_at: datetime
    image: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature as it is printed: nowhere else is it kept.

    Parameters
    ----------
    image
        PNG of our own making: the strokes on white.
    width_px, height_px
        Its size.
    """

    role: Role
    name: str
    signed_at: datetime
    image: bytes
    width_px: int
    height_px: int

    @property
    def words(self) -> str:
        """Who signed and when, in Asia/Shanghai."""
        return f"{self.name}　{self.signed_at.astimezone(clock.COMPANY):%Y-%m-%d %H:%M}"


def read_signatures(given: Sequence[GivenSignature]) -> tuple[Signature, ...]:
    """Return signatures as they are printed.

    Raises
    ------
    InputError
        With everything that is wrong: two of one role, names that cannot be printed, and each
        picture that is none of a signature.
    """
    problems, read = [], []
    roles = [one.role for one in given]
    for role in sorted({role for role in roles if roles.count(role) > 1}):
        problems.append(
            InputProblem(
                field="signatures",
                zh=f"“{role}”的签名有 {roles.count(role)} 个，每方至多一个",
                en=f'there are {roles.count(role)} signatures of "{role}"; give at most one a role',
            )
        )
    for one in given:
        if (problem := find_text_problem(f"signatures.{one.role}.name", one.name)) is not None:
            problems.append(problem)
        try:
            read.append(_read(one))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(read)


def _read(given: GivenSignature) -> Signature:
    field = f"signatures.{given.role}.image"
    image = _strokes(field, _decoded(field, given.image))
    image.thumbnail(_PRINTED_PX)
    written = BytesIO()
    image.save(written, "PNG")
    return Signature(
        role=given.role, name=given.name, signed_at=given.signed_at, image=written.getvalue(),
        width_px=image.width, height_px=image.height,
    )  # fmt: skip


def _decoded(field: str, text: str) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _refused(
            field, "签名图片不是 base64 文本", "the image is not base64; send a PNG as base64"
        ) from None
    if len(content) > MAX_BYTES:
        raise _refused(
            field,
            f"签名图片为 {len(content)} 字节，应不超过 {MAX_BYTES} 字节",
            f"the image has {len(content)} bytes; give at most {MAX_BYTES}",
        )
    return content


def _strokes(field: str, content: bytes) -> Image.Image:
    """Return the strokes of a PNG on white."""
    width, height = _size(field, content)
    if not (0 < width <= MAX_WIDTH_PX and 0 < height <= MAX_HEIGHT_PX):
        raise _refused(
            field,
            f"签名图片为 {width}×{height} 像素，应不超过 {MAX_WIDTH_PX}×{MAX_HEIGHT_PX}",
            f"the image has {width} x {height} pixels; give at most "
            f"{MAX_WIDTH_PX} x {MAX_HEIGHT_PX}",
        )
    try:
        with Image.open(BytesIO(content), formats=["PNG"]) as opened:
            if opened.size != (width, height):  # it states its size twice
                raise _no_png(field)
            drawn = opened.convert("RGBA")
    except InputError:
        raise
    except _BROKEN:
        raise _no_png(field) from None
    paper = Image.new("RGBA", drawn.size, "white")
    paper.alpha_composite(drawn)
    strokes = paper.convert("RGB")
    if not _has_stroke(strokes):
        raise _refused(
            field,
            "签名为空：图片上没有笔迹，请重新签名",
            "the signature is empty: there is no stroke on the image; sign again",
        )
    return strokes


def _size(field: str, content: bytes) -> tuple[int, int]:
    """Return width and height as the file states them; no pixel is read."""
    stated = content[_SIZE_AT]
    if not content.startswith(_PNG_MARK) or len(stated) < _SIZE_AT.stop - _SIZE_AT.start:
        raise _no_png(field)
    width, height = struct.unpack(">II", stated)
    return int(width), int(height)


def _has_stroke(image: Image.Image) -> bool:
    """Tell whether something is drawn on the paper, whatever its colour."""
    grey = image.convert("L")
    counts = grey.histogram()
    paper = counts.index(max(counts))
    ink = grey.point([255 * (abs(level - paper) > _INK) for level in range(256)])
    box = ink.getbbox()
    return box is not None and max(box[2] - box[0], box[3] - box[1]) >= _LEAST_STROKE_PX


def _no_png(field: str) -> InputError:
    return _refused(
        field,
        "签名图片不是 PNG 或已损坏，请以 PNG 发送",
        "the image is not a PNG, or is damaged; send a PNG",
    )


def _refused(field: str, zh: str, en: str) -> InputError:
    return InputError([InputProblem(field=field, zh=zh, en=en)])
