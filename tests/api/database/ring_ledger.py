"""A ledger on the ring of the remedies' tests: room for one customer of 800 kVA."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from typing import Any

from api.database import Database
from api.database.applications import add_application, find_application
from api.database.holds import find_live_hold, list_commitments
from api.database.plans import StoredPlan, find_plan
from api.database.reply_forms import FormFiles
from api.ledger.desk import decide
from api.ledger.holding import hold
from api.ledger.ledger import Ledger
from api.ledger.pausing import pause, resume
from api.ledger.promises import give_up_overdue
from api.ledger.replies import reply
from api.serving import ServedGrid, serve_grid
from grid_models.catalogue import load_catalogue
from grid_models.grid import Grid
from planner.plan_id import plain_fields
from planner.rules import RuleBook
from planner.terms import Terms
from tests.cases.drawing import OVERHEAD_150
from tests.planner.example import rule_book
from tests.planner.remedies.rings import asked_for, ring

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
# line:1 carries 2,396 kVA at 80 %: 760 kW on top of 1,300 kW, and no more
LOADS_KW = {"bus:3": 500.0, "bus:4": 500.0, "bus:5": 300.0, "bus:6": 500.0}
ONLY_AS_IT_STANDS = {"remedy_max_trials": {"value": 1}}


def tee_grid(load_kw: float = LOADS_KW["bus:6"]) -> Grid:
    """The ring with an overhead line at the site: joined by a tee, which takes no bay.

    `load_kw` is what the other feeder carries.
    """
    return ring(
        LOADS_KW | {"bus:6": load_kw}, lines={"line:2": OVERHEAD_150}, switches=False,
        spare_at_station=False, bay_at="bus:5",
    )  # fmt: skip


@cache
def _served() -> tuple[ServedGrid, RuleBook, Terms]:
    """What every ledger of the tests stands on; only read."""
    return serve_grid(tee_grid()), rule_book(**ONLY_AS_IT_STANDS), Terms.of(load_catalogue())


ACTS = {"hold": hold, "reply": reply, "decide": decide, "pause": pause, "resume": resume}


@dataclass(frozen=True)
class Desk:
    """A ledger with its database: every act is a transaction of its own."""

    ledger: Ledger
    database: Database

    @property
    def served(self) -> ServedGrid:
        return self.ledger.served

    def plan(self, application_id: str, **by: Any) -> StoredPlan:
        """Make a plan and keep it."""
        draft = self.ledger.draft(self.database, application_id, now=by["now"])
        return self.database.write(lambda c: self.ledger.keep(c, draft, **by))

    def __getattr__(self, name: str) -> Any:
        act = partial(ACTS[name], self.ledger) if name in ACTS else getattr(self.ledger, name)
        return lambda *args, **facts: self.database.write(lambda c: act(c, *args, **facts))


def make_desk(database: Database) -> Desk:
    served, book, terms = _served()
    ledger = Ledger(served=served, rule_book=lambda _: book, terms=terms)
    return Desk(ledger, database)


def apply_for(desk: Desk, application_id: str, **facts: Any) -> None:
    """Keep an application for 800 kVA at the site, or what is asked instead."""
    stated = {
        name: facts.pop(name)
        for name in ("replaces_id", "supersedes_id", "district")
        if name in facts
    }
    desk.database.write(
        lambda connection: add_application(
            connection, **({"district": "西湖"} | stated), application_id=application_id,
            asked=plain_fields(asked_for(**facts)), grid_name=desk.served.name,
            completed_on=date(2026, 6, 1), actor="wang", now=NOW,
        )
    )  # fmt: skip


BY = {"actor": "wang", "now": NOW}
SIGNED_ON = date(2026, 6, 1)
FILES = FormFiles(docx=b"form", pdf=b"paper", page_count=1)


def answer_doubts(desk: Desk, document: Any) -> dict[str, str]:
    """Return an override for every doubt of a plan."""
    doubts = set(desk.ledger.rule_book("demo").on(SIGNED_ON).value("desk_doubts"))
    codes = {reason["code"] for reason in document["answer"]["reasons"]}
    return {code: "site_visited" for code in sorted(codes & doubts)}


def confirm(desk: Desk, application_id: str, *, version: int = 1, rank: int = 1) -> None:
    """Let the desk stand for an option."""
    plan = desk.database.read(lambda c: find_plan(c, application_id, version))
    desk.decide(
        application_id, version=version, rank=rank, note="",
        reason_code="" if rank == 1 else "customer_wish",
        overrides=answer_doubts(desk, plan.document), **BY,
    )  # fmt: skip


def state_of(desk: Desk, application_id: str) -> str:
    return desk.database.read(lambda c: find_application(c, application_id).state)


def is_held(desk: Desk, application_id: str, *, after: timedelta = timedelta(0)) -> bool:
    return desk.database.read(lambda c: find_live_hold(c, application_id, NOW + after)) is not None


def promised_kva(desk: Desk, *, after: timedelta = timedelta(0)) -> list[float]:
    name = desk.served.name
    found = desk.database.read(lambda c: list_commitments(c, name, NOW + after))
    return [c.s_kva for c in found]


def give_up(desk: Desk, now: datetime) -> int:
    return desk.database.write(lambda c: give_up_overdue(c, now, desk.ledger.clocks))
