"""Area: a low-voltage area in symmetrical components, on the base of its low side.

The transformer stands as what it is for the low side of a Dyn or Yzn unit: its series impedance in
the positive and the negative sequence, and its zero-sequence impedance to earth. Above it is an
ideal source behind the series impedances of the way to the external grid::

    source --[ z_up | z_up | 0 ]-- H --[ z_t | z_t | z0_t ]-- 0 --[ z | z | z0 ]-- 1 -- ...
                 positive, negative and zero sequence; row 0 is the board, row k a tree's row
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["PHASES", "Area", "Split", "with_connection"]

PHASES = ("a", "b", "c")

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A low-voltage area, pu on 1 MVA and the nominal voltage of the low side.

    Row 0 is the board and stands for the transformer above it. Of arrays with two axes the second
    one is the phase; phase quantities are shares of the three-phase base, so that a balanced power
    has a third of its value on each.

    Parameters
    ----------
    base_kv
        Nominal voltage between phases.
    parent
        Row of the parent, -1 at the board.
    z1, z0
        Series impedance of the branch above each row; of the transformer, zero sequence to earth.
    y_parent, y_child
        Shunt of that branch at its two ends, in the positive sequence.
    y0_parent, y0_child
        The same in the zero sequence.
    power
        Constant power taken; (n, 3).
    source_v, z_up
        Voltage of the source and the impedance between it and the high side, seen from the low one.
    ratio
        Of the transformer, on its high side.
    rating_parent, rating_child
        Rated current of each branch at its ends; inf if unknown.
    """

    base_kv: float
    parent: Ints
    z1: Complexes
    z0: Complexes
    y_parent: Complexes
    y_child: Complexes
    y0_parent: Complexes
    y0_child: Complexes
    power: Complexes
    source_v: complex
    z_up: complex
    ratio: float
    rating_parent: Floats
    rating_child: Floats

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.parent)

    @property
    def volts(self) -> float:
        """Voltage between phase and neutral at 1 pu."""
        return float(1000.0 * self.base_kv / np.sqrt(3.0))

    def path(self, row: int) -> Ints:
        """Rows from `row` up to the board, both included."""
        rows = [row]
        while (row := int(self.parent[row])) >= 0:
            rows.append(row)
        return np.array(rows, dtype=np.int64)

    def loadings(self, v: Complexes) -> Floats:
        """Return the current of each phase in percent of the rating, worse end; 0 where unknown.

        Of the transformer it is that of its windings on the low side.

        Parameters
        ----------
        v
            As `AreaTrials.solve` gives it: the high side after the rows.
        """
        n = len(self)
        above = v[..., np.where(self.parent < 0, n, self.parent), :]
        below = v[..., :n, :]
        series = _along(above - below, self.z1, self.z0)
        at_parent = series + _through(above, self.y_parent, self.y0_parent)
        at_child = series - _through(below, self.y_child, self.y0_child)
        rating_parent = np.append(np.inf, self.rating_parent[1:])
        worse = np.maximum(
            np.abs(at_parent) / rating_parent[:, None],
            np.abs(at_child) / self.rating_child[:, None],
        )
        return np.asarray(100.0 * worse, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Where a new line begins: at a row, or in the branch above it.

    Parameters
    ----------
    share
        None: at the row. Else the share of the branch between its parent and the split.
    """

    row: int
    share: float | None = None


def with_connection(
    area: Area, at: Split, *, z1: complex, z0: complex, y: complex, rating: float
) -> Area:
    """Return the area with a new line: the customer is its last row, the split the one before.

    Without a split the row before the customer's is a stub of the access point that takes nothing.

    Parameters
    ----------
    z1, z0, y, rating
        Of the new line; `y` is its shunt at each end in both sequences.
    """
    n, row = len(area), at.row
    arrays = {
        name: getattr(area, name)
        for name in (
            "z1", "z0", "y_parent", "y_child", "y0_parent", "y0_child",
            "rating_parent", "rating_child",
        )
    }  # fmt: skip
    upper = {name: values[row] for name, values in arrays.items()}
    parent = area.parent.copy()
    if at.share is None:
        # a stub nothing flows through, as short as anything
        upper |= dict.fromkeys(("z1", "z0"), z1)
        upper |= dict.fromkeys(("y_parent", "y_child", "y0_parent", "y0_child"), 0.0)
        start, above = row, row
    else:
        start, above = n, int(parent[row])
        parent[row] = n
        for name in ("z1", "z0", "y_parent", "y_child", "y0_parent", "y0_child"):
            arrays[name] = arrays[name].copy()
            whole = arrays[name][row]
            upper[name], arrays[name][row] = at.share * whole, (1.0 - at.share) * whole
    new = {"z1": z1, "z0": z0, "rating_parent": rating, "rating_child": rating}
    grown: dict[str, Any] = {
        name: np.append(values, [upper[name], new.get(name, y)]) for name, values in arrays.items()
    }
    nothing = np.zeros((2, len(PHASES)), np.complex128)
    power = np.concatenate([area.power, nothing])
    return replace(area, parent=np.append(parent, [above, start]), power=power, **grown)


def _along(drop: Complexes, z1: Complexes, z0: Complexes) -> Complexes:
    """Currents that voltage drops drive through impedances; the last axes are row and phase."""
    mean = drop.mean(axis=-1, keepdims=True)
    return np.asarray((drop - mean) / z1[:, None] + mean / z0[:, None], dtype=np.complex128)


def _through(v: Complexes, y1: Complexes, y0: Complexes) -> Complexes:
    """Currents that shunts take."""
    mean = v.mean(axis=-1, keepdims=True)
    return np.asarray((v - mean) * y1[:, None] + mean * y0[:, None], dtype=np.complex128)
