"""Commands about one plan: make it, and verify it."""

# ruff: noqa: PLC0415 -- commands import what they need when they run, never before.

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.exit_codes import BAD_INPUT, NO_OPTION
from api.option_types import (
    Calendar,
    DocxFile,
    Folder,
    Force,
    Json,
    PdfFile,
    Prices,
    RestrictedFile,
    StreetFile,
    SvgFile,
)  # fmt: skip

__all__ = ["recommend", "verify"]


def recommend(
    folder: Folder,
    at: Annotated[str | None, typer.Option(metavar="LON,LAT", help="用电地址 Site.")] = None,
    kw: Annotated[str | None, typer.Option(metavar="P", help="用电设备容量 Equipment.")] = None,
    kva: Annotated[str | None, typer.Option(metavar="S", help="报装容量 Transformers.")] = None,
    max_demand_kw: Annotated[str | None, typer.Option(metavar="P", help="最大需量")] = None,
    equipment: Annotated[
        Path | None, typer.Option(metavar="FILE", help="设备清单 name,kw,count,demand_factor")
    ] = None,
    sources: Annotated[str | None, typer.Option(metavar="1|2|3", help="电源数")] = None,
    important_kw: Annotated[str | None, typer.Option(metavar="P", help="重要负荷")] = None,
    importance: Annotated[
        str | None, typer.Option(metavar="CLASS", help="ordinary|second|first|special|temporary")
    ] = None,
    category: Annotated[
        str | None,
        typer.Option(
            metavar="USE",
            help="resident|commercial|industrial|agricultural|ev_charging|construction",
        ),
    ] = None,
    industry: Annotated[str | None, typer.Option(metavar="CODE", help="行业代码")] = None,
    business: Annotated[
        str | None, typer.Option(metavar="TYPE", help="new|increase|temporary|…")
    ] = None,
    phases: Annotated[str | None, typer.Option(metavar="1|3", help="相数")] = None,
    power_factor: Annotated[str | None, typer.Option(metavar="PF", help="功率因数")] = None,
    special_load: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="none|impact|harmonic|single_phase|generation"),
    ] = None,
    largest_motor_kw: Annotated[str | None, typer.Option(metavar="P", help="最大电动机")] = None,
    motor_start: Annotated[str | None, typer.Option(metavar="HOW", help="direct|soft|vfd")] = None,
    motor_starts_per_hour: Annotated[
        str | None, typer.Option(metavar="N", help="电动机每小时起动次数")
    ] = None,
    load_kinds: Annotated[
        str | None, typer.Option(metavar="KIND,...", help="rectifier,arc_furnace,vfd,ev_fast,…")
    ] = None,
    small_micro: Annotated[bool, typer.Option("--small-micro", help="小微企业")] = False,
    existing_node: Annotated[str | None, typer.Option(metavar="ID", help="现有接入节点")] = None,
    existing_kva: Annotated[str | None, typer.Option(metavar="S", help="现有容量")] = None,
    wanted_date: Annotated[str | None, typer.Option(metavar="D", help="期望用电日期")] = None,
    until_date: Annotated[
        str | None, typer.Option(metavar="D", help="临时用电截止日期 End of a temporary supply.")
    ] = None,
    stages: Annotated[str | None, typer.Option(metavar="N", help="分期数")] = None,
    area: Annotated[str | None, typer.Option(metavar="A", help="规则地区，默认电网的")] = None,
    on_date: Annotated[str | None, typer.Option(metavar="D", help="受理日期，默认今天")] = None,
    streets: StreetFile = None,
    site: Annotated[Path | None, typer.Option(metavar="FILE", help="用地红线 GeoJSON 面")] = None,
    restricted: RestrictedFile = None,
    commitments: Annotated[
        Path | None, typer.Option(metavar="FILE", help="已承诺未送电容量，JSON 或 CSV")
    ] = None,
    prices: Prices = None,
    calendar: Calendar = None,
    limits: Annotated[
        Path | None, typer.Option(metavar="FILE", help="公司导线限额电流 type,limit_a")
    ] = None,
    route_confirmed_by: Annotated[
        str | None, typer.Option(metavar="NAME", help="确认途中无河流、铁路、快速路的人")
    ] = None,
    max_distance_m: Annotated[str | None, typer.Option(metavar="M", help="最大距离")] = None,
    order: Annotated[
        str | None, typer.Option(metavar="ORDER", help="nearest_public|cost|time|reliability")
    ] = None,
    coordinates: Annotated[
        str | None, typer.Option(metavar="SYSTEM", help="cgcs2000|wgs84|gcj02|bd09")
    ] = None,
    pdf: PdfFile = None,
    docx: DocxFile = None,
    svg: SvgFile = None,
    template: Annotated[
        Path | None, typer.Option(metavar="FILE", help="公司自己的答复单模板 Own template, .docx.")
    ] = None,
    detail: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="答复单栏目，如 customer=某公司")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """答复一个申请：可行方案按优先顺序列出。 Answer one application with ranked options."""
    given = locals()
    from api.commands.paper import Paper
    from api.commands.plan import recommend_options
    from planner.intake import FIELDS

    names = (
        "equipment", "commitments", "streets", "restricted", "prices", "calendar", "limits", "site",
    )  # fmt: skip
    files = {name: given[name] for name in names}
    fields = {name: given[name] for name in FIELDS if name not in names}
    paper = Paper(
        pdf=pdf, docx=docx, svg=svg, template=template, details=tuple(detail or ()), force=force
    )
    if recommend_options(folder, fields, files, as_json=as_json, paper=paper) == "no_option":
        raise typer.Exit(NO_OPTION)


def verify(
    plan: Annotated[Path, typer.Argument(metavar="PLAN.json")],
    folder: Folder,
    commitments: Annotated[
        Path | None, typer.Option(metavar="FILE", help="编制时所用的承诺 Those it was made with.")
    ] = None,
    streets: StreetFile = None,
    restricted: RestrictedFile = None,
    prices: Prices = None,
    calendar: Calendar = None,
    limits: Annotated[
        Path | None, typer.Option(metavar="FILE", help="编制时所用的导线限额电流")
    ] = None,
    as_json: Json = False,
) -> None:
    """用 pandapower 重新计算方案的每一项校验。 Recompute every check of a plan.

    Exit 2 when something differs, with one sentence for each difference.
    """
    from api.commands.verify import verify_file

    files = {
        "commitments": commitments, "streets": streets, "restricted": restricted,
        "prices": prices, "calendar": calendar, "limits": limits,
    }  # fmt: skip
    if not verify_file(plan, folder, files, as_json=as_json):
        raise typer.Exit(BAD_INPUT)
