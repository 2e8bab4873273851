"""What is to be built or done."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Work"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One thing to build or to do; `payer` is utility, government, customer or to_confirm.

    Parameters
    ----------
    rated_kva, type
        Of each transformer; None for other works, the type also where the customer chooses it.
    due_on
        Day by which the utility does what comes after the connection; None: before it.
    """

    code: str
    element_id: str
    quantity: float
    unit: str
    payer: str
    zh: str
    en: str
    rated_kva: float | None = None
    type: str | None = None
    due_on: str | None = None
