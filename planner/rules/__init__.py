"""Rules: dated, sourced rows that decide an answer, one file an area, never numbers in code."""

from __future__ import annotations

from planner.rules.book import RuleBook, RuleGaps, Rules, find_rule_gaps
from planner.rules.loading import available_areas, load_rule_book
from planner.rules.overlay import lay_over, read_entries
from planner.rules.rule import Effect, Rule, Scope

__all__ = [
    "Effect",
    "Rule",
    "RuleBook",
    "RuleGaps",
    "Rules",
    "Scope",
    "available_areas",
    "find_rule_gaps",
    "lay_over",
    "load_rule_book",
    "read_entries",
]
