"""Finding an area: what of a tree lies below a board, or why its phases cannot be told apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.compiled import Tree
from grid_models.injections import find_injections
from grid_models.model import GridModel
from grid_models.network import BASE_MVA, LINE, SWITCH, TRANSFORMER
from grid_models.solvers.radial import TreeState
from grid_models.unbalanced.area import PHASES, Area

__all__ = ["Unknown", "find_area"]

Ints = npt.NDArray[np.int64]
Complexes = npt.NDArray[np.complex128]

# The zero sequence of the low side ends in these: it neither comes from nor reaches the high side.
_CLOSED_GROUPS = re.compile(r"(dyn|yzn)\d{0,2}")
_UNITS = {"p": 1.0, "q": 1j}
# Powers this close are one (pu, and as a share).
_SAME, _SAME_SHARE = 1e-12, 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Why an area is not solved phase by phase.

    Parameters
    ----------
    code
        ``no_board``, ``vector_group``, ``coil_zero_sequence``, ``line_zero_sequence``,
        ``inner_coil``, ``no_solution``, ``shunt``, ``load_follows_voltage``, ``load_phases`` or
        ``promise_phases``.
    element_id
        First element that lacks it; empty where it is none.
    """

    code: str
    element_id: str = ""


def find_area(
    model: GridModel, number: int, board: int, tree: Tree, state: TreeState
) -> Area | Unknown:
    """Return the area below a board of a tree.

    Parameters
    ----------
    board
        Row of the low side of its transformer; -1: there is none.
    tree, state
        The tree as it stands, and solved.
    """
    if board < 1:
        return Unknown(code="no_board")
    rows = np.arange(board, int(tree.end[board]))
    zero = _zero_impedances(model, number, tree, rows)
    if isinstance(zero, Unknown):
        return zero
    z0, y0 = zero
    power = _powers(model, tree, rows)
    if isinstance(power, Unknown):
        return power
    source_v, z_up = _source(tree, state, board)
    y_parent = tree.g_parent[rows] + 1j * tree.b_parent[rows]
    y_child = tree.g_child[rows] + 1j * tree.b_child[rows]
    parent = tree.parent[rows] - board
    parent[0] = -1
    # the magnetising branch of a Dyn unit takes no zero sequence from the low side
    return Area(
        base_kv=float(model.network.base_kv[tree.bus[board]]),
        parent=parent,
        z1=tree.r[rows] + 1j * tree.x[rows],
        z0=z0,
        y_parent=y_parent,
        y_child=y_child,
        y0_parent=y0,
        y0_child=y0,
        power=power,
        source_v=source_v,
        z_up=z_up,
        ratio=float(tree.ratio_parent[board]),
        rating_parent=tree.rating_parent[rows],
        rating_child=tree.rating_child[rows],
    )


def _zero_impedances(
    model: GridModel, number: int, tree: Tree, rows: Ints
) -> tuple[Complexes, Complexes] | Unknown:
    """Zero-sequence impedance of the branches above rows, and half their shunt."""
    network, grid = model.network, model.grid
    branches = network.branches
    kind = branches.kind[tree.branch[rows]]
    if kind[0] != TRANSFORMER or not tree.from_is_parent[rows[0]]:
        return Unknown(code="no_board")
    if (kind[1:] == TRANSFORMER).any():
        inner = rows[1 + int(np.argmax(kind[1:] == TRANSFORMER))]
        return Unknown(code="inner_coil", element_id=model.branch_id(number, int(inner)))
    z0 = tree.r[rows] + 1j * tree.x[rows]
    y0 = np.zeros(len(rows), np.complex128)
    own = _rows_of_branches(model, number, rows)
    for k, members in enumerate(own):
        if kind[k] == SWITCH:
            continue
        element = branches.element[members]
        name = model.branch_id(number, int(rows[k]))
        if kind[k] == LINE:
            found = _of_lines(model, element)
            code = "line_zero_sequence"
        else:
            found = _of_coils(model, element)
            code = "coil_zero_sequence"
            group = str(grid.column("transformers", "vector_group")[element[0]])
            if not _CLOSED_GROUPS.fullmatch(group.strip().lower()):
                return Unknown(code="vector_group", element_id=name)
        if found is None:
            return Unknown(code=code, element_id=name)
        z_ohm, omega_c = found
        z_base = float(network.base_kv[tree.bus[rows[k]]]) ** 2 / BASE_MVA
        z0[k] = z_ohm / z_base
        y0[k] = 0.5j * omega_c * z_base
    return z0, y0


def _rows_of_branches(model: GridModel, number: int, rows: Ints) -> list[Ints]:
    """Branches of each row, equal ones in parallel included."""
    compiled = model.compiled
    of_tree = np.flatnonzero(compiled.tree_of_branch == number)
    row = compiled.row_of_branch[of_tree]
    order = np.argsort(row, kind="stable")
    first = np.searchsorted(row[order], rows)
    last = np.searchsorted(row[order], rows, side="right")
    return [of_tree[order[a:b]] for a, b in zip(first, last, strict=True)]


