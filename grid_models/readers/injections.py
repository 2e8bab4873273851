"""Loads, generators, shunts and sources of a pandapower net as tables of a `Grid`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from grid_models.grid import Problem
from grid_models.readers.columns import (
    Floats,
    Net,
    Texts,
    flags,
    floats,
    grid_rows,
    ids,
    joined,
    links,
    list_problem,
    looked_up,
    texts,
)
from grid_models.readers.phases import split_phases, stated_phases

__all__ = ["find_asymmetry", "read_generators", "read_loads", "read_shunts", "read_sources"]

_KILO = 1e3


def read_loads(net: Net) -> pd.DataFrame:
    """Return loads, motors, asymmetric loads and the constant power of wards."""
    return joined("loads", _load(net), _motor(net), _asymmetric_load(net), _ward_load(net))


def read_generators(net: Net) -> pd.DataFrame:
    """Return generators of given power, storage (what it gives is positive), and PV buses."""
    return joined("generators", _sgen(net), _asymmetric_sgen(net), _storage(net), _holding_gen(net))


def read_sources(net: Net) -> pd.DataFrame:
    """Return external grids and the generators that are slack."""
    return joined("sources", _ext_grid(net), _slack_gen(net))


def _load(net: Net) -> pd.DataFrame:
    rows = net["load"]
    shares: dict[str, Floats] = {}
    for part in ("z", "i"):
        # nets before pandapower 3 have one share for p and q
        both = floats(rows, f"const_{part}_percent", 0.0)
        for axis in ("p", "q"):
            column = f"const_{part}_{axis}_percent"
            shares[f"const_{part}_{axis}_pct"] = (
                floats(rows, column, 0.0) if column in rows else both
            )
    return _at_bus("loads", "load", rows, **_power(rows), **shares, **stated_phases(rows))


def _motor(net: Net) -> pd.DataFrame:
    rows = net["motor"]
    mechanical_kw = floats(rows, "pn_mech_mw") * _KILO
    p_kw = mechanical_kw / floats(rows, "efficiency_percent") * floats(rows, "loading_percent")
    cos_phi = floats(rows, "cos_phi")
    q_kvar = np.abs(p_kw) * np.sqrt(np.maximum(cos_phi**-2.0 - 1.0, 0.0))
    scaling = floats(rows, "scaling", 1.0)
    return _at_bus("loads", "motor", rows, p_kw=p_kw, q_kvar=q_kvar, scaling=scaling)


def _asymmetric_load(net: Net) -> pd.DataFrame:
    return _by_phase("loads", "asymmetric_load", net["asymmetric_load"])


def _ward_load(net: Net) -> pd.DataFrame:
    rows = net["ward"]
    p_kw, q_kvar = floats(rows, "ps_mw") * _KILO, floats(rows, "qs_mvar") * _KILO
    return _at_bus("loads", "ward", rows, p_kw=p_kw, q_kvar=q_kvar)


def _sgen(net: Net) -> pd.DataFrame:
    rows = net["sgen"]
    power = _power(rows) | {"sn_kva": _known(rows, "sn_mva", _KILO)}
    table = _at_bus("generators", "sgen", rows, **power)
    return table if "kind" in table else table.assign(kind=_kind(rows))


def _kind(rows: pd.DataFrame) -> Texts:
    """Return the type of generators; of those without one, what machine they are if any."""
    kind, machine = texts(rows, "type"), texts(rows, "generator_type")
    says_nothing = np.isin(kind, ("", "None", "wye", "delta"))
    rotates = np.isin(machine, ("async", "async_doubly_fed"))
    return np.where(says_nothing & rotates, machine, kind).astype(object)


def _asymmetric_sgen(net: Net) -> pd.DataFrame:
    def more(rows: pd.DataFrame) -> dict[str, Any]:
        known = {"sn_kva": _known(rows, "sn_mva", _KILO)}
        # a kind the file states itself is found with the other stated columns
        return known if "kind" in rows else known | {"kind": texts(rows, "type")}

    return _by_phase("generators", "asymmetric_sgen", net["asymmetric_sgen"], more)


def _by_phase(
    table: str,
    source: str,
    rows: pd.DataFrame,
    more: Callable[[pd.DataFrame], dict[str, Any]] = lambda _: {},
) -> pd.DataFrame:
    """Return asymmetric elements with their shares of phases.

    One whose phases differ in power factor becomes up to three, named after their phases.
    """
    found = split_phases(rows)
    parts = rows.iloc[found.row]
    columns = {"p_kw": found.p_mw * _KILO, "q_kvar": found.q_mvar * _KILO}
    columns["scaling"] = floats(parts, "scaling", 1.0)
    made = _at_bus(table, source, parts, **columns, **found.shares, **more(parts))
    made.index = pd.Index(_names_by_phase(source, rows), dtype=object)
    return made


def _names_by_phase(source: str, rows: pd.DataFrame) -> Texts:
    found = split_phases(rows)
    return np.asarray(ids(source, rows.index[found.row]) + found.suffix, dtype=object)


def _storage(net: Net) -> pd.DataFrame:
    power = _power(net["storage"])
    power |= {"p_kw": -power["p_kw"], "q_kvar": -power["q_kvar"]}
    power["sn_kva"] = _known(net["storage"], "sn_mva", _KILO)
    return _at_bus("generators", "storage", net["storage"], **power).assign(kind="storage")


def _holding_gen(net: Net) -> pd.DataFrame:
    """Return the generators that hold a voltage, the slack ones apart."""
    rows = net["gen"][~flags(net["gen"], "slack", default=False)]
    return _at_bus(
        "generators",
        "gen",
        rows,
        p_kw=floats(rows, "p_mw") * _KILO,
        scaling=floats(rows, "scaling", 1.0),
        sn_kva=_known(rows, "sn_mva", _KILO),
        v_pu=floats(rows, "vm_pu", 1.0),
        q_min_kvar=floats(rows, "min_q_mvar") * _KILO,
        q_max_kvar=floats(rows, "max_q_mvar") * _KILO,
    )


def read_shunts(net: Net) -> tuple[pd.DataFrame, list[Problem]]:
    """Return shunts and the constant impedance of wards."""
    rows = net["shunt"]
    shunts = _at_bus(
        "shunts",
        "shunt",
        rows,
        p_kw=floats(rows, "p_mw", 0.0) * _KILO,
        q_kvar=floats(rows, "q_mvar", 0.0) * _KILO,
        vn_kv=floats(rows, "vn_kv"),
        step=floats(rows, "step", 1.0),
    )
    tabled = flags(rows, "step_dependency_table", default=False)
    problems: list[Problem] = []
    if tabled.any():
        table = net.get("shunt_characteristic_table", pd.DataFrame())
        value = looked_up(rows, table, "step", ("p_mw", "q_mvar"))
        missing = tabled & np.isnan(value["q_mvar"])
        shunts.loc[tabled, "step"] = 1.0
        shunts.loc[tabled, "p_kw"] = np.nan_to_num(value["p_mw"][tabled]) * _KILO
        shunts.loc[tabled, "q_kvar"] = np.nan_to_num(value["q_mvar"][tabled]) * _KILO
        problems = list_problem(
            "shunt_table_missing",
            "error",
            "shunts",
            shunts.index[missing],
            zh="{n} 个并联补偿装置的特性表缺少当前档位，按零计",
            en="the table of {n} shunts has no row for the present step: they count as nothing",
        )
    return joined("shunts", shunts, _ward_shunt(net)), problems


def _ward_shunt(net: Net) -> pd.DataFrame:
    rows = net["ward"]
    p_kw, q_kvar = floats(rows, "pz_mw") * _KILO, floats(rows, "qz_mvar") * _KILO
    return _at_bus("shunts", "ward", rows, p_kw=p_kw, q_kvar=q_kvar)


def _ext_grid(net: Net) -> pd.DataFrame:
    rows = net["ext_grid"]
    columns = {
        "v_pu": floats(rows, "vm_pu", 1.0),
        "angle_degree": floats(rows, "va_degree", 0.0),
        "short_circuit_mva": floats(rows, "s_sc_max_mva"),
        "short_circuit_r_x": floats(rows, "rx_max"),
        "short_circuit_min_mva": _known(rows, "s_sc_min_mva"),
        "short_circuit_min_r_x": floats(rows, "rx_min"),
    }
    return _at_bus("sources", "ext_grid", rows, **columns)


def _slack_gen(net: Net) -> pd.DataFrame:
    """Return the generators that hold voltage and angle, as an external grid does."""
    rows = net["gen"][flags(net["gen"], "slack", default=False)]
    return _at_bus("sources", "gen", rows, v_pu=floats(rows, "vm_pu", 1.0))


def find_asymmetry(net: Net) -> list[Problem]:
    """List the elements whose phases differ: only the unbalanced solution heeds them."""
    problems: list[Problem] = []
    for name, table in (("asymmetric_load", "loads"), ("asymmetric_sgen", "generators")):
        problems += list_problem(
            "asymmetry_ignored",
            "warning",
            table,
            _names_by_phase(name, net[name]),
            zh="{n} 个不对称元件除单相校验外按三相之和的对称功率计",
            en="{n} asymmetric elements count as the sum of their phases, but where a "
            "single-phase customer is checked by phase",
        )
    return problems


def _known(rows: pd.DataFrame, column: str, factor: float = 1.0) -> Floats:
    """Return a rating in other units; zero or less is none that anybody knew."""
    values = floats(rows, column) * factor
    return np.where(values > 0.0, values, np.nan)


def _power(rows: pd.DataFrame) -> dict[str, Floats]:
    return {
        "p_kw": floats(rows, "p_mw") * _KILO,
        "q_kvar": floats(rows, "q_mvar", 0.0) * _KILO,
        "scaling": floats(rows, "scaling", 1.0),
    }


def _at_bus(table: str, source: str, rows: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    service = flags(rows, "in_service", default=True)
    return grid_rows(
        table, source, rows, node=ids("bus", links(rows, "bus")), is_in_service=service, **columns
    )
