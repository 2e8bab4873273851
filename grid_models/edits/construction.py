"""Construction: edits that build what was not there: lines, feeders, transformers, generators.

::

    AddLine, to_node new         bus:4 --- step:1:line:1 --- step:1:node:1
    AddLine with switches        bus:2 -[CB]- step:2:line:1 -[open]- bus:9     a feeder, a tie
    AddTransformer               bus:4 ---#--- step:3:node:1                   a new board
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "AddGenerators",
    "AddLine",
    "AddTransformer",
    "AddedGenerator",
    "NewNode",
    "NewSwitch",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNode:
    """A node that comes with what is built; its voltage is that of its new neighbour.

    Parameters
    ----------
    lon, lat
        Place in CGCS2000, degrees; NaN if unknown.
    kind
        As in the nodes table.
    """

    node_id: str
    lon: float
    lat: float
    kind: str = "node"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSwitch:
    """A switch at one end of a new line.

    Parameters
    ----------
    node_id
        End of the line it stands at.
    kind
        circuit_breaker, load_break or disconnector.
    """

    switch_id: str
    node_id: str
    kind: str
    is_closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLine:
    """A new line between two nodes; from a busbar and with a breaker it is a new feeder.

    Parameters
    ----------
    new_node
        The node at its `to_node`, if that comes with the line; None: both ends are there already.
    length_m
        Electrical length.
    r_ohm_per_km, x_ohm_per_km, c_nf_per_km, ampacity_a
        Of one of its `parallel` circuits.
    switches
        Switches at its ends; an open one makes it a tie.
    """

    line_id: str
    from_node: str
    to_node: str
    length_m: float
    parallel: int
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    ampacity_a: float
    conductor_type: str
    laying: str
    new_node: NewNode | None = None
    switches: tuple[NewSwitch, ...] = ()
    name: str = ""
    ownership: str = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTransformer:
    """A new two-winding transformer without a tap changer.

    Parameters
    ----------
    new_node
        The node at its `lv_node`, if that comes with it, at `vn_lv_kv`; None: it is there already.
    sn_kva, vn_hv_kv, vn_lv_kv, vk_pct, vkr_pct, pfe_w, i0_pct, shift_degree, vector_group
        As in the transformers table.
    """

    transformer_id: str
    hv_node: str
    lv_node: str
    sn_kva: float
    vn_hv_kv: float
    vn_lv_kv: float
    vk_pct: float
    vkr_pct: float
    pfe_w: float
    i0_pct: float
    shift_degree: float
    vector_group: str
    new_node: NewNode | None = None
    name: str = ""
    ownership: str = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedGenerator:
    """A generator or storage of constant power; what it gives to the grid is positive."""

    generator_id: str
    node_id: str
    p_kw: float
    q_kvar: float
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddGenerators:
    """Generators and storage that come into operation."""

    generators: tuple[AddedGenerator, ...]
