"""Transfer: a graft solved, every limit held against it, and the worst of it put into words.

100 % of every limit and legal voltages count. What was broken in the normal state, off the
receiver's way to the source, may be as bad as before (`limits.Bounds`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from grid_models.edits import CUSTOMER_NODE, NEW_LINE, SPLIT_NODE
from grid_models.edits.edit import parts_of
from grid_models.graft import Graft, Standing
from grid_models.model import GridModel
from grid_models.solvers.radial import (
    Connection,
    Lanes,
    TreeState,
    solve_connections,
    solve_tree,
)
from grid_models.ties import TieEnd

__all__ = ["Case", "Transfer", "judge", "judge_each", "largest_share"]

Floats = npt.NDArray[np.float64]

# Two numbers this close (share of the limit) are equal: rounding decides nothing.
SLACK = 1e-9
# The largest share that can be transferred is found to within this, from below.
SHARE_STEP = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One way to feed a lost feeder (or busbar) from elsewhere.

    Parameters
    ----------
    tie_id
        Id of the switch to close; of the line where both its ends are open.
    opened_id
        Line opened inside the feeder where the tie takes over one side of it; empty: the whole.
    receiving_feeder_id, receiving_tree_id
        Outgoing line of the receiver, empty where the tie ends at a busbar; its source tree.
    converged
        False: no voltage solution; figures are inf and 0.
    is_carried
        Whether every limit holds with the whole load.
    worst_loading_pct, worst_element_id
        Greatest loading in percent of the limit on the receiver, on its way to the source and on
        what it takes over; what is overloaded in the normal state counts only if it breaks here.
    lowest_v_pu, lowest_v_node_id
        Least voltage in the same places.
    broken_code, broken_element_id, broken_value
        The limit that is broken worst, ``thermal``, ``voltage_low`` or ``voltage_high``, in percent
        or volts; empty where all hold. ``diverged`` without a solution.
    """

    tie_id: str
    opened_id: str
    receiving_feeder_id: str
    receiving_tree_id: str
    converged: bool
    is_carried: bool
    worst_loading_pct: float
    worst_element_id: str
    lowest_v_pu: float
    lowest_v_node_id: str
    broken_code: str = ""
    broken_element_id: str = ""
    broken_value: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Case:
    """A graft with its solution before anything is added.

    Parameters
    ----------
    opened_id
        Line opened inside the lost part where the tie takes over one side of it; else empty.
    """

    end: TieEnd
    lost: Standing
    receiver: Standing
    graft: Graft
    opened_id: str = ""

    @cached_property
    def state(self) -> TreeState:
        """Solution with what has been promised, nothing new."""
        return solve_tree(self.graft.tree)

    def scaled(self, share: float) -> TreeState:
        """Solve with a share of the lost load."""
        factor = np.where(self.graft.is_lost, share, 1.0)
        tree = self.graft.tree
        powers = {n: getattr(tree, n) * factor for n in ("p", "q", "p_current", "q_current")}
        return solve_tree(replace(tree, **powers))


def judge(model: GridModel, case: Case, new: Connection | None = None) -> Transfer:
    """Solve a graft, with a new load where it lies on what is taken over, and hold every limit.

    Parameters
    ----------
    new
        The new load, by rows of the lost feeder's own tree.
    """
    return judge_each(model, case, [new])[0]


def judge_each(
    model: GridModel, case: Case, news: Sequence[Connection | None]
) -> tuple[Transfer, ...]:
    """Judge a graft with each of several new loads alone; they are solved side by side."""
    if not case.state.converged:
        return (_diverged(model, case),) * len(news)
    moved = [_moved(case.graft, new) if new is not None else None for new in news]
    added = [connection for connection in moved if connection is not None]
    lanes = solve_connections(case.graft.tree, case.state, added, is_apart=True) if added else None
    lane = iter(range(len(added)))
    return tuple(
        _judge_present(model, case)
        if lanes is None or connection is None
        else _judge_with(model, case, connection, lanes, next(lane))
        for connection in moved
    )


