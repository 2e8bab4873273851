"""Elements of a pandapower net as the tables of a `Grid`, with all their electrical meaning."""

from __future__ import annotations

import numpy as np
import pandas as pd

from grid_models.grid import Problem
from grid_models.readers.bays import MOST_BAYS, spare_bays
from grid_models.readers.columns import (
    DATES,
    Bools,
    Net,
    Texts,
    dates,
    flags,
    floats,
    grid_rows,
    ids,
    joined,
    links,
    list_problem,
    texts,
    translated,
    wholes,
)
from grid_models.readers.geodata import Geodata
from grid_models.readers.injections import (
    find_asymmetry,
    read_generators,
    read_loads,
    read_shunts,
    read_sources,
)
from grid_models.readers.phases import read_coil_zero_sequence, read_line_zero_sequence
from grid_models.readers.repairs import find_repairs
from grid_models.readers.switches import read_switches
from grid_models.readers.tap_control import tap_columns
from grid_models.readers.taps import read_taps
from grid_models.readers.three_winding import SOURCE, Legs, find_legs

__all__ = ["CARRIED", "read_tables"]

# Tables of a net whose rows become rows of a grid, and the columns without which they cannot.
CARRIED = {
    "bus": ("vn_kv",),
    "line": ("from_bus", "to_bus"),
    "trafo": ("hv_bus", "lv_bus"),
    "trafo3w": ("hv_bus", "mv_bus", "lv_bus"),
    "switch": ("bus", "element", "et"),
    "load": ("bus",),
    "motor": ("bus",),
    "asymmetric_load": ("bus",),
    "ward": ("bus",),
    "sgen": ("bus",),
    "asymmetric_sgen": ("bus",),
    "storage": ("bus",),
    "shunt": ("bus",),
    "ext_grid": ("bus",),
    "gen": ("bus",),
}

_KILO = 1e3
# A rating of 99 kA (99999 kA in some files) means that nobody knew it.
_FAKE_RATING_A = 99_000.0
_LAYING = {"cs": "cable", "ol": "overhead"}


def read_tables(net: Net, geodata: Geodata) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Turn the elements of a pandapower net into tables of a `Grid`.

    Returns
    -------
    tables
        Partial tables by name, for `Grid.build`.
    problems
        What could be carried over only with a change of meaning.
    """
    lines, line_problems = _read_lines(net, geodata)
    transformers, transformer_problems = _read_transformers(net)
    legs = find_legs(net)
    leg_problems: list[Problem] = []
    nodes = _read_nodes(net, geodata)
    if len(legs.stars):
        more, leg_problems = _read_legs(legs)
        nodes = joined("nodes", nodes, legs.stars)
        transformers = joined("transformers", transformers, more)
    switches, switch_problems = read_switches(net, legs.carried)
    shunts, shunt_problems = read_shunts(net)
    bays, bay_problems = _read_bays(net)
    tables = {
        "nodes": nodes,
        "lines": lines,
        "transformers": transformers,
        "switches": switches,
        "loads": read_loads(net),
        "generators": read_generators(net),
        "shunts": shunts,
        "sources": read_sources(net),
        "bays": bays,
    }
    problems = [*line_problems, *transformer_problems, *switch_problems, *shunt_problems]
    problems += [
        *legs.problems,
        *leg_problems,
        *bay_problems,
        *find_asymmetry(net),
        *_find_unreadable_dates(net),
    ]
    return tables, [*problems, *find_repairs(net)]


def _read_nodes(net: Net, geodata: Geodata) -> pd.DataFrame:
    rows = net["bus"]
    table = grid_rows(
        "nodes",
        "bus",
        rows,
        vn_kv=floats(rows, "vn_kv"),
        lon=geodata.lon,
        lat=geodata.lat,
        is_in_service=flags(rows, "in_service", default=True),
    )
    if "substation_id" not in table:
        table["substation_id"] = texts(rows, "substation")
    return table


def _read_lines(net: Net, geodata: Geodata) -> tuple[pd.DataFrame, list[Problem]]:
    rows = net["line"]
    names = ids("line", rows.index)
    rating_a = floats(rows, "max_i_ka") * _KILO
    is_fake = (rating_a >= _FAKE_RATING_A) | (rating_a <= 0.0)
    problems = list_problem(
        "ampacity_fake",
        "warning",
        "lines",
        names[is_fake],
        zh="{n} 条线路的额定电流为零或不小于 99 kA，不是真实数值，按未知处理；请填写实际载流量",
        en="the rating of {n} lines is zero or 99 kA and more, which is no rating, and is taken "
        "as unknown; state their ampacity",
    )
    table = grid_rows(
        "lines",
        "line",
        rows,
        from_node=ids("bus", links(rows, "from_bus")),
        to_node=ids("bus", links(rows, "to_bus")),
        length_m=floats(rows, "length_km") * _KILO,
        r_ohm_per_km=floats(rows, "r_ohm_per_km"),
        x_ohm_per_km=floats(rows, "x_ohm_per_km"),
        c_nf_per_km=floats(rows, "c_nf_per_km", 0.0),
        g_us_per_km=floats(rows, "g_us_per_km", 0.0),
        **read_line_zero_sequence(rows),
        parallel=wholes(rows, "parallel", 1),
        ampacity_a=np.where(is_fake, np.nan, rating_a),
        derating=floats(rows, "df", 1.0),
        conductor_type=texts(rows, "std_type"),
        is_in_service=flags(rows, "in_service", default=True),
        geometry=geodata.courses,
    )
    if "laying" not in table:
        table["laying"] = translated(texts(rows, "type"), _LAYING)
    return table, problems


def _read_transformers(net: Net) -> tuple[pd.DataFrame, list[Problem]]:
    rows = net["trafo"]
    ends = (ids("bus", links(rows, column)) for column in ("hv_bus", "lv_bus"))
    table, problems = _make_transformers(net, "trafo", *ends)
    return table.assign(**tap_columns(net)), problems


def _read_legs(legs: Legs) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the legs of three-winding transformers."""
    return _make_transformers({"trafo": legs.rows}, SOURCE, legs.hv_node, legs.lv_node)


