"""Whole files: what a command writes is there complete, or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from grid_models.errors import InputError, InputProblem

__all__ = ["refuse_output", "write_whole"]


def refuse_output(path: Path, suffixes: Collection[str], *, force: bool) -> None:
    """Return if a file may be written; called before the work, so that none is done in vain.

    Parameters
    ----------
    suffixes
        Endings that can be written, in lower case.
    force
        Whether a file that is there may be replaced.

    Raises
    ------
    InputError
        If the ending is another, its folder is not there, a file is there already, or a folder is.
    """
    problems = []
    if path.suffix.lower() not in suffixes:
        known = ", ".join(suffixes)
        problems.append(
            _problem(
                path,
                f"的后缀应为其中之一：{known}",
                f"has an ending that cannot be written; choose one of {known}",
            )
        )
    if not path.parent.is_dir():
        problems.append(
            _problem(
                path,
                f"所在的文件夹 {path.parent} 不存在，请先建立",
                f"stands in the folder {path.parent}, which does not exist; make it first",
            )
        )
    elif not os.access(path.parent, os.W_OK | os.X_OK):
        problems.append(
            _problem(
                path,
                f"所在的文件夹 {path.parent} 不可写入",
                f"stands in the folder {path.parent}, which cannot be written to",
            )
        )
    if path.is_dir():
        problems.append(_problem(path, "是文件夹，应为文件", "is a folder; name a file"))
    elif (path.exists() or path.is_symlink()) and not force:
        problems.append(
            _problem(
                path, "已存在，如需替换请加 --force", "exists already; replace it with --force"
            )
        )
    if problems:
        raise InputError(problems)


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file beside its place and put it there once it is complete.

    Parameters
    ----------
    write
        Writes the content to the path it is given, which has the same ending.

    Raises
    ------
    InputError
        If it cannot be written; then nothing is left behind and what was there stays.
    """
    target = path.resolve()
    # A sibling lies on the same disk, so that its renaming is one step.
    draft = target.with_name(f".{target.stem}.{uuid.uuid4().hex}{target.suffix}")
    try:
        write(draft)
        draft.replace(target)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            [_problem(path, f"无法写入（{reason}）", f"cannot be written ({reason})")]
        ) from error
    finally:
        with suppress(OSError):  # where the folder is none, there is no draft to take away
            draft.unlink(missing_ok=True)


def _problem(path: Path, zh: str, en: str) -> InputProblem:
    return InputProblem(field="-o", zh=f"输出文件 {path} {zh}", en=f"output file {path} {en}")
