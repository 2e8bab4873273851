"""Reading: what was given becomes a Scenario, or every reason why it cannot.

The one judge of scenarios for the command line and for HTTP. Every problem that can be seen before
the first step is made is named at once, with the step and, in a file, the line it stands on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from grid_models.catalogue import Catalogue
from grid_models.errors import InputError, InputProblem
from grid_models.model import GridModel
from planner.form import SHARE, Form, shown
from planner.intake import read_application
from planner.messages import Message
from planner.rules import RuleBook, Rules
from planner.scenarios.actions import READERS, combined
from planner.scenarios.fields import ACTIONS, SCENARIO_FIELDS, STEP_FIELDS
from planner.scenarios.item import Context, Item
from planner.scenarios.known import Known
from planner.scenarios.scenario import Action, ConnectApplication, Scenario, Step
from planner.site import GridArea

__all__ = ["SCHEMA", "Path", "Place", "read_scenario"]

SCHEMA = "supply-plan/scenario/1"
MOST_STEPS = 1_000

Path = tuple[str | int, ...]
Place = Callable[[Path], Message]
"""Gives where a field stands, such as ``file a.yaml line 3``; empty where there are no lines."""


def _nowhere(_path: Path) -> Message:
    return Message(zh="", en="")


def read_scenario(
    document: Any,
    *,
    model: GridModel,
    area: GridArea,
    catalogue: Catalogue,
    rule_book: Callable[[str], RuleBook],
    today: date,
    place: Place = _nowhere,
) -> Scenario:
    """Return the scenario that a document describes.

    Parameters
    ----------
    document
        Plain dicts, lists, numbers and texts, as from YAML or JSON.
    model, area
        The base grid and the ground it covers.
    rule_book
        Gives the rules of an area by its name.
    today
        Day whose rules hold unless one is given.
    place
        Gives where a field stands in a file.

    Raises
    ------
    InputError
        With every problem at once.
    """
    return _Reading(
        model=model, area=area, catalogue=catalogue, rule_book=rule_book, today=today, place=place,
        known=Known(model),
    ).scenario(document)  # fmt: skip


@dataclass(kw_only=True)
class _Reading:
    """One document being read; `problems` fills on the way."""

    model: GridModel
    area: GridArea
    catalogue: Catalogue
    rule_book: Callable[[str], RuleBook]
    today: date
    place: Place
    known: Known
    problems: list[InputProblem] = field(default_factory=list)

    def scenario(self, document: Any) -> Scenario:
        if not isinstance(document, dict):
            self._refuse(
                (), "", f"应为含 steps 的映射，而不是“{shown(document)}”",
                f'should be a mapping with steps, not "{shown(document)}"',
            )  # fmt: skip
            raise InputError(self.problems)
        form = Form(document, SCENARIO_FIELDS)
        name = form.text("name") or ""
        form.one_of("schema", (SCHEMA,))
        metadata = self.model.grid.metadata
        given, known = form.text("grid"), (metadata.name, self.model.version)
        if given is not None and given not in known:
            # Another grid would be another answer: never computed in silence.
            form.refuse_value("grid", given, " 或 ".join(known), " or ".join(known))
        rules = self._rules(form)
        power_factor = form.number("power_factor", SHARE)
        if power_factor is None:
            power_factor = rules.number("power_factor_mv") if rules else 1.0
        self._take(form, ())
        steps = self._steps(document.get("steps"), rules, power_factor)
        nodes = self._nodes(document, power_factor)
        if self.problems or rules is None:
            raise InputError(self.problems)
        return Scenario(
            name=name,
            area=rules.area,
            on_date=rules.on_date,
            power_factor=power_factor,
            nodes=nodes,
            steps=steps,
            document=document,
        )

    def _rules(self, form: Form) -> Rules | None:
        area = form.text("area") or self.area.area
        on_date = form.day("on_date") or self.today
        try:
            return self.rule_book(area).on(on_date)
        except InputError as error:
            form.problems.extend(error.problems)
            return None

    def _nodes(self, document: Mapping[str, Any], power_factor: float) -> tuple[str, ...]:
        if "nodes" not in document:
            return ()
        context = Context(
            known=self.known, catalogue=self.catalogue, number=0, power_factor=power_factor
        )
        item = Item({"nodes": document["nodes"]}, SCENARIO_FIELDS, context)
        nodes = item.elements("nodes", "nodes")
        self._take(item.form, ())
        return tuple(nodes)

    # ------------------------------------------------------------------ steps

    def _steps(self, given: Any, rules: Rules | None, power_factor: float) -> tuple[Step, ...]:
        if not isinstance(given, list) or not 0 < len(given) <= MOST_STEPS:
            self._refuse(
                ("steps",), "steps", f"应为 1 至 {MOST_STEPS} 个步骤的列表",
                f"should be a list of 1 to {MOST_STEPS} steps",
            )  # fmt: skip
            return ()
        return tuple(self._step(one, index, rules, power_factor) for index, one in enumerate(given))

    def _step(self, given: Any, index: int, rules: Rules | None, power_factor: float) -> Step:
        path: Path = ("steps", index)
        fields = given if isinstance(given, dict) else {}
        form = Form(fields, STEP_FIELDS)
        kinds = tuple(kind for kind in fields if kind in ACTIONS and fields[kind] is not None)
        name = form.text("name") or "、".join(STEP_FIELDS[kind] for kind in kinds)
        flags = {flag: form.flag(flag) for flag in ("allow_ring", "allow_unsupplied")}
        label = _step_label(index + 1, name)
        self._take(form, path, label)
        if not kinds and not form.problems:
            listed = ", ".join(ACTIONS)
            self._refuse(
                path, "", f"没有动作，应为含其中之一的映射：{listed}",
                f"has no action; give a mapping with one of {listed}", label,
            )  # fmt: skip
        context = Context(
            known=self.known, catalogue=self.catalogue, number=index + 1, power_factor=power_factor
        )
        actions = [
            action
            for kind in kinds
            for action in self._actions(kind, fields[kind], (*path, kind), label, context, rules)
        ]
        return Step(
            number=index + 1, name=name, kinds=kinds, actions=tuple(actions),
            place=self._prefix(path, label), field=f"steps[{index}]", **flags,
        )  # fmt: skip

    def _actions(
        self, kind: str, given: Any, path: Path, label: Message, context: Context,
        rules: Rules | None,
    ) -> list[Action]:  # fmt: skip
        items = given if isinstance(given, list) else [given]
        read: list[Any] = []
        for index, one in enumerate(items):
            own = (*path, index) if isinstance(given, list) else path
            if not isinstance(one, dict):
                fields = ", ".join(ACTIONS[kind])
                self._refuse(
                    own, kind, f"应为含字段 {fields} 的映射",
                    f"should be a mapping with the fields {fields}", label,
                )  # fmt: skip
                continue
            if kind == "application":
                read += self._application(one, own, label, context, rules)
                continue
            item = Item(one, ACTIONS[kind], context)
            read += READERS[kind](item)
            self._take(item.form, own, label)
        if not items:
            self._refuse(path, kind, "列表为空", "is an empty list", label)
        return combined(kind, read)

    def _application(
        self, given: Mapping[str, Any], path: Path, label: Message, context: Context,
        rules: Rules | None,
    ) -> list[Action]:  # fmt: skip
        form = Form({"rank": given.get("rank")}, ACTIONS["application"])
        rank = form.whole("rank", 1)
        unknown = {name: value for name, value in given.items()
                   if name not in ACTIONS["application"]}  # fmt: skip
        form.problems += Form(unknown, ACTIONS["application"]).problems
        self._take(form, path, label)
        own = {name: value for name, value in given.items()
               if name != "rank" and name not in unknown}  # fmt: skip
        prefix = context.prefix
        if self.known.has("nodes", f"{prefix}node:1"):
            self._refuse(
                path, "application", "一个步骤只能有一个用电申请；请另写一步",
                "can stand once in a step; write another step", label,
            )  # fmt: skip
            return []
        self.known.add_customer(prefix)
        self.known.add_category(str(own.get("category") or "commercial"))
        if rules is None:
            return []
        try:
            application = read_application(
                {**own, "area": rules.area}, grid=self.area, rule_book=self.rule_book,
                today=rules.on_date,
            )  # fmt: skip
        except InputError as error:
            self.problems += [self._placed(p, path, label) for p in error.problems]
            return []
        return [ConnectApplication(application=application, rank=rank, prefix=prefix)]

    # ------------------------------------------------------------------ sentences

    def _take(self, form: Form, path: Path, label: Message | None = None) -> None:
        """Keep the problems of a form, each with where it stands."""
        self.problems += [self._placed(problem, path, label) for problem in form.problems]

    def _refuse(
        self, path: Path, name: str, zh: str, en: str, label: Message | None = None
    ) -> None:
        lead = f"{name} " if name else ""
        problem = InputProblem(field="", zh=f"{lead}{zh}", en=f"{lead}{en}")
        self.problems.append(self._placed(problem, path, label))

    def _placed(self, problem: InputProblem, path: Path, label: Message | None) -> InputProblem:
        own = (*path, problem.field) if problem.field else path
        prefix = self._prefix(own, label)
        return InputProblem(
            field=_dotted(own) or "scenario",
            zh=f"{prefix.zh}{problem.zh}".strip(),
            en=f"{prefix.en}{problem.en}".strip(),
        )

    def _prefix(self, path: Path, label: Message | None) -> Message:
        where = self.place(path)
        parts = [part for part in (where, label) if part is not None and part.en]
        if not parts:
            return Message(zh="", en="")
        return Message(
            zh="，".join(part.zh for part in parts) + "：",
            en=", ".join(part.en for part in parts) + ": ",
        )


def _step_label(number: int, name: str) -> Message:
    quoted = ("“" + shown(name) + "”", f' "{shown(name)}"') if name else ("", "")
    return Message(zh=f"第 {number} 步{quoted[0]}", en=f"step {number}{quoted[1]}")


def _dotted(path: Sequence[str | int]) -> str:
    """Return a path as people write it: steps[0].add_load.p_kw."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
