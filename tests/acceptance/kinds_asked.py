"""Applications of all kinds, drawn by number: the same seed asks the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from referee_limits import LV_KV, MV_KV
from referee_sites import Plane, seeded_sites

_CYCLE = (
    "kilowatts", "two_sources", "kva", "increase", "temporary", "disturbing", "small_micro",
    "order", "important", "three_sources", "large", "single_phase", "stages", "two_sources",
    "max_demand", "border",
)  # fmt: skip
# Every other of the large ones is too large for 10(20) kV.
KINDS = (*("dedicated" if kind == "large" else kind for kind in _CYCLE), *_CYCLE)
PLAIN = {"kilowatts", "kva", "large", "border"}
CATEGORIES = ("resident", "commercial", "industrial", "agricultural", "ev_charging")
DAY = "2026-06-01"


@dataclass(frozen=True, slots=True)
class Asked:
    """One application: its kind, the form as a customer fills it, and its design by hand."""

    number: int
    kind: str
    fields: dict[str, Any]
    along_streets: bool = False

    @property
    def is_plain(self) -> bool:
        """True where nothing but power and place is stated."""
        return self.kind in PLAIN and not self.along_streets

    def __str__(self) -> str:
        stated = {k: v for k, v in self.fields.items() if k not in ("area", "special_load")}
        return f"{self.number} {self.kind} {stated}" + " streets" * self.along_streets


def draw(net, plane: Plane, *, count: int, seed: int, node: str = "bus", streets_every: int = 0):
    """Applications around the nodes of a net.

    `node` is what the product calls one; every so many go along the streets.
    """
    rng = np.random.default_rng(seed)
    asked = []
    for site in seeded_sites(plane, count, seed):
        kind = KINDS[(site.number + seed) % len(KINDS)]
        fields = {"at": [site.lon, site.lat], "area": "demo", "special_load": "none"}
        fields |= _fields(kind, rng, net, node)
        if "existing_node" in fields:
            bus = int(fields["existing_node"].rpartition(":")[2])
            at = plane.bus_xy[net.bus.index.get_loc(bus)]
            fields["at"] = list(plane.to_lon_lat(at))
        along = bool(streets_every) and site.number % streets_every == 1
        asked.append(Asked(site.number, kind, fields, along))
    return asked


def _one(rng: np.random.Generator, *values: Any) -> Any:
    return values[int(rng.integers(len(values)))]


def _fields(kind: str, rng: np.random.Generator, net, node: str) -> dict[str, Any]:
    power = _one(rng, {"kw": 60.0}, {"kw": 150.0}, {"kva": 630.0}, {"kva": 1250.0})
    match kind:
        case "kilowatts":
            return {"kw": _one(rng, 25.0, 60.0, 120.0, 150.0)}
        case "kva":
            return {"kva": _one(rng, 400.0, 630.0, 1250.0, 1600.0)}
        case "large":
            return {"kva": _one(rng, 3150.0, 4000.0, 5600.0, 8000.0)}
        case "dedicated":
            return {"kva": _one(rng, 12_000.0, 21_000.0, 25_000.0, 30_000.0)}
        case "border":
            return _one(rng, {"kw": 195.0}, {"kw": 205.0}, {"kva": 200.0}, {"kw": 260.0})
        case "two_sources" | "three_sources":
            return _sources(kind, rng)
        case "increase":
            return _increase(rng, net, node)
        case "temporary":
            until = _one(rng, "2026-12-31", "2028-01-31")
            return power | {
                "business": "temporary", "category": "construction", "until_date": until,
            }  # fmt: skip
        case "disturbing":
            kinds = _one(rng, ["welding"], ["rectifier", "arc_furnace"], ["rail"])
            return {
                "kva": _one(rng, 630.0, 2000.0), "category": "industrial", "load_kinds": kinds,
                "largest_motor_kw": _one(rng, 55.0, 160.0),
                "motor_start": _one(rng, "direct", "soft", "vfd"), "motor_starts_per_hour": 6.0,
            }  # fmt: skip
        case "small_micro":
            return {"kw": _one(rng, 30.0, 100.0, 160.0), "small_micro": True}
        case "order":
            return power | {"order": _one(rng, "cost", "time", "reliability")}
        case "important":
            return {
                "kw": _one(rng, 300.0, 900.0), "important_kw": _one(rng, 100.0, 250.0),
                "importance": _one(rng, "second", "first", "special"),
            }  # fmt: skip
        case "single_phase":
            return {"kw": _one(rng, 4.0, 8.0, 12.0), "phases": 1, "category": "resident"}
        case "stages":
            return {"kva": _one(rng, 2500.0, 4000.0, 6000.0), "stages": _one(rng, 2, 3)}
        case _:
            category = _one(rng, *CATEGORIES)
            return {
                "kw": 400.0, "max_demand_kw": _one(rng, 150.0, 320.0), "category": category,
                "power_factor": _one(rng, 0.85, 0.98),
            }  # fmt: skip


def _sources(kind: str, rng: np.random.Generator) -> dict[str, Any]:
    importance = _one(rng, "ordinary", "second", "first", "special")
    asked = {"sources": 2 if kind == "two_sources" else 3, "importance": importance}
    if importance == "special":
        asked["sources"] = 3
    asked |= _one(rng, {"kva": 800.0}, {"kva": 2000.0}, {"kw": 900.0}, {"kw": 120.0})
    if rng.random() < 0.8:
        asked["important_kw"] = 0.4 * (asked.get("kw") or asked["kva"] * 0.9)
    return asked


def _increase(rng: np.random.Generator, net, node: str) -> dict[str, Any]:
    loads = net.load[net.load.in_service & (net.load.p_mw > 0.0)]
    loads = loads[loads.bus.map(net.bus.vn_kv).isin((*LV_KV, *MV_KV))]
    row = loads.iloc[int(rng.integers(len(loads)))]
    present = round(1000.0 * float(np.hypot(row.p_mw, row.q_mvar)) + 1.0, 1)
    total = round(present * _one(rng, 1.3, 2.0, 6.0) + 5.0, 1)
    asked = {"business": "increase", "existing_node": f"{node}:{int(row.bus)}"}
    is_low = float(net.bus.at[int(row.bus), "vn_kv"]) in LV_KV
    return asked | {"existing_kva": present, ("kw" if is_low else "kva"): total}
