"""Tables of a plan's page: its options and the checks of one, on a wide and on a narrow terminal.

On a narrow one the name of an access point stands on lines of its own above the figures: beside
them it would be cut to a few characters a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from api.estimates import estimate_words
from grid_models.model import GridModel
from grid_models.printable import printable
from planner.messages import say
from planner.plan import HEADROOM, Check, Option

__all__ = [
    "ByWidth",
    "check_figures",
    "checks_table",
    "element_name",
    "options_table",
    "volts_at_customer",
]

# Below it the columns of an option's figures leave its name no room.
WIDE = 96
_DIGITS = {"%": 1, "V": 1, "pu": 4, "m": 0, "kA": 2, "kVA": 0}
_NEW_ELEMENTS = {"new:line:1": "新建线路", "new:node:1": "用户受电点", "new:node:2": "接入点"}
_ROUTE_WORDS = {"streets": "沿道路", "estimate": "估算"}
# Units that are words.
_COUNTED = frozenset({"customer", "element", "area", "bay"})
_VOLTS_PER_KV = 1_000.0
# Of the column of access points, and of those that name checks and elements.
_NAME_WIDTH, _LABEL_WIDTH, _NARROW_LABEL_WIDTH = 34, 26, 36
_NAME_LENGTH = 60


def options_table(options: Sequence[Option], model: GridModel, most: int) -> RenderableType:
    """Return the best options, one below the other.

    Parameters
    ----------
    most
        Options shown; how many more there are is said below.
    """
    rows = [_Row.of(option, model) for option in options[:most]]
    more = len(options) - most
    note = f"另有 {more} 个方案，见 --json" if more > 0 else ""
    return ByWidth(wide=_options_side_by_side(rows, note), narrow=_options_in_lines(rows, note))


def checks_table(option: Option, model: GridModel) -> RenderableType:
    """Return the checks of an option; on a narrow terminal without the rules they follow."""
    return ByWidth(wide=_wide_checks(option, model), narrow=_narrow_checks(option, model))


def element_name(model: GridModel, element_id: str) -> str:
    """Return what people call an element, of no more than a line; its id where it has no name."""
    if element_id in _NEW_ELEMENTS:
        return _NEW_ELEMENTS[element_id]
    if model.row_of("nodes", element_id) < 0 and (name := _of_another_source(element_id)):
        return name
    whole = element_id.partition("#")[0]
    for table in ("lines", "transformers", "nodes"):
        if (row := model.row_of(table, whole)) >= 0:
            name = printable(str(model.value(table, "name", row)).strip())
            return (f"{name[:_NAME_LENGTH]}…" if len(name) > _NAME_LENGTH else name) or element_id
    return element_id


def _of_another_source(element_id: str) -> str:
    """Return the name of what a second or third source adds: 2 nodes each; empty if it is not."""
    prefix, _, number = element_id.rpartition(":")
    if prefix not in ("new:line", "new:node") or not number.isdecimal():
        return ""
    k = int(number)
    if prefix == "new:line":
        return f"新建线路（电源 {k}）"
    return f"{'用户受电点' if k % 2 else '接入点'}（电源 {(k + 1) // 2}）"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByWidth:
    """What looks otherwise on a narrow terminal."""

    wide: RenderableType
    narrow: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the form that fits."""
        yield self.wide if options.max_width >= WIDE else self.narrow


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """The figures of one option, as texts."""

    rank: str
    kind: str
    name: str
    conductor: str
    distances_m: str
    route: str
    loading: str
    volts: str
    capacities: str
    costs: str
    days: str

    @classmethod
    def of(cls, option: Option, model: GridModel) -> _Row:
        source, room = option.sources[0], option.headroom
        cost = option.cost
        # The way to this customer, not the fullest element of the whole source tree.
        loading = 100.0 - float(option.order_keys["margin_pct"])
        volts = volts_at_customer(option, model)
        conductor = source.conductor
        parallel = f"{conductor.parallel}×" if conductor.parallel > 1 else ""
        laying = say(f"laying_{conductor.laying}").zh
        return cls(
            rank=str(option.rank),
            kind=_kind(option),
            name=" ＋ ".join(
                element_name(model, each.access_point.element_id) for each in option.sources
            ),
            conductor=f"{laying} {parallel}{conductor.type}",
            distances_m=" / ".join(
                "＋".join(f"{length_m:,.0f}" for length_m in lengths)
                for lengths in (
                    [each.access_point.distance_m for each in option.sources],
                    [each.route.length_m for each in option.sources],
                )
            ),
            route=_ROUTE_WORDS[source.route.method],
            loading=f"{loading:.1f} %",
            volts=f"{volts:,.1f} V",
            capacities="未计算"
            if HEADROOM in option.not_computed
            else f"{room.open_capacity_kva:,.0f} / {room.hosting_capacity_kva:,.0f}",
            costs=estimate_words(cost, (cost.p15, cost.p50, cost.p85)),
            days=f"{option.schedule.utility_days}",
        )


