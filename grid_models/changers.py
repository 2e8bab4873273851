"""Changers: on-load tap changers that hold the voltage of their low side within a band.

A transformer has one where `tap_set_point_pu` and `tap_band_pu` are known and nothing speaks
against it (`find_tap_faults`). It moves where its low side has no other feed: in a source tree,
alone between its two buses. Everywhere else, and without a set-point, the tap stands where the
file says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.compiled import CompiledGrid, Tree
from grid_models.grid import Grid
from grid_models.network import TRANSFORMER
from grid_models.transformers import TransformerPi, transformer_pi

__all__ = ["SET_POINT_PU", "WIDEST_BAND_PU", "Changer", "find_changers", "find_regulated",
           "find_tap_faults"]  # fmt: skip

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STAR = "star"

# Set-points and bands outside are no voltage anybody holds a distribution busbar at.
SET_POINT_PU = (0.8, 1.2)
WIDEST_BAND_PU = 0.2
# A changer has some 20 steps; more than this is a mistake in the range.
MOST_STEPS = 200
_TURNING = ("ratio", "symmetrical")
_SIDES = ("hv", "lv")
# Two numbers of steps this close are one.
_SAME_STEP = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Changer:
    """A tap changer that holds a voltage, in its tree.

    Parameters
    ----------
    transformer_id
        Transformer it belongs to.
    row
        Row of the tree its low side is, whose voltage counts.
    low_pu, high_pu
        Ends of the band.
    position
        Tap positions, by rising voltage of the low side.
    boost
        Voltage of the low side without load at each position, on one scale.
    pi
        The transformer at each position.
    present
        Which of them the file states.
    """

    transformer_id: str
    row: int
    low_pu: float
    high_pu: float
    position: Floats
    boost: Floats
    pi: TransformerPi
    present: int

    def put(self, tree: Tree, at: int) -> Tree:
        """Return the tree with the tap at one of its positions."""
        pi = self.pi
        values = {
            "r": pi.r, "x": pi.x, "g_parent": pi.g_from, "b_parent": pi.b_from,
            "g_child": pi.g_to, "b_child": pi.b_to, "ratio_parent": pi.ratio,
        }  # fmt: skip
        changed = {}
        for name, value in values.items():
            changed[name] = getattr(tree, name).copy()
            changed[name][self.row] = value[at]
        return replace(tree, **changed)


def find_changers(compiled: CompiledGrid) -> Mapping[int, tuple[Changer, ...]]:
    """Return the changers that move, by number of their tree, the nearest to the source first."""
    network, branches = compiled.network, compiled.network.branches
    stated = find_regulated(network.grid)
    if not len(stated):
        return {}
    rows = network.grid.transformers.iloc[stated]
    own = np.flatnonzero(branches.kind == TRANSFORMER)
    branch_of = dict(zip(branches.element[own].tolist(), own.tolist(), strict=True))
    found: dict[int, list[Changer]] = {}
    for k, element in enumerate(stated.tolist()):
        branch = branch_of.get(element, -1)
        number = int(compiled.tree_of_branch[branch]) if branch >= 0 else -1
        if number < 0:
            continue
        tree, row = compiled.trees[number], int(compiled.row_of_branch[branch])
        # Beside another one, or fed from its low side, it does not decide its voltage alone.
        if tree.circuits[row] != 1 or not tree.from_is_parent[row]:
            continue
        hv_kv, lv_kv = (float(network.base_kv[end[branch]]) for end in (branches.f, branches.t))
        found.setdefault(number, []).append(_changer(rows.iloc[[k]], row, hv_kv, lv_kv))
    return {
        number: tuple(sorted(changers, key=lambda changer: changer.row))
        for number, changers in sorted(found.items())
    }


def _changer(one: pd.DataFrame, row: int, hv_kv: float, lv_kv: float) -> Changer:
    (tap,) = one.to_dict("records")
    count = round(tap["tap_max"] - tap["tap_min"]) + 1
    position = tap["tap_min"] + np.arange(count, dtype=np.float64)
    rows = one.loc[one.index.repeat(count)].assign(tap_pos=position)
    pi = transformer_pi(rows, np.full(count, hv_kv), np.full(count, lv_kv))
    order = np.argsort(-pi.ratio, kind="stable")
    pi = TransformerPi(**{f.name: getattr(pi, f.name)[order] for f in fields(TransformerPi)})
    half = 0.5 * tap["tap_band_pu"]
    return Changer(
        transformer_id=str(one.index[0]),
        row=row,
        low_pu=tap["tap_set_point_pu"] - half,
        high_pu=tap["tap_set_point_pu"] + half,
        position=position[order],
        boost=1.0 / pi.ratio,
        pi=pi,
        present=int(np.argmin(np.abs(position[order] - tap["tap_pos"]))),
    )


def find_regulated(grid: Grid) -> Ints:
    """Return the rows of the transformers table with a set-point and band that can be held.

    The legs of a three-winding transformer are none: their inner node is no busbar.
    """
    stated = np.flatnonzero(np.isfinite(grid.column("transformers", "tap_set_point_pu")))
    if not len(stated):
        return stated
    rows = grid.transformers.iloc[stated]
    stars = grid.nodes.index[grid.nodes["kind"] == STAR]
    held = ~np.any(list(find_tap_faults(rows).values()), axis=0)
    held &= ~(rows["hv_node"].isin(stars) | rows["lv_node"].isin(stars)).to_numpy()
    return np.asarray(stated[held])


def find_tap_faults(rows: pd.DataFrame) -> dict[str, Bools]:
    """Say by what each row's set-point cannot be held: a mask for every kind of fault."""
    column = {name: rows[name].to_numpy() for name in rows.columns if name.startswith("tap_")}
    set_pu, band_pu = column["tap_set_point_pu"], column["tap_band_pu"]
    low, high, step = column["tap_min"], column["tap_max"], column["tap_step_pct"] / 100.0
    position = column["tap_pos"]
    with np.errstate(all="ignore"):  # of what is unknown or absurd
        is_stated = np.isfinite(set_pu) | np.isfinite(band_pu)
        count = high - low
        has_range = np.isfinite(step) & (step != 0.0) & (count >= 1.0) & (count <= MOST_STEPS)
        has_range &= _is_whole(count)
        least = np.minimum(*(1.0 + (end - column["tap_neutral"]) * step for end in (low, high)))
        widest = np.where(least > 0.0, np.abs(step) / least, np.inf)
        turns = np.isin(column["tap_changer_type"], _TURNING)
        turns &= np.isin(column["tap_side"], _SIDES) & (column["tap_step_degree"] == 0.0)
        is_on = _is_whole(position - low) & (position >= low) & (position <= high)
        is_odd = ~((set_pu >= SET_POINT_PU[0]) & (set_pu <= SET_POINT_PU[1]))
        is_odd |= ~((band_pu > 0.0) & (band_pu <= WIDEST_BAND_PU))
        is_both = np.isfinite(set_pu) & np.isfinite(band_pu)
        faults = {
            "tap_band_missing": ~is_both,
            "tap_band_odd": is_both & is_odd,
            "tap_range_missing": ~has_range,
            "tap_not_turning": ~turns,
            "tap_position_odd": has_range & ~is_on,
            "tap_band_narrow": is_both & ~is_odd & has_range & (band_pu < set_pu * widest),
        }
    return {code: is_stated & mask for code, mask in faults.items()}


def _is_whole(steps: Floats) -> Bools:
    return np.asarray(np.abs(steps - np.round(steps)) <= _SAME_STEP)
