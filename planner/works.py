"""Works of an option: what is to be built or done, and who pays for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dateutil.relativedelta import relativedelta

from planner.application import SupplyApplication
from planner.candidate import Candidate
from planner.connection import Trial
from planner.design_load import Demand, Level
from planner.emergency import emergency_works
from planner.existing_supply import KIND as EXISTING
from planner.messages import say
from planner.payers import find_payers
from planner.plan import Replacement, Work
from planner.rules import Rules

__all__ = ["find_works", "metering_mode"]


def find_works(
    trial: Trial,
    application: SupplyApplication,
    rules: Rules,
    level: Level,
    *,
    label: Callable[[str], str],
    heavy: Sequence[tuple[str, float]] = (),
    replacement: Replacement | None = None,
    compensation_kvar: float = 0.0,
) -> tuple[Work, ...]:
    """List what is to be built or done for an option.

    Parameters
    ----------
    label
        How people call an element, by id.
    heavy
        Elements a low-voltage customer loads beyond the planning limit: connect first, reinforce
        later.
    replacement
        Transformer that takes the present one's place before connection.
    compensation_kvar
        What a customer with own transformers installs.
    """
    candidate, conductor = trial.candidate, trial.conductor
    name = label(candidate.element_id)
    payers = find_payers(application, rules, level)
    payer = payers.connection
    circuits_m = candidate.length_m * conductor.parallel
    works = []
    if replacement is not None:
        works.append(
            _work(
                "transformer_replace", candidate.element_id, 1.0, "set", payers.grid,
                element=name, value=replacement.sn_kva, rated_kva=replacement.sn_kva,
                type=replacement.type,
            )
        )  # fmt: skip
    if level == "lv" and candidate.kind != EXISTING:
        works.append(
            _work(
                "lv_service_line", candidate.element_id, circuits_m, "m", payer,
                quantity=candidate.length_m,
                conductor=conductor.type, parallel=conductor.parallel,
            )
        )  # fmt: skip
    elif level != "lv":
        if candidate.kind != EXISTING:
            works.append(_joint(candidate, payer, name))
            works.append(
                _work(
                    f"{level}_line_new", candidate.element_id, circuits_m, "m", payer,
                    quantity=candidate.length_m,
                    conductor=conductor.type, parallel=conductor.parallel,
                    laying=say(f"laying_{conductor.laying}"), kv=trial.kv,
                )
            )  # fmt: skip
        sizes = Counter(trial.demand.transformers_kva)
        works += [
            _work(
                "customer_transformer",
                "",
                float(count),
                "set",
                payers.own_side,
                value=kva,
                rated_kva=kva,
            )
            for kva, count in sorted(sizes.items(), reverse=True)
        ]
        works.append(_work("compensation", "", compensation_kvar, "kvar", payers.own_side))
    mode = say(f"metering_{metering_mode(application, trial.demand, rules, level)}")
    works.append(_work("metering", "", 1.0, "set", payers.grid, mode=mode))
    # several sources share one, which is added once they are put together
    if application.sources == 1:
        works += emergency_works(application, level, rules, payer=payers.own_side)
    return (*works, *_reinforce_later(application, rules, heavy, label, payers.grid))


def _reinforce_later(
    application: SupplyApplication,
    rules: Rules,
    heavy: Sequence[tuple[str, float]],
    label: Callable[[str], str],
    payer: str,
) -> list[Work]:
    """Connect first: what the utility relieves by a date, at its own cost, not in the estimate."""
    if not heavy:
        return []
    due = application.on_date + relativedelta(months=int(rules.number("reinforce_later_months")))
    limit = rules.number("heavy_load")
    return [
        replace(
            _work(
                "reinforce_later", element, 1.0, "set", payer,
                element=label(element), value=value, limit=limit, date=due.isoformat(),
            ),
            due_on=due.isoformat(),
        )
        for element, value in heavy
    ]  # fmt: skip


def metering_mode(
    application: SupplyApplication, demand: Demand, rules: Rules, level: Level
) -> str:
    """Return low_low, high_low or high_high: side of supply and side of metering.

    On the low side stands the meter of one small transformer; each of several sources, and several
    transformers together, are metered on the high side.
    """
    modes: Mapping[str, str] = rules.value("metering_mode")
    if level == "lv":
        return modes["lv"]
    if level == "hv":
        return modes["hv"]
    is_one = application.sources == 1 and len(demand.transformers_kva) == 1
    is_small = is_one and demand.capacity_kva <= rules.number("metering_lv_side_limit")
    return modes["mv_small" if is_small else "mv"]


def _work(
    code: str,
    element_id: str,
    amount: float,
    unit: str,
    payer: str,
    *,
    rated_kva: float | None = None,
    type: str | None = None,
    **fields: object,
) -> Work:
    """Make one work; a line's sentence gives its length, its quantity counts every circuit."""
    text = say(code, **{"element": element_id, "quantity": amount, "unit": unit, **fields})
    return Work(
        code=code, element_id=element_id, quantity=amount, unit=unit, payer=payer,
        zh=text.zh, en=text.en, rated_kva=rated_kva, type=type,
    )  # fmt: skip


def _joint(candidate: Candidate, payer: str, name: str) -> Work:
    code = {
        "mv_public_bay": "bay_use",
        "mv_public_tee": "boundary_switch",
        "mv_public_ring_in": "ring_main_unit",
        "mv_new_feeder": "mv_feeder_new",
        "hv_dedicated": "hv_bay",
    }[candidate.kind]
    return _work(code, candidate.element_id, 1.0, "set", payer, element=name)
