"""Alteration: edits that change what is there: powers, switches, conductors, what is in service.

Each carries what it changes from as well as what it changes to, or can only be made from the other
position: so it can be taken back to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, assert_never

from grid_models.grid import Grid

__all__ = [
    "ChangePowers",
    "Power",
    "PowerChange",
    "ReplaceConductor",
    "SetService",
    "SetSwitches",
    "grow_loads",
    "opposite",
    "set_powers",
]

PowerTable = Literal["loads", "generators"]
ServiceTable = Literal["lines", "transformers", "loads", "generators"]


class Power(NamedTuple):
    """Power of a load or generator as it stands in its table."""

    p_kw: float
    q_kvar: float
    scaling: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerChange:
    """Power of one load or generator, before and after."""

    element_id: str
    before: Power
    after: Power


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePowers:
    """Other powers of some loads, or of some generators: growth, a new forecast.

    `grow_loads` and `set_powers` make it from a grid.
    """

    table: PowerTable
    changes: tuple[PowerChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSwitches:
    """Switches closed and opened in one go: a transfer of load has no state in between.

    Parameters
    ----------
    closed, opened
        Ids of switches; each stands in the other position before.
    """

    closed: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetService:
    """Elements of one table taken out of service, or put into it.

    Parameters
    ----------
    element_ids
        Each of them is in the other state before.
    """

    table: ServiceTable
    element_ids: tuple[str, ...]
    is_in_service: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceConductor:
    """Another conductor on the course of a line, used in full.

    Limits of the present conductor (`source` conductor) go with it; those of its bay (dispatch
    list, CT, relay, switch) stay.

    Parameters
    ----------
    r_ohm_per_km, x_ohm_per_km, c_nf_per_km, ampacity_a
        Of one of its `parallel` circuits.
    """

    element_id: str
    parallel: int
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    ampacity_a: float
    conductor_type: str
    laying: str


def grow_loads(grid: Grid, load_ids: Iterable[str], factor: float) -> ChangePowers:
    """Return the edit that multiplies the scaling of some loads.

    Parameters
    ----------
    load_ids
        Ids in the loads table.
    factor
        1.05 is a growth by 5 %.
    """
    rows = grid.loads.loc[list(load_ids), ["p_kw", "q_kvar", "scaling"]]
    return ChangePowers(
        table="loads",
        changes=tuple(
            PowerChange(
                element_id=str(name),
                before=Power(p_kw, q_kvar, scaling),
                after=Power(p_kw, q_kvar, scaling * factor),
            )
            for name, (p_kw, q_kvar, scaling) in zip(
                rows.index, rows.to_numpy().tolist(), strict=True
            )
        ),
    )


def set_powers(
    grid: Grid, table: PowerTable, powers: Mapping[str, tuple[float, float]]
) -> ChangePowers:
    """Return the edit that gives some loads or generators a power, scaled by 1.

    Parameters
    ----------
    powers
        Active and reactive power in kW and kvar by id.
    """
    rows = grid.tables()[table].loc[list(powers), ["p_kw", "q_kvar", "scaling"]]
    return ChangePowers(
        table=table,
        changes=tuple(
            PowerChange(element_id=name, before=Power(*present), after=Power(*powers[name], 1.0))
            for name, present in zip(powers, rows.to_numpy().tolist(), strict=True)
        ),
    )


def opposite(
    edit: ChangePowers | SetSwitches | SetService,
) -> ChangePowers | SetSwitches | SetService:
    """Return the edit that takes back one which adds nothing."""
    match edit:
        case ChangePowers():
            changes = [replace(c, before=c.after, after=c.before) for c in edit.changes]
            return replace(edit, changes=tuple(changes))
        case SetSwitches():
            return SetSwitches(closed=edit.opened, opened=edit.closed)
        case SetService():
            return replace(edit, is_in_service=not edit.is_in_service)
        case _:
            assert_never(edit)
