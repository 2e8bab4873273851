"""Network: a grid as buses and pi branches in per unit, electrically equal nodes merged.

This is the common ground of every solver. Base power is 1 MVA, base voltage the node's `vn_kv`.
A branch is a pi circuit between ``v_from / ratio`` and ``v_to`` with shunts at its two inner ends::

    from --(ratio:1)--+--[ r + jx ]--+-- to
                      |              |
                  g_from+jb_from  g_to+jb_to

"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from grid_models.grid import Grid
from grid_models.injections import sum_injections
from grid_models.transformers import BASE_MVA, TransformerPi, transformer_pi

__all__ = [
    "BASE_MVA", "LINE", "SWITCH", "TRANSFORMER", "Branches", "Network", "branch_values",
    "build_network",
]  # fmt: skip

LINE, TRANSFORMER, SWITCH = 0, 1, 2
# A closed switch with an impedance: pandapower's default ratio of resistance to reactance.
SWITCH_RX_RATIO = 2.0

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """Branches in per unit; arrays of one length, one entry a branch.

    Parameters
    ----------
    kind, element
        LINE, TRANSFORMER or SWITCH, and the row of that element in its table.
    f, t
        Bus numbers of the two ends.
    r, x, g_from, b_from, g_to, b_to
        Series impedance and end shunts of all circuits together.
    ratio, shift_degree
        Off-nominal ratio and phase shift on the from side.
    rating_from, rating_to
        Rated current of all circuits at either end, pu. Where it is unknown: the line's least
        `limit_a` entry, inf if there is none.
    """

    kind: Ints
    element: Ints
    f: Ints
    t: Ints
    r: Floats
    x: Floats
    g_from: Floats
    b_from: Floats
    g_to: Floats
    b_to: Floats
    ratio: Floats
    shift_degree: Floats
    rating_from: Floats
    rating_to: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Buses, branches, loads and sources in per unit.

    Parameters
    ----------
    bus_of_node
        Bus of each node of the grid's table, -1 if out of service.
    node_of_bus
        First node of each bus; -1 for the free end of a line with an open switch.
    base_kv
        Nominal voltage of each bus.
    p, q
        Constant power taken, pu.
    p_current, q_current
        Power taken at 1 pu by loads of constant current.
    g, b
        Shunt admittance to earth, pu.
    source_bus, source_v, source_angle_degree
        Ideal sources.
    """

    grid: Grid
    bus_of_node: Ints
    node_of_bus: Ints
    base_kv: Floats
    p: Floats
    q: Floats
    p_current: Floats
    q_current: Floats
    g: Floats
    b: Floats
    source_bus: Ints
    source_row: Ints
    source_v: Floats
    source_angle_degree: Floats
    branches: Branches