def _options_side_by_side(rows: Sequence[_Row], note: str) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_lines=True, caption=note or None
    )
    table.add_column("序", justify="right")
    table.add_column("类型\n接入点", overflow="fold", max_width=_NAME_WIDTH)
    for name in (
        "直线 / 路径\nm",
        "路径负载率\n客户侧电压",
        "可开放 / 可承载\nkVA",
        "造价估算 万元\nP15/P50/P85",
        "办理\n天",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.rank,
            Text.assemble((row.kind, "bold"), f"\n{row.name}\n{row.conductor}"),
            f"{row.distances_m}\n{row.route}",
            f"{row.loading}\n{row.volts}",
            row.capacities,
            row.costs,
            row.days,
        )
    return table


def _options_in_lines(rows: Sequence[_Row], note: str) -> Group:
    parts: list[RenderableType] = []
    for row in rows:
        head = Text.assemble((f"\n{row.rank:>2}  ", ""), (row.kind, "bold"), f"  {row.name}")
        figures = (
            row.conductor,
            f"直线 / 路径 {row.distances_m} m（{row.route}）",
            f"路径负载率 {row.loading}",
            f"客户侧电压 {row.volts}",
            f"可开放 / 可承载 {row.capacities} kVA",
            f"造价估算（万元，P15/P50/P85）{row.costs}",
            f"办理 {row.days} 天",
        )
        parts += [head, Padding(_Items(figures), (0, 0, 0, 4))]
    return Group(*parts, Text(f"\n{note}\n" if note else ""))


@dataclass(frozen=True, slots=True)
class _Items:
    """Short texts one after the other, none of them cut at the end of a line."""

    items: Sequence[str]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from (Text(line) for line in _lines(self.items, options.max_width))


def _lines(items: Sequence[str], width: int) -> Iterator[str]:
    line = ""
    for item in items:
        longer = f"{line}  {item}" if line else item
        if line and cell_len(longer) > width:
            yield line
            longer = item
        line = longer
    yield line


def _wide_checks(option: Option, model: GridModel) -> Table:
    table = _check_columns(option, ("校验项", "设备"), _LABEL_WIDTH)
    table.add_column("规则", no_wrap=True)
    for check in option.checks:
        table.add_row(
            say(f"label_{check.code}").zh,
            element_name(model, check.element_id),
            *check_figures(check),
            _verdict(check, "·"),
            check.rule_id,
        )
    return table


def _narrow_checks(option: Option, model: GridModel) -> Table:
    table = _check_columns(option, ("校验项\n设备",), _NARROW_LABEL_WIDTH)
    for check in option.checks:
        name = element_name(model, check.element_id)
        table.add_row(
            f"{say(f'label_{check.code}').zh}\n{name}", *check_figures(check), _verdict(check, "\n")
        )
    return table


def _check_columns(option: Option, names: Sequence[str], width: int) -> Table:
    table = Table(
        title=f"方案 {option.rank} 的校验",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for name in names:
        table.add_column(name, overflow="fold", max_width=width)
    for name in ("数值", "限值", "裕度"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("结果", no_wrap=True)
    return table


def check_figures(check: Check) -> tuple[str, str, str]:
    """Return value, limit and margin of a check as texts with their units."""
    return (
        _quantity(check.value, check.unit),
        _quantity(check.limit, check.unit),
        f"{check.margin_pct:+.1f} %",
    )


def _verdict(check: Check, between: str) -> Text:
    before = f"{between}接入前已存在" if check.pre_existing else ""
    if check.passed:
        return Text(say("passed").zh, "green")
    style = "red" if check.effect == "block" else "yellow"
    return Text(f"{say('failed').zh}·{say(f'effect_{check.effect}').zh}{before}", style)


def _quantity(value: float, unit: str) -> str:
    """Return a value as engineers write it; the plan's JSON has every digit."""
    digits = _DIGITS.get(unit)
    number = f"{value:,g}" if digits is None else f"{value:,.{digits}f}"
    return f"{number} {say(f'unit_{unit}').zh if unit in _COUNTED else unit}"


def volts_at_customer(option: Option, model: GridModel) -> float:
    """Return the voltage between phases at the customer, in volts."""
    access = option.sources[0].access_point
    nominal_kv = _nominal_kv(model, access.element_id, option)
    return option.power_flow.v_customer_pu * nominal_kv * _VOLTS_PER_KV


def _kind(option: Option) -> str:
    """Name the kind of an option, and the phase a single-phase customer is connected to."""
    name, phase = say(f"kind_{option.kind}").zh, option.order_keys.get("phase")
    return f"{name} · {phase.upper()} 相" if phase else name


def _nominal_kv(model: GridModel, element_id: str, option: Option) -> float:
    """Return the network's nominal voltage where the new line leaves it."""
    whole = element_id.partition("#")[0]
    node = model.row_of("nodes", whole)
    if (row := model.row_of("lines", whole)) >= 0:
        node = int(model.line_ends[0][row])
    elif (row := model.row_of("transformers", whole)) >= 0:
        node = int(model.transformer_ends[1][row])
    return float(model.value("nodes", "vn_kv", node)) if node >= 0 else option.supply_kv
