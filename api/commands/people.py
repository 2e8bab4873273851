"""People and systems at the command line: accounts added, keys made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import typer

from api import clock
from api.auth.accounts import add_account, find_account_problems, hash_new_password
from api.auth.errors import NameTakenError
from api.auth.keys import make_key
from api.auth.names import COMMAND_LINE, refuse
from api.auth.passwords import MOST_BYTES, Passwords
from api.commands.database import open_current
from api.settings import Settings
from grid_models.errors import InputError, InputProblem
from grid_models.printable import printable

__all__ = ["add_key", "add_user"]

T = TypeVar("T")


def add_user(url: str, name: str, *, role: str, districts: Sequence[str], from_stdin: bool) -> None:
    """Add an account; its password is asked for twice, or read.

    Parameters
    ----------
    districts
        Where they may act; ``*`` is everywhere, empty nowhere.
    from_stdin
        Read the password from standard input; else a terminal is needed.

    Raises
    ------
    InputError
        If something is not in order, the name is taken, or there is no terminal to ask at.
    """
    database = open_current(url)
    refuse(find_account_problems(name, role, districts))
    hashed = hash_new_password(
        Passwords.recommended(), _read_password() if from_stdin else _ask_password(), name
    )
    account = _unless_taken(
        lambda: database.write(
            lambda connection: add_account(
                connection, name=name, password_hash=hashed, role=role, districts=districts,
                actor=COMMAND_LINE, now=clock.now(),
            )
        )
    )  # fmt: skip
    typer.echo(
        printable(f"已添加 {account.name}（{account.role}）/ added {account.name}, {account.role}")
    )


def add_key(url: str, name: str, *, scopes: Sequence[str], districts: Sequence[str]) -> None:
    """Make a key and print it, this once.

    Raises
    ------
    InputError
        If something is not in order or the name is taken.
    """
    database = open_current(url)
    days = Settings().key_days
    key, text = _unless_taken(
        lambda: database.write(
            lambda connection: make_key(
                connection, name=name, scopes=scopes, districts=districts, days=days,
                actor=COMMAND_LINE, now=clock.now(),
            )
        )
    )  # fmt: skip
    typer.echo(text)
    typer.echo(
        f"密钥只显示这一次，{key.expires_at:%Y-%m-%d} 到期 / "
        f"shown this once, good until {key.expires_at:%Y-%m-%d}",
        err=True,
    )


def _ask_password() -> str:
    if not sys.stdin.isatty():
        raise InputError([
            InputProblem(
                field="--password-stdin",
                zh="此处没有终端可询问密码；请由标准输入给出并加 --password-stdin",
                en="there is no terminal to ask at; give the password on standard input with "
                "--password-stdin",
            )
        ])  # fmt: skip
    password: str = typer.prompt("密码 Password", hide_input=True, confirmation_prompt="再次 Again")
    return password


def _read_password() -> str:
    """Return the first line of standard input, without its end."""
    # one more than may be: what is too long is then seen to be so
    line = sys.stdin.buffer.readline(MOST_BYTES + 3)
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError([
            InputProblem(
                field="--password-stdin", zh="密码应为 UTF-8 文字", en="the password must be UTF-8"
            )
        ]) from error  # fmt: skip


def _unless_taken(work: Callable[[], T]) -> T:
    try:
        return work()
    except NameTakenError as error:
        en, _, zh = str(error).partition(" / ")
        raise InputError([InputProblem(field="NAME", zh=zh, en=en)]) from error
