"""Life of an application: its states and the moves between them, in one table."""

from __future__ import annotations

from collections.abc import Mapping

from grid_models.errors import SupplyPlanError

__all__ = ["DRAFT", "ENDED", "MOVES", "TIMED", "MoveError", "check_move"]

MOVES: Mapping[str, tuple[str, ...]] = {
    "draft": ("accepted", "withdrawn"),
    "accepted": ("planned", "withdrawn"),
    # back from held: the short hold was given up or ran out
    "planned": ("held", "withdrawn", "superseded"),
    "held": ("planned", "replied", "withdrawn", "superseded"),
    "replied": ("agreed", "expired", "withdrawn", "superseded"),
    "agreed": ("in_construction", "expired", "withdrawn"),
    "in_construction": ("energised", "withdrawn"),
    "energised": (),
    "withdrawn": (),
    "expired": (),
    "superseded": (),
}
"""Where each state may lead."""

ENDED = frozenset(state for state, onward in MOVES.items() if not onward)
"""States without a way on."""
DRAFT = "draft"
"""State of what is not complete yet."""
TIMED = tuple(state for state in MOVES if state not in ENDED and state != DRAFT)
"""States in which the utility's clock counts."""


class MoveError(SupplyPlanError):
    """The state of an application does not lead there."""

    def __init__(self, application_id: str, state: str, wanted: str) -> None:
        onward = ", ".join(MOVES[state]) or "-"
        super().__init__(
            f"application {application_id} is {state} and cannot become {wanted}; "
            f"it may become: {onward} / "
            f"申请 {application_id} 现为 {state}，不能变为 {wanted}；可变为：{onward}"
        )


def check_move(application_id: str, state: str, wanted: str) -> None:
    """Make sure a state leads to another.

    Raises
    ------
    MoveError
        If it does not.
    """
    if wanted not in MOVES[state]:
        raise MoveError(application_id, state, wanted)