def _make_transformers(
    net: Net, source: str, hv_node: Texts, lv_node: Texts
) -> tuple[pd.DataFrame, list[Problem]]:
    """Turn rows of the form of ``trafo`` into transformers named after their source."""
    rows = net["trafo"]
    taps, problems = read_taps(net, source)
    table = grid_rows(
        "transformers",
        source,
        rows,
        hv_node=hv_node,
        lv_node=lv_node,
        sn_kva=floats(rows, "sn_mva") * _KILO,
        vn_hv_kv=floats(rows, "vn_hv_kv"),
        vn_lv_kv=floats(rows, "vn_lv_kv"),
        **read_coil_zero_sequence(rows),
        pfe_w=floats(rows, "pfe_kw", 0.0) * _KILO,
        i0_pct=floats(rows, "i0_percent", 0.0),
        vector_group=texts(rows, "vector_group"),
        leakage_r_ratio_hv=floats(rows, "leakage_resistance_ratio_hv", 0.5),
        leakage_x_ratio_hv=floats(rows, "leakage_reactance_ratio_hv", 0.5),
        parallel=wholes(rows, "parallel", 1),
        derating=floats(rows, "df", 1.0),
        is_in_service=flags(rows, "in_service", default=True),
        **{str(name): taps[name].to_numpy() for name in taps},
    )
    turned = (table["vn_hv_kv"] < table["vn_lv_kv"]).to_numpy()
    problems += list_problem(
        "transformer_ends_swapped",
        "note",
        "transformers",
        table.index[turned],
        zh="{n} 台变压器的高低压侧在文件中颠倒，已调换，电气含义不变",
        en="{n} transformers are listed low side first; their ends were swapped, their electrical "
        "meaning is the same",
    )
    return _turn_round(table, turned), problems


def _turn_round(table: pd.DataFrame, turned: Bools) -> pd.DataFrame:
    """Swap the ends of some transformers: the T model is the same seen from either side."""
    if not turned.any():
        return table
    table = table.copy()
    for first, second in (("hv_node", "lv_node"), ("vn_hv_kv", "vn_lv_kv")):
        kept = table.loc[turned, first].to_numpy()
        table.loc[turned, first] = table.loc[turned, second].to_numpy()
        table.loc[turned, second] = kept
    for share in ("leakage_r_ratio_hv", "leakage_x_ratio_hv"):
        table.loc[turned, share] = 1.0 - table.loc[turned, share]
    table.loc[turned, "shift_degree"] = -table.loc[turned, "shift_degree"]
    side = table.loc[turned, "tap_side"].map({"hv": "lv", "lv": "hv"}).fillna("")
    table.loc[turned, "tap_side"] = side
    return table


def _read_bays(net: Net) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the spare bays a file states in the column `spare_bays` of its buses."""
    rows = net["bus"]
    stated = texts(rows, "spare_bays") != ""
    count = wholes(rows, "spare_bays", -1)
    is_usable = (count >= 0) & (count <= MOST_BAYS)
    problems = list_problem(
        "spare_bays_unusable",
        "warning",
        "nodes",
        ids("bus", rows.index[stated & ~is_usable]),
        zh=f"{{n}} 个节点的 spare_bays 不是 0 至 {MOST_BAYS} 的整数，未导入备用间隔",
        en=f"spare_bays of {{n}} nodes is no whole number from 0 to {MOST_BAYS}: no bay was "
        "carried over",
    )
    ownership = texts(rows, "ownership", "unknown")
    bays = spare_bays(ids("bus", rows.index), np.where(is_usable, count, 0), ownership)
    return bays, problems


def _find_unreadable_dates(net: Net) -> list[Problem]:
    problems: list[Problem] = []
    for source, table in (("bus", "nodes"), ("line", "lines"), ("trafo", "transformers")):
        rows = net[source]
        unreadable = np.zeros(len(rows), dtype=bool)
        for name in DATES:
            if name in rows:
                unreadable |= (texts(rows, name) != "") & np.isnat(dates(rows, name))
        problems += list_problem(
            "date_unreadable",
            "warning",
            table,
            ids(source, rows.index[unreadable]),
            zh="{n} 个元件的投运或计划拆除日期无法读取，已留空；应写作 2026-01-31",
            en="the commissioning or removal date of {n} elements cannot be read and was left out; "
            "write it as 2026-01-31",
        )
    return problems
