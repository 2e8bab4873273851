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
    short_by_m
        How much shorter than the straight distance a route may be; None where routes are
        estimated, which makes the nearer point's route the shorter one.
    """

    def __init__(
        self,
        look: Callable[[tuple[float, float]], tuple[Candidate, ...]],
        most_m: float,
        *,
        short_by_m: float | None = None,
    ) -> None:
        self._look = look
        self._short_by_m = short_by_m
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
        sure = [c for c in found if self._least_m(c) <= is_sure]
        self._held_back = [c for c in found if self._least_m(c) > is_sure]
        for candidate in sorted(sure, key=lambda candidate: candidate.key):
            (self.refused if candidate.refusals else self.usable).append(candidate)

    def _least_m(self, candidate: Candidate) -> float:
        """Return the straight distance within which nothing unseen may have a shorter route.

        Along streets the nearer point may have the longer route: it waits until every point that
        might have a shorter one was looked at.
        """
        if self._short_by_m is None:
            return candidate.distance_m
        return candidate.length_m + self._short_by_m
