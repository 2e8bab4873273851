"""Pictures: a photo as a phone sends it, made anew: upright, no larger than is kept, nothing else.

The one file that knows Pillow.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import NoReturn

from PIL import Image, ImageOps

from api.jpeg_scans import count_scans
from grid_models.errors import InputError, InputProblem

__all__ = ["JPEG", "Picture", "make_picture"]

JPEG = "image/jpeg"
_FORMATS = ("JPEG",)
# Of what is kept: no difference is seen on a screen, at a third of the size.
_QUALITY = 85
# Progressive files of cameras and of libjpeg have some ten. Each scan is a pass over the whole
# picture, however few bytes it has: a small file of thousands would keep a processor for minutes.
_MOST_SCANS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as it is kept.

    Parameters
    ----------
    content
        JPEG without any note of where, when or by what it was taken.
    """

    content: bytes
    width_px: int
    height_px: int

    @property
    def content_hash(self) -> str:
        """SHA-256 of the content."""
        return hashlib.sha256(self.content).hexdigest()


def make_picture(
    sent: bytes, *, most_pixels: int, most_progressive_pixels: int, side_px: int
) -> Picture:
    """Return a photo made anew.

    Parameters
    ----------
    most_pixels
        More are not unpacked: a small file may hold a picture that fills the memory.
    most_progressive_pixels
        The same for a picture in several scans, which is whole in memory however small it is
        wanted.
    side_px
        Greatest width and height of what is kept.

    Raises
    ------
    InputError
        If it is no JPEG, or damaged, or has too many pixels or scans.
    """
    scans = count_scans(sent)
    if scans > _MOST_SCANS:
        _refuse_scans(scans)
    try:
        image = Image.open(BytesIO(sent), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        _refuse_large(None, most_pixels)
    except Exception as error:  # Pillow tells of what is damaged in many ways
        raise InputError([_NO_JPEG]) from error
    with image:
        if image.width * image.height > most_pixels:
            _refuse_large(image.size, most_pixels)
        is_progressive = scans > 1 or "progressive" in image.info
        if is_progressive and image.width * image.height > most_progressive_pixels:
            _refuse_progressive(image.size, most_progressive_pixels)
        try:
            return _made_anew(image, side_px)
        except Exception as error:
            raise InputError([_NO_JPEG]) from error


def _made_anew(image: Image.Image, side_px: int) -> Picture:
    # unpacked no larger than it has to be
    image.draft("RGB", (side_px, side_px))
    upright = _turned(image).convert("RGB")
    upright.thumbnail((side_px, side_px))
    # onto an empty picture: what else the file said stays behind
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    file = BytesIO()
    clean.save(file, "JPEG", quality=_QUALITY)
    return Picture(content=file.getvalue(), width_px=clean.width, height_px=clean.height)


def _turned(image: Image.Image) -> Image.Image:
    """Return a picture as its camera was held; a note that cannot be read turns nothing."""
    with suppress(Exception):  # Pillow tells of what is damaged in many ways
        image.getexif()  # read once: it is turned by what was read
    # else all notes are written anew for the turned one, and not all that is read can be written
    image.info.pop("exif", None)
    return ImageOps.exif_transpose(image)


_NO_JPEG = InputProblem(
    field="body",
    zh="发送的内容不是完好的 JPEG 照片；请直接以请求体发送照片（Content-Type: image/jpeg）",
    en="what was sent is no JPEG in order; send the photo itself as the body "
    "(Content-Type: image/jpeg)",
)


def _refuse_large(size: tuple[int, int] | None, most: int) -> NoReturn:
    is_zh = "像素过多" if size is None else f"为 {size[0]:,} × {size[1]:,} 像素"
    is_en = "too many pixels" if size is None else f"{size[0]:,} by {size[1]:,} pixels"
    _refuse(
        f"照片{is_zh}，应不超过 {most:,} 像素",
        f"the photo has {is_en}; send at most {most:,} pixels",
    )


def _refuse_progressive(size: tuple[int, int], most: int) -> NoReturn:
    _refuse(
        f"渐进式（分次扫描）照片为 {size[0]:,} × {size[1]:,} 像素，应不超过 {most:,} 像素；"
        "请缩小照片，或以普通（基线）JPEG 发送",
        f"the progressive photo has {size[0]:,} by {size[1]:,} pixels; send at most {most:,}, or "
        "the photo as ordinary (baseline) JPEG",
    )


def _refuse_scans(scans: int) -> NoReturn:
    _refuse(
        f"照片分 {scans:,} 次扫描，应不超过 {_MOST_SCANS} 次；请以普通（基线）JPEG 发送",
        f"the photo has {scans:,} scans; send at most {_MOST_SCANS}, or the photo as ordinary "
        "(baseline) JPEG",
    )


def _refuse(zh: str, en: str) -> NoReturn:
    raise InputError([InputProblem(field="body", zh=zh, en=en)])
