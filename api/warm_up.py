"""WarmUp: the kernels compiled before the first customer waits for them.

On a machine that has run nothing yet they take tens of seconds, which the first request would pay.
"""

from __future__ import annotations

import logging
from datetime import date
from functools import cache

from grid_models.catalogue import load_catalogue
from grid_models.model import GridModel
from grid_models.synthesize import synthesize_grid
from planner.application import SupplyApplication
from planner.assistant import make_plan
from planner.rules import RuleBook, load_rule_book

__all__ = ["answer_samples", "warm_up"]

_NODES, _SEED = 300, 1
_DAY = date(2026, 11, 1)
# In kW at low voltage, in kVA at 10 kV.
_ASKED = ((30.0, None), (None, 400.0))

_log = logging.getLogger(__name__)


@cache
def warm_up() -> None:
    """Answer two applications on a made-up grid, once a process.

    Whatever goes wrong is logged and no more: a request will meet it again and say so.
    """
    try:
        answer_samples(load_rule_book("demo"), _DAY)
    except Exception:
        _log.exception("the kernels were not compiled beforehand")


def answer_samples(book: RuleBook, day: date) -> None:
    """Answer two applications on a made-up grid, one at low voltage and one at 10 kV.

    Parameters
    ----------
    day
        Acceptance date of both.
    """
    model = _model()
    lon, lat = (float(model.column("nodes", name).mean()) for name in ("lon", "lat"))
    for kw, kva in _ASKED:
        application = SupplyApplication(lon=lon, lat=lat, on_date=day, kw=kw, kva=kva)
        make_plan(application, model, book, load_catalogue())


@cache
def _model() -> GridModel:
    grid = synthesize_grid(nodes=_NODES, seed=_SEED, load_date=_DAY, topology_date=_DAY)
    return GridModel.of(grid)
