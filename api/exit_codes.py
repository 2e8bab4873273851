"""Exit codes: what the command line ends with, and what it says of what it refused."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from grid_models.errors import InputError, MissingExtraError
from grid_models.printable import printable

__all__ = ["BAD_INPUT", "FAULT", "NO_OPTION", "Commands"]

BAD_INPUT, NO_OPTION, FAULT = 2, 3, 1
_SHOWN_LENGTH = 60


class Commands(TyperGroup):
    """The group of all commands: turns our errors into exit codes."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; say what was refused, on stderr."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            for problem in error.problems:
                typer.echo(printable(problem.zh), err=True)
                typer.echo(f"  {printable(problem.en)}", err=True)
            raise typer.Exit(BAD_INPUT) from error
        except MissingExtraError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(BAD_INPUT) from error
        except Exception as error:
            # Exceptions of the command-line library itself carry the code they end with.
            is_ours = not hasattr(error, "exit_code") and not isinstance(error, typer.Abort)
            if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
                name = printable(Path(str(error.filename)).name)[:_SHOWN_LENGTH]
                typer.echo(f"路径名过长，磁盘不接受：{name}…", err=True)
                typer.echo(f"  a name is longer than any disk takes: {name}...", err=True)
                raise typer.Exit(BAD_INPUT) from error
            if not is_ours or os.environ.get("SUPPLY_PLAN_DEBUG"):
                raise
            what = printable(f"{type(error).__name__}: {error}")
            typer.echo(f"程序内部错误 / a fault of ours: {what}", err=True)
            raise typer.Exit(FAULT) from error
