"""The demonstration's district as a pandapower net, written from its tables and nothing else.

A row keeps the number of its id: ``node:12`` is bus 12, ``transformer:3`` trafo 3, ``source:1``
ext_grid 1. What a dispatcher's list allows is written as the rated current of the line's switch.
"""

from __future__ import annotations

import json
import re
import warnings
from typing import Any

import numpy as np
import pandapower as pp
import shapely

TYPES = {"cable": "cs", "overhead": "ol"}
TABLES = (("node", "bus"), ("transformer", "trafo"), ("source", "ext_grid"))


def district_at(grid: Any, season: str, quarter_hour: int) -> Any:
    """The grid's tables in one quarter hour: loads by their curves, limits of that season."""
    rows = grid.curves[(grid.curves.season == season) & (grid.curves.quarter_hour == quarter_hour)]
    factors = rows.set_index("curve_id")
    loads = grid.loads
    p, q = (loads.curve_id.map(factors[name]).fillna(1.0) for name in ("p_pu", "q_pu"))
    limits = grid.limits[grid.limits.season.isin(["all", season])]
    return grid.with_tables(
        loads=loads.assign(p_kw=loads.p_kw * p, q_kvar=loads.q_kvar * q), limits=limits
    )


def district_net(grid: Any) -> pp.pandapowerNet:
    """The net of a synthetic grid, with what its tables say of owners, bays and stations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = pp.create_empty_network(f_hz=grid.metadata.frequency_hz)
        _buses(net, grid)
        _lines(net, grid.lines)
        _transformers(net, grid.transformers)
        _switches(net, grid)
        loads = grid.loads
        pp.create_loads(
            net, _numbers(loads.node), p_mw=loads.p_kw.to_numpy() / 1000.0,
            q_mvar=loads.q_kvar.to_numpy() / 1000.0,
            scaling=loads.scaling.to_numpy(), in_service=loads.is_in_service.to_numpy(),
        )  # fmt: skip
        for name, row in grid.sources.iterrows():
            pp.create_ext_grid(
                net, _number(row.node), vm_pu=row.v_pu, va_degree=row.angle_degree,
                s_sc_max_mva=row.short_circuit_mva, rx_max=row.short_circuit_r_x,
                index=_number(name),
            )  # fmt: skip
        assert grid.generators.empty
        assert grid.shunts.empty
        pp.runpp(net)
    return net


def _buses(net: pp.pandapowerNet, grid: Any) -> None:
    rows, bays = grid.nodes, grid.bays
    spare = bays[bays.is_spare & (bays.ownership == "public")].node.value_counts()
    pp.create_buses(
        net, len(rows), vn_kv=rows.vn_kv.to_numpy(), index=_numbers(rows.index),
        in_service=rows.is_in_service.to_numpy(),
    )  # fmt: skip
    net.bus["geo"] = [
        json.dumps({"type": "Point", "coordinates": [lon, lat]})
        for lon, lat in zip(rows.lon, rows.lat, strict=True)
    ]
    for name in ("ownership", "kind", "substation_id"):
        net.bus[name] = rows[name].astype(str).to_numpy()
    net.bus["spare_bays"] = spare.reindex(rows.index).fillna(0).astype(int).to_numpy()
    net.bus["is_going"] = rows.removal_planned_on.notna().to_numpy()


def _lines(net: pp.pandapowerNet, rows: Any) -> None:
    pp.create_lines_from_parameters(
        net, _numbers(rows.from_node), _numbers(rows.to_node),
        length_km=rows.length_m.to_numpy() / 1000.0, r_ohm_per_km=rows.r_ohm_per_km.to_numpy(),
        x_ohm_per_km=rows.x_ohm_per_km.to_numpy(), c_nf_per_km=rows.c_nf_per_km.to_numpy(),
        g_us_per_km=rows.g_us_per_km.to_numpy(), max_i_ka=rows.ampacity_a.to_numpy() / 1000.0,
        df=rows.derating.to_numpy(), parallel=rows.parallel.to_numpy(),
        in_service=rows.is_in_service.to_numpy(), index=_numbers(rows.index),
        type=rows.laying.map(TYPES).astype(object).where(rows.laying.isin(TYPES), None).to_numpy(),
    )  # fmt: skip
    net.line["geo"] = [
        json.dumps({"type": "LineString", "coordinates": shapely.get_coordinates(one).tolist()})
        if one is not None else None
        for one in rows.geometry
    ]  # fmt: skip
    net.line["ownership"] = rows.ownership.astype(str).to_numpy()
    net.line["is_going"] = rows.removal_planned_on.notna().to_numpy()


def _transformers(net: pp.pandapowerNet, rows: Any) -> None:
    assert rows.tap_set_point_pu.isna().all()
    stated = {
        "vn_hv_kv": rows.vn_hv_kv, "vn_lv_kv": rows.vn_lv_kv, "vk_percent": rows.vk_pct,
        "vkr_percent": rows.vkr_pct, "sn_mva": rows.sn_kva / 1000.0, "pfe_kw": rows.pfe_w / 1000.0,
        "i0_percent": rows.i0_pct, "shift_degree": rows.shift_degree, "parallel": rows.parallel,
        "df": rows.derating, "in_service": rows.is_in_service, "tap_side": rows.tap_side,
        "tap_neutral": rows.tap_neutral, "tap_pos": rows.tap_pos, "tap_min": rows.tap_min,
        "tap_max": rows.tap_max, "tap_step_percent": rows.tap_step_pct,
        "tap_step_degree": rows.tap_step_degree,
        "tap_changer_type": rows.tap_changer_type.map({"ratio": "Ratio"}),
    }  # fmt: skip
    pp.create_transformers_from_parameters(
        net, _numbers(rows.hv_node), _numbers(rows.lv_node), index=_numbers(rows.index),
        **{name: values.to_numpy() for name, values in stated.items()},
    )  # fmt: skip
    net.trafo["ownership"] = rows.ownership.astype(str).to_numpy()


def _switches(net: pp.pandapowerNet, grid: Any) -> None:
    rows = grid.switches
    least_a = grid.limits.groupby("element_id").limit_a.min()
    listed = rows.element_id.map(least_a).astype(float)
    codes = {"line": "l", "transformer": "t", "node": "b"}
    assert set(least_a.index) <= set(rows.element_id[rows.is_closed])
    for row in rows.itertuples():
        pp.create_switch(
            net, _number(row.node), _number(row.element_id), codes[row.element_kind],
            closed=bool(row.is_closed), index=_number(row.Index),
        )  # fmt: skip
    kinds = {"circuit_breaker": "CB", "load_break": "LBS", "disconnector": "DS"}
    net.switch["type"] = rows["kind"].map(kinds).to_numpy()
    net.switch["in_ka"] = np.fmin(rows.rated_a.astype(float), listed).to_numpy() / 1000.0


def renamed(document: Any) -> Any:
    """A plan of the district with the net's names for its elements."""
    text = json.dumps(document, ensure_ascii=False)
    for ours, theirs in TABLES:
        text = re.sub(rf'(?<=")(?<!new:){ours}:(\d+)(?=["#])', rf"{theirs}:\1", text)
    return json.loads(text)


def _number(name: Any) -> int:
    return int(str(name).rpartition(":")[2])


def _numbers(names: Any) -> np.ndarray:
    return np.array([_number(name) for name in names])
