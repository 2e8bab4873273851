from __future__ import annotations

import re
from datetime import date
from functools import cache

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from grid_models.crs import Plane
from grid_models.grid import Grid
from grid_models.schema import find_problems, verdict
from grid_models.solvers.reference import to_pandapower
from grid_models.synthesize import synthesize_grid

DAY = date(2025, 7, 1)


@cache
def district(nodes: int = 2000, seed: int = 1) -> Grid:
    return synthesize_grid(nodes=nodes, seed=seed, load_date=DAY, topology_date=DAY)


def closed_graph(grid: Grid, *, kv: float) -> nx.MultiGraph:
    """Return the nodes of one voltage and the lines between them that no switch opens."""
    opened = set(grid.switches["element_id"][~grid.switches["is_closed"]])
    graph = nx.MultiGraph()
    graph.add_nodes_from(grid.nodes.index[grid.nodes["vn_kv"].eq(kv)])
    for line in grid.lines.itertuples():
        if line.Index not in opened and line.from_node in graph:
            graph.add_edge(line.from_node, line.to_node, key=line.Index)
    return graph


def section_busbars(grid: Grid) -> pd.Index:
    return pd.Index(grid.transformers["lv_node"][grid.transformers["vn_hv_kv"].eq(110)])


def heads(grid: Grid) -> pd.DataFrame:
    return grid.lines[grid.lines["from_node"].isin(section_busbars(grid))]


def test_same_seed_gives_same_district() -> None:
    again = synthesize_grid(nodes=2000, seed=1, load_date=DAY, topology_date=DAY)
    assert again.version == district().version


def test_other_seed_gives_other_district() -> None:
    assert district(seed=2).version != district().version


@pytest.mark.parametrize("nodes", [300, 2000, 5000, 12_000])
def test_district_has_as_many_nodes_as_asked(nodes: int) -> None:
    assert len(district(nodes).nodes) == pytest.approx(nodes, rel=0.05)


@pytest.mark.parametrize("nodes", [300, 2000, 12_000])
def test_no_problem_is_found_in_a_district(nodes: int) -> None:
    problems = find_problems(district(nodes))
    assert verdict(problems) == "good", [(p.code, p.ids[:3]) for p in problems]


def test_four_thousand_nodes_cover_about_three_by_three_kilometres() -> None:
    nodes = district(4000).nodes
    x, y = Plane(4549).to_metres(nodes["lon"].to_numpy(), nodes["lat"].to_numpy())
    assert 2500 < np.ptp(x) < 4000
    assert 2500 < np.ptp(y) < 4000


def test_district_lies_around_its_centre() -> None:
    nodes = synthesize_grid(nodes=300, seed=1, centre=(121.6, 29.9)).nodes
    assert nodes["lon"].mean() == pytest.approx(121.6, abs=0.01)
    assert nodes["lat"].mean() == pytest.approx(29.9, abs=0.01)


def test_plane_follows_from_the_longitude() -> None:
    elsewhere = synthesize_grid(nodes=300, seed=1, centre=(118.4, 29.6))
    assert (district().metadata.projected_epsg, elsewhere.metadata.projected_epsg) == (4549, 4548)


def test_metadata_say_where_the_district_comes_from() -> None:
    metadata = district().metadata
    assert metadata.source == "synthetic:2000:1"
    assert (metadata.load_date, metadata.topology_date) == (DAY, DAY)
    assert (metadata.load_basis, metadata.area) == ("measured_peak", "demo")
    assert metadata.has_restricted_areas


def test_every_substation_has_a_source_of_its_own() -> None:
    grid = district()
    main = grid.transformers[grid.transformers["vn_hv_kv"].eq(110)]
    assert len(grid.sources) == 2
    assert set(main["hv_node"]) == set(grid.sources["node"])
    assert grid.sources["short_circuit_mva"].gt(0).all()


def test_main_transformers_are_not_paralleled() -> None:
    grid = district()
    busbars = section_busbars(grid)
    assert busbars.is_unique
    ties = grid.switches[grid.switches["element_kind"].eq("node")]
    assert set(ties["node"]) | set(ties["element_id"]) <= set(busbars)
    assert len(ties) == 2
    assert not ties["is_closed"].any()


