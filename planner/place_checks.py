"""Checks of the access point and the way to it: radius, bays, restricted areas, short circuit.

None of them needs a power flow of its own. Each gives a `Check`, or a `Missing` where the data do
not allow one, which sends the answer to the desk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from grid_models.edits import CUSTOMER_NODE, NEW_LINE
from grid_models.short_circuit import short_circuit_ka
from planner.design_load import Level
from planner.outcome import Outcome
from planner.plan import Check
from planner.rules import Rules
from planner.situation import Situation
from planner.sizing import NOMINAL_KV
from planner.supply_radius import supply_length_m, supply_radius_m

__all__ = ["Missing", "check_place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A check that cannot be made; `subject` is the message that names the data it wants."""

    subject: str


def check_place(
    situation: Situation,
    outcome: Outcome,
    site: shapely.Point | shapely.Polygon,
    rules: Rules,
    level: Level,
) -> Iterator[Check | Missing]:
    """Hold the rules about place and route against a solved access point.

    Parameters
    ----------
    site
        Where the customer is, longitude and latitude: a point, or the ground inside a red line.
    """
    look = _Look(situation, outcome, site, rules, level)
    yield look.ratings()
    yield look.planning_voltage()
    if level != "hv":
        yield look.radius()
        yield look.users()
    yield look.voltage_change()
    yield look.route()
    yield look.restricted_area()
    if level != "lv":
        yield look.short_circuit()
        if outcome.trial.candidate.bay_id is not None:
            yield look.bays()


class _Look:
    def __init__(
        self,
        situation: Situation,
        outcome: Outcome,
        site: shapely.Point | shapely.Polygon,
        rules: Rules,
        level: Level,
    ) -> None:
        self.situation, self.outcome, self.site = situation, outcome, site
        self.rules, self.level = rules, level
        self.candidate = outcome.trial.candidate
        self.row = outcome.trial.connection.row

    def _check(
        self,
        code: str,
        element_id: str,
        value: float,
        limit: float,
        unit: str,
        *,
        upper: bool = True,
    ) -> Check:
        # Asked for whether or not it breaks: the plan lists every row its answer rests on.
        effect = self.rules.effect(code, "path")
        room = limit - value if upper else value - limit
        passed = room >= -1e-9 * abs(limit)
        return Check(
            code=code,
            element_id=element_id,
            value=float(value),
            limit=float(limit),
            unit=unit,
            margin_pct=100.0 * room / abs(limit) if limit else 100.0 * room,
            passed=bool(passed),
            effect="show" if passed else effect,
            scope="path",
            pre_existing=False,
            rule_id=code,
        )

    def ratings(self) -> Check:
        """Count the lines and transformers on the path whose limit is unknown."""
        situation = self.situation
        limits = situation.limits
        rows = self.outcome.path
        if self.outcome.trial.connection.share is not None:
            rows = np.append(self.row, rows)
        unknown = rows[~limits.is_known[rows]]
        first = int(unknown[0]) if len(unknown) else int(rows[0])
        name = situation.model.branch_id(situation.number, first)
        return self._check(
            "rating_unknown", name or self.candidate.element_id, float(len(unknown)), 0.0, "element"
        )

    def planning_voltage(self) -> Check:
        """Hold the customer's voltage against the planning band."""
        kv = self.outcome.trial.kv
        band = self.rules.value("voltage_planning")[f"{1000 * NOMINAL_KV[kv]:.0f}"]
        v = self.outcome.power_flow.v_customer_pu * kv / NOMINAL_KV[kv]
        low, high = float(band["low"]), float(band["high"])
        upper = high - v < v - low
        return self._check(
            "voltage_planning", CUSTOMER_NODE, v, high if upper else low, "pu", upper=upper
        )

    def radius(self) -> Check:
        """Measure the line from the busbar or the board to the customer."""
        length = supply_length_m(self.situation, self.candidate)
        limit = supply_radius_m(self.rules, self.level)
        return self._check("supply_radius", self.candidate.element_id, length, limit, "m")

    def users(self) -> Check:
        """Count the customers at 10(20) kV on the feeder, the new one included."""
        situation = self.situation
        head = int(situation.topology.feeder_head[self.row])
        tree = situation.tree
        limit = self.rules.number("feeder_users")
        name = situation.model.branch_id(situation.number, head) if head >= 0 else "source"
        users = 0
        if head >= 0:
            rows = slice(head, int(tree.end[head]))
            kv = situation.limits.kv[rows]
            taken = (tree.p[rows] > 0.0) & np.isclose(kv, situation.limits.kv[head])
            users = int(taken.sum())
        return self._check("feeder_users", name, users + (self.level == "mv"), limit, "customer")

    def voltage_change(self) -> Check:
        """Compare the access point's voltage before and after, in percent of the nominal one."""
        kv = self.outcome.trial.kv
        change = abs(self.outcome.v_access_before_pu - self.outcome.v_access_pu)
        return self._check(
            "voltage_change",
            self.candidate.element_id,
            100.0 * change * kv / NOMINAL_KV[kv],
            self.rules.number("voltage_change"),
            "%",
        )

    def route(self) -> Check:
        """Measure the new line."""
        limit = float(self.rules.value("route_length")[self.level])
        return self._check("route_length", NEW_LINE, self.candidate.length_m, limit, "m")

    def restricted_area(self) -> Check | Missing:
        """Count the restricted areas that site, access point or the way between them touch."""
        grid = self.situation.model.grid
        self.rules.effect("restricted_area", "path")
        if not grid.metadata.has_restricted_areas:
            return Missing(subject="subject_restricted_areas")
        if self.candidate.way is not None:
            way = self.candidate.way.course.line
        else:
            way = shapely.shortest_line(
                self.site, shapely.Point(self.candidate.lon, self.candidate.lat)
            )
        areas = grid.restricted_areas
        geometry = areas["geometry"].to_numpy()
        hit = areas.index[
            shapely.intersects(geometry, way) | shapely.intersects(geometry, self.site)
        ]
        name = str(hit[0]) if len(hit) else self.candidate.element_id
        return self._check("restricted_area", name, float(len(hit)), 0.0, "area")

    def short_circuit(self) -> Check | Missing:
        """Hold the upper bound of the short-circuit current against what switchgear withstands."""
        situation, kv = self.situation, self.outcome.trial.kv
        limit = float(self.rules.value("short_circuit_limit")[f"{1000 * kv:.0f}"])
        row = self.row
        if self.outcome.trial.connection.share is not None:
            row = int(situation.tree.parent[row])
        current = short_circuit_ka(
            situation.model.network,
            situation.tree,
            row,
            c_max=self.rules.number("short_circuit_c_max"),
        )
        grid = situation.model.grid
        strength = grid.sources["short_circuit_mva"].loc[situation.source_id]
        self.rules.effect("short_circuit", "path")
        if current > limit and not np.isfinite(float(strength)):
            return Missing(subject="subject_short_circuit")
        return self._check("short_circuit", self.candidate.element_id, current, limit, "kA")

    def bays(self) -> Check:
        """Count the spare bays at the switchgear."""
        return self._check(
            "spare_bays",
            self.candidate.element_id,
            float(self.candidate.spare_bays),
            self.rules.number("spare_bays"),
            "bay",
            upper=False,
        )
