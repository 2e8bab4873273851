"""Names: Chinese names for streets, substations, estates and customers, all invented."""

from __future__ import annotations

import numpy as np

__all__ = ["ROMAN", "Names"]

ROMAN = ("Ⅰ", "Ⅱ")

_FIRST = "文朝建和德新庆凤环香湖东石丽金学古翠景秋玉青长永兴祥瑞华安嘉清云望聚宝鼎"
_SECOND = "晖国平胜源宁泰康乐园庭桥塘苑春林泉阳明河江山光海福成达发信义昌盛隆仁善美"
_QUARTERS = ("", "东", "西", "南", "北", "中", "上", "下", "前", "后")


class Names:
    """Names not yet given away; the same generator gives the same names in the same order.

    Parameters
    ----------
    rng
        Decides the order.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        pairs = [first + second for first in _FIRST for second in _SECOND if first != second]
        self._places = [pairs[k] for k in rng.permutation(len(pairs))]
        self._firms = [pairs[k] for k in rng.permutation(len(pairs))]
        self._places_given = 0
        self._firms_given: dict[str, int] = {}

    def place(self) -> str:
        """Return the next name of a place, such as 文晖, never given before."""
        name = _nth(self._places, self._places_given)
        self._places_given += 1
        return name

    def firm(self, trade: str) -> str:
        """Return the next name of a customer of a trade, such as 恒达 and 机械有限公司."""
        given = self._firms_given.get(trade, 0)
        self._firms_given[trade] = given + 1
        # Every trade starts elsewhere, so that one family name does not own the whole town.
        return _nth(self._firms, given + 97 * len(self._firms_given)) + trade


def _nth(pairs: list[str], number: int) -> str:
    turn, position = divmod(number, len(pairs))
    return pairs[position] + (_QUARTERS[turn] if turn < len(_QUARTERS) else str(turn))
