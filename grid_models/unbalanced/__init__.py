"""Unbalanced: the low-voltage area below one distribution transformer, phase by phase.

::

    find_area --> Area --> solvers.by_phase.AreaTrials --> voltages by phase --> Area.loadings
                                                                 |
                                                      largest: the largest load on each phase
"""
