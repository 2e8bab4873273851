"""Sentences that refuse the folder of a grid."""

from __future__ import annotations

from pathlib import Path

from grid_models.errors import InputError, InputProblem

__all__ = ["altered", "other_edition", "refusal", "unreadable"]


def altered(folder: Path, what: str) -> InputError:
    """Return the refusal of a folder with damaged files."""
    return refusal(
        folder,
        f"不完整或被改动过({what}),请重新导入",
        f"is incomplete or was altered ({what}); import it again",
    )


def other_edition(folder: Path) -> InputError:
    """Return the refusal of a folder that another edition of the program wrote."""
    return refusal(
        folder,
        "由数据定义不同的程序版本生成,请重新导入",
        "was written by an edition of the program whose tables differ; import it again",
    )


def unreadable(folder: Path, error: OSError) -> InputError:
    """Return the refusal of a folder that the disk does not give."""
    reason = error.strerror or str(error)
    return refusal(folder, f"无法读取({reason})", f"cannot be read ({reason})")


def refusal(folder: Path, zh: str, en: str) -> InputError:
    """Return the error of one problem with a folder."""
    problem = InputProblem(field="grid", zh=f"电网目录 {folder} {zh}。", en=f"grid {folder} {en}")
    return InputError([problem])
