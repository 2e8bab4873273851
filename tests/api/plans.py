"""A plan made by hand, for tests of how plans are shown and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planner.plan import (
    SCHEMA,
    AccessPoint,
    Answer,
    Boundary,
    CalendarSummary,
    Check,
    ComparisonRow,
    Conductor,
    Cost,
    CostItem,
    CustomerSide,
    DesignLoad,
    GridSummary,
    Headroom,
    Information,
    Note,
    Option,
    PowerFlowSummary,
    PricesSummary,
    Reason,
    Rejected,
    RejectionReason,
    Route,
    RulesSummary,
    Schedule,
    ScheduleStep,
    Sensitivity,
    Source,
    SupplyPlan,
    Why,
    Work,
)

APPLICATION: Mapping[str, Any] = {
    "lon": 120.1640,
    "lat": 30.2803,
    "on_date": "2026-08-01",
    "kw": 60.0,
    "kva": None,
    "sources": 1,
    "importance": "ordinary",
    "category": "commercial",
    "business": "new",
    "special_load": "none",
}
HEADROOM = Headroom(
    open_capacity_kva=186.7,
    open_binding_id="trafo:2",
    hosting_capacity_kva=254.2,
    hosting_binding_id="trafo:2",
    hosting_binding_code="thermal_transformer",
)
FAILED_CHECK = Check(
    code="heavy_load",
    element_id="trafo:2",
    value=86.25,
    limit=80.0,
    unit="%",
    margin_pct=-7.8125,
    passed=False,
    effect="show",
    scope="path",
    pre_existing=False,
    rule_id="heavy_load",
)
PASSED_CHECK = Check(
    code="voltage_low",
    element_id="new:node:1",
    value=391.2,
    limit=353.4,
    unit="V",
    margin_pct=10.7,
    passed=True,
    effect="block",
    scope="path",
    pre_existing=False,
    rule_id="voltage_low",
)


COST_ITEM = CostItem(
    code="YJV22-0.6/1-4x70",
    work="lv_service_line",
    part="electrical",
    quantity=0.1323,
    unit="km",
    unit_p15=234_316.0,
    unit_p50=321_240.0,
    unit_p85=438_397.0,
    price_year=2020,
    scope_zh="电缆及敷设，不含土建",
    scope_en="cable and laying; civil works excluded",
    source="estimate",
    verified=False,
    payer="utility",
)


COMPARISON = ComparisonRow(
    rank=1,
    extra_cost_p50=0.0,
    extra_days=0,
    extra_length_m=0.0,
    extra_margin_points=0.0,
    extra_open_capacity_kva=0.0,
    margin_pct=24.0,
    n_minus_1=None,
    is_trunk=True,
    works_class=0,
    desk_reason_count=0,
    zh="首选方案",
    en="the first option",
)


def sample_source() -> Source:
    """Return a supply from the only board of the tiny grid."""
    return Source(
        role="main",
        feeder_id="line:1",
        busbar_id="bus:2",
        main_transformer_id="trafo:1",
        substation_id="station:1",
        feeder_is_public=True,
        access_point=AccessPoint(
            kind="transformer_lv",
            element_id="trafo:2",
            bay_id=None,
            position=None,
            lon=120.163,
            lat=30.28,
            distance_m=101.8,
        ),
        route=Route(
            length_m=132.3, method="estimate", coordinates=((120.164, 30.2803), (120.163, 30.28))
        ),
        conductor=Conductor(
            type="YJV22-0.6/1-4x70",
            laying="cable",
            parallel=1,
            r_ohm_per_km=0.268,
            x_ohm_per_km=0.06,
            c_nf_per_km=0.0,
            ampacity_a=185.0,
        ),
        upstream=("trafo:2", "line:2", "line:1", "trafo:1", "source:1"),
        boundary=Boundary(code="meter_box", zh="计量箱出线端", en="terminals of the meter box"),
    )


def sample_option(headroom: Headroom = HEADROOM) -> Option:
    """Return a low-voltage option with one failed and one passed check."""
    return Option(
        rank=1,
        kind="lv_public",
        supply_kv=0.4,
        capacity_kva=66.7,
        sources=(sample_source(),),
        checks=(FAILED_CHECK, PASSED_CHECK),
        not_computed=("n_minus_1",),
        desk_reasons=(),
        headroom=headroom,
        power_flow=PowerFlowSummary(
            v_customer_pu=0.978,
            max_line_loading_pct=41.0,
            max_line_id="line:3",
            max_transformer_loading_pct=86.25,
            max_transformer_id="trafo:2",
            min_v_pu=0.971,
            min_v_node_id="bus:6",
        ),
        take_over=(),
        sensitivity=Sensitivity(power_factor=0.85, v_customer_pu=0.97, worst_on_path_pct=88.7),
        replacement=None,
        measures=(),
        works=(
            Work(
                code="reinforce_later",
                element_id="trafo:2",
                quantity=1.0,
                unit="set",
                payer="utility",
                zh="先接入，后续改造 trafo:2",
                en="connect first, reinforce trafo:2 later",
            ),
        ),
        cost=Cost(
            currency="CNY",
            p15=31_000.0,
            p50=42_500.0,
            p85=58_000.0,
            by_payer={"utility": 42_500.0},
            by_payer_range={"utility": {"p15": 31_000.0, "p50": 42_500.0, "p85": 58_000.0}},
            price_basis="estimate",
            verified=False,
            items=(COST_ITEM,),
            unpriced=(),
            fees=(),
            notes=(Note(code="cost_to_confirm", zh="出资待确认", en="payer to be confirmed"),),
        ),
        schedule=Schedule(
            steps=(ScheduleStep(code="accept", days=1, clock="calendar", owner="utility"),),
            utility_days=8,
            limit_days=8,
            due_date=None,
            calendar_unknown=True,
            start_on="2026-08-01",
            limit_clock="calendar",
            limit_due_on="2026-08-09",
            limit_due_on_working=None,
            light="green",
            light_on="2026-08-01",
            pauses=(),
            ends_by=None,
            notes=(Note(code="clock_pauses", zh="停表时顺延", en="dates move"),),
        ),
        customer_side=CustomerSide(
            transformers_kva=(),
            metering={
                "mode": "low_low",
                "wiring": "three_phase_four_wire",
                "meter": "1.0",
                "current_transformer": "0.5S",
            },
            power_factor_min=0.9,
            compensation_kvar=0.0,
            tariff={
                "class": "industrial_commercial",
                "parts": "choice",
                "power_factor_class": "none",
            },
            emergency_source_kva=0.0,
        ),
        order_keys={"route_length_m": 132.3, "margin_pct": 24.0},
        why=Why(zh="唯一可行的方案", en="the only option that passes"),
    )


def sample_plan(
    *,
    mode: str = "on_site",
    hosting_capacity_kva: float = HEADROOM.hosting_capacity_kva,
    application: Mapping[str, Any] | None = None,
    assumptions: Mapping[str, str] | None = None,
) -> SupplyPlan:
    """Return the answer to a shop beside the only board of the tiny grid."""
    option = sample_option(replace(HEADROOM, hosting_capacity_kva=hosting_capacity_kva))
    reasons = (
        ()
        if mode == "on_site"
        else (
            Reason(code="data_stale", zh="负荷数据过旧", en="the load data are old", rule_id=None),
        )
    )
    return SupplyPlan(
        schema=SCHEMA,
        plan_id="0123456789abcdef",
        grid=GridSummary(
            version="fedcba9876543210",
            name="tiny",
            load_date="2026-07-20",
            topology_date=None,
            load_basis="measured_peak",
            quality="good",
            problem_count=0,
            assumptions=assumptions or {},
            relocation={},
        ),
        rules=RulesSummary(
            area="demo",
            version="00112233",
            on_date="2026-08-01",
            used=("heavy_load", "voltage_low"),
            unverified=("heavy_load",),
            not_adopted=(),
        ),
        prices=PricesSummary(name="shipped", version="8899aabb"),
        calendar=CalendarSummary(version="ccddeeff", known_until="2026-12-31"),
        application={**APPLICATION, **(application or {})},
        equipment_kw=60.0,
        capacity_kva=66.7,
        design_load=DesignLoad(
            p_kw=60.0, q_kvar=29.06, s_kva=66.67, power_factor=0.9, basis="equipment_power"
        ),
        answer=Answer(
            mode=mode,  # type: ignore[arg-type]
            reasons=reasons,
            information=(Information(code="example_rules", zh="示例规则", en="example rules"),),
        ),
        comparison=() if mode == "no_option" else (COMPARISON,),
        options=() if mode == "no_option" else (option,),
        remedies=None,
        rejected=(
            Rejected(
                kind="lv_public",
                access_point=replace(
                    option.sources[0].access_point, kind="lv_line", element_id="line:3"
                ),
                reasons=(
                    RejectionReason(
                        code="not_public",
                        element_id="line:3",
                        value=None,
                        limit=None,
                        unit=None,
                        zh="line:3 是客户资产，不能接入",
                        en="line:3 is private",
                    ),
                ),
            ),
        ),
    )
