"""Second opinion: an option rebuilt in the grid, solved by pandapower and judged again, by ids.

Nothing of the search is used here: the grid is edited as a whole, pandapower solves it, networkx
finds path, feeder and tree, and what section 4 of the procedure says is written again in few lines.
Only the limits come from the same rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isclose, sqrt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from grid_models.edits import (
    CUSTOMER_NODE,
    NEW_LINE,
    SPLIT_NODE,
    AddedLoad,
    AddLoads,
    ConnectCustomer,
    ReplaceTransformer,
    apply,
)
from grid_models.grid import Grid
from grid_models.solvers.reference import solve_reference
from grid_models.solvers.result import PowerFlowResult
from planner.application import Commitment, SupplyApplication
from planner.design_load import Level, find_demand
from planner.plan import DesignLoad
from planner.reach import Reach, find_reach, live_ends
from planner.rules import Rules
from planner.sizing import NOMINAL_KV

__all__ = ["Finding", "SecondOpinion"]

# Two engines agree to this much.
TOLERANCE = {"pu": 1e-6, "%": 1e-4, "V": 0.01}
SLACK = 1e-9
PHASES = 3.0
# Just below the hosting capacity every limit holds, just above one breaks.
BELOW, ABOVE = 0.9999, 1.001
_SEVERITY = {"show": 0, "desk": 1, "block": 2}


class Finding(NamedTuple):
    """One field of an option that does not follow from the power flow; `place` is in the option."""

    place: str
    stated: Any
    recomputed: Any
