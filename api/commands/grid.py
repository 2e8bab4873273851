"""Grids: import, check, make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress

from api import clock
from api.changed_rows import read_changes
from api.curve_rows import read_curves
from api.files import read_curve_rows
from api.request import Gathered
from api.terminal import make_console
from api.translate import to_json_text
from grid_models.demand import add_curves
from grid_models.grid import Grid, Problem
from grid_models.readers import read_grid
from grid_models.schema import find_problems, verdict
from grid_models.stars import count_elements
from grid_models.storage import read_stored_grid, write_grid
from grid_models.stored.changed_problems import find_new_problems
from grid_models.stored.changing import write_change
from grid_models.stored.opening import open_model
from grid_models.synthesize import synthesize_grid
from planner.form import Form
from planner.messages import say
from planner.rules import load_rule_book

__all__ = ["change_grid", "check_grid", "import_grid", "make_grid"]

_SHOWN_IDS = 5
_SEVERITY_STYLES = {"error": "red", "warning": "yellow", "note": "cyan"}
_SEVERITY_WORDS = {"error": "错误", "warning": "警告", "note": "提示"}
_LABELS = {
    "relocate": "平移位置",
    "centre": "中心",
    "load_date": "负荷数据日期",
    "topology_date": "网架数据日期",
    "nodes": "节点数",
    "seed": "种子",
}


def import_grid(
    source: str,
    output: Path,
    *,
    file_format: str | None,
    crs: str | None,
    relocate: str | None,
    assume: tuple[str, ...],
    curves: Path | None,
    load_date: str | None,
    topology_date: str | None,
    area: str,
    force: bool,
) -> None:
    """Read a foreign grid and publish it as a folder.

    Raises
    ------
    InputError
        With everything that is wrong with what was asked or with the file.
    """
    form = Form(
        {"relocate": relocate, "load_date": load_date, "topology_date": topology_date}, _LABELS
    )
    place = form.position("relocate")
    days = form.day("load_date"), form.day("topology_date")
    gathered = Gathered()
    gathered.attempt(form.raise_problems)
    gathered.attempt(lambda: load_rule_book(area))
    grid = gathered.attempt(
        lambda: read_grid(
            source,
            file_format=file_format,
            crs=crs,
            assume=assume,
            relocate=place,
            load_date=days[0],
            topology_date=days[1],
            area=area,
        )
    )
    if curves is not None:
        grid = _with_curves(grid, curves, gathered)
    _publish(gathered.settle(grid), output, force=force)


def make_grid(
    output: Path,
    *,
    nodes: str,
    seed: str,
    centre: str,
    load_date: str | None,
    topology_date: str | None,
    force: bool,
) -> None:
    """Make a synthetic city and publish it as a folder.

    Raises
    ------
    InputError
        With everything that is wrong with what was asked.
    """
    fields = {
        "nodes": nodes,
        "seed": seed,
        "centre": centre,
        "load_date": load_date,
        "topology_date": topology_date,
    }
    form = Form(fields, _LABELS)
    place = form.position("centre") or (0.0, 0.0)
    today = clock.today()
    size, start = form.whole("nodes", 1), form.whole("seed", 0, least=0)
    loads_of, switching_of = form.day("load_date") or today, form.day("topology_date") or today
    form.raise_problems()
    with _progress() as progress:
        drawing = progress.add_task("绘制城区 / drawing the city", total=size)
        grid = synthesize_grid(
            nodes=size,
            seed=start,
            centre=place,
            load_date=loads_of,
            topology_date=switching_of,
            on_progress=lambda drawn: progress.update(drawing, completed=drawn),
        )
    _publish(grid, output, force=force)


def check_grid(folder: Path, *, as_json: bool) -> None:
    """Print everything that is wrong or missing in a grid's data, and the verdict.

    Raises
    ------
    InputError
        If the folder holds no grid.
    """
    grid = read_stored_grid(folder)
    problems = find_problems(grid)
    console = make_console()
    if as_json:
        document = {
            "name": grid.metadata.name,
            "version": grid.version,
            "verdict": verdict(problems),
            "counts": count_elements(grid),
            "problems": [
                {
                    "code": problem.code,
                    "severity": problem.severity,
                    "table": problem.table,
                    "count": len(problem.ids),
                    "ids": list(problem.ids),
                    "zh": problem.zh,
                    "en": problem.en,
                }
                for problem in problems
            ],
        }
        typer.echo(to_json_text(document))
        return
    _print_summary(console, grid, grid.version, problems)
    _print_problems(console, problems)


def change_grid(folder: Path, files: Sequence[Path]) -> None:
    """Give some rows of a published grid other values; the rest of the city is not touched.

    Raises
    ------
    InputError
        With everything that is wrong with the files, or with what they ask of the grid.
    """
    gathered = Gathered()
    changes = gathered.attempt(lambda: read_changes(files))
    before = gathered.attempt(lambda: open_model(folder).problems)
    given, known = gathered.settle(changes), gathered.settle(before)
    version = write_change(folder, given.rows, where=given.where)
    problems = open_model(folder).problems
    console = make_console()
    count = sum(len(rows) for rows in given.rows.values())
    console.print(f"已按 {count:,} 行更改 {folder}；版本 {version}", soft_wrap=True)
    _print_quality(console, problems)
    if new := find_new_problems(known, problems):
        console.print("更改带来的新问题：")
        _print_problems(console, new)


def _progress() -> Progress:
    """Return a progress bar on the error stream: shown to people only, and gone when done."""
    console = make_console(stderr=True)
    return Progress(
        *Progress.get_default_columns(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _with_curves(grid: Grid | None, path: Path, gathered: Gathered) -> Grid | None:
    """Return a grid with the curves of a file; what is wrong with them is gathered."""
    read = gathered.attempt(lambda: read_curves(read_curve_rows(path)))
    if read is None:
        return None
    for problem in read.problems:
        gathered.refuse(problem)
    if grid is None or read.points.empty:
        return None
    return gathered.attempt(lambda: add_curves(grid, read.points, where=path.name))


def _publish(grid: Grid, output: Path, *, force: bool) -> None:
    with _progress() as progress:
        progress.add_task(f"编译并写入 / compiling and writing {output}", total=None)
        write_grid(grid, output, force=force)
    console = make_console()
    written = open_model(output)  # its version and problems are known: a city's take a minute
    _print_summary(console, grid, written.version, written.problems)
    console.print(f"已写入 {output}；查看全部问题：supply-plan grid check {output}", soft_wrap=True)


def _print_summary(
    console: Console, grid: Grid, grid_version: str, problems: Sequence[Problem]
) -> None:
    metadata = grid.metadata
    count_of = count_elements(grid)
    counts = "  ".join(
        f"{word} {count_of[table]:,}"
        for word, table in (
            ("节点", "nodes"),
            ("线路", "lines"),
            ("变压器", "transformers"),
            ("负荷", "loads"),
        )
    )
    unknown = say("unknown").zh
    console.print(f"电网 {metadata.name}  版本 {grid_version}")
    console.print(counts)
    console.print(
        f"负荷数据 {metadata.load_date or unknown}（{say(f'load_basis_{metadata.load_basis}').zh}）"
        f"  网架数据 {metadata.topology_date or unknown}  规则地区 {metadata.area}"
    )
    if metadata.assumptions:
        facts = "，".join(f"{key}={value}" for key, value in metadata.assumptions.items())
        console.print(f"导入时假定  {facts}", style="yellow")
    _print_quality(console, problems)


def _print_quality(console: Console, problems: Sequence[Problem]) -> None:
    quality = say(f"quality_{verdict(problems)}").zh
    tally = Counter[str](problem.severity for problem in problems)
    tallied = "，".join(f"{word} {tally[kind]} 类" for kind, word in _SEVERITY_WORDS.items())
    console.print(f"数据质量 {quality}  （{tallied}）")


def _print_problems(console: Console, problems: Sequence[Problem]) -> None:
    for problem in problems:
        style = _SEVERITY_STYLES[problem.severity]
        console.print(f"{_SEVERITY_WORDS[problem.severity]}  {problem.zh}", style=style)
        if problem.ids:
            console.print(f"      {problem.code}  {_ids(problem.ids)}", style="bright_black")


def _ids(ids: Sequence[str]) -> str:
    more = f" … 共 {len(ids)} 个" if len(ids) > _SHOWN_IDS else ""
    return ", ".join(ids[:_SHOWN_IDS]) + more