@pytest.mark.parametrize("kv", [10.0, 0.4])
def test_lines_in_normal_operation_are_a_forest(kv: float) -> None:
    graph = closed_graph(district(), kv=kv)
    trees = nx.number_connected_components(graph)
    assert graph.number_of_edges() == graph.number_of_nodes() - trees


def test_every_10_kv_node_hangs_on_one_busbar() -> None:
    grid = district()
    parts = list(nx.connected_components(closed_graph(grid, kv=10.0)))
    busbars = set(section_busbars(grid))
    assert [len(part & busbars) for part in parts] == [1] * len(busbars)


def test_open_points_lie_between_substations_and_between_sections() -> None:
    grid = district(5000)
    graph = closed_graph(grid, kv=10.0)
    main = grid.transformers[grid.transformers["vn_hv_kv"].eq(110)].set_index("lv_node")
    fed_from = {
        node: (main["hv_node"][busbar], busbar)
        for busbar in main.index
        for node in nx.node_connected_component(graph, busbar)
    }
    opened = grid.switches[~grid.switches["is_closed"] & grid.switches["element_kind"].eq("line")]
    kinds = set()
    for line in grid.lines.loc[opened["element_id"]].itertuples():
        (station, busbar), (other_station, other_busbar) = (
            fed_from[line.from_node],
            fed_from[line.to_node],
        )
        kinds.add((station == other_station, busbar == other_busbar))
    assert (False, False) in kinds, "between the substations"
    assert (True, False) in kinds, "between the sections of one substation"


def test_every_feeder_has_a_tie_unless_it_is_dedicated() -> None:
    grid = district()
    graph = closed_graph(grid, kv=10.0)
    opened = grid.lines.loc[
        grid.switches["element_id"][
            ~grid.switches["is_closed"] & grid.switches["element_kind"].eq("line")
        ]
    ]
    ends = set(opened["from_node"]) | set(opened["to_node"])
    for head in heads(grid).itertuples():
        graph.remove_edge(head.from_node, head.to_node)
        feeder = nx.node_connected_component(graph, head.to_node)
        assert bool(feeder & ends) == (head.ownership == "public"), head.name


def test_lines_and_stations_are_public_and_private() -> None:
    grid = district()
    for table, kv_column in ((grid.lines, None), (grid.transformers, "vn_hv_kv")):
        rows = table if kv_column is None else table[table[kv_column].eq(10)]
        assert set(rows["ownership"]) == {"public", "private"}
    assert set(grid.bays["ownership"]) == {"public", "private"}


def test_what_is_behind_a_private_node_is_private() -> None:
    grid = district()
    owner = grid.nodes["ownership"]
    is_private = (
        owner.loc[grid.lines["from_node"]].eq("private").to_numpy()
        | owner.loc[grid.lines["to_node"]].eq("private").to_numpy()
    )
    assert grid.lines["ownership"][is_private].eq("private").all()


def test_public_ring_main_units_with_and_without_a_spare_bay_exist() -> None:
    grid = district()
    units = grid.nodes[grid.nodes["name"].str.endswith("环网柜")]
    spare = set(grid.bays["node"][grid.bays["is_spare"] & grid.bays["ownership"].eq("public")])
    has_spare = units.index.isin(spare)
    assert has_spare.any()
    assert not has_spare.all()


def test_every_cable_at_a_ring_main_unit_takes_a_bay() -> None:
    grid = district()
    units = grid.nodes.index[grid.nodes["name"].str.endswith("环网柜")]
    ends = pd.concat([grid.lines["from_node"], grid.lines["to_node"]])
    lines = ends[ends.isin(units)].value_counts()
    used = grid.bays[~grid.bays["is_spare"]]["node"].value_counts()
    assert (used[lines.index] == lines).all()


def test_lines_at_a_ring_main_unit_have_a_load_break_switch() -> None:
    grid = district()
    units = set(grid.nodes.index[grid.nodes["name"].str.endswith("环网柜")])
    at_units = grid.switches[grid.switches["node"].isin(units)]
    assert at_units["kind"].eq("load_break").all()
    have = set(zip(at_units["node"], at_units["element_id"], strict=True))
    want = {
        (node, line.Index)
        for line in grid.lines.itertuples()
        for node in (line.from_node, line.to_node)
        if node in units
    }
    assert have == want


