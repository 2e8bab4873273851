"""SupplyPlan and its parts: frozen values whose field names are those of the JSON contract.

`plan_to_json` is `dataclasses.asdict` in effect: what is named here is what other systems read.
Units are in the names; `_pct` is 0 to 100, `_pu` a ratio; coordinates are lon, lat in CGCS2000.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = [
    "SCHEMA",
    "AccessPoint",
    "Answer",
    "Check",
    "Conductor",
    "Cost",
    "CustomerSide",
    "DesignLoad",
    "GridSummary",
    "Headroom",
    "Information",
    "Option",
    "PowerFlowSummary",
    "Reason",
    "Rejected",
    "RejectionReason",
    "Replacement",
    "Route",
    "RulesSummary",
    "Schedule",
    "ScheduleStep",
    "Sensitivity",
    "Source",
    "SupplyPlan",
    "TakeOver",
    "Why",
    "Work",
    "plan_to_json",
]

SCHEMA = "supply-plan/1"

Effect = Literal["block", "desk", "show"]
Scope = Literal["path", "feeder", "tree"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule held against one element: the one with the least margin.

    `value` and `limit` are in `unit`; `margin_pct` is 100 (limit - value) / |limit|, with the sign
    turned for lower limits. `effect` is what a failure does, `scope` where the element lies.
    """

    code: str
    element_id: str
    value: float
    limit: float
    unit: str
    margin_pct: float
    passed: bool
    effect: Effect
    scope: Scope
    pre_existing: bool
    rule_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPoint:
    """Where the new line leaves the public grid."""

    kind: str
    element_id: str
    bay_id: str | None
    position: float | None
    lon: float
    lat: float
    distance_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Course of the new line; `method` is streets or estimate."""

    length_m: float
    method: str
    coordinates: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conductor:
    """Conductor of the new line: values of one circuit, `parallel` circuits."""

    type: str
    laying: str
    parallel: int
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    ampacity_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One supply of an option, from the access point up to the external grid."""

    role: str
    feeder_id: str | None
    busbar_id: str | None
    main_transformer_id: str | None
    substation_id: str | None
    feeder_is_public: bool
    access_point: AccessPoint
    route: Route
    conductor: Conductor
    upstream: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headroom:
    """What the access node can take before the new load and after all commitments."""

    open_capacity_kva: float
    open_binding_id: str
    hosting_capacity_kva: float
    hosting_binding_id: str
    hosting_binding_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerFlowSummary:
    """Extremes over all touched source trees after connection, new line included."""

    v_customer_pu: float
    max_line_loading_pct: float
    max_line_id: str
    max_transformer_loading_pct: float
    max_transformer_id: str
    min_v_pu: float
    min_v_node_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One thing to build or to do; `payer` is utility, government, customer or to_confirm.

    Parameters
    ----------
    due_on
        Day by which the utility does what comes after the connection; None: before it.
    """

    code: str
    element_id: str
    quantity: float
    unit: str
    payer: str
    zh: str
    en: str
    due_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """An estimate in CNY; `price_basis` names its source, `verified` is False until prices are."""

    currency: str
    p15: float
    p50: float
    p85: float
    by_payer: Mapping[str, float]
    price_basis: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleStep:
    """One step; `clock` is working or calendar, `owner` utility, customer or authority."""

    code: str
    days: int
    clock: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Steps and limits; `due_date` is null (`calendar_unknown`) beyond the working calendar."""

    steps: tuple[ScheduleStep, ...]
    utility_days: int
    limit_days: int
    due_date: str | None
    calendar_unknown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSide:
    """What the customer has to provide; `emergency_source_kva` is None where it is to be stated."""

    transformers_kva: tuple[float, ...]
    metering: Mapping[str, str]
    power_factor_min: float
    compensation_kvar: float
    tariff: Mapping[str, str]
    emergency_source_kva: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One line that says why option 1 beats the nearest and the roomiest."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an answer goes to the desk, or why there is none."""

    code: str
    zh: str
    en: str
    rule_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """The same load at a poorer power factor: what happens if compensation falls short.

    `worst_on_path_pct` is the greatest loading in percent of the limit on the supply path.
    """

    power_factor: float
    v_customer_pu: float
    worst_on_path_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """Who takes the option's feeder over, new load included, once its head is lost (N-1).

    The best of its ties: the one that carries everything with the least loading; where none does,
    two that share the feeder, opened at the line `opened_id` (else None); where those do not carry
    it either, the least overloaded one. `feeder_id` is None where the tie ends at a busbar;
    `tie_id` is the switch to close, or the line where both its ends are open. Loadings are in
    percent of the limit.
    """

    tie_id: str
    opened_id: str | None
    feeder_id: str | None
    source_tree_id: str
    worst_loading_pct: float
    worst_element_id: str
    lowest_v_pu: float
    lowest_v_node_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Transformer of the catalogue that takes the present one's place before connection."""

    element_id: str
    type: str
    sn_kva: float
    vk_pct: float
    vkr_pct: float
    pfe_w: float
    i0_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to connect whose every blocking check passes."""

    rank: int
    kind: str
    supply_kv: float
    capacity_kva: float
    sources: tuple[Source, ...]
    checks: tuple[Check, ...]
    not_computed: tuple[str, ...]
    desk_reasons: tuple[Reason, ...]
    headroom: Headroom
    power_flow: PowerFlowSummary
    sensitivity: Sensitivity | None
    take_over: tuple[TakeOver, ...]
    replacement: Replacement | None
    works: tuple[Work, ...]
    cost: Cost
    schedule: Schedule
    customer_side: CustomerSide
    order_keys: Mapping[str, Any]
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionReason:
    """One reason why an access point is refused, with value and limit where there are any."""

    code: str
    element_id: str
    value: float | None
    limit: float | None
    unit: str | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An access point that was looked at and refused; never dropped in silence."""

    kind: str
    access_point: AccessPoint
    reasons: tuple[RejectionReason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """Something worth knowing that changes no answer."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """on_site, back_office or no_option, with every reason."""

    mode: Literal["on_site", "back_office", "no_option"]
    reasons: tuple[Reason, ...]
    information: tuple[Information, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignLoad:
    """What goes into the power flow; `basis` says where it comes from."""

    p_kw: float
    q_kvar: float
    s_kva: float
    power_factor: float
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GridSummary:
    """The grid a plan was made on, with the date and quality of its data."""

    version: str
    name: str
    load_date: str | None
    topology_date: str | None
    load_basis: str
    quality: str
    problem_count: int
    assumptions: Mapping[str, str]
    relocation: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesSummary:
    """The rules a plan was made under; `used` lists the rows, by id."""

    area: str
    version: str
    on_date: str
    used: tuple[str, ...]
    unverified: tuple[str, ...]
    not_adopted: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyPlan:
    """The answer to one application: ranked options, refusals and reasons."""

    schema: str
    plan_id: str
    grid: GridSummary
    rules: RulesSummary
    application: Mapping[str, Any]
    equipment_kw: float
    capacity_kva: float
    design_load: DesignLoad
    answer: Answer
    options: tuple[Option, ...]
    rejected: tuple[Rejected, ...]


def plan_to_json(plan: SupplyPlan) -> dict[str, Any]:
    """Return the plan as plain dicts, lists, numbers and texts, ready for ``json.dumps``."""
    return asdict(plan)
