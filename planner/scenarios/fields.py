"""Fields: what a scenario, a step and each action may say, with the Chinese name of every field."""

from __future__ import annotations

from collections.abc import Mapping

from planner.intake import FIELDS as APPLICATION_FIELDS

__all__ = ["ACTIONS", "SCENARIO_FIELDS", "STEP_FIELDS"]

SCENARIO_FIELDS: Mapping[str, str] = {
    "schema": "格式",
    "name": "名称",
    "grid": "电网",
    "area": "规则地区",
    "on_date": "日期",
    "power_factor": "功率因数",
    "nodes": "比较容量的节点",
    "steps": "步骤",
}

_NODE = {"node": "节点"}
_POWER = {"p_kw": "有功功率", "q_kvar": "无功功率"}
_CONDUCTOR = {"type": "导线型号", "parallel": "并列回路数"}
_NEW_LINE = {"to": "终点节点", "at": "新节点位置", "length_m": "长度", **_CONDUCTOR}
_RATING = {
    "sn_kva": "额定容量",
    "vk_pct": "短路电压",
    "vkr_pct": "短路电压有功分量",
    "pfe_w": "空载损耗",
    "i0_pct": "空载电流",
}

# An application is judged under the scenario's own rules and day.
_OF_THE_SCENARIO = ("area", "on_date")

ACTIONS: Mapping[str, Mapping[str, str]] = {
    "add_load": {
        "id": "编号", **_NODE, **_POWER, "power_factor": "功率因数", "category": "用电类别",
    },
    "set_load": {"load": "负荷", **_POWER},
    "grow_loads": {"percent": "增长率", "category": "用电类别", "loads": "负荷"},
    "add_generator": {"id": "编号", **_NODE, **_POWER, "kind": "类型"},
    "set_generator": {"generator": "电源", **_POWER},
    "application": {
        **{name: zh for name, zh in APPLICATION_FIELDS.items() if name not in _OF_THE_SCENARIO},
        "rank": "方案序号",
    },
    "switch": {"close": "合闸的开关", "open": "分闸的开关"},
    "out_of_service": {"elements": "停运的设备"},
    "in_service": {"elements": "投运的设备"},
    "replace_conductor": {"line": "线路", **_CONDUCTOR},
    "replace_transformer": {"transformer": "变压器", "type": "变压器型号", **_RATING},
    "add_line": {"id": "编号", "from": "起点节点", **_NEW_LINE, "open_at": "常开端节点"},
    "add_feeder": {"id": "编号", "busbar": "母线", **_NEW_LINE},
    "add_transformer": {
        "id": "编号", "hv_node": "高压侧节点", "lv_node": "低压侧节点", "at": "位置",
        "type": "变压器型号",
    },
}  # fmt: skip
"""Fields of every action, by the name a step calls it by."""

STEP_FIELDS: Mapping[str, str] = {
    "name": "步骤名称",
    "allow_ring": "允许闭环",
    "allow_unsupplied": "允许失电",
    "add_load": "新增负荷",
    "set_load": "设定负荷",
    "grow_loads": "负荷增长",
    "add_generator": "新增电源",
    "set_generator": "设定电源",
    "application": "用电申请",
    "switch": "开关操作",
    "out_of_service": "停运",
    "in_service": "投运",
    "replace_conductor": "更换导线",
    "replace_transformer": "更换变压器",
    "add_line": "新建线路",
    "add_feeder": "新建馈线",
    "add_transformer": "新增变压器",
}
