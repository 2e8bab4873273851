"""Catalogue: conductors and transformers that may be built, each row with its source.

The CSV files beside this module are the catalogue; `load_catalogue` reads and checks them. An
estimate is a row like any other: it says so in `source` and has `verified` False.
"""

from __future__ import annotations

import difflib
import hashlib
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from grid_models.errors import GridDataError, InputProblem

__all__ = ["Catalogue", "load_catalogue"]

_FOLDER = Path(__file__).parent
# The catalogue holds the lowest ampacity of any laying; the best one is less than twice as much.
_MOST_OF_AMPACITY = 2.0
# 0.38 and 0.4 kV, 10 and 10.5 kV are one class; 10 and 20 kV are two.
_CLASS_TOLERANCE = 0.06
# A low side from here on makes a main transformer; a supply above that has one.
_MEDIUM_KV, _HIGH_KV = 1.0, 30.0

_POSITIVE = pa.Check.gt(0, error="> 0")
_NOT_NEGATIVE = pa.Check.ge(0, error=">= 0")
_METAL = pa.Check.isin(["copper", "aluminium"], error="copper or aluminium")
_NAMED = pa.Check.str_matches(r"\S", error="a text")
# What pandera calls its own checks, for people; ours say themselves what is required.
_SENTENCES = {
    "not_nullable": ("不得为空", "a value"),
    "coerce_dtype('float64')": ("应为数字", "a number"),
    "dtype('float64')": ("应为数字", "a number"),
    "coerce_dtype('int64')": ("应为整数", "a whole number"),
    "dtype('int64')": ("应为整数", "a whole number"),
    "coerce_dtype('bool')": ("应为 true 或 false", "true or false"),
    "dtype('bool')": ("应为 true 或 false", "true or false"),
    "multiple_fields_uniqueness": ("型号不得重复", "a type of its own"),
    "column_in_dataframe": ("缺少该列", "this column, which is missing"),
    "column_in_schema": ("不应有该列", "no such column"),
}
_PRICED = {
    "price_low": pa.Column(float, _POSITIVE),
    "price_high": pa.Column(float, _POSITIVE),
    "price_year": pa.Column(int, _POSITIVE),
    "price_scope": pa.Column(str, _NAMED),
    "source": pa.Column(str, _NAMED),
    "verified": pa.Column(bool),
}


def _is_between(low: str, middle: str, high: str) -> pa.Check:
    return pa.Check(
        lambda rows: rows[low].le(rows[middle]) & rows[middle].le(rows[high]),
        error=f"{low} <= {middle} <= {high}",
    )


