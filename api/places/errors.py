"""Errors of looking up addresses.

::

    SupplyPlanError
    |-- NoPlacesError           the deployment names no search
    `-- PlacesUnreachableError  it does not answer in time, or not as it should
"""

from __future__ import annotations

from grid_models.errors import SupplyPlanError

__all__ = ["NoPlacesError", "PlacesUnreachableError"]


class NoPlacesError(SupplyPlanError):
    """The deployment names no search for addresses."""

    def __init__(self) -> None:
        super().__init__(
            "addresses cannot be looked up here; set SUPPLY_PLAN_PLACES_URL / "
            "此处未配置地址查询，请设置 SUPPLY_PLAN_PLACES_URL"
        )


class PlacesUnreachableError(SupplyPlanError):
    """The search does not answer in time, or not as it should.

    Parameters
    ----------
    why
        For the log: it names no address, for keys stand in them.
    """

    wait_s = 10
    """After how long trying again makes sense, in seconds."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(
            "the search for addresses does not answer, give the coordinates or try again later / "
            "地址查询暂时没有答复，请直接填写坐标或稍后再试"
        )
