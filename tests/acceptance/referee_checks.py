"""What breaks after connecting, and what that does: section 4 written again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from referee_limits import (
    HEAVY_LIMIT_PCT,
    SLACK,
    THERMAL_LIMIT_PCT,
    VOLTAGE_LIMITS_V,
    WORSE_LOADING_POINTS,
    WORSE_VOLTAGE_SHARE,
)
from referee_net import Connection, Flow, SourceTree

PASSED, SHOW, DESK, BLOCK = 0, 1, 2, 3
PATH, FEEDER, TREE = 0, 1, 2
LOADING_CODES = ("thermal_line", "thermal_transformer", "heavy_load")
VOLTAGE_CODES = ("voltage_low", "voltage_high")


@dataclass(frozen=True, slots=True)
class Finding:
    """One limit held against every element it applies to, element by element."""

    code: str
    ids: np.ndarray
    value: np.ndarray
    limit: np.ndarray
    margin_pct: np.ndarray
    severity: np.ndarray
    scope: np.ndarray
    pre_existing: np.ndarray

    @property
    def worst_severity(self) -> int:
        return int(self.severity.max(initial=PASSED))

    def row_of(self, element_id: str) -> int | None:
        rows = np.flatnonzero(self.ids == element_id)
        return int(rows[0]) if len(rows) else None

    def blocking(self) -> list[tuple[str, str]]:
        return [(self.code, self.ids[i]) for i in np.flatnonzero(self.severity == BLOCK)]


class Place:
    """Where a connection stands in its source tree: path, feeder and the rest, row by row."""

    def __init__(self, source_tree: SourceTree, connection: Connection) -> None:
        self.source_tree, self.connection = source_tree, connection
        tree = source_tree.tree
        self.upstream_part: str | None = None
        if connection.line is None:
            self.joint = tree.joint[connection.bus]
            self.feeder = tree.feeder.get(self.joint)
        else:
            below = layout_of(source_tree).joint_below[connection.line]
            self.joint, self.feeder = tree.parent[below], tree.feeder.get(below)
            start = tree.joint[int(source_tree.net.line.at[connection.line, "from_bus"])]
            self.upstream_part = f"line:{connection.line}#{1 if start == self.joint else 2}"
        self.climbed = tree.climb(self.joint)  # the access joint (above a split) and all above it

    @cached_property
    def bus_scope(self) -> np.ndarray:
        layout = layout_of(self.source_tree)
        scope = self._scope(np.isin(layout.bus_joint, self.climbed), layout.bus_feeder)
        scope[-2:] = PATH
        return scope

    @cached_property
    def line_scope(self) -> np.ndarray:
        layout = layout_of(self.source_tree)
        on_path = np.isin(self.source_tree.line_ids, self._branches("line"))
        scope = self._scope(on_path, layout.line_feeder)
        scope[-1] = PATH
        if self.connection.line is not None:
            first = self.upstream_part.endswith("#1")
            scope[layout.line_row[self.connection.line]] = PATH if first else FEEDER
            scope[-2] = FEEDER if first else PATH
        return scope

    @cached_property
    def trafo_scope(self) -> np.ndarray:
        on_path = np.isin(self.source_tree.trafo_ids, self._branches("trafo"))
        return self._scope(on_path, layout_of(self.source_tree).trafo_feeder)

    def _branches(self, kind: str) -> list[int]:
        above = self.source_tree.tree.branch_above
        return [above[j][1] for j in self.climbed if j in above and above[j][0] == kind]

    def _scope(self, is_path: np.ndarray, feeder: np.ndarray) -> np.ndarray:
        same = np.zeros(len(feeder), dtype=bool) if self.feeder is None else feeder == self.feeder
        return np.where(is_path, PATH, np.where(same, FEEDER, TREE))

    @cached_property
    def line_names(self) -> np.ndarray:
        layout = layout_of(self.source_tree)
        names = layout.line_names.copy()
        if self.connection.line is not None:
            names[layout.line_row[self.connection.line]] += "#1"
            names[-2] = f"line:{self.connection.line}#2"
        return names


class Layout:
    """Rows of a source tree's tables: joint, feeder and name of each; made once."""

    def __init__(self, source_tree: SourceTree) -> None:
        tree, net = source_tree.tree, source_tree.net
        joint = [tree.joint.get(int(b), -1) for b in source_tree.bus_ids]
        self.bus_joint = np.array(joint)
        self.bus_feeder = np.array([tree.feeder.get(j, -1) for j in joint])
        below = {branch: j for j, branch in tree.branch_above.items()}
        self.joint_below = {index: j for (kind, index), j in below.items() if kind == "line"}
        line_feeder = []
        for index in (int(i) for i in source_tree.line_ids):
            live = tree.stubs.get(index)
            hung = below.get(("line", index)) if live is None else tree.joint[live]
            line_feeder.append(tree.feeder.get(hung, -1))
        self.line_feeder = np.array(line_feeder)
        self.trafo_feeder = np.array(
            [tree.feeder.get(below.get(("trafo", int(i))), -1) for i in source_tree.trafo_ids], int
        )
        self.line_row = {int(i): row for row, i in enumerate(source_tree.line_ids)}
        self.line_names = _names("line", source_tree.line_ids[:-2], "", "new:line:1")
        self.bus_names = _names("bus", source_tree.bus_ids[:-2], "new:node:1", "new:node:2")
        self.trafo_names = _names("trafo", source_tree.trafo_ids)
        limits = [VOLTAGE_LIMITS_V.get(float(kv), (np.nan,) * 3) for kv in net.bus.vn_kv]
        self.limits_v = np.array(limits)


