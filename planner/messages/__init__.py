"""Messages: every sentence and word people read, Chinese and English, by code from one file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Message", "listed", "message_templates", "say"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One sentence or word in both languages."""

    zh: str
    en: str


def say(code: str, /, **values: object) -> Message:
    """Return the message of a code with its named fields filled in.

    Parameters
    ----------
    code
        Key of ``messages.toml``.
    values
        Fields of the template; what it does not name is left out. A `Message` given as a value
        appears in each language by itself.

    Raises
    ------
    KeyError
        If there is no such code, or a field of its template is not given: a programming error.

    Examples
    --------
    >>> say("heavy_load", element="line:12", value=86.25, limit=80.0).en
    'line:12 would be loaded to 86.2%, above 80%'
    """
    template = message_templates()[code]
    zh = {name: value.zh if isinstance(value, Message) else value for name, value in values.items()}
    en = {name: value.en if isinstance(value, Message) else value for name, value in values.items()}
    return Message(zh=template.zh.format(**zh), en=template.en.format(**en))


def listed(names: Sequence[str], most: int | None = None) -> Message:
    """Return names one after the other; beyond so many it is said how many more there are."""
    shown = names[:most]
    zh, en, more = "、".join(shown), ", ".join(shown), len(names) - len(shown)
    if more:
        return Message(zh=f"{zh} 等 {len(names)} 项", en=f"{en} and {more} more")
    return Message(zh=zh, en=en)


@cache
def message_templates() -> Mapping[str, Message]:
    """Return every template by code, as they stand in ``messages.toml``.

    Raises
    ------
    ValueError
        If one code stands in two sections.
    """
    text = (Path(__file__).parent / "messages.toml").read_text(encoding="utf-8")
    templates: dict[str, Message] = {}
    for entries in tomllib.loads(text).values():
        for code, entry in entries.items():
            if code in templates:
                raise ValueError(f"message '{code}' stands in two sections")
            templates[code] = Message(**entry)
    return templates
