"""What the customer has to provide on the own side of the supply point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["CustomerSide"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSide:
    """What the customer has to provide; `emergency_source_kva` is None where it is to be stated."""

    transformers_kva: tuple[float, ...]
    metering: Mapping[str, str]
    power_factor_min: float
    compensation_kvar: float
    tariff: Mapping[str, str]
    emergency_source_kva: float | None
