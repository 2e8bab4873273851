from __future__ import annotations

import base64
import struct
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, PngImagePlugin

from api.documents.signatures import GivenSignature, Signature, read_signatures
from grid_models.errors import InputError
from tests.api.documents.strokes import as_base64, blank, sheet, stroke

AT = datetime(2026, 6, 1, 9, 31, tzinfo=UTC)
ONE_STROKE = base64.b64decode(stroke())


def one(image: str, **facts: Any) -> GivenSignature:
    return GivenSignature(
        **({"role": "customer", "name": "张三", "signed_at": AT, "image": image} | facts)
    )


def read(image: str) -> Signature:
    (signature,) = read_signatures([one(image)])
    return signature


def refusal(*signatures: GivenSignature) -> str:
    with pytest.raises(InputError) as refused:
        read_signatures(signatures)
    return "\n".join(f"{p.field}: {p.en}" for p in refused.value.problems)


def chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def png(*sizes: tuple[int, int], pixels: bytes = b"") -> str:
    """A PNG that states its size, once or several times, and holds these pixels."""
    heads = [
        chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        for width, height in sizes
    ]
    parts = [
        b"\x89PNG\r\n\x1a\n",
        *heads,
        chunk(b"IDAT", zlib.compress(pixels)),
        chunk(b"IEND", b""),
    ]
    return base64.b64encode(b"".join(parts)).decode()


def test_a_stroke_is_printed_dark_on_white() -> None:
    image = Image.open(BytesIO(read(stroke()).image))

    assert (image.format, image.mode, image.size) == ("PNG", "RGB", (600, 200))
    assert image.getpixel((0, 0)) == (255, 255, 255)
    assert image.getpixel((300, 100)) == (10, 20, 120)


def test_who_signed_and_when_is_told_in_the_companys_time() -> None:
    assert read(stroke()).words == "张三　2026-06-01 17:31"


def test_a_light_stroke_on_a_dark_screen_is_a_stroke() -> None:
    screen = Image.new("RGB", (600, 200), "black")
    ImageDraw.Draw(screen).line([(50, 50), (500, 150)], fill="white", width=4)

    assert read(as_base64(screen)).width_px == 600


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_of_any_kind_of_pixels_is_looked_at(mode: str) -> None:
    assert "the signature is empty" in refusal(one(as_base64(sheet(mode=mode))))


@pytest.mark.parametrize("colour", ["white", "black", (0, 0, 0, 0)])
def test_an_image_of_one_colour_is_no_signature(colour: Any) -> None:
    empty = as_base64(Image.new("RGBA", (600, 200), colour))

    assert refusal(one(empty)) == (
        "signatures.customer.image: the signature is empty: there is no stroke on the image; "
        "sign again"
    )


def test_a_touch_is_no_signature() -> None:
    touched = sheet()
    ImageDraw.Draw(touched).ellipse([300, 100, 304, 104], fill="black")

    assert "the signature is empty" in refusal(one(as_base64(touched)))


def test_an_image_of_another_format_is_refused() -> None:
    assert "the image is not a PNG" in refusal(one(as_base64(sheet(mode="RGB"), "JPEG")))


@pytest.mark.parametrize("image", ["", "aGVsbG8=", base64.b64encode(ONE_STROKE[:200]).decode()])
def test_what_is_no_whole_png_is_refused(image: str) -> None:
    assert "the image is not a PNG, or is damaged" in refusal(one(image))


@pytest.mark.parametrize("image", ["签名", "data:image/png;base64,AAAA", "A", "\ud800"])
def test_what_is_no_base64_is_refused(image: str) -> None:
    assert "the image is not base64" in refusal(one(image))


def test_an_image_too_large_in_bytes_is_refused_with_both_figures() -> None:
    noise = Image.frombytes("L", (600, 400), bytes(range(256)) * 937 + bytes(128))
    heavy = base64.b64encode(base64.b64decode(as_base64(noise)) + bytes(200_000)).decode()

    assert "give at most 200000" in refusal(one(heavy))


@pytest.mark.parametrize("size", [(2_001, 200), (200, 1_001)])
def test_an_image_of_too_many_pixels_is_refused_with_both_figures(size: tuple[int, int]) -> None:
    width, height = size

    assert f"has {width} x {height} pixels; give at most 2000 x 1000" in refusal(
        one(stroke(width, height))
    )


def test_an_image_that_would_swell_is_refused_before_it_is_opened() -> None:
    bomb = png((60_000, 60_000), pixels=bytes(1_000_000))

    assert "has 60000 x 60000 pixels" in refusal(one(bomb))


def test_an_image_that_states_its_size_twice_is_refused() -> None:
    for second in ((9_000, 9_000), (60_000, 60_000), (1, 1)):
        assert "damaged" in refusal(one(png((10, 10), second, pixels=bytes(310))))


def test_a_text_in_it_that_would_swell_is_refused() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "x" * 5_000_000, zip=True)
    written = BytesIO()
    Image.open(BytesIO(ONE_STROKE)).save(written, "PNG", pnginfo=told)

    assert "damaged" in refusal(one(base64.b64encode(written.getvalue()).decode()))


def test_nothing_of_a_file_but_its_pixels_goes_on() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", "a phone")
    written = BytesIO()
    Image.open(BytesIO(ONE_STROKE)).save(written, "PNG", pnginfo=told)

    assert b"a phone" not in read(base64.b64encode(written.getvalue()).decode()).image


def test_two_signatures_of_one_role_are_refused() -> None:
    assert 'signatures: there are 2 signatures of "customer"' in refusal(
        one(stroke()), one(stroke(), name="李四")
    )


def test_everything_that_is_wrong_is_told_at_once() -> None:
    said = refusal(one(blank(), name="张\u202e三"), one("?", role="company"))

    assert [line.split(":")[0] for line in said.splitlines()] == [
        "signatures.customer.name", "signatures.customer.image", "signatures.company.image",
    ]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    at=st.integers(min_value=0, max_value=len(ONE_STROKE) - 1),
    byte=st.integers(min_value=0, max_value=255),
    length=st.integers(min_value=0, max_value=len(ONE_STROKE)),
)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    at: int, byte: int, length: int
) -> None:
    harmed = bytearray(ONE_STROKE)
    harmed[at] = byte
    found: Signature | None = None
    with suppress(InputError):
        found = read(base64.b64encode(harmed[:length] if at % 2 else harmed).decode())
    assert found is None or found.image.startswith(b"\x89PNG")


def test_it_is_kept_no_finer_than_it_is_printed() -> None:
    signature = read(stroke(2_000, 1_000))

    # 378 pixels are 16 mm at 600 dots an inch
    assert (signature.width_px, signature.height_px) == (756, 378)
