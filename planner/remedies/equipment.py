"""Equipment: thicker conductors, larger transformers and additional ones, for what binds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from planner.plan import ConductorReplacement, TransformerAddition, TransformerReplacement
from planner.remedies.look import SHARE, Look
from planner.sizing import ConductorChoice, conductor_choices

__all__ = ["additional_transformers", "larger_transformers", "thicker_conductors"]

ADDED_TRANSFORMER, ADDED_BOARD = "new:trafo:1", "new:node:3"
_LAYINGS = ("cable", "overhead")
_OF_THE_CONDUCTOR = "conductor"


def thicker_conductors(look: Look) -> Iterator[ConductorReplacement]:
    """Propose thicker conductors on overloaded sections, and where the voltage drop is greatest."""
    overloaded = look.overloaded()
    sections = [row for row in overloaded if look.is_line(row)]
    for kv, laying, rows in _alike(look, sections):
        needed_a = max(overloaded[row] / SHARE * look.limit_a(row) for row in rows) / look.target
        if any(_bay_limit_a(look, row) < needed_a for row in rows):
            # a CT or a relay binds, which no conductor mends
            continue
        choices = _better(look, kv, laying, rows)
        fitting = next((c for c in choices if c.ampacity_a >= needed_a), None)
        if fitting is not None:
            yield _replacement(look, kv, laying, rows, fitting)
    if any(look.broken("voltage_low")):
        yield from _against_drop(look)


def larger_transformers(look: Look) -> Iterator[TransformerReplacement]:
    """Propose a larger transformer for each overloaded one that feeds a board alone."""
    for row, loading in look.overloaded().items():
        present = _transformer(look, row)
        if present is None:
            continue
        needed_kva = loading / SHARE * float(look.situation.limits.limit_kva[row]) / look.target
        kind = _smallest(look, float(present["vn_hv_kv"]), max(needed_kva, present["sn_kva"] + 1.0))
        if kind is not None:
            yield TransformerReplacement(
                element_id=str(present.name), type=str(kind.name), sn_kva=float(kind["sn_kva"]),
                vk_pct=float(kind["vk_pct"]), vkr_pct=float(kind["vkr_pct"]),
                pfe_w=float(kind["p0_w"]), i0_pct=float(kind["i0_pct"]),
            )  # fmt: skip


def additional_transformers(look: Look) -> Iterator[TransformerAddition]:
    """Propose a second public transformer beside the board the customer would be connected to."""
    candidate = look.candidate
    if candidate.access_kind != "transformer_lv" or candidate.element_id == ADDED_TRANSFORMER:
        return
    present = _transformer(look, look.row)
    if present is None or present.name != candidate.element_id:
        return
    kind = _smallest(look, float(present["vn_hv_kv"]), look.new_load_kva / look.target)
    if kind is None:
        return
    yield TransformerAddition(
        transformer_id=ADDED_TRANSFORMER, beside_id=candidate.element_id,
        hv_node=str(present["hv_node"]), lv_node=ADDED_BOARD,
        lon=candidate.lon, lat=candidate.lat, type=str(kind.name),
        sn_kva=float(kind["sn_kva"]), vn_hv_kv=float(present["vn_hv_kv"]),
        vn_lv_kv=float(present["vn_lv_kv"]), vk_pct=float(kind["vk_pct"]),
        vkr_pct=float(kind["vkr_pct"]), pfe_w=float(kind["p0_w"]), i0_pct=float(kind["i0_pct"]),
        shift_degree=float(present["shift_degree"]), vector_group=str(kind["vector_group"]),
    )  # fmt: skip


def _against_drop(look: Look) -> Iterator[ConductorReplacement]:
    """Propose the thickest conductor where the way drops most, then on all of its sections."""
    state, parent = look.situation.state, look.situation.tree.parent
    lines = [row for row in look.way() if look.is_line(row)]
    for kv, laying, rows in _alike(look, lines):
        mended = [row for row in rows if _better(look, kv, laying, [row])]
        if not mended:
            continue
        worst = max(
            mended, key=lambda row: (float(state.v_pu[parent[row]] - state.v_pu[row]), -row)
        )
        yield _replacement(look, kv, laying, [worst], _better(look, kv, laying, [worst])[-1])
        if len(mended) > 1 and (choices := _better(look, kv, laying, mended)):
            yield _replacement(look, kv, laying, mended, choices[-1])


def _alike(look: Look, rows: Sequence[int]) -> Iterator[tuple[float, str, list[int]]]:
    """Sections of one voltage and one laying together; those whose laying nobody knows are out."""
    groups: dict[tuple[float, str], list[int]] = {}
    for row in rows:
        kv = float(look.situation.limits.kv[row])
        groups.setdefault((kv, str(_line(look, row)["laying"])), []).append(row)
    for (kv, laying), own in sorted(groups.items()):
        if laying in _LAYINGS:
            yield kv, laying, sorted(own)


def _better(look: Look, kv: float, laying: str, rows: Sequence[int]) -> list[ConductorChoice]:
    """Conductors of the catalogue that carry more and drop less than each present one."""
    lines = [_line(look, row) for row in rows]
    if any(line["parallel"] != 1 for line in lines):
        return []
    most_a = max(float(line["ampacity_a"] * line["derating"]) for line in lines)
    least_r = min(float(line["r_ohm_per_km"]) for line in lines)
    choices = conductor_choices(look.search.catalogue, kv, laying)
    return [c for c in choices if not c.ampacity_a <= most_a and c.r_ohm_per_km < least_r]


def _replacement(
    look: Look, kv: float, laying: str, rows: Sequence[int], choice: ConductorChoice
) -> ConductorReplacement:
    return ConductorReplacement(
        line_ids=tuple(look.name_of(row) for row in rows), type=choice.type, laying=laying,
        nominal_kv=kv, length_m=sum(float(_line(look, row)["length_m"]) for row in rows),
        r_ohm_per_km=choice.r_ohm_per_km, x_ohm_per_km=choice.x_ohm_per_km,
        c_nf_per_km=choice.c_nf_per_km, ampacity_a=choice.ampacity_a,
    )  # fmt: skip


def _bay_limit_a(look: Look, row: int) -> float:
    """Least limit of a line that its conductor does not make; inf if there is none."""
    limits = look.situation.model.grid.limits
    own = limits["element_id"].eq(look.name_of(row)) & limits["source"].ne(_OF_THE_CONDUCTOR)
    return float(limits["limit_a"][own].min()) if own.any() else float("inf")


def _line(look: Look, row: int) -> pd.Series[Any]:
    network = look.situation.model.network
    element = int(network.branches.element[int(look.situation.tree.branch[row])])
    found: pd.Series[Any] = network.grid.lines.iloc[element]
    return found


def _transformer(look: Look, row: int) -> pd.Series[Any] | None:
    """Row of the transformers table of a distribution transformer that alone feeds its board."""
    situation = look.situation
    network, topology = situation.model.network, situation.topology
    if not situation.limits.is_transformer[row] or topology.board[row] != row:
        return None
    branch = int(situation.tree.branch[row])
    found: pd.Series[Any] = network.grid.transformers.iloc[int(network.branches.element[branch])]
    is_alone = found["parallel"] == 1 and situation.tree.circuits[row] == 1
    return found if is_alone else None


def _smallest(look: Look, hv_kv: float, least_kva: float) -> pd.Series[Any] | None:
    types = look.search.catalogue.transformers_for(hv_kv)
    types = types[types["sn_kva"] >= least_kva]
    return None if types.empty else types.iloc[0]
