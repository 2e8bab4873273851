"""The build hook compiles the web client where its sources changed, and only there."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HOOK = runpy.run_path(str(Path(__file__).parents[1] / "hatch_build.py"))
NewStep = Callable[[], Any]


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    """Return two sources of a step."""
    for name, text in (("a.ts", "let a"), ("b.ts", "let b")):
        (tmp_path / name).write_text(text)
    return [tmp_path / "a.ts", tmp_path / "b.ts"]


@pytest.fixture
def step(tmp_path: Path, sources: list[Path]) -> NewStep:
    """Return a function that looks at the sources anew."""
    return lambda: HOOK["_Step"](
        tmp_path / "stamp", [path for path in sources if path.is_file()], tmp_path
    )


def test_a_step_is_to_be_done_at_first(step: NewStep) -> None:
    assert not step().is_done


def test_a_step_that_was_done_is_not_done_again(step: NewStep) -> None:
    step().mark_done()
    assert step().is_done


def test_a_step_is_done_again_where_a_source_changed(step: NewStep, sources: list[Path]) -> None:
    step().mark_done()
    sources[0].write_text("let c")
    assert not step().is_done


def test_a_step_is_done_again_where_a_source_is_gone(step: NewStep, sources: list[Path]) -> None:
    step().mark_done()
    sources[0].unlink()
    assert not step().is_done


def test_a_step_is_done_again_where_a_source_has_another_name(
    step: NewStep, sources: list[Path]
) -> None:
    step().mark_done()
    sources[0] = sources[0].rename(sources[0].with_name("c.ts"))
    assert not step().is_done


def test_the_order_of_the_sources_is_nothing_new(step: NewStep, sources: list[Path]) -> None:
    step().mark_done()
    sources.reverse()
    assert step().is_done


def test_a_build_is_named_by_its_sources(step: NewStep, sources: list[Path]) -> None:
    before = step().name
    assert (len(before), step().name) == (12, before)
    sources[0].write_text("let c")
    assert step().name != before


def test_who_asks_for_no_page_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "api" / "web").mkdir(parents=True)
    monkeypatch.setenv("SUPPLY_PLAN_SKIP_WEB", "1")
    hook = HOOK["WebClientHook"](str(tmp_path), {}, None, None, "", "wheel")
    hook.initialize("standard", {})
    assert not (tmp_path / "api" / "static").exists()


def test_where_no_sources_came_along_nothing_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUPPLY_PLAN_SKIP_WEB", raising=False)
    hook = HOOK["WebClientHook"](str(tmp_path), {}, None, None, "", "wheel")
    hook.initialize("standard", {})
    assert list(tmp_path.iterdir()) == []
