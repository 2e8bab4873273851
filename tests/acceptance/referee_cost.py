"""What an option costs: the price list multiplied out again, as docs/cost.md says."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator
from functools import cache

from referee_application import CATALOGUE, Conductor, DesignLoad, sizes_of
from referee_limits import (
    COMPENSATION_SHARE,
    HV_BANDS_KVA,
    LV_SIDE_METER_KVA,
    NATURAL_POWER_FACTOR,
    POWER_FACTOR_MIN,
)
from referee_options import Json
from referee_trials import Trial, Trials

PRICES = CATALOGUE.parents[2] / "planner" / "prices" / "prices.csv"
TRANSFORMERS = CATALOGUE.with_name("transformers.csv")
JOINTS = {
    "mv_public_bay": "bay_use",
    "mv_public_tee": "boundary_switch",
    "mv_public_ring_in": "ring_main_unit",
}
CNY = 0.01
PERCENTILES = ("p15", "p50", "p85")

Sums = dict[str, tuple[float, float, float]]


def objections_to_cost(option: Json, trial: Trial, trials: Trials) -> Iterator[str]:
    """Every sum that does not come out again; without it a wrong price could order options."""
    by_payer = cost_by_payer(option, trial, trials)
    cost = option["cost"]
    for k, name in enumerate(PERCENTILES):
        should = sum(sums[k] for sums in by_payer.values())
        if not math.isclose(cost[name], should, abs_tol=CNY):
            yield f"cost {name} {cost[name]:.2f}, should be {should:.2f}"
    stated = {payer: round(cny, 2) for payer, cny in cost["by_payer"].items()}
    expected = {payer: round(sums[1], 2) for payer, sums in by_payer.items()}
    if stated != expected:
        yield f"cost by payer {stated}, should be {expected}"


def cost_by_payer(option: Json, trial: Trial, trials: Trials) -> Sums:
    """P15, P50 and P85 by who pays, of an ordinary permanent supply of no small firm."""
    sums: dict[str, list[float]] = {}
    for payer, code, quantity in _bill(option, trial, trials):
        own = sums.setdefault(payer, [0.0, 0.0, 0.0])
        for k, price in enumerate(prices()[code]):
            own[k] += quantity * price
    return {payer: (p15, p50, p85) for payer, (p15, p50, p85) in sums.items()}


def _bill(option: Json, trial: Trial, trials: Trials) -> Iterator[tuple[str, str, float]]:
    candidate, conductor = trial.candidate, trial.conductor
    route_km = option["sources"][0]["route"]["length_m"] / 1000.0
    if option["kind"] == "lv_after_works":
        sn_mva, _ = trials.after_works(candidate)
        kv = _transformer_kv(candidate, trials)
        yield "utility", f"S13-{1000.0 * sn_mva:g}/{kv:g}", 1.0
    yield "to_confirm", conductor.type, route_km * conductor.parallel
    if candidate.level == "lv":
        yield "utility", "metering_low_low", 1.0
        return
    if candidate.laying == "cable":
        yield "to_confirm", "mv_cable_civil", route_km
    yield "to_confirm", JOINTS[candidate.kind], 1.0
    capacity_kva = trials.load(candidate).capacity_kva
    for kva, count in Counter(_units(capacity_kva)).items():
        yield "customer", _customer_type(kva, trials.ground.vn_kv(candidate)), float(count)
    kvar = _compensation_kvar(trials.load(candidate), trials.ground.vn_kv(candidate))
    yield "customer", "compensation", kvar
    side = "low" if capacity_kva <= LV_SIDE_METER_KVA else "high"
    yield "utility", f"metering_high_{side}", 1.0


def cost_of_dedicated(
    conductor: Conductor, load: DesignLoad, kv: float, route_m: float
) -> tuple[float, float, float]:
    """P15, P50 and P85 of a line of 35 or 110 kV with a transformer of the customer's own."""
    bill = [
        (f"hv_bay_{kv:g}", 1.0),
        (conductor.type, route_m / 1000.0 * conductor.parallel),
        (f"hv_cable_civil_{kv:g}", route_m / 1000.0),
        ("compensation", _compensation_kvar(load, kv)),
        (f"metering_high_high_{kv:g}", 1.0),
    ]
    units = Counter(_units(load.capacity_kva, kv)).items()
    bill += [(_customer_type(kva, kv), float(count)) for kva, count in units]
    p15, p50, p85 = (sum(q * prices()[code][k] for code, q in bill) for k in range(3))
    return p15, p50, p85


