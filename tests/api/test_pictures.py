"""Photos that cost more than they show are refused before they are unpacked."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from api.jpeg_scans import count_scans
from api.pictures import Picture, make_picture
from grid_models.errors import InputError

SIZE = (64, 32)
PIXELS = 64 * 32
OVER_AND_OVER = 4_000
END = b"\xff\xd9"


def jpeg(**more: Any) -> bytes:
    file = BytesIO()
    Image.new("RGB", SIZE, "red").save(file, "JPEG", **more)
    return file.getvalue()


def with_scans(count: int) -> bytes:
    """Return a progressive file whose last scan is sent until there are so many."""
    ordinary = jpeg(progressive=True)
    last = ordinary[ordinary.rindex(b"\xff\xda") : -len(END)]
    return ordinary[: -len(END)] + last * (count - count_scans(ordinary)) + END


def made(sent: bytes, **limits: int) -> Picture:
    most = {"most_pixels": PIXELS, "most_progressive_pixels": PIXELS} | limits
    return make_picture(sent, side_px=256, **most)


# Scans -----------------------------------------------------------------------------------------


def test_an_ordinary_file_has_one_scan_and_a_progressive_one_has_ten() -> None:
    # libjpeg's script for three components: jcparam.c, jpeg_simple_progression
    assert (count_scans(jpeg()), count_scans(jpeg(progressive=True))) == (1, 10)


def test_as_many_scans_as_may_be_are_unpacked() -> None:
    picture = made(with_scans(32))

    assert (picture.width_px, picture.height_px) == SIZE


@pytest.mark.parametrize("count", [33, OVER_AND_OVER])
def test_a_small_file_of_many_scans_is_not_unpacked(count: int) -> None:
    with pytest.raises(InputError, match=re.escape(f"{count:,} scans; send at most 32")):
        made(with_scans(count))


def test_scans_of_the_small_picture_within_exif_are_none_of_the_photos() -> None:
    assert count_scans(jpeg(exif=b"Exif\x00\x00" + with_scans(40))) == 1


def test_scans_behind_the_end_are_none_of_the_photos() -> None:
    assert count_scans(jpeg() + with_scans(40)) == 1


@pytest.mark.parametrize(
    "between",
    [b"\xff" * 9, b"\x00\x17", b"\xff\x00", b"\xff\xd3", b"\xff\x01", b"\xff\xfe\x00\x00"],
    ids=["fill", "rubbish", "stuffed", "restart", "alone", "no length"],
)
def test_nothing_between_its_segments_hides_a_scan(between: bytes) -> None:
    sent = with_scans(40)
    at = sent.rindex(b"\xff\xda")

    assert count_scans(sent[:at] + between + sent[at:]) == 40


@pytest.mark.parametrize("cut", range(0, 700, 23))
def test_a_file_that_breaks_off_is_counted_as_far_as_it_goes(cut: int) -> None:
    sent = jpeg(progressive=True)

    assert 0 <= count_scans(sent[:cut]) <= 10


# Pixels ----------------------------------------------------------------------------------------


def test_a_progressive_photo_may_have_fewer_pixels() -> None:
    with pytest.raises(InputError, match="progressive photo has 64 by 32 pixels; send at most 2,0"):
        made(jpeg(progressive=True), most_progressive_pixels=PIXELS - 1)


def test_that_limit_is_none_of_ordinary_photos() -> None:
    assert made(jpeg(), most_progressive_pixels=1).width_px == 64
