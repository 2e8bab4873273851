"""Loads that may disturb others: by kind, and from which power they need a study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from planner.application import SupplyApplication
from planner.messages import Message, say
from planner.rules import Rules

__all__ = ["StudyLoad", "kind_of_load", "study_loads"]

# Kinds that the field `special_load` names.
_SPECIAL = ("impact", "harmonic", "single_phase", "generation")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyLoad:
    """A kind of load that may disturb others, its power and the power from which it is studied."""

    kind: str
    power_kw: float
    from_kw: float

    @property
    def needs_study(self) -> bool:
        """Whether it is large enough to be studied."""
        return self.power_kw >= self.from_kw


def study_loads(application: SupplyApplication, rules: Rules) -> Iterator[StudyLoad]:
    """Kinds of load that the application names or implies and that the rules know."""
    limits: Mapping[str, float] = rules.value("study_load_kw")
    whole = application.kw
    if whole is None:
        pf = application.power_factor or rules.number("power_factor_mv")
        whole = (application.kva or 0.0) * pf
    powers = dict.fromkeys(application.load_kinds, whole)
    if application.special_load not in (None, "none"):
        powers[str(application.special_load)] = whole
    if application.category == "ev_charging":
        powers["ev_fast"] = whole
    if application.motor_start == "vfd" and application.largest_motor_kw is not None:
        powers.setdefault("vfd", application.largest_motor_kw)
    for kind in sorted(powers):
        yield StudyLoad(kind=kind, power_kw=powers[kind], from_kw=float(limits[kind]))


def kind_of_load(kind: str) -> Message:
    """Return the word for a kind of load."""
    if kind in _SPECIAL:
        return say(f"special_load_{kind}")
    return say(f"load_kind_{kind}")