def _units(capacity_kva: float, kv: float = 10.0) -> list[float]:
    """Sizes of the customer's transformers: one, else two of the least sum, the more equal first;
    of more than two as many of the largest as leave a need for two."""
    sizes = [float(kva) for kva in sizes_of("hv" if kv in HV_BANDS_KVA else "mv")]
    largest = max(sizes)
    units: list[float] = []
    while capacity_kva > 2.0 * largest + 1e-9:
        units.append(largest)
        capacity_kva -= largest
    alone = [kva for kva in sizes if kva >= capacity_kva - 1e-9]
    if alone:
        return [*units, min(alone)]
    pairs = [(a, b) for a in sizes for b in sizes if a <= b and a + b >= capacity_kva - 1e-9]
    return [*units, *min(pairs, key=lambda pair: (sum(pair), pair[1] - pair[0]))]


def _compensation_kvar(load, kv: float) -> float:
    """For the load and for the customer's own transformers, at least a share of their capacity."""
    units = _units(load.capacity_kva, kv)
    target = max(POWER_FACTOR_MIN, load.power_factor)
    s_kva = load.p_kw / target
    turn = math.tan(math.acos(NATURAL_POWER_FACTOR)) - math.tan(math.acos(target))
    own = 0.0
    for kva in units:
        share = s_kva / sum(units)
        i0_pct, uk_pct = _own_demand(kva, kv)
        own += kva * (i0_pct + uk_pct * share**2) / 100.0
    return max(load.p_kw * turn + own, COMPENSATION_SHARE * sum(units))


def _own_demand(kva: float, kv: float) -> tuple[float, float]:
    """Greatest idle current and short-circuit voltage made at a size, else at the next larger."""
    rows = [row for row in _rows(TRANSFORMERS) if float(row["hv_kv"]) == kv]
    size = min(float(row["sn_kva"]) for row in rows if float(row["sn_kva"]) >= kva)
    made = [row for row in rows if float(row["sn_kva"]) == size]
    return max(float(row["i0_pct"]) for row in made), max(float(row["vk_pct"]) for row in made)


def _customer_type(kva: float, kv: float) -> str:
    """The smallest made that is large enough, oil-immersed where there is one of the size."""
    rows = [(size, series != "S13", code) for code, series, hv, size in types() if hv == kv]
    return min(row for row in rows if row[0] >= kva)[2]


def _transformer_kv(candidate, trials: Trials) -> float:
    index = int(candidate.element_id.removeprefix("trafo:"))
    net = trials.ground.grid.net
    return float(net.bus.vn_kv.at[net.trafo.hv_bus.at[index]])


@cache
def prices() -> dict[str, tuple[float, float, float]]:
    """P15, P50 and P85 by code, of the list and of the catalogue."""
    found = {
        row["code"]: (float(row["p15"]), float(row["p50"]), float(row["p85"]))
        for row in _rows(PRICES)
    }
    for path, middle in (
        (CATALOGUE, "price_cny_per_km"),
        (TRANSFORMERS, "price_cny"),
    ):
        for row in _rows(path):
            names = ("price_low", middle, "price_high")
            found[row["type"]] = tuple(float(row[name]) for name in names)
    return found


@cache
def types() -> list[tuple[str, str, float, float]]:
    """Type, series, high-side kV and kVA of every transformer of the catalogue."""
    return [
        (row["type"], row["series"], float(row["hv_kv"]), float(row["sn_kva"]))
        for row in _rows(TRANSFORMERS)
    ]


def _rows(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
