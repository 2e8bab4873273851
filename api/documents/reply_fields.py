"""Fields of the reply form: what a template may name, and what they hold for one plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from api.envelopes import span_words
from api.estimates import estimate_words
from api.plan_tables import element_name
from grid_models.errors import InputError, InputProblem
from grid_models.model import GridModel
from grid_models.topology import LOW_VOLTAGE_KV
from planner.bill import LATER
from planner.existing_supply import ACCESS as EXISTING_ACCESS
from planner.messages import say
from planner.metering import PHASE_KV
from planner.plan import MeteringPoint, Option, Source, SupplyPlan, Work

__all__ = [
    "REQUIRED",
    "ROLES",
    "ReplyDetails",
    "find_text_problem",
    "read_details",
    "reply_fields",
    "required_fields",
]

# Who signs.
ROLES = ("company", "customer")
_ROOM = "　" * 8
_LONGEST = 200
# A form that says days without their clock promises calendar days.
_CLOCK_DAYS = {"working": "个工作日", "calendar": "天"}
# What no reply form may leave out, in the words of the sentence that says so.
REQUIRED = {
    "customer": "客户名称",
    "address": "用电地址",
    "capacity_kva": "供电容量",
    "supply_voltage": "供电电压",
    "sources": "供电电源",
    "boundary": "产权分界点",
    "metering_mode": "计量方式",
    "power_factor_min": "功率因数要求",
    "tariff": "电价",
    "fees": "费用",
    "validity": "有效期",
    "plan_id": "方案编号",
    "grid_version": "电网版本",
    "data_date": "数据日期",
    "marks": "示例、未核实与草稿标记",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDetails:
    """Who the form is for. Printed only, and no part of the plan."""

    application_no: str = ""
    account_no: str = ""
    customer: str = ""
    address: str = ""
    contact: str = ""
    phone: str = ""


def read_details(pairs: Mapping[str, str]) -> ReplyDetails:
    """Return details typed as name and text.

    Raises
    ------
    InputError
        With every name that is unknown and every text that is too long or unprintable.
    """
    known = [field.name for field in fields(ReplyDetails)]
    problems = []
    for name, text in pairs.items():
        if name not in known:
            listed = ", ".join(known)
            problems.append(
                InputProblem(
                    field=name,
                    zh=f"答复单没有“{name}”一栏，可填写：{listed}",
                    en=f'the reply form has no field "{name}"; it has {listed}',
                )
            )
        elif (problem := find_text_problem(name, text)) is not None:
            problems.append(problem)
    if problems:
        raise InputError(problems)
    return ReplyDetails(**pairs)


def find_text_problem(name: str, text: str) -> InputProblem | None:
    """Return what keeps a text from being printed on a form; None: nothing does."""
    if len(text) <= _LONGEST and text.isprintable():
        return None
    return InputProblem(
        field=name,
        zh=f"答复单“{name}”应为不超过 {_LONGEST} 个可打印字符",
        en=f'"{name}" must be at most {_LONGEST} printable characters',
    )


def required_fields(option: Option) -> dict[str, str]:
    """Return what a template may not leave out for an option, with how people call it."""
    return REQUIRED | ({"limits": "分时限额"} if option.partial else {})


def reply_fields(
    plan: SupplyPlan,
    model: GridModel,
    details: ReplyDetails,
    *,
    rules_title: str,
    valid_months: int,
    rank: int = 1,
    valid_until: date | None = None,
    signed: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return every field a template may name, as texts and lists of texts.

    Parameters
    ----------
    plan
        The answer; it has an option of that rank.
    model
        Grid it was made on.
    rules_title
        Name of the rules, such as 示例规则.
    valid_months
        How long the reply holds from the day it is signed for.
    valid_until
        Last day for which the capacity is held; None: nothing is, the form is a draft.
    signed
        Who signed and when, by role; who did not has room to sign on paper.
    """
    signed = signed or {}
    option, asked = plan.options[rank - 1], plan.application
    side, load, cost = option.customer_side, plan.design_load, option.cost
    is_low = option.supply_kv < LOW_VOLTAGE_KV
    return {
        **{field.name: getattr(details, field.name) or "　" for field in fields(details)},
        "plan_id": plan.plan_id,
        "grid_version": plan.grid.version,
        "data_date": plan.grid.load_date or "未知",
        "accepted_on": str(asked["on_date"]),
        "marks": "　".join(_marks(plan, rules_title, is_draft=valid_until is None)),
        "category": say(f"category_{asked['category']}").zh,
        "industry": str(asked.get("industry") or "未填写"),
        "importance": say(f"importance_{asked['importance']}").zh,
        "business": say(f"business_{asked['business']}").zh,
        "equipment_kw": f"{plan.equipment_kw:,.1f}",
        "design_load": f"{load.p_kw:,.1f} kW，功率因数 {load.power_factor:g}",
        "capacity_kva": f"{option.capacity_kva:,.0f}" + ("（限额供电）" if option.partial else ""),
        "supply_voltage": _voltage(option, phases=int(asked.get("phases", 3))),
        "kind": say(f"kind_{option.kind}").zh,
        "limits": _limits(option),
        "sources": [
            _source(number, source, model) for number, source in enumerate(option.sources, 1)
        ],
        "transformers": " + ".join(f"{kva:g} kVA" for kva in side.transformers_kva) or "无",
        "boundary": _boundary(option, is_low=is_low),
        "metering_mode": say(f"metering_{side.metering['mode']}").zh,
        "wiring": say(f"wiring_{side.metering['wiring']}").zh,
        "meters": [_meter(point) for point in side.metering_points],
        "tariff": "，".join(say(f"tariff_{side.tariff[part]}").zh for part in ("class", "parts")),
        "power_factor_min": f"{side.power_factor_min:g}",
        "compensation_kvar": f"{side.compensation_kvar:,.0f}",
        "emergency_source": _emergency(side.emergency_source_kva),
        "works": [
            {"text": _work_words(model, work), "payer": say(f"payer_{work.payer}").zh}
            for work in option.works
        ],
        "fees": _fees(option),
        "estimate": (
            f"{estimate_words(cost, (cost.p15, cost.p50, cost.p85), ' / ', '万元')}"
            "（P15/P50/P85，估算）"
        ),
        "steps": [
            {"name": say(f"step_{step.code}").zh, "days": str(step.days)}
            for step in option.schedule.steps
        ],
        "limit_days": str(option.schedule.limit_days),
        "limit_unit": _CLOCK_DAYS[option.schedule.limit_clock],
        "validity": f"自客户签收之日起 {valid_months} 个月"
        + (f"，至 {valid_until.isoformat()} 止" if valid_until else ""),
        "reasons": [reason.zh for reason in plan.answer.reasons],
        # the pictures themselves are put there by who sets the form
        **{f"{role}_signature": _ROOM for role in ROLES},
        **{f"{role}_signed": signed.get(role) or f"日期：{_ROOM}" for role in ROLES},
    }


