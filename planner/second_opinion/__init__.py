"""Second opinion: an option of a plan rebuilt, solved by pandapower and judged again, by ids.

::

    reach       what the new load touches, on a networkx graph
    rebuilt     the grid with the option in it, before and after, solved by pandapower
    judgement   every limit held against every element, as section 4 of the procedure says
    several     what two sources of an option share
    opinion     what the option states against what comes out

Nothing of the search is used; only the limits come from the same rules.
"""

from __future__ import annotations

from planner.second_opinion.comparison import Finding
from planner.second_opinion.opinion import SecondOpinion

__all__ = ["Finding", "SecondOpinion"]