def _judge_present(model: GridModel, case: Case) -> Transfer:
    state = case.state
    return _tell(model, case, _Look.of(model, case, state.loading_pct, state.v_pu), ())


def _moved(found: Graft, connection: Connection) -> Connection | None:
    """Express a connection to the lost feeder in the graft's rows; None if it is not among them."""
    if connection.share is None:
        row = found.row_of_bus(connection.row)
        return replace(connection, row=row) if row >= 0 else None
    row = found.row_of_branch(connection.row)
    if row < 0:
        return None
    share = 1.0 - connection.share if found.is_turned[row] else connection.share
    return replace(connection, row=row, share=share)


def largest_share(model: GridModel, case: Case) -> float:
    """Largest share of the lost load that breaks no limit, by a bracketed root of the margin."""

    def margin(share: float) -> float:
        state = case.scaled(share)
        return _margin(model, case, state) + SLACK if state.converged else -1.0

    if margin(1.0) >= 0.0:
        return 1.0
    if margin(0.0) < 0.0:
        return 0.0
    share = float(brentq(margin, 0.0, 1.0, xtol=SHARE_STEP / 4.0, rtol=SHARE_STEP / 4.0))
    while share > 0.0 and margin(share) < 0.0:
        share -= SHARE_STEP
    return max(share, 0.0)


