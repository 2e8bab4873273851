"""What the page says: both languages say everything, and whatever the page asks for is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.messages import message_templates

SOURCES = Path(__file__).parents[2] / "api" / "web" / "src"
ZH, EN = (
    json.loads((SOURCES / "messages" / f"{language}.json").read_text(encoding="utf-8"))
    for language in ("zh", "en")
)
# t('ask.kw') and t(`state.${state}`): a key, or what a key begins with
ASKED = re.compile(r"\bt\(\s*(?:'([^']+)'|`([^`$]+)(\$\{)?)")
WORDS = re.compile(r"\bword\(\s*(?:'([^']+)'|`([^`$]+)(\$\{)?)")
# The formatter takes these for something else than the character.
READ_OTHERWISE = re.compile(r"[@|]")


def texts() -> Iterator[tuple[str, str]]:
    """Yield name and text of every source of the page."""
    for path in sorted(SOURCES.rglob("*")):
        if path.suffix in (".vue", ".ts"):
            yield path.relative_to(SOURCES).as_posix(), path.read_text(encoding="utf-8")


def used(pattern: re.Pattern[str]) -> set[tuple[str, str, bool]]:
    """Return where a page asks for which text, and whether it goes on to name it in full."""
    return {
        (name, found[1] or found[2], found[3] is not None)
        for name, text in texts()
        for found in pattern.finditer(text)
    }


def missing(pattern: re.Pattern[str], known: set[str]) -> set[tuple[str, str]]:
    """Return what is asked for and not known, and where."""
    return {
        (name, key)
        for name, key, goes_on in used(pattern)
        if not (any(one.startswith(key) for one in known) if goes_on else key in known)
    }


def fields(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_both_languages_have_the_same_keys_in_the_same_order() -> None:
    assert list(ZH) == list(EN)


def test_no_text_is_empty() -> None:
    empty = [key for key in ZH if not ZH[key].strip() or not EN[key].strip()]
    assert empty == []


def test_both_languages_fill_in_the_same_fields() -> None:
    different = {key for key in ZH if fields(ZH[key]) != fields(EN[key])}
    assert different == set()


def test_no_text_has_a_bracket_that_is_no_field() -> None:
    odd = [key for texts in (ZH, EN) for key in texts if re.search(r"[{}]", _plain(texts[key]))]
    assert odd == []


def test_no_text_has_a_character_that_the_formatter_takes_for_another() -> None:
    assert [k for texts in (ZH, EN) for k in texts if READ_OTHERWISE.search(texts[k])] == []


def test_every_text_the_page_asks_for_is_there() -> None:
    assert len(used(ASKED)) > 100
    assert missing(ASKED, set(ZH)) == set()


def test_every_word_the_page_asks_the_service_for_is_there() -> None:
    assert used(WORDS)
    without_fields = {code for code, text in message_templates().items() if not fields(text.zh)}
    assert missing(WORDS, without_fields) == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("t('ask.kw')", {("x", "ask.kw")}),
        ("t(`state.${state}`)", {("x", "state.")}),
        ("{{ t('a.b', { count }) }}", {("x", "a.b")}),
        ("alert('ask.kw')", set()),
    ],
)
def test_what_is_asked_for_is_found(
    monkeypatch: pytest.MonkeyPatch, source: str, found: set[tuple[str, str]]
) -> None:
    monkeypatch.setattr(f"{__name__}.texts", lambda: iter([("x", source)]))
    assert missing(ASKED, set()) == found


def _plain(text: str) -> str:
    return re.sub(r"\{\w+\}", "", text)
