"""Customer: an application inside a scenario, built as the assistant recommends."""

from __future__ import annotations

from grid_models.catalogue import Catalogue
from grid_models.edits import ConnectCustomer, Edit, ReplaceTransformer
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid
from planner.application import SupplyApplication
from planner.assistant import make_plan
from planner.dedicated_line import LEVEL as DEDICATED_LEVEL
from planner.dedicated_line import find_dedicated_demand
from planner.design_load import Level, find_demand, level_of
from planner.plan import Option, SupplyPlan
from planner.remedies import edits_of
from planner.rules import RuleBook, Rules
from planner.scenarios.ground import Ground
from planner.scenarios.result import PlanTaken
from planner.scenarios.scenario import ConnectApplication

__all__ = ["connect_application"]


def connect_application(
    action: ConnectApplication, ground: Ground, rule_book: RuleBook, catalogue: Catalogue
) -> tuple[list[Edit], PlanTaken]:
    """Return what the option of an application changes in the present grid, and which it is.

    Raises
    ------
    InputError
        If the plan has no option of that rank, or it is limited by the hour: a scenario has none.
    """
    application = action.application
    rules = rule_book.on(application.on_date)
    levels: tuple[Level, ...] = ("lv", "mv")
    if find_dedicated_demand(application, rules) is not None:
        levels = (*levels, DEDICATED_LEVEL)
    reach_m = application.max_distance_m or max(
        rules.number(f"{level}_max_distance") for level in levels
    )
    model = ground.model_near(application.lon, application.lat, reach_m)
    plan = make_plan(application, model, rule_book, catalogue)
    if len(plan.options) < action.rank:
        raise InputError([_refusal(plan, action.rank)])
    option = plan.options[action.rank - 1]
    if option.partial is not None and option.partial.envelope:
        raise InputError([_limited(action.rank)])
    taken = PlanTaken(
        plan_id=plan.plan_id,
        rank=action.rank,
        kind=option.kind,
        access_point_id=option.sources[0].access_point.element_id,
        mode=plan.answer.mode,
    )
    edits: list[Edit] = []
    if option.replacement is None:
        edits += [edit for measure in option.measures for edit in edits_of(measure)]
    if option.replacement is not None:
        new = option.replacement
        edits.append(
            ReplaceTransformer(
                element_id=new.element_id, sn_kva=new.sn_kva, vk_pct=new.vk_pct,
                vkr_pct=new.vkr_pct, pfe_w=new.pfe_w, i0_pct=new.i0_pct,
            )
        )  # fmt: skip
    edits.append(_connection(option, application, rules, model.grid, action.prefix))
    return edits, taken


def _connection(
    option: Option, application: SupplyApplication, rules: Rules, grid: Grid, prefix: str
) -> ConnectCustomer:
    source = option.sources[0]
    point, conductor = source.access_point, source.conductor
    element = point.element_id
    if point.kind == "transformer_lv":
        element = str(grid.transformers["lv_node"].loc[element])
    load = find_demand(application, level_of(option.supply_kv), rules).load
    share = 1.0 if option.partial is None else option.partial.load_kw / option.partial.wish_kw
    return ConnectCustomer(
        element_id=element,
        position=point.position,
        lon=application.lon,
        lat=application.lat,
        length_m=source.route.length_m,
        parallel=conductor.parallel,
        r_ohm_per_km=conductor.r_ohm_per_km,
        x_ohm_per_km=conductor.x_ohm_per_km,
        c_nf_per_km=conductor.c_nf_per_km,
        ampacity_a=conductor.ampacity_a,
        conductor_type=conductor.type,
        laying=conductor.laying,
        p_kw=share * load.p_kw,
        q_kvar=share * load.q_kvar,
        bay_id=point.bay_id or "",
        line_id=f"{prefix}line:1",
        node_id=f"{prefix}node:1",
        split_id=f"{prefix}node:2",
        load_id=f"{prefix}load:1",
        category=application.category,
    )


def _limited(rank: int) -> InputProblem:
    return InputProblem(
        field="rank",
        zh=f"第 {rank} 个方案为限容供电，负荷按时段而定，情景分析不含时段；应选其他方案",
        en=f"option {rank} is a supply limited by the hour and a scenario has no hours; give the "
        "rank of another option",
    )


def _refusal(plan: SupplyPlan, rank: int) -> InputProblem:
    if plan.options:
        count = len(plan.options)
        return InputProblem(
            field="rank",
            zh=f"该申请只有 {count} 个可行方案，rank 为 {rank}；应为 1 至 {count}",
            en=f"the application has {count} options and rank is {rank}; give 1 to {count}",
        )
    return InputProblem(
        field="application",
        zh="该申请没有可行方案，无法接入："
        + "；".join(reason.zh for reason in plan.answer.reasons),
        en="no option fits the application, so it cannot be connected: "
        + "; ".join(reason.en for reason in plan.answer.reasons),
    )
