"""What the customer has to provide on the own side of the supply point, and how it is metered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Compensation", "CustomerSide", "MeteringPoint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation:
    """Reactive power a customer compensates, and what it is made of (see `find_compensation`).

    Parameters
    ----------
    total_kvar
        To be installed.
    load_kvar, transformer_kvar
        Needed for the load and for the customer's own transformers to reach the target.
    least_kvar
        Usual least share of the transformers' capacity.
    natural_power_factor, target_power_factor
        Before compensation; to be reached at the high-voltage side.
    """

    total_kvar: float
    load_kvar: float
    transformer_kvar: float
    least_kvar: float
    natural_power_factor: float
    target_power_factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteringPoint:
    """One meter with its transformers.

    Parameters
    ----------
    number
        From 1; one a source.
    mode, wiring, equipment_class, meter_class
        As in the rules.
    full_current_a, normal_current_a
        Of the capacity and of the design load, where the meter stands.
    ct_ratio
        Such as 50/5; None: the meter is connected directly, or no standard ratio is large enough.
    ct_load_pct
        Normal current in percent of the primary current; None without current transformer.
    ct_class, vt_ratio, vt_class
        None where there is no such transformer.
    tariff
        Tariff class metered.
    zh, en
        What is added for losses.
    """

    number: int
    mode: str
    wiring: str
    equipment_class: str
    meter_class: str
    is_direct: bool
    full_current_a: float
    normal_current_a: float
    ct_ratio: str | None
    ct_load_pct: float | None
    ct_class: str | None
    vt_ratio: str | None
    vt_class: str | None
    tariff: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSide:
    """What the customer has to provide; `emergency_source_kva` is 0 where none is needed."""

    transformers_kva: tuple[float, ...]
    metering: Mapping[str, str]
    power_factor_min: float
    compensation_kvar: float
    tariff: Mapping[str, str]
    emergency_source_kva: float
    compensation: Compensation | None = None
    metering_points: tuple[MeteringPoint, ...] = ()