_AMPACITIES = ["ampacity_air_a", "ampacity_ground_a", "ampacity_duct_a"]
_CONDUCTORS = pa.DataFrameSchema(
    {
        "type": pa.Column(str, _NAMED),
        "nominal_kv": pa.Column(float, _POSITIVE),
        "laying": pa.Column(str, pa.Check.isin(["cable", "overhead"], error="cable or overhead")),
        "area_mm2": pa.Column(float, _POSITIVE),
        "material": pa.Column(str, _METAL),
        "r_ohm_per_km": pa.Column(float, _POSITIVE),
        "x_ohm_per_km": pa.Column(float, _POSITIVE),
        "c_nf_per_km": pa.Column(float, _NOT_NEGATIVE),
        **{name: pa.Column(float, _POSITIVE, nullable=True) for name in _AMPACITIES},
        "price_cny_per_km": pa.Column(float, _POSITIVE),
        **_PRICED,
    },
    checks=[
        pa.Check(
            lambda rows: rows[_AMPACITIES].notna().any(axis=1), error="an ampacity in some column"
        ),
        _is_between("price_low", "price_cny_per_km", "price_high"),
    ],
    unique=["type"],
    coerce=True,
    strict=True,
)
_TRANSFORMERS = pa.DataFrameSchema(
    {
        "type": pa.Column(str, _NAMED),
        "series": pa.Column(str, _NAMED),
        "hv_kv": pa.Column(float, _POSITIVE),
        "lv_kv": pa.Column(float, _POSITIVE),
        "sn_kva": pa.Column(float, _POSITIVE),
        "vector_group": pa.Column(str, _NAMED),
        "vk_pct": pa.Column(float, _POSITIVE),
        "p0_w": pa.Column(float, _NOT_NEGATIVE),
        "pk_w": pa.Column(float, _POSITIVE),
        "i0_pct": pa.Column(float, _NOT_NEGATIVE),
        "price_cny": pa.Column(float, _POSITIVE),
        **_PRICED,
    },
    checks=[
        pa.Check(
            lambda rows: rows["pk_w"].div(rows["sn_kva"] * 10).le(rows["vk_pct"]),
            error="pk_w / (10 sn_kva) <= vk_pct",
        ),
        _is_between("price_low", "price_cny", "price_high"),
    ],
    unique=["type"],
    coerce=True,
    strict=True,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Catalogue:
    """Conductors and transformers to build with. Treat the tables as read-only.

    Parameters
    ----------
    conductors
        One row a type, indexed by type: nominal_kv, laying (cable, overhead), area_mm2, material,
        r_ohm_per_km (at 20 degC), x_ohm_per_km, c_nf_per_km, ampacity_air_a, ampacity_ground_a,
        ampacity_duct_a (NaN where unknown), ampacity_a (the lowest known), price_cny_per_km (P50),
        price_low (P15), price_high (P85), price_year, price_scope, source, verified.
    transformers
        One row a type, indexed by type: series, hv_kv, lv_kv, sn_kva, vector_group, vk_pct,
        vkr_pct, p0_w, pk_w, i0_pct, price_cny and the rest as above.
    version
        Hash of the files: the same catalogue has the same version everywhere.
    """

    conductors: pd.DataFrame
    transformers: pd.DataFrame
    version: str

    def conductors_for(self, nominal_kv: float, laying: str) -> pd.DataFrame:
        """Return the conductors of a voltage class and a laying, smallest first.

        Parameters
        ----------
        nominal_kv
            Nominal voltage of the line; 0.38 and 0.4 kV are one class.
        laying
            ``cable`` or ``overhead``.
        """
        rows = self.conductors
        rows = rows[_is_class(rows["nominal_kv"], nominal_kv) & rows["laying"].eq(laying)]
        return rows.sort_values(["area_mm2", "r_ohm_per_km"], kind="stable")

    def transformers_for(self, hv_kv: float, *, series: str | None = None) -> pd.DataFrame:
        """Return the distribution transformers of a high-side voltage, smallest first.

        Parameters
        ----------
        hv_kv
            Nominal voltage of the high side, 10 or 20.
        series
            ``S13`` (oil) or ``SCB13`` (dry); None: both, oil before dry at equal rated power.
        """
        rows = self.transformers
        is_wanted = _is_class(rows["hv_kv"], hv_kv) & rows["lv_kv"].lt(_MEDIUM_KV)
        if series is not None:
            is_wanted &= rows["series"].eq(series)
        return rows[is_wanted].sort_values("sn_kva", kind="stable")

    def customer_transformers_for(self, supply_kv: float) -> pd.DataFrame:
        """Return what a customer of a voltage puts up, smallest first.

        Parameters
        ----------
        supply_kv
            Nominal voltage of the supply: up to 20 kV distribution transformers, above it main
            transformers to 10 kV.
        """
        rows = self.transformers
        is_main = rows["lv_kv"].ge(_MEDIUM_KV) == (supply_kv > _HIGH_KV)
        rows = rows[_is_class(rows["hv_kv"], supply_kv) & is_main]
        return rows.sort_values("sn_kva", kind="stable")

    def next_transformer(
        self, sn_kva: float, *, hv_kv: float = 10.0, series: str | None = None
    ) -> pd.Series | None:
        """Return the smallest transformer with more rated power than `sn_kva`; None if none has.

        Parameters
        ----------
        sn_kva
            Rated power to exceed.
        hv_kv, series
            As for `transformers_for`.
        """
        rows = self.transformers_for(hv_kv, series=series)
        larger = rows[rows["sn_kva"] > sn_kva]
        return None if larger.empty else larger.iloc[0]

    def with_ampacities(self, ampacity_a: Mapping[str, float]) -> Catalogue:
        """Return the catalogue with a company's own current limits in the place of its ampacities.

        Parameters
        ----------
        ampacity_a
            Of one circuit, by the type of a conductor of the catalogue.

        Raises
        ------
        GridDataError
            The catalogue has no conductor of a type, or a limit is far above what the type carries
            in any laying; all of them at once.
        """
        unknown = sorted(set(ampacity_a) - set(self.conductors.index))
        if unknown:
            raise GridDataError([_no_conductor(name, self.conductors.index) for name in unknown])
        known_a = self.conductors["ampacity_a"]
        typos = [
            _too_much(name, limit_a, float(known_a[name]))
            for name, limit_a in sorted(ampacity_a.items())
            if limit_a > _MOST_OF_AMPACITY * float(known_a[name])
        ]
        if typos:
            raise GridDataError(typos)
        conductors = self.conductors.copy()
        own = pd.Series(ampacity_a, dtype=float)
        conductors.loc[own.index, "ampacity_a"] = own
        digest = hashlib.sha256(self.version.encode())
        digest.update(repr(sorted(ampacity_a.items())).encode())
        return replace(self, conductors=conductors, version=digest.hexdigest()[:16])

    def capacities_kva(self, hv_kv: float = 10.0) -> tuple[float, ...]:
        """Return the standard rated powers of one transformer, ascending."""
        return tuple(sorted({float(sn) for sn in self.transformers_for(hv_kv)["sn_kva"]}))


def _too_much(name: str, limit_a: float, ampacity_a: float) -> InputProblem:
    most_a = _MOST_OF_AMPACITY * ampacity_a
    return InputProblem(
        field=name,
        zh=f"导线 {name} 的限额电流为 {limit_a:g} A，应不超过 {most_a:g} A"
        f"（目录载流量 {ampacity_a:g} A 的 {_MOST_OF_AMPACITY:g} 倍）",
        en=f"the limit of {name} is {limit_a:g} A; give no more than {most_a:g} A, "
        f"{_MOST_OF_AMPACITY:g} times the ampacity of the catalogue",
    )


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Return the catalogue in a folder.

    Parameters
    ----------
    folder
        Holds ``conductors.csv`` and ``transformers.csv``; None: the catalogue that comes along.

    Raises
    ------
    GridDataError
        A file is missing or a row is wrong; every problem at once.
    """
    folder = _FOLDER if folder is None else folder
    problems: list[InputProblem] = []
    digest = hashlib.sha256()
    tables = []
    for name, schema in (("conductors.csv", _CONDUCTORS), ("transformers.csv", _TRANSFORMERS)):
        try:
            # Read as text, so that line ends do not change the version.
            text = (folder / name).read_text(encoding="utf-8")
            rows = pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""])
            tables.append(schema.validate(rows, lazy=True).set_index("type"))
            digest.update(f"{name}\n{text}".encode())
        except pa.errors.SchemaErrors as error:
            problems += _wrong_cells(name, rows, error)
        except (OSError, ValueError) as error:
            problems.append(_unreadable(name, error))
    if problems:
        raise GridDataError(problems)
    conductors, transformers = tables
    conductors["ampacity_a"] = conductors[_AMPACITIES].min(axis=1)
    transformers["vkr_pct"] = transformers["pk_w"] / (10 * transformers["sn_kva"])
    return Catalogue(
        conductors=conductors, transformers=transformers, version=digest.hexdigest()[:16]
    )


def _is_class(values: pd.Series, kv: float) -> pd.Series:
    return pd.Series(np.isclose(values, kv, rtol=_CLASS_TOLERANCE), index=values.index)


def _no_conductor(name: str, known: Collection[str]) -> InputProblem:
    near = difflib.get_close_matches(name, known, n=1)
    hint_zh, hint = (f",是否指 {near[0]}", f"; did you mean {near[0]}") if near else ("", "")
    return InputProblem(
        field="limits",
        zh=f"设备目录中没有导线 {name}{hint_zh}。",
        en=f"the catalogue has no conductor {name}{hint}",
    )


def _unreadable(name: str, error: Exception) -> InputProblem:
    return InputProblem(
        field=name,
        zh=f"设备目录文件 {name} 无法读取({error}),应为 UTF-8 编码的 CSV 文件。",
        en=f"catalogue file {name} cannot be read ({error}); it has to be a CSV file in UTF-8",
    )


def _wrong_cells(
    name: str, rows: pd.DataFrame, error: pa.errors.SchemaErrors
) -> list[InputProblem]:
    failures = error.failure_cases
    # A check that could not run stumbled over a cell or a column that is reported by itself.
    failures = failures[~failures["failure_case"].astype(str).str.contains(r"Error\(")]
    labels = rows["type"] if "type" in rows else rows.index.to_series()
    problems = {}
    for failure in failures.itertuples():
        says_zh, says_en = _SENTENCES.get(failure.check, (failure.check, failure.check))
        if failure.schema_context == "Column":
            what = f"{failure.column} = {failure.failure_case}"
        else:
            what = str(failure.failure_case) if pd.isna(failure.index) else ""
        row = "" if pd.isna(failure.index) else str(labels.iat[int(failure.index)])
        where = ", ".join(part for part in (row, what) if part)
        problems[where, says_en] = InputProblem(
            field=name,
            zh=f"设备目录 {name}:{where} 不符合要求:{says_zh}。",
            en=f"catalogue {name}: {where}: required: {says_en}",
        )
    return list(problems.values())
