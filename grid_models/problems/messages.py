"""Messages: how severe each problem is, and one sentence about it in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from grid_models.problems.demand_messages import DEMAND_MESSAGES

__all__ = ["MESSAGES", "TABLE_NAMES"]

Severity = Literal["error", "warning", "note"]

TABLE_NAMES: Mapping[str, tuple[str, str]] = {
    "": ("电网", "grid"),
    "nodes": ("节点", "nodes"),
    "lines": ("线路", "lines"),
    "transformers": ("变压器", "transformers"),
    "switches": ("开关", "switches"),
    "loads": ("负荷", "loads"),
    "generators": ("分布式电源", "generators"),
    "shunts": ("并联补偿", "shunts"),
    "sources": ("上级电源", "sources"),
    "limits": ("限额", "limits"),
    "bays": ("间隔", "bays"),
    "streets": ("道路", "streets"),
    "restricted_areas": ("受限区域", "restricted areas"),
    "curves": ("负荷曲线", "curves"),
}

MESSAGES: Mapping[str, tuple[Severity, str, str]] = {
    **DEMAND_MESSAGES,
    # ---- tables and columns: {column}, {allowed}
    "table_broken": (
        "error",
        "{table}表的列或编号类型不符合约定({what}),需重新导入。",
        "the {table} table does not have the columns and types agreed ({what}); import it again",
    ),
    "missing": (
        "error",
        "{table}缺少 {column},潮流无法计算,应补录。",
        "{table} without {column}: no power flow is possible; state it",
    ),
    "out_of_range": (
        "error",
        "{table}的 {column} 超出允许范围,应满足 {allowed}。",
        "{table} whose {column} is out of range; it has to be {allowed}",
    ),
    "not_listed": (
        "error",
        "{table}的 {column} 不在允许取值之内,应为:{allowed}。",
        "{table} whose {column} is not one of: {allowed}",
    ),
    # ---- references
    "id_empty": (
        "error",
        "{table}有空编号,每个元件应有自己的编号。",
        "{table} with an empty id; every element needs an id of its own",
    ),
    "id_duplicate": (
        "error",
        "{table}编号重复,每个编号只能用一次。",
        "{table} sharing an id; an id may be used once only",
    ),
    "id_in_two_tables": (
        "error",
        "{table}的编号在其他表中也用到,节点、线路、变压器的编号应互不相同。",
        "{table} whose id another table uses too; nodes, lines and transformers need different ids",
    ),
    "node_unknown": (
        "error",
        "{table}所接节点不存在,应改为节点表中的编号。",
        "{table} at a node that does not exist; name a node of the nodes table",
    ),
    "ends_equal": (
        "error",
        "{table}两端为同一节点,应改正其中一端。",
        "{table} with both ends at one node; correct one of them",
    ),
    "ends_differ_in_kv": (
        "error",
        "{table}两端节点的额定电压不同,线路和母联只能连接同一电压等级。",
        "{table} between nodes of different nominal voltage; only transformers may join two levels",
    ),
    "switch_element_unknown": (
        "error",
        "开关所控制的元件不存在,应改为线路、变压器或节点表中的编号。",
        "switches of an element that does not exist; name a line, transformer or node of the grid",
    ),
    "switch_not_at_element": (
        "error",
        "开关所在节点不是其元件的任何一端,应改正节点或元件。",
        "switches at a node that is no end of their element; correct the node or the element",
    ),
    "limit_element_unknown": (
        "error",
        "限额所属元件不存在,应改为线路、变压器或开关编号。",
        "limits of an element that does not exist; name a line, transformer or switch of the grid",
    ),
    # ---- ratings
    "ampacity_unknown": (
        "warning",
        "线路没有载流量(缺失,或为 90,000 A 以上的虚设值),应补录导线型号或限额电流。",
        "lines without a rating (none, or a stand-in of 90,000 A or more); give ampacity or limit",
    ),
    "rated_power_unknown": (
        "warning",
        "变压器额定容量为虚设值(90,000 MVA 以上),应补录铭牌容量。",
        "transformers with a stand-in for rated power (90,000 MVA or more); give the nameplate's",
    ),
    "line_without_impedance": (
        "note",
        "线路长度或阻抗为零,计算时两端并为一个节点。",
        "lines of zero length or impedance; their ends are merged into one node",
    ),
    "parallel_records": (
        "note",
        "同样两端之间有参数完全相同的线路,请核实是双回线还是重复录入。",
        "lines equal in ends and values; say whether they are two circuits or one recorded twice",
    ),
    "transformer_low_to_high": (
        "error",
        "变压器高低压侧颠倒,hv_node 应接高压侧。",
        "transformers listed from low to high voltage; hv_node has to be the high side",
    ),
    "transformer_voltage_differs": (
        "warning",
        "变压器额定电压与所接节点的额定电压相差 25% 以上,请核实。",
        "transformers rated more than 25 % off the nominal voltage of their nodes; check both",
    ),
    "vkr_above_vk": (
        "error",
        "变压器短路电压的电阻分量 vkr_pct 大于短路电压 vk_pct,应不大于。",
        "transformers whose vkr_pct is greater than their vk_pct; it cannot be",
    ),
    "tap_out_of_range": (
        "warning",
        "变压器分接位置超出其最低、最高位置,请核实。",
        "transformers whose tap position is outside tap_min to tap_max; check it",
    ),
    "tap_ignored": (
        "warning",
        "变压器分接头不在中间位置,但未说明所在侧或调压方式,计算时不计,应补录。",
        "transformers off their neutral tap without a side or type of changer, so that the tap "
        "does not count; state both",
    ),
    "tap_band_missing": (
        "warning",
        "变压器只给出 tap_set_point_pu(目标)与 tap_band_pu(带宽)之一,分接头不动,应两者都给。",
        "transformers with only one of tap_set_point_pu and tap_band_pu, so that the tap stands; "
        "state both",
    ),
    "tap_range_missing": (
        "warning",
        "变压器给出了调压目标,但 tap_min、tap_max 或 tap_step_pct 未知或不可用,分接头不动,"
        "应补录(至多 200 档,级差不为 0)。",
        "transformers with a set-point but without a usable tap_min, tap_max or tap_step_pct, so "
        "that the tap stands; state all three (at most 200 whole steps, not of 0 %)",
    ),
    "tap_not_turning": (
        "warning",
        "变压器给出了调压目标,但分接头不能只改变变比,分接头不动;tap_side 应为 hv 或 lv,"
        "tap_changer_type 应为 ratio 或 symmetrical,tap_step_degree 应为 0。",
        "transformers with a set-point whose taps do not change the ratio alone, so that they "
        "stand; tap_side has to be hv or lv, tap_changer_type ratio or symmetrical, "
        "tap_step_degree 0",
    ),
    "tap_position_odd": (
        "warning",
        "变压器给出了调压目标,但当前分接位置不在 tap_min 至 tap_max 的整档上,分接头不动,请核实。",
        "transformers with a set-point whose present tap position is no whole step between "
        "tap_min and tap_max, so that the tap stands; check it",
    ),
    "tap_band_narrow": (
        "warning",
        "变压器调压带宽小于一档的电压变化,会来回动作,分接头按不动计;应不小于最宽的一档。",
        "transformers whose tap_band_pu is narrower than one step, between which it would go to "
        "and fro, so that the tap stands; it has to be as wide as the widest step",
    ),
    "tap_not_alone": (
        "warning",
        "变压器给出了调压目标,但与其他变压器并列运行或为三绕组变压器的一侧,分接头按不动计。",
        "transformers with a set-point beside others between the same nodes, or legs of a "
        "three-winding transformer: the tap stands",
    ),
}
