from __future__ import annotations

import pytest

from api.documents.fonts import MissingFontError, find_font


def test_the_best_installed_font_with_chinese_is_taken() -> None:
    assert find_font(frozenset({"SimSun", "Noto Sans CJK SC"})) == "Noto Sans CJK SC"


def test_a_machine_without_a_chinese_font_is_told_which_one_to_install() -> None:
    with pytest.raises(MissingFontError) as refused:
        find_font(frozenset({"DejaVu Sans"}))

    assert "没有中文字体" in refused.value.problems[0].zh
    assert "fonts-noto-cjk" in refused.value.problems[0].en
