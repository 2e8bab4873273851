"""One edit of every kind besides customers, transformers and promises, for the tiny grid."""

from __future__ import annotations

from dataclasses import replace

from grid_models.edits import (
    AddedGenerator,
    AddGenerators,
    AddLine,
    AddTransformer,
    Edit,
    NewNode,
    NewSwitch,
    ReplaceConductor,
    ReplaceTransformer,
    SetService,
    SetSwitches,
    grow_loads,
    set_powers,
)
from tests.grid_models.samples import tiny_grid

TIE = AddLine(
    line_id="tie:1",
    from_node="bus:4",
    to_node="bus:7",
    length_m=900.0,
    parallel=1,
    r_ohm_per_km=0.0754,
    x_ohm_per_km=0.098,
    c_nf_per_km=340.0,
    ampacity_a=355.0,
    conductor_type="YJV22-8.7/15-3x240",
    laying="cable",
    switches=(
        NewSwitch(switch_id="tie:1:switch", node_id="bus:7", kind="load_break", is_closed=False),
    ),
)
SPUR = replace(
    TIE,
    line_id="spur:1",
    to_node="new:1",
    new_node=NewNode(node_id="new:1", lon=120.17, lat=30.281, kind="pole"),
    switches=(),
)
BOARD = AddTransformer(
    transformer_id="coil:1",
    hv_node="bus:3",
    lv_node="board:1",
    sn_kva=400.0,
    vn_hv_kv=10.0,
    vn_lv_kv=0.4,
    vk_pct=4.0,
    vkr_pct=1.0,
    pfe_w=410.0,
    i0_pct=0.5,
    shift_degree=330.0,
    vector_group="Dyn11",
    new_node=NewNode(node_id="board:1", lon=120.157, lat=30.28, kind="cabinet"),
)
SUN = AddGenerators(
    generators=(
        AddedGenerator(generator_id="sun:1", node_id="bus:6", p_kw=40.0, q_kvar=0.0, kind="PV"),
    )
)
THICKER = ReplaceConductor(
    element_id="line:2",
    parallel=2,
    r_ohm_per_km=0.06,
    x_ohm_per_km=0.1,
    c_nf_per_km=320.0,
    ampacity_a=500.0,
    conductor_type="YJV22-8.7/15-3x400",
    laying="cable",
)
LARGER = ReplaceTransformer(
    element_id="trafo:2", sn_kva=630.0, vk_pct=4.5, vkr_pct=0.98, pfe_w=570.0, i0_pct=0.4
)
TRANSFER = SetSwitches(closed=("switch:2",), opened=("switch:1",))
OUT = SetService(table="lines", element_ids=("line:2", "line:3"), is_in_service=False)
# 1.1 * 120 kW / 1.1 is not 120 kW to the last bit, and none of these is taken back by dividing.
GROWN = grow_loads(tiny_grid(), ["load:1", "load:2"], 1.1)
STATED = set_powers(tiny_grid(), "loads", {"load:2": (77.7, 11.1)})
OTHER_EDITS: tuple[Edit, ...] = (
    TIE, SPUR, BOARD, SUN, THICKER, TRANSFER, OUT, GROWN, STATED,
)  # fmt: skip
