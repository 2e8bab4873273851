"""Sentences that refuse a source: what was named, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from grid_models.errors import InputError, InputProblem

__all__ = ["not_a_net", "refusal", "unknown_name"]


def refusal(field: str, zh: str, en: str) -> InputError:
    """Return the error of a single problem."""
    return InputError([InputProblem(field=field, zh=zh, en=en)])


def not_a_net(source: str, zh: str, en: str) -> InputError:
    """Return the error of a source that holds no usable pandapower net, and why."""
    return refusal(
        source,
        f"{source} 不是可用的 pandapower 网络：{zh}；请用 pandapower.to_json 写出",
        f"{source} holds no usable pandapower net: {en}; write it with pandapower.to_json",
    )


def unknown_name(scheme: str, name: str, known: Iterable[str]) -> InputError:
    """Return the error of a name that no network has, with the names most like it."""
    near = get_close_matches(name, list(known), n=3, cutoff=0.5)
    zh = f"，是否指 {'、'.join(near)}？" if near else ""
    en = f"; did you mean {', '.join(near)}?" if near else ""
    return refusal(
        "source",
        f"{scheme} 没有名为“{name}”的网络{zh}",
        f"{scheme} has no network named {name!r}{en}",
    )
