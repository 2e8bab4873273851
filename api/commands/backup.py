"""Backup and restore at the command line."""

from __future__ import annotations

import os
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import typer

from api import clock
from api.auth.names import COMMAND_LINE
from api.commands.database import open_current, open_database, reach, refusal
from api.database import Database
from api.database.backup import Tally, take_snapshot, write_backup
from api.database.restore import BackupFile, DamagedBackupError, NotEmptyError, restore
from api.database.upgrade import find_head
from api.whole_file import refuse_output, write_whole
from grid_models.errors import InputError, InputProblem
from grid_models.printable import printable

__all__ = ["backup_database", "restore_database"]

_SUFFIXES = (".gz",)


def backup_database(url: str, output: Path, *, force: bool) -> None:
    """Write everything a database keeps to a file, whole or not at all; the service goes on.

    The file is read again before it is put in its place.

    Raises
    ------
    InputError
        If the database cannot be read, or the file cannot be written.
    """
    refuse_output(output, _SUFFIXES, force=force)
    with closing(open_current(url)) as database:
        tally = _back_up(database, output)
    _sync_folder(output.resolve().parent)
    _tell("已备份", "backed up", tally)


def _back_up(database: Database, output: Path) -> Tally:
    if database.is_sqlite:
        said = reach(database, lambda: database.read(
            lambda connection: connection.exec_driver_sql("PRAGMA quick_check").scalar_one()
        ))  # fmt: skip
        if said != "ok":
            raise refusal(
                f"数据库文件已损坏：{said}", f"the file of the database is damaged: {said}"
            )
    tallies: list[Tally] = []

    def write(draft: Path) -> None:
        # it holds hashes of passwords and names of customers: nobody else's to read
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            take_snapshot(database, lambda connection: write_backup(
                connection, file, revision=find_head(), made_at=clock.now(),
                program=version("supply-plan-assistant"),
            ))  # fmt: skip
            file.flush()
            os.fsync(file.fileno())
        tallies.append(BackupFile.open(draft).check())

    reach(database, lambda: write_whole(output, write))
    return tallies[-1]


def restore_database(file: Path, url: str) -> None:
    """Put a backup into an empty database, whole or not at all.

    Raises
    ------
    InputError
        If the file is damaged or of another version, or the database is not empty.
    """
    try:
        backup = BackupFile.open(file)
        if backup.revision != find_head():
            raise _file_problem(
                f"{file} 由程序版本 {backup.program} 备份（表版本 {backup.revision}），"
                "请用该版本恢复，再用本版本执行 supply-plan db upgrade",
                f"{file} was made by version {backup.program} (tables {backup.revision}); restore "
                "it with that version, then run supply-plan db upgrade with this one",
            )
        backup.check()
        with closing(open_database(url)) as database:
            tally = reach(database, lambda: database.write(
                lambda connection: restore(connection, backup, actor=COMMAND_LINE, now=clock.now())
            ))  # fmt: skip
    except DamagedBackupError as error:
        raise _file_problem(error.zh, error.en) from error
    except NotEmptyError as error:
        en, _, zh = str(error).partition(" / ")
        raise refusal(zh, en) from error
    except OSError as error:
        reason = error.strerror or error
        raise _file_problem(
            f"无法读取 {file}（{reason}）", f"cannot read {file} ({reason})"
        ) from error
    _tell("已恢复", "restored", tally)


def _tell(zh: str, en: str, tally: Tally) -> None:
    rows = sum(tally.rows.values())
    typer.echo(
        printable(
            f"{zh} {rows:,} 条记录，审计止于第 {tally.last_number:,} 行 {tally.last_hash[:16]}… / "
            f"{en}: {rows:,} rows, the audit ends with row {tally.last_number:,}"
        )
    )
    if tally.break_count:
        typer.echo(f"注意：审计链有 {tally.break_count} 处断裂，原样保留", err=True)
        typer.echo("  the audit does not hold, kept as it is: supply-plan audit verify", err=True)


def _sync_folder(folder: Path) -> None:
    """Have the disk remember under which name the file stands."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _file_problem(zh: str, en: str) -> InputError:
    return InputError([InputProblem(field="FILE", zh=zh, en=en)])
