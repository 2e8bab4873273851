from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grid_models.solvers.radial import Connection
from tests.grid_models.grids import bridge, coil, grid_of, line, load, opened, source, wire
from tests.grid_models.rings import OHM, asked, feeder, pct, ring


def test_the_whole_feeder_flows_through_the_head_of_the_other_one():
    transfers = asked(ring())
    (found,) = transfers.take_over(feeder(transfers, "one"))
    # 1,000 + 500 kW of its own neighbour, 800 + 200 kW of its own: 144.3 A of 300 A
    assert found.worst_loading_pct == pytest.approx(pct(2500.0, 300.0), rel=1e-5)
    assert (found.worst_element_id, found.receiving_feeder_id) == ("two", "two")
    assert (found.tie_id, found.is_carried, found.broken_code) == ("tie", True, "")


def test_the_transfer_works_both_ways():
    transfers = asked(ring(lines={"one": wire("S", "B", OHM, ampacity_a=150.0)}))
    (found,) = transfers.take_over(feeder(transfers, "two"))
    assert found.receiving_feeder_id == "one"
    assert found.worst_loading_pct == pytest.approx(pct(2500.0, 150.0), rel=1e-5)


def test_a_head_of_140_a_does_not_carry_144_3_a():
    transfers = asked(ring(two_a=140.0))
    (found,) = transfers.take_over(feeder(transfers, "one"))
    assert (found.is_carried, found.broken_code) == (False, "thermal")
    assert found.broken_element_id == "two"
    assert found.broken_value == pytest.approx(103.1, abs=0.05)


def test_what_fits_beside_the_receiver_s_own_load_is_transferable():
    # 100 A are 1,732.05 kW; 1,000 kW are the receiver's own
    transfers = asked(ring(two_a=100.0))
    one = feeder(transfers, "one")
    kva = transfers.transferable_kva(one)
    assert kva == pytest.approx(732.05, rel=3e-4)
    assert kva <= 732.06
    assert transfers.load_kva(one) == pytest.approx(1500.0)


def test_all_of_it_is_transferable_where_all_is_carried():
    transfers = asked(ring())
    assert transfers.transferable_kva(feeder(transfers, "one")) == pytest.approx(1500.0)


def test_nothing_is_transferable_without_a_tie():
    transfers = asked(ring(switches={}))
    one = feeder(transfers, "one")
    assert transfers.take_over(one) == ()
    assert transfers.transferable_kva(one) == 0.0


def test_the_switch_of_the_tie_is_a_limit_too():
    tie = bridge("C", "E", is_closed=False, rated_a=80.0)
    transfers = asked(ring(switches={"tie": tie}))
    (found,) = transfers.take_over(feeder(transfers, "one"))
    # 1,500 kW flow through it: 86.6 A of 80 A
    assert (found.is_carried, found.broken_element_id) == (False, "tie")
    assert found.broken_value == pytest.approx(pct(1500.0, 80.0), rel=1e-5)


def test_too_low_a_voltage_is_named_in_volts():
    # 1,500 kW through 10 ohm lose about 1.5 kV
    transfers = asked(ring(lines={"two:2": wire("D", "E", 5.0)}))
    (found,) = transfers.take_over(feeder(transfers, "one"))
    assert found.broken_code == "voltage_low"
    # (1 500 + 200) kW through 5 ohm: 10 kV - U = 5 x 1.7 / U
    assert found.broken_value == pytest.approx(1000.0 * (5.0 + (25.0 - 8.5) ** 0.5), rel=1e-4)


def test_a_load_beyond_any_voltage_is_no_solution():
    transfers = asked(ring(lines={"two:2": wire("D", "E", 20.0)}))
    (found,) = transfers.take_over(feeder(transfers, "one"))
    assert (found.converged, found.is_carried, found.broken_code) == (False, False, "diverged")


def test_a_tie_line_opened_at_one_end_carries_what_it_is_closed_for():
    tables = {
        "lines": {"between": line("C", "E", ampacity_a=100.0)},
        "switches": {"open": opened("E", "between")},
    }
    transfers = asked(ring(**tables))
    one, two = feeder(transfers, "one"), feeder(transfers, "two")
    for lost, kw in ((one, 1500.0), (two, 1000.0)):
        (found,) = transfers.each(lost)
        case = transfers.case(lost, transfers.ties(lost)[0])
        model, graft = transfers.model, case.graft
        loading = {
            model.branch_id(0, int(row)): pct_
            for row, pct_ in zip(graft.branch_row, case.state.loading_pct, strict=True)
            if row >= 0
        }
        assert found.tie_id == "open"
        assert loading["between"] == pytest.approx(pct(kw, 100.0), rel=0.02)


