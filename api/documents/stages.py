"""Stages of an option's single-line diagram, read off the plan and the grid it was made on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from api.documents.diagram import Stage, Symbol
from api.plan_tables import element_name
from grid_models.model import GridModel
from planner.existing_supply import ACCESS as EXISTING_ACCESS
from planner.messages import say
from planner.plan import Option, Source

__all__ = ["customer_stages", "source_stages"]

_M_PER_KM = 1_000.0


def source_stages(option: Option, source: Source, model: GridModel) -> tuple[Stage, ...]:
    """Return what lies between the external grid and the customer, from above.

    Parameters
    ----------
    source
        One of the option's sources.
    model
        Grid the plan was made on: names, lengths and ratings.
    """
    return (*_grid_stages(source, model), *_new_stages(option, source, model))


def customer_stages(option: Option) -> tuple[Stage, ...]:
    """Return what the customer builds: metering, transformers, load."""
    side = option.customer_side
    stages = [_stage("meter", say(f"metering_{side.metering['mode']}").zh)]
    if side.transformers_kva:
        sizes = " + ".join(f"{kva:g}" for kva in side.transformers_kva)
        stages.append(_stage("transformer", f"用户变压器 {sizes} kVA", is_new=True))
    limit = f"（{say(f'kind_{option.kind}').zh}）" if option.partial else ""
    return (*stages, _stage("load", f"报装容量 {option.capacity_kva:,.0f} kVA{limit}"))


def _grid_stages(source: Source, model: GridModel) -> Iterator[Stage]:
    """Read the way down; lines that follow one another are one stage."""
    way = [_whole(element_id) for element_id in reversed(source.upstream)]
    yield _stage("source", f"电源 {element_name(model, way[0])}")
    for is_line, members in groupby(way[1:], lambda name: model.row_of("lines", name) >= 0):
        ids = list(members)
        if is_line:
            yield _lines(ids, source, model)
            continue
        for name in ids:
            if model.row_of("transformers", name) < 0:
                continue
            yield _transformer(name, model)
            if name == source.main_transformer_id:
                yield from _busbar(source, model)


def _busbar(source: Source, model: GridModel) -> Iterator[Stage]:
    name = element_name(model, source.busbar_id or "")
    yield _stage("busbar", f"母线 {name}", f"变电站 {source.substation_id or '未知'}")
    if source.feeder_id is not None:
        yield _stage("switch", f"出线 {element_name(model, source.feeder_id)}")


def _transformer(name: str, model: GridModel) -> Stage:
    row = model.row_of("transformers", name)
    parallel = int(model.value("transformers", "parallel", row))
    kva = float(model.value("transformers", "sn_kva", row))
    size = f"{kva / _M_PER_KM:g} MVA" if kva >= _M_PER_KM * 4 else f"{kva:g} kVA"
    high, low = (
        float(model.value("transformers", column, row)) for column in ("vn_hv_kv", "vn_lv_kv")
    )
    times = f"{parallel}×" if parallel > 1 else ""
    return _stage("transformer", element_name(model, name), f"{times}{size}  {high:g}/{low:g} kV")


def _lines(ids: Sequence[str], source: Source, model: GridModel) -> Stage:
    """Return the lines of one stretch; of a split line only the part on the way counts."""
    rows = [model.row_of("lines", name) for name in ids]
    length_m = sum(float(model.value("lines", "length_m", row)) for row in rows)
    access = source.access_point
    if access.position is not None and ids[-1] == access.element_id:
        whole = float(model.value("lines", "length_m", rows[-1]))
        part = access.position if source.upstream[0].endswith("#1") else 1.0 - access.position
        length_m -= whole * (1.0 - part)
    name = element_name(model, ids[0] if len(ids) == 1 else ids[-1])
    return _stage("line", f"至 {name}" if len(ids) > 1 else name,
                  f"{len(ids)} 段  {length_m / _M_PER_KM:.2f} km")  # fmt: skip


def _new_stages(option: Option, source: Source, model: GridModel) -> Iterator[Stage]:
    access, conductor = source.access_point, source.conductor
    kind = say(f"access_{access.kind}").zh
    name = element_name(model, access.element_id)
    bay = f"（{access.bay_id}）" if access.bay_id else ""
    if access.kind == EXISTING_ACCESS:  # the line is there already
        yield _stage("switch", kind, name)
        return
    symbol: Symbol = "busbar" if access.kind in ("transformer_lv", "busbar") else "switch"
    yield _stage(symbol, f"{kind}{bay}", name, is_new=symbol == "switch")
    if access.kind == "busbar":
        yield _stage("switch", "新出线间隔", is_new=True)
    circuits = f"{conductor.parallel}×" if conductor.parallel > 1 else ""
    laying = say(f"laying_{conductor.laying}").zh
    yield _stage(
        "new_line", f"{laying} {circuits}{conductor.type}",
        f"{option.supply_kv:g} kV  {source.route.length_m:,.0f} m", is_new=True,
    )  # fmt: skip


def _stage(symbol: Symbol, *words: str, is_new: bool = False) -> Stage:
    return Stage(symbol=symbol, words=tuple(filter(None, words)), is_new=is_new)


def _whole(element_id: str) -> str:
    return element_id.partition("#")[0]
