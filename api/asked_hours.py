"""Asked hours: which load cases of a grid's curves a question is about."""

from __future__ import annotations

import unicodedata

from grid_models.demand import clock_time
from grid_models.grid import QUARTER_HOURS, SEASONS
from grid_models.model import GridModel
from planner.capacity_hours import Hours
from planner.form import Form

__all__ = ["read_hours"]


def read_hours(form: Form, model: GridModel | None) -> Hours | None:
    """Return the hours asked for by ``season``, ``hour`` and ``all_hours``; None: none were.

    A grid without curves knows none: that and every other problem is kept in the form.
    """
    season = form.one_of("season", SEASONS)
    hour = form.text("hour")
    # 8:30 and full-width digits are hours people write
    time = unicodedata.normalize("NFKC", hour or "").zfill(len("00:00"))
    names = [clock_time(k) for k in range(QUARTER_HOURS)]
    if hour is not None and time not in names:
        form.refuse_value("hour", hour, "整刻钟，如 18:30", "a full quarter hour such as 18:30")
        hour = None
    if not (season or hour or form.given("all_hours")):
        return None
    if model is not None and model.grid.curves.empty:
        form.refuse(
            "hour",
            f"无从选取：电网“{model.grid.metadata.name}”没有负荷曲线，应以 --curves 导入",
            f'cannot be chosen: grid "{model.grid.metadata.name}" has no load curves; '
            "import it with --curves",
        )
    return Hours(season=season, quarter_hour=names.index(time) if hour else None)
