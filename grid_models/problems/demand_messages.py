"""Messages about demand, generators, phases, curves, places, supply and completeness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

__all__ = ["DEMAND_MESSAGES"]

Severity = Literal["error", "warning", "note"]

DEMAND_MESSAGES: Mapping[str, tuple[Severity, str, str]] = {
    # ---- demand
    "load_negative": (
        "warning",
        "负荷为负值(向电网送电),应改录为电源,并给出原始用电负荷。",
        "negative loads; record what is fed in as a generator and give the load itself",
    ),
    "load_power_factor": (
        "warning",
        "负荷功率因数低于 0.5,请核实有功和无功。",
        "loads with a power factor below 0.5; check p and q",
    ),
    "zip_share_above_100": (
        "error",
        "负荷的恒阻抗与恒电流占比之和超过 100%,应不大于 100%。",
        "loads whose constant-impedance and constant-current shares exceed 100 % together",
    ),
    "load_basis_unknown": (
        "warning",
        "负荷数据来源不明,应说明是实测最大、申报值还是某时刻断面。",
        "loads of unknown basis; state measured_peak, declared or snapshot",
    ),
    "load_basis_overstated": (
        "warning",
        "电网说明的负荷来源优于最弱的单个负荷,应以最弱者为准。",
        "the grid states a better load basis than its weakest load has; the weakest holds",
    ),
    "load_unit_suspect": (
        "error",
        "负荷合计超过变压器额定容量合计的 10 倍,疑似把 W 当作 kW 录入。",
        "all loads together exceed ten times the rated power of all transformers; kW looks "
        "recorded in W",
    ),
    "loads_missing": (
        "warning",
        "电网没有负荷,可用容量会被高估,应导入负荷。",
        "the grid has no loads, so that free capacity is overstated; import them",
    ),
    # ---- generators that hold a voltage: {setpoints}
    "reactive_bounds_turned": (
        "error",
        "保持电压的电源无功下限 q_min_kvar 大于上限 q_max_kvar,请核实是否颠倒。",
        "generators that hold a voltage with q_min_kvar above q_max_kvar; were they turned round?",
    ),
    "setpoints_differ": (
        "error",
        "{table}与同一母线上其他电源的电压设定值 v_pu 不同({setpoints}),一条母线只能保持一个电压。",
        "{table} set to another v_pu than what else holds the voltage of their bus ({setpoints}); "
        "one bus has one voltage",
    ),
    "setpoint_implausible": (
        "warning",
        "保持电压的电源电压设定值 v_pu 不在 0.9 至 1.1 之间,不合常理,请核实。",
        "generators set to an implausible v_pu, not within 0.9 to 1.1; check it",
    ),
    # ---- phases
    "phase_shares_partial": (
        "warning",
        "{table}的相别份额 phase_a_pct、phase_b_pct、phase_c_pct 只填了一部分,按未知处理,"
        "请填全或全部留空。",
        "{table} with only some of phase_a_pct, phase_b_pct, phase_c_pct: taken as unknown; state "
        "all three or none",
    ),
    "phase_shares_sum": (
        "error",
        "{table}的相别份额 phase_a_pct、phase_b_pct、phase_c_pct 之和不是 100。",
        "{table} whose phase_a_pct, phase_b_pct, phase_c_pct do not add up to 100",
    ),
    "zero_sequence_partial": (
        "warning",
        "{table}的零序参数只填了一部分,按未知处理,请填全或全部留空。",
        "{table} with half of their zero-sequence values: taken as unknown; state both or none",
    ),
    "zero_sequence_resistance": (
        "warning",
        "{table}的零序电阻 r0_ohm_per_km 小于正序电阻或超过其 31 倍,请核实。",
        "{table} whose r0_ohm_per_km is below r_ohm_per_km or above 31 times it; check it",
    ),
    "vkr0_above_vk0": (
        "error",
        "{table}的零序短路电压有功分量 vkr0_pct 大于 vk0_pct。",
        "{table} with vkr0_pct above vk0_pct",
    ),
    # ---- curves
    "curve_unknown": (
        "error",
        "{table}所用的曲线不存在,应改为曲线表中的编号,或留空(恒定)。",
        "{table} that follow a curve that does not exist; name one of the curves table, or none",
    ),
    "curve_incomplete": (
        "error",
        "曲线的点数不足,每个季节应有 96 个点(每 15 分钟一个)。",
        "curves that lack points; every season needs 96 of them, one each quarter hour",
    ),
    "curve_repeated": (
        "error",
        "曲线的同一时刻出现两次,每个季节每个时刻只应有一个点。",
        "curves with two points for the same quarter hour; one is right",
    ),
    "curve_season_missing": (
        "error",
        "曲线缺少其他曲线具有的季节,应补齐,或以 all 给出全年一条。",
        "curves without a season that others have; add it, or give one for all seasons",
    ),
    "curve_least_above_greatest": (
        "error",
        "曲线的最小值大于最大值,应核实。",
        "curves whose least value is above the greatest; check both",
    ),
    "curve_unit_too_large": (
        "error",
        "曲线的系数大于 3,疑似录入了 kW 或百分数,应为自身最大负荷的倍数。",
        "curves with a factor above 3, which looks like kW or percent; give shares of the peak",
    ),
    "curve_unit_too_small": (
        "error",
        "曲线全年最大系数小于 0.01,疑似录入了 MW,应为自身最大负荷的倍数。",
        "curves whose greatest factor is under 0.01, which looks like MW; give shares of the peak",
    ),
    # ---- places
    "coordinates_missing": (
        "warning",
        "节点没有坐标,不能作为接入点,应补录。",
        "nodes without coordinates cannot be connected to; state lon and lat",
    ),
    "coordinates_out_of_range": (
        "error",
        "节点坐标不是经纬度,经度应在 -180 至 180、纬度应在 -90 至 90 度之内。",
        "nodes whose lon is not in -180 to 180 or lat not in -90 to 90 degrees; convert them",
    ),
    "coordinates_swapped": (
        "error",
        "节点经纬度颠倒,lon 应为经度、lat 应为纬度。",
        "nodes with longitude and latitude swapped; lon comes first",
    ),
    "outside_china": (
        "note",
        "节点在中国范围之外,而投影为 CGCS2000 高斯-克吕格;测试电网可用 --relocate 移位。",
        "nodes outside China in a CGCS2000 Gauss-Krueger plane; a test grid can be relocated",
    ),
    "coordinates_shared": (
        "note",
        "同一电压等级的多个节点坐标相同,请核实是否同站。",
        "nodes of one voltage level at the very same place; right if they share a station",
    ),
    "node_far_away": (
        "warning",
        "节点距电网中心 100 km 以上,请核实坐标。",
        "nodes more than 100 km away from the middle of the grid; check their coordinates",
    ),
    "geometry_wrong_kind": (
        "error",
        "{table}的图形类型不对,线应为 LineString,区域应为 Polygon,且不得为空。",
        "{table} whose geometry is not a LineString (areas: a Polygon) with points",
    ),
    "geometry_out_of_range": (
        "error",
        "{table}的图形坐标不是经纬度,应先换算。",
        "{table} whose geometry is not in degrees of longitude and latitude; convert it",
    ),
    "geometry_self_crossing": (
        "note",
        "线路图形自相交,请核实走向。",
        "lines whose course crosses itself; check it",
    ),
    "geometry_reversed": (
        "warning",
        "线路图形方向与首末节点相反,应从 from_node 画到 to_node。",
        "lines drawn from to_node to from_node; turn them round",
    ),
    "geometry_ends_elsewhere": (
        "warning",
        "线路图形端点距其节点 50 m 以上,请核实图形或节点。",
        "lines whose course ends more than 50 m from their nodes; check course and nodes",
    ),
    "length_unlike_geometry": (
        "note",
        "线路登记长度与图形长度之比不在 0.2 至 5 之间;计算以登记长度为准。",
        "lines whose length is under 0.2 or over 5 times that of their course; the length counts",
    ),
    # ---- supply
    "no_source": (
        "error",
        "电网没有在运的上级电源,应至少给出一个。",
        "the grid has no source in service; it needs at least one",
    ),
    "node_unsupplied": (
        "warning",
        "节点失电(与任何电源都不连通),请核实开关状态和停运元件。",
        "nodes that no source supplies; check switch positions and what is out of service",
    ),
    "not_radial": (
        "note",
        "{table}处于闭环或多电源并列运行,由网状潮流求解。",
        "{table} in closed loops, or feeding one part together; the meshed solver is used",
    ),
    # ---- completeness
    "ownership_unknown": (
        "warning",
        "{table}产权不明,应说明公用或专用(public、private)。",
        "{table} of unknown ownership; state public or private",
    ),
    "laying_unknown": (
        "warning",
        "线路敷设方式不明,应说明电缆或架空(cable、overhead)。",
        "lines of unknown laying; state cable or overhead",
    ),
    "bays_unknown": (
        "note",
        "没有间隔资料,无法接入环网柜间隔;可导入,或用 --assume spare_bays=N 说明。",
        "no data about bays, so that none can be used; import them or state spare_bays",
    ),
    "restricted_areas_unknown": (
        "warning",
        "没有受限区域资料,答复需转后台核实。",
        "restricted areas are not known; answers are checked at the desk",
    ),
    "short_circuit_unknown": (
        "note",
        "上级电源没有短路容量,无法核算短路电流。",
        "sources without short-circuit power; short-circuit currents cannot be checked",
    ),
    "short_circuit_powers_turned": (
        "warning",
        "上级电源的最小短路容量大于最大短路容量,请核实是否颠倒。",
        "sources whose least short-circuit power is above the greatest; were they turned round?",
    ),
    "load_date_unknown": (
        "warning",
        "负荷数据日期不明,应说明 load_date。",
        "the day of the load data is not known; state the load date",
    ),
    "topology_date_unknown": (
        "warning",
        "开关状态日期不明,应说明 topology_date。",
        "the day of the switching state is not known; state the topology date",
    ),
}