def test_a_line_opened_at_both_ends_is_a_tie_of_its_own_impedance():
    tables = {
        "lines": {"between": wire("C", "E", 2.0, ampacity_a=100.0)},
        "switches": {"a": opened("C", "between"), "b": opened("E", "between")},
    }
    transfers = asked(ring(**tables))
    (end,) = transfers.ties(feeder(transfers, "one"))
    assert (end.tie.tie_id, end.tie.switch_ids) == ("between", ("a", "b"))
    (found,) = transfers.take_over(feeder(transfers, "one"))
    # 1,500 kW through 2 ohm: U = 5 + sqrt(25 - 3) kV
    assert found.lowest_v_pu == pytest.approx(0.5 + 0.1 * 22.0**0.5, rel=1e-4)


def test_a_loop_inside_one_feeder_is_no_tie():
    transfers = asked(ring(switches={"loop": bridge("B", "C", is_closed=False)}))
    assert transfers.ties(feeder(transfers, "one")) == ()


def test_a_low_voltage_tie_takes_over_no_feeder():
    tables = {
        "nodes": {"b": 0.4, "d": 0.4},
        "transformers": {
            "b": coil("B", "b", 400.0, 10.0, 0.4),
            "d": coil("D", "d", 400.0, 10.0, 0.4),
        },
        "switches": {"lv": bridge("b", "d", is_closed=False)},
    }
    transfers = asked(ring(**tables))
    assert transfers.ties(feeder(transfers, "one")) == ()


def new_load(transfers, node: str, kw: float) -> Connection:
    model = transfers.model
    place = model.place_of_node(model.node_rows[node])
    return Connection(
        row=place.row, share=None, r=0.0, x=0.0, g=0.0, b=0.0, rating=1e3, p=kw / 1e3, q=0.0
    )  # fmt: skip


def test_a_new_load_is_taken_over_with_the_rest():
    transfers = asked(ring())
    new = new_load(transfers, "B", 700.0)
    (found,) = transfers.take_over(feeder(transfers, "one"), new)
    assert found.worst_loading_pct == pytest.approx(pct(3200.0, 300.0), rel=1e-5)


def test_a_split_line_that_is_turned_round_keeps_the_place_of_the_split():
    # B--C is 3 ohm, split 1 ohm from B; C is fed from E, so 2 ohm carry 1,000 + 700 kW
    transfers = asked(ring(kw=(1000.0, 0.0, 0.0, 0.0), lines={"one:2": wire("B", "C", 3.0)}))
    model = transfers.model
    row = model.place_of_line(model.grid.lines.index.get_loc("one:2")).row
    split = Connection(
        row=row, share=1.0 / 3.0, r=0.0, x=0.0, g=0.0, b=0.0, rating=1e3, p=0.7, q=0.0
    )
    (found,) = transfers.take_over(feeder(transfers, "one"), split)
    at_split = 5.0 + (25.0 - 2.0 * 1.7) ** 0.5
    # then 1 ohm more to B, which takes 1,000 kW; at the split 1,700 kW and that loss
    loss = 1.0 * (1.0 / (at_split - 0.1)) ** 2
    at_split = 5.0 + (25.0 - 2.0 * (1.7 + loss)) ** 0.5
    at_b = at_split / 2.0 + (at_split**2 / 4.0 - 1.0) ** 0.5
    assert (found.lowest_v_node_id, found.lowest_v_pu) == ("B", pytest.approx(at_b / 10, rel=2e-4))


def test_a_new_load_on_the_lost_head_itself_says_nothing():
    transfers = asked(ring())
    one = feeder(transfers, "one")
    split = Connection(row=one.row, share=0.5, r=0.0, x=0.0, g=0.0, b=0.0, rating=1e3, p=0.1, q=0.0)
    assert transfers.take_over(one, split) == ()


