"""The inner node of a three-winding transformer is no place of the network."""

from __future__ import annotations

from grid_models.model import GridModel
from grid_models.schema import find_problems
from grid_models.stars import count_elements, is_star_node, without_stars
from tests.grid_models.readers.nets import read
from tests.grid_models.readers.test_three_winding import with_three_windings

STAR = "trafo3w:0:star"


def test_a_three_winding_transformer_counts_once_and_its_star_not_at_all() -> None:
    net = with_three_windings()
    counts = count_elements(read(net))
    assert counts["nodes"] == len(net.bus)
    assert counts["transformers"] == len(net.trafo) + 1
    assert counts["lines"] == len(net.line)


def test_nothing_is_missing_of_a_star() -> None:
    found = find_problems(read(with_three_windings()))
    problems = {problem.code: problem.ids for problem in found if problem.table == "nodes"}
    for code in ("coordinates_missing", "ownership_unknown"):
        assert problems[code]
        assert STAR not in problems[code]


def test_a_star_is_told_from_a_node() -> None:
    grid = read(with_three_windings())
    model = GridModel.of(grid)
    found = [name for name in (STAR, "bus:0", "nowhere") if is_star_node(model, name)]
    assert found == [STAR]
    assert STAR not in without_stars(grid.nodes).index
