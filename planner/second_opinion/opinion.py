"""Opinion: an option rebuilt from what it states; whatever does not come out is a `Finding`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pandas as pd

from grid_models.changers import find_regulated
from grid_models.edits import (
    CUSTOMER_NODE,
    ConnectCustomer,
    ReplaceTransformer,
    apply,
)
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid
from grid_models.solvers.reference_taps import settle_reference
from planner.application import Commitment, SupplyApplication
from planner.design_load import Level, find_demand, find_important_demand, level_of
from planner.plan import DesignLoad, Measure
from planner.remedies import made
from planner.rules import Rules
from planner.second_opinion.comparison import (
    TOLERANCE,
    Finding,
    compare_check,
    compare_power_flow,
    compare_worst,
    is_same,
)
from planner.second_opinion.hosting import hear_hosting_capacity
from planner.second_opinion.hours import (
    Hours,
    asked_hours,
    compare_hour,
    find_unknown,
    part_of,
)
from planner.second_opinion.judgement import SEVERITY, judge_again, system_kv
from planner.second_opinion.measures import find_spoilt, measures_of
from planner.second_opinion.promises import held_in, with_promises
from planner.second_opinion.reach import find_reach
from planner.second_opinion.rebuilt import Rebuilt, Solved, cut_tree
from planner.second_opinion.several import hear_independence
from planner.second_opinion.take_over import hear_take_over, switched

__all__ = ["SecondOpinion"]

SAME_SHARE = 1e-6

# What is looked at of one of several sources: the same, and nothing more, tells two apart.
_OF_AN_OPTION = ("measures", "replacement")
_OF_A_STATE = ("checks", "headroom", "power_flow", "take_over")

Json = Mapping[str, Any]
# Feeder, tie and cut, under the measures of an option.
_TakeOver = tuple[str, str, str | None, tuple[Measure, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """A source tree without the new load: with nothing promised, and with every promise.

    Tap changers at the low end of their bands; `upper` at the high end, None if every tap stands.
    """

    measures: tuple[Measure, ...]
    nodes: frozenset[str]
    unpromised: Solved
    before: Solved
    upper: Solved | None


@dataclass(frozen=True, kw_only=True)
class SecondOpinion:
    """Judges the options of one plan; remembers the source trees it has solved.

    Parameters
    ----------
    rules
        In force on the acceptance date.
    commitments
        What has been promised to others.
    """

    grid: Grid
    application: SupplyApplication
    rules: Rules
    commitments: Sequence[Commitment]
    _grounds: list[_Ground] = field(default_factory=list)
    _heard: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    _taken: dict[_TakeOver, Grid | None] = field(default_factory=dict)

    def findings(self, option: Json) -> Iterator[Finding]:
        """Return what an option states and pandapower does not confirm.

        Raises
        ------
        InputError
            If what it wants to connect to is not in the grid.
        """
        level = level_of(option["supply_kv"])
        if option["states"]:
            yield from self._several(option, level)
            return
        load = find_demand(self.application, level, self.rules).load
        if option["partial"] is not None:
            yield from self._partly(option, level, load)
        else:
            yield from self._one(option, level, load)

    def _several(self, option: Json, level: Level) -> Iterator[Finding]:
        """Look at each source alone, the others out, and at what they share."""
        for k, (source, state) in enumerate(zip(option["sources"], option["states"], strict=True)):
            find = find_important_demand if k else find_demand
            load = find(self.application, level, self.rules).load
            for name, value in (("p_kw", load.p_kw), ("q_kvar", load.q_kvar)):
                if not is_same(state[name], value, SAME_SHARE * load.s_kva):
                    yield Finding(f"states[{k}].{name}", state[name], value)
            alone = {
                **{name: option[name] for name in _OF_AN_OPTION},
                **{name: state[name] for name in _OF_A_STATE},
                "sources": [source],
                "order_keys": {},
                "partial": None,
                "sensitivity": None if k else option["sensitivity"],
            }
            for finding in self._once(alone, level, load):
                place = finding.place
                place = (
                    place.replace("sources[0]", f"sources[{k}]")
                    if place.startswith("sources[0]")
                    else f"states[{k}].{place}"
                )
                yield finding._replace(place=place)
        yield from hear_independence(self.grid, option, self.rules)

    def _once(self, alone: Json, level: Level, load: DesignLoad) -> tuple[Finding, ...]:
        """Look at a source once, however many options it serves as the same."""
        key = json.dumps([alone, asdict(load)], sort_keys=True)
        if key not in self._heard:
            self._heard[key] = tuple(self._one(alone, level, load))
        return self._heard[key]

    def _partly(self, option: Json, level: Level, wish: DesignLoad) -> Iterator[Finding]:
        """Look at the load case the figures are of, and at the hours of the envelope."""
        partial = option["partial"]
        if not is_same(partial["wish_kw"], wish.p_kw, SAME_SHARE * wish.s_kva):
            yield Finding("partial.wish_kw", partial["wish_kw"], wish.p_kw)
        if partial["season"] is None:
            yield from self._one(option, level, part_of(wish, partial["load_kw"]))
            return
        connect = self._connect(option, wish)
        hours = Hours(cut_tree(self.grid, self._ground(connect, ()).nodes))
        if unknown := list(find_unknown(partial, hours)):
            yield from unknown
            return
        yield from compare_hour(partial)
        for season, quarter_hour, load_kw, path in asked_hours(partial, hours):
            there = replace(
                self, grid=hours.at(season, quarter_hour), _grounds=[], _heard={}, _taken={}
            )
            load = part_of(wish, load_kw)
            if path is None:
                yield from there._one(option, level, load)
            else:
                yield from there._blocked(option, level, load, path)

    def _blocked(
        self, option: Json, level: Level, load: DesignLoad, path: str
    ) -> Iterator[Finding]:
        """Name a limit that the load breaks."""
        rebuilt = self._rebuild(option, load)
        if not rebuilt.is_solved:
            yield Finding(path, load.p_kw, "; ".join(rebuilt.after.flow.failures.values()))
            return
        for code, rows in self._judged(option, rebuilt, level).items():
            worst: Any = rows.iloc[0]
            if worst["severity"] == SEVERITY["block"]:
                yield Finding(path, load.p_kw, f"{code} {rows.index[0]} {worst['after']:.6g}")

    def _one(self, option: Json, level: Level, load: DesignLoad) -> Iterator[Finding]:
        grid = self._grid_after(measures_of(option))
        rebuilt = self._rebuild(option, load)
        if not rebuilt.is_solved:
            failures = rebuilt.after.flow.failures.values()
            yield Finding("power_flow", "converged", "; ".join(failures))
            return
        yield from self._checks(option, rebuilt, level)
        yield from compare_power_flow(option["power_flow"], rebuilt)
        if tuple(option["sources"][0]["upstream"]) != rebuilt.upstream:
            stated = option["sources"][0]["upstream"]
            yield Finding("sources[0].upstream", stated, list(rebuilt.upstream))
        measures = measures_of(option)
        yield from hear_take_over(
            option,
            rebuilt.connect,
            lambda head, taken: self._taken_over(head, taken, grid, measures),
        )
        yield from self._sensitivity(option, rebuilt, level)
        yield from self._open_capacity(option["headroom"], rebuilt, measures_of(option))
        yield from hear_hosting_capacity(option["headroom"], rebuilt, load.power_factor, self.rules)
        if measures_of(option):
            before, after = self._promised(self.grid), self._promised(grid)
            yield from find_spoilt(measures_of(option), before, after, self.rules)

    # ------------------------------------------------------------------ rebuilding

    def _connect(self, option: Json, load: DesignLoad) -> ConnectCustomer:
        source = option["sources"][0]
        point, conductor = source["access_point"], source["conductor"]
        element, position = point["element_id"], point["position"]
        measures = measures_of(option)
        if point["kind"] == "transformer_lv":
            grid = self._grid_after(measures)
            element = grid.transformers["lv_node"].get(element, element)
        return ConnectCustomer(
            element_id=element,
            position=position,
            lon=self.application.lon,
            lat=self.application.lat,
            length_m=source["route"]["length_m"],
            parallel=conductor["parallel"],
            r_ohm_per_km=conductor["r_ohm_per_km"],
            x_ohm_per_km=conductor["x_ohm_per_km"],
            c_nf_per_km=conductor["c_nf_per_km"],
            ampacity_a=conductor["ampacity_a"],
            conductor_type=conductor["type"],
            laying=conductor["laying"],
            p_kw=load.p_kw,
            q_kvar=load.q_kvar,
        )

    def _rebuild(self, option: Json, load: DesignLoad) -> Rebuilt:
        connect, measures = self._connect(option, load), measures_of(option)
        ground, new = self._ground(connect, measures), option["replacement"]

        def built(before: Solved, upper: Rebuilt | None = None) -> Rebuilt:
            after = before.grid
            if new is not None:
                names = ("element_id", "sn_kva", "vk_pct", "vkr_pct", "pfe_w", "i0_pct")
                after = apply(ReplaceTransformer(**{name: new[name] for name in names}), after)
            return Rebuilt(connect, before, Solved(apply(connect, after)), upper)

        return built(ground.before, built(ground.upper) if ground.upper else None)

    def _grid_after(self, measures: Sequence[Measure]) -> Grid:
        """Return the whole grid after the measures of an option."""
        return made(self.grid, measures)

    def _ground(self, connect: ConnectCustomer, measures: tuple[Measure, ...]) -> _Ground:
        whole = self._grid_after(measures)
        node_id = connect.element_id
        if connect.position is not None:
            node_id = whole.lines["from_node"].get(node_id, node_id)
        return self._ground_of(node_id, whole, measures)

    def _ground_of(self, node_id: str, whole: Grid, measures: tuple[Measure, ...]) -> _Ground:
        for ground in self._grounds:
            if node_id in ground.nodes and measures == ground.measures:
                return ground
        reach = find_reach(whole, node_id) if node_id in whole.nodes.index else None
        if reach is None:
            raise InputError(
                [
                    InputProblem(
                        field="access_point",
                        zh=f"电网中没有 {node_id}，或其未供电，应为已有并供电的元件",
                        en=f"{node_id} is not in the grid or not supplied; name what is",
                    )
                ]
            )
        grid = cut_tree(whole, reach.tree)
        promised = self._promised(grid)
        unpromised = before = Solved(settle_reference(grid, "low"))
        if promised is not grid:
            before = Solved(settle_reference(promised, "low"))
        has_set_points = len(find_regulated(grid)) > 0
        upper = Solved(settle_reference(promised, "high")) if has_set_points else None
        self._grounds.append(
            _Ground(
                measures=measures,
                nodes=reach.tree,
                unpromised=unpromised,
                before=before,
                upper=upper,
            )
        )
        return self._grounds[-1]

    def _taken_over(
        self, head: str, taken: Json, whole: Grid, measures: tuple[Measure, ...]
    ) -> Grid | None:
        """Return the part of the grid that takes a feeder over; found once for every option."""
        key = (head, taken["tie_id"], taken["opened_id"], measures)
        if key not in self._taken:
            part = switched(whole, head, taken)
            if part is not None:
                part = self._promised(self._standing(part, whole, measures))
            self._taken[key] = part
        return self._taken[key]

    def _standing(self, part: Grid, whole: Grid, measures: tuple[Measure, ...]) -> Grid:
        """Return a part with its taps where they have settled in the normal state, promises in."""
        rows = part.transformers
        position = rows["tap_pos"].copy()
        for name in rows.index[find_regulated(part)]:
            settled = self._ground_of(str(rows["lv_node"][name]), whole, measures)
            position[name] = settled.before.grid.transformers["tap_pos"][name]
        return part.with_tables(transformers=rows.assign(tap_pos=position))

    def _promised(self, grid: Grid) -> Grid:
        return with_promises(grid, self.commitments, self.rules.on_date)

    # ------------------------------------------------------------------ checks

    def _checks(self, option: Json, rebuilt: Rebuilt, level: Level) -> Iterator[Finding]:
        judged = self._judged(option, rebuilt, level)
        vn_kv = float(rebuilt.nodes["vn_kv"].loc[CUSTOMER_NODE])
        nominal_kv = system_kv(vn_kv) or vn_kv
        change = abs(rebuilt.v_access_before_pu - rebuilt.v_access_pu) * vn_kv / nominal_kv
        band = self.rules.value("voltage_planning")[f"{1000.0 * nominal_kv:.0f}"]
        v = rebuilt.v_pu(CUSTOMER_NODE) * vn_kv / nominal_kv
        near = min(("low", "high"), key=lambda side: abs(float(band[side]) - v))
        single = {
            "voltage_change": (100.0 * change, self.rules.number("voltage_change"), 1.0),
            "voltage_planning": (v, float(band[near]), -1.0 if near == "low" else 1.0),
        }
        for check in option["checks"]:
            code = check["code"]
            if code in judged:
                yield from compare_worst(check, judged[code])
            elif code in single:
                value, limit, sign = single[code]
                yield from compare_check(check, value, limit, sign * (limit - value) / abs(limit))

    def _judged(self, option: Json, rebuilt: Rebuilt, level: Level) -> Mapping[str, pd.DataFrame]:
        return judge_again(
            rebuilt, self.rules, level, is_single_phase=self.application.phases == 1,
            phase=option["order_keys"].get("phase", ""),
        )  # fmt: skip

    def _sensitivity(self, option: Json, built: Rebuilt, level: Level) -> Iterator[Finding]:
        if (stated := option["sensitivity"]) is None:
            return
        poorer = replace(self.application, power_factor=stated["power_factor"])
        load = find_demand(poorer, level, self.rules).load
        rebuilt = built.with_load(load.p_kw, load.q_kvar)
        if rebuilt.after.flow.failures:
            yield Finding("sensitivity", "converged", "no voltage solution")
            return
        on_path = rebuilt.branches[rebuilt.branches["scope"] == "path"]
        for name, unit, value in (
            ("v_customer_pu", "pu", rebuilt.v_pu(CUSTOMER_NODE)),
            ("worst_on_path_pct", "%", float(on_path["of_limit"].max())),
        ):
            if not is_same(stated[name], value, TOLERANCE[unit]):
                yield Finding(f"sensitivity.{name}", stated[name], value)

    # ------------------------------------------------------------------ headroom

    def _open_capacity(
        self, headroom: Json, rebuilt: Rebuilt, measures: tuple[Measure, ...]
    ) -> Iterator[Finding]:
        """Least over the path of k x limit - peak - promised."""
        ground = self._ground(rebuilt.connect, measures)
        loadings = ground.unpromised.loadings.loc[list(rebuilt.way)]
        promised = pd.Series(0.0, index=loadings.index)
        for held in held_in(ground.nodes, self.commitments, self.rules.on_date):
            way = find_reach(ground.before.grid, held.node_id)
            passed = promised.index.isin(way.parallel if way else ())
            promised[passed] += held.s_kva * held.demand_factor
        k, limit = self.rules.number("open_capacity_k"), loadings["limit_kva"]
        left = (k * limit - loadings["of_limit"] / 100.0 * limit - promised).dropna()
        least = float(left.min()) if len(left) else float("inf")
        slack = SAME_SHARE * float(limit.max()) if len(left) else 0.0
        stated, binding = float(headroom["open_capacity_kva"]), headroom["open_binding_id"]
        if not is_same(stated, least, slack):
            yield Finding("headroom.open_capacity_kva", stated, least)
        if len(left) and not left.get(binding, float("inf")) <= least + slack:
            yield Finding("headroom.open_binding_id", binding, str(left.idxmin()))
