"""Equipment: what a district is built of, from the catalogue, and main transformers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from grid_models.catalogue import Catalogue

__all__ = [
    "MAIN_TRANSFORMERS",
    "SQRT3",
    "Conductor",
    "Equipment",
    "TransformerType",
    "fit_conductor",
]

SQRT3 = 3**0.5


class Conductor(NamedTuple):
    """A conductor; `ampacity_a` is the lowest the catalogue knows."""

    type: str
    laying: str
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    ampacity_a: float


class TransformerType(NamedTuple):
    """A transformer with an off-load or on-load tap changer on its high side."""

    sn_kva: float
    vn_hv_kv: float
    vn_lv_kv: float
    vk_pct: float
    vkr_pct: float
    pfe_w: float
    i0_pct: float
    vector_group: str
    tap_max: int
    tap_step_pct: float

    def demand(self, load_kva: complex) -> complex:
        """Return what the high side takes when the low side gives `load_kva`: losses added."""
        share = abs(load_kva) / self.sn_kva
        series = complex(self.vkr_pct, (self.vk_pct**2 - self.vkr_pct**2) ** 0.5) / 100.0
        idle = complex(self.pfe_w / 1000.0, self.i0_pct / 100.0 * self.sn_kva)
        return load_kva + series * share**2 * self.sn_kva + idle


def _main_transformer(sn_mva: float, pfe_kw: float, pk_kw: float) -> TransformerType:
    return TransformerType(
        sn_kva=sn_mva * 1000.0,
        vn_hv_kv=110.0,
        vn_lv_kv=10.5,
        vk_pct=17.0,
        vkr_pct=pk_kw / sn_mva / 10.0,
        pfe_w=pfe_kw * 1000.0,
        i0_pct=0.1,
        vector_group="YNd11",
        tap_max=8,
        tap_step_pct=1.25,
    )


# 110/10.5 kV, high impedance, +-8 x 1.25 %: usual sizes; losses of GB/T 6451 from memory.
MAIN_TRANSFORMERS = (
    _main_transformer(40.0, 28.0, 148.0),
    _main_transformer(50.0, 33.0, 184.0),
    _main_transformer(63.0, 40.0, 222.0),
)


@dataclass(frozen=True, slots=True)
class Equipment:
    """Conductors by role, and distribution transformers by series and rated power."""

    cable_trunk: Conductor
    cable_branch: Conductor
    overhead_trunk: Conductor
    overhead_branch: Conductor
    low_voltage: tuple[Conductor, ...]
    transformers: dict[tuple[str, float], TransformerType]

    @classmethod
    def of(cls, catalogue: Catalogue) -> Equipment:
        """Pick from the catalogue what a district is built of."""
        conductors = {
            str(name): Conductor(
                type=str(name), **{field: row[field] for field in Conductor._fields[1:]}
            )
            for name, row in catalogue.conductors.to_dict("index").items()
        }
        transformers = {
            (str(row["series"]), float(row["sn_kva"])): TransformerType(
                sn_kva=row["sn_kva"],
                vn_hv_kv=row["hv_kv"],
                vn_lv_kv=row["lv_kv"],
                vk_pct=row["vk_pct"],
                vkr_pct=row["vkr_pct"],
                pfe_w=row["p0_w"],
                i0_pct=row["i0_pct"],
                vector_group=row["vector_group"],
                tap_max=2,
                tap_step_pct=2.5,
            )
            for row in catalogue.transformers_for(10.0).to_dict("records")
        }
        return cls(
            cable_trunk=conductors["YJV22-8.7/15-3x300"],
            cable_branch=conductors["YJV22-8.7/15-3x120"],
            overhead_trunk=conductors["JKLYJ-10-240"],
            overhead_branch=conductors["JKLYJ-10-120"],
            low_voltage=tuple(conductors[f"YJV22-0.6/1-4x{area}"] for area in (70, 120, 150, 240)),
            transformers=transformers,
        )


def fit_conductor(
    choices: Sequence[Conductor], load_kva: float, kv: float, loading: float
) -> tuple[Conductor, int]:
    """Return the smallest conductor that carries a load, or several circuits of the largest.

    Parameters
    ----------
    choices
        Smallest first.
    load_kva, kv
        Load and voltage.
    loading
        Share of the ampacity that may be used.
    """
    current_a = load_kva / (SQRT3 * kv)
    for conductor in choices:
        if current_a <= loading * conductor.ampacity_a:
            return conductor, 1
    return choices[-1], ceil(current_a / (loading * choices[-1].ampacity_a))
