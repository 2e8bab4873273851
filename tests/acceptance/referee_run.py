"""Every application of a case, asked of the product and judged; what is counted and printed."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from referee import Verdict, judge
from referee_application import Application
from referee_grids import ON_DATE, Case, write_case
from referee_net import read_net
from referee_sites import Plane, Site, seeded_sites
from referee_trials import Ground
from service import Service, import_grid, request_body, serving

Report = Callable[[str], object]


@dataclass(slots=True)
class Count:
    """Sites of one size on one case, by what was answered."""

    on_site: int = 0
    back_office: int = 0
    no_option: int = 0
    sites_refused: int = 0
    candidates_refused: int = 0
    solved: int = 0
    objections: list[str] = field(default_factory=list)

    @property
    def with_option(self) -> int:
        return self.on_site + self.back_office

    def add(self, site: Site, application: Application, verdict: Verdict) -> None:
        setattr(self, verdict.mode, getattr(self, verdict.mode) + 1)
        self.sites_refused += verdict.refused_on_loading > 0
        self.candidates_refused += verdict.refused_on_loading
        self.solved += verdict.solved
        where = f"site {site.number} ({site.lon:.6f},{site.lat:.6f}) {application}"
        self.objections += [f"{where}: {objection}" for objection in verdict.objections]

    def __str__(self) -> str:
        return (
            f"on site {self.on_site:3d}  desk {self.back_office:3d}  none {self.no_option:3d}"
            f"  sites with a loading refusal {self.sites_refused:3d}"
            f"  candidates refused on a loading {self.candidates_refused:4d}"
            f"  solved {self.solved:5d}  objections {len(self.objections)}"
        )


Counts = dict[str, Count]


def run_case(
    case: Case, folder: Path, report: Report, *, workers: Executor | None = None
) -> Counts:
    """Write the grid, import and serve it, ask for every site and size, judge every plan."""
    started = time.monotonic()
    file, compiled = folder / "grid.json", folder / "grid"
    plane = Plane(write_case(case, file), case.relocated_to)
    import_grid(
        file,
        compiled,
        assumptions=case.assumptions,
        on_date=ON_DATE,
        relocate=case.relocated_to,
    )
    counts: Counts = {}
    sites = seeded_sites(plane, case.sites, case.site_seed)
    with serving(compiled, folder / "serve.log") as service:
        for done, (site, verdicts) in enumerate(_judged(case, file, service, sites, workers), 1):
            for application, verdict in verdicts:
                counts.setdefault(str(application), Count()).add(site, application, verdict)
            if done % 10 == 0:
                minutes = (time.monotonic() - started) / 60.0
                report(f"{case.name}: {done} sites, {minutes:.1f} min")
    for size, count in counts.items():
        report(f"{case.name:38s} {size:>9s}: {count}")
    return counts


def start_workers(count: int) -> Executor:
    """Processes that judge, kept over all cases: each compiles pandapower once."""
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"))


def _judged(
    case: Case, file: Path, service: Service, sites: list[Site], workers: Executor | None
) -> Iterator:
    if workers is None:
        for site in sites:
            yield site, _work(case, file, service.address, site)
        return
    jobs = {workers.submit(_work, case, file, service.address, site): site for site in sites}
    for job in as_completed(jobs):
        yield jobs[job], job.result()


@lru_cache(maxsize=1)
def ground_of(case: Case, file: Path) -> Ground:
    return Ground(read_net(file), facts=case.facts, relocated_to=case.relocated_to)


def _work(case: Case, file: Path, address: str, site: Site) -> list[tuple[Application, Verdict]]:
    return judge_site(case, ground_of(case, file), Service(address), site)


def judge_site(
    case: Case, ground: Ground, service: Service, site: Site
) -> list[tuple[Application, Verdict]]:
    """Ask for every size at a site and judge each answer."""
    judged = []
    for kw, kva in case.sizes:
        application = Application(site.lon, site.lat, kw, kva)
        body = request_body((site.lon, site.lat), kw=kw, kva=kva, on_date=ON_DATE)
        plan = service.plan(body)
        headroom = site.number % case.headroom_every == 0
        every = site.number % case.n_minus_1_every == 0
        verdict = judge(plan, application, ground, headroom=headroom, every_n_minus_1=every)
        judged.append((application, verdict))
    return judged


def objections_of(counts: Counts, at_most: int = 40) -> str:
    """The first objections, for a failing test to show."""
    lines = [line for count in counts.values() for line in count.objections]
    return "\n".join([f"{len(lines)} objections", *lines[:at_most]])


def save(counts: Counts, file: Path) -> None:
    """Keep every objection beside the case's log."""
    lines = {size: count.objections for size, count in counts.items()}
    file.write_text(json.dumps(lines, ensure_ascii=False, indent=1), encoding="utf-8")
