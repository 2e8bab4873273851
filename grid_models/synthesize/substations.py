"""Substations: 110 kV sources, main transformers, busbar sections, limits of the outgoing lines."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from grid_models.synthesize.equipment import MAIN_TRANSFORMERS, SQRT3, TransformerType
from grid_models.synthesize.feeders import MV_KV, Feeder, Section, Setting, Stop, Substation
from grid_models.synthesize.loads import FEEDER_KV, Role
from grid_models.synthesize.names import ROMAN

__all__ = ["draw_substation", "finish_substation", "limit_feeder"]

HV_KV = 110.0
OUTSIDE_M = 90.0
# Gate of a main transformer, and what a substation keeps free under it.
HEAVY_SHARE = 0.8
FREE_KVA = 12_000.0
BUSBAR_KV = 10.28
SPARE_BUSBAR_BAYS = 2
HV_BREAKER_A, BUSBAR_BREAKER_A = 2000.0, 4000.0
# Loading of the head by role; the limit follows from the load in the dispatch list's steps.
HEAD_SHARE: dict[Role, tuple[float, float]] = {
    "full": (0.775, 0.785),
    "usual": (0.50, 0.68),
    "roomy": (0.25, 0.42),
}
LIMIT_STEP_A = 5.0
SMALLEST_LIMIT_A = 60.0
WINTER_FACTOR = 1.1
RELAY_FACTOR = 1.2
CT_PRIMARY_A = (75.0, 100.0, 150.0, 200.0, 300.0, 400.0, 600.0)


def draw_substation(setting: Setting, *, is_west: bool, sections: int) -> Substation:
    """Draw a source and a substation without its main transformers, and return it.

    Parameters
    ----------
    is_west
        At the west or the east end of its row of streets.
    sections
        Number of 10 kV busbar sections.
    """
    draft, net, built = setting.draft, setting.net, setting.day()
    number = draft.count("sources") + 1
    stem = setting.names.place()
    name = f"110kV {stem}变"
    row = net.west_row if is_west else net.east_row
    x, y = net.crossings[row][0 if is_west else -1]
    at = (x - OUTSIDE_M if is_west else x + OUTSIDE_M, y)
    hv_node = draft.node(f"{name} 110kV 母线", HV_KV, at, "busbar", built=built, station=name)
    v_pu = 1.0 + 0.005 * int(setting.rng.integers(0, 6))
    draft.source(
        f"220kV {setting.names.place()}变 {stem} {1100 + number} 线",
        hv_node,
        v_pu=v_pu,
        short_circuit_mva=100.0 * int(setting.rng.integers(30, 51)),
    )
    drawn = []
    for k in range(sections):
        section = f"{name} 10kV {ROMAN[k]}段"
        place = (at[0], at[1] + 10.0 * (k + 1))
        busbar = draft.node(f"{section}母线", MV_KV, place, "busbar", built=built, station=name)
        stop = Stop(node=busbar, at=place, name=f"{section}母线", kind="busbar", built=built)
        drawn.append(Section(name=section, busbar=stop))
    return Substation(
        number=number, name=name, at=at, hv_node=hv_node, v_pu=v_pu,
        is_west=is_west, row=row, sections=tuple(drawn),
    )  # fmt: skip


def limit_feeder(setting: Setting, feeder: Feeder) -> None:
    """Draw the limits of a feeder's head: dispatch list, current transformer, relay."""
    load_a = abs(feeder.load_kva) / (SQRT3 * FEEDER_KV)
    wanted = max(SMALLEST_LIMIT_A, load_a / setting.rng.uniform(*HEAD_SHARE[feeder.role]))
    most = feeder.head_ampacity_a // LIMIT_STEP_A * LIMIT_STEP_A
    summer = min(most, LIMIT_STEP_A * ceil(wanted / LIMIT_STEP_A))
    winter = LIMIT_STEP_A * round(WINTER_FACTOR * summer / LIMIT_STEP_A)
    primary = next(ct for ct in CT_PRIMARY_A if ct >= winter)
    relay = LIMIT_STEP_A * ceil(RELAY_FACTOR * winter / LIMIT_STEP_A)
    for limit_a, source, season in (
        (summer, "dispatch_list", "summer"),
        (winter, "dispatch_list", "winter"),
        (primary, "ct", "all"),
        (relay, "relay", "all"),
    ):
        setting.draft.limit(feeder.head, limit_a, source, season)


def finish_substation(setting: Setting, substation: Substation) -> None:
    """Draw the main transformers, now that the load is known, the bus tie and the bays."""
    draft, name = setting.draft, substation.name
    kind = _main_transformer(substation.sections)
    for k, section in enumerate(substation.sections, start=1):
        busbar = section.busbar
        transformer = draft.transformer(
            f"{name} {k}号主变", substation.hv_node, busbar.node, kind,
            tap_pos=_tap(kind, section.load_kva, substation.v_pu), built=busbar.built,
        )  # fmt: skip
        for side, node, rated_a in (
            ("110kV", substation.hv_node, HV_BREAKER_A),
            ("10kV", busbar.node, BUSBAR_BREAKER_A),
        ):
            draft.switch(
                f"{name} {k}号主变 {side} 断路器", node, transformer, "circuit_breaker",
                element_kind="transformer", rated_a=rated_a,
            )  # fmt: skip
        for bay, target in enumerate(busbar.leads_to, start=1):
            draft.bay(f"{section.name} {bay}号柜 {target}", busbar.node, is_spare=False)
        for spare in range(1, SPARE_BUSBAR_BAYS + 1):
            number = len(busbar.leads_to) + spare
            draft.bay(f"{section.name} {number}号柜 备用", busbar.node, is_spare=True)
    if len(substation.sections) > 1:
        first, second = (section.busbar.node for section in substation.sections)
        draft.switch(
            f"{name} 10kV 母联断路器", first, second, "circuit_breaker",
            element_kind="node", is_closed=False, rated_a=BUSBAR_BREAKER_A,
        )  # fmt: skip


def _main_transformer(sections: Sequence[Section]) -> TransformerType:
    """Choose the smallest size with the wanted room in every section and in the substation."""
    for kind in MAIN_TRANSFORMERS:
        free = [HEAVY_SHARE * kind.sn_kva - abs(kind.demand(s.load_kva)) for s in sections]
        if sum(free) >= FREE_KVA and min(free) >= FREE_KVA / len(sections):
            return kind
    return MAIN_TRANSFORMERS[-1]


def _tap(kind: TransformerType, load_kva: complex, v_pu: float) -> int:
    """Choose the tap that holds the busbar nearest to its set-point under the load."""
    share = load_kva / kind.sn_kva
    r, x = kind.vkr_pct / 100.0, kind.vk_pct / 100.0
    drop = r * share.real + x * share.imag + (x * share.real) ** 2 / 2.0
    ratio = v_pu * kind.vn_lv_kv * (1.0 - drop) / BUSBAR_KV
    return round((ratio - 1.0) / (kind.tap_step_pct / 100.0))
