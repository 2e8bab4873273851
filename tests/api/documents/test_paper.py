from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
import typst
from PIL import Image

from api.documents.paper import UnknownPageError, count_pages, draw_page

# the first page is red, the second is blue
PDF = bytes(typst.compile(b'#set page(paper: "a4", fill: red)\n#pagebreak()\n#page(fill: blue)[]'))


def colour(page: bytes) -> object:
    return Image.open(BytesIO(page)).getpixel((600, 800))


def test_its_pages_are_counted() -> None:
    assert count_pages(PDF) == 2


def test_a_page_is_drawn_two_pixels_a_point() -> None:
    image = Image.open(BytesIO(draw_page(PDF, 1)))

    # A4 has 595.3 x 841.9 points
    assert (image.format, image.size) == ("PNG", (1191, 1684))


def test_each_page_is_its_own() -> None:
    first, second = colour(draw_page(PDF, 1)), colour(draw_page(PDF, 2))

    assert first == (255, 65, 54)
    assert second == (0, 116, 217)


def test_a_page_that_is_not_there_is_said_to_be_so() -> None:
    with pytest.raises(UnknownPageError, match="there is no page 3; the document has 2"):
        draw_page(PDF, 3)


def test_many_may_ask_at_once() -> None:
    with ThreadPoolExecutor(8) as threads:
        drawn = list(threads.map(lambda k: draw_page(PDF, k % 2 + 1), range(16)))

    assert drawn == drawn[:2] * 8
