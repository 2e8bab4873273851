"""Phases of a pandapower net: zero-sequence values, and asymmetric elements as shares of phases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from grid_models.readers.columns import Floats, Ints, Texts, floats, texts

__all__ = [
    "SplitPhases",
    "read_coil_zero_sequence",
    "read_line_zero_sequence",
    "split_phases",
    "stated_phases",
]

PHASES = ("a", "b", "c")
# Relative size of what rounding leaves of shares that are one.
SAME = 1e-9


def read_line_zero_sequence(rows: pd.DataFrame) -> dict[str, Floats]:
    """Return the zero-sequence columns of lines; two zeros are no impedance anybody knew."""
    r0, x0 = floats(rows, "r0_ohm_per_km"), floats(rows, "x0_ohm_per_km")
    is_nothing = (r0 == 0.0) & (x0 == 0.0)
    return {
        "r0_ohm_per_km": np.where(is_nothing, np.nan, r0),
        "x0_ohm_per_km": np.where(is_nothing, np.nan, x0),
        "c0_nf_per_km": np.where(is_nothing, np.nan, floats(rows, "c0_nf_per_km")),
    }


def read_coil_zero_sequence(rows: pd.DataFrame) -> dict[str, Floats]:
    """Return the zero-sequence columns of transformers; a voltage of zero is none.

    A file tells leakage and magnetising apart. What the low side sees of a Dyn unit is its own
    leakage and, behind it, the two others in parallel.
    """
    vk0, vkr0 = floats(rows, "vk0_percent"), floats(rows, "vkr0_percent")
    is_known = (vk0 > 0.0) & (vkr0 >= 0.0) & (vkr0 <= vk0)
    vk0, vkr0 = np.where(is_known, vk0, 1.0), np.where(is_known, vkr0, 1.0)
    z = vkr0 + 1j * np.sqrt(vk0**2 - vkr0**2)
    # in percent of the leakage; without it the magnetising current is nothing
    times = floats(rows, "mag0_percent", np.inf) / 100.0
    has_branch = np.isfinite(times) & (times > 0.0)
    r_x = floats(rows, "mag0_rx", 0.0)
    branch = np.where(has_branch, times, 1.0) * vk0 * (r_x + 1j) / np.sqrt(1.0 + r_x**2)
    high = floats(rows, "si0_hv_partial", 0.5) * z
    seen = np.where(has_branch, z - high + high * branch / (high + branch), z)
    seen = np.where(is_known, seen, complex(np.nan, np.nan))
    return {"vk0_pct": np.abs(seen), "vkr0_pct": seen.real}


def stated_phases(rows: pd.DataFrame) -> dict[str, Floats]:
    """Return the shares of phases a file states under the very names they have in a grid."""
    return {f"phase_{phase}_pct": floats(rows, f"phase_{phase}_pct") for phase in PHASES}


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPhases:
    """Asymmetric elements as elements whose p and q lie on the phases in the same shares.

    Parameters
    ----------
    row
        Row of the element each is made of.
    suffix
        What its id has behind the element's; empty where one is all of it.
    p_mw, q_mvar, shares
        Power, and share of each phase in percent.
    """

    row: Ints
    suffix: Texts
    p_mw: Floats
    q_mvar: Floats
    shares: dict[str, Floats]


def split_phases(rows: pd.DataFrame) -> SplitPhases:
    """Keep an element whose phases have one power factor; make one a phase of any other."""
    p = np.stack([floats(rows, f"p_{phase}_mw", 0.0) for phase in PHASES], axis=1)
    q = np.stack([floats(rows, f"q_{phase}_mvar", 0.0) for phase in PHASES], axis=1)
    s, total = p + 1j * q, (p + 1j * q).sum(axis=1)
    share = np.divide(s, total[:, None], where=total[:, None] != 0.0, out=np.full_like(s, np.nan))
    is_nothing = (s == 0.0).all(axis=1)
    share[is_nothing] = 1.0 / len(PHASES)
    # between two phases: what of it is on each is not known
    is_delta = texts(rows, "type") == "delta"
    share[is_delta] = 1.0 / len(PHASES)
    is_one = np.isfinite(share).all(axis=1)
    is_one &= (np.abs(share.imag) <= SAME).all(axis=1) & (share.real >= -SAME).all(axis=1)
    parts = [
        (row, "", total[row], 100.0 * np.clip(share[row].real, 0.0, 1.0))
        if is_one[row]
        else (row, f":{PHASES[k]}", s[row, k], 100.0 * np.eye(len(PHASES))[k])
        for row in range(len(rows))
        for k in range(len(PHASES))
        if (k == 0 if is_one[row] else s[row, k] != 0.0)
    ]
    power = np.array([power for _, _, power, _ in parts], dtype=np.complex128)
    shares = np.array([own for *_, own in parts], dtype=np.float64).reshape(-1, len(PHASES))
    row = np.array([row for row, *_ in parts], dtype=np.int64)
    shares[is_delta[row]] = np.nan
    return SplitPhases(
        row=row,
        suffix=np.array([suffix for _, suffix, *_ in parts], dtype=object),
        p_mw=power.real,
        q_mvar=power.imag,
        shares={f"phase_{phase}_pct": shares[:, k] for k, phase in enumerate(PHASES)},
    )
