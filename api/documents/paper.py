"""Paper: pages of a PDF as pictures, for screens that show none.

PDFium is asked by one thread at a time, since it does not bear more.
"""

from __future__ import annotations

from io import BytesIO
from threading import Lock

import pypdfium2

from grid_models.errors import SupplyPlanError

__all__ = ["UnknownPageError", "count_pages", "draw_page"]

# A page of A4 is 1190 pixels across: sharp on a phone held upright, and some 200 kB.
_PIXELS_A_POINT = 2.0
_PDFIUM = Lock()


class UnknownPageError(SupplyPlanError):
    """A document has no page of that number."""

    def __init__(self, number: int, count: int) -> None:
        super().__init__(
            f"there is no page {number}; the document has {count} / "
            f"没有第 {number} 页，文件共 {count} 页"
        )


def count_pages(pdf: bytes) -> int:
    """Return how many pages a PDF has."""
    with _PDFIUM, pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def draw_page(pdf: bytes, number: int) -> bytes:
    """Return a page as PNG.

    Parameters
    ----------
    number
        1, 2, ...

    Raises
    ------
    UnknownPageError
        If there is none of that number.
    """
    with _PDFIUM, pypdfium2.PdfDocument(pdf) as document:
        if number > len(document):
            raise UnknownPageError(number, len(document))
        page = document[number - 1]
        bitmap = page.render(scale=_PIXELS_A_POINT)
        image = bitmap.to_pil().convert("RGB")  # a copy: the bitmap's memory is given back
        bitmap.close()
        page.close()
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()
