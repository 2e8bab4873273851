"""Grid: a distribution grid as frozen column tables with text ids and units in the names.

This module owns what the tables are; `schema` owns what makes their content right, `readers` how
foreign files become tables, `storage` how they lie on disk.

Signs: a load's power is positive when taken from the grid, a generator's when given to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.content import hash_content
from grid_models.problem import Problem

__all__ = [
    "QUARTER_HOURS",
    "SEASONS",
    "TABLES",
    "Column",
    "Grid",
    "GridMetadata",
    "Problem",
    "make_table",
]

SEASONS = ("spring", "summer", "autumn", "winter")
QUARTER_HOURS = 96

Kind = Literal["text", "float", "int", "bool", "date", "geometry"]


class Column(NamedTuple):
    """One column of a table: its kind, the value it takes when a file says nothing, its meaning.

    A later one is missing from grids stored before it was added; its default is NaN: unknown.
    """

    kind: Kind
    default: Any
    meaning: str
    is_later: bool = False


_NAME = Column("text", "", "name as people know it")
_OWNERSHIP = Column("text", "unknown", "public, private or unknown")
_IN_SERVICE = Column("bool", True, "False: out of service, carries nothing")
_BUILT = Column("date", None, "day it was commissioned")
_REMOVAL = Column("date", None, "day its removal is planned for; nothing new is connected to it")
_CURVE = Column("text", "", "curve its power follows; empty: constant")


def _later(meaning: str) -> Column:
    return Column("float", np.nan, meaning, is_later=True)


_PHASES = {
    f"phase_{phase}_pct": _later(f"share of its power on phase {phase}; NaN: phases unknown")
    for phase in "abc"
}

TABLES: Mapping[str, Mapping[str, Column]] = {
    "nodes": {
        "name": _NAME,
        "vn_kv": Column("float", np.nan, "nominal voltage, phase to phase"),
        "lon": Column("float", np.nan, "longitude in CGCS2000, degrees; NaN if unknown"),
        "lat": Column("float", np.nan, "latitude in CGCS2000, degrees; NaN if unknown"),
        "kind": Column(
            "text",
            "node",
            "busbar, switchgear (ring-main unit, cabinet), pole, cabinet (LV), node or star",
        ),
        "substation_id": Column("text", "", "substation or station it stands in"),
        "ownership": _OWNERSHIP,
        "is_in_service": _IN_SERVICE,
        "commissioned_on": _BUILT,
        "removal_planned_on": _REMOVAL,
    },
    "lines": {
        "name": _NAME,
        "from_node": Column("text", "", "node id"),
        "to_node": Column("text", "", "node id"),
        "length_m": Column("float", np.nan, "electrical length"),
        "r_ohm_per_km": Column("float", np.nan, "resistance of one circuit"),
        "x_ohm_per_km": Column("float", np.nan, "reactance of one circuit"),
        "c_nf_per_km": Column("float", 0.0, "capacitance of one circuit"),
        "g_us_per_km": Column("float", 0.0, "conductance of one circuit"),
        "r0_ohm_per_km": _later("zero-sequence resistance, neutral included; NaN if unknown"),
        "x0_ohm_per_km": _later("zero-sequence reactance, neutral included; NaN if unknown"),
        "c0_nf_per_km": _later("zero-sequence capacitance; NaN: as c_nf_per_km"),
        "parallel": Column("int", 1, "number of equal circuits"),
        "ampacity_a": Column("float", np.nan, "of one circuit; NaN if unknown"),
        "derating": Column("float", 1.0, "share of the ampacity that may be used, 0 to 1"),
        "conductor_type": Column("text", "", "type as in the catalogue or the file"),
        "laying": Column("text", "unknown", "cable, overhead or unknown"),
        "ownership": _OWNERSHIP,
        "is_in_service": _IN_SERVICE,
        "geometry": Column("geometry", None, "LineString lon lat from from_node to to_node"),
        "commissioned_on": _BUILT,
        "removal_planned_on": _REMOVAL,
    },
    "transformers": {
        "name": _NAME,
        "hv_node": Column("text", "", "node id"),
        "lv_node": Column("text", "", "node id"),
        "sn_kva": Column("float", np.nan, "rated power of one unit"),
        "vn_hv_kv": Column("float", np.nan, "rated voltage of the high side"),
        "vn_lv_kv": Column("float", np.nan, "rated voltage of the low side"),
        "vk_pct": Column("float", np.nan, "short-circuit voltage; < 0 only at a star"),
        "vkr_pct": Column("float", np.nan, "resistive part of the short-circuit voltage"),
        "vk0_pct": _later("zero-sequence short-circuit voltage; NaN if unknown"),
        "vkr0_pct": _later("resistive part of it; NaN if unknown"),
        "pfe_w": Column("float", 0.0, "iron loss of one unit"),
        "i0_pct": Column("float", 0.0, "no-load current"),
        "shift_degree": Column("float", 0.0, "phase shift of the low side behind the high side"),
        "vector_group": Column("text", "", "for instance Dyn11"),
        "tap_side": Column("text", "", "hv, lv or empty"),
        "tap_neutral": Column("float", 0.0, "neutral position"),
        "tap_pos": Column("float", 0.0, "present position"),
        "tap_min": Column("float", np.nan, "lowest position"),
        "tap_max": Column("float", np.nan, "highest position"),
        "tap_step_pct": Column("float", 0.0, "voltage of one step"),
        "tap_step_degree": Column("float", 0.0, "angle of one step"),
        "tap_changer_type": Column("text", "", "ratio, symmetrical, ideal or empty"),
        "tap_set_point_pu": _later("voltage the low side is held at; NaN: the tap stands"),
        "tap_band_pu": _later("full width of the band round it"),
        "leakage_r_ratio_hv": Column("float", 0.5, "share of the resistance on the high side"),
        "leakage_x_ratio_hv": Column("float", 0.5, "share of the reactance on the high side"),
        "parallel": Column("int", 1, "number of equal units"),
        "derating": Column("float", 1.0, "share of the rated power that may be used"),
        "ownership": _OWNERSHIP,
        "is_in_service": _IN_SERVICE,
        "commissioned_on": _BUILT,
        "removal_planned_on": _REMOVAL,
    },
    "switches": {
        "name": _NAME,
        "node": Column("text", "", "node id it stands at"),
        "element_id": Column("text", "", "the line, transformer or second node it opens"),
        "element_kind": Column("text", "line", "node, line or transformer"),
        "kind": Column("text", "unknown", "circuit_breaker, load_break, disconnector or unknown"),
        "is_closed": Column("bool", True, "present, normal position"),
        "z_ohm": Column("float", 0.0, "impedance of a closed node-to-node switch"),
        "rated_a": Column("float", np.nan, "rated current; NaN if unknown"),
    },
    "loads": {
        "name": _NAME,
        "node": Column("text", "", "node id"),
        "p_kw": Column("float", 0.0, "active power before scaling"),
        "q_kvar": Column("float", 0.0, "reactive power before scaling"),
        "scaling": Column("float", 1.0, "factor on p and q"),
        "const_z_p_pct": Column("float", 0.0, "share of p that follows the voltage squared"),
        "const_z_q_pct": Column("float", 0.0, "share of q that follows the voltage squared"),
        "const_i_p_pct": Column("float", 0.0, "share of p that follows the voltage"),
        "const_i_q_pct": Column("float", 0.0, "share of q that follows the voltage"),
        **_PHASES,
        "category": Column("text", "", "resident, commercial, industrial ... or empty"),
        "load_basis": Column("text", "unknown", "measured_peak, declared, snapshot or unknown"),
        "curve_id": _CURVE,
        "is_in_service": _IN_SERVICE,
    },
    "generators": {
        "name": _NAME,
        "node": Column("text", "", "node id"),
        "p_kw": Column("float", 0.0, "active power given to the grid before scaling"),
        "q_kvar": Column("float", 0.0, "reactive power given to the grid before scaling"),
        "scaling": Column("float", 1.0, "factor on p and q"),
        "sn_kva": _later("rated power; NaN if unknown"),
        "v_pu": _later("voltage held; NaN: none, q_kvar is given"),
        "q_min_kvar": _later("least q to hold it with; NaN: no bound"),
        "q_max_kvar": _later("greatest q to hold it with; NaN: no bound"),
        **_PHASES,
        "kind": Column("text", "", "PV, wind, storage ..."),
        "curve_id": _CURVE,
        "is_in_service": _IN_SERVICE,
    },
    "shunts": {
        "name": _NAME,
        "node": Column("text", "", "node id"),
        "p_kw": Column("float", 0.0, "taken at vn_kv by one step"),
        "q_kvar": Column("float", 0.0, "taken at vn_kv by one step; negative for a capacitor"),
        "vn_kv": Column("float", np.nan, "rated voltage; NaN: the node's"),
        "step": Column("float", 1.0, "steps switched in"),
        "is_in_service": _IN_SERVICE,
    },
    "sources": {
        "name": _NAME,
        "node": Column("text", "", "node id"),
        "v_pu": Column("float", 1.0, "voltage held"),
        "angle_degree": Column("float", 0.0, "angle held"),
        "short_circuit_mva": Column(
            "float", np.nan, "greatest short-circuit power; NaN if unknown"
        ),
        "short_circuit_r_x": _later("R over X of its impedance then; NaN if unknown"),
        "short_circuit_min_mva": _later("least short-circuit power; NaN if unknown"),
        "short_circuit_min_r_x": _later("R over X of its impedance then; NaN if unknown"),
        "is_in_service": _IN_SERVICE,
    },
    "limits": {
        "element_id": Column("text", "", "line, transformer or switch the limit belongs to"),
        "limit_a": Column("float", np.nan, "greatest current, of all circuits together"),
        "source": Column("text", "", "dispatch_list, ct, relay, switch or conductor"),
        "season": Column("text", "all", "summer, winter or all"),
    },
    "bays": {
        "name": _NAME,
        "node": Column("text", "", "node id of the switchgear it belongs to"),
        "is_spare": Column("bool", True, "free for a new customer"),
        "ownership": _OWNERSHIP,
    },
    "streets": {
        "name": _NAME,
        "kind": Column(
            "text", "street", "trunk, street, lane; river, railway, expressway: barriers"
        ),
        "geometry": Column("geometry", None, "LineString lon lat"),
    },
    "restricted_areas": {
        "name": _NAME,
        "reason": Column("text", "", "why nothing may be connected there"),
        "geometry": Column("geometry", None, "Polygon lon lat"),
    },
    "curves": {
        "curve_id": Column("text", "", "curve this point belongs to"),
        "season": Column("text", "all", "spring, summer, autumn, winter or all"),
        "quarter_hour": Column("int", 0, "quarter hour of the day: 0 begins at 00:00, 95 at 23:45"),
        "p_pu": Column("float", 1.0, "greatest active power, share of the element's own p_kw"),
        "q_pu": Column("float", 1.0, "greatest reactive power, share of its own q_kvar"),
        "p_least_pu": Column("float", np.nan, "least active power; NaN: as p_pu"),
        "q_least_pu": Column("float", np.nan, "least reactive power; NaN: as q_pu"),
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GridMetadata:
    """What is known about a grid besides its elements.

    Parameters
    ----------
    name, source
        Name for people; what it was read from (a file's name or ``simbench:CODE``, never a path).
    projected_epsg
        Plane in which distances are measured.
    load_date, topology_date
        Day of the load data and of the switching state; None if unknown.
    load_basis
        measured_peak, declared, snapshot or unknown: the weakest of the loads'.
    area
        Rule area answers are given under by default.
    assumptions
        Facts stated with ``--assume``, as given.
    relocation
        Where the grid was moved from and to; empty if it stands at its own place.
    has_restricted_areas
        True when the restricted areas are known, even if there are none.
    frequency_hz
        Nominal frequency.
    import_problems
        What a reader could not carry over.
    """

    name: str
    source: str = ""
    projected_epsg: int = 4549
    load_date: date | None = None
    topology_date: date | None = None
    load_basis: str = "unknown"
    area: str = "demo"
    assumptions: Mapping[str, str] = field(default_factory=dict)
    relocation: Mapping[str, float] = field(default_factory=dict)
    has_restricted_areas: bool = False
    frequency_hz: float = 50.0
    import_problems: tuple[Problem, ...] = ()


def make_table(table: str, rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """Give a table all its columns, in order and of the right type, indexed by text id.

    Parameters
    ----------
    table
        Name of the table, a key of `TABLES`.
    rows
        Any of the table's columns, indexed by id; missing columns take their default, unknown
        columns are a programming error. None: an empty table.
    """
    columns = TABLES[table]
    rows = pd.DataFrame() if rows is None else rows
    if unknown := set(rows.columns) - set(columns):
        raise KeyError(f"table {table} has no column {sorted(unknown)}")
    index = pd.Index([str(name) for name in rows.index], dtype=object, name="id")
    filled = {
        name: _typed(rows[name].to_numpy() if name in rows else None, column, len(index))
        for name, column in columns.items()
    }
    return pd.DataFrame(filled, index=index)


def _typed(values: Any, column: Column, count: int) -> Any:
    if values is None:
        values = np.full(count, column.default, dtype=object)
    match column.kind:
        case "float":
            return np.asarray(values, dtype=np.float64)
        case "int":
            return np.asarray(values, dtype=np.int64)
        case "bool":
            return np.asarray(values, dtype=bool)
        case "date":
            return pd.to_datetime(pd.Series(values, dtype=object)).to_numpy("datetime64[ns]")
        case "geometry":
            shapes = np.empty(count, dtype=object)
            shapes[:] = list(values)
            return shapes
        case _:
            return np.array([str(value) for value in values], dtype=object)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A distribution grid. Treat the tables as read-only: an edit gives a new `Grid`.

    Parameters
    ----------
    metadata
        Where the data come from, their dates, what was assumed.
    nodes, lines, transformers, switches, loads, generators, shunts, sources, limits, bays, \
streets, restricted_areas, curves
        Tables with the columns of `TABLES`, indexed by text id.
    """

    metadata: GridMetadata
    nodes: pd.DataFrame
    lines: pd.DataFrame
    transformers: pd.DataFrame
    switches: pd.DataFrame
    loads: pd.DataFrame
    generators: pd.DataFrame
    shunts: pd.DataFrame
    sources: pd.DataFrame
    limits: pd.DataFrame
    bays: pd.DataFrame
    streets: pd.DataFrame
    restricted_areas: pd.DataFrame
    curves: pd.DataFrame

    @classmethod
    def build(cls, metadata: GridMetadata, **tables: pd.DataFrame) -> Grid:
        """Make a grid from partial tables; what is not given is empty or takes its default."""
        if unknown := set(tables) - set(TABLES):
            raise KeyError(f"no such table: {sorted(unknown)}")
        return cls(
            metadata=metadata, **{name: make_table(name, tables.get(name)) for name in TABLES}
        )

    def with_tables(self, **tables: pd.DataFrame) -> Grid:
        """Return the same grid with some tables replaced (completed by `make_table`)."""
        replaced = {name: make_table(name, rows) for name, rows in tables.items()}
        return Grid(metadata=self.metadata, **(self.tables() | replaced))

    def with_rows(self, **tables: pd.DataFrame) -> Grid:
        """Return the same grid with some tables replaced by ones that are complete already.

        To type a table again takes longer than most edits of it.
        """
        return Grid(metadata=self.metadata, **(self.tables() | tables))

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table by name, in a fixed order."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "metadata"}

    def column(self, table: str, name: str) -> npt.NDArray[Any]:
        """Return one column; ``id`` is the index. Of a stored grid nothing else is read."""
        rows = getattr(self, table)
        return np.asarray(rows.index if name == "id" else rows[name])

    def rows_of(self, table: str, ids: Any) -> npt.NDArray[np.int64]:
        """Return the row of each id in a table, -1 where there is none; as sparing as `column`."""
        found = getattr(self, table).index.get_indexer(pd.Index(ids, dtype=object))
        return np.asarray(found, dtype=np.int64)

    @property
    def version(self) -> str:
        """Hash of content and metadata: the same grid has the same version everywhere."""
        return hash_content(asdict(self.metadata), self.tables(), TABLES)
