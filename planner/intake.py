"""Intake: what was asked becomes a SupplyApplication, or every reason why it cannot.

The one judge of input for the command line and for HTTP, so that both say the same. Rules give the
limits; a grid gives the ground it covers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, get_args

from grid_models.crs import COORDINATE_SYSTEMS
from grid_models.errors import InputError, InputProblem
from planner.application import Importance, Order, SupplyApplication
from planner.form import ABOVE_ZERO, NOT_NEGATIVE, SHARE, Form, shown
from planner.red_line import read_red_line
from planner.rules import RuleBook, Rules
from planner.site import GridArea, read_site
from planner.stars import refuse_star
from planner.temporary import hold_term

__all__ = [
    "FIELDS",
    "WORDS",
    "find_application_problems",
    "read_application",
    "read_stated",
    "widest_reach_m",
]

FIELDS: Mapping[str, str] = {
    "at": "用电地址",
    "coordinates": "坐标系",
    "kw": "用电设备容量",
    "kva": "报装容量",
    "max_demand_kw": "最大需量",
    "sources": "电源数",
    "important_kw": "重要负荷",
    "importance": "重要性等级",
    "category": "用电类别",
    "industry": "行业代码",
    "business": "业务类型",
    "phases": "相数",
    "power_factor": "功率因数",
    "special_load": "特殊负荷",
    "largest_motor_kw": "最大电动机功率",
    "motor_start": "电动机起动方式",
    "motor_starts_per_hour": "电动机每小时起动次数",
    "load_kinds": "干扰性负荷种类",
    "small_micro": "小微企业",
    "existing_node": "现有接入节点",
    "existing_kva": "现有容量",
    "wanted_date": "期望用电日期",
    "until_date": "临时用电截止日期",
    "stages": "分期数",
    "area": "规则地区",
    "on_date": "受理日期",
    "route_confirmed_by": "路径确认人",
    "max_distance_m": "最大距离",
    "order": "排序方式",
    "site": "用地红线",
}
"""Every field of an application, with its Chinese name."""

INDUSTRY = re.compile(r"[A-T]?[0-9]{2,4}")
# Kinds of business that are connected anew, whatever supply there is already.
_FROM_NOTHING = ("new", "temporary")
_CATEGORIES = "resident commercial industrial agricultural ev_charging construction"
WORDS: Mapping[str, tuple[str, ...]] = {
    "coordinates": COORDINATE_SYSTEMS,
    "sources": ("1", "2", "3"),
    "importance": get_args(Importance),
    "category": tuple(_CATEGORIES.split()),
    "phases": ("1", "3"),
    "special_load": ("none", "impact", "harmonic", "single_phase", "generation"),
    "motor_start": ("direct", "soft", "vfd"),
    "order": get_args(Order),
}
"""Words allowed in the fields that take one of a few; the rules know those of `business`."""


def find_application_problems(
    fields: Mapping[str, Any],
    *,
    grid: GridArea | None,
    rule_book: Callable[[str], RuleBook],
    today: date,
) -> tuple[InputProblem, ...]:
    """Return everything that is wrong with an application; arguments as `read_application`."""
    try:
        read_application(fields, grid=grid, rule_book=rule_book, today=today)
    except InputError as error:
        return error.problems
    return ()


def read_application(
    fields: Mapping[str, Any],
    *,
    grid: GridArea | None,
    rule_book: Callable[[str], RuleBook],
    today: date,
) -> SupplyApplication:
    """Return the application that the fields describe, with defaults filled in.

    Parameters
    ----------
    fields
        Values by the names of `FIELDS`: texts as typed, or numbers and lists as in JSON.
    grid
        Ground the site must lie on; None when there is none to hold the site against, so that the
        other problems can still be named.
    rule_book
        Gives the rules of an area by its name.
    today
        Acceptance date unless one is given.

    Raises
    ------
    InputError
        With every problem at once.
    """
    form = Form(fields, FIELDS)
    area = form.text("area") or (grid.area if grid else "demo")
    on_date = form.day("on_date") or today
    rules = _rules(form, rule_book, area, on_date)
    max_distance_m = _max_distance_m(form, rules)
    reach_m = _reach_m(max_distance_m, rules)
    place = read_site(form, grid, reach_m)
    site = read_red_line(form, place, grid, reach_m)
    lon, lat = place or (0.0, 0.0)
    _require_one_power(form)
    application = SupplyApplication(
        lon=lon,
        lat=lat,
        on_date=on_date,
        kw=form.number("kw", ABOVE_ZERO),
        kva=form.number("kva", ABOVE_ZERO),
        max_demand_kw=form.number("max_demand_kw", ABOVE_ZERO),
        sources=int(_word(form, "sources", "1")),
        important_kw=form.number("important_kw", ABOVE_ZERO),
        importance=_word(form, "importance", "ordinary"),
        category=_word(form, "category", "commercial"),
        industry=_industry(form),
        business=_business(form, rules),
        phases=int(_word(form, "phases", "3")),
        power_factor=form.number("power_factor", SHARE),
        special_load=form.one_of("special_load", WORDS["special_load"]),
        largest_motor_kw=form.number("largest_motor_kw", ABOVE_ZERO),
        motor_start=form.one_of("motor_start", WORDS["motor_start"]),
        motor_starts_per_hour=form.number("motor_starts_per_hour", ABOVE_ZERO),
        load_kinds=_load_kinds(form, rules),
        small_micro=form.flag("small_micro"),
        existing_node=form.text("existing_node"),
        existing_kva=form.number("existing_kva", NOT_NEGATIVE),
        wanted_date=form.day("wanted_date"),
        until_date=form.day("until_date"),
        stages=form.whole("stages", 1),
        area=area,
        route_confirmed_by=form.text("route_confirmed_by"),
        max_distance_m=max_distance_m,
        order=_word(form, "order", "nearest_public"),
        site=site,
    )
    _hold_together(form, application, grid, rules)
    hold_term(form, application, rules)
    form.raise_problems()
    return application


def read_stated(
    stated: Mapping[str, Any], grid: GridArea, rule_book: RuleBook
) -> SupplyApplication:
    """Return the application a plan states, as the plan's JSON has it.

    Raises
    ------
    InputError
        If it does not hold on this grid under these rules.
    """
    fields = {name: value for name, value in stated.items() if name not in ("lon", "lat")}
    fields["at"] = [stated.get("lon"), stated.get("lat")]
    # A plan states its acceptance date; without one no rules are in force.
    return read_application(fields, grid=grid, rule_book=lambda _: rule_book, today=date.min)


def _word(form: Form, field: str, default: str) -> str:
    return form.one_of(field, WORDS[field]) or default


def _industry(form: Form) -> str | None:
    code = form.text("industry")
    if code is not None and not INDUSTRY.fullmatch(code):
        form.refuse_value(
            "industry",
            code,
            "GB/T 4754 行业代码：可带门类字母，后接 2 至 4 位数字，如 0610",
            "an industry code of GB/T 4754: a letter if any, then 2 to 4 digits, such as 0610",
        )
    return code


def _business(form: Form, rules: Rules | None) -> str:
    if rules is None:
        return form.text("business") or "new"
    return form.one_of("business", tuple(rules.value("known_business"))) or "new"


def _load_kinds(form: Form, rules: Rules | None) -> tuple[str, ...]:
    return () if rules is None else form.some_of("load_kinds", tuple(rules.value("study_load_kw")))


def _rules(
    form: Form, rule_book: Callable[[str], RuleBook], area: str, on_date: date
) -> Rules | None:
    try:
        return rule_book(area).on(on_date)
    except InputError as error:
        form.problems.extend(error.problems)
        return None


def _max_distance_m(form: Form, rules: Rules | None) -> float | None:
    """Return how far to look; no farther than the rules allow, for the search takes it all in."""
    distance_m = form.number("max_distance_m", ABOVE_ZERO)
    if distance_m is None or rules is None:
        return distance_m
    limit_m = rules.number("largest_distance")
    if distance_m > limit_m:
        form.refuse_value(
            "max_distance_m",
            form.given("max_distance_m"),
            f"大于 0 且不超过 {limit_m:,.0f} m 的数",
            f"a number above 0 and at most {limit_m:,.0f} m",
        )
        return None
    return distance_m


def _reach_m(max_distance_m: float | None, rules: Rules | None) -> float | None:
    """Return how far from the grid a site may lie: as far as the widest search goes."""
    if max_distance_m is not None or rules is None:
        return max_distance_m
    return widest_reach_m(rules)


def widest_reach_m(rules: Rules) -> float:
    """Return how far from the ground a grid covers a place may lie that is said to be of it."""
    return max(rules.number("lv_max_distance"), rules.number("mv_max_distance"))


def _require_one_power(form: Form) -> None:
    kw, kva = form.given("kw"), form.given("kva")
    if kw is not None and kva is not None:
        form.refuse(
            "kw",
            f"为“{shown(kw)}”，同时 kva 为“{shown(kva)}”；两者只能填一个",
            f'is "{shown(kw)}" and kva is "{shown(kva)}"; give only one of them',
        )
    elif kw is None and kva is None:
        form.refuse(
            "kw",
            "与 kva 均未填写；应填 kw（用电设备容量）或 kva（变压器容量）",
            "and kva are both missing; give kw (equipment) or kva (transformers)",
        )


def _refuse_absurd(form: Form, application: SupplyApplication, rules: Rules | None) -> None:
    """Refuse apparent powers that no supply of any voltage in the rules could be meant to carry."""
    if rules is None:
        return
    field = "kva" if application.kva is not None else "kw"
    asked = application.kva if application.kva is not None else application.kw or 0.0
    pf = application.power_factor or 1.0
    s_kva = asked if field == "kva" else asked / pf
    limit = rules.number("largest_application")
    if s_kva > limit:
        form.refuse_value(
            field,
            form.given(field),
            f"视在功率不超过 {limit:,.0f} kVA 的数（功率因数 {pf:g} 时为 {s_kva:,.4g} kVA）",
            f"a number of no more than {limit:,.0f} kVA (with power factor {pf:g} it is "
            f"{s_kva:,.4g} kVA)",
        )


def _refuse_too_important(form: Form, application: SupplyApplication, rules: Rules | None) -> None:
    """Refuse an important load above the whole load of the application."""
    total_kw = application.max_demand_kw or application.kw
    if application.max_demand_kw is None and total_kw is not None and rules is not None:
        total_kw *= float(rules.value("category_demand_factor").get(application.category, 1.0))
    if total_kw is None and rules is not None and application.kva is not None:
        total_kw = application.kva * (application.power_factor or rules.number("power_factor_mv"))
    if total_kw is not None and (application.important_kw or 0.0) > total_kw:
        form.refuse_value(
            "important_kw",
            form.given("important_kw"),
            f"不超过全部负荷 {total_kw:g} kW 的数",
            f"a number not above the whole load, {total_kw:g} kW",
        )


def _refuse_start_of_no_motor(form: Form, application: SupplyApplication) -> None:
    """Refuse how a motor starts where there is none: its start would be left out in silence."""
    if form.given("largest_motor_kw") is not None:
        return
    for field in ("motor_start", "motor_starts_per_hour"):
        if getattr(application, field) is not None:
            form.refuse(
                field,
                f"为“{shown(form.given(field))}”，而未填写 largest_motor_kw；请填写最大电动机功率",
                f'is "{shown(form.given(field))}" and largest_motor_kw is missing; give the power '
                "of the largest motor",
            )


def _refuse_too_much_for_one_phase(
    form: Form, application: SupplyApplication, rules: Rules | None
) -> None:
    """Refuse more than one phase may take: a limit in kW, whichever way the power was given."""
    kw, kva = application.kw, application.kva
    if application.phases != 1 or rules is None or (kw is None and kva is None):
        return
    pf = application.power_factor or rules.number("power_factor_lv")
    at_pf = ("", "") if kva is None else (f"（功率因数 {pf:g} 的 {kva:g} kVA）", f" ({kva:g} kVA)")
    power_kw = (kva or 0.0) * pf if kw is None else kw
    limit = rules.number("single_phase_limit")
    if power_kw > limit:
        form.refuse_value(
            "phases",
            application.phases,
            f"3：单相最大 {limit:g} kW，而申请 {power_kw:g} kW{at_pf[0]}",
            f"3: one phase takes at most {limit:g} kW and {power_kw:g} kW{at_pf[1]} are asked",
        )


def _hold_together(
    form: Form, application: SupplyApplication, grid: GridArea | None, rules: Rules | None
) -> None:
    """Refuse values that are right alone but not together."""
    asked, power = ("kw", application.kw) if application.kw else ("kva", application.kva)
    if power is None:
        power = float("inf")
    for field in ("max_demand_kw", "largest_motor_kw"):
        part = getattr(application, field)
        if part is not None and part > power:
            form.refuse_value(
                field,
                form.given(field),
                f"不超过 {asked} {power:g} 的数",
                f"a number not above {asked} {power:g}",
            )
    _refuse_start_of_no_motor(form, application)
    _refuse_too_important(form, application, rules)
    _refuse_absurd(form, application, rules)
    _refuse_too_much_for_one_phase(form, application, rules)
    node = application.existing_node
    is_asked = application.business not in _FROM_NOTHING
    for field in ("existing_node", "existing_kva"):
        if not is_asked and getattr(application, field):
            business = application.business
            form.refuse(
                field,
                f"为“{shown(form.given(field))}”，而业务类型为 {business}；现有供电的增容请用 "
                "business increase，新装和临时用电不填此项",
                f'is "{shown(form.given(field))}" and business is {business}; ask for more at an '
                "existing supply with business increase, or leave it out",
            )
    if is_asked and node and grid and node not in grid.node_ids:
        form.refuse_value(
            "existing_node", node, f"电网“{grid.name}”中的节点号", f'a node of grid "{grid.name}"'
        )
    elif is_asked and node and grid and grid.is_star(node):
        refuse_star(form, "existing_node", node)
    if application.is_increase_at_a_node and (application.existing_kva or 0.0) >= power:
        form.refuse_value(
            "existing_kva",
            form.given("existing_kva"),
            f"小于增容后总容量 {asked} {power:g} 的数",
            f"a number below {asked} {power:g}, which is the total after the increase",
        )
    if application.wanted_date and application.wanted_date < application.on_date:
        form.refuse_value(
            "wanted_date",
            application.wanted_date.isoformat(),
            f"不早于受理日期 {application.on_date} 的日期",
            f"a day not before the acceptance date {application.on_date}",
        )
