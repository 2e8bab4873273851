"""Edges: the branches of a network with equal ones in parallel joined to one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.network import Network

__all__ = ["ELECTRICAL", "Edges", "merge_parallel"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Parallel branches this close in all of these are one branch of several circuits.
ELECTRICAL = ("r", "x", "g_from", "b_from", "g_to", "b_to", "ratio", "shift_degree")
SAME = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Branches, equal ones between the same buses as one edge, rated as the weakest of them.

    Parameters
    ----------
    f, t
        Bus numbers of the two ends.
    first, circuits
        First branch of each edge, and how many there are.
    of_branch
        Edge of each branch.
    is_equal
        Whether the branches of an edge are alike.
    rating_from, rating_to
        Rated current of one circuit, pu.
    """

    f: Ints
    t: Ints
    first: Ints
    circuits: Ints
    of_branch: Ints
    is_equal: npt.NDArray[np.bool_]
    rating_from: Floats
    rating_to: Floats


@np.errstate(invalid="ignore")  # of what is unknown
def merge_parallel(network: Network) -> Edges:
    """Join the branches between the same two buses."""
    branches = network.branches
    low, high = np.minimum(branches.f, branches.t), np.maximum(branches.f, branches.t)
    key = low * len(network.base_kv) + high
    _, first, of_branch, circuits = np.unique(
        key, return_index=True, return_inverse=True, return_counts=True
    )
    same = branches.f == branches.f[first][of_branch]
    for name in ELECTRICAL:
        values = getattr(branches, name)
        other = values[first][of_branch]
        # What is unknown differs from nothing: such a part is a gap, see `gaps`.
        same &= np.isnan(values + other) | np.isclose(values, other, rtol=SAME, atol=0.0)
    is_equal = np.ones(len(first), dtype=bool)
    np.logical_and.at(is_equal, of_branch, same)
    ratings = np.full((2, len(first)), np.inf)
    np.minimum.at(ratings[0], of_branch, branches.rating_from)
    np.minimum.at(ratings[1], of_branch, branches.rating_to)
    return Edges(
        f=branches.f[first],
        t=branches.t[first],
        first=first.astype(np.int64),
        circuits=circuits.astype(np.int64),
        of_branch=of_branch.astype(np.int64),
        is_equal=is_equal,
        rating_from=ratings[0],
        rating_to=ratings[1],
    )