def three_sources(*, two_a: float, three_a: float):
    """S feeds B - C - F; T feeds E, tied to C; U feeds G, tied to F."""
    return grid_of(
        dict.fromkeys("SBCFTEUG", 10.0),
        lines={
            "one": wire("S", "B", OHM),
            "one:2": wire("B", "C", OHM),
            "one:3": wire("C", "F", OHM),
            "two": wire("T", "E", OHM, ampacity_a=two_a),
            "three": wire("U", "G", OHM, ampacity_a=three_a),
        },
        loads={node: load(node, 1000.0) for node in "BCFEG"},
        switches={
            "tie 2": bridge("C", "E", is_closed=False),
            "tie 3": bridge("F", "G", is_closed=False),
            "between": {"node": "C", "element_id": "one:3", "element_kind": "line"},
        },
        sources={name: source(name) for name in "STU"},
    )


def test_two_receivers_share_what_one_cannot_carry():
    # 4,000 kW are 231 A; B and C on T: 3,000 kW, 173 A of 200 A; F on U: 2,000 kW, 115 A of 120 A
    transfers = asked(three_sources(two_a=200.0, three_a=120.0))
    one = feeder(transfers, "one")
    assert not any(found.is_carried for found in transfers.each(one))
    shares = {found.receiving_feeder_id: found for found in transfers.take_over(one)}
    assert shares["two"].worst_loading_pct == pytest.approx(pct(3000.0, 200.0), rel=1e-5)
    assert shares["three"].worst_loading_pct == pytest.approx(pct(2000.0, 120.0), rel=1e-5)
    assert {found.opened_id for found in shares.values()} == {"one:3"}
    assert transfers.transferable_kva(one) == pytest.approx(3000.0)


def test_one_receiver_takes_over_alone_where_it_can():
    transfers = asked(three_sources(two_a=240.0, three_a=120.0))
    (found,) = transfers.take_over(feeder(transfers, "one"))
    assert (found.receiving_feeder_id, found.opened_id) == ("two", "")


def test_a_share_that_overloads_is_no_way_out():
    # F alone is more than U's 100 A carry beside its own 1,000 kW
    transfers = asked(three_sources(two_a=200.0, three_a=100.0))
    found = transfers.take_over(feeder(transfers, "one"))
    assert len(found) == 1
    assert not found[0].is_carried


@settings(max_examples=25, deadline=None)
@given(
    kw=st.tuples(*[st.floats(0.0, 2000.0)] * 4),
    more_kw=st.floats(0.0, 1000.0),
    two_a=st.floats(50.0, 400.0),
)
def test_more_load_is_never_carried_better(kw, more_kw, two_a):
    transfers = asked(ring(kw=kw, two_a=two_a))
    one = feeder(transfers, "one")
    (present,) = transfers.each(one)
    (later,) = transfers.each(one, new_load(transfers, "C", more_kw))
    assert later.worst_loading_pct >= present.worst_loading_pct - 1e-6
    assert present.is_carried or not later.is_carried


def test_the_part_of_a_split_line_that_is_most_loaded_is_named():
    # B--C is split half way; fed from C, its part at C carries 1,000 + 700 kW, the other 1,000 kW
    tables = {"lines": {"one:2": wire("B", "C", OHM, ampacity_a=99.0)}}
    transfers = asked(ring(kw=(1000.0, 0.0, 0.0, 0.0), **tables))
    model = transfers.model
    row = model.place_of_line(model.grid.lines.index.get_loc("one:2")).row
    split = Connection(row=row, share=0.5, r=0.0, x=0.0, g=0.0, b=0.0, rating=1e3, p=0.7, q=0.0)
    (found,) = transfers.take_over(feeder(transfers, "one"), split)
    assert found.worst_element_id == "one:2#2"
    assert found.worst_loading_pct == pytest.approx(pct(1700.0, 99.0), rel=1e-5)


def test_loads_foreseen_together_are_taken_over_as_each_alone():
    # at B, C and F; the least is carried by one tie, others by two that open different lines
    together, alone = (asked(three_sources(two_a=235.0, three_a=150.0)) for _ in range(2))
    one = feeder(together, "one")
    news = [new_load(together, node, kw) for node in ("B", "C", "F") for kw in (1.0, 90.0, 400.0)]
    together.foresee(one, news)
    found = [together.take_over(one, new) for new in news]
    assert found == [alone.take_over(one, new) for new in news]
    assert {len(ways) for ways in found} == {1, 2}
