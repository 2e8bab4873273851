"""pandapower as the referee: a grid as its net, and its answer as a `PowerFlowResult`.

Nothing is merged, cut or turned into per unit here: the referee gets the tables as they are, so
that it is a second opinion on `network` and `compiled` as well as on the solvers. Row k of a table
is index k of the net, and its id is the element's name.
"""

from __future__ import annotations

import warnings
from copy import deepcopy
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.errors import MissingExtraError
from grid_models.grid import Grid
from grid_models.solvers.result import PowerFlowResult

__all__ = ["load_pandapower", "solve_net", "solve_reference", "to_pandapower"]

# Tried in turn: how to start, and the largest mismatch of power (MVA) that counts as a solution.
# Where very short lines make numbers large, rounding alone leaves more than the first one.
_ATTEMPTS = (("auto", 1e-10), ("flat", 1e-10), ("auto", 1e-8), ("flat", 1e-8))
_KILO = 1000.0
_TAP_TYPES = {"ratio": "Ratio", "symmetrical": "Symmetrical", "ideal": "Ideal"}
_SWITCH_TYPES = {"circuit_breaker": "CB", "load_break": "LBS", "disconnector": "DS"}

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def solve_reference(grid: Grid) -> PowerFlowResult:
    """Solve the AC power flow of a grid with pandapower.

    A grid without a solution, or with data pandapower fails at, is a failure with a reason in the
    result, not an exception.

    Raises
    ------
    MissingExtraError
        If pandapower is not installed.
    """
    net = to_pandapower(grid)
    alive = grid.nodes["is_in_service"].reindex(grid.sources["node"]).eq(other=True).to_numpy()
    sources = grid.sources.index[grid.sources["is_in_service"].to_numpy() & alive]
    failure = solve_net(net) if len(sources) else None
    if failure is not None or not len(sources):
        for table in ("res_bus", "res_line", "res_trafo"):
            net[table] = net[table].iloc[:0]
    return PowerFlowResult(
        nodes=_results(net.res_bus, grid.nodes.index, v_pu="vm_pu", angle_degree="va_degree"),
        lines=_currents(net.res_line, grid.lines, "from", "to"),
        transformers=_currents(net.res_trafo, grid.transformers, "hv", "lv"),
        engines=dict.fromkeys(sources, "pandapower"),
        failures=dict.fromkeys(sources, failure) if failure else {},
    )


def to_pandapower(grid: Grid) -> Any:
    """Return the grid as a pandapower net.

    A line without impedance becomes a bus-bus switch, since it holds its ends at one voltage. What
    names a node that does not exist is left out.

    Raises
    ------
    MissingExtraError
        If pandapower is not installed.
    """
    pandapower = load_pandapower()
    with warnings.catch_warnings():
        # pandapower builds its tables in ways that pandas is about to forbid
        warnings.simplefilter("ignore")
        net = deepcopy(_empty_net())
        net.name, net.f_hz = grid.metadata.name, grid.metadata.frequency_hz
        pandapower.create_buses(
            net,
            len(grid.nodes),
            vn_kv=grid.nodes["vn_kv"].to_numpy(),
            name=grid.nodes.index.to_numpy(),
            in_service=grid.nodes["is_in_service"].to_numpy(),
            index=np.arange(len(grid.nodes)),
        )
        _add_lines(pandapower, net, grid)
        _add_transformers(pandapower, net, grid)
        _add_switches(pandapower, net, grid)
        _add_injections(pandapower, net, grid)
    return net


