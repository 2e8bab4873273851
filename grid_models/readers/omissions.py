"""What a pandapower net has and a `Grid` cannot express: listed, never dropped in silence."""

from __future__ import annotations

import pandas as pd

from grid_models.grid import Problem
from grid_models.readers.columns import Net, flags, ids, list_problem
from grid_models.readers.elements import CARRIED
from grid_models.readers.tap_control import find_tap_controls

__all__ = ["find_omissions"]

_NAMES = {
    "impedance": ("阻抗支路", "impedances"),
    "xward": ("扩展 Ward 等值", "extended wards"),
    "dcline": ("直流线路", "DC lines"),
    "svc": ("静止无功补偿器", "static var compensators"),
    "ssc": ("静止同步补偿器", "static synchronous compensators"),
    "tcsc": ("可控串联补偿器", "controlled series compensators"),
    "vsc": ("电压源换流器", "voltage source converters"),
}


def find_omissions(net: Net) -> list[Problem]:
    """List the elements that are left out of the grid.

    Every table with a column ``in_service`` counts, so that kinds of elements a later pandapower
    brings are listed too. What is in service makes the numbers wrong; the rest does not.
    """
    problems: list[Problem] = []
    for table, rows in net.items():
        if not isinstance(rows, pd.DataFrame) or "in_service" not in rows or not len(rows):
            continue
        if table in CARRIED or table.startswith(("_", "res_")):
            continue
        in_service = flags(rows, "in_service", default=True)
        names = pd.Index(ids(table, rows.index))
        if table == "controller":
            held = rows.index.isin(list(find_tap_controls(net)))
            problems += _list_controllers(names[in_service & ~held])
            continue
        zh, en = _NAMES.get(table, (f"{table} 元件", f"elements of table {table}"))
        problems += list_problem(
            "element_not_carried",
            "error",
            table,
            names[in_service],
            zh=f"{{n}} 个{zh}未导入，潮流结果不可信；请先在源文件中等值或移除",
            en=f"{{n}} {en} are not carried over and the power flow cannot be trusted; replace "
            "them by an equivalent or remove them in the source file",
        )
        problems += list_problem(
            "element_not_carried",
            "note",
            table,
            names[~in_service],
            zh=f"{{n}} 个停用的{zh}未导入，不影响潮流",
            en=f"{{n}} {en} out of service are not carried over; the power flow is the same",
        )
    return problems


def _list_controllers(names: pd.Index) -> list[Problem]:
    return list_problem(
        "controller_not_run",
        "warning",
        "controller",
        names,
        zh="{n} 个控制器不运行，分接头和出力按文件中的当前值计",
        en="{n} controllers are not run: taps and powers are those the file states",
    )
