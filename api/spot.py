"""Spot: where somebody stood, as the phone knows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field

from grid_models.errors import InputError, InputProblem

__all__ = ["AccuracyM", "Lat", "Lon", "Spot", "SpotIn"]

Lon = Annotated[
    float,
    Field(ge=-180, le=180, allow_inf_nan=False, description="CGCS2000, degrees.", examples=[120.1]),
]
Lat = Annotated[
    float,
    Field(ge=-90, le=90, allow_inf_nan=False, description="CGCS2000, degrees.", examples=[30.2]),
]
# half the earth round: farther off nobody is
AccuracyM = Annotated[
    float,
    Field(ge=0, le=20_000_000, allow_inf_nan=False, description="As the phone says, metres."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place with its accuracy.

    Parameters
    ----------
    lon, lat
        CGCS2000, degrees; None: not known.
    accuracy_m
        In metres; None: not known.
    """

    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None


class SpotIn(BaseModel):
    """Where somebody stood; all of it may be left out."""

    lon: Lon | None = None
    lat: Lat | None = None
    accuracy_m: AccuracyM | None = None

    def spot(self) -> Spot:
        """Return the place.

        Raises
        ------
        InputError
            With everything that is given without what it belongs to.
        """
        if problems := list(self._problems()):
            raise InputError(problems)
        return Spot(lon=self.lon, lat=self.lat, accuracy_m=self.accuracy_m)

    def _problems(self) -> Iterator[InputProblem]:
        for field, other in (("lon", "lat"), ("lat", "lon")):
            given = getattr(self, other)
            if getattr(self, field) is None and given is not None:
                yield InputProblem(
                    field=field,
                    zh=f"{field} 未填写，而 {other} 为 {given:g}；经纬度应同时填写或都不填",
                    en=f"{field} is missing and {other} is {given:g}; give both or neither",
                )
        if self.accuracy_m is not None and self.lon is None and self.lat is None:
            yield InputProblem(
                field="accuracy_m",
                zh=f"accuracy_m 为 {self.accuracy_m:g} m，而未填写位置；应同时填写 lon 和 lat",
                en=f"accuracy_m is {self.accuracy_m:g} m without a place; give lon and lat as well",
            )