def _of_lines(model: GridModel, element: Ints) -> tuple[complex, float] | None:
    """Zero-sequence impedance (ohm) and susceptance (S) of equal lines; None if unknown."""
    column = {
        name: model.grid.column("lines", name)[element]
        for name in (
            "r0_ohm_per_km", "x0_ohm_per_km", "c0_nf_per_km", "c_nf_per_km", "length_m", "parallel"
        )
    }  # fmt: skip
    per_km = column["r0_ohm_per_km"].max() + 1j * column["x0_ohm_per_km"].max()
    if not np.isfinite(per_km) or per_km == 0.0:
        return None
    circuits, km = float(column["parallel"].sum()), float(column["length_m"][0]) / 1000.0
    c_nf = np.where(
        np.isnan(column["c0_nf_per_km"]), column["c_nf_per_km"], column["c0_nf_per_km"]
    ).max()
    omega = 2.0 * np.pi * model.grid.metadata.frequency_hz
    return complex(per_km * km / circuits), float(omega * c_nf * 1e-9 * km * circuits)


def _of_coils(model: GridModel, element: Ints) -> tuple[complex, float] | None:
    """Zero-sequence impedance (ohm, of the low side) of equal transformers; None if unknown."""
    column = {
        name: model.grid.column("transformers", name)[element]
        for name in ("vk0_pct", "vkr0_pct", "sn_kva", "vn_lv_kv", "parallel", "tap_side")
    }
    vk0, vkr0 = float(column["vk0_pct"].max()), float(column["vkr0_pct"].max())
    if not (vk0 > 0.0 and 0.0 <= vkr0 <= vk0) or (column["tap_side"] == "lv").any():
        return None
    units = float(column["parallel"].sum()) * float(column["sn_kva"][0]) / 1000.0
    unit = vkr0 + 1j * np.sqrt(vk0**2 - vkr0**2)
    return complex(unit / 100.0 * float(column["vn_lv_kv"][0]) ** 2 / units), 0.0


def _powers(model: GridModel, tree: Tree, rows: Ints) -> Complexes | Unknown:
    """Power of each row and phase."""
    network, grid = model.network, model.grid
    place = np.full(len(network.base_kv), -1, np.int64)
    place[tree.bus[rows]] = np.arange(len(rows))
    power = np.zeros((len(rows), len(PHASES)), np.complex128)
    for injection in find_injections(grid, network.bus_of_node):
        at = place[injection.bus]
        own = np.flatnonzero((at >= 0) & (injection.value != 0.0))
        if not len(own):
            continue
        element = injection.row[own]
        if injection.quantity not in _UNITS:
            name = str(grid.column(injection.table, "id")[element[0]])
            return Unknown(code="load_follows_voltage", element_id=name)
        share = np.stack(
            [grid.column(injection.table, f"phase_{phase}_pct")[element] for phase in PHASES],
            axis=1,
        ) / 100.0  # fmt: skip
        is_unknown = ~np.isclose(share.sum(axis=1), 1.0, atol=1e-3)
        if is_unknown.any():
            first = element[int(np.argmax(is_unknown))]
            name = str(grid.column(injection.table, "id")[first])
            return Unknown(code="load_phases", element_id=name)
        unit = _UNITS[injection.quantity]
        np.add.at(power, at[own], unit * injection.value[own][:, None] * share)
    shunted = np.flatnonzero((tree.g[rows] != 0.0) | (tree.b[rows] != 0.0))
    if len(shunted):
        node = network.node_of_bus[tree.bus[rows[shunted[0]]]]
        return Unknown(code="shunt", element_id=str(grid.column("nodes", "id")[node]))
    known = power.sum(axis=1)
    is_off = np.abs(tree.p[rows] + 1j * tree.q[rows] - known) > _SAME + _SAME_SHARE * np.abs(known)
    return Unknown(code="promise_phases") if is_off.any() else power


def _source(tree: Tree, state: TreeState, board: int) -> tuple[complex, complex]:
    """Source and impedance above a board that give its high side the balanced voltage it has."""
    z_up = 0j
    for row in tree.path(int(tree.parent[board]))[-2::-1].tolist():
        z = complex(tree.r[row], tree.x[row])
        z_up = (z_up / tree.ratio_parent[row] ** 2 + z) * tree.ratio_child[row] ** 2
    ratio = float(tree.ratio_parent[board])
    z_up /= ratio**2
    v_high = complex(state.v[tree.parent[board]]) / ratio
    y = complex(tree.g_parent[board], tree.b_parent[board])
    z_t = complex(tree.r[board], tree.x[board])
    into = (v_high - complex(state.v[board])) / z_t + y * v_high
    return v_high + z_up * into, z_up