def _margin(model: GridModel, case: Case, state: TreeState) -> float:
    look = _Look.of(model, case, state.loading_pct, state.v_pu)
    return min(float(room.min(initial=np.inf)) for room in (look.thermal, look.low, look.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """Loadings, voltages and the room they leave (share of the limit), by row."""

    loading: Floats
    v: Floats
    thermal: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, model: GridModel, case: Case, loading_pct: Floats, v_pu: Floats) -> _Look:
        found = case.graft
        loading = loading_pct * found.factor
        is_named = model.network.node_of_bus[found.tree.bus] >= 0
        return cls._with(
            loading, v_pu, found.loading_limit_pct,
            np.where(is_named, found.v_low_pu, 0.0), np.where(is_named, found.v_high_pu, np.inf),
        )  # fmt: skip

    @classmethod
    def _with(
        cls, loading: Floats, v: Floats, limit: Floats, v_low: Floats, v_high: Floats
    ) -> _Look:
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.where(v_low > 0.0, (v - v_low) / v_low, np.inf)
            high = np.where(np.isfinite(v_high), (v_high - v) / v_high, np.inf)
        return cls(loading=loading, v=v, thermal=(limit - loading) / limit, low=low, high=high)


def _judge_with(
    model: GridModel, case: Case, connection: Connection, lanes: Lanes, lane: int
) -> Transfer:
    """Judge a graft with a new load: its two parts of a split line and its line come last."""
    found = case.graft
    if not lanes.converged[lane]:
        return _diverged(model, case)
    row, is_split = connection.row, connection.share is not None
    loading_pct = lanes.loading_pct[:, lane].copy()
    if is_split:
        # its parts stand for it
        loading_pct[row] = 0.0
    look = _Look.of(model, case, loading_pct, lanes.v_pu[:, lane])
    parts = lanes.loading_parts_pct[:, lane] * found.factor[row] if is_split else np.zeros(2)
    v_split = lanes.v_split_pu[lane] if is_split else found.v_low_pu[row] + np.inf
    loading = np.array([*parts, lanes.loading_new_pct[lane]])
    v = np.array([v_split, lanes.v_load_pu[lane]])
    own_limit = found.loading_limit_pct[row]
    added = _Look._with(
        loading, v, np.array([own_limit, own_limit, 100.0]), np.full(2, found.v_low_pu[row]),
        np.array([np.inf, found.v_high_pu[row]]),
    )  # fmt: skip
    parts_ids = parts_of(_branch_id(model, case, row)) if is_split else ("", "")
    ids = parts_ids if found.tree.from_is_parent[row] else parts_ids[::-1]
    return _tell(model, case, look, (added,), (*ids, NEW_LINE), (SPLIT_NODE, CUSTOMER_NODE))


def _tell(
    model: GridModel,
    case: Case,
    look: _Look,
    added: Sequence[_Look],
    new_branches: Sequence[str] = (),
    new_nodes: Sequence[str] = (),
) -> Transfer:
    """Put the worst of every kind into words; what is added counts like any other row."""
    found = case.graft
    count = len(found.tree)

    def branch_id(row: int) -> str:
        return _branch_id(model, case, row) if row < count else new_branches[row - count]

    def node_id(row: int) -> str:
        return _node_id(model, case, row) if row < count else new_nodes[row - count]

    own = found.is_concerned & (found.loading_limit_pct <= 100.0) | (look.thermal < -SLACK)  # noqa: PLR2004
    is_named = model.network.node_of_bus[found.tree.bus] >= 0
    loading = np.concatenate([np.where(own, look.loading, -1.0), *(a.loading for a in added)])
    v = np.concatenate(
        [np.where(found.is_concerned & is_named, look.v, np.inf), *(a.v for a in added)]
    )
    worst, lowest = int(np.argmax(loading)), int(np.argmin(v))
    broken = _broken(look, added)
    code, row, value = broken or ("", 0, 0.0)
    name = branch_id if code == "thermal" else node_id
    if code.startswith("voltage"):
        # what is added has the voltage level of the tie: both lie on the feeder
        at = row if row < count else found.tie_row
        value *= 1000.0 * float(model.network.base_kv[found.tree.bus[at]])
    tie_id, feeder_id, tree_id = _receiver(model, case)
    return Transfer(
        tie_id=tie_id,
        opened_id=case.opened_id,
        receiving_feeder_id=feeder_id,
        receiving_tree_id=tree_id,
        converged=True,
        is_carried=broken is None,
        worst_loading_pct=float(loading[worst]),
        worst_element_id=branch_id(worst),
        lowest_v_pu=float(v[lowest]),
        lowest_v_node_id=node_id(lowest),
        broken_code=code,
        broken_element_id=name(row) if code else "",
        broken_value=value,
    )


def _broken(look: _Look, added: Sequence[_Look]) -> tuple[str, int, float] | None:
    """Return the limit that is broken worst, thermal ones first: code, row and value."""
    thermal, low, high = (
        np.concatenate([getattr(look, name), *(getattr(a, name) for a in added)])
        for name in ("thermal", "low", "high")
    )
    for code, room, values in (
        ("thermal", thermal, [look.loading, *(a.loading for a in added)]),
        ("voltage_low", low, [look.v, *(a.v for a in added)]),
        ("voltage_high", high, [look.v, *(a.v for a in added)]),
    ):
        row = int(np.argmin(room))
        if room[row] < -SLACK:
            return code, row, float(np.concatenate(values)[row])
    return None


def _receiver(model: GridModel, case: Case) -> tuple[str, str, str]:
    """Tie, receiving feeder and receiving tree."""
    number, row = case.end.other.tree, case.end.other.row
    head = int(case.receiver.topology.feeder_head[row])
    feeder_id = model.branch_id(number, head) if head >= 0 else ""
    return case.end.tie.tie_id, feeder_id, case.receiver.tree.tree_id


def _diverged(model: GridModel, case: Case) -> Transfer:
    tie_id, feeder_id, tree_id = _receiver(model, case)
    return Transfer(
        tie_id=tie_id, opened_id=case.opened_id, receiving_feeder_id=feeder_id,
        receiving_tree_id=tree_id,
        converged=False, is_carried=False, worst_loading_pct=np.inf, worst_element_id="",
        lowest_v_pu=0.0, lowest_v_node_id="", broken_code="diverged",
    )  # fmt: skip


def _branch_id(model: GridModel, case: Case, row: int) -> str:
    found = case.graft
    if row == found.tie_row:
        return case.end.tie.tie_id
    standing = case.lost if found.is_lost[row] else case.receiver
    return model.branch_id(standing.number, int(found.branch_row[row]))


def _node_id(model: GridModel, case: Case, row: int) -> str:
    found = case.graft
    standing = case.lost if found.is_lost[row] else case.receiver
    return model.node_id(standing.number, int(found.bus_row[row]))
