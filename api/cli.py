"""The command line: every command and option, and nothing else, so that ``--help`` is instant.

Exit codes: 0 done; 2 bad input, one sentence per problem on stderr, nothing written; 3 no option
fits; 1 a fault of ours (set ``SUPPLY_PLAN_DEBUG`` to see where).
"""

# ruff: noqa: PLC0415 -- commands import what they need when they run, never before.

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.exit_codes import Commands
from api.option_types import (
    Calendar,
    Folder,
    Force,
    Host,
    Json,
    Output,
    Port,
    Prices,
    StreetFile,
)
from api.plan_commands import recommend, verify
from api.service_commands import audit_app, db_app, key_app, user_app

__all__ = ["app", "main"]

app = typer.Typer(
    cls=Commands,
    help="供电方案辅助编制：在哪里接入、能否接入、依据是什么。 Connects a customer, provably.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
grid_app = typer.Typer(
    help="导入、检查、生成电网。 Import, check or make a grid.", no_args_is_help=True
)
rules_app = typer.Typer(help="规则。 Rules.", no_args_is_help=True)
app.add_typer(grid_app, name="grid")
app.add_typer(rules_app, name="rules")
app.add_typer(db_app, name="db")
app.add_typer(audit_app, name="audit")
app.add_typer(user_app, name="user")
app.add_typer(key_app, name="key")


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that lacks Chinese shows ? and goes on
            stream.reconfigure(errors="replace")
    app()


@app.command()
def demo(
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="答复后启动服务。 Serve afterwards.")
    ] = True,
    host: Host = "127.0.0.1",
    port: Port = 8000,
) -> None:
    """生成示范城区，答复三个申请，然后提供服务。 A made-up district, three answers, a server."""
    from api.demo import run_demo

    run_demo(serve=serve, host=host, port=port)


@grid_app.command("import")
def grid_import(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="文件、文件夹、pandapower:NAME 或 simbench:CODE"),
    ],
    output: Output,
    file_format: Annotated[str | None, typer.Option("--format", metavar="F")] = None,
    crs: Annotated[str | None, typer.Option(metavar="EPSG:n", help="文件的坐标系")] = None,
    relocate: Annotated[
        str | None, typer.Option(metavar="LON,LAT", help="整体平移到此处。 Move the grid here.")
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="说明文件缺少的事实。 State a missing fact."),
    ] = None,
    curves: Annotated[
        Path | None, typer.Option(metavar="FILE", help="负荷曲线 CSV Load curves.")
    ] = None,
    load_date: Annotated[str | None, typer.Option(metavar="D", help="负荷数据日期")] = None,
    topology_date: Annotated[str | None, typer.Option(metavar="D", help="网架数据日期")] = None,
    area: Annotated[str, typer.Option(metavar="A", help="规则地区 Rule area.")] = "demo",
    force: Force = False,
) -> None:
    """导入电网。 Read a grid and publish it as a folder."""
    from api.commands.grid import import_grid

    import_grid(
        source,
        output,
        file_format=file_format,
        crs=crs,
        relocate=relocate,
        assume=tuple(assume or ()),
        curves=curves,
        load_date=load_date,
        topology_date=topology_date,
        area=area,
        force=force,
    )


@grid_app.command("check")
def grid_check(folder: Folder, as_json: Json = False) -> None:
    """数据质量报告。 Say what is wrong or missing in a grid's data."""
    from api.commands.grid import check_grid

    check_grid(folder, as_json=as_json)


@grid_app.command("change")
def grid_change(
    folder: Folder,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="以表名命名的 CSV Tables of rows: loads.csv ..."),
    ],
) -> None:
    """更改已发布电网的若干行。 Give rows of a published grid other values."""
    from api.commands.grid import change_grid

    change_grid(folder, files)


@grid_app.command("synthesize")
def grid_synthesize(
    output: Output,
    nodes: Annotated[str, typer.Option(metavar="N", help="节点数 About how many nodes.")],
    seed: Annotated[
        str, typer.Option(metavar="S", help="同一种子，同一城区 Same seed, same city.")
    ],
    centre: Annotated[str, typer.Option(metavar="LON,LAT")] = "120.15,30.28",
    load_date: Annotated[str | None, typer.Option(metavar="D", help="默认今天 Today.")] = None,
    topology_date: Annotated[str | None, typer.Option(metavar="D", help="默认今天 Today.")] = None,
    force: Force = False,
) -> None:
    """生成一座城区。 Make a synthetic city."""
    from api.commands.grid import make_grid

    make_grid(
        output,
        nodes=nodes,
        seed=seed,
        centre=centre,
        load_date=load_date,
        topology_date=topology_date,
        force=force,
    )


