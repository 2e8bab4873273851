"""Independence: what two sources have in common, and what that leaves of the word dual source.

Only what the trace proves is said: two busbars of one substation are a dual circuit, and so is
whatever the data do not show to be apart (practice, section 8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from math import dist

from grid_models.supply_ways import Corridor, SupplyWay, find_corridors, shortest_between
from planner.messages import listed, say
from planner.plan import Grade, Independence, PairIndependence, SharedPart
from planner.rules import Rules

__all__ = [
    "GRADES",
    "SEVERAL",
    "combine",
    "compare_ways",
    "is_enough",
    "may_be_dual_source",
    "pairs_of",
    "required_grade",
]

GRADES: tuple[Grade, ...] = ("same_feeder", "dual_circuit", "dual_source", "multi_source")
"""Grades, the weakest first."""

# Sources of which each pair may be a dual circuit when two of them are a dual source.
SEVERAL = 3
# Elements a sentence names before it counts the rest.
NAMED = 3
_CORRIDORS = {"overhead": "pole_line", "cable": "trench", "unknown": "corridor"}

Label = Callable[[str], str]


def required_grade(sources: int, importance: str, rules: Rules) -> Grade:
    """Return the least grade of so many sources for a class of importance."""
    table: Mapping[str, Grade] = rules.value("required_independence")
    asked: Grade = "multi_source" if sources >= SEVERAL else "dual_circuit"
    return max(asked, table[importance], key=GRADES.index)


def is_enough(grade: Grade, required: Grade) -> bool:
    """Say whether a grade is the required one or a better one."""
    return GRADES.index(grade) >= GRADES.index(required)


def may_be_dual_source(one: SupplyWay, other: SupplyWay, rules: Rules) -> bool:
    """Say whether all but the courses of the lines speaks for a dual source: quick to answer."""
    found = [*_electrical(one, other, str), *_substation(one, other, rules, str)]
    return not found and not list(_unproved(one, other, rules, str))


def compare_ways(
    one: SupplyWay,
    other: SupplyWay,
    rules: Rules,
    label: Label,
    sources: tuple[int, int] = (0, 1),
) -> PairIndependence:
    """Hold the ways of two sources against each other.

    Parameters
    ----------
    label
        How people call an element, by id.
    sources
        Places of the two among the option's sources.

    Returns
    -------
    pair
        ``same_feeder``: one outgoing line feeds both. ``dual_source``: nothing is shared, and the
        data show it. ``dual_circuit``: everything between.
    """
    shared = [
        *_electrical(one, other, label),
        *_substation(one, other, rules, label),
        *_stations(one, other),
        *_poles(one, other, rules, label),
        *_corridors(one, other, rules, label),
    ]
    unproved = [*_unproved(one, other, rules, label), *_unplaced(one, other, label)]
    grade: Grade = "dual_circuit"
    if any(part.kind == "feeder" for part in shared):
        grade = "same_feeder"
    elif not unproved and all(_is_allowed(part, rules) for part in shared):
        grade = "dual_source"
    return PairIndependence(
        sources=sources, grade=grade, shared=tuple(shared), unproved=tuple(unproved)
    )


def combine(pairs: Sequence[PairIndependence], required: Grade) -> Independence:
    """Grade all sources together.

    Three are several sources if two of them are a dual source and no two hang at one feeder.
    """
    grades = [pair.grade for pair in pairs]
    grade = min(grades, key=GRADES.index)
    if len(pairs) > 1 and grade != "same_feeder":
        grade = "multi_source" if "dual_source" in grades else "dual_circuit"
    return Independence(grade=grade, required=required, pairs=tuple(pairs))


def _is_allowed(part: SharedPart, rules: Rules) -> bool:
    """Say whether an area takes busbars of one substation, fed by different lines, for sources."""
    return part.kind == "substation" and bool(rules.value("two_busbars_dual_source"))


def _part(kind: str, element_ids: Sequence[str], label: Label, **fields: object) -> SharedPart:
    text = say(
        f"shared_{kind}", element=listed([label(name) for name in element_ids], NAMED), **fields
    )
    return SharedPart(kind=kind, element_ids=tuple(element_ids), zh=text.zh, en=text.en)


# ---------------------------------------------------------------------- along the wires


def _electrical(one: SupplyWay, other: SupplyWay, label: Label) -> Iterator[SharedPart]:
    """Feeder, what lies below it, busbar, main transformer, what lies above, external grid."""
    if one.feeder_id is not None and one.feeder_id == other.feeder_id:
        yield _part("feeder", [one.feeder_id], label)
    below = [name for name in one.branches if name in set(other.branches)]
    if below := [name for name in below if name != one.feeder_id]:
        yield _part("branch", below, label)
    if one.busbar_id is not None and one.busbar_id == other.busbar_id:
        yield _part("busbar", [one.busbar_id], label)
    main = one.main_transformer_id
    if main is not None and main == other.main_transformer_id:
        yield _part("main_transformer", [main], label)
    if above := [name for name in one.upstream if name in set(other.upstream)]:
        yield _part("upstream", above, label)
    if one.source_id == other.source_id:
        yield _part("source", [one.source_id], label)


# ---------------------------------------------------------------------- in one place


def _is_one_substation(one: SupplyWay, other: SupplyWay, rules: Rules) -> bool | None:
    """Say whether two ways leave one substation; None: the data do not tell."""
    if one.substation_node and one.substation_node == other.substation_node:
        return True
    if one.busbar_id is not None and one.busbar_id == other.busbar_id:
        return True
    if one.substation and other.substation:
        return one.substation == other.substation
    if one.substation_at is None or other.substation_at is None:
        return None
    within_m = rules.number("same_substation_distance")
    return dist(one.substation_at, other.substation_at) <= within_m


def _substation(
    one: SupplyWay, other: SupplyWay, rules: Rules, label: Label
) -> Iterator[SharedPart]:
    if _is_one_substation(one, other, rules):
        names = {way.substation or way.substation_node for way in (one, other)} - {""}
        yield _part("substation", sorted(names), label)


def _stations(one: SupplyWay, other: SupplyWay) -> Iterator[SharedPart]:
    """Yield the stations both ways pass or leave, one substation of both left to `_substation`."""
    own, met = (way.stations | {way.substation} for way in (one, other))
    left_by_both = {one.substation} & {other.substation}
    if names := sorted((own & met) - left_by_both - {""}):
        yield _part("station", names, str)


def _poles(one: SupplyWay, other: SupplyWay, rules: Rules, label: Label) -> Iterator[SharedPart]:
    """Yield the nearest poles of two feeders, if one event takes them both."""
    own, met, distance_m = shortest_between(one.poles, other.poles)
    if own and distance_m <= rules.number("shared_corridor_distance"):
        yield _part("pole", sorted({own, met}), label, value=distance_m)


def _corridors(
    one: SupplyWay, other: SupplyWay, rules: Rules, label: Label
) -> Iterator[SharedPart]:
    within_m = rules.number("shared_corridor_distance")
    common = {c.line_id for c in one.courses} & {c.line_id for c in other.courses}
    own, met = ([c for c in way.courses if c.line_id not in common] for way in (one, other))
    found = find_corridors(
        own, met, within_m=within_m, longer_m=rules.number("shared_corridor_length")
    )
    by_kind: dict[str, list[Corridor]] = {}
    for corridor in found:
        by_kind.setdefault(_CORRIDORS[corridor.laying], []).append(corridor)
    for kind, corridors in by_kind.items():
        ids = sorted({name for corridor in corridors for name in corridor.line_ids})
        length_m = sum(corridor.length_m for corridor in corridors)
        yield _part(kind, ids, label, value=length_m, limit=within_m)


# ---------------------------------------------------------------------- what the data do not show


def _unproved(one: SupplyWay, other: SupplyWay, rules: Rules, label: Label) -> Iterator[SharedPart]:
    absent = {w.source_id for w in (one, other) if not w.is_upstream_known}
    if absent and one.source_id != other.source_id:
        yield _part("upstream_absent", sorted(absent), label)
    if _is_one_substation(one, other, rules) is None:
        nodes = sorted({way.substation_node for way in (one, other)} - {""})
        yield _part("substation_unknown", nodes, label)


def _unplaced(one: SupplyWay, other: SupplyWay, label: Label) -> Iterator[SharedPart]:
    """Lines whose course nobody knows: they may stand on any pole."""
    common = {c.line_id for c in one.courses} & {c.line_id for c in other.courses}
    lines = sorted(
        {
            course.line_id
            for way in (one, other)
            for course in way.courses
            if course.shape is None and course.line_id not in common
        }
    )
    if lines:
        yield _part("course_unknown", lines, label)


def pairs_of(count: int) -> list[tuple[int, int]]:
    """Return every two of so many sources, in order."""
    return list(combinations(range(count), 2))
