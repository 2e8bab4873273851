"""Names: what an account, a key or a district may be called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from grid_models.errors import InputError, InputProblem
from planner.form import shown

__all__ = [
    "CLOCK",
    "COMMAND_LINE",
    "EVERYWHERE",
    "NO_DISTRICT",
    "find_choice_problems",
    "find_district_problems",
    "find_name_problems",
    "is_district",
    "read_districts",
    "refuse",
    "same_name",
    "write_districts",
]

EVERYWHERE = "*"
"""Stands for every district."""
NO_DISTRICT = ""
"""Stands in the audit where a deed is about no district."""
COMMAND_LINE = "command-line"
"""Who acts at the command line, as the audit writes it."""
CLOCK = "clock"
"""Who does what nobody asked for, as the audit writes it."""

_RESERVED = frozenset({COMMAND_LINE, CLOCK, "nobody"})
_LONGEST_NAME = 60
_LONGEST_DISTRICT = 80
_MOST_DISTRICTS = 200
# letters of any script and digits; a colon is left to callers that are no account
_NAME = re.compile(r"\w[\w.@-]*")


def same_name(name: str) -> str:
    """Return the one way a name is kept: full-width and capital letters make no other person."""
    return unicodedata.normalize("NFKC", name).casefold()


def find_name_problems(name: str) -> list[InputProblem]:
    """Return what is wrong with the name of an account or key, in the way it is kept."""
    if len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) and name not in _RESERVED:
        return []
    return [
        InputProblem(
            field="name",
            zh=f"名称“{shown(name)}”应为 1 至 {_LONGEST_NAME} 个字母、汉字、数字或 . _ - @，"
            "以字母、汉字或数字开头，且不是保留名称",
            en=f'name is "{shown(name)}"; give 1 to {_LONGEST_NAME} letters, digits or . _ - @, '
            "a letter or digit first, and no reserved word",
        )
    ]


def find_choice_problems(
    field: str, given: Sequence[str], choices: Sequence[str]
) -> list[InputProblem]:
    """Return what is no choice of a field."""
    return [
        InputProblem(
            field=field,
            zh=f"{field} 为“{shown(value)}”，应为 {'、'.join(choices)} 之一",
            en=f'{field} is "{shown(value)}"; give one of {", ".join(choices)}',
        )
        for value in given
        if value not in choices
    ]


def find_district_problems(districts: Sequence[str]) -> list[InputProblem]:
    """Return what is wrong with the districts of an account or key."""
    good = (
        len(districts) <= _MOST_DISTRICTS
        and len(set(districts)) == len(districts)
        and (EVERYWHERE not in districts or len(districts) == 1)
        and all(is_district(district) for district in districts)
    )
    if good:
        return []
    return [
        InputProblem(
            field="districts",
            zh=f"districts 应为至多 {_MOST_DISTRICTS} 个互不相同的区域名称"
            f"（各不超过 {_LONGEST_DISTRICT} 字），或只填“{EVERYWHERE}”表示全部",
            en=f"districts must be at most {_MOST_DISTRICTS} different names of at most "
            f'{_LONGEST_DISTRICT} characters, or "{EVERYWHERE}" alone for all',
        )
    ]


def read_districts(kept: Sequence[str]) -> tuple[str, ...] | None:
    """Return districts as a caller has them: None is everywhere."""
    return None if EVERYWHERE in kept else tuple(kept)


def write_districts(districts: Sequence[str] | None) -> list[str]:
    """Return districts as they are kept and shown."""
    return [EVERYWHERE] if districts is None else list(districts)


def refuse(problems: Sequence[InputProblem]) -> None:
    """Refuse what has problems, all of them at once.

    Raises
    ------
    InputError
        If there is one.
    """
    if problems:
        raise InputError(problems)


def is_district(text: str) -> bool:
    """Tell whether a district may be called so."""
    return text.isprintable() and text == text.strip() and 0 < len(text) <= _LONGEST_DISTRICT
