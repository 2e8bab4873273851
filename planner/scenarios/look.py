"""Look: one area of the grid, compiled and solved, with every limit that is broken in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.compiled import compile_grid
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.network import LINE, TRANSFORMER
from grid_models.parts import UNFED, Areas, GridPart, cut_out, find_areas
from grid_models.solvers.result import PowerFlowResult
from grid_models.solvers.solve import solve
from planner.rules import Rules
from planner.situation import legal_volts

__all__ = ["Breach", "Key", "Look", "look_at"]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

VOLTS_PER_KV = 1000.0
_FRINGE = -2


class Key(NamedTuple):
    """Which limit of which element."""

    code: str
    element_id: str


class Breach(NamedTuple):
    """By how much a limit is broken; None where there is no number."""

    value: float | None
    limit: float | None
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An area of the grid as it stands: a source tree, a meshed part, or what nothing feeds.

    Parameters
    ----------
    grid
        The area with its fringe.
    own
        Ids of the nodes it answers for.
    model, area
        What it was compiled and solved in, other areas as well, and its number there.
    tree_id
        Id of the source tree or meshed part; None where nothing feeds it.
    sources
        Ids of the sources of a meshed part; empty for a tree.
    nodes
        Own nodes by id: ``vn_kv``, ``v_pu`` and ``v`` (volts), ``low_v``, ``high_v``, ``supplied``;
        ``upper_v``: volts with tap changers at the high end of their bands.
    branches
        Own lines and transformers that are live, by id: ``kind``, ``pct`` (of the limit; NaN where
        it is unknown).
    breaches
        Every broken limit.
    unsupplied_kw
        Loads in service that nothing feeds, by id.
    rings
        Branches it has beyond those of a tree, and sources beyond one.
    """

    grid: Grid
    own: frozenset[str]
    model: GridModel
    area: int
    tree_id: str | None
    sources: tuple[str, ...]
    nodes: pd.DataFrame
    branches: pd.DataFrame
    breaches: Mapping[Key, Breach]
    unsupplied_kw: Mapping[str, float]
    rings: int


def look_at(grid: Grid, own: frozenset[str], rules: Rules) -> list[Look]:
    """Compile and solve a part of a grid, and look at each area it falls into.

    Parameters
    ----------
    own
        Ids of the part's own nodes.
    """
    model = GridModel(compiled=compile_grid(grid), version="", problems=())
    flow = solve(model.compiled, state_of=model.state)
    areas, numbers = _own_areas(model, own)
    # A voltage is too high when it can be so: tap changers at the high end of their bands.
    upper = solve(model.compiled, state_of=model.state, end="high") if model.changers else flow
    nodes = _nodes(grid, flow, upper, legal_volts(rules))
    branches = _branches(grid, flow)
    rows_of = branches.groupby(_area_of_branches(model, own)).indices
    if len(numbers) == 1:
        parts = [GridPart(area=next(iter(numbers)), grid=grid, own=own)]
    else:
        parts = cut_out(grid, areas, numbers)
    looks = []
    for part in parts:
        tree_id, sources, rings = _kind_of(model, part.area)
        unsupplied = _loads_kw(part.grid) if part.area == UNFED else {}
        own_nodes = nodes.loc[sorted(part.own)].assign(supplied=part.area != UNFED)
        rows = rows_of.get(part.area, []) if part.area != UNFED else []
        own_branches = branches.iloc[rows]
        breaches = [
            *_thermal(own_branches, rules),
            *_voltages(own_nodes),
            *((Key("unsupplied", name), Breach(kw, 0.0, "kW")) for name, kw in unsupplied.items()),
        ]
        if tree_id in flow.failures:
            breaches.append((Key("no_solution", tree_id or ""), Breach(None, None, "")))
        looks.append(
            Look(
                grid=part.grid, own=part.own, model=model, area=part.area, tree_id=tree_id,
                sources=sources,
                nodes=own_nodes, branches=own_branches, breaches=dict(breaches),
                unsupplied_kw=unsupplied, rings=rings,
            )
        )  # fmt: skip
    return looks


def _own_areas(model: GridModel, own: frozenset[str]) -> tuple[Areas, set[int]]:
    """Areas of own nodes alone, and their numbers; a source that several share makes none own."""
    areas = find_areas(model.compiled)
    is_own = np.asarray(model.grid.nodes.index.isin(own))
    is_root = np.zeros(len(is_own), dtype=bool)
    for rows, _ in areas.roots:
        is_root[rows] = True
    numbers = {int(number) for number in areas.of_node[is_own & ~is_root]}
    for rows, fed in areas.roots:
        if is_own[rows].any() and fed.isdisjoint(numbers):
            numbers.add(min(fed))
    roots = tuple((rows[is_own[rows]], fed) for rows, fed in areas.roots)
    return Areas(of_node=np.where(is_own, areas.of_node, _FRINGE), roots=roots), numbers


