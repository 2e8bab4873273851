"""One application tried at candidate after candidate, each solved at most once."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from referee_application import (
    CATALOGUE,
    Application,
    Conductor,
    DesignLoad,
    choose_conductor,
    design_load,
    read_conductors,
)
from referee_bounds import LoadingBounds
from referee_candidates import AccessSearch, Candidate, Facts
from referee_checks import Evaluation, Place
from referee_limits import HEAVY_LIMIT_PCT, SLACK, SUPPLY_RADIUS_M
from referee_net import Connection, RefereeGrid, SourceTree
from referee_place import is_beyond_radius, known_short_circuit_ka
from referee_security import Security, Transfers
from referee_sites import Plane
from referee_tree import Tree


class Ground:
    """All that is the same for every application on one grid."""

    def __init__(
        self,
        net,
        *,
        facts: Facts | None = None,
        relocated_to: tuple[float, float] | None = None,
        plane_epsg: int | None = None,
    ) -> None:
        self.grid = RefereeGrid(net)
        self.relocated_to, self.plane_epsg = relocated_to, plane_epsg
        self.plane = Plane(net, relocated_to, plane_epsg)
        self.search = AccessSearch(self.grid, self.plane, facts or Facts())
        self.conductors = read_conductors()
        self.transformers = read_transformers(CATALOGUE.with_name("transformers.csv"))
        self._bounds: dict[str, LoadingBounds] = {}
        self.transfers = Transfers(self.grid)

    @property
    def tree(self) -> Tree:
        return self.grid.tree

    def source_tree_of(self, candidate: Candidate) -> SourceTree:
        bus = candidate.bus
        if bus is None:
            bus = int(self.grid.net.line.at[candidate.line, "from_bus"])
        return self.grid.source_tree(self.tree.joint[bus])

    def bounds_of(self, source_tree: SourceTree) -> LoadingBounds:
        if source_tree.name not in self._bounds:
            self._bounds[source_tree.name] = LoadingBounds(source_tree)
        return self._bounds[source_tree.name]

    def vn_kv(self, candidate: Candidate) -> float:
        bus = candidate.bus
        if bus is None:
            bus = int(self.grid.net.line.at[candidate.line, "from_bus"])
        return float(self.grid.net.bus.at[bus, "vn_kv"])


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate with what would be built and what then happens; None: refused by the bound."""

    candidate: Candidate
    conductor: Conductor
    place: Place
    evaluation: Evaluation | None
    is_trunk: bool

    @property
    def passes(self) -> bool:
        return self.evaluation is not None and not self.evaluation.blocks


