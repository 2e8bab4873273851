"""Commands that look after the service: its database, its people, its keys."""

# ruff: noqa: PLC0415 -- commands import what they need when they run, never before.

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.exit_codes import BAD_INPUT
from api.option_types import Force

__all__ = ["audit_app", "db_app", "key_app", "user_app"]

db_app = typer.Typer(help="数据库。 The database.", no_args_is_help=True)
audit_app = typer.Typer(help="审计。 The audit.", no_args_is_help=True)
user_app = typer.Typer(help="账户。 Accounts.", no_args_is_help=True)
key_app = typer.Typer(help="密钥。 Keys of other systems.", no_args_is_help=True)

_Url = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="SUPPLY_PLAN_DATABASE",
        help="sqlite:///FILE 或 postgresql://USER@HOST/NAME",
    ),
]

_Districts = Annotated[
    list[str] | None,
    typer.Option(
        "--district", metavar="D", help="区域，可多个，'*' 为全部 Where; '*' is everywhere."
    ),
]


@db_app.command("upgrade")
def db_upgrade(database: _Url) -> None:
    """建立或升级数据表。 Make the tables or bring them to this version."""
    from api.commands.database import upgrade_database

    upgrade_database(database)


@db_app.command("backup")
def db_backup(
    database: _Url,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="备份文件 .gz File to write.")
    ],
    force: Force = False,
) -> None:
    """备份全部数据，服务不停。 Write all of it to one file while the service goes on."""
    from api.commands.backup import backup_database

    backup_database(database, output, force=force)


@db_app.command("restore")
def db_restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="备份文件 As db backup wrote it.")],
    database: _Url,
) -> None:
    """恢复到空数据库，或全部或全无。 Put a backup into an empty database, whole or not at all."""
    from api.commands.backup import restore_database

    restore_database(file, database)


@audit_app.command("verify")
def audit_verify(database: _Url) -> None:
    """核对审计链：改动、缺失、换位均可发现。 Find rows altered, removed or moved."""
    from api.commands.database import verify_audit

    if not verify_audit(database):
        raise typer.Exit(BAD_INPUT)


@user_app.command("add")
def user_add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    database: _Url,
    role: Annotated[str, typer.Option(metavar="R", help="manager|planner|auditor|administrator")],
    district: _Districts = None,
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin", help="由标准输入读取密码 Read the password from standard input."
        ),
    ] = False,
) -> None:
    """添加账户；密码在终端询问两次。 Add an account; its password is asked for twice."""
    from api.commands.people import add_user

    add_user(database, name, role=role, districts=district or [], from_stdin=password_stdin)


@key_app.command("add")
def key_add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    database: _Url,
    scope: Annotated[
        list[str], typer.Option(metavar="S", help="如 application.write，可多个 What it may do.")
    ],
    district: _Districts = None,
) -> None:
    """新建密钥，只显示一次。 Make a key; it is shown once."""
    from api.commands.people import add_key

    add_key(database, name, scopes=scope, districts=district or [])
