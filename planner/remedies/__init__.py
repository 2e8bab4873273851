"""Remedies: what it takes where no access point passes as the grid stands.

::

    refused points --> what binds --> measures --> the grid after them --> the same checks
    (the nearest)      (elements)     (cheapest     (cut out, changed,      passes: an option
                                       first)        compiled)              fails: what binds now

The search is bounded by rule rows and always ends; docs/remedies.md says how.
"""

from __future__ import annotations

from planner.remedies.making import edits_of, made, read_measure
from planner.remedies.search import Remedy, RemedySearch
from planner.remedies.works import works_of

__all__ = ["Remedy", "RemedySearch", "edits_of", "made", "read_measure", "works_of"]