class Trials:
    """One application on one ground."""

    def __init__(self, ground: Ground, application: Application) -> None:
        self.ground, self.application = ground, application
        self.xy = ground.plane.to_xy(application.lon, application.lat)
        self.loads = {level: design_load(application, level) for level in ("lv", "mv", "hv")}
        self._candidates: dict[str, list[Candidate]] = {}
        self._by_key: dict[tuple[str, str], Candidate] | None = None
        self._trials: dict[tuple[str, str], Trial] = {}
        self._after_works: dict[str, tuple[float, Trial] | None] = {}
        self._beyond: dict[tuple[str, str], bool] = {}
        self._securities: dict[tuple[str, str], Security] = {}
        self.solved = 0

    def on(self, ground: Ground) -> Trials:
        """The same application with the same loads on another ground."""
        other = Trials(ground, self.application)
        other.loads = self.loads
        return other

    def candidates(self, level: str) -> list[Candidate]:
        if level not in self._candidates:
            self._candidates[level] = self.ground.search.near(self.xy, level)
        return self._candidates[level]

    def admissible(self, level: str) -> list[Candidate]:
        capacity = self.loads[level].capacity_kva
        return [c for c in self.candidates(level) if capacity <= c.greatest_kva]

    def is_admissible(self, candidate: Candidate) -> bool:
        is_offered = candidate.level in self.application.levels
        return is_offered and self.load(candidate).capacity_kva <= candidate.greatest_kva

    def is_beyond(self, candidate: Candidate) -> bool:
        """True at low voltage outside the supply radius: that comes before everything else."""
        if candidate.level != "lv":
            return False
        if candidate.route_m > SUPPLY_RADIUS_M["lv"] + SLACK:
            return True
        if candidate.key not in self._beyond:
            place = Place(self.ground.source_tree_of(candidate), self._bare(candidate))
            self._beyond[candidate.key] = is_beyond_radius(place, "lv")
        return self._beyond[candidate.key]

    def find(self, access: str, element_id: str) -> Candidate | None:
        if self._by_key is None:
            self._by_key = {c.key: c for level in ("lv", "mv") for c in self.candidates(level)}
        return self._by_key.get((access, element_id))

    def load(self, candidate: Candidate) -> DesignLoad:
        return self.loads[candidate.level]

    def conductor(self, candidate: Candidate, route_m: float | None = None) -> Conductor:
        return choose_conductor(
            self.ground.conductors,
            vn_kv=self.ground.vn_kv(candidate),
            laying=candidate.laying,
            load=self.load(candidate),
            route_m=candidate.route_m if route_m is None else route_m,
            fault_ka=self.fault_ka(candidate),
        )

    def fault_ka(self, candidate: Candidate) -> float | None:
        """Short circuit the new line must stand; None where it is not known or not asked for."""
        if candidate.level == "lv":
            return None
        source_tree = self.ground.source_tree_of(candidate)
        return known_short_circuit_ka(Place(source_tree, self._bare(candidate)))

    def connection(self, candidate: Candidate, conductor: Conductor) -> Connection:
        load = self.load(candidate)
        return replace(
            self._bare(candidate),
            r_ohm_per_km=conductor.r_ohm_per_km,
            x_ohm_per_km=conductor.x_ohm_per_km,
            c_nf_per_km=conductor.c_nf_per_km,
            ampacity_a=conductor.ampacity_a,
            parallel=conductor.parallel,
            p_kw=load.p_kw,
            q_kvar=load.q_kvar,
        )

    def _bare(self, candidate: Candidate) -> Connection:
        """Where it stands alone."""
        return Connection(
            bus=candidate.bus,
            line=candidate.line,
            position=candidate.position,
            route_m=candidate.route_m,
        )

    def try_at(self, candidate: Candidate, *, may_bound: bool = True) -> Trial:
        """Solve a candidate, or refuse it by the bound where that is allowed and enough."""
        known = self._trials.get(candidate.key)
        if known is None or (known.evaluation is None and not may_bound):
            conductor = self.conductor(candidate)
            connection = self.connection(candidate, conductor)
            known = self._solve(candidate, conductor, connection, may_bound=may_bound)
            self._trials[candidate.key] = known
        return known

    def try_built(
        self, candidate: Candidate, connection: Connection, conductor: Conductor
    ) -> Trial:
        """Solve an option exactly as a plan describes it; it stands for its candidate from now on
        unless its grid was reinforced first."""
        trial = self._solve(candidate, conductor, connection, may_bound=False)
        if connection.transformer is None:
            self._trials[candidate.key] = trial
        return trial

    def tried(self) -> Mapping[tuple[str, str], Trial]:
        return self._trials

    def _solve(self, candidate, conductor, connection: Connection, *, may_bound: bool) -> Trial:
        ground = self.ground
        source_tree = ground.source_tree_of(candidate)
        place = Place(source_tree, connection)
        line = candidate.line
        is_trunk = (place.joint if line is None else ("line", line)) in ground.tree.trunk
        evaluation = None
        if not (may_bound and ground.bounds_of(source_tree).is_refused(place, candidate.level)):
            self.solved += 1
            evaluation = Evaluation(place, source_tree.flow(connection), candidate.level)
        return Trial(candidate, conductor, place, evaluation, is_trunk)

    def security(self, trial: Trial) -> Security:
        """What N-1 says of a candidate of 10(20) kV, as it was built last."""
        key = trial.candidate.key
        if key not in self._securities:
            self._securities[key] = self.ground.transfers.of(trial.place)
        return self._securities[key]

    def is_secured(self, trial: Trial) -> bool:
        """True when its N-1 was asked for already."""
        return trial.candidate.key in self._securities

    def may_be_kept(self, trial: Trial) -> bool:
        """False where the feeder cannot be taken over even without the new load."""
        return self.ground.transfers.may_be_kept(trial.place)

    def larger_transformers(self, candidate: Candidate) -> list[dict[str, float]]:
        """What may replace the transformer of a board, smallest first."""
        index = int(candidate.element_id.removeprefix("trafo:"))
        present = self.ground.grid.net.trafo.loc[index]
        return [
            row
            for row in self.ground.transformers
            if row["hv_kv"] == self.ground.grid.net.bus.at[present.hv_bus, "vn_kv"]
            and row["sn_mva"] > present.sn_mva
        ]

    def after_works(self, candidate: Candidate) -> tuple[float, Trial] | None:
        """Rated MVA and outcome of the larger transformer that goes in at a board: of those with
        which everything passes the smallest not heavily loaded itself, else the smallest.
        """
        if candidate.element_id not in self._after_works:
            self._after_works[candidate.element_id] = self._choose_transformer(candidate)
        return self._after_works[candidate.element_id]

    def _choose_transformer(self, candidate: Candidate) -> tuple[float, Trial] | None:
        conductor = self.conductor(candidate)
        connection = self.connection(candidate, conductor)
        index = int(candidate.element_id.removeprefix("trafo:"))
        smallest = None
        for row in self.larger_transformers(candidate):
            data = {k: v for k, v in row.items() if k != "hv_kv"}
            built = replace(connection, transformer=index, transformer_data=data)
            trial = self._solve(candidate, conductor, built, may_bound=False)
            if not trial.passes:
                continue
            smallest = smallest or (row["sn_mva"], trial)
            if trial.evaluation.loading_pct(candidate.element_id) <= HEAVY_LIMIT_PCT + SLACK:
                return row["sn_mva"], trial
        return smallest


def read_transformers(path: Path) -> list[dict[str, float]]:
    """Oil-immersed rows of the catalogue as pandapower's columns."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            {
                "hv_kv": float(row["hv_kv"]),
                "sn_mva": float(row["sn_kva"]) / 1000.0,
                "vk_percent": float(row["vk_pct"]),
                "vkr_percent": float(row["pk_w"]) / float(row["sn_kva"]) / 10.0,
                "pfe_kw": float(row["p0_w"]) / 1000.0,
                "i0_percent": float(row["i0_pct"]),
            }
            for row in csv.DictReader(file)
            if row["series"] == "S13"
        ]
    return sorted(rows, key=lambda row: row["sn_mva"])
