"""Advice the company owes a customer: sizes, documents, steps and legal facts."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Advice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One line of the page for the customer.

    Parameters
    ----------
    topic
        size, temporary, documents, steps or legal.
    rule_ids
        Rows it rests on.
    verified
        Whether someone has read the sources of all of them.
    """

    topic: str
    code: str
    rule_ids: tuple[str, ...]
    verified: bool
    zh: str
    en: str
