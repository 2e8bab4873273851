"""Options that several commands of the command line have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Calendar",
    "DocxFile",
    "Folder",
    "Force",
    "Host",
    "Json",
    "Output",
    "PdfFile",
    "Port",
    "Prices",
    "RestrictedFile",
    "StreetFile",
    "SvgFile",
]

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="电网文件夹 Folder of a grid.")]
Json = Annotated[bool, typer.Option("--json", help="只输出 JSON。 Print only JSON.")]
Force = Annotated[bool, typer.Option("--force", help="覆盖已有文件。 Overwrite.")]
Host = Annotated[str, typer.Option(metavar="H", help="监听地址 Address to listen on.")]
Port = Annotated[int, typer.Option(metavar="P", min=0, max=65_535, help="端口 Port.")]
Prices = Annotated[
    Path | None, typer.Option(metavar="FILE", help="公司价格表 The company's price list, CSV.")
]
Calendar = Annotated[
    Path | None, typer.Option(metavar="FILE", help="补充年度的工作日历 Years added, CSV.")
]
Output = Annotated[
    Path, typer.Option("-o", "--output", metavar="DIR", help="输出文件夹 Folder to write.")
]
StreetFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="道路 GeoJSON、GPKG、OSM，或电网文件夹 Streets.")
]
RestrictedFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="限制接入区域 GeoJSON Restricted areas.")
]
PdfFile = Annotated[
    Path | None, typer.Option("--pdf", metavar="FILE", help="方案写成 PDF The plan on paper.")
]
DocxFile = Annotated[
    Path | None,
    typer.Option("--docx", metavar="FILE", help="答复单草稿 Draft of the form."),
]
SvgFile = Annotated[
    Path | None, typer.Option("--svg", metavar="FILE", help="单线图 The single-line diagram.")
]
