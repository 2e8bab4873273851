"""Commands that look after the service's database."""

# ruff: noqa: PLC0415 -- commands import what they need when they run, never before.

from __future__ import annotations

from typing import Annotated

import typer

from api.exit_codes import BAD_INPUT

__all__ = ["audit_app", "db_app"]

db_app = typer.Typer(help="数据库。 The database.", no_args_is_help=True)
audit_app = typer.Typer(help="审计。 The audit.", no_args_is_help=True)

_Url = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="SUPPLY_PLAN_DATABASE",
        help="sqlite:///FILE 或 postgresql://USER@HOST/NAME",
    ),
]


@db_app.command("upgrade")
def db_upgrade(database: _Url) -> None:
    """建立或升级数据表。 Make the tables or bring them to this version."""
    from api.commands.database import upgrade_database

    upgrade_database(database)


@audit_app.command("verify")
def audit_verify(database: _Url) -> None:
    """核对审计链：改动、缺失、换位均可发现。 Find rows altered, removed or moved."""
    from api.commands.database import verify_audit

    if not verify_audit(database):
        raise typer.Exit(BAD_INPUT)
