"""The command line as tests run it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from api.cli import app

SHOP = {"--at": "120.1633,30.2802", "--kw": "60", "--special-load": "none"}
ON_DATE = {"--on-date": "2026-08-01"}


def run(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def recommend(folder: Path, options: dict[str, Any], *flags: str) -> Result:
    """Ask for a recommendation on the day of the tests."""
    given = [part for option in {**ON_DATE, **options}.items() for part in option]
    return run("recommend", folder, *given, *flags)