def _kind_of(model: GridModel, area: int) -> tuple[str | None, tuple[str, ...], int]:
    """Id of an area, the sources of one that is meshed, and how many rings it has."""
    compiled, network = model.compiled, model.network
    if area == UNFED:
        return None, (), 0
    if area < len(compiled.trees):
        return compiled.trees[area].tree_id, (), 0
    area -= len(compiled.trees)
    if area >= len(compiled.meshes):
        return compiled.gaps[area - len(compiled.meshes)].tree_id, (), 0
    mesh = compiled.meshes[area]
    rows = network.source_row[np.isin(network.source_bus, mesh.bus)]
    sources = tuple(str(name) for name in model.grid.sources.index[rows])
    return mesh.tree_id, sources, len(mesh.branch) - len(mesh.bus) + len(sources)


def _area_of_branches(model: GridModel, own: frozenset[str]) -> Ints:
    """Area of each line and then of each transformer; `UNFED` where it is dead or not own.

    A meshed part is not cut at its source: what else hangs there is fed, and another part's.
    """
    compiled, network, grid = model.compiled, model.network, model.grid
    branches = network.branches
    of_branch = compiled.tree_of_branch.copy()
    others = [mesh.branch for mesh in compiled.meshes] + [gap.branch for gap in compiled.gaps]
    for number, branch in enumerate(others, start=len(compiled.trees)):
        of_branch[branch] = number
    # By bus, since a line that is open at its far end does not lead there.
    is_own = np.asarray(grid.nodes.index.isin(own))
    foreign = np.zeros(len(network.base_kv), dtype=bool)
    for whose, is_foreign in ((~is_own, True), (is_own, False)):
        bus = network.bus_of_node[whose]
        foreign[bus[bus >= 0]] = is_foreign
    of_branch[foreign[branches.f] | foreign[branches.t]] = UNFED
    found = []
    for kind, table in ((LINE, grid.lines), (TRANSFORMER, grid.transformers)):
        of_kind = branches.kind == kind
        area = np.full(len(table), UNFED, np.int64)
        area[branches.element[of_kind]] = of_branch[of_kind]
        found.append(area)
    return np.concatenate(found)


def _nodes(
    grid: Grid,
    flow: PowerFlowResult,
    upper: PowerFlowResult,
    legal_v: Mapping[float, tuple[float, float]],
) -> pd.DataFrame:
    vn_kv, v_pu = grid.nodes["vn_kv"].to_numpy(), flow.nodes["v_pu"].to_numpy()
    low, high = np.full((2, len(vn_kv)), np.nan)
    for kv, (lowest, highest) in legal_v.items():
        at_level = np.isclose(vn_kv, kv, rtol=1e-6)
        low[at_level], high[at_level] = lowest, highest
    values = {
        "vn_kv": vn_kv, "v_pu": v_pu, "v": v_pu * vn_kv * VOLTS_PER_KV, "low_v": low,
        "high_v": high, "upper_v": upper.nodes["v_pu"].to_numpy() * vn_kv * VOLTS_PER_KV,
    }  # fmt: skip
    return pd.DataFrame(values, index=grid.nodes.index)


def _branches(grid: Grid, flow: PowerFlowResult) -> pd.DataFrame:
    """Every line and then every transformer, in percent of its limit."""
    named_a = grid.limits.groupby("element_id")["limit_a"].min()
    lines, coils = grid.lines, grid.transformers
    rated_kva = coils["sn_kva"] * coils["derating"] * coils["parallel"]
    parts = []
    for kind, rated_a, result in (
        ("line", lines["ampacity_a"] * lines["derating"] * lines["parallel"], flow.lines),
        ("transformer", rated_kva / (np.sqrt(3.0) * coils["vn_hv_kv"]), flow.transformers),
    ):
        named = named_a.reindex(rated_a.index).to_numpy()
        limit_a = pd.Series(np.fmin(rated_a.to_numpy(), named), index=rated_a.index)
        pct = result["loading_pct"] * rated_a.fillna(limit_a) / limit_a
        parts.append(pd.DataFrame({"kind": kind, "pct": pct}))
    return pd.concat(parts)


def _loads_kw(grid: Grid) -> dict[str, float]:
    loads = grid.loads[grid.loads["is_in_service"]]
    kw = loads["p_kw"] * loads["scaling"]
    taken = kw.ne(0.0) | loads["q_kvar"].ne(0.0)
    return {str(name): float(value) for name, value in kw[taken].items()}


def _thermal(branches: pd.DataFrame, rules: Rules) -> Iterator[tuple[Key, Breach]]:
    for kind in ("line", "transformer"):
        code = f"thermal_{kind}"
        limit = rules.number(code)
        pct = branches["pct"][branches["kind"] == kind]
        for name, value in pct[pct > limit].items():
            yield Key(code, str(name)), Breach(float(value), limit, "%")


def _voltages(nodes: pd.DataFrame) -> Iterator[tuple[Key, Breach]]:
    for code, of, column, is_broken in (
        ("voltage_low", "v", "low_v", nodes["v"] < nodes["low_v"]),
        ("voltage_high", "upper_v", "high_v", nodes["upper_v"] > nodes["high_v"]),
    ):
        broken = nodes[is_broken]
        for name, v, limit in zip(broken.index, broken[of], broken[column], strict=True):
            yield Key(code, str(name)), Breach(float(v), float(limit), "V")