def load_pandapower() -> Any:
    """Return pandapower, which is optional and takes seconds to import.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import pandapower  # noqa: PLC0415 - takes seconds, and is optional
    except ImportError as error:
        raise MissingExtraError("pandapower") from error
    return pandapower


@cache
def _empty_net() -> Any:
    """Return a net without elements; making one costs more than solving it."""
    return load_pandapower().create_empty_network(sn_mva=1.0)


def solve_net(net: Any) -> str | None:
    """Solve a net in place; a text says why there is no solution."""
    pandapower = load_pandapower()
    for init, tolerance_mva in _ATTEMPTS:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pandapower.runpp(
                    net,
                    init=init,
                    tolerance_mva=tolerance_mva,
                    calculate_voltage_angles=True,
                    trafo_model="t",
                    trafo_loading="current",
                    voltage_depend_loads=True,
                    enforce_q_lims=bool(len(net.gen)),
                )
        except pandapower.LoadflowNotConverged as error:
            reason = f"pandapower found no voltage solution: {error}"
        except Exception as error:  # it has no class of its own for data it cannot compute with
            reason = f"pandapower could not compute it: {type(error).__name__} {error}".rstrip()
        else:
            return None
    return reason


def _ends(grid: Grid, rows: pd.DataFrame, *columns: str) -> Ints:
    """Bus of each named node, -1 where there is none; one row a column."""
    return np.stack([grid.nodes.index.get_indexer(pd.Index(rows[c])) for c in columns])


def _is_bridge(lines: pd.DataFrame) -> Bools:
    """Say which lines have no impedance at all."""
    ohm_per_km = lines["r_ohm_per_km"].abs() + lines["x_ohm_per_km"].abs()
    return np.asarray(ohm_per_km * lines["length_m"] == 0.0)


def _add_lines(pandapower: Any, net: Any, grid: Grid) -> None:
    ends = _ends(grid, grid.lines, "from_node", "to_node")
    kept = np.flatnonzero((ends >= 0).all(axis=0) & ~_is_bridge(grid.lines))
    rows = grid.lines.iloc[kept]
    if rows.empty:
        return
    in_use = rows["derating"] * rows["parallel"]
    # where the ampacity is unknown, the stated limit of all circuits stands for it
    named_a = grid.limits.groupby("element_id")["limit_a"].min().reindex(rows.index)
    pandapower.create_lines_from_parameters(
        net,
        *ends[:, kept],
        length_km=rows["length_m"].to_numpy() / _KILO,
        r_ohm_per_km=rows["r_ohm_per_km"].to_numpy(),
        x_ohm_per_km=rows["x_ohm_per_km"].to_numpy(),
        c_nf_per_km=rows["c_nf_per_km"].to_numpy(),
        g_us_per_km=rows["g_us_per_km"].to_numpy(),
        max_i_ka=rows["ampacity_a"].fillna(named_a / in_use).to_numpy() / _KILO,
        df=rows["derating"].to_numpy(),
        parallel=rows["parallel"].to_numpy(),
        in_service=rows["is_in_service"].to_numpy(),
        name=rows.index.to_numpy(),
        index=kept,
    )


def _add_transformers(pandapower: Any, net: Any, grid: Grid) -> None:
    ends = _ends(grid, grid.transformers, "hv_node", "lv_node")
    kept = np.flatnonzero((ends >= 0).all(axis=0))
    rows = grid.transformers.iloc[kept]
    if rows.empty:
        return
    # pandapower refuses an ideal phase shifter that has both kinds of step: the angle decides
    by_angle = rows["tap_changer_type"].eq("ideal") & rows["tap_step_degree"].ne(0.0)
    pandapower.create_transformers_from_parameters(
        net,
        *ends[:, kept],
        sn_mva=rows["sn_kva"].to_numpy() / _KILO,
        vn_hv_kv=rows["vn_hv_kv"].to_numpy(),
        vn_lv_kv=rows["vn_lv_kv"].to_numpy(),
        vk_percent=rows["vk_pct"].to_numpy(),
        vkr_percent=rows["vkr_pct"].to_numpy(),
        pfe_kw=rows["pfe_w"].to_numpy() / _KILO,
        i0_percent=rows["i0_pct"].to_numpy(),
        shift_degree=rows["shift_degree"].to_numpy(),
        vector_group=_words(rows["vector_group"]),
        tap_side=_words(rows["tap_side"]),
        tap_neutral=rows["tap_neutral"].to_numpy(),
        tap_pos=rows["tap_pos"].to_numpy(),
        tap_min=rows["tap_min"].to_numpy(),
        tap_max=rows["tap_max"].to_numpy(),
        tap_step_percent=rows["tap_step_pct"].mask(by_angle).to_numpy(),
        tap_step_degree=rows["tap_step_degree"].to_numpy(),
        tap_changer_type=_words(rows["tap_changer_type"].map(_TAP_TYPES)),
        leakage_resistance_ratio_hv=rows["leakage_r_ratio_hv"].to_numpy(),
        leakage_reactance_ratio_hv=rows["leakage_x_ratio_hv"].to_numpy(),
        parallel=rows["parallel"].to_numpy(),
        df=rows["derating"].to_numpy(),
        in_service=rows["is_in_service"].to_numpy(),
        name=rows.index.to_numpy(),
        index=kept,
    )


def _words(values: pd.Series[str]) -> npt.NDArray[np.object_]:
    """Texts with None where there is nothing to say."""
    texts = values.to_numpy(object)
    return np.array([text if isinstance(text, str) and text else None for text in texts], object)


def _add_switches(pandapower: Any, net: Any, grid: Grid) -> None:
    switches = grid.switches
    bridges = _bridging(grid)
    for kind, et, table, first in (
        ("node", "b", grid.nodes, None),
        ("line", "l", grid.lines, "from_node"),
        ("transformer", "t", grid.transformers, "hv_node"),
    ):
        rows = switches[switches["element_kind"] == kind]
        bus = _ends(grid, rows, "node")[0]
        element = table.index.get_indexer(pd.Index(rows["element_id"]))
        if first is not None:
            # a switch is at the first end or, wherever else it may say it stands, at the second
            ends = _ends(grid, table, first, "to_node" if kind == "line" else "lv_node")
            bus = np.where(ends[0, element] == bus, bus, ends[1, element])
            carried = net.line.index if kind == "line" else net.trafo.index
            known = np.isin(element, carried)
        else:
            known = (bus >= 0) & (element >= 0)
        rows, bus, element = rows[known], bus[known], element[known]
        if rows.empty:
            continue
        pandapower.create_switches(
            net,
            bus,
            element,
            et,
            closed=rows["is_closed"].to_numpy(),
            z_ohm=rows["z_ohm"].to_numpy() if kind == "node" else 0.0,
            type=_words(rows["kind"].map(_SWITCH_TYPES)),
            name=rows.index.to_numpy(),
        )
    if len(bridges):
        ends = _ends(grid, bridges, "from_node", "to_node")
        pandapower.create_switches(net, *ends, "b", name=bridges.index.to_numpy())


def _bridging(grid: Grid) -> pd.DataFrame:
    """Lines without impedance that join their two nodes into one point."""
    lines, switches = grid.lines, grid.switches
    opened = switches["element_id"][switches["element_kind"].eq("line") & ~switches["is_closed"]]
    known = (_ends(grid, lines, "from_node", "to_node") >= 0).all(axis=0)
    bridges = known & _is_bridge(lines) & lines["is_in_service"].to_numpy()
    rows: pd.DataFrame = lines.loc[bridges & ~lines.index.isin(opened)]
    return rows


def _add_injections(pandapower: Any, net: Any, grid: Grid) -> None:
    def placed(rows: pd.DataFrame) -> tuple[pd.DataFrame, Ints]:
        bus = _ends(grid, rows, "node")[0]
        return rows[bus >= 0], bus[bus >= 0]

    def power(rows: pd.DataFrame) -> dict[str, Any]:
        return {
            "p_mw": rows["p_kw"].to_numpy() / _KILO,
            "q_mvar": rows["q_kvar"].to_numpy() / _KILO,
            "in_service": rows["is_in_service"].to_numpy(),
            "name": rows.index.to_numpy(),
        }

    loads, bus = placed(grid.loads)
    if len(loads):
        shares = {
            f"const_{part}_{axis}_percent": loads[f"const_{part}_{axis}_pct"].to_numpy()
            for part in "zi"
            for axis in "pq"
        }
        scaling = loads["scaling"].to_numpy()
        pandapower.create_loads(net, bus, scaling=scaling, **power(loads), **shares)
    holds = grid.generators["v_pu"].notna()
    generators, bus = placed(grid.generators[~holds])
    if len(generators):
        scaling = generators["scaling"].to_numpy()
        pandapower.create_sgens(net, bus, scaling=scaling, **power(generators))
    generators, bus = placed(grid.generators[holds])
    if len(generators):
        given = power(generators)
        del given["q_mvar"]
        pandapower.create_gens(
            net,
            bus,
            vm_pu=generators["v_pu"].to_numpy(),
            min_q_mvar=generators["q_min_kvar"].to_numpy() / _KILO,
            max_q_mvar=generators["q_max_kvar"].to_numpy() / _KILO,
            scaling=generators["scaling"].to_numpy(),
            **given,
        )
    shunts, bus = placed(grid.shunts)
    if len(shunts):
        own_kv = grid.nodes["vn_kv"].to_numpy()[bus]
        # pandapower counts whole steps only
        at_step = shunts.assign(
            p_kw=shunts["p_kw"] * shunts["step"], q_kvar=shunts["q_kvar"] * shunts["step"]
        )
        rated_kv = np.where(np.isnan(shunts["vn_kv"]), own_kv, shunts["vn_kv"])
        pandapower.create_shunts(net, bus, vn_kv=rated_kv, **power(at_step))
    sources, bus = placed(grid.sources)
    for (name, source), at in zip(sources.iterrows(), bus, strict=True):
        pandapower.create_ext_grid(
            net,
            at,
            vm_pu=source["v_pu"],
            va_degree=source["angle_degree"],
            s_sc_max_mva=source["short_circuit_mva"],
            rx_max=source["short_circuit_r_x"],
            s_sc_min_mva=source["short_circuit_min_mva"],
            rx_min=source["short_circuit_min_r_x"],
            in_service=source["is_in_service"],
            name=name,
        )


def _results(results: pd.DataFrame, index: pd.Index[str], **columns: str) -> pd.DataFrame:
    """Columns of a result table by id; NaN where there is no result."""
    rows = results.reindex(np.arange(len(index)))
    return pd.DataFrame(
        {name: rows[column].to_numpy(np.float64) for name, column in columns.items()}, index=index
    )


def _currents(results: pd.DataFrame, table: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    rows = _results(
        results,
        table.index,
        i_from_a=f"i_{first}_ka",
        i_to_a=f"i_{second}_ka",
        loading_pct="loading_percent",
    )
    return rows.assign(i_from_a=rows["i_from_a"] * _KILO, i_to_a=rows["i_to_a"] * _KILO)
