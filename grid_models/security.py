"""Security: what is known of each feeder and main transformer for the loss of one element.

The one place to ask for a feeder's pattern, k, ties, receiving feeder and transferable load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grid_models.graft import Standing
from grid_models.model import GridModel, Place
from grid_models.patterns import Pattern, find_patterns
from grid_models.transfer import Transfer
from grid_models.transfers import Transfers, is_carried

__all__ = [
    "FeederSecurity",
    "MainTransformerSecurity",
    "feeder_security",
    "main_transformer_security",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeederSecurity:
    """What the loss of a feeder's head leaves.

    Parameters
    ----------
    feeder_id, tree_id
        Its outgoing line and its source tree.
    pattern
        With the k that the rules give it.
    tie_ids
        What could be closed, in the order of `transfers`.
    transfers
        The whole feeder by each tie, by AC power flow.
    take_over
        The best of it: one tie, or two that share the feeder; each names its receiving feeder.
    load_kva, transferable_kva
        Load of the feeder, and the largest part of it that can really be taken over.
    is_n_minus_1
        Whether everything is taken over within every limit.
    """

    feeder_id: str
    tree_id: str
    pattern: Pattern
    tie_ids: tuple[str, ...]
    transfers: tuple[Transfer, ...]
    take_over: tuple[Transfer, ...]
    load_kva: float
    transferable_kva: float
    is_n_minus_1: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MainTransformerSecurity:
    """What the loss of a main transformer leaves.

    Parameters
    ----------
    transformer_id
        The one that is lost; of several equal ones in parallel, one of them.
    transfers
        Its busbar onto another by each coupler; onto its equals in parallel, `tie_id` empty.
        Empty where there is neither.
    transferable_kva
        Largest part of the load that another transformer can really take over.
    is_n_minus_1
        Whether everything can be taken over within every limit.
    """

    transformer_id: str
    transfers: tuple[Transfer, ...]
    load_kva: float
    transferable_kva: float
    is_n_minus_1: bool


def feeder_security(
    model: GridModel, standing: Callable[[int], Standing], k_by_pattern: Mapping[str, float]
) -> Mapping[Place, FeederSecurity]:
    """Return what the loss of each 10(20) kV feeder's head leaves, by tree and row of its head.

    Parameters
    ----------
    standing
        Gives a source tree by number, with its limits and what has been promised.
    k_by_pattern
        As in `patterns.find_patterns`.
    """
    transfers = Transfers(model=model, standing=standing)
    found = {}
    for feeder, pattern in find_patterns(model, k_by_pattern).items():
        results, best = transfers.each(feeder), transfers.take_over(feeder)
        found[feeder] = FeederSecurity(
            feeder_id=model.branch_id(feeder.tree, feeder.row),
            tree_id=model.tree(feeder.tree).tree_id,
            pattern=pattern,
            tie_ids=tuple(transfer.tie_id for transfer in results),
            transfers=results,
            take_over=best,
            load_kva=transfers.load_kva(feeder),
            transferable_kva=transfers.transferable_kva(feeder),
            is_n_minus_1=is_carried(best),
        )
    return found


def main_transformer_security(
    model: GridModel, standing: Callable[[int], Standing]
) -> Sequence[MainTransformerSecurity]:
    """Return what the loss of each main transformer leaves, by coupler or by its equals beside it.

    Of one without either nothing in the substation can take the load.
    """
    transfers = Transfers(model=model, standing=standing)
    found = []
    for number in range(len(model.compiled.trees)):
        for row in np.unique(model.topology(number).main_transformer):
            if row < 0:
                continue
            top = Place(tree=number, row=int(row))
            results = transfers.each(top)
            largest_kva = transfers.transferable_kva(top) if results else 0.0
            load_kva = transfers.load_kva(top)
            if (beside := transfers.beside(top)) is not None:
                results = (beside, *results)
                largest_kva = load_kva if beside.is_carried else largest_kva
            found.append(
                MainTransformerSecurity(
                    transformer_id=model.branch_id(number, int(row)),
                    transfers=results,
                    load_kva=load_kva,
                    transferable_kva=largest_kva,
                    is_n_minus_1=any(result.is_carried for result in results),
                )
            )
    return tuple(found)