def _marks(plan: SupplyPlan, rules_title: str, *, is_draft: bool) -> list[str]:
    marks = ["草稿：未占用容量，不作为答复"] if is_draft else []
    marks += [rules_title, "费用为估算"]
    if plan.rules.unverified:
        marks.append(f"含未核实规则 {len(plan.rules.unverified)} 条")
    return marks


def _work_words(model: GridModel, work: Work) -> str:
    """Return a work as the customer is told of it: by name, without a figure of the grid."""
    name = element_name(model, work.element_id)
    if work.code == LATER and work.due_on:
        return say("reinforce_later_reply", element=name, date=work.due_on).zh
    return work.zh.replace(model.label(work.element_id), name) if work.element_id else work.zh


def _limits(option: Option) -> str:
    """Return what may be drawn when, where that is not the whole at any time."""
    if option.partial is None:
        return "无"
    if not option.partial.envelope:
        return f"第一期不超过 {option.partial.load_kw:,.0f} kW"
    return f"不超过：{'；'.join(span_words(option.partial))}"


def _voltage(option: Option, *, phases: int) -> str:
    volts = option.supply_kv * 1_000.0
    if option.supply_kv < LOW_VOLTAGE_KV and phases == 1:
        return f"交流 {1_000.0 * PHASE_KV:g} V"
    return f"交流 {volts:g} V" if option.supply_kv < LOW_VOLTAGE_KV else (
        f"交流 {option.supply_kv:g} kV"
    )  # fmt: skip


def _source(number: int, source: Source, model: GridModel) -> dict[str, str]:
    access, conductor = source.access_point, source.conductor
    circuits = f"{conductor.parallel}×" if conductor.parallel > 1 else ""
    laying = say(f"laying_{conductor.laying}").zh
    is_there = access.kind == EXISTING_ACCESS
    return {
        "no": str(number),
        "role": say(f"role_{source.role}").zh,
        "substation": source.substation_id or "未知",
        "busbar": element_name(model, source.busbar_id) if source.busbar_id else "—",
        "feeder": element_name(model, source.feeder_id) if source.feeder_id else "—",
        "access": f"{say(f'access_{access.kind}').zh} {element_name(model, access.element_id)}",
        "line": "利用现有线路" if is_there else f"{laying} {circuits}{conductor.type}",
        "length_m": "—" if is_there else f"{source.route.length_m:,.0f}",
    }


def _boundary(option: Option, *, is_low: bool) -> str:
    """Return where the utility's property ends; the parties agree on it at the site."""
    ends = [source.boundary.zh for source in option.sources]
    if is_low:
        return ends[0]
    if len(ends) > 1:
        ends = [f"电源 {number}：{end}" for number, end in enumerate(ends, 1)]
    return f"{'；'.join(ends)}，以现场约定为准"


def _meter(point: MeteringPoint) -> dict[str, str]:
    """Return a metering point: classes, and ratios where there are transformers."""
    return {
        "no": str(point.number),
        "mode": say(f"metering_{point.mode}").zh,
        "meter": f"{point.equipment_class} 类，{point.meter_class} 级",
        "current_transformer": _instrument(point.ct_ratio, "A", point.ct_class)
        if not point.is_direct
        else "直接接入",
        "voltage_transformer": _instrument(point.vt_ratio, "kV", point.vt_class),
    }


def _instrument(ratio: str | None, unit: str, accuracy: str | None) -> str:
    return f"{ratio} {unit}，{accuracy} 级" if ratio else "—"


def _emergency(kva: float) -> str:
    return f"不小于 {kva:,.0f} kVA" if kva else "不要求"


def _fees(option: Option) -> list[dict[str, str]]:
    """Return the fees of the option; one without a basis document has no amount."""
    fees = [
        {
            "name": say(fee.code).zh,
            "amount": fee.zh if fee.amount_cny is None else f"{fee.amount_cny:,.2f} 元",
            "basis": fee.basis or "—",
        }
        for fee in option.cost.fees
    ]
    return fees or [{"name": "无", "amount": "—", "basis": "—"}]
