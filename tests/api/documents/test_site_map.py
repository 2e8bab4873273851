from __future__ import annotations

from xml.etree import ElementTree

from api.documents.site_map import draw_site_map
from grid_models.model import GridModel
from tests.api.plans import sample_plan
from tests.grid_models.samples import tiny_grid


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314  a picture of our own


def test_the_map_is_svg_with_a_scale_and_a_legend() -> None:
    words = "".join(parsed(draw_site_map(sample_plan(), GridModel.of(tiny_grid()))).itertext())

    assert "上北" in words
    assert "用电地址" in words


def test_the_first_access_point_carries_its_rank() -> None:
    svg = parsed(draw_site_map(sample_plan(), GridModel.of(tiny_grid())))

    assert any(part.text == "1" for part in svg.iter("{http://www.w3.org/2000/svg}text"))
