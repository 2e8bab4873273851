"""Scenarios: what-if. A base grid and named steps in; what they break, mend, gain and lose out.

::

    read_scenario --> Scenario --> run_scenario --> WhatIf
    (the judge)       steps        one step after   before and after
                                   the other

Only the source trees that a step touches are cut out, compiled and solved again.
"""

from __future__ import annotations

from planner.scenarios.reading import read_scenario
from planner.scenarios.result import WhatIf, what_if_to_json
from planner.scenarios.scenario import Scenario
from planner.scenarios.study import run_scenario

__all__ = ["Scenario", "WhatIf", "read_scenario", "run_scenario", "what_if_to_json"]
