"""Demand: load curves, classes and the cases they make, and which of them can be the worst."""

from __future__ import annotations

from grid_models.demand.cases import LoadCase, LoadCases, Toward, make_load_cases
from grid_models.demand.classes import Column, HeldPower, load_classes
from grid_models.demand.curves import add_curves, clock_time, curve_seasons, curve_table
from grid_models.demand.search import WorstFound, search_worst_cases
from grid_models.demand.trees import (
    grid_at,
    has_constant_power,
    network_at,
    tree_at,
    tree_powers,
    trees_at,
)
from grid_models.demand.worst import WorstCases, covered_cases, limit_groups, worst_cases

__all__ = [
    "Column",
    "HeldPower",
    "LoadCase",
    "LoadCases",
    "Toward",
    "WorstCases",
    "WorstFound",
    "add_curves",
    "clock_time",
    "covered_cases",
    "curve_seasons",
    "curve_table",
    "grid_at",
    "has_constant_power",
    "limit_groups",
    "load_classes",
    "make_load_cases",
    "network_at",
    "search_worst_cases",
    "tree_at",
    "tree_powers",
    "trees_at",
    "worst_cases",
]
