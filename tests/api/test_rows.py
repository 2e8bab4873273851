from __future__ import annotations

from datetime import date

import pytest

from api.rows import (
    EquipmentTotals,
    Row,
    read_commitments,
    read_equipment,
    read_limits,
    rows_of_list,
)
from grid_models.errors import InputError
from planner.application import Commitment

NODES = {"bus:3", "bus:4"}


def row(number: int = 2, **values: object) -> Row:
    return Row(f"promises.csv:{number}", values)


def test_a_commitment_takes_its_defaults() -> None:
    (promise,) = read_commitments([row(commitment_id="A1", node_id="bus:3", s_kva="630")], NODES)
    assert promise == Commitment(commitment_id="A1", node_id="bus:3", s_kva=630.0)


def test_every_field_of_a_commitment_is_read() -> None:
    (promise,) = read_commitments(
        [
            row(
                commitment_id="A1",
                node_id="bus:3",
                s_kva=630,
                demand_factor=0,
                power_factor=0.9,
                bay_id="bay:1",
                expires_on="2027-01-31",
            )
        ],
        NODES,
    )
    assert promise == Commitment(
        commitment_id="A1",
        node_id="bus:3",
        s_kva=630.0,
        demand_factor=0.0,
        power_factor=0.9,
        bay_id="bay:1",
        expires_on=date(2027, 1, 31),
    )


def test_problems_of_all_lines_are_named_at_once() -> None:
    rows = [
        row(2, commitment_id="A1", node_id="bus:9", s_kva="630"),
        row(3, commitment_id="A2", node_id="bus:3", s_kva="-1"),
        row(4, commitment_id="A2", node_id="bus:4", s_kva="100", demand_factor="1.1"),
    ]
    with pytest.raises(InputError) as refused:
        read_commitments(rows, NODES)
    assert [problem.field for problem in refused.value.problems] == [
        "promises.csv:2.node_id",
        "promises.csv:3.s_kva",
        "promises.csv:4.demand_factor",
        "promises.csv:4.commitment_id",
    ]


def test_a_line_without_what_it_needs_says_so() -> None:
    with pytest.raises(InputError, match="node_id is missing"):
        read_commitments([row(commitment_id="A1", s_kva=1)], None)


def test_equipment_is_summed_with_and_without_demand_factors() -> None:
    rows = [row(kw="30", count="2", demand_factor="0.5", name="水泵"), row(kw=40)]
    # 2 x 30 + 40 = 100 kW; 2 x 30 x 0.5 + 40 = 70 kW.
    assert read_equipment(rows) == EquipmentTotals(kw=100.0, max_demand_kw=70.0)


def test_an_empty_equipment_list_is_refused() -> None:
    with pytest.raises(InputError, match="empty"):
        read_equipment([])


def test_equipment_of_no_power_is_refused_once() -> None:
    with pytest.raises(InputError) as refused:
        read_equipment([row(kw="0")])
    assert len(refused.value.problems) == 1


@pytest.mark.parametrize("items", ["../secrets.csv", {"kw": 1}, [1], [["kw", 1]], None])
def test_what_is_no_list_of_objects_is_refused(items: object) -> None:
    with pytest.raises(InputError, match="must be a JSON list of objects"):
        rows_of_list(items, "equipment")


def test_a_commitment_may_name_the_curve_it_will_follow() -> None:
    rows = [row(commitment_id="A1", node_id="bus:3", s_kva=630, curve_id="resident")]
    assert read_commitments(rows, NODES)[0].curve_id == "resident"


def test_an_expired_commitment_is_refused_where_a_day_is_given() -> None:
    rows = [
        row(2, commitment_id="A1", node_id="bus:3", s_kva=630, expires_on="2026-07-31"),
        row(3, commitment_id="A2", node_id="bus:3", s_kva=630, expires_on="2026-08-01"),
    ]
    with pytest.raises(InputError) as refused:
        read_commitments(rows, NODES, on_date=date(2026, 8, 1))
    assert [problem.en for problem in refused.value.problems] == [
        'promises.csv:2: expires_on is "2026-07-31"; give a day not before 2026-08-01: '
        "this commitment has expired, remove it or extend it"
    ]


def test_without_a_day_an_expired_commitment_is_read_as_it_stands() -> None:
    rows = [row(commitment_id="A1", node_id="bus:3", s_kva=630, expires_on="2020-01-01")]
    assert len(read_commitments(rows, NODES)) == 1


BAYS = {"bay:1": "bus:3"}


@pytest.mark.parametrize(
    ("bay", "node", "right"),
    [("bay:9", "bus:3", "a bay of the grid"), ("bay:1", "bus:4", "a bay of node bus:4")],
)
def test_a_bay_that_nobody_could_keep_is_refused(bay: str, node: str, right: str) -> None:
    rows = [row(commitment_id="A1", node_id=node, s_kva=630, bay_id=bay)]
    with pytest.raises(InputError) as refused:
        read_commitments(rows, NODES, node_of_bay=BAYS.get)
    (problem,) = refused.value.problems
    assert problem.field == "promises.csv:2.bay_id"
    assert bay in problem.zh
    assert right in problem.en


def test_a_bay_of_the_node_of_its_promise_is_taken() -> None:
    rows = [row(commitment_id="A1", node_id="bus:3", s_kva=630, bay_id="bay:1")]
    assert read_commitments(rows, NODES, node_of_bay=BAYS.get)[0].bay_id == "bay:1"


# A company's own limits --------------------------------------------------------------------------


def test_limits_are_amperes_by_type() -> None:
    rows = [
        Row("list.csv:2", {"type": "A", "limit_a": "300"}),
        Row("list.csv:3", {"type": "B", "limit_a": 61}),
    ]
    assert read_limits(rows) == {"A": 300.0, "B": 61.0}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"type": "A", "limit_a": "0"}, 'limit_a is "0"; give a number above 0'),
        ({"type": "A"}, "limit_a is missing"),
        ({"limit_a": "5"}, "type is missing"),
    ],
)
def test_a_row_of_limits_that_is_wrong_is_named(values: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as refused:
        read_limits([Row("list.csv:2", values)])
    assert said in refused.value.problems[0].en


def test_a_type_stands_once_in_a_list_of_limits() -> None:
    row = {"type": "A", "limit_a": "5"}
    with pytest.raises(InputError) as refused:
        read_limits([Row("list.csv:2", row), Row("list.csv:3", row)])
    assert "list.csv:3" in refused.value.problems[0].en
