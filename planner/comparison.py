"""Comparison: what each option costs more, and gives more, than the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grid_models.topology import LOW_VOLTAGE_KV
from planner.messages import Message, say
from planner.plan import ComparisonRow, Option, PartialSupply

__all__ = ["compare_options"]

_YUAN_PER_WAN = 10_000.0
_SECURITY = {True: "security_kept", False: "security_lost", None: "security_unknown"}
# Differences people do not see are none.
_SAME_CNY, _SAME_M, _SAME_POINTS = 500.0, 0.5, 0.5


def compare_options(options: Sequence[Option]) -> tuple[ComparisonRow, ...]:
    """Hold every option against the first; the first has a row of noughts."""
    return tuple(_rows(options))


def _rows(options: Sequence[Option]) -> Iterator[ComparisonRow]:
    for option in options:
        first, keys = options[0], option.order_keys
        is_priced = not (option.cost.unpriced or first.cost.unpriced)
        extra_cost = option.cost.p50 - first.cost.p50 if is_priced else None
        extra_m = _length_m(option) - _length_m(first)
        extra_points = float(keys["margin_pct"]) - float(first.order_keys["margin_pct"])
        stated = keys.get("n_minus_1")
        security = stated if isinstance(stated, bool) else None
        # At low voltage nobody asks who takes the feeder over.
        is_asked = option.supply_kv >= LOW_VOLTAGE_KV
        text = say("comparison_first")
        if option is not first:
            text = say(
                "comparison_row" if is_asked else "comparison_row_lv",
                cost=_cost(extra_cost),
                length=_word("m", extra_m, _SAME_M),
                margin=_word("points", extra_points, _SAME_POINTS),
                security=say(_SECURITY[security]),
            )
        if option.partial is not None:
            text = say("why_both", first=_of_part(option.partial), second=text)
        yield ComparisonRow(
            rank=option.rank,
            extra_cost_p50=extra_cost,
            extra_days=option.schedule.utility_days - first.schedule.utility_days,
            extra_length_m=extra_m,
            extra_margin_points=extra_points,
            extra_open_capacity_kva=_extra(
                option.headroom.open_capacity_kva, first.headroom.open_capacity_kva
            ),
            margin_pct=float(keys["margin_pct"]),
            n_minus_1=security,
            is_trunk=bool(keys.get("is_trunk")),
            works_class=int(keys.get("works_class", 0)),
            desk_reason_count=len(option.desk_reasons),
            zh=text.zh,
            en=text.en,
        )


def _of_part(partial: PartialSupply) -> Message:
    """Say what one gets without works, and what is missing."""
    if not partial.envelope:
        return say("comparison_staged", value=partial.load_kw)
    return say("comparison_limited", value=max(day.left_out_kwh for day in partial.envelope))


def _length_m(option: Option) -> float:
    return sum(source.route.length_m for source in option.sources)


def _extra(own: float, other: float) -> float:
    """Difference of two capacities; what is without a limit on both sides is equal."""
    return 0.0 if own == other else own - other


def _cost(extra: float | None) -> Message:
    if extra is None:
        return say("unknown_cost")
    if abs(extra) < _SAME_CNY:
        return say("same_cost")
    return say("more_cost" if extra > 0 else "less_cost", value=abs(extra) / _YUAN_PER_WAN)


def _word(unit: str, extra: float, same: float) -> Message:
    if abs(extra) < same:
        return say(f"same_{unit}")
    return say(f"more_{unit}" if extra > 0 else f"less_{unit}", value=abs(extra))
