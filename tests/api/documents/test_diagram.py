from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from api.documents.diagram import Stage, draw_diagram
from api.documents.stages import customer_stages, source_stages
from grid_models.model import GridModel
from tests.api.plans import sample_option, sample_plan, sample_source
from tests.grid_models.samples import tiny_grid

SVG = "{http://www.w3.org/2000/svg}"
LOAD = Stage(symbol="load", words=("报装容量 800 kVA",))
SOURCE = Stage(symbol="source", words=("电源 甲",))


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314  a picture of our own


def words_of(svg: str) -> str:
    return "".join(parsed(svg).itertext())


def test_every_word_of_a_stage_stands_in_the_diagram() -> None:
    words = words_of(draw_diagram([[SOURCE]], [LOAD]))

    assert "电源 甲" in words
    assert "报装容量 800 kVA" in words


@pytest.mark.parametrize("name", ["甲&乙 线", "<变>", "A < B", "&amp;", "$x_1^2$", "\\sqrt{2}"])
def test_a_name_stands_in_the_diagram_as_it_is_written(name: str) -> None:
    assert name in words_of(draw_diagram([[replace(SOURCE, words=(name,))]], [LOAD]))


def test_what_is_built_for_the_customer_is_drawn_in_red() -> None:
    new = Stage(symbol="switch", words=("分界开关",), is_new=True)

    assert "#b3261e" in draw_diagram([[SOURCE, new]], [LOAD])
    assert "#b3261e" not in draw_diagram([[SOURCE]], [LOAD])


def test_two_sources_stand_side_by_side_and_meet_at_one_bar() -> None:
    one = parsed(draw_diagram([[SOURCE]], [LOAD]))
    two = parsed(draw_diagram([[SOURCE], [SOURCE]], [LOAD]))

    assert len(two.findall(f".//{SVG}circle")) == 2 * len(one.findall(f".//{SVG}circle"))


def test_long_words_widen_the_picture() -> None:
    def width(name: str) -> float:
        svg = draw_diagram([[Stage(symbol="source", words=(name,))]], [LOAD])
        return float(parsed(svg).attrib["viewBox"].split()[2])

    # 20 more Chinese characters of 10 points each.
    assert width("电" * 40) - width("电" * 20) == pytest.approx(200.0, abs=1e-9)


def test_the_way_of_a_plan_is_drawn_from_the_source_down_to_the_new_line() -> None:
    option = sample_plan().options[0]

    stages = source_stages(option, option.sources[0], GridModel.of(tiny_grid()))

    assert stages[0].symbol == "source"
    assert stages[-1].symbol == "new_line"
    assert stages[-1].is_new


def test_the_load_stands_last() -> None:
    assert customer_stages(sample_plan().options[0])[-1].symbol == "load"


def test_an_existing_supply_has_no_new_line() -> None:
    source = sample_source()
    there = replace(source, access_point=replace(source.access_point, kind="existing_node"))
    stages = source_stages(sample_option(), there, GridModel.of(tiny_grid()))
    assert "new_line" not in [stage.symbol for stage in stages]
    assert not stages[-1].is_new


def test_a_line_of_its_own_leaves_the_busbar_by_a_new_bay() -> None:
    model = GridModel.of(tiny_grid())
    source = sample_source()
    point = replace(source.access_point, kind="busbar")
    stages = source_stages(sample_option(), replace(source, access_point=point), model)
    assert [(s.symbol, s.is_new) for s in stages[-3:]] == [
        ("busbar", False), ("switch", True), ("new_line", True),
    ]  # fmt: skip
