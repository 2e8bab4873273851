"""JPEG scans: how often a file goes over its picture, counted without unpacking anything.

The markers are walked as libjpeg walks them (ITU-T T.81, annex B), so that it finds no scan that
was not counted; what stands in a segment, such as the small picture of EXIF, is none.
"""

from __future__ import annotations

import re

__all__ = ["count_scans"]

_LENGTH_BYTES = 2
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
# TEM and RST0 to RST7 have no length.
_ALONE = frozenset({0x01, _SOI, *range(0xD0, 0xD8)})
# Fill bytes and the code; 00 after FF is a byte of the picture. Between segments, whatever is none
# is passed over.
_MARKER = re.compile(rb"\xff+([^\x00\xff])", re.DOTALL)


def count_scans(content: bytes) -> int:
    """Return how many scans a JPEG has before its end; 0 if it is none.

    Ordinary files have one, progressive ones some ten. Each costs a pass over the whole picture,
    however few bytes it has.
    """
    count, at = 0, 0
    while (found := _MARKER.search(content, at)) is not None:
        code, at = found.group(1)[0], found.end()
        if code == _EOI:
            break
        if code in _ALONE:
            continue
        count += code == _SOS
        # a length counts itself; libjpeg skips nothing where it says less
        at += max(int.from_bytes(content[at : at + _LENGTH_BYTES], "big"), _LENGTH_BYTES)
    return count