def test_overhead_lines_have_a_pole_about_every_fifty_metres() -> None:
    grid = district()
    overhead = grid.lines[grid.lines["laying"].eq("overhead")]
    assert len(overhead) > 20
    assert overhead["length_m"].between(20, 80).all()
    kinds = grid.nodes["kind"]
    assert kinds.loc[overhead["from_node"]].eq("pole").all()
    assert kinds.loc[overhead["to_node"]].eq("pole").all()


def test_overhead_branches_begin_with_a_switch() -> None:
    switches = district().switches
    branch = switches[switches["name"].str.endswith("分支开关")]
    assert branch["kind"].eq("circuit_breaker").all()
    assert len(branch) > 3


def test_low_voltage_nodes_stand_thirty_to_fifty_metres_apart() -> None:
    grid = district()
    low = grid.lines[grid.nodes["vn_kv"].loc[grid.lines["from_node"]].eq(0.4).to_numpy()]
    assert low["length_m"].max() < 50
    assert 28 < low["length_m"].median() < 45


def test_every_name_is_chinese_and_ids_are_not() -> None:
    for name, rows in district().tables().items():
        if "name" in rows and len(rows):
            assert rows["name"].str.contains("[\u4e00-\u9fff]").all(), name
        assert all(id_.isascii() for id_ in rows.index), name


def test_no_two_elements_share_a_name() -> None:
    for table in ("nodes", "lines", "transformers", "streets"):
        names = district(12_000).tables()[table]["name"]
        assert names.is_unique, (table, names[names.duplicated()].head().to_list())


def test_names_follow_the_utilitys_patterns() -> None:
    grid = district()
    patterns = {
        "nodes": (r"110kV \w+变 10kV Ⅰ段母线", r"\w+路 3号环网柜", r"\w+ \d{3} 线 12号杆"),
        "transformers": (r"110kV \w+变 1号主变", r"\w+公变 12 变压器"),
        "lines": (r"\w+ 101 线 .*出线电缆",),
    }
    for table, wanted in patterns.items():
        names = grid.tables()[table]["name"]
        for pattern in wanted:
            assert any(re.fullmatch(pattern, name) for name in names), pattern


def test_length_is_that_of_the_course() -> None:
    grid = district()
    points = shapely.get_coordinates(grid.lines["geometry"])
    course = shapely.linestrings(
        np.column_stack(Plane(4549).to_metres(points[:, 0], points[:, 1])),
        indices=np.repeat(
            np.arange(len(grid.lines)), shapely.get_num_coordinates(grid.lines["geometry"])
        ),
    )
    assert grid.lines["length_m"].to_numpy() == pytest.approx(shapely.length(course), abs=0.02)


def test_lines_run_from_node_to_node() -> None:
    grid = district()
    for end, at in (("from_node", 0), ("to_node", -1)):
        place = grid.nodes.loc[grid.lines[end], ["lon", "lat"]].to_numpy()
        drawn = shapely.get_coordinates(shapely.get_point(grid.lines["geometry"].to_numpy(), at))
        assert np.array_equal(drawn, place)


def test_rivers_and_railways_bar_the_way() -> None:
    streets = district().streets
    assert {"trunk", "street", "lane", "river", "railway"} <= set(streets["kind"])


def test_no_low_voltage_line_crosses_a_river_or_a_railway() -> None:
    grid = district(4000)
    low = grid.lines[grid.nodes["vn_kv"].loc[grid.lines["from_node"]].eq(0.4).to_numpy()]
    barriers = grid.streets[grid.streets["kind"].isin(["river", "railway", "expressway"])]
    for barrier in barriers["geometry"]:
        assert not shapely.intersects(low["geometry"].to_numpy(), barrier).any()


def test_nothing_stands_in_a_restricted_area() -> None:
    grid = district(4000)
    assert len(grid.restricted_areas) == 2
    places = shapely.points(grid.nodes["lon"], grid.nodes["lat"])
    for area in grid.restricted_areas["geometry"]:
        assert not shapely.contains(area, places).any()


def test_every_feeder_head_has_its_limits() -> None:
    grid = district()
    for head in heads(grid).index:
        rows = grid.limits[grid.limits["element_id"].eq(head)]
        found = set(zip(rows["source"], rows["season"], strict=True))
        assert found == {
            ("dispatch_list", "summer"),
            ("dispatch_list", "winter"),
            ("ct", "all"),
            ("relay", "all"),
        }
        least = rows.set_index(["source", "season"])["limit_a"]
        assert least.idxmin() == ("dispatch_list", "summer")


