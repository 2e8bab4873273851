"""Electrical figures of an option: headroom, power flow, sensitivity and who takes over."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Headroom", "PowerFlowSummary", "Replacement", "Sensitivity", "TakeOver"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headroom:
    """What the access node can take before the new load and after all commitments."""

    open_capacity_kva: float
    open_binding_id: str
    hosting_capacity_kva: float
    hosting_binding_id: str
    hosting_binding_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerFlowSummary:
    """Extremes over all touched source trees after connection, new line included."""

    v_customer_pu: float
    max_line_loading_pct: float
    max_line_id: str
    max_transformer_loading_pct: float
    max_transformer_id: str
    min_v_pu: float
    min_v_node_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """The same load at a poorer power factor: what happens if compensation falls short.

    `worst_on_path_pct` is the greatest loading in percent of the limit on the supply path.
    """

    power_factor: float
    v_customer_pu: float
    worst_on_path_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """Who takes the option's feeder over, new load included, once its head is lost (N-1).

    The best of its ties: the one that carries everything with the least loading; where none does,
    two that share the feeder, opened at the line `opened_id` (else None); where those do not carry
    it either, the least overloaded one. `feeder_id` is None where the tie ends at a busbar;
    `tie_id` is the switch to close, or the line where both its ends are open. Loadings are in
    percent of the limit.
    """

    tie_id: str
    opened_id: str | None
    feeder_id: str | None
    source_tree_id: str
    worst_loading_pct: float
    worst_element_id: str
    lowest_v_pu: float
    lowest_v_node_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Transformer of the catalogue that takes the present one's place before connection."""

    element_id: str
    type: str
    sn_kva: float
    vk_pct: float
    vkr_pct: float
    pfe_w: float
    i0_pct: float
