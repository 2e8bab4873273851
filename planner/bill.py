"""Bill of quantities: each work of an option as items of the price list, with who pays.

Electrical part and civil works of a new cable of 10 kV and above are two items: the first is paid
for every circuit, the trench once. What the utility relieves later is no part of this connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from grid_models.catalogue import Catalogue
from planner.connection import Trial
from planner.design_load import level_of
from planner.plan import CostItem, Work
from planner.prices import PriceList
from planner.sizing import NOMINAL_KV

__all__ = ["bill_plainly", "make_bill"]

LATER = "reinforce_later"
_M_PER_KM = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """An item looked for in the price list, and how much of it."""

    code: str
    quantity: float
    unit: str
    part: str = "complete"


def make_bill(
    works: Sequence[Work],
    trial: Trial,
    prices: PriceList,
    catalogue: Catalogue,
    *,
    metering: str,
    inside_m: float = 0.0,
) -> tuple[CostItem, ...]:
    """List what an option is made of, with the price of each unit.

    Parameters
    ----------
    works
        Of the option, from `find_works`.
    catalogue
        Gives the type of the customer's transformers.
    metering
        Side of supply and side of metering, as `metering_mode` gives it.
    inside_m
        Length of the route beyond the investment boundary, on the customer's own land, which the
        customer pays; 0 where the site is a point.
    """
    # An existing supply has no new line, and nothing of it lies on the customer's land.
    share = inside_m / trial.candidate.length_m if inside_m else 0.0
    items: list[CostItem] = []
    for work in works:
        if work.code == LATER:
            continue
        for ways in _wanted(work, trial, catalogue, metering):
            wanted = next((way for way in ways if prices.find(way.code)), ways[0])
            inside = share if wanted.unit == "km" else 0.0
            for payer, part in ((work.payer, 1.0 - inside), ("customer", inside)):
                if part > 0.0:
                    items.append(_item(work, wanted, payer, part * wanted.quantity, prices))
    return tuple(items)


def bill_plainly(works: Sequence[Work], prices: PriceList) -> tuple[CostItem, ...]:
    """List works that are one item each, priced by their own code."""
    return tuple(
        _item(
            work,
            _Wanted(code=work.code, quantity=work.quantity, unit=work.unit),
            work.payer,
            work.quantity,
            prices,
        )
        for work in works
    )


def _wanted(
    work: Work,
    trial: Trial,
    catalogue: Catalogue,
    metering: str,
) -> Iterator[tuple[_Wanted, ...]]:
    """Items of a work; each in the ways a list may price it, the most particular first."""
    conductor, amount, unit = trial.conductor, work.quantity, work.unit
    match work.code:
        case "lv_service_line" | "mv_line_new" | "hv_line_new":
            level = work.code.partition("_")[0]
            codes = (conductor.type, f"{level}_line_{conductor.laying}")
            yield tuple(
                _Wanted(code=code, quantity=amount / _M_PER_KM, unit="km", part="electrical")
                for code in codes
            )
            if level != "lv" and conductor.laying == "cable":
                route_km = trial.candidate.length_m / _M_PER_KM
                civil = f"{level}_cable_civil{_of_voltage(trial)}"
                yield (_Wanted(code=civil, quantity=route_km, unit="km", part="civil"),)
        case code if (code.endswith("_replace") and unit == "m") or "_replace_" in code:
            yield (_Wanted(code=code, quantity=amount / _M_PER_KM, unit="km", part="electrical"),)
        case "customer_transformer":
            kva = work.rated_kva or 0.0
            by_size = _Wanted(code=work.code, quantity=amount * kva, unit="kVA")
            kind = _type_of(catalogue, NOMINAL_KV[trial.kv], kva)
            by_type = (_Wanted(code=kind, quantity=amount, unit=unit),) if kind else ()
            yield (*by_type, by_size)
        case "transformer_replace":
            types = (work.type,) if work.type else ()
            yield tuple(
                _Wanted(code=code, quantity=amount, unit=unit) for code in (*types, work.code)
            )
        case "hv_bay":
            yield (_Wanted(code=f"{work.code}{_of_voltage(trial)}", quantity=amount, unit=unit),)
        case "metering":
            yield (
                _Wanted(
                    code=f"metering_{metering}{_of_voltage(trial)}", quantity=amount, unit=unit
                ),
            )
        case _:
            yield (_Wanted(code=work.code, quantity=amount, unit=unit),)


def _of_voltage(trial: Trial) -> str:
    """Return what tells the items of 35 and 110 kV apart; nothing below."""
    kv = NOMINAL_KV[trial.kv]
    return f"_{kv:g}" if level_of(kv) == "hv" else ""


@lru_cache(maxsize=256)
def _type_of(catalogue: Catalogue, kv: float, kva: float) -> str | None:
    """Smallest transformer of the catalogue that is large enough, oil-immersed before dry."""
    types = catalogue.customer_transformers_for(kv)
    types = types[types["sn_kva"] >= kva]
    return None if types.empty else str(types.index[0])


def _item(work: Work, wanted: _Wanted, payer: str, quantity: float, prices: PriceList) -> CostItem:
    price = prices.find(wanted.code)
    if price is None:
        return CostItem(
            code=wanted.code, work=work.code, part=wanted.part, quantity=quantity,
            unit=wanted.unit, unit_p15=None, unit_p50=None, unit_p85=None, price_year=None,
            scope_zh="", scope_en="", source="", verified=False, payer=payer,
        )  # fmt: skip
    return CostItem(
        code=price.code, work=work.code, part=price.part, quantity=quantity, unit=wanted.unit,
        unit_p15=price.p15, unit_p50=price.p50, unit_p85=price.p85, price_year=price.price_year,
        scope_zh=price.scope_zh, scope_en=price.scope_en, source=price.source,
        verified=price.verified, payer=payer,
    )  # fmt: skip