def test_dates_are_known_and_some_removals_are_planned() -> None:
    grid = district()
    for table in ("nodes", "lines", "transformers"):
        built = grid.tables()[table]["commissioned_on"]
        assert built.notna().all()
        assert built.max() < pd.Timestamp(DAY)
    assert 0 < grid.lines["removal_planned_on"].notna().sum() < 20


def test_loads_are_measured_peaks_of_several_categories() -> None:
    loads = district().loads
    assert set(loads["load_basis"]) == {"measured_peak"}
    assert {"resident", "commercial", "industrial", "ev_charging"} == set(loads["category"])


@pytest.mark.parametrize(("nodes", "seed"), [(300, 4), (2000, 1), (3000, 2), (5000, 3)])
def test_base_case_breaks_no_limit_in_pandapower(nodes: int, seed: int) -> None:
    grid = district(nodes, seed)
    net = solved(grid)
    volts = 1000 * net.res_bus["vm_pu"].to_numpy() * grid.nodes["vn_kv"].to_numpy()
    for kv, low, high in ((0.4, 353.4, 406.6), (10.0, 9300, 10700)):
        own = volts[grid.nodes["vn_kv"].eq(kv)]
        assert low < own.min()
        assert own.max() < high
    assert net.res_line["loading_percent"].max() < 80
    assert net.res_trafo["loading_percent"].max() < 80
    assert loading_of_heads(grid, net).max() < 80


@pytest.mark.parametrize("seed", [1, 2])
def test_feeders_and_transformers_are_unequally_full(seed: int) -> None:
    grid = district(3000, seed)
    net = solved(grid)
    loading = loading_of_heads(grid, net)
    assert (loading > 75).sum() >= 2
    assert (loading < 45).sum() >= 2
    is_public = grid.transformers["ownership"].eq("public") & grid.transformers["vn_hv_kv"].eq(10)
    full = net.res_trafo["loading_percent"].to_numpy()[is_public]
    assert 0.04 < np.mean((full >= 70) & (full < 80)) < 0.3


@pytest.mark.parametrize(("nodes", "seed"), [(2000, 1), (5000, 3)])
def test_substations_have_ten_mva_free(nodes: int, seed: int) -> None:
    grid = district(nodes, seed)
    net = solved(grid)
    peak_mva = np.hypot(net.res_trafo["p_hv_mw"], net.res_trafo["q_hv_mvar"]).to_numpy()
    for busbar in grid.sources["node"]:
        own = grid.transformers["hv_node"].eq(busbar).to_numpy()
        rated_mva = grid.transformers["sn_kva"][own].sum() / 1000
        assert 0.8 * rated_mva - peak_mva[own].sum() >= 10


def test_busbars_are_held_a_little_above_nominal() -> None:
    grid = district()
    v_pu = pd.Series(solved(grid).res_bus["vm_pu"].to_numpy(), index=grid.nodes.index)
    assert v_pu[section_busbars(grid)].between(1.02, 1.04).all()


def test_transformers_are_connected_dyn11() -> None:
    rows = district().transformers
    assert set(rows["vector_group"]) == {"YNd11", "Dyn11"}
    # 11 o'clock: the low side is 11 x 30 degrees behind, that is 30 degrees ahead.
    assert rows["shift_degree"].eq(330).all()


@cache
def _solved(nodes: int, seed: int):  # type: ignore[no-untyped-def]
    import pandapower as pp

    net = to_pandapower(district(nodes, seed))
    pp.runpp(net, numba=False)
    return net


def solved(grid: Grid):  # type: ignore[no-untyped-def]
    _, nodes, seed = grid.metadata.source.split(":")
    return _solved(int(nodes), int(seed))


def loading_of_heads(grid: Grid, net) -> pd.Series:  # type: ignore[no-untyped-def]
    """Current of every outgoing line in percent of the least of its limits."""
    current_a = pd.Series(1000 * net.res_line["i_ka"].to_numpy(), index=grid.lines.index)
    limit_a = grid.limits.groupby("element_id")["limit_a"].min()
    return 100 * current_a[limit_a.index] / limit_a
