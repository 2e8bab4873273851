"""Supply of candidates: looked for in widening rings, handed out nearest first."""

from __future__ import annotations

from collections.abc import Callable

from planner.candidate import END_M, Candidate

__all__ = ["Supply"]

# Each ring reaches this much farther than the last; the first reaches RINGS such steps inwards.
WIDENING = 2.0
RINGS = 3
# Nearer than this a route has its least length, whatever the distance: one ring holds them all.
LEAST_M = 50.0


class Supply:
    """Candidates round a site, found ring by ring as they are asked for.

    Parameters
    ----------
    look
        Finds the candidates of a ring (straight distances, metres), nearest first.
    most_m
        Greatest straight distance.
    """

    def __init__(
        self, look: Callable[[tuple[float, float]], tuple[Candidate, ...]], most_m: float
    ) -> None:
        self._look = look
        reaches = (most_m / WIDENING**ring for ring in range(RINGS, 0, -1))
        self._reaches = [reach for reach in reaches if reach >= LEAST_M] + [most_m]
        self._reached = -1.0
        self._held_back: list[Candidate] = []
        self.usable: list[Candidate] = []
        self.refused: list[Candidate] = []

    def usable_at(self, place: int) -> Candidate | None:
        """Return the candidate of a place in the order of distance; None beyond the last."""
        while place >= len(self.usable) and self._reaches:
            self._widen()
        return self.usable[place] if place < len(self.usable) else None

    def _widen(self) -> None:
        reach = self._reaches.pop(0)
        found = [*self._held_back, *self._look((self._reached, reach))]
        self._reached = reach
        # What was moved off the end of a line may lie behind some of the next ring.
        is_sure = reach - END_M if self._reaches else float("inf")
        self._held_back = [c for c in found if c.distance_m > is_sure]
        for candidate in sorted(
            (c for c in found if c.distance_m <= is_sure), key=lambda candidate: candidate.key
        ):
            (self.refused if candidate.refusals else self.usable).append(candidate)
