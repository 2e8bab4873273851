"""How much is asked, at which voltage, over which conductor: sections 1 and 3 written again."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, replace
from pathlib import Path

from referee_limits import (
    CIRCUIT_FACTORS,
    CLEARING_S,
    DROP_SHARE,
    HV_VOLTAGE_LIMITS_V,
    LOAD_RATE,
    LV_ACCESS_LIMIT_KW,
    NEW_LINE_SHARE,
    POWER_FACTOR,
    SLACK,
    STANDARD_TRANSFORMERS_HV_KVA,
    STANDARD_TRANSFORMERS_KVA,
    THERMAL_C,
    VOLTAGE_LIMITS_V,
)

# The company's price list and data sheets are data, not procedure: the same file for everybody.
CATALOGUE = Path(__file__).parents[2] / "grid_models" / "catalogue" / "conductors.csv"


@dataclass(frozen=True, slots=True)
class Application:
    """kW of equipment or kVA of transformers asked for at a site; everything else ordinary."""

    lon: float
    lat: float
    kw: float | None = None
    kva: float | None = None

    def __str__(self) -> str:
        return f"{self.kw:g} kW" if self.kw is not None else f"{self.kva:g} kVA"

    @property
    def levels(self) -> list[str]:
        """Voltage levels offered, first one first."""
        if self.kw is not None:
            if self.kw <= 0.95 * LV_ACCESS_LIMIT_KW:
                return ["lv"]
            return ["lv", "mv"] if self.kw <= LV_ACCESS_LIMIT_KW else ["mv"]
        return ["lv", "mv"] if self.kva <= LV_ACCESS_LIMIT_KW / 0.95 else ["mv"]

    @property
    def is_near_limit(self) -> bool:
        limit = LV_ACCESS_LIMIT_KW
        return self.kw is not None and limit < self.kw <= 1.05 * limit


@dataclass(frozen=True, slots=True)
class DesignLoad:
    """What stands at the end of the new line, and the capacity it is applied for with."""

    p_kw: float
    q_kvar: float
    s_kva: float
    power_factor: float
    capacity_kva: float


def design_load(application: Application, level: str) -> DesignLoad:
    power_factor = POWER_FACTOR[level]
    if application.kva is not None:
        s_kva, p_kw = application.kva, application.kva * power_factor
        capacity_kva = application.kva
    else:
        p_kw, s_kva = application.kw, application.kw / power_factor
        capacity_kva = s_kva
        if level != "lv":
            capacity_kva = standard_capacity_kva(s_kva / LOAD_RATE - SLACK, sizes_of(level))
    q_kvar = math.sqrt(s_kva**2 - p_kw**2)
    return DesignLoad(p_kw, q_kvar, s_kva, power_factor, capacity_kva)


def sizes_of(level: str) -> tuple[int, ...]:
    return STANDARD_TRANSFORMERS_HV_KVA if level == "hv" else STANDARD_TRANSFORMERS_KVA


def standard_capacity_kva(
    least_kva: float, sizes: tuple[int, ...] = STANDARD_TRANSFORMERS_KVA
) -> float:
    """One standard transformer, else two of the least sum; where two are not large enough, as many
    of the largest as leave a need for two.
    """
    largest = max(sizes)
    alone = [size for size in sizes if size >= least_kva]
    if alone:
        return float(min(alone))
    units = max(0, math.ceil(least_kva / largest) - 2)
    pairs = (one + other for one in sizes for other in sizes)
    return units * largest + float(min(s for s in pairs if s >= least_kva - units * largest))


@dataclass(frozen=True, slots=True)
class Conductor:
    """A row of the catalogue; values of one circuit, the lowest ampacity of any laying."""

    type: str
    nominal_kv: float
    laying: str
    area_mm2: float
    material: str
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    ampacity_a: float
    parallel: int = 1


def read_conductors(path: Path = CATALOGUE) -> list[Conductor]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Conductor(
                row["type"],
                float(row["nominal_kv"]),
                row["laying"],
                float(row["area_mm2"]),
                row["material"],
                float(row["r_ohm_per_km"]),
                float(row["x_ohm_per_km"]),
                float(row["c_nf_per_km"]),
                min(float(v) for k, v in row.items() if k.startswith("ampacity_") and v),
            )
            for row in csv.DictReader(file)
        ]


def choose_conductor(
    catalogue: list[Conductor],
    *,
    vn_kv: float,
    laying: str,
    load: DesignLoad,
    route_m: float,
    fault_ka: float | None = None,
) -> Conductor:
    """The smallest that carries the current at the lowest legal voltage within the drop and stands
    a short circuit where that is known; else circuits of the largest.
    """
    level = "lv" if vn_kv < 1.0 else "hv" if vn_kv in HV_VOLTAGE_LIMITS_V else "mv"
    if level == "hv":
        nominal_v, lowest_v = 1000.0 * vn_kv, HV_VOLTAGE_LIMITS_V[vn_kv][0]
    else:
        nominal_v, lowest_v, _ = VOLTAGE_LIMITS_V[vn_kv]
    shelf = 0.4 if level == "lv" else vn_kv
    rows = [c for c in catalogue if c.nominal_kv == shelf and c.laying == laying]
    rows.sort(key=lambda c: c.area_mm2)
    current_a = 1000.0 * load.s_kva / (math.sqrt(3.0) * lowest_v)
    factors = CIRCUIT_FACTORS[laying]

    def of_one_a(row: Conductor, circuits: int) -> float:
        return row.ampacity_a * factors[min(circuits, len(factors)) - 1]

    def is_enough(row: Conductor, circuits: int) -> bool:
        ohm_w = row.r_ohm_per_km * load.p_kw + row.x_ohm_per_km * load.q_kvar
        drop = 1000.0 * ohm_w * route_m / 1000.0 / nominal_v**2 / circuits
        carried_a = NEW_LINE_SHARE * circuits * of_one_a(row, circuits)
        return carried_a >= current_a and drop <= DROP_SHARE[level]

    def stands(row: Conductor) -> bool:
        if fault_ka is None or level == "lv":
            return True
        return row.area_mm2 * THERMAL_C[row.material] >= 1000.0 * fault_ka * math.sqrt(CLEARING_S)

    for row in rows:
        if stands(row) and is_enough(row, 1):
            return row
    circuits = 1
    while not is_enough(rows[-1], circuits):
        circuits += 1
    return replace(rows[-1], ampacity_a=of_one_a(rows[-1], circuits), parallel=circuits)
