"""Plan id: a hash of everything a plan depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from grid_models.model import GridModel
from planner.application import Commitment, SupplyApplication
from planner.plan import SCHEMA
from planner.routing import Streets
from planner.rules import RuleBook
from planner.terms import Terms

__all__ = ["find_plan_id", "plain_fields"]


def plain_fields(value: Any) -> dict[str, Any]:
    """Return a value's fields with dates as text; a red line only where there is one."""
    fields = asdict(value)
    if fields.get("site", True) is None:
        del fields["site"]
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in fields.items()}


def find_plan_id(
    application: SupplyApplication,
    model: GridModel,
    rule_book: RuleBook,
    terms: Terms,
    commitments: Sequence[Commitment],
    streets: Streets | None,
) -> str:
    """Hash everything a plan depends on; no clock, path or machine."""
    held = sorted((plain_fields(c) for c in commitments), key=lambda c: str(c["commitment_id"]))
    content = {
        "schema": SCHEMA,
        "application": plain_fields(application),
        "grid": model.version,
        "rules": [rule_book.area, rule_book.version],
        "catalogue": terms.catalogue.version,
        "prices": [terms.prices.name, terms.prices.version],
        "calendar": terms.calendar.version,
        "commitments": held,
    }
    if streets is not None:
        content["streets"] = streets.version
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