# What data that are missing or absurd give here is told later, by `gaps` and `find_problems`.
@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def build_network(grid: Grid) -> Network:
    """Merge what is one point electrically and express the grid in per unit."""
    nodes = grid.nodes
    position = pd.Series(np.arange(len(nodes)), index=nodes.index)
    alive = nodes["is_in_service"].to_numpy()
    line_from, line_to = (_positions(position, grid.lines[c]) for c in ("from_node", "to_node"))
    open_from, open_to = _open_ends(grid, "line", grid.lines, "from_node")
    z_ohm = _line_impedance(grid.lines)
    line_alive = grid.lines["is_in_service"].to_numpy() & (line_from >= 0) & (line_to >= 0)
    bridged = line_alive & (z_ohm == 0) & ~open_from & ~open_to

    label = _merge(grid, position, alive, (line_from[bridged], line_to[bridged]))
    used, bus_of_node = np.unique(np.where(alive, label, -1), return_inverse=True)
    bus_of_node = bus_of_node - (used[0] == -1 if len(used) else 0)
    bus_of_node = np.where(alive, bus_of_node, -1).astype(np.int64)
    count = int(bus_of_node.max(initial=-1)) + 1
    node_of_bus = np.full(count, -1, np.int64)
    node_of_bus[bus_of_node[alive][::-1]] = np.flatnonzero(alive)[::-1]
    base_kv = nodes["vn_kv"].to_numpy()[node_of_bus]

    lines = _line_ends(
        _bus(bus_of_node, line_from),
        _bus(bus_of_node, line_to),
        open_from=open_from,
        open_to=open_to,
        alive=line_alive & ~bridged,
        count=count,
    )
    hv, lv = (_positions(position, grid.transformers[c]) for c in ("hv_node", "lv_node"))
    no_hv, no_lv = _open_ends(grid, "transformer", grid.transformers, "hv_node")
    transformer_alive = (
        grid.transformers["is_in_service"].to_numpy()
        & (_bus(bus_of_node, hv) >= 0)
        & (_bus(bus_of_node, lv) >= 0)
    )
    coils = _line_ends(
        _bus(bus_of_node, hv),
        _bus(bus_of_node, lv),
        open_from=no_hv,
        open_to=no_lv,
        alive=transformer_alive,
        count=count + lines.added,
    )
    added = lines.added + coils.added
    line_kv = nodes["vn_kv"].to_numpy()[np.maximum(line_from, 0)]
    free_kv = np.concatenate(
        [
            line_kv[lines.free_of],
            np.where(
                no_hv[coils.free_of],
                nodes["vn_kv"].to_numpy()[np.maximum(hv, 0)][coils.free_of],
                nodes["vn_kv"].to_numpy()[np.maximum(lv, 0)][coils.free_of],
            ),
        ]
    )
    base_kv = np.concatenate([base_kv, free_kv])
    node_of_bus = np.concatenate([node_of_bus, np.full(added, -1, np.int64)])
    branches = _join(
        _line_branches(grid, lines, z_ohm, base_kv),
        _transformer_branches(grid, coils, base_kv),
        _switch_branches(grid, position, bus_of_node, base_kv),
    )
    power = sum_injections(grid, bus_of_node, base_kv)
    branches = _drop_shorted(branches, power)
    sources = grid.sources[grid.sources["is_in_service"]]
    source_bus = _bus(bus_of_node, _positions(position, sources["node"]))
    known = source_bus >= 0
    return Network(
        grid=grid,
        bus_of_node=bus_of_node,
        node_of_bus=node_of_bus,
        base_kv=base_kv,
        source_bus=source_bus[known],
        source_row=np.flatnonzero(grid.sources["is_in_service"].to_numpy())[known],
        source_v=sources["v_pu"].to_numpy()[known],
        source_angle_degree=sources["angle_degree"].to_numpy()[known],
        branches=branches,
        **power,
    )


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def branch_values(
    grid: Grid, kind: int, rows: Ints, ends: tuple[Ints, Ints], base_kv: Floats
) -> Branches:
    """Express some lines or transformers of a grid in per unit, as `build_network` does.

    Parameters
    ----------
    kind
        LINE or TRANSFORMER.
    rows, ends
        Rows in their table, and the buses at their two ends.
    base_kv
        Nominal voltage of each bus.
    """
    none = np.zeros(0, np.int64)
    at = _Ends(rows=rows, f=ends[0], t=ends[1], free_of=none, added=0)
    if kind == LINE:
        return _line_branches(grid, at, _line_impedance(grid.lines), base_kv)
    return _transformer_branches(grid, at, base_kv)


def _positions(position: pd.Series[int], ids: pd.Series[str]) -> Ints:
    return np.asarray(position.reindex(ids.to_numpy()).fillna(-1), dtype=np.int64)


def _bus(bus_of_node: Ints, node: Ints) -> Ints:
    if not len(bus_of_node):
        return node
    return np.where(node >= 0, bus_of_node[np.maximum(node, 0)], -1)


def _line_impedance(lines: pd.DataFrame) -> npt.NDArray[np.complex128]:
    r, x, length_m, parallel = (
        lines[name].to_numpy() for name in ("r_ohm_per_km", "x_ohm_per_km", "length_m", "parallel")
    )
    return np.asarray((r + 1j * x) * length_m / 1000.0 / parallel, dtype=np.complex128)


def _open_ends(
    grid: Grid, element_kind: str, table: pd.DataFrame, first: str
) -> tuple[Bools, Bools]:
    """Say for each element whether its first or its second end is opened by a switch."""
    switches = grid.switches
    rows = switches[(switches["element_kind"] == element_kind) & ~switches["is_closed"]]
    element = table.index.get_indexer(pd.Index(rows["element_id"]))
    rows, element = rows[element >= 0], element[element >= 0]
    at_first = table[first].to_numpy()[element] == rows["node"].to_numpy()
    ends = np.zeros((2, len(table)), dtype=bool)
    ends[0, element[at_first]] = True
    ends[1, element[~at_first]] = True
    return ends[0], ends[1]


