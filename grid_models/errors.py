"""The error tree.

::

    SupplyPlanError                 anything we refuse to go on with
    |-- InputError                  what was asked cannot be answered; carries every problem at once
    |   `-- GridDataError           the grid's data must be mended first
    |-- MissingExtraError           an optional library is not installed; names the extra
    `-- PowerFlowError              a power flow gave no usable answer
        `-- PowerFlowDivergedError  no voltage solution exists for this load, or none was found

Bad data and bad plans are not errors: they are values (`Problem`, `Check`, `Rejected`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "GridDataError",
    "InputError",
    "InputProblem",
    "MissingExtraError",
    "PowerFlowDivergedError",
    "PowerFlowError",
    "SupplyPlanError",
]


class SupplyPlanError(Exception):
    """Anything the assistant refuses to go on with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputProblem:
    """One thing that is wrong with what was given.

    Parameters
    ----------
    field
        Name of the input (`kw`, `at`, `--assume`), or the file.
    zh, en
        One sentence that names the thing, the value given and what would be right.
    """

    field: str
    zh: str
    en: str


class InputError(SupplyPlanError):
    """What was asked cannot be answered; `problems` lists every reason at once."""

    def __init__(self, problems: Sequence[InputProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.en for problem in self.problems))


class GridDataError(InputError):
    """The grid's data must be mended before it can be used."""


class MissingExtraError(SupplyPlanError):
    """An optional library is not installed.

    Parameters
    ----------
    extra
        Name of the extra that brings it, as in ``supply-plan-assistant[extra]``.
    """

    def __init__(self, extra: str) -> None:
        self.extra = extra
        super().__init__(
            f"this needs the optional extra '{extra}': "
            f"install it with `uv sync --extra {extra}` / 需要安装可选组件 {extra}"
        )


class PowerFlowError(SupplyPlanError):
    """A power flow gave no usable answer."""


class PowerFlowDivergedError(PowerFlowError):
    """No voltage solution was found; `reason` says where."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
