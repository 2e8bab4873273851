"""Measures: what is done to the grid before a customer can be connected; a closed list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = [
    "ConductorReplacement",
    "FeederAddition",
    "Measure",
    "OpenPointMove",
    "TransformerAddition",
    "TransformerReplacement",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPointMove:
    """Load transferred to another feeder: a tie is closed and a line between is opened.

    Parameters
    ----------
    tie_id, opened_id
        The tie, and the line that becomes the open point.
    closed, opened
        Switches that change their position.
    from_feeder_id, to_feeder_id
        Who gives and who takes the load; None: a busbar.
    moved_kva
        Apparent power of the loads that change over, in their sum.
    """

    kind: Literal["open_point_move"] = "open_point_move"
    tie_id: str
    opened_id: str
    closed: tuple[str, ...]
    opened: tuple[str, ...]
    from_feeder_id: str
    to_feeder_id: str | None
    moved_kva: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductorReplacement:
    """A thicker conductor of the catalogue on the course of some line sections.

    Parameters
    ----------
    length_m
        Of the sections together.
    r_ohm_per_km, x_ohm_per_km, c_nf_per_km, ampacity_a
        Of one circuit; each section has one.
    """

    kind: Literal["conductor_replacement"] = "conductor_replacement"
    line_ids: tuple[str, ...]
    type: str
    laying: str
    nominal_kv: float
    length_m: float
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    ampacity_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerReplacement:
    """A larger transformer of the catalogue in the place of the present one."""

    kind: Literal["transformer_replacement"] = "transformer_replacement"
    element_id: str
    type: str
    sn_kva: float
    vk_pct: float
    vkr_pct: float
    pfe_w: float
    i0_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerAddition:
    """A second public transformer beside one that is full, with a low-voltage board of its own.

    Parameters
    ----------
    beside_id
        The transformer beside which it stands, at the same high-voltage node.
    lon, lat
        Place of the new board, degrees.
    """

    kind: Literal["transformer_addition"] = "transformer_addition"
    transformer_id: str
    beside_id: str
    hv_node: str
    lv_node: str
    lon: float
    lat: float
    type: str
    sn_kva: float
    vn_hv_kv: float
    vn_lv_kv: float
    vk_pct: float
    vkr_pct: float
    pfe_w: float
    i0_pct: float
    shift_degree: float
    vector_group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeederAddition:
    """A new feeder from a substation busbar to the site: the new line of the option itself.

    Parameters
    ----------
    bay_id
        Spare bay it takes; None where the data name no bays at the busbar.
    is_dedicated
        Whether it serves this customer alone, for its size.
    """

    kind: Literal["feeder_addition"] = "feeder_addition"
    node_id: str
    bay_id: str | None
    is_dedicated: bool
    length_m: float


Measure: TypeAlias = (
    OpenPointMove
    | ConductorReplacement
    | TransformerReplacement
    | TransformerAddition
    | FeederAddition
)