def _merge(
    grid: Grid, position: pd.Series[int], alive: Bools, bridges: tuple[Ints, Ints]
) -> npt.NDArray[np.int64]:
    switches = grid.switches
    rows = switches[
        (switches["element_kind"] == "node") & switches["is_closed"] & (switches["z_ohm"] == 0)
    ]
    a = np.concatenate([_positions(position, rows["node"]), bridges[0]])
    b = np.concatenate([_positions(position, rows["element_id"]), bridges[1]])
    joined = (a >= 0) & (b >= 0)
    joined &= alive[np.maximum(a, 0)] & alive[np.maximum(b, 0)]
    n = len(position)
    graph = coo_array((np.ones(joined.sum()), (a[joined], b[joined])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    rows: Ints
    f: Ints
    t: Ints
    free_of: Ints
    added: int


def _line_ends(
    f: Ints, t: Ints, *, open_from: Bools, open_to: Bools, alive: Bools, count: int
) -> _Ends:
    """Give each element its two buses; an open end becomes a new bus, numbered from `count`."""
    off_from, off_to = open_from | (f < 0), open_to | (t < 0)
    rows = np.flatnonzero(alive & ~(off_from & off_to))
    f, t, off_from, off_to = f[rows], t[rows], off_from[rows], off_to[rows]
    free = off_from | off_to
    number = count + np.cumsum(free) - 1
    return _Ends(
        rows=rows,
        f=np.where(off_from, number, f),
        t=np.where(off_to, number, t),
        free_of=rows[free],
        added=int(free.sum()),
    )


def _line_branches(
    grid: Grid, ends: _Ends, z_ohm: npt.NDArray[np.complex128], base_kv: Floats
) -> Branches:
    lines = grid.lines.iloc[ends.rows]
    kv = base_kv[ends.f]
    z_base = kv**2 / BASE_MVA
    z = z_ohm[ends.rows] / z_base
    circuits = lines["length_m"].to_numpy() / 1000.0 * lines["parallel"].to_numpy()
    omega = 2 * np.pi * grid.metadata.frequency_hz
    b = omega * lines["c_nf_per_km"].to_numpy() * 1e-9 * circuits * z_base
    g = lines["g_us_per_km"].to_numpy() * 1e-6 * circuits * z_base
    ampacity_a = lines["ampacity_a"] * lines["derating"] * lines["parallel"]
    named_a = grid.limits.groupby("element_id")["limit_a"].min().reindex(lines.index)
    # Zero or less is no rating but a mistake, which `find_problems` names.
    rated_a = ampacity_a.where(ampacity_a > 0.0).fillna(named_a).to_numpy()
    rating = np.where(np.isfinite(rated_a), rated_a * np.sqrt(3) * kv / 1000.0 / BASE_MVA, np.inf)
    one, none = np.ones(len(z)), np.zeros(len(z))
    return Branches(
        kind=np.full(len(z), LINE), element=ends.rows, f=ends.f, t=ends.t, r=z.real, x=z.imag,
        g_from=g / 2, b_from=b / 2, g_to=g / 2, b_to=b / 2, ratio=one, shift_degree=none,
        rating_from=rating, rating_to=rating,
    )  # fmt: skip


def _transformer_branches(grid: Grid, ends: _Ends, base_kv: Floats) -> Branches:
    rows = grid.transformers.iloc[ends.rows]
    pi = transformer_pi(rows, base_kv[ends.f], base_kv[ends.t])
    values = {name: getattr(pi, name) for name in TransformerPi.__dataclass_fields__}
    kind = np.full(len(rows), TRANSFORMER)
    return Branches(kind=kind, element=ends.rows, f=ends.f, t=ends.t, **values)


def _switch_branches(
    grid: Grid, position: pd.Series[int], bus_of_node: Ints, base_kv: Floats
) -> Branches:
    switches = grid.switches
    kept = (
        (switches["element_kind"] == "node") & switches["is_closed"] & (switches["z_ohm"] > 0)
    ).to_numpy()
    f = _bus(bus_of_node, _positions(position, switches["node"]))
    t = _bus(bus_of_node, _positions(position, switches["element_id"]))
    rows = np.flatnonzero(kept & (f >= 0) & (t >= 0))
    z = switches["z_ohm"].to_numpy()[rows] / base_kv[f[rows]] ** 2 * BASE_MVA
    r_share = SWITCH_RX_RATIO / np.hypot(1.0, SWITCH_RX_RATIO)
    none = np.zeros(len(rows))
    return Branches(
        kind=np.full(len(rows), SWITCH), element=rows, f=f[rows], t=t[rows],
        r=z * r_share, x=z / np.hypot(1.0, SWITCH_RX_RATIO),
        g_from=none, b_from=none, g_to=none, b_to=none, ratio=none + 1.0, shift_degree=none,
        rating_from=none + np.inf, rating_to=none + np.inf,
    )  # fmt: skip


def _join(*parts: Branches) -> Branches:
    names = Branches.__dataclass_fields__
    return Branches(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    )


def _drop_shorted(branches: Branches, power: dict[str, Floats]) -> Branches:
    """Turn a branch whose two ends are one bus into the shunt that is left of it."""
    shorted = branches.f == branches.t
    for axis in ("g", "b"):
        both = getattr(branches, f"{axis}_from") + getattr(branches, f"{axis}_to")
        np.add.at(power[axis], branches.f[shorted], both[shorted])
    names = Branches.__dataclass_fields__
    return Branches(**{name: getattr(branches, name)[~shorted] for name in names})
