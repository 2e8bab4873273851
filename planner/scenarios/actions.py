"""Actions: how each action of a step is read. `reading` reads what stands around them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from grid_models.edits import (
    AddedGenerator,
    AddedLoad,
    AddGenerators,
    AddLine,
    AddLoads,
    AddTransformer,
    NewNode,
    NewSwitch,
    ReplaceConductor,
    ReplaceTransformer,
    SetService,
    SetSwitches,
)
from planner.form import ABOVE_ZERO, NOT_NEGATIVE, SHARE, Range
from planner.scenarios.item import ANY_NUMBER, Item
from planner.scenarios.scenario import Action, GrowLoads, SetPowers

__all__ = ["READERS", "combined"]

_GROWTH = Range("大于 -100 的数", "a number above -100", lambda value: value > -100.0)  # noqa: PLR2004
_SERVED = ("lines", "transformers", "loads", "generators")
_DEGREES_AN_HOUR = 30.0
_RATING = {"sn_kva": ABOVE_ZERO, "vk_pct": ABOVE_ZERO, "vkr_pct": NOT_NEGATIVE,
           "pfe_w": NOT_NEGATIVE, "i0_pct": NOT_NEGATIVE}  # fmt: skip

Powers = tuple[str, float, float]
Read = Action | AddedLoad | AddedGenerator | Powers


def _add_load(item: Item) -> list[Read]:
    form = item.form
    node = item.element("node", "nodes")
    form.require("p_kw", NOT_NEGATIVE.zh, NOT_NEGATIVE.en)
    p_kw = form.number("p_kw", NOT_NEGATIVE)
    q_kvar = form.number("q_kvar", ANY_NUMBER)
    power_factor = form.number("power_factor", SHARE) or item.context.power_factor
    if form.given("q_kvar") is not None and form.given("power_factor") is not None:
        form.refuse(
            "power_factor",
            "与 q_kvar 同时填写，两者只能填一个",
            "and q_kvar are both given; give only one of them",
        )
    category = form.text("category") or ""
    load_id = item.new_id("id", "loads", "load")
    if form.problems or node is None or p_kw is None:
        return []
    if category:
        item.context.known.add_category(category)
    if q_kvar is None:
        q_kvar = p_kw * math.tan(math.acos(power_factor))
    return [AddedLoad(load_id=load_id, node_id=node, p_kw=p_kw, q_kvar=q_kvar, category=category)]


def _add_generator(item: Item) -> list[Read]:
    form = item.form
    node = item.element("node", "nodes")
    kind = form.text("kind") or ""
    # Only storage takes power; a negative generator is most often a slip of the sign.
    allowed = ANY_NUMBER if kind == "storage" else NOT_NEGATIVE
    form.require("p_kw", allowed.zh, allowed.en)
    p_kw = form.number("p_kw", allowed)
    q_kvar = form.number("q_kvar", ANY_NUMBER) or 0.0
    own = item.new_id("id", "generators", "generator")
    if form.problems or node is None or p_kw is None:
        return []
    return [AddedGenerator(generator_id=own, node_id=node, p_kw=p_kw, q_kvar=q_kvar, kind=kind)]


def _set_power(field: str, table: str) -> Callable[[Item], list[Read]]:
    def read(item: Item) -> list[Read]:
        form = item.form
        element = item.element(field, table)
        for name in ("p_kw", "q_kvar"):
            form.require(name, "数", "a number")
        p_kw = form.number("p_kw", NOT_NEGATIVE if table == "loads" else ANY_NUMBER)
        q_kvar = form.number("q_kvar", ANY_NUMBER)
        if form.problems or element is None or p_kw is None or q_kvar is None:
            return []
        return [(element, p_kw, q_kvar)]

    return read


def _grow_loads(item: Item) -> list[Read]:
    form = item.form
    form.require("percent", _GROWTH.zh, _GROWTH.en)
    percent = form.number("percent", _GROWTH)
    given, known = form.given("category"), item.context.known.categories()
    categories = given if isinstance(given, list) else [] if given is None else [given]
    for category in categories:
        if category not in known:
            form.refuse_value(
                "category",
                category,
                f"电网负荷的类别：{'、'.join(known)}" if known else "空：电网负荷没有类别",
                f"a category of the grid's loads: {', '.join(known)}"
                if known
                else "none: no load of the grid has a category",
            )
    loads = item.elements("loads", "loads")
    if form.problems or percent is None:
        return []
    return [GrowLoads(percent=percent, categories=tuple(categories), load_ids=tuple(loads))]


def _switch(item: Item) -> list[Read]:
    closed, opened = item.elements("close", "switches"), item.elements("open", "switches")
    if item.form.given("close") is None and item.form.given("open") is None:
        item.form.refuse(
            "close",
            "与 open 均未填写；应至少填一个要操作的开关",
            "and open are both missing; name at least one switch",
        )
    if item.form.problems:
        return []
    return [SetSwitches(closed=tuple(closed), opened=tuple(opened))]


def _set_service(*, is_in_service: bool) -> Callable[[Item], list[Read]]:
    def read(item: Item) -> list[Read]:
        item.form.require("elements", "设备编号的列表", "a list of ids")
        names = item.elements("elements", *_SERVED)
        known = item.context.known
        edits: list[Read] = []
        for table in ("lines", "transformers", "loads", "generators"):
            own = tuple(name for name in names if known.table_of(name, _SERVED) == table)
            if own:
                edits.append(SetService(table=table, element_ids=own, is_in_service=is_in_service))
        return [] if item.form.problems else edits

    return read


def _replace_conductor(item: Item) -> list[Read]:
    line, known = item.element("line", "lines"), item.context.known
    kind = item.conductor(known.line_kv(line) if line else None)
    parallel = item.form.whole("parallel", known.circuits(line) if line else 1)
    if item.form.problems or line is None or kind is None:
        return []
    return [ReplaceConductor(element_id=line, **_conductor(kind, parallel))]


def _replace_transformer(item: Item) -> list[Read]:
    form = item.form
    element = item.element("transformer", "transformers")
    stated = [name for name in _RATING if form.given(name) is not None]
    if not stated:
        kv = item.context.known.transformer_kv(element) if element else None
        kind = item.transformer(kv)
        if form.problems or element is None or kind is None:
            return []
        return [ReplaceTransformer(element_id=element, **_rating(kind))]
    if form.given("type") is not None:
        form.refuse(
            "type",
            f"与 {'、'.join(stated)} 同时填写；应只填型号，或填全部参数",
            f"and {', '.join(stated)} are both given; give the type or every value, not both",
        )
    for name, allowed in _RATING.items():
        form.require(name, allowed.zh, allowed.en)
    values = {name: form.number(name, allowed) for name, allowed in _RATING.items()}
    if form.problems or element is None:
        return []
    return [
        ReplaceTransformer(
            element_id=element, **{name: value or 0.0 for name, value in values.items()}
        )
    ]


def _add_line(item: Item) -> list[Read]:
    start = item.element("from", "nodes")
    line = _new_line(item, start)
    open_at = item.form.text("open_at")
    if open_at is not None and line is not None and open_at not in (line.from_node, line.to_node):
        item.form.refuse_value(
            "open_at",
            open_at,
            f"线路的一端 {line.from_node} 或 {line.to_node}",
            f"an end of the line, {line.from_node} or {line.to_node}",
        )
    if item.form.problems or line is None:
        return []
    if open_at is None:
        return [line]
    return [_with_switch(item, line, open_at, "load_break", is_closed=False)]


def _add_feeder(item: Item) -> list[Read]:
    busbar = item.element("busbar", "nodes")
    busbars = item.context.known.busbars()
    if busbar is not None and busbar not in busbars:
        some = ", ".join(busbars[:4])
        item.form.refuse_value(
            "busbar",
            busbar,
            f"变电站母线的节点，例如 {some}",
            f"a substation busbar, such as {some}",
        )
    line = _new_line(item, busbar)
    if item.form.problems or line is None:
        return []
    return [_with_switch(item, line, line.from_node, "circuit_breaker", is_closed=True)]


def _add_transformer(item: Item) -> list[Read]:
    form, known = item.form, item.context.known
    hv_node = item.element("hv_node", "nodes")
    kind = item.transformer(known.kv(hv_node) if hv_node else None)
    at = form.position("at") or (known.place(hv_node) if hv_node else (math.nan, math.nan))
    own = item.new_id("id", "transformers", "transformer",
                      vn_kv=None if kind is None else float(kind["hv_kv"]))  # fmt: skip
    lv_kv = None if kind is None else float(kind["lv_kv"])
    lv_node, new_node = form.text("lv_node"), None
    if lv_node is None or not known.has("nodes", lv_node):
        lv_node = item.new_id("lv_node", "nodes", "node", vn_kv=lv_kv)
        new_node = NewNode(node_id=lv_node, lon=at[0], lat=at[1], kind="cabinet")
    elif known.kv(lv_node) not in (None, lv_kv) and lv_kv is not None:
        form.refuse_value(
            "lv_node",
            lv_node,
            f"{lv_kv:g} kV 的节点，或新编号",
            f"a node of {lv_kv:g} kV or a new id",
        )
    if form.problems or hv_node is None or kind is None:
        return []
    clock = re.search(r"\d+$", str(kind["vector_group"]))
    return [
        AddTransformer(
            transformer_id=own,
            hv_node=hv_node,
            lv_node=lv_node,
            vn_hv_kv=float(kind["hv_kv"]),
            vn_lv_kv=float(kind["lv_kv"]),
            vector_group=str(kind["vector_group"]),
            shift_degree=float(clock.group()) * _DEGREES_AN_HOUR if clock else 0.0,
            new_node=new_node,
            **_rating(kind),
        )
    ]


def _new_line(item: Item, start: str | None) -> AddLine | None:
    """Read what a new line and a new feeder have in common."""
    form, known = item.form, item.context.known
    kv = known.kv(start) if start else None
    form.require("length_m", ABOVE_ZERO.zh, ABOVE_ZERO.en)
    length_m = form.number("length_m", ABOVE_ZERO)
    at, to, new_node = form.position("at"), None, None
    if form.given("at") is None:
        to = item.element("to", "nodes")
    else:
        to = item.new_id("to", "nodes", "node", vn_kv=kv)
        lon, lat = at or (math.nan, math.nan)
        new_node = NewNode(node_id=to, lon=lon, lat=lat)
    if to is not None and to == start:
        form.refuse_value("to", to, "与起点不同的节点", "a node other than the start")
    elif to is not None and kv is not None and known.kv(to) not in (None, kv):
        form.refuse_value("to", to, f"{kv:g} kV 的节点", f"a node of {kv:g} kV")
    kind = item.conductor(kv)
    parallel = form.whole("parallel", 1)
    own = item.new_id("id", "lines", "line", vn_kv=kv)
    if form.problems or start is None or to is None or kind is None or length_m is None:
        return None
    return AddLine(
        line_id=own, from_node=start, to_node=to, length_m=length_m, new_node=new_node,
        **_conductor(kind, parallel),
    )  # fmt: skip


def _with_switch(item: Item, line: AddLine, node: str, kind: str, *, is_closed: bool) -> AddLine:
    switch = NewSwitch(
        switch_id=item.context.next_id("switch"), node_id=node, kind=kind, is_closed=is_closed
    )
    item.context.known.add("switches", switch.switch_id)
    names = AddLine.__dataclass_fields__
    return AddLine(**{name: getattr(line, name) for name in names} | {"switches": (switch,)})


def _conductor(kind: pd.Series, parallel: int) -> dict[str, Any]:
    names = ("r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "ampacity_a")
    return {
        "parallel": parallel, "conductor_type": str(kind.name), "laying": str(kind["laying"]),
        **{name: float(kind[name]) for name in names},
    }  # fmt: skip


def _rating(kind: pd.Series) -> dict[str, Any]:
    columns = {"pfe_w": "p0_w"}
    return {name: float(kind[columns.get(name, name)]) for name in _RATING}


READERS: Mapping[str, Callable[[Item], list[Read]]] = {
    "add_load": _add_load,
    "set_load": _set_power("load", "loads"),
    "grow_loads": _grow_loads,
    "add_generator": _add_generator,
    "set_generator": _set_power("generator", "generators"),
    "switch": _switch,
    "out_of_service": _set_service(is_in_service=False),
    "in_service": _set_service(is_in_service=True),
    "replace_conductor": _replace_conductor,
    "replace_transformer": _replace_transformer,
    "add_line": _add_line,
    "add_feeder": _add_feeder,
    "add_transformer": _add_transformer,
}
"""What reads one item of each action; an application is read by `planner.intake`."""


def combined(kind: str, read: Sequence[Any]) -> list[Action]:
    """Return the actions that the items of one action come to: many loads are one edit."""
    match kind:
        case _ if not read:
            return []
        case "add_load":
            return [AddLoads(loads=tuple(read))]
        case "add_generator":
            return [AddGenerators(generators=tuple(read))]
        case "set_load":
            return [SetPowers(table="loads", powers=tuple(read))]
        case "set_generator":
            return [SetPowers(table="generators", powers=tuple(read))]
        case _:
            return list(read)
