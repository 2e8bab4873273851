"""Transformers as pi branches in per unit on 1 MVA.

The T circuit of two leakage impedances and one magnetising admittance, with the impedance on the
low side and the taps in the rated voltages, turned into a pi; as pandapower's ``trafo_model="t"``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["BASE_MVA", "TransformerPi", "transformer_pi"]

BASE_MVA = 1.0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerPi:
    """Transformers as pi branches in per unit, from the high to the low side; see the module."""

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


def transformer_pi(rows: pd.DataFrame, hv_kv: Floats, lv_kv: Floats) -> TransformerPi:
    """Turn rows of the transformers table into pi branches.

    Parameters
    ----------
    hv_kv, lv_kv
        Nominal voltages of the nodes at either side.
    """
    column = {name: rows[name].to_numpy() for name in rows.columns}
    vn_hv, vn_lv, shift = _tapped(column)
    sn_mva = column["sn_kva"] / 1000.0
    parallel = column["parallel"]
    z_base_ratio = (vn_lv / lv_kv) ** 2 * BASE_MVA
    z = column["vk_pct"] / 100.0 / sn_mva * z_base_ratio
    r = column["vkr_pct"] / 100.0 / sn_mva * z_base_ratio
    x = np.sign(z) * np.sqrt(np.maximum(z**2 - r**2, 0.0))
    iron_mva = column["pfe_w"] * 1e-6
    magnetising = np.sqrt(np.maximum((column["i0_pct"] / 100.0 * sn_mva) ** 2 - iron_mva**2, 0.0))
    y = (iron_mva - 1j * magnetising) * parallel / BASE_MVA * (lv_kv / vn_lv) ** 2
    series, y_hv, y_lv = _star_to_pi(
        (r + 1j * x) / parallel, y, column["leakage_r_ratio_hv"], column["leakage_x_ratio_hv"]
    )
    rated_mva = sn_mva * parallel * column["derating"] / BASE_MVA
    rated_mva = np.where(np.isfinite(rated_mva) & (rated_mva > 0), rated_mva, np.inf)
    return TransformerPi(
        r=series.real,
        x=series.imag,
        g_from=y_hv.real,
        b_from=y_hv.imag,
        g_to=y_lv.real,
        b_to=y_lv.imag,
        ratio=(vn_hv / vn_lv) / (hv_kv / lv_kv),
        shift_degree=shift,
        rating_from=rated_mva * hv_kv / column["vn_hv_kv"],
        rating_to=rated_mva * lv_kv / column["vn_lv_kv"],
    )


def _tapped(column: dict[str, npt.NDArray[np.generic]]) -> tuple[Floats, Floats, Floats]:
    """Rated voltages and phase shift at the present tap position."""
    steps = np.asarray(column["tap_pos"], float) - np.asarray(column["tap_neutral"], float)
    step_pct = np.asarray(column["tap_step_pct"], float)
    step_degree = np.asarray(column["tap_step_degree"], float)
    kind = column["tap_changer_type"]
    turns = np.isin(kind, ["ratio", "symmetrical"])
    angle = np.deg2rad(step_degree)
    du = np.where(turns, steps * step_pct / 100.0, 0.0)
    factor = np.hypot(1.0 + du * np.cos(angle), du * np.sin(angle))
    turned = np.rad2deg(np.arctan2(du * np.sin(angle), 1.0 + du * np.cos(angle)))
    ideal = np.where(
        step_degree != 0.0,
        steps * step_degree,
        2.0 * np.rad2deg(np.arcsin(np.clip(steps * step_pct / 200.0, -1.0, 1.0))),
    )
    turned = np.where(kind == "ideal", ideal, turned)
    on_hv, on_lv = column["tap_side"] == "hv", column["tap_side"] == "lv"
    shift = np.asarray(column["shift_degree"], float)
    return (
        np.asarray(column["vn_hv_kv"], float) * np.where(on_hv, factor, 1.0),
        np.asarray(column["vn_lv_kv"], float) * np.where(on_lv, factor, 1.0),
        shift + np.where(on_hv, turned, 0.0) - np.where(on_lv, turned, 0.0),
    )


def _star_to_pi(
    z: npt.NDArray[np.complex128],
    y: npt.NDArray[np.complex128],
    r_share: Floats,
    x_share: Floats,
) -> tuple[npt.NDArray[np.complex128], npt.NDArray[np.complex128], npt.NDArray[np.complex128]]:
    """Turn a T circuit (two leakage impedances, one magnetising admittance) into a pi."""
    z_hv = z.real * r_share + 1j * z.imag * x_share
    z_lv = z - z_hv
    # star to delta with z_m = 1 / y, written so that y = 0 needs no special case
    spread = 1.0 + y * z_hv * z_lv / np.where(z == 0, 1.0, z)
    series = z * spread
    return series, y * z_lv / (z * spread), y * z_hv / (z * spread)