def _names(kind: str, ids: np.ndarray, *new: str) -> np.ndarray:
    return np.array([*(f"{kind}:{index}" for index in ids), *new], dtype=object)


def layout_of(source_tree: SourceTree) -> Layout:
    if not hasattr(source_tree, "layout"):
        source_tree.layout = Layout(source_tree)
    return source_tree.layout


class Evaluation:
    """Everything the procedure says about one connection, from one solved case."""

    def __init__(self, place: Place, flow: Flow, level: str) -> None:
        self.place, self.flow, self.level = place, flow, level
        self.source_tree = place.source_tree
        self.before = self.source_tree.base
        self._line_before = self.before.line_pct.copy()
        if (line := place.connection.line) is not None:
            # Both parts were one line before.
            self._line_before[-2] = self._line_before[layout_of(self.source_tree).line_row[line]]
        self.vn_kv = self.source_tree.vn_kv.copy()
        start = place.connection.bus
        if start is None:
            start = int(self.source_tree.net.line.at[place.connection.line, "from_bus"])
        self.vn_kv[-2:] = self.source_tree.net.bus.at[start, "vn_kv"]
        self.findings = {f.code: f for f in (*self._loadings(), *self._voltages())}

    @property
    def blocks(self) -> list[tuple[str, str]]:
        return [pair for finding in self.findings.values() for pair in finding.blocking()]

    @property
    def desk_codes(self) -> set[str]:
        codes = set()
        if self._is_tap_case:
            codes.add("tap_adjustment")
        if any(np.any((f.severity == DESK) & (f.scope == TREE)) for f in self.findings.values()):
            codes.add("neighbour_affected")
        return codes

    @property
    def path_loading_pct(self) -> float:
        """Greatest loading on the path, new line included."""
        place = self.place
        lines = self.flow.line_pct[(place.line_scope == PATH) & ~np.isnan(self.flow.line_pct)]
        trafos = self.flow.trafo_pct[place.trafo_scope == PATH]
        return float(max(lines.max(initial=0.0), trafos.max(initial=0.0)))

    def loading_pct(self, element_id: str) -> float:
        heavy = self.findings["heavy_load"]
        return float(heavy.value[heavy.row_of(element_id)])

    @property
    def is_path_heavy(self) -> bool:
        return bool(self.heavy_on_path)

    @property
    def heavy_on_path(self) -> list[str]:
        heavy = self.findings["heavy_load"]
        return sorted(heavy.ids[(heavy.scope == PATH) & (heavy.value > HEAVY_LIMIT_PCT + SLACK)])

    def _loadings(self) -> list[Finding]:
        place, flow = self.place, self.flow
        layout = layout_of(self.source_tree)
        is_line = ~np.isnan(flow.line_pct)
        lines = (
            place.line_names[is_line], flow.line_pct[is_line], self._line_before[is_line],
            place.line_scope[is_line],
        )  # fmt: skip
        trafos = (layout.trafo_names, flow.trafo_pct, self.before.trafo_pct, place.trafo_scope)
        both = [np.concatenate([lines[i], trafos[i]]) for i in range(4)]
        return [
            self._loading("thermal_line", THERMAL_LIMIT_PCT, *lines),
            self._loading("thermal_transformer", THERMAL_LIMIT_PCT, *trafos),
            self._loading("heavy_load", HEAVY_LIMIT_PCT, *both),
        ]

    def _loading(self, code, limit, names, value, before, scope) -> Finding:
        broken = value > limit + SLACK
        pre = broken & (before > limit + SLACK)  # NaN before: not there, so new
        worse = value - np.nan_to_num(before) > WORSE_LOADING_POINTS
        severity = np.full(len(value), PASSED)
        severity[broken & ~pre] = np.where(scope == TREE, DESK, BLOCK)[broken & ~pre]
        severity[pre] = np.where((scope == PATH) | worse, BLOCK, SHOW)[pre]
        if code == "heavy_load":
            if self.level == "lv":
                severity[broken] = SHOW
            severity[broken & (scope == TREE)] = SHOW
        margin = 100.0 * (limit - value) / limit
        limits = np.full(len(value), limit)
        return Finding(code, names, value, limits, margin, severity, scope, pre)

    def _voltage_before(self) -> np.ndarray:
        """The new nodes count as having had the voltage of the access point."""
        connection, base_v = self.place.connection, self.source_tree.base_v
        before = self.before.v_pu.copy()
        if connection.line is None:
            at_access = abs(base_v[connection.bus])
        else:
            line = self.source_tree.net.line.loc[connection.line]
            ends = base_v[line.from_bus], base_v[line.to_bus]
            at_access = abs(ends[0] + connection.position * (ends[1] - ends[0]))
        before[-2:] = at_access
        return before

    def _voltages(self) -> list[Finding]:
        place, layout = self.place, layout_of(self.source_tree)
        limits = layout.limits_v.copy()
        limits[-2:] = VOLTAGE_LIMITS_V.get(float(self.vn_kv[-1]), (np.nan,) * 3)
        keep = ~np.isnan(self.flow.v_pu) & ~np.isnan(limits[:, 0])
        keep[:-2] &= self.source_tree.is_real[:-2]
        names = layout.bus_names[keep]
        volts = (1000.0 * self.vn_kv * self.flow.v_pu)[keep]
        before = (1000.0 * self.vn_kv * self._voltage_before())[keep]
        nominal, low, high = limits[keep].T
        scope = place.bus_scope[keep]
        found = []
        for code, limit, sign in (("voltage_low", low, -1.0), ("voltage_high", high, 1.0)):
            broken = sign * (volts - limit) > SLACK
            pre = broken & (sign * (before - limit) > SLACK)
            worse = sign * (volts - before) > WORSE_VOLTAGE_SHARE * nominal
            severity = np.full(len(volts), PASSED)
            severity[broken & ~pre] = np.where(scope == TREE, DESK, BLOCK)[broken & ~pre]
            severity[pre] = np.where((scope == PATH) | worse, BLOCK, SHOW)[pre]
            if code == "voltage_high":
                eased = pre & (volts <= before + SLACK)
                severity[eased] = np.where(scope == PATH, DESK, SHOW)[eased]
                self._is_tap_case = bool(np.any(eased & (scope == PATH)))
            margin = sign * 100.0 * (limit - volts) / limit
            found.append(Finding(code, names, volts, limit, margin, severity, scope, pre))
        return found
