"""Works of measures: what each takes to build, who pays, and what it costs; by the usual rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import assert_never

from grid_models.topology import LOW_VOLTAGE_KV
from planner.messages import say
from planner.plan import (
    ConductorReplacement,
    FeederAddition,
    Measure,
    OpenPointMove,
    TransformerAddition,
    TransformerReplacement,
    Work,
)
from planner.rules import Rules

__all__ = ["works_of"]


def works_of(
    measures: Iterable[Measure], rules: Rules, label: Callable[[str], str]
) -> tuple[Work, ...]:
    """List what measures take; a new feeder's line and bay are works of the option itself."""
    payer = str(rules.value("payer")["reinforcement"])
    return tuple(work for measure in measures for work in _works_of(measure, payer, label))


def _works_of(measure: Measure, payer: str, label: Callable[[str], str]) -> Iterator[Work]:
    match measure:
        case OpenPointMove():
            yield _work(
                "switch_operation", "switch_operation", measure.opened_id,
                float(len(measure.closed) + len(measure.opened)), "set", payer,
                tie=label(measure.tie_id), element=label(measure.opened_id),
                value=measure.moved_kva,
            )  # fmt: skip
        case ConductorReplacement():
            low = measure.nominal_kv < LOW_VOLTAGE_KV
            sentence = "lv_conductor_replace" if low else "conductor_replace"
            code = sentence if low else f"conductor_replace_{measure.laying}"
            names = ", ".join(label(name) for name in measure.line_ids)
            yield _work(
                code, sentence, measure.line_ids[0], measure.length_m, "m", payer,
                element=names, conductor=measure.type,
            )  # fmt: skip
        case TransformerReplacement():
            yield _work(
                "transformer_replace", "transformer_replace", measure.element_id, 1.0, "set", payer,
                element=label(measure.element_id), value=measure.sn_kva,
                rated_kva=measure.sn_kva, type=measure.type,
            )  # fmt: skip
        case TransformerAddition():
            yield _work(
                "transformer_add", "transformer_add", measure.beside_id, 1.0, "set", payer,
                element=label(measure.beside_id), value=measure.sn_kva,
                rated_kva=measure.sn_kva, type=measure.type,
            )  # fmt: skip
        case FeederAddition():
            return
        case _:
            assert_never(measure)


def _work(
    code: str,
    sentence: str,
    element_id: str,
    quantity: float,
    unit: str,
    payer: str,
    *,
    rated_kva: float | None = None,
    type: str | None = None,
    **fields: object,
) -> Work:
    text = say(sentence, **({"quantity": quantity, "unit": unit} | fields))
    return Work(
        code=code, element_id=element_id, quantity=quantity, unit=unit, payer=payer,
        zh=text.zh, en=text.en, rated_kva=rated_kva, type=type,
    )  # fmt: skip