@rules_app.command("check")
def rules_check(
    area: Annotated[str, typer.Argument(metavar="AREA")],
    on_date: Annotated[str | None, typer.Option(metavar="D", help="默认今天 Today.")] = None,
    as_json: Json = False,
) -> None:
    """列出待核实与待采用的规则。 List the rows to verify and to adopt."""
    from api.commands.rules import check_rules

    check_rules(area, on_date=on_date, as_json=as_json)


app.command()(recommend)


@app.command()
def capacity(
    folder: Folder,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help=".parquet .gpkg .geojson .csv .xlsx"),
    ] = None,
    node: Annotated[
        str | None, typer.Option(metavar="ID", help="只说明一个节点 Explain one node.")
    ] = None,
    feeders: Annotated[
        bool, typer.Option("--feeders", help="只列馈线及其转供能力 Feeders and their transfer.")
    ] = False,
    together: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="若干负荷能否同时接入 Whether loads fit together."),
    ] = None,
    with_commitments: Annotated[
        Path | None, typer.Option(metavar="FILE", help="已承诺未送电容量，JSON 或 CSV")
    ] = None,
    power_factor: Annotated[
        str | None, typer.Option(metavar="PF", help="新增负荷的功率因数，默认 0.95")
    ] = None,
    area: Annotated[str | None, typer.Option(metavar="A", help="规则地区，默认电网的")] = None,
    on_date: Annotated[str | None, typer.Option(metavar="D", help="日期，默认今天")] = None,
    phases: Annotated[str | None, typer.Option(metavar="1|3", help="1：单相")] = None,
    season: Annotated[
        str | None, typer.Option(metavar="S", help="spring|summer|autumn|winter")
    ] = None,
    hour: Annotated[str | None, typer.Option(metavar="HH:MM", help="一天中的时刻")] = None,
    all_hours: Annotated[
        bool, typer.Option("--all-hours", help="各节点取所有时刻中最小者 Least of all hours.")
    ] = False,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="dask 调度器，local 为本机进程")
    ] = None,
    workers: Annotated[str | None, typer.Option(metavar="N", help="并行数，默认处理器数")] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """每个节点还能接入多少。 What every node can still take."""
    from api.commands.capacity import explain_node, map_grid, show_feeders

    fields = {
        "power_factor": power_factor, "on_date": on_date, "workers": workers, "area": area,
        "season": season, "hour": hour, "all_hours": "yes" if all_hours else None,
    }  # fmt: skip
    if phases not in (None, "1", "3") or (phases and node is None):
        raise typer.BadParameter("--phases 应为 1 或 3，与 --node 同用 / 1 or 3, with --node")
    if [node is not None, output is not None, together is not None, feeders].count(True) != 1:
        raise typer.BadParameter(
            "-o FILE、--node ID、--together FILE、--feeders 应给出其一 / give one of them"
        )
    if feeders:
        show_feeders(folder, fields, promises=with_commitments, as_json=as_json)
    elif together is not None:
        from api.commands.capacity_together import check_loads

        check_loads(folder, together, fields, promises=with_commitments, as_json=as_json)
    elif node is not None:
        if phases == "1":
            from api.commands.capacity_by_phase import explain_node_phases as explain_node
        explain_node(folder, node, fields, promises=with_commitments, as_json=as_json)
    elif output is not None:
        map_grid(
            folder, output, fields, promises=with_commitments, scheduler=scheduler, force=force
        )


app.command()(verify)


@app.command()
def whatif(
    folder: Folder,
    scenario: Annotated[
        Path, typer.Argument(metavar="FILE", help="情景文件 YAML Scenario, see docs/what-if.md.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT", help="输出 File to write: .json .gpkg .html"),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """情景推演：前后对比，越限起于哪一步。 Before and after a scenario."""
    from api.commands.what_if import run_what_if

    run_what_if(folder, scenario, output, force=force, as_json=as_json)


@app.command()
def serve(
    grid: Annotated[
        list[Path], typer.Option(metavar="DIR", help="电网文件夹，可多个 Folder of a grid.")
    ],
    prices: Prices = None,
    calendar: Calendar = None,
    streets: StreetFile = None,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="SUPPLY_PLAN_DATABASE",
            help="账户与密钥所在；不给则无需登录 Who may what; without it nobody logs in.",
        ),
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, max=64, help="进程数 How many processes answer.")
    ] = 1,
) -> None:
    """提供 HTTP 服务。 Serve HTTP."""
    from api.commands.serve import serve_folders

    serve_folders(
        grid, prices=prices, calendar=calendar, streets=streets, database=database, host=host,
        port=port, workers=workers,
    )  # fmt: skip
