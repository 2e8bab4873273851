"""Standing: why a line or transformer is not offered to who plans without signal.

The obstacles are those the planner refuses for, or sends to the desk for, before anything is
solved (`planner.access`): a phone that offered such a place would be told otherwise later.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from api.map.places import Places, places_of_lines, places_of_nodes
from grid_models.feeders import PRIVATE, PUBLIC
from grid_models.model import GridModel
from planner.headroom import Headroom

__all__ = ["why_no_line", "why_no_transformer", "why_unknown"]

Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]
Bools = npt.NDArray[np.bool_]


def why_no_line(model: GridModel, rows: Ints) -> tuple[Texts, Places]:
    """Return why each line is no point, empty where it may be one, and where it hangs."""
    places = places_of_lines(model, rows)
    laying = _texts(model, "lines", "laying", rows)
    return _first_that_holds(
        _of_its_owner(model, "lines", rows, places)
        | {
            "removal_planned": _is_to_go(model, "lines", rows),
            "first_section": model.is_first_section[rows],
            "tie": model.has_open_end[rows],
            "laying_unknown": ~np.isin(laying, ("overhead", "cable")),
        },
        len(rows),
    ), places


def why_no_transformer(model: GridModel, rows: Ints) -> Texts:
    """Return why each transformer is no point; empty where it may be one."""
    board = np.asarray(model.transformer_ends)[1][rows]
    places = places_of_nodes(model, board)
    return _first_that_holds(
        _of_its_owner(model, "transformers", rows, places)
        | {
            "removal_planned": _is_to_go(model, "transformers", rows)
            | _is_to_go(model, "nodes", board),
        },
        len(rows),
    )


def why_unknown(found: Headroom) -> Texts:
    """Return why a figure is none to plan by, empty where it is one."""
    is_solved = np.isin(found.quality.astype(str), ("exact", "full_ac"))
    return _first_that_holds(
        {
            "no_solution": ~is_solved | np.isnan(found.free_kva),
            # whatever may be put there without end is not known, rather than strong
            "no_limit_known": np.isinf(found.free_kva),
        },
        len(found.free_kva),
    )


def _of_its_owner(model: GridModel, table: str, rows: Ints, places: Places) -> dict[str, Bools]:
    """Say what is not supplied by a tree, or not known to be public up to its busbar."""
    tree, row = places
    way = np.full(len(rows), PUBLIC, dtype=np.int64)
    for number in np.unique(tree[tree >= 0]).tolist():
        own = tree == number
        way[own] = model.owners(number).owner[row[own]]
    owner = _texts(model, table, "ownership", rows)
    is_private = (owner == "private") | (way == PRIVATE)
    return {
        "private": is_private,
        "ownership_unknown": (owner != "public") | (way != PUBLIC),
        "not_in_a_tree": tree < 0,
    }


def _is_to_go(model: GridModel, table: str, rows: Ints) -> Bools:
    return np.asarray(~np.isnat(model.column(table, "removal_planned_on")[rows]))


def _texts(model: GridModel, table: str, name: str, rows: Ints) -> npt.NDArray[Any]:
    return np.array(model.texts(table, name, rows), dtype=str)


def _first_that_holds(reasons: dict[str, Bools], count: int) -> Texts:
    why = np.full(count, "", dtype=object)
    for reason, holds in reversed(reasons.items()):
        why[holds] = reason
    return why
